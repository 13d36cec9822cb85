package ingest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agenttrail"
)

// said finds the newest word of the fake trail, as the real one does.
func (f *fakeTrail) said(w agenttrail.Window) (agenttrail.WindowState, bool) {
	for i, s := range slices.Backward(f.windows) {
		if s.From.Equal(w.From) || !s.From.After(w.From) && !s.To.Before(w.To) {
			s.Number = int64(i + 1)
			s.Final = slices.ContainsFunc(f.windows, func(o agenttrail.WindowState) bool {
				return o.State == agenttrail.WindowFinal && !o.From.After(w.From) && !o.To.Before(w.To)
			})
			return s, true
		}
	}
	return agenttrail.WindowState{}, false
}

// night is a run over windows of the fake trail that looks back.
func night(src Source, trail *fakeTrail, windows ...agenttrail.Window) Job {
	j := job(src, trail)
	j.Windows, j.Said = windows, trail.said
	had := slices.Concat(trail.batches...)
	j.Delivered = func(_ context.Context, _ agenttrail.Window, yield func(string)) error {
		for _, uri := range had {
			if trail.objects[uri].Role != agenttrail.RoleListing {
				yield(uri)
			}
		}
		return nil
	}
	j.Reports = func(from, to time.Time) []string {
		return []string{"audit-" + from.Format("0102") + "-" + to.Format("0102")}
	}
	return j
}

// states are the words of the fake trail, in order: window, state, result.
func (f *fakeTrail) states() (out []string) {
	for _, w := range f.windows {
		out = append(out, w.From.Format("02")+"-"+w.To.Format("02")+" "+w.State+" "+w.Result)
	}
	return out
}

func wantStates(t *testing.T, trail *fakeTrail, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, trail.states()); diff != "" {
		t.Errorf("words about windows (-want +got):\n%s", diff)
	}
}

func mustDo(t *testing.T, j Job) Result {
	t.Helper()
	result, err := do(t.Context(), j)
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	return result
}

// What comes late, is written anew or goes after a window was closed amends it, once each; a look-back that shows nothing new says nothing.
func TestAmended(t *testing.T) {
	trail, src := newFakeTrail(t), &fakeSource{objects: []agenttrail.Object{log("s3://b/a", "1\n"), log("s3://b/m", "2\n"), log("s3://b/z", "3\n")}}
	mustDo(t, night(src, trail, day(5)))
	mustDo(t, night(src, trail, day(5)))
	wantStates(t, trail, "05-06 closed complete")

	src.objects = []agenttrail.Object{log("s3://b/A-earlier-key", "4\n"), log("s3://b/a", "1\n5\n"), log("s3://b/z", "3\n")}
	mustDo(t, night(src, trail, day(5)))
	mustDo(t, night(src, trail, day(5)))
	wantStates(t, trail, "05-06 closed complete", "05-06 amended complete")
	w := trail.windows[1]
	if w.Added != 2 || w.Replaced != 1 || !slices.Equal(w.Gone, []string{"s3://b/m"}) || w.Previous != 1 || !slices.Equal(w.Reports, []string{"audit-1105-1106"}) {
		t.Errorf("amended word = %+v, want 2 added, 1 of them replaced, m gone, previous 1, a report", w)
	}
	if want := []string{"1", "2", "3", "4", "5"}; !slices.Equal(trail.lines, want) {
		t.Errorf("records = %v, want %v: nothing twice", trail.lines, want)
	}
	if late := trail.late; !slices.Equal(late, []bool{false, true}) {
		t.Errorf("batches that came late = %v, want the second", late)
	}
}

// A late object that cannot be fetched amends the window too, and is said again only when that changes.
func TestAmendedWithFailure(t *testing.T) {
	trail, src := newFakeTrail(t), &fakeSource{objects: []agenttrail.Object{log("s3://b/a", "1\n")}}
	mustDo(t, night(src, trail, day(5)))
	src.objects = append(src.objects, log("s3://b/late", "2\n"))
	src.fail = func(o *agenttrail.Object, _ int) error {
		if o.URI == "s3://b/late" {
			return ErrDenied
		}
		return nil
	}
	j := night(src, trail, day(5))
	j.FinalUpTo = clock
	mustDo(t, j)
	mustDo(t, night(src, trail, day(5)))
	wantStates(t, trail, "05-06 closed complete", "05-06 amended complete")
	if w := trail.windows[1]; len(w.Failed) != 1 || !w.Partial() {
		t.Errorf("amended word = %+v, want the failed object named", w)
	}
	src.fail = nil
	j = night(src, trail, day(5))
	j.FinalUpTo = clock
	mustDo(t, j)
	wantStates(t, trail, "05-06 closed complete", "05-06 amended complete", "05-06 amended complete", "05-06 final complete")
}

// Final is said once, of empty windows in a row by one entry; a backfill amends even then.
func TestFinal(t *testing.T) {
	trail, src := newFakeTrail(t), &fakeSource{list: byDay(map[int][]agenttrail.Object{7: {log("s3://b/a", "1\n")}})}
	mustDo(t, night(src, trail, day(4)))
	mustDo(t, night(src, trail, day(5), day(6), day(7), day(8)))
	wantStates(t, trail, "04-05 closed empty", "05-07 closed empty", "07-08 closed complete", "08-09 closed empty")
	for range 2 {
		j := night(src, trail, day(4), day(5), day(6), day(7), day(8))
		j.FinalUpTo = day(8).From
		mustDo(t, j)
	}
	wantStates(t, trail, "04-05 closed empty", "05-07 closed empty", "07-08 closed complete", "08-09 closed empty", "04-07 final empty", "07-08 final complete")
	if f := trail.windows[5]; f.Objects != 1 || f.Previous != 3 || f.Listing == "" {
		t.Errorf("final word = %+v, want the numbers of the word before", f)
	}
	src.list = byDay(map[int][]agenttrail.Object{6: {log("s3://b/back", "9\n")}})
	j := night(src, trail, day(6))
	j.FinalUpTo = day(8).From
	mustDo(t, j)
	if w := trail.windows[len(trail.windows)-1]; len(trail.windows) != 7 || w.State != agenttrail.WindowAmended || w.Key() != day(6).Key() || w.Added != 1 {
		t.Errorf("after a backfill: %v, want the day amended", trail.states())
	}
}

// Past what the source keeps a window that was not read in time is lost, whatever is still there; it is not asked for again.
func TestLost(t *testing.T) {
	objects := byDay(map[int][]agenttrail.Object{4: {log("s3://b/rest", "1\n")}, 6: {log("s3://b/a", "2\n")}})
	trail, src := newFakeTrail(t), &fakeSource{list: func(w agenttrail.Window, n int) ([]agenttrail.Object, error) {
		if w.From.Equal(day(3).From) {
			return nil, ErrRequest
		}
		return objects(w, n)
	}}
	j := night(src, trail, day(3), day(4), day(5), day(6))
	j.KeptSince, j.FinalUpTo = day(5).From.Add(time.Hour), day(6).From
	mustDo(t, j)
	wantStates(t, trail, "03-04 closed lost", "04-05 closed lost", "05-06 closed lost", "06-07 closed complete", "04-05 final lost", "05-06 final lost")
	if w := trail.windows[0]; len(w.Failed) != 1 {
		t.Errorf("word about a window that was not listed = %+v, want why", w)
	}
	lists := src.lists
	mustDo(t, j)
	if src.lists != lists+1 {
		t.Errorf("the second run listed %d windows, want only the one that the source still keeps", src.lists-lists)
	}
}

// A provisional pull keeps the window open; the run that is due closes it, and takes nothing twice.
func TestProvisional(t *testing.T) {
	trail, src := newFakeTrail(t), &fakeSource{objects: []agenttrail.Object{log("s3://b/a", "1\n")}}
	j := night(src, trail, day(10))
	if _, err := do(t.Context(), j); err == nil {
		t.Fatal("Run of a window that is not over = nil, want an error")
	}
	j.Provisional = true
	mustDo(t, j)
	src.objects = append(src.objects, log("s3://b/b", "2\n"))
	j = night(src, trail, day(10))
	j.Now = func() time.Time { return day(11).To }
	mustDo(t, j)
	wantStates(t, trail, "10-11 open provisional", "10-11 closed complete")
	if want := []string{"1", "2"}; !slices.Equal(trail.lines, want) || trail.late[1] {
		t.Errorf("records = %v, late %v, want %v and none late", trail.lines, trail.late, want)
	}
}

// A run that ends before it says the window says it once, later; what it committed is not stored twice.
func TestKilledBeforeTheWord(t *testing.T) {
	trail, src := newFakeTrail(t), &fakeSource{objects: []agenttrail.Object{log("s3://b/a", "1\n")}}
	killed := errors.New("killed")
	j := night(src, trail, day(4), day(5))
	j.Stop = func(step string) error {
		if step == "before window" {
			return killed
		}
		return nil
	}
	if _, err := do(t.Context(), j); !errors.Is(err, killed) {
		t.Fatalf("Run = %v, want %v", err, killed)
	}
	mustDo(t, night(src, trail, day(4), day(5)))
	wantStates(t, trail, "04-05 closed complete", "05-06 closed complete")
	if !slices.Equal(trail.lines, []string{"1"}) || trail.late[len(trail.late)-1] {
		t.Errorf("records = %v, want one, and none late", trail.lines)
	}
}

func byDay(objects map[int][]agenttrail.Object) func(agenttrail.Window, int) ([]agenttrail.Object, error) {
	return func(w agenttrail.Window, _ int) ([]agenttrail.Object, error) { return objects[w.From.Day()], nil }
}
