package normalize

import (
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// openaiFields are the facts that openai.audit may set.
var openaiFields = []string{
	"@timestamp", "event.id", "event.action", "event.reason", "event.dataset", "error.code", "error.message", "user.id", "user.email", "user.target.id", "user.target.email",
	"source.ip", "source.address", "user_agent.original",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.basis",
	"agenttrail.credential.type", "agenttrail.credential.id", "agenttrail.credential.owner.type", "agenttrail.credential.owner.id",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.name",
	"agenttrail.resource.owner", "agenttrail.outcome",
}

var openaiAuditFormat = format{
	name: "openai.audit", version: "1.0.0", fields: openaiFields,
	tells: TellsPerson,
	plan:  "any API organisation, after an owner has activated the audit log in its settings",
	keeps: "not stated by the vendor: pull it every night",
	read:  records(mapOpenAI, "data"),
}

func mapOpenAI(r *reading, v strictjson.Value) {
	native, ok := r.nativeID("id", v.Get("id"))
	if !ok {
		return
	}
	when, ok := r.when("effective_at", v.Get("effective_at").Str(), unixSeconds, zoned)
	if !ok {
		return
	}
	a := r.action()
	a.Native, a.Time, a.Event.ID, a.Event.Dataset, a.Event.Action = native, when, native, "openai.audit", v.Get("type").Str()
	a.Resource.Owner = v.At("/project/id").Str()
	a.Verb = openaiVerbs.verb(a.Event.Action)
	openaiActor(a, v.Get("actor"))
	openaiDetails(a, openaiDetail(v, a.Event.Action))
	a.Outcome = recordedOutcome(a.Event.Action)
}

// openaiDetail is the object whose name is the type of the event. The vendor writes it with dots; copies that passed through other tools have underscores.
func openaiDetail(v strictjson.Value, kind string) strictjson.Value {
	return firstValue(v.Get(kind), v.Get(strings.ReplaceAll(kind, ".", "_")))
}

// openaiActor: a session is a person's; a key is a person's or that of a service account.
func openaiActor(a *agenttrail.Action, who strictjson.Value) {
	session, key := who.Get("session"), who.Get("api_key")
	switch who.Get("type").Str() {
	case "session":
		a.User.ID, a.User.Email = session.At("/user/id").Str(), session.At("/user/email").Str()
		a.Credential.Type = "session"
		a.Actor.Type, a.Actor.Basis = agenttrail.ActorHuman, agenttrail.BasisNative
		setAddress(a, session.Get("ip_address").Str())
		a.UserAgent = session.Get("user_agent").Str()
	case "api_key":
		a.Credential.Type, a.Credential.ID = "api_key", key.Get("id").Str()
		switch key.Get("type").Str() {
		case "user":
			a.User.ID, a.User.Email = key.At("/user/id").Str(), key.At("/user/email").Str()
			a.Actor.Type, a.Actor.Basis = agenttrail.ActorHuman, agenttrail.BasisNative
			a.Credential.OwnerType = agenttrail.ActorHuman
		case "service_account":
			a.User.ID = key.At("/service_account/id").Str()
			a.Actor.Type, a.Actor.Basis = agenttrail.ActorService, agenttrail.BasisNative
			a.Credential.OwnerType = "service"
		}
		a.Credential.OwnerID = a.User.ID
	}
	a.Actor.ID = first(a.User.ID, a.User.Email, a.Credential.ID)
}

func openaiDetails(a *agenttrail.Action, d strictjson.Value) {
	a.Resource.System = "openai"
	if i := strings.LastIndexByte(a.Event.Action, '.'); i > 0 {
		a.Resource.Type = a.Event.Action[:i]
	}
	data := firstValue(d.Get("data"), d.Get("changes_requested"))
	a.Resource.ID, a.Resource.Name = first(d.Get("id").Str(), d.Get("resource_id").Str()), first(data.Get("name").Str(), data.Get("title").Str())
	a.User.Target.Email = data.Get("email").Str()
	if d.Get("principal_type").Str() == "user" {
		a.User.Target.ID = d.Get("principal_id").Str()
	}
	if a.Resource.Type == "role.assignment" {
		a.Resource.Name = first(d.Get("role_id").Str(), data.Get("role").Str())
	}
	a.Error.Code, a.Error.Message = d.Get("error_code").Str(), d.Get("error_message").Str()
	a.Event.Reason = first(a.Error.Message, a.Error.Code)
}

var openaiVerbs = verbTable{
	names: map[string]string{
		"api_key.created": agenttrail.VerbGrant, "api_key.deleted": agenttrail.VerbRevoke, "service_account.created": agenttrail.VerbGrant,
		"service_account.deleted": agenttrail.VerbRevoke, "role.assignment.created": agenttrail.VerbGrant, "role.assignment.deleted": agenttrail.VerbRevoke,
		"user.added": agenttrail.VerbGrant, "user.deleted": agenttrail.VerbRevoke, "user.updated": agenttrail.VerbGrant,
		"invite.sent": agenttrail.VerbGrant, "invite.accepted": agenttrail.VerbGrant, "invite.deleted": agenttrail.VerbRevoke,
		"tenant.session_revocation.started": agenttrail.VerbRevoke, "tenant.usage_limit.increase_request.resolved": agenttrail.VerbConfigure,
	},
	prefixes: []affix{
		{"login.", agenttrail.VerbAuthenticate}, {"logout.", agenttrail.VerbOther}, {"checkpoint.permission.created", agenttrail.VerbGrant},
		{"checkpoint.permission.deleted", agenttrail.VerbRevoke}, {"workload_identity_provider", agenttrail.VerbConfigure}, {"external_key.", agenttrail.VerbConfigure},
		{"external_storage.", agenttrail.VerbConfigure}, {"ip_allowlist.", agenttrail.VerbConfigure}, {"certificate", agenttrail.VerbConfigure},
		{"rate_limit.", agenttrail.VerbConfigure}, {"organization.", agenttrail.VerbConfigure}, {"scim.", agenttrail.VerbConfigure},
		{"tunnel.", agenttrail.VerbConnect}, {"tenant.service_account.created", agenttrail.VerbGrant}, {"tenant.service_account.deleted", agenttrail.VerbRevoke},
		{"tenant.", agenttrail.VerbConfigure},
	},
	suffixes: []affix{
		{".created", agenttrail.VerbCreate}, {".updated", agenttrail.VerbUpdate}, {".deleted", agenttrail.VerbDelete}, {".archived", agenttrail.VerbUpdate},
	},
}

// complianceFields are the facts that openai.compliance may set.
var complianceFields = []string{
	"@timestamp", "event.id", "event.action", "event.dataset", "user.id", "user.email", "organization.id", "source.ip", "source.address", "user_agent.original",
	"gen_ai.tool.name", "gen_ai.tool.call.id", "gen_ai.conversation.id",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.name", "agenttrail.actor.basis",
	"agenttrail.on_behalf_of.id", "agenttrail.on_behalf_of.type", "agenttrail.delegation",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.outcome", "agenttrail.session.id", "agenttrail.correlation",
}

var openaiComplianceFormat = format{
	name: "openai.compliance", version: "1.0.0", fields: complianceFields,
	tells: TellsAgent | TellsPerson,
	plan:  "ChatGPT Enterprise or Edu with a compliance key that the vendor grants; Codex by ChatGPT login only",
	keeps: "up to 30 days, as files that do not change",
	read:  records(mapCompliance, "data"),
}

// mapCompliance reads what lines of the Compliance Logs Platform have in common. Their schema is not public: what else a line says stays in the evidence.
func mapCompliance(r *reading, v strictjson.Value) {
	id := firstValue(v.Get("event_id"), v.Get("id"))
	native, ok := r.nativeID("event_id, id", id)
	if !ok {
		return
	}
	when, ok := r.when("timestamp", first(v.Get("timestamp").Str(), v.Get("created_at").Str()), zoned, unixSeconds)
	if !ok {
		return
	}
	a := r.action()
	a.Native, a.Time, a.Event.ID, a.Event.Dataset = native, when, native, "openai.compliance"
	a.Event.Action = first(v.Get("type").Str(), v.Get("event_type").Str())
	a.Organization.ID = first(v.Get("workspace_id").Str(), v.Get("organization_id").Str())
	a.Resource.System = "openai"
	a.Verb = complianceVerb(a.Event.Action)
	a.Outcome = complianceOutcome(v, a.Event.Action)
	complianceWho(r, a, v)
}

// complianceWho: what an agent's log tells (CODEX_LOG), the agent did, for the person named.
func complianceWho(r *reading, a *agenttrail.Action, v strictjson.Value) {
	who := firstValue(v.Get("actor"), v.Get("principal"))
	id, email := first(who.Get("id").Str(), who.Get("user_id").Str(), v.Get("user_id").Str()), first(who.Get("email").Str(), mailAddress(who.Str()))
	setAddress(a, first(who.Get("ip_address").Str(), v.Get("ip_address").Str()))
	a.UserAgent = first(who.Get("user_agent").Str(), v.Get("user_agent").Str())
	a.User.ID, a.User.Email = id, email
	a.Session = first(v.Get("session_id").Str(), v.Get("conversation_id").Str(), v.Get("task_id").Str())
	a.GenAI.Conversation = v.Get("conversation_id").Str()
	a.GenAI.ToolName, a.GenAI.ToolCall = v.Get("tool_name").Str(), v.Get("call_id").Str()
	a.Correlation = r.list(v.Get("request_id").Str(), v.Get("task_id").Str(), a.GenAI.ToolCall)
	kind := strings.ToLower(who.Get("type").Str())
	switch {
	case strings.HasPrefix(strings.ToLower(first(v.Get("event_type").Str(), a.Event.Action)), "codex") && kind != "user":
		a.Actor = agenttrail.Actor{Type: agenttrail.ActorAgent, Name: "codex", Basis: agenttrail.BasisDeclared}
		a.Resource.Type = "codex"
		serve(r, a, first(email, id), "")
	case kind == "user":
		a.Actor = agenttrail.Actor{Type: agenttrail.ActorHuman, ID: first(id, email), Basis: agenttrail.BasisNative}
	case kind == "service_account":
		a.Actor = agenttrail.Actor{Type: agenttrail.ActorService, ID: id, Basis: agenttrail.BasisNative}
	default:
		a.Actor.ID = first(id, email)
	}
}

func complianceVerb(kind string) string {
	name := strings.ToLower(kind)
	switch {
	case strings.Contains(name, "auth"), strings.Contains(name, "login"):
		return agenttrail.VerbAuthenticate
	case strings.Contains(name, "tool_call"), strings.Contains(name, "exec_command"), strings.Contains(name, "tool_result"):
		return agenttrail.VerbExecute
	case strings.Contains(name, "task_created"), strings.Contains(name, "user_prompt"):
		return agenttrail.VerbInvoke
	}
	return agenttrail.VerbOther
}

// complianceOutcome is what the line states, in one of the words for it.
func complianceOutcome(v strictjson.Value, kind string) string {
	switch strings.ToLower(first(v.Get("outcome").Str(), v.Get("status").Str(), v.Get("result").Str())) {
	case "success", "succeeded", "ok", "completed", "true":
		return agenttrail.Success
	case "failure", "failed", "error", "false":
		return agenttrail.Failure
	case "denied", "blocked", "rejected":
		return agenttrail.Denied
	}
	if strings.Contains(strings.ToLower(kind), "failed") {
		return agenttrail.Failure
	}
	return agenttrail.Unknown
}
