package reports

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"agenttrail"
)

// Copies of a case file: who reads it decides who is named in it.
const (
	CopyAuthority = "authority" // names all
	CopySubject   = "subject"   // for the person the case is about: staff by role, other persons not at all
	CopyCounsel   = "counsel"   // names all, marked as privileged
)

// A CaseQuestion is what a case file is asked about, and what a case needs beyond what all reports are made of.
type CaseQuestion struct {
	Subjects []string // identifiers of one person, as given: an e-mail address, SYSTEM:ID
	Aliases  []string // further identifiers of that person, by the company's list
	Sessions []string // sessions, conversations or traces, as given
	Copy     string

	Detected   []time.Time // when somebody or something noticed
	Aware      time.Time   // when the company became aware: most clocks start
	Classified time.Time   // when it was classified as a major incident
	Contained  time.Time   // when it was stopped
	Notices    []Notice

	// Follow finds what other logs hold of the same work: further actions, and all links between them and the given ones.
	Follow func(actions []agenttrail.Action, find func(agenttrail.Query, func(*agenttrail.Action) error) error) ([]agenttrail.Action, []agenttrail.Link, error)
	// Contexts yields what the ledger says of actions, by their ids.
	Contexts func(ctx context.Context, ids []string, yield func(id string, c *agenttrail.Context) error) error
}

// A Notice is that somebody was told.
type Notice struct {
	To string
	At time.Time
}

// caseFile is a case while its file is written.
type caseFile struct {
	*account
	q *CaseQuestion

	tried  []*identifier
	acts   []*caseAct // all that belongs to the case, in order of time
	byID   map[string]*caseAct
	links  []agenttrail.Link
	people *people
	pairs  []Pair
	same   pattern
	cut    bool // more sessions or actions belong to it than were looked at
}

// A caseAct is one action of a case with what is concluded about it.
type caseAct struct {
	agenttrail.Action
	n     int // its number in the document, from 1
	v     agenttrail.Verdict
	about agenttrail.Context
	hit   bool // it names the subject, or stands in a session that was asked for
}

// Case makes a case file: what the agents did to one person, or in one session, and what proves it. A subject copy that would name
// another person is an error: there is no file then.
func Case(ctx context.Context, in Input) (*Document, error) {
	c, err := newCase(ctx, in)
	if err != nil {
		return nil, err
	}
	if c.q.Copy == CopySubject {
		return c.subjectCopy()
	}
	return c.fullCopy(), nil
}

func newCase(ctx context.Context, in Input) (*caseFile, error) {
	if in.Case == nil || len(in.Case.Subjects)+len(in.Case.Sessions) == 0 || in.Case.Follow == nil || in.Case.Contexts == nil {
		return nil, fmt.Errorf("case file: a subject or a session is needed, and the way to follow a chain")
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	in.sort()
	a := &account{kind: KindCase, in: &in, ask: &asker{facts: in.Facts, before: in.Cite.Size}, names: newNames(&in)}
	c := &caseFile{account: a, q: in.Case, byID: map[string]*caseAct{}, people: newPeople()}
	c.people.same(append(slices.Clone(in.Case.Subjects), in.Case.Aliases...)...)
	for _, step := range []func(context.Context) error{a.readLedger, c.countDays, c.search, c.expand, c.judge, c.findPattern} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	a.days = a.coverageDays()
	return c, nil
}

// countDays counts the actions of each source and day, for the table of what was searched.
func (c *caseFile) countDays(ctx context.Context) error {
	return countPopulation(ctx, c.ask, c.book, c.in.Period)
}

// judge numbers the acts in order of time and concludes about each.
func (c *caseFile) judge(ctx context.Context) error {
	slices.SortFunc(c.acts, func(x, y *caseAct) int { return cmp.Or(x.Time.Compare(y.Time), strings.Compare(x.ID, y.ID)) })
	ids := make([]string, len(c.acts))
	for i, a := range c.acts {
		a.n, a.v, ids[i] = i+1, c.in.Judge.Approval(&a.Action), a.ID
	}
	err := c.q.Contexts(ctx, ids, func(id string, about *agenttrail.Context) error {
		if a := c.byID[id]; a != nil {
			a.about = *about
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("case file: read the receipts of its actions: %w", err)
	}
	c.pairs = pairsOf(c.actions(), c.people)
	return nil
}

// actions are the acts as plain actions.
func (c *caseFile) actions() (list []*agenttrail.Action) {
	for _, a := range c.acts {
		list = append(list, &a.Action)
	}
	return list
}

// id names the case without naming the person: the ledger and file names hold it.
func (c *caseFile) id() string {
	h := sha256.New()
	for _, s := range slices.Concat(c.q.Subjects, []string{"|"}, c.q.Sessions) {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	return "C-" + hex.EncodeToString(h.Sum(nil))[:8] + "-" + c.q.Copy
}

// consequential are the acts of agents that changed or sent something, or needed leave, or lay outside their scope. They are told one by one.
func (c *caseFile) consequential() (list []*caseAct) {
	for _, a := range c.acts {
		verb, _ := agenttrail.LookupVerb(a.Verb)
		weighs := verb.Effect == agenttrail.EffectExternal || verb.Effect == agenttrail.EffectWrite || a.v.Authorized.Required == agenttrail.Yes || a.v.Scope.In == agenttrail.No
		if weighs && a.v.Actor.Type == agenttrail.ActorAgent && c.touches(a) {
			list = append(list, a)
		}
	}
	return list
}

// touches says that an act names the subject, carried its data away, or stands in a session that was asked for.
func (c *caseFile) touches(a *caseAct) bool {
	return a.hit || slices.ContainsFunc(c.pairs, func(p Pair) bool { return p.Sent.ID == a.ID || p.Read.ID == a.ID })
}

// agentName is how the file calls who acted.
func (a *caseAct) agentName() string {
	return cmp.Or(a.v.Actor.Name, a.v.Actor.ID, a.Actor.Name, a.User.Email, a.User.Name, a.User.ID, "not said")
}

// WholeTrail is the period of a file that looks at everything: from the first day that a batch or a window holds to the day of the ledger's
// last entry.
func WholeTrail(in *Input, c Calendar) (Period, error) {
	first := in.Cite.Time
	err := in.Entries(func(n int64, e agenttrail.Entry) error {
		at := time.Time{}
		if e.Window != nil {
			at = e.Window.From
		}
		if e.Batch != nil {
			for _, t := range e.Batch.Tables {
				if at.IsZero() || !t.First.IsZero() && t.First.Before(at) {
					at = t.First
				}
			}
		}
		if n < in.Cite.Size && !at.IsZero() && at.Before(first) {
			first = at
		}
		return nil
	})
	zone := Period{Zone: c.Zone}
	from, to := zone.in(first), zone.in(in.Cite.Time).AddDate(0, 0, 1)
	return c.between(from.Format(time.DateOnly)+"/"+to.Format(time.DateOnly), from, to), err
}
