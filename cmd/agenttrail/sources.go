package main

import (
	"fmt"
	"slices"
	"strings"

	"agenttrail/normalize"

	"github.com/spf13/cobra"
)

func (a *app) sourcesCommand() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:   "sources",
		Short: "The log formats, and what each can and cannot tell",
		Long: `List the log formats with what a record of each can say: which agent, which person behind it, whose leave, why, and whether the source proves
its own files. What a format cannot say, no report can show from it.`,
		Example: "  agenttrail sources",
		Args:    args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			if a.json {
				return printJSON(a.out, formatRows())
			}
			g := &grid{head: []string{"FORMAT", "VERSION", "AGENT", "PERSON", "LEAVE", "REASON", "SUBJECT", "SOURCE PROOF"}}
			for _, f := range formatRows() {
				if f.Format == "generic" {
					g.add(f.Format, f.Version, "by mapping", "by mapping", "by mapping", "by mapping", "by mapping", "-")
					continue
				}
				g.add(f.Format, f.Version, yes(f.Agent), yes(f.Person), yes(f.Leave), yes(f.Reason), yes(f.Subject), yes(f.Proof))
			}
			g.print(a.out)
			fmt.Fprintln(a.out, "\nA source is of kind s3 or folder. Vendor APIs are not in this version.")
			return nil
		},
	})
}

// A formatRow is what one format can tell.
type formatRow struct {
	Format  string   `json:"format"`
	Version string   `json:"version"`
	Agent   bool     `json:"agent"`
	Person  bool     `json:"person"`
	Leave   bool     `json:"leave"`
	Reason  bool     `json:"reason"`
	Subject bool     `json:"subject"`
	Proof   bool     `json:"source_proof"`
	Fields  []string `json:"fields"`
}

func formatRows() (rows []formatRow) {
	for _, f := range normalize.Formats() {
		rows = append(rows, formatRow{
			Format: f.Name, Version: f.Version, Fields: f.Fields,
			Agent:   says(f, "gen_ai.agent.", "agenttrail.approval.agent"),
			Person:  says(f, "agenttrail.on_behalf_of.", "user.email"),
			Leave:   says(f, "agenttrail.approval.", "agenttrail.authorization.approver.", "agenttrail.authorization.id"),
			Reason:  says(f, "agenttrail.intent.reason", "agenttrail.intent.prompt_ref"),
			Subject: says(f, "agenttrail.subject.id"),
		})
	}
	return rows
}

func says(f normalize.Format, prefixes ...string) bool {
	return slices.ContainsFunc(f.Fields, func(name string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
	})
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "-"
}
