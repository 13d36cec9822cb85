package cron

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"agenttrail"
)

func plan() Plan {
	return Plan{Source: "logs", LookBack: 7 * 24 * time.Hour, Sweep: 35 * 24 * time.Hour,
		Calendar: Calendar{Since: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), Zone: time.UTC, Lag: 30 * time.Minute}}
}

// word is a word about the days [from, to) of September 2026 and on.
func word(number int64, from, to int, state, result string) agenttrail.WindowState {
	day := func(n int) time.Time { return time.Date(2026, 9, n, 0, 0, 0, 0, time.UTC) }
	return agenttrail.WindowState{Window: agenttrail.Window{Source: "logs", From: day(from), To: day(to)}, State: state, Result: result, Number: number, Final: state == agenttrail.WindowFinal}
}

func starts(list []agenttrail.Window) (out []string) {
	for _, w := range list {
		out = append(out, w.From.Format("01-02"))
	}
	return out
}

func TestOwed(t *testing.T) {
	now := at(t, "2026-09-11T01:00:00Z")
	cases := []struct {
		name string
		said []agenttrail.WindowState
		want []string
	}{
		{"ten nights off", nil, []string{"09-01", "09-02", "09-03", "09-04", "09-05", "09-06", "09-07", "09-08", "09-09", "09-10"}},
		{"one word over many", []agenttrail.WindowState{word(1, 1, 9, "closed", "empty")}, []string{"09-09", "09-10"}},
		{"open is owed", []agenttrail.WindowState{word(1, 1, 9, "closed", "empty"), word(2, 9, 10, "open", ""), word(3, 10, 11, "closed", "complete")}, []string{"09-09"}},
		{"amended, final and lost are not", []agenttrail.WindowState{word(3, 1, 2, "amended", "complete"), word(4, 2, 9, "final", "empty"), word(1, 9, 10, "closed", "lost")}, []string{"09-10"}},
		{"of two words the newer holds", []agenttrail.WindowState{word(5, 1, 11, "closed", "empty"), word(9, 4, 5, "open", "")}, []string{"09-04"}},
	}
	for _, c := range cases {
		if diff := cmp.Diff(c.want, starts(plan().Owed(now, c.said))); diff != "" {
			t.Errorf("Owed, %s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestDue(t *testing.T) {
	closed := []agenttrail.WindowState{word(1, 1, 41, "closed", "empty")}
	cases := []struct {
		name, now string
		said      []agenttrail.WindowState
		want      []string
	}{
		{"look-back of seven days, older ones by their week, the oldest a last time", "2026-10-11T00:30:00Z", closed,
			[]string{"09-01", "09-02", "09-03", "09-04", "09-05", "09-12", "09-19", "09-26", "10-03", "10-04", "10-05", "10-06", "10-07", "10-08", "10-09", "10-10"}},
		{"final ones are left alone", "2026-10-11T00:30:00.000001Z", []agenttrail.WindowState{word(1, 1, 6, "closed", "empty"), word(2, 6, 41, "final", "empty")},
			[]string{"09-01", "09-02", "09-03", "09-04", "09-05", "09-12", "09-19", "09-26", "10-03", "10-04", "10-05", "10-06", "10-07", "10-08", "10-09", "10-10"}},
	}
	for _, c := range cases {
		if diff := cmp.Diff(c.want, starts(plan().Due(at(t, c.now), c.said))); diff != "" {
			t.Errorf("Due at %s, %s (-want +got):\n%s", c.now, c.name, diff)
		}
	}
}

func TestBounds(t *testing.T) {
	p, now := plan(), at(t, "2026-11-01T12:00:00Z")
	if got, want := p.FinalUpTo(now), at(t, "2026-09-27T11:30:00Z"); !got.Equal(want) {
		t.Errorf("FinalUpTo(%s) = %s, want %s", now, got, want)
	}
	if got := p.KeptSince(now); !got.IsZero() {
		t.Errorf("KeptSince without a term = %s, want none", got)
	}
	p.Kept = 30 * 24 * time.Hour
	if got, want := p.KeptSince(now), at(t, "2026-10-02T12:00:00Z"); !got.Equal(want) {
		t.Errorf("KeptSince(%s) = %s, want %s", now, got, want)
	}
	if got, want := starts(p.Within(now, at(t, "2026-10-05T12:00:00Z"), at(t, "2026-10-07T00:00:00Z"))), []string{"10-05", "10-06"}; !cmp.Equal(got, want) {
		t.Errorf("Within = %v, want %v", got, want)
	}
	if got, want := starts(p.Running(now, at(t, "2026-10-31T23:00:00Z"))), []string{"11-01"}; !cmp.Equal(got, want) {
		t.Errorf("Running = %v, want %v", got, want)
	}
}

// Whatever nights a machine was on: each window is closed once, in order, and looked at again until it is final, which it becomes once.
func TestPlanPaysOnce(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := plan()
		p.Hours = rapid.Bool().Draw(r, "hours")
		p.Sweep = time.Duration(rapid.IntRange(0, 20).Draw(r, "sweep")) * 24 * time.Hour
		p.LookBack = time.Duration(rapid.IntRange(0, 9).Draw(r, "look-back")) * 24 * time.Hour
		said := map[string]agenttrail.WindowState{}
		now, number := p.Since, int64(0)
		for range rapid.IntRange(1, 12).Draw(r, "nights") {
			now = now.Add(time.Duration(rapid.IntRange(1, 200).Draw(r, "off")) * time.Hour)
			var list []agenttrail.WindowState
			for _, s := range said {
				list = append(list, s)
			}
			for _, w := range p.Due(now, list) {
				s, ok := said[w.Key()]
				number++
				switch final := !w.To.After(p.FinalUpTo(now)); {
				case ok && s.Final:
					r.Fatalf("at %s window %s is listed again although it is final", now, w.Key())
				case final:
					s = agenttrail.WindowState{Window: w, State: agenttrail.WindowFinal, Final: true, Number: number}
				case !ok:
					s = agenttrail.WindowState{Window: w, State: agenttrail.WindowClosed, Result: agenttrail.ResultComplete, Number: number}
				}
				said[w.Key()] = s
			}
			for _, w := range p.Over(now) {
				s, ok := said[w.Key()]
				if final := !w.To.After(p.FinalUpTo(now)); !ok || final != s.Final && final {
					r.Fatalf("after the run at %s window %s: said %v, final %v, want it closed, and final %v", now, w.Key(), ok, s.Final, final)
				}
			}
		}
	})
}
