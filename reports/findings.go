package reports

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"agenttrail"
)

// States of a finding.
const (
	FindingOpen     = "open"
	FindingClosed   = "closed"
	FindingReopened = "reopened" // an acceptance has ended, or what was put right was seen again
)

// A Finding is something that a rule found and a person should look at. It is computed from facts and judgements each time; only what people decide
// about it is kept, in the ledger.
type Finding struct {
	ID          string // the same in every run and report
	Rule        FindingRule
	Subject     string // what it is about, as printed: no person stands in it whom reports do not name
	Window      string // stretch of time that its id is about; "-": all
	What        string // what was seen, in words
	N           int64  // how often; 0: it is a state
	First, Last time.Time
	Actions     []string // ids, at most mostFindingActions
	State       string
	New         bool      // it stands not in the list of the last report as issued
	Decision    *Decision // the newest word; nil: none
	Gone        bool      // it was decided about and is not found any more
}

// A Decision is what somebody said about a finding.
type Decision struct {
	Entry                  int64 // of the ledger
	At                     time.Time
	Finding, Rule, Subject string
	As, By, Reason, Ticket string
	Until                  time.Time // of an acceptance; zero: no end
}

const (
	mostFindingActions = 5
	noWindow           = "-"
)

// FindingID is the id of what a rule found about a subject in a window.
func FindingID(rule, subject, window string) string {
	sum := sha256.Sum256([]byte(rule + "\n" + subject + "\n" + window))
	return hex.EncodeToString(sum[:16])
}

// newFinding makes a finding about a subject at all times. key is the subject as its id holds it, which is not printed.
func newFinding(key, subject string) Finding {
	return Finding{ID: key, Subject: subject, Window: noWindow}
}

// Findings are what the rules find in the period of in, with what was decided about each. They come by severity, rule and time.
func Findings(ctx context.Context, in Input) ([]Finding, error) {
	a, err := newAccount(ctx, KindAudit, in)
	if err != nil {
		return nil, err
	}
	return a.findings, nil
}

// find runs every rule. Until it is done a finding's ID holds the subject.
func (a *account) find(ctx context.Context) error {
	pairs, err := a.findPairs(ctx)
	if err != nil {
		return err
	}
	newest := map[string]*Decision{}
	for i := range a.in.Decisions {
		newest[a.in.Decisions[i].Finding] = &a.in.Decisions[i]
	}
	for _, rule := range FindingRules() {
		list := pairs
		if rule.ID != ruleWrongRecipient {
			list = nil
		}
		if rule.find != nil {
			list = rule.find(a)
		}
		for _, f := range list {
			f.Rule, f.ID = rule, FindingID(rule.ID, f.ID, f.Window)
			f.decide(newest[f.ID], a.in.Cite.Time)
			delete(newest, f.ID)
			a.findings = append(a.findings, f)
		}
	}
	for _, d := range newest {
		if !d.At.Before(a.in.Period.From) {
			a.findings = append(a.findings, Finding{ID: d.Finding, Rule: findingRule(d.Rule), Subject: d.Subject, Window: noWindow, What: "not found any more", State: FindingClosed, Decision: d, Gone: true})
		}
	}
	for i := range a.findings {
		a.findings[i].New = a.in.Previous == nil || !slices.Contains(a.in.Previous.Findings, a.findings[i].ID)
	}
	slices.SortStableFunc(a.findings, func(x, y Finding) int {
		return cmp.Or(x.rank()-y.rank(), strings.Compare(x.Rule.ID, y.Rule.ID), x.First.Compare(y.First), strings.Compare(x.ID, y.ID))
	})
	return nil
}

func (f *Finding) rank() int {
	return slices.Index([]string{SeverityCritical, SeverityHigh, SeverityMedium}, f.Rule.Severity)
}

// decide says how a finding stands after the newest decision about it.
func (f *Finding) decide(d *Decision, asOf time.Time) {
	f.State, f.Decision = FindingOpen, d
	switch {
	case d == nil:
	case d.As == agenttrail.AsAccepted && !d.Until.IsZero() && !asOf.Before(d.Until):
		f.State = FindingReopened
	case d.As == agenttrail.AsRemediated && f.Last.After(d.At):
		f.State = FindingReopened
	default:
		f.State = FindingClosed
	}
}

// Open says that somebody has to look at it.
func (f *Finding) Open() bool { return f.State != FindingClosed }

// findingsOpen counts the findings: open and reopened ones against all.
func (a *account) findingsOpen() (r ratio) {
	r.of = int64(len(a.findings))
	states, as, rules := map[string]int64{}, map[string]int64{}, map[string]int64{}
	for i := range a.findings {
		f := &a.findings[i]
		states[f.State]++
		rules[f.Rule.ID]++
		if f.Open() {
			r.n++
		}
		if f.New {
			states["new"]++
		}
		if f.State == FindingClosed {
			as[f.Decision.As]++
		}
	}
	for _, s := range []string{"new", FindingReopened, FindingClosed} {
		r.parts = append(r.parts, Part{s, states[s]})
	}
	for _, d := range agenttrail.Dispositions() {
		r.parts = append(r.parts, Part{"closed as " + d, as[d]})
	}
	for _, rule := range FindingRules() {
		if rules[rule.ID] > 0 {
			r.parts = append(r.parts, Part{rule.Severity + ": " + rule.Name, rules[rule.ID]})
		}
	}
	return r
}
