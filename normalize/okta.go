package normalize

import (
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// oktaFields are the facts that okta.system may set.
var oktaFields = []string{
	"@timestamp", "event.id", "event.action", "event.reason", "event.dataset", "user.id", "user.name", "user.email",
	"user.effective.id", "user.effective.name", "user.effective.email", "user.target.id", "user.target.name", "user.target.email",
	"source.ip", "source.address", "user_agent.original", "gen_ai.agent.id", "gen_ai.agent.name", "rule.id", "rule.name",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.name", "agenttrail.actor.basis",
	"agenttrail.on_behalf_of.id", "agenttrail.on_behalf_of.name", "agenttrail.on_behalf_of.type", "agenttrail.delegation",
	"agenttrail.credential.type", "agenttrail.credential.id", "agenttrail.credential.scopes",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.name",
	"agenttrail.outcome", "agenttrail.approval.requester", "agenttrail.approval.agent", "agenttrail.approval.system", "agenttrail.approval.ticket",
	"agenttrail.session.id", "agenttrail.correlation",
}

var oktaFormat = format{
	name: "okta.system", version: "1.0.0", fields: oktaFields,
	tells: TellsAgent | TellsPerson | TellsLeave,
	plan:  "every Workforce org has the System Log; access requests (who allowed it) need Identity Governance",
	keeps: "90 days",
	read:  records(mapOkta),
}

// An oktaEvent is one LogEvent with the targets that matter.
type oktaEvent struct {
	r                              *reading
	v                              strictjson.Value
	user, agent, app, thing, grant strictjson.Value // the first target of each kind; thing: of any other
	debug                          strictjson.Value
}

func mapOkta(r *reading, v strictjson.Value) {
	native, ok := r.nativeID("uuid", v.Get("uuid"))
	if !ok {
		return
	}
	when, ok := r.stamp("published", v.Get("published").Str())
	if !ok {
		return
	}
	e := oktaEvent{r: r, v: v, debug: v.At("/debugContext/debugData")}
	a := r.action()
	a.Native, a.Time, a.Event.ID, a.Event.Dataset = native, when, native, "okta.system"
	a.Event.Action = v.Get("eventType").Str()
	a.Verb = oktaVerbs.verb(a.Event.Action)
	e.setTargets(a)
	e.setWho(a)
	e.setWhat(a)
	e.setOutcome(a)
	e.setTrace(a)
}

func (e *oktaEvent) setTargets(a *agenttrail.Action) {
	keep := func(into *strictjson.Value, v strictjson.Value) {
		if !into.Exists() {
			*into = v
		}
	}
	e.v.Get("target").Each(func(t strictjson.Value) bool {
		switch kind := t.Get("type").Str(); kind {
		case "User":
			keep(&e.user, t)
		case "AIAgent":
			keep(&e.agent, t)
		case "AppInstance", "AppUser", "App":
			keep(&e.app, t)
		case "access_token", "refresh_token", "id_token", "Token":
			keep(&e.grant, t)
		case "PolicyRule", "PolicyEntity", "Rule":
			if a.Rule.ID == "" || kind != "PolicyEntity" { // the rule says more than the policy that it stands in
				a.Rule.ID, a.Rule.Name = t.Get("id").Str(), t.Get("displayName").Str()
			}
		default:
			keep(&e.thing, t)
		}
		return true
	})
}

// setWho reads the actor. An agent is one by its type, or by the form of its id.
func (e *oktaEvent) setWho(a *agenttrail.Action) {
	who := e.v.Get("actor")
	id, kind, login := who.Get("id").Str(), who.Get("type").Str(), who.Get("alternateId").Str()
	a.User.ID, a.User.Name = id, who.Get("displayName").Str()
	a.User.Email = mailAddress(login)
	a.Actor = agenttrail.Actor{ID: id, Name: a.User.Name, Basis: agenttrail.BasisNative}
	switch {
	case kind == "AIAgent" || strings.HasPrefix(id, "wlp"):
		a.Actor.Type, a.Actor.Basis = agenttrail.ActorAgent, agenttrail.BasisDeclared
		a.GenAI.AgentID, a.GenAI.AgentName = first(login, id), a.User.Name
		a.Actor.ID = a.GenAI.AgentID
	case kind == "User":
		a.Actor.Type = agenttrail.ActorHuman
	case kind == "SystemPrincipal":
		a.Actor.Type = agenttrail.ActorSystem
	case strings.HasSuffix(kind, "ClientApp"), kind == "Client", kind == "ServicePrincipal":
		a.Actor.Type = agenttrail.ActorService
	default:
		a.Actor.Basis = ""
	}
	setAddress(a, e.v.At("/client/ipAddress").Str())
	a.UserAgent = e.v.At("/client/userAgent/rawUserAgent").Str()
}

// setWhat: a token that is issued names the person it is issued for; a change of an account names the account. What else is named was acted on.
func (e *oktaEvent) setWhat(a *agenttrail.Action) {
	a.Resource.System = "okta"
	person := agenttrail.Person{ID: e.user.Get("id").Str(), Name: e.user.Get("displayName").Str(), Email: mailAddress(e.user.Get("alternateId").Str())}
	switch {
	case a.Event.Action == "user.session.impersonation.initiate":
		a.User.Effective = person
	case strings.HasPrefix(a.Event.Action, "app.oauth2.token.grant") && a.Actor.Type != agenttrail.ActorHuman && e.user.Exists():
		serve(e.r, a, first(person.Email, person.ID), person.Name)
		if a.Actor.Type != agenttrail.ActorAgent {
			a.Delegation = nil // a client, of which the log does not say that it is an agent
		}
	default:
		a.User.Target = person
	}
	on := firstValue(e.thing, e.app, e.agent, e.grant, e.user)
	a.Resource.Type, a.Resource.ID, a.Resource.Name = on.Get("type").Str(), on.Get("id").Str(), on.Get("displayName").Str()
	if a.Verb == agenttrail.VerbApprove || a.Verb == agenttrail.VerbReject {
		a.Approval = agenttrail.Approval{Requester: first(person.Email, person.ID), Agent: first(e.agent.Get("alternateId").Str(), e.agent.Get("id").Str()),
			System: e.app.Get("displayName").Str(), Ticket: e.thing.Get("id").Str()}
	}
}

func (e *oktaEvent) setOutcome(a *agenttrail.Action) {
	a.Event.Reason = e.v.At("/outcome/reason").Str()
	switch e.v.At("/outcome/result").Str() {
	case "SUCCESS", "ALLOW":
		a.Outcome = agenttrail.Success
	case "FAILURE":
		a.Outcome = agenttrail.Failure
	case "DENY":
		a.Outcome = agenttrail.Denied
	case "CHALLENGE":
		a.Outcome = agenttrail.Pending
	}
}

// setTrace fills credential and session, and what joins the event with what was done with the token.
func (e *oktaEvent) setTrace(a *agenttrail.Action) {
	a.Session = e.v.At("/authenticationContext/externalSessionId").Str()
	if a.Session == "unknown" {
		a.Session = ""
	}
	if strings.HasPrefix(a.Event.Action, "app.oauth2.") {
		a.Credential.Type = "oauth_token"
		a.Credential.ID = first(e.debug.Get("jti").Str(), e.grant.Get("id").Str())
		a.Credential.Scopes = e.r.list(words(e.debug.Get("grantedScopes").Str())...)
	}
	a.Correlation = e.r.list(e.v.At("/transaction/id").Str(), e.debug.Get("requestId").Str(), a.Credential.ID, e.debug.Get("clientId").Str())
}

var oktaVerbs = verbTable{
	names: map[string]string{
		"app.access_request.request": agenttrail.VerbCreate, "app.access_request.approver.approve": agenttrail.VerbApprove,
		"app.access_request.approver.deny": agenttrail.VerbReject, "app.access_request.grant": agenttrail.VerbGrant,
		"app.access_request.deny": agenttrail.VerbReject, "app.access_request.expire": agenttrail.VerbUpdate,
		"application.user_membership.add": agenttrail.VerbGrant, "application.user_membership.remove": agenttrail.VerbRevoke,
		"group.user_membership.add": agenttrail.VerbGrant, "group.user_membership.remove": agenttrail.VerbRevoke,
		"user.account.privilege.grant": agenttrail.VerbGrant, "user.account.privilege.revoke": agenttrail.VerbRevoke,
		"app.oauth2.as.consent.grant": agenttrail.VerbGrant, "app.oauth2.as.consent.revoke": agenttrail.VerbRevoke,
		"integration.api_service.lifecycle.authorize": agenttrail.VerbConnect, "integration.api_service.lifecycle.revoke": agenttrail.VerbRevoke,
		"system.api_token.create": agenttrail.VerbGrant, "system.api_token.revoke": agenttrail.VerbRevoke,
		"user.session.impersonation.initiate": agenttrail.VerbDelegate, "user.session.impersonation.grant": agenttrail.VerbGrant,
		"user.session.start": agenttrail.VerbAuthenticate, "user.session.end": agenttrail.VerbOther,
	},
	prefixes: []affix{
		{"workload_principal.ai_agent.credential.create", agenttrail.VerbGrant}, {"workload_principal.ai_agent.credential.activate", agenttrail.VerbGrant},
		{"workload_principal.ai_agent.credential.", agenttrail.VerbRevoke}, {"workload_principal.create", agenttrail.VerbCreate},
		{"workload_principal.delete", agenttrail.VerbDelete}, {"workload_principal.", agenttrail.VerbConfigure},
		{"app.oauth2.token.revoke", agenttrail.VerbRevoke}, {"app.oauth2.token.grant", agenttrail.VerbDelegate}, {"app.oauth2.as.token.grant", agenttrail.VerbDelegate},
		{"app.oauth2.as.token.revoke", agenttrail.VerbRevoke}, {"app.oauth2.", agenttrail.VerbAuthenticate},
		{"user.authentication.", agenttrail.VerbAuthenticate}, {"policy.evaluate_sign_on", agenttrail.VerbAuthenticate}, {"user.mfa.factor.", agenttrail.VerbConfigure},
		{"policy.", agenttrail.VerbConfigure}, {"zone.", agenttrail.VerbConfigure}, {"iam.role.", agenttrail.VerbConfigure}, {"iam.resourceset.", agenttrail.VerbConfigure},
		{"application.lifecycle.create", agenttrail.VerbConnect}, {"application.lifecycle.", agenttrail.VerbConfigure},
	},
	suffixes: []affix{
		{".create", agenttrail.VerbCreate}, {".delete", agenttrail.VerbDelete}, {".delete.initiated", agenttrail.VerbDelete}, {".update", agenttrail.VerbUpdate},
		{".activate", agenttrail.VerbUpdate}, {".deactivate", agenttrail.VerbUpdate}, {".suspend", agenttrail.VerbUpdate}, {".revoke", agenttrail.VerbRevoke},
		{".grant", agenttrail.VerbGrant}, {".add", agenttrail.VerbCreate}, {".remove", agenttrail.VerbDelete}, {".read", agenttrail.VerbRead},
		{".export", agenttrail.VerbExport}, {".import", agenttrail.VerbCreate},
	},
}
