package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// A chunk holds the decoded values of one column in one row group.
type chunk struct {
	column *column
	rows   int64
	codes  []int32 // a row (list: an element): place of its value in ends; -1 where the log did not say. Of other kinds than text 0 or -1
	starts []int32 // lists: where the elements of a row begin in codes, and one more
	nums   []int64 // a row: microseconds, number, or 1 for true
	all    string  // the distinct values of text, one behind the other
	ends   []int   // where each ends

	raw   []byte // the pages
	bytes []byte // all, while it grows
	dict  int    // where the dictionary begins in ends; -1 while there is none
}

// load decodes column c of row group g, reusing the memory of into. What was taken from it before stays good except codes, starts and nums.
func (g *group) load(c *column, into *chunk) (err error) {
	defer guard(&err, "read column "+c.name)
	*into = chunk{column: c, rows: g.rows, codes: into.codes[:0], starts: into.starts[:0], nums: into.nums[:0], ends: into.ends[:0], raw: into.raw, bytes: into.bytes[:0], dict: -1}
	in, err := g.pages(c, into.raw)
	if err != nil {
		return broken("read column "+c.name, err)
	}
	into.raw = in.bytes
	pages := g.chunks[c.leaf].PagesFrom(&in)
	defer pages.Close()
	for {
		page, err := pages.ReadPage()
		if err == io.EOF {
			break
		}
		if err != nil {
			return broken("read column "+c.name, err)
		}
		err = into.add(page)
		parquet.Release(page)
		if err != nil {
			return broken("read column "+c.name, err)
		}
	}
	if err := into.end(); err != nil {
		return broken("read column "+c.name, err)
	}
	return nil
}

// end checks that every row is there.
func (k *chunk) end() error {
	rows := len(k.codes)
	if k.column.list {
		rows = len(k.starts)
		k.starts = append(k.starts, int32(len(k.codes)))
	}
	if int64(rows) != k.rows {
		return fmt.Errorf("the column has %d rows, its row group %d", rows, k.rows)
	}
	k.all = string(k.bytes)
	return nil
}

func (k *chunk) add(page parquet.Page) error {
	levels, repeats := page.DefinitionLevels(), page.RepetitionLevels()
	if int64(len(levels)) != page.NumValues() || k.column.list && len(repeats) != len(levels) {
		return fmt.Errorf("a page of %d values has %d levels", page.NumValues(), len(levels))
	}
	k.codes = slices.Grow(k.codes, len(levels))
	switch k.column.kind {
	case text:
		codes, err := k.codesOf(page)
		if err != nil {
			return err
		}
		if k.column.list {
			return k.addLists(levels, repeats, codes)
		}
		return k.addCodes(levels, codes)
	}
	k.nums = slices.Grow(k.nums, len(levels))
	if k.column.kind == truth {
		return k.addTruths(levels, page)
	}
	return k.addNumbers(levels, page)
}

// codesOf gives the values of a page of text as places in ends. Pages without a dictionary get one.
func (k *chunk) codesOf(page parquet.Page) ([]int32, error) {
	dict, data := page.Dictionary(), page.Data()
	if dict == nil {
		values, offsets := data.ByteArray()
		codes := make([]int32, max(0, len(offsets)-1))
		for i := range codes {
			codes[i] = int32(len(k.ends) + i)
		}
		k.addValues(values, offsets)
		return codes, nil
	}
	if k.dict < 0 {
		k.dict = len(k.ends)
		d := dict.Page().Data()
		k.addValues(d.ByteArray())
	}
	codes, size := data.Int32(), dict.Len()
	for i, c := range codes {
		if c < 0 || int(c) >= size {
			return nil, fmt.Errorf("code %d in a dictionary of %d", c, size)
		}
		codes[i] = c + int32(k.dict)
	}
	return codes, nil
}

func (k *chunk) addValues(values []byte, offsets []uint32) {
	if len(offsets) == 0 {
		return
	}
	from := len(k.bytes) - int(offsets[0])
	k.bytes = append(k.bytes, values[offsets[0]:offsets[len(offsets)-1]]...)
	for _, end := range offsets[1:] {
		k.ends = append(k.ends, from+int(end))
	}
}

// full says that every value of a page is there.
func full(levels []byte) bool { return bytes.Count(levels, []byte{definedSingle}) == len(levels) }

func (k *chunk) addCodes(levels []byte, codes []int32) error {
	if len(codes) == len(levels) && full(levels) {
		k.codes = append(k.codes, codes...)
		return nil
	}
	at, n := len(k.codes), 0
	k.codes = k.codes[:at+len(levels)]
	for i, level := range levels {
		if level != definedSingle {
			k.codes[at+i] = -1
			continue
		}
		if n == len(codes) {
			return errShort
		}
		k.codes[at+i] = codes[n]
		n++
	}
	return nil
}

var errShort = errors.New("a page holds fewer values than it announces")

func (k *chunk) addLists(levels, repeats []byte, codes []int32) error {
	n := 0
	for i, level := range levels {
		if repeats[i] == 0 {
			k.starts = append(k.starts, int32(len(k.codes)))
		} else if len(k.starts) == 0 {
			return errors.New("a list begins in its middle")
		}
		if level != definedElement {
			continue
		}
		if n == len(codes) {
			return errShort
		}
		k.codes = append(k.codes, codes[n])
		n++
	}
	return nil
}

func (k *chunk) addNumbers(levels []byte, page parquet.Page) error {
	data := page.Data()
	values, n := data.Int64(), 0
	if len(values) == len(levels) && full(levels) {
		k.nums = append(k.nums, values...)
		k.codes = append(k.codes, make([]int32, len(levels))...)
		return nil
	}
	at := len(k.codes)
	k.codes, k.nums = k.codes[:at+len(levels)], k.nums[:at+len(levels)]
	for i, level := range levels {
		if level != definedSingle {
			k.codes[at+i], k.nums[at+i] = -1, 0
			continue
		}
		if n == len(values) {
			return errShort
		}
		k.codes[at+i], k.nums[at+i] = 0, values[n]
		n++
	}
	return nil
}

func (k *chunk) addTruths(levels []byte, page parquet.Page) error {
	data := page.Data()
	bits, n := data.Boolean(), 0
	for _, level := range levels {
		if level != definedSingle {
			k.codes, k.nums = append(k.codes, -1), append(k.nums, 0)
			continue
		}
		if n/8 >= len(bits) {
			return errShort
		}
		k.codes, k.nums = append(k.codes, 0), append(k.nums, int64(bits[n/8]>>(n%8)&1))
		n++
	}
	return nil
}

// value is the text of a code.
func (k *chunk) value(code int32) string {
	from := 0
	if code > 0 {
		from = k.ends[code-1]
	}
	return k.all[from:k.ends[code]]
}

// list gives the codes of a row's elements.
func (k *chunk) list(row int) []int32 { return k.codes[k.starts[row]:k.starts[row+1]] }

// size is the number of distinct values of text.
func (k *chunk) size() int { return len(k.ends) }

// A reader holds the chunks of one row group after the other, each decoded when it is first asked for.
type reader struct {
	*group
	chunks []chunk
	loaded []bool
}

func (f *File) reader() *reader {
	return &reader{chunks: make([]chunk, len(f.columns)), loaded: make([]bool, len(f.columns))}
}

func (r *reader) move(g *group) {
	r.group = g
	clear(r.loaded)
}

func (r *reader) chunk(c *column) (*chunk, error) {
	k := &r.chunks[c.place]
	if r.loaded[c.place] {
		return k, nil
	}
	r.loaded[c.place] = true
	return k, r.load(c, k)
}
