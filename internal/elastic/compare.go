package elastic

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

var ruleAltered = rule{"index_altered", "Document differs from the trail", "The index does not say what the trail says: somebody changed this document, or put it there. The trail is the truth; agenttrail index --rebuild makes the index anew."}

// An Altered document does not say what the trail says.
type Altered struct {
	ID, Index string
	Receipt   int64
	Fields    []string // that differ, in order; nil: the trail has no such action
}

func (a Altered) String() string {
	if a.Fields == nil {
		return fmt.Sprintf("action %s of entry %d in %s: the trail does not have it", a.ID, a.Receipt, a.Index)
	}
	return fmt.Sprintf("action %s of entry %d in %s: %s", a.ID, a.Receipt, a.Index, strings.Join(a.Fields, ", "))
}

// A Comparison says how the documents of some entries compare with the trail.
type Comparison struct {
	Compared int64 // documents
	Altered  []Altered
	Missing  []string // actions of the trail without a document
	Reduced  int64    // documents in a reduced form: only their core was compared
}

// Compare compares every document of a batch entry with what it should be, member by member: facts, provenance and what is derived, and with judged also
// the judgements. rows yields the whole documents. When they were sent is not compared.
func (f *Finder) Compare(ctx context.Context, n int64, judged bool, rows func(yield func(a *agenttrail.Action, doc []byte) error) error, into *Comparison) error {
	keep := func(name string) bool {
		return name != "event.ingested" && name != "event.original" && (judged || !isJudged(name))
	}
	want := map[string]leaves{}
	err := rows(func(a *agenttrail.Action, doc []byte) error {
		l, err := leavesOf(doc, keep)
		if err != nil {
			return fmt.Errorf("BUG: document of %s: %w", a.ID, err)
		}
		want[a.ID] = l
		return nil
	})
	if err != nil {
		return err
	}
	receipt := []object{{"term": object{"agenttrail.receipt": n}}}
	err = f.scan(ctx, all(receipt), func(d *document) error {
		into.Compared++
		should, ok := want[d.id]
		delete(want, d.id)
		if !ok {
			into.Altered = append(into.Altered, Altered{ID: d.id, Index: d.index, Receipt: n})
			return nil
		}
		is := leaves{}
		is.gather("", d.source, keep)
		if d.reduced() {
			into.Reduced++
			should, is = should.core(), is.core()
		}
		if names := is.differs(should); len(names) > 0 {
			into.Altered = append(into.Altered, Altered{d.id, d.index, n, names})
		}
		return nil
	})
	into.Missing = append(into.Missing, sortedNames(want)...)
	return err
}

func (d *document) reduced() (yes bool) {
	d.at("tags").Each(func(t strictjson.Value) bool { yes = t.Str() == "index_degraded"; return !yes })
	return yes
}

// core are the members that also a reduced document has.
func (l leaves) core() leaves {
	out := leaves{}
	for _, path := range coreMembers {
		if v, ok := l[strings.Join(path, ".")]; ok {
			out[strings.Join(path, ".")] = v
		}
	}
	return out
}

// Report puts a finding about each altered document into the index of findings. The same finding is there once, however often it is found.
func (c *Client) Report(ctx context.Context, list []Altered, now func() time.Time) error {
	k := courier{c, newPace(), now}
	for part := range slices.Chunk(list, maxItems) {
		found := make([]finding, len(part))
		for i, a := range part {
			doc := encode(object{"agenttrail": object{"receipt": a.Receipt}})
			found[i] = finding{ruleAltered, item{index: a.Index, id: a.ID, doc: doc}, strings.Join(a.Fields, ", ")}
		}
		if err := k.report(ctx, found); err != nil {
			return err
		}
	}
	return nil
}

// Resend projects some entries of the ledger once more: what is there is present, what was missing is created.
func (c *Client) Resend(ctx context.Context, p Projection, entries []int64) (Stats, error) {
	w := c.newWriter(ctx, p.Now)
	defer w.cancel(nil)
	var r Result
	for _, n := range entries {
		if _, err := c.project(ctx, p, n, w, &r); err != nil {
			return w.stats, w.cause(err)
		}
	}
	if err := w.flush(); err != nil {
		return w.stats, err
	}
	return w.stats, c.Refresh(ctx)
}

// Excluded is how many actions of each entry the projection left out, by index.who, as the entries' documents say.
func (c *Client) Excluded(ctx context.Context) (map[int64]int64, error) {
	left := map[int64]int64{}
	next := int64(0)
	for {
		query := object{"bool": object{"filter": []object{{"range": object{"n": object{"gte": next}}}, {"range": object{"counts.excluded": object{"gt": 0}}}}}}
		answer, err := c.search(ctx, c.ReceiptsIndex(), object{"size": 1000, "query": query, "sort": []object{{"n": "asc"}}, "_source": []string{"n", "counts.excluded"}})
		if err != nil {
			return nil, err
		}
		for _, h := range answer.Hits.Hits {
			v, err := strictjson.Parse(h.Source)
			if err != nil {
				return nil, fmt.Errorf("entries in the index: %w", err)
			}
			n, ok := v.Get("n").Int64()
			excluded, known := v.At("/counts/excluded").Int64()
			if !ok || !known {
				return nil, errors.New("entries in the index: one does not say its number or what it left out")
			}
			left[n], next = excluded, n+1
		}
		if len(answer.Hits.Hits) < 1000 {
			return left, nil
		}
	}
}
