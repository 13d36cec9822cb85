package reports

import "agenttrail"

// figuresFile holds the numbers behind every drawing of the sections, so that none has to be read off a picture. A report without drawings has a
// file without rows.
func figuresFile(sections []Section) File {
	s := newSheet("figure", "kind", "row", "column", "value")
	eachFigure(sections, func(f *Figure) {
		f.numbers(func(kind, row, column, value string) { s.row(f.Title, kind, row, column, value) })
	})
	return s.file("figures.csv", "The numbers behind every drawing, one a row")
}

func eachFigure(sections []Section, yield func(*Figure)) {
	for _, s := range sections {
		for _, b := range s.Blocks {
			if b.Figure != nil {
				yield(b.Figure)
			}
		}
		eachFigure(s.Sections, yield)
	}
}

// numbers yields what a figure shows, in the order in which it is drawn; of the kinds that sort, in the order given.
func (f *Figure) numbers(yield func(kind, row, column, value string)) {
	switch {
	case f.Bars != nil:
		matrix("bars", f.Bars.Labels, f.Bars.Series, f.Bars.Values, yield)
	case f.Heat != nil:
		matrix("heat", f.Heat.Rows, f.Heat.Columns, f.Heat.Values, yield)
	case f.Strips != nil:
		for r, states := range f.Strips.States {
			for k, state := range states {
				yield("strips", f.Strips.Rows[r], f.Strips.Columns[k], state)
			}
		}
	case f.Pareto != nil:
		for i, label := range f.Pareto.Labels {
			yield("pareto", label, f.Pareto.Unit, digits(f.Pareto.Values[i]))
		}
	case f.Funnel != nil:
		steps("funnel", f.Funnel.Unit, f.Funnel.Steps, yield)
	case f.Ageing != nil:
		steps("ageing", f.Ageing.Unit, f.Ageing.Bands, yield)
	case f.Waterfall != nil:
		for _, c := range f.Waterfall.Steps {
			column := "change"
			if c.Sum {
				column = "sum"
			}
			yield("waterfall", c.Name, column, digits(c.N))
		}
	case f.Slope != nil:
		for _, l := range f.Slope.Lines {
			for k, p := range l.Points {
				yield("slope", l.Name, f.Slope.Columns[k]+" numerator", digits(p.N))
				yield("slope", l.Name, f.Slope.Columns[k]+" denominator", digits(p.Of))
			}
		}
	case f.Lanes != nil:
		for _, m := range f.Lanes.Moments {
			who := m.Lane
			if m.To != "" {
				who += " to " + m.To
			}
			yield("lanes", agenttrail.FormatTime(m.At), who, m.Text)
		}
	}
}

// matrix leaves a cell without data empty: it differs from zero.
func matrix(kind string, rows, columns []string, values [][]int64, yield func(kind, row, column, value string)) {
	for r, line := range values {
		for k, v := range line {
			text := digits(v)
			if v == NoData {
				text = ""
			}
			yield(kind, rows[r], columns[k], text)
		}
	}
}

func steps(kind, unit string, list []Step, yield func(kind, row, column, value string)) {
	for _, s := range list {
		yield(kind, s.Name, unit, digits(s.N))
	}
}
