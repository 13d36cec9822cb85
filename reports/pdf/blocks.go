package pdf

import (
	"slices"
	"strings"

	"agenttrail/reports"
)

var body = style{sans, szBody, ink}

// draws draws one block. A block without content draws nothing.
func (c *canvas) draws(b reports.Block) {
	switch {
	case len(b.Text) > 0:
		c.paragraph(b.Text)
	case len(b.List) > 0:
		c.list(b.List)
	case len(b.Numbers) > 0:
		c.numbers(b.Numbers)
	case len(b.Facts) > 0:
		c.facts(b.Facts)
	case b.Table != nil:
		c.table(b.Table)
	case b.Figure != nil:
		c.figureBlock(b.Figure)
	case b.Verbatim != "":
		c.verbatim(b.Verbatim)
	}
}

// paragraph joins its cells as they are: whoever writes them sets the spaces.
func (c *canvas) paragraph(cells []reports.Cell) {
	c.inside("P", "", func() { c.flow(c.paragraphLines(cells), left, c.width, lineStep, szBody) })
	c.y += afterParagraph
}

const afterParagraph = 2.4

func (c *canvas) paragraphLines(cells []reports.Cell) []line {
	var rs []run
	for _, cell := range cells {
		rs = append(rs, c.runs(cell, body)...)
	}
	return c.wrap(rs, c.width)
}

func (c *canvas) paragraphHeight(cells []reports.Cell) float64 {
	return float64(len(c.paragraphLines(cells)))*lineStep + afterParagraph
}

// list draws items with a bullet, which is the mark of the tone where it has one.
func (c *canvas) list(items []reports.Cell) {
	c.open("L", "/O/List/ListNumbering/Disc")
	for _, cell := range items {
		look := toneLooks[cell.Tone]
		bullet := run{style{sans, szBody, toned(body, cell.Tone).color}, orElse(look.mark, "•")}
		rs := c.runs(reports.Cell{Text: cell.Text, Ref: cell.Ref}, toned(body, cell.Tone))
		lines := c.wrap(rs, c.width-5)
		c.room(lineStep * min(2, float64(len(lines))))
		c.open("LI", "")
		c.leaf("Lbl", "", func() { c.put([]line{{bullet}}, left+0.6, c.y, 4, lineStep, szBody, toLeft) })
		c.inside("LBody", "", func() { c.flow(lines, left+5, c.width-5, lineStep, szBody) })
		c.close()
		c.y += 0.9
	}
	c.close()
	c.y += 1.6
}

// facts draws labels and values as a table without a head and without borders.
func (c *canvas) facts(fs [][2]string) {
	const labels = 42.0
	c.open("Table", "")
	c.open("TBody", "")
	for _, f := range fs {
		name := c.cut(f[0], style{sans, szBody, muted}, labels-4, maxLines)
		value := c.cut(f[1], body, c.width-labels, maxLines)
		h := float64(max(len(name), len(value)))*lineStep + 1.2
		c.room(h)
		c.open("TR", "")
		c.leaf("TH", "/O/Table/Scope/Row", func() { c.put(name, left, c.y, labels-4, lineStep, szBody, toLeft) })
		c.leaf("TD", "", func() { c.put(value, left+labels, c.y, c.width-labels, lineStep, szBody, toLeft) })
		c.close()
		c.y += h
	}
	c.close()
	c.close()
	c.y += 2.8
}

// A tile is a key figure, wrapped to its width.
type tile struct {
	value, label, note []line
	size               float64 // of the value
	edge               rgb
}

const tilesPerRow, tileGap, tilePad = 5, 3.5, 4.0

// numbers draws key figures as tiles, up to five in a row, in rows of about the same number.
func (c *canvas) numbers(ns []reports.Number) {
	rows := (len(ns) + tilesPerRow - 1) / tilesPerRow
	per := (len(ns) + rows - 1) / rows
	c.y += 1.5
	c.open("L", "")
	for row := range slices.Chunk(ns, per) {
		c.tiles(row, max(per, 3)) // one tile is not as wide as the page
	}
	c.close()
	c.y += 2.5
}

func (c *canvas) tiles(ns []reports.Number, per int) {
	w := (c.width - float64(per-1)*tileGap) / float64(per)
	inner := w - tilePad - 1.5
	size := 17.0
	for size > 10 && slices.ContainsFunc(ns, func(n reports.Number) bool { return len(c.tileValue(n, size, inner)) > 1 }) {
		size-- // the largest in which every value fits on one line
	}
	var ts []tile
	h := 0.0
	for _, n := range ns {
		t := c.tile(n, size, inner)
		ts = append(ts, t)
		h = max(h, t.height())
	}
	c.room(h)
	for i, t := range ts {
		x := left + float64(i)*(w+tileGap)
		c.artifact(func() { c.fill(x, c.y, w, h, zebra); c.fill(x, c.y, 0.9, h, t.edge) })
		c.open("LI", "")
		c.leaf("LBody", "", func() { c.drawTile(t, x+tilePad, inner) })
		c.close()
	}
	c.y += h + tileGap
}

func (c *canvas) tileValue(n reports.Number, size, w float64) []line {
	return c.cellLines(reports.Cell{Text: n.Value + " ", Tone: n.Tone}, style{bold, size, ink}, w, 2)
}

func (c *canvas) tile(n reports.Number, size, w float64) tile {
	t := tile{size: size, edge: accent, value: c.tileValue(n, size, w), label: c.cut(n.Label+" ", style{bold, szBody, ink}, w, 3)}
	if look := toneLooks[n.Tone]; look.mark != "" {
		t.edge = look.color
	}
	if n.Note != "" {
		t.note = c.cut(n.Note, style{sans, szSmall, muted}, w, 4)
	}
	return t
}

func (t tile) step() float64 { return t.size*0.42 + 0.8 }

func (t tile) height() float64 {
	return 3 + float64(len(t.value))*t.step() + float64(len(t.label))*lineStep + 0.6 + float64(len(t.note))*3.8 + 3
}

func (c *canvas) drawTile(t tile, x, w float64) {
	y := c.y + 3
	c.put(t.value, x, y, w, t.step(), t.size, toLeft)
	y += float64(len(t.value)) * t.step()
	c.put(t.label, x, y, w, lineStep, szBody, toLeft)
	y += float64(len(t.label))*lineStep + 0.6
	c.put(t.note, x, y, w, 3.8, szSmall, toLeft)
}

// shortVerbatim is how many lines are kept together: a signed note, a command.
const shortVerbatim = 12

// verbatim draws text in a fixed font in a light box, line by line; what is too wide is broken where it is.
func (c *canvas) verbatim(s string) {
	look := style{mono, szMono, ink}
	inner := c.width - 2*pad - 2
	var lines []line
	for _, l := range strings.Split(strings.TrimSuffix(s, "\n"), "\n") {
		lines = append(lines, c.hardWrap(c.run(look, l), inner)...)
	}
	c.open("P", "")
	if all := cellStep*float64(len(lines)) + 3; len(lines) <= shortVerbatim {
		c.room(all)
	}
	for len(lines) > 0 {
		c.room(cellStep*min(3, float64(len(lines))) + 3)
		n := min(len(lines), max(1, int((c.bottom-c.y-3)/cellStep+1e-9)))
		h := float64(n)*cellStep + 3
		c.artifact(func() { c.fill(left, c.y, c.width, h, zebra); c.fill(left, c.y, 0.5, h, rule) })
		c.leaf("Code", "", func() { c.put(lines[:n], left+pad+1, c.y+1.5, inner, cellStep, szMono, toLeft) })
		c.y += h
		lines = lines[n:]
	}
	c.close()
	c.y += 3.5
}

// hardWrap breaks a run of a fixed font at the edge. Each line ends in a space for those who hear it.
func (c *canvas) hardWrap(r run, w float64) (lines []line) {
	for {
		used, to := 0.0, len(r.text)
		for i, g := range r.text {
			used += c.measure(r.style, string(g))
			if used > w && i > 0 {
				to = i
				break
			}
		}
		lines = append(lines, line{run{r.style, r.text[:to] + " "}})
		if r.text = r.text[to:]; r.text == "" {
			return lines
		}
	}
}
