package normalize

import (
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// hubspotFields are the facts that hubspot.audit may set.
var hubspotFields = []string{
	"@timestamp", "event.id", "event.action", "event.dataset", "user.id", "user.email", "source.ip", "source.address", "user_agent.original",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.basis",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id",
	"agenttrail.outcome", "agenttrail.approval.system", "agenttrail.approval.resource",
}

var hubspotFormat = format{
	name: "hubspot.audit", version: "1.0.0", fields: hubspotFields,
	tells: TellsPerson | TellsLeave,
	plan:  "Enterprise; Starter and Professional have logins and security activity only",
	keeps: "logins 90 days; the audit log: not stated by the vendor, pull it every night",
	read:  records(mapHubSpot, "results"),
}

// mapHubSpot reads the audit log, and the two logs beside it: logins, and what concerns the security of the account.
func mapHubSpot(r *reading, v strictjson.Value) {
	name, when := "occurredAt", v.Get("occurredAt")
	login := v.Get("loginAt")
	switch {
	case login.Exists():
		name, when = "loginAt", login
	case !when.Exists() && v.Get("createdAt").Exists():
		name, when = "createdAt", v.Get("createdAt")
	}
	a := r.open("hubspot.audit", "id", v.Get("id"), name, when, zoned, unixMillis)
	if a == nil {
		return
	}
	by := v.Get("actingUser")
	a.User.ID, a.User.Email = first(by.Get("userId").Str(), v.Get("userId").Str()), first(by.Get("userEmail").Str(), v.Get("email").Str())
	a.Actor.ID = first(a.User.Email, a.User.ID)
	setAddress(a, v.Get("ipAddress").Str())
	a.UserAgent = v.Get("userAgent").Str()
	a.Resource.System = "hubspot"
	if login.Exists() {
		hubspotLogin(a, v)
		return
	}
	kind := first(v.Get("subCategory").Str(), v.Get("category").Str(), v.Get("type").Str())
	a.Event.Action = strings.TrimSpace(first(v.Get("category").Str(), v.Get("type").Str()) + " " + v.Get("action").Str())
	a.Resource.Type, a.Resource.ID = strings.ToLower(kind), first(v.Get("targetObjectId").Str(), v.Get("objectId").Str())
	a.Verb, a.Outcome = hubspotVerb(v.Get("category").Str(), first(v.Get("action").Str(), v.Get("type").Str())), recordedOutcome(strings.ToLower(a.Event.Action))
	if a.Verb == agenttrail.VerbApprove || a.Verb == agenttrail.VerbReject {
		a.Approval.System, a.Approval.Resource = "hubspot", a.Resource.ID
	}
}

// hubspotLogin: keys of apps do not log in, people do.
func hubspotLogin(a *agenttrail.Action, v strictjson.Value) {
	a.Event.Action, a.Verb = "login", agenttrail.VerbAuthenticate
	a.Actor.Type, a.Actor.Basis = agenttrail.ActorHuman, agenttrail.BasisNative
	if in, said := v.Get("loginSucceeded").Bool(); said && in {
		a.Outcome = agenttrail.Success
	} else if said {
		a.Outcome = agenttrail.Failure
	}
}

func hubspotVerb(category, action string) string {
	action = strings.ToUpper(action)
	switch {
	case category == "APPROVAL" && strings.HasPrefix(action, "APPROVE"):
		return agenttrail.VerbApprove
	case category == "APPROVAL" && (strings.HasPrefix(action, "REJECT") || strings.HasPrefix(action, "DENY")):
		return agenttrail.VerbReject
	case action == "UPDATE" && strings.Contains(category, "SETTING"):
		return agenttrail.VerbConfigure
	}
	return hubspotVerbs.verb(action)
}

var hubspotVerbs = verbTable{
	names: map[string]string{
		"CREATE": agenttrail.VerbCreate, "UPDATE": agenttrail.VerbUpdate, "DELETE": agenttrail.VerbDelete, "PURGE": agenttrail.VerbDelete, "MERGE": agenttrail.VerbUpdate, "RESTORE": agenttrail.VerbUpdate,
		"VIEW": agenttrail.VerbRead, "EXPORT": agenttrail.VerbExport, "IMPORT": agenttrail.VerbCreate, "LOGIN": agenttrail.VerbAuthenticate, "SEND": agenttrail.VerbSend, "PUBLISH": agenttrail.VerbShare,
		"INSTALL": agenttrail.VerbConnect, "UNINSTALL": agenttrail.VerbRevoke, "ACTIVATE": agenttrail.VerbConfigure, "DEACTIVATE": agenttrail.VerbConfigure,
		"PERMISSION_CHANGED": agenttrail.VerbGrant, "PRIVATE_APP_CREATED": agenttrail.VerbConnect,
	},
	prefixes: []affix{
		{"ADD", agenttrail.VerbGrant}, {"REMOVE", agenttrail.VerbRevoke}, {"EXPORT", agenttrail.VerbExport}, {"CREATE_API_KEY", agenttrail.VerbGrant}, {"VIEW_API_KEY", agenttrail.VerbRead},
		{"USER_INVITE", agenttrail.VerbGrant}, {"USER_DEACTIVATE", agenttrail.VerbRevoke}, {"PRIVATE_APP", agenttrail.VerbConfigure},
	},
	suffixes: []affix{{"_CREATED", agenttrail.VerbCreate}, {"_DELETED", agenttrail.VerbDelete}, {"_UPDATED", agenttrail.VerbUpdate}, {"_EXPORT", agenttrail.VerbExport}},
}
