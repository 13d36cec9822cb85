package main

import (
	"context"

	"agenttrail/internal/config"
	"agenttrail/internal/judge"
	"agenttrail/reports"

	"github.com/spf13/pflag"
)

// A reportKind is one kind of report: what its command says, what its flags are, and who makes the document.
type reportKind struct {
	name, short, long, example string
	document                   func(ctx context.Context, in reports.Input) (*reports.Document, error)

	parts     bool                                         // it can be about a part of the population
	topicFlag string                                       // flag that sets reportOptions.topic; empty: the kind has no topic
	flags     func(f *pflag.FlagSet, o *reportOptions)     // of its own; nil: none
	check     func(o reportOptions) error                  // of its own flags, a usage error; nil: nothing to check
	gather    func(ctx context.Context, g gathering) error // fills what it needs beyond what all reports are made of; nil: nothing
}

// A gathering is what a kind has at hand when it fills its part of the input.
type gathering struct {
	app     *app
	config  *config.Config
	trail   *opened
	facts   facts // of the engine that was asked for
	options reportOptions
	judge   *judge.Judge
	input   *reports.Input
}

// reportKinds are the kinds of this version.
func reportKinds() []reportKind {
	return []reportKind{auditKind, accessKind, caseKind, coverageKind, frameworkKind}
}

var auditKind = reportKind{
	name:  reports.KindAudit,
	short: "What the agents did in a period, on whose authority, and what is not known",
	long: `Write the agent activity audit report of a period from the trail: a tagged PDF/A-3 with its numbers attached. The same state of the ledger and the
same period give the same bytes. The file and its issue.json are kept in the trail too, and the ledger says that they were issued.
With --from-elasticsearch every number comes from the cluster instead, which must hold all actions of the ledger: the bytes are the same.
Exit 3: the report is provisional, because something of the period is missing or open.`,
	example:  "  agenttrail report audit --period 2026-Q3 -o audit-2026-Q3.pdf\n  agenttrail report audit --from-elasticsearch",
	document: reports.Audit,
	parts:    true,
}
