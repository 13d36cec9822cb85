package pdf

import (
	"cmp"
	"fmt"
	"slices"

	"agenttrail/reports"
)

// pareto draws what most of a total comes from.
func (c *canvas) pareto(title string, p *reports.Pareto) {
	steps, folded := ranked(p)
	sum := int64(0)
	for _, s := range steps {
		sum += s.N
	}
	if sum == 0 {
		c.emptyTable(&reports.Table{Caption: title, Empty: "No data."})
		return
	}
	spoken := []string{fmt.Sprintf("%s %s in all.", thousands(sum), named(p.Unit))}
	var rows []rowBar
	run, peak := int64(0), steps[0].N
	if folded > 0 {
		peak = max(peak, steps[len(steps)-1].N)
	}
	for i, s := range steps {
		run += s.N
		say := "together " + percent(run, sum)
		if i == 0 {
			say = percent(run, sum) + " of " + thousands(sum) + " " + p.Unit
		}
		look := paint{seriesColors[0], solid}
		if folded > 0 && i == len(steps)-1 {
			look = paint{muted, rising}
		}
		rows = append(rows, rowBar{label: s.Name, to: float64(s.N) / float64(peak), paint: look, value: thousands(s.N), say: say})
		spoken = append(spoken, fmt.Sprintf("%s: %s, together %s.", named(s.Name), thousands(s.N), percent(run, sum)))
	}
	c.rowChart(title, c.speech("Bars, the highest first", title, spoken), rows)
}

// ranked sorts the highest first, equal ones as given, and folds what is too much for a page into one.
func ranked(p *reports.Pareto) (steps []reports.Step, folded int) {
	for i, l := range p.Labels {
		steps = append(steps, reports.Step{Name: l, N: p.Values[i]})
	}
	slices.SortStableFunc(steps, func(a, b reports.Step) int { return cmp.Compare(b.N, a.N) })
	if len(steps) <= mostRows {
		return steps, 0
	}
	rest := reports.Step{}
	for _, s := range steps[mostRows-1:] {
		rest.N += s.N
	}
	folded = len(steps) - mostRows + 1
	rest.Name = fmt.Sprintf("the other %s", thousands(int64(folded)))
	return append(steps[:mostRows-1:mostRows-1], rest), folded
}

// funnel draws how many go on from step to step.
func (c *canvas) funnel(title string, f *reports.Funnel) {
	if len(f.Steps) == 0 || f.Steps[0].N == 0 {
		c.emptyTable(&reports.Table{Caption: title, Empty: "No data."})
		return
	}
	all := f.Steps[0].N
	var rows []rowBar
	var spoken []string
	for i, s := range f.Steps {
		half := float64(s.N) / float64(all) / 2
		say := f.Unit
		if i > 0 {
			say = percent(s.N, all) + " of the first"
			if lost := f.Steps[i-1].N - s.N; lost > 0 {
				say += ", " + signed(-lost)
			}
		}
		rows = append(rows, rowBar{label: s.Name, from: 0.5 - half, to: 0.5 + half, paint: paint{seriesColors[0], solid}, value: thousands(s.N), say: say})
		spoken = append(spoken, fmt.Sprintf("%s: %s %s, %s of the first step.", named(s.Name), thousands(s.N), named(f.Unit), percent(s.N, all)))
	}
	c.rowChart(title, c.speech("Funnel", title, spoken), rows)
}

// waterfall draws how one number becomes another.
func (c *canvas) waterfall(title string, w *reports.Waterfall) {
	peak, run := int64(0), int64(0)
	for _, s := range w.Steps {
		if !s.Sum {
			run += s.N
		}
		peak = max(peak, run)
	}
	if peak == 0 {
		c.emptyTable(&reports.Table{Caption: title, Empty: "No data."})
		return
	}
	var rows []rowBar
	var spoken []string
	run = 0
	for i, s := range w.Steps {
		r := rowBar{label: s.Name, value: signed(s.N), link: i < len(w.Steps)-1, from: float64(run) / float64(peak)}
		switch {
		case s.Sum || i == 0:
			r.from, r.paint, r.value, r.strong = 0, paint{seriesColors[0], solid}, thousands(s.N), true
			run = s.N
			r.say = w.Unit
		case s.N < 0:
			run += s.N
			r.paint = paint{seriesColors[2], falling}
		default:
			run += s.N
			r.paint = paint{seriesColors[1], rising}
		}
		r.to = float64(run) / float64(peak)
		spoken = append(spoken, fmt.Sprintf("%s: %s, which makes %s.", named(s.Name), r.value, thousands(run)))
		rows = append(rows, r)
	}
	for i := range rows { // a step down is drawn from its end; the hair stays where the run stands
		rows[i].hair, rows[i].from, rows[i].to = rows[i].to, min(rows[i].from, rows[i].to), max(rows[i].from, rows[i].to)
	}
	c.rowChart(title, c.speech("Waterfall", title, spoken), rows)
}
