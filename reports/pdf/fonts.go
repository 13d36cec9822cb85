package pdf

import (
	"embed"
	"encoding/binary"
	"fmt"
)

//go:embed fonts/*.ttf
var fontFiles embed.FS

// The faces of a report, as indexes into painter.faces.
const (
	sans = iota
	bold
	mono
)

// faceFiles says of each face gofpdf's name for it (none begins with another one), its own name, and its file.
var faceFiles = [3]struct{ key, name, file string }{
	sans: {"body", "SourceSans3-Regular", "fonts/SourceSans3_400Regular.ttf"},
	bold: {"bold", "SourceSans3-SemiBold", "fonts/SourceSans3_600SemiBold.ttf"},
	mono: {"mono", "SourceCodePro-Regular", "fonts/SourceCodePro_400Regular.ttf"},
}

// A face is a font with what it can show.
type face struct {
	key, name string
	ttf       []byte
	advances  [0x10000]int16 // in thousandths of the size; -1: not to be printed
}

func loadFaces() (faces [3]*face, err error) {
	for i, f := range faceFiles {
		ttf, err := fontFiles.ReadFile(f.file) // a copy, which is well, because gofpdf writes into it
		if err != nil {
			return faces, err
		}
		a := &face{key: f.key, name: f.name, ttf: ttf}
		if err := a.measureAll(); err != nil {
			return faces, fmt.Errorf("font %s: %w", f.file, err)
		}
		faces[i] = a
	}
	return faces, nil
}

// advance says how far r moves the pen, in thousandths of the font size; false when r must not be printed as it is.
func (a *face) advance(r rune) (int, bool) {
	if r < 0 || r >= 0x10000 || a.advances[r] < 0 { // gofpdf knows two bytes a character
		return 0, false
	}
	return int(a.advances[r]), true
}

// measureAll fills the advances of all characters that the font has and that do not act.
func (a *face) measureAll() error {
	for i := range a.advances {
		a.advances[i] = -1
	}
	tables := map[string]table{}
	font := table(a.ttf)
	for i := range font.u16(4) {
		entry := font[12+16*i:]
		tables[string(entry[:4])] = font[entry.u32(8):][:entry.u32(12)]
	}
	cmap, err := basicPlane(tables["cmap"])
	if err != nil {
		return err
	}
	em, long := tables["head"].u16(18), tables["hhea"].u16(34)
	cmap.each(func(r rune, glyph int) {
		if !acts(r) {
			width := tables["hmtx"].u16(4 * min(glyph, long-1))
			a.advances[r] = int16((width*1000 + em/2) / em)
		}
	})
	return nil
}

// A table is a part of a TrueType file: big-endian numbers at fixed places. The files are built in and pinned by a test, so a place
// outside the table is a defect and may panic.
type table []byte

func (t table) u16(at int) int { return int(binary.BigEndian.Uint16(t[at:])) }
func (t table) u32(at int) int { return int(binary.BigEndian.Uint32(t[at:])) }

// basicPlane finds the character map of the characters below U+10000: platform 3, encoding 1, format 4.
func basicPlane(cmap table) (table, error) {
	for i := range cmap.u16(2) {
		entry := cmap[4+8*i:]
		if entry.u16(0) == 3 && entry.u16(2) == 1 {
			if sub := cmap[entry.u32(4):]; sub.u16(0) == 4 {
				return sub, nil
			}
		}
	}
	return nil, fmt.Errorf("no character map of format 4")
}

// each goes through a map of format 4: segments of codes with end, start, delta and, unless zero, the way to a list of glyphs.
func (t table) each(yield func(r rune, glyph int)) {
	n := t.u16(6) // bytes of each of the four arrays
	for at := 14; at < 14+n; at += 2 {
		end, start, delta, far := t.u16(at), t.u16(at+n+2), t.u16(at+2*n+2), t.u16(at+3*n+2)
		for code := start; code <= end && code < 0xFFFF; code++ {
			glyph := code
			if far != 0 {
				glyph = t.u16(at + 3*n + 2 + far + 2*(code-start))
			}
			if far == 0 || glyph != 0 {
				glyph = (glyph + delta) & 0xFFFF
			}
			if glyph != 0 {
				yield(rune(code), glyph)
			}
		}
	}
}
