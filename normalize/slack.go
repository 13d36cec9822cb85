package normalize

import (
	"agenttrail"
	"agenttrail/internal/strictjson"
)

// slackFields are the facts that slack.audit may set.
var slackFields = []string{
	"@timestamp", "event.id", "event.action", "event.dataset", "user.id", "user.name", "user.email", "user.target.id", "user.target.name", "user.target.email",
	"organization.id", "organization.name", "source.ip", "source.address", "user_agent.original", "file.name",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.name", "agenttrail.actor.basis", "agenttrail.credential.scopes",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.name", "agenttrail.resource.external",
	"agenttrail.subject.id", "agenttrail.outcome", "agenttrail.approval.agent", "agenttrail.approval.system", "agenttrail.approval.resource",
	"agenttrail.session.id", "agenttrail.correlation",
}

var slackFormat = format{
	name: "slack.audit", version: "1.0.0", fields: slackFields,
	tells: TellsAgent | TellsPerson | TellsLeave | TellsSubject,
	plan:  "Enterprise plan; other plans have no audit log to read",
	keeps: "since March 2018",
	read:  records(mapSlack, "entries"),
}

func mapSlack(r *reading, v strictjson.Value) {
	a := r.open("slack.audit", "id", v.Get("id"), "date_create", v.Get("date_create"), unixSeconds)
	if a == nil {
		return
	}
	a.Event.Action = v.Get("action").Str()
	a.Verb, a.Outcome = slackVerbs.verb(a.Event.Action), recordedOutcome(a.Event.Action)
	slackWho(a, v.Get("actor"), v.Get("context"))
	slackWhat(r, a, v.Get("entity"), v.Get("details"))
	place := v.At("/context/location")
	a.Organization.ID, a.Organization.Name = place.Get("id").Str(), place.Get("name").Str()
	a.Session = v.At("/context/session_id").Str()
	a.Correlation = r.list(v.At("/context/app/id").Str())
}

// slackWho: the actor is a user, which the vendor calls user for bots too; an app's own entry has an app as the actor.
func slackWho(a *agenttrail.Action, actor, context strictjson.Value) {
	kind := actor.Get("type").Str()
	who := firstValue(actor.Get(kind), actor.Get("user"))
	a.User.ID, a.User.Name, a.User.Email = who.Get("id").Str(), who.Get("name").Str(), who.Get("email").Str()
	a.Actor = agenttrail.Actor{ID: a.User.ID, Name: a.User.Name, Basis: agenttrail.BasisNative}
	switch {
	case kind == "app" || kind == "bot" || kind == "service":
		a.Actor.Type = agenttrail.ActorService
	case kind == "user" && a.User.Email != "": // accounts of bots have no address
		a.Actor.Type = agenttrail.ActorHuman
	case kind == "system":
		a.Actor.Type = agenttrail.ActorSystem
	default:
		a.Actor.Basis = ""
	}
	setAddress(a, context.Get("ip_address").Str())
	a.UserAgent = context.Get("ua").Str()
}

// slackWhat names what was touched, and for the decisions about apps which app may be installed.
func slackWhat(r *reading, a *agenttrail.Action, entity, details strictjson.Value) {
	kind := entity.Get("type").Str()
	on := entity.Get(kind)
	a.Resource.System, a.Resource.Type, a.Resource.ID = "slack", kind, on.Get("id").Str()
	a.Resource.Name = first(on.Get("name").Str(), on.Get("title").Str())
	scopes := firstValue(details.Get("new_scopes"), details.Get("scopes"), on.Get("scopes"))
	switch kind {
	case "user":
		a.User.Target = agenttrail.Person{ID: a.Resource.ID, Name: on.Get("name").Str(), Email: on.Get("email").Str()}
		a.Subjects = r.list(subject(a.User.Target.Email))
	case "file":
		a.File.Name = a.Resource.Name
	case "app":
		a.Credential.Scopes = r.texts(scopes)
	}
	if a.Event.Action == "public_file_link_created" || a.Event.Action == "external_shared_channel_connected" || a.Event.Action == "file_shared" && on.Get("is_external").Str() == "true" {
		a.Resource.External = agenttrail.Yes
	}
	if a.Verb == agenttrail.VerbApprove || a.Verb == agenttrail.VerbReject {
		a.Approval = agenttrail.Approval{Agent: a.Resource.Name, System: "slack", Resource: a.Resource.ID}
	}
}

var slackVerbs = verbTable{
	names: map[string]string{
		"app_installed": agenttrail.VerbConnect, "app_uninstalled": agenttrail.VerbRevoke, "app_approved": agenttrail.VerbApprove, "app_restricted": agenttrail.VerbReject,
		"app_scopes_expanded": agenttrail.VerbGrant, "app_resources_added": agenttrail.VerbGrant, "app_resources_granted": agenttrail.VerbGrant,
		"app_token_preserved": agenttrail.VerbConfigure, "app_deleted": agenttrail.VerbDelete, "workflow_app_token_deactivated": agenttrail.VerbRevoke,
		"bot_token_upgraded": agenttrail.VerbGrant, "bot_token_downgraded": agenttrail.VerbRevoke,
		"user_login": agenttrail.VerbAuthenticate, "user_login_failed": agenttrail.VerbAuthenticate, "user_logout": agenttrail.VerbOther,
		"file_downloaded": agenttrail.VerbExport, "file_downloaded_blocked": agenttrail.VerbExport, "file_uploaded": agenttrail.VerbCreate,
		"file_shared": agenttrail.VerbShare, "file_public_link_created": agenttrail.VerbShare, "public_file_link_created": agenttrail.VerbShare,
		"public_file_link_revoked": agenttrail.VerbRevoke, "file_opened": agenttrail.VerbRead, "external_shared_channel_connected": agenttrail.VerbShare,
		"external_shared_channel_invite_approved": agenttrail.VerbApprove, "external_shared_channel_disconnected": agenttrail.VerbRevoke,
		"public_channel_converted_to_private": agenttrail.VerbConfigure, "private_channel_converted_to_public": agenttrail.VerbShare,
		"user_channel_join": agenttrail.VerbGrant, "user_channel_leave": agenttrail.VerbRevoke, "guest_channel_join": agenttrail.VerbGrant,
		"user_added_to_usergroup": agenttrail.VerbGrant, "user_removed_from_usergroup": agenttrail.VerbRevoke,
		"user_deactivated": agenttrail.VerbRevoke, "user_reactivated": agenttrail.VerbGrant, "user_session_invalidated": agenttrail.VerbRevoke,
		"workspace_accepted_migration": agenttrail.VerbConfigure, "manual_export_started": agenttrail.VerbExport, "manual_export_downloaded": agenttrail.VerbExport,
		"scheduled_export_started": agenttrail.VerbExport, "corporate_exports_approved": agenttrail.VerbApprove, "emoji_added": agenttrail.VerbCreate,
	},
	prefixes: []affix{{"role_change_to_", agenttrail.VerbGrant}, {"pref.", agenttrail.VerbConfigure}, {"ekm_", agenttrail.VerbConfigure}},
	suffixes: []affix{
		{"_approved", agenttrail.VerbApprove}, {"_restricted", agenttrail.VerbReject}, {"_denied", agenttrail.VerbReject}, {"_created", agenttrail.VerbCreate}, {"_deleted", agenttrail.VerbDelete},
		{"_installed", agenttrail.VerbConnect}, {"_assigned", agenttrail.VerbGrant}, {"_archive", agenttrail.VerbUpdate}, {"_updated", agenttrail.VerbUpdate},
		{"_changed", agenttrail.VerbConfigure}, {"_exported", agenttrail.VerbExport}, {"_downloaded", agenttrail.VerbExport}, {"_shared", agenttrail.VerbShare},
	},
}
