package normalize

import (
	"slices"
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// grantFacts are the facts that agenttrail.grants may set: all of the table.
var grantFacts = func() (names []string) {
	for _, f := range agenttrail.GrantFields() {
		if f.Fact() {
			names = append(names, f.Name)
		}
	}
	return names
}()

var grantsFormat = format{
	name: "agenttrail.grants", version: "1.0.0", fields: grantFacts,
	tells: TellsAgent | TellsLeave,
	plan:  "none: an export of whatever inventory knows the permissions", keeps: "by that inventory; each export is one snapshot",
	read: func(Options) func(*reading, *window) error { return grants },
}

// grants reads the permissions held at the time of a snapshot, JSON lines or CSV with the same names. An object whose first character is '{' has lines.
// In one text a semicolon parts several data classes.
func grants(r *reading, w *window) error {
	c, err := w.nextAfterMark()
	if err != nil {
		return err
	}
	if c == '{' {
		return r.json(lines, w, true, func(r *reading, v strictjson.Value) {
			classes := strings.Split(v.Get("data_classes").Str(), ";")
			v.Get("data_classes").Each(func(one strictjson.Value) bool { classes = append(classes, one.Str()); return true })
			r.inventoryLine(func(name string) string { return v.Get(name).Str() }, classes)
		})
	}
	return r.csv(w, []string{"system", "permission"}, func(r *reading, in row) {
		r.inventoryLine(in.cell, strings.Split(in.cell("data_classes"), ";"))
	})
}

// inventoryLine maps one line.
func (r *reading) inventoryLine(get func(name string) string, classes []string) {
	g := agenttrail.Grant{Dataset: "agenttrail.grants", Agent: get("agent"), System: get("system"), Permission: get("permission"), GrantedBy: get("granted_by"),
		Why: get("why"), Ticket: get("ticket"), Source: get("source"), Credential: agenttrail.GrantedTo{ID: get("credential_id"), Type: get("credential_type")}}
	for i := range classes {
		classes[i] = strings.TrimSpace(classes[i])
	}
	g.DataClasses = r.list(classes...)
	if r.optionalTime("granted_at", get("granted_at"), &g.GrantedAt) && r.optionalTime("expires_at", get("expires_at"), &g.ExpiresAt) &&
		r.optionalTime("seen_at", get("seen_at"), &g.SeenAt) && r.checkGrant(&g) {
		*r.grant() = g
	}
}

// checkGrant rejects what is no permission: nobody holds it, or it is not said of what.
func (r *reading) checkGrant(g *agenttrail.Grant) bool {
	types := closedLists["agenttrail.credential.type"]
	switch {
	case g.Agent == "" && g.Credential.ID == "":
		r.reject(RejectValue, "neither an agent nor a credential holds it")
	case g.System == "" || g.Permission == "":
		r.reject(RejectValue, "it names no system, or no permission")
	case g.Credential.Type != "" && !slices.Contains(types, g.Credential.Type):
		r.reject(RejectValue, "the type of the credential is "+quote(g.Credential.Type)+"; it must be one of "+strings.Join(types, ", "))
	default:
		return true
	}
	return false
}

// grant adds an empty grant to the record. The pointer is valid until the next one is added.
func (r *reading) grant() *agenttrail.Grant {
	r.record.Grants = append(r.record.Grants, agenttrail.Grant{})
	return &r.record.Grants[len(r.record.Grants)-1]
}
