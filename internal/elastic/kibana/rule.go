package kibana

// A Rule is a detection rule of Kibana Security. It is off until somebody turns it on.
//
// Batch data is of last night: a rule looks at when documents arrived, over more than a day. Looking twice at a document gives one alert.
type Rule struct {
	ID          string   `json:"rule_id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Severity    string   `json:"severity"`
	RiskScore   int      `json:"risk_score"`
	Query       string   `json:"query"` // KQL
	Index       []string `json:"index"`
	Type        string   `json:"type"`
	Language    string   `json:"language"`
	Interval    string   `json:"interval"`
	From        string   `json:"from"`
	To          string   `json:"to"`
	Override    string   `json:"timestamp_override"`
	Enabled     bool     `json:"enabled"`
	Tags        []string `json:"tags"`
	Author      []string `json:"author"`
	MaxSignals  int      `json:"max_signals"`
	Version     int      `json:"version"`
}

// watched is what rules look for: the findings of the reports that single documents show.
var watched = []struct {
	name, title, about, severity string
	view, query                  string
}{
	{"shadow-agent", "Shadow agent", "An agent that the register does not know acted.", "medium", actions, shadowAgent},
	{"out-of-scope", "Out of scope and succeeded", "An agent did what the register does not allow, and the system let it.", "high", actions, outOfScope + ` and agenttrail.outcome : "success"`},
	{"no-approval", "High stakes without approval", "The register asks for an approval. None was found when the action was indexed; a late one does not undo the alert.", "high", actions, withoutApproval},
	{"shared-credential", "Agent on a person's credential", "An agent used a person's credential, or a login that both use.", "medium", actions, sharedLogin},
	{"no-owner", "Agent without an owner", "The register knows the agent and names nobody who answers for it.", "low", actions, byAgent + ` and agenttrail.actor.registered : true and not agenttrail.actor.owner : *`},
	{"conflict", "Conflict", "One event came with two different sets of facts.", "high", actions, `agenttrail.evidence.flags : "conflict"`},
	{"source-proof-failed", "Proof by the source failed", "What the vendor signed is not what was read.", "critical", actions, `agenttrail.evidence.source_integrity : "failed"`},
	{"declared-only", "Approval dated earlier than seen", "The approval is dated before the action and reached the ledger after it.", "low", actions, `agenttrail.authorization.state : "approved" and agenttrail.authorization.proof : "declared"`},
	{"window-lost", "Window lost", "The source no longer has what a window should hold.", "high", receipts, isWindow + ` and result : "lost"`},
	{"unreadable", "Unreadable records", "A batch holds records or objects that could not be read.", "low", receipts, isBatch + " and (" + wasUnreadable + ")"},
	{"finding", "Finding of the index", "A document was not taken whole, or is not as it was sent.", "high", findings, `event.kind : "alert"`},
}

var risk = map[string]int{"low": 21, "medium": 47, "high": 73, "critical": 99}

// Rules are all detection rules.
func Rules(o Options) (list []Rule) {
	o = o.filled()
	for _, w := range watched {
		list = append(list, Rule{
			ID: o.id("rule-" + w.name), Name: o.title(w.title), Description: w.about, Severity: w.severity, RiskScore: risk[w.severity],
			Query: w.query, Index: []string{indexOf(o, w.view)}, Type: "query", Language: "kuery", Interval: "1h", From: "now-26h", To: "now", Override: "event.ingested",
			Tags: []string{"agenttrail"}, Author: []string{"agenttrail"}, MaxSignals: 1000, Version: 1,
		})
	}
	return list
}

func indexOf(o Options, name string) string {
	for _, v := range views {
		if v.name == name {
			return v.index(o.Client)
		}
	}
	panic("BUG: no data view " + name)
}
