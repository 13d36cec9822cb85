package normalize

import (
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// activityFields are the facts that anthropic.activity may set.
var activityFields = []string{
	"@timestamp", "event.id", "event.action", "event.dataset", "user.id", "user.email", "user.target.id", "user.target.email", "organization.id",
	"source.ip", "source.address", "user_agent.original",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.basis", "agenttrail.credential.type", "agenttrail.credential.id",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.name",
	"agenttrail.resource.external", "agenttrail.outcome", "agenttrail.session.id",
}

var activityFormat = format{
	name: "anthropic.activity", version: "1.0.0", fields: activityFields,
	tells: TellsPerson,
	plan:  "Enterprise (the feed also for Console organisations), switched on by an admin; nothing from before that day",
	keeps: "6 years",
	read:  records(mapActivity, "data"),
}

func mapActivity(r *reading, v strictjson.Value) {
	native, ok := r.nativeID("id", v.Get("id"))
	if !ok {
		return
	}
	when, ok := r.stamp("created_at", v.Get("created_at").Str())
	if !ok {
		return
	}
	a := r.action()
	a.Native, a.Time, a.Event.ID, a.Event.Dataset, a.Event.Action = native, when, native, "anthropic.activity", v.Get("type").Str()
	a.Organization.ID = first(v.Get("organization_uuid").Str(), v.Get("organization_id").Str())
	a.Verb = activityVerbs.verb(a.Event.Action)
	a.Session = v.Get("claude_session_id").Str()
	activityActor(a, v.Get("actor"))
	activityResource(a, v)
	a.Outcome = recordedOutcome(a.Event.Action)
}

// recordedOutcome is what the name of an event says in a log that lists what has happened: that it did, unless the name says otherwise.
func recordedOutcome(name string) string {
	switch {
	case strings.Contains(name, "failed"), strings.Contains(name, "failure"):
		return agenttrail.Failure
	case strings.Contains(name, "denied"), strings.Contains(name, "forbidden"):
		return agenttrail.Denied
	case name == "":
		return agenttrail.Unknown
	}
	return agenttrail.Success
}

// activityActor reads the union of actors. People are joined by user_id, since addresses change; the address serves to find them.
func activityActor(a *agenttrail.Action, who strictjson.Value) {
	setAddress(a, who.Get("ip_address").Str())
	a.UserAgent = who.Get("user_agent").Str()
	a.Actor.Basis = agenttrail.BasisNative
	switch who.Get("type").Str() {
	case "user_actor":
		a.User.ID, a.User.Email = who.Get("user_id").Str(), who.Get("email_address").Str()
		a.Actor.Type, a.Credential.Type = agenttrail.ActorHuman, "session"
	case "unauthenticated_user_actor":
		a.User.Email, a.Actor.Basis = who.Get("unauthenticated_email_address").Str(), "" // whoever typed that address
	case "api_actor":
		a.Credential.Type, a.Credential.ID = "api_key", who.Get("api_key_id").Str()
		a.User.ID, a.Actor.Type = a.Credential.ID, agenttrail.ActorService
	case "admin_api_key_actor":
		a.Credential.Type, a.Credential.ID = "api_key", who.Get("admin_api_key_id").Str()
		a.User.ID, a.Actor.Type = a.Credential.ID, agenttrail.ActorService
	case "anthropic_actor":
		a.User.ID, a.User.Email, a.Actor.Type = "anthropic", who.Get("email_address").Str(), agenttrail.ActorSystem
	case "system_actor":
		a.Actor.Type = agenttrail.ActorSystem
	case "scim_directory_sync_actor":
		a.User.ID, a.Actor.Type = who.Get("directory_id").Str(), agenttrail.ActorSystem
	default:
		a.Actor.Basis = ""
	}
	a.Actor.ID = first(a.User.ID, a.User.Email)
}

// activityResources are the members that name what was touched, the most telling first.
var activityResources = []struct{ id, name, kind string }{
	{"mcp_server_id", "mcp_server_name", "mcp_server"}, {"integration_id", "integration_name", "integration"}, {"service_key_id", "", "service_key"},
	{"admin_api_key_id", "", "admin_api_key"}, {"api_key_id", "", "api_key"}, {"claude_artifact_id", "", "artifact"}, {"claude_chat_id", "", "chat"},
	{"claude_project_id", "", "project"}, {"claude_file_id", "", "file"}, {"claude_session_id", "", "session"}, {"resource_id", "", ""},
	{"ip_restriction_id", "", "ip_restriction"}, {"invite_id", "", "invite"}, {"workspace_id", "", "workspace"},
}

func activityResource(a *agenttrail.Action, v strictjson.Value) {
	a.Resource.System = "anthropic"
	for _, one := range activityResources {
		if id := v.Get(one.id).Str(); id != "" {
			a.Resource.ID, a.Resource.Type = id, first(one.kind, v.Get("resource_type").Str())
			if one.name != "" {
				a.Resource.Name = v.Get(one.name).Str()
			}
			break
		}
	}
	if v.Get("target_type").Str() == "user" {
		a.User.Target.ID = v.Get("target_id").Str()
	}
	a.User.Target.ID = first(a.User.Target.ID, v.Get("deleted_user_id").Str(), v.Get("invited_user_id").Str())
	a.User.Target.Email = first(v.Get("deleted_user_email").Str(), v.Get("invited_email_address").Str())
	a.Resource.Name = first(a.Resource.Name, v.Get("role").Str()) // a role is granted on the resource
	v.Get("audience").Each(func(to strictjson.Value) bool {
		if to.Get("type").Str() == "public" {
			a.Resource.External = agenttrail.Yes
		} else if a.Resource.External == agenttrail.Unsaid {
			a.Resource.External = agenttrail.No
		}
		return true
	})
}

var activityVerbs = verbTable{
	names: map[string]string{
		"mcp_server_created": agenttrail.VerbConnect, "integration_user_connected": agenttrail.VerbConnect, "mcp_server_deleted": agenttrail.VerbConfigure,
		"integration_user_disconnected": agenttrail.VerbRevoke, "role_assignment_granted": agenttrail.VerbGrant, "role_assignment_revoked": agenttrail.VerbRevoke,
		"claude_artifact_sharing_updated": agenttrail.VerbShare, "org_user_invite_sent": agenttrail.VerbGrant, "org_user_deleted": agenttrail.VerbRevoke,
		"primary_owner_transferred": agenttrail.VerbGrant, "compliance_api_accessed": agenttrail.VerbExport, "claude_chat_access_failed": agenttrail.VerbRead,
	},
	prefixes: []affix{
		{"service_key_created", agenttrail.VerbGrant}, {"service_key_", agenttrail.VerbRevoke}, {"admin_api_key_created", agenttrail.VerbGrant},
		{"admin_api_key_deleted", agenttrail.VerbRevoke}, {"api_key_created", agenttrail.VerbGrant}, {"api_key_deleted", agenttrail.VerbRevoke},
		{"sso_login", agenttrail.VerbAuthenticate}, {"user_login", agenttrail.VerbAuthenticate}, {"user_signed_in", agenttrail.VerbAuthenticate},
		{"org_sso", agenttrail.VerbConfigure}, {"org_ip_restriction", agenttrail.VerbConfigure}, {"platform_spend_limit", agenttrail.VerbConfigure},
		{"claude_organization_settings", agenttrail.VerbConfigure}, {"org_", agenttrail.VerbConfigure},
	},
	suffixes: []affix{
		{"_created", agenttrail.VerbCreate}, {"_uploaded", agenttrail.VerbCreate}, {"_updated", agenttrail.VerbUpdate}, {"_deleted", agenttrail.VerbDelete},
		{"_viewed", agenttrail.VerbRead}, {"_accessed", agenttrail.VerbRead}, {"_downloaded", agenttrail.VerbExport}, {"_exported", agenttrail.VerbExport},
		{"_shared", agenttrail.VerbShare}, {"_granted", agenttrail.VerbGrant}, {"_revoked", agenttrail.VerbRevoke}, {"_connected", agenttrail.VerbConnect},
	},
}
