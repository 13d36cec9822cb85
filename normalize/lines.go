package normalize

import (
	"bytes"
	"fmt"
)

// lines frames one record a line. Line ends are LF or CRLF and no part of the record; the last may be missing. A byte order mark at the start is stepped
// over, blank lines are no records. What is wrong with a line is wrong with that line only.
func lines(w *window, each func(piece) error) error {
	utf16, err := w.skipMark()
	if err != nil {
		return err
	}
	for {
		offset, raw, size, ok, err := w.line(maxRecord)
		if err != nil || !ok {
			return err
		}
		if len(bytes.Trim(raw, " \t\r")) == 0 {
			continue
		}
		p := piece{offset: offset, raw: raw}
		switch {
		case utf16:
			p.bad, p.detail = RejectUTF16, "the object begins with a byte order mark of UTF-16; export it as UTF-8"
		case size > int64(len(raw)):
			p.bad, p.detail = RejectTooLong, fmt.Sprintf("%d bytes; the limit is %d, and the record holds that many of them", size, maxRecord)
		}
		if err := each(p); err != nil {
			return err
		}
	}
}
