package normalize

import (
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// setupFields are the facts that salesforce.setup may set.
var setupFields = []string{
	"@timestamp", "event.id", "event.action", "event.dataset", "user.id", "user.name", "user.email", "user.effective.id", "user.effective.name", "user.effective.email",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.name", "agenttrail.actor.basis",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.name", "agenttrail.resource.owner", "agenttrail.outcome",
}

var setupFormat = format{
	name: "salesforce.setup", version: "1.0.0", fields: setupFields,
	tells: TellsPerson,
	plan:  "every edition",
	keeps: "180 days",
	read:  records(mapSetup, "records"),
}

// mapSetup reads a record of SetupAuditTrail. It lists what was done, so that its outcome is success.
func mapSetup(r *reading, v strictjson.Value) {
	a := r.open("salesforce.setup", "Id", v.Get("Id"), "CreatedDate", v.Get("CreatedDate"), zoned, basicZone)
	if a == nil {
		return
	}
	a.Event.Action, a.Outcome = v.Get("Action").Str(), agenttrail.Success
	a.Verb = setupVerbs.verb(strings.ToLower(a.Event.Action))
	a.Resource.System, a.Resource.Type, a.Resource.Name = "salesforce", first(v.Get("Section").Str(), "setup"), v.Get("Display").Str()
	a.Resource.Owner = v.Get("ResponsibleNamespacePrefix").Str()
	by := v.Get("CreatedBy")
	user := agenttrail.Person{ID: v.Get("CreatedById").Str(), Name: first(by.Get("Username").Str(), by.Get("Name").Str()), Email: by.Get("Email").Str()}
	switch delegate := v.Get("DelegateUser").Str(); {
	case delegate != "": // an administrator logged in as the user
		a.User.Effective, a.User.Name, a.User.Email = user, delegate, mailAddress(delegate)
		a.Actor = agenttrail.Actor{Type: agenttrail.ActorHuman, ID: delegate, Name: delegate, Basis: agenttrail.BasisNative}
	case user.ID == "" && v.Get("Action").Exists(): // the platform itself
		a.Actor = agenttrail.Actor{Type: agenttrail.ActorSystem, Basis: agenttrail.BasisNative}
	default:
		a.User.ID, a.User.Name, a.User.Email = user.ID, user.Name, user.Email
		a.Actor.ID, a.Actor.Name = user.ID, user.Name
	}
}

// setupVerbs holds the vendor's names in lower case: it mixes the cases.
var setupVerbs = verbTable{
	names: map[string]string{
		"suorgadminlogin": agenttrail.VerbDelegate, "suorgadminlogout": agenttrail.VerbOther, "permsetassign": agenttrail.VerbGrant,
		"permsetunassign": agenttrail.VerbRevoke, "permsetgroupassign": agenttrail.VerbGrant, "permsetgroupunassign": agenttrail.VerbRevoke,
		"deactivateduser": agenttrail.VerbRevoke, "activateduser": agenttrail.VerbGrant, "frozeuser": agenttrail.VerbRevoke, "unfrozeuser": agenttrail.VerbGrant,
		"resetpassword": agenttrail.VerbUpdate, "dataexport": agenttrail.VerbExport,
	},
	prefixes: []affix{
		{"insertconnectedapp", agenttrail.VerbConnect}, {"createdconnectedapp", agenttrail.VerbConnect}, {"installed", agenttrail.VerbConnect},
		{"uninstalled", agenttrail.VerbRevoke}, {"deleteconnectedapp", agenttrail.VerbRevoke}, {"permsetenable", agenttrail.VerbGrant}, {"permsetdisable", agenttrail.VerbRevoke},
		{"permset", agenttrail.VerbConfigure}, {"changedprofileforuser", agenttrail.VerbGrant}, {"changedroleforuser", agenttrail.VerbGrant}, {"profile", agenttrail.VerbConfigure},
		{"createduser", agenttrail.VerbCreate}, {"created", agenttrail.VerbCreate}, {"insert", agenttrail.VerbCreate}, {"changed", agenttrail.VerbConfigure},
		{"update", agenttrail.VerbConfigure}, {"delete", agenttrail.VerbDelete}, {"enabled", agenttrail.VerbConfigure}, {"disabled", agenttrail.VerbConfigure},
	},
}
