package table

import (
	"fmt"

	"agenttrail"
)

// dense is the largest number of combinations that are counted in an array.
const dense = 1 << 17

// Count groups the rows that answer q by the fields of by, which may include Day, and adds the groups to into. It builds no rows: it counts
// combinations of dictionary codes. Many goroutines may count different files into one Groups. The bound on entries is the caller's.
func (f *File) Count(q agenttrail.Query, by []string, into *Groups) error {
	p, err := f.newFilter(q)
	if err != nil {
		return err
	}
	keys, err := f.keysOf(by, q.Zone)
	if err != nil {
		return err
	}
	r := f.reader()
	var rows []int32
	for i := range f.groups {
		if skip, err := p.skips(&f.groups[i]); err != nil {
			return err
		} else if skip {
			continue
		}
		r.move(&f.groups[i])
		if rows, err = p.choose(r, rows); err != nil {
			return err
		}
		if err := r.count(keys, p.when, rows, into); err != nil {
			return err
		}
	}
	return nil
}

// A key is one field of by.
type key struct {
	source source
	column *column
}

func (f *File) keysOf(by []string, zone string) ([]key, error) {
	keys := make([]key, len(by))
	for i, name := range by {
		var err error
		if keys[i].source, err = sourceOfKey(name, zone, f.Constants); err != nil {
			return nil, err
		}
		if keys[i].column, err = f.columnOf(&keys[i].source); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

func sourceOfKey(name, zone string, constants map[string]string) (source, error) {
	if name != Day && name != Hour {
		return keyOf(name, constants)
	}
	c, err := newCalendar(name, zone)
	if err != nil {
		return source{}, fmt.Errorf("count by %s: zone %q: %w", name, zone, err)
	}
	when, _ := agenttrail.Lookup(timestamp)
	return source{field: when, number: c.name}, nil
}

// count groups the given rows of one row group.
func (r *reader) count(keys []key, when *column, rows []int32, into *Groups) error {
	if len(rows) == 0 {
		return nil
	}
	dims := make([]dimension, len(keys))
	var err error
	for i := range keys {
		if dims[i], err = r.dimension(&keys[i].source, keys[i].column); err != nil {
			return err
		}
	}
	var times *chunk
	if when != nil {
		if times, err = r.chunk(when); err != nil {
			return err
		}
	}
	into.add(dims, tally(rows, combine(dims, rows), times))
	return nil
}

// A numbering gives each of some rows the number of its combination of values; numbers are below size.
type numbering struct {
	ids  []int32
	size int
}

// combine numbers the combinations one dimension after the other, by place value as long as that stays small, else by a map.
func combine(dims []dimension, rows []int32) numbering {
	n := numbering{make([]int32, len(rows)), 1}
	for i := range dims {
		d, values := &dims[i], len(dims[i].values)
		switch {
		case d.codes == nil:
		case n.size*values <= dense:
			for at, row := range rows {
				n.ids[at] = n.ids[at]*int32(values) + d.at(row)
			}
			n.size *= values
		default:
			n.size = renumber(n.ids, d, rows)
		}
	}
	return n
}

func renumber(ids []int32, d *dimension, rows []int32) int {
	places := map[uint64]int32{}
	for at, row := range rows {
		pair := uint64(ids[at])<<32 | uint64(d.at(row))
		place, ok := places[pair]
		if !ok {
			place = int32(len(places))
			places[pair] = place
		}
		ids[at] = place
	}
	return len(places)
}

// A count is one combination: how often it occurs, when first and last (microseconds, first > last: never said), and a row that has it.
type count struct {
	n           int64
	first, last int64
	row         int32
}

func tally(rows []int32, n numbering, times *chunk) []count {
	place := make([]int32, n.size)
	list := make([]count, 0, min(n.size, len(rows)))
	for at, row := range rows {
		p := &place[n.ids[at]]
		if *p == 0 {
			list = append(list, count{first: 1<<63 - 1, last: -1 << 63, row: row})
			*p = int32(len(list))
		}
		c := &list[*p-1]
		c.n++
		if times != nil && times.codes[row] >= 0 {
			c.first, c.last = min(c.first, times.nums[row]), max(c.last, times.nums[row])
		}
	}
	return list
}
