package pdf

import (
	"fmt"
)

// A kid stands below an element in reading order: an element, a mark or an annotation.
type kid interface{ isKid() }

// An elem is one structure element.
type elem struct {
	tag, attr string // attr: the inside of its attribute dictionary
	alt       string // instead of a picture
	long      string // what an abbreviation stands for
	kids      []kid
	parent    *elem
	obj       int // set by the finaliser
}

// A mark is one marked-content sequence of a page.
type mark struct{ page, id int }

// An annot is a link inside the document or a signature field. The painter reserves its place; the finaliser writes it.
type annot struct {
	owner *elem
	page  int
	rect  [4]float64 // points from the bottom left
	to    *bookmark  // link
	field string     // signature field
	tip   string     // what it is for, in words
	obj   int
}

func (*elem) isKid()  {}
func (mark) isKid()   {}
func (*annot) isKid() {}

// A bookmark is a heading with its place.
type bookmark struct {
	title string
	level int // 0 is the title of the document
	page  int
	y     float64 // points from the bottom
	elem  *elem
}

// A tagger wraps what the painter draws in marked content and remembers the structure tree.
type tagger struct {
	p         *painter
	root, cur *elem
	owners    [][]*elem // page-1, mark id: the element it belongs to
	annots    []*annot
	bookmarks []*bookmark
}

func newTagger(p *painter) *tagger {
	root := &elem{tag: "Document"}
	return &tagger{p: p, root: root, cur: root}
}

// open begins an element below the open one.
func (t *tagger) open(tag, attr string) *elem {
	e := &elem{tag: tag, attr: attr, parent: t.cur}
	t.cur.kids = append(t.cur.kids, e)
	t.cur = e
	return e
}

func (t *tagger) close() { t.cur = t.cur.parent }

// inside opens an element, runs fn and closes it.
func (t *tagger) inside(tag, attr string, fn func()) *elem {
	e := t.open(tag, attr)
	fn()
	t.close()
	return e
}

// content draws fn as content of the open element.
func (t *tagger) content(fn func()) {
	page := t.p.page()
	for len(t.owners) < page {
		t.owners = append(t.owners, nil)
	}
	id := len(t.owners[page-1])
	t.owners[page-1] = append(t.owners[page-1], t.cur)
	t.cur.kids = append(t.cur.kids, mark{page, id})
	t.p.raw(fmt.Sprintf("/%s <</MCID %d>> BDC", t.cur.tag, id))
	fn()
	t.p.raw("EMC")
	if t.p.page() != page {
		panic("BUG: page break inside marked content")
	}
}

// leaf is an element with one piece of content.
func (t *tagger) leaf(tag, attr string, fn func()) *elem {
	return t.inside(tag, attr, func() { t.content(fn) })
}

// artifact draws what a reader should not hear: rules, fills. Never inside content.
func (t *tagger) artifact(fn func()) {
	t.p.raw("/Artifact BMC")
	fn()
	t.p.raw("EMC")
}

// pagination draws what repeats on pages: header, footer, heads of tables that go on.
func (t *tagger) pagination(fn func()) {
	t.p.raw("/Artifact <</Type /Pagination>> BDC")
	fn()
	t.p.raw("EMC")
}

// annotate reserves a place for a link or field that belongs to the open element.
func (t *tagger) annotate(a *annot) {
	a.owner, a.page = t.cur, t.p.page()
	t.cur.kids = append(t.cur.kids, a)
	t.annots = append(t.annots, a)
}

// signature places an empty signature field; the words under it are ordinary content.
func (t *tagger) signature(name, tip string, rect [4]float64) {
	t.open("Form", "").alt = tip
	t.annotate(&annot{field: name, tip: tip, rect: rect})
	t.close()
}

// figure draws fn as one Figure with a spoken text and its box.
func (t *tagger) figure(alt string, box [4]float64, fn func()) {
	attr := fmt.Sprintf("/O/Layout/Placement/Block/BBox[%.1f %.1f %.1f %.1f]", box[0], box[1], box[2], box[3])
	t.leaf("Figure", attr, fn).alt = alt
}
