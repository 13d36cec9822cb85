package seal

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
)

// A reader finds objects of a file of ours by its cross-reference: one table, or one stream, and an increment of the same kind for each
// signature. It reads no other PDF.
type reader struct {
	file             []byte
	start            int  // of the newest cross-reference
	table            bool // a classic one
	root, info, size int
	id               []byte // the first of the two, with its brackets
	places           map[int]place
}

// A place is where an object stands: at an offset, or as number index of an object stream.
type place struct {
	offset        int
	stream, index int
}

// errForeign says that a file was not written by reports/pdf.
var errForeign = errors.New("this is no report of agenttrail, or it is damaged")

var (
	startPattern = regexp.MustCompile(`startxref\n(\d{1,10})\n%%EOF\n$`)
	idPattern    = regexp.MustCompile(`/ID\[(<[0-9a-f]{32}>)`)
	wPattern     = regexp.MustCompile(`/W\[1 4 2\]`)
)

// mostIncrements bounds the chain of cross-references.
const mostIncrements = 64

func read(file []byte) (*reader, error) {
	m := startPattern.FindSubmatch(file[max(0, len(file)-64):])
	if m == nil {
		return nil, errForeign
	}
	r := &reader{file: file, places: map[int]place{}}
	start, _ := strconv.Atoi(string(m[1]))
	r.start = start
	for n := 0; start > 0; n++ {
		if n == mostIncrements || start >= len(file) {
			return nil, errForeign
		}
		before, err := r.section(start, n == 0)
		if err != nil {
			return nil, err
		}
		if before >= start {
			return nil, errForeign
		}
		start = before
	}
	return r, nil
}

// section reads one cross-reference and says where the one before it stands. What is newer counts.
func (r *reader) section(at int, newest bool) (before int, err error) {
	var keys []byte
	if bytes.HasPrefix(r.file[at:], []byte("xref\n")) {
		r.table = true
		keys, err = r.tableSection(at)
	} else {
		keys, err = r.streamSection(at)
	}
	if err != nil {
		return 0, err
	}
	if newest {
		r.root, r.info, r.size = number(keys, "/Root "), number(keys, "/Info "), number(keys, "/Size ")
		id := idPattern.FindSubmatch(keys)
		if r.root < 1 || r.info < 1 || r.size < 2 || id == nil {
			return 0, errForeign
		}
		r.id = id[1]
	}
	return number(keys, "/Prev "), nil
}

// number reads the whole number behind a key; 0 when it is not there.
func number(dict []byte, key string) int {
	_, rest, _ := bytes.Cut(dict, []byte(key))
	end := bytes.IndexFunc(rest, func(c rune) bool { return c < '0' || c > '9' })
	if end < 1 || end > 9 {
		return 0
	}
	n, _ := strconv.Atoi(string(rest[:end]))
	return n
}

func (r *reader) tableSection(at int) ([]byte, error) {
	body, keys, ok := bytes.Cut(r.file[at:], []byte("trailer\n"))
	if !ok {
		return nil, errForeign
	}
	lines := bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"))[1:]
	for len(lines) > 0 {
		var first, count int
		if _, err := fmt.Sscanf(string(lines[0]), "%d %d", &first, &count); err != nil || count < 0 || count >= len(lines) {
			return nil, errForeign
		}
		for k, l := range lines[1 : 1+count] {
			if len(l) != 19 {
				return nil, errForeign
			}
			if offset, err := strconv.Atoi(string(l[:10])); err == nil && l[17] == 'n' {
				r.note(first+k, place{offset: offset})
			}
		}
		lines = lines[1+count:]
	}
	keys, _, _ = bytes.Cut(keys, []byte("startxref"))
	return keys, nil
}

func (r *reader) note(n int, p place) {
	if _, newer := r.places[n]; !newer {
		r.places[n] = p
	}
}

func (r *reader) streamSection(at int) ([]byte, error) {
	dict, data, err := r.stream(at)
	if err != nil || !wPattern.Match(dict) {
		return nil, errors.Join(errForeign, err)
	}
	width := 7
	if bytes.Contains(dict, []byte("/Predictor 12")) {
		if data, err = unpredict(data, width); err != nil {
			return nil, err
		}
	}
	ranges := [][2]int{{0, len(data) / width}}
	if _, index, ok := bytes.Cut(dict, []byte("/Index[")); ok {
		index, _, _ = bytes.Cut(index, []byte("]"))
		if ranges, err = pairs(index); err != nil {
			return nil, err
		}
	}
	for _, s := range ranges {
		for k := range s[1] {
			if len(data) < width {
				return nil, errForeign
			}
			a, b := int(data[1])<<24|int(data[2])<<16|int(data[3])<<8|int(data[4]), int(data[5])<<8|int(data[6])
			switch data[0] {
			case 1:
				r.note(s[0]+k, place{offset: a})
			case 2:
				r.note(s[0]+k, place{stream: a, index: b})
			}
			data = data[width:]
		}
	}
	return dict, nil
}

func pairs(index []byte) (list [][2]int, err error) {
	fields := bytes.Fields(index)
	for i := 0; i+1 < len(fields); i += 2 {
		first, err1 := strconv.Atoi(string(fields[i]))
		count, err2 := strconv.Atoi(string(fields[i+1]))
		if err1 != nil || err2 != nil || first < 0 || count < 0 {
			return nil, errForeign
		}
		list = append(list, [2]int{first, count})
	}
	return list, nil
}

// unpredict takes back the PNG filter "up" of each row.
func unpredict(data []byte, width int) ([]byte, error) {
	out := make([]byte, 0, len(data))
	before := make([]byte, width)
	for ; len(data) >= width+1; data = data[width+1:] {
		if data[0] != 2 {
			return nil, errForeign
		}
		for i := range width {
			before[i] += data[1+i]
		}
		out = append(out, before...)
	}
	return out, nil
}

// body cuts out the object that stands at an offset.
func (r *reader) body(at int) ([]byte, error) {
	if at < 1 || at >= len(r.file) {
		return nil, errForeign
	}
	_, b, opened := bytes.Cut(r.file[at:], []byte(" 0 obj\n"))
	b, _, closed := bytes.Cut(b, []byte("\nendobj\n"))
	if !opened || !closed {
		return nil, errForeign
	}
	return b, nil
}

// mostStream bounds what a stream of the cross-reference unpacks to.
const mostStream = 256 << 20

// stream reads a dictionary and what it holds, unpacked. Its length counts, since packed bytes may look like an end.
func (r *reader) stream(at int) (dict, data []byte, err error) {
	if at < 1 || at >= len(r.file) {
		return nil, nil, errForeign
	}
	head, rest, ok := bytes.Cut(r.file[at:], []byte("\nstream\n"))
	_, dict, opened := bytes.Cut(head, []byte(" 0 obj\n"))
	n := number(dict, "/Length ")
	if !ok || !opened || n > len(rest) {
		return nil, nil, errForeign
	}
	if !bytes.Contains(dict, []byte("/FlateDecode")) {
		return dict, rest[:n], nil
	}
	z, err := zlib.NewReader(bytes.NewReader(rest[:n]))
	if err != nil {
		return nil, nil, errors.Join(errForeign, err)
	}
	data, err = io.ReadAll(io.LimitReader(z, mostStream))
	return dict, data, errors.Join(err, z.Close())
}

// object is the body of an object that is no stream.
func (r *reader) object(n int) ([]byte, error) {
	p, ok := r.places[n]
	if !ok {
		return nil, errForeign
	}
	if p.stream == 0 {
		return r.body(p.offset)
	}
	dict, data, err := r.stream(r.places[p.stream].offset)
	if err != nil {
		return nil, err
	}
	first := number(dict, "/First ")
	if first > len(data) {
		return nil, errForeign
	}
	index, err := pairs(data[:first])
	if err != nil || p.index >= len(index) || index[p.index][0] != n {
		return nil, errForeign
	}
	from, to := index[p.index][1], len(data)-first
	if p.index+1 < len(index) {
		to = index[p.index+1][1]
	}
	if from > to || to > len(data)-first {
		return nil, errForeign
	}
	return bytes.TrimSuffix(data[first+from:first+to], []byte("\n")), nil
}

// field finds the signature field of a name.
func (r *reader) field(name string) (int, error) {
	catalog, err := r.object(r.root)
	if err != nil {
		return 0, err
	}
	_, list, _ := bytes.Cut(catalog, []byte("/Fields["))
	list, _, _ = bytes.Cut(list, []byte("]"))
	for _, ref := range bytes.Split(list, []byte(" R")) {
		n := number(append(bytes.TrimSpace(ref), ' '), "")
		if n == 0 {
			continue
		}
		body, err := r.object(n)
		if err != nil {
			return 0, err
		}
		if bytes.Contains(body, []byte("/FT/Sig/T("+name+")/")) {
			return n, nil
		}
	}
	return 0, fmt.Errorf("%w: it has no field %s", errForeign, name)
}
