package pdf

import (
	"fmt"

	"agenttrail/reports"
)

// cover draws page one: whose report, which, in what state, and the front blocks. It is a page for someone who never saw the tool.
func (c *canvas) cover() {
	c.addPage()
	c.onCover = true
	c.artifact(func() { c.fill(0, 0, c.w, 6, accent) })
	c.y = 22
	c.coverLine("P", c.doc.Owner, style{bold, szH3, accent}, 5.6)
	c.y = max(c.y+6, 36)
	e := c.coverLine("H1", c.title(), style{bold, szTitle, ink}, 10.5)
	c.bookmarks = append(c.bookmarks, &bookmark{title: c.faces[sans].guard(head(c.title(), 500)), page: 1, y: c.h * ptPerMM, elem: e})
	c.y += 1
	c.coverLine("P", c.doc.Subtitle, style{sans, 12, muted}, 6)
	c.badge()
	c.y += 7
	for i, b := range c.doc.Front {
		c.block = fmt.Sprintf("front block %d (%s)", i+1, kind(b))
		c.draws(b)
	}
	c.onCover = false
}

// coverLine draws one of the headlines of page one, in up to three lines.
func (c *canvas) coverLine(tag, s string, look style, step float64) *elem {
	if s == "" {
		return nil
	}
	lines := c.cut(s, look, c.width, 3)
	e := c.leaf(tag, "", func() { c.put(lines, left, c.y, c.width, step, look.size, toLeft) })
	c.y += float64(len(lines)) * step
	return e
}

// badge frames the status of the report.
func (c *canvas) badge() {
	if c.doc.Status == "" {
		return
	}
	c.y += 4
	look := style{bold, szBody, ink}
	word := c.fit(look, c.doc.Status, c.width-8)
	w := c.extent(line{word}) + 8
	c.artifact(func() { c.pill(left, c.y, w, 6.6, ink) })
	c.leaf("P", "", func() { c.put([]line{{word}}, left, c.y, w, 6.6, szBody, toCenter) })
	c.y += 6.6
}

func kind(b reports.Block) string {
	switch {
	case b.Text != nil:
		return "text"
	case b.List != nil:
		return "list"
	case b.Numbers != nil:
		return "numbers"
	case b.Facts != nil:
		return "facts"
	case b.Table != nil:
		return fmt.Sprintf("table %q", short(b.Table.Caption))
	case b.Figure != nil:
		return fmt.Sprintf("figure %q", short(b.Figure.Title))
	case b.Verbatim != "":
		return "verbatim"
	}
	return "empty"
}

// An entry is a line of the contents, waiting for its page number.
type entry struct {
	title  string
	indent float64
	page   int // where the entry itself stands
	y      float64
	elem   *elem // its TOCI
	to     *bookmark
}

const tocStep = 6.2

// tableOfContents draws the titles and leaves the numbers and links for contentsPages, when the places are known. It stands at the foot
// of page one where that has room, else on a page of its own, for which it gives up its second level; what follows begins a page, or
// follows it there.
func (c *canvas) tableOfContents() {
	if len(c.doc.Sections) == 0 {
		c.newPage()
		return
	}
	c.depth = 2
	lines := outline(c.doc.Sections, 0, c.depth)
	if tall := float64(len(lines))*tocStep + 18; tall > c.bottom-top {
		c.depth = 1
		lines = outline(c.doc.Sections, 0, c.depth)
	}
	h := max(float64(len(lines))*tocStep+18, 42) // a heading wants room for what follows
	below := c.y+h <= c.bottom
	if below {
		c.y = c.bottom - h
	} else {
		c.newPage()
	}
	c.heading("Contents", 2, usualLead)
	c.open("TOC", "")
	for _, t := range lines {
		c.room(tocStep)
		t.page, t.y = c.page(), c.y
		t.elem = c.inside("TOCI", "", func() {})
		c.contents = append(c.contents, t)
		c.y += tocStep
	}
	c.close()
	if below {
		c.newPage()
	}
}

// outline is the titles down to a depth, in order, and the last heading, which is ours.
func outline(ss []reports.Section, level, depth int) (es []entry) {
	for _, s := range ss {
		es = append(es, entry{title: orElse(s.Title, "Untitled section"), indent: float64(level) * 6})
		if level+1 < depth {
			es = append(es, outline(s.Sections, level+1, depth)...)
		}
	}
	if level == 0 {
		es = append(es, entry{title: "Seal and signature"})
	}
	return es
}

// inContents ties the next entry of the contents to its heading. Headings come in the order of the entries.
func (c *canvas) inContents(b *bookmark) {
	if b.level > c.depth {
		return
	}
	for i := range c.contents {
		if c.contents[i].to == nil {
			c.contents[i].to = b
			return
		}
	}
}

// contentsPages writes the entries of the contents as links.
func (c *canvas) contentsPages() {
	for _, e := range c.contents {
		c.turnTo(e.page)
		s := style{sans, szBody, accent}
		if e.indent == 0 {
			s.face = bold
		}
		number := c.run(style{sans, szBody, muted}, fmt.Sprint(e.to.page))
		title := c.fit(s, e.title, c.width-e.indent-16)
		from, to := left+e.indent+c.extent(line{title})+2, c.right-c.extent(line{number})-2
		c.artifact(func() { c.line(from, e.y+4.2, to, e.y+4.2, rule, 0.15) })
		c.cur = e.elem
		c.open("Link", "")
		c.content(func() {
			title.text += " "
			c.put([]line{{title}}, left+e.indent, e.y, c.width, 5.6, szBody, toLeft)
			c.put([]line{{number}}, left, e.y, c.width, 5.6, szBody, toRight)
		})
		c.annotate(&annot{to: e.to, tip: "Go to page " + fmt.Sprint(e.to.page) + ": " + title.text, rect: c.points(left+e.indent, e.y, c.width-e.indent, 5.6)})
		c.close()
	}
	c.cur = c.root
}
