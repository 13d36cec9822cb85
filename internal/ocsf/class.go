package ocsf

import "agenttrail/internal/strictjson"

// A class is what kind of event an action is, with the members that only this class has.
type class struct {
	uid      int
	name     string
	activity int
	label    string // of the activity
	profiles []string
	add      object
}

// Classes that are used.
const (
	authentication = 3002
	entity         = 3004
	userAccess     = 3005
	email          = 4009
	web            = 6001
	apiActivity    = 6003
	datastore      = 6005
	fileHosting    = 6006
)

var names = map[int]string{authentication: "Authentication", entity: "Entity Management", userAccess: "User Access Management", email: "Email Activity", web: "Web Resources Activity",
	apiActivity: "API Activity", datastore: "Datastore Activity", fileHosting: "File Hosting Activity"}

type value = strictjson.Value

// An activity of a class.
type activity struct {
	id    int
	label string
}

// Activities by verb, for each class.
var (
	ofAPI       = map[string]activity{"read": {2, "Read"}, "search": {2, "Read"}, "export": {2, "Read"}, "create": {1, "Create"}, "connect": {1, "Create"}, "update": {3, "Update"}, "configure": {3, "Update"}, "delete": {4, "Delete"}}
	ofFile      = map[string]activity{"read": {14, "Open"}, "export": {2, "Download"}, "create": {1, "Upload"}, "update": {3, "Update"}, "delete": {4, "Delete"}, "share": {12, "Share"}}
	ofDatastore = map[string]activity{"read": {1, "Read"}, "search": {4, "Query"}, "create": {6, "Create"}, "update": {2, "Update"}, "delete": {7, "Delete"}}
	ofWeb       = map[string]activity{"search": {5, "Search"}, "export": {7, "Export"}, "share": {8, "Share"}}
	ofLogin     = map[string]activity{"authenticate": {1, "Logon"}, "delegate": {4, "Service Ticket Request"}}
	ofAccess    = map[string]activity{"grant": {1, "Assign Privileges"}, "revoke": {2, "Revoke Privileges"}}
	ofEntity    = map[string]activity{"configure": {3, "Update"}, "connect": {1, "Create"}}
)

// classOf finds the most telling class whose requirements the document meets.
func classOf(d doc) class {
	verb, category := d.text("agenttrail.verb"), ""
	d.at("event.category").Each(func(v value) bool { category = v.Str(); return false })
	name, id := d.first("agenttrail.resource.name", "agenttrail.resource.id"), d.text("agenttrail.resource.id")
	thing := func() any {
		return some(object{"name": name, "uid": id, "type": d.text("agenttrail.resource.type")})
	}
	file := d.first("file.name", "agenttrail.resource.name", "agenttrail.resource.id")
	isFile := category == "file" && (fileLike[d.text("agenttrail.resource.type")] || d.text("file.name") != "")
	login, target := user(d, "user"), user(d, "user.target")
	service := some(object{"name": d.text("agenttrail.resource.system")})
	for _, c := range []struct {
		uid  int
		of   map[string]activity
		when bool
		add  object
	}{
		{fileHosting, ofFile, isFile && file != "", object{"file": some(object{"name": file, "path": d.text("file.path"), "uid": id, "type_id": 0})}},
		{datastore, ofDatastore, category == "database" && name != "", object{"table": some(object{"name": name, "uid": id}), "type_id": 3}},
		{web, ofWeb, name != "", object{"web_resources": []any{thing()}}},
		{authentication, ofLogin, login != nil && service != nil, object{"user": login, "service": service}},
		{userAccess, ofAccess, target != nil, object{"user": target, "resources": resources(d)}},
		{entity, ofEntity, name != "", object{"entity": thing()}},
	} {
		if a, ok := c.of[verb]; ok && c.when {
			return class{uid: c.uid, name: names[c.uid], activity: a.id, label: a.label, add: c.add}
		}
	}
	if to := d.list("email.to.address"); verb == "send" && len(to) > 0 && d.text("user.email") != "" {
		mail := some(object{"from": d.text("user.email"), "to": to, "subject": d.text("email.subject")})
		return class{uid: email, name: names[email], activity: 1, label: "Send", add: object{"email": mail, "direction_id": direction(d)}}
	}
	return api(d, verb)
}

var fileLike = map[string]bool{"file": true, "document": true, "object": true, "attachment": true}

// direction is outbound where the log says that the message left.
func direction(d doc) int {
	switch external, said := d.at("agenttrail.resource.external").Bool(); {
	case !said:
		return 0
	case external:
		return 2
	}
	return 3
}

// api is the class that every action can be: the operation in the source's own words.
func api(d doc, verb string) class {
	a, ok := ofAPI[verb]
	if !ok {
		a = activity{99, d.first("event.action", "agenttrail.verb")}
	}
	c := class{uid: apiActivity, name: names[apiActivity], activity: a.id, label: a.label, add: object{
		"api": some(object{"operation": d.first("event.action", "agenttrail.verb"), "service": some(object{"name": d.text("agenttrail.resource.system")}),
			"request":  request(d),
			"response": some(object{"error": d.text("error.code"), "error_message": d.text("error.message")})}),
		"resources": resources(d), "trace": trace(d),
	}}
	if c.add["trace"] != nil {
		c.profiles = append(c.profiles, "trace")
	}
	model := d.first("gen_ai.response.model", "gen_ai.request.model")
	if provider := d.text("gen_ai.provider.name"); model != "" && provider != "" {
		c.add["ai_model"] = object{"name": model, "ai_provider": provider}
	}
	c.add["message_context"] = message(d)
	if c.add["ai_model"] != nil || c.add["message_context"] != nil {
		c.profiles = append(c.profiles, "ai_operation")
	}
	c.control(d, verb)
	return c
}

// control says what a control decided: an approver, or the system that denied.
func (c *class) control(d doc, verb string) {
	disposition, action := 0, 0
	switch {
	case verb == "approve":
		disposition, action = 8, 1
	case verb == "reject":
		disposition, action = 25, 2
	case d.text("agenttrail.outcome") == "denied":
		disposition, action = 2, 2
	default:
		return
	}
	c.add["disposition_id"], c.add["action_id"] = disposition, action
	c.profiles = append(c.profiles, "security_control")
}

func request(d doc) any {
	if ids := d.list("agenttrail.correlation"); len(ids) > 0 {
		return object{"uid": ids[0]}
	}
	return nil
}

// message is the conversation that an action is part of.
func message(d doc) any {
	if d.text("agenttrail.resource.system") == "" || d.text("gen_ai.conversation.id") == "" && d.number("gen_ai.usage.input_tokens") == nil && d.text("gen_ai.tool.name") == "" {
		return nil
	}
	role := 4 // agent
	if d.text("gen_ai.tool.name") != "" {
		role = 3
	}
	return some(object{"uid": d.text("gen_ai.conversation.id"), "name": d.text("gen_ai.tool.name"), "ai_role_id": role, "service": object{"name": d.text("agenttrail.resource.system")},
		"prompt_tokens": d.number("gen_ai.usage.input_tokens"), "completion_tokens": d.number("gen_ai.usage.output_tokens")})
}

// trace has a span only where its times are known: the schema requires them.
func trace(d doc) any {
	if d.text("trace.id") == "" {
		return nil
	}
	t := object{"uid": d.text("trace.id")}
	if start, end := d.time("event.start"), d.time("event.end"); start != nil && end != nil && d.text("span.id") != "" {
		t["span"] = some(object{"uid": d.text("span.id"), "parent_uid": d.text("agenttrail.parent.span_id"), "start_time": start, "end_time": end})
	}
	return t
}

// confidentiality are the ids of our classes of data.
var confidentiality = map[string]int{"public": 1, "internal": 5, "confidential": 2, "restricted": 6}

func resources(d doc) any {
	r := some(object{"uid": d.text("agenttrail.resource.id"), "name": d.first("agenttrail.resource.name", "agenttrail.resource.id"), "type": d.text("agenttrail.resource.type")})
	if r == nil || d.first("agenttrail.resource.name", "agenttrail.resource.id") == "" {
		return nil
	}
	o := r.(object)
	o["role_id"] = 1 // target
	if owner := d.text("agenttrail.resource.owner"); owner != "" {
		o["owner"] = object{"name": owner, "type_id": 0}
	}
	o["data_classifications"] = []any{object{"confidentiality_id": confidentiality[d.text("agenttrail.data.classification")]}}
	return []any{o}
}
