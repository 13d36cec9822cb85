package normalize

import (
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// ocsfFields are the facts that ocsf.api_activity may set.
var ocsfFields = []string{
	"@timestamp", "event.id", "event.action", "event.reason", "event.dataset", "event.provider", "event.start", "event.end", "error.code", "error.message",
	"user.id", "user.name", "user.email", "cloud.provider", "cloud.account.id", "cloud.region", "organization.id",
	"source.ip", "source.address", "user_agent.original", "trace.id", "span.id",
	"gen_ai.agent.id", "gen_ai.agent.name", "gen_ai.agent.version", "gen_ai.provider.name", "gen_ai.response.model", "gen_ai.conversation.id",
	"gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "rule.id", "rule.name", "rule.version",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.name", "agenttrail.actor.basis",
	"agenttrail.on_behalf_of.id", "agenttrail.on_behalf_of.type", "agenttrail.delegation", "agenttrail.credential.id",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.name", "agenttrail.resource.owner",
	"agenttrail.data.classification", "agenttrail.data.basis", "agenttrail.outcome",
	"agenttrail.session.id", "agenttrail.parent.span_id", "agenttrail.correlation",
}

var ocsfFormat = format{
	name: "ocsf.api_activity", version: "1.0.0", fields: ocsfFields,
	tells: TellsAgent | TellsPerson | TellsLeave,
	plan:  "by the system that writes it: LangSmith Enterprise, Amazon Security Lake (as JSON), any export of OCSF",
	keeps: "by that system; LangSmith's audit log 400 days",
	read:  records(mapOCSF, "items", "data", "audit_logs"),
}

const apiActivity = "6003" // class of OCSF: API Activity

// mapOCSF reads API Activity of OCSF 1.1 to 1.9: the export map from right to left.
func mapOCSF(r *reading, v strictjson.Value) {
	if class := v.Get("class_uid").Str(); class != "" && class != apiActivity {
		r.skip(SkipClass)
		return
	}
	name, when := "time", v.Get("time")
	if text := v.Get("time_dt"); text.Exists() { // to the microsecond, where time has milliseconds
		name, when = "time_dt", text
	}
	a := r.open("ocsf.api_activity", "metadata.uid", v.At("/metadata/uid"), name, when, unixMillis, zoned)
	if a == nil {
		return
	}
	metadata, api := v.Get("metadata"), v.Get("api")
	a.Event.Start, _ = unixMillis.parse(v.Get("start_time").Str())
	a.Event.End, _ = unixMillis.parse(v.Get("end_time").Str())
	a.Event.Provider = first(metadata.At("/product/name").Str(), metadata.Get("log_provider").Str())
	a.Event.Action = first(api.Get("operation").Str(), metadata.Get("event_code").Str(), v.Get("activity_name").Str())
	a.Organization.ID = metadata.Get("tenant_uid").Str()
	a.Cloud.Provider, a.Cloud.Account, a.Cloud.Region = strings.ToLower(v.At("/cloud/provider").Str()), v.At("/cloud/account/uid").Str(), v.At("/cloud/region").Str()
	ocsfWho(r, a, v)
	ocsfWhat(a, v)
	ocsfOutcome(a, v)
	a.Trace.ID, a.Trace.Span = hexID(v.At("/trace/uid").Str(), 32), hexID(v.At("/trace/span/uid").Str(), 16)
	a.ParentSpan = hexID(v.At("/trace/span/parent_uid").Str(), 16)
	a.Correlation = r.list(api.At("/request/uid").Str(), metadata.Get("original_event_uid").Str(), metadata.Get("correlation_uid").Str())
}

// ocsfWho: an agent is one where the record has the object for it (1.9). invoked_by is the person behind the agent, and for anybody else a program.
func ocsfWho(r *reading, a *agenttrail.Action, v strictjson.Value) {
	actor, agent, message := v.Get("actor"), v.Get("ai_agent"), v.Get("message_context")
	user := actor.Get("user")
	a.User.ID, a.User.Name, a.User.Email = user.Get("uid").Str(), user.Get("name").Str(), user.Get("email_addr").Str()
	a.Session, a.Credential.ID = actor.At("/session/uid").Str(), first(actor.At("/session/credential_uid").Str(), user.Get("credential_uid").Str())
	a.Actor = agenttrail.Actor{ID: first(a.User.ID, a.User.Email, a.User.Name, actor.Get("app_uid").Str()), Name: a.User.Name, Basis: agenttrail.BasisNative}
	switch kind := user.Get("type_id").Str(); {
	case agent.Exists():
		a.GenAI.AgentID, a.GenAI.AgentName, a.GenAI.AgentVersion = agent.Get("uid").Str(), agent.Get("name").Str(), agent.Get("version").Str()
		a.Actor = agenttrail.Actor{Type: agenttrail.ActorAgent, ID: a.GenAI.AgentID, Name: a.GenAI.AgentName, Basis: agenttrail.BasisDeclared}
		serve(r, a, actor.Get("invoked_by").Str(), "")
	case kind == "3":
		a.Actor.Type = agenttrail.ActorSystem
	case kind == "4":
		a.Actor.Type = agenttrail.ActorService
	default: // a user or an administrator is an account, and any program may use it
		a.Actor.Basis = ""
	}
	model := firstValue(v.Get("ai_model"), agent.Get("ai_model"))
	a.GenAI.ResponseModel, a.GenAI.Provider = model.Get("name").Str(), model.Get("ai_provider").Str()
	a.GenAI.Conversation = message.Get("uid").Str()
	a.GenAI.InputTokens, a.GenAI.OutputTokens = number(message.Get("prompt_tokens")), number(message.Get("completion_tokens"))
	setAddress(a, first(v.At("/src_endpoint/ip").Str(), v.At("/src_endpoint/svc_name").Str(), v.At("/src_endpoint/domain").Str()))
	a.UserAgent = v.At("/http_request/user_agent").Str()
	policy := actor.At("/authorizations/0/policy")
	a.Rule.ID, a.Rule.Name, a.Rule.Version = policy.Get("uid").Str(), policy.Get("name").Str(), policy.Get("version").Str()
}

// ocsfWhat: the activity is the verb, except where it says only "other" or "unknown"; then the operation's last word is.
func ocsfWhat(a *agenttrail.Action, v strictjson.Value) {
	switch v.Get("activity_id").Str() {
	case "1":
		a.Verb = agenttrail.VerbCreate
	case "2":
		a.Verb = agenttrail.VerbRead
	case "3":
		a.Verb = agenttrail.VerbUpdate
	case "4":
		a.Verb = agenttrail.VerbDelete
	default:
		a.Verb = methodVerb(a.Event.Action)
	}
	switch v.Get("disposition_id").Str() {
	case "8":
		a.Verb = agenttrail.VerbApprove
	case "25":
		a.Verb = agenttrail.VerbReject
	}
	on := v.At("/resources/0")
	a.Resource = agenttrail.Resource{System: first(v.At("/api/service/name").Str(), strings.ToLower(a.Event.Provider)),
		Type: on.Get("type").Str(), ID: first(on.Get("uid").Str(), on.Get("name").Str()), Name: on.Get("name").Str(), Owner: first(on.At("/owner/uid").Str(), on.At("/owner/name").Str())}
	switch on.At("/data_classifications/0/confidentiality_id").Str() {
	case "1":
		a.Data.Classification = "public"
	case "5":
		a.Data.Classification = "internal"
	case "2":
		a.Data.Classification = "confidential"
	case "3", "4", "6": // secret, top secret, restricted
		a.Data.Classification = "restricted"
	}
	if a.Data.Classification != "" {
		a.Data.Basis = agenttrail.BasisLabel
	}
}

func ocsfOutcome(a *agenttrail.Action, v strictjson.Value) {
	response := v.At("/api/response")
	a.Error.Code, a.Error.Message = response.Get("error").Str(), response.Get("error_message").Str()
	code := response.Get("code").Str()
	switch status := v.Get("status_id").Str(); {
	case v.Get("disposition_id").Str() == "2", v.Get("action_id").Str() == "2":
		a.Outcome = agenttrail.Denied
	case status == "1":
		a.Outcome, a.Error.Code = agenttrail.Success, ""
	case deniedType(code), deniedType(a.Error.Code), deniedType(v.Get("status_code").Str()), strings.HasPrefix(a.Error.Code, "AccessDenied"), strings.Contains(a.Error.Code, "Unauthorized"):
		a.Outcome = agenttrail.Denied
	case status == "2":
		a.Outcome = agenttrail.Failure
	}
	if a.Outcome != agenttrail.Success {
		a.Error.Code = first(a.Error.Code, v.Get("status_code").Str())
		a.Event.Reason = first(v.Get("status_detail").Str(), a.Error.Message, a.Error.Code)
	}
}
