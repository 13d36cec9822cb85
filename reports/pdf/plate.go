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
	plateLabel = 40.0 // room for the labels of the rows
	plateHead  = 5.0
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
	room := c.width - plateLabel
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
		w = max(w, c.extent(line{c.fit(plateLook, labels[k], usualCell-2)}))
		for r := range p.rows {
			t := p.cell(r, k)
			w = max(w, c.extent(line{c.fit(t.look, t.word, widestWord)}))
		}
	}
	return w + 1.4
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
	room := c.width - plateLabel
	w := min(max(usualCell, c.narrowest(p, p.columns)), room/float64(q.to-q.from))
	if q.title != "" {
		w = room / 31 // months of different length, same cells
	}
	lines := c.caption(caption)
	c.room(float64(len(lines))*lineStep + 1.2 + plateHead + 3*tallCell)
	c.open("Table", "")
	c.drawCaption(lines)
	c.open("THead", "")
	c.open("TR", "")
	c.plateHead(p, q, w, func(fn func()) { c.leaf("TH", "/O/Table/Scope/Column", fn) })
	c.close()
	c.close()
	c.open("TBody", "")
	for r := range p.rows {
		c.plateRow(p, q, r, w)
	}
	c.close()
	c.close()
	c.y += 4
}

func (c *canvas) plateHead(p plate, q part, w float64, cell func(fn func())) {
	corner := c.fit(plateLook, p.corner, plateLabel-2)
	cell(func() { c.put([]line{{corner}}, left, c.y, plateLabel, plateHead, szSmall, toLeft) })
	for k, s := range q.labels {
		label := c.fit(plateLook, s, w-0.4)
		x := left + plateLabel + float64(k)*w
		cell(func() { c.put([]line{{label}}, x, c.y, w, plateHead, szSmall, toCenter) })
	}
	c.y += plateHead
}

func (c *canvas) plateRow(p plate, q part, r int, w float64) {
	const step = 3.8
	label := c.cut(p.rows[r], style{sans, szSmall, ink}, plateLabel-3, maxLines)
	h := max(tallCell, float64(len(label))*step+1)
	if before := c.page(); c.y+h > c.bottom {
		if c.room(h); c.page() != before {
			c.pagination(func() { c.plateHead(p, q, w, func(fn func()) { fn() }) })
		}
	}
	c.open("TR", "")
	c.leaf("TH", "/O/Table/Scope/Row", func() {
		c.put(label, left, c.y+(h-float64(len(label))*step)/2, plateLabel, step, szSmall, toLeft)
	})
	for k := q.from; k < q.to; k++ {
		c.plateCell(p.cell(r, k), left+plateLabel+float64(k-q.from)*w, w, h)
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
