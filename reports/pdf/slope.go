package pdf

import (
	"fmt"

	"agenttrail/reports"
)

// Of slopes, in millimetres: the room for one line, the plot in it, and the room for its words.
const (
	slopeRow  = 15.0
	slopePlot = 8.0
	slopeName = 50.0
)

// mostColumns of a slope: more periods than that have no room for their numbers.
const mostColumns = 8

// slope draws each measure in a plot of its own from 0 to 100 %, so that no line is told from another by its colour.
func (c *canvas) slope(title string, s *reports.Slope) {
	if len(s.Lines) == 0 || len(s.Columns) == 0 {
		c.emptyTable(&reports.Table{Caption: title, Empty: "No data."})
		return
	}
	const perPage = 12
	for from := 0; from < len(s.Lines); from += perPage {
		part := s.Lines[from:min(from+perPage, len(s.Lines))]
		caption := title
		if from > 0 && title != "" {
			caption += " (continued)"
		}
		c.drawing(caption, c.spokenSlope(title, s.Columns, part), 6+slopeRow*float64(len(part)), func() { c.slopes(s.Columns, part) })
	}
}

func (c *canvas) spokenSlope(title string, columns []string, lines []reports.SlopeLine) string {
	var spoken []string
	for _, l := range lines {
		said := named(l.Name) + ":"
		for k, p := range l.Points {
			said += fmt.Sprintf(" %s %s", named(columns[k]), shareWords(p))
			if p.Of != 0 {
				said += ", " + percent(p.N, p.Of)
			}
			if k < len(l.Points)-1 {
				said += ";"
			}
		}
		spoken = append(spoken, said+".")
	}
	return c.speech("Shares over periods", title, spoken)
}

func shareWords(p reports.Share) string {
	if p.Of == 0 {
		return "no data"
	}
	return thousands(p.N) + " of " + thousands(p.Of)
}

func (c *canvas) slopes(columns []string, lines []reports.SlopeLine) {
	small := style{sans, szSmall, muted}
	step := (c.width - slopeName) / float64(len(columns))
	center := func(k int) float64 { return left + slopeName + (float64(k)+0.5)*step }
	c.put([]line{{c.run(small, "lines at 0 % and 100 % ")}}, left, c.y, slopeName, 4, szSmall, toLeft)
	for k, name := range columns {
		r := c.fit(small, name, step-2)
		r.text += " "
		c.put([]line{{r}}, center(k)-step/2, c.y, step, 4, szSmall, toCenter)
	}
	y := c.y + 5
	for _, l := range lines {
		name := c.cut(l.Name, style{sans, szSmall, ink}, slopeName-3, 3)
		c.put(name, left, y+(slopeRow-float64(len(name))*plateStep)/2, slopeName, plateStep, szSmall, toLeft)
		floor := y + 1 + slopePlot
		c.line(left+slopeName, floor, c.right, floor, rule, 0.15)
		c.line(left+slopeName, floor-slopePlot, c.right, floor-slopePlot, rule, 0.15)
		c.slopeLine(l.Points, center, floor)
		for k, p := range l.Points {
			words := c.fit(style{bold, szSmall, ink}, shareWords(p)+pointPercent(p), step-1)
			words.text += " "
			c.put([]line{{words}}, center(k)-step/2, floor+0.4, step, 4, szSmall, toCenter)
		}
		y += slopeRow
	}
}

func pointPercent(p reports.Share) string {
	if p.Of == 0 {
		return ""
	}
	return " · " + percent(p.N, p.Of)
}

// slopeLine joins the points that have data; over a period without any there is no line.
func (c *canvas) slopeLine(points []reports.Share, center func(int) float64, floor float64) {
	height := func(p reports.Share) float64 { return floor - float64(p.N)/float64(p.Of)*slopePlot }
	for k, p := range points {
		if p.Of == 0 {
			continue
		}
		if k > 0 && points[k-1].Of != 0 {
			c.line(center(k-1), height(points[k-1]), center(k), height(p), accent, 0.5)
		}
		c.fill(center(k)-0.9, height(p)-0.9, 1.8, 1.8, accent)
	}
}
