package normalize

import (
	"strconv"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// googleFields are the facts that google.reports may set.
var googleFields = []string{
	"@timestamp", "event.id", "event.action", "event.reason", "event.dataset", "event.provider", "error.code", "error.message",
	"user.id", "user.email", "user.target.email", "organization.id", "source.ip", "source.address",
	"gen_ai.agent.id", "gen_ai.agent.name", "rule.name", "file.name", "email.subject", "email.to.address",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.name", "agenttrail.actor.basis",
	"agenttrail.on_behalf_of.id", "agenttrail.on_behalf_of.type", "agenttrail.delegation",
	"agenttrail.credential.type", "agenttrail.credential.id", "agenttrail.credential.owner.type", "agenttrail.credential.owner.id", "agenttrail.credential.scopes",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.name", "agenttrail.resource.owner",
	"agenttrail.resource.external", "agenttrail.resource.count", "agenttrail.subject.id", "agenttrail.data.labels", "agenttrail.outcome", "agenttrail.correlation",
}

var googleFormat = format{
	name: "google.reports", version: "1.0.0", fields: googleFields,
	tells: TellsAgent | TellsPerson | TellsSubject,
	plan:  "every Workspace edition has admin, login and token; gmail, drive, rules and Gemini logs by edition",
	keeps: "180 days",
	read:  records(mapGoogle, "items"),
}

// A googleActivity is one item; each of its events is an action.
type googleActivity struct {
	r     *reading
	v     strictjson.Value
	actor strictjson.Value
	app   string // applicationName
	when  time.Time
	event strictjson.Value // at hand
}

func mapGoogle(r *reading, v strictjson.Value) {
	id := v.Get("id")
	when, ok := r.stamp("id.time", id.Get("time").Str())
	if !ok {
		return
	}
	qualifier, ok := r.nativeID("id.uniqueQualifier", id.Get("uniqueQualifier"))
	if !ok {
		return
	}
	g := googleActivity{r: r, v: v, actor: v.Get("actor"), app: id.Get("applicationName").Str(), when: when}
	native := ""
	if qualifier != "" {
		native = g.app + "|" + id.Get("customerId").Str() + "|" + id.Get("time").Str() + "|" + qualifier
	}
	index := 0
	v.Get("events").Each(func(event strictjson.Value) bool {
		g.event = event
		a := r.action()
		a.Native, a.Position, a.Event.ID = native, strconv.Itoa(index), native
		index++
		g.fill(a, id.Get("customerId").Str())
		return true
	})
	if index == 0 {
		r.skip(SkipNoEvents)
	}
}

func (g *googleActivity) fill(a *agenttrail.Action, customer string) {
	a.Time, a.Event.Dataset, a.Event.Provider, a.Event.Action = g.when, "google.reports", g.app, g.event.Get("name").Str()
	a.Organization.ID = customer
	setAddress(a, g.v.Get("ipAddress").Str())
	g.setWho(a)
	g.setOutcome(a)
	a.Verb = googleVerb(g.app, a.Event.Action)
	a.Resource.System = "google." + first(g.app, "workspace")
	g.setResource(a)
	g.setMail(a)
	if g.app == "token" {
		g.setToken(a)
	}
	if g.app == "rules" {
		a.Rule.Name = g.param("rule_name")
	}
	a.Correlation = g.r.list(g.param("message_id"), g.param("client_id"))
}

// setWho: an action that the vendor marks as an agent's is the agent's, on the account that it names, which is a person's when its owner calls as USER.
func (g *googleActivity) setWho(a *agenttrail.Action) {
	a.User.ID, a.User.Email = g.actor.Get("profileId").Str(), g.actor.Get("email").Str()
	application := g.actor.Get("applicationInfo")
	if a.Credential.ID = application.Get("oauthClientId").Str(); a.Credential.ID != "" {
		a.Credential.Type = "oauth_token"
	}
	person := g.actor.Get("callerType").Str() == "USER"
	agent := g.actor.Get("agentAttributionInfo")
	a.GenAI.AgentID, a.GenAI.AgentName = agent.Get("agentId").Str(), agent.Get("agentName").Str()
	if agentic, _ := g.v.Get("isAgenticAction").Bool(); agentic || a.GenAI.AgentID != "" {
		a.Actor = agenttrail.Actor{Type: agenttrail.ActorAgent, ID: a.GenAI.AgentID, Name: first(a.GenAI.AgentName, application.Get("applicationName").Str()), Basis: agenttrail.BasisDeclared}
		if person {
			a.Credential.OwnerType, a.Credential.OwnerID = agenttrail.ActorHuman, first(a.User.Email, a.User.ID)
			serve(g.r, a, a.Credential.OwnerID, "")
		}
		return
	}
	a.Actor = agenttrail.Actor{ID: first(a.User.Email, a.User.ID, g.actor.Get("key").Str()), Basis: agenttrail.BasisNative}
	switch {
	case person:
		a.Actor.Type = agenttrail.ActorHuman
	case g.actor.Get("callerType").Str() == "KEY", strings.HasSuffix(a.User.Email, ".gserviceaccount.com"):
		a.Actor.Type = agenttrail.ActorService
	default:
		a.Actor.Basis = ""
	}
}

func (g *googleActivity) setOutcome(a *agenttrail.Action) {
	status := g.event.Get("status")
	a.Error.Code, a.Error.Message = first(status.Get("errorCode").Str(), status.Get("httpStatusCode").Str()), status.Get("errorMessage").Str()
	switch status.Get("eventStatus").Str() {
	case "SUCCEEDED":
		a.Outcome, a.Error.Code = agenttrail.Success, ""
	case "SUCCEEDED_WITH_WARNINGS":
		a.Outcome = agenttrail.Partial
	case "FAILED":
		a.Outcome = agenttrail.Failure
		if http := status.Get("httpStatusCode").Str(); deniedType(http) || deniedType(status.Get("errorCode").Str()) {
			a.Outcome = agenttrail.Denied
		}
	}
	switch a.Event.Action { // the logins state no status
	case "login_success":
		a.Outcome = agenttrail.Success
	case "login_failure":
		a.Outcome = agenttrail.Failure
	}
	a.Event.Reason = first(a.Error.Message, a.Error.Code, g.param("login_failure_type"))
}

// setResource takes the resource that the event refers to from the details of the item, else from its parameters.
func (g *googleActivity) setResource(a *agenttrail.Action) {
	var wanted string
	g.event.Get("resourceIds").Each(func(id strictjson.Value) bool { wanted = id.Str(); return false })
	g.v.Get("resourceDetails").Each(func(d strictjson.Value) bool {
		if id := d.Get("id").Str(); wanted == "" || id == wanted {
			a.Resource.ID, a.Resource.Type, a.Resource.Name = id, strings.ToLower(d.Get("type").Str()), d.Get("title").Str()
			a.Resource.Owner = d.At("/ownerDetails/ownerIdentity/email").Str()
			a.Data.Labels = g.labels(d.Get("appliedLabels"))
			return false
		}
		return true
	})
	if doc := g.param("doc_id"); doc != "" {
		a.Resource.ID, a.Resource.Type, a.Resource.Name = first(a.Resource.ID, doc), first(a.Resource.Type, "file"), first(a.Resource.Name, g.param("doc_title"))
		a.Resource.Owner, a.File.Name = first(a.Resource.Owner, g.param("owner")), g.param("doc_title")
	}
	a.User.Target.Email = first(g.param("target_user"), g.param("USER_EMAIL"))
	switch g.param("visibility") {
	case "people_with_link", "public_on_the_web", "shared_externally":
		a.Resource.External = agenttrail.Yes
	case "private", "shared_internally", "people_within_domain_with_link":
		a.Resource.External = agenttrail.No
	}
}

func (g *googleActivity) labels(v strictjson.Value) []string {
	var ids []string
	v.Each(func(one strictjson.Value) bool { ids = append(ids, one.Get("id").Str()); return true })
	return g.r.list(ids...)
}

// setMail reads what was sent to whom.
func (g *googleActivity) setMail(a *agenttrail.Action) {
	if a.Verb != agenttrail.VerbSend {
		return
	}
	a.Resource.Type, a.EmailSubject = first(a.Resource.Type, "message"), g.param("subject")
	to := g.parameter("recipient")
	if !to.Exists() {
		to = g.parameter("recipients")
	}
	a.EmailTo = g.r.texts(firstValue(to.Get("multiValue"), to.Get("value")))
	a.Subjects = g.r.subjects(a.EmailTo)
	if n := len(a.EmailTo); n > 0 {
		a.Resource.Count = agenttrail.Num(int64(n))
	}
}

// setToken reads what a person let an application do.
func (g *googleActivity) setToken(a *agenttrail.Action) {
	a.Resource.Type, a.Resource.ID, a.Resource.Name = "oauth_client", g.param("client_id"), g.param("app_name")
	a.Credential.Type, a.Credential.ID = "oauth_token", g.param("client_id")
	scope := g.parameter("scope")
	a.Credential.Scopes = g.r.texts(firstValue(scope.Get("multiValue"), scope.Get("value")))
}

// parameter is the parameter of the event called name; param is its text or number.
func (g *googleActivity) parameter(name string) (found strictjson.Value) {
	g.event.Get("parameters").Each(func(p strictjson.Value) bool {
		if p.Get("name").Str() == name {
			found = p
		}
		return !found.Exists()
	})
	return found
}

func (g *googleActivity) param(name string) string {
	p := g.parameter(name)
	return first(p.Get("value").Str(), p.Get("intValue").Str())
}

// googleVerb is the verb of an event: names mean different things in different applications.
func googleVerb(app, name string) string {
	if verb, ok := googleNames[app+"/"+name]; ok {
		return verb
	}
	switch app {
	case "login", "saml":
		return agenttrail.VerbAuthenticate
	case "takeout":
		return agenttrail.VerbExport
	case "gemini_in_workspace_apps", "workspace_studio", "gemini_notebook":
		return agenttrail.VerbInvoke
	}
	return googleVerbs.verb(strings.ToLower(name))
}

var googleNames = map[string]string{
	"gmail/send": agenttrail.VerbSend, "gmail/delivery": agenttrail.VerbSend, "gmail/view": agenttrail.VerbRead, "gmail/download": agenttrail.VerbExport,
	"token/authorize": agenttrail.VerbGrant, "token/revoke": agenttrail.VerbRevoke, "token/request": agenttrail.VerbOther, "token/activity": agenttrail.VerbOther,
	"drive/change_user_access": agenttrail.VerbShare, "drive/change_document_visibility": agenttrail.VerbShare, "drive/change_document_access_scope": agenttrail.VerbShare,
	"drive/shared_drive_membership_change": agenttrail.VerbGrant, "chat/message_posted": agenttrail.VerbSend, "login/logout": agenttrail.VerbOther,
	"admin/ASSIGN_ROLE": agenttrail.VerbGrant, "admin/UNASSIGN_ROLE": agenttrail.VerbRevoke, "admin/AUTHORIZE_API_CLIENT_ACCESS": agenttrail.VerbGrant,
	"groups/add_user": agenttrail.VerbGrant, "groups/remove_user": agenttrail.VerbRevoke,
}

var googleVerbs = verbTable{
	prefixes: []affix{
		{"view", agenttrail.VerbRead}, {"preview", agenttrail.VerbRead}, {"get", agenttrail.VerbRead}, {"download", agenttrail.VerbExport},
		{"export", agenttrail.VerbExport}, {"copy", agenttrail.VerbCreate}, {"create", agenttrail.VerbCreate}, {"add", agenttrail.VerbCreate},
		{"upload", agenttrail.VerbCreate}, {"edit", agenttrail.VerbUpdate}, {"change", agenttrail.VerbConfigure}, {"move", agenttrail.VerbUpdate},
		{"rename", agenttrail.VerbUpdate}, {"update", agenttrail.VerbUpdate}, {"delete", agenttrail.VerbDelete}, {"trash", agenttrail.VerbDelete},
		{"remove", agenttrail.VerbDelete}, {"search", agenttrail.VerbSearch}, {"list", agenttrail.VerbSearch}, {"send", agenttrail.VerbSend},
		{"toggle", agenttrail.VerbConfigure}, {"suspend", agenttrail.VerbConfigure},
	},
}
