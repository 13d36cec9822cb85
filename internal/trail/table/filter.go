package table

import (
	"fmt"
	"slices"
	"time"

	"agenttrail"
)

// A filter is a query made ready for one file.
type filter struct {
	when     *column // nil: the file has no times
	from, to int64   // microseconds, half open
	bounded  bool    // by time: a row without one does not answer
	terms    []term
}

type term struct {
	*agenttrail.Term
	source source
	column *column // nil: the file lacks it
}

// newFilter checks the query and resolves its fields.
func (f *File) newFilter(q agenttrail.Query) (filter, error) {
	p := filter{when: f.find(timestamp), from: -1 << 63, to: 1<<63 - 1, bounded: !q.From.IsZero() || !q.To.IsZero()}
	if p.when != nil && p.when.kind != moment {
		return p, fmt.Errorf("%w: column %s holds %s", ErrBroken, timestamp, p.when.kind)
	}
	if !q.From.IsZero() {
		p.from = ceilMicros(q.From)
	}
	if !q.To.IsZero() {
		p.to = ceilMicros(q.To)
	}
	for i := range q.All {
		t := term{Term: &q.All[i]}
		if len(t.Any) == 0 && t.Prefix == "" {
			return p, fmt.Errorf("term on %s: it names neither a value nor a prefix", t.Field)
		}
		var err error
		if t.source, err = sourceOf(t.Field, f.Constants); err != nil {
			return p, fmt.Errorf("term on %s: %w", t.Field, err)
		}
		if t.column, err = f.columnOf(&t.source); err != nil {
			return p, err
		}
		p.terms = append(p.terms, t)
	}
	return p, nil
}

// ceilMicros is the first microsecond that is not before t.
func ceilMicros(t time.Time) int64 {
	us := t.UnixMicro()
	if t.Nanosecond()%1000 > 0 {
		us++
	}
	return us
}

// columnOf finds the column of a source's field, which must hold what the field holds.
func (f *File) columnOf(s *source) (*column, error) {
	if s.field == nil {
		return nil, nil
	}
	c := f.find(s.field.Name)
	if c != nil && (c.kind != kindOf(s.field) || c.list != s.field.Is(agenttrail.Many)) {
		return nil, fmt.Errorf("%w: column %s holds %s, its field does not", ErrBroken, c.name, c.kind)
	}
	return c, nil
}

// skips says that no row of g can answer, as far as bounds and bloom filters tell.
func (p *filter) skips(g *group) (bool, error) {
	if p.bounded && p.when != nil {
		low, high, ok, err := g.bounds(p.when)
		if err != nil || ok && (high < p.from || low >= p.to) {
			return true, err
		}
	}
	for i := range p.terms {
		if may, err := p.terms[i].mayHold(g); err != nil || !may {
			return true, err
		}
	}
	return false, nil
}

// mayHold asks the bloom filter. It knows whole values of text only: nothing of prefixes, of what is missing, of what is derived or too long.
func (t *term) mayHold(g *group) (bool, error) {
	if !t.stored() || t.column.kind != text || t.Not || t.Prefix != "" {
		return true, nil
	}
	for _, v := range t.Any {
		if v == "" || v == agenttrail.TooLong {
			return true, nil
		}
		if may, err := g.mayHave(t.column, v); may || err != nil {
			return may, err
		}
	}
	return false, nil
}

// stored says that the file has the term's own field, not only one that it is derived from.
func (t *term) stored() bool { return t.column != nil && t.source.field.Name == t.Field }

// choose gives the rows of the reader's row group that answer, in order.
func (p *filter) choose(r *reader, rows []int32) ([]int32, error) {
	rows = rows[:0]
	for row := range int32(r.rows) {
		rows = append(rows, row)
	}
	if p.bounded {
		var err error
		if rows, err = p.chooseTime(r, rows); err != nil {
			return nil, err
		}
	}
	for i := range p.terms {
		if len(rows) == 0 {
			return rows, nil
		}
		keep, err := p.terms[i].test(r)
		if err != nil {
			return nil, err
		}
		rows = slices.DeleteFunc(rows, func(row int32) bool { return !keep(row) })
	}
	return rows, nil
}

func (p *filter) chooseTime(r *reader, rows []int32) ([]int32, error) {
	if p.when == nil {
		return rows[:0], nil
	}
	k, err := r.chunk(p.when)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(rows, func(row int32) bool { return k.codes[row] < 0 || k.nums[row] < p.from || k.nums[row] >= p.to }), nil
}

// test prepares the question whether a row satisfies the term: each distinct value is looked at once.
func (t *term) test(r *reader) (func(row int32) bool, error) {
	if t.column != nil && t.column.list {
		return t.testList(r)
	}
	if t.stored() && t.Prefix == "" && len(t.Any) == 1 && t.Any[0] == "" {
		return t.testMissing(r)
	}
	d, err := r.dimension(&t.source, t.column)
	if err != nil {
		return nil, err
	}
	yes := make([]bool, len(d.values))
	for i, v := range d.values {
		yes[i] = has(t.Term, v) != t.Not
	}
	return func(row int32) bool { return yes[d.at(row)] }, nil
}

// testMissing needs no value: the codes tell what the log did not say.
func (t *term) testMissing(r *reader) (func(row int32) bool, error) {
	k, err := r.chunk(t.column)
	if err != nil {
		return nil, err
	}
	return func(row int32) bool { return (k.codes[row] < 0) != t.Not }, nil
}

func (t *term) testList(r *reader) (func(row int32) bool, error) {
	k, err := r.chunk(t.column)
	if err != nil {
		return nil, err
	}
	yes := make([]bool, k.size())
	for code := range yes {
		yes[code] = has(t.Term, t.source.of(k.value(int32(code))))
	}
	missing := has(t.Term, "")
	return func(row int32) bool {
		codes := k.list(int(row))
		if len(codes) == 0 {
			return missing != t.Not
		}
		return slices.ContainsFunc(codes, func(code int32) bool { return yes[code] }) != t.Not
	}, nil
}
