package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/config"
	"agenttrail/internal/elastic"

	"github.com/spf13/cobra"
)

func (a *app) doctorCommand() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:   "doctor",
		Short: "Try every source, the trail and Elasticsearch, and say what to do about what fails",
		Long: `Try whether secrets resolve, each source can be listed, the trail can be written, and Elasticsearch answers and is set up. A line each with the remedy.
Nothing is fetched, and nothing is written but an empty file that is removed again. One thing is changed at a vendor: a content subscription of Microsoft
365 that is off is started, as a run would, since nothing can be listed without it.`,
		Example: "  agenttrail doctor",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			return a.doctor(cmd.Context(), c)
		},
	})
}

// A checkup is one thing that the doctor tried.
type checkup struct {
	What   string `json:"what"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

func (a *app) doctor(ctx context.Context, c *config.Config) error {
	var list []checkup
	try := func(what string, f func() (string, error)) {
		detail, err := f()
		if err != nil {
			detail = strings.TrimPrefix(err.Error(), what+": ")
		}
		list = append(list, checkup{what, err == nil, detail})
	}
	for _, s := range secretsOf(c) {
		try("secret "+s.name, func() (string, error) { _, err := s.ref.Resolve(ctx, c.Dir); return "resolves", err })
	}
	try("trail", func() (string, error) { return a.tryTrail(ctx, c) })
	if c.Seal != nil {
		try("seal", func() (string, error) { return a.trySeal(ctx, c) })
	}
	for i := range c.Sources {
		s := &c.Sources[i]
		try("source "+s.Name, func() (string, error) { return a.trySource(ctx, c, s) })
	}
	if c.Elasticsearch != nil {
		try("elasticsearch", func() (string, error) { return a.tryElastic(ctx, c) })
	}
	for _, u := range a.tryReach(ctx, c) {
		list = append(list, checkup{"reach " + u.System, true, u.text()})
	}
	failed := int64(0)
	for _, l := range list {
		if !l.OK {
			failed++
		}
	}
	if err := a.printCheckups(list); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%s failed", count(failed, "line", "lines"))
	}
	return nil
}

func (a *app) printCheckups(list []checkup) error {
	if a.json {
		return printJSON(a.out, list)
	}
	for _, l := range list {
		mark := "ok    "
		if !l.OK {
			mark = "FAILED"
		}
		fmt.Fprintf(a.out, "%s  %s: %s\n", mark, visible(l.What), visible(l.Detail))
	}
	return nil
}

// tryTrail opens the trail with its key and tries to write beside it.
func (a *app) tryTrail(ctx context.Context, c *config.Config) (string, error) {
	t, err := a.openTrail(ctx, c, true)
	if err != nil {
		return "", err
	}
	defer t.Close()
	f, err := os.CreateTemp(c.Path(c.Trail), ".doctor-")
	if err != nil {
		return "", fmt.Errorf("cannot write: %w (give the user of agenttrail the right to write there)", err)
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, the newest note verifies", count(t.Log().Size(), "entry", "entries")), nil
}

// trySource lists the last day of a source, or its folder, and stops at the first object.
func (a *app) trySource(ctx context.Context, c *config.Config, s *config.Source) (detail string, err error) {
	p, err := openSource(ctx, c, s, a.now)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	to := a.now().UTC().Truncate(24 * time.Hour)
	window := agenttrail.Window{Source: s.Name, From: to.AddDate(0, 0, -1), To: to}
	if p.folder {
		window = agenttrail.Window{Source: s.Name}
	}
	for o, err := range p.source.List(ctx, window) {
		if err != nil {
			return "", err
		}
		if o.Role == agenttrail.RoleLog {
			return "can be listed: " + o.URI + " is there", nil
		}
	}
	if p.folder {
		return "can be listed, and is empty", nil
	}
	return "can be listed; nothing there for " + windowText(window), nil
}

// tryElastic asks for the position, and whether the key may do what it must, and no more.
func (a *app) tryElastic(ctx context.Context, c *config.Config) (string, error) {
	client, err := a.elastic(ctx, c, false)
	if err != nil {
		return "", err
	}
	missing, excess, err := client.Rights(ctx, "ingest")
	open := errors.Is(err, elastic.ErrNoSecurity)
	if err != nil && !open {
		return "", err
	}
	if len(missing) > 0 {
		return "", fmt.Errorf("the key may not %s (make one with: agenttrail setup elasticsearch --keys ingest)", strings.Join(missing, ", "))
	}
	at, err := client.Position(ctx)
	if err != nil {
		return "", err
	}
	detail := "answers and is set up; " + count(at, "entry", "entries") + " of the ledger are in it"
	switch {
	case open:
		return detail + "; " + elastic.ErrNoSecurity.Error(), nil
	case len(excess) > 0:
		detail += "; the key may more than it must: " + strings.Join(excess, ", ")
	}
	name, until, err := client.WhoAmI(ctx)
	if left := until.Sub(a.now()); err == nil && !until.IsZero() && left < 30*24*time.Hour {
		detail += fmt.Sprintf("; the key %s ends on %s: make another", name, until.Format(time.DateOnly))
	}
	return detail, err
}

// tryReach lists the systems without a log; a trail that cannot be opened has its own line.
func (a *app) tryReach(ctx context.Context, c *config.Config) []uncoveredSystem {
	t, err := a.openTrail(ctx, c, false)
	if err != nil {
		return nil
	}
	defer t.Close()
	list, err := uncoveredSystems(ctx, c, t)
	if err != nil {
		return []uncoveredSystem{{System: "cannot be counted: " + err.Error()}}
	}
	return list
}
