package elastic

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"agenttrail"
)

// bucketPage is how many groups one request brings.
const bucketPage = 10_000

// Count groups by single-valued facts, in byte order of keys; see agenttrail.Query. It adds up the groups and compares the sum with the number of
// actions that answer: where they differ nothing is yielded.
func (f *Finder) Count(ctx context.Context, q agenttrail.Query, by []string, yield func(agenttrail.Group) error) error {
	k, err := newCounting(f, q, by)
	if err != nil {
		return err
	}
	if k.u.inner != nil {
		if err := k.split(ctx, all(k.u.common, k.u.inner), 0); err != nil {
			return fmt.Errorf("count by %s: %w", strings.Join(by, ", "), err)
		}
	}
	for _, edge := range k.u.edges {
		if err := k.oneByOne(ctx, edge); err != nil {
			return fmt.Errorf("count by %s: %w", strings.Join(by, ", "), err)
		}
	}
	return k.each(yield)
}

// A counting is one Count under way.
type counting struct {
	f       *Finder
	u       *question
	by      []string
	fields  []*agenttrail.Field // nil: the day or hour
	zone    *time.Location
	tooLong []bool // this pass counts actions whose value of the field is too long
	groups  map[string]*agenttrail.Group
}

func newCounting(f *Finder, q agenttrail.Query, by []string) (*counting, error) {
	k := &counting{f: f, by: by, tooLong: make([]bool, len(by)), groups: map[string]*agenttrail.Group{}}
	var err error
	if k.u, err = ask(q); err != nil {
		return nil, err
	}
	if k.zone, err = time.LoadLocation(q.Zone); err != nil {
		return nil, fmt.Errorf("count by day: zone %q: %w", q.Zone, err)
	}
	for _, name := range by {
		var field *agenttrail.Field
		if calendars[name] == "" {
			if field, err = countable(name); err != nil {
				return nil, err
			}
		}
		k.fields = append(k.fields, field)
	}
	return k, nil
}

// split asks how many actions hold a value of each further field that is too long to be grouped by. Where there are some, it counts those and the
// others apart: in an aggregation both too long and missing are null.
func (k *counting) split(ctx context.Context, query object, from int) error {
	aggs := object{}
	for i := from; i < len(k.fields); i++ {
		if k.fields[i] != nil && k.fields[i].IgnoreAbove() > 0 {
			aggs["long"+strconv.Itoa(i)] = object{"filter": ignored(factName(k.fields[i]))}
		}
	}
	body := object{"size": 0, "query": query}
	if len(aggs) > 0 {
		body["aggs"] = aggs
	}
	answer, err := k.f.search(ctx, body, true)
	if err != nil || answer.Hits.Total.Value == 0 {
		return err
	}
	long := map[string]struct {
		N *int64 `json:"doc_count"`
	}{}
	if len(aggs) > 0 {
		if err := json.Unmarshal(answer.Aggregations, &long); err != nil {
			return fmt.Errorf("%w: the answer's aggregations: %w", ErrUnavailable, err)
		}
	}
	for i := from; i < len(k.fields); i++ {
		name := "long" + strconv.Itoa(i)
		if aggs[name] == nil {
			continue
		}
		if long[name].N == nil {
			return fmt.Errorf("%w: the answer lacks an aggregation that was asked for", ErrUnavailable)
		}
		if *long[name].N == 0 {
			continue
		}
		term := ignored(factName(k.fields[i]))
		if err := k.split(ctx, object{"bool": object{"filter": query, "must_not": term}}, i+1); err != nil {
			return err
		}
		k.tooLong[i] = true
		err := k.split(ctx, object{"bool": object{"filter": []object{query, term}}}, i+1)
		k.tooLong[i] = false
		return err
	}
	return k.composite(ctx, query, answer.Hits.Total.Value)
}

type bucket struct {
	Key         map[string]any
	N           int64                    `json:"doc_count"`
	First, Last struct{ Value *float64 } // milliseconds
}

// composite counts page by page, until the groups add up to total.
func (k *counting) composite(ctx context.Context, query object, total int64) error {
	keys := k.sources()
	if len(keys) == 0 { // one group of everything: an aggregation by nothing does not exist
		keys = []object{{"k": object{"terms": object{"field": "event.kind", "missing_bucket": true}}}}
	}
	composite := object{"size": bucketPage, "sources": keys}
	aggs := object{"groups": object{"composite": composite, "aggs": object{"first": object{"min": object{"field": timestamp}}, "last": object{"max": object{"field": timestamp}}}}}
	sum := int64(0)
	for {
		answer, err := k.f.search(ctx, object{"size": 0, "query": query, "aggs": aggs}, false)
		if err != nil {
			return err
		}
		var page struct {
			Groups *struct {
				After   json.RawMessage `json:"after_key"`
				Buckets []bucket
			}
		}
		d := json.NewDecoder(strings.NewReader(string(answer.Aggregations)))
		d.UseNumber()
		if err := d.Decode(&page); err != nil || page.Groups == nil {
			return fmt.Errorf("%w: the answer holds no groups", ErrUnavailable)
		}
		for i := range page.Groups.Buckets {
			sum += page.Groups.Buckets[i].N
			k.addBucket(&page.Groups.Buckets[i])
		}
		if len(page.Groups.Buckets) < bucketPage || len(page.Groups.After) == 0 {
			break
		}
		composite["after"] = page.Groups.After
	}
	if sum != total {
		return fmt.Errorf("%w: the groups hold %d actions, %d answer the question", ErrUnavailable, sum, total)
	}
	return nil
}

func (k *counting) sources() (list []object) {
	for i, field := range k.fields {
		source := object{"missing_bucket": true}
		kind := "terms"
		if field == nil {
			kind = "date_histogram"
			// Without a format the key is the instant at which it begins: an hour that a zone has twice would else be two groups of one name, between which no page may end.
			source["field"], source["calendar_interval"], source["time_zone"] = timestamp, k.by[i], k.zone.String()
		} else {
			source["field"] = factName(field)
		}
		list = append(list, object{"k" + strconv.Itoa(i): object{kind: source}})
	}
	return list
}

func (k *counting) addBucket(b *bucket) {
	g := agenttrail.Group{Key: make([]string, len(k.fields)), N: b.N, First: fromMillis(b.First.Value), Last: fromMillis(b.Last.Value)}
	for i := range k.fields {
		if k.tooLong[i] {
			g.Key[i] = agenttrail.TooLong
			continue
		}
		switch v := b.Key["k"+strconv.Itoa(i)].(type) {
		case string:
			g.Key[i] = v
		case json.Number:
			g.Key[i] = v.String()
			if ms, err := v.Int64(); err == nil && k.fields[i] == nil {
				g.Key[i] = time.UnixMilli(ms).In(k.zone).Format(calendars[k.by[i]])
			}
		case bool:
			g.Key[i] = strconv.FormatBool(v)
		}
	}
	k.add(g)
}

func fromMillis(ms *float64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(*ms)).UTC()
}

// oneByOne counts the actions of a millisecond that a bound cuts through.
func (k *counting) oneByOne(ctx context.Context, when []object) error {
	return k.f.scan(ctx, all(k.u.common, when), func(d *document) error {
		if !k.u.answers(d.action.Time) {
			return nil
		}
		at := d.action.Time.Truncate(time.Millisecond)
		g := agenttrail.Group{Key: make([]string, len(k.fields)), N: 1, First: at, Last: at}
		for i, field := range k.fields {
			if field == nil {
				g.Key[i] = d.action.Time.In(k.zone).Format(calendars[k.by[i]])
			} else {
				g.Key[i] = d.value(field)
			}
		}
		k.add(g)
		return nil
	})
}

// add adds a group to the one of the same key.
func (k *counting) add(g agenttrail.Group) {
	var id []byte
	for _, v := range g.Key {
		id = strconv.AppendInt(id, int64(len(v)), 10)
		id = append(append(id, ':'), v...)
	}
	have, ok := k.groups[string(id)]
	if !ok {
		for i := range g.Key {
			g.Key[i] = strings.Clone(g.Key[i])
		}
		k.groups[string(id)] = &g
		return
	}
	have.N += g.N
	if !g.First.IsZero() && (have.First.IsZero() || g.First.Before(have.First)) {
		have.First = g.First
	}
	if g.Last.After(have.Last) {
		have.Last = g.Last
	}
}

func (k *counting) each(yield func(agenttrail.Group) error) error {
	list := make([]*agenttrail.Group, 0, len(k.groups))
	for _, g := range k.groups {
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b *agenttrail.Group) int { return cmp.Or(slices.Compare(a.Key, b.Key)) })
	for _, g := range list {
		if err := yield(*g); err != nil {
			return err
		}
	}
	return nil
}
