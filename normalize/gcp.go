package normalize

import (
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// gcpFields are the facts that gcp.audit may set.
var gcpFields = []string{
	"@timestamp", "event.id", "event.action", "event.reason", "event.dataset", "event.provider", "error.code", "error.message",
	"user.id", "user.email", "cloud.provider", "cloud.account.id", "cloud.region", "cloud.service.name", "source.ip", "source.address", "user_agent.original",
	"trace.id", "span.id", "gen_ai.agent.id", "rule.id",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.basis",
	"agenttrail.on_behalf_of.id", "agenttrail.on_behalf_of.type", "agenttrail.delegation",
	"agenttrail.credential.type", "agenttrail.credential.id", "agenttrail.credential.owner.type", "agenttrail.credential.owner.id",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.count",
	"agenttrail.outcome", "agenttrail.correlation",
}

var gcpFormat = format{
	name: "gcp.audit", version: "1.0.0", fields: gcpFields,
	tells: TellsAgent | TellsPerson,
	plan:  "any; Data Access logs (all reads, and calls of models and agents) are off by default and cost extra",
	keeps: "admin activity 400 days, data access 30 days unless a sink keeps them",
	read:  records(mapGCP, "entries"),
}

// A gcpEntry is one LogEntry whose payload is an AuditLog.
type gcpEntry struct {
	r                    *reading
	v, log, who, request strictjson.Value
}

func mapGCP(r *reading, v strictjson.Value) {
	log := firstValue(v.Get("protoPayload"), v.Get("jsonPayload"))
	if !log.Get("methodName").Exists() && v.Get("logName").Exists() {
		r.skip(SkipNoAudit)
		return
	}
	insert, ok := r.nativeID("insertId", v.Get("insertId"))
	if !ok {
		return
	}
	when, ok := r.stamp("timestamp", v.Get("timestamp").Str())
	if !ok {
		return
	}
	e := gcpEntry{r: r, v: v, log: log, who: log.Get("authenticationInfo"), request: log.Get("requestMetadata")}
	a := r.action()
	if insert != "" {
		a.Native = v.Get("logName").Str() + "|" + v.Get("timestamp").Str() + "|" + insert
	}
	a.Time, a.Event.ID, a.Event.Dataset = when, insert, "gcp.audit"
	a.Event.Provider, a.Event.Action = log.Get("serviceName").Str(), log.Get("methodName").Str()
	e.setWho(a)
	e.setWhat(a)
	e.setOutcome(a)
	a.Trace.ID, a.Trace.Span = hexID(lastPart(v.Get("trace").Str()), 32), hexID(v.Get("spanId").Str(), 16)
	a.Correlation = r.list(v.At("/operation/id").Str()) // both entries of a long-running operation have it
}

// lastPart is what follows the last slash: projects/example/traces/4bf9… names a trace.
func lastPart(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

// setWho: the principal is who called last. Before it in the chain stand those who handed their authority on, the first of them is served.
func (e *gcpEntry) setWho(a *agenttrail.Action) {
	a.User.Email = e.who.Get("principalEmail").Str()
	a.User.ID = first(e.who.Get("principalSubject").Str(), a.User.Email)
	a.Actor = agenttrail.Actor{ID: first(a.User.Email, a.User.ID), Basis: agenttrail.BasisNative}
	a.Actor.Type = gcpActor(a.User.ID, a.User.Email)
	switch a.Actor.Type {
	case agenttrail.ActorAgent:
		a.Actor.ID, a.Actor.Basis, a.GenAI.AgentID = a.User.ID, agenttrail.BasisDeclared, a.User.ID
		a.Credential.Type, a.Credential.OwnerType, a.Credential.OwnerID = "workload_identity", "agent", a.User.ID
	case agenttrail.ActorService:
		a.Credential.OwnerType, a.Credential.OwnerID = "service", a.Actor.ID
	case "":
		a.Actor.Basis = ""
	}
	if key := e.who.Get("serviceAccountKeyName").Str(); key != "" {
		a.Credential.Type, a.Credential.ID = "service_account_key", lastPart(key)
	}
	e.setChain(a)
	setAddress(a, e.request.Get("callerIp").Str())
	a.UserAgent = e.request.Get("callerSuppliedUserAgent").Str()
}

func (e *gcpEntry) setChain(a *agenttrail.Action) {
	from := len(e.r.arena)
	e.who.Get("serviceAccountDelegationInfo").Each(func(hop strictjson.Value) bool {
		email := hop.At("/firstPartyPrincipal/principalEmail").Str()
		id := first(email, strings.TrimPrefix(hop.Get("principalSubject").Str(), "user:"))
		kind := gcpActor(first(hop.Get("principalSubject").Str(), email), email)
		if id == "" {
			return true
		}
		if len(e.r.arena) == from {
			a.OnBehalfOf.ID, a.OnBehalfOf.Type = id, kind
		}
		e.r.arena = append(e.r.arena, gcpHop(kind)+id)
		return true
	})
	if len(e.r.arena) > from {
		e.r.arena = append(e.r.arena, gcpHop(a.Actor.Type)+a.Actor.ID)
		a.Delegation = e.r.arena[from:len(e.r.arena):len(e.r.arena)]
	}
}

// gcpHop is what a link of a chain begins with.
func gcpHop(kind string) string {
	switch kind {
	case agenttrail.ActorAgent:
		return "agent:"
	case agenttrail.ActorHuman:
		return "human:"
	case agenttrail.ActorService:
		return "service:"
	}
	return ""
}

// gcpActor is what the name of a principal says. An agent has an identity of its own under agents.global, as workloads have theirs; a user's begins with user.
func gcpActor(subject, email string) string {
	switch {
	case strings.HasPrefix(subject, "principal://agents.global."):
		return agenttrail.ActorAgent
	case strings.HasSuffix(email, ".gserviceaccount.com"), strings.HasPrefix(subject, "serviceAccount:"), strings.HasPrefix(subject, "principal://"):
		return agenttrail.ActorService
	case strings.HasPrefix(subject, "user:"):
		return agenttrail.ActorHuman
	case email == "system" || subject == "system":
		return agenttrail.ActorSystem
	}
	return ""
}

func (e *gcpEntry) setWhat(a *agenttrail.Action) {
	labels := e.v.At("/resource/labels")
	a.Cloud.Provider, a.Cloud.Account = "gcp", labels.Get("project_id").Str()
	a.Cloud.Region = first(labels.Get("location").Str(), labels.Get("region").Str(), labels.Get("zone").Str())
	a.Cloud.Service = strings.TrimSuffix(a.Event.Provider, ".googleapis.com")
	a.Resource.System = "gcp"
	if a.Cloud.Service != "" {
		a.Resource.System += "." + a.Cloud.Service
	}
	a.Resource.Type, a.Resource.ID = e.v.At("/resource/type").Str(), e.log.Get("resourceName").Str()
	a.Resource.Count = number(e.log.Get("numResponseItems"))
	a.Rule.ID = e.log.At("/policyViolationInfo/orgPolicyViolationInfo/violationInfo/0/constraint").Str()
	a.Verb = methodVerb(a.Event.Action)
	if a.Verb == agenttrail.VerbOther { // the permission that was asked for says what was about to be done
		a.Verb = methodVerb(e.log.At("/authorizationInfo/0/permission").Str())
	}
}

// setOutcome: a status that is absent or 0 is success, 7 and 16 say that the caller may not; a permission that was not granted says so too. The first
// entry of a long-running operation says that it began.
func (e *gcpEntry) setOutcome(a *agenttrail.Action) {
	status := e.log.Get("status")
	code := first(status.Get("code").Str(), "0")
	refused := false
	e.log.Get("authorizationInfo").Each(func(one strictjson.Value) bool {
		granted, said := one.Get("granted").Bool()
		refused = refused || said && !granted
		return true
	})
	began, _ := e.v.At("/operation/first").Bool()
	ended, _ := e.v.At("/operation/last").Bool()
	a.Error.Message = status.Get("message").Str()
	if code != "0" {
		a.Error.Code = code
	}
	switch {
	case code == "7" || code == "16":
		a.Outcome = agenttrail.Denied
	case code != "0":
		a.Outcome = agenttrail.Failure
	case refused || strings.HasSuffix(e.v.Get("logName").Str(), "%2Fpolicy"):
		a.Outcome = agenttrail.Denied
	case began && !ended:
		a.Outcome = agenttrail.Pending
	case a.Event.Action != "":
		a.Outcome = agenttrail.Success
	}
	a.Event.Reason = first(a.Error.Message, a.Error.Code)
}

// methodVerb goes by the last word of a method or permission: storage.objects.get, google.cloud.aiplatform.v1.PredictionService.Predict.
func methodVerb(name string) string {
	name = name[strings.LastIndexByte(name, '.')+1:]
	return methodVerbs.verb(strings.ToLower(name[:min(len(name), 1)]) + name[min(len(name), 1):])
}

var methodVerbs = verbTable{
	names: map[string]string{
		"setIamPolicy": agenttrail.VerbGrant, "setIamPermissions": agenttrail.VerbGrant, "getIamPolicy": agenttrail.VerbRead, "createServiceAccountKey": agenttrail.VerbGrant, "deleteServiceAccountKey": agenttrail.VerbRevoke,
		"disableServiceAccount": agenttrail.VerbRevoke, "enableServiceAccount": agenttrail.VerbGrant, "actAs": agenttrail.VerbDelegate,
		"signJwt": agenttrail.VerbDelegate, "signBlob": agenttrail.VerbDelegate, "jobCompleted": agenttrail.VerbExecute, "insertJob": agenttrail.VerbExecute,
		"converse": agenttrail.VerbInvoke, "answerQuery": agenttrail.VerbInvoke, "streamAssist": agenttrail.VerbInvoke, "accessSecretVersion": agenttrail.VerbRead, "access": agenttrail.VerbRead,
	},
	prefixes: []affix{
		{"generateAccessToken", agenttrail.VerbDelegate}, {"generateIdToken", agenttrail.VerbDelegate}, {"generateContent", agenttrail.VerbInvoke}, {"exchangeToken", agenttrail.VerbDelegate},
		{"predict", agenttrail.VerbInvoke}, {"streamGenerate", agenttrail.VerbInvoke}, {"streamRawPredict", agenttrail.VerbInvoke}, {"rawPredict", agenttrail.VerbInvoke}, {"serverStreamingPredict", agenttrail.VerbInvoke},
		{"queryReasoningEngine", agenttrail.VerbInvoke}, {"streamQueryReasoningEngine", agenttrail.VerbInvoke}, {"login", agenttrail.VerbAuthenticate},
		{"export", agenttrail.VerbExport}, {"getData", agenttrail.VerbRead}, {"get", agenttrail.VerbRead}, {"read", agenttrail.VerbRead}, {"list", agenttrail.VerbSearch}, {"search", agenttrail.VerbSearch}, {"query", agenttrail.VerbSearch},
		{"create", agenttrail.VerbCreate}, {"insert", agenttrail.VerbCreate}, {"import", agenttrail.VerbCreate}, {"update", agenttrail.VerbUpdate}, {"patch", agenttrail.VerbUpdate}, {"write", agenttrail.VerbUpdate},
		{"set", agenttrail.VerbConfigure}, {"enable", agenttrail.VerbConfigure}, {"disable", agenttrail.VerbConfigure}, {"delete", agenttrail.VerbDelete}, {"run", agenttrail.VerbExecute}, {"execute", agenttrail.VerbExecute},
	},
}
