package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/ocsf"

	"github.com/spf13/cobra"
)

// A search is what find looks for. Empty members look for anything.
type search struct {
	agent, user, subject, system, verb, outcome, resource, text, from, to string

	limit  int64
	output string
}

func (a *app) findCommand() *cobra.Command {
	var s search
	cmd := &cobra.Command{
		Use:   "find",
		Short: "Search the trail, without a server",
		Long: `Search the actions of the trail. Conditions add up. A value that ends in * is a prefix. Times are 2026-09-17 or 2026-09-17T10:00:00Z.
Who acted is judged by the register: --agent takes the id of the register or the name in the log. -o ocsf writes events of OCSF ` + ocsf.Version + `,
one a line, and with a period alone exports all of it.`,
		Example: `  agenttrail find --agent agt-refund-01 --verb pay --from 2026-09-01
  agenttrail find --subject crm:cus_2077 -o csv > customer.csv
  agenttrail find --from 2026-09-01 --to 2026-10-01 -o ocsf > september.ocsf.jsonl`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.find(cmd.Context(), s) },
	}
	f := cmd.Flags()
	f.StringVar(&s.agent, "agent", "", "agent: id of the register, or as the log names it")
	f.StringVar(&s.user, "user", "", "person: e-mail, id or name of the recorded principal")
	f.StringVar(&s.subject, "subject", "", "whose data: lower-case e-mail or SYSTEM:ID")
	f.StringVar(&s.system, "system", "", "system, like aws.s3")
	f.StringVar(&s.verb, "verb", "", "verb, like read or pay")
	f.StringVar(&s.outcome, "outcome", "", "success, failure, denied, partial, pending, unknown")
	f.StringVar(&s.resource, "resource", "", "id of the resource")
	f.StringVar(&s.text, "text", "", "a piece of text in reason, resource, action or error")
	f.StringVar(&s.from, "from", "", "first time")
	f.StringVar(&s.to, "to", "", "end, not included")
	f.Int64Var(&s.limit, "limit", 0, "print at most so many; 0 = all")
	f.StringVarP(&s.output, "output", "o", "table", "table, json, csv or ocsf")
	f.BoolVar(&a.json, "json", false, "the same as -o json")
	return cmd
}

func (a *app) find(ctx context.Context, s search) error {
	if a.json {
		s.output = "json"
	}
	print, done, err := a.printer(s.output)
	if err != nil {
		return err
	}
	q, err := s.query()
	if err != nil {
		return err
	}
	c, err := a.load()
	if err != nil {
		return err
	}
	t, err := a.openTrail(ctx, c, false)
	if err != nil {
		return err
	}
	defer t.Close()
	j, err := judgeOf(ctx, t.Trail, t.Log().Size())
	if err != nil {
		return err
	}
	shown, found := int64(0), int64(0)
	err = t.Reader().FindRows(ctx, q, func(action *agenttrail.Action, about *agenttrail.Context) error {
		v := j.Approval(action)
		if !s.matches(action, &v) {
			return nil
		}
		if found++; s.limit > 0 && shown >= s.limit {
			return nil
		}
		shown++
		about.Provisional = provisional(t, about)
		return print(action, about, &v)
	})
	if err != nil {
		return err
	}
	if err := done(); err != nil {
		return err
	}
	fmt.Fprintf(a.err, "%s found", count(found, "action", "actions"))
	if shown < found {
		fmt.Fprintf(a.err, ", %s shown", thousands(shown))
	}
	fmt.Fprintln(a.err)
	return nil
}

func (s search) query() (q agenttrail.Query, err error) {
	if q.From, err = parseTime(s.from); err != nil {
		return q, usage("--from: %w", err)
	}
	if q.To, err = parseTime(s.to); err != nil {
		return q, usage("--to: %w", err)
	}
	if _, ok := agenttrail.LookupVerb(s.verb); s.verb != "" && !ok {
		return q, usage("--verb: %q is no verb", s.verb)
	}
	for _, t := range []struct{ field, value string }{{"agenttrail.subject.id", s.subject}, {"agenttrail.resource.system", s.system}, {"agenttrail.verb", s.verb},
		{"agenttrail.outcome", s.outcome}, {"agenttrail.resource.id", s.resource}} {
		if prefix, ok := strings.CutSuffix(t.value, "*"); ok {
			q.All = append(q.All, agenttrail.Term{Field: t.field, Prefix: prefix})
		} else if t.value != "" {
			q.All = append(q.All, agenttrail.Term{Field: t.field, Any: []string{t.value}})
		}
	}
	return q, nil
}

// matches tests what a query cannot say: judged agents, any name of a person, text.
func (s search) matches(a *agenttrail.Action, v *agenttrail.Verdict) bool {
	return anyOf(s.agent, v.Actor.ID, v.Actor.Name, a.GenAI.AgentID, a.GenAI.AgentName, a.Actor.ID) &&
		anyOf(s.user, a.User.Email, a.User.ID, a.User.Name, a.OnBehalfOf.ID, a.User.Effective.ID) &&
		contains(s.text, a.Intent.Reason, a.Resource.ID, a.Resource.Name, a.Event.Action, a.Event.Reason, a.Error.Message, a.EmailSubject)
}

func anyOf(want string, values ...string) bool {
	if want == "" {
		return true
	}
	prefix, isPrefix := strings.CutSuffix(want, "*")
	for _, v := range values {
		if v == want || isPrefix && strings.HasPrefix(v, prefix) {
			return true
		}
	}
	return false
}

func contains(want string, values ...string) bool {
	want = strings.ToLower(want)
	for _, v := range values {
		if strings.Contains(strings.ToLower(v), want) {
			return true
		}
	}
	return want == ""
}

func parseTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("want a time like 2026-09-17 or 2026-09-17T10:00:00Z, not %q", s)
}

// provisional says that the window of a receipt is still open: more may come, and numbers may change.
func provisional(t *opened, about *agenttrail.Context) bool {
	w := t.Log().Entry(about.Receipt.N).Batch.Window
	said, ok := t.Window(w)
	return !w.Standing() && (!ok || !said.Settled())
}

func provisionalMark(about *agenttrail.Context) string {
	if about.Provisional {
		return " (provisional)"
	}
	return ""
}

// A rowPrinter prints one found action.
type rowPrinter = func(*agenttrail.Action, *agenttrail.Context, *agenttrail.Verdict) error

// printer makes the output of find: print for each action, done at the end.
func (a *app) printer(kind string) (print rowPrinter, done func() error, err error) {
	switch kind {
	case "json":
		var buf []byte
		return func(action *agenttrail.Action, c *agenttrail.Context, v *agenttrail.Verdict) error {
			buf = append(agenttrail.AppendDocument(buf[:0], action, c, v), '\n')
			_, err := a.out.Write(buf)
			return err
		}, func() error { return nil }, nil
	case "csv":
		w := csv.NewWriter(a.out)
		w.UseCRLF = true
		print, err := csvPrinter(w)
		return print, func() error { w.Flush(); return w.Error() }, err
	case "table":
		g := &grid{head: []string{"TIME (UTC)", "WHO", "VERB", "TARGET", "OUTCOME", "LEAVE", "ID"}}
		return func(action *agenttrail.Action, about *agenttrail.Context, v *agenttrail.Verdict) error {
			g.add(clock(action.Time), cut(actorText(action, v), 40), action.Verb, cut(targetText(action), 60), action.Outcome+provisionalMark(about), leaveText(v), action.ID)
			return nil
		}, func() error { g.print(a.out); return nil }, nil
	case "ocsf":
		return a.ocsfPrinter(), func() error { return nil }, nil
	}
	return nil, nil, usage("-o %q: want table, json, csv or ocsf", kind)
}

// ocsfPrinter prints events of OCSF, one a line.
func (a *app) ocsfPrinter() rowPrinter {
	var document, line []byte
	return func(action *agenttrail.Action, c *agenttrail.Context, v *agenttrail.Verdict) (err error) {
		document = agenttrail.AppendDocument(document[:0], action, c, v)
		if line, err = ocsf.Append(line[:0], document); err != nil {
			return fmt.Errorf("action %s: %w", action.ID, err)
		}
		_, err = a.out.Write(append(line, '\n'))
		return err
	}
}

// leaveText says in one word whose leave an action had.
func leaveText(v *agenttrail.Verdict) string {
	switch {
	case v.Authorized.Required != agenttrail.Yes && v.Authorized.State == "":
		return "-"
	case v.Scope.In == agenttrail.No:
		return "out of scope"
	}
	return strings.ReplaceAll(orDash(v.Authorized.State), "_", " ")
}

var csvColumns = []string{"@timestamp", "agenttrail.id", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.name", "agenttrail.on_behalf_of.id", "user.id", "user.email",
	"agenttrail.verb", "event.action", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.amount", "agenttrail.outcome",
	"event.reason", "agenttrail.intent.reason", "agenttrail.session.id", "agenttrail.evidence.uri", "agenttrail.evidence.index"}

func csvPrinter(w *csv.Writer) (rowPrinter, error) {
	if err := w.Write(append(append([]string{}, csvColumns...), "scope", "approval", "why")); err != nil {
		return nil, err
	}
	return func(a *agenttrail.Action, _ *agenttrail.Context, v *agenttrail.Verdict) error {
		var row []string
		for _, name := range csvColumns {
			f, _ := agenttrail.Lookup(name)
			text, _ := f.Value(a)
			row = append(row, csvCell(text))
		}
		return w.Write(append(row, scopeText(v), v.Authorized.State, v.Why))
	}, nil
}

func scopeText(v *agenttrail.Verdict) string {
	switch v.Scope.In {
	case agenttrail.Yes:
		return "in scope"
	case agenttrail.No:
		return "out of scope"
	}
	return ""
}
