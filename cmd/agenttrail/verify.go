package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"agenttrail"
	"agenttrail/internal/trail"
	"agenttrail/internal/trail/ledger"

	"github.com/spf13/cobra"
)

func (a *app) verifyCommand() *cobra.Command {
	var dir, key string
	var deep bool
	cmd := &cobra.Command{
		Use:   "verify [BUNDLE.zip | --trail DIR]",
		Short: "Check everything again, offline: what holds, what does not and where, and what is not proven",
		Long: `Check the notes, the tree, every entry, every file that an entry names, every record and every row again. --deep also normalizes the evidence anew and
compares the facts. A bundle, the ZIP that lies beside a report, is checked without its trail: the report and its files, and each cited action up to the
signed note. Exit 0: it holds, with a key that came from outside (--key, or the config's). Exit 3: it holds with the key that the trail or bundle itself
names, or something is missing. Exit 1: it does not hold, and the place is named.`,
		Example: "  agenttrail verify --trail ./trail --key verifier.txt\n  agenttrail verify audit-2026-Q3.zip --key verifier.txt",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, list []string) error {
			if len(list) > 0 {
				if dir != "" || deep {
					return usage("verify %s checks a bundle alone: --trail and --deep are for a trail", list[0])
				}
				return a.verifyBundle(cmd.Context(), list[0], key)
			}
			dir, key, err := a.verifyTarget(cmd.Context(), dir, key)
			if err != nil {
				return err
			}
			return a.verify(cmd.Context(), dir, key, deep)
		},
	}
	cmd.Flags().StringVar(&dir, "trail", "", "folder of the trail (default: the config's)")
	cmd.Flags().StringVar(&key, "key", "", "verifier key, or a file that holds it")
	cmd.Flags().BoolVar(&deep, "deep", false, "normalize the evidence again and compare the facts")
	return a.jsonFlag(cmd)
}

// verifyTarget finds folder and key: as given, else the config's.
func (a *app) verifyTarget(ctx context.Context, dir, key string) (string, string, error) {
	if dir == "" {
		c, err := a.load()
		if err != nil {
			return "", "", err
		}
		dir = c.Path(c.Trail)
		if key == "" && c.Key != nil {
			signer, err := signerOf(ctx, c)
			if err != nil {
				return "", "", err
			}
			return dir, signer.Key(), nil
		}
	}
	if key == "" {
		return dir, "", nil
	}
	text, err := keyText(key)
	return dir, text, err
}

func (a *app) verify(ctx context.Context, dir, key string, deep bool) error {
	folder, err := ledger.OpenFolder(dir)
	if err != nil {
		return fmt.Errorf("open trail: %w", err)
	}
	defer folder.Close()
	o := trail.VerifyOptions{Key: key}
	if deep {
		o.Remap = remap
	}
	v, err := trail.Verify(ctx, folder, o)
	var half *trail.Incomplete
	switch {
	case errors.As(err, &half):
		return incomplete("%w", err)
	case err != nil:
		return fmt.Errorf("verify: %w", err)
	}
	if a.json {
		err = printJSON(a.out, map[string]interface{}{"origin": v.Origin, "size": v.Size, "root": fmt.Sprintf("%x", v.Root), "key_given": v.KeyGiven, "entries": v.Entries, "records": v.Records, "rows": v.Rows, "grants": v.Grants,
			"files": v.Files, "objects": v.Objects, "compared": v.Compared, "unnamed": v.Unnamed, "lagging": v.Lagging})
	} else {
		a.printVerification(v, deep)
	}
	if err == nil && !v.KeyGiven {
		return incomplete("the key is known only from the trail itself: compare its fingerprint with one that came another way, and give it by --key")
	}
	return err
}

func (a *app) printVerification(v *trail.Verification, deep bool) {
	fmt.Fprintf(a.out, "%s\n\nHolds\n", v.Origin)
	for _, line := range []string{
		fmt.Sprintf("the ledger: %s from %s to %s UTC, each signed, in one tree", count(v.Size, "entry", "entries"), clock(v.First), clock(v.Time)),
		fmt.Sprintf("the files: %s, %s, as their entries say", count(v.Files, "file", "files"), size(v.Bytes)),
		fmt.Sprintf("the originals: %s hashed again, %s in them", count(v.Objects, "object", "objects"), count(v.Records, "record", "records")),
		fmt.Sprintf("the facts: %s under the roots of their entries", count(v.Rows, "row", "rows")),
	} {
		fmt.Fprintf(a.out, "  %s\n", line)
	}
	if v.Grants > 0 {
		fmt.Fprintf(a.out, "  the permissions held: %s under the roots of their entries\n", count(v.Grants, "row", "rows"))
	}
	if deep {
		fmt.Fprintf(a.out, "  the mapping: %s read again from the originals, with the same facts\n", count(v.Compared, "row", "rows"))
	}
	fmt.Fprintf(a.out, "  key %s\n  root %x\n", fingerprint(v.Key), v.Root)
	if demoTrail(v.Origin) {
		fmt.Fprintln(a.out, "  demonstration: times and key are not real")
	}
	fmt.Fprintf(a.out, "\nNot proven\n")
	for _, line := range notProven(v, deep) {
		fmt.Fprintf(a.out, "  %s\n", line)
	}
	for _, list := range []struct {
		what  string
		names []string
	}{{"Files that no entry names (an interrupted run leaves them; they prove nothing)", v.Unnamed}, {"Renderings that lag behind log/ (the next run writes them)", v.Lagging}} {
		if len(list.names) > 0 {
			fmt.Fprintf(a.out, "\n%s\n  %s\n", list.what, visibleLines(strings.Join(list.names, "\n  ")))
		}
	}
}

// notProven says what no check of the trail can show.
func notProven(v *trail.Verification, deep bool) []string {
	lines := []string{
		"that the sources logged everything, and that what they logged is true",
		"that a stated reason was the real one",
		"that nobody with the key cut the end off or wrote the ledger anew: SELF-SIGNED, no copy of a note outside was compared",
		"when things were written, beyond our own clock",
	}
	if v.Unkept > 0 {
		lines = append(lines, count(v.Unkept, "object of which only the hash is kept", "objects of which only the hash is kept"))
	}
	if !deep {
		lines = append(lines, "that the mapping reads the originals rightly (--deep compares)")
	}
	return lines
}

// demoTrail says that a trail was made by the demo, whose clock and key are played.
func demoTrail(origin string) bool { return strings.HasPrefix(origin, "agenttrail/demo/") }

// remap reads an object again with the mapping that its batch names. A version that this program does not have is an error.
func remap(b agenttrail.Batch, o agenttrail.Object, policy func(sha string) ([]byte, error), open func() (io.ReadCloser, error)) (func(yield func(*agenttrail.Record) error) error, error) {
	f, err := formatOf(b, policy)
	if err != nil {
		return nil, err
	}
	return func(yield func(*agenttrail.Record) error) error {
		r, err := open()
		if err != nil {
			return err
		}
		return errors.Join(f.Read(&o, r, yield), r.Close())
	}, nil
}
