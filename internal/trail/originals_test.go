package trail

import (
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agenttrail"
)

// What the vendor's digests say of objects stands in the objects files, holds when everything is verified, and a later digest settles what was pending.
func TestSourceProof(t *testing.T) {
	trail, dir := newTrail(t)
	young := object{uri: "s3://example/young", version: "1", body: line("y", 1, "read")}.staged()
	young.Proof = "pending"
	good := object{uri: "s3://example/good", version: "1", body: line("g", 2, "read")}.staged()
	good.Proof = "verified"
	digest := object{uri: "s3://example/digest", version: "1", body: "{}", role: agenttrail.RoleDigest}.staged()
	digest.Proof, digest.Settles = "start", map[string]string{"s3://example/young": "verified", "s3://example/gone": "missing"}
	put := func(list ...agenttrail.Staged) agenttrail.Receipt {
		t.Helper()
		commit, err := trail.Prepare(t.Context(), testBatch(), list)
		if err != nil {
			t.Fatal(err)
		}
		receipt, err := commit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return receipt
	}
	first := put(young, good)
	put(digest, object{uri: "s3://example/plain", version: "1", body: line("p", 3, "read")}.staged())
	for _, c := range []struct {
		before int64
		want   map[string]int64
	}{{first.Index + 1, map[string]int64{"pending": 1, "verified": 1}}, {0, map[string]int64{"verified": 2, "missing": 1, "start": 1, "not_available": 1}}} {
		days, err := trail.Reader().SourceProof(t.Context(), testBatch().Source, c.before)
		if err != nil || len(days) != 1 {
			t.Fatalf("SourceProof before %d = %v, %v; want one window", c.before, days, err)
		}
		if diff := cmp.Diff(c.want, days[0].States); diff != "" {
			t.Errorf("SourceProof before %d (-want +got):\n%s", c.before, diff)
		}
	}
	var got []string
	w := testBatch().Window
	err := trail.Reader().Originals(t.Context(), testBatch().Source, w.From, w.To, func(o agenttrail.Object, open func() (io.ReadCloser, error)) error {
		in, err := open()
		if err != nil {
			return err
		}
		data, err := io.ReadAll(in)
		got = append(got, o.Role+" "+o.Proof+" "+string(data[:min(2, len(data))]))
		if shut := in.Close(); err == nil {
			err = shut
		}
		return err
	})
	if want := []string{"log pending {\"", "log verified {\"", "digest start {}", "log  {\""}; err != nil || !cmp.Equal(got, want) {
		t.Errorf("Originals = %q, %v; want %q", got, err, want)
	}
	if err := trail.Reader().Originals(t.Context(), testBatch().Source, w.To, w.To.Add(time.Hour), func(agenttrail.Object, func() (io.ReadCloser, error)) error { return io.EOF }); err != nil {
		t.Errorf("Originals of another time = %v, want none", err)
	}
	if _, err := verify(t, dir, VerifyOptions{}); err != nil {
		t.Errorf("Verify = %v", err)
	}
}

// Reports over the time of a window are those that a change in it touches; a word that names one is found by it.
func TestReportsOver(t *testing.T) {
	trail, _ := newTrail(t)
	day := func(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }
	for id, days := range map[string][2]int{"early": {1, 3}, "late": {3, 9}} {
		add(t, trail, agenttrail.Entry{Report: &agenttrail.Report{ID: id, Kind: "audit", From: day(days[0]), To: day(days[1])}})
	}
	for _, c := range []struct {
		from, to int
		want     []string
	}{{1, 2, []string{"early"}}, {2, 4, []string{"early", "late"}}, {3, 4, []string{"late"}}, {9, 10, nil}} {
		if got := trail.ReportsOver(day(c.from), day(c.to)); !cmp.Equal(got, c.want) {
			t.Errorf("ReportsOver(%d, %d) = %v, want %v", c.from, c.to, got, c.want)
		}
	}
	w := agenttrail.WindowState{Window: agenttrail.Window{Source: "logs", From: day(4), To: day(5)}, State: agenttrail.WindowClosed, Result: agenttrail.ResultEmpty}
	add(t, trail, agenttrail.Entry{Window: &w})
	said, _ := trail.Window(w.Window)
	w.State, w.Result, w.Added, w.Previous, w.Reports = agenttrail.WindowAmended, agenttrail.ResultComplete, 1, said.Number, []string{"late"}
	add(t, trail, agenttrail.Entry{Window: &w})
	if got := trail.Amendments("late"); len(got) != 1 || got[0].Added != 1 || got[0].Number != said.Number+1 || len(trail.Amendments("early")) != 0 {
		t.Errorf("Amendments(late) = %+v, and of early %v; want the one word", got, trail.Amendments("early"))
	}
}

// What window entries must not say of each other does not hold.
func TestVerifyWindowSequence(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }
	word := func(from int, state string, previous int64) agenttrail.WindowState {
		return agenttrail.WindowState{Window: agenttrail.Window{Source: "logs", From: day(from), To: day(from + 1)}, State: state, Previous: previous, Run: "r"}
	}
	closed := word(1, "closed", 0)
	for _, c := range []struct {
		name  string
		words []agenttrail.WindowState
		holds bool
	}{
		{"closed, amended, final, amended", []agenttrail.WindowState{closed, word(1, "amended", 1), word(1, "final", 2), word(1, "amended", 3)}, true},
		{"amended and never closed", []agenttrail.WindowState{word(1, "open", 0), word(1, "amended", 1)}, false},
		{"amends another day", []agenttrail.WindowState{closed, word(2, "amended", 1)}, false},
		{"names itself", []agenttrail.WindowState{closed, word(1, "amended", 2)}, false},
		{"final twice", []agenttrail.WindowState{closed, word(1, "final", 1), word(1, "final", 2)}, false},
		{"open after closed", []agenttrail.WindowState{closed, word(1, "open", 0)}, false},
		{"an unknown state", []agenttrail.WindowState{word(1, "shut", 0)}, false},
	} {
		trail, dir := newTrail(t)
		for i := range c.words {
			c.words[i].Objects = int64(i) // so that no word is the one before
			add(t, trail, agenttrail.Entry{Window: &c.words[i]})
		}
		if _, err := verify(t, dir, VerifyOptions{}); (err == nil) != c.holds {
			t.Errorf("Verify, %s = %v, want holds %v", c.name, err, c.holds)
		}
	}
}
