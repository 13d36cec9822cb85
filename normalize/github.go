package normalize

import (
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// githubFields are the facts that github.audit may set.
var githubFields = []string{
	"@timestamp", "event.id", "event.action", "event.reason", "event.dataset", "user.id", "user.name", "user.email", "user.target.id", "user.target.name",
	"organization.id", "organization.name", "source.ip", "source.address", "user_agent.original",
	"gen_ai.agent.id", "gen_ai.agent.name", "rule.name",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.name", "agenttrail.actor.basis",
	"agenttrail.on_behalf_of.id", "agenttrail.on_behalf_of.name", "agenttrail.on_behalf_of.type", "agenttrail.delegation",
	"agenttrail.credential.type", "agenttrail.credential.id", "agenttrail.credential.scopes",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.name", "agenttrail.resource.external",
	"agenttrail.outcome", "agenttrail.approval.system", "agenttrail.approval.resource", "agenttrail.approval.ticket",
	"agenttrail.session.id", "agenttrail.correlation",
}

var githubFormat = format{
	name: "github.audit", version: "1.0.0", fields: githubFields,
	tells: TellsAgent | TellsPerson | TellsLeave,
	plan:  "Enterprise Cloud for the API and for streaming; other plans have the web page only, whose export a mapping can read",
	keeps: "180 days, Git events 7 days",
	read:  records(mapGitHub),
}

// mapGitHub reads events of the audit log, and requests of the stream of Copilot's API, which come through the same stream.
func mapGitHub(r *reading, v strictjson.Value) {
	name := v.Get("action").Str()
	if name == "" && v.Get("endpoint").Exists() {
		mapCopilot(r, v)
		return
	}
	native, ok := r.nativeID("_document_id", v.Get("_document_id"))
	if !ok {
		return
	}
	when, ok := r.when("@timestamp", first(v.Get("@timestamp").Str(), v.Get("created_at").Str()), unixMillis, zoned)
	if !ok {
		return
	}
	a := r.action()
	a.Native, a.Time, a.Event.ID, a.Event.Dataset, a.Event.Action = native, when, native, "github.audit", name
	a.Organization.ID, a.Organization.Name = first(v.Get("org_id").Str(), v.Get("business_id").Str()), first(v.Get("org").Str(), v.Get("business").Str())
	if a.Verb = githubVerbs.verb(name); a.Verb == agenttrail.VerbOther {
		a.Verb = operationVerb(v.Get("operation_type").Str())
	}
	githubWho(r, a, v)
	githubCredential(r, a, v)
	githubWhat(a, v)
	githubOutcome(a, v)
}

// githubWho: on an agent's event, user is the person who started it; on any other, the account that the event is about.
func githubWho(r *reading, a *agenttrail.Action, v strictjson.Value) {
	a.User.ID, a.User.Name = v.Get("actor_id").Str(), v.Get("actor").Str()
	a.Actor = agenttrail.Actor{ID: first(a.User.ID, a.User.Name), Name: a.User.Name, Basis: agenttrail.BasisNative}
	a.User.Email = first(mailAddress(v.Get("external_identity_nameid").Str()), mailAddress(v.Get("external_identity_username").Str()))
	userID, user := v.Get("user_id").Str(), v.Get("user").Str()
	agent, _ := v.Get("actor_is_agent").Bool()
	bot, said := v.Get("actor_is_bot").Bool()
	switch {
	case agent:
		a.Actor.Type, a.Actor.Basis = agenttrail.ActorAgent, agenttrail.BasisDeclared
		a.GenAI.AgentID, a.GenAI.AgentName = a.Actor.ID, a.User.Name
		serve(r, a, first(userID, user), user)
	case bot || strings.HasSuffix(a.User.Name, "[bot]"):
		a.Actor.Type = agenttrail.ActorService
	case said || a.User.Email != "":
		a.Actor.Type = agenttrail.ActorHuman
	default:
		a.Actor.Basis = ""
	}
	if !agent && user != a.User.Name {
		a.User.Target.ID, a.User.Target.Name = userID, user
	}
	setAddress(a, v.Get("actor_ip").Str())
	a.UserAgent = v.Get("user_agent").Str()
	a.Session = v.Get("agent_session_id").Str()
}

// githubCredential names the token by its hash, which an inventory of tokens can compute and nobody can turn back.
func githubCredential(r *reading, a *agenttrail.Action, v strictjson.Value) {
	kind := strings.ToLower(v.Get("programmatic_access_type").Str())
	switch {
	case kind == "":
		if v.Get("transport_protocol_name").Str() == "ssh" {
			a.Credential.Type = "api_key"
		}
	case strings.Contains(kind, "personal access token"):
		a.Credential.Type = "pat"
	case strings.Contains(kind, "github app"):
		a.Credential.Type = "app_token"
	case strings.Contains(kind, "oauth"):
		a.Credential.Type = "oauth_token"
	default:
		a.Credential.Type = agenttrail.Unknown
	}
	token := v.Get("token_id").Str()
	a.Credential.ID = first(v.Get("hashed_token").Str(), token)
	a.Credential.Scopes = r.list(words(v.Get("token_scopes").Str())...)
	a.Correlation = r.list(v.Get("request_id").Str(), token, v.Get("workflow_run_id").Str(), v.Get("oauth_application_id").Str(), v.Get("application_client_id").Str())
}

// githubResources name what was touched, the most telling member first.
var githubResources = []struct{ member, kind string }{
	{"pull_request_url", "pull_request"}, {"pull_request_id", "pull_request"}, {"environment_name", "environment"}, {"hook_id", "hook"},
	{"integration", "integration"}, {"oauth_application_name", "oauth_application"}, {"personal_access_token_id", "personal_access_token"},
}

func githubWhat(a *agenttrail.Action, v strictjson.Value) {
	a.Resource.System = "github"
	repo, category := v.Get("repo").Str(), a.Event.Action
	if i := strings.IndexByte(category, '.'); i > 0 {
		category = category[:i]
	}
	for _, one := range githubResources {
		if id := v.Get(one.member).Str(); id != "" {
			a.Resource.ID, a.Resource.Type = id, one.kind
			break
		}
	}
	switch {
	case a.Resource.ID != "":
		a.Resource.Name = repo
	case repo != "":
		a.Resource.ID, a.Resource.Type, a.Resource.Name = repo, "repository", repo
	case v.Get("team").Str() != "":
		a.Resource.ID, a.Resource.Type = v.Get("team").Str(), "team"
	default:
		a.Resource.ID, a.Resource.Type = a.Organization.Name, category
	}
	if a.Event.Action == "repo.access" && v.Get("visibility").Str() == "public" {
		a.Verb, a.Resource.External = agenttrail.VerbShare, agenttrail.Yes
	}
	if category == "protected_branch" {
		a.Rule.Name = v.Get("name").Str()
	}
	if a.Verb == agenttrail.VerbApprove || a.Verb == agenttrail.VerbReject {
		a.Approval.System, a.Approval.Resource = "github", repo
		a.Approval.Ticket = first(v.Get("workflow_run_id").Str(), v.Get("pull_request_url").Str())
	}
}

// githubOutcome: the log lists what was done, so that the record itself says success where it says nothing else.
func githubOutcome(a *agenttrail.Action, v strictjson.Value) {
	a.Event.Reason = first(v.Get("conclusion").Str(), v.Get("failure_reason").Str(), v.Get("explanation").Str())
	switch conclusion := v.Get("conclusion").Str(); {
	case strings.HasSuffix(a.Event.Action, "_failed"), strings.HasSuffix(a.Event.Action, ".failed"), v.Get("failure_reason").Exists():
		a.Outcome = agenttrail.Failure
	case strings.HasSuffix(a.Event.Action, "_denied"), strings.HasSuffix(a.Event.Action, ".deny"):
		a.Outcome = agenttrail.Denied
	case conclusion == "failure" || conclusion == "timed_out" || conclusion == "cancelled":
		a.Outcome = agenttrail.Failure
	case conclusion != "" && conclusion != "success":
		a.Outcome = agenttrail.Unknown
	default:
		a.Outcome = agenttrail.Success
	}
}

// mapCopilot reads a request to Copilot's API: a person set it to work. The answer to it is no action of its own.
func mapCopilot(r *reading, v strictjson.Value) {
	if v.Get("type").Str() == "response" {
		r.skip(SkipModelCall)
		return
	}
	native, ok := r.nativeID("event_id", v.Get("event_id"))
	if !ok {
		return
	}
	when, ok := r.when("@timestamp", v.Get("@timestamp").Str(), unixMillis, zoned)
	if !ok {
		return
	}
	a := r.action()
	a.Native, a.Time, a.Event.ID, a.Event.Dataset, a.Event.Action = native, when, native, "github.audit", v.Get("endpoint").Str()
	a.User.ID, a.Organization.ID = v.Get("user_id").Str(), v.Get("enterprise_id").Str()
	a.Actor.ID = a.User.ID
	a.Verb, a.Resource.System, a.Resource.Type, a.Resource.ID = agenttrail.VerbInvoke, "github", "copilot", v.Get("endpoint").Str()
	a.Correlation = r.list(v.Get("github_request_id").Str())
}

func operationVerb(operation string) string {
	switch operation {
	case "create":
		return agenttrail.VerbCreate
	case "access":
		return agenttrail.VerbRead
	case "modify", "transfer", "restore":
		return agenttrail.VerbUpdate
	case "remove":
		return agenttrail.VerbDelete
	case "authentication":
		return agenttrail.VerbAuthenticate
	}
	return agenttrail.VerbOther
}

var githubVerbs = verbTable{
	names: map[string]string{
		"git.clone": agenttrail.VerbExport, "git.fetch": agenttrail.VerbRead, "git.push": agenttrail.VerbUpdate, "repo.download_zip": agenttrail.VerbExport,
		"repo.access": agenttrail.VerbConfigure, "repo.transfer": agenttrail.VerbUpdate, "repo.add_member": agenttrail.VerbGrant, "repo.remove_member": agenttrail.VerbRevoke,
		"workflows.created_workflow_run": agenttrail.VerbExecute, "workflows.approve_workflow_job": agenttrail.VerbApprove,
		"workflows.rejected_workflow_job": agenttrail.VerbReject, "workflows.completed_workflow_run": agenttrail.VerbExecute,
		"org.add_member": agenttrail.VerbGrant, "org.update_member": agenttrail.VerbGrant, "org.remove_member": agenttrail.VerbRevoke, "org.invite_member": agenttrail.VerbGrant,
		"team.add_member": agenttrail.VerbGrant, "team.remove_member": agenttrail.VerbRevoke, "team.add_repository": agenttrail.VerbGrant,
		"integration_installation.create": agenttrail.VerbConnect, "integration_installation.repositories_added": agenttrail.VerbGrant,
		"integration_installation.repositories_removed": agenttrail.VerbRevoke, "integration_installation.destroy": agenttrail.VerbRevoke,
		"oauth_application.create": agenttrail.VerbConnect, "oauth_authorization.create": agenttrail.VerbConnect, "oauth_authorization.destroy": agenttrail.VerbRevoke,
		"personal_access_token.access_granted": agenttrail.VerbGrant, "personal_access_token.access_revoked": agenttrail.VerbRevoke,
		"personal_access_token.request_created": agenttrail.VerbCreate, "personal_access_token.request_denied": agenttrail.VerbReject,
		"org_credential_authorization.grant": agenttrail.VerbGrant, "org_credential_authorization.revoke": agenttrail.VerbRevoke,
		"org_credential_authorization.deauthorized": agenttrail.VerbRevoke, "public_key.create": agenttrail.VerbGrant, "public_key.delete": agenttrail.VerbRevoke,
		"protected_branch.policy_override": agenttrail.VerbUpdate, "pull_request.merge": agenttrail.VerbUpdate, "org.sso_response": agenttrail.VerbAuthenticate,
		"user.login": agenttrail.VerbAuthenticate, "user.failed_login": agenttrail.VerbAuthenticate,
	},
	prefixes: []affix{
		{"protected_branch.", agenttrail.VerbConfigure}, {"repository_ruleset.", agenttrail.VerbConfigure}, {"environment.", agenttrail.VerbConfigure},
		{"copilot.", agenttrail.VerbConfigure}, {"hook.", agenttrail.VerbConfigure}, {"secret_scanning.", agenttrail.VerbConfigure},
		{"business.", agenttrail.VerbConfigure}, {"org.enable_", agenttrail.VerbConfigure}, {"org.disable_", agenttrail.VerbConfigure},
		{"org.config.", agenttrail.VerbConfigure}, {"ip_allow_list", agenttrail.VerbConfigure}, {"role.", agenttrail.VerbGrant},
	},
	suffixes: []affix{{".create", agenttrail.VerbCreate}, {".destroy", agenttrail.VerbDelete}, {".delete", agenttrail.VerbDelete}, {".update", agenttrail.VerbUpdate}},
}
