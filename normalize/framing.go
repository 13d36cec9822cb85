package normalize

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Limits of one piece of a stream, in bytes (decisions.md 32).
const (
	maxRecord  = 16 << 20 // a line, a row, an element of an array
	maxElement = 64 << 20 // an element of resourceSpans or resourceLogs
	readSize   = 64 << 10 // what a window begins with
)

// A piece is one record as framing found it. It is valid until each returns.
type piece struct {
	offset int64  // in the decompressed stream
	raw    []byte // exact bytes
	bad    string // reason of a reject that framing itself decided; empty: read on
	detail string
}

// A framer cuts a stream into pieces, in order. Its error refuses the object; so does that of each.
type framer func(w *window, each func(piece) error) error

// A window is the part of a stream that is in memory. It slides: what is behind at is forgotten when more is read, so memory stays at one piece
// whatever the size of the stream.
type window struct {
	r    io.Reader
	buf  []byte
	at   int   // first byte that is not consumed
	base int64 // offset of buf[0] in the stream
	done bool  // the stream has ended: all of it that remains is in buf
}

// newWindow opens a window on a stream.
func newWindow(r io.Reader) *window { return &window{r: r, buf: make([]byte, 0, readSize)} }

// within opens a window on bytes that are all there; base is their offset in the stream.
func within(data []byte, base int64) *window { return &window{buf: data, base: base, done: true} }

// offset is the place in the stream of the next byte.
func (w *window) offset() int64 { return w.base + int64(w.at) }

// rest is what is in memory and not consumed.
func (w *window) rest() []byte { return w.buf[w.at:] }

// more reads on. It says false at the end of the stream. Slices of the window taken before are void.
func (w *window) more() (bool, error) {
	if w.done {
		return false, nil
	}
	if w.at > 0 {
		w.base += int64(w.at)
		w.buf = w.buf[:copy(w.buf, w.buf[w.at:])]
		w.at = 0
	}
	if len(w.buf) == cap(w.buf) {
		w.buf = append(make([]byte, 0, 2*cap(w.buf)), w.buf...)
	}
	for {
		n, err := w.r.Read(w.buf[len(w.buf):cap(w.buf)])
		w.buf = w.buf[:len(w.buf)+n]
		w.done = errors.Is(err, io.EOF)
		switch {
		case err != nil && !w.done:
			return false, fmt.Errorf("offset %d: %w", w.base+int64(len(w.buf)), err)
		case n > 0:
			return true, nil
		case w.done:
			return false, nil
		}
	}
}

// atLeast reads on until n bytes are in memory; false: the stream has fewer.
func (w *window) atLeast(n int) (bool, error) {
	for len(w.rest()) < n {
		if ok, err := w.more(); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// skipMark steps over a UTF-8 byte order mark. utf16 says that the stream begins with one of UTF-16.
func (w *window) skipMark() (utf16 bool, err error) {
	if _, err := w.atLeast(3); err != nil {
		return false, err
	}
	head := w.rest()
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		w.at += 3
	}
	return bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")), nil
}

// line delimits the next line and consumes it with its line end. ok is false at the end of the stream. Of a line over limit it returns the first limit
// bytes and how many it had; the rest is passed over.
func (w *window) line(limit int) (offset int64, raw []byte, size int64, ok bool, err error) {
	for seen := 0; ; {
		if i := bytes.IndexByte(w.rest()[seen:], '\n'); i >= 0 {
			return w.takeLine(seen+i, 1, limit)
		}
		if seen = len(w.rest()); seen > limit {
			return w.longLine(limit)
		}
		more, err := w.more()
		if err != nil {
			return 0, nil, 0, false, err
		}
		if !more {
			offset, raw, size, _, err := w.takeLine(seen, 0, limit)
			return offset, raw, size, seen > 0, err
		}
	}
}

// takeLine consumes n bytes and the line end of end bytes behind them.
func (w *window) takeLine(n, end, limit int) (offset int64, raw []byte, size int64, ok bool, err error) {
	offset, raw = w.offset(), w.rest()[:n:n]
	w.at += n + end
	raw = bytes.TrimSuffix(raw, []byte("\r"))
	size = int64(len(raw))
	return offset, raw[:min(len(raw), limit)], size, true, nil
}

// longLine takes the first limit bytes of a line and passes over the others, which are never together in memory.
func (w *window) longLine(limit int) (offset int64, raw []byte, size int64, ok bool, err error) {
	offset, raw = w.offset(), bytes.Clone(w.rest()[:limit])
	for {
		i := bytes.IndexByte(w.rest(), '\n')
		if i >= 0 {
			w.at += i + 1
			return offset, raw, w.offset() - 1 - offset, true, nil
		}
		w.at = len(w.buf)
		if more, err := w.more(); err != nil || !more {
			return offset, raw, w.offset() - offset, true, err
		}
	}
}

// nextAfterMark looks at the first byte of the stream that is neither a byte order mark nor white space, 0 if there is none.
func (w *window) nextAfterMark() (byte, error) {
	if _, err := w.skipMark(); err != nil {
		return 0, err
	}
	return w.next()
}
