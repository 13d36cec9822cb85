package elastic

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"agenttrail"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// A Projection brings the cluster up to the trail.
type Projection struct {
	Size  int64                                                                                               // of the ledger: entries below it are projected
	Entry func(n int64) (agenttrail.Entry, error)                                                             // entry n
	JSON  func(n int64) ([]byte, error)                                                                       // its canonical bytes
	Rows  func(ctx context.Context, n int64, yield func(*agenttrail.Action, *agenttrail.Context) error) error // actions of batch entry n
	Judge func(a *agenttrail.Action) agenttrail.Verdict                                                       // what the register and approvals say now
	Who   Who                                                                                                 // whose actions are indexed
	Now   func() time.Time
	Told  func(done, size int64) // progress, may be nil
}

// A Result says what a projection did.
type Result struct {
	From, To int64 // entries
	Excluded int64 // actions that are not indexed, by Who
	Stats          // of the others
}

// pendingEntry waits until what it names is in the index.
type pendingEntry struct {
	n   int64
	doc []byte
}

// Project sends what the cluster lacks: the actions of each entry, and after them the entry. Several projectors do no harm, and an interrupted one
// goes on where it was: what is sent again is present.
func (c *Client) Project(ctx context.Context, p Projection) (Result, error) {
	from, err := c.Position(ctx)
	if err != nil {
		return Result{}, err
	}
	return c.projectFrom(ctx, p, from)
}

// projectFrom projects the entries from one on. When a rebuild replaced the indices meanwhile, what was sent may have gone to the old ones: once more.
func (c *Client) projectFrom(ctx context.Context, p Projection, from int64) (Result, error) {
	before, err := c.serving(ctx)
	if err != nil {
		return Result{}, err
	}
	r, err := c.fill(ctx, p, from, "")
	if err != nil {
		return r, err
	}
	after, err := c.serving(ctx)
	if err != nil {
		return r, err
	}
	if before != "" && before != after {
		return c.projectFrom(ctx, p, from)
	}
	return r, c.finish(ctx, p, r)
}

// serving is the index of the ledger's entries that is read: it is replaced together with those of the actions. Empty: there is none yet.
func (c *Client) serving(ctx context.Context) (string, error) {
	list, err := c.resolve(ctx, c.ReceiptsIndex()+"*")
	if err != nil {
		return "", err
	}
	for _, i := range list {
		if i.Name == c.ReceiptsIndex() || i.has(c.ReceiptsIndex()) {
			return i.Name, nil
		}
	}
	return "", nil
}

// fill sends the entries from one on, with what they name, to the indices whose names end in suffix.
func (c *Client) fill(ctx context.Context, p Projection, from int64, suffix string) (Result, error) {
	r := Result{From: from, To: from}
	w := c.newWriter(ctx, p.Now)
	defer w.cancel(nil)
	w.suffix = suffix
	var entries []pendingEntry
	settle := func() error {
		if err := w.flush(); err != nil {
			return err
		}
		if err := w.entries(ctx, entries); err != nil {
			return err
		}
		r.To += int64(len(entries))
		entries = entries[:0]
		if p.Told != nil {
			p.Told(r.To, p.Size)
		}
		return nil
	}
	for n := from; n < p.Size; n++ {
		doc, err := c.project(ctx, p, n, w, &r)
		if err != nil {
			return r, w.cause(err)
		}
		if entries = append(entries, pendingEntry{n, doc}); len(entries) == 256 {
			if err := settle(); err != nil {
				return r, err
			}
		}
	}
	if err := settle(); err != nil {
		return r, err
	}
	r.Stats = w.stats
	if r.Balance() != 0 {
		return r, fmt.Errorf("BUG: %d of %d documents are not accounted for", r.Balance(), r.Sent)
	}
	return r, nil
}

// project queues the actions of entry n and makes the entry's own document.
func (c *Client) project(ctx context.Context, p Projection, n int64, w *writer, r *Result) ([]byte, error) {
	e, err := p.Entry(n)
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", n, err)
	}
	excluded := int64(0)
	if e.Batch != nil {
		var doc []byte
		err := p.Rows(ctx, n, func(a *agenttrail.Action, context *agenttrail.Context) error {
			v := p.Judge(a)
			if !p.Who.Takes(a, &v) {
				excluded++
				return nil
			}
			context.Ingested = p.Now()
			doc = agenttrail.AppendDocument(doc[:0], a, context, &v)
			return w.add(c.IndexOf(a)+w.suffix, a.ID, doc)
		})
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", n, err)
		}
	}
	r.Excluded += excluded
	return entryDocument(p, n, e, excluded)
}

// entryDocument is what the receipts index says about an entry: what can be searched, and the entry itself.
func entryDocument(p Projection, n int64, e agenttrail.Entry, excluded int64) ([]byte, error) {
	raw, err := p.JSON(n)
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", n, err)
	}
	doc := object{"n": n, "type": e.Type(), "@timestamp": agenttrail.FormatTime(e.Time), "entry": json.RawMessage(raw)}
	switch {
	case e.Batch != nil:
		b := e.Batch
		doc["source"], doc["dataset"], doc["window"], doc["run"] = b.Source, b.Dataset, b.Window.Key(), b.Run
		doc["counts"] = object{"read": b.Counts.Read, "accepted": b.Counts.Accepted, "duplicate": b.Counts.Duplicate, "conflict": b.Counts.Conflict, "skipped": b.Counts.Skipped,
			"rejected": b.Counts.Rejected, "erased": b.Counts.Erased, "rows": b.Counts.Rows, "objects": b.Objects.Count, "refused": b.Objects.Refused, "excluded": excluded}
		doc["who"] = cmp.Or(p.Who, WhoAll)
	case e.Window != nil:
		doc["source"], doc["window"], doc["state"], doc["result"], doc["run"] = e.Window.Source, e.Window.Key(), e.Window.State, e.Window.Result, e.Window.Run
	}
	return json.Marshal(doc)
}

// entries sends the entries whose actions are all accounted for.
func (w *writer) entries(ctx context.Context, list []pendingEntry) error {
	if len(list) == 0 {
		return nil
	}
	items := make([]item, len(list))
	for i, e := range list {
		items[i] = item{index: w.c.ReceiptsIndex() + w.suffix, id: strconv.FormatInt(e.n, 10), doc: e.doc}
	}
	stats, err := w.deliver(ctx, items)
	if err != nil {
		return fmt.Errorf("index the ledger: %w", err)
	}
	if stats.Degraded+stats.Rejected > 0 {
		return fmt.Errorf("%w: %d entries of the ledger were not taken by %s", ErrSetup, stats.Degraded+stats.Rejected, w.c.ReceiptsIndex())
	}
	return nil
}

// finish makes the documents searchable and checks that the cluster now holds the whole ledger.
func (c *Client) finish(ctx context.Context, p Projection, r Result) error {
	if r.From == r.To {
		return nil
	}
	if err := c.Refresh(ctx); err != nil {
		return err
	}
	at, err := c.Position(ctx)
	if err != nil {
		return err
	}
	if at < p.Size {
		return fmt.Errorf("%w: entry %d of the ledger is not in %s", ErrUnavailable, at, c.ReceiptsIndex())
	}
	return nil
}

// Position is the number of entries that the cluster holds without a hole: the next one to send.
func (c *Client) Position(ctx context.Context) (int64, error) {
	if err := c.ready(ctx); err != nil {
		return 0, err
	}
	if index, err := c.serving(ctx); err != nil || index == "" {
		return 0, err
	}
	if err := c.Refresh(ctx); err != nil {
		return 0, err
	}
	numbered := object{"exists": object{"field": "n"}}
	answer, err := c.search(ctx, c.ReceiptsIndex(), object{"size": 1, "track_total_hits": true, "query": numbered, "sort": []object{{"n": "desc"}}, "_source": []string{"n"}})
	if err != nil {
		return 0, err
	}
	if len(answer.Hits.Hits) == 0 {
		return 0, nil
	}
	newest, err := answer.Hits.Hits[0].Sort[0].Int64()
	if err != nil {
		return 0, fmt.Errorf("position: %w", err)
	}
	if answer.Hits.Total.Value == newest+1 {
		return newest + 1, nil
	}
	return c.hole(ctx, newest)
}

// hole finds the first entry that is missing, page by page.
func (c *Client) hole(ctx context.Context, newest int64) (int64, error) {
	next := int64(0)
	for next <= newest {
		answer, err := c.search(ctx, c.ReceiptsIndex(), object{"size": 10000, "query": object{"range": object{"n": object{"gte": next}}}, "sort": []object{{"n": "asc"}}, "_source": false})
		if err != nil {
			return 0, err
		}
		if len(answer.Hits.Hits) == 0 {
			return next, nil
		}
		for _, h := range answer.Hits.Hits {
			n, err := h.Sort[0].Int64()
			if err != nil {
				return 0, fmt.Errorf("position: %w", err)
			}
			if n != next {
				return next, nil
			}
			next++
		}
	}
	return next, nil
}

// Versions are the versions of the cluster's nodes; it needs the right to monitor.
func (c *Client) Versions(ctx context.Context) ([]string, error) {
	var answer struct {
		Nodes map[string]struct{ Version string }
	}
	if _, err := c.do(ctx, esapi.NodesInfoRequest{FilterPath: []string{"nodes.*.version"}}, &answer); err != nil {
		return nil, fmt.Errorf("nodes: %w", err)
	}
	var list []string
	for _, n := range answer.Nodes {
		list = append(list, n.Version)
	}
	return list, nil
}
