package reports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"agenttrail"
)

// A question is one thing that was asked of the facts, as the report prints it.
type question struct {
	purpose string
	query   agenttrail.Query
	by      []string // nil: actions were asked for, not counts
	answers int64    // groups or actions
	actions int64    // the actions in them
}

// asker asks and remembers what it asked.
type asker struct {
	facts  Facts
	before int64
	asked  []question
}

// withoutConflicts leaves out the later versions of actions that came with other facts: the first one counts.
var withoutConflicts = agenttrail.Term{Field: "agenttrail.evidence.flags", Any: []string{agenttrail.FlagConflict}, Not: true}

func (k *asker) count(ctx context.Context, purpose string, q agenttrail.Query, by []string, yield func(agenttrail.Group) error) error {
	q.Before = k.before
	asked := question{purpose: purpose, query: q, by: by}
	err := k.facts.Count(ctx, q, by, func(g agenttrail.Group) error {
		if len(g.Key) != len(by) {
			return fmt.Errorf("a group has %d keys, want %d", len(g.Key), len(by))
		}
		asked.answers++
		asked.actions += g.N
		return yield(g)
	})
	if err != nil {
		return fmt.Errorf("count %s: %w", purpose, err)
	}
	k.asked = append(k.asked, asked)
	return nil
}

func (k *asker) find(ctx context.Context, purpose string, q agenttrail.Query, yield func(*agenttrail.Action) error) error {
	q.Before = k.before
	asked := question{purpose: purpose, query: q}
	err := k.facts.Find(ctx, q, func(a *agenttrail.Action) error {
		asked.answers++
		asked.actions++
		return yield(a)
	})
	k.asked = append(k.asked, asked)
	if err != nil {
		return fmt.Errorf("find %s: %w", purpose, err)
	}
	return nil
}

// text is the question in canonical JSON.
func (k question) text() string {
	o := object{}
	o.number("before", k.query.Before)
	if k.by != nil {
		o.list("count_by", k.by)
	}
	o.time("from", k.query.From)
	o.time("to", k.query.To)
	var terms []string
	for _, t := range k.query.All {
		w := object{}
		w.list("any", t.Any)
		w.put("field", t.Field)
		if t.Not {
			w.put("not", "true")
		}
		terms = append(terms, w.String())
	}
	if terms != nil {
		o.raw("where", "["+strings.Join(terms, ",")+"]")
	}
	o.put("zone", k.query.Zone)
	return o.String()
}

// hash is the SHA-256 of the text, hex.
func (k question) hash() string {
	sum := sha256.Sum256([]byte(k.text()))
	return hex.EncodeToString(sum[:])
}
