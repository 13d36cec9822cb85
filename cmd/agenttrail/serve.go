package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"agenttrail/cron"
	"agenttrail/internal/config"
	"agenttrail/internal/web"

	"github.com/spf13/cobra"
)

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "The same as run --due on schedule, in the foreground, with a page of reports, coverage, health and metrics",
		Long: `Pay what is owed at once, and again whenever the schedule of a source rings; a source without one rings at 03:00 UTC. Each ring pays everything that is
owed, of every source. Between two runs nothing is held: ingest, report and run may be used beside it.

The page stands at serve.listen (default 127.0.0.1:8490): reports to download, coverage, owed windows, runs, what needs a person; /healthz and /metrics for
machines. It answers GET alone and changes nothing. Elsewhere than on this machine it wants serve.token, as "Authorization: Bearer TOKEN".
SIGTERM ends it: a run under way stops after its current step, and the next one goes on from there.`,
		Example: "  agenttrail serve",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			a.startLog(c)
			return a.serve(cmd.Context(), c)
		},
	}
}

// defaultAlarm rings for a source that has no schedule.
const defaultAlarm = "0 3 * * *"

// shutdown is how long answers that are under way may take after the end was asked for.
const shutdown = 10 * time.Second

func (a *app) serve(ctx context.Context, c *config.Config) error {
	site, err := a.site(ctx, c)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Serve.Listen)
	if err != nil {
		return fmt.Errorf("serve: %w (serve.listen in %s)", err, c.File)
	}
	server := &http.Server{Handler: site.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 5 * time.Minute, IdleTimeout: time.Minute,
		MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn)}
	a.log.Info("page stands", "address", "http://"+listener.Addr().String())
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended := make(chan error, 1)
	go func() {
		err := server.Serve(listener)
		cancel(err)
		ended <- err
	}()
	a.alarms(ctx, c, site)
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), shutdown)
	defer stop()
	err = server.Shutdown(end)
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", served)
	}
	a.log.Info("ended")
	return err
}

// alarms runs at once and at every ring until ctx ends. The config is read anew each time: what it says now is in force.
func (a *app) alarms(ctx context.Context, c *config.Config, site *site) {
	for {
		r := a.ring(ctx, c)
		site.ran(r.last())
		next := a.nextRing(r.config)
		if ctx.Err() == nil {
			a.log.Info("next run", "at", next)
		}
		if !cron.Wait(ctx, a.now, next) {
			return
		}
	}
}

// ring does one run with the config as it is now. One that cannot be read is a failed run: the old one is not in force any more.
func (a *app) ring(ctx context.Context, before *config.Config) *dueRun {
	c, err := a.load()
	if err == nil {
		b := *a
		b.out = io.Discard // a table a night is for nobody; the log has the numbers
		return b.runDue(ctx, c)
	}
	r := &dueRun{ingestRun: &ingestRun{app: a, config: before, run: runOf(a.now())}, began: a.now(), ended: a.now(), err: err}
	fmt.Fprintf(a.err, "agenttrail: %s\n", visibleLines(err.Error()))
	r.tell(ctx)
	return r
}

// nextRing is when the first alarm of a source rings.
func (a *app) nextRing(c *config.Config) time.Time {
	var alarms []cron.Schedule
	nightly, err := cron.ParseSchedule(defaultAlarm)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	for i := range c.Sources {
		if s := &c.Sources[i]; s.Schedule != "" {
			alarms = append(alarms, s.Alarm)
		} else {
			alarms = append(alarms, nightly)
		}
	}
	return cron.Next(alarms, a.now())
}

// A site gives the page its state. The trail is opened for each look and closed again, so that nothing is held.
type site struct {
	*web.Site
	app    *app
	config *config.Config

	lock   sync.Mutex // one look at a time
	looked time.Time
	state  *web.State
	last   *web.LastRun
}

// fresh is how old a state may be that is shown again.
const fresh = 15 * time.Second

func (a *app) site(ctx context.Context, c *config.Config) (*site, error) {
	s := &site{app: a, config: c}
	s.Site = &web.Site{State: s.look, Report: s.report}
	if c.Serve.Token != nil {
		secret, err := c.Serve.Token.Resolve(ctx, c.Dir)
		if err != nil {
			return nil, fmt.Errorf("serve.token: %w", err)
		}
		if s.Token = secret.Reveal(); len(s.Token) < minToken {
			return nil, usage("serve.token: it is shorter than %d characters (make one with: openssl rand -hex 32)", minToken)
		}
	}
	return s, nil
}

// minToken is the shortest token that is not guessed, in characters.
const minToken = 16

func (s *site) ran(last *web.LastRun) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.last, s.state = last, nil
}

func (s *site) look(ctx context.Context) (*web.State, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	now := s.app.now()
	if s.state != nil && now.Sub(s.looked) < fresh && !now.Before(s.looked) {
		return s.state, nil
	}
	state, err := s.read(ctx)
	if err != nil {
		s.app.log.Error("the page cannot read the trail", "error", err)
		return nil, err
	}
	state.Last = s.last
	s.state, s.looked = state, now
	return state, nil
}

func (s *site) read(ctx context.Context) (_ *web.State, err error) {
	t, err := s.app.openTrail(ctx, s.config, false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	return s.app.look(ctx, s.config, t)
}

// report opens a file inside the trail; nothing outside it can be reached.
func (s *site) report(_ context.Context, path string) (io.ReadCloser, error) {
	return os.OpenInRoot(s.config.Path(s.config.Trail), path)
}
