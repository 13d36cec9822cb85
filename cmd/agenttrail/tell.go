package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"agenttrail/internal/config"
	"agenttrail/internal/web"
)

// tellTimeout bounds each notice and the heartbeat: one that hangs must not hold the run.
const tellTimeout = 20 * time.Second

// tell writes the metrics, sends the notices, and calls the heartbeat after a complete run. What fails is said, and changes nothing about the run.
func (r *dueRun) tell(ctx context.Context) {
	say := func(what string, err error) {
		if err != nil {
			fmt.Fprintf(r.ingestRun.err, "%s: %s (the run itself is not affected)\n", what, visibleLines(err.Error()))
		}
	}
	if r.config.MetricsFile != "" {
		say("metrics_file", r.writeMetrics())
	}
	about := []string{r.state()}
	if len(r.reports) > 0 {
		about = append(about, config.NotifyReport)
	}
	summary := r.summary()
	for i := range r.config.Notify {
		if n := &r.config.Notify[i]; n.Wants(about...) {
			say(fmt.Sprintf("notify[%d]", i), r.notify(ctx, n, summary))
		}
	}
	if r.config.Heartbeat != nil && r.err == nil {
		say("heartbeat", call(ctx, http.MethodGet, r.config.Heartbeat.URL, nil))
	}
}

// last is the run as metrics and the page show it.
func (r *dueRun) last() *web.LastRun {
	l := &web.LastRun{Name: r.run, Began: r.began.UTC(), Ended: r.ended.UTC(), State: r.state()}
	for _, err := range r.errors {
		l.Failed = append(l.Failed, err.Error())
	}
	if r.err != nil {
		l.Failed = append(l.Failed, r.err.Error())
	}
	return l
}

func (r *dueRun) writeMetrics() error {
	s := r.left
	if s == nil {
		s = &web.State{}
	}
	s.Last = r.last()
	return web.WriteMetrics(r.config.Path(r.config.MetricsFile), s)
}

// summaryFindings is how many findings stand in a summary.
const summaryFindings = 4

// summary is the run in at most ten lines, for somebody who is woken by it.
func (r *dueRun) summary() string {
	var b strings.Builder
	line := func(format string, args ...any) {
		fmt.Fprintf(&b, "%s\n", visible(clipped(fmt.Sprintf(format, args...), 300)))
	}
	line("agenttrail %s: %s is %s", r.config.Tenant, r.run, r.state())
	if r.err != nil {
		line("%s", strings.ReplaceAll(r.err.Error(), "\n", "; "))
	}
	var records, accepted, rejected int64
	for _, res := range r.results {
		records, accepted, rejected = records+res.Total.Counts.Read, accepted+res.Total.Counts.Accepted, rejected+res.Total.Counts.Rejected
	}
	line("%s read, %s accepted, %s unreadable", count(records, "record", "records"), thousands(accepted), thousands(rejected))
	if len(r.errors) > 0 {
		line("first failure: %s", strings.ReplaceAll(r.errors[0].Error(), "\n", "; "))
	}
	for _, rep := range r.reports[:min(1, len(r.reports))] {
		line("%s issued, first %s: %s", count(int64(len(r.reports)), "report", "reports"), rep.ID, rep.Status)
	}
	if r.left == nil {
		return b.String()
	}
	n := 0
	for _, f := range r.left.Findings {
		if f.Severity != web.Error {
			continue
		}
		if n++; n <= summaryFindings {
			line("%s: %s: %s", f.Severity, f.About, f.Text)
		}
	}
	if n > summaryFindings {
		line("and %s: agenttrail status", count(int64(n-summaryFindings), "further error", "further errors"))
	}
	return b.String()
}

// clipped cuts a text that is too long for a line.
func clipped(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func (r *dueRun) notify(ctx context.Context, n *config.Notify, summary string) error {
	if n.Webhook == nil {
		return r.execNotice(ctx, n.Exec, summary)
	}
	secret, err := n.Webhook.URL.Resolve(ctx, r.config.Dir)
	if err != nil {
		return fmt.Errorf("webhook: %w", err)
	}
	address := strings.TrimSpace(secret.Reveal())
	if err := config.CheckWebhook(address); err != nil {
		return err
	}
	var body bytes.Buffer
	if err := printJSON(&body, map[string]string{"text": summary, "run": r.run, "state": r.state(), "tenant": r.config.Tenant}); err != nil {
		return err
	}
	return call(ctx, http.MethodPost, address, &body)
}

// execNotice runs a command with the summary on its standard input. Its output is not shown: it is not ours.
func (r *dueRun) execNotice(ctx context.Context, command []string, summary string) error {
	ctx, cancel := context.WithTimeout(ctx, tellTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin = strings.NewReader(summary)
	cmd.Env = append(os.Environ(), "AGENTTRAIL_RUN="+r.run, "AGENTTRAIL_STATE="+r.state())
	cmd.WaitDelay = time.Second // a child of it that holds the pipe open
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("%s did not end within %s", command[0], tellTimeout)
		}
		return fmt.Errorf("%s: %w", command[0], err)
	}
	return nil
}

// call sends one request and wants any 2xx. It follows no redirect, and its errors do not name the address: that may be a secret.
func call(ctx context.Context, method, address string, body io.Reader) error {
	ctx, cancel := context.WithTimeout(ctx, tellTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return errors.New("its address is none")
	}
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("no answer within %s", tellTimeout)
		}
		return fmt.Errorf("it could not be reached: %w", errors.Unwrap(err)) // of a url.Error: the cause without the address
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("it answered %d", res.StatusCode)
	}
	return nil
}

// startLog makes run and serve tell what they do, as the config says. With JSON every line on stderr is a record of the log, so that a machine that
// collects it can read them all.
func (a *app) startLog(c *config.Config) {
	var level slog.Level
	if c.Log.Level != "" {
		_ = level.UnmarshalText([]byte(c.Log.Level)) // checked with the config
	}
	o := &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, at slog.Attr) slog.Attr {
		if len(groups) == 0 && at.Key == slog.TimeKey {
			return slog.Time(at.Key, a.now().UTC())
		}
		return at
	}}
	if c.Log.Format == "json" {
		a.log = slog.New(slog.NewJSONHandler(a.err, o))
		a.err = &logLines{log: a.log}
		return
	}
	a.log = slog.New(slog.NewTextHandler(a.err, o))
}

// logLines makes a record of the log of each line that is written. What a line says is a value, never part of the message.
type logLines struct {
	log  *slog.Logger
	rest []byte
}

func (l *logLines) Write(b []byte) (int, error) {
	l.rest = append(l.rest, b...)
	for {
		line, rest, ok := bytes.Cut(l.rest, []byte("\n"))
		if !ok {
			return len(b), nil
		}
		l.log.Warn("said", "text", string(line))
		l.rest = rest
	}
}
