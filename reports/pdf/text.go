package pdf

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A style is a face in a size (points) and a colour.
type style struct {
	face  int
	size  float64
	color rgb
}

// A run is guarded text in one style. A line is what stands beside each other.
type (
	run struct {
		style
		text string
	}
	line []run
)

// acts says that r does something to its neighbours or to nothing visible: control, soft hyphen, zero width, bidirectional,
// variation selectors, marks of byte order.
func acts(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7F && r < 0xA0, r == 0xAD, r == 0x034F, r == 0x061C, r == 0x180E, r == 0xFEFF,
		r >= 0x200B && r <= 0x200F, r >= 0x2028 && r <= 0x202E, r >= 0x2060 && r <= 0x206F, r >= 0xFE00 && r <= 0xFE0F, r >= 0xFFF0:
		return true
	}
	return false
}

// guard spells out what the face cannot show or should not act on. Every text goes through it before it is measured.
func (a *face) guard(s string) string {
	for i, r := range s {
		if _, ok := a.advance(r); !ok || r == utf8.RuneError {
			var b strings.Builder
			b.WriteString(s[:i])
			a.spell(&b, s[i:])
			return b.String()
		}
	}
	return s
}

func (a *face) spell(b *strings.Builder, s string) {
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		_, ok := a.advance(r)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(b, "‹byte %02X›", s[0])
		case !ok || r == utf8.RuneError:
			fmt.Fprintf(b, "‹U+%04X›", r)
		default:
			b.WriteRune(r)
		}
		s = s[n:]
	}
}

// run guards t and gives it a style.
func (p *painter) run(s style, t string) run { return run{s, p.faces[s.face].guard(t)} }

// measure says how wide guarded text is, in millimetres.
func (p *painter) measure(s style, t string) float64 {
	n := 0
	for _, r := range t {
		adv, _ := p.faces[s.face].advance(r)
		n += adv
	}
	return float64(n) * s.size / 1000 / ptPerMM
}

// extent is the width of a line without the space at its end.
func (p *painter) extent(l line) (w float64) {
	for i, r := range l {
		t := r.text
		if i == len(l)-1 {
			t = strings.TrimSuffix(t, " ")
		}
		w += p.measure(r.style, t)
	}
	return w
}

// fit shortens t until it is no wider than w; "…" says so. It looks at the first bytes only, which are more than a line.
func (p *painter) fit(s style, t string, w float64) run {
	const enough = 600
	start := head(t, enough)
	r := p.run(s, start)
	if len(start) == len(t) && p.measure(s, r.text) <= w {
		return r
	}
	used := p.measure(s, "…")
	for at, c := range r.text {
		if used += p.measure(s, string(c)); used > w {
			r.text = r.text[:at]
			break
		}
	}
	r.text = strings.TrimRight(r.text, " ") + "…"
	return r
}

// head returns at most n bytes of s, cut between characters.
func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for back := 0; back < utf8.UTFMax && !utf8.RuneStart(s[n]); back++ {
		n--
	}
	return s[:n]
}

// short is s for an error message.
func short(s string) string {
	if h := head(s, 60); len(h) < len(s) {
		return h + "…"
	}
	return s
}

// A glyph is one character of a paragraph on its way into lines.
type glyph struct {
	run, from, to int // bytes from..to of the run's text
	width         float64
	r             rune
}

func (p *painter) glyphs(runs []run) (gs []glyph) {
	for i, r := range runs {
		unit := r.size / 1000 / ptPerMM
		for at, c := range r.text {
			adv, _ := p.faces[r.face].advance(c)
			gs = append(gs, glyph{i, at, at + utf8.RuneLen(c), float64(adv) * unit, c})
		}
	}
	return gs
}

// wrap breaks runs into lines no wider than w: after a space, else in a word that is wider than a whole line after punctuation that leaves
// no tiny piece, else anywhere. The space stays at the end of its line, so that a screen reader hears two words; it may stand over the edge.
func (p *painter) wrap(runs []run, w float64) (lines []line) {
	gs := p.glyphs(runs)
	for from := 0; from < len(gs); {
		to := breakAt(gs, from, w)
		lines = append(lines, cutRuns(runs, gs[from:to]))
		from = to
	}
	if len(lines) == 0 {
		lines = append(lines, line{})
	}
	return lines
}

// breakAt finds the end of the line that begins at from. It always moves on.
func breakAt(gs []glyph, from int, w float64) int {
	used, space, soft := 0.0, 0, 0
	for i := from; i < len(gs); i++ {
		g := gs[i]
		used += g.width
		lone := g.r == ' ' && (i == from || gs[i-1].r != ' ')
		if used > w+1e-6 && !lone && i > from {
			switch {
			case space > from:
				return space
			case soft-from >= (i-from)/4 && soft > from:
				return soft
			}
			return i
		}
		switch {
		case g.r == ' ':
			space = i + 1
		case strings.ContainsRune(softBreaks, g.r):
			soft = i + 1
		}
	}
	return len(gs)
}

// cutRuns is the part of runs that gs covers.
func cutRuns(runs []run, gs []glyph) (l line) {
	for i := 0; i < len(gs); {
		k := i
		for k < len(gs) && gs[k].run == gs[i].run {
			k++
		}
		r := runs[gs[i].run]
		l = append(l, run{r.style, r.text[gs[i].from:gs[k-1].to]})
		i = k
	}
	return l
}

// An align says where a line stands in its box.
type align int

const (
	toLeft align = iota
	toRight
	toCenter
)

// put draws lines from y downwards, each step high, on the baseline that text of size points would have.
func (p *painter) put(lines []line, x, y, w, step, size float64, a align) {
	for i, l := range lines {
		at := x
		switch a {
		case toRight:
			at = x + w - p.extent(l)
		case toCenter:
			at = x + (w-p.extent(l))/2
		}
		base := y + float64(i)*step + step/2 + 0.3*size/ptPerMM
		for _, r := range l {
			p.text(at, base, r.style, r.text)
			at += p.measure(r.style, r.text)
		}
	}
}
