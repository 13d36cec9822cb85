package elastic

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// Stats account for every document: Sent = Created + Present + Degraded + Rejected.
type Stats struct {
	Sent, Created, Present, Degraded, Rejected int64
	OneCopy                                    int64 // of those created: stored on fewer copies than there are
	Bytes                                      int64 // of documents, before compression
}

// Balance is what is not accounted for. Anything but zero is a defect.
func (s Stats) Balance() int64 { return s.Sent - s.Created - s.Present - s.Degraded - s.Rejected }

func (s *Stats) add(o Stats) {
	s.Sent += o.Sent
	s.Created += o.Created
	s.Present += o.Present
	s.Degraded += o.Degraded
	s.Rejected += o.Rejected
	s.OneCopy += o.OneCopy
	s.Bytes += o.Bytes
}

const (
	maxBody  = 5 << 20 // bytes of one request
	maxItems = 5000    // documents of one request
	inFlight = 2       // requests at once
	maxID    = 512     // bytes; one longer id refuses a whole request
)

// An item is one document on its way.
type item struct {
	index, id string
	doc       []byte
	form      form
	whole     []byte // what it was, when it is sent in another form
}

func (it item) size() int { return len(it.doc) + len(it.id) + len(it.index) + 40 }

// A writer sends documents in bulk requests with the operation create. It is made for one goroutine; requests run beside it.
type writer struct {
	courier
	suffix  string // of index names, while a rebuild fills new ones
	ctx     context.Context
	cancel  context.CancelCauseFunc
	pending []item
	size    int
	wg      sync.WaitGroup

	mu    sync.Mutex
	stats Stats
}

func (c *Client) newWriter(ctx context.Context, now func() time.Time) *writer {
	ctx, cancel := context.WithCancelCause(ctx)
	return &writer{courier: courier{c, newPace(), now}, ctx: ctx, cancel: cancel}
}

// add queues a document, which it copies.
func (w *writer) add(index, id string, doc []byte) error {
	if id == "" || len(id) > maxID {
		return fmt.Errorf("BUG: document id of %d bytes", len(id))
	}
	it := item{index: index, id: id, doc: bytes.Clone(doc)}
	if len(w.pending) > 0 && (w.size+it.size() > w.pace.size() || len(w.pending) == maxItems) {
		if err := w.send(); err != nil {
			return err
		}
	}
	w.pending = append(w.pending, it)
	w.size += it.size()
	return nil
}

// send starts a request with what is queued. It waits while too many are on their way.
func (w *writer) send() error {
	items := w.pending
	w.pending, w.size = nil, 0
	if len(items) == 0 {
		return context.Cause(w.ctx)
	}
	if err := w.pace.enter(w.ctx); err != nil {
		return err
	}
	w.wg.Go(func() {
		defer w.pace.leave()
		stats, err := w.deliver(w.ctx, items)
		if err != nil {
			w.cancel(err)
			return
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.stats.add(stats)
	})
	return nil
}

// flush sends what is queued and waits until every document is accounted for.
func (w *writer) flush() error {
	err := w.send()
	w.wg.Wait()
	if err == nil {
		err = context.Cause(w.ctx)
	}
	return err
}

// cause prefers what went wrong on the wire over its consequence here.
func (w *writer) cause(err error) error {
	if c := context.Cause(w.ctx); c != nil && !errors.Is(c, context.Canceled) {
		return c
	}
	return err
}

// A courier brings items to the cluster, until each of them has an outcome.
type courier struct {
	c    *Client
	pace *pace
	now  func() time.Time // of findings
}

// A delivery is a list of items on its way to their outcomes.
type delivery struct {
	items  []item // without an outcome
	stats  Stats
	blocks int // times that an index was not there, or took no writes
	why    string
	waited time.Duration
}

// deliver sends items until each of them has an outcome, or fails as a whole.
func (k courier) deliver(ctx context.Context, items []item) (Stats, error) {
	d := delivery{items: items, stats: Stats{Sent: int64(len(items))}}
	for _, it := range items {
		d.stats.Bytes += int64(len(it.doc))
	}
	for try := 0; len(d.items) > 0; try++ {
		if k.pace.size() < sizeOf(d.items) && len(d.items) > 1 {
			return k.halves(ctx, d)
		}
		outcomes, after, err := k.c.bulk(ctx, d.items)
		switch {
		case errors.Is(err, errTooLarge) && len(d.items) > 1:
			return k.halves(ctx, d)
		case errors.Is(err, errTooLarge):
			outcomes, err = []outcome{{kind: tooLarge, why: "request_too_large"}}, nil
		case errors.Is(err, errOverload):
			k.pace.refused()
		case err != nil && !errors.Is(err, ErrUnavailable):
			return d.stats, err
		}
		reformed := false
		if err == nil {
			k.pace.taken()
			if reformed, err = k.settle(ctx, &d, outcomes); err != nil {
				return d.stats, err
			}
		} else {
			d.why = err.Error()
		}
		if len(d.items) == 0 || reformed {
			continue // nothing to wait for: the server only wants another form
		}
		if err := k.rest(ctx, &d, backoff(try, after)); err != nil {
			return d.stats, err
		}
	}
	return d.stats, nil
}

// rest waits before the next try, as long as there is patience.
func (k courier) rest(ctx context.Context, d *delivery, wait time.Duration) error {
	if d.waited += wait; d.waited > k.c.patience {
		return fmt.Errorf("%w: %d documents of a request were not taken in %s: %s", ErrUnavailable, len(d.items), k.c.patience, d.why)
	}
	return k.c.pause(ctx, wait)
}

func sizeOf(items []item) (n int) {
	for _, it := range items {
		n += it.size()
	}
	return n
}

// halves sends what is left of a request that was too large as two.
func (k courier) halves(ctx context.Context, d delivery) (Stats, error) {
	for _, half := range [][]item{d.items[:len(d.items)/2], d.items[len(d.items)/2:]} {
		s, err := k.deliver(ctx, half)
		if err != nil {
			return d.stats, err
		}
		s.Sent, s.Bytes = 0, 0 // counted before
		d.stats.add(s)
	}
	return d.stats, nil
}

// settle counts the outcomes and keeps what must be sent again. What is sent in another form, or not taken in any, becomes a finding before that is
// counted: a run that is killed in between must not lose it. reformed says that nothing but other forms is left.
func (k courier) settle(ctx context.Context, d *delivery, outcomes []outcome) (reformed bool, err error) {
	var again []item
	var found []finding
	stuck := false
	reformed = true
	for i, o := range outcomes {
		it := d.items[i]
		switch o.kind {
		case created:
			d.stats.count(it, o)
		case present:
			d.stats.Present++
		case busy:
			again, reformed, d.why = append(again, it), false, o.why
		case blocked:
			if d.blocks >= 2 {
				return false, o.err
			}
			stuck = true
			again, reformed, d.why = append(again, it), false, o.why
		default:
			next, ok := it.next(o.kind == tooLarge)
			if !ok {
				d.stats.Rejected++
				if it.index != k.c.FindingsIndex() { // a finding about a finding would never end
					found = append(found, finding{ruleRejected, it, o.why})
				}
				continue
			}
			if it.form == whole {
				found = append(found, finding{ruleDegraded, it, o.why})
			}
			again = append(again, next)
		}
	}
	if stuck {
		d.blocks++
	}
	d.items = again
	return reformed, k.report(ctx, found)
}

func (s *Stats) count(it item, o outcome) {
	if it.form != whole {
		s.Degraded++
		return
	}
	s.Created++
	if o.oneCopy {
		s.OneCopy++
	}
}

// backoff grows from a quarter of a second to fifteen, with jitter, and is never shorter than what the server asked for.
func backoff(try int, after time.Duration) time.Duration {
	d := min(250*time.Millisecond<<min(try, 6), 15*time.Second)
	d = d/2 + time.Duration(rand.Int64N(int64(d)))
	return max(d, after)
}
