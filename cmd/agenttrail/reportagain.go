package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"agenttrail"
	"agenttrail/internal/config"
)

// A madeAgain report is compared with what was issued.
type madeAgain struct {
	issued
	At     int64 `json:"at"`
	Same   bool  `json:"same"`            // as a report that was issued
	Issued int64 `json:"entry,omitempty"` // of that report
}

// reportAgain makes a report as the ledger stood at a size, under the policies that were in force then, and says whether it is byte for byte
// what was issued. It writes nothing but the PDF.
func (a *app) reportAgain(ctx context.Context, t *opened, o reportOptions) (err error) {
	if o.at > t.Log().Size() {
		return usage("--at %d: the ledger has %d entries", o.at, t.Log().Size())
	}
	dir, err := os.MkdirTemp("", "agenttrail-policy-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	c, err := configAt(ctx, t, o.at, dir)
	if err != nil {
		return err
	}
	d, err := a.draw(ctx, c, t, o.at, o)
	if err != nil {
		return err
	}
	r := madeAgain{issued: newIssued(d, o), At: o.at}
	r.SHA256, r.Issue, r.Bundle = r.Unsigned, "", ""
	r.Issued, r.Same = issuedAs(t, r.Unsigned)
	core := d.core
	if err := os.WriteFile(r.PDF, core, 0o644); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if a.json {
		err = printJSON(a.out, r)
	} else {
		fmt.Fprintf(a.out, "%s as of ledger size %d\n  %s\n  SHA-256 %s\n", r.ID, r.At, r.PDF, r.SHA256)
		if r.Same {
			fmt.Fprintf(a.out, "  byte for byte the report of entry %d\n", r.Issued)
		}
	}
	if err == nil && !r.Same {
		return incomplete("no report with these bytes was issued: the parameters, the size, or the build differ (issue.json of the report names all three)")
	}
	return err
}

// issuedAs finds the entry of a report whose unsigned file has a hash.
func issuedAs(t *opened, sha string) (entry int64, ok bool) {
	for n := range t.Log().Size() {
		r := t.Log().Entry(n).Report
		if r == nil {
			continue
		}
		for _, f := range r.Files {
			if f.SHA256 == sha && path.Base(f.Path) == reportFile {
				return n, true
			}
		}
	}
	return 0, false
}

// configAt lays out the policy files that were in force at a size in a folder of their own, and reads the config there. Names are those that the
// ledger keeps, and lead nowhere else.
func configAt(ctx context.Context, t *opened, size int64, dir string) (*config.Config, error) {
	main := ""
	for _, p := range newestPolicies(t, size) {
		if p.SHA256 == "" {
			continue
		}
		if p.Kind == "config" {
			main = p.Name
		}
		if err := layOut(ctx, t, p, dir); err != nil {
			return nil, err
		}
	}
	if main == "" {
		return nil, usage("--at %d: no config was in force then", size)
	}
	c, err := config.Load(filepath.Join(dir, filepath.FromSlash(main)))
	if err != nil {
		return nil, fmt.Errorf("the config of ledger size %d: %w", size, err)
	}
	return c, nil
}

func layOut(ctx context.Context, t *opened, p agenttrail.Policy, dir string) error {
	if !filepath.IsLocal(p.Name) {
		return fmt.Errorf("policy %s %q: not a name inside the config's folder", p.Kind, p.Name)
	}
	data, err := t.Policy(ctx, p.SHA256)
	if err != nil {
		return fmt.Errorf("policy %s %s: %w", p.Kind, p.Name, err)
	}
	file := filepath.Join(dir, filepath.FromSlash(p.Name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}
