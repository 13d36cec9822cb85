package ocsf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"agenttrail"

	"pgregory.net/rapid"
)

// A rule is what the schema says of a class: activities, required members, and of which members at least one must be there.
type rule struct {
	activities []int
	required   []string // dotted; a step into a list means each element
	oneOf      [][]string
}

// base is what every class requires, and what the objects in it require once they are there.
var base = rule{required: []string{"activity_id", "category_uid", "class_uid", "metadata.version", "metadata.product.name", "severity_id", "time", "type_uid"},
	oneOf: [][]string{{"actor.user", "actor.session", "actor.app_name", "actor.app_uid"}}}

var rules = map[int]rule{
	apiActivity:    {[]int{0, 1, 2, 3, 4, 99}, []string{"actor", "api.operation", "src_endpoint"}, nil},
	web:            {[]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 99}, []string{"web_resources"}, nil},
	datastore:      {[]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 99}, []string{"actor", "src_endpoint"}, [][]string{{"database", "databucket", "table"}}},
	fileHosting:    {[]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 99}, []string{"actor", "file.name", "file.type_id", "src_endpoint"}, nil},
	email:          {[]int{0, 1, 2, 3, 4, 5, 99}, []string{"email.from", "email.to", "direction_id"}, nil},
	authentication: {[]int{0, 1, 2, 3, 4, 5, 99}, []string{"user"}, [][]string{{"service.name", "dst_endpoint"}}},
	userAccess:     {[]int{0, 1, 2, 3, 4, 99}, []string{"user"}, nil},
	entity:         {[]int{0, 1, 2, 3, 4, 99}, []string{"entity"}, nil},
}

// present are objects that need one of some members wherever they stand, and members that they require.
var present = []struct {
	at       string
	oneOf    []string
	required []string
}{
	{"actor.user", []string{"name", "uid"}, []string{"type_id"}}, {"user", []string{"name", "uid"}, []string{"type_id"}}, {"src_endpoint", []string{"ip", "name", "svc_name"}, nil},
	{"table", []string{"name", "uid"}, nil}, {"entity", []string{"name", "uid"}, nil}, {"cloud", nil, []string{"provider"}}, {"raw_data_hash", nil, []string{"algorithm_id", "value"}},
	{"ai_model", nil, []string{"ai_provider", "name"}}, {"message_context", []string{"application", "service"}, nil}, {"trace", nil, []string{"uid"}},
	{"trace.span", nil, []string{"uid", "start_time", "end_time"}}, {"api.request", nil, []string{"uid"}}, {"api.service", []string{"name", "uid"}, nil},
}

func get(v any, name string) any {
	for step := range strings.SplitSeq(name, ".") {
		m, _ := v.(map[string]any)
		v = m[step]
	}
	return v
}

// mistakes are what a reader of the schema would refuse.
func mistakes(e map[string]any) (list []string) {
	uid := int(e["class_uid"].(float64))
	r, ok := rules[uid]
	if !ok {
		return []string{fmt.Sprintf("class %d is not in the table", uid)}
	}
	activity := int(e["activity_id"].(float64))
	if !slices.Contains(r.activities, activity) || int(e["type_uid"].(float64)) != uid*100+activity || int(e["category_uid"].(float64)) != uid/1000 {
		list = append(list, fmt.Sprintf("class %d, activity %d, type %v, category %v", uid, activity, e["type_uid"], e["category_uid"]))
	}
	if activity == 99 && e["activity_name"] == nil {
		list = append(list, "activity 99 without a name")
	}
	for _, name := range append(base.required, r.required...) {
		if get(e, name) == nil {
			list = append(list, fmt.Sprintf("class %d without %s", uid, name))
		}
	}
	some := func(at any, names []string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return get(at, name) != nil })
	}
	for _, names := range append(base.oneOf, r.oneOf...) {
		if !some(e, names) {
			list = append(list, fmt.Sprintf("class %d with none of %v", uid, names))
		}
	}
	for _, p := range present {
		o := get(e, p.at)
		if o == nil {
			continue
		}
		for _, name := range p.required {
			if get(o, name) == nil {
				list = append(list, p.at+" without "+name)
			}
		}
		if p.oneOf != nil && !some(o, p.oneOf) {
			list = append(list, fmt.Sprintf("%s with none of %v", p.at, p.oneOf))
		}
	}
	for profile, names := range map[string][]string{"trace": {"trace"}, "ai_operation": {"ai_model", "message_context"}, "security_control": {"disposition_id", "action_id"}, "cloud": {"cloud"}} {
		profiles, _ := get(e, "metadata.profiles").([]any)
		if some(e, names) != slices.Contains(profiles, any(profile)) {
			list = append(list, fmt.Sprintf("profile %s and its members %v do not go together", profile, names))
		}
	}
	return list
}

func export(t interface{ Fatalf(string, ...any) }, a *agenttrail.Action, v *agenttrail.Verdict) map[string]any {
	c := &agenttrail.Context{Tenant: "acme", Receipt: agenttrail.Num(7), Run: "r", Mapping: "m", MappingVersion: "1"}
	document := agenttrail.AppendDocument(nil, a, c, v)
	line, err := Append(nil, document)
	if err != nil {
		t.Fatalf("Append(%s): %v", document, err)
	}
	again, err := Append([]byte("x"), document)
	if err != nil || !bytes.Equal(again[1:], line) || bytes.ContainsRune(line, '\n') {
		t.Fatalf("Append(%s): the second time %s, %v", document, again, err)
	}
	var e map[string]any
	if err := json.Unmarshal(line, &e); err != nil {
		t.Fatalf("Append(%s) = %s: %v", document, line, err)
	}
	return e
}

// TestClasses has an action for each class, and what becomes of it where the class lacks what it requires.
func TestClasses(t *testing.T) {
	for _, l := range []struct {
		verb string
		set  func(*agenttrail.Action)
		want int // type_uid
	}{
		{"read", func(a *agenttrail.Action) { a.Resource.Type, a.Resource.ID = "object", "salaries.csv" }, 600614},
		{"read", func(a *agenttrail.Action) { a.Resource.Type, a.Resource.Name = "table", "customers" }, 600501},
		{"read", func(a *agenttrail.Action) { a.Resource.Type = "table" }, 600302},
		{"search", func(a *agenttrail.Action) { a.Resource.ID = "kb" }, 600105},
		{"export", func(a *agenttrail.Action) { a.Resource.ID = "report" }, 600107},
		{"share", func(a *agenttrail.Action) { a.Resource.Type, a.Resource.ID = "file", "f" }, 600612},
		{"delete", func(a *agenttrail.Action) { a.Resource.ID = "f" }, 600304},
		{"send", func(a *agenttrail.Action) {
			a.User.Email, a.EmailTo, a.Resource.External = "bot@example.com", []string{"ada@example.org"}, agenttrail.Yes
		}, 400901},
		{"send", func(a *agenttrail.Action) { a.EmailTo = []string{"ada@example.org"} }, 600399},
		{"pay", func(a *agenttrail.Action) { a.Resource.ID = "ch_1" }, 600399},
		{"authenticate", func(a *agenttrail.Action) { a.User.ID = "u1" }, 300201},
		{"authenticate", func(*agenttrail.Action) {}, 600399},
		{"grant", func(a *agenttrail.Action) { a.User.Target.Email = "ada@example.com" }, 300501},
		{"configure", func(a *agenttrail.Action) { a.Resource.ID = "policy" }, 300403},
		{"connect", func(*agenttrail.Action) {}, 600301},
		{"approve", func(*agenttrail.Action) {}, 600399},
	} {
		a := &agenttrail.Action{Time: time.Date(2026, 9, 17, 10, 0, 0, 0, time.UTC), Verb: l.verb}
		a.Event.Dataset, a.Resource.System, a.Event.Action = "acme.app", "app", "do.it"
		l.set(a)
		a.Defaults()
		e := export(t, a, &agenttrail.Verdict{})
		if e["type_uid"] != float64(l.want) {
			t.Errorf("%s: type_uid = %v, want %d", l.verb, e["type_uid"], l.want)
		}
		if m := mistakes(e); len(m) > 0 {
			t.Errorf("%s: %q", l.verb, m)
		}
	}
}

// TestMeaning: who, for whom, with whose leave and how it ended stand where the map says, and nothing is lost.
func TestMeaning(t *testing.T) {
	a := &agenttrail.Action{Time: time.Date(2026, 11, 2, 10, 0, 0, 123e6, time.UTC), Verb: "pay", Outcome: "denied", ID: "6ae85f20-40"}
	a.Event.Dataset, a.Resource.System, a.Event.Action, a.Event.Hash = "otlp.genai", "stripe", "refund", "ab"
	a.User.Email, a.OnBehalfOf.ID, a.Session, a.Credential.ID = "dana@example.com", "cy@example.com", "s1", "rk_1"
	a.Trace.ID, a.Intent.Reason = "t1", "<b>why</b>"
	a.Defaults()
	v := &agenttrail.Verdict{}
	v.Actor.Type, v.Actor.ID, v.Authorized.Required, v.Authorized.State = "ai_agent", "agt-1", agenttrail.Yes, "missing"
	e := export(t, a, v)
	for name, want := range map[string]any{
		"time": float64(1793613600123), "severity_id": 4.0, "status_id": 2.0, "disposition_id": 2.0, "action_id": 2.0, "activity_name": "refund", "metadata.uid": "6ae85f20-40", "metadata.version": Version,
		"actor.app_uid": "agt-1", "actor.user.email_addr": "dana@example.com", "actor.invoked_by": "cy@example.com", "actor.session.credential_uid": "rk_1", "trace.uid": "t1", "raw_data_hash.value": "ab",
		"unmapped.agenttrail.intent.reason": "<b>why</b>", "unmapped.agenttrail.authorization.state": "missing", "unmapped.agenttrail.tenant": "acme", "src_endpoint.name": "Unknown",
	} {
		if got := get(e, name); got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	for _, bad := range []string{``, `{}`, `{"@timestamp":"yesterday"}`, `[]`} {
		if line, err := Append(nil, []byte(bad)); err == nil {
			t.Errorf("Append(%q) = %s, want an error", bad, line)
		}
	}
}

// TestAnyAction: whatever an action says and lacks, its event has what its class requires.
func TestAnyAction(t *testing.T) {
	text := rapid.SampledFrom([]string{"", "", "x", "file", "table", "object", "message", "a b\u0000\"<"})
	rapid.Check(t, func(t *rapid.T) {
		a := &agenttrail.Action{Time: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "time"), 0).UTC()}
		a.Verb = rapid.SampledFrom(agenttrail.Verbs()).Draw(t, "verb").Name
		a.Outcome = rapid.SampledFrom([]string{"success", "failure", "denied", "partial", "pending", "unknown"}).Draw(t, "outcome")
		a.Event.Dataset, a.Event.Hash = "acme.app", "ab"
		for _, p := range []*string{&a.Event.Action, &a.Event.Provider, &a.Resource.System, &a.Resource.Type, &a.Resource.ID, &a.Resource.Name, &a.User.ID, &a.User.Name, &a.User.Email, &a.User.Target.ID,
			&a.Source.IP, &a.Source.Address, &a.Cloud.Provider, &a.Cloud.Account, &a.Trace.ID, &a.Trace.Span, &a.GenAI.RequestModel, &a.GenAI.Provider, &a.GenAI.Conversation, &a.GenAI.ToolName,
			&a.Actor.Type, &a.Actor.ID, &a.Session, &a.File.Name, &a.Error.Code} {
			*p = text.Draw(t, "text")
		}
		a.EmailTo = rapid.SliceOfN(rapid.Just("ada@example.org"), 0, 2).Draw(t, "to")
		if rapid.Bool().Draw(t, "span") {
			a.Event.Start, a.Event.End = a.Time, a.Time.Add(time.Second)
		}
		a.Defaults()
		if m := mistakes(export(t, a, &agenttrail.Verdict{})); len(m) > 0 {
			t.Fatalf("%+v: %q", a, m)
		}
	})
}
