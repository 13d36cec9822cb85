package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/config"
	"agenttrail/reports"

	"github.com/spf13/cobra"
)

func (a *app) findingsCommand() *cobra.Command {
	var open bool
	var period string
	cmd := &cobra.Command{
		Use:   "findings",
		Short: "What the rules found, and what was decided about it",
		Long: `List what the rules of docs/findings.md find in the trail: over all its time, or in one period. A finding has the same id in every run and report. Closing one
changes no count but its state: it stays in every list, with who closed it, as what and why.`,
		Example: `  agenttrail findings --open
  agenttrail findings --period 2026-Q3 --json
  agenttrail findings close 3f2a9c04 --as remediated --reason "scope extended" --ticket SEC-12 --by dana@example.com`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.findings(cmd.Context(), period, open) },
	}
	cmd.Flags().BoolVar(&open, "open", false, "only those that are open or were opened again")
	cmd.Flags().StringVar(&period, "period", "", "2026-Q3, 2026-07, 2026 or 2026-07-01/2026-10-01 (default: all the time of the trail)")
	cmd.AddCommand(a.findingsCloseCommand())
	return a.jsonFlag(cmd)
}

func (a *app) findings(ctx context.Context, period string, open bool) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	t, err := a.openTrail(ctx, c, false)
	if err != nil {
		return err
	}
	defer t.Close()
	list, err := a.findingsOf(ctx, c, t, period)
	if err != nil {
		return err
	}
	shown := list
	if open {
		shown = slices.DeleteFunc(slices.Clone(list), func(f reports.Finding) bool { return !f.Open() })
	}
	if a.json {
		return printJSON(a.out, findingRows(shown))
	}
	a.printFindings(shown)
	fmt.Fprintf(a.err, "%s, %s open\n", count(int64(len(list)), "finding", "findings"), thousands(openFindings(list)))
	return nil
}

func openFindings(list []reports.Finding) (n int64) {
	for i := range list {
		if list[i].Open() {
			n++
		}
	}
	return n
}

// findingsOf runs the rules over a period, or over all the time of the trail.
func (a *app) findingsOf(ctx context.Context, c *config.Config, t *opened, period string) ([]reports.Finding, error) {
	size := t.Log().Size()
	in, err := a.reportInput(ctx, c, t, size, reportOptions{kind: auditKind, period: period}, engine{facts: t.Reader(), name: "trail"})
	if err != nil {
		return nil, err
	}
	if period == "" {
		in.Period = allTime(t, size)
	}
	return reports.Findings(ctx, in)
}

// allTime is the period from the first time that an entry names to the newest entry.
func allTime(t *opened, size int64) reports.Period {
	first, last := t.Log().Entry(0).Time, t.Log().Entry(size-1).Time
	earlier := func(at time.Time) {
		if !at.IsZero() && at.Before(first) {
			first = at
		}
	}
	for n := range size {
		e := t.Log().Entry(n)
		if e.Window != nil {
			earlier(e.Window.From)
		}
		if e.Batch == nil {
			continue
		}
		for _, table := range e.Batch.Tables {
			earlier(table.First)
		}
	}
	from, to := first.UTC().Truncate(24*time.Hour), last.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)
	return reports.Period{Name: from.Format(time.DateOnly) + "/" + to.Format(time.DateOnly), From: from, To: to}
}

// A findingRow is a finding as JSON.
type findingRow struct {
	ID       string       `json:"id"`
	Rule     string       `json:"rule"`
	Severity string       `json:"severity"`
	Name     string       `json:"name"`
	About    string       `json:"about"`
	Window   string       `json:"window"`
	What     string       `json:"what"`
	Seen     int64        `json:"seen"`
	First    string       `json:"first,omitempty"`
	Last     string       `json:"last,omitempty"`
	Actions  []string     `json:"actions,omitempty"`
	State    string       `json:"state"`
	Decision *decisionRow `json:"decision,omitempty"`
}

// A decisionRow is what somebody decided, as JSON.
type decisionRow struct {
	Entry  int64  `json:"entry"`
	At     string `json:"at"`
	As     string `json:"as"`
	By     string `json:"by"`
	Reason string `json:"reason"`
	Ticket string `json:"ticket"`
	Until  string `json:"until,omitempty"`
}

func findingRows(list []reports.Finding) []findingRow {
	rows := []findingRow{}
	for _, f := range list {
		r := findingRow{ID: f.ID, Rule: f.Rule.ID, Severity: f.Rule.Severity, Name: f.Rule.Name, About: f.Subject, Window: f.Window, What: f.What, Seen: f.N, First: stampText(f.First), Last: stampText(f.Last), Actions: f.Actions, State: f.State}
		if d := f.Decision; d != nil {
			r.Decision = &decisionRow{d.Entry, stampText(d.At), d.As, d.By, d.Reason, d.Ticket, stampText(d.Until)}
		}
		rows = append(rows, r)
	}
	return rows
}

func stampText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return agenttrail.FormatTime(t)
}

func (a *app) printFindings(list []reports.Finding) {
	g := &grid{head: []string{"SEVERITY", "RULE", "ABOUT", "WHAT WAS SEEN", "SEEN", "LAST", "STATE", "ID"}, right: map[int]bool{4: true}}
	for i := range list {
		f := &list[i]
		last := "-"
		if !f.Last.IsZero() {
			last = f.Last.UTC().Format(time.DateOnly)
		}
		g.add(f.Rule.Severity, f.Rule.ID, cut(f.Subject, 40), cut(f.What, 70), thousands(f.N), last, stateText(f), f.ID[:12])
	}
	g.print(a.out)
}

// stateText is the state with what was decided.
func stateText(f *reports.Finding) string {
	d := f.Decision
	if d == nil {
		return f.State
	}
	s := f.State + ": " + d.As + " by " + d.By
	if !d.Until.IsZero() {
		s += " until " + d.Until.UTC().Format(time.DateOnly)
	}
	return s
}

// decisionsOf are the decisions about findings in the entries below a size, with their statements.
func decisionsOf(ctx context.Context, t *opened, size int64) (list []reports.Decision, err error) {
	for n := range size {
		e := t.Log().Entry(n)
		if e.Finding == nil {
			continue
		}
		data, err := t.Statement(ctx, *e.Finding)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", n, err)
		}
		d, err := reports.ParseDecision(data, *e.Finding)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", n, err)
		}
		d.Entry, d.At = n, e.Time
		list = append(list, d)
	}
	return list, nil
}

// A closing is what the command line says about a finding that is closed.
type closing struct{ as, reason, ticket, by, until string }

func (a *app) findingsCloseCommand() *cobra.Command {
	var o closing
	cmd := &cobra.Command{
		Use:   "close ID",
		Short: "Say what was decided about a finding; the ledger keeps it",
		Long: `Close a finding: it was remediated, accepted until a date, authorised, or a false positive. The decision is an entry of the ledger, and who took it, why and on which ticket
stands in a file beside it. An acceptance ends at its date, and what was remediated is open again when it is seen again. ID may be the beginning of an id.`,
		Example: `  agenttrail findings close 3f2a9c04 --as accepted --until 2027-03-31 --reason "vendor has no log yet" --ticket SEC-14 --by dana@example.com`,
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, list []string) error {
			return a.closeFinding(cmd.Context(), list[0], o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.as, "as", "", strings.Join(agenttrail.Dispositions(), ", "))
	f.StringVar(&o.reason, "reason", "", "why, in a sentence")
	f.StringVar(&o.ticket, "ticket", "", "where it was handled")
	f.StringVar(&o.by, "by", "", "who decided")
	f.StringVar(&o.until, "until", "", "end of an acceptance, like 2027-03-31")
	return a.jsonFlag(cmd)
}

// check says what the command line lacks.
func (o closing) check(now time.Time) (until time.Time, err error) {
	if !slices.Contains(agenttrail.Dispositions(), o.as) {
		return until, usage("--as %q: want %s", o.as, strings.Join(agenttrail.Dispositions(), ", "))
	}
	for _, f := range [][2]string{{"--reason", o.reason}, {"--ticket", o.ticket}, {"--by", o.by}} {
		if strings.TrimSpace(f[1]) == "" {
			return until, usage("%s is needed: a finding is closed by somebody, for a reason, with a ticket", f[0])
		}
	}
	if (o.as == agenttrail.AsAccepted) != (o.until != "") {
		return until, usage("--until DATE goes with --as accepted, and an acceptance needs it")
	}
	if until, err = parseTime(o.until); err != nil {
		return until, usage("--until: %w", err)
	}
	if o.until != "" && !until.After(now) {
		return until, usage("--until %s is not after now", o.until)
	}
	return until, nil
}

func (a *app) closeFinding(ctx context.Context, id string, o closing) error {
	until, err := o.check(a.now())
	if err != nil {
		return err
	}
	c, err := a.load()
	if err != nil {
		return err
	}
	t, err := a.openTrail(ctx, c, true)
	if err != nil {
		return err
	}
	defer t.Close()
	list, err := a.findingsOf(ctx, c, t, "")
	if err != nil {
		return err
	}
	f, err := findingByID(list, id)
	if err != nil {
		return err
	}
	d := reports.Decision{Finding: f.ID, Rule: f.Rule.ID, Subject: f.Subject, As: o.as, By: o.by, Reason: o.reason, Ticket: o.ticket, Until: until}
	if err := t.PutFinding(ctx, agenttrail.Finding{ID: f.ID, Rule: f.Rule.ID, As: o.as, Until: until}, d.Marshal()); err != nil {
		return err
	}
	if a.json {
		return printJSON(a.out, map[string]string{"id": f.ID, "rule": f.Rule.ID, "as": o.as, "until": stampText(until)})
	}
	fmt.Fprintf(a.out, "%s closed as %s: %s, %s\n", f.ID, o.as, f.Rule.Name, visible(f.Subject))
	return nil
}

// findingByID finds the one finding whose id begins so.
func findingByID(list []reports.Finding, id string) (found reports.Finding, err error) {
	if len(id) < 6 || strings.Trim(id, "0123456789abcdef") != "" {
		return found, usage("%q is no id of a finding: want at least 6 of its hex digits", id)
	}
	for _, f := range list {
		switch {
		case !strings.HasPrefix(f.ID, id):
		case found.ID != "":
			return found, usage("%s is the beginning of more than one id: give more digits", id)
		default:
			found = f
		}
	}
	if found.ID == "" {
		return found, fmt.Errorf("no finding %s (agenttrail findings lists them)", id)
	}
	return found, nil
}
