package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/fixtures"
	"agenttrail/ingest"
	"agenttrail/internal/config"
	"agenttrail/internal/trail"
	"agenttrail/internal/trail/ledger"

	"github.com/spf13/cobra"
)

func (a *app) demoCommand() *cobra.Command {
	o := demoOptions{dir: "demo"}
	cmd := &cobra.Command{
		Use:   "demo [DIR]",
		Short: "The demo company: makes a trail and a report, verifies them, and says what to look at",
		Long: `Play a quarter of an invented company whose agents read, write, pay and mail: thirteen weekly nights of collecting, a report, a verification. Everything is
made in DIR (default ./demo), in place of an earlier demo; no config, no server and no network are needed. Times and key are not real.
With --elasticsearch the quarter is loaded into a cluster too, and with --kibana the dashboards, whose time range is then that quarter.`,
		Example: "  agenttrail demo\n  agenttrail demo --elasticsearch http://127.0.0.1:9200 --kibana http://127.0.0.1:5601\n  agenttrail --config demo/agenttrail.yaml trace ben.moss@example.org",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, list []string) error {
			if len(list) > 0 {
				o.dir = list[0]
			}
			return a.demo(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.elasticsearch, "elasticsearch", "", "load the quarter into the cluster at this URL; key in $"+demoKey)
	f.StringVar(&o.kibana, "kibana", "", "load the dashboards into the Kibana at this URL, with the same key")
	f.StringVar(&o.prefix, "prefix", demoPrefix, "of the demo's indices and dashboards, which it replaces; begins with "+demoPrefix)
	return cmd
}

// seed makes every random number of the demo, so that the trail and the report are the same each time. Nothing else may use a source that can be
// guessed: salts protect personal data.
var seed = [32]byte{'d', 'e', 'm', 'o'}

// A player plays the demo.
type player struct {
	app    *app
	dir    string
	clock  time.Time
	random io.Reader
	config *config.Config
	trail  *opened
	totals map[string]agenttrail.Counts
	result []ingest.Result
}

func (a *app) demo(ctx context.Context, o demoOptions) (err error) {
	dir := o.dir
	if err := o.prepare(ctx); err != nil {
		return err
	}
	if err := clearDemo(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	begun := time.Now()
	p := &player{dir: dir, clock: fixtures.Founded, random: rand.NewChaCha8(seed), totals: map[string]agenttrail.Counts{}}
	// The demo's own app: its clock is the story's, its report goes where we say.
	p.app = &app{in: a.in, out: a.out, err: a.err, now: func() time.Time { return p.clock }}
	company := fixtures.Demo()
	if err := p.found(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.trail.Close()) }()
	fmt.Fprintf(a.out, "%s, %s to %s, played as %d weekly nights (demonstration: times and key are not real)\n", fixtures.Owner, fixtures.QuarterStart.Format("2 January"), fixtures.QuarterEnd.AddDate(0, 0, -1).Format("2 January 2006"), len(fixtures.Nights()))
	for _, night := range fixtures.Nights() {
		if err := p.night(ctx, company, night); err != nil {
			return fmt.Errorf("night of %s: %w", night.Format(time.DateOnly), err)
		}
	}
	if err := p.asExpected(company); err != nil {
		return err
	}
	list, err := p.reports(ctx, company.Story)
	if err != nil {
		return err
	}
	if err := p.verify(ctx); err != nil {
		return err
	}
	p.tell(company, list, time.Since(begun))
	if o.elasticsearch == "" {
		return nil
	}
	return a.demoIndex(ctx, o, p.trail)
}

// clearDemo removes what an earlier demo made, and nothing else.
func clearDemo(dir string) error {
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	about, err := os.ReadFile(filepath.Join(dir, "trail", ledger.TrailFile))
	if err != nil || !strings.Contains(string(about), `"agenttrail/`+fixtures.Tenant+"/") {
		return usage("%s is there already and is no demo: name another folder", dir)
	}
	return os.RemoveAll(dir)
}

// found writes the company's files, and opens its trail.
func (p *player) found(ctx context.Context) error {
	for _, name := range []string{"agenttrail.yaml", "crm.mapping.yaml", "payments.mapping.yaml", "tools.yaml", "people.csv", "permissions.yaml", "STORY.md"} {
		if err := os.WriteFile(filepath.Join(p.dir, name), fixtures.File(name), 0o644); err != nil {
			return err
		}
	}
	if err := p.register(fixtures.Founded); err != nil {
		return err
	}
	var id [4]byte
	if _, err := io.ReadFull(p.random, id[:]); err != nil {
		return err
	}
	origin := "agenttrail/" + fixtures.Tenant + "/" + hex.EncodeToString(id[:])
	private, verifier, err := ledger.GenerateKey(origin, p.random)
	if err != nil {
		return err
	}
	signer, err := ledger.NewSigner(private)
	if err != nil {
		return err
	}
	for name, text := range map[string]string{"trail.key": private, "verifier.txt": verifier} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text+"\n"), 0o600); err != nil {
			return err
		}
	}
	dir := filepath.Join(p.dir, "trail")
	if err := trail.Create(ctx, dir, trail.CreateOptions{Signer: signer, Origin: origin, Key: verifier, Tenant: fixtures.Tenant, Tool: version, Now: p.app.now}); err != nil {
		return err
	}
	if p.config, err = config.Load(filepath.Join(p.dir, "agenttrail.yaml")); err != nil {
		return err
	}
	p.trail, err = openFolder(ctx, dir, trail.Options{Signer: signer, Now: p.app.now, Random: p.random})
	if err != nil {
		return err
	}
	return putPolicies(ctx, p.config, p.trail)
}

// register writes agents.yaml as it stood at a time.
func (p *player) register(at time.Time) error {
	return os.WriteFile(filepath.Join(p.dir, "agents.yaml"), fixtures.Register(at), 0o644)
}

// night plays one weekly run over all sources.
func (p *player) night(ctx context.Context, company *fixtures.Company, night time.Time) (err error) {
	p.clock = night
	if err := p.register(night); err != nil {
		return err
	}
	if p.config, err = config.Load(filepath.Join(p.dir, "agenttrail.yaml")); err != nil {
		return err
	}
	if err := putPolicies(ctx, p.config, p.trail); err != nil {
		return err
	}
	for i := range company.Sources {
		s := &company.Sources[i]
		c, _ := p.config.Source(s.Name)
		pull := pull{name: s.Name, format: c.Reads, dataset: c.Reads.Name, folder: s.Kind == "folder", plan: planOf(c), source: played{s, night}}
		if c.MapFile != nil {
			pull.dataset = c.MapFile.Dataset
		}
		p.clock = night.Add(time.Duration(i) * time.Minute)
		job := p.app.job(p.trail.Trail, &pull, pull.owed(p.trail.Windows(s.Name), p.clock), runOf(night), "schedule")
		job.FinalUpTo = time.Time{} // the nights look forward only: each day is told once
		job.Workers = 1             // the order in which random numbers are drawn must not depend on the machine
		result, err := ingest.Run(ctx, job)
		if err != nil {
			return err
		}
		sum := p.totals[s.Name]
		sum.Add(result.Total.Counts)
		p.totals[s.Name] = sum
		p.result = append(p.result, result)
	}
	return nil
}

// played is a source that plays what a system of the company held at a night.
type played struct {
	source *fixtures.Source
	night  time.Time
}

// List yields what was there.
func (s played) List(_ context.Context, w agenttrail.Window) iter.Seq2[agenttrail.Object, error] {
	return func(yield func(agenttrail.Object, error) bool) {
		for _, o := range s.source.Objects {
			inside := w.Standing() || !o.Time.Before(w.From) && o.Time.Before(w.To)
			if inside && !o.Time.After(s.night) {
				o.Body = nil
				if !yield(o, nil) {
					return
				}
			}
		}
	}
}

// Open returns the bytes.
func (s played) Open(_ context.Context, o *agenttrail.Object) (io.ReadCloser, error) {
	for _, held := range s.source.Objects {
		if held.URI == o.URI && held.Version == o.Version {
			return io.NopCloser(strings.NewReader(string(held.Body))), nil
		}
	}
	return nil, ingest.ErrGone
}

// asExpected compares what the trail counted with what the demo was written to hold.
func (p *player) asExpected(company *fixtures.Company) error {
	refused := int64(0)
	for _, r := range p.result {
		refused += r.Total.Refused
	}
	if refused != company.Refused {
		return fmt.Errorf("the demo refused %d objects, expected are %d", refused, company.Refused)
	}
	for name, want := range company.Expected {
		got := p.totals[name]
		if got.Read != want.Read || got.Accepted != want.Accepted || got.Duplicate != want.Duplicate || got.Conflict != want.Conflict || got.Skipped != want.Skipped || got.Rejected != want.Rejected {
			return fmt.Errorf("source %s of the demo: read %d, accepted %d, duplicate %d, conflict %d, skipped %d, rejected %d; expected %d, %d, %d, %d, %d, %d", name,
				got.Read, got.Accepted, got.Duplicate, got.Conflict, got.Skipped, got.Rejected, want.Read, want.Accepted, want.Duplicate, want.Conflict, want.Skipped, want.Rejected)
		}
	}
	return nil
}

func (p *player) verify(ctx context.Context) error {
	_, err := trail.Verify(ctx, p.trail.folder, trail.VerifyOptions{Key: p.trail.Genesis().Key, Remap: remap})
	if err != nil {
		return fmt.Errorf("the demo's trail does not verify: %w", err)
	}
	return nil
}

// tell says what was made and what to look at.
func (p *player) tell(company *fixtures.Company, list []issued, took time.Duration) {
	var sum agenttrail.Counts
	for _, c := range p.totals {
		sum.Add(c)
	}
	out := p.app.out
	fmt.Fprintf(out, "%s read: %s accepted, %s twice, %s with other facts, %s skipped by rule, %s unreadable; %s refused; all verified, %.0f s\n\n",
		count(sum.Read, "record", "records"), thousands(sum.Accepted), thousands(sum.Duplicate), thousands(sum.Conflict), thousands(sum.Skipped), thousands(sum.Rejected), count(company.Refused, "object", "objects"), took.Seconds())
	yaml := filepath.Join(p.dir, "agenttrail.yaml")
	for i, r := range list {
		fmt.Fprintf(out, "  %-8s %s\n", map[bool]string{true: "reports"}[i == 0], r.PDF)
	}
	for _, line := range [][2]string{
		{"trail", filepath.Join(p.dir, "trail")},
		{"story", filepath.Join(p.dir, "STORY.md")},
	} {
		fmt.Fprintf(out, "  %-8s %s\n", line[0], line[1])
	}
	fmt.Fprintf(out, "\nLook at next\n")
	for _, line := range []string{
		"agenttrail --config " + yaml + " trace " + company.Story.SentTo,
		"agenttrail --config " + yaml + " find --agent " + company.Story.Shadow + " --limit 10",
		"agenttrail --config " + yaml + " find --outcome denied --agent agt-support-03",
		"agenttrail verify --trail " + filepath.Join(p.dir, "trail") + " --key " + filepath.Join(p.dir, "verifier.txt") + " --deep",
	} {
		fmt.Fprintf(out, "  %s\n", line)
	}
}
