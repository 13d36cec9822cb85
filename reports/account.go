package reports

import (
	"context"
	"slices"
	"strings"
	"time"

	"agenttrail"
)

// account is what is known of one period: everything that was asked, judged and counted. Each kind of report is written from it.
type account struct {
	kind  string // of the report that is made from it
	in    *Input
	ask   *asker
	names *names
	book  *book

	groups   *groups
	agents   []*seenAgent
	cases    cases
	days     []dayRow  // source by day
	hours    []hourRow // source by hour
	reach    []reached
	checks   checks
	findings []Finding
	measures []Measure
	files    []File
}

// newAccount asks, judges and counts. It reads no clock: the same input gives the same account. The error names the question that could
// not be answered; there is no report from a part of the facts.
func newAccount(ctx context.Context, kind string, in Input) (*account, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	in.sort()
	a := &account{kind: kind, in: &in, ask: &asker{facts: in.Facts, before: in.Cite.Size}, names: newNames(&in)}
	in.narrow() // the names stay those of all: who is named does not depend on the part
	for _, step := range []func(context.Context) error{a.readLedger, a.count, a.findCases} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	a.agents = seenAgents(a)
	a.days = a.coverageDays()
	a.hours = a.coverageHours()
	a.reach = a.reachWithoutLog()
	a.checks = a.reconcile()
	if err := a.find(ctx); err != nil {
		return nil, err
	}
	a.measures = a.measure()
	return a, nil
}

// sort puts the lists into an order of their own, so that the order in which they were handed over does not matter.
func (in *Input) sort() {
	in.Agents = slices.SortedFunc(slices.Values(in.Agents), func(x, y Agent) int { return strings.Compare(x.ID, y.ID) })
	in.EarlierLines = slices.SortedStableFunc(slices.Values(in.EarlierLines), func(x, y EarlierLine) int { return strings.Compare(x.Rule, y.Rule) })
	in.Approvals = slices.SortedFunc(slices.Values(in.Approvals), func(x, y Approval) int {
		if c := x.At.Compare(y.At); c != 0 {
			return c
		}
		return strings.Compare(x.ID, y.ID)
	})
	in.NoSource = slices.SortedFunc(slices.Values(in.NoSource), func(x, y NoSource) int { return strings.Compare(x.System, y.System) })
}

func (a *account) readLedger(context.Context) (err error) {
	a.book, err = readBook(a.in)
	return err
}

func (a *account) count(ctx context.Context) (err error) {
	if err := countPopulation(ctx, a.ask, a.book, a.in.Period); err != nil {
		return err
	}
	a.groups, err = countGroups(ctx, a.ask, a.in, a.names)
	return err
}

// total is all recorded actions of the period, without the versions that conflict.
func (a *account) total() (n int64) {
	for _, f := range a.book.feeds {
		n += f.actions
	}
	return n
}

// sum adds up the lines of the groups that are so.
func (a *account) sum(is func(*line) bool) (n int64) {
	for i := range a.groups.lines {
		if is(&a.groups.lines[i].line) {
			n += a.groups.lines[i].n
		}
	}
	return n
}

func byAgent(l *line) bool { return l.agent != "" }

// agentActions is all actions by agents.
func (a *account) agentActions() int64 { return a.sum(byAgent) }

// A seenAgent is an agent that acted in the period.
type seenAgent struct {
	id          string
	known       bool   // the judge found it in the register
	register    *Agent // its words, where it is known
	first, last time.Time
	all         int64
	outcomes    map[string]int64
	systems     map[string]int64
	outside     int64 // actions outside its scope
	credentials map[string]int64
}

// name is how the report calls the agent.
func (s *seenAgent) name() string {
	if s.register != nil && s.register.Name != "" {
		return s.register.Name
	}
	return s.id
}

// credential is the weakest credential that a record of the agent shows. Records that show none say nothing against the others.
func (s *seenAgent) credential() string {
	for _, c := range []string{credentialPerson, credentialSeveral, credentialOwn} {
		if s.credentials[c] > 0 {
			return c
		}
	}
	return credentialNone
}

// scope says whether the agent's scope was there before its first action of the period.
func (s *seenAgent) scope() string {
	switch {
	case s.register == nil || s.register.Declared.IsZero():
		return scopeNone
	case s.register.Declared.After(s.first):
		return scopeAfter
	case s.register.Seen.After(s.first):
		return scopeDeclared
	}
	return scopeProved
}

// How an agent's scope stands to its first action.
const (
	scopeProved   = "before, proved by the ledger"
	scopeDeclared = "before, by its own date only"
	scopeAfter    = "after its first action"
	scopeNone     = "no scope"
)

// seenAgents are the agents of the groups, in order of their ids. Who is registered is what the judge said, not whose id looks alike.
func seenAgents(a *account) (list []*seenAgent) {
	byID := map[string]*seenAgent{}
	for i := range a.groups.lines {
		c := &a.groups.lines[i]
		if c.agent == "" {
			continue
		}
		s, ok := byID[c.agent]
		if !ok {
			s = &seenAgent{id: c.agent, first: c.first, last: c.last, outcomes: map[string]int64{}, systems: map[string]int64{}, credentials: map[string]int64{}}
			byID[c.agent] = s
			list = append(list, s)
		}
		if c.registered == "yes" && !s.known {
			s.known, s.register = true, a.registered(c.agent)
		}
		s.add(c)
	}
	slices.SortFunc(list, func(x, y *seenAgent) int { return strings.Compare(x.id, y.id) })
	return list
}

func (s *seenAgent) add(c *counted) {
	s.all += c.n
	s.outcomes[c.outcome] += c.n
	s.systems[c.system] += c.n
	s.credentials[c.credential] += c.n
	if c.inScope == "no" {
		s.outside += c.n
	}
	if c.first.Before(s.first) {
		s.first = c.first
	}
	if c.last.After(s.last) {
		s.last = c.last
	}
}

func (a *account) registered(id string) *Agent {
	for i := range a.in.Agents {
		if a.in.Agents[i].ID == id {
			return &a.in.Agents[i]
		}
	}
	return nil
}

// outcomeOrder is how outcomes are told.
var outcomeOrder = []string{agenttrail.Success, agenttrail.Partial, agenttrail.Denied, agenttrail.Failure, agenttrail.Pending, agenttrail.Unknown}
