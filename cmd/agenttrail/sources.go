package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"agenttrail/ingest/api"
	"agenttrail/normalize"

	"github.com/spf13/cobra"
)

func (a *app) sourcesCommand() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:   "sources",
		Short: "The log formats, and what each can and cannot tell",
		Long: `List the log formats with what a record of each can say: which agent, which person behind it, whose leave, why, and whether the source proves
its own files. What a format cannot say, no report can show from it. Below the table: what you need at the vendor to have the
log, and how long the vendor keeps it. What was not pulled by then is lost. At the end: the logs that are also pulled from the vendor's API, how
long after its end a window is asked for, how long it is read again, the budget of requests, and what the credential must be allowed.`,
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
			for _, f := range formatRows() {
				fmt.Fprintf(a.out, "\n%s\n  needed at the vendor: %s\n  vendor keeps it:      %s\n", f.Format, f.Plan, f.Keeps)
			}
			fmt.Fprintln(a.out, "\nAny of them can be read from a folder or a bucket. These are also pulled from the vendor's API (api: in the config):")
			printAPIs(a.out)
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
	Plan    string   `json:"plan"`
	Keeps   string   `json:"vendor_keeps"`
	API     bool     `json:"api"`
	Fields  []string `json:"fields"`
}

func formatRows() (rows []formatRow) {
	for _, f := range normalize.Formats() {
		rows = append(rows, formatRow{
			Format: f.Name, Version: f.Version, Fields: f.Fields,
			Agent: f.Tells.Has(normalize.TellsAgent), Person: f.Tells.Has(normalize.TellsPerson), Leave: f.Tells.Has(normalize.TellsLeave),
			Reason: f.Tells.Has(normalize.TellsReason), Subject: f.Tells.Has(normalize.TellsSubject), Proof: f.Tells.Has(normalize.TellsProof),
			Plan: f.Plan, Keeps: f.Keeps, API: pulled(f.Name) != nil,
		})
	}
	return rows
}

// pulled is the API from which a format's pages are pulled; nil: there is none.
func pulled(format string) *api.Vendor {
	for _, v := range api.Vendors() {
		if v.Name == format {
			return v
		}
	}
	return nil
}

// printAPIs lists the APIs whose pages a format reads: what each promises, and what the credential must be allowed.
func printAPIs(w io.Writer) {
	g := &grid{head: []string{"API", "ASKED AFTER", "READ AGAIN", "KEPT", "REQUESTS", "THE CREDENTIAL NEEDS"}}
	for _, f := range normalize.Formats() {
		if v := pulled(f.Name); v != nil {
			g.add(v.Name, spanText(v.Lag), spanText(max(v.LookBack, v.Sweep)), spanText(v.Kept), fmt.Sprintf("%d/%s", v.Rate.N, strings.TrimPrefix(spanText(v.Rate.Per), "1")), v.Needs)
		}
	}
	g.print(w)
}

// spanText writes a time span as the config does.
func spanText(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d == 0:
		return "-"
	case d%day == 0:
		return strconv.FormatInt(int64(d/day), 10) + "d"
	case d%time.Hour == 0:
		return strconv.FormatInt(int64(d/time.Hour), 10) + "h"
	}
	return strconv.FormatInt(int64(d/time.Minute), 10) + "m"
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "-"
}
