package kibana

// A session is a saved Discover session.
type session struct {
	name, title, about string
	view               string
	query              string // KQL
	columns            []string
	oldestFirst        bool
}

// Conditions of sessions, panels and rules, in KQL.
const (
	byAgent         = `agenttrail.actor.type : "ai_agent"`
	wasDenied       = `agenttrail.outcome : "denied"`
	withoutApproval = `agenttrail.authorization.required : true and agenttrail.authorization.state : ("missing" or "rejected") and agenttrail.outcome : ("success" or "partial" or "pending" or "unknown")`
	sharedLogin     = `agenttrail.actor.basis : "shared_credential" or agenttrail.credential.shared : true`
	outOfScope      = `agenttrail.scope.in_scope : false`
	shadowAgent     = `agenttrail.actor.type : "ai_agent" and agenttrail.actor.registered : false`
	decision        = `agenttrail.verb : ("approve" or "reject")`
	wasUnreadable   = `counts.rejected > 0 or counts.refused > 0`
	isBatch         = `type : "batch"`
	isWindow        = `type : "window"`
)

var (
	whoWhat  = []string{"agenttrail.actor.id", "agenttrail.on_behalf_of.id", "agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.id", "agenttrail.outcome"}
	approval = append(whoWhat[:len(whoWhat):len(whoWhat)], "agenttrail.authorization.state", "agenttrail.authorization.approver.id", "agenttrail.authorization.id")
	scope    = append(whoWhat[:len(whoWhat):len(whoWhat)], "agenttrail.scope.in_scope", "agenttrail.scope.rule")
	login    = append(whoWhat[:len(whoWhat):len(whoWhat)], "user.email", "agenttrail.credential.type", "agenttrail.credential.id", "agenttrail.actor.basis")
	numbers  = []string{"n", "type", "source", "dataset", "window", "state", "result", "counts.read", "counts.accepted", "counts.duplicate", "counts.conflict", "counts.skipped", "counts.rejected", "counts.refused"}
)

var sessions = []session{
	{name: "agents", title: "Actions of agents", about: "Everything that an agent did; filter by agenttrail.actor.id for one of them", view: actions, query: byAgent, columns: append(whoWhat[:len(whoWhat):len(whoWhat)], "message")},
	{name: "timeline", title: "Timeline", about: "All actions, the oldest first: filter by a session, a subject or a person", view: actions, columns: append(whoWhat[:len(whoWhat):len(whoWhat)], "agenttrail.intent.reason", "agenttrail.session.id"), oldestFirst: true},
	{name: "denied", title: "Denied", about: "What a system refused", view: actions, query: wasDenied, columns: append(whoWhat[:len(whoWhat):len(whoWhat)], "event.reason", "error.code")},
	{name: "unapproved", title: "High stakes without approval", about: "The register asks for an approval; none was found, and the action was not denied", view: actions, query: withoutApproval, columns: approval},
	{name: "shared", title: "Shared credentials", about: "An agent used a person's credential, or a login that both use", view: actions, query: sharedLogin, columns: login},
	{name: "scope", title: "Out of scope", about: "The register does not allow the system, verb, resource or data class", view: actions, query: outOfScope, columns: scope},
	{name: "shadow", title: "Shadow agents", about: "Agents that the register does not know", view: actions, query: shadowAgent, columns: login},
	{name: "approvals", title: "Approvals", about: "Decisions of approvers", view: actions, query: decision, columns: []string{"agenttrail.actor.id", "agenttrail.verb", "agenttrail.approval.requester", "agenttrail.approval.agent", "agenttrail.approval.verb", "agenttrail.approval.system", "agenttrail.approval.resource", "agenttrail.approval.ticket", "agenttrail.approval.first_seen"}},
	{name: "receipts", title: "Receipts", about: "Every entry of the ledger", view: receipts, columns: numbers},
	{name: "rejects", title: "Batches with unreadable records", about: "Receipts that count rejects or refused objects; show tells each reason", view: receipts, query: wasUnreadable, columns: numbers},
}

func sessionID(o Options, name string) string { return o.id("session-" + name) }

// indexRef is how a search source names its data view.
const indexRef = "kibanaSavedObjectMeta.searchSourceJSON.index"

func (s session) object(o Options) Object {
	order := "desc"
	if s.oldestFirst {
		order = "asc"
	}
	source := object{"query": kuery(s.query), "filter": []any{}, "indexRefName": indexRef}
	return saved(typeSession, sessionID(o, s.name), object{
		"title": o.title(s.title), "description": s.about, "columns": s.columns, "sort": [][]string{{"@timestamp", order}}, "grid": object{}, "hideChart": false,
		"isTextBasedQuery": false, "timeRestore": true, "timeRange": object{"from": o.From, "to": o.To}, "kibanaSavedObjectMeta": object{"searchSourceJSON": text(source)},
	}, []Reference{{viewID(o, s.view), indexRef, typeView}})
}
