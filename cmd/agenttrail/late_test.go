package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/hex"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"crypto/sha256"

	"agenttrail"
	"agenttrail/internal/testenv"
	"agenttrail/internal/trail"
)

// A delivery is an object of the corpus, and the night before which it arrives.
type delivery struct {
	key  string
	data []byte
}

// shuffled are the objects of the corpus in an order that has nothing to do with their names.
func shuffled(t *testing.T) (list []delivery) {
	t.Helper()
	eachObject(t, testenv.Corpus(t, nightCorpus), func(key string, data []byte) { list = append(list, delivery{key, data}) })
	hash := func(d delivery) string {
		sum := sha256.Sum256([]byte("late" + d.key))
		return hex.EncodeToString(sum[:])
	}
	slices.SortFunc(list, func(a, b delivery) int { return cmp.Compare(hash(a), hash(b)) })
	return list
}

// otherAgent is the object with another user agent in its first record.
func otherAgent(t *testing.T, data []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(plain, []byte(`"userAgent":"`), []byte(`"userAgent":"changed `), 1)
	if bytes.Equal(changed, plain) {
		t.Fatal("the first record has no user agent to change")
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(changed)
	w.Close()
	return out.Bytes()
}

// TestLateDelivery plays eight nights of a real day: objects arrive shuffled, some six days late with names that sort before what was read, one is
// replaced in place, one arrives cut and is repaired. Nothing is lost, nothing doubled, the right day is amended, and it becomes final once.
func TestLateDelivery(t *testing.T) {
	put, source, _ := newBucket(t)
	file := newHome(t, source, "")
	objects := shuffled(t)
	cut, replaced := objects[0], objects[1]
	put(cut.key, cut.data[:len(cut.data)/2])
	for _, d := range objects[1:30] {
		put(d.key, d.data)
	}
	rest := objects[30:]
	night := func(n int, want int) string {
		t.Helper()
		code, out, errs := runApp(t, nightNow.AddDate(0, 0, n), "--config", file, "ingest")
		if code != want {
			t.Fatalf("night %d: exit %d, want %d\n%s%s", n, code, want, out, errs)
		}
		return errs
	}
	night(0, exitIncomplete) // the cut object is refused
	for n := 1; n <= 6; n++ {
		late := rest[:min(len(rest), 5)]
		rest = rest[len(late):]
		for _, d := range late {
			put(d.key, d.data)
		}
		switch n {
		case 3:
			put(cut.key, cut.data)
		case 4:
			put(replaced.key, otherAgent(t, replaced.data))
		}
		if errs := night(n, 0); len(late) > 0 && !strings.Contains(errs, "cloudtrail: amended: 2023-07-10") {
			t.Errorf("night %d says %q, want the day amended", n, errs)
		}
	}
	night(7, 0)
	night(40, 0)
	night(41, 0)

	words := wordsOf(t, file)
	var got []string
	for _, w := range words {
		if w.From.Day() == 10 && w.From.Month() == time.July {
			got = append(got, w.State)
		}
	}
	if want := []string{"closed", "amended", "amended", "amended", "amended", "amended", "final"}; !slices.Equal(got, want) {
		t.Errorf("words about 10 July = %v, want %v", got, want)
	}
	if w := words[len(words)-1]; w.To.After(nightNow.AddDate(0, 0, 41)) {
		t.Errorf("the last word is about %s: it was not over", w.Key())
	}
	out, _ := wantRunAt(t, nightNow.AddDate(0, 0, 41), 0, "verify", "--config", file, "--deep")
	if want := "2,901 rows read again"; !strings.Contains(out, want) {
		t.Errorf("verify --deep = %s; want %q: the 2,900 and the conflict", out, want)
	}
}

// wantRunAt is wantRun at a time.
func wantRunAt(t *testing.T, now time.Time, want int, args ...string) (out, errs string) {
	t.Helper()
	code, out, errs := runApp(t, now, args...)
	if code != want {
		t.Fatalf("agenttrail %s: exit %d, want %d\n%s%s", strings.Join(args, " "), code, want, out, errs)
	}
	return out, errs
}

// wordsOf are all words of the ledger about windows, in their order.
func wordsOf(t *testing.T, config string) (list []agenttrail.WindowState) {
	t.Helper()
	o, err := openFolder(context.Background(), filepath.Join(filepath.Dir(config), "trail"), trail.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	for n := range o.Log().Size() {
		if w := o.Log().Entry(n).Window; w != nil {
			list = append(list, *w)
		}
	}
	return list
}

// TestTenNightsOff: a machine that was off owes each day, pays the oldest first, and none twice, also when it is killed in the middle.
func TestTenNightsOff(t *testing.T) {
	source, _ := nightBucket(t)
	file := newHome(t, source, "")
	stops, kill := 0, true
	a := &app{in: strings.NewReader(""), out: io.Discard, err: io.Discard, now: func() time.Time { return nightNow.AddDate(0, 0, 9) },
		stop: func(step string) error {
			if step == "before window" {
				stops++
			}
			if kill && step == "before window" && stops == 2 {
				return io.ErrUnexpectedEOF
			}
			return nil
		}}
	if code := a.run(t.Context(), []string{"--config", file, "ingest"}); code != exitFailed {
		t.Fatalf("the run that is cut off: exit %d, want %d", code, exitFailed)
	}
	kill = false
	for range 2 {
		wantRunAt(t, nightNow.AddDate(0, 0, 9), 0, "--config", file, "ingest")
	}
	reached := time.Date(2023, 7, 10, 0, 0, 0, 0, time.UTC)
	for _, w := range wordsOf(t, file) {
		if w.State != agenttrail.WindowClosed || !w.From.Equal(reached) {
			t.Errorf("word %s %s to %s, want closed from %s on", w.State, w.Key(), w.To, reached)
		}
		reached = w.To
	}
	if want := time.Date(2023, 7, 21, 0, 0, 0, 0, time.UTC); !reached.Equal(want) {
		t.Errorf("closed up to %s, want %s", reached, want)
	}
	out, errs := wantRunAt(t, nightNow.AddDate(0, 0, 9), 0, "--config", file, "find", "--json")
	if want := "2,900 actions found\n"; errs != want {
		t.Errorf("find says %q, want %q (%d bytes)", errs, want, len(out))
	}
	// A clock that was set back is refused.
	if code, _, errs := runApp(t, nightNow.AddDate(0, 0, 7), "--config", file, "ingest"); code != exitFailed || !strings.Contains(errs, "set the clock right") {
		t.Errorf("ingest two days before the newest entry: exit %d, %q; want %d and the remedy", code, errs, exitFailed)
	}
}

// TestBackfill: an object that comes to a day long closed is taken in by a backfill; the report over that day is named.
func TestBackfill(t *testing.T) {
	put, source, _ := newBucket(t)
	file := newHome(t, source, "")
	objects := shuffled(t)
	for _, d := range objects[1:] {
		put(d.key, d.data)
	}
	at := nightNow.AddDate(0, 3, 0)
	wantRunAt(t, at, 0, "--config", file, "ingest")
	home := filepath.Dir(file)
	code, _, errs := runApp(t, at, "--config", file, "report", "audit", "--period", "2023-Q3", "-o", filepath.Join(home, "q3.pdf"))
	if code != 0 && code != exitIncomplete {
		t.Fatalf("report: exit %d, %s", code, errs)
	}
	put(objects[0].key, objects[0].data)
	wantRunAt(t, at, 0, "--config", file, "ingest")
	if _, errs := wantRunAt(t, at, 0, "--config", file, "find", "--json"); errs == "2,900 actions found\n" {
		t.Error("a final day was read again without being asked")
	}
	_, errs = wantRunAt(t, at, 0, "--config", file, "ingest", "--from", "2023-07-10", "--to", "2023-07-11")
	if !strings.Contains(errs, "amended: 2023-07-10") || !strings.Contains(errs, "issue again: ") {
		t.Errorf("backfill says %q, want the day amended and the report named", errs)
	}
	if _, errs := wantRunAt(t, at, 0, "--config", file, "find", "--json"); errs != "2,900 actions found\n" {
		t.Errorf("after the backfill: %q", errs)
	}
	wantRunAt(t, at, 0, "--config", file, "verify")
}

// TestProvisional: what is pulled of a day that is not over is marked as long as the day is open, and is not taken in twice when it is closed.
func TestProvisional(t *testing.T) {
	put, source, _ := newBucket(t)
	file := newHome(t, source, "")
	today := strings.NewReplacer("2023/07/10", "2023/07/12", "_20230710T", "_20230712T")
	objects := shuffled(t)
	for _, d := range objects[1:] {
		put(today.Replace(d.key), d.data)
	}
	evening := nightNow.Add(19 * time.Hour)
	wantRunAt(t, evening, 0, "--config", file, "ingest", "cloudtrail", "--from", "-20h", "--now")
	out, _ := wantRunAt(t, evening, 0, "--config", file, "find", "--json")
	rows, marked := strings.Count(out, "\n"), strings.Count(out, `"provisional"`)
	if rows == 0 || rows != marked {
		t.Errorf("find while the day is open: %d rows, %d of them marked, want all", rows, marked)
	}
	put(today.Replace(objects[0].key), objects[0].data)
	wantRunAt(t, nightNow.AddDate(0, 0, 1), 0, "--config", file, "ingest")
	out, errs := wantRunAt(t, nightNow.AddDate(0, 0, 1), 0, "--config", file, "find", "--json")
	if errs != "2,900 actions found\n" || strings.Contains(out, `"provisional"`) {
		t.Errorf("find after the day was closed: %q, marked rows %d; want 2,900 and none", errs, strings.Count(out, `"provisional"`))
	}
	wantRunAt(t, nightNow.AddDate(0, 0, 1), 0, "--config", file, "verify")
}
