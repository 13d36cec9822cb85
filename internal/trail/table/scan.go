package table

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"agenttrail"
)

// IDs yields the id of every row, in row order. It reads no other column. A row without id is an error.
func (f *File) IDs(yield func(row int64, id string) error) error {
	c := f.find("agenttrail.id")
	if c == nil || c.kind != text || c.list {
		return fmt.Errorf("%w: there is no column of ids", ErrBroken)
	}
	var k chunk
	for i := range f.groups {
		g := &f.groups[i]
		if err := g.load(c, &k); err != nil {
			return err
		}
		for row, code := range k.codes {
			if code < 0 {
				return fmt.Errorf("%w: row %d has no id", ErrBroken, g.first+int64(row))
			}
			if err := yield(g.first+int64(row), k.value(code)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Scan yields the actions of a stretch of time (half open, a zero time is no bound) in row order, with the named columns set; nil names all.
// The action is valid until yield returns; its strings and lists stay good.
func (f *File) Scan(columns []string, from, to time.Time, yield func(row int64, a *agenttrail.Action) error) error {
	return f.Find(agenttrail.Query{From: from, To: to}, columns, yield)
}

// Find yields the actions that answer q, as Scan does. Rows that do not answer are not built, row groups that cannot answer are not read.
// The bound on entries is the caller's.
func (f *File) Find(q agenttrail.Query, columns []string, yield func(row int64, a *agenttrail.Action) error) error {
	p, err := f.newFilter(q)
	if err != nil {
		return err
	}
	var a agenttrail.Action
	members, err := f.membersOf(&a, agenttrail.Lookup, columns)
	if err != nil {
		return err
	}
	each := func(row int64) error { return yield(row, &a) }
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
		if err := r.build(members, rows, each); err != nil {
			return err
		}
	}
	return nil
}

// build yields the given rows.
func (r *reader) build(members []member, rows []int32, yield func(row int64) error) (err error) {
	if len(rows) == 0 {
		return nil
	}
	few := int64(len(rows)) < r.rows/2
	for i := range members {
		if members[i].chunk, err = r.chunk(members[i].column); err != nil {
			return err
		}
		members[i].clone = few
	}
	for _, row := range rows {
		for i := range members {
			members[i].set(row)
		}
		if err := yield(r.first + int64(row)); err != nil {
			return err
		}
	}
	return nil
}

// Grants yields the rows of a table of grants, in row order. The grant is valid until yield returns; its strings and lists stay good.
func (f *File) Grants(yield func(row int64, g *agenttrail.Grant) error) error {
	var g agenttrail.Grant
	members, err := f.membersOf(&g, agenttrail.LookupGrant, nil)
	if err != nil {
		return err
	}
	r := f.reader()
	var rows []int32
	for i := range f.groups {
		r.move(&f.groups[i])
		rows = rows[:0]
		for row := range int32(r.rows) {
			rows = append(rows, row)
		}
		if err := r.build(members, rows, func(row int64) error { return yield(row, &g) }); err != nil {
			return err
		}
	}
	return nil
}

// Row reads one row.
func (f *File) Row(n int64) (agenttrail.Action, error) {
	var a agenttrail.Action
	members, err := f.membersOf(&a, agenttrail.Lookup, nil)
	if err != nil {
		return a, err
	}
	for i := range f.groups {
		g := &f.groups[i]
		if n < g.first || n >= g.first+g.rows {
			continue
		}
		r := f.reader()
		r.move(g)
		err := r.build(members, []int32{int32(n - g.first)}, func(int64) error { return nil })
		return a, err
	}
	return a, fmt.Errorf("there is no row %d in a table of %d", n, f.rows)
}

// A member sets one field of a row.
type member struct {
	column *column
	chunk  *chunk
	to     any  // where the field stands
	clone  bool // few rows are taken: they should not keep the values of all others in memory
}

// membersOf finds the fields of the named columns in a row; nil names all. Columns that the file lacks are left out; one that this version does not know
// is an error.
func (f *File) membersOf(into agenttrail.Row, lookup func(name string) (*agenttrail.Field, bool), names []string) ([]member, error) {
	if names == nil {
		names = f.Columns()
	}
	var list []member
	for _, name := range names {
		field, ok := lookup(name)
		if !ok || !field.Stored() {
			return nil, fmt.Errorf("column %q is no stored field of this version: it needs another agenttrail", name)
		}
		c, err := f.columnOf(&source{field: field})
		if err != nil {
			return nil, err
		}
		if c != nil {
			list = append(list, member{column: c, to: field.Pointer(into)})
		}
	}
	return list, nil
}

func (m *member) set(row int32) {
	switch p := m.to.(type) {
	case *string:
		*p = m.text(m.chunk.codes[row])
	case *[]string:
		*p = m.list(int(row))
	case *time.Time:
		*p = time.Time{}
		if m.chunk.codes[row] >= 0 {
			*p = time.UnixMicro(m.chunk.nums[row]).UTC()
		}
	case *agenttrail.Int:
		*p = agenttrail.Int{N: m.chunk.nums[row], Known: m.chunk.codes[row] >= 0}
	case *agenttrail.Bool:
		*p = agenttrail.Unsaid
		if m.chunk.codes[row] >= 0 {
			*p = agenttrail.Said(m.chunk.nums[row] != 0)
		}
	}
}

func (m *member) text(code int32) string {
	switch {
	case code < 0:
		return ""
	case m.clone:
		return strings.Clone(m.chunk.value(code))
	}
	return m.chunk.value(code)
}

// list makes a new list for each row, so that who keeps a copy of the action keeps its lists.
func (m *member) list(row int) []string {
	codes := m.chunk.list(row)
	if len(codes) == 0 {
		return nil
	}
	list := make([]string, 0, len(codes))
	for _, code := range codes {
		list = append(list, m.text(code))
	}
	return slices.Clip(list)
}
