package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"agenttrail"
	"agenttrail/internal/config"

	"github.com/spf13/cobra"
)

func (a *app) statusCommand() *cobra.Command {
	var disk bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "What is owed, what could not be read, where the index stands; exit 3 when something is owed",
		Long: `Per source: the last closed day, days that are owed or open, records that could not be read. Then the state of the ledger, of the index, and systems that
agents reach and no source covers. It reads the trail and, where one is configured, the cluster; the sources are not asked.`,
		Example: "  agenttrail status",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if disk {
				return usage("--disk is not in this version")
			}
			c, err := a.load()
			if err != nil {
				return err
			}
			t, err := a.openTrail(cmd.Context(), c, false)
			if err != nil {
				return err
			}
			defer t.Close()
			return a.status(cmd.Context(), c, t)
		},
	}
	cmd.Flags().BoolVar(&disk, "disk", false, "not in this version")
	return a.jsonFlag(cmd)
}

// A sourceState is what the ledger says of one source.
type sourceState struct {
	Source     string   `json:"source"`
	LastClosed string   `json:"last_closed"` // end of the newest closed window
	Owed       int      `json:"owed"`        // windows that are over and not closed
	Open       []string `json:"open"`        // windows with failed objects
	Records    int64    `json:"records"`
	Rejected   int64    `json:"rejected"`
	Refused    int64    `json:"refused"`
	Conflicts  int64    `json:"conflicts"`
	LastRun    string   `json:"last_run"`
	LastTime   string   `json:"last_time"`
	Next       string   `json:"next_due,omitempty"`
}

func (a *app) status(ctx context.Context, c *config.Config, t *opened) error {
	var states []sourceState
	owed := 0
	for i := range c.Sources {
		s := a.sourceState(&c.Sources[i], t)
		owed += s.Owed + len(s.Open)
		states = append(states, s)
	}
	cite, err := t.Log().Cite(ctx, t.Log().Size())
	if err != nil {
		return err
	}
	index, behind := a.indexState(ctx, c, t)
	uncovered, err := uncoveredSystems(ctx, c, t)
	if err != nil {
		return err
	}
	if a.json {
		err = printJSON(a.out, map[string]interface{}{"ledger": cite.Size, "origin": cite.Origin, "index": index, "sources": states, "uncovered": uncovered})
	} else {
		a.printStatus(states, cite, index, uncovered)
	}
	switch {
	case err != nil:
		return err
	case owed > 0:
		return incomplete("%s owed: agenttrail ingest pays them", count(int64(owed), "window is", "windows are"))
	case behind:
		return incomplete("the index is behind the trail: agenttrail index")
	}
	return nil
}

func (a *app) sourceState(s *config.Source, t *opened) sourceState {
	p := pull{name: s.Name, folder: s.Folder != "", plan: planOf(s)}
	states := t.Windows(s.Name)
	out := sourceState{Source: s.Name, LastClosed: "-", Open: []string{}}
	var last time.Time
	for _, w := range states {
		if w.State == agenttrail.WindowOpen {
			out.Open = append(out.Open, windowText(w.Window))
		} else if w.To.After(last) {
			last = w.To
		}
	}
	if !p.folder {
		owed := p.owed(states, a.now())
		out.Owed = len(slices.DeleteFunc(owed, func(w agenttrail.Window) bool { return slices.Contains(out.Open, windowText(w)) }))
		out.Next = p.next(a.now()).Format(time.RFC3339)
	}
	if !last.IsZero() {
		out.LastClosed = last.UTC().Format(time.DateOnly)
	}
	for n := range t.Log().Size() {
		e := t.Log().Entry(n)
		if e.Batch == nil || e.Batch.Source != s.Name {
			continue
		}
		out.Records += e.Batch.Counts.Read
		out.Rejected += e.Batch.Counts.Rejected
		out.Conflicts += e.Batch.Counts.Conflict
		out.Refused += e.Batch.Objects.Refused
		out.LastRun, out.LastTime = e.Batch.Run, agenttrail.FormatTime(e.Time)
	}
	return out
}

// An indexState is where the cluster stands.
type indexState struct {
	Configured bool   `json:"configured"`
	Position   int64  `json:"position"` // entries that the cluster holds
	Error      string `json:"error,omitempty"`
}

func (a *app) indexState(ctx context.Context, c *config.Config, t *opened) (s indexState, behind bool) {
	if c.Elasticsearch == nil {
		return s, false
	}
	s.Configured = true
	client, err := a.elastic(ctx, c, false)
	if err == nil {
		s.Position, err = client.Position(ctx)
	}
	if err != nil {
		s.Error = err.Error()
		return s, true
	}
	return s, s.Position < t.Log().Size()
}

func (a *app) printStatus(states []sourceState, cite agenttrail.Cite, index indexState, uncovered []uncoveredSystem) {
	g := &grid{head: []string{"SOURCE", "CLOSED UP TO", "OWED", "OPEN", "RECORDS", "UNREADABLE", "REFUSED", "CONFLICTS", "LAST RUN"}, right: map[int]bool{2: true, 3: true, 4: true, 5: true, 6: true, 7: true}}
	for _, s := range states {
		g.add(s.Source, s.LastClosed, thousands(int64(s.Owed)), thousands(int64(len(s.Open))), thousands(s.Records), thousands(s.Rejected), thousands(s.Refused), thousands(s.Conflicts), orDash(s.LastRun))
	}
	g.print(a.out)
	fmt.Fprintf(a.out, "\nledger  %s, newest of %s UTC, %s\n", count(cite.Size, "entry", "entries"), clock(cite.Time), cite.Origin)
	switch {
	case !index.Configured:
		fmt.Fprintln(a.out, "index   not configured")
	case index.Error != "":
		fmt.Fprintf(a.out, "index   cannot be asked: %s\n", visible(index.Error))
	default:
		fmt.Fprintf(a.out, "index   judgements as of entry %d; %s behind\n", index.Position, count(cite.Size-index.Position, "entry", "entries"))
	}
	for _, u := range uncovered {
		fmt.Fprintf(a.out, "no log  %s: %s\n", visible(u.System), visible(u.text()))
	}
	fmt.Fprintln(a.out, "proof   SELF-SIGNED: nobody outside holds a checkpoint")
}
