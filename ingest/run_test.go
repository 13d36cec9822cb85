package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agenttrail"
)

func TestRunTakesInEverythingOnce(t *testing.T) {
	src := &fakeSource{objects: []agenttrail.Object{
		log("file:a", "1\n2\nbad 1\n"), log("file:b", "2\n3\nskip\n"), log("file:c", "1\n2\n"), log("file:d", "BROKEN\n"), log("file:e", "4\n"),
		LeftOut(log("file:f", "5\n"), RuleExclude), log("file:g", ""), log("file:h/", ""), log("file:x/ELBAccessLogTestFile", "6\n"),
	}}
	trail := newFakeTrail(t)
	j := job(src, trail)
	j.MaxObjects = 2
	j.Reread = func(_ context.Context, n int64) (int64, error) { return trail.rereads[n], nil }
	got, err := do(t.Context(), j)
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	want := Numbers{
		Listed: 5, ListedBytes: 32, Objects: 5, Bytes: 32, Refused: 1, Reread: 1, Excluded: 4, Batches: 3,
		LeftOut: map[string]int64{RuleExclude: 1, RuleEmpty: 1, RuleMarker: 1, RuleTestFile: 1},
		Counts: agenttrail.Counts{Read: 9, Accepted: 4, Duplicate: 3, Skipped: 1, Rejected: 1, Actions: 7, ActionDuplicates: 3, Rows: 4,
			Skips: map[string]int64{"skip": 1}, Rejects: map[string]int64{"bad": 1}},
	}
	if diff := cmp.Diff(want, got.Total); diff != "" {
		t.Errorf("Run: total (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]string{{"file:a", "file:b"}, {"file:c", "file:d"}, {"file:e", "listing:inbox/-"}}, trail.batches); diff != "" {
		t.Errorf("Run: batches (-want +got):\n%s", diff)
	}
	if len(got.Refusals) != 1 || got.Refusals[0].URI != "file:d" || !errors.Is(got.Refusals[0].Err, errUnreadable) || !got.Incomplete() {
		t.Errorf("Run: refusals %v, want file:d", got.Refusals)
	}
	if trail.objects["file:d"].Refused != "unreadable" {
		t.Errorf("file:d is refused as %q, want unreadable", trail.objects["file:d"].Refused)
	}
	if w := got.Windows[0]; w.State != agenttrail.WindowClosed || w.Result != agenttrail.ResultComplete {
		t.Errorf("Run: window %s %s, want closed complete", w.State, w.Result)
	}
	again, err := do(t.Context(), j)
	if err != nil {
		t.Fatalf("second Run: %v", err)
	}
	n := again.Total
	if n.Listed != 5 || n.Known != 5 || n.Objects+n.Batches+n.Counts.Read != 0 || len(src.opened) != 5 || again.Incomplete() {
		t.Errorf("second Run: %+v with %d objects opened in all, want 5 known and nothing read", n, len(src.opened))
	}
	if len(trail.windows) != 1 {
		t.Errorf("%d window entries after two runs, want 1: %+v", len(trail.windows), trail.windows)
	}
}

func TestListingIsKept(t *testing.T) {
	o := log("file:a%20b", "1\n")
	o.Time = time.Date(2026, 11, 1, 2, 3, 4, 5000, time.UTC)
	trail := newFakeTrail(t)
	if _, err := do(t.Context(), job(&fakeSource{objects: []agenttrail.Object{o, LeftOut(log("file:b", "2\n"), RuleHidden)}}, trail)); err != nil {
		t.Fatal(err)
	}
	s := trail.objects["listing:inbox/-"]
	data := trail.bytes["listing:inbox/-"]
	want := `{"etag":"2","key":"file:a%20b","modified":"2026-11-01T02:03:04.000005Z","size":"2"}
{"etag":"2","key":"file:b","left_out":"hidden","modified":"2026-11-10T11:00:00.000000Z","size":"2"}
`
	if string(data) != want {
		t.Errorf("listing:\n%swant:\n%s", data, want)
	}
	if s.Role != agenttrail.RoleListing || s.Version != trail.windows[0].Listing || s.Version != fmt.Sprintf("%x", s.SHA256) {
		t.Errorf("listing has role %s and version %s; the window names %s, its bytes have %x", s.Role, s.Version, trail.windows[0].Listing, s.SHA256)
	}
}

// Failures of an object, and what becomes of its window.
func TestFailedObjects(t *testing.T) {
	cases := []struct {
		name     string
		fail     func(n int) error
		opens    int
		want     string // Failed of the window; empty: closed
		fatal    error
		listings int
	}{
		{"broken twice, then good", func(n int) error {
			if n < 3 {
				return io.ErrUnexpectedEOF
			}
			return nil
		}, 3, "", nil, 1},
		{"always broken", func(int) error { return io.ErrUnexpectedEOF }, attempts, "file:b: unavailable", nil, 1},
		{"gone", func(int) error { return ErrGone }, 1, "file:b: gone", nil, 1},
		{"denied", func(int) error { return fmt.Errorf("%w (needs s3:GetObject)", ErrDenied) }, 1, "file:b: denied", nil, 1},
		{"changed once", func(n int) error {
			if n == 1 {
				return ErrChanged
			}
			return nil
		}, 2, "", nil, 2},
		{"changes always", func(int) error { return ErrChanged }, passes, "file:b: changed", nil, passes},
		{"credential", func(int) error { return ErrCredential }, 1, "", ErrCredential, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			src := &fakeSource{objects: []agenttrail.Object{log("file:a", "1\n"), log("file:b", "2\n"), log("file:c", "3\n")}}
			src.fail = func(o *agenttrail.Object, n int) error {
				if o.URI != "file:b" {
					return nil
				}
				return c.fail(n)
			}
			trail := newFakeTrail(t)
			got, err := do(t.Context(), job(src, trail))
			if !errors.Is(err, c.fatal) || src.opened["file:b"] != c.opens || src.lists != c.listings {
				t.Fatalf("Run: %v after %d attempts and %d listings, want %v, %d, %d", err, src.opened["file:b"], src.lists, c.fatal, c.opens, c.listings)
			}
			if c.fatal != nil {
				if len(trail.windows) != 0 || !strings.HasPrefix(err.Error(), "ingest inbox: get file:b: ") {
					t.Errorf("Run: %v, windows %v; want the source and the object named, and nothing said of the window", err, trail.windows)
				}
				return
			}
			w := trail.windows[0]
			if strings.Join(w.Failed, ";") != c.want || (w.State == agenttrail.WindowOpen) != (c.want != "") {
				t.Errorf("Run: window %s with failed %q, want %q", w.State, w.Failed, c.want)
			}
			if want := int64(3 - len(w.Failed)); got.Total.Counts.Accepted != want || got.Total.Failed != int64(len(w.Failed)) {
				t.Errorf("Run: %d accepted, %d failed, want %d, %d", got.Total.Counts.Accepted, got.Total.Failed, want, len(w.Failed))
			}
			if c.want == "" {
				return
			}
			src.fail = nil
			again, err := do(t.Context(), job(src, trail))
			if err != nil || again.Total.Known != 2 || again.Total.Objects != 1 || trail.windows[len(trail.windows)-1].State != agenttrail.WindowClosed {
				t.Errorf("next Run: %v, %+v, window %s; want one object more and the window closed", err, again.Total, trail.windows[len(trail.windows)-1].State)
			}
		})
	}
}

// The same failures, run after run, add nothing to the ledger.
func TestSameFailuresSayNothingNew(t *testing.T) {
	src := &fakeSource{objects: []agenttrail.Object{log("file:a", "1\n"), log("file:b", "2\n")}, fail: func(o *agenttrail.Object, n int) error {
		if o.URI == "file:b" {
			return fmt.Errorf("attempt %d: %w", n, io.ErrUnexpectedEOF)
		}
		return nil
	}}
	trail := newFakeTrail(t)
	for range 3 {
		if _, err := do(t.Context(), job(src, trail)); err != nil {
			t.Fatal(err)
		}
	}
	if len(trail.windows) != 1 || len(trail.batches) != 1 {
		t.Errorf("%d windows and %d batches after three runs, want one of each", len(trail.windows), len(trail.batches))
	}
}

func TestListingThatContradictsItselfIsReadAgain(t *testing.T) {
	all := []agenttrail.Object{log("file:a", "1\n"), log("file:b", "2\n"), log("file:c", "3\n")}
	src := &fakeSource{list: func(_ agenttrail.Window, n int) ([]agenttrail.Object, error) {
		if n == 1 {
			return all[:2], fmt.Errorf("page 2: %w", ErrChanged)
		}
		return append(all, all[0]), nil // and one of them twice
	}}
	trail := newFakeTrail(t)
	got, err := do(t.Context(), job(src, trail))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(trail.lines)
	if strings.Join(trail.lines, "") != "123" || got.Total.Listed != 3 || trail.windows[0].State != agenttrail.WindowClosed {
		t.Errorf("Run: lines %q, %d listed, window %s; want 123, 3, closed", trail.lines, got.Total.Listed, trail.windows[0].State)
	}
	src = &fakeSource{list: func(agenttrail.Window, int) ([]agenttrail.Object, error) { return nil, ErrChanged }}
	if _, err := do(t.Context(), job(src, trail)); !errors.Is(err, ErrChanged) || src.lists != passes {
		t.Errorf("Run over a listing that never agrees: %v after %d, want ErrChanged after %d", err, src.lists, passes)
	}
}

func TestWindows(t *testing.T) {
	src := &fakeSource{list: func(w agenttrail.Window, _ int) ([]agenttrail.Object, error) {
		switch w.From.Day() {
		case 3, 6:
			return []agenttrail.Object{log("s3://b/"+w.Key(), w.Key()+"\n")}, nil
		case 7:
			return []agenttrail.Object{LeftOut(log("s3://b/7", "7\n"), RuleExclude)}, nil
		}
		return nil, nil
	}}
	trail := newFakeTrail(t)
	j := job(src, trail)
	j.Windows = nil
	for d := 1; d <= 9; d++ {
		j.Windows = append(j.Windows, day(d))
	}
	var steps []string
	j.Stop = func(step string) error {
		if step == "before window" {
			steps = append(steps, fmt.Sprint(src.lists))
		}
		return nil
	}
	got, err := do(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, w := range trail.windows {
		said = append(said, fmt.Sprintf("%d-%d %s %s %d", w.From.Day(), w.To.Day(), w.State, w.Result, w.Objects))
	}
	want := []string{"1-3 closed empty 0", "3-4 closed complete 1", "4-6 closed empty 0", "6-7 closed complete 1", "7-8 closed complete 0", "8-10 closed empty 0"}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("windows said (-want +got):\n%s", diff)
	}
	if len(got.Windows) != 9 || got.Windows[3].Result != agenttrail.ResultEmpty || got.Windows[3].Key() != "2026-11-04T00:00:00Z" {
		t.Errorf("Run: %d windows, the fourth %+v; want 9, the fourth empty", len(got.Windows), got.Windows[3])
	}
	if want := day(1).From.Add(-margin); !trail.since.Equal(want) {
		t.Errorf("known objects were asked for since %s, want %s", trail.since, want)
	}
}

func TestRunRefusesWindows(t *testing.T) {
	cases := []struct {
		windows []agenttrail.Window
		want    string
	}{
		{[]agenttrail.Window{day(10)}, "is not over: it ends 2026-11-11"},
		{[]agenttrail.Window{day(3), day(2)}, "out of order"},
		{[]agenttrail.Window{{Source: "other"}}, `belongs to "other"`},
	}
	for _, c := range cases {
		j := job(&fakeSource{}, newFakeTrail(t))
		j.Windows = c.windows
		if _, err := Run(t.Context(), j); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Run(%v) = %v, want an error with %q", c.windows, err, c.want)
		}
	}
}

func TestRunErrorsAddNothingToTheWindow(t *testing.T) {
	boom := errors.New("boom")
	cases := []struct {
		name string
		make func(j *Job, f *fakeTrail)
	}{
		{"commit", func(_ *Job, f *fakeTrail) { f.failCommit = boom }},
		{"format", func(j *Job, _ *fakeTrail) {
			j.Refusal = func(error) (string, string, bool) { return "file:0000", "", true }
		}},
		{"before list", func(j *Job, _ *fakeTrail) { j.Stop = stopAt("before list", boom) }},
		{"after list", func(j *Job, _ *fakeTrail) { j.Stop = stopAt("after list", boom) }},
		{"before get", func(j *Job, _ *fakeTrail) { j.Stop = stopAt("before get", boom) }},
		{"after get", func(j *Job, _ *fakeTrail) { j.Stop = stopAt("after get", boom) }},
		{"before window", func(j *Job, _ *fakeTrail) { j.Stop = stopAt("before window", boom) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			src, trail := &fakeSource{}, newFakeTrail(t)
			for i := range 100 {
				src.objects = append(src.objects, log(fmt.Sprintf("file:%04d", i), fmt.Sprintf("%d\n", i)))
			}
			if c.name == "format" {
				src.objects[0] = log("file:0000", "BROKEN")
			}
			j := job(src, trail)
			j.MaxObjects = 7
			broken := j
			c.make(&broken, trail)
			got, err := do(t.Context(), broken)
			if !errors.Is(err, boom) && c.name != "format" || err == nil || len(trail.windows) != 0 {
				t.Fatalf("Run: %v, windows %v; want boom and none", err, trail.windows)
			}
			if got.Total.Counts.Accepted != int64(len(trail.lines)) {
				t.Errorf("Run counts %d accepted, the trail holds %d", got.Total.Counts.Accepted, len(trail.lines))
			}
			if _, err := do(t.Context(), j); err != nil {
				t.Fatalf("next Run: %v", err)
			}
			slices.Sort(trail.lines)
			if want := 100 - len(src.objects[0].Meta["body"])/6; len(slices.Compact(trail.lines)) != want || len(trail.lines) != want {
				t.Errorf("after the next Run the trail holds %d lines, want %d", len(trail.lines), want)
			}
		})
	}
}

func stopAt(step string, err error) func(string) error {
	return func(s string) error {
		if s == step {
			return err
		}
		return nil
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	src, trail := &fakeSource{}, newFakeTrail(t)
	for i := range 1000 {
		src.objects = append(src.objects, log(fmt.Sprintf("file:%04d", i), fmt.Sprintf("%d\n", i)))
	}
	j := job(src, trail)
	j.MaxObjects = 10
	why := errors.New("told to stop")
	j.Progress = func(p Progress) {
		if p.Bytes > 0 {
			cancel(why)
		}
	}
	got, err := do(ctx, j)
	if !errors.Is(err, why) || len(trail.windows) != 0 {
		t.Errorf("Run cancelled: %v, windows %v; want %v and none", err, trail.windows, why)
	}
	if n := got.Total.Counts.Accepted; n == 0 || n == 1000 || n != int64(len(trail.lines)) {
		t.Errorf("Run cancelled: counts %d accepted, the trail holds %d; want the same, some but not all", n, len(trail.lines))
	}
}

// Where batches are cut depends on the objects alone.
func TestBatchesDoNotDependOnWorkers(t *testing.T) {
	for seed := range uint64(3) {
		objects := someObjects(rand.New(rand.NewPCG(seed, 0)))
		one, eight := newFakeTrail(t), newFakeTrail(t)
		for workers, trail := range map[int]*fakeTrail{1: one, 8: eight} {
			j := job(&fakeSource{objects: objects}, trail)
			j.Workers, j.MaxObjects = workers, 20
			got, err := do(t.Context(), j)
			if err != nil || got.Total.Objects != int64(len(objects)) || len(trail.lines) != len(objects) {
				t.Fatalf("seed %d, %d workers: %v; %d objects and %d lines committed, want %d", seed, workers, err, got.Total.Objects, len(trail.lines), len(objects))
			}
		}
		if diff := cmp.Diff(one.batches, eight.batches); diff != "" {
			t.Errorf("seed %d: batches of 1 worker and of 8 (-1 +8):\n%s", seed, diff)
		}
	}
}

// someObjects are small and big ones, some of a size that is not announced, some a second version of the one before.
func someObjects(r *rand.Rand) (objects []agenttrail.Object) {
	line := "skip " + strings.Repeat("x", 1<<10) + "\n"
	for uri := 0; len(objects) < 40; {
		if r.IntN(10) > 0 {
			uri++
		}
		body := fmt.Sprintf("%d\n", len(objects))
		if r.IntN(5) == 0 {
			body += strings.Repeat(line, r.IntN(9<<10))
		}
		o := log(fmt.Sprintf("file:%04d", uri), body)
		o.Version = fmt.Sprint(len(objects))
		if r.IntN(2) == 0 {
			o.Size = -1
		}
		objects = append(objects, o)
	}
	return objects
}

// The budget must not hold more than it gives back, and a batch always fits: many objects whose size nobody announced.
func TestSizesNotAnnounced(t *testing.T) {
	src, trail := &fakeSource{}, newFakeTrail(t)
	for i := range 1000 {
		o := log(fmt.Sprintf("file:%04d", i), fmt.Sprintf("%d\n", i))
		o.Size = -1
		src.objects = append(src.objects, o)
	}
	r, err := newRun(job(src, trail))
	if err != nil {
		t.Fatal(err)
	}
	before := r.budget.free
	if _, err := r.do(t.Context()); err != nil || len(trail.lines) != 1000 || len(trail.batches) != 1 {
		t.Errorf("Run: %v, %d lines in %d batches, want 1000 in 1", err, len(trail.lines), len(trail.batches))
	}
	if r.budget.free != before {
		t.Errorf("%d bytes of the budget are free after the run, want %d", r.budget.free, before)
	}
}

func TestPreparesInParallel(t *testing.T) {
	src, trail := &fakeSource{}, newFakeTrail(t)
	for i := range 39 { // and the listing
		src.objects = append(src.objects, log(fmt.Sprintf("file:%04d", i), fmt.Sprintf("%d\n", i)))
	}
	trail.rendezvous = make(chan struct{}) // ends only if two meet
	j := job(src, trail)
	j.MaxObjects, j.Workers = 2, 2
	if _, err := do(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	if n := trail.busiest.Load(); n != 2 {
		t.Errorf("%d batches were prepared at once with 2 workers, want 2", n)
	}
}

func TestNameFailed(t *testing.T) {
	var list []Failure
	for i := range 50 {
		list = append(list, Failure{"s3://b/" + strings.Repeat("k", 3000) + fmt.Sprint(i), ErrGone})
	}
	names, more := nameFailed(list, 70, failedBytes)
	if len(names) != 3 || more != 67 {
		t.Errorf("nameFailed names %d and %d more, want 3 and 67", len(names), more)
	}
	for i, n := range names {
		if len(n) > failedName+20 || !strings.HasSuffix(n, fmt.Sprintf("k%d: gone", i)) {
			t.Errorf("nameFailed: %q is too long or lost its end", n)
		}
	}
}

func TestPlan(t *testing.T) {
	src := &fakeSource{objects: []agenttrail.Object{log("file:a", "1\n"), log("file:b", "2\n"), log("file:c", "")}}
	trail := newFakeTrail(t)
	trail.known["file:a 2"] = true
	got, err := Plan(t.Context(), job(src, trail))
	if err != nil {
		t.Fatal(err)
	}
	got.Assumption = ""
	if diff := cmp.Diff(Forecast{First: standing()[0], Windows: 1, Objects: 1, Bytes: 2, Known: 1, Excluded: 1, Requests: 1}, got); diff != "" {
		t.Errorf("Plan (-want +got):\n%s", diff)
	}
	if len(src.opened)+len(trail.batches) != 0 {
		t.Errorf("Plan opened %v", src.opened)
	}
}

// The bar is 10 s for 100,000 known objects, listed and left out.
func BenchmarkSecondRun(b *testing.B) {
	src, trail := &fakeSource{}, newFakeTrail(b)
	for i := range 100_000 {
		o := log(fmt.Sprintf("s3://example-logs/AWSLogs/111122223333/CloudTrail/eu-central-1/2026/11/02/%08d.json.gz", i), "1\n")
		trail.known[o.URI+" "+o.Version] = true
		src.objects = append(src.objects, o)
	}
	j := job(src, trail)
	if _, err := Run(b.Context(), j); err != nil { // keeps the listing
		b.Fatal(err)
	}
	for b.Loop() {
		got, err := Run(b.Context(), j)
		if err != nil || got.Total.Known != 100_000 || got.Total.Batches != 0 {
			b.Fatalf("Run: %v, %+v; want 100,000 known", err, got.Total)
		}
	}
}
