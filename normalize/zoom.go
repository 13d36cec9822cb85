package normalize

import (
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// zoomFields are the facts that zoom.operations may set.
var zoomFields = []string{
	"@timestamp", "event.action", "event.dataset", "user.email", "source.ip", "source.address", "user_agent.original",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.basis",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.name", "agenttrail.outcome",
}

var zoomFormat = format{
	name: "zoom.operations", version: "1.0.0", fields: zoomFields,
	tells: TellsPerson,
	plan:  "a paid plan with reports; one month a call",
	keeps: "some months, by plan",
	read:  records(mapZoom, "operation_logs", "activity_logs"),
}

// mapZoom reads operations of administrators and the signing in and out of people. A record has no id: it is known by its page, its place there and its bytes.
func mapZoom(r *reading, v strictjson.Value) {
	when, ok := r.stamp("time", v.Get("time").Str())
	if !ok {
		return
	}
	a := r.action()
	a.Time, a.Event.Dataset = when, "zoom.operations"
	a.User.Email = first(v.Get("operator").Str(), v.Get("email").Str())
	a.Actor.ID = a.User.Email
	setAddress(a, v.Get("ip_address").Str())
	a.UserAgent = strings.TrimSpace(v.Get("client_type").Str() + " " + v.Get("version").Str())
	a.Resource.System = "zoom"
	a.Resource.Type, a.Resource.Name = v.Get("category_type").Str(), v.Get("operation_detail").Str()
	if kind := v.Get("type").Str(); kind != "" {
		a.Event.Action, a.Resource.Type = kind, "session"
		a.Actor.Type, a.Actor.Basis = agenttrail.ActorHuman, agenttrail.BasisNative
	} else {
		a.Event.Action = v.Get("action").Str()
	}
	a.Verb, a.Outcome = zoomVerb(a.Event.Action, a.Resource.Type), recordedOutcome(strings.ToLower(a.Event.Action))
}

// zoomVerb: roles, tokens and apps are added as a grant or a connection, settings are configured.
func zoomVerb(action, category string) string {
	verb := zoomVerbs.verb(strings.ToLower(action))
	category = strings.ToLower(category)
	switch {
	case strings.Contains(category, "role") && verb == agenttrail.VerbCreate, strings.Contains(category, "role") && verb == agenttrail.VerbUpdate:
		return agenttrail.VerbGrant
	case strings.Contains(category, "marketplace") && verb == agenttrail.VerbCreate:
		return agenttrail.VerbConnect
	case verb == agenttrail.VerbUpdate && (strings.Contains(category, "account") || strings.Contains(category, "setting")):
		return agenttrail.VerbConfigure
	}
	return verb
}

var zoomVerbs = verbTable{
	names: map[string]string{"sign in": agenttrail.VerbAuthenticate, "sign out": agenttrail.VerbOther},
	prefixes: []affix{
		{"add", agenttrail.VerbCreate}, {"create", agenttrail.VerbCreate}, {"upload", agenttrail.VerbCreate}, {"update", agenttrail.VerbUpdate}, {"change", agenttrail.VerbUpdate}, {"delete", agenttrail.VerbDelete},
		{"remove", agenttrail.VerbDelete}, {"install", agenttrail.VerbConnect}, {"uninstall", agenttrail.VerbRevoke}, {"assign", agenttrail.VerbGrant},
		{"unassign", agenttrail.VerbRevoke}, {"deactivate", agenttrail.VerbRevoke}, {"activate", agenttrail.VerbGrant}, {"export", agenttrail.VerbExport},
		{"download", agenttrail.VerbExport}, {"share", agenttrail.VerbShare}, {"view", agenttrail.VerbRead}, {"failed sign in", agenttrail.VerbAuthenticate},
	},
}
