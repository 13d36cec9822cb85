package table

import (
	"slices"
	"strings"
	"sync"
	"time"

	"agenttrail"
)

// Groups gathers what Count found in any number of files. The zero value is ready. Counting may go on in many goroutines; Each comes after them.
type Groups struct {
	mu     sync.Mutex
	fields []field
	groups []count // the place is the number of the combination of all fields
	keys   [][]string
}

// A field numbers the values of one key, and the combinations of its values with those of the keys before it.
type field struct {
	values map[string]uint32
	pairs  map[uint64]uint32 // number of the combination before, number of the value
}

// add takes the counts of one row group. It looks at each distinct value once, then works with numbers.
func (g *Groups) add(dims []dimension, counts []count) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.fields) < len(dims) {
		g.fields = append(g.fields, field{map[string]uint32{}, map[uint64]uint32{}})
	}
	numbers := make([][]uint32, len(dims))
	for d := range dims {
		numbers[d] = make([]uint32, len(dims[d].values)) // 0: not looked up yet; else the number plus one
	}
	for i := range counts {
		c := &counts[i]
		id := uint32(0)
		for d := range dims {
			at := dims[d].at(c.row)
			if numbers[d][at] == 0 {
				numbers[d][at] = g.fields[d].number(dims[d].values[at]) + 1
			}
			if number := numbers[d][at] - 1; d == 0 {
				id = number
			} else {
				id = g.fields[d].pair(id, number)
			}
		}
		if int(id) == len(g.groups) {
			g.groups = append(g.groups, count{first: c.first, last: c.last})
			g.keys = append(g.keys, keyAt(dims, c.row))
		}
		group := &g.groups[id]
		group.n += c.n
		group.first, group.last = min(group.first, c.first), max(group.last, c.last)
	}
}

func (f *field) number(value string) uint32 {
	n, ok := f.values[value]
	if !ok {
		n = uint32(len(f.values))
		f.values[strings.Clone(value)] = n // it shares the memory of a row group
	}
	return n
}

func (f *field) pair(before, number uint32) uint32 {
	key := uint64(before)<<32 | uint64(number)
	n, ok := f.pairs[key]
	if !ok {
		n = uint32(len(f.pairs))
		f.pairs[key] = n
	}
	return n
}

func keyAt(dims []dimension, row int32) []string {
	key := make([]string, len(dims))
	for d := range dims {
		key[d] = strings.Clone(dims[d].values[dims[d].at(row)])
	}
	return key
}

// Len is the number of groups.
func (g *Groups) Len() int { return len(g.groups) }

// Each yields the groups in byte order of their keys, with times to the millisecond.
func (g *Groups) Each(yield func(agenttrail.Group) error) error {
	order := make([]int, len(g.groups))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return slices.Compare(g.keys[a], g.keys[b]) })
	for _, i := range order {
		c := &g.groups[i]
		group := agenttrail.Group{Key: g.keys[i], N: c.n}
		if c.first <= c.last {
			group.First, group.Last = millis(c.first), millis(c.last)
		}
		if err := yield(group); err != nil {
			return err
		}
	}
	return nil
}

// millis cuts microseconds to the millisecond before: Elasticsearch knows no more of first and last.
func millis(us int64) time.Time { return time.UnixMilli(floorDiv(us, 1000)).UTC() }
