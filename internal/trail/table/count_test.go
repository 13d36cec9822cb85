package table

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"agenttrail"
)

// countable are keys of every sort: stored text, truth, derived, day, hour, constant, and one that the file lacks.
var countable = []string{"agenttrail.actor.id", "event.action", "agenttrail.outcome", "agenttrail.resource.external", "event.module", "event.outcome",
	"agenttrail.effect", "agenttrail.lag_step", "agenttrail.tenant", "agenttrail.approval.origin", "rule.id", Day, Hour}

var constants = map[string]string{"agenttrail.tenant": "acme", "agenttrail.approval.origin": "file"}

// valueOf says naively what Count must see.
func valueOf(a *agenttrail.Action, name string, zone *time.Location) string {
	switch name {
	case Day:
		if a.Time.IsZero() {
			return ""
		}
		return a.Time.In(zone).Format(time.DateOnly)
	case Hour:
		if a.Time.IsZero() {
			return ""
		}
		return a.Time.In(zone).Format(hourLayout)
	case "event.module":
		return agenttrail.Module(a)
	case "event.outcome":
		return outcomeOf(a.Outcome)
	case "agenttrail.effect":
		v, _ := agenttrail.LookupVerb(a.Verb)
		return v.Effect
	case "agenttrail.lag_step":
		return agenttrail.LagStep(a.Lag)
	case "agenttrail.tenant":
		return "acme"
	case "agenttrail.approval.origin":
		if a.Verb == agenttrail.VerbApprove || a.Verb == agenttrail.VerbReject {
			return "file"
		}
		return ""
	case "rule.id":
		return ""
	}
	f, _ := agenttrail.Lookup(name)
	value, _ := f.Value(a)
	return value
}

// outcomeOf is event.outcome as a document has it.
func outcomeOf(outcome string) string {
	var d struct{ Event struct{ Outcome string } }
	a := agenttrail.Action{Verb: agenttrail.VerbOther, Outcome: outcome}
	if err := json.Unmarshal(agenttrail.AppendDocument(nil, &a, &agenttrail.Context{}, nil), &d); err != nil {
		panic(err)
	}
	return d.Event.Outcome
}

func countColumns() []*agenttrail.Field {
	columns, _ := agenttrail.Columns([]string{"@timestamp", "agenttrail.actor.id", "event.action", "agenttrail.resource.external", "agenttrail.correlation", "source.ip", "event.sequence"})
	return columns
}

// drawCountable makes actions whose values often meet.
func drawCountable(t *rapid.T) (list []agenttrail.Action) {
	few := rapid.SampledFrom([]string{"", "a", "b", "ab", agenttrail.TooLong, strings.Repeat("é", 1024), strings.Repeat("é", 1025)})
	for range rapid.IntRange(0, 30).Draw(t, "rows") {
		a := agenttrail.Action{Time: drawTime.Draw(t, "time"), Correlation: rapid.SliceOfN(few, 0, 2).Draw(t, "correlation")}
		a.Actor.ID, a.Event.Action = few.Draw(t, "actor"), few.Draw(t, "action")
		a.Event.Dataset = rapid.SampledFrom([]string{"", "aws.cloudtrail", "aws.other", "okta"}).Draw(t, "dataset")
		a.Outcome = rapid.SampledFrom([]string{"", agenttrail.Success, agenttrail.Partial, agenttrail.Denied, agenttrail.Pending, agenttrail.Unknown}).Draw(t, "outcome")
		a.Verb = rapid.SampledFrom([]string{"", agenttrail.VerbRead, agenttrail.VerbApprove, agenttrail.VerbPay}).Draw(t, "verb")
		a.Resource.External = rapid.SampledFrom([]agenttrail.Bool{agenttrail.Unsaid, agenttrail.No, agenttrail.Yes}).Draw(t, "external")
		if rapid.Bool().Draw(t, "lagging") {
			a.Lag = agenttrail.Num(rapid.Int64Range(-2, 100_000).Draw(t, "lag"))
			a.Event.Sequence = agenttrail.Num(rapid.Int64Range(-1, 1).Draw(t, "sequence"))
		}
		list = append(list, a)
	}
	return list
}

func drawQuery(t *rapid.T) (q agenttrail.Query) {
	if rapid.Bool().Draw(t, "bounded") {
		q.From, q.To = drawTime.Draw(t, "from"), drawTime.Draw(t, "to")
	}
	q.Zone = rapid.SampledFrom([]string{"", "UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu"}).Draw(t, "zone")
	for range rapid.IntRange(0, 2).Draw(t, "terms") {
		term := agenttrail.Term{Not: rapid.Bool().Draw(t, "not")}
		term.Field = rapid.SampledFrom([]string{"agenttrail.actor.id", "event.module", "event.outcome", "agenttrail.correlation", "agenttrail.lag_step",
			"rule.id", "agenttrail.resource.external", "event.sequence", "email.to.address"}).Draw(t, "field")
		term.Any = rapid.SliceOfN(rapid.SampledFrom([]string{"", "a", "ab", "aws", "success", agenttrail.TooLong, "true", "1", "≤1m"}), 0, 2).Draw(t, "any")
		if len(term.Any) == 0 || rapid.Bool().Draw(t, "with prefix") {
			term.Prefix = rapid.SampledFrom([]string{"a", "(too", "s", "-"}).Draw(t, "prefix")
		}
		q.All = append(q.All, term)
	}
	return q
}

// naive counts one action after the other.
func naive(actions []agenttrail.Action, q agenttrail.Query, by []string) []agenttrail.Group {
	zone, err := time.LoadLocation(q.Zone)
	if err != nil {
		panic(err)
	}
	groups := map[string]*agenttrail.Group{}
	for i := range actions {
		a := &actions[i]
		if !Matches(a, q) {
			continue
		}
		key := []string{}
		for _, name := range by {
			key = append(key, valueOf(a, name, zone))
		}
		g := groups[fmt.Sprintf("%q", key)]
		if g == nil {
			g = &agenttrail.Group{Key: key}
			groups[fmt.Sprintf("%q", key)] = g
		}
		g.N++
		at := a.Time.Truncate(time.Millisecond)
		if !a.Time.IsZero() && (g.First.IsZero() || at.Before(g.First)) {
			g.First = at
		}
		if !a.Time.IsZero() && (g.Last.IsZero() || at.After(g.Last)) {
			g.Last = at
		}
	}
	list := []agenttrail.Group{}
	for g := range maps.Values(groups) {
		list = append(list, *g)
	}
	slices.SortFunc(list, func(a, b agenttrail.Group) int { return slices.Compare(a.Key, b.Key) })
	return list
}

// TestCount compares with naive counting, over two files.
func TestCount(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		first, second, q := drawCountable(rt), drawCountable(rt), drawQuery(rt)
		by := rapid.SliceOfNDistinct(rapid.SampledFrom(countable), 0, 4, rapid.ID).Draw(rt, "by")
		var groups Groups
		for _, actions := range [][]agenttrail.Action{first, second} {
			b, _ := write(t, countColumns(), actions)
			f := open(t, b)
			f.Constants = constants
			if err := f.Count(q, by, &groups); err != nil {
				rt.Fatal(err)
			}
		}
		got := []agenttrail.Group{}
		if err := groups.Each(func(g agenttrail.Group) error { got = append(got, g); return nil }); err != nil {
			rt.Fatal(err)
		}
		want := naive(slices.Concat(first, second), q, by)
		if d := cmp.Diff(want, got); d != "" {
			rt.Fatalf("Count(%+v, %q) (-want +got):\n%s", q, by, d)
		}
	})
}

// TestFind compares with Matches, which names its own meaning of a term in TestMatches.
func TestFind(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		actions, q := drawCountable(rt), drawQuery(rt)
		var want, got []int64
		for i := range actions {
			if Matches(&actions[i], q) {
				want = append(want, int64(i))
			}
		}
		b, _ := write(t, countColumns(), actions)
		if err := open(t, b).Find(q, nil, func(row int64, a *agenttrail.Action) error {
			if !slices.Equal(a.Correlation, actions[row].Correlation) || a.Event.Action != actions[row].Event.Action {
				return fmt.Errorf("row %d is %+v, want %+v", row, a, actions[row])
			}
			got = append(got, row)
			return nil
		}); err != nil {
			rt.Fatal(err)
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("Find(%+v) = rows %v, want %v", q, got, want)
		}
	})
}

// TestMatches is the meaning of a query, case by case.
func TestMatches(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	a := agenttrail.Action{Time: at, Correlation: []string{"r1", "r2"}, Verb: agenttrail.VerbPay, Lag: agenttrail.Num(5)}
	a.Event.Dataset, a.Actor.ID, a.Actor.Name = "aws.cloudtrail", "agt-1", strings.Repeat("x", 1025)
	a.Evidence.URI = strings.Repeat("u", 2000)
	term := func(field string, any ...string) agenttrail.Term { return agenttrail.Term{Field: field, Any: any} }
	not := func(t agenttrail.Term) agenttrail.Term { t.Not = true; return t }
	prefix := func(field, p string) agenttrail.Term { return agenttrail.Term{Field: field, Prefix: p} }
	for _, c := range []struct {
		q    agenttrail.Query
		want bool
	}{
		{agenttrail.Query{}, true},
		{agenttrail.Query{From: at}, true},
		{agenttrail.Query{To: at}, false},
		{agenttrail.Query{From: at.Add(1)}, false},
		{agenttrail.Query{To: at.Add(1)}, true},
		{agenttrail.Query{All: []agenttrail.Term{term("agenttrail.actor.id", "x", "agt-1")}}, true},
		{agenttrail.Query{All: []agenttrail.Term{not(term("agenttrail.actor.id", "x", "agt-1"))}}, false},
		{agenttrail.Query{All: []agenttrail.Term{term("agenttrail.actor.id", "")}}, false},
		{agenttrail.Query{All: []agenttrail.Term{term("user.id", "")}}, true},
		{agenttrail.Query{All: []agenttrail.Term{not(term("user.id", ""))}}, false},
		{agenttrail.Query{All: []agenttrail.Term{prefix("agenttrail.actor.id", "agt-")}}, true},
		{agenttrail.Query{All: []agenttrail.Term{prefix("user.id", "a")}}, false},
		{agenttrail.Query{All: []agenttrail.Term{term("agenttrail.correlation", "r2")}}, true},
		{agenttrail.Query{All: []agenttrail.Term{not(term("agenttrail.correlation", "r2"))}}, false},
		{agenttrail.Query{All: []agenttrail.Term{term("agenttrail.correlation", "")}}, false},
		{agenttrail.Query{All: []agenttrail.Term{term("agenttrail.subject.id", "")}}, true},
		{agenttrail.Query{All: []agenttrail.Term{term("agenttrail.actor.name", agenttrail.TooLong)}}, true},
		{agenttrail.Query{All: []agenttrail.Term{term("agenttrail.actor.name", a.Actor.Name)}}, false},
		{agenttrail.Query{All: []agenttrail.Term{term("agenttrail.evidence.uri", a.Evidence.URI)}}, true},
		{agenttrail.Query{All: []agenttrail.Term{term("event.module", "aws")}}, true},
		{agenttrail.Query{All: []agenttrail.Term{term("agenttrail.effect", agenttrail.EffectExternal)}}, true},
		{agenttrail.Query{All: []agenttrail.Term{term("agenttrail.lag_step", "≤1m")}}, true},
		{agenttrail.Query{All: []agenttrail.Term{term("agenttrail.lag", "5")}}, true},
		{agenttrail.Query{All: []agenttrail.Term{term("event.module", "aws"), term("user.id", "x")}}, false},
	} {
		if got := Matches(&a, c.q); got != c.want {
			t.Errorf("Matches(%+v) = %t, want %t", c.q, got, c.want)
		}
	}
	if got := Matches(&agenttrail.Action{}, agenttrail.Query{To: at}); got {
		t.Error("Matches an action without time to a query that ends, want false")
	}
}

// TestCountMistakes: a question that has no answer is an error that names the field.
func TestCountMistakes(t *testing.T) {
	b, _ := write(t, countColumns(), nil)
	f := open(t, b)
	for _, c := range []struct {
		by    string
		q     agenttrail.Query
		words string
	}{
		{by: "agenttrail.correlation", words: "agenttrail.correlation: it has many values"},
		{by: "event.category", words: "event.category: it has many values"},
		{by: "source.ip", words: "source.ip: it is no key"},
		{by: "agenttrail.scope.in_scope", words: "no key"},
		{by: "agenttrail.lag", words: "no key"},
		{by: "agenttrail.tenant", words: "given as a constant"},
		{by: "event.acton", words: "event.acton"},
		{by: Day, q: agenttrail.Query{Zone: "Nowhere/Town"}, words: "Nowhere/Town"},
		{q: agenttrail.Query{All: []agenttrail.Term{{Field: "error.message", Any: []string{"x"}}}}, words: "error.message is text"},
		{q: agenttrail.Query{All: []agenttrail.Term{{Field: "related.user", Any: []string{"x"}}}}, words: "related.user"},
		{q: agenttrail.Query{All: []agenttrail.Term{{Field: "user.id"}}}, words: "user.id: it names neither"},
	} {
		var by []string
		if c.by != "" {
			by = []string{c.by}
		}
		if err := f.Count(c.q, by, &Groups{}); err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("Count(%+v, %q): %v, want an error with %q", c.q, by, err, c.words)
		}
	}
}

// TestCountLarge takes the ways that small files do not: maps instead of arrays, several row groups, row groups left out by their bounds.
func TestCountLarge(t *testing.T) {
	actions := demo(22_000, 1)
	b, _ := write(t, demoColumns(), actions)
	f := open(t, b)
	for _, by := range [][]string{{"agenttrail.id"}, {"event.id", "agenttrail.resource.id", "agenttrail.actor.id"}, {"agenttrail.actor.id", "event.action", "agenttrail.outcome"}} {
		q := agenttrail.Query{From: actions[11_000].Time, To: actions[19_000].Time}
		var groups Groups
		if err := f.Count(q, by, &groups); err != nil {
			t.Fatal(err)
		}
		got := []agenttrail.Group{}
		if err := groups.Each(func(g agenttrail.Group) error { got = append(got, g); return nil }); err != nil {
			t.Fatal(err)
		}
		want := naive(actions, q, by)
		if len(got) != len(want) || cmp.Diff(want[:100], got[:100]) != "" {
			t.Errorf("Count by %q = %d groups, want %d; first difference:\n%s", by, len(got), len(want), cmp.Diff(want[:100], got[:100]))
		}
	}
}

// TestFindBlooms reads nothing but the bloom filters when no row group can answer.
func TestFindBlooms(t *testing.T) {
	b, _ := write(t, demoColumns(), demo(1000, 1))
	r := &counting{Reader: bytes.NewReader(b)}
	f, err := Open(r, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	r.bytes = 0
	q := agenttrail.Query{All: []agenttrail.Term{{Field: "agenttrail.session.id", Any: []string{"nobody's"}}}}
	if err := f.Find(q, nil, func(row int64, a *agenttrail.Action) error { return fmt.Errorf("found row %d", row) }); err != nil {
		t.Fatal(err)
	}
	if r.bytes > 4096 {
		t.Errorf("Find of an absent session read %d bytes, want at most 4096", r.bytes)
	}
}

type counting struct {
	*bytes.Reader
	bytes int
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.Reader.ReadAt(p, off)
	c.bytes += n
	return n, err
}
