package pdf

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"agenttrail/reports"
)

func TestPercent(t *testing.T) {
	for in, want := range map[[2]int64]string{{0, 0}: "–", {0, 9}: "0 %", {9, 9}: "100 %", {1, 1000}: "<1 %", {999, 1000}: ">99 %", {217, 220}: "99 %", {1, 2}: "50 %", {1e15 - 1, 1e15}: ">99 %"} {
		if got := percent(in[0], in[1]); got != want {
			t.Errorf("percent(%d, %d) = %q, want %q", in[0], in[1], got, want)
		}
	}
}

// TestRanked: the highest first, equal ones as given, nothing lost in the fold.
func TestRanked(t *testing.T) {
	p := &reports.Pareto{}
	want := int64(0)
	for i := range 25 {
		p.Labels, p.Values = append(p.Labels, fmt.Sprintf("rule %d", i)), append(p.Values, int64(i/2))
		want += int64(i / 2)
	}
	steps, folded := ranked(p)
	got := int64(0)
	for _, s := range steps {
		got += s.N
	}
	if len(steps) != mostRows || folded != 6 || got != want || steps[0].Name != "rule 24" || steps[1].Name != "rule 22" || steps[2].Name != "rule 23" || steps[mostRows-1].Name != "the other 6" {
		t.Errorf("ranked = %v, %d folded, sum %d, want sum %d", steps, folded, got, want)
	}
}

// alts are the alternative texts of a document with one figure.
func alts(t *testing.T, f reports.Figure) string {
	t.Helper()
	c := testCanvas(t, &reports.Document{})
	c.figureBlock(&f)
	var all []string
	var walk func(e *elem)
	walk = func(e *elem) {
		if e.alt != "" {
			all = append(all, e.alt)
		}
		if e.long != "" {
			all = append(all, e.long)
		}
		for _, k := range e.kids {
			if e, ok := k.(*elem); ok {
				walk(e)
			}
		}
	}
	walk(c.root)
	return strings.Join(all, " | ")
}

// TestAlternatives: what is drawn is also said, from the same numbers.
func TestAlternatives(t *testing.T) {
	at := time.Date(2026, 8, 14, 9, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		f    reports.Figure
		want string
	}{
		{reports.Figure{Title: "V", Pareto: &reports.Pareto{Labels: []string{"a", "b"}, Values: []int64{1, 3}, Unit: "violations"}},
			"Bars, the highest first: V. 4 violations in all. b: 3, together 75 %. a: 1, together 100 %."},
		{reports.Figure{Title: "A", Funnel: &reports.Funnel{Steps: []reports.Step{{Name: "high stakes", N: 4}, {Name: "approved", N: 3}}, Unit: "actions"}},
			"Funnel: A. high stakes: 4 actions, 100 % of the first step. approved: 3 actions, 75 % of the first step."},
		{reports.Figure{Title: "R", Waterfall: &reports.Waterfall{Steps: []reports.Change{{Name: "read", N: 10}, {Name: "skipped", N: -4}, {Name: "more", N: 1}, {Name: "left", N: 7, Sum: true}}, Unit: "records"}},
			"Waterfall: R. read: 10, which makes 10. skipped: −4, which makes 6. more: +1, which makes 7. left: 7, which makes 7."},
		{reports.Figure{Title: "S", Slope: &reports.Slope{Columns: []string{"Q1", "Q2"}, Lines: []reports.SlopeLine{{Name: "own", Points: []reports.Share{{}, {N: 1, Of: 4}}}}}},
			"Shares over periods: S. own: Q1 no data; Q2 1 of 4, 25 %."},
		{reports.Figure{Title: "L", Ageing: &reports.Ageing{Bands: []reports.Step{{Name: "young", N: 5}, {Name: "old", N: 2}}, Over: 1, Limit: "90 days", Unit: "permissions"}},
			"Bars by age: L. 7 permissions in all, 2 of them longer ago than 90 days. young: 5. old: 2."},
		{reports.Figure{Title: "C", Lanes: &reports.Lanes{Names: []string{"agent", "customer"}, Moments: []reports.Moment{{At: at, Lane: "agent", To: "customer"}, {At: at, Lane: "agent"}}}},
			"agent to customer | agent"},
	} {
		if got := alts(t, tt.f); got != tt.want {
			t.Errorf("alternative text of %q = %q, want %q", tt.f.Title, got, tt.want)
		}
	}
}

// TestSpeechIsCut: a text that is too long for the file counts what it leaves out.
func TestSpeechIsCut(t *testing.T) {
	p := &reports.Ageing{Unit: "actions"}
	for range 24 {
		p.Bands = append(p.Bands, reports.Step{Name: strings.Repeat("🙂", 300), N: 1})
	}
	got := alts(t, reports.Figure{Ageing: p})
	if units(got) > longestSpoken || !strings.HasSuffix(got, "not read out: the numbers are attached.") {
		t.Errorf("alternative text has %d units and ends %q", units(got), got[max(0, len(got)-80):])
	}
}

// TestFigureMistakes: what contradicts itself is refused before anything is drawn, and named.
func TestFigureMistakes(t *testing.T) {
	steps := func(n ...int64) (list []reports.Step) {
		for _, v := range n {
			list = append(list, reports.Step{Name: "s", N: v})
		}
		return list
	}
	at := time.Date(2026, 8, 14, 0, 0, 0, 0, time.UTC)
	for want, f := range map[string]reports.Figure{
		"2 values for 1 labels":              {Pareto: &reports.Pareto{Labels: []string{"a"}, Values: []int64{1, 2}}},
		"value -1 is not between":            {Pareto: &reports.Pareto{Labels: []string{"a"}, Values: []int64{-1}}},
		"a funnel cannot grow":               {Funnel: &reports.Funnel{Steps: steps(1, 2)}},
		"21 steps, at most 20 fit":           {Funnel: &reports.Funnel{Steps: steps(make([]int64, 21)...)}},
		"the steps before add up to 6":       {Waterfall: &reports.Waterfall{Steps: []reports.Change{{N: 10}, {N: -4}, {N: 7, Sum: true}}}},
		"value -1 is not between 0":          {Waterfall: &reports.Waterfall{Steps: []reports.Change{{N: 3}, {N: -4}}}},
		"is too large":                       {Waterfall: &reports.Waterfall{Steps: []reports.Change{{N: 1 << 62}}}},
		"5 of 4 is no share":                 {Slope: &reports.Slope{Columns: []string{"q"}, Lines: []reports.SlopeLine{{Points: []reports.Share{{N: 5, Of: 4}}}}}},
		"1 points for 2 columns":             {Slope: &reports.Slope{Columns: []string{"q", "r"}, Lines: []reports.SlopeLine{{Points: []reports.Share{{}}}}}},
		"the limit lies at band 3 of 2":      {Ageing: &reports.Ageing{Bands: steps(1, 1), Over: 3}},
		`lane "x" or "" is not one`:          {Lanes: &reports.Lanes{Names: []string{"a"}, Moments: []reports.Moment{{Lane: "x"}}}},
		`lane "a" stands twice`:              {Lanes: &reports.Lanes{Names: []string{"a", "a"}}},
		"moment 2: it is before":             {Lanes: &reports.Lanes{Names: []string{"a"}, Moments: []reports.Moment{{At: at, Lane: "a"}, {Lane: "a"}}}},
		"2 kinds are set, want one":          {Lanes: &reports.Lanes{}, Funnel: &reports.Funnel{}},
		"7 lanes, at most 6 fit: fold":       {Lanes: &reports.Lanes{Names: []string{"a", "b", "c", "d", "e", "f", "g"}}},
		"9 columns, at most 8 fit: fold":     {Slope: &reports.Slope{Columns: make([]string, 9)}},
		"25 bands, at most 24 fit: fold the": {Ageing: &reports.Ageing{Bands: make([]reports.Step, 25)}},
	} {
		doc := &reports.Document{Sections: []reports.Section{{Blocks: []reports.Block{{Figure: &f}}}}}
		if err := check(doc); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("check = %v, want %q", err, want)
		}
	}
}

// TestHatchStaysInside: no line of a pattern leaves its box.
func TestHatchStaysInside(t *testing.T) {
	c := testCanvas(t, &reports.Document{})
	for _, box := range [][2]float64{{0.3, 4}, {40, 4.2}, {3.2, 3.2}, {2, 50}} {
		w, h := box[0], box[1]
		c.diagonals(0, 0, w, h, func(at, u float64) (float64, float64) {
			if x, y := at+u, h-u; x < -1e-9 || x > w+1e-9 || y < -1e-9 || y > h+1e-9 {
				t.Errorf("a line of a box of %v × %v reaches %v, %v", w, h, x, y)
			}
			return at + u, h - u
		})
	}
}
