package pdf

import (
	"encoding/hex"
	"fmt"
	"math"

	"agenttrail/reports"
)

// The grid, in millimetres, and the sizes, in points.
const (
	left, top      = 18.0, 24.0
	footRoom       = 25.0 // below the text
	lineStep       = 4.6  // of body text
	cellStep       = 4.0  // of text in tables
	pad            = 1.5  // beside text in a cell
	szTitle, szH2  = 24.0, 14.0
	szH3, szBody   = 11.0, 9.5
	szCell, szMono = 8.5, 7.6
	szSmall        = 8.0
)

// A canvas lays a document out and draws it from top to bottom.
type canvas struct {
	*painter
	*tagger
	doc           *reports.Document
	y             float64
	right, bottom float64
	width         float64
	onCover       bool
	block         string // of page one, being drawn
	overfull      error  // the first block of page one that did not fit
	contents      []entry
	depth         int // levels of headings in the contents
}

func newCanvas(doc *reports.Document, paper string) (*canvas, error) {
	p, err := newPainter(paper)
	if err != nil {
		return nil, err
	}
	c := &canvas{painter: p, tagger: newTagger(p), doc: doc}
	c.right, c.bottom = p.w-left, p.h-footRoom
	c.width = c.right - left
	return c, nil
}

// draw draws everything but what needs to know the number of pages.
func (c *canvas) draw() {
	c.cover()
	c.tableOfContents()
	for _, s := range c.doc.Sections {
		c.section(s, 2)
	}
	c.seals()
}

// finish numbers the pages and hands the painter's file over.
func (c *canvas) finish() ([]byte, error) {
	if c.overfull != nil {
		return nil, c.overfull
	}
	c.contentsPages()
	for n := 1; n <= c.pages(); n++ {
		c.turnTo(n)
		c.pagination(func() { c.header(n); c.footer(n) })
	}
	return c.bytes()
}

func (c *canvas) header(n int) {
	s := style{sans, szSmall, muted}
	marking := c.fit(s, c.doc.Marking, c.width/3)
	c.put([]line{{marking}}, left, 11, c.width, 4, szSmall, toRight)
	if n == 1 {
		return
	}
	c.put([]line{{c.fit(s, c.title(), c.width*2/3-5)}}, left, 11, c.width, 4, szSmall, toLeft)
	c.line(left, 16.5, c.right, 16.5, rule, 0.2)
}

func (c *canvas) footer(n int) {
	s := style{sans, szSmall, muted}
	y := c.h - 14
	c.line(left, y-2, c.right, y-2, rule, 0.2)
	id := c.fit(s, orElse(c.doc.ID, "no id"), c.width/2)
	root := c.run(style{mono, szMono, muted}, hex.EncodeToString(c.doc.AsOf.Root[:6]))
	c.put([]line{{id, c.run(s, "  ·  ledger root "), root}}, left, y, c.width, 4, szSmall, toLeft)
	c.put([]line{{c.run(s, fmt.Sprintf("Page %d of %d", n, c.pages()))}}, left, y, c.width, 4, szSmall, toRight)
}

func (c *canvas) title() string { return orElse(c.doc.Title, "Untitled report") }

func orElse(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}

func (c *canvas) newPage() {
	c.addPage()
	c.y = top
}

// room makes sure that h millimetres are left. Page one cannot go on overleaf: there the block that is too much becomes the error.
func (c *canvas) room(h float64) {
	switch {
	case c.y+h <= c.bottom:
	case c.onCover && c.overfull == nil:
		c.overfull = fmt.Errorf("page one: %s does not fit on it: shorten it or move it to a section", c.block)
	case !c.onCover && c.y > top:
		c.newPage()
	}
}

// gap leaves h millimetres, but none at the top of a page.
func (c *canvas) gap(h float64) {
	if c.onCover || c.y > top {
		c.y += h
	}
}

// flow draws lines down the page and over to the next ones, as content of the open element.
func (c *canvas) flow(lines []line, x, w, step, size float64) {
	for len(lines) > 0 {
		c.room(step * math.Min(2, float64(len(lines)))) // no first line alone at the foot
		n := min(len(lines), max(1, int((c.bottom-c.y)/step+1e-9)))
		c.content(func() { c.put(lines[:n], x, c.y, w, step, size, toLeft) })
		c.y += float64(n) * step
		lines = lines[n:]
	}
}

func (c *canvas) section(s reports.Section, level int) {
	if s.Break && c.y > top {
		c.newPage()
	}
	b := c.heading(orElse(s.Title, "Untitled section"), level, c.lead(s))
	c.inContents(b)
	for _, block := range s.Blocks {
		c.draws(block)
	}
	for _, sub := range s.Sections {
		c.section(sub, level+1)
	}
}

const afterHeading = 1.6

// usualLead is how much of what follows stays with a heading, in millimetres.
const usualLead = 24.0

// lead is how much of a section must stand below its heading: a short table or a chart goes to the next page with it, and with the
// paragraph between them.
func (c *canvas) lead(s reports.Section) float64 {
	text := 0.0
	for _, b := range s.Blocks {
		switch {
		case b.Table != nil && len(b.Table.Rows) > 0 && len(b.Table.Rows) <= fewRows:
			return max(usualLead, text+c.opening(c.grid(b.Table)))
		case b.Figure != nil && (b.Figure.Bars != nil || b.Figure.Ageing != nil):
			return text + barsHeight + 3*lineStep
		case len(b.Text) == 0 || text > 0:
			return usualLead
		}
		text = c.paragraphHeight(b.Text)
	}
	return usualLead
}

// heading draws a heading and makes its bookmark. PDF/UA has six levels; what is deeper looks like the sixth.
// follows is the room for what comes after it.
func (c *canvas) heading(title string, level int, follows float64) *bookmark {
	size, step, space := szH2, 6.4, 9.0
	if level > 2 {
		size, step, space = szH3, 5.2, 6.0
	}
	c.gap(space)
	s := style{bold, size, accent}
	if level > 3 {
		s = style{bold, szBody + 0.5, ink}
	}
	lines := c.cut(title, s, c.width, 3)
	h := float64(len(lines)) * step
	c.room(h + afterHeading + follows)
	b := &bookmark{title: c.faces[sans].guard(head(title, 500)), level: level - 1, page: c.page(), y: (c.h - c.y + 2) * ptPerMM}
	b.elem = c.leaf(fmt.Sprintf("H%d", min(level, 6)), "", func() { c.put(lines, left, c.y, c.width, step, size, toLeft) })
	c.bookmarks = append(c.bookmarks, b)
	c.y += h + afterHeading
	return b
}

// seals draws the two boxes and the last line. The words are page content; the fields above them are empty until someone signs.
func (c *canvas) seals() {
	const h = 30.0
	c.room(h + 50)
	c.inContents(c.heading("Seal and signature", 2, usualLead))
	w := (c.width - 6) / 2
	boxes := [2][3]string{
		{"Issuer", "Issuer seal", "Place for the electronic seal of the issuer. When it is there, the signature panel of a PDF reader shows by whom and that not one byte has changed since."},
		{"Reviewer", "Reviewer signature", "Place for the electronic signature of the person who has read this report, as a second signature on the sealed file."},
	}
	for i, b := range boxes {
		x := left + float64(i)*(w+6)
		c.artifact(func() { c.frame(x, c.y, w, h, rule); c.fill(x, c.y, 0.9, h, accent) })
		c.leaf("P", "", func() {
			c.put([]line{{c.run(style{bold, szBody, ink}, b[1])}}, x+4, c.y+3, w-8, 5, szBody, toLeft)
		})
		c.leaf("P", "", func() {
			c.put(c.wrap([]run{c.run(style{sans, szSmall, muted}, b[2])}, w-8), x+4, c.y+8.5, w-8, cellStep, szSmall, toLeft)
		})
		c.signature(b[0], b[1], c.points(x, c.y, w, h))
	}
	c.y += h + 10
	c.endLine()
}

func (c *canvas) endLine() {
	s := style{sans, szSmall, muted}
	end := line{c.run(s, "End of report "), c.fit(s, c.doc.ID, c.width/2)}
	half := c.extent(end)/2 + 4
	mid := left + c.width/2
	c.artifact(func() {
		c.line(left, c.y+2.5, mid-half, c.y+2.5, rule, 0.2)
		c.line(mid+half, c.y+2.5, c.right, c.y+2.5, rule, 0.2)
	})
	c.leaf("P", "", func() { c.put([]line{end}, left, c.y, c.width, 5, szSmall, toCenter) })
}
