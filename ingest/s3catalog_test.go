package ingest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"agenttrail"
)

// A bucket whose keys do not say the time is listed once a run, however many days are owed; a window that is listed again is asked for anew.
func TestS3ListsOnce(t *testing.T) {
	f := newFakeS3(t)
	f.pageSize = 7
	for i := range 40 { // keys in another order than times
		f.putAt(fmt.Sprintf("logs/%02d.json", (i*17)%40), fmt.Sprint(i, "\n"), day(2).From.Add(time.Duration(i)*5*time.Hour))
	}
	s := openS3(t, f, S3Options{Prefix: "logs/"})
	windows := []agenttrail.Window{day(2), day(4), day(5), day(9)}
	want := map[string][]string{}
	for _, w := range windows {
		want[w.Key()] = uris(t, s, w)
	}
	alone := len(f.lists)
	s.Announce(windows)
	for _, w := range windows {
		if got := uris(t, s, w); !slices.Equal(got, want[w.Key()]) || len(got) == 0 {
			t.Errorf("List(%s) of a shared listing = %v, want %v as without", w.Key(), got, want[w.Key()])
		}
	}
	if got := len(f.lists) - alone; got != 6 {
		t.Errorf("four windows took %d requests, want the 6 pages of one listing (one listing each took %d)", got, alone)
	}
	f.putAt("logs/00-new.json", "new\n", day(4).From)
	if got := uris(t, s, day(4)); len(got) != len(want[day(4).Key()])+1 {
		t.Errorf("List again = %v, want the new object too", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// Hours of CloudTrail share the folder of their day.
func TestCloudTrailHoursListOnce(t *testing.T) {
	f := newFakeS3(t)
	var windows []agenttrail.Window
	for h := range 24 {
		from := day(3).From.Add(time.Duration(h) * time.Hour)
		windows = append(windows, agenttrail.Window{Source: "inbox", From: from, To: from.Add(time.Hour)})
		f.put(fmt.Sprintf("AWSLogs/111122223333/CloudTrail/eu-central-1/2026/11/03/111122223333_CloudTrail_eu-central-1_20261103T%02d05Z_0123456789abcdef.json.gz", h), "x")
	}
	s := openS3(t, f, S3Options{CloudTrail: true})
	defer s.Close()
	s.Announce(windows)
	for _, w := range windows {
		if got := uris(t, s, w); len(got) != 1 {
			t.Errorf("List(%s) = %v, want the object of that hour", w.Key(), got)
		}
	}
	if n := len(f.lists); n > 5 {
		t.Errorf("24 hours took %d requests, want the few that find the folder and one for the day: %v", n, f.lists)
	}
}

func uris(t *testing.T, s Source, w agenttrail.Window) (list []string) {
	t.Helper()
	for o, err := range s.List(t.Context(), w) {
		if err != nil {
			t.Fatalf("List(%s): %v", w.Key(), err)
		}
		list = append(list, o.URI)
	}
	return list
}
