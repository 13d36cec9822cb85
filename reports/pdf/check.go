package pdf

import (
	"errors"
	"fmt"
	"regexp"

	"agenttrail/reports"
)

// check finds what a document says against itself, all of it, so that drawing cannot fail half way.
func check(doc *reports.Document) error {
	var k checker
	if doc.Lang != "" && !languageTag.MatchString(doc.Lang) {
		k.bad("language %q: want a BCP 47 tag like en-GB", short(doc.Lang))
	}
	k.blocks("front", doc.Front)
	k.sections(doc.Sections)
	k.files(doc.Files)
	return errors.Join(k.errs...)
}

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

type checker struct{ errs []error }

func (k *checker) bad(format string, a ...any) { k.errs = append(k.errs, fmt.Errorf(format, a...)) }

func (k *checker) sections(ss []reports.Section) {
	for _, s := range ss {
		k.blocks(fmt.Sprintf("section %q", short(s.Title)), s.Blocks)
		k.sections(s.Sections)
	}
}

func (k *checker) blocks(where string, bs []reports.Block) {
	for i, b := range bs {
		at := fmt.Sprintf("%s, block %d", where, i+1)
		if n := members(b); n > 1 {
			k.bad("%s: %d members are set, want one", at, n)
		}
		k.cells(at, b.Text)
		k.cells(at, b.List)
		for _, n := range b.Numbers {
			k.tone(at, n.Tone)
		}
		if b.Table != nil {
			k.table(at, b.Table)
		}
		if b.Figure != nil {
			k.figure(at, b.Figure)
		}
	}
}

func members(b reports.Block) (n int) {
	for _, set := range []bool{b.Text != nil, b.List != nil, b.Numbers != nil, b.Facts != nil, b.Table != nil, b.Figure != nil, b.Verbatim != ""} {
		if set {
			n++
		}
	}
	return n
}

func (k *checker) tone(at, tone string) {
	if _, ok := toneLooks[tone]; !ok {
		k.bad("%s: unknown tone %q", at, short(tone))
	}
}

func (k *checker) cells(at string, cs []reports.Cell) {
	for _, c := range cs {
		k.tone(at, c.Tone)
	}
}

func (k *checker) table(at string, t *reports.Table) {
	at = fmt.Sprintf("%s, table %q", at, short(t.Caption))
	switch {
	case len(t.Columns) == 0:
		k.bad("%s: no columns", at)
	case len(t.Columns) > maxColumns:
		k.bad("%s: %d columns, at most %d are legible: split it", at, len(t.Columns), maxColumns)
	}
	if t.Total != 0 && t.Total < len(t.Rows) {
		k.bad("%s: %d rows of a total of %d", at, len(t.Rows), t.Total)
	}
	for i, r := range t.Rows {
		if len(r) != len(t.Columns) {
			k.bad("%s, row %d: %d cells for %d columns", at, i+1, len(r), len(t.Columns))
		}
		k.cells(fmt.Sprintf("%s, row %d", at, i+1), r)
	}
}

// relations are those that PDF/A-3 knows.
var relations = map[string]bool{"Data": true, "Source": true, "Supplement": true, "Alternative": true, "Unspecified": true}

var mediaType = regexp.MustCompile(`^[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+$`)

func (k *checker) files(fs []reports.File) {
	seen := map[string]bool{}
	for _, f := range fs {
		switch {
		case f.Name == "" || len(f.Name) > 255 || len(sanitary.FindString(f.Name)) != len(f.Name):
			k.bad("file %q: want a name of up to 255 letters, digits, dots, hyphens and underscores", short(f.Name))
		case seen[f.Name]:
			k.bad("file %q: twice", f.Name)
		}
		seen[f.Name] = true
		if !mediaType.MatchString(f.Type) {
			k.bad("file %q: type %q is no media type like text/csv", short(f.Name), short(f.Type))
		}
		if !relations[f.Relation] {
			k.bad("file %q: relation %q: want Data, Source or Supplement", short(f.Name), short(f.Relation))
		}
	}
}

// sanitary names cannot leave the folder that a reader saves them to.
var sanitary = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*$`)
