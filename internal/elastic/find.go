package elastic

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"agenttrail"
)

// Find yields the actions that answer q by (millisecond, id). The action is valid until yield returns.
func (f *Finder) Find(ctx context.Context, q agenttrail.Query, yield func(*agenttrail.Action) error) error {
	return f.find(ctx, q, func(d *document) error { return yield(&d.action) })
}

// FindRows is Find with the context of each action: the entry it came with, and when and how an approval was first seen.
func (f *Finder) FindRows(ctx context.Context, q agenttrail.Query, yield func(*agenttrail.Action, *agenttrail.Context) error) error {
	return f.find(ctx, q, func(d *document) error { return yield(&d.action, d.context()) })
}

func (f *Finder) find(ctx context.Context, q agenttrail.Query, yield func(*document) error) error {
	u, err := ask(q)
	if err != nil {
		return err
	}
	return f.scan(ctx, all(u.common, u.outer), func(d *document) error {
		if !u.answers(d.action.Time) {
			return nil
		}
		return yield(d)
	})
}

// A spot is what Find sorts by.
type spot struct {
	ms int64
	id string
}

func (p spot) compare(o spot) int { return cmp.Or(cmp.Compare(p.ms, o.ms), cmp.Compare(p.id, o.id)) }

// scan yields every document that answers, by (millisecond, id): some slices of the snapshot are read beside each other and merged.
func (f *Finder) scan(ctx context.Context, query object, yield func(*document) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel(nil)
	streams := make([]*stream, f.slices)
	for i := range streams {
		s := &stream{f: f, query: query, number: i, pages: make(chan []hit)}
		streams[i] = s
		group.Go(func() {
			defer close(s.pages)
			if err := s.run(ctx); err != nil {
				cancel(err)
			}
		})
	}
	for _, s := range streams {
		if err := s.next(); err != nil {
			return cmp.Or(stopped(ctx), err)
		}
	}
	for {
		first := least(streams)
		if err := stopped(ctx); err != nil {
			return err
		}
		if first == nil {
			return nil
		}
		if err := yield(&first.document); err != nil {
			return err
		}
		if err := first.next(); err != nil {
			return err
		}
	}
}

func stopped(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return context.Cause(ctx)
}

func least(streams []*stream) (first *stream) {
	for _, s := range streams {
		if !s.done && (first == nil || s.at.compare(first.at) < 0) {
			first = s
		}
	}
	return first
}

// A stream reads one slice of the snapshot in order.
type stream struct {
	f      *Finder
	query  object
	number int
	pages  chan []hit

	page     []hit
	document document
	at       spot
	done     bool
}

// run fetches page after page, until the slice is at its end and as many came as it said at first.
func (s *stream) run(ctx context.Context) error {
	size, came, total := s.f.page, int64(0), int64(-1)
	var after json.RawMessage
	for {
		body := object{"size": size, "query": s.query, "_source": object{"excludes": []string{"event.original"}},
			"sort": []object{{timestamp: object{"order": "asc", "missing": "_first"}}, {"agenttrail.id": object{"order": "asc"}}}}
		if s.f.slices > 1 {
			body["slice"] = object{"id": s.number, "max": s.f.slices}
		}
		if after != nil {
			body["search_after"] = after
		}
		answer, err := s.f.search(ctx, body, total < 0)
		if errors.Is(err, errTooLarge) && size > 1 {
			size /= 2
			continue
		}
		if err != nil {
			return err
		}
		if total < 0 {
			total = answer.Hits.Total.Value
		}
		hits := answer.Hits.Hits
		came += int64(len(hits))
		if len(hits) < size && came != total || len(hits) > size || came > total {
			return fmt.Errorf("%w: a page of %d actions after which %d of %d have come", ErrUnavailable, len(hits), came, total)
		}
		if len(hits) > 0 {
			select {
			case s.pages <- hits:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			after = hits[len(hits)-1].Sort
		}
		if came == total {
			return nil
		}
	}
}

// next moves to the next document.
func (s *stream) next() error {
	if len(s.page) == 0 {
		page, ok := <-s.pages
		if !ok {
			s.done = true
			return nil
		}
		s.page = page
	}
	h := &s.page[0]
	s.page = s.page[1:]
	if err := s.document.read(h); err != nil {
		return err
	}
	before := s.at
	s.at = spot{s.document.action.Time.UnixMilli(), s.document.action.ID}
	if before.id != "" && before.compare(s.at) >= 0 {
		return fmt.Errorf("%w: %s came after %s, out of order", ErrUnavailable, s.at.id, before.id)
	}
	return nil
}
