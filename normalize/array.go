package normalize

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"agenttrail/internal/strictjson"
)

// array frames the elements of the array that the member names in path lead to; none: the document itself is the array. It reads as a stream and holds one
// element at a time. Everything is checked, also what stands around the array; an error anywhere refuses the object. An object without a byte has no records.
func array(path ...string) framer {
	return func(w *window, each func(piece) error) error {
		if _, err := w.skipMark(); err != nil {
			return err
		}
		c, err := w.next()
		if err != nil || c == 0 {
			return err
		}
		if err := w.walk(path, each); err != nil {
			return err
		}
		return w.end()
	}
}

// walk reads the value that comes next; path leads from there to the array.
func (w *window) walk(path []string, each func(piece) error) error {
	if len(path) == 0 {
		return w.elements(maxRecord, each)
	}
	found := false
	err := w.members(path[:1], func(string) error {
		found = true
		return w.walk(path[1:], each)
	})
	if err == nil && !found {
		return w.fault("no member %q, where the records should be", path[0])
	}
	return err
}

// elements reads an array and gives each element to each.
func (w *window) elements(limit int, each func(piece) error) error {
	if err := w.expect('['); err != nil {
		return err
	}
	c, err := w.next()
	if err != nil {
		return err
	}
	if c == ']' {
		w.at++
		return nil
	}
	for {
		offset, raw, err := w.value(limit)
		if err != nil {
			return err
		}
		if err := each(piece{offset: offset, raw: raw}); err != nil {
			return err
		}
		if last, err := w.separator(']'); err != nil || last {
			return err
		}
	}
}

// members reads an object. visit is called for each member that is wanted and must read its value; the others are checked and passed over. A wanted name
// that comes twice, or again in other letter case, is an error: a reader of one would miss what is in the other.
func (w *window) members(wanted []string, visit func(name string) error) error {
	if err := w.expect('{'); err != nil {
		return err
	}
	c, err := w.next()
	if err != nil {
		return err
	}
	if c == '}' {
		w.at++
		return nil
	}
	seen := make([]bool, len(wanted))
	for {
		name, err := w.name()
		if err != nil {
			return err
		}
		if err := w.member(name, wanted, seen, visit); err != nil {
			return err
		}
		if last, err := w.separator('}'); err != nil || last {
			return err
		}
	}
}

func (w *window) member(name string, wanted []string, seen []bool, visit func(name string) error) error {
	for i, want := range wanted {
		if !strings.EqualFold(name, want) {
			continue
		}
		if seen[i] {
			return w.fault("member %q comes twice", want)
		}
		seen[i] = true
		if name == want {
			return visit(name)
		}
	}
	offset, raw, err := w.value(maxRecord)
	if err != nil {
		return err
	}
	return wellFormed(offset, raw)
}

// name reads a member's name and the colon behind it.
func (w *window) name() (string, error) {
	if c, err := w.next(); err != nil || c != '"' {
		return "", cmpError(err, w.fault("expected a member name"))
	}
	offset, raw, err := w.value(maxRecord)
	if err != nil {
		return "", err
	}
	v, err := strictjson.Parse(raw)
	if err != nil {
		return "", fmt.Errorf("member name: %w", placed(offset, err))
	}
	name := strings.Clone(v.Str())
	return name, w.expect(':')
}

// separator reads the comma behind a value, or the bracket that ends its container.
func (w *window) separator(end byte) (last bool, err error) {
	c, err := w.next()
	if err != nil {
		return false, err
	}
	if c != ',' && c != end {
		return false, w.fault("expected ',' or '%c'", end)
	}
	w.at++
	return c == end, nil
}

func (w *window) expect(c byte) error {
	if found, err := w.next(); err != nil || found != c {
		return cmpError(err, w.fault("expected '%c'", c))
	}
	w.at++
	return nil
}

// end checks that only white space remains.
func (w *window) end() error {
	c, err := w.next()
	if err != nil || c == 0 && len(w.rest()) == 0 {
		return err
	}
	return w.fault("expected the end")
}

// next passes over white space and returns the byte behind it without consuming it; 0 at the end.
func (w *window) next() (byte, error) {
	for {
		for w.at < len(w.buf) {
			switch c := w.buf[w.at]; c {
			case ' ', '\n', '\r', '\t':
				w.at++
			default:
				return c, nil
			}
		}
		if more, err := w.more(); err != nil || !more {
			return 0, err
		}
	}
}

// value delimits the value that comes next and consumes it. It finds the end only; whoever takes the value parses it.
func (w *window) value(limit int) (offset int64, raw []byte, err error) {
	if _, err := w.next(); err != nil {
		return 0, nil, err
	}
	for d := (delimiter{}); ; {
		n, ok := d.scan(w.rest())
		if !ok && len(w.rest()) <= limit {
			more, err := w.more()
			if err != nil {
				return 0, nil, err
			}
			if more {
				continue
			}
			n = len(w.rest())
		}
		if n > limit || !ok && len(w.rest()) > limit {
			return 0, nil, w.fault("element is larger than %d bytes", limit)
		}
		offset, raw = w.offset(), w.rest()[:n:n]
		w.at += n
		return offset, raw, nil
	}
}

// fault is an error at the place of the next byte.
func (w *window) fault(format string, args ...any) error {
	return fmt.Errorf("offset %d: "+format, append([]any{w.offset()}, args...)...)
}

func cmpError(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// wellFormed checks the grammar of a value of any depth.
func wellFormed(offset int64, raw []byte) error {
	err := strictjson.Split(raw, "", func(int64, []byte) error { return nil })
	if errors.Is(err, strictjson.ErrNoArray) {
		return nil
	}
	return placed(offset, err)
}

// placed gives the error of a part of the stream its offset in the stream.
func placed(offset int64, err error) error {
	var syntax *strictjson.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("offset %d: %s", offset+syntax.Offset, syntax.Msg)
	}
	return err
}

// A delimiter finds the end of a JSON value by its brackets and quotes. On bytes that are no JSON it ends somewhere; the parser will say so.
type delimiter struct {
	i, depth int
	text     bool // within a string
}

// scan looks at b, which begins with the value and may have grown since the last call. n is the length of the value when ok.
func (d *delimiter) scan(b []byte) (n int, ok bool) {
	i, depth := d.i, d.depth // locals, and a table for the bytes: a third faster
	for ; i < len(b); i++ {
		if d.text {
			if i = closingQuote(b, i); i < 0 {
				i = len(b)
				break
			}
			if d.text = false; depth == 0 {
				return i + 1, true
			}
			continue
		}
		switch tokens[b[i]] {
		case quoteToken:
			d.text = true
		case openToken:
			depth++
		case closeToken:
			if depth == 0 {
				return i, true
			}
			if depth--; depth == 0 {
				return i + 1, true
			}
		case breakToken:
			if depth == 0 {
				return i, true
			}
		}
	}
	d.i, d.depth = i, depth
	return 0, false
}

// What a byte outside of strings means to a delimiter.
const (
	quoteToken = iota + 1
	openToken
	closeToken
	breakToken // ends a number or a word
)

var tokens = [256]uint8{'"': quoteToken, '{': openToken, '[': openToken, '}': closeToken, ']': closeToken,
	',': breakToken, ':': breakToken, ' ': breakToken, '\n': breakToken, '\r': breakToken, '\t': breakToken}

// closingQuote finds the first quote from i on that no backslash escapes, -1 if there is none. b[:i] holds the quote that opened the string.
func closingQuote(b []byte, i int) int {
	for {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		quote := i + n
		slashes := 0
		for b[quote-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return quote
		}
		i = quote + 1
	}
}
