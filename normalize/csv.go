package normalize

import (
	"bytes"
	"fmt"
	"strings"

	"agenttrail"
)

// A header is the first row of a CSV object: context of all its records.
type header struct {
	raw     []byte
	names   []string
	columns map[string]int // -1: two columns have the name
}

func newHeader(raw []byte) *header {
	h := &header{raw: bytes.Clone(raw), columns: map[string]int{}}
	h.names, _ = appendCells(nil, h.raw)
	for i, name := range h.names {
		if _, twice := h.columns[name]; twice {
			i = -1
		}
		h.columns[name] = i
	}
	return h
}

// has says what is wrong when the header lacks a column, or has it twice.
func (h *header) has(name string) error {
	switch i, ok := h.columns[name]; {
	case !ok:
		return fmt.Errorf("header: no column %q; the columns are %q", name, h.names)
	case i < 0:
		return fmt.Errorf("header: two columns are called %q", name)
	}
	return nil
}

// A row is one CSV record: its cells under their header.
type row struct {
	header *header
	cells  []string
}

// cell is the text under a heading, empty where there is none.
func (r row) cell(name string) string {
	if i, ok := r.header.columns[name]; ok && i >= 0 {
		return r.cells[i]
	}
	return ""
}

// csv reads rows by RFC 4180: comma, double quotes, line ends within quotes. The first row is the header and must have the columns in need. Blank lines
// are no rows. A bad row ends where its line ends, and reading goes on behind it.
func (r *reading) csv(w *window, need []string, m func(r *reading, in row)) error {
	utf16, err := w.skipMark()
	if err != nil {
		return err
	}
	if utf16 {
		return fmt.Errorf("header: the object begins with a byte order mark of UTF-16; export it as UTF-8")
	}
	var in row
	var context []byte
	return rows(w, func(p piece) error {
		if in.header == nil {
			if p.bad != "" {
				return fmt.Errorf("header: %s", p.detail)
			}
			in.header = newHeader(p.raw)
			context = r.context(in.header.raw)
			return in.header.check(need)
		}
		r.begin(p, context)
		if p.bad == "" {
			r.csvRow(&in, p, m)
		}
		return r.end()
	})
}

func (h *header) check(need []string) error {
	for _, name := range need {
		if err := h.has(name); err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) csvRow(in *row, p piece, m func(r *reading, in row)) {
	var clean bool
	in.cells, clean = appendCells(in.cells[:0], p.raw)
	if len(in.cells) != len(in.header.names) {
		r.reject(RejectColumns, fmt.Sprintf("%d cells under %d headings", len(in.cells), len(in.header.names)))
		return
	}
	r.try(func() { m(r, *in) })
	if !clean {
		r.flag()
	}
}

// rows frames CSV rows, the header among them.
func rows(w *window, each func(piece) error) error {
	for {
		p, ok, err := w.row()
		if err != nil || !ok {
			return err
		}
		if len(bytes.Trim(p.raw, " \t\r")) == 0 {
			continue
		}
		if err := each(p); err != nil {
			return err
		}
	}
}

// row delimits the next row and consumes it. A quote that never closes would swallow all that follows: then the row is rejected as far as its first line
// goes, and what follows is read as rows again.
func (w *window) row() (p piece, ok bool, err error) {
	for d := (rowDelimiter{}); ; {
		n, whole := d.scan(w.rest())
		if !whole && len(w.rest()) <= maxRecord {
			more, err := w.more()
			if err != nil {
				return p, false, err
			}
			if more {
				continue
			}
			n, whole = len(w.rest()), d.state != inQuotes
		}
		if !whole || n > maxRecord {
			return w.lostRow(d.state == inQuotes)
		}
		if len(w.rest()) == 0 {
			return p, false, nil
		}
		p = piece{offset: w.offset(), raw: bytes.TrimSuffix(w.rest()[:n:n], []byte("\r"))}
		w.at = min(w.at+n+1, len(w.buf))
		if d.bad {
			p.bad, p.detail = RejectQuote, "a quote stands within a cell that does not begin with one, or text follows a closing quote"
		}
		return p, true, nil
	}
}

func (w *window) lostRow(open bool) (p piece, ok bool, err error) {
	offset, raw, _, ok, err := w.line(maxRecord)
	p = piece{offset: offset, raw: raw, bad: RejectTooLong, detail: fmt.Sprintf("the row is over %d bytes", maxRecord)}
	if open {
		p.bad, p.detail = RejectQuote, "a quote opens in this line and never closes"
	}
	return p, ok, err
}

// States of a row delimiter.
const (
	cellStart = iota
	inPlain
	inQuotes
	afterQuote  // a quote within quotes: the end, or the first of two
	afterReturn // a carriage return behind a closing quote
)

// A rowDelimiter finds the end of a row.
type rowDelimiter struct {
	i, state int
	bad      bool // a quote stands where none may
}

// scan looks at b, which begins with the row and may have grown since the last call. n is the length without the line feed when ok.
func (d *rowDelimiter) scan(b []byte) (n int, ok bool) {
	for ; d.i < len(b); d.i++ {
		c := b[d.i]
		if c == '\n' && d.state != inQuotes {
			return d.i, true
		}
		d.step(c)
	}
	return 0, false
}

func (d *rowDelimiter) step(c byte) {
	switch {
	case d.state == inQuotes:
		if c == '"' {
			d.state = afterQuote
		}
	case d.bad: // the rest of the line is lost, whatever it holds
	case c == '"' && d.state == cellStart, c == '"' && d.state == afterQuote:
		d.state = inQuotes
	case c == ',' && d.state != afterReturn:
		d.state = cellStart
	case c == '\r' && d.state == afterQuote:
		d.state = afterReturn
	case c == '"' || d.state == afterQuote || d.state == afterReturn:
		d.state, d.bad = inPlain, true
	default:
		d.state = inPlain
	}
}

// appendCells splits a row that the delimiter took as good. A cell without doubled quotes aliases the row. clean is false when a cell was not UTF-8.
func appendCells(cells []string, raw []byte) (_ []string, clean bool) {
	text := alias(raw)
	for clean = true; ; {
		cell, rest, more := cutCell(text)
		cell, ok := agenttrail.Clean(cell)
		cells, clean = append(cells, cell), clean && ok
		if !more {
			return cells, clean
		}
		text = rest
	}
}

func cutCell(s string) (cell, rest string, more bool) {
	if !strings.HasPrefix(s, `"`) {
		return strings.Cut(s, ",")
	}
	end := 1
	for end < len(s) && (s[end] != '"' || end+1 < len(s) && s[end+1] == '"') {
		if s[end] == '"' {
			end++
		}
		end++
	}
	cell = s[1:min(end, len(s))]
	if strings.Contains(cell, `""`) {
		cell = strings.ReplaceAll(cell, `""`, `"`)
	}
	_, rest, more = strings.Cut(s[min(end+1, len(s)):], ",")
	return cell, rest, more
}
