package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"agenttrail"
	"agenttrail/normalize"

	"github.com/spf13/cobra"
)

func (a *app) mappingCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mapping",
		Short: "Mappings of exports that no format of ours reads",
		Args:  args(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "suggest FILE",
		Short: "Propose a mapping for an export, with three mapped rows to look at",
		Long: `Read the headings and the first hundred rows of an export (CSV with headings, JSON lines, or a JSON array; plain or compressed) and print a mapping
file for the format generic. It is a guess by names and values: every line says what it was taken from, and what found no place is listed. Below it
stand the first three rows as the mapping reads them. Look at both, correct the file, and name it at the source (mapping: FILE).`,
		Example: "  agenttrail mapping suggest inbox/crm/export-2026-10.csv > crm.mapping.yaml",
		Args:    args(cobra.ExactArgs(1)),
		RunE:    func(_ *cobra.Command, list []string) error { return a.suggestMapping(list[0]) },
	})
	return cmd
}

func (a *app) suggestMapping(name string) error {
	in, err := os.Open(name)
	if err != nil {
		return usage("%w", err)
	}
	defer in.Close()
	proposal, err := normalize.Suggest(name, in)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return err
	}
	var rows bytes.Buffer
	if err := mappedRows(&rows, proposal, name, in); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%s\n# The first rows as this mapping reads them:\n%s", proposal, rows.Bytes())
	return err
}

// shownRows is how many rows a proposal shows.
const shownRows = 3

var errShown = errors.New("shown")

// mappedRows writes the first rows of an export, mapped, as comments. A proposal that lacks what every mapping needs says so instead.
func mappedRows(out *bytes.Buffer, proposal []byte, name string, in io.Reader) error {
	m, mistakes := normalize.LoadMapping("the proposal", proposal)
	if len(mistakes) > 0 {
		fmt.Fprintf(out, "# none yet: %s\n", visible(mistakes[0].Message))
		return nil
	}
	f, err := normalize.Lookup("generic", normalize.Options{Mapping: m})
	if err != nil {
		return err
	}
	shown := 0
	o := &agenttrail.Object{URI: "file:" + filepath.Base(name), Role: agenttrail.RoleLog}
	err = f.Read(o, in, func(r *agenttrail.Record) error {
		if r.State != agenttrail.Accepted {
			fmt.Fprintf(out, "# %s, %s: %s\n", r.State, r.Why, visible(r.Detail))
		}
		for i := range r.Actions {
			line := agenttrail.AppendDocument(nil, &r.Actions[i], &agenttrail.Context{Mapping: f.Name, MappingVersion: f.Version}, nil)
			fmt.Fprintf(out, "# %s\n", visible(string(line)))
		}
		if shown++; shown == shownRows {
			return errShown
		}
		return nil
	})
	if errors.Is(err, errShown) {
		return nil
	}
	return err
}
