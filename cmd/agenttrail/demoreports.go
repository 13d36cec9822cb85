package main

import (
	"context"
	"fmt"
	"path/filepath"

	"agenttrail/fixtures"
	"agenttrail/reports"
)

// reports issues one report of each kind about the demo quarter. The case file tells of the wrong recipient: once to the authority, with all names,
// and once to the customer whose statement it was.
func (p *player) reports(ctx context.Context, story fixtures.Story) (list []issued, err error) {
	const period = "2026-Q3"
	for _, o := range []reportOptions{
		{kind: auditKind, period: period, output: "audit-" + period},
		{kind: accessKind, period: period, output: "access-review-" + period},
		{kind: coverageKind, period: period, output: "coverage-" + period},
		{kind: frameworkKind, topic: "soc2", period: period, output: "framework-soc2-" + period},
		{kind: caseKind, ask: wrongRecipient(story, reports.CopyAuthority), output: "case-authority"},
		{kind: caseKind, ask: wrongRecipient(story, reports.CopySubject), output: "case-subject"},
	} {
		o.output = filepath.Join(p.dir, o.output+".pdf")
		o.owner, o.paper = fixtures.Owner, "A4"
		r, err := p.app.issue(ctx, p.config, p.trail, o)
		if err != nil {
			return nil, fmt.Errorf("report %s: %w", o.id(), err)
		}
		list = append(list, r)
	}
	return list, nil
}

// wrongRecipient asks for the case file of the customer whose statement went to another.
func wrongRecipient(story fixtures.Story, copy string) *caseOptions {
	return &caseOptions{
		subjects: []string{story.ReadSubject}, copy: copy, detected: []string{"2026-09-24T08:30:00Z"}, aware: "2026-09-24T09:15:00Z", contained: "2026-09-24T10:05:00Z",
		notices: []string{"supervisory authority=2026-09-26T16:00:00Z"},
	}
}
