package reports

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"agenttrail"
)

// patternDays is how far before and after the first and the last wrong message the same path is looked at.
const patternDays = 30

// mostMessages are looked at for the same pattern.
const mostMessages = 20_000

// A pattern is the same agent doing the same thing around the time of the case, to other persons.
type pattern struct {
	paths    []path
	from, to time.Time
	messages int64 // by the same agent, verb and system: the population
	sessions int64
	pairs    []Pair // that are not of this case
	persons  int    // other persons whose record stands in one of them
	cut      bool
}

// A path is who sent what kind of message where.
type path struct{ agent, version, verb, system string }

func pathOf(a *agenttrail.Action) path {
	return path{cmp.Or(a.Actor.ID, a.Actor.Name), a.GenAI.AgentVersion, a.Verb, a.Resource.System}
}

func (p path) terms() []agenttrail.Term {
	terms := []agenttrail.Term{{Field: "agenttrail.actor.id", Any: []string{p.agent}}, {Field: "agenttrail.verb", Any: []string{p.verb}}, {Field: "agenttrail.resource.system", Any: []string{p.system}}, withoutConflicts}
	if p.version != "" {
		terms = append(terms, agenttrail.Term{Field: "gen_ai.agent.version", Any: []string{p.version}})
	}
	return terms
}

// findPattern looks whether the agent and path of each wrong-recipient pair hit other persons too.
func (c *caseFile) findPattern(ctx context.Context) error {
	s := &c.same
	for _, p := range c.pairs {
		if way := pathOf(p.Sent); way.agent != "" && !slices.Contains(s.paths, way) {
			s.paths = append(s.paths, way)
		}
	}
	if len(s.paths) == 0 {
		return nil
	}
	s.from, s.to = c.pairs[0].Sent.Time.AddDate(0, 0, -patternDays), c.pairs[len(c.pairs)-1].Sent.Time.AddDate(0, 0, patternDays)
	sessions := map[string]bool{}
	for _, way := range s.paths {
		q := agenttrail.Query{From: s.from, To: s.to, All: way.terms()}
		err := c.ask.find(ctx, "messages by the same agent on the same path", q, func(a *agenttrail.Action) error {
			if s.messages == mostMessages {
				s.cut = true
				return errEnough
			}
			s.messages++
			if a.Session != "" {
				sessions[strings.Clone(a.Session)] = true
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
	}
	s.sessions = int64(len(sessions))
	return c.pairPattern(ctx, slices.Sorted(maps.Keys(sessions)))
}

// pairPattern reads the sessions of those messages whole, and pairs what was read with what was sent.
func (c *caseFile) pairPattern(ctx context.Context, sessions []string) error {
	var acts []*agenttrail.Action
	for part := range slices.Chunk(sessions, 500) {
		q := agenttrail.Query{From: c.same.from.Add(-24 * time.Hour), To: c.same.to, All: []agenttrail.Term{{Field: "agenttrail.session.id", Any: part}, withoutConflicts}}
		err := c.ask.find(ctx, "the sessions of those messages", q, func(a *agenttrail.Action) error {
			one := a.Clone()
			acts = append(acts, &one)
			return nil
		})
		if err != nil {
			return err
		}
	}
	known := newPeople()
	known.same(append(slices.Clone(c.q.Subjects), c.q.Aliases...)...)
	for _, a := range acts {
		known.learn(a)
	}
	persons := map[string]bool{}
	for _, p := range pairsOf(acts, known) {
		if !slices.ContainsFunc(c.pairs, func(o Pair) bool { return o.Sent.ID == p.Sent.ID }) {
			c.same.pairs = append(c.same.pairs, p)
			persons[known.of(p.Owners[0])] = true
		}
	}
	c.same.persons = len(persons)
	return nil
}
