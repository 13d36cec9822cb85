package kibana

var (
	agent   = key{"Agent", "agenttrail.actor.id"}
	person  = key{"Person served", "agenttrail.on_behalf_of.id"}
	system  = key{"System", "agenttrail.resource.system"}
	verb    = key{"Verb", "agenttrail.verb"}
	outcome = key{"Outcome", "agenttrail.outcome"}
	subject = key{"Subject", "agenttrail.subject.id"}
	talk    = key{"Session", "agenttrail.session.id"}
	leave   = key{"Approval", "agenttrail.authorization.state"}
	source  = key{"Source", "source"}
	dataset = key{"Format", "dataset"}
)

const investigation = "investigation"

var controlsOfActions = []key{agent, person, system, verb, outcome, subject, talk}

func number(title, view, query string, m measure) panel {
	m.label = title
	return panel{kind: metric, title: title, view: view, query: query, measures: []measure{m}}
}

func days(title, view, query string, by key, m measure) panel {
	return panel{kind: bars, title: title, view: view, query: query, by: []key{by}, measures: []measure{m}, size: 9}
}

func counts(title, query string, by ...key) panel {
	return panel{kind: table, title: title, view: actions, query: query, by: by, measures: []measure{countAll}}
}

func list(title, session string) panel { return panel{kind: listing, title: title, session: session} }

var dashboards = []dashboard{
	{name: "activity", title: "Agent activity", about: "What agents did, where, for whom, and how it ended", view: actions, controls: controlsOfActions,
		links: []string{"agents", "timeline", "denied", "shadow"},
		rows: []row{
			{6, []panel{
				number("Actions of agents", actions, byAgent, countAll),
				number("Agents", actions, byAgent, distinct("", agent.field)),
				number("Systems", actions, byAgent, distinct("", system.field)),
				number("Persons served", actions, byAgent, distinct("", person.field)),
			}},
			{12, []panel{days("Actions by verb", actions, byAgent, verb, countAll), days("Actions by outcome", actions, byAgent, outcome, countAll)}},
			{14, []panel{counts("Agents", byAgent, agent, verb), counts("Systems", byAgent, system, outcome)}},
			{14, []panel{counts("Persons served", byAgent+` and agenttrail.on_behalf_of.id : *`, person, agent), counts("Sessions", byAgent+` and agenttrail.session.id : *`, talk, agent)}},
		}},
	{name: "access", title: "Access and approvals", about: "Who acted with whose leave, and who without", view: actions, controls: controlsOfActions,
		links: []string{"unapproved", "scope", "shared", "shadow", "approvals", "denied"},
		rows: []row{
			{6, []panel{
				number("Without approval", actions, withoutApproval, countAll),
				number("Out of scope", actions, outOfScope, countAll),
				number("Shared credentials", actions, sharedLogin, countAll),
				number("Denied", actions, wasDenied, countAll),
			}},
			{12, []panel{days("Actions that need an approval", actions, `agenttrail.authorization.required : true`, leave, countAll), days("Denied", actions, wasDenied, system, countAll)}},
			{14, []panel{counts("Without approval", withoutApproval, agent, system), counts("Out of scope", outOfScope, agent, system)}},
			{14, []panel{counts("Shared credentials", sharedLogin, key{"Login", "user.email"}, system), counts("Shadow agents", shadowAgent, agent, system)}},
			{14, []panel{counts("Approvers", `agenttrail.authorization.approver.id : *`, key{"Approver", "agenttrail.authorization.approver.id"}, leave), list("Approvals", "approvals")}},
		}},
	{name: "coverage", title: "Coverage and integrity", about: "What was read, what could not be, and which windows are open", view: receipts, controls: []key{source, dataset},
		links: []string{"receipts", "rejects"},
		rows: []row{
			{6, []panel{
				number("Records read", receipts, isBatch, sum("", "counts.read")),
				number("Accepted", receipts, isBatch, sum("", "counts.accepted")),
				number("Duplicate", receipts, isBatch, sum("", "counts.duplicate")),
				number("Conflict", receipts, isBatch, sum("", "counts.conflict")),
				number("Skipped", receipts, isBatch, sum("", "counts.skipped")),
				number("Rejected", receipts, isBatch, sum("", "counts.rejected")),
			}},
			{12, []panel{days("Records read, by source", receipts, isBatch, source, sum("Records", "counts.read")), days("Unreadable records, by source", receipts, isBatch+` and counts.rejected > 0`, source, sum("Records", "counts.rejected"))}},
			{14, []panel{
				{kind: table, title: "Sources", view: receipts, query: isBatch, by: []key{source, dataset}, measures: []measure{sum("Read", "counts.read"), sum("Accepted", "counts.accepted"), sum("Rejected", "counts.rejected"), sum("Refused objects", "counts.refused")}},
				{kind: table, title: "Windows by what was said of them", view: receipts, query: isWindow, by: []key{source, {"State", "state"}}, measures: []measure{countLines, distinct("Windows", "window")}},
			}},
			{14, []panel{days("How late actions arrived", actions, "", key{"Lag", "agenttrail.lag_step"}, countAll), counts("Proof by the source", "", key{"Format", "event.dataset"}, key{"Proof", "agenttrail.evidence.source_integrity"})}},
			{14, []panel{list("Batches with unreadable records", "rejects"), list("Receipts", "receipts")}},
		}},
	{name: investigation, title: "Investigation", about: "One session, subject, person or agent: choose it above", view: actions, controls: controlsOfActions,
		links: []string{"timeline", "denied", "approvals"},
		rows: []row{
			{20, []panel{list("Timeline", "timeline")}},
			{12, []panel{days("Actions by who acted", actions, "", agent, countAll), days("Actions by system", actions, "", system, countAll)}},
			{14, []panel{counts("Systems", "", system, verb), counts("Persons served", `agenttrail.on_behalf_of.id : *`, person, agent), counts("Subjects", `agenttrail.subject.id : *`, subject, verb)}},
			{14, []panel{counts("Denials", wasDenied, agent, system), counts("Approvals", decision, key{"Approver", "agenttrail.actor.id"}, verb)}},
		}},
}
