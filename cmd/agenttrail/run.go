package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"agenttrail/internal/config"
	"agenttrail/internal/web"

	"github.com/spf13/cobra"
)

func (a *app) runCommand() *cobra.Command {
	var due bool
	var o ingestOptions
	cmd := &cobra.Command{
		Use:   "run --due",
		Short: "Everything that is owed now: windows oldest first, then the index, then the reports",
		Long: `Pay what is owed, whatever started it: each window that is over and not closed, oldest first, source by source; then the index; then the reports that are
due. A source that fails does not stop the others. What is owed follows from the ledger and not from a schedule, so a run that was killed, or ten nights
without a run, are made up for by the next one, each window once. This is what cron, systemd or Kubernetes calls.

The exit is about this run: 1 when a source, the index or a report failed, 3 when something came that is incomplete. What was owed before is told by
agenttrail status. Afterwards metrics_file is written, those under notify are told, and after a complete run the heartbeat is called.`,
		Example: "  agenttrail run --due\n  agenttrail run --due --fail-on failed",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !due {
				return usage("run what? agenttrail run --due pays what is owed")
			}
			if _, err := o.check(a.now()); err != nil {
				return err
			}
			c, err := a.load()
			if err != nil {
				return err
			}
			a.startLog(c)
			return o.exit(a.runDue(cmd.Context(), c).err)
		},
	}
	cmd.Flags().BoolVar(&due, "due", false, "pay what is owed")
	cmd.Flags().StringVar(&o.failOn, "fail-on", "incomplete", "from where on the exit is not 0: failed or incomplete")
	return a.jsonFlag(cmd)
}

// A dueRun is one run with what came of it.
type dueRun struct {
	*ingestRun
	began, ended time.Time
	reports      []issued   // that this run issued
	left         *web.State // the state that the run left; nil: it could not be read
	err          error      // nil: complete
}

// state is how the run ended, in the words that notices and metrics use.
func (r *dueRun) state() string {
	var s *status
	switch {
	case r.err == nil:
		return config.NotifyComplete
	case errors.As(r.err, &s) && s.code == exitIncomplete:
		return config.NotifyIncomplete
	}
	return config.NotifyFailed
}

// runDue runs, and then says so: in the log, the metrics file, to those who want a notice, and to the heartbeat. None of these can harm the run.
func (a *app) runDue(ctx context.Context, c *config.Config) *dueRun {
	r := &dueRun{ingestRun: &ingestRun{app: a, config: c, run: runOf(a.now())}, began: a.now()}
	a.log.Info("run begins", "run", r.run)
	r.err = r.guarded(ctx)
	r.ended = a.now()
	a.log.Info("run ended", "run", r.run, "state", r.state(), "seconds", r.ended.Sub(r.began).Seconds(), "reports", len(r.reports))
	if ctx.Err() == nil {
		r.tell(ctx)
	}
	return r
}

// guarded turns a panic into a failed run: the next alarm finds the program alive.
func (r *dueRun) guarded(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("BUG: the run panicked: %v (stack %.12s)", p, hexSum(debug.Stack()))
		}
	}()
	return r.pay(ctx)
}

// pay opens the trail for the length of the run: nothing is held between two runs.
func (r *dueRun) pay(ctx context.Context) (err error) {
	if r.trail, err = r.openTrail(ctx, r.config, true); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.trail.Close()) }()
	if err := r.checkClock(r.trail); err != nil {
		return err
	}
	if err := r.checkRoom(r.config); err != nil {
		return err
	}
	if err := putPolicies(ctx, r.config, r.trail); err != nil {
		return err
	}
	for i := range r.config.Sources {
		r.each(ctx, &r.config.Sources[i])
	}
	if err := r.print(); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("the run was ended before it was done; the next one goes on where it stopped: %w", ctx.Err())
	}
	var indexed error
	if r.config.Elasticsearch != nil {
		if _, indexed = r.index(ctx, r.config, r.trail, false); indexed != nil {
			fmt.Fprintf(r.ingestRun.err, "agenttrail: %s\n", visibleLines(indexed.Error()))
		}
	}
	reported := r.payReports(ctx)
	if r.left, err = r.look(ctx, r.config, r.trail); err != nil {
		return fmt.Errorf("look at what the run left: %w", err)
	}
	return worst(r.verdict(indexed), reported)
}

// worst is the first error that has failed, else the first that is incomplete.
func worst(list ...error) (first error) {
	for _, err := range list {
		var s *status
		if err != nil && !(errors.As(err, &s) && s.code == exitIncomplete) {
			return err
		}
		if first == nil {
			first = err
		}
	}
	return first
}
