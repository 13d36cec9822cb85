package agenttrail

// The verbs: a closed list. One action has one verb; a denied attempt keeps its verb.
const (
	VerbRead         = "read"
	VerbSearch       = "search"
	VerbExport       = "export"
	VerbCreate       = "create"
	VerbUpdate       = "update"
	VerbDelete       = "delete"
	VerbSend         = "send"
	VerbShare        = "share"
	VerbPay          = "pay"
	VerbExecute      = "execute"
	VerbInvoke       = "invoke"
	VerbAuthenticate = "authenticate"
	VerbDelegate     = "delegate"
	VerbGrant        = "grant"
	VerbRevoke       = "revoke"
	VerbConfigure    = "configure"
	VerbApprove      = "approve"
	VerbReject       = "reject"
	VerbConnect      = "connect"
	VerbOther        = "other"
)

// Effects of verbs: what kind of consequence they have.
const (
	EffectRead     = "read"
	EffectWrite    = "write"
	EffectExternal = "external" // leaves the organisation: mail, shares, money
	EffectControl  = "control"  // changes who may do what, or starts other work
)

// A Verb is one line of the verb table.
type Verb struct {
	Name, Effect string
	Category     []string // event.category of ECS
	Type         []string // event.type of ECS
}

var verbs = [...]Verb{
	{VerbRead, EffectRead, []string{"api"}, []string{"access"}},
	{VerbSearch, EffectRead, []string{"api"}, []string{"access"}},
	{VerbExport, EffectRead, []string{"file"}, []string{"access"}},
	{VerbCreate, EffectWrite, []string{"api"}, []string{"creation"}},
	{VerbUpdate, EffectWrite, []string{"api"}, []string{"change"}},
	{VerbDelete, EffectWrite, []string{"api"}, []string{"deletion"}},
	{VerbSend, EffectExternal, []string{"email"}, []string{"info"}},
	{VerbShare, EffectExternal, []string{"file"}, []string{"change"}},
	{VerbPay, EffectExternal, []string{"api"}, []string{"change"}},
	{VerbExecute, EffectWrite, []string{"process"}, []string{"start"}},
	{VerbInvoke, EffectControl, []string{"api"}, []string{"start", "info"}},
	{VerbAuthenticate, EffectControl, []string{"authentication"}, []string{"start"}},
	{VerbDelegate, EffectControl, []string{"iam"}, []string{"info"}},
	{VerbGrant, EffectControl, []string{"iam"}, []string{"admin", "change"}},
	{VerbRevoke, EffectControl, []string{"iam"}, []string{"admin", "change"}},
	{VerbConfigure, EffectControl, []string{"configuration"}, []string{"change"}},
	{VerbApprove, EffectControl, []string{"api"}, []string{"allowed", "info"}},
	{VerbReject, EffectControl, []string{"api"}, []string{"denied", "info"}},
	{VerbConnect, EffectControl, []string{"configuration"}, []string{"creation"}},
	{VerbOther, EffectControl, []string{"api"}, []string{"info"}},
}

// Verbs lists the verb table.
func Verbs() []Verb { return verbs[:] }

// LookupVerb finds a verb by its name.
func LookupVerb(name string) (Verb, bool) {
	for i := range verbs {
		if verbs[i].Name == name {
			return verbs[i], true
		}
	}
	return Verb{}, false
}

// legalTypes are the event types that ECS allows for each category we use.
var legalTypes = map[string][]string{
	"api":            {"access", "admin", "allowed", "change", "creation", "deletion", "denied", "end", "info", "start", "user"},
	"authentication": {"start", "end", "info"},
	"configuration":  {"access", "change", "creation", "deletion", "info"},
	"database":       {"access", "change", "info", "error"},
	"email":          {"info"},
	"file":           {"access", "change", "creation", "deletion", "info"},
	"iam":            {"admin", "change", "creation", "deletion", "group", "info", "user"},
	"process":        {"access", "change", "end", "info", "start"},
}

// ecs gives category and type of an action: the verb's, by resource where the verb alone does not tell, and denied where it was.
// Denied is legal only together with the category api, so that is added.
func ecs(a *Action) (category, typ []string) {
	v, ok := LookupVerb(a.Verb)
	if !ok {
		v, _ = LookupVerb(VerbOther)
	}
	category, typ = v.Category, v.Type
	kind := resourceKind(a)
	switch reads, changes := v.Effect == EffectRead, v.Effect == EffectWrite && v.Name != VerbExecute; {
	case reads && v.Name != VerbExport && kind == "email":
		category, typ = []string{kind}, []string{"info"}
	case reads && v.Name != VerbExport && kind != "", changes && kind == "file":
		category = []string{kind}
	}
	if a.Outcome == Denied && a.Verb != VerbReject {
		if category[0] != "api" {
			category = []string{category[0], "api"}
		}
		typ = append(append([]string{}, typ...), "denied")
	}
	return category, typ
}

// resourceKind names the ECS category that a resource type belongs to, empty if it is none of them.
func resourceKind(a *Action) string {
	switch a.Resource.Type {
	case "file", "document", "object", "attachment":
		return "file"
	case "table", "query", "record", "database":
		return "database"
	case "message", "mail", "email", "mailbox":
		return "email"
	}
	return ""
}
