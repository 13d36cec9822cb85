package pdf

import (
	"time"

	"agenttrail/reports"
)

// A plate is a table of tinted cells with labels on two sides: a heat map, or strips. It is tagged as a table, so it reads aloud.
type plate struct {
	corner        string
	rows, columns []string
	cell          func(row, column int) tint
	label         float64 // width of the labels of the rows
}

// A tint is a cell: a short word on a colour.
type tint struct {
	word, long string // long: what the word stands for
	look       style
	back       rgb
	framed     bool // nothing known: an outline instead of a colour
}

// Of plates, in millimetres.
const (
	leastLabel = 24.0 // room for the labels of the rows
	mostLabel  = 48.0
	plateStep  = 3.8  // of lines in labels
	plateHead  = 5.0  // of one line
	oneLine    = 15.0 // a label over a column that is wider than this goes over two lines
	usualCell  = 20.0 // a cell is wider only where its word needs it
	widestWord = 34.0 // holds any number that fits into a bar
	tallCell   = 6.4
)

// A part is the columns from..to of a plate that stand beside each other, under labels of their own.
type part struct {
	from, to int
	labels   []string
	title    string // added to the caption
}

// plates draws a plate as one table, or as several below each other when its columns are too many.
func (c *canvas) plates(title string, p plate) {
	if len(p.rows) == 0 || len(p.columns) == 0 {
		c.emptyTable(&reports.Table{Caption: title, Empty: "No data."})
		return
	}
	p.label = leastLabel
	for _, s := range append([]string{p.corner}, p.rows...) {
		all, _ := c.wants([]run{c.run(plateLook, head(s, longest))})
		p.label = min(max(p.label, all+3), mostLabel)
	}
	for _, part := range c.parts(p) {
		caption := title
		if part.title != "" && title != "" {
			caption += " – "
		}
		c.platePart(caption+part.title, p, part)
	}
}

// parts keeps all columns together where they fit; else days are split by month and anything else into equal parts.
func (c *canvas) parts(p plate) []part {
	need := c.narrowest(p, p.columns)
	room := c.width - p.label
	if need*float64(len(p.columns)) <= room {
		return []part{{0, len(p.columns), p.columns, ""}}
	}
	if months := byMonth(p.columns); months != nil {
		return months
	}
	n := max(1, int(room/need))
	count := (len(p.columns) + n - 1) / n
	n = (len(p.columns) + count - 1) / count
	var parts []part
	for from := 0; from < len(p.columns); from += n {
		to := min(from+n, len(p.columns))
		parts = append(parts, part{from, to, p.columns[from:to], ""})
	}
	return parts
}

// narrowest is how wide a cell must be for its words and its label.
func (c *canvas) narrowest(p plate, labels []string) float64 {
	w := 3.2
	for k := range labels {
		w = max(w, c.widest(c.columnLabel(labels[k], oneLine)))
		for r := range p.rows {
			t := p.cell(r, k)
			w = max(w, c.extent(line{c.fit(t.look, t.word, widestWord)}))
		}
	}
	return w + 1.4
}

// columnLabel is a label over a column, in two lines at most.
func (c *canvas) columnLabel(s string, w float64) []line {
	lines := c.wrap([]run{c.run(plateLook, head(s, longest))}, w)
	if len(lines) <= 2 {
		return lines
	}
	return []line{{c.fit(plateLook, s, w)}}
}

func (c *canvas) widest(lines []line) (w float64) {
	for _, l := range lines {
		w = max(w, c.extent(l))
	}
	return w
}

// byMonth splits days like 2026-07-01; nil when the columns are no days.
func byMonth(days []string) (parts []part) {
	for i, d := range days {
		day, err := time.Parse(time.DateOnly, d)
		if err != nil {
			return nil
		}
		name := day.Format("January 2006")
		if n := len(parts); n == 0 || parts[n-1].title != name || len(parts[n-1].labels) == 31 {
			parts = append(parts, part{from: i, title: name})
		}
		last := &parts[len(parts)-1]
		last.to = i + 1
		last.labels = append(last.labels, day.Format("2"))
	}
	return parts
}

var plateLook = style{sans, szSmall, muted}

func (c *canvas) platePart(caption string, p plate, q part) {
	room := c.width - p.label
	w := min(max(usualCell, c.narrowest(p, p.columns)), room/float64(q.to-q.from))
	if q.title != "" {
		w = room / 31 // months of different length, same cells
	}
	lines := c.caption(caption)
	g := plateGrid{plate: p, part: q, w: w}
	g.layOut(c)
	h := float64(len(lines))*lineStep + 1.2 + g.headH
	together := len(p.rows)
	if together > fewRows {
		together = lastRows
	}
	for r := range together {
		h += g.height(r)
	}
	c.room(h)
	c.open("Table", "")
	c.drawCaption(lines)
	c.open("THead", "")
	c.open("TR", "")
	c.plateHead(&g, func(fn func()) { c.leaf("TH", "/O/Table/Scope/Column", fn) })
	c.close()
	c.close()
	c.open("TBody", "")
	for r := range p.rows {
		c.plateRow(&g, r)
	}
	c.close()
	c.close()
	c.y += 4
}

// A plateGrid is a part of a plate on its way onto a page.
type plateGrid struct {
	plate
	part
	w     float64 // of a cell
	headH float64
	heads [][]line
	names [][]line // of the rows
}

func (g *plateGrid) layOut(c *canvas) {
	n := 1
	for _, s := range g.labels {
		lines := c.columnLabel(s, g.w-0.4)
		g.heads = append(g.heads, lines)
		n = max(n, len(lines))
	}
	g.headH = plateHead + float64(n-1)*plateStep
	for _, s := range g.rows {
		g.names = append(g.names, c.cut(s, style{sans, szSmall, ink}, g.label-3, maxLines))
	}
}

func (g *plateGrid) height(row int) float64 {
	return max(tallCell, float64(len(g.names[row]))*plateStep+1)
}

func (c *canvas) plateHead(g *plateGrid, cell func(fn func())) {
	corner := c.fit(plateLook, g.corner, g.label-2)
	cell(func() {
		c.put([]line{{corner}}, left, c.y+g.headH-plateHead, g.label, plateHead, szSmall, toLeft)
	})
	for k, lines := range g.heads {
		x, y := left+g.label+float64(k)*g.w, c.y+g.headH-float64(len(lines))*plateStep-0.6
		cell(func() { c.put(lines, x, y, g.w, plateStep, szSmall, toCenter) })
	}
	c.y += g.headH
}

func (c *canvas) plateRow(g *plateGrid, r int) {
	name, h := g.names[r], g.height(r)
	if before := c.page(); c.y+h > c.bottom {
		if c.room(h); c.page() != before {
			c.pagination(func() { c.plateHead(g, func(fn func()) { fn() }) })
		}
	}
	c.open("TR", "")
	c.leaf("TH", "/O/Table/Scope/Row", func() {
		c.put(name, left, c.y+(h-float64(len(name))*plateStep)/2, g.label, plateStep, szSmall, toLeft)
	})
	for k := g.from; k < g.to; k++ {
		c.plateCell(g.cell(r, k), left+g.label+float64(k-g.from)*g.w, g.w, h)
	}
	c.close()
	c.y += h
}

func (c *canvas) plateCell(t tint, x, w, h float64) {
	const hair = 0.25 // of white between cells
	c.artifact(func() {
		if t.framed {
			c.frame(x+hair, c.y+hair, w-2*hair, h-2*hair, rule)
			return
		}
		c.fill(x+hair, c.y+hair, w-2*hair, h-2*hair, t.back)
	})
	word := c.fit(t.look, t.word, w-0.2)
	c.leaf("TD", "", func() { c.put([]line{{word}}, x, c.y, w, h, szSmall, toCenter) }).long = t.long
}
