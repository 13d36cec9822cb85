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

// A drawn report is a report before it is issued: the document and its file, which depend on the facts alone.
type drawn struct {
	in   reports.Input
	doc  *reports.Document
	core []byte // the unsigned PDF
	from engine // of its facts; it is closed
}

// draw makes the report as the ledger stood at a size.
func (a *app) draw(ctx context.Context, c *config.Config, t *opened, size int64, o reportOptions) (d drawn, err error) {
	if d.from, err = a.factsOf(ctx, c, t, size, o); err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, d.from.Close(ctx)) }()
	if d.in, err = a.reportInput(ctx, c, t, size, o, d.from); err != nil {
		return d, err
	}
	if d.doc, err = o.kind.document(ctx, d.in); err != nil {
		return d, err
	}
	d.core, err = drawPDF(d.doc, o)
	return d, err
}

func drawPDF(doc *reports.Document, o reportOptions) ([]byte, error) {
	var b bytes.Buffer
	if err := pdf.Write(&b, doc, pdf.Options{Paper: o.paper, Producer: "agenttrail " + version}); err != nil {
		return nil, fmt.Errorf("draw %s: %w", doc.ID, err)
	}
	return b.Bytes(), nil
}

// issue makes the report, keeps it, and writes it to the name that was asked for.
func (a *app) issue(ctx context.Context, c *config.Config, t *opened, o reportOptions) (issued, error) {
	if err := putPolicies(ctx, c, t); err != nil {
		return issued{}, err
	}
	r, f, err := a.issueKept(ctx, c, t, o)
	if err != nil {
		return r, err
	}
	if err := os.WriteFile(r.PDF, f.pdf, 0o644); err != nil {
		return r, fmt.Errorf("write report: %w", err)
	}
	if err := os.WriteFile(r.Bundle, f.bundle, 0o644); err != nil {
		return r, fmt.Errorf("write bundle: %w", err)
	}
	return r, os.WriteFile(r.Issue, f.note, 0o644)
}

// issuedFiles are what is handed out of a report.
type issuedFiles struct{ pdf, note, bundle []byte }

// issueKept makes the report, seals it, keeps it in the trail and says so in the ledger.
func (a *app) issueKept(ctx context.Context, c *config.Config, t *opened, o reportOptions) (issued, issuedFiles, error) {
	d, err := a.draw(ctx, c, t, t.Log().Size(), o)
	if err != nil {
		return issued{}, issuedFiles{}, err
	}
	sealedPDF, note, err := a.sealed(ctx, c, d.core)
	if err != nil {
		return issued{}, issuedFiles{}, err
	}
	revision := revisions(t, d.doc.ID)
	r := newIssued(d, o)
	r.Revision, r.Seal = revision, note
	folder := fmt.Sprintf("reports/%s-r%d/", r.ID, revision)
	proof, err := a.prove(ctx, t, d, o, strings.TrimSuffix(r.Bundle, ".zip")+"-actions")
	if err != nil {
		return r, issuedFiles{}, err
	}
	kept := []keptFile{{reportFile, d.core}}
	i := a.issueNote(d, kept[0].entry(folder), revision, o)
	i.Bundle = proof.named()
	if sealedPDF != nil {
		kept = append(kept, keptFile{sealedFile, sealedPDF})
		i.Seal, i.Sealed = note, kept[1].entry(folder)
	}
	out := issuedFiles{pdf: kept[len(kept)-1].data, note: i.Marshal()}
	r.SHA256 = hexSum(out.pdf)
	kept = append(kept, keptFile{issueFile, out.note})
	cite, err := keep(ctx, t, d.in, r.ID, revision, folder, kept, o)
	if err != nil {
		return r, out, err
	}
	if out.bundle, err = proof.bundle(t, cite, out.pdf, out.note); err != nil {
		return r, out, err
	}
	if o.slim {
		if out.pdf, err = drawPDF(reports.Slim(d.doc), o); err != nil {
			return r, out, err
		}
		r.Slim = hexSum(out.pdf)
	}
	return r, out, nil
}

func newIssued(d drawn, o reportOptions) issued {
	r := issued{ID: d.doc.ID, PDF: o.output, Unsigned: hexSum(d.core), Status: d.doc.Status, Provisional: strings.HasPrefix(d.doc.Status, "Provisional")}
	if r.PDF == "" {
		r.PDF = d.doc.ID + ".pdf"
	}
	base := strings.TrimSuffix(r.PDF, filepath.Ext(r.PDF))
	r.Issue, r.Bundle = base+".issue.json", base+".zip"
	return r
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// issueNote is issue.json: what belongs to this issue of the report and not to the facts. The demo's does not tell one machine from another.
func (a *app) issueNote(d drawn, pdf agenttrail.File, revision int64, o reportOptions) *reports.Issue {
	i := &reports.Issue{
		Report: d.doc.ID, Kind: d.doc.Kind, Revision: revision, Issued: a.now().UTC(), Run: runOf(a.now()), Engine: d.from.name, Indices: d.from.indices, Indexed: d.from.actions, Command: o.command(d.in.Period),
		Build: version, Go: runtime.Version(), Size: d.in.Cite.Size, Root: hex.EncodeToString(d.in.Cite.Root[:]), Reason: o.reason, PDF: pdf, Summary: *d.doc.Summary,
	}
	if i.Host, i.Trigger = "demo", "person"; !d.in.Demo {
		i.Host, i.Trigger = hostName(), trigger()
	}
	return i
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
	reportFile = "report.pdf" // unsigned
	sealedFile = "sealed.pdf" // the same with the issuer's signature behind it
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

// keep writes the files into the trail and appends the report's entry. The cite is of the state that it ends.
func keep(ctx context.Context, t *opened, in reports.Input, id string, revision int64, folder string, files []keptFile, o reportOptions) (agenttrail.Cite, error) {
	e := &agenttrail.Report{ID: id, Kind: o.id(), Revision: revision, From: in.Period.From, To: in.Period.To, Before: in.Cite.Size, Build: version, Params: o.params(in)}
	for _, f := range files {
		named := f.entry(folder)
		if err := t.folder.WriteNew(ctx, named.Path, bytes.NewReader(f.data), named.Size); err != nil {
			return agenttrail.Cite{}, fmt.Errorf("keep %s: %w", named.Path, err)
		}
		e.Files = append(e.Files, named)
	}
	return t.Append(ctx, agenttrail.Entry{Report: e})
}
