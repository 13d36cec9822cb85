package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"agenttrail"
	"agenttrail/internal/trail"
	"agenttrail/internal/trail/bundle"
	"agenttrail/reports"
)

// A enclosure a report is what its bundle holds beside the PDF, issue.json and the ledger's word.
type enclosure struct {
	files   []bundle.File
	beside  []agenttrail.File // all actions, one file a receipt
	entries map[int64]bool    // numbers of those that the bundle needs
}

// prove gathers what goes into the bundle of a report. The copy for the person whom a case is about gets what it prints and no more: facts and policies
// name others.
func (a *app) prove(ctx context.Context, t *opened, d drawn, o reportOptions, folder string) (*enclosure, error) {
	p := &enclosure{entries: map[int64]bool{0: true}}
	for _, f := range d.doc.Files {
		p.add(bundle.Attachments+f.Name, f.Data)
	}
	if !o.subjectCopy() {
		if err := p.policies(ctx, t, d.in.Cite.Size); err != nil {
			return nil, err
		}
		if err := p.cited(ctx, t, d.in.Cite.Size, d.doc.Cited); err != nil {
			return nil, fmt.Errorf("prove the cited actions: %w", err)
		}
	}
	if o.withActions {
		if err := p.actions(ctx, t, d.in, folder); err != nil {
			return nil, err
		}
	}
	p.add(bundle.Readme, bundleReadme(d, o, len(p.beside)))
	slices.SortFunc(p.files, func(x, y bundle.File) int { return strings.Compare(x.Name, y.Name) })
	return p, nil
}

func (p *enclosure) add(name string, data []byte) {
	p.files = append(p.files, bundle.File{Name: name, Data: data})
}

// named is how issue.json names them.
func (p *enclosure) named() (list []agenttrail.File) {
	for _, f := range p.files {
		list = append(list, f.Named())
	}
	return append(p.beside, list...)
}

// resolving are the kinds of policy files that say who stands behind a pseudonym. A bundle has their hashes, not their bytes.
var resolving = []string{"people", "people_mapping", "subjects"}

// policies adds the files that were in force.
func (p *enclosure) policies(ctx context.Context, t *opened, size int64) error {
	inForce := map[agenttrail.Policy]bool{}
	for _, f := range newestPolicies(t, size) {
		inForce[f] = f.SHA256 != ""
	}
	added := map[string]bool{}
	for n := range size {
		f := t.Log().Entry(n).Policy
		if f == nil || !inForce[*f] {
			continue
		}
		p.entries[n] = true
		if slices.Contains(resolving, f.Kind) || added[f.SHA256] {
			continue
		}
		added[f.SHA256] = true
		data, err := t.Policy(ctx, f.SHA256)
		if err != nil {
			return fmt.Errorf("policy %s %s: %w", f.Kind, f.Name, err)
		}
		p.add(bundle.Policies+f.SHA256, data)
	}
	return nil
}

// cited adds the proofs of the actions that stand in the document one by one.
func (p *enclosure) cited(ctx context.Context, t *opened, size int64, ids []string) error {
	wanted, receipts := make(map[string]bool, len(ids)), map[int64]bool{}
	for part := range slices.Chunk(ids, 500) {
		q := agenttrail.Query{Before: size, All: []agenttrail.Term{{Field: "agenttrail.id", Any: part}}}
		err := t.Reader().FindRows(ctx, q, func(a *agenttrail.Action, c *agenttrail.Context) error {
			wanted[a.ID], receipts[c.Receipt.N] = true, true
			return nil
		})
		if err != nil {
			return err
		}
	}
	if len(wanted) != len(ids) {
		return fmt.Errorf("the report cites %d actions, the trail has %d of them", len(ids), len(wanted))
	}
	var lines []byte
	for _, n := range sortedNumbers(receipts) {
		p.entries[n] = true
		err := t.Reader().Prove(ctx, n, func(id string) bool { return wanted[id] }, func(r *trail.RowProof) error {
			lines = bundle.AppendProof(lines, r)
			return nil
		})
		if err != nil {
			return err
		}
	}
	if len(lines) > 0 {
		p.add(bundle.Proofs, lines)
	}
	return nil
}

func sortedNumbers(set map[int64]bool) (list []int64) {
	for n := range set {
		list = append(list, n)
	}
	slices.Sort(list)
	return list
}

// actions writes all actions of each receipt that may hold one of the period into a folder beside the bundle. A receipt is written whole, so that its rows give the root that
// the ledger states.
func (p *enclosure) actions(ctx context.Context, t *opened, in reports.Input, folder string) error {
	for n := range in.Cite.Size {
		b := t.Log().Entry(n).Batch
		if b == nil {
			continue
		}
		f := b.Table(agenttrail.TableActions)
		if f == nil || f.Suspect == 0 && (!f.First.Before(in.Period.To) || f.Last.Before(in.Period.From)) {
			continue
		}
		p.entries[n] = true
		written, err := writeActions(ctx, t, n, folder)
		if err != nil {
			return fmt.Errorf("write the actions of entry %d: %w", n, err)
		}
		p.beside = append(p.beside, written)
	}
	return nil
}

func writeActions(ctx context.Context, t *opened, receipt int64, folder string) (f agenttrail.File, err error) {
	f.Path = bundle.ActionsName(receipt)
	name := filepath.Join(folder, filepath.FromSlash(f.Path))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return f, err
	}
	file, err := os.Create(name)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	h := sha256.New()
	out := bufio.NewWriter(io.MultiWriter(file, h))
	var line []byte
	err = t.Reader().Prove(ctx, receipt, nil, func(r *trail.RowProof) error {
		line = bundle.AppendAction(line[:0], r)
		f.Size += int64(len(line))
		_, err := out.Write(line)
		return err
	})
	if err = errors.Join(err, out.Flush()); err != nil {
		return f, err
	}
	f.SHA256 = hex.EncodeToString(h.Sum(nil))
	return f, nil
}

// bundle is the ZIP, once the ledger says that the report was issued: cite is the state with that entry.
func (p *enclosure) bundle(t *opened, cite agenttrail.Cite, pdf, issue []byte) ([]byte, error) {
	p.entries[cite.Size-1] = true
	lines, err := bundle.EntryLines(t.Log(), cite.Size, sortedNumbers(p.entries))
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	files := append(slices.Clone(p.files), bundle.File{Name: bundle.PDF, Data: pdf}, bundle.File{Name: bundle.Issue, Data: issue},
		bundle.File{Name: bundle.Entries, Data: lines}, bundle.File{Name: bundle.Note, Data: []byte(cite.Note)}, bundle.File{Name: bundle.Key, Data: []byte(cite.Key + "\n")})
	var b bytes.Buffer
	err = bundle.Write(&b, files)
	return b.Bytes(), err
}
