package pdf

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/jung-kurt/gofpdf"
)

// ptPerMM turns millimetres, which the layout speaks, into points, which the file speaks.
const ptPerMM = 72 / 25.4

// A painter puts marks on pages: text, rules, fills. Millimetres from the top left. It is the only code that knows gofpdf, and keeps to
// the part of it that is safe: no links, bookmarks, attachments, page boxes, aliases (a log text could contain one) or automatic breaks.
type painter struct {
	f     *gofpdf.Fpdf
	faces [3]*face
	w, h  float64 // of the paper
	now   style   // set on page at; avoids repeating it for each word
	at    int
}

// newPainter opens an empty document. Its own dates are fixed and later replaced.
func newPainter(paper string) (*painter, error) {
	if paper == "" {
		paper = "A4"
	}
	if paper != "A4" && paper != "Letter" {
		return nil, fmt.Errorf(`paper %q: want "A4" or "Letter"`, paper)
	}
	f := gofpdf.New("P", "mm", paper, "")
	f.SetCatalogSort(true)  // else fonts are written in map order
	f.SetCompression(false) // the finaliser compresses better
	f.SetAutoPageBreak(false, 0)
	f.SetCreationDate(time.Unix(0, 0))
	f.SetModificationDate(time.Unix(0, 0))
	faces, err := loadFaces()
	if err != nil {
		return nil, err
	}
	for _, a := range faces {
		f.AddUTF8FontFromBytes(a.key, "", bytes.Clone(a.ttf)) // gofpdf writes into the slice it is given
	}
	p := &painter{f: f, faces: faces}
	p.w, p.h = f.GetPageSize()
	return p, nil
}

func (p *painter) addPage()   { p.f.AddPage() }
func (p *painter) page() int  { return p.f.PageNo() }
func (p *painter) pages() int { return p.f.PageCount() }

// turnTo makes another page the one that is drawn on. The fill colour is set anew, because gofpdf believes that it is still the one of
// the page before, and leaves out a text colour that equals it.
func (p *painter) turnTo(page int) {
	p.f.SetPage(page)
	p.f.SetFillColor(white[0], white[1], white[2])
}

// raw writes an operator of the page language.
func (p *painter) raw(op string) { p.f.RawWriteStr(op) }

// text puts guarded text with its baseline at base.
func (p *painter) text(x, base float64, s style, t string) {
	if t == "" {
		return
	}
	if p.at != p.page() || p.now.face != s.face || p.now.size != s.size {
		p.f.SetFont(p.faces[s.face].key, "", s.size)
	}
	p.f.SetTextColor(s.color[0], s.color[1], s.color[2])
	p.now, p.at = s, p.page()
	p.f.Text(x, base, t)
}

func (p *painter) fill(x, y, w, h float64, c rgb) {
	p.f.SetFillColor(c[0], c[1], c[2])
	p.f.Rect(x, y, w, h, "F")
}

// frame draws the outline of a box, inside its edges.
func (p *painter) frame(x, y, w, h float64, c rgb) {
	const pen = 0.2
	p.f.SetDrawColor(c[0], c[1], c[2])
	p.f.SetLineWidth(pen)
	p.f.Rect(x+pen/2, y+pen/2, w-pen, h-pen, "D")
}

// pill draws the outline of a box with round corners.
func (p *painter) pill(x, y, w, h float64, c rgb) {
	p.f.SetDrawColor(c[0], c[1], c[2])
	p.f.SetLineWidth(0.35)
	p.f.RoundedRect(x, y, w, h, h/2, "1234", "D")
}

func (p *painter) line(x1, y1, x2, y2 float64, c rgb, pen float64) {
	p.f.SetDrawColor(c[0], c[1], c[2])
	p.f.SetLineWidth(pen)
	p.f.Line(x1, y1, x2, y2)
}

// polygon fills the shape between corners.
func (p *painter) polygon(corners [][2]float64, c rgb) {
	points := make([]gofpdf.PointType, len(corners))
	for i, k := range corners {
		points[i] = gofpdf.PointType{X: k[0], Y: k[1]}
	}
	p.f.SetFillColor(c[0], c[1], c[2])
	p.f.Polygon(points, "F")
}

// points turns a box into a PDF rectangle: points from the bottom left.
func (p *painter) points(x, y, w, h float64) [4]float64 {
	return [4]float64{x * ptPerMM, (p.h - y - h) * ptPerMM, (x + w) * ptPerMM, (p.h - y) * ptPerMM}
}

// bytes closes the document. gofpdf counts its pages by the current one, so it must be the last.
func (p *painter) bytes() ([]byte, error) {
	p.turnTo(p.pages())
	var b bytes.Buffer
	if err := p.f.Output(&b); err != nil {
		return nil, fmt.Errorf("paint: %w", err)
	}
	return b.Bytes(), nil
}

// realNames replaces gofpdf's names of the faces ("utf8" and the key) by their own.
func (p *painter) realNames() *strings.Replacer {
	var pairs []string
	for _, a := range p.faces {
		pairs = append(pairs, "/utf8"+a.key, "/"+subsetTag(a.name)+"+"+a.name)
	}
	return strings.NewReplacer(pairs...)
}
