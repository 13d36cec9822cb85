// Package pdf draws a reports.Document as a PDF that an archive and a screen reader both accept: PDF/A-3a and PDF/UA-1, tagged, with the
// attachments inside and two empty signature fields. The same document and options give the same bytes.
//
// Data flows one way: check refuses what cannot be drawn, a canvas lays the blocks out and draws them through the painter (the only place that
// knows gofpdf) while the tagger notes what each mark on the page means, and the finaliser takes the painter's file apart and writes it
// again with structure, bookmarks, attachments, metadata and colour profile.
//
// It judges nothing, reads no clock, and never turns text of the document into a link or an action. Text that the fonts cannot show, or
// that would act on the reader (control, bidirectional, invisible characters), is spelled out as its code point.
package pdf

import (
	"fmt"
	"io"

	"agenttrail/reports"
)

// Options are what does not belong to the document.
type Options struct {
	Paper    string // "A4", which is the default, or "Letter"
	Producer string // program and version for the document information; "agenttrail" when empty
	Plain    bool   // no object streams: larger, but legible by eye
}

// Write draws doc and writes the file to w. It returns an error, before anything is written, when the document contradicts itself (a row
// with a cell too many, an unknown tone) or when its front blocks do not fit on page one; the error names the place.
func Write(w io.Writer, doc *reports.Document, o Options) error {
	f, err := build(doc, o)
	if err != nil {
		return fmt.Errorf("pdf %q: %w", short(doc.ID), err)
	}
	if _, err := w.Write(f.emit(o.Plain)); err != nil {
		return fmt.Errorf("pdf %q: write: %w", short(doc.ID), err)
	}
	return nil
}

// build draws and finalises; what is left is to write the objects down.
func build(doc *reports.Document, o Options) (*file, error) {
	if err := check(doc); err != nil {
		return nil, err
	}
	c, err := newCanvas(doc, o.Paper)
	if err != nil {
		return nil, err
	}
	c.draw()
	raw, err := c.finish()
	if err != nil {
		return nil, err
	}
	return finalize(raw, c.tagger, c.about(o.Producer), doc.Files)
}
