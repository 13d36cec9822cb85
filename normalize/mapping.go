package normalize

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// A Mapping is a mapping file of the generic format: how the records of an export become actions, approvals, grants or people, without code. It renames
// and translates; it has no conditions and no programs.
type Mapping struct {
	Dataset string // event.dataset of its actions and grants
	target  string // what a record becomes
	framing string // lines, array, object, csv
	path    []string
	id      []source // parts of the native id
	fields  []fieldRule
	skips   []skipRule
	facts   []string // names of the fields it may set
	needs   []string // columns
}

// Targets of a mapping.
const (
	targetAction   = "action"
	targetApproval = "approval" // an action that approves or rejects
	targetGrant    = "grant"
	targetPerson   = "person" // a line of the people list, which is no log
)

// A source is where a value comes from.
type source struct {
	pointer string // JSON
	column  string // CSV
	value   string // constant, where the others are empty
	prefix  string
	words   map[string]string // translation; nil: none
	other   string            // what the translation gives for words that it lacks
	layout  string            // of times
	zone    *time.Location
}

// A fieldRule fills one field of the target.
type fieldRule struct {
	field *agenttrail.Field
	source
}

// A skipRule passes over records whose value equals a text.
type skipRule struct {
	name string
	source
	equals string
}

// An input is one record, JSON or CSV.
type input struct {
	json strictjson.Value
	row  row
}

// read is the format's way of reading a stream. A generic format without a mapping refuses everything.
func (m *Mapping) read(r *reading, w *window) error {
	if m == nil {
		return errNoMapping
	}
	return m.each(r, w, m.record)
}

// each hands on the records that no rule passes over.
func (m *Mapping) each(r *reading, w *window, record func(r *reading, in input)) error {
	one := func(r *reading, in input) {
		for i := range m.skips {
			s := &m.skips[i]
			if text, _ := s.text(in); text == s.equals {
				r.skip(s.name)
				return
			}
		}
		record(r, in)
	}
	fromJSON := func(r *reading, v strictjson.Value) { one(r, input{json: v}) }
	switch m.framing {
	case "csv":
		return r.csv(w, m.needs, func(r *reading, in row) { one(r, input{row: in}) })
	case "lines":
		return r.json(lines, w, true, fromJSON)
	}
	return r.json(array(m.path...), w, false, fromJSON)
}

func (m *Mapping) record(r *reading, in input) {
	if m.target == targetGrant {
		m.grant(r, in)
		return
	}
	a := r.action()
	a.Event.Dataset = m.Dataset
	if !m.setNative(r, a, in) || !m.set(r, a, in) {
		return
	}
	m.complete(a)
	switch {
	case a.Time.IsZero():
		r.reject(RejectNoTime, "the field @timestamp is empty")
	case m.target == targetApproval && a.Verb != agenttrail.VerbApprove && a.Verb != agenttrail.VerbReject:
		r.reject(RejectValue, "agenttrail.verb is "+quote(a.Verb)+"; of an approval it must be approve or reject")
	}
}

func (m *Mapping) grant(r *reading, in input) {
	g := r.grant()
	g.Dataset = m.Dataset
	if m.set(r, g, in) {
		r.checkGrant(g)
	}
}

// set fills all fields; false: the record was rejected.
func (m *Mapping) set(r *reading, into agenttrail.Row, in input) bool {
	for i := range m.fields {
		if !m.fields[i].set(r, into, in) {
			return false
		}
	}
	return true
}

// complete adds what follows from what the mapping states: who says that somebody is a person or an agent has said how that is known, and a decision that
// is recorded was made.
func (m *Mapping) complete(a *agenttrail.Action) {
	switch {
	case a.Actor.Basis != "" || a.Actor.Type == "" || a.Actor.Type == agenttrail.ActorUnknown:
	case a.Actor.Type == agenttrail.ActorAgent:
		a.Actor.Basis = agenttrail.BasisDeclared
	default:
		a.Actor.Basis = agenttrail.BasisNative
	}
	if m.target == targetApproval && a.Outcome == "" {
		a.Outcome = agenttrail.Success
	}
}

// setNative joins the parts of the native id. When one of them is empty there is none.
func (m *Mapping) setNative(r *reading, a *agenttrail.Action, in input) bool {
	var parts []string
	for i := range m.id {
		part, ok := m.id[i].native(r, in)
		if !ok {
			return false
		}
		if part == "" {
			return true
		}
		parts = append(parts, m.id[i].prefix+part)
	}
	a.Native = strings.Join(parts, "|")
	a.Event.ID = a.Native
	return true
}

func (s *source) native(r *reading, in input) (string, bool) {
	if s.column != "" {
		return in.row.cell(s.column), true
	}
	return r.nativeID("id at "+s.pointer, in.json.At(s.pointer))
}

// text is the value as it stands in the record, empty when it is absent; ok is false for what is no single value.
func (s *source) text(in input) (text string, ok bool) {
	switch {
	case s.column != "":
		return in.row.cell(s.column), true
	case s.pointer != "":
		v := in.json.At(s.pointer)
		return v.Str(), v.Kind() != strictjson.Object && v.Kind() != strictjson.Array
	}
	return s.value, true
}

// translate is what a text of the record means: through the words, with the prefix. Empty stays empty.
func (s *source) translate(text string) string {
	if s.words != nil {
		word, ok := s.words[text]
		if !ok {
			word = s.other
		}
		text = word
	}
	if text == "" {
		return ""
	}
	return s.prefix + text
}

// set fills the field; what does not fit it rejects the record.
func (f *fieldRule) set(r *reading, into agenttrail.Row, in input) bool {
	target := f.field.Pointer(into)
	if list, ok := target.(*[]string); ok {
		*list = f.many(r, in)
		return true
	}
	text, ok := f.text(in)
	if !ok {
		r.reject(RejectValue, f.field.Name+" is one value; the record has an object or a list there")
		return false
	}
	if text = f.translate(text); text == "" {
		return true
	}
	return f.assign(r, target, text)
}

func (f *fieldRule) assign(r *reading, target any, text string) bool {
	switch p := target.(type) {
	case *string:
		if words := closedLists[f.field.Name]; words != nil && !slices.Contains(words, text) {
			r.reject(RejectValue, fmt.Sprintf("%s is %s; it must be one of %s", f.field.Name, quote(text), strings.Join(words, ", ")))
			return false
		}
		*p = f.spell(text)
	case *agenttrail.Int:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			r.reject(RejectValue, f.field.Name+" is "+quote(text)+", which is no whole number")
			return false
		}
		*p = agenttrail.Num(n)
	case *agenttrail.Bool:
		if text != "true" && text != "false" {
			r.reject(RejectValue, f.field.Name+" is "+quote(text)+"; it must be true or false")
			return false
		}
		*p = agenttrail.Said(text == "true")
	case *time.Time:
		return f.time(r, p, text)
	}
	return true
}

// spell gives a value of this field its one spelling.
func (f *fieldRule) spell(text string) string {
	switch f.field.Name {
	case "trace.id", "span.id", "transaction.id":
		return strings.ToLower(text)
	}
	return text
}

func (f *fieldRule) time(r *reading, into *time.Time, text string) bool {
	t, ok := f.parse(text)
	if !ok {
		r.reject(RejectTime, fmt.Sprintf("%s is %s, which is not of the layout %s", f.field.Name, quote(text), f.layout))
		return false
	}
	*into = t
	return true
}

// unixUnits are the layouts that count since 1970, with nanoseconds in a unit.
var unixUnits = map[string]int64{"unix": 1e9, "unix_ms": 1e6, "unix_ns": 1}

// parse reads a time by the layout.
func (s *source) parse(text string) (time.Time, bool) {
	if s.layout == "rfc3339" {
		return parseTime(text)
	}
	unit, ok := unixUnits[s.layout]
	if !ok {
		t, err := time.ParseInLocation(s.layout, text, s.zone)
		return t.UTC(), err == nil && !t.IsZero()
	}
	return parseUnix(text, unit)
}

// many lists the values of a field that has many: the elements of a list, or one value.
func (f *fieldRule) many(r *reading, in input) []string {
	from := len(r.arena)
	add := func(text string) {
		if text = f.translate(text); text == "" {
			return
		}
		if f.field.Name == "agenttrail.subject.id" {
			text = subject(text)
		}
		r.arena = append(r.arena, text)
	}
	if v := in.json.At(f.pointer); f.pointer != "" && v.Kind() == strictjson.Array {
		v.Each(func(one strictjson.Value) bool { add(one.Str()); return true })
	} else {
		text, _ := f.text(in)
		add(text)
	}
	return r.arena[from:len(r.arena):len(r.arena)]
}

// closedLists are the fields whose values the schema names.
var closedLists = map[string][]string{
	"agenttrail.verb":                verbNames(),
	"agenttrail.outcome":             {agenttrail.Success, agenttrail.Failure, agenttrail.Denied, agenttrail.Partial, agenttrail.Pending, agenttrail.Unknown},
	"agenttrail.actor.type":          {agenttrail.ActorAgent, agenttrail.ActorHuman, agenttrail.ActorService, agenttrail.ActorSystem, agenttrail.ActorUnknown},
	"agenttrail.actor.basis":         {agenttrail.BasisDeclared, agenttrail.BasisNative, agenttrail.BasisNone},
	"agenttrail.data.classification": {"public", "internal", "confidential", "restricted", agenttrail.Unknown},
	"agenttrail.data.basis":          {agenttrail.BasisLabel, agenttrail.BasisNone},
	"agenttrail.intent.trigger":      {"human_prompt", "schedule", "event", "agent", agenttrail.Unknown},
	"agenttrail.intent.basis":        {agenttrail.BasisRecorded, agenttrail.BasisNone},
	"agenttrail.authorization.state": {agenttrail.StateApproved, agenttrail.StateAutoPolicy, agenttrail.StateRejected, agenttrail.StateMissing,
		agenttrail.StateNotRequired, agenttrail.Unknown},
	"agenttrail.credential.type":       credentialTypes,
	"agenttrail.grant.credential.type": credentialTypes,
}

var credentialTypes = []string{"api_key", "oauth_token", "pat", "app_token", "role_session", "service_account_key", "session", "workload_identity",
	agenttrail.Unknown}
