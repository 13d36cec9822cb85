package elastic

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"agenttrail"
)

// Keys of Count that stand for the date of @timestamp, and for its date and hour, in the zone of the query.
const (
	Day  = "day"
	Hour = "hour" // 2026-07-02T15
)

// calendars are the layouts of these keys.
var calendars = map[string]string{Day: time.DateOnly, Hour: "2006-01-02T15"}

const timestamp = "@timestamp"

// maxTermBytes is Lucene's limit: a longer value is nowhere, and asking for it is refused.
const maxTermBytes = 32766

// A question is a query in the words of the cluster. The index knows times to the millisecond, so a bound that lies inside one is decided action by
// action: inner are the filters of whole milliseconds, edges those of the milliseconds that a bound cuts through.
type question struct {
	q      agenttrail.Query
	common []object // every filter but time
	outer  []object // time to the millisecond: no more actions answer than these
	inner  []object // these all answer; nil: no whole millisecond lies within the bounds
	edges  [][]object
}

// ask turns a query into filters. It refuses what the cluster cannot decide exactly.
func ask(q agenttrail.Query) (*question, error) {
	u := &question{q: q}
	if q.Before > 0 {
		u.common = append(u.common, object{"range": object{"agenttrail.receipt": object{"lt": q.Before}}})
	}
	for i := range q.All {
		clause, err := termClause(&q.All[i])
		if err != nil {
			return nil, fmt.Errorf("term on %s: %w", q.All[i].Field, err)
		}
		u.common = append(u.common, clause)
	}
	low, high := ceilMicros(q.From, math.MinInt64), ceilMicros(q.To, math.MaxInt64)
	from, to := up(low), down(high)
	u.outer = between(down(low), up(high))
	if from < to {
		u.inner = between(from, to)
	}
	if cut := down(low); cut < from {
		u.edges = append(u.edges, between(cut, from))
	}
	if end := up(high); end > to && (to >= from || len(u.edges) == 0) {
		u.edges = append(u.edges, between(to, end))
	}
	return u, nil
}

// answers decides what only the microsecond can.
func (u *question) answers(t time.Time) bool {
	return (u.q.From.IsZero() || !t.Before(u.q.From)) && (u.q.To.IsZero() || t.Before(u.q.To))
}

// ceilMicros is the first microsecond that is not before t.
func ceilMicros(t time.Time, unbounded int64) int64 {
	if t.IsZero() {
		return unbounded
	}
	us := t.UnixMicro()
	if t.Nanosecond()%1000 > 0 {
		us++
	}
	return us
}

// down and up give the millisecond at or before a microsecond, and at or after it. An absent bound stays absent.
func down(us int64) int64 {
	if us == math.MinInt64 || us == math.MaxInt64 {
		return us
	}
	return time.UnixMicro(us).UnixMilli()
}

func up(us int64) int64 {
	ms := down(us)
	if ms != us && ms*1000 != us {
		ms++
	}
	return ms
}

// between is the filter of a stretch of milliseconds, half open; without any bound it is empty and not nil.
func between(from, to int64) []object {
	bounds := object{"format": "epoch_millis"}
	if from != math.MinInt64 {
		bounds["gte"] = strconv.FormatInt(from, 10)
	}
	if to != math.MaxInt64 {
		bounds["lt"] = strconv.FormatInt(to, 10)
	}
	if len(bounds) == 1 {
		return []object{}
	}
	return []object{{"range": object{timestamp: bounds}}}
}

// factName is where the fact of a field stands in a document: a judgement may have replaced what the record stated.
func factName(f *agenttrail.Field) string {
	if f.Mark == agenttrail.FJ {
		return agenttrail.StatedName(f)
	}
	return f.Name
}

// askable finds a field that a term may name: a stored fact, or what an entry says of all its actions.
func askable(name string) (*agenttrail.Field, error) {
	f, ok := agenttrail.Lookup(name)
	switch {
	case !ok:
		return nil, fmt.Errorf("there is no field %q", name)
	case f.Type == agenttrail.Text:
		return nil, fmt.Errorf("it is text, it cannot be asked for by value")
	case f.Type == agenttrail.Date || f.Type == agenttrail.IP:
		return nil, fmt.Errorf("the cluster compares a %s only roughly; ask the trail", f.Type)
	case f.Stored() || f.Mark == agenttrail.D && f.Is(agenttrail.Countable):
		return f, nil
	}
	return nil, fmt.Errorf("it is no fact")
}

// countable finds a field that may be a key of Count.
func countable(name string) (*agenttrail.Field, error) {
	f, ok := agenttrail.Lookup(name)
	switch {
	case !ok:
		return nil, fmt.Errorf("count by %q: there is no such field", name)
	case f.Is(agenttrail.Many):
		return nil, fmt.Errorf("count by %s: it has many values; use it as a term", name)
	case !f.Is(agenttrail.Countable):
		return nil, fmt.Errorf("count by %s: it is no key", name)
	}
	if _, err := askable(name); err != nil {
		return nil, fmt.Errorf("count by %s: %w", name, err)
	}
	return f, nil
}

// termClause is one term. What is missing and what is too long to be indexed look alike to a search: only _ignored tells them apart.
func termClause(t *agenttrail.Term) (object, error) {
	if len(t.Any) == 0 && t.Prefix == "" {
		return nil, fmt.Errorf("it names neither a value nor a prefix")
	}
	f, err := askable(t.Field)
	if err != nil {
		return nil, err
	}
	if t.Prefix != "" && f.Type != agenttrail.Keyword {
		return nil, fmt.Errorf("a %s has no prefix", f.Type)
	}
	name := factName(f)
	should := []object{}
	if values := wholeValues(f, t.Any); len(values) > 0 {
		should = append(should, object{"terms": object{name: values}})
	}
	if t.Prefix != "" {
		should = append(should, object{"prefix": object{name: t.Prefix}})
	}
	for _, v := range t.Any {
		switch {
		case v == "":
			should = append(should, missing(name))
		case v == agenttrail.TooLong && f.IgnoreAbove() > 0:
			should = append(should, ignored(name))
		}
	}
	if t.Prefix != "" && strings.HasPrefix(agenttrail.TooLong, t.Prefix) && f.IgnoreAbove() > 0 {
		should = append(should, ignored(name))
	}
	return clauseOf(should, t.Not), nil
}

func clauseOf(should []object, not bool) object {
	if len(should) == 0 {
		should = append(should, object{"match_none": object{}})
	}
	if not {
		return object{"bool": object{"must_not": should}}
	}
	return object{"bool": object{"should": should, "minimum_should_match": 1}}
}

func missing(name string) object {
	return object{"bool": object{"must_not": []object{{"exists": object{"field": name}}, ignored(name)}}}
}

func ignored(name string) object { return object{"term": object{"_ignored": name}} }

// wholeValues are the values that a field of this type can hold, written as the trail writes them; others match nothing.
func wholeValues(f *agenttrail.Field, values []string) (list []any) {
	for _, v := range values {
		switch f.Type {
		case agenttrail.Long, agenttrail.Integer:
			if n, err := strconv.ParseInt(v, 10, 64); err == nil && strconv.FormatInt(n, 10) == v {
				list = append(list, n)
			}
		case agenttrail.Boolean:
			if v == "true" || v == "false" {
				list = append(list, v)
			}
		default:
			if v != "" && len(v) <= maxTermBytes {
				list = append(list, v)
			}
		}
	}
	return list
}

func all(filters ...[]object) object {
	list := []object{}
	for _, f := range filters {
		list = append(list, f...)
	}
	return object{"bool": object{"filter": list}}
}
