package normalize

import (
	"strconv"
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// zendeskFields are the facts that zendesk.audit may set.
var zendeskFields = []string{
	"@timestamp", "event.id", "event.action", "event.dataset", "event.reference", "user.id", "user.name", "source.ip", "source.address",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.name", "agenttrail.actor.basis",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.name", "agenttrail.outcome",
}

var zendeskFormat = format{
	name: "zendesk.audit", version: "1.0.0", fields: zendeskFields,
	plan:  "Enterprise; what is done to tickets is in zendesk.ticket_audit",
	keeps: "as long as the account exists",
	read:  records(mapZendesk, "audit_logs"),
}

// zendeskSystem is the author of what the vendor's own machinery did.
const zendeskSystem = "-1"

func mapZendesk(r *reading, v strictjson.Value) {
	a := r.open("zendesk.audit", "id", v.Get("id"), "created_at", v.Get("created_at"), zoned)
	if a == nil {
		return
	}
	a.Event.Action, a.Event.Reference = first(v.Get("action").Str(), v.Get("action_label").Str()), v.Get("url").Str()
	a.Verb, a.Outcome = zendeskVerb(a.Event.Action, v.Get("source_type").Str()), recordedOutcome(a.Event.Action)
	a.User.ID, a.User.Name = v.Get("actor_id").Str(), v.Get("actor_name").Str()
	a.Actor.ID, a.Actor.Name = a.User.ID, a.User.Name
	if a.User.ID == zendeskSystem {
		a.Actor.Type, a.Actor.Basis = agenttrail.ActorSystem, agenttrail.BasisNative
	}
	setAddress(a, v.Get("ip_address").Str())
	a.Resource = agenttrail.Resource{System: "zendesk", Type: v.Get("source_type").Str(), ID: v.Get("source_id").Str(), Name: v.Get("source_label").Str()}
}

// zendeskVerb: what is done to a key or an app of an integration is a grant or a connection, what is done to a rule or setting configures.
func zendeskVerb(action, source string) string {
	made, gone := action == "create", action == "destroy"
	switch source {
	case "api_token", "oauth_token", "global_oauth_token", "role", "custom_role":
		switch {
		case made:
			return agenttrail.VerbGrant
		case gone:
			return agenttrail.VerbRevoke
		}
	case "oauth_client", "app_installation", "apps/installation", "webhook", "target":
		switch {
		case made:
			return agenttrail.VerbConnect
		case gone:
			return agenttrail.VerbRevoke
		}
	case "user", "ticket", "organization", "group", "view":
		if action == "update" {
			return agenttrail.VerbUpdate
		}
	}
	switch action {
	case "create":
		return agenttrail.VerbCreate
	case "update":
		return agenttrail.VerbConfigure
	case "destroy":
		return agenttrail.VerbDelete
	case "exported":
		return agenttrail.VerbExport
	case "login", "login_failed":
		return agenttrail.VerbAuthenticate
	}
	return agenttrail.VerbOther
}

// ticketFields are the facts that zendesk.ticket_audit may set.
var ticketFields = []string{
	"@timestamp", "event.id", "event.action", "event.dataset", "user.id", "source.ip", "source.address", "user_agent.original",
	"trace.id", "gen_ai.agent.id", "gen_ai.conversation.id", "rule.id", "rule.name",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.basis",
	"agenttrail.on_behalf_of.id", "agenttrail.on_behalf_of.type", "agenttrail.delegation",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.external",
	"agenttrail.subject.id", "agenttrail.outcome", "agenttrail.session.id", "agenttrail.correlation",
}

var ticketFormat = format{
	name: "zendesk.ticket_audit", version: "1.0.0", fields: ticketFields,
	tells: TellsAgent | TellsPerson | TellsSubject,
	plan:  "every plan",
	keeps: "as long as the ticket exists",
	read:  records(mapTicket, "audits", "ticket_events"),
}

// A ticketAudit is what one author did to a ticket at once.
type ticketAudit struct {
	r      *reading
	v      strictjson.Value
	common agenttrail.Action
}

// mapTicket gives one action for the fields that were set, and one for each comment and each message that went out. What it lists was done.
func mapTicket(r *reading, v strictjson.Value) {
	a := r.open("zendesk.ticket_audit", "id", v.Get("id"), "created_at", firstValue(v.Get("created_at"), v.Get("timestamp")), zoned, unixSeconds)
	if a == nil {
		return
	}
	t := ticketAudit{r: r, v: v}
	a.Outcome = agenttrail.Success
	a.Resource.System, a.Resource.Type, a.Resource.ID = "zendesk", "ticket", v.Get("ticket_id").Str()
	t.setWho(a)
	events := firstValue(v.Get("events"), v.Get("child_events"))
	a.Subjects = r.list(requester(events))
	t.common = *a
	r.record.Actions = r.record.Actions[:0]
	t.add(events)
	if len(r.record.Actions) == 0 {
		t.one(first(events.At("/0/type").Str(), events.At("/0/event_type").Str()), 0, agenttrail.VerbOther)
	}
}

// requester is the customer that a new ticket is about.
func requester(events strictjson.Value) (id string) {
	events.Each(func(e strictjson.Value) bool {
		if e.Get("field_name").Str() == "requester_id" {
			id = "zendesk:" + e.Get("value").Str()
		}
		return id == ""
	})
	return id
}

// setWho: a rule is the vendor's machinery; the web and the phone are used by people; through the API anybody works. An agent may say who it is in the
// custom metadata of its request.
func (t *ticketAudit) setWho(a *agenttrail.Action) {
	a.User.ID = first(t.v.Get("author_id").Str(), t.v.Get("updater_id").Str())
	a.Actor = agenttrail.Actor{ID: a.User.ID, Basis: agenttrail.BasisNative}
	via, from := t.v.At("/via/channel").Str(), t.v.At("/via/source/from")
	system, custom := t.v.At("/metadata/system"), t.v.At("/metadata/custom")
	a.GenAI.AgentID = custom.Get("agent_id").Str()
	switch {
	case a.GenAI.AgentID != "":
		a.Actor.Type, a.Actor.Basis, a.Actor.ID = agenttrail.ActorAgent, agenttrail.BasisDeclared, a.GenAI.AgentID
		serve(t.r, a, custom.Get("user_email").Str(), "")
	case via == "rule":
		a.Actor.Type, a.Rule.ID, a.Rule.Name = agenttrail.ActorSystem, from.Get("id").Str(), from.Get("title").Str()
	case a.User.ID == zendeskSystem:
		a.Actor.Type = agenttrail.ActorSystem
	case via == "web" || via == "mobile":
		a.Actor.Type = agenttrail.ActorHuman
	default:
		a.Actor.Basis = ""
	}
	a.GenAI.Conversation = custom.Get("conversation_id").Str()
	a.Session = a.GenAI.Conversation
	a.Trace.ID = hexID(custom.Get("trace_id").Str(), 32)
	setAddress(a, system.Get("ip_address").Str())
	a.UserAgent = system.Get("client").Str()
	a.Correlation = t.r.list(custom.Get("request_id").Str(), custom.Get("tool_call_id").Str(), system.Get("message_id").Str())
}

func (t *ticketAudit) add(events strictjson.Value) {
	index, fields := -1, 0
	events.Each(func(e strictjson.Value) bool {
		index++
		kind := first(e.Get("type").Str(), e.Get("event_type").Str())
		switch kind {
		case "Create", "Change":
			if fields++; fields == 1 {
				t.addFields(kind, index, events)
			}
		case "Comment", "VoiceComment", "FacebookComment":
			t.addComment(kind, index, e)
		case "Notification", "SmsNotification", "Tweet", "Push", "External":
			t.one(kind, index, agenttrail.VerbSend).Resource.External = agenttrail.Yes
		}
		return true
	})
}

func (t *ticketAudit) one(action string, index int, verb string) *agenttrail.Action {
	a := t.r.action()
	*a = t.common
	a.Position, a.Event.Action, a.Verb = "events|"+strconv.Itoa(index), action, verb
	return a
}

// addFields is one action whatever number of fields was set.
func (t *ticketAudit) addFields(kind string, index int, events strictjson.Value) {
	names := kind
	events.Each(func(e strictjson.Value) bool {
		if name := e.Get("field_name").Str(); name != "" && first(e.Get("type").Str(), e.Get("event_type").Str()) == kind {
			names += "," + name
		}
		return true
	})
	verb := agenttrail.VerbUpdate
	if kind == "Create" {
		verb = agenttrail.VerbCreate
	}
	t.one(strings.Replace(names, ",", " ", 1), index, verb)
}

// addComment: a public comment is sent to the customer, an internal one stays in the house.
func (t *ticketAudit) addComment(kind string, index int, e strictjson.Value) {
	public, said := e.Get("public").Bool()
	switch {
	case public:
		t.one(kind+" public", index, agenttrail.VerbSend).Resource.External = agenttrail.Yes
	case said:
		t.one(kind+" internal", index, agenttrail.VerbCreate).Resource.External = agenttrail.No
	default:
		t.one(kind, index, agenttrail.VerbCreate)
	}
}
