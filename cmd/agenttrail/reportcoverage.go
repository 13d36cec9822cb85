package main

import (
	"context"
	"errors"

	"agenttrail/internal/trail"
	"agenttrail/reports"
)

var coverageKind = reportKind{
	name:  reports.KindCoverage,
	short: "Which logs were expected, what was read of them, and how far it can be relied on",
	long: `Write the logging coverage and integrity report of a period: each source by day and by hour, silences, every record accounted for, the details that
records state, clocks, what could not be read, how far back the trail reaches, what changed in the settings. The whole trail is verified first,
as by: agenttrail verify. What does not hold stands on page one in red.
Exit 3: the report is provisional, because something of the period is missing or open, or the trail does not hold.`,
	example:  "  agenttrail report coverage --period 2026-Q3 -o coverage-2026-Q3.pdf",
	document: reports.Coverage,
	gather:   gatherVerified,
}

// gatherVerified verifies the trail and says in the input what was found. What does not hold stands in the report too, in red.
func gatherVerified(ctx context.Context, g gathering) error {
	_, err := trail.Verify(ctx, g.trail.folder, trail.VerifyOptions{Key: g.input.Cite.Key})
	var broken *trail.Broken
	var half *trail.Incomplete
	switch {
	case errors.As(err, &broken), errors.As(err, &half):
		g.input.Verified = &reports.Verified{Broken: err.Error()}
		return nil
	case err != nil:
		return err
	}
	g.input.Verified = &reports.Verified{}
	return nil
}
