package reports

import (
	"maps"
	"slices"
	"time"

	"agenttrail"
)

// Measures of the agents: who acted, with what, inside which scope, with whose leave.

func (a *account) attribution() ratio {
	return ratio{n: a.sum(func(l *line) bool { return l.actor != agenttrail.ActorUnknown }), of: a.groups.total}
}

func (a *account) ownIdentity() ratio {
	by := map[string]int64{}
	for _, s := range a.agents {
		by[s.credential()]++
	}
	return ratio{by[credentialOwn], int64(len(a.agents)), []Part{{credentialPerson, by[credentialPerson]}, {credentialSeveral, by[credentialSeveral]}, {credentialNone, by[credentialNone]}}}
}

func (a *account) othersCredential() ratio {
	with := func(c string) int64 {
		return a.sum(func(l *line) bool { return byAgent(l) && l.credential == c })
	}
	person, several := with(credentialPerson), with(credentialSeveral)
	return ratio{person + several, a.agentActions(), []Part{{credentialPerson, person}, {credentialSeveral, several}}}
}

func (a *account) cannotTell() ratio {
	r := ratio{n: a.sum(func(l *line) bool { return l.basis == agenttrail.BasisShared })}
	for _, l := range a.groups.logins {
		if l.used() {
			r.of += l.part
		}
	}
	return r
}

func (a *account) unregistered() ratio {
	r := ratio{n: a.sum(func(l *line) bool { return byAgent(l) && l.registered != "yes" }), of: a.agentActions()}
	for _, s := range a.agents {
		if !s.known {
			r.parts = add(r.parts, "agents", 1)
		}
	}
	return r
}

func (a *account) scopeBefore() ratio {
	by := map[string]int64{}
	for _, s := range a.agents {
		by[s.scope()]++
	}
	return ratio{by[scopeProved], int64(len(a.agents)),
		[]Part{{scopeDeclared, by[scopeDeclared]}, {scopeAfter, by[scopeAfter]}, {scopeNone, by[scopeNone]}, {"lines dated earlier than seen", int64(len(a.in.EarlierLines))}}}
}

func (a *account) outsideScope() ratio {
	outside := func(l *line) bool { return byAgent(l) && l.inScope == "no" }
	n := a.sum(outside)
	stopped := a.sum(func(l *line) bool { return outside(l) && !done(l.outcome) })
	return ratio{n, a.agentActions(), []Part{{partDone, n - stopped}, {partStopped, stopped}}}
}

const (
	partDone    = "done"
	partStopped = "refused or failed"
)

// done says that an outcome is neither a refusal nor a failure.
func done(outcome string) bool { return outcome != agenttrail.Denied && outcome != agenttrail.Failure }

// authorityTrace counts what leads to a named person: by a scope that one approved, or one by one.
func (a *account) authorityTrace() ratio {
	n := a.sum(func(l *line) bool { return byAgent(l) && l.authority == "yes" })
	for i := range a.cases.highStakes {
		if c := &a.cases.highStakes[i]; c.approved() && !c.authority {
			n++
		}
	}
	return ratio{n: n, of: a.agentActions()}
}

func (a *account) reasonTrace() ratio {
	return ratio{n: a.sum(func(l *line) bool { return byAgent(l) && l.reason == "yes" }), of: a.agentActions()}
}

func (a *account) leaveBefore() (r ratio) {
	why, origin := map[string]int64{}, map[string]int64{}
	var proved int64
	for _, c := range a.executedStakes() {
		r.of++
		why[c.verdict()]++
		if c.approved() {
			r.n++
			origin[originWords(c.approvalFrom)]++
		}
		if c.proved() {
			proved++
		}
	}
	r.parts = []Part{{partProved, proved}, {partDeclared, r.n - proved}, {"attempts that were refused or failed", int64(len(a.cases.highStakes)) - r.of}}
	for _, o := range slices.Sorted(maps.Keys(origin)) {
		r.parts = append(r.parts, Part{"approval from " + o, origin[o]})
	}
	for _, w := range slices.Sorted(maps.Keys(why)) {
		r.parts = append(r.parts, Part{w, why[w]})
	}
	_, unused := a.approvalUse()
	r.parts = append(r.parts, Part{"approvals that no action used", int64(len(unused))})
	return r
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

// decisionsGiven looks at the decisions of the period: how many said yes, how fast, and how many one person took in an hour.
func (a *account) decisionsGiven() (r ratio) {
	steps := make([]int64, len(decisionSteps))
	perHour := map[string]int64{}
	var untimed, most int64
	for _, p := range a.decisions() {
		r.of++
		if !p.Rejected {
			r.n++
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
		r.parts = append(r.parts, Part{"decided " + s.name, steps[i]})
	}
	r.parts = append(r.parts, Part{"time to decide not known", untimed}, Part{"most decisions of one person in one hour", most})
	return r
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
