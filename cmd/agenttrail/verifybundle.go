package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"agenttrail/internal/config"
	"agenttrail/internal/trail"
	"agenttrail/internal/trail/bundle"
)

// verifyBundle checks a bundle without its trail. What stands beside it is looked for in the folder that report --with-actions makes.
func (a *app) verifyBundle(ctx context.Context, name, key string) error {
	file, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("open bundle: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("open bundle: %w", err)
	}
	o := bundle.Options{Beside: os.DirFS(strings.TrimSuffix(name, filepath.Ext(name)) + "-actions")}
	if o.Key, err = a.bundleKey(ctx, key); err != nil {
		return err
	}
	r, err := bundle.Verify(file, info.Size(), o)
	var half *trail.Incomplete
	switch {
	case errors.As(err, &half):
		return incomplete("%w", err)
	case err != nil:
		return fmt.Errorf("verify: %w", err)
	}
	if err := a.printBundle(r); err != nil {
		return err
	}
	switch {
	case len(r.Missing) > 0:
		return incomplete("%s not there: withheld or lost; the rest holds", count(int64(len(r.Missing)), "file of the bundle is", "files of the bundle are"))
	case !r.KeyGiven:
		return incomplete("the key is known only from the bundle itself: compare its fingerprint with one that came another way, and give it by --key")
	}
	return nil
}

// bundleKey is the key that was given, else that of the config where there is one: its trail's bundles need no --key.
func (a *app) bundleKey(ctx context.Context, given string) (string, error) {
	if given != "" {
		return keyText(given)
	}
	c, err := config.Load(a.configPath())
	if err != nil || c.Key == nil {
		if a.configFile != "" && err != nil {
			return "", &status{exitUsage, err}
		}
		return "", nil
	}
	s, err := signerOf(ctx, c)
	if err != nil {
		return "", err
	}
	return s.Key(), nil
}

func (a *app) printBundle(r *bundle.Result) error {
	if a.json {
		return printJSON(a.out, map[string]any{"origin": r.Origin, "size": r.Size, "root": fmt.Sprintf("%x", r.Root), "key_given": r.KeyGiven, "report": r.Report.ID, "revision": r.Report.Revision,
			"entry": r.Number, "entries": r.Entries, "files": r.Files, "proofs": r.Proofs, "rows": r.Rows, "missing": r.Missing})
	}
	fmt.Fprintf(a.out, "%s, revision %d\n%s\n\nHolds\n", visible(r.Report.ID), r.Report.Revision, r.Origin)
	lines := []string{
		fmt.Sprintf("the note: a state of %s, signed when entry %d said that this report was issued, %s UTC", count(r.Size, "entry", "entries"), r.Number, clock(r.Time)),
		fmt.Sprintf("the report and what belongs to it: %s, with the hashes that the ledger and issue.json state", count(int64(r.Files), "file", "files")),
		fmt.Sprintf("the ledger: %s lead to the note", count(int64(r.Entries), "entry", "entries")),
		fmt.Sprintf("the cited actions: %s to their receipts and to the note", count(int64(r.Proofs), "leads", "lead")),
	}
	if r.Rows > 0 {
		lines = append(lines, fmt.Sprintf("beside the bundle: %s under the roots of their receipts", count(r.Rows, "action", "actions")))
	}
	lines = append(lines, "key "+fingerprint(r.Key))
	if demoTrail(r.Origin) {
		lines = append(lines, "demonstration: times and key are not real")
	}
	for _, line := range lines {
		fmt.Fprintf(a.out, "  %s\n", line)
	}
	if len(r.Missing) > 0 {
		fmt.Fprintf(a.out, "\nNot there\n  %s\n", visibleLines(strings.Join(r.Missing, "\n  ")))
	}
	fmt.Fprintf(a.out, "\nNot proven\n")
	for _, line := range []string{
		"that the sources logged everything, and that what they logged is true",
		"that the report draws the right conclusions: its numbers can be computed again from the attachments",
		"that the ledger was not written anew by whoever has the key: compare the note with one that you got earlier",
		"the signature inside the PDF: your PDF reader or pdfsig judges it",
	} {
		fmt.Fprintf(a.out, "  %s\n", line)
	}
	return nil
}
