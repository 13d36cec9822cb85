package pdf

import (
	"unicode/utf8"

	"agenttrail/reports"
)

// longest is how many bytes of one text are shown at most: more than any cell holds, and enough for a paragraph of our own. What a log
// says must not fill pages.
const longest = 4 << 10

// maxLines is how many lines of one cell are shown.
const maxLines = 8

// toned is the style of a tone on top of a base style. Strong and mono change the face; mono looks larger, so it is set smaller.
func toned(base style, tone string) style {
	look := toneLooks[tone]
	switch {
	case look.face == mono && base.face != mono:
		base.face, base.size = mono, base.size-0.9
	case look.face == bold && base.face == sans:
		base.face = bold
	}
	if tone != "" && tone != reports.ToneMono {
		base.color = look.color
	}
	return base
}

// runs gives a cell its style, the mark of its tone before it and its reference after it.
func (c *canvas) runs(cell reports.Cell, base style) []run {
	rs, _ := c.pieces(cell, base)
	return rs
}

// pieces is runs, with the index of the run that holds the text itself.
func (c *canvas) pieces(cell reports.Cell, base style) (rs []run, main int) {
	s := toned(base, cell.Tone)
	if mark := toneLooks[cell.Tone].mark; mark != "" {
		rs = append(rs, run{style{sans, base.size, s.color}, mark + "\u00a0"}) // never alone at the end of a line
	}
	main = len(rs)
	start := head(cell.Text, longest)
	rs = append(rs, c.run(s, start))
	if rest := cell.Text[len(start):]; rest != "" {
		rs = append(rs, c.more(base, utf8.RuneCountInString(rest)))
	}
	if cell.Ref != "" && cell.Ref != cell.Text {
		rs = append(rs, c.reference(cell.Ref, base))
	}
	return rs, main
}

// reference prints where a cell can be walked back to.
func (c *canvas) reference(ref string, base style) run {
	return c.run(style{mono, min(base.size-1.4, szMono), muted}, " ["+head(ref, 200)+"]")
}

// more says that n characters are not shown. On a dark ground it keeps the colour of the text.
func (c *canvas) more(base style, n int) run {
	s := style{sans, base.size, muted}
	if base.color == white {
		s.color = white
	}
	return c.run(s, "… "+counted(n, "more character"))
}

// cellLines wraps a cell. What needs over limit lines is cut and says how much is missing; the exact text is in the attachments.
func (c *canvas) cellLines(cell reports.Cell, base style, w float64, limit int) []line {
	rs, main := c.pieces(cell, base)
	lines := c.wrap(rs, w)
	if len(lines) <= limit {
		return lines
	}
	keep := lines[:limit-1]
	shown := 0
	for _, l := range keep {
		for _, r := range l {
			if r.style == rs[main].style {
				shown += len(r.text)
			}
		}
	}
	tail := []run{c.more(base, c.unseen(cell.Text, rs[main].face, shown))}
	if cell.Ref != "" && cell.Ref != cell.Text {
		tail = append(tail, c.reference(cell.Ref, base))
	}
	return append(keep, c.wrap(tail, w)...)
}

// unseen counts the characters of s beyond the first n bytes of its guarded form.
func (c *canvas) unseen(s string, face, n int) int {
	start := head(s, longest)
	for i := range start {
		if n <= 0 {
			return utf8.RuneCountInString(s[i:])
		}
		_, size := utf8.DecodeRuneInString(start[i:])
		n -= len(c.faces[face].guard(start[i : i+size]))
	}
	return utf8.RuneCountInString(s[len(start):])
}

// cut wraps plain text into at most limit lines and the note of what is missing.
func (c *canvas) cut(s string, look style, w float64, limit int) []line {
	lines := c.wrap([]run{c.run(look, head(s, longest))}, w)
	if len(lines) <= limit && len(s) <= longest {
		return lines
	}
	return c.cellLines(reports.Cell{Text: s}, look, w, limit)
}
