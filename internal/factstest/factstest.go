// Package factstest is the one suite that every reader of facts must pass: the trail and the cluster give the same answers to the same questions.
// What is right is decided by a third reader, written as plainly as can be, over all actions in memory. Only tests use it.
package factstest

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/reports"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A Row is an action as it was committed, and what its entry says.
type Row struct {
	Action  agenttrail.Action
	Context agenttrail.Context
}

// Run asks the reader many questions about the rows, which are all it knows.
func Run(t *testing.T, facts reports.Facts, rows []Row) {
	t.Run("Count", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			q, by := drawQuery(t, rows), rapid.SliceOfNDistinct(rapid.SampledFrom(keys()), 0, 5, func(s string) string { return s }).Draw(t, "by")
			var got []agenttrail.Group
			err := facts.Count(context.Background(), q, by, func(g agenttrail.Group) error {
				g.Key = slices.Clone(g.Key)
				got = append(got, g)
				return nil
			})
			if err != nil {
				t.Fatalf("Count(%+v, %q): %v", q, by, err)
			}
			if diff := gocmp.Diff(count(rows, q, by), got); diff != "" {
				t.Fatalf("Count(%+v, %q), want - got +\n%s", q, by, diff)
			}
		})
	})
	t.Run("Find", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			q := drawQuery(t, rows)
			var got []agenttrail.Action
			if err := facts.Find(context.Background(), q, func(a *agenttrail.Action) error { got = append(got, a.Clone()); return nil }); err != nil {
				t.Fatalf("Find(%+v): %v", q, err)
			}
			if want := find(rows, q); !reflect.DeepEqual(want, got) { // a diff of all costs more than all the rest
				t.Fatalf("Find(%+v), want - got +\n%s", q, gocmp.Diff(want, got))
			}
		})
	})
	t.Run("refused", func(t *testing.T) { refused(t, facts) })
	t.Run("stopped", func(t *testing.T) { stopped(t, facts) })
}

// refused are questions without an exact answer.
func refused(t *testing.T, facts reports.Facts) {
	some := agenttrail.Term{Field: "agenttrail.verb", Any: []string{"read"}}
	for name, c := range map[string]struct {
		by   []string
		term agenttrail.Term
	}{
		"key with many values": {[]string{"agenttrail.correlation"}, some},
		"key that is a time":   {[]string{"event.start"}, some},
		"key that is text":     {[]string{"agenttrail.intent.reason"}, some},
		"key that is judged":   {[]string{"agenttrail.actor.owner"}, some},
		"key that is a hash":   {[]string{"event.hash"}, some},
		"no such key":          {[]string{"agenttrail.nonsense"}, some},
		"term on text":         {[]string{"agenttrail.verb"}, agenttrail.Term{Field: "error.message", Any: []string{"x"}}},
		"term on a judgement":  {[]string{"agenttrail.verb"}, agenttrail.Term{Field: "agenttrail.scope.in_scope", Any: []string{"true"}}},
		"term without a value": {[]string{"agenttrail.verb"}, agenttrail.Term{Field: "agenttrail.verb"}},
		"no such term":         {[]string{"agenttrail.verb"}, agenttrail.Term{Field: "nonsense", Any: []string{""}}},
	} {
		err := facts.Count(context.Background(), agenttrail.Query{All: []agenttrail.Term{c.term}}, c.by, func(agenttrail.Group) error { return nil })
		if err == nil {
			t.Errorf("%s: Count(%+v, %q) answers, want an error", name, c.term, c.by)
		}
	}
}

// stopped: an error of yield and the end of a context end the question with that error.
func stopped(t *testing.T, facts reports.Facts) {
	for name, ask := range map[string]func(context.Context, func() error) error{
		"Count": func(ctx context.Context, yield func() error) error {
			return facts.Count(ctx, agenttrail.Query{}, []string{"agenttrail.id"}, func(agenttrail.Group) error { return yield() })
		},
		"Find": func(ctx context.Context, yield func() error) error {
			return facts.Find(ctx, agenttrail.Query{}, func(*agenttrail.Action) error { return yield() })
		},
	} {
		n := 0
		if err := ask(context.Background(), func() error { n++; return context.DeadlineExceeded }); err != context.DeadlineExceeded || n != 1 {
			t.Errorf("%s, stopped by yield: %v after %d calls, want the error of yield after one", name, err, n)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := ask(ctx, func() error { return nil }); err == nil {
			t.Errorf("%s with a context that has ended: no error", name)
		}
	}
}

// keys are the fields that Count takes, and the day.
func keys() []string {
	names := []string{"day", "hour"}
	for _, f := range agenttrail.Fields() {
		if f.Is(agenttrail.Countable) {
			names = append(names, f.Name)
		}
	}
	return names
}

// terms are the fields that both readers decide exactly.
func terms() (names []string) {
	for _, f := range agenttrail.Fields() {
		switch {
		case f.Type == agenttrail.Text || f.Type == agenttrail.Date || f.Type == agenttrail.IP:
		case f.Stored() || f.Mark == agenttrail.D && f.Is(agenttrail.Countable):
			names = append(names, f.Name)
		}
	}
	return names
}

func drawQuery(t *rapid.T, rows []Row) (q agenttrail.Query) {
	last := rows[len(rows)-1].Context.Receipt.N
	q.Before = rapid.Int64Range(0, last+2).Draw(t, "before")
	q.Zone = rapid.SampledFrom([]string{"", "UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kolkata"}).Draw(t, "zone")
	for name, at := range map[string]*time.Time{"from": &q.From, "to": &q.To} {
		if rapid.Bool().Draw(t, name) {
			row := rapid.SampledFrom(rows).Draw(t, "bound at")
			*at = row.Action.Time.Add(time.Duration(rapid.SampledFrom([]int64{0, 1, -1, 999, 1000, 1e6, -1e6, 864e11, -864e11}).Draw(t, "beside")))
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "terms") {
		q.All = append(q.All, drawTerm(t, rows))
	}
	return q
}

func drawTerm(t *rapid.T, rows []Row) agenttrail.Term {
	term := agenttrail.Term{Field: rapid.SampledFrom(terms()).Draw(t, "field"), Not: rapid.Bool().Draw(t, "not")}
	f, _ := agenttrail.Lookup(term.Field)
	for range rapid.IntRange(0, 3).Draw(t, "values") {
		row := rapid.SampledFrom(rows).Draw(t, "value of")
		value := rapid.SampledFrom(append(values(f, &row), "", agenttrail.TooLong, "no such value", "007", "(")).Draw(t, "value")
		term.Any = append(term.Any, value)
	}
	if f.Type == agenttrail.Keyword && rapid.IntRange(0, 3).Draw(t, "by prefix") == 0 || len(term.Any) == 0 {
		if term.Prefix = "("; f.Type != agenttrail.Keyword {
			term.Any, term.Prefix = []string{""}, ""
		} else if len(term.Any) > 0 && term.Any[0] != "" {
			runes := []rune(term.Any[0])
			term.Prefix = string(runes[:1+len(runes)/3])
		}
	}
	return term
}

// values are what a row says of a field: one or more texts, or one empty one. Too long ones are so called.
func values(f *agenttrail.Field, row *Row) []string {
	a := &row.Action
	verb, _ := agenttrail.LookupVerb(a.Verb)
	switch f.Name {
	case "agenttrail.tenant":
		return []string{row.Context.Tenant}
	case "agenttrail.receipt":
		return []string{strconv.FormatInt(row.Context.Receipt.N, 10)}
	case "agenttrail.ingest.run_id":
		return []string{row.Context.Run}
	case "agenttrail.ingest.mapping":
		return []string{row.Context.Mapping}
	case "agenttrail.ingest.mapping_version":
		return []string{row.Context.MappingVersion}
	case "agenttrail.approval.origin":
		if a.Verb != agenttrail.VerbApprove && a.Verb != agenttrail.VerbReject {
			return []string{""}
		}
		return []string{row.Context.ApprovalOrigin}
	case "agenttrail.effect":
		return []string{verb.Effect}
	case "agenttrail.lag_step":
		return []string{agenttrail.LagStep(a.Lag)}
	case "event.module":
		return []string{strings.SplitN(a.Event.Dataset, ".", 2)[0]}
	case "event.outcome":
		return []string{map[string]string{agenttrail.Success: "success", agenttrail.Partial: "success", agenttrail.Failure: "failure", agenttrail.Denied: "failure",
			agenttrail.Unknown: "unknown", agenttrail.Pending: "unknown"}[a.Outcome]}
	}
	list := []string{""}
	switch p := f.Pointer(a).(type) {
	case *string:
		list[0] = *p
	case *[]string:
		if len(*p) > 0 {
			list = slices.Clone(*p)
		}
	case *agenttrail.Int:
		if p.Known {
			list[0] = strconv.FormatInt(p.N, 10)
		}
	case *agenttrail.Bool:
		list[0] = map[agenttrail.Bool]string{agenttrail.Yes: "true", agenttrail.No: "false"}[*p]
	}
	for i, v := range list {
		if limit := f.IgnoreAbove(); limit > 0 && agenttrail.Units(v) > limit {
			list[i] = agenttrail.TooLong
		}
	}
	return list
}

func answers(row *Row, q agenttrail.Query) bool {
	if q.Before > 0 && row.Context.Receipt.N >= q.Before || !q.From.IsZero() && row.Action.Time.Before(q.From) || !q.To.IsZero() && !row.Action.Time.Before(q.To) {
		return false
	}
	for _, term := range q.All {
		f, _ := agenttrail.Lookup(term.Field)
		holds := false
		for _, v := range values(f, row) {
			holds = holds || slices.Contains(term.Any, v) || term.Prefix != "" && strings.HasPrefix(v, term.Prefix)
		}
		if holds == term.Not {
			return false
		}
	}
	return true
}

func count(rows []Row, q agenttrail.Query, by []string) (list []agenttrail.Group) {
	zone, err := time.LoadLocation(q.Zone)
	if err != nil {
		panic(err)
	}
	places := map[string]int{}
	for i := range rows {
		if !answers(&rows[i], q) {
			continue
		}
		key := make([]string, len(by))
		for k, name := range by {
			if f, ok := agenttrail.Lookup(name); ok {
				key[k] = values(f, &rows[i])[0]
			} else {
				key[k] = rows[i].Action.Time.In(zone).Format(map[string]string{"day": time.DateOnly, "hour": "2006-01-02T15"}[name])
			}
		}
		at := rows[i].Action.Time.Truncate(time.Millisecond)
		place, ok := places[strings.Join(key, "\x00\x00\x00")]
		if !ok {
			place = len(list)
			places[strings.Join(key, "\x00\x00\x00")] = place
			list = append(list, agenttrail.Group{Key: key, First: at, Last: at})
		}
		g := &list[place]
		g.N++
		if at.Before(g.First) {
			g.First = at
		}
		if at.After(g.Last) {
			g.Last = at
		}
	}
	slices.SortFunc(list, func(a, b agenttrail.Group) int { return slices.Compare(a.Key, b.Key) })
	return list
}

func find(rows []Row, q agenttrail.Query) (list []agenttrail.Action) {
	for i := range rows {
		if answers(&rows[i], q) {
			list = append(list, rows[i].Action)
		}
	}
	slices.SortFunc(list, func(a, b agenttrail.Action) int {
		return cmp.Or(cmp.Compare(a.Time.UnixMilli(), b.Time.UnixMilli()), strings.Compare(a.ID, b.ID))
	})
	return list
}
