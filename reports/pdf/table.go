package pdf

import (
	"fmt"
	"math"

	"agenttrail/reports"
)

// A column narrower than this shows nothing; so many fit beside each other on the narrower paper.
const (
	minColumn  = 10.0
	maxColumns = 17
)

// perBody is how many rows share one TBody, so that no element has tens of thousands of children.
const perBody = 500

// A grid is a table on its way onto pages.
type grid struct {
	t      *reports.Table
	widths []float64
	heads  [][]line
	headH  float64
}

// table draws rows over as many pages as it takes. The head is real once; on later pages it repeats as an artifact.
func (c *canvas) table(t *reports.Table) {
	if len(t.Rows) == 0 {
		c.emptyTable(t)
		return
	}
	g := c.grid(t)
	caption := c.caption(t.Caption)
	first := c.row(g, 0)
	c.room(float64(len(caption))*lineStep + 1.2 + g.headH + first.height)
	c.open("Table", "")
	c.drawCaption(caption)
	c.drawHead(g)
	for i := range t.Rows {
		if i%perBody == 0 {
			if i > 0 {
				c.close()
			}
			c.open("TBody", "")
		}
		c.drawRow(g, i, c.row(g, i))
	}
	c.close()
	c.close()
	c.cutNote(t)
	c.y += 4
}

func (c *canvas) caption(s string) []line {
	if s == "" {
		return nil
	}
	return c.cut(s, style{bold, szBody, ink}, c.width, 3)
}

func (c *canvas) drawCaption(lines []line) {
	if lines == nil {
		return
	}
	c.leaf("Caption", "", func() { c.put(lines, left, c.y, c.width, lineStep, szBody, toLeft) })
	c.y += float64(len(lines))*lineStep + 1.2
}

// emptyTable says so in words; absence is a result too.
func (c *canvas) emptyTable(t *reports.Table) {
	lines := c.cut(orElse(t.Empty, "No rows."), style{sans, szBody, muted}, c.width-8, maxLines)
	caption := c.caption(t.Caption)
	h := float64(len(lines))*lineStep + 4
	c.room(float64(len(caption))*lineStep + 1.2 + h)
	if caption != nil {
		c.leaf("P", "", func() { c.put(caption, left, c.y, c.width, lineStep, szBody, toLeft) })
		c.y += float64(len(caption))*lineStep + 1.2
	}
	c.artifact(func() { c.frame(left, c.y, c.width, h, rule) })
	c.leaf("P", "", func() { c.put(lines, left+4, c.y+2, c.width-8, lineStep, szBody, toLeft) })
	c.y += h
	c.cutNote(t)
	c.y += 4
}

// cutNote is printed when the table does not show all rows there are.
func (c *canvas) cutNote(t *reports.Table) {
	if t.Total <= len(t.Rows) {
		return
	}
	note := fmt.Sprintf("%s shown of %s", counted(len(t.Rows), "row"), thousands(int64(t.Total)))
	if t.Where != "" {
		note += ", the rest in " + t.Where
	}
	c.y += 1.4
	c.inside("P", "", func() {
		c.flow(c.cut(note, style{sans, szSmall, muted}, c.width, 3), left, c.width, cellStep, szSmall)
	})
}

func (c *canvas) grid(t *reports.Table) *grid {
	g := &grid{t: t, widths: shares(t.Columns, c.width)}
	n := 0
	for k, col := range t.Columns {
		lines := c.cut(col.Title, style{bold, szCell, white}, g.widths[k]-2*pad, 4)
		g.heads = append(g.heads, lines)
		n = max(n, len(lines))
	}
	g.headH = float64(n)*cellStep + 2
	return g
}

// shares divides the width by weight; what would be too narrow gets the least, and the others share the rest.
func shares(cols []reports.Column, width float64) []float64 {
	ws := make([]float64, len(cols))
	fixed := make([]bool, len(cols))
	for {
		sum, free := 0.0, width
		for i, col := range cols {
			if fixed[i] {
				free -= minColumn
			} else {
				sum += weight(col)
			}
		}
		again := false
		for i, col := range cols {
			if fixed[i] {
				continue
			}
			if ws[i] = free * weight(col) / sum; ws[i] < minColumn {
				ws[i], fixed[i], again = minColumn, true, true
			}
		}
		if !again {
			return ws
		}
	}
}

func weight(col reports.Column) float64 {
	if col.Weight > 0 && !math.IsInf(col.Weight, 0) {
		return min(col.Weight, 1000)
	}
	return 1
}

func (c *canvas) drawHead(g *grid) {
	c.headBar(g)
	c.open("THead", "")
	c.open("TR", "")
	c.headCells(g, func(fn func()) { c.leaf("TH", "/O/Table/Scope/Column", fn) })
	c.close()
	c.close()
	c.y += g.headH
}

func (c *canvas) headBar(g *grid) {
	c.artifact(func() { c.fill(left, c.y, c.width, g.headH, accent) })
}

func (c *canvas) headCells(g *grid, cell func(fn func())) {
	x := left
	for k, lines := range g.heads {
		at := x + pad
		cell(func() { c.put(lines, at, c.y+1, g.widths[k]-2*pad, cellStep, szCell, side(g.t.Columns[k])) })
		x += g.widths[k]
	}
}

// headAgain repeats caption and head at the top of the next page.
func (c *canvas) headAgain(g *grid) {
	if g.t.Caption != "" {
		s := style{sans, szSmall, muted}
		name := c.fit(s, g.t.Caption, c.width-30)
		c.pagination(func() { c.put([]line{{name, c.run(s, ", continued")}}, left, c.y, c.width, 4, szSmall, toLeft) })
		c.y += 5
	}
	c.headBar(g)
	c.pagination(func() { c.headCells(g, func(fn func()) { fn() }) })
	c.y += g.headH
}

func side(col reports.Column) align {
	if col.Right {
		return toRight
	}
	return toLeft
}

// A tableRow is a row, wrapped.
type tableRow struct {
	cells  [][]line
	height float64
}

func (c *canvas) row(g *grid, i int) tableRow {
	var r tableRow
	n := 1
	for k, cell := range g.t.Rows[i] {
		base := style{sans, szCell, ink}
		if g.t.Columns[k].Mono {
			base = style{mono, szMono, ink}
		}
		lines := c.cellLines(cell, base, g.widths[k]-2*pad, maxLines)
		r.cells = append(r.cells, lines)
		n = max(n, len(lines))
	}
	r.height = float64(n)*cellStep + 1.4
	return r
}

func (c *canvas) drawRow(g *grid, i int, r tableRow) {
	if before := c.page(); c.y+r.height > c.bottom {
		if c.room(r.height); c.page() != before {
			c.headAgain(g)
		}
	}
	c.artifact(func() {
		if i%2 == 1 {
			c.fill(left, c.y, c.width, r.height, zebra)
		}
		c.line(left, c.y+r.height, c.right, c.y+r.height, rule, 0.1)
	})
	c.open("TR", "")
	x := left
	for k, lines := range r.cells {
		tag, attr := "TD", ""
		if k == 0 {
			tag, attr = "TH", "/O/Table/Scope/Row"
		}
		at := x + pad
		c.leaf(tag, attr, func() { c.put(lines, at, c.y+0.7, g.widths[k]-2*pad, cellStep, szCell, side(g.t.Columns[k])) })
		x += g.widths[k]
	}
	c.close()
	c.y += r.height
}
