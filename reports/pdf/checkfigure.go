package pdf

import (
	"fmt"

	"agenttrail/reports"
)

// What figures must hold before they are drawn.

func (k *checker) figure(at string, f *reports.Figure) {
	at = fmt.Sprintf("%s, figure %q", at, short(f.Title))
	n := 0
	for _, kind := range []struct {
		set   bool
		check func()
	}{
		{f.Bars != nil, func() { k.bars(at, f.Bars) }},
		{f.Heat != nil, func() { k.grid(at, len(f.Heat.Rows), len(f.Heat.Columns), lengths(f.Heat.Values)) }},
		{f.Strips != nil, func() { k.strips(at, f.Strips) }},
		{f.Pareto != nil, func() { k.pareto(at, f.Pareto) }},
		{f.Funnel != nil, func() { k.funnel(at, f.Funnel) }},
		{f.Waterfall != nil, func() { k.waterfall(at, f.Waterfall) }},
		{f.Slope != nil, func() { k.slope(at, f.Slope) }},
		{f.Ageing != nil, func() { k.ageing(at, f.Ageing) }},
		{f.Lanes != nil, func() { k.lanes(at, f.Lanes) }},
	} {
		if kind.set {
			n++
			kind.check()
		}
	}
	if n != 1 {
		k.bad("%s: %d kinds are set, want one", at, n)
	}
}

func lengths[T any](rows [][]T) (ns []int) {
	for _, r := range rows {
		ns = append(ns, len(r))
	}
	return ns
}

// grid compares the shape of values with their labels.
func (k *checker) grid(at string, rows, columns int, got []int) {
	if len(got) != rows {
		k.bad("%s: %d rows of values for %d labels", at, len(got), rows)
	}
	for i, n := range got {
		if n != columns {
			k.bad("%s, row %d: %d values for %d columns", at, i+1, n, columns)
		}
	}
}

// largest is a value that bars can add up without overflow.
const largest = 1e15

func (k *checker) bars(at string, b *reports.Bars) {
	k.grid(at, len(b.Labels), len(b.Series), lengths(b.Values))
	if len(b.Series) > len(seriesColors) {
		k.bad("%s: %d series, at most %d can be told apart: fold the rest into one", at, len(b.Series), len(seriesColors))
	}
	for i, vs := range b.Values {
		for _, v := range vs {
			k.amount(fmt.Sprintf("%s, bar %d", at, i+1), v)
		}
	}
}

// strips also wants every state to be in the legend.
func (k *checker) strips(at string, s *reports.Strips) {
	k.grid(at, len(s.Rows), len(s.Columns), lengths(s.States))
	known := map[string]bool{"": true} // no state: a dash
	for _, l := range s.Legend {
		known[l.Name] = true
		k.tone(at, l.Tone)
	}
	for i, r := range s.States {
		for _, name := range r {
			if !known[name] {
				k.bad("%s, row %d: state %q is not in the legend", at, i+1, short(name))
			}
		}
	}
}

// amount is a number that can be drawn and added up.
func (k *checker) amount(at string, v int64) {
	if v < 0 || v > largest {
		k.bad("%s: value %d is not between 0 and %d", at, v, int64(largest))
	}
}

// steps are lines that must fit on one page.
func (k *checker) steps(at string, n, most int, what string) {
	if n > most {
		k.bad("%s: %d %s, at most %d fit: fold the rest into one", at, n, what, most)
	}
}

func (k *checker) pareto(at string, p *reports.Pareto) {
	if len(p.Labels) != len(p.Values) {
		k.bad("%s: %d values for %d labels", at, len(p.Values), len(p.Labels))
	}
	for i, v := range p.Values {
		k.amount(fmt.Sprintf("%s, bar %d", at, i+1), v)
	}
}

func (k *checker) funnel(at string, f *reports.Funnel) {
	k.steps(at, len(f.Steps), mostRows, "steps")
	for i, s := range f.Steps {
		k.amount(fmt.Sprintf("%s, step %d", at, i+1), s.N)
		if i > 0 && s.N > f.Steps[i-1].N {
			k.bad("%s, step %d: %d after %d: a funnel cannot grow", at, i+1, s.N, f.Steps[i-1].N)
		}
	}
}

func (k *checker) waterfall(at string, w *reports.Waterfall) {
	k.steps(at, len(w.Steps), mostRows, "steps")
	run := int64(0)
	for i, s := range w.Steps {
		at := fmt.Sprintf("%s, step %d", at, i+1)
		if s.N < -largest || s.N > largest {
			k.bad("%s: change %d is too large", at, s.N)
			return
		}
		switch {
		case s.Sum && s.N != run:
			k.bad("%s: says %d, the steps before add up to %d: give the difference a step of its own", at, s.N, run)
		case !s.Sum:
			run += s.N
		}
		k.amount(at, run)
	}
}

func (k *checker) slope(at string, s *reports.Slope) {
	k.steps(at, len(s.Columns), mostColumns, "columns")
	for i, l := range s.Lines {
		if len(l.Points) != len(s.Columns) {
			k.bad("%s, line %d: %d points for %d columns", at, i+1, len(l.Points), len(s.Columns))
		}
		for _, p := range l.Points {
			k.amount(fmt.Sprintf("%s, line %d", at, i+1), p.Of)
			if p.N < 0 || p.N > p.Of {
				k.bad("%s, line %d: %d of %d is no share", at, i+1, p.N, p.Of)
			}
		}
	}
}

func (k *checker) ageing(at string, a *reports.Ageing) {
	k.steps(at, len(a.Bands), 24, "bands")
	if a.Over < 0 || a.Over > len(a.Bands) {
		k.bad("%s: the limit lies at band %d of %d", at, a.Over, len(a.Bands))
	}
	for i, s := range a.Bands {
		k.amount(fmt.Sprintf("%s, band %d", at, i+1), s.N)
	}
}

func (k *checker) lanes(at string, l *reports.Lanes) {
	k.steps(at, len(l.Names), mostLanes, "lanes")
	known := map[string]bool{}
	for _, n := range l.Names {
		if known[n] || n == "" {
			k.bad("%s: lane %q stands twice or has no name", at, short(n))
		}
		known[n] = true
	}
	for i, m := range l.Moments {
		at := fmt.Sprintf("%s, moment %d", at, i+1)
		k.tone(at, m.Tone)
		if !known[m.Lane] || m.To != "" && !known[m.To] {
			k.bad("%s: lane %q or %q is not one of the names", at, short(m.Lane), short(m.To))
		}
		if i > 0 && m.At.Before(l.Moments[i-1].At) {
			k.bad("%s: it is before the one above it", at)
		}
	}
}
