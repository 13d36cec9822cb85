package table

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"agenttrail"
)

// Keys of Count that stand for the date of @timestamp, and for its date and hour, in the zone of the query.
const (
	Day  = "day"  // 2026-07-02
	Hour = "hour" // 2026-07-02T15
)

const timestamp = "@timestamp"

// A derivation computes a field that no file stores from one that it does.
type derivation struct {
	name, from string
	text       func(string) string // of a text field
	number     func(int64) string  // of a number that is there
}

var derivations = []derivation{
	{name: "event.module", from: "event.dataset", text: func(dataset string) string {
		module, _, _ := strings.Cut(dataset, ".")
		return module
	}},
	{name: "event.outcome", from: "agenttrail.outcome", text: outcome},
	{name: "agenttrail.effect", from: "agenttrail.verb", text: func(verb string) string {
		v, _ := agenttrail.LookupVerb(verb)
		return v.Effect
	}},
	{name: "agenttrail.lag_step", from: "agenttrail.lag", number: func(ms int64) string { return agenttrail.LagStep(agenttrail.Num(ms)) }},
}

// outcome is what ECS can say of an outcome.
func outcome(outcome string) string {
	switch outcome {
	case agenttrail.Success, agenttrail.Partial:
		return agenttrail.Success
	case agenttrail.Failure, agenttrail.Denied:
		return agenttrail.Failure
	}
	return agenttrail.Unknown
}

// approvalOrigin is said by the entry, but only of approvals and rejections.
const approvalOrigin = "agenttrail.approval.origin"

// A source says where the values of a field come from.
type source struct {
	field    *agenttrail.Field // the stored field that is read; nil for a constant
	constant string
	text     func(string) string // nil: the value itself
	number   func(int64) string  // nil: as canonical rows write it
}

// sourceOf finds the source of a field that may be a term.
func sourceOf(name string, constants map[string]string) (source, error) {
	f, ok := agenttrail.Lookup(name)
	if !ok {
		return source{}, fmt.Errorf("there is no field %q", name)
	}
	value, constant := constants[name]
	switch {
	case name == approvalOrigin && constant:
		verb, _ := agenttrail.Lookup("agenttrail.verb")
		return source{field: verb, text: func(verb string) string {
			if verb == agenttrail.VerbApprove || verb == agenttrail.VerbReject {
				return value
			}
			return ""
		}}, nil
	case constant:
		return source{constant: value}, nil
	case f.Type == agenttrail.Text:
		return source{}, fmt.Errorf("%s is text, it cannot be asked for by value", name)
	case f.Stored():
		return source{field: f, text: shorten(f.IgnoreAbove())}, nil
	}
	for _, d := range derivations {
		if d.name == name {
			from, _ := agenttrail.Lookup(d.from)
			return source{field: from, text: d.text, number: d.number}, nil
		}
	}
	return source{}, fmt.Errorf("%s is neither stored in a table nor given as a constant", name)
}

// shorten puts TooLong for a value of more than limit UTF-16 units, as Elasticsearch would not find it either.
func shorten(limit int) func(string) string {
	if limit == 0 {
		return nil
	}
	return func(s string) string {
		if len(s) > limit && agenttrail.Units(s) > limit {
			return agenttrail.TooLong
		}
		return s
	}
}

// keyOf finds the source of a field that may be a key of Count.
func keyOf(name string, constants map[string]string) (source, error) {
	f, ok := agenttrail.Lookup(name)
	switch {
	case !ok:
		return source{}, fmt.Errorf("count by %q: there is no such field", name)
	case f.Is(agenttrail.Many):
		return source{}, fmt.Errorf("count by %s: it has many values; use it as a term", name)
	case !f.Is(agenttrail.Countable):
		return source{}, fmt.Errorf("count by %s: it is no key", name)
	}
	s, err := sourceOf(name, constants)
	if err != nil {
		return source{}, fmt.Errorf("count by %s: %w", name, err)
	}
	return s, nil
}

// has says whether one value satisfies the term, Not apart.
func has(t *agenttrail.Term, value string) bool {
	return slices.Contains(t.Any, value) || t.Prefix != "" && strings.HasPrefix(value, t.Prefix)
}

// Matches says whether a answers q, without the bound on entries. It means what Find means for a file without constants: of what only the entry
// knows, nothing is said.
func Matches(a *agenttrail.Action, q agenttrail.Query) bool {
	if !inTime(a.Time, q) {
		return false
	}
	for i := range q.All {
		if t := &q.All[i]; holds(a, t) == t.Not {
			return false
		}
	}
	return true
}

func inTime(t time.Time, q agenttrail.Query) bool {
	if t.IsZero() {
		return q.From.IsZero() && q.To.IsZero()
	}
	return (q.From.IsZero() || !t.Before(q.From)) && (q.To.IsZero() || t.Before(q.To))
}

func holds(a *agenttrail.Action, t *agenttrail.Term) bool {
	s, err := sourceOf(t.Field, nil)
	if err != nil {
		return has(t, "")
	}
	switch p := s.field.Pointer(a).(type) {
	case *[]string:
		return len(*p) == 0 && has(t, "") || slices.ContainsFunc(*p, func(v string) bool { return has(t, s.of(v)) })
	case *string:
		return has(t, s.of(*p))
	case *agenttrail.Int:
		if s.number != nil && p.Known {
			return has(t, s.number(p.N))
		}
	}
	value, _ := s.field.Value(a)
	return has(t, value)
}

// of is the value that stands for a stored text.
func (s *source) of(value string) string {
	if s.text == nil {
		return value
	}
	return s.text(value)
}
