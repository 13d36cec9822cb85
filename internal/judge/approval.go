package judge

import (
	"math/big"
	"slices"
	"strings"
	"time"

	"agenttrail"
)

// Approved is an approve or reject action and when the ledger first held it.
type Approved struct {
	Action agenttrail.Action
	Seen   time.Time // time of the entry of its batch
	Origin string    // system_log, api, file
}

// ID names the approval in judgements: the vendor's id if there is one.
func (a Approved) ID() string {
	if a.Action.Event.ID != "" {
		return a.Action.Event.ID
	}
	return a.Action.ID
}

func (j *Judge) addApproval(a Approved) {
	if agent := a.Action.Approval.Agent; agent != "" {
		j.approvals[agent] = append(j.approvals[agent], a)
	}
	for _, call := range append(slices.Clone(a.Action.Correlation), a.Action.GenAI.ToolCall) {
		if call != "" && !slices.ContainsFunc(j.byCall[call], func(b Approved) bool { return b.Action.ID == a.Action.ID }) {
			j.byCall[call] = append(j.byCall[call], a)
		}
	}
}

// Reasons why an approval did not count, in the words that reports print. The first that fits is the nearest miss.
const (
	WhyAfter    = "approved after the fact"
	WhyExpired  = "approval had expired"
	WhySelf     = "approved by the one who asked"
	WhyNoPerson = "not approved by a person"
	WhyLimit    = "over the approved limit"
	WhyRejected = "rejected by a person"
	WhyNone     = "no approval found"
	WhyApproved = "approved before, by another person"
	WhyStated   = "as the record itself states"
	WhyNoLimit  = "approved before, by another person; limit not checked"
)

// Approval judges whose leave an action had that needs one. It looks at what the record itself states, then at decisions about the same call,
// then at approvals that name the agent and what it did.
func (j *Judge) Approval(a *agenttrail.Action) agenttrail.Verdict {
	v := j.Who(j.KeyOf(a), a.Time)
	if a.Authorized.State != agenttrail.Unknown && a.Authorized.State != "" {
		v.Authorized.Authorization, v.Authorized.Proof, v.Why = a.Authorized, agenttrail.ProofDeclared, WhyStated
		return v
	}
	if v.Authorized.Required != agenttrail.Yes {
		if v.Authorized.Required == agenttrail.No {
			v.Authorized.State = agenttrail.StateNotRequired
		}
		return v
	}
	v.Authorized.State, v.Why = agenttrail.StateMissing, WhyNone
	best := len(misses)
	for _, c := range j.candidates(a, v.Actor.ID) {
		why := c.judge(a, v.Actor.ID)
		if rank := slices.Index(misses, why); rank < best {
			best = rank
			c.write(&v, a, why)
		}
	}
	return v
}

// misses orders the reasons, best first: of several approvals the one that comes nearest is named.
var misses = []string{WhyApproved, WhyNoLimit, WhyRejected, WhyAfter, WhyExpired, WhySelf, WhyNoPerson, WhyLimit}

// candidates are the decisions about the same call, and the approvals whose agent, verb, system and resource fit.
func (j *Judge) candidates(a *agenttrail.Action, agent string) (list []Approved) {
	for _, call := range append([]string{a.GenAI.ToolCall}, a.Correlation...) {
		list = append(list, j.byCall[call]...)
	}
	for _, name := range []string{agent, a.Actor.ID, a.Actor.Name} {
		for _, c := range j.approvals[name] {
			if c.covers(a) && !slices.ContainsFunc(list, func(o Approved) bool { return o.Action.ID == c.Action.ID }) {
				list = append(list, c)
			}
		}
	}
	return list
}

// covers says that an approval speaks of what a did. What it leaves open covers anything, but it must name something.
func (c Approved) covers(a *agenttrail.Action) bool {
	p := c.Action.Approval
	fits := func(said, did string) bool { return said == "" || said == did }
	return (p.Verb != "" || p.System != "" || p.Resource != "") && fits(p.Verb, a.Verb) && fits(p.System, a.Resource.System) && fits(p.Resource, a.Resource.ID)
}

// judge says whether the approval counts for a, and if not, why.
func (c Approved) judge(a *agenttrail.Action, agent string) string {
	p, approver := c.Action.Approval, c.Action.Actor.ID
	switch {
	case c.Action.Time.After(a.Time):
		return WhyAfter
	case c.Action.Verb == agenttrail.VerbReject:
		return WhyRejected
	case !p.ExpiresAt.IsZero() && a.Time.After(p.ExpiresAt):
		return WhyExpired
	case c.Action.Actor.Type != agenttrail.ActorHuman || approver == "":
		return WhyNoPerson
	case strings.EqualFold(approver, p.Requester) || approver == agent:
		return WhySelf
	}
	switch within, known := withinLimit(a.Resource.Amount, p.Limit); {
	case !known:
		return WhyNoLimit
	case !within:
		return WhyLimit
	}
	return WhyApproved
}

func (c Approved) write(v *agenttrail.Verdict, a *agenttrail.Action, why string) {
	v.Why = why
	switch why {
	case WhyApproved, WhyNoLimit:
		v.Authorized.State = agenttrail.StateApproved
	case WhyRejected:
		v.Authorized.State = agenttrail.StateRejected
	default:
		v.Authorized.State = agenttrail.StateMissing
	}
	v.Authorized.ID, v.Authorized.ApproverID, v.Authorized.ApproverName = c.ID(), c.Action.Actor.ID, c.Action.Actor.Name
	v.Authorized.At, v.Authorized.Method = c.Action.Time, "ticket"
	if c.Action.Authorized.Method != "" {
		v.Authorized.Method = c.Action.Authorized.Method
	}
	v.Authorized.Proof = agenttrail.ProofDeclared
	if !c.Seen.IsZero() && !c.Seen.After(a.Time) {
		v.Authorized.Proof = agenttrail.ProofProved
	}
}

// withinLimit compares an amount with a limit. known is false when there is a limit and the two cannot be compared:
// both must be decimal numbers of one currency, like 49.00 EUR.
func withinLimit(amount, limit string) (within, known bool) {
	if limit == "" {
		return true, true
	}
	x, currency, ok := money(amount)
	y, other, ok2 := money(limit)
	if !ok || !ok2 || currency != other {
		return false, false
	}
	return x.Cmp(y) <= 0, true
}

func money(s string) (amount *big.Rat, currency string, ok bool) {
	number, currency, found := strings.Cut(strings.TrimSpace(s), " ")
	if !found || strings.ContainsAny(number, "eE/_xXpPiI") || len(number) > 40 {
		return nil, "", false
	}
	amount, ok = new(big.Rat).SetString(number)
	return amount, strings.TrimSpace(currency), ok
}

// EarlierApprovals lists the approvals that were dated more than a day, and the lag of their source, before the ledger first saw them.
func (j *Judge) EarlierApprovals(lag time.Duration) (list []Approved) {
	for _, c := range j.Approvals() {
		if c.Seen.Sub(c.Action.Time) > 24*time.Hour+lag {
			list = append(list, c)
		}
	}
	return list
}

// Approvals are all approvals that name an agent, in order of time.
func (j *Judge) Approvals() (list []Approved) {
	for _, as := range j.approvals {
		list = append(list, as...)
	}
	slices.SortFunc(list, func(a, b Approved) int {
		if c := a.Action.Time.Compare(b.Action.Time); c != 0 {
			return c
		}
		return strings.Compare(a.Action.ID, b.Action.ID)
	})
	return list
}
