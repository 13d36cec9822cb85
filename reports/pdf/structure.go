package pdf

import (
	"bytes"
	"fmt"
	"strconv"
)

// structure writes the element tree, the parent tree, the page keys and the annotations, and says the number of the tree's root.
func (f *file) structure(t *tagger) int {
	root := f.add("")
	f.number(t.root)
	annots := make([][]int, len(f.pages))
	for _, a := range t.annots {
		a.obj = f.add("")
		annots[a.page-1] = append(annots[a.page-1], a.obj)
	}
	f.element(t.root, root)
	var nums []byte
	for i, page := range f.pages {
		var owners []int
		if i < len(t.owners) {
			for _, e := range t.owners[i] {
				owners = append(owners, e.obj)
			}
		}
		nums = fmt.Appendf(nums, "%d %d 0 R ", i, f.add("[%s]", refs(owners)))
		f.pageKeys(page, i, annots[i])
	}
	f.annotations(t.annots)
	for i, a := range t.annots {
		nums = fmt.Appendf(nums, "%d %d 0 R ", len(f.pages)+i, a.owner.obj)
	}
	f.set(root, "<</Type/StructTreeRoot/K[%d 0 R]/ParentTree<</Nums[%s]>>/ParentTreeNextKey %d>>", t.root.obj, nums, len(f.pages)+len(t.annots))
	return root
}

// number gives each element an object, parents first.
func (f *file) number(e *elem) {
	e.obj = f.add("")
	for _, k := range e.kids {
		if child, ok := k.(*elem); ok {
			f.number(child)
		}
	}
}

// element writes e and what is below it. Bodies are kept short: there are six for each table row.
func (f *file) element(e *elem, parent int) {
	b := fmt.Appendf(make([]byte, 0, 96), "<</S/%s/P %d 0 R", e.tag, parent)
	page := 0
	for _, k := range e.kids {
		if m, ok := k.(mark); ok {
			page = m.page
			b = fmt.Appendf(b, "/Pg %d 0 R", f.pages[page-1])
			break
		}
	}
	if len(e.kids) == 1 {
		b = f.kid(append(b, "/K "...), e.kids[0], e, page)
	} else {
		b = append(b, "/K["...)
		for i, k := range e.kids {
			if i > 0 {
				b = append(b, ' ')
			}
			b = f.kid(b, k, e, page)
		}
		b = append(b, ']')
	}
	if e.attr != "" {
		b = append(b, "/A<<"+e.attr+">>"...)
	}
	if e.alt != "" {
		b = append(b, "/Alt"+text(e.alt)...)
	}
	if e.long != "" {
		b = append(b, "/E"+text(e.long)...)
	}
	f.objs[e.obj] = append(b, ">>"...)
}

func (f *file) kid(b []byte, k kid, e *elem, page int) []byte {
	switch k := k.(type) {
	case *elem:
		f.element(k, e.obj)
		return fmt.Appendf(b, "%d 0 R", k.obj)
	case mark:
		if k.page == page {
			return strconv.AppendInt(b, int64(k.id), 10)
		}
		return fmt.Appendf(b, "<</Type/MCR/Pg %d 0 R/MCID %d>>", f.pages[k.page-1], k.id)
	case *annot:
		return fmt.Appendf(b, "<</Type/OBJR/Pg %d 0 R/Obj %d 0 R>>", f.pages[k.page-1], k.obj)
	}
	panic(fmt.Sprintf("BUG: a structure element holds a %T", k))
}

// pageKeys ties a page to the parent tree and its annotations.
func (f *file) pageKeys(page, key int, annots []int) {
	more := fmt.Sprintf("/StructParents %d /Tabs /S ", key)
	if len(annots) > 0 {
		more += "/Annots [" + refs(annots) + "] "
	}
	const parent = "/Parent 1 0 R"
	f.objs[page] = bytes.Replace(f.objs[page], []byte(parent), []byte(more+parent), 1)
}

// annotations writes links and signature fields. A field has an appearance, which draws nothing: the words are on the page.
func (f *file) annotations(annots []*annot) {
	nothing := f.stream("/Type/XObject/Subtype/Form/BBox[0 0 1 1]/Resources<<>>", nil, false)
	for i, a := range annots {
		place := fmt.Sprintf("/Rect[%.2f %.2f %.2f %.2f]/P %d 0 R/StructParent %d",
			a.rect[0], a.rect[1], a.rect[2], a.rect[3], f.pages[a.page-1], len(f.pages)+i)
		if a.field != "" {
			f.fields = append(f.fields, a.obj)
			f.set(a.obj, "<</Type/Annot/Subtype/Widget/FT/Sig/T%s/TU%s/F 132/AP<</N %d 0 R>>%s>>", text(a.field), text(a.tip), nothing, place)
			continue
		}
		f.set(a.obj, "<</Type/Annot/Subtype/Link/F 4/Border[0 0 0]/Contents%s/Dest[%s]%s>>", text(a.tip), f.dest(a.to), place)
	}
}

// dest is the place of a bookmark.
func (f *file) dest(b *bookmark) string {
	return fmt.Sprintf("%d 0 R/XYZ null %.2f null", f.pages[b.page-1], b.y)
}

// A node is a bookmark among its kin, by index; -1 for none.
type node struct{ parent, prev, next, first, last, below int }

// outlines writes the bookmarks, all open, each tied to its heading, and returns their keys for the catalog.
func (f *file) outlines(marks []*bookmark) string {
	root := f.add("")
	nodes, top := kin(marks)
	first := len(f.objs)
	for i, m := range marks {
		n := nodes[i]
		b := fmt.Appendf(nil, "<</Title%s/Dest[%s]/SE %d 0 R", text(m.title), f.dest(m), m.elem.obj)
		parent := root
		if n.parent >= 0 {
			parent = first + n.parent
		}
		b = fmt.Appendf(b, "/Parent %d 0 R", parent)
		for _, to := range []struct {
			key string
			at  int
		}{{"Prev", n.prev}, {"Next", n.next}, {"First", n.first}, {"Last", n.last}} {
			if to.at >= 0 {
				b = fmt.Appendf(b, "/%s %d 0 R", to.key, first+to.at)
			}
		}
		if n.below > 0 {
			b = fmt.Appendf(b, "/Count %d", n.below)
		}
		f.add("%s>>", b)
	}
	f.set(root, "<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>", first+top.first, first+top.last, len(marks))
	return fmt.Sprintf("/Outlines %d 0 R/PageMode/UseOutlines", root)
}

// kin finds parents and neighbours from the levels. below counts all descendants, because every level is open.
func kin(marks []*bookmark) (nodes []node, top node) {
	nodes = make([]node, len(marks))
	top = node{first: -1, last: -1}
	open := []int{} // the last bookmark of each level
	for i, m := range marks {
		nodes[i] = node{-1, -1, -1, -1, -1, 0}
		open = open[:min(m.level, len(open))]
		parent := &top
		if len(open) > 0 {
			nodes[i].parent = open[len(open)-1]
			parent = &nodes[nodes[i].parent]
		}
		if parent.last >= 0 {
			nodes[i].prev = parent.last
			nodes[parent.last].next = i
		} else {
			parent.first = i
		}
		parent.last = i
		for _, a := range open {
			nodes[a].below++
		}
		open = append(open, i)
	}
	return nodes, top
}
