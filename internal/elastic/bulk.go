package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"
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
	inFlight = 2       // requests at once
	maxID    = 512     // bytes; one longer id refuses a whole request
)

// An item is one document on its way.
type item struct {
	index, id string
	doc       []byte
	reduced   bool // it is sent in reduced form
}

func (it item) size() int { return len(it.doc) + len(it.id) + len(it.index) + 40 }

// A writer sends documents in bulk requests with the operation create. It is made for one goroutine; requests run beside it.
type writer struct {
	c       *Client
	ctx     context.Context
	cancel  context.CancelCauseFunc
	pending []item
	size    int
	slots   chan struct{}
	wg      sync.WaitGroup

	mu    sync.Mutex
	stats Stats
	lost  []item // taken in no form: for the findings
}

func (c *Client) newWriter(ctx context.Context) *writer {
	ctx, cancel := context.WithCancelCause(ctx)
	return &writer{c: c, ctx: ctx, cancel: cancel, slots: make(chan struct{}, inFlight)}
}

// add queues a document, which it copies.
func (w *writer) add(index, id string, doc []byte) error {
	if id == "" || len(id) > maxID {
		return fmt.Errorf("BUG: document id of %d bytes", len(id))
	}
	it := item{index: index, id: id, doc: bytes.Clone(doc)}
	if w.size+it.size() > maxBody && len(w.pending) > 0 {
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
	select {
	case <-w.ctx.Done():
		return context.Cause(w.ctx)
	case w.slots <- struct{}{}:
	}
	w.wg.Go(func() {
		defer func() { <-w.slots }()
		stats, lost, err := w.c.deliver(w.ctx, items)
		if err != nil {
			w.cancel(err)
			return
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.stats.add(stats)
		w.lost = append(w.lost, lost...)
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

// deliver sends items until each of them has an outcome, or fails as a whole.
func (c *Client) deliver(ctx context.Context, items []item) (stats Stats, lost []item, err error) {
	stats.Sent = int64(len(items))
	for _, it := range items {
		stats.Bytes += int64(len(it.doc))
	}
	var waited time.Duration
	for try := 0; len(items) > 0; try++ {
		outcomes, after, err := c.bulk(ctx, items)
		switch {
		case errors.Is(err, errTooLarge) && len(items) > 1:
			return c.halves(ctx, items, stats, lost)
		case errors.Is(err, errTooLarge):
			outcomes = []outcome{{kind: bad}}
		case err != nil && !errors.Is(err, ErrUnavailable):
			return stats, nil, err
		}
		before := len(items)
		if err == nil || errors.Is(err, errTooLarge) {
			items, lost = settle(items, outcomes, &stats, lost)
		}
		if len(items) == 0 {
			break
		}
		if len(items) < before && allReduced(items) {
			continue // nothing to wait for: the server only wants another form
		}
		wait := backoff(try, after)
		if waited += wait; waited > c.patience {
			return stats, nil, fmt.Errorf("%w: %d documents of a request were not taken in %s", ErrUnavailable, len(items), c.patience)
		}
		if err := c.pause(ctx, wait); err != nil {
			return stats, nil, err
		}
	}
	return stats, lost, nil
}

func allReduced(items []item) bool {
	for _, it := range items {
		if !it.reduced {
			return false
		}
	}
	return true
}

// halves sends what is left of a request that was too large as two.
func (c *Client) halves(ctx context.Context, items []item, stats Stats, lost []item) (Stats, []item, error) {
	for _, half := range [][]item{items[:len(items)/2], items[len(items)/2:]} {
		s, l, err := c.deliver(ctx, half)
		if err != nil {
			return stats, nil, err
		}
		s.Sent, s.Bytes = 0, 0 // counted before
		stats.add(s)
		lost = append(lost, l...)
	}
	return stats, lost, nil
}

// settle counts the outcomes and returns what must be sent again.
func settle(items []item, outcomes []outcome, stats *Stats, lost []item) (again, nowLost []item) {
	for i, o := range outcomes {
		it := items[i]
		switch {
		case o.kind == created && it.reduced:
			stats.Degraded++
		case o.kind == created:
			stats.Created++
			if o.oneCopy {
				stats.OneCopy++
			}
		case o.kind == present:
			stats.Present++
		case o.kind == busy:
			again = append(again, it)
		case it.reduced:
			stats.Rejected++
			lost = append(lost, it)
		default:
			again = append(again, reduce(it))
		}
	}
	return again, lost
}

// backoff grows from a quarter of a second to fifteen, with jitter, and is never shorter than what the server asked for.
func backoff(try int, after time.Duration) time.Duration {
	d := min(250*time.Millisecond<<min(try, 6), 15*time.Second)
	d = d/2 + time.Duration(rand.Int64N(int64(d)))
	return max(d, after)
}

type outcomeKind int

const (
	created outcomeKind = iota
	present             // the id is there: 409
	busy                // try again
	bad                 // the server does not take this document
)

type outcome struct {
	kind    outcomeKind
	oneCopy bool
}

var errTooLarge = errors.New("request is too large")

var bulkFilter = []string{"errors", "items.*.status", "items.*.error.type", "items.*.error.reason", "items.*._shards", "items.*.failure_store"}

// bulk sends one request and reads the outcome of each item. An error says that nothing is known of any of them.
func (c *Client) bulk(ctx context.Context, items []item) (outcomes []outcome, after time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	res, err := esapi.BulkRequest{Body: bytes.NewReader(bulkBody(items)), FilterPath: bulkFilter}.Do(ctx, c.t)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrUnavailable, redactURL(err))
	}
	defer res.Body.Close()
	if s, e := strconv.Atoi(res.Header.Get("Retry-After")); e == nil && s >= 0 {
		after = min(time.Duration(s)*time.Second, time.Minute)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	switch {
	case err != nil:
		return nil, after, fmt.Errorf("%w: answer was cut: %w", ErrUnavailable, err)
	case res.StatusCode == http.StatusRequestEntityTooLarge:
		return nil, after, errTooLarge
	case res.StatusCode != http.StatusOK:
		return nil, after, explain(res.StatusCode, body)
	}
	outcomes, err = readOutcomes(body, items)
	return outcomes, after, err
}

func bulkBody(items []item) []byte {
	size := 0
	for _, it := range items {
		size += it.size()
	}
	b := make([]byte, 0, size)
	for _, it := range items {
		b = append(b, `{"create":{"_index":"`...)
		b = append(b, it.index...)
		b = append(b, `","_id":"`...)
		b = append(b, it.id...)
		b = append(b, "\"}}\n"...)
		b = append(b, it.doc...)
		b = append(b, '\n')
	}
	return b
}

type bulkItem struct {
	Status int
	Error  struct{ Type, Reason string }
	Shards struct{ Total, Successful int } `json:"_shards"`
	Store  string                          `json:"failure_store"`
}

// readOutcomes reads the answer. One that is not JSON or has another number of items than was sent says nothing.
func readOutcomes(body []byte, items []item) ([]outcome, error) {
	var answer struct{ Items []map[string]bulkItem }
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("%w: answer to a bulk request is no JSON", ErrUnavailable)
	}
	if len(answer.Items) != len(items) {
		return nil, fmt.Errorf("%w: %d results for %d documents", ErrUnavailable, len(answer.Items), len(items))
	}
	outcomes := make([]outcome, len(items))
	for i, m := range answer.Items {
		r, ok := m["create"]
		if !ok {
			return nil, fmt.Errorf("%w: a result that is not of create", ErrUnavailable)
		}
		o, err := r.outcome(items[i])
		if err != nil {
			return nil, err
		}
		outcomes[i] = o
	}
	return outcomes, nil
}

// outcome reads one item's status. An error ends the run: going on would skip documents.
func (r bulkItem) outcome(it item) (outcome, error) {
	switch {
	case r.Status/100 == 2 && r.Store == "used", r.Status == http.StatusBadRequest:
		return outcome{kind: bad}, nil
	case r.Status/100 == 2:
		return outcome{created, r.Shards.Successful < r.Shards.Total}, nil
	case r.Status == http.StatusConflict:
		return outcome{kind: present}, nil
	case r.Status == http.StatusTooManyRequests, r.Status == 502, r.Status == 503, r.Status == 504:
		return outcome{kind: busy}, nil
	case r.Status == http.StatusForbidden && r.Error.Type == "cluster_block_exception":
		return outcome{}, fmt.Errorf("%w: index %s takes no writes: %s (free disk space, or remove its write block)", ErrRefused, it.index, cutReason(r.Error.Reason))
	case r.Status == http.StatusForbidden, r.Status == http.StatusUnauthorized:
		return outcome{}, fmt.Errorf("%w: the key may not create documents in %s: %s", ErrRefused, it.index, cutReason(r.Error.Reason))
	case r.Status == http.StatusNotFound:
		return outcome{}, fmt.Errorf("%w: index %s cannot be made (run: agenttrail setup elasticsearch)", ErrSetup, it.index)
	}
	return outcome{}, fmt.Errorf("elasticsearch: document %s: status %d, %s", it.id, r.Status, r.Error.Type)
}

// core are the members that the reduced form keeps searchable.
var core = [][]string{{"@timestamp"}, {"event", "dataset"}, {"event", "hash"}, {"agenttrail", "id"}, {"agenttrail", "tenant"}, {"agenttrail", "receipt"}, {"agenttrail", "verb"}, {"agenttrail", "outcome"}, {"agenttrail", "evidence", "uri"}, {"agenttrail", "evidence", "index"}}

// reduce makes the form that any mapping takes: the core members as they are, the whole document as text that is kept and not searchable.
func reduce(it item) item {
	var full object
	out := object{"tags": []string{"index_degraded"}}
	if json.Unmarshal(it.doc, &full) == nil {
		for _, path := range core {
			copyPath(out, full, path)
		}
	}
	event, ok := out["event"].(object)
	if !ok {
		event = object{}
		out["event"] = event
	}
	event["original"] = string(it.doc[:min(len(it.doc), 1<<20)])
	doc, err := json.Marshal(out)
	if err != nil {
		panic("BUG: a reduced document is no JSON: " + err.Error())
	}
	return item{it.index, it.id, doc, true}
}

func copyPath(to, from object, path []string) {
	v, ok := from[path[0]]
	if !ok {
		return
	}
	if len(path) == 1 {
		to[path[0]] = v
		return
	}
	inner, ok := v.(object)
	if !ok {
		return
	}
	next, ok := to[path[0]].(object)
	if !ok {
		next = object{}
		to[path[0]] = next
	}
	copyPath(next, inner, path[1:])
}
