package reports

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"agenttrail"
)

// A cited action stands in the report by itself, with its verdict.
type cited struct {
	id              string
	at              time.Time
	agent, agentID  string
	verb, system    string
	target, amount  string
	subjects        []string // whose data it was about, without names
	session         string
	outcome, reason string
	inScope, rule   string // rule: the line of the register that decided
	scopeProof      string

	policy       string // the line of the register that asks for leave
	state, why   string
	proof        string
	approvalID   string
	approver     string
	approvedAt   time.Time
	authority    bool // its group already counts it as leading to a named person
	approvalFrom string
	origin       agenttrail.Origin
	hash         string // SHA-256 of the record
}

// executed says that the act was not refused and did not fail. Where the log states no outcome it counts as done.
func (c *cited) executed() bool {
	return c.outcome != agenttrail.Denied && c.outcome != agenttrail.Failure
}

// approved says that a named person had given leave before.
func (c *cited) approved() bool { return c.state == agenttrail.StateApproved && c.approver != "" }

// proved says that the ledger held the leave before the act.
func (c *cited) proved() bool { return c.approved() && c.proof == agenttrail.ProofProved }

// mostViolations are looked at one by one; where there are more, the groups still count them all.
const mostViolations = 2000

// cases are the actions that were found and judged one by one.
type cases struct {
	highStakes []cited // every action that needed a person's leave, tried or done
	violations []cited // outside the scope; not all when there are more than mostViolations
	cut        bool    // of violations
}

var errEnough = errors.New("enough")

// findCases looks for the actions of the groups that need one.
func (a *account) findCases(ctx context.Context) error {
	signed := map[string]bool{}
	for _, g := range a.in.Agents {
		signed[g.ID] = g.ApprovedBy != ""
	}
	approvals := map[string]Approval{}
	for _, p := range a.in.Approvals {
		approvals[p.ID] = p
	}
	err := a.findEach(ctx, "actions that needed a person's leave", &a.groups.needing, func(act *agenttrail.Action, v *agenttrail.Verdict) error {
		if v.Authorized.Required == agenttrail.Yes && v.Actor.Type == agenttrail.ActorAgent {
			c := a.cite(act, v)
			c.authority = v.Actor.Registered == agenttrail.Yes && v.Scope.In == agenttrail.Yes && signed[v.Actor.ID]
			c.approvalFrom = approvals[c.approvalID].Origin
			a.cases.highStakes = append(a.cases.highStakes, c)
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = a.findEach(ctx, "actions outside the scope of their agent", &a.groups.outside, func(act *agenttrail.Action, v *agenttrail.Verdict) error {
		if v.Scope.In != agenttrail.No || v.Actor.Type != agenttrail.ActorAgent {
			return nil
		}
		if len(a.cases.violations) == mostViolations {
			a.cases.cut = true
			return errEnough
		}
		a.cases.violations = append(a.cases.violations, a.cite(act, v))
		return nil
	})
	inOrder(a.cases.highStakes)
	inOrder(a.cases.violations)
	return err
}

func (a *account) findEach(ctx context.Context, purpose string, b *box, yield func(*agenttrail.Action, *agenttrail.Verdict) error) error {
	for _, terms := range b.questions() {
		q := agenttrail.Query{From: a.in.Period.From, To: a.in.Period.To, All: terms}
		err := a.ask.find(ctx, purpose, q, func(act *agenttrail.Action) error {
			v := a.in.Judge.Approval(act)
			if a.in.leftBy(&v, act.Resource.System) >= 0 {
				return nil
			}
			return yield(act, &v)
		})
		if errors.Is(err, errEnough) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cite takes from an action what the report prints of it.
func (a *account) cite(act *agenttrail.Action, v *agenttrail.Verdict) cited {
	id := cmp.Or(v.Actor.ID, v.Actor.Name, unnamedAgent)
	return cited{
		id: act.ID, at: act.Time, agent: cmp.Or(v.Actor.Name, id), agentID: id, verb: act.Verb, system: act.Resource.System,
		target: a.target(act), subjects: a.subjects(act), session: a.names.masked(act.Session, act.Subjects), amount: act.Resource.Amount, outcome: act.Outcome, reason: a.names.masked(act.Intent.Reason, act.Subjects),
		inScope: said(v.Scope.In), rule: v.Scope.Rule, scopeProof: v.Scope.Proof,
		policy: v.Authorized.PolicyID, state: v.Authorized.State, why: v.Why, proof: v.Authorized.Proof, approvalID: v.Authorized.ID,
		approver: cmp.Or(v.Authorized.ApproverName, v.Authorized.ApproverID), approvedAt: v.Authorized.At,
		origin: act.Evidence, hash: act.Event.Hash,
	}
}

// target is what was acted on, without the names of persons.
func (a *account) target(act *agenttrail.Action) string {
	what := a.names.masked(cmp.Or(act.Resource.ID, act.Resource.Name), act.Subjects)
	if act.Resource.Type == "" || what == "" {
		return act.Resource.Type + what
	}
	return act.Resource.Type + " " + what
}

func (a *account) subjects(act *agenttrail.Action) (list []string) {
	for _, s := range act.Subjects {
		list = append(list, a.names.person(s))
	}
	return list
}

// what is verb, system and target in words.
func (c *cited) what() string {
	if c.target == "" {
		return inSystem(c.verb, c.system)
	}
	return inSystem(c.verb, c.system) + ": " + c.target
}

func inOrder(list []cited) {
	slices.SortFunc(list, func(x, y cited) int {
		if c := x.at.Truncate(time.Millisecond).Compare(y.at.Truncate(time.Millisecond)); c != 0 {
			return c
		}
		return strings.Compare(x.id, y.id)
	})
}

// executedStakes are the high-stakes actions that were done.
func (a *account) executedStakes() (list []cited) {
	for _, c := range a.cases.highStakes {
		if c.executed() {
			list = append(list, c)
		}
	}
	return list
}

// verdict is how the leave of an action is told, in words.
func (c *cited) verdict() string {
	switch c.state {
	case agenttrail.StateApproved:
		if c.approver == "" {
			return "approved, but nobody is named"
		}
		return cmp.Or(c.why, "approved")
	case agenttrail.StateAutoPolicy:
		return "allowed by a rule, not by a person"
	case agenttrail.StateRejected:
		return "rejected by a person"
	}
	return cmp.Or(c.why, strings.ReplaceAll(c.state, "_", " "), "not known")
}
