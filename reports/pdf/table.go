package pdf

import (
	"fmt"

	"agenttrail/reports"
)

// A table of up to fewRows stands on one page where it can; of a longer one, lastRows are never fewer on its last page.
const (
	fewRows  = 8
	lastRows = 3
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
	c.room(c.opening(g))
	c.open("Table", "")
	c.drawCaption(c.caption(t.Caption))
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

// opening is what a table wants to have on the page where it begins: all of it when it is short, else its head and a row.
func (c *canvas) opening(g *grid) float64 {
	head := float64(len(c.caption(g.t.Caption)))*lineStep + 1.2 + g.headH
	all := head + c.heights(g, 0, min(len(g.t.Rows), fewRows))
	if len(g.t.Rows) > fewRows || all > c.bottom-top {
		return head + c.row(g, 0).height
	}
	return all
}

// heights adds up the rows from..to.
func (c *canvas) heights(g *grid, from, to int) (h float64) {
	for i := from; i < to; i++ {
		h += c.row(g, i).height
	}
	return h
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
	g := &grid{t: t, widths: c.widths(t)}
	n := 0
	for k, col := range t.Columns {
		lines := c.cut(col.Title, style{bold, szCell, white}, g.widths[k]-2*pad, 4)
		g.heads = append(g.heads, lines)
		n = max(n, len(lines))
	}
	g.headH = float64(n)*cellStep + 2
	return g
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
		lines := c.cellLines(cell, cellStyle(g.t.Columns[k]), g.widths[k]-2*pad, maxLines)
		r.cells = append(r.cells, lines)
		n = max(n, len(lines))
	}
	r.height = float64(n)*cellStep + 1.4
	return r
}

func (c *canvas) drawRow(g *grid, i int, r tableRow) {
	h := r.height
	if i > 0 && i == len(g.t.Rows)-lastRows {
		h = min(c.heights(g, i, len(g.t.Rows)), (c.bottom-top)/2)
	}
	if before := c.page(); c.y+h > c.bottom {
		if c.room(h); c.page() != before {
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
