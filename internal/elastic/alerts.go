package elastic

import (
	"context"
	"fmt"
	"time"

	"agenttrail"
)

// An Alert is a finding of the reports' rules in one of its states, as the index of findings holds it.
type Alert struct {
	Finding               string // id of the finding
	State                 string // open, closed, reopened
	Entry                 int64  // of the decision that it is closed or was closed by; 0: none
	Rule, Name, Severity  string
	About, Message        string
	As                    string // what was decided
	First, Last, Ingested time.Time
	Action                string // first of the actions that it is about; empty: none
}

// severities are the steps that Elastic's own rules use.
var severities = map[string]int{"medium": 47, "high": 73, "critical": 99}

// id is the same for the same state of the same finding: a new state is a new document, so that the right to create is enough and a rule that looks
// for new documents sees it.
func (a *Alert) id() string { return fmt.Sprintf("%s-%s-%d", a.Finding, a.State, a.Entry) }

func (a *Alert) document() []byte {
	at := a.Last
	if at.IsZero() {
		at = a.Ingested
	}
	about := object{"id": a.Finding, "about": a.About}
	for name, t := range map[string]time.Time{"first": a.First, "last": a.Last} {
		if !t.IsZero() {
			about[name] = agenttrail.FormatTime(t)
		}
	}
	if a.As != "" {
		about["as"] = a.As
	}
	doc := object{
		"@timestamp": agenttrail.FormatTime(at), "message": a.Name + ": " + a.About + ": " + a.Message, "rule": object{"id": a.Rule, "name": a.Name}, "state": a.State,
		"event": object{"kind": "alert", "ingested": agenttrail.FormatTime(a.Ingested), "severity": severities[a.Severity]}, "finding": about,
	}
	if a.Action != "" {
		doc["agenttrail"] = object{"id": a.Action}
	}
	return encode(doc)
}

// Alerts puts findings into their index, one document for each state. What is there stays as it is.
func (c *Client) Alerts(ctx context.Context, list []Alert) (Stats, error) {
	if len(list) == 0 {
		return Stats{}, nil
	}
	items := make([]item, len(list))
	for i := range list {
		items[i] = item{index: c.FindingsIndex(), id: list[i].id(), doc: list[i].document()}
	}
	var all Stats
	for len(items) > 0 {
		n := min(len(items), maxItems)
		stats, err := courier{c, newPace(), time.Now}.deliver(ctx, items[:n])
		if err != nil {
			return all, fmt.Errorf("index findings: %w", err)
		}
		all.add(stats)
		items = items[n:]
	}
	if all.Rejected > 0 {
		return all, fmt.Errorf("%w: %s does not take findings", ErrSetup, c.FindingsIndex())
	}
	return all, nil
}
