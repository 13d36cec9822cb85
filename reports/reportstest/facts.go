// Package reportstest has the plainest possible readers of facts, for tests of reports: actions in a slice, and groups in a slice. They
// complain about what the real readers refuse.
package reportstest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"agenttrail"
)

// A Row is an action and the entry that it came with.
type Row struct {
	Receipt int64
	agenttrail.Action
}

// Facts answers from rows, in any order. It is naive on purpose.
type Facts struct{ Rows []Row }

// Count groups the rows that answer q; the groups come in byte order of their keys.
func (f *Facts) Count(_ context.Context, q agenttrail.Query, by []string, yield func(agenttrail.Group) error) error {
	groups := map[string]*agenttrail.Group{}
	for i := range f.Rows {
		r := &f.Rows[i]
		ok, err := r.answers(q)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		key := make([]string, len(by))
		for k, field := range by {
			if key[k], err = r.value(field); err != nil {
				return fmt.Errorf("count by %s: %w", field, err)
			}
		}
		add(groups, key, 1, r.Time, r.Time)
	}
	return each(groups, yield)
}

// Find yields the rows that answer q by (millisecond, id).
func (f *Facts) Find(_ context.Context, q agenttrail.Query, yield func(*agenttrail.Action) error) error {
	var found []agenttrail.Action
	for i := range f.Rows {
		ok, err := f.Rows[i].answers(q)
		if err != nil {
			return err
		}
		if ok {
			found = append(found, f.Rows[i].Action)
		}
	}
	slices.SortFunc(found, func(a, b agenttrail.Action) int {
		if c := a.Time.UnixMilli() - b.Time.UnixMilli(); c != 0 {
			return int(max(min(c, 1), -1))
		}
		return strings.Compare(a.ID, b.ID)
	})
	for i := range found {
		if err := yield(&found[i]); err != nil {
			return err
		}
	}
	return nil
}

func add(groups map[string]*agenttrail.Group, key []string, n int64, first, last time.Time) {
	id := strings.Join(key, "\x00")
	g, ok := groups[id]
	if !ok {
		g = &agenttrail.Group{Key: key, First: first, Last: last}
		groups[id] = g
	}
	g.N += n
	if first.Before(g.First) {
		g.First = first
	}
	if last.After(g.Last) {
		g.Last = last
	}
}

func each(groups map[string]*agenttrail.Group, yield func(agenttrail.Group) error) error {
	var list []*agenttrail.Group
	for _, g := range groups {
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b *agenttrail.Group) int { return slices.Compare(a.Key, b.Key) })
	for _, g := range list {
		if err := yield(*g); err != nil {
			return err
		}
	}
	return nil
}

// value is what a row is counted by.
func (r *Row) value(field string) (string, error) {
	switch field {
	case "day":
		return r.Time.UTC().Format(time.DateOnly), nil
	case "hour":
		return r.Time.UTC().Format("2006-01-02T15"), nil
	case "agenttrail.receipt":
		return strconv.FormatInt(r.Receipt, 10), nil
	case "event.module":
		return agenttrail.Module(&r.Action), nil
	case "agenttrail.lag_step":
		return agenttrail.LagStep(r.Lag), nil
	}
	f, ok := agenttrail.Lookup(field)
	if !ok || !f.Is(agenttrail.Countable) {
		return "", fmt.Errorf("%s cannot be counted by", field)
	}
	v, ok := f.Value(&r.Action)
	if !ok {
		return "", fmt.Errorf("%s is not stored", field)
	}
	return v, nil
}

func (r *Row) answers(q agenttrail.Query) (bool, error) {
	if q.Before > 0 && r.Receipt >= q.Before || !q.From.IsZero() && r.Time.Before(q.From) || !q.To.IsZero() && !r.Time.Before(q.To) {
		return false, nil
	}
	for _, t := range q.All {
		holds, err := r.holds(t)
		if err != nil || !holds {
			return false, err
		}
	}
	return true, nil
}

func (r *Row) holds(t agenttrail.Term) (bool, error) {
	if len(t.Any) == 0 && t.Prefix == "" {
		return false, fmt.Errorf("term on %s names nothing", t.Field)
	}
	values, err := r.values(t.Field)
	if err != nil {
		return false, fmt.Errorf("term on %s: %w", t.Field, err)
	}
	if len(values) == 0 {
		values = []string{""}
	}
	any := slices.ContainsFunc(values, func(v string) bool {
		return slices.Contains(t.Any, v) || t.Prefix != "" && strings.HasPrefix(v, t.Prefix)
	})
	return any != t.Not, nil
}

func (r *Row) values(field string) ([]string, error) {
	if f, ok := agenttrail.Lookup(field); ok && f.Is(agenttrail.Many) && f.Stored() {
		return *f.Pointer(&r.Action).(*[]string), nil
	}
	v, err := r.value(field)
	return []string{v}, err
}

// A Bundle is many equal actions: one action with a number and the times between which they lie.
type Bundle struct {
	Row
	N    int64
	Last time.Time
}

// Bundles answers Count from bundles, as fast as counting can be. Find yields one action a bundle; give the ones that are looked for an N of 1.
type Bundles []Bundle

// Count groups the bundles that answer q by the time of their first action.
func (b Bundles) Count(_ context.Context, q agenttrail.Query, by []string, yield func(agenttrail.Group) error) error {
	groups := map[string]*agenttrail.Group{}
	for i := range b {
		ok, err := b[i].answers(q)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		key := make([]string, len(by))
		for k, field := range by {
			if key[k], err = b[i].value(field); err != nil {
				return err
			}
		}
		add(groups, key, b[i].N, b[i].Time, b[i].Last)
	}
	return each(groups, yield)
}

// Find yields the action of each bundle that answers q.
func (b Bundles) Find(ctx context.Context, q agenttrail.Query, yield func(*agenttrail.Action) error) error {
	f := Facts{}
	for i := range b {
		f.Rows = append(f.Rows, b[i].Row)
	}
	return f.Find(ctx, q, yield)
}
