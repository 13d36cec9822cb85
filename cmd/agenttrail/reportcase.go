package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/reports"

	"github.com/spf13/pflag"
)

var caseKind = reportKind{
	name:  reports.KindCase,
	short: "What the agents did to one customer, or in one session, for whoever has to be told",
	long: `Write a case file from the trail: what happened, whose records were read, who received them, on whose authority, what should have stopped it, which
clocks run, and where each record stands. It looks at the whole trail unless a period is given. The identifiers are looked for as given, by the company's
list of subjects, and by what the trail itself links; the file says which of them hit where, and what was not covered.

The copy decides who is named. An authority and counsel read all names. The copy for the subject has staff by role and leaves other persons out: of the
pages, of the attached files and of the file's properties. A copy that would hold an identifier of somebody else is not written.

The times of detection, awareness, containment and notices are the company's own words; most clocks start with awareness. A notice that is named
“supervisory authority”, “nydfs”, “ai act”, “dora initial”, “dora intermediate” or “colorado decision” answers or starts the clock of that law.`,
	example: `  agenttrail report case --subject anna.keller@example.com --copy authority --aware 2026-09-24T09:15:00Z
  agenttrail report case --subject anna.keller@example.com --copy subject -o for-anna.pdf
  agenttrail report case --session conv-7781 --copy counsel`,
	document: reports.Case,
	flags:    caseFlags,
	check:    checkCase,
	gather:   gatherCase,
}

// caseOptions are the flags of a case file, as they were typed.
type caseOptions struct {
	subjects, sessions           []string
	copy                         string
	detected, notices            []string
	aware, classified, contained string
}

func caseFlags(f *pflag.FlagSet, o *reportOptions) {
	o.ask = &caseOptions{}
	f.StringArrayVar(&o.ask.subjects, "subject", nil, "identifier of the person: an e-mail address or SYSTEM:ID; may stand several times")
	f.StringArrayVar(&o.ask.sessions, "session", nil, "a session, conversation or trace; may stand several times")
	f.StringVar(&o.ask.copy, "copy", "", "who reads it: authority, subject or counsel")
	f.StringArrayVar(&o.ask.detected, "detected", nil, "when it was noticed, like 2026-09-24T08:30:00Z; may stand several times")
	f.StringVar(&o.ask.aware, "aware", "", "when the company became aware of it")
	f.StringVar(&o.ask.classified, "classified", "", "when it was classified as a major incident")
	f.StringVar(&o.ask.contained, "contained", "", "when it was stopped")
	f.StringArrayVar(&o.ask.notices, "notice", nil, "who was told and when: NAME=TIME; may stand several times")
	f.Lookup("period").Usage = "look at this time only (default: the whole trail)"
}

func checkCase(o reportOptions) error {
	_, err := o.ask.question()
	return err
}

// question turns the flags into what is asked. An error is a usage error.
func (o *caseOptions) question() (*reports.CaseQuestion, error) {
	q := &reports.CaseQuestion{Subjects: o.subjects, Sessions: o.sessions, Copy: o.copy}
	switch {
	case !slices.Contains([]string{reports.CopyAuthority, reports.CopySubject, reports.CopyCounsel}, o.copy):
		return nil, usage("--copy %q: want authority, subject or counsel: it decides who is named", o.copy)
	case len(o.subjects)+len(o.sessions) == 0:
		return nil, usage("a case file is about somebody: add --subject an e-mail address or SYSTEM:ID, or --session ID")
	case o.copy == reports.CopySubject && len(o.subjects) == 0:
		return nil, usage("--copy subject needs --subject: without it nobody could be left out")
	case slices.Contains(slices.Concat(o.subjects, o.sessions), ""):
		return nil, usage("--subject and --session must not be empty")
	}
	for _, t := range []struct {
		flag, text string
		to         *time.Time
	}{{"aware", o.aware, &q.Aware}, {"classified", o.classified, &q.Classified}, {"contained", o.contained, &q.Contained}} {
		if err := caseTime(t.flag, t.text, t.to); err != nil {
			return nil, err
		}
	}
	for _, text := range o.detected {
		var at time.Time
		if err := caseTime("detected", text, &at); err != nil {
			return nil, err
		}
		q.Detected = append(q.Detected, at)
	}
	for _, text := range o.notices {
		n := reports.Notice{}
		name, when, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, usage("--notice %q: want NAME=TIME, like \"supervisory authority=2026-09-26T16:00:00Z\"", text)
		}
		if err := caseTime("notice", when, &n.At); err != nil {
			return nil, err
		}
		n.To = name
		q.Notices = append(q.Notices, n)
	}
	slices.SortStableFunc(q.Notices, func(a, b reports.Notice) int { return a.At.Compare(b.At) })
	slices.SortFunc(q.Detected, time.Time.Compare)
	return q, nil
}

// caseTime reads a time with its zone; empty is none.
func caseTime(flag, text string, to *time.Time) error {
	if text == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return usage("--%s %q: want a time with its zone, like 2026-09-24T09:15:00Z", flag, text)
	}
	*to = t.UTC()
	return nil
}

// gatherCase fills what a case needs beyond the rest: the question, the person's other names, the chain, and the receipts of actions.
func gatherCase(_ context.Context, g gathering) (err error) {
	in := g.input
	if in.Case, err = g.options.ask.question(); err != nil {
		return err
	}
	if g.options.period == "" {
		calendar, err := g.options.calendar(g.config)
		if err != nil {
			return err
		}
		if in.Period, err = reports.WholeTrail(in, calendar); err != nil {
			return err
		}
	}
	for _, s := range in.Case.Subjects {
		if n := len(g.config.Lists.Subjects.Find(s)); n > 1 {
			return usage("--subject %q: %d persons of the list of subjects go by it: give an address or an id", s, n)
		}
		exact, _ := g.config.Lists.Subjects.Aliases(s)
		in.Case.Aliases = append(in.Case.Aliases, exact[1:]...)
	}
	in.Case.Follow = func(actions []agenttrail.Action, find func(agenttrail.Query, func(*agenttrail.Action) error) error) ([]agenttrail.Action, []agenttrail.Link, error) {
		return g.judge.Follow(actions, find)
	}
	in.Case.Contexts = func(ctx context.Context, ids []string, yield func(string, *agenttrail.Context) error) error {
		for part := range slices.Chunk(ids, 500) {
			q := agenttrail.Query{Before: in.Cite.Size, All: []agenttrail.Term{{Field: "agenttrail.id", Any: part}}}
			err := g.facts.FindRows(ctx, q, func(a *agenttrail.Action, c *agenttrail.Context) error { return yield(a.ID, c) })
			if err != nil {
				return err
			}
		}
		return nil
	}
	return nil
}
