package table

import (
	"fmt"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go/bloom"

	"agenttrail"
)

// CanonicalRows yields the canonical row of every row, in row order, computed from the file alone: the names and types are those of its schema.
// The bytes are valid until yield returns. It also sees that what Count, Find and MayHave trust (bounds of times, bloom filters) hides no row.
func (f *File) CanonicalRows(yield func(row int64, canonical []byte) error) error {
	r := f.reader()
	members := make([]rendered, len(f.columns))
	var line []byte
	for i := range f.groups {
		r.move(&f.groups[i])
		for c := range f.columns {
			if err := r.renderColumn(&f.columns[c], &members[c]); err != nil {
				return fmt.Errorf("row group %d: %w", i, err)
			}
		}
		for row := range int(r.rows) {
			line = append(line[:0], '{')
			for c := range members {
				line = members[c].append(line, row)
			}
			line = append(line, '}')
			if err := yield(r.first+int64(row), line); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reader) renderColumn(c *column, into *rendered) error {
	k, err := r.chunk(c)
	if err != nil {
		return err
	}
	if c.kind == text {
		err = r.checkBloom(k)
	} else {
		err = r.checkBounds(k)
	}
	if err != nil {
		return err
	}
	into.render(k)
	return nil
}

// checkBloom sees that the bloom filter hides no value: it would hide rows that are proved.
func (g *group) checkBloom(k *chunk) (err error) {
	defer guard(&err, "bloom filter of "+k.column.name)
	filter := g.chunks[k.column.leaf].BloomFilter()
	if filter == nil {
		return nil
	}
	if filter.Size() > maxBloom {
		return fmt.Errorf("%w: the bloom filter of %s has %d bytes", ErrBroken, k.column.name, filter.Size())
	}
	bits := make([]byte, filter.Size())
	if n, err := filter.ReadAt(bits, 0); n < len(bits) {
		return broken("bloom filter of "+k.column.name, err)
	}
	blocks := bloom.MakeSplitBlockFilter(bits)
	for code := range k.size() {
		if hash := (bloom.XXH64{}).Sum64([]byte(k.value(int32(code)))); len(blocks) == 0 || !blocks.Check(hash) {
			return fmt.Errorf("%w: the bloom filter of %s lacks a value", ErrBroken, k.column.name)
		}
	}
	return nil
}

// maxBloom is far more than the values of a row group need.
const maxBloom = 64 << 20

// checkBounds sees that the bounds that the footer states hide no value.
func (g *group) checkBounds(k *chunk) error {
	low, high, ok, err := g.bounds(k.column)
	if err != nil || !ok {
		return err
	}
	for i, n := range k.nums {
		if k.codes[i] >= 0 && (n < low || n > high) {
			return fmt.Errorf("%w: a value of %s lies outside the bounds that the footer states", ErrBroken, k.column.name)
		}
	}
	return nil
}

// rendered writes the members of one column. Text is escaped once a distinct value, times once as long as they repeat.
type rendered struct {
	*chunk
	name []byte // "name":
	bits []byte // escaped values, one behind the other
	ends []int
	last int64 // time that stands in when
	when []byte
}

func (r *rendered) render(k *chunk) {
	r.chunk = k
	r.name = append(agenttrail.AppendString(r.name[:0], k.column.name), ':')
	r.bits, r.ends, r.when = r.bits[:0], r.ends[:0], r.when[:0]
	if k.column.kind != text {
		return
	}
	for code := range k.size() {
		r.bits = agenttrail.AppendString(r.bits, k.value(int32(code)))
		r.ends = append(r.ends, len(r.bits))
	}
}

// append adds the member of a row to line, which ends in { or in another member.
func (r *rendered) append(line []byte, row int) []byte {
	if r.column.list {
		return r.appendList(line, r.list(row))
	}
	code := r.codes[row]
	if code < 0 {
		return line
	}
	line = r.appendName(line)
	switch r.column.kind {
	case moment:
		return append(line, r.time(r.nums[row])...)
	case number:
		return append(strconv.AppendInt(append(line, '"'), r.nums[row], 10), '"')
	case truth:
		return append(strconv.AppendBool(append(line, '"'), r.nums[row] != 0), '"')
	}
	return append(line, r.escaped(code)...)
}

func (r *rendered) appendName(line []byte) []byte {
	if line[len(line)-1] != '{' {
		line = append(line, ',')
	}
	return append(line, r.name...)
}

func (r *rendered) appendList(line []byte, codes []int32) []byte {
	if len(codes) == 0 {
		return line
	}
	line = append(r.appendName(line), '[')
	for i, code := range codes {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(line, r.escaped(code)...)
	}
	return append(line, ']')
}

func (r *rendered) escaped(code int32) []byte {
	from := 0
	if code > 0 {
		from = r.ends[code-1]
	}
	return r.bits[from:r.ends[code]]
}

func (r *rendered) time(micros int64) []byte {
	if len(r.when) == 0 || micros != r.last {
		r.when = append(agenttrail.AppendTime(append(r.when[:0], '"'), time.UnixMicro(micros)), '"')
		r.last = micros
	}
	return r.when
}
