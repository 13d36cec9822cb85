package judge

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"agenttrail"
)

// A Version is the register as it stood in the ledger from Seen on, until the next version.
type Version struct {
	Register *Register
	Seen     time.Time // time of the policy entry that first held it
}

// A Judge knows the register over time and the approvals.
type Judge struct {
	agents    []*agentLines
	approvals map[string][]Approved // by agent id as the approval names it
	byCall    map[string][]Approved // by the id of the call that a decision was about
	key       []string
	place     map[string]int // of a field in the key
	changes   []time.Time
}

// agentLines are the lines of one agent through all versions.
type agentLines struct {
	id         string
	newest     Agent
	present    []span // when the agent itself stood in the register
	identities []identityLine
	allowed    []ruleLine
	required   []ruleLine
}

// A span is when a line counts: declared from From to To, in the ledger since Seen. A zero To is open.
type span struct{ From, To, Seen time.Time }

func (s span) holds(at time.Time) bool {
	return !at.Before(s.From) && (s.To.IsZero() || at.Before(s.To))
}

// proof says which kind of date a line can show for an action at a time.
func (s span) proof(at time.Time) string {
	if s.Seen.After(at) {
		return agenttrail.ProofDeclared
	}
	return agenttrail.ProofProved
}

type identityLine struct {
	span
	Identity
	status   string
	patterns []pattern
}

type ruleLine struct {
	span
	Rule
	status string
}

// New makes a judge of versions, oldest first, and of the approvals that the trail holds.
func New(versions []Version, approvals []Approved) *Judge {
	j := &Judge{approvals: map[string][]Approved{}, byCall: map[string][]Approved{}, place: map[string]int{}}
	for i, v := range versions {
		next := time.Time{}
		if i+1 < len(versions) {
			next = versions[i+1].Seen
		}
		for k := range v.Register.Agents {
			j.add(&v.Register.Agents[k], v.Seen, next)
		}
	}
	for _, a := range approvals {
		j.addApproval(a)
	}
	j.makeKey()
	j.makeChanges()
	return j
}

// add takes one version of an agent. A line that stood in the version before goes on; one that is new begins at its declared date; one that
// the next version drops ends when that is seen.
func (j *Judge) add(a *Agent, seen, next time.Time) {
	g := j.agent(a.ID)
	g.newest = *a
	s := span{a.From.Time, a.To.Time, seen}
	extend(&g.present, s, next, func(p *span) (*span, bool) { return p, p.From.Equal(s.From) })
	for _, id := range a.Identities {
		line := identityLine{s, id, a.Status, compile(id)}
		extend(&g.identities, line, next, func(p *identityLine) (*span, bool) {
			return &p.span, p.From.Equal(s.From) && p.status == line.status && same(p.Identity, id)
		})
	}
	for _, r := range a.Allowed {
		extendRule(&g.allowed, ruleLine{s, r, a.Status}, next)
	}
	for _, r := range a.Required {
		extendRule(&g.required, ruleLine{s, r, a.Status}, next)
	}
}

func extendRule(lines *[]ruleLine, line ruleLine, next time.Time) {
	extend(lines, line, next, func(p *ruleLine) (*span, bool) {
		return &p.span, p.From.Equal(line.From) && p.status == line.status && same(p.Rule, line.Rule)
	})
}

// extend lets an equal line that was still standing go on until next, or adds line.
func extend[T any](lines *[]T, line T, next time.Time, equal func(*T) (*span, bool)) {
	end := func(declared time.Time) time.Time {
		if declared.IsZero() || !next.IsZero() && next.Before(declared) {
			return next
		}
		return declared
	}
	s, _ := equal(&line)
	declared, seen := s.To, s.Seen
	for i := range *lines {
		if p, ok := equal(&(*lines)[i]); ok && (p.To.IsZero() || !p.To.Before(seen)) {
			p.To = end(declared)
			return
		}
	}
	s.To = end(declared)
	*lines = append(*lines, line)
}

// same compares two lines by what they say.
func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

func (j *Judge) agent(id string) *agentLines {
	for _, g := range j.agents {
		if g.id == id {
			return g
		}
	}
	g := &agentLines{id: id}
	j.agents = append(j.agents, g)
	return g
}

// Agents are the newest words of the register about each agent, in the order of their ids.
func (j *Judge) Agents() (list []Agent) {
	for _, g := range j.agents {
		list = append(list, g.newest)
	}
	slices.SortFunc(list, func(a, b Agent) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// Scope is when an agent's scope was declared to begin and when the ledger first saw it. ok is false for an agent without one.
func (j *Judge) Scope(agent string) (declared, seen time.Time, ok bool) {
	for _, g := range j.agents {
		if g.id != agent || len(g.allowed) == 0 {
			continue
		}
		for _, l := range g.allowed {
			if declared.IsZero() || l.From.Before(declared) {
				declared = l.From
			}
			if seen.IsZero() || l.Seen.Before(seen) {
				seen = l.Seen
			}
		}
		return declared, seen, true
	}
	return time.Time{}, time.Time{}, false
}

// An EarlierDated is a line of the register that claims to be older than the ledger knows it.
type EarlierDated struct {
	Agent, Rule    string
	Declared, Seen time.Time
}

// DatedEarlier lists the lines that were dated more than a day before the ledger first saw them.
func (j *Judge) DatedEarlier() (list []EarlierDated) {
	for _, g := range j.agents {
		for _, l := range slices.Concat(g.allowed, g.required) {
			if l.Seen.Sub(l.From) > 24*time.Hour {
				list = append(list, EarlierDated{g.id, g.newest.File + "#" + g.id + "/" + l.ID, l.From, l.Seen})
			}
		}
	}
	slices.SortFunc(list, func(a, b EarlierDated) int { return strings.Compare(a.Rule, b.Rule) })
	return list
}

// always are the facts that every judgement looks at. Addresses are none of them: they would make nearly every action a group of its own.
var always = []string{"agenttrail.actor.basis", "agenttrail.actor.id", "agenttrail.actor.name", "agenttrail.actor.type", "agenttrail.credential.owner.type",
	"agenttrail.data.classification", "agenttrail.on_behalf_of.id", "agenttrail.resource.system", "agenttrail.verb", "event.module",
	"user.email", "user.id", "user.name", "user_agent.original"}

// makeKey collects the facts that this register looks at: resources stand in it only when a rule names some.
func (j *Judge) makeKey() {
	fields := map[string]bool{}
	for _, f := range always {
		fields[f] = true
	}
	for _, g := range j.agents {
		for _, id := range g.identities {
			for _, p := range id.patterns {
				fields[p.field] = true
			}
		}
		for _, r := range slices.Concat(g.allowed, g.required) {
			if slices.ContainsFunc(r.Resources, func(p string) bool { return p != "*" }) {
				fields["agenttrail.resource.id"] = true
			}
		}
	}
	for f := range fields {
		j.key = append(j.key, f)
	}
	slices.Sort(j.key)
	for i, f := range j.key {
		j.place[f] = i
	}
}

func (j *Judge) makeChanges() {
	add := func(s span) { j.changes = append(j.changes, s.From, s.To, s.Seen) }
	for _, g := range j.agents {
		for _, s := range g.present {
			add(s)
		}
		for _, l := range g.identities {
			add(l.span)
		}
		for _, l := range slices.Concat(g.allowed, g.required) {
			add(l.span)
		}
	}
	j.changes = slices.DeleteFunc(j.changes, time.Time.IsZero)
	slices.SortFunc(j.changes, time.Time.Compare)
	j.changes = slices.CompactFunc(j.changes, time.Time.Equal)
}

// Key names the single-valued facts that Who needs, in byte order. Readers count by them.
func (j *Judge) Key() []string { return j.key }

// Changes are the instants at which a judgement may turn. Between two of them the same key has the same verdict.
func (j *Judge) Changes() []time.Time { return j.changes }

// KeyOf takes the key's values out of an action.
func (j *Judge) KeyOf(a *agenttrail.Action) []string {
	values := make([]string, len(j.key))
	for i, name := range j.key {
		if name == "event.module" {
			values[i] = agenttrail.Module(a)
			continue
		}
		f, _ := agenttrail.Lookup(name)
		values[i], _ = f.Value(a)
	}
	return values
}

// A pattern is one condition of an identity: exact, a prefix, or a regular expression.
type pattern struct {
	field, text string
	prefix      bool
	re          *regexp.Regexp
}

func compile(id Identity) (list []pattern) {
	for name, text := range id.Match {
		field, ok := matchField(name)
		if !ok {
			continue
		}
		p := pattern{field: field, text: text}
		if isRegexp(text) {
			p.re, _ = regexp.Compile(text[1 : len(text)-1])
		} else if strings.HasSuffix(text, "*") {
			p.text, p.prefix = strings.TrimSuffix(text, "*"), true
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b pattern) int { return strings.Compare(a.field, b.field) })
	return list
}

func (p pattern) match(value string) bool {
	switch {
	case value == "":
		return false
	case p.re != nil:
		return p.re.MatchString(value)
	case p.prefix:
		return strings.HasPrefix(value, p.text)
	}
	return value == p.text
}
