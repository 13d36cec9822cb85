package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/config"
	"agenttrail/reports"

	"github.com/spf13/cobra"
)

func (a *app) reportCommand() *cobra.Command {
	var known []string
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Write a PDF for an auditor",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, list []string) error {
			if len(list) == 0 {
				return cmd.Help()
			}
			return usage("report %s is not in this version (there is: report %s)", list[0], strings.Join(known, ", "))
		},
	}
	for _, k := range reportKinds() {
		known = append(known, k.name)
		cmd.AddCommand(a.reportKindCommand(k))
	}
	return cmd
}

func (a *app) reportKindCommand(k reportKind) *cobra.Command {
	o := reportOptions{kind: k}
	cmd := &cobra.Command{
		Use:     k.name,
		Short:   k.short,
		Long:    k.long,
		Example: k.example,
		Args: func(cmd *cobra.Command, list []string) error {
			if err := o.check(cmd); err != nil { // first: what stands behind a flag of a later version looks like an argument
				return err
			}
			return args(cobra.NoArgs)(cmd, list)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			t, err := a.openTrail(cmd.Context(), c, o.at == 0)
			if err != nil {
				return err
			}
			defer t.Close()
			return a.report(cmd.Context(), c, t, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.period, "period", "", "2026-Q3, 2026-FQ3, 2026-07, 2026 or 2026-07-01/2026-10-01 (default: the last complete quarter)")
	f.StringVar(&o.zone, "zone", "", "time zone of the period and its days, like Europe/Berlin; UTC is printed beside it (default: zone of the config)")
	f.StringVar(&o.language, "language", reports.Language, "language of the report; there is: "+reports.Language)
	f.StringVarP(&o.output, "output", "o", "", "name of the PDF (default: ID.pdf here)")
	f.StringVar(&o.owner, "owner", "", "name of the company as printed (default: the tenant)")
	f.StringVar(&o.paper, "paper", "A4", "A4 or Letter")
	f.StringVar(&o.reason, "reason", "", "why a report that was issued is issued once more; kept in the ledger")
	f.BoolVar(&o.slim, "no-attachments", false, "write a slim copy that holds the manifest only; the trail keeps the whole")
	f.BoolVar(&o.withActions, "with-actions", false, "write all actions beside the bundle, one file per receipt, each provable")
	f.Int64Var(&o.at, "at", 0, "make the report again as the ledger stood at this size, byte for byte; nothing is issued")
	f.BoolVar(&o.fromCluster, "from-elasticsearch", false, "take every number from the cluster, which must hold the whole ledger")
	if k.flags != nil {
		k.flags(f, &o)
	}
	for _, p := range partFlags {
		use := p.use + "; page one says what is left out"
		if !k.parts {
			use = "not in this version of this report"
		}
		f.StringVar(p.of(&o), p.name, "", use)
	}
	return a.jsonFlag(cmd)
}

// partFlags make a report of a part of the population, where the kind can be one.
var partFlags = []struct {
	name, use string
	of        func(*reportOptions) *string
}{
	{"entity", "the agents of this company of the group alone, as the register names it", func(o *reportOptions) *string { return &o.entity }},
	{"system", "actions in this system alone", func(o *reportOptions) *string { return &o.system }},
	{"agent", "actions of this agent alone, by its id", func(o *reportOptions) *string { return &o.agent }},
}

// reportOptions are what the command line says about a report.
type reportOptions struct {
	kind                         reportKind
	topic                        string   // what it is about beyond the period; empty: nothing
	answers                      []string // to the conditions of a framework: id=yes, id=no
	period, output, owner, paper string
	entity, system, agent        string       // the part of the population; empty: all of it
	zone, language               string       // zone empty: that of the config
	ask                          *caseOptions // of a case file; nil: of every other kind
	reason                       string       // of a further revision
	slim                         bool         // the file that is written has no attachments
	withActions                  bool         // all actions are written beside the bundle
	fromCluster                  bool         // the facts are those of the cluster
	at                           int64        // ledger size to make it again at; 0: issue it now
}

// params are the parameters of a report as its entry keeps them: canonical JSON.
func (o reportOptions) params(in reports.Input) string {
	all := map[string]string{"agent": o.agent, "entity": o.entity, "system": o.system, "answers": strings.Join(slices.Sorted(slices.Values(o.answers)), " "), "index": in.Index.Param(), "owner": o.owner, "paper": o.paper, "period": in.Period.Name,
		"reason": o.reason, "topic": o.topic, "zone": o.zone}
	var b []byte
	for _, name := range sortedKeys(all) {
		if all[name] != "" {
			b = append(agenttrail.AppendString(append(b, ','), name), ':')
			b = agenttrail.AppendString(b, all[name])
		}
	}
	return "{" + string(b[1:]) + "}"
}

// id names the kind with its topic and part, as the ledger does.
func (o reportOptions) id() string {
	return reports.PartID(reports.KindID(o.kind.name, o.topic), o.filters())
}

// filters are those of the flags, without what an entity stands for.
func (o reportOptions) filters() (list []reports.Filter) {
	if o.entity != "" {
		list = append(list, reports.Filter{Name: "entity", Value: o.entity})
	}
	if o.system != "" {
		list = append(list, reports.Filter{Name: "system", Value: o.system, System: o.system})
	}
	if o.agent != "" {
		list = append(list, reports.Filter{Name: "agent", Value: o.agent, Agents: []string{o.agent}})
	}
	return list
}

// subjectCopy says that the document goes to the person whom it is about.
func (o reportOptions) subjectCopy() bool { return o.ask != nil && o.ask.copy == reports.CopySubject }

// command is the command line that makes the report again.
func (o reportOptions) command(p reports.Period) string {
	words := []string{"agenttrail report", o.kind.name}
	if o.topic != "" {
		words = append(words, "--"+o.kind.topicFlag, o.topic)
	}
	if o.ask != nil { // who it is about stands in no entry and in no issue.json
		words = append(words, "--copy", o.ask.copy)
	}
	for _, answer := range o.answers {
		words = append(words, "--answer", answer)
	}
	words = append(words, "--period", p.Name)
	for _, f := range o.filters() {
		words = append(words, "--"+f.Name, strconv.Quote(f.Value))
	}
	if o.zone != "" {
		words = append(words, "--zone", o.zone)
	}
	if o.owner != "" {
		words = append(words, "--owner", strconv.Quote(o.owner))
	}
	if o.paper != "A4" {
		words = append(words, "--paper", o.paper)
	}
	if o.fromCluster {
		words = append(words, "--from-elasticsearch")
	}
	return strings.Join(words, " ")
}

// calendarOf is the calendar of the config.
func calendarOf(c *config.Config) reports.Calendar {
	return reports.Calendar{Zone: c.Location, FiscalStart: time.Month(c.FiscalStart)}
}

// calendar says what the name of a period means: by the flags, else by the config.
func (o reportOptions) calendar(c *config.Config) (reports.Calendar, error) {
	calendar := calendarOf(c)
	if o.zone == "" {
		return calendar, nil
	}
	zone, err := time.LoadLocation(o.zone)
	if err != nil || o.zone == "Local" {
		return calendar, usage("--zone %q: want the name of a time zone, like Europe/Berlin", o.zone)
	}
	calendar.Zone = zone
	return calendar, nil
}

func (o reportOptions) check(cmd *cobra.Command) error {
	for _, p := range partFlags {
		name := p.name
		if !cmd.Flags().Changed(name) {
			continue
		}
		if !o.kind.parts {
			return usage("--%s is not in this version of report %s, which is about all of the population", name, o.kind.name)
		}
		if *p.of(&o) == "" {
			return usage("--%s must not be empty", name)
		}
	}
	if o.paper != "A4" && o.paper != "Letter" {
		return usage("--paper %q: want A4 or Letter", o.paper)
	}
	if o.language != reports.Language {
		return usage("--language %q: there is: %s", o.language, reports.Language)
	}
	calendar, err := o.calendar(&config.Config{})
	if err != nil {
		return err
	}
	if o.period != "" {
		if _, err := calendar.Parse(o.period); err != nil {
			return usage("--period: %w", err)
		}
	}
	switch {
	case filepath.Ext(o.output) == ".zip":
		return usage("--output %s: that is the name of the bundle: name the PDF", o.output)
	case o.at < 0:
		return usage("--at %d: want a size of the ledger", o.at)
	case o.at != 0 && o.reason != "":
		return usage("--at makes a report again and issues nothing: it takes no --reason")
	case o.at != 0 && o.withActions:
		return usage("--at makes a report again and issues nothing: it takes no --with-actions")
	case o.withActions && o.subjectCopy():
		return usage("--with-actions writes what names others: it does not go with --copy subject")
	}
	if o.kind.check != nil {
		return o.kind.check(o)
	}
	return nil
}

// An issued report is where its files are and what it says of itself.
type issued struct {
	ID          string `json:"id"`
	Revision    int64  `json:"revision"`
	PDF         string `json:"pdf"`
	Issue       string `json:"issue"`
	Bundle      string `json:"bundle,omitempty"`
	SHA256      string `json:"sha256"`         // of the file as issued, with its seal if there is one
	Unsigned    string `json:"sha256_core"`    // of the part that depends on the facts alone
	Seal        string `json:"seal,omitempty"` // what the seal is, and what it lacks
	Slim        string `json:"sha256_slim,omitempty"`
	Status      string `json:"status"`
	Provisional bool   `json:"provisional"`
}

func (a *app) report(ctx context.Context, c *config.Config, t *opened, o reportOptions) error {
	if o.at != 0 {
		return a.reportAgain(ctx, t, o)
	}
	r, err := a.issue(ctx, c, t, o)
	if err != nil {
		return err
	}
	if a.json {
		err = printJSON(a.out, r)
	} else {
		r.print(a.out)
	}
	if err == nil && r.Provisional {
		return incomplete("the report is provisional: something of the period is missing or open")
	}
	return err
}

func (r issued) print(w io.Writer) {
	fmt.Fprintf(w, "%s\n  %s\n  SHA-256 %s\n  %s\n", r.ID, r.PDF, r.SHA256, r.Status)
	if r.Bundle != "" {
		fmt.Fprintf(w, "  %s: the bundle, which agenttrail verify checks without the trail\n", r.Bundle)
	}
	if r.Revision > 1 {
		fmt.Fprintf(w, "  revision %d\n", r.Revision)
	}
	if r.Seal != "" {
		fmt.Fprintf(w, "  sealed: %s\n  without the seal SHA-256 %s\n", visible(r.Seal), r.Unsigned)
	}
	if r.Slim != "" {
		fmt.Fprintf(w, "  this copy has no attachments: SHA-256 %s; the whole is kept in the trail\n", r.Slim)
	}
}
