package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/ingest"
	"agenttrail/internal/config"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func (a *app) ingestCommand() *cobra.Command {
	var o ingestOptions
	cmd := &cobra.Command{
		Use:   "ingest [SOURCE...]",
		Short: "Pull, normalize, commit; then index when Elasticsearch is configured",
		Long: `Pull what the sources owe: of a bucket or an API every window that is over and not closed, of a folder whatever is new. Each batch is committed at once. An object
that could not be fetched keeps its window open and is tried again by the next run; the others go on. Windows of the last days are listed again: what came
late, was written anew or is gone amends them, and reports that were issued over them are named. Running it twice changes nothing the second time.

With --from and --to the windows of that time are listed, closed or not: a backfill. With --now what is there of a window that is not over is pulled too.`,
		Example: `  agenttrail ingest
  agenttrail ingest cloudtrail --dry-run
  agenttrail ingest cloudtrail --from 2026-04-01 --to 2026-07-01
  agenttrail ingest cloudtrail --from -3h --now`,
		RunE: func(cmd *cobra.Command, names []string) error { return a.ingest(cmd.Context(), names, o) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.dry, "dry-run", false, "list only: objects, bytes, requests, estimated time, first window")
	f.StringVar(&o.from, "from", "", "the windows from this time on, closed or not: 2026-07-01, or -3h for three hours ago")
	f.StringVar(&o.to, "to", "", "the windows up to this time")
	f.StringVar(&o.failOn, "fail-on", "incomplete", "from where on the exit is not 0: failed or incomplete")
	f.BoolVar(&o.again, "again", false, "not in this version")
	f.BoolVar(&o.provisional, "now", false, "also windows that are not over: they stay open, and what came of them is marked provisional")
	return a.jsonFlag(cmd)
}

type ingestOptions struct {
	dry, again, provisional bool
	from, to, failOn        string
}

func (a *app) ingest(ctx context.Context, names []string, o ingestOptions) error {
	q, err := o.check(a.now())
	if err != nil {
		return err
	}
	c, err := a.load()
	if err != nil {
		return err
	}
	sources, err := chosen(c, names)
	if err != nil {
		return err
	}
	t, err := a.openTrail(ctx, c, !o.dry)
	if err != nil {
		return err
	}
	defer t.Close()
	if o.dry {
		return a.dryRun(ctx, c, t, sources, q)
	}
	if err := errors.Join(a.checkClock(t), a.checkRoom(c)); err != nil {
		return err
	}
	if err := putPolicies(ctx, c, t); err != nil {
		return err
	}
	r := &ingestRun{app: a, config: c, trail: t, run: runOf(a.now()), ask: q}
	for _, s := range sources {
		r.each(ctx, s)
	}
	if err := r.print(); err != nil {
		return err
	}
	var indexed error
	if c.Elasticsearch != nil && ctx.Err() == nil {
		_, indexed = a.index(ctx, c, t, false)
	}
	return o.exit(r.verdict(indexed))
}

func (o ingestOptions) check(now time.Time) (q ask, err error) {
	if o.again {
		return q, usage("--again is not in this version")
	}
	if o.failOn != "failed" && o.failOn != "incomplete" {
		return q, usage("--fail-on %q: want failed or incomplete", o.failOn)
	}
	if q.from, err = parseTimeAt(o.from, now); err != nil {
		return q, usage("--from: %w", err)
	}
	if q.to, err = parseTimeAt(o.to, now); err != nil {
		return q, usage("--to: %w", err)
	}
	q.provisional = o.provisional
	switch {
	case q.provisional && (q.from.IsZero() || !q.to.IsZero()):
		return q, usage("--now goes with --from and without --to: it pulls from then until this moment, like --from -3h --now")
	case !q.from.IsZero() && !q.to.IsZero() && !q.from.Before(q.to):
		return q, usage("--from %s is not before --to %s", o.from, o.to)
	}
	return q, nil
}

// parseTimeAt also reads a time before now, like -3h.
func parseTimeAt(s string, now time.Time) (time.Time, error) {
	if ago, ok := strings.CutPrefix(s, "-"); ok {
		d, err := time.ParseDuration(ago)
		if err != nil || d <= 0 {
			return time.Time{}, fmt.Errorf("want a time before now like -3h, not %q", s)
		}
		return now.Add(-d).UTC(), nil
	}
	return parseTime(s)
}

// maxBehind is how far the clock may be behind the newest entry.
const maxBehind = 24 * time.Hour

// checkClock refuses to pull by a clock that was set back: windows and times would be wrong.
func (a *app) checkClock(t *opened) error {
	newest := t.Log().Entry(t.Log().Size() - 1).Time
	if behind := newest.Sub(a.now()); behind >= maxBehind {
		return fmt.Errorf("the clock says %s UTC, and the newest entry of the ledger is of %s UTC: set the clock right, then run again", clock(a.now()), clock(newest))
	}
	return nil
}

// exit drops what is only incomplete where the caller does not want to hear of it.
func (o ingestOptions) exit(err error) error {
	var s *status
	if o.failOn == "failed" && errors.As(err, &s) && s.code == exitIncomplete {
		return nil
	}
	return err
}

// chosen are the sources to run: those named, or all.
func chosen(c *config.Config, names []string) (list []*config.Source, err error) {
	if len(names) == 0 {
		names = c.Names()
	}
	for _, n := range names {
		s, ok := c.Source(n)
		if !ok {
			return nil, usage("no source %q in %s (there are: %s)", n, c.File, strings.Join(c.Names(), ", "))
		}
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list, nil
}

// putPolicies says in the ledger what is in force from now on: the config, and every file that decides what the tool says. A file that is no longer
// named is said to be gone.
func putPolicies(ctx context.Context, c *config.Config, t *opened) error {
	inForce := map[[2]string]bool{}
	files := append([]config.PolicyFile{{Kind: "config", Name: filepath.Base(c.File), Data: c.Bytes}}, c.Policies...)
	for _, f := range files {
		inForce[[2]string{f.Kind, f.Name}] = true
		if _, err := t.PutPolicy(ctx, f.Kind, f.Name, f.Data); err != nil {
			return fmt.Errorf("policy %s: %w", f.Name, err)
		}
	}
	for _, p := range newestPolicies(t, t.Log().Size()) {
		if !inForce[[2]string{p.Kind, p.Name}] && p.SHA256 != "" {
			if _, err := t.PutPolicy(ctx, p.Kind, p.Name, nil); err != nil {
				return fmt.Errorf("policy %s: %w", p.Name, err)
			}
		}
	}
	return nil
}

// newestPolicies are the newest words of the ledger about each policy file, in the order of kind and name.
func newestPolicies(t *opened, before int64) (list []agenttrail.Policy) {
	newest := map[string]agenttrail.Policy{}
	for n := range before {
		if p := t.Log().Entry(n).Policy; p != nil {
			newest[p.Kind+"\x00"+p.Name] = *p
		}
	}
	for _, key := range sortedKeys(newest) {
		list = append(list, newest[key])
	}
	return list
}

// An ingestRun is the state of one ingest over its sources.
type ingestRun struct {
	*app
	config *config.Config
	trail  *opened
	run    string
	ask
	results []ingest.Result
	errors  []error
}

// An ask is what of the sources is wanted. Without bounds: what is due.
type ask struct {
	from, to    time.Time
	provisional bool
}

// windows are those of a source that are asked for, oldest first. With bounds they are listed whatever was said about them: a backfill.
func (q ask) windows(p *pull, said []agenttrail.WindowState, now time.Time) []agenttrail.Window {
	switch {
	case p.folder, q.from.IsZero() && q.to.IsZero():
		return p.due(said, now)
	case q.provisional:
		return append(p.plan.Within(now, q.from, now), p.plan.Running(now, q.from)...)
	}
	return p.plan.Within(now, q.from, q.to)
}

// each runs one source. Its failure is kept and said, and does not stop the others.
func (r *ingestRun) each(ctx context.Context, s *config.Source) {
	if ctx.Err() != nil {
		return
	}
	if err := r.source(ctx, s); err != nil {
		r.errors = append(r.errors, err)
		fmt.Fprintf(r.err, "agenttrail: %s\n", visibleLines(err.Error()))
	}
}

func (r *ingestRun) source(ctx context.Context, s *config.Source) (err error) {
	release, err := r.trail.LockSource(s.Name)
	if err != nil {
		return fmt.Errorf("source %s is being run already: %w", s.Name, err)
	}
	defer func() { err = errors.Join(err, release()) }()
	p, err := openSource(ctx, r.config, s, r.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	job := r.job(r.trail.Trail, &p, r.windows(&p, r.trail.Windows(s.Name), r.now()), r.run, trigger())
	job.Provisional = r.provisional
	stop := r.progress(&job)
	result, err := ingest.Run(ctx, job)
	stop()
	r.results = append(r.results, result)
	for _, f := range result.Failures {
		fmt.Fprintf(r.err, "%s: failed: %s: %s (the next run tries again)\n", s.Name, visible(f.URI), visible(f.Err.Error()))
	}
	for _, f := range result.Refusals {
		fmt.Fprintf(r.err, "%s: refused: %s: %s: %s (kept as evidence, nothing is taken from it)\n", s.Name, visible(f.URI), f.Reason, visible(f.Err.Error()))
	}
	for _, reason := range sortedKeys(result.Total.Counts.Rejects) {
		fmt.Fprintf(r.err, "%s: rejected: %s: %s (the bytes stay in the evidence)\n", s.Name, count(result.Total.Counts.Rejects[reason], "record", "records"), visible(reason))
	}
	r.printChanges(&result)
	for _, state := range sortedKeys(result.Total.Proofs) {
		fmt.Fprintf(r.err, "%s: digests: %s %s\n", s.Name, count(result.Total.Proofs[state], "object", "objects"), state)
	}
	if next := p.next(r.now()); !next.IsZero() && err == nil {
		fmt.Fprintf(r.err, "%s: the next window is due %s UTC\n", s.Name, next.UTC().Format("2006-01-02 15:04"))
	}
	return err
}

// printChanges names the windows that this run amended or found lost.
func (r *ingestRun) printChanges(result *ingest.Result) {
	for _, w := range result.Windows {
		said, _ := r.trail.Window(w.Window)
		if said.Run != r.run {
			continue
		}
		switch {
		case said.State == agenttrail.WindowAmended:
			fmt.Fprintf(r.err, "%s: amended: %s: %s came, %s gone%s\n", result.Source, windowText(w.Window), count(said.Added, "object", "objects"),
				count(int64(len(said.Gone))+said.GoneMore, "is", "are"), touched(&said))
		case said.Result == agenttrail.ResultLost:
			fmt.Fprintf(r.err, "%s: lost: %s: the source keeps nothing so old; what it still had was taken in\n", result.Source, windowText(w.Window))
		}
	}
}

func touched(said *agenttrail.WindowState) string {
	if n := int64(len(said.Reports)) + said.ReportsMore; n > 0 {
		return fmt.Sprintf("; issue again: %s", strings.Join(said.Reports, ", "))
	}
	return ""
}

// trigger says what started us, as far as the surroundings tell.
func trigger() string {
	switch {
	case os.Getenv("INVOCATION_ID") != "", os.Getenv("KUBERNETES_SERVICE_HOST") != "", !term.IsTerminal(int(os.Stdin.Fd())):
		return "schedule"
	}
	return "person"
}

// progress shows a line on a terminal while a source runs, and nothing elsewhere. stop ends it.
func (r *ingestRun) progress(job *ingest.Job) (stop func()) {
	f, ok := r.err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func() {}
	}
	bar := progressbar.NewOptions64(-1, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(job.Name), progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionClearOnFinish())
	job.Progress = func(p ingest.Progress) {
		bar.Describe(fmt.Sprintf("%s %s: %s of %s, %s", job.Name, windowText(p.Window), thousands(p.Done), count(p.Listed, "object", "objects"), size(p.Bytes)))
		_ = bar.Set64(p.Done)
	}
	return func() { _ = bar.Finish() }
}

func windowText(w agenttrail.Window) string {
	if w.Standing() {
		return "folder"
	}
	if w.To.Sub(w.From) < 2*time.Hour {
		return w.From.UTC().Format("2006-01-02T15:04Z")
	}
	return w.From.UTC().Format(time.DateOnly)
}

// print shows what each source gave.
func (r *ingestRun) print() error {
	if r.json {
		return printJSON(r.out, map[string]interface{}{"run": r.run, "sources": jsonResults(r.results), "ledger_size": r.trail.Log().Size()})
	}
	g := &grid{head: []string{"SOURCE", "OBJECTS", "KNOWN", "RECORDS", "ACCEPTED", "DUPLICATE", "CONFLICT", "SKIPPED", "REJECTED", "ERASED", "REFUSED", "FAILED", "BYTES", "SECONDS"}, right: map[int]bool{}}
	for i := 1; i < len(g.head); i++ {
		g.right[i] = true
	}
	for _, res := range r.results {
		n, c := res.Total, res.Total.Counts
		g.add(res.Source, thousands(n.Objects), thousands(n.Known), thousands(c.Read), thousands(c.Accepted), thousands(c.Duplicate), thousands(c.Conflict), thousands(c.Skipped),
			thousands(c.Rejected), thousands(c.Erased), thousands(n.Refused), thousands(n.Failed), size(n.Bytes), fmt.Sprintf("%.1f", n.Took.Seconds()))
	}
	g.print(r.out)
	fmt.Fprintln(r.err, "SELF-SIGNED: nobody outside holds a checkpoint")
	return nil
}

// A jsonResult is one source in the JSON output.
type jsonResult struct {
	Source string            `json:"source"`
	Totals map[string]int64  `json:"totals"`
	Open   []string          `json:"open_windows,omitempty"`
	Failed map[string]string `json:"failed,omitempty"`
}

func jsonResults(list []ingest.Result) (out []jsonResult) {
	for _, r := range list {
		n, c := r.Total, r.Total.Counts
		j := jsonResult{Source: r.Source, Totals: map[string]int64{"objects": n.Objects, "known": n.Known, "records": c.Read, "accepted": c.Accepted, "duplicate": c.Duplicate, "conflict": c.Conflict,
			"skipped": c.Skipped, "rejected": c.Rejected, "erased": c.Erased, "refused": n.Refused, "failed": n.Failed, "reread": n.Reread, "excluded": n.Excluded, "bytes": n.Bytes, "milliseconds": n.Took.Milliseconds()}}
		for _, w := range r.Windows {
			if w.State == agenttrail.WindowOpen {
				j.Open = append(j.Open, w.Key())
			}
		}
		for _, f := range r.Failures {
			if j.Failed == nil {
				j.Failed = map[string]string{}
			}
			j.Failed[f.URI] = f.Err.Error()
		}
		out = append(out, j)
	}
	return out
}

// verdict is the exit of the run: failed when a source or the index failed, incomplete when something is left.
func (r *ingestRun) verdict(indexed error) error {
	if len(r.errors) > 0 {
		return fmt.Errorf("%s failed, see above", count(int64(len(r.errors)), "source", "sources"))
	}
	if indexed != nil {
		return indexed
	}
	var rejected, refused, failed, unproved int64
	for _, res := range r.results {
		rejected += res.Total.Counts.Rejected
		refused += res.Total.Refused
		failed += res.Total.Failed
		unproved += res.Total.Unproved
	}
	switch {
	case rejected+refused+failed+unproved == 0:
		return nil
	case rejected+refused+failed == 0:
		return incomplete("done, but the vendor's digests do not vouch for %s, see above", count(unproved, "object", "objects"))
	}
	return incomplete("done, but %s could not be read, %s refused, %s to be tried again", count(rejected, "record", "records"), count(refused, "object was", "objects were"), count(failed, "object has", "objects have"))
}

// dryRun lists what a run would do.
func (a *app) dryRun(ctx context.Context, c *config.Config, t *opened, sources []*config.Source, q ask) error {
	g := &grid{head: []string{"SOURCE", "FIRST WINDOW", "WINDOWS", "OBJECTS", "BYTES", "KNOWN", "LEFT OUT", "REQUESTS", "ABOUT"}, right: map[int]bool{2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true}}
	assumption := ""
	for _, s := range sources {
		p, err := openSource(ctx, c, s, a.now)
		if err != nil {
			return err
		}
		job := a.job(t.Trail, &p, q.windows(&p, t.Windows(s.Name), a.now()), "dry-run", trigger())
		f, err := ingest.Plan(ctx, job)
		if err := errors.Join(err, p.close()); err != nil {
			return err
		}
		assumption = f.Assumption
		window := "none owed"
		if f.Windows > 0 {
			window = windowText(f.First)
		}
		g.add(s.Name, window, thousands(int64(f.Windows)), thousands(f.Objects), size(f.Bytes), thousands(f.Known), thousands(f.Excluded), thousands(f.Requests), f.Estimate.String())
	}
	g.print(a.out)
	if assumption != "" {
		fmt.Fprintf(a.out, "\nThe time assumes %s.\n", assumption)
	}
	return nil
}
