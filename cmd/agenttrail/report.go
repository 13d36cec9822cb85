package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"agenttrail"
	"agenttrail/internal/config"
	"agenttrail/internal/judge"
	"agenttrail/reports"
	"agenttrail/reports/pdf"

	"github.com/spf13/cobra"
)

func (a *app) reportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Write a PDF for an auditor",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, list []string) error {
			if len(list) == 0 {
				return cmd.Help()
			}
			return usage("report %s is not in this version (there is: report audit)", list[0])
		},
	}
	var o reportOptions
	audit := &cobra.Command{
		Use:   "audit",
		Short: "What the agents did in a period, on whose authority, and what is not known",
		Long: `Write the agent activity audit report of a period from the trail: a tagged PDF/A-3 with its numbers attached. The same state of the ledger and the
same period give the same bytes. The file and its issue.json are kept in the trail too, and the ledger says that they were issued.
Exit 3: the report is provisional, because something of the period is missing or open.`,
		Example: "  agenttrail report audit --period 2026-Q3 -o audit-2026-Q3.pdf",
		Args: func(cmd *cobra.Command, list []string) error {
			if err := o.check(cmd); err != nil { // first: what stands behind a flag of a later version looks like an argument
				return err
			}
			return args(cobra.NoArgs)(cmd, list)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			t, err := a.openTrail(cmd.Context(), c, true)
			if err != nil {
				return err
			}
			defer t.Close()
			return a.report(cmd.Context(), c, t, o)
		},
	}
	f := audit.Flags()
	f.StringVar(&o.period, "period", "", "2026-Q3, 2026-07, 2026 or 2026-07-01/2026-10-01 (default: the last complete quarter)")
	f.StringVarP(&o.output, "output", "o", "", "name of the PDF (default: ID.pdf here)")
	f.StringVar(&o.owner, "owner", "", "name of the company as printed (default: the tenant)")
	f.StringVar(&o.paper, "paper", "A4", "A4 or Letter")
	for _, name := range laterFlags {
		f.String(name, "", "not in this version")
		f.Lookup(name).NoOptDefVal = "yes"
	}
	cmd.AddCommand(a.jsonFlag(audit))
	return cmd
}

// laterFlags are promised and not in this version.
var laterFlags = []string{"at", "from-elasticsearch", "with-actions", "no-attachments", "entity", "system", "agent", "zone", "language"}

type reportOptions struct {
	period, output, owner, paper string
}

func (o reportOptions) check(cmd *cobra.Command) error {
	for _, name := range laterFlags {
		if cmd.Flags().Changed(name) {
			return usage("--%s is not in this version", name)
		}
	}
	if o.paper != "A4" && o.paper != "Letter" {
		return usage("--paper %q: want A4 or Letter", o.paper)
	}
	if o.period != "" {
		if _, err := reports.ParsePeriod(o.period); err != nil {
			return usage("--period: %w", err)
		}
	}
	return nil
}

// An issued report is where its files are and what it says of itself.
type issued struct {
	ID          string `json:"id"`
	PDF         string `json:"pdf"`
	Issue       string `json:"issue"`
	SHA256      string `json:"sha256"`
	Status      string `json:"status"`
	Provisional bool   `json:"provisional"`
}

func (a *app) report(ctx context.Context, c *config.Config, t *opened, o reportOptions) error {
	r, err := a.issue(ctx, c, t, o)
	if err != nil {
		return err
	}
	if a.json {
		err = printJSON(a.out, r)
	} else {
		fmt.Fprintf(a.out, "%s\n  %s\n  SHA-256 %s\n  %s\n", r.ID, r.PDF, r.SHA256, r.Status)
	}
	if err == nil && r.Provisional {
		return incomplete("the report is provisional: something of the period is missing or open")
	}
	return err
}

// issue makes the report, keeps it in the trail, says so in the ledger, and writes it to the name that was asked for.
func (a *app) issue(ctx context.Context, c *config.Config, t *opened, o reportOptions) (issued, error) {
	if err := putPolicies(ctx, c, t); err != nil {
		return issued{}, err
	}
	in, err := a.reportInput(ctx, c, t, o)
	if err != nil {
		return issued{}, err
	}
	doc, err := reports.Audit(ctx, in)
	if err != nil {
		return issued{}, err
	}
	var b bytes.Buffer
	if err := pdf.Write(&b, doc, pdf.Options{Paper: o.paper, Producer: "agenttrail " + version}); err != nil {
		return issued{}, fmt.Errorf("draw %s: %w", doc.ID, err)
	}
	revision := revisions(t, "audit", in.Period)
	r := issued{ID: doc.ID, PDF: o.output, SHA256: hexSum(b.Bytes()), Status: doc.Status, Provisional: strings.HasPrefix(doc.Status, "Provisional")}
	if r.PDF == "" {
		r.PDF = doc.ID + ".pdf"
	}
	r.Issue = strings.TrimSuffix(r.PDF, filepath.Ext(r.PDF)) + ".issue.json"
	kept := []keptFile{{reportFile, b.Bytes()}, {issueFile, nil}}
	folder := fmt.Sprintf("reports/%s-r%d/", r.ID, revision)
	kept[1].data = a.issueNote(in, doc, kept[0].entry(folder), revision)
	if err := keep(ctx, t, in, r.ID, revision, folder, kept, o); err != nil {
		return r, err
	}
	if err := os.WriteFile(r.PDF, b.Bytes(), 0o644); err != nil {
		return r, fmt.Errorf("write report: %w", err)
	}
	return r, os.WriteFile(r.Issue, kept[1].data, 0o644)
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// issueNote is issue.json: what belongs to this issue of the report and not to the facts. The demo's does not tell one machine from another.
func (a *app) issueNote(in reports.Input, doc *reports.Document, pdf agenttrail.File, revision int64) []byte {
	i := reports.Issue{
		Report: doc.ID, Kind: "audit", Revision: revision, Issued: a.now().UTC(), Run: runOf(a.now()), Engine: "trail", Command: "agenttrail report audit --period " + in.Period.Name,
		Build: version, Go: runtime.Version(), Size: in.Cite.Size, Root: hex.EncodeToString(in.Cite.Root[:]), PDF: pdf, Summary: *doc.Summary,
	}
	if i.Host, i.Trigger = "demo", "person"; !in.Demo {
		i.Host, i.Trigger = hostName(), trigger()
	}
	return i.Marshal()
}

func hostName() string {
	host, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return host
}

// previousReport is what the newest audit report of an earlier period said, as it was issued; nil when there is none.
func previousReport(ctx context.Context, t *opened, before int64, p reports.Period) (*reports.Summary, error) {
	var newest *agenttrail.Report
	for n := range before {
		r := t.Log().Entry(n).Report
		if r != nil && r.Kind == "audit" && !r.To.After(p.From) && (newest == nil || !r.To.Before(newest.To)) {
			newest = r
		}
	}
	if newest == nil {
		return nil, nil
	}
	for _, f := range newest.Files {
		if path.Base(f.Path) == issueFile {
			return readSummary(ctx, t, f)
		}
	}
	return nil, fmt.Errorf("report %s in the ledger names no %s", newest.ID, issueFile)
}

// readSummary reads the issue.json that the ledger names; other bytes than those it names are an error.
func readSummary(ctx context.Context, t *opened, f agenttrail.File) (*reports.Summary, error) {
	r, err := t.folder.Read(ctx, f.Path)
	if err != nil {
		return nil, fmt.Errorf("read the last report's %s (put it back from a copy of the trail): %w", f.Path, err)
	}
	data, err := io.ReadAll(io.LimitReader(r, f.Size+1))
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Path, err)
	}
	if hexSum(data) != f.SHA256 {
		return nil, fmt.Errorf("%s is not the file that the ledger names (run: agenttrail verify)", f.Path)
	}
	i, err := reports.ParseIssue(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	return &i.Summary, nil
}

// revisions is the number of the next issue of a report: how many were issued for the period, plus one.
func revisions(t *opened, kind string, p reports.Period) int64 {
	n := int64(1)
	for i := range t.Log().Size() {
		if r := t.Log().Entry(i).Report; r != nil && r.Kind == kind && r.From.Equal(p.From) && r.To.Equal(p.To) {
			n++
		}
	}
	return n
}

// Names of a report's files in its folder of the trail.
const (
	reportFile = "report.pdf"
	issueFile  = "issue.json"
)

// A keptFile is a file of a report on its way into the trail.
type keptFile struct {
	name string
	data []byte
}

func (f keptFile) entry(folder string) agenttrail.File {
	return agenttrail.File{Path: folder + f.name, SHA256: hexSum(f.data), Size: int64(len(f.data))}
}

// keep writes the files into the trail and appends the report's entry.
func keep(ctx context.Context, t *opened, in reports.Input, id string, revision int64, folder string, files []keptFile, o reportOptions) error {
	e := &agenttrail.Report{ID: id, Kind: "audit", Revision: revision, From: in.Period.From, To: in.Period.To, Before: in.Cite.Size, Build: version, Params: fmt.Sprintf("{\"paper\":%q,\"period\":%q}", o.paper, in.Period.Name)}
	for _, f := range files {
		named := f.entry(folder)
		if err := t.folder.WriteNew(ctx, named.Path, bytes.NewReader(f.data), named.Size); err != nil {
			return fmt.Errorf("keep %s: %w", named.Path, err)
		}
		e.Files = append(e.Files, named)
	}
	_, err := t.Append(ctx, agenttrail.Entry{Report: e})
	return err
}

// reportInput gathers what a report is made of, as the ledger stands now.
func (a *app) reportInput(ctx context.Context, c *config.Config, t *opened, o reportOptions) (in reports.Input, err error) {
	size := t.Log().Size()
	if in.Cite, err = t.Log().Cite(ctx, size); err != nil {
		return in, err
	}
	if in.Period = reports.PreviousQuarter(in.Cite.Time); o.period != "" {
		if in.Period, err = reports.ParsePeriod(o.period); err != nil {
			return in, usage("--period: %w", err)
		}
	}
	j, err := judgeOf(ctx, t.Trail, size)
	if err != nil {
		return in, err
	}
	in.Facts, in.Judge = t.Reader(), j
	in.Tenant, in.Owner = t.Genesis().Tenant, first(o.owner, t.Genesis().Tenant)
	in.Fingerprint = fingerprint(in.Cite.Key)
	in.Entries = func(yield func(n int64, e agenttrail.Entry) error) error {
		for n := range size {
			if err := yield(n, t.Log().Entry(n)); err != nil {
				return err
			}
		}
		return nil
	}
	in.Agents, in.EarlierLines, in.Approvals = registerAgents(j), earlierLines(j), approvalsOf(j)
	if in.Sources, err = reportSources(ctx, c, t); err != nil {
		return in, err
	}
	for _, n := range c.NoSource {
		in.NoSource = append(in.NoSource, reports.NoSource{System: n.System, Why: n.Why, Owner: n.Owner, Until: n.Until.Time})
	}
	in.Build, in.Demo = version, demoTrail(in.Cite.Origin)
	for _, p := range newestPolicies(t, size) {
		switch p.Kind {
		case "config":
			in.Config = p.SHA256
		case "register":
			in.Register = p.SHA256
		}
	}
	if in.Previous, err = previousReport(ctx, t, size, in.Period); err != nil {
		return in, err
	}
	in.Verify = "agenttrail verify --trail DIR --key " + in.Cite.Key
	return in, nil
}

// registerAgents turns the register into what reports print.
func registerAgents(j *judge.Judge) (list []reports.Agent) {
	for _, g := range j.Agents() {
		out := reports.Agent{ID: g.ID, Name: g.Name, Owner: g.Owner, Purpose: g.Purpose, Status: g.Status, ApprovedBy: g.ApprovedBy, ReviewDate: g.ReviewDate.Time}
		for _, id := range g.Identities {
			text := id.System + ":"
			for _, name := range sortedKeys(id.Match) {
				text += " " + strings.ReplaceAll(name, "_", " ") + " " + id.Match[name]
			}
			if id.Exclusive != nil && !*id.Exclusive {
				text += " (a person uses it too)"
			}
			out.Identities = append(out.Identities, text)
		}
		for _, r := range g.Allowed {
			out.Allowed = append(out.Allowed, strings.Join(r.Verbs, ", ")+" in "+r.System)
			out.Systems = append(out.Systems, r.System)
		}
		out.Declared, out.Seen, _ = j.Scope(g.ID)
		list = append(list, out)
	}
	return list
}

func earlierLines(j *judge.Judge) (list []reports.EarlierLine) {
	for _, l := range j.DatedEarlier() {
		list = append(list, reports.EarlierLine{Agent: l.Agent, Rule: l.Rule, Declared: l.Declared, Seen: l.Seen})
	}
	return list
}

func approvalsOf(j *judge.Judge) (list []reports.Approval) {
	for _, c := range j.Approvals() {
		p := c.Action.Approval
		list = append(list, reports.Approval{ID: c.ID(), Agent: p.Agent, Verb: p.Verb, System: p.System, Resource: p.Resource, Limit: p.Limit, Approver: c.Action.Actor.ID, Requester: p.Requester,
			Rejected: c.Action.Verb == agenttrail.VerbReject, Asked: p.AskedAt, At: c.Action.Time, Seen: c.Seen, Origin: c.Origin})
	}
	return list
}

// reportSources are the sources of the config with the systems that each covers and what its format can tell.
func reportSources(ctx context.Context, c *config.Config, t *opened) (list []reports.Source, err error) {
	tells := map[string]reports.Tells{}
	for _, f := range formatRows() {
		tells[f.Format] = reports.Tells{Agent: f.Agent, Person: f.Person, Approval: f.Leave, Reason: f.Reason, SourceProof: f.Proof}
	}
	for i := range c.Sources {
		s := &c.Sources[i]
		out := reports.Source{Name: s.Name, Kind: "s3", Format: s.Format, Dataset: s.Format, Since: s.Since.Time, Lag: lagOf(s), Tells: tells[s.Format]}
		if s.Folder != "" {
			out.Kind, out.Lag = "folder", 0
		}
		if s.MapFile != nil {
			out.Dataset = s.MapFile.Dataset
		}
		if out.Systems, err = systemsOf(ctx, s, t.Trail); err != nil {
			return nil, err
		}
		list = append(list, out)
	}
	return list, nil
}
