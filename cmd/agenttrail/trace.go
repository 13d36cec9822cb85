package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"agenttrail"

	"github.com/spf13/cobra"
)

func (a *app) traceCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "trace ID",
		Short: "What did your AI do: everything about a session, trace, action, agent or customer, in order of time",
		Long: `Print everything about one session, trace, action, tool call, agent or customer in order of time, with the place of each record.
A customer is an e-mail address or SYSTEM:ID. The sessions and traces that touched the customer are shown whole, so that what was read before a message
stands beside the message. What other logs hold of the same work is shown too, with the rule that joined it: exact, when both records hold the same id, or by
actor and time.`,
		Example: `  agenttrail trace ben.moss@example.org
  agenttrail trace conv-7781`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, list []string) error { return a.trace(cmd.Context(), list[0], all) },
	}
	cmd.Flags().BoolVar(&all, "all", false, "print all actions; otherwise a long list of an agent is cut")
	return a.jsonFlag(cmd)
}

// A step is one action of a trace.
type step struct {
	agenttrail.Action
	about agenttrail.Context
	v     agenttrail.Verdict
}

// traceFields are the fields in which an id may stand. Those of the first list lead on: what shares a session or trace with a hit belongs to it.
var (
	traceFields = []string{"agenttrail.id", "agenttrail.subject.id", "agenttrail.session.id", "trace.id", "agenttrail.correlation", "gen_ai.tool.call.id", "email.to.address",
		"agenttrail.resource.id", "user.email", "gen_ai.agent.id", "agenttrail.actor.id", "event.id"}
	chainFields = []string{"agenttrail.session.id", "trace.id"}
)

func (a *app) trace(ctx context.Context, id string, all bool) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	t, err := a.openTrail(ctx, c, false)
	if err != nil {
		return err
	}
	defer t.Close()
	return a.traceIn(ctx, t, id, all)
}

func (a *app) traceIn(ctx context.Context, t *opened, id string, all bool) error {
	steps, links, err := traceSteps(ctx, t, id)
	if err != nil {
		return err
	}
	if len(steps) == 0 {
		fmt.Fprintf(a.err, "nothing in the trail about %s\n", visible(id))
		return nil
	}
	for i := range steps {
		steps[i].about.Provisional = provisional(t, &steps[i].about)
	}
	if a.json {
		for i := range steps {
			s := &steps[i]
			fmt.Fprintf(a.out, "%s\n", agenttrail.AppendDocument(nil, &s.Action, &s.about, &s.v))
		}
		return printLinks(a.out, links)
	}
	a.printTrace(id, steps, links, all)
	return nil
}

// traceSteps finds what names the id, then what shares a session or trace with those, then what the joins link to them, and judges all of it.
func traceSteps(ctx context.Context, t *opened, id string) ([]step, []agenttrail.Link, error) {
	found := map[string]*step{}
	if err := collect(ctx, t, traceFields, []string{id}, found); err != nil {
		return nil, nil, err
	}
	var chains []string
	for _, s := range found {
		for _, c := range []string{s.Session, s.Trace.ID} {
			if c != "" && !slices.Contains(chains, c) && !personal(s) {
				chains = append(chains, c)
			}
		}
	}
	slices.Sort(chains)
	j, err := judgeOf(ctx, t.Trail, t.Log().Size())
	if err != nil {
		return nil, nil, err
	}
	var links []agenttrail.Link
	if len(chains) <= maxChains {
		if err := collect(ctx, t, chainFields, chains, found); err != nil {
			return nil, nil, err
		}
		if links, err = follow(ctx, t, j, found); err != nil {
			return nil, nil, err
		}
	}
	steps := make([]step, 0, len(found))
	for _, s := range found {
		s.v = j.Approval(&s.Action)
		steps = append(steps, *s)
	}
	slices.SortFunc(steps, before)
	return steps, links, nil
}

// maxChains bounds how many sessions are shown whole: an agent that ran all quarter is listed by its own actions only.
const maxChains = 50

// personal says that a session is a login rather than one conversation: a role session may live for weeks and hold unrelated work.
func personal(s *step) bool { return s.Credential.Type == "role_session" && s.Trace.ID == "" }

func collect(ctx context.Context, t *opened, fields, values []string, found map[string]*step) error {
	if len(values) == 0 {
		return nil
	}
	for _, field := range fields {
		if err := collectQuery(ctx, t, agenttrail.Query{All: []agenttrail.Term{{Field: field, Any: values}}}, found); err != nil {
			return fmt.Errorf("search %s: %w", field, err)
		}
	}
	return nil
}

// before orders steps by time, then by the source's sequence, then by id.
func before(a, b step) int {
	if c := a.Time.Compare(b.Time); c != 0 {
		return c
	}
	if a.Event.Sequence.Known && b.Event.Sequence.Known && a.Event.Sequence.N != b.Event.Sequence.N {
		return int(a.Event.Sequence.N - b.Event.Sequence.N)
	}
	return strings.Compare(a.ID, b.ID)
}

const traceShown = 40 // actions before a list is cut

func (a *app) printTrace(id string, steps []step, links []agenttrail.Link, all bool) {
	fmt.Fprintf(a.out, "What the trail says about %s: %s, %s to %s UTC\n", visible(id), count(int64(len(steps)), "action", "actions"), clock(steps[0].Time), clock(steps[len(steps)-1].Time))
	shown := steps
	if !all && len(steps) > traceShown {
		shown = steps[:traceShown]
	}
	notes := linkNotes(steps, links)
	var last time.Time
	session := ""
	for i := range shown {
		s := &shown[i]
		if day := s.Time.UTC().Truncate(24 * time.Hour); !day.Equal(last) || s.Session != session {
			last, session = day, s.Session
			fmt.Fprintf(a.out, "\n%s  session %s\n", day.Format("Monday 2 January 2006"), visible(orDash(session)))
		}
		a.printStep(s, notes[s.ID])
	}
	if len(shown) < len(steps) {
		fmt.Fprintf(a.out, "\n… and %s more: agenttrail trace %s --all\n", thousands(int64(len(steps)-len(shown))), visible(id))
	}
	for _, line := range pairs(steps) {
		fmt.Fprintf(a.out, "\n! %s\n", visible(line))
	}
}

func (a *app) printStep(s *step, notes []string) {
	fmt.Fprintf(a.out, "  %s  %-9s %s  %s: %s\n", s.Time.UTC().Format("15:04:05.000"), s.Verb, visible(cut(targetText(&s.Action), 60)), visible(cut(actorText(&s.Action, &s.v), 40)), s.Outcome+provisionalMark(&s.about))
	for _, line := range append(stepNotes(s), notes...) {
		fmt.Fprintf(a.out, "                %s\n", visible(line))
	}
	fmt.Fprintf(a.out, "                record %d of %s  (%s)\n", s.Evidence.Index.N, visible(s.Evidence.URI), s.ID)
}

// stepNotes say whom an action concerned, why it was done, and what was wrong with it.
func stepNotes(s *step) (lines []string) {
	if len(s.Subjects) > 0 || len(s.EmailTo) > 0 {
		lines = append(lines, strings.Join(nonEmpty(prefixed("about ", strings.Join(s.Subjects, ", ")), prefixed("to ", strings.Join(s.EmailTo, ", ")), prefixed("for ", s.OnBehalfOf.ID)), "; "))
	}
	if s.Intent.Reason != "" {
		lines = append(lines, "stated reason: "+cut(s.Intent.Reason, 100))
	}
	if s.v.Scope.In == agenttrail.No {
		lines = append(lines, "outside the scope of "+s.v.Scope.Rule)
	}
	if s.v.Authorized.Required == agenttrail.Yes {
		lines = append(lines, "needed a person's leave ("+s.v.Authorized.PolicyID+"): "+s.v.Why+prefixed(" by ", s.v.Authorized.ApproverID))
	}
	if s.v.Actor.Registered == agenttrail.No {
		lines = append(lines, "this agent is not in the register")
	}
	return lines
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// pairs finds messages to one customer in a session in which another customer's data was read before.
func pairs(steps []step) (lines []string) {
	for i := range steps {
		sent := &steps[i]
		if sent.Verb != agenttrail.VerbSend && sent.Verb != agenttrail.VerbShare || sent.Session == "" || sent.Outcome != agenttrail.Success {
			continue
		}
		for k := range steps[:i] {
			read := &steps[k]
			if read.Session != sent.Session || effect(read) != agenttrail.EffectRead || len(read.Subjects) == 0 || overlap(read.Subjects, sent.Subjects) {
				continue
			}
			lines = append(lines, fmt.Sprintf("in session %s data about %s was read at %s, and a message went to %s at %s", sent.Session, strings.Join(read.Subjects, ", "),
				read.Time.UTC().Format(time.TimeOnly), first(strings.Join(sent.EmailTo, ", "), strings.Join(sent.Subjects, ", "), "somebody the log does not name"), sent.Time.UTC().Format(time.TimeOnly)))
		}
	}
	return lines
}

func effect(s *step) string {
	v, _ := agenttrail.LookupVerb(s.Verb)
	return v.Effect
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}
