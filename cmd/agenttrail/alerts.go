package main

import (
	"context"

	"agenttrail/internal/config"
	"agenttrail/internal/elastic"
)

// indexFindings puts what the rules find into the cluster, a document for each state of a finding.
func (a *app) indexFindings(ctx context.Context, c *config.Config, client *elastic.Client, t *opened) error {
	found, err := a.findingsOf(ctx, c, t, "")
	if err != nil {
		return err
	}
	now := a.now()
	var list []elastic.Alert
	for i := range found {
		f := &found[i]
		alert := elastic.Alert{Finding: f.ID, State: f.State, Rule: f.Rule.ID, Name: f.Rule.Name, Severity: f.Rule.Severity, About: f.Subject, Message: f.What, First: f.First, Last: f.Last, Ingested: now}
		if d := f.Decision; d != nil {
			alert.Entry, alert.As = d.Entry, d.As
		}
		if len(f.Actions) > 0 {
			alert.Action = f.Actions[0]
		}
		list = append(list, alert)
	}
	_, err = client.Alerts(ctx, list)
	return err
}
