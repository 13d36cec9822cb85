package trail

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"agenttrail"
)

// Find yields the actions that answer q by (millisecond, id).
func (r *Reader) Find(ctx context.Context, q agenttrail.Query, yield func(*agenttrail.Action) error) error {
	return r.find(ctx, q, sliceRows, func(f *found) error { return yield(&f.action) })
}

// FindRows is Find with the context of each action.
func (r *Reader) FindRows(ctx context.Context, q agenttrail.Query, yield func(*agenttrail.Action, *agenttrail.Context) error) error {
	contexts := contexts{r: r}
	return r.find(ctx, q, sliceRows, func(f *found) error {
		c, err := contexts.of(ctx, f.receipt, &f.action)
		if err != nil {
			return err
		}
		return yield(&f.action, c)
	})
}

// Rows yields all actions of a batch entry in row order, with their context.
func (r *Reader) Rows(ctx context.Context, receipt int64, yield func(*agenttrail.Action, *agenttrail.Context) error) error {
	b, err := r.batch(receipt)
	if err != nil {
		return err
	}
	contexts := contexts{r: r}
	f := b.Table(actionsTable)
	if f == nil {
		return nil
	}
	file, err := r.t.openTable(ctx, *f)
	if err != nil {
		return err
	}
	err = file.Scan(nil, time.Time{}, time.Time{}, func(_ int64, a *agenttrail.Action) error {
		c, err := contexts.of(ctx, receipt, a)
		if err != nil {
			return err
		}
		return yield(a, c)
	})
	return errors.Join(err, file.Close())
}

// sliceRows is about how many rows are sorted at once: 100,000 actions take some 100 MB.
const sliceRows = 100_000

// A found action and where it came from.
type found struct {
	action  agenttrail.Action
	receipt int64
}

// find cuts time into slices that hold about so many rows, few enough to be sorted, so that memory stays flat however many there are.
func (r *Reader) find(ctx context.Context, q agenttrail.Query, rows float64, yield func(*found) error) error {
	list := r.sources(q)
	first, last := span(list)
	if first.IsZero() {
		return r.slice(ctx, q, list, rows, yield)
	}
	start, end := first.Truncate(time.Millisecond), last.Truncate(time.Millisecond).Add(time.Millisecond) // order is by millisecond
	for _, part := range []agenttrail.Query{bounded(q, time.Time{}, start), bounded(q, start, end), bounded(q, end, time.Time{})} {
		if part.From.IsZero() || part.To.IsZero() || part.From.Before(part.To) {
			if err := r.slice(ctx, part, list, rows, yield); err != nil {
				return err
			}
		}
	}
	return nil
}

// span is the time from the first to the last action of the tables, suspect ones apart.
func span(list []source) (first, last time.Time) {
	for _, s := range list {
		if s.file.First.IsZero() {
			continue
		}
		if first.IsZero() || s.file.First.Before(first) {
			first = s.file.First
		}
		if s.file.Last.After(last) {
			last = s.file.Last
		}
	}
	return first, last
}

// bounded narrows the time of q; zero times do not.
func bounded(q agenttrail.Query, from, to time.Time) agenttrail.Query {
	if from.After(q.From) {
		q.From = from
	}
	if !to.IsZero() && (q.To.IsZero() || to.Before(q.To)) {
		q.To = to
	}
	return q
}

// slice answers a stretch of time: in halves as long as it holds too many rows.
func (r *Reader) slice(ctx context.Context, q agenttrail.Query, list []source, limit float64, yield func(*found) error) error {
	var here []source
	rows := 0.0
	for _, s := range list {
		if mayAnswer(s.file, q) {
			here = append(here, s)
			rows += float64(s.file.Rows) * share(s.file, q)
		}
	}
	half := q.From.Add(q.To.Sub(q.From) / 2).Truncate(time.Millisecond)
	if rows <= limit || q.From.IsZero() || q.To.IsZero() || !half.After(q.From) {
		return r.sorted(ctx, q, here, yield)
	}
	if err := r.slice(ctx, bounded(q, time.Time{}, half), here, limit, yield); err != nil {
		return err
	}
	return r.slice(ctx, bounded(q, half, time.Time{}), here, limit, yield)
}

// share estimates which part of a table's rows lies in the time of q, as if they were spread evenly.
func share(f agenttrail.TableFile, q agenttrail.Query) float64 {
	whole := f.Last.Sub(f.First)
	if whole <= 0 || q.From.IsZero() || q.To.IsZero() {
		return 1
	}
	from, to := max(0, q.From.Sub(f.First)), min(whole, q.To.Sub(f.First))
	return max(0, float64(to-from)/float64(whole))
}

// sorted answers a stretch of time that fits into memory.
func (r *Reader) sorted(ctx context.Context, q agenttrail.Query, list []source, yield func(*found) error) error {
	var mu sync.Mutex
	var all []*found
	err := r.each(ctx, list, func(s source) error {
		file, err := r.open(ctx, s)
		if err != nil {
			return err
		}
		var mine []*found
		err = file.Find(q, nil, func(_ int64, a *agenttrail.Action) error {
			mine = append(mine, &found{*a, s.receipt})
			return ctx.Err()
		})
		mu.Lock()
		defer mu.Unlock()
		all = append(all, mine...)
		return errors.Join(err, file.Close())
	})
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b *found) int {
		return cmp.Or(cmp.Compare(a.action.Time.UnixMilli(), b.action.Time.UnixMilli()), strings.Compare(a.action.ID, b.action.ID))
	})
	for _, f := range all {
		if err := yield(f); err != nil {
			return err
		}
	}
	return nil
}

// contexts knows what entries and objects files say of actions. It keeps the objects of the batches asked for last.
type contexts struct {
	r      *Reader
	recent []*batchContext // newest first
}

type batchContext struct {
	receipt int64
	shared  agenttrail.Context
	objects map[string]delivered // by URI
}

// delivered is what an action's document says of its object.
type delivered struct{ sha, integrity string }

// integrity says in one of three words what the vendor's digests said of an object when it was committed; empty: nothing.
func integrity(proof string) string {
	switch proof {
	case "", "verified", "pending":
		return proof
	}
	return "failed"
}

// contextsKept is enough for the batches whose times overlap in one slice.
const contextsKept = 64

func (c *contexts) of(ctx context.Context, receipt int64, a *agenttrail.Action) (*agenttrail.Context, error) {
	b, err := c.batch(ctx, receipt)
	if err != nil {
		return nil, err
	}
	said := b.shared
	o := b.objects[a.Evidence.URI]
	said.ObjectSHA256, said.SourceIntegrity = o.sha, o.integrity
	return &said, nil
}

func (c *contexts) batch(ctx context.Context, receipt int64) (*batchContext, error) {
	for i, b := range c.recent {
		if b.receipt == receipt {
			copy(c.recent[1:i+1], c.recent[:i])
			c.recent[0] = b
			return b, nil
		}
	}
	e := c.r.t.log.Entry(receipt)
	b := &batchContext{receipt: receipt, objects: map[string]delivered{}, shared: agenttrail.Context{
		Tenant: e.Batch.Tenant, Receipt: agenttrail.Num(receipt), Run: e.Batch.Run, Mapping: e.Batch.Mapping, MappingVersion: e.Batch.MappingVersion,
		ApprovalOrigin: approvalOrigin(e.Batch), ApprovalSeen: e.Time,
	}}
	err := c.r.Objects(ctx, receipt, func(l ObjectLine) error {
		b.objects[l.URI] = delivered{l.SHA256, integrity(l.Proof)}
		return nil
	})
	if len(c.recent) == contextsKept {
		c.recent = c.recent[:contextsKept-1]
	}
	c.recent = slices.Insert(c.recent, 0, b)
	return b, err
}
