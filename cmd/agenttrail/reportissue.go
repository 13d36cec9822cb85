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
	"agenttrail/reports"
	"agenttrail/reports/pdf"
)

// issue makes the report, keeps it in the trail, says so in the ledger, and writes it to the name that was asked for.
func (a *app) issue(ctx context.Context, c *config.Config, t *opened, o reportOptions) (issued, error) {
	if err := putPolicies(ctx, c, t); err != nil {
		return issued{}, err
	}
	in, err := a.reportInput(ctx, c, t, o)
	if err != nil {
		return issued{}, err
	}
	doc, err := o.kind.document(ctx, in)
	if err != nil {
		return issued{}, err
	}
	var b bytes.Buffer
	if err := pdf.Write(&b, doc, pdf.Options{Paper: o.paper, Producer: "agenttrail " + version}); err != nil {
		return issued{}, fmt.Errorf("draw %s: %w", doc.ID, err)
	}
	revision := revisions(t, doc.ID)
	r := issued{ID: doc.ID, PDF: o.output, SHA256: hexSum(b.Bytes()), Status: doc.Status, Provisional: strings.HasPrefix(doc.Status, "Provisional")}
	if r.PDF == "" {
		r.PDF = doc.ID + ".pdf"
	}
	r.Issue = strings.TrimSuffix(r.PDF, filepath.Ext(r.PDF)) + ".issue.json"
	kept := []keptFile{{reportFile, b.Bytes()}, {issueFile, nil}}
	folder := fmt.Sprintf("reports/%s-r%d/", r.ID, revision)
	kept[1].data = a.issueNote(in, doc, kept[0].entry(folder), revision, o)
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
func (a *app) issueNote(in reports.Input, doc *reports.Document, pdf agenttrail.File, revision int64, o reportOptions) []byte {
	i := reports.Issue{
		Report: doc.ID, Kind: doc.Kind, Revision: revision, Issued: a.now().UTC(), Run: runOf(a.now()), Engine: "trail", Command: o.command(in.Period),
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

// previousReport is what the newest report of this kind for an earlier period said, as it was issued; nil when there is none.
func previousReport(ctx context.Context, t *opened, kind string, before int64, p reports.Period) (*reports.Summary, error) {
	var newest *agenttrail.Report
	for n := range before {
		r := t.Log().Entry(n).Report
		if r != nil && r.Kind == kind && !r.To.After(p.From) && (newest == nil || !r.To.Before(newest.To)) {
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

// revisions is the number of the next issue of a document: how many were issued under its id, plus one.
func revisions(t *opened, id string) int64 {
	n := int64(1)
	for i := range t.Log().Size() {
		if r := t.Log().Entry(i).Report; r != nil && r.ID == id {
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
	e := &agenttrail.Report{ID: id, Kind: o.id(), Revision: revision, From: in.Period.From, To: in.Period.To, Before: in.Cite.Size, Build: version, Params: fmt.Sprintf("{\"paper\":%q,\"period\":%q}", o.paper, in.Period.Name)}
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
