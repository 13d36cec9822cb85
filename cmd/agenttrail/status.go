package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"agenttrail/internal/config"
	"agenttrail/internal/web"
	"agenttrail/reports"

	"github.com/spf13/cobra"
)

func (a *app) statusCommand() *cobra.Command {
	var disk bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "What is owed, what could not be read, where the index stands; exit 3 when something is owed",
		Long: `Per source: the last closed day, days that are owed or open, records that could not be read, and each of the last days with its state. Then the ledger,
the index, reports that are due or wait, silences beyond a source's gap, sources that log errors only, windows that a vendor will soon forget, what
expires, and systems that agents reach and no source covers. It reads the trail and, where one is configured, the cluster; the sources are not asked.
Exit 3: something is owed, or an error is named.`,
		Example: "  agenttrail status\n  agenttrail status --disk",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			t, err := a.openTrail(cmd.Context(), c, false)
			if err != nil {
				return err
			}
			defer t.Close()
			if disk {
				return a.disk(c, t)
			}
			return a.status(cmd.Context(), c, t)
		},
	}
	cmd.Flags().BoolVar(&disk, "disk", false, "what the trail takes up by source, how it grows, and when the disk is full")
	return a.jsonFlag(cmd)
}

func (a *app) status(ctx context.Context, c *config.Config, t *opened) error {
	s, err := a.look(ctx, c, t)
	if err != nil {
		return err
	}
	if a.json {
		err = printJSON(a.out, s)
	} else {
		a.printStatus(s)
	}
	if err != nil {
		return err
	}
	return statusVerdict(s)
}

// statusVerdict is incomplete when something is owed, or is an error in its own right.
func statusVerdict(s *web.State) error {
	owed, due := 0, 0
	for _, source := range s.Sources {
		owed += source.Owed + len(source.Open)
	}
	for _, d := range s.Due {
		if d.Why == "" {
			due++
		}
	}
	switch {
	case owed > 0:
		return incomplete("%s owed: agenttrail ingest pays them", count(int64(owed), "window is", "windows are"))
	case s.Index.Configured && (s.Index.Behind > 0 || s.Index.Error != ""):
		return incomplete("the index is behind the trail: agenttrail index")
	case s.Errors() > 0:
		return incomplete("%s above", count(int64(s.Errors()), "error is named", "errors are named"))
	case due > 0:
		return incomplete("%s due: agenttrail run --due issues them", count(int64(due), "report is", "reports are"))
	}
	return nil
}

func (a *app) indexState(ctx context.Context, c *config.Config, t *opened) (s web.Index) {
	if c.Elasticsearch == nil {
		return s
	}
	s.Configured = true
	client, err := a.elastic(ctx, c, false)
	if err == nil {
		s.Position, err = client.Position(ctx)
	}
	if err != nil {
		s.Error = err.Error()
		return s
	}
	s.Behind = max(0, t.Log().Size()-s.Position)
	return s
}

func (a *app) printStatus(s *web.State) {
	g := &grid{head: []string{"SOURCE", "CLOSED UP TO", "OWED", "OPEN", "RECORDS", "UNREADABLE", "REFUSED", "CONFLICTS", "LAST RUN"}, right: map[int]bool{2: true, 3: true, 4: true, 5: true, 6: true, 7: true}}
	for _, s := range s.Sources {
		g.add(s.Name, s.LastClosed, thousands(int64(s.Owed)), thousands(int64(len(s.Open))), thousands(s.Records), thousands(s.Rejected), thousands(s.Refused), thousands(s.Conflicts), orDash(s.LastRun))
	}
	g.print(a.out)
	a.printDays(s)
	fmt.Fprintf(a.out, "\nledger  %s, newest of %s UTC, %s\n", count(s.Ledger, "entry", "entries"), clock(s.Newest), s.Origin)
	switch {
	case !s.Index.Configured:
		fmt.Fprintln(a.out, "index   not configured")
	case s.Index.Error != "":
		fmt.Fprintf(a.out, "index   cannot be asked: %s\n", visible(s.Index.Error))
	default:
		fmt.Fprintf(a.out, "index   judgements as of entry %d; %s behind\n", s.Index.Position, count(s.Ledger-s.Index.Position, "entry", "entries"))
	}
	for _, d := range s.Due {
		fmt.Fprintf(a.out, "report  %s of %s: %s\n", d.Kind, d.Period, visible(first(d.Why, "due: agenttrail run --due issues it")))
	}
	for _, f := range s.Findings {
		if !slices.ContainsFunc(s.Uncovered, func(u web.Uncovered) bool { return u.Words == f.Text }) {
			fmt.Fprintf(a.out, "%-7s %s: %s\n", f.Severity, visible(f.About), visible(f.Text))
		}
	}
	for _, u := range s.Uncovered {
		fmt.Fprintf(a.out, "no log  %s: %s\n", visible(u.System), visible(u.Words))
	}
	fmt.Fprintln(a.out, "proof   SELF-SIGNED: nobody outside holds a checkpoint")
}

// printDays shows the matrix source by day: a letter a day.
func (a *app) printDays(s *web.State) {
	fmt.Fprintf(a.out, "\n%s to %s, a letter a day\n", s.Days[0], s.Days[len(s.Days)-1])
	g := &grid{head: []string{"SOURCE", "DAYS", "HOURS WITH ACTIONS"}}
	for _, source := range s.Sources {
		var letters strings.Builder
		for _, state := range source.Days {
			letters.WriteString(reports.DayLetter(state))
		}
		g.add(source.Name, letters.String(), fmt.Sprintf("%d of %d", source.Hours, source.Expected))
	}
	g.print(a.out)
	fmt.Fprintln(a.out, "C complete, E empty, P partial, M missing, L lost, n not yet due, b before collection, F files, . nothing promised")
}
