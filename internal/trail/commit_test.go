package trail

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agenttrail"
)

func TestStates(t *testing.T) {
	trail, _ := newTrail(t)
	first := put(t, trail,
		object{uri: "s3://example/a", version: "1", gzip: true, body: line("x", 1, "read") + line("y", 2, "write") + "not json\n" + `{"skip":"heartbeat"}` + "\n"},
		object{uri: "s3://example/b", version: "1", body: line("x", 1, "read") + line("y", 2, "delete")},
		object{uri: "s3://example/list", version: "1", role: agenttrail.RoleListing, body: "what was there"},
		object{uri: "s3://example/cut", version: "1", body: "\x1f\x8b\x08\x00", gzip: false},
	)
	wantCounts(t, "first batch", first.Batch.Counts, 2, 1, 1, 1, 1)
	if got := first.Batch.Objects; got.Count != 4 || got.Refused != 1 {
		t.Errorf("objects = %+v, want 4 with 1 refused", got)
	}
	if want := map[string]int64{"heartbeat": 1}; !cmp.Equal(first.Batch.Counts.Skips, want) {
		t.Errorf("skips = %v, want %v", first.Batch.Counts.Skips, want)
	}
	again := put(t, trail, object{uri: "s3://example/a", version: "2", body: line("x", 1, "read") + line("y", 2, "delete") + line("z", 3, "read")})
	wantCounts(t, "second batch: known, a conflict's own repetition, new", again.Batch.Counts, 1, 2, 0, 0, 0)
	other := put(t, trail, object{uri: "s3://example/a", version: "3", body: line("y", 2, "share")})
	wantCounts(t, "third batch: a third version", other.Batch.Counts, 0, 0, 1, 0, 0)
	got := ids(t, trail, agenttrail.Query{})
	if want := []string{"x read", "y write", "y delete", "y share", "z read"}; !sameSet(got, want) || got[0] != "x read" || got[4] != "z read" {
		t.Errorf("Find = %q, want %q in order of time", got, want)
	}
	noConflicts := agenttrail.Query{All: []agenttrail.Term{{Field: "agenttrail.evidence.flags", Any: []string{agenttrail.FlagConflict}, Not: true}}}
	if got, want := ids(t, trail, noConflicts), []string{"x read", "y write", "z read"}; !cmp.Equal(got, want) {
		t.Errorf("Find without conflicts = %q, want %q", got, want)
	}
}

func sameSet(a, b []string) bool {
	count := map[string]int{}
	for _, s := range a {
		count[s]++
	}
	for _, s := range b {
		count[s]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func TestReread(t *testing.T) {
	trail, _ := newTrail(t)
	put(t, trail, object{uri: "file:a", version: "1", body: lines(0, 10)})
	touched := put(t, trail, object{uri: "file:a", version: "2", body: lines(0, 10)}, object{uri: "file:b", version: "1", body: lines(5, 11)})
	wantCounts(t, "a touched file and a new one", touched.Batch.Counts, 1, 15, 0, 0, 0)
	if got := touched.Batch.Evidence.Records; got != 6 {
		t.Errorf("leaves = %d, want 6: those of the new file only", got)
	}
	var got []string
	trail.Reader().Objects(t.Context(), touched.Index, func(l ObjectLine) error {
		got = append(got, fmt.Sprint(l.URI, " ", l.Reread, " ", l.Name))
		return nil
	})
	if want := []string{"file:a true ", "file:b false objects/000001"}; !cmp.Equal(got, want) {
		t.Errorf("objects file = %q, want %q", got, want)
	}
	known, err := trail.Known(t.Context(), "logs", testBatch().Since)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []agenttrail.Object{{URI: "file:a", Version: "1"}, {URI: "file:a", Version: "2"}, {URI: "file:b", Version: "1"}} {
		if !known(o) {
			t.Errorf("Known(%s, %s) = false, want true", o.URI, o.Version)
		}
	}
	if o := (agenttrail.Object{URI: "file:b", Version: "2"}); known(o) {
		t.Errorf("Known(%s, %s) = true, want false", o.URI, o.Version)
	}
}

func TestNothingNew(t *testing.T) {
	trail, _ := newTrail(t)
	body := lines(0, 10)
	page := object{uri: "https://api.example.com/log?page=1", version: "v1", body: body, page: []byte(body)}
	put(t, trail, page)
	page.uri = "https://api.example.com/log?page=2"
	size := trail.Log().Size()
	receipt := put(t, trail, page)
	if receipt.Index != Nothing || trail.Log().Size() != size {
		t.Errorf("index %d and ledger size %d, want %d and %d: an API page without anything new leaves nothing", receipt.Index, trail.Log().Size(), Nothing, size)
	}
	wantCounts(t, "page", receipt.Batch.Counts, 0, 10, 0, 0, 0)
}

func TestRaw(t *testing.T) {
	trail, _ := newTrail(t)
	body := "context header one\n" + line("a", 1, "read") + "context header two\n" + line("b", 2, "read")
	receipt := put(t, trail, object{uri: "s3://example/x", version: "1", gzip: true, body: body})
	want := map[string]string{"a": "header one", "b": "header two"}
	seen := 0
	err := trail.Reader().Rows(t.Context(), receipt.Index, func(a *agenttrail.Action, c *agenttrail.Context) error {
		seen++
		raw, context, err := trail.Reader().Raw(t.Context(), a, receipt.Index)
		if err != nil {
			return err
		}
		if string(context) != want[a.Event.ID] || !strings.Contains(string(raw), `"id":"`+a.Event.ID+`"`) {
			t.Errorf("Raw(%s) = %q with context %q, want context %q", a.Event.ID, raw, context, want[a.Event.ID])
		}
		if c.ObjectSHA256 == "" || c.Receipt.N != receipt.Index || c.Tenant != "acme" || c.ApprovalSeen.IsZero() {
			t.Errorf("context of %s is incomplete: %+v", a.Event.ID, c)
		}
		return nil
	})
	if err != nil || seen != 2 {
		t.Errorf("Rows yields %d actions and error %v, want 2", seen, err)
	}
}
