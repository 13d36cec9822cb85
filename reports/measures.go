package reports

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"agenttrail"
)

// A Measure is one number of the report with its parts. Without a denominator there is no data, and nothing passes.
type Measure struct {
	ID, Name, Formula      string
	Numerator, Denominator int64
	Parts                  []Part
}

// A Part is a number beside a measure, or a share of it.
type Part struct {
	Name string
	N    int64
}

// Stated is a measure in words: "217 of 220", or "no data".
func (m Measure) Stated() string { return ofm(m.Numerator, m.Denominator) }

// part finds a part by its name.
func (m Measure) part(name string) int64 {
	for _, p := range m.Parts {
		if p.Name == name {
			return p.N
		}
	}
	return 0
}

// of finds a measure by its id.
func (a *account) of(id string) Measure {
	for _, m := range a.measures {
		if m.ID == id {
			return m
		}
	}
	panic("BUG: no measure " + id)
}

// measure computes every measure, each in one place.
func (a *account) measure() []Measure {
	list := slices.Concat(a.measureRecords(), a.measureDelays(), a.measureIdentity(), a.measureScope(), a.measureLeave(), a.measureReach())
	slices.SortFunc(list, func(x, y Measure) int { return strings.Compare(x.ID, y.ID) })
	return list
}

func (a *account) measureRecords() []Measure {
	var balanced, sources, announced, failed, offered int64
	for _, f := range a.book.feeds {
		n := f.announced(a.in.Period)
		announced, failed = announced+n.objects, failed+n.failed
		if n.objects > 0 {
			offered++
		}
		if f.batches > 0 {
			sources++
			if f.records.Balance() == 0 && f.records.Rows == f.stored {
				balanced++
			}
		}
	}
	return []Measure{
		{ID: "M01", Name: "Record balance", Formula: "sources whose records read = accepted + duplicate + conflict + skipped + rejected + erased, and whose rows are all found / sources with records",
			Numerator: balanced, Denominator: sources},
		{ID: "M02", Name: "Report tie-out", Formula: "actions in groups.csv / actions counted by receipt", Numerator: a.sum(func(*line) bool { return true }), Denominator: a.total()},
		{ID: "M03", Name: "Source control total", Formula: "objects fetched / objects announced by the sources' own listings", Numerator: announced - failed, Denominator: announced,
			Parts: []Part{{"sources that offer a control total", offered}}},
		a.measureDetails(),
	}
}

// measureDetails is the completeness of details: the shares stand in sources.csv.
func (a *account) measureDetails() Measure {
	m := Measure{ID: "M06", Name: "Details that the records state", Formula: "details stated / details asked for, over what, where, origin, outcome, identity, leave, reason and target of every action"}
	for _, name := range detailNames {
		var known int64
		for _, f := range a.book.feeds {
			known += f.known(name)
		}
		m.Parts = append(m.Parts, Part{name, known})
		m.Numerator += known
		m.Denominator += a.total()
	}
	return m
}

var detailNames = []string{"what", "where", "origin", "outcome", "identity", "leave", "reason", "target"}

// known is the number of a source's actions whose record states a detail.
func (t *tally) known(name string) int64 {
	switch name {
	case "outcome":
		return t.actions - t.outcomes[agenttrail.Unknown]
	case "leave":
		return t.authorised
	case "reason":
		return t.reasons
	}
	return t.actions - t.unknown[name]
}

func (a *account) measureDelays() []Measure {
	lag := Measure{ID: "M07", Name: "Delay from act to reading", Formula: "actions read within a day / all actions", Denominator: a.total()}
	clock := Measure{ID: "M08", Name: "Clocks", Formula: "actions not dated more than 5 minutes after they were read / all actions", Numerator: a.total(), Denominator: a.total()}
	var late, suspect int64
	for i, step := range agenttrail.LagSteps {
		var n int64
		for _, f := range a.book.feeds {
			n += f.lags[step]
		}
		if i <= slices.Index(agenttrail.LagSteps, "≤1d") {
			lag.Numerator += n
		}
		lag.Parts = append(lag.Parts, Part{step, n})
	}
	for _, f := range a.book.feeds {
		late, suspect = late+f.late, suspect+f.suspect
		clock.Numerator -= f.skewed
	}
	lag.Parts = append(lag.Parts, Part{"came after their day was closed", late})
	clock.Parts = []Part{{"with a time that cannot be right", suspect}}
	return []Measure{lag, clock}
}

func (a *account) measureIdentity() []Measure {
	own := Measure{ID: "M11", Name: "Agents with credentials of their own", Formula: "agents whose every credential is no person's and no other agent's / agents seen", Denominator: int64(len(a.agents))}
	by := map[string]int64{}
	for _, s := range a.agents {
		by[s.credential()]++
	}
	own.Numerator = by[credentialOwn]
	own.Parts = []Part{{credentialPerson, by[credentialPerson]}, {credentialSeveral, by[credentialSeveral]}, {credentialNone, by[credentialNone]}}

	with := func(c string) int64 { return a.sum(func(l *line) bool { return byAgent(l) && l.credential == c }) }
	unclear := Measure{ID: "M12b", Name: "Person or agent: the log cannot tell", Formula: "actions on a credential that an agent and a person use, where nothing tells who acted / actions on credentials that an agent uses",
		Numerator: a.sum(func(l *line) bool { return l.basis == agenttrail.BasisShared })}
	for _, l := range a.groups.logins {
		if l.used() {
			unclear.Denominator += l.all
		}
	}
	shadow := Measure{ID: "M21", Name: "Actions of agents that stand in no register", Formula: "actions of agents that the register does not know / agent actions",
		Numerator: a.sum(func(l *line) bool { return byAgent(l) && l.registered != "yes" }), Denominator: a.agentActions()}
	for _, s := range a.agents {
		if !s.known {
			shadow.Parts = add(shadow.Parts, "agents", 1)
		}
	}
	return []Measure{
		{ID: "M10", Name: "Attribution", Formula: "actions whose actor the log or the register tells / all actions", Denominator: a.groups.total,
			Numerator: a.sum(func(l *line) bool { return l.actor != agenttrail.ActorUnknown })},
		own,
		{ID: "M12a", Name: "Agent on a person's or a shared credential", Formula: "agent actions with a credential that belongs to a person or that several agents use / agent actions",
			Numerator: with(credentialPerson) + with(credentialSeveral), Denominator: a.agentActions(),
			Parts: []Part{{credentialPerson, with(credentialPerson)}, {credentialSeveral, with(credentialSeveral)}}},
		unclear, shadow,
	}
}

func (a *account) measureScope() []Measure {
	before := Measure{ID: "M17", Name: "Scope before the first action", Formula: "agents whose scope was declared, and in the ledger, before their first action of the period / agents seen", Denominator: int64(len(a.agents))}
	by := map[string]int64{}
	for _, s := range a.agents {
		by[s.scope()]++
	}
	before.Numerator = by[scopeProved]
	before.Parts = []Part{{scopeDeclared, by[scopeDeclared]}, {scopeAfter, by[scopeAfter]}, {scopeNone, by[scopeNone]}, {"lines dated earlier than seen", int64(len(a.in.EarlierLines))}}

	outside := func(l *line) bool { return byAgent(l) && l.inScope == "no" }
	stopped := a.sum(func(l *line) bool { return outside(l) && !done(l.outcome) })
	violations := Measure{ID: "M18", Name: "Actions outside the scope", Formula: "actions that no rule of their agent allows / agent actions", Numerator: a.sum(outside), Denominator: a.agentActions()}
	violations.Parts = []Part{{partDone, violations.Numerator - stopped}, {partStopped, stopped}}
	return []Measure{
		{ID: "M13", Name: "Authority trace", Formula: "agent actions inside a scope that a named person approved, or approved one by one / agent actions", Numerator: a.withAuthority(), Denominator: a.agentActions()},
		{ID: "M14", Name: "Reason trace", Formula: "agent actions whose own record states a reason / agent actions",
			Numerator: a.sum(func(l *line) bool { return byAgent(l) && l.reason == "yes" }), Denominator: a.agentActions()},
		before, violations,
	}
}

const (
	partDone    = "done"
	partStopped = "refused or failed"
)

// done says that an outcome is neither a refusal nor a failure.
func done(outcome string) bool { return outcome != agenttrail.Denied && outcome != agenttrail.Failure }

func (a *account) withAuthority() int64 {
	n := a.sum(func(l *line) bool { return byAgent(l) && l.authority == "yes" })
	for i := range a.cases.highStakes {
		if c := &a.cases.highStakes[i]; c.approved() && !c.authority {
			n++
		}
	}
	return n
}

func (a *account) measureLeave() []Measure {
	m := Measure{ID: "M19", Name: "A person before high stakes", Formula: "high-stakes actions that a named person, not the requester, had approved before, unexpired, matching and within its limit / high-stakes actions that were done"}
	why, origin := map[string]int64{}, map[string]int64{}
	var proved int64
	for _, c := range a.executedStakes() {
		m.Denominator++
		why[c.verdict()]++
		if c.approved() {
			m.Numerator++
			origin[originWords(c.approvalFrom)]++
		}
		if c.proved() {
			proved++
		}
	}
	m.Parts = []Part{{partProved, proved}, {partDeclared, m.Numerator - proved}, {"attempts that were refused or failed", int64(len(a.cases.highStakes)) - m.Denominator}}
	for _, o := range slices.Sorted(maps.Keys(origin)) {
		m.Parts = append(m.Parts, Part{"approval from " + o, origin[o]})
	}
	for _, w := range slices.Sorted(maps.Keys(why)) {
		m.Parts = append(m.Parts, Part{w, why[w]})
	}
	_, unused := a.approvalUse()
	m.Parts = append(m.Parts, Part{"approvals that no action used", int64(len(unused))})
	return []Measure{m, a.measureDecisions()}
}

const (
	partProved   = "proved by the ledger"
	partDeclared = "by their own date only"
)

// decisionSteps are the fixed steps of the time that a decision took.
var decisionSteps = []struct {
	name string
	most time.Duration
}{{"within 5 s", 5 * time.Second}, {"within 1 min", time.Minute}, {"within 10 min", 10 * time.Minute}, {"within 1 h", time.Hour}, {"within 1 d", 24 * time.Hour}, {"more", 1<<63 - 1}}

// measureDecisions looks at the decisions of the period: how many said yes, how fast, and how many one person took in an hour.
func (a *account) measureDecisions() Measure {
	m := Measure{ID: "M20", Name: "Approvals given", Formula: "approvals / decisions of the period"}
	steps := make([]int64, len(decisionSteps))
	perHour := map[string]int64{}
	var untimed, most int64
	for _, p := range a.decisions() {
		m.Denominator++
		if !p.Rejected {
			m.Numerator++
		}
		hour := p.Approver + p.At.UTC().Truncate(time.Hour).String()
		perHour[hour]++
		most = max(most, perHour[hour])
		took := p.At.Sub(p.Asked)
		if p.Asked.IsZero() || took < 0 {
			untimed++
			continue
		}
		for i, s := range decisionSteps {
			if took <= s.most {
				steps[i]++
				break
			}
		}
	}
	for i, s := range decisionSteps {
		m.Parts = append(m.Parts, Part{"decided " + s.name, steps[i]})
	}
	m.Parts = append(m.Parts, Part{"time to decide not known", untimed}, Part{"most decisions of one person in one hour", most})
	return m
}

// decisions are the approvals and rejections that were made in the period.
func (a *account) decisions() (list []Approval) {
	for _, p := range a.in.Approvals {
		if !p.At.Before(a.in.Period.From) && p.At.Before(a.in.Period.To) {
			list = append(list, p)
		}
	}
	return list
}

// approvalUse tells which approvals an action used that was done, and which of the period none did.
func (a *account) approvalUse() (used map[string]string, unused []Approval) {
	used = map[string]string{}
	for _, c := range a.executedStakes() {
		if c.approved() && used[c.approvalID] == "" {
			used[c.approvalID] = c.id
		}
	}
	for _, p := range a.decisions() {
		if !p.Rejected && used[p.ID] == "" {
			unused = append(unused, p)
		}
	}
	return used, unused
}

func (a *account) measureReach() []Measure {
	logged := Measure{ID: "M16", Name: "Sources that log actions, not just errors", Formula: "sources that recorded successes / sources", Denominator: int64(len(a.book.feeds))}
	var errorsOnly, silent int64
	for _, f := range a.book.feeds {
		switch {
		case f.succeeded() > 0:
			logged.Numerator++
		case f.errorsOnly():
			errorsOnly++
		default:
			silent++
		}
	}
	logged.Parts = []Part{{partErrorsOnly, errorsOnly}, {"no action with an outcome", silent}}
	without := Measure{ID: "M24", Name: "Reach without a log", Formula: "systems that agents reach and no source covers / systems that agents reach", Denominator: int64(len(a.reach))}
	for _, r := range a.reach {
		switch {
		case len(r.sources) == 0:
			without.Numerator++
		case r.state != reachCovered:
			without.Parts = add(without.Parts, r.state, 1)
		}
	}
	return []Measure{logged, without}
}

const partErrorsOnly = "errors only"

func add(parts []Part, name string, n int64) []Part {
	for i := range parts {
		if parts[i].Name == name {
			parts[i].N += n
			return parts
		}
	}
	return append(parts, Part{name, n})
}

// ofm writes n of m; without m there is no data.
func ofm(n, m int64) string {
	if m == 0 {
		return wordNoData
	}
	return fmt.Sprintf("%s of %s", thousands(n), thousands(m))
}
