package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"agenttrail"
	"agenttrail/internal/strictyaml"
	"agenttrail/normalize"

	"github.com/spf13/cobra"
)

func (a *app) normalizeCommand() *cobra.Command {
	var format, mapping, tools, tenant string
	cmd := &cobra.Command{
		Use:   "normalize --format NAME [FILE...]",
		Short: "Records in, normalized documents out; no trail, no config",
		Long: `Read log files (or standard input), plain or compressed, and print one JSON document an action, or the
row of each permission that an inventory states. Records that cannot be read go to standard error as
JSON lines, and the exit status is then 3.`,
		Example: `  agenttrail normalize --format aws.cloudtrail 111122223333_CloudTrail_eu-central-1_20261102T1000Z_AbCdEfGh.json.gz
  agenttrail normalize --format generic --mapping crm.mapping.yaml export.jsonl`,
		RunE: func(cmd *cobra.Command, files []string) error {
			f, err := lookupFormat(format, mapping, tools)
			if err != nil {
				return err
			}
			return a.normalize(cmd.Context(), f, tenant, files)
		},
	}
	cmd.Flags().StringVar(&format, "format", "", "name of the log format (agenttrail sources lists them)")
	cmd.Flags().StringVar(&mapping, "mapping", "", "mapping file of the format generic")
	cmd.Flags().StringVar(&tools, "tools", "", "tool map: what a tool name means")
	cmd.Flags().StringVar(&tenant, "tenant", "local", "tenant in the ids")
	return cmd
}

func lookupFormat(name, mapping, tools string) (normalize.Format, error) {
	var o normalize.Options
	var err error
	if o.Mapping, err = loadFile(mapping, normalize.LoadMapping); err != nil {
		return normalize.Format{}, err
	}
	if o.Tools, err = loadFile(tools, normalize.LoadTools); err != nil {
		return normalize.Format{}, err
	}
	f, err := normalize.Lookup(name, o)
	if err != nil {
		return f, usage("--format: %w", err)
	}
	return f, nil
}

func loadFile[T interface{}](name string, load func(string, []byte) (T, strictyaml.Mistakes)) (v T, err error) {
	if name == "" {
		return v, nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return v, usage("%w", err)
	}
	v, mistakes := load(name, data)
	if len(mistakes) > 0 {
		return v, mistakes
	}
	return v, nil
}

func (a *app) normalize(ctx context.Context, f normalize.Format, tenant string, files []string) error {
	out := bufio.NewWriterSize(a.out, 1<<20)
	n := normalizer{app: a, format: f, tenant: tenant, out: out}
	if len(files) == 0 {
		files = []string{"-"}
	}
	for _, name := range files {
		if err := n.file(ctx, name); err != nil {
			return errors.Join(err, out.Flush())
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(a.err, "%s read = %s accepted + %s skipped + %s rejected; %s\n", count(n.counts.Read, "record", "records"), thousands(n.counts.Accepted), thousands(n.counts.Skipped),
		thousands(n.counts.Rejected), stated(n.counts))
	switch {
	case n.refused > 0:
		return incomplete("%s could not be read to the end", count(n.refused, "file", "files"))
	case n.counts.Rejected > 0:
		return incomplete("%s could not be read", count(n.counts.Rejected, "record", "records"))
	}
	return nil
}

// A normalizer prints the actions of files.
type normalizer struct {
	*app
	format  normalize.Format
	tenant  string
	out     *bufio.Writer
	counts  agenttrail.Counts
	refused int64
	buf     []byte
}

func (n *normalizer) file(ctx context.Context, name string) error {
	in, uri, err := n.open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	object := [32]byte(sum.Sum(nil))
	stamp := agenttrail.Stamp{Dataset: n.format.Name, Tenant: n.tenant, URI: uri, Object: object, Created: n.now()}
	about := agenttrail.Context{Tenant: n.tenant, Mapping: n.format.Name, MappingVersion: n.format.Version, ObjectSHA256: hex.EncodeToString(object[:])}
	o := &agenttrail.Object{URI: uri, Role: agenttrail.RoleLog}
	var failed error
	err = n.format.Read(o, in, func(r *agenttrail.Record) error {
		if failed = ctx.Err(); failed == nil {
			failed = n.record(r, &stamp, &about)
		}
		return failed
	})
	if failed != nil {
		return failed
	}
	if err != nil {
		n.refused++
		fmt.Fprintf(n.err, "%s: refused: %s\n", visible(uri), visible(err.Error()))
	}
	return nil
}

// open hands out a file, or standard input as an unlinked temporary file, because the bytes are read twice.
func (n *normalizer) open(name string) (*os.File, string, error) {
	if name != "-" {
		f, err := os.Open(name)
		return f, "file:" + filepath.ToSlash(name), err
	}
	f, err := os.CreateTemp("", "agenttrail-stdin-")
	if err != nil {
		return nil, "", err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, "", err
	}
	if _, err := io.Copy(f, n.in); err != nil {
		return nil, "", fmt.Errorf("read standard input: %w", err)
	}
	_, err = f.Seek(0, io.SeekStart)
	return f, "stdin:", err
}

// A reject is what goes to standard error about a record that could not be read.
type reject struct {
	URI    string `json:"uri"`
	Record int64  `json:"record"`
	Offset int64  `json:"offset"`
	Length int64  `json:"length"`
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"`
}

func (n *normalizer) record(r *agenttrail.Record, stamp *agenttrail.Stamp, about *agenttrail.Context) error {
	n.counts.Count(r.State, r.Why)
	if r.State == agenttrail.Rejected {
		line, err := json.Marshal(reject{stamp.URI, r.Ordinal, r.Offset, r.Length, r.Why, r.Detail})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(n.err, "%s\n", visible(string(line)))
		return err
	}
	raw := agenttrail.RawHash(r)
	for i := range r.Actions {
		action := &r.Actions[i]
		stamp.Write(action, r, raw)
		n.counts.Actions++
		n.buf = append(agenttrail.AppendDocument(n.buf[:0], action, about, nil), '\n')
		if _, err := n.out.Write(n.buf); err != nil {
			return err
		}
	}
	return n.grants(r, stamp, raw)
}

// grants prints the permissions that a record states, each as its canonical row.
func (n *normalizer) grants(r *agenttrail.Record, stamp *agenttrail.Stamp, raw [32]byte) error {
	for i := range r.Grants {
		g := &r.Grants[i]
		stamp.WriteGrant(g, r, raw)
		n.counts.Grants++
		n.buf = append(agenttrail.AppendRow(n.buf[:0], g, agenttrail.GrantColumns(n.format.Fields)), '\n')
		if _, err := n.out.Write(n.buf); err != nil {
			return err
		}
	}
	return nil
}

// stated says how many actions, and how many grants if any, records gave.
func stated(c agenttrail.Counts) string {
	text := count(c.Actions, "action", "actions")
	if c.Grants > 0 {
		text += ", " + count(c.Grants, "grant", "grants")
	}
	return text
}
