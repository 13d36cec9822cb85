package pdf

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// A file is a PDF as numbered object bodies. Index 0 is unused.
type file struct {
	objs       [][]byte
	root, info int
	pages      []int
	fields     []int
}

// parse takes the painter's output apart by its own cross-reference table: one classic table, objects one after the other.
func parse(raw []byte) (*file, error) {
	at := bytes.LastIndex(raw, []byte("startxref\n"))
	if at < 0 {
		return nil, fmt.Errorf("painter's file: no startxref")
	}
	digits, _, _ := strings.Cut(string(raw[at+10:]), "\n")
	start, err := strconv.Atoi(digits)
	if err != nil || start < 0 || start > at {
		return nil, fmt.Errorf("painter's file: startxref %q", digits)
	}
	offsets, err := offsetsOf(string(raw[start:at]))
	if err != nil {
		return nil, fmt.Errorf("painter's file: %w", err)
	}
	f := &file{objs: make([][]byte, len(offsets))}
	if err := f.slice(raw, offsets, start); err != nil {
		return nil, err
	}
	return f, f.find(raw[start:])
}

// offsetsOf reads the table: one line of 20 bytes an object, after two lines of head.
func offsetsOf(table string) ([]int, error) {
	lines := strings.Split(table, "\n")
	if len(lines) < 3 {
		return nil, fmt.Errorf("xref of %d lines", len(lines))
	}
	n, err := strconv.Atoi(strings.TrimPrefix(lines[1], "0 "))
	if err != nil || n < 1 || len(lines) < n+2 {
		return nil, fmt.Errorf("xref head %q", lines[1])
	}
	offsets := make([]int, n)
	for k := 1; k < n; k++ {
		digits, _, _ := strings.Cut(lines[2+k], " ")
		if offsets[k], err = strconv.Atoi(digits); err != nil {
			return nil, fmt.Errorf("xref of object %d: %w", k, err)
		}
	}
	return offsets, nil
}

// slice cuts the bodies out; an object ends where the next one in the file begins.
func (f *file) slice(raw []byte, offsets []int, end int) error {
	order := make([]int, 0, len(offsets))
	for n := 1; n < len(offsets); n++ {
		order = append(order, n)
	}
	slices.SortFunc(order, func(a, b int) int { return offsets[a] - offsets[b] })
	for k, n := range order {
		to := end
		if k+1 < len(order) {
			to = offsets[order[k+1]]
		}
		if offsets[n] < 0 || offsets[n] > to || to > len(raw) {
			return fmt.Errorf("painter's file: object %d stands at %d", n, offsets[n])
		}
		_, b, opened := bytes.Cut(raw[offsets[n]:to], []byte("obj"))
		closed := bytes.LastIndex(b, []byte("endobj"))
		if !opened || closed < 0 {
			return fmt.Errorf("painter's file: object %d is not whole", n)
		}
		f.objs[n] = bytes.TrimSpace(b[:closed])
	}
	return nil
}

// find notes catalog, information and pages.
func (f *file) find(trailer []byte) (err error) {
	if f.root, err = f.refAfter(trailer, "/Root "); err != nil {
		return err
	}
	if f.info, err = f.refAfter(trailer, "/Info "); err != nil {
		return err
	}
	if len(f.objs) < 2 {
		return fmt.Errorf("painter's file: no objects")
	}
	_, kids, ok := bytes.Cut(f.objs[1], []byte("/Kids ["))
	if !ok {
		return fmt.Errorf("painter's file: no pages")
	}
	kids, _, _ = bytes.Cut(kids, []byte("]"))
	for len(kids) > 1 {
		n, err := f.refAfter(kids, "")
		if err != nil {
			return err
		}
		f.pages = append(f.pages, n)
		_, kids, _ = bytes.Cut(kids, []byte(" R"))
		kids = bytes.TrimSpace(kids)
	}
	return nil
}

// refAfter reads the reference that stands after key.
func (f *file) refAfter(b []byte, key string) (int, error) {
	_, rest, _ := bytes.Cut(b, []byte(key))
	digits, _, _ := bytes.Cut(rest, []byte(" "))
	n, err := strconv.Atoi(string(digits))
	if err != nil || n < 1 || n >= len(f.objs) {
		return 0, fmt.Errorf("painter's file: reference %s%q", key, digits)
	}
	return n, nil
}

// add appends an object and says its number.
func (f *file) add(format string, a ...any) int {
	f.objs = append(f.objs, fmt.Appendf(nil, format, a...))
	return len(f.objs) - 1
}

func (f *file) set(n int, format string, a ...any) { f.objs[n] = fmt.Appendf(nil, format, a...) }

// stream appends a stream object.
func (f *file) stream(dict string, data []byte, pack bool) int {
	f.objs = append(f.objs, streamBody(dict, data, pack))
	return len(f.objs) - 1
}

func streamBody(dict string, data []byte, pack bool) []byte {
	if pack {
		data = deflate(data)
		dict += "/Filter/FlateDecode"
	}
	b := fmt.Appendf(make([]byte, 0, len(data)+len(dict)+60), "<<%s/Length %d>>\nstream\n", dict, len(data))
	return append(append(b, data...), "\nendstream"...)
}

func deflate(data []byte) []byte {
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, zlib.BestCompression)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic("BUG: deflate into memory: " + err.Error())
	}
	return b.Bytes()
}

// units is the length of s in UTF-16 units.
func units(s string) (n int) {
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// text writes a text string: plain ASCII as it is, anything else as UTF-16. It is cut to the length that PDF/A allows.
func text(s string) string {
	if units(s) > longestSpoken {
		n := 0
		for i, r := range s {
			if n += utf16.RuneLen(r); n >= longestSpoken {
				s = s[:i] + "…"
				break
			}
		}
	}
	if strings.IndexFunc(s, func(r rune) bool { return r < 32 || r > 126 }) < 0 {
		return "(" + strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(s) + ")"
	}
	b := []byte{0xFE, 0xFF}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.BigEndian.AppendUint16(b, u)
	}
	return fmt.Sprintf("<%X>", b)
}

// refs writes references.
func refs(ns []int) string {
	var b []byte
	for i, n := range ns {
		if i > 0 {
			b = append(b, ' ')
		}
		b = fmt.Appendf(b, "%d 0 R", n)
	}
	return string(b)
}

func date(t time.Time) string { return t.UTC().Format("(D:20060102150405+00'00')") }
