// Package ocsf writes actions as events of the Open Cybersecurity Schema Framework. It reads a document of ours, so that facts, judgements and what is
// derived are told as everywhere else, and loses nothing: the whole agenttrail namespace stands under unmapped.
//
// A class is used only where the document has what the class requires; else the action is an API activity, which every action can be.
package ocsf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"agenttrail/internal/strictjson"
)

// Version is the version of the schema that is written.
const Version = "1.8.0"

type object = map[string]any

// Append writes the event of one document, a line of JSON without its end, to dst.
func Append(dst, document []byte) ([]byte, error) {
	v, err := strictjson.Parse(document)
	if err != nil {
		return dst, fmt.Errorf("ocsf: %w", err)
	}
	d := doc{v}
	if d.time("@timestamp") == nil {
		return dst, fmt.Errorf("ocsf: document %q has no @timestamp", d.text("agenttrail.id"))
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(event(d)); err != nil {
		return dst, fmt.Errorf("ocsf: %w", err)
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...), nil
}

// A doc is read by dotted names. What is absent is nil or empty.
type doc struct{ strictjson.Value }

func (d doc) at(name string) strictjson.Value {
	v := d.Value
	for start, i := 0, 0; i <= len(name); i++ {
		if i == len(name) || name[i] == '.' {
			v, start = v.Get(name[start:i]), i+1
		}
	}
	return v
}

func (d doc) text(name string) string { return d.at(name).Str() }

// first is the first of some members that is there.
func (d doc) first(names ...string) string {
	for _, name := range names {
		if s := d.text(name); s != "" {
			return s
		}
	}
	return ""
}

func (d doc) list(name string) (list []string) {
	d.at(name).Each(func(v strictjson.Value) bool {
		list = append(list, v.Str())
		return true
	})
	return list
}

// time is a time in milliseconds, nil if the document has none.
func (d doc) time(name string) any {
	t, err := time.Parse(time.RFC3339Nano, d.text(name))
	if err != nil {
		return nil
	}
	return t.UnixMilli()
}

func (d doc) number(name string) any {
	if n, ok := d.at(name).Int64(); ok {
		return n
	}
	return nil
}

// some keeps the members that say something; nil if none does.
func some(o object) any {
	for name, v := range o {
		switch v := v.(type) {
		case nil:
			delete(o, name)
		case string:
			if v == "" {
				delete(o, name)
			}
		case []string:
			if len(v) == 0 {
				delete(o, name)
			}
		}
	}
	if len(o) == 0 {
		return nil
	}
	return o
}

// event is the document as an event: what all classes have, and what its class adds.
func event(d doc) object {
	c := classOf(d)
	e := object{
		"class_uid": c.uid, "class_name": c.name, "category_uid": c.uid / 1000, "activity_id": c.activity, "type_uid": c.uid*100 + c.activity, "activity_name": c.label,
		"time": d.time("@timestamp"), "start_time": d.time("event.start"), "end_time": d.time("event.end"), "message": d.text("message"),
		"severity_id": severity(d), "status_code": d.text("error.code"), "status_detail": d.text("event.reason"),
		"actor": actor(d), "cloud": cloud(d), "metadata": metadata(d, c),
		"raw_data_hash": some(object{"algorithm_id": given(d.text("event.hash"), 3), "value": d.text("event.hash")}), "raw_data_size": d.number("agenttrail.evidence.length"),
		"unmapped": object{"agenttrail": json.RawMessage(d.at("agenttrail").Raw())},
	}
	e["status_id"], e["status"] = status(d)
	e["src_endpoint"] = endpoint(d)
	e["http_request"] = some(object{"user_agent": d.text("user_agent.original")})
	for name, v := range c.add {
		e[name] = v
	}
	return some(e).(object)
}

// given is v where the text says something.
func given(text string, v any) any {
	if text == "" {
		return nil
	}
	return v
}

func metadata(d doc, c class) any {
	var profiles []string
	if cloud(d) != nil {
		profiles = append(profiles, "cloud")
	}
	return some(object{
		"version": Version, "uid": d.text("agenttrail.id"), "original_event_uid": d.text("event.id"), "event_code": d.text("event.action"),
		"product":  some(object{"name": d.first("event.provider", "event.module", "event.dataset"), "vendor_name": d.text("event.module")}),
		"log_name": d.text("event.dataset"), "log_provider": d.text("event.provider"), "profiles": append(profiles, c.profiles...),
		"logged_time": d.time("event.created"), "processed_time": d.time("event.ingested"), "tenant_uid": d.text("agenttrail.tenant"),
		"correlation_uid": d.first("trace.id", "agenttrail.session.id"), "labels": d.list("tags"),
	})
}

// severity is informational; medium for what was denied; high for what lacked its approval.
func severity(d doc) int {
	required, _ := d.at("agenttrail.authorization.required").Bool()
	switch {
	case required && d.text("agenttrail.authorization.state") == "missing":
		return 4
	case d.text("agenttrail.outcome") == "denied":
		return 3
	}
	return 1
}

func status(d doc) (id int, name string) {
	switch outcome := d.text("agenttrail.outcome"); outcome {
	case "success":
		return 1, "Success"
	case "failure", "denied":
		return 2, "Failure"
	case "partial", "pending":
		return 99, outcome
	}
	return 0, "Unknown"
}

// actor is the recorded principal, and the agent as the application that acted through it. Who was served is invoked_by, which knows no better word.
func actor(d doc) any {
	a := object{
		"user": user(d, "user"), "invoked_by": d.text("agenttrail.on_behalf_of.id"),
		"session": some(object{"uid": d.text("agenttrail.session.id"), "credential_uid": d.text("agenttrail.credential.id")}),
	}
	if d.text("agenttrail.actor.type") == "ai_agent" {
		a["app_uid"], a["app_name"] = d.first("agenttrail.actor.id", "gen_ai.agent.id"), d.first("agenttrail.actor.name", "gen_ai.agent.name")
	} else {
		a["app_uid"], a["app_name"] = d.text("gen_ai.agent.id"), d.text("gen_ai.agent.name")
	}
	if state := d.text("agenttrail.authorization.state"); state != "unknown" && state != "" {
		policy := some(object{"uid": d.text("agenttrail.authorization.policy.id"), "version": d.text("agenttrail.authorization.policy.version")})
		a["authorizations"] = []any{some(object{"decision": state, "policy": policy})}
	}
	if a["user"] == nil {
		a["user"] = some(object{"uid": d.text("agenttrail.actor.id"), "name": d.text("agenttrail.actor.name"), "type_id": 0})
		if len(a["user"].(object)) == 1 {
			a["user"] = object{"name": "Unknown", "type_id": 0} // the log did not say, and the schema wants somebody
		}
	}
	return some(a)
}

// user is a person or account under a name of the document; nil: the document names none.
func user(d doc, at string) any {
	u := some(object{"uid": d.text(at + ".id"), "name": d.first(at+".name", at+".email", at+".id"), "email_addr": d.text(at + ".email")})
	if u == nil {
		return nil
	}
	kind := 0
	if at == "user" && d.text("agenttrail.actor.type") == "human" {
		kind = 1
	}
	u.(object)["type_id"] = kind
	return u
}

func cloud(d doc) any {
	if d.text("cloud.provider") == "" {
		return nil
	}
	return some(object{"provider": d.text("cloud.provider"), "account": some(object{"uid": d.text("cloud.account.id")}), "region": d.text("cloud.region")})
}

// endpoint is where the request came from. Some classes require one, so that one that no log named is Unknown.
func endpoint(d doc) any {
	e := object{"ip": d.text("source.ip")}
	if d.text("source.ip") == "" {
		e["svc_name"] = d.text("source.address")
	}
	if some(e) == nil {
		return object{"name": "Unknown"}
	}
	return e
}
