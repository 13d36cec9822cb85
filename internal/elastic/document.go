package elastic

import (
	"fmt"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// A document is one hit, read back into the action that it was made from. It is valid until the next one is read.
type document struct {
	index, id string
	seq, term int64
	action    agenttrail.Action
	source    strictjson.Value
	parser    strictjson.Parser
}

// A leaf is a place in a document: its members, or the fact that stands there.
type leaf struct {
	members map[string]*leaf
	field   *agenttrail.Field
}

// facts is the tree of all stored fields, each where its fact stands.
var facts = factTree()

func factTree() *leaf {
	root := &leaf{}
	for i := range agenttrail.Fields() {
		f := &agenttrail.Fields()[i]
		if !f.Stored() {
			continue
		}
		at := root
		for _, step := range strings.Split(factName(f), ".") {
			if at.members == nil {
				at.members = map[string]*leaf{}
			}
			if at.members[step] == nil {
				at.members[step] = &leaf{}
			}
			at = at.members[step]
		}
		at.field = f
	}
	return root
}

// read takes a hit apart. A document that does not hold what the field table says is an error: it is not of our making.
func (d *document) read(h *hit) error {
	v, err := d.parser.Parse(h.Source)
	if err != nil {
		return fmt.Errorf("document %s of %s: %w", h.ID, h.Index, err)
	}
	d.index, d.id, d.seq, d.term, d.source, d.action = h.Index, h.ID, h.Sequence, h.PrimaryTerm, v, agenttrail.Action{}
	if err := d.fill(facts, v); err != nil {
		return fmt.Errorf("document %s of %s: %w", h.ID, h.Index, err)
	}
	return nil
}

func (d *document) fill(at *leaf, v strictjson.Value) (err error) {
	v.Members(func(key string, member strictjson.Value) bool {
		next, ok := at.members[key]
		switch {
		case !ok || !member.Exists():
		case next.field == nil:
			err = d.fill(next, member)
		case !setField(next.field, &d.action, member):
			err = fmt.Errorf("%s is no %s", factName(next.field), next.field.Type)
		}
		return err == nil
	})
	return err
}

// setField writes one value into an action.
func setField(f *agenttrail.Field, a *agenttrail.Action, v strictjson.Value) bool {
	switch p := f.Pointer(a).(type) {
	case *string:
		*p = v.Str()
		return v.Kind() == strictjson.String
	case *[]string:
		ok := v.Kind() == strictjson.Array
		v.Each(func(e strictjson.Value) bool {
			ok = ok && e.Kind() == strictjson.String
			*p = append(*p, e.Str())
			return ok
		})
		return ok
	case *time.Time:
		t, err := time.Parse(agenttrail.TimeLayout, v.Str())
		*p = t
		return err == nil
	case *agenttrail.Int:
		n, ok := v.Int64()
		*p = agenttrail.Num(n)
		return ok
	case *agenttrail.Bool:
		yes, ok := v.Bool()
		*p = agenttrail.Said(yes)
		return ok
	}
	return false
}

// value is the text of a countable field, as Count groups by it.
func (d *document) value(f *agenttrail.Field) string {
	v := d.at(factName(f))
	text := v.Str()
	switch v.Kind() {
	case strictjson.Invalid, strictjson.Null:
		return ""
	case strictjson.String:
	default:
		text = string(v.Raw())
	}
	if limit := f.IgnoreAbove(); limit > 0 && len(text) > limit && agenttrail.Units(text) > limit {
		return agenttrail.TooLong
	}
	return text
}

func (d *document) at(name string) strictjson.Value {
	v := d.source
	for step := range strings.SplitSeq(name, ".") {
		v = v.Get(step)
	}
	return v
}

// context is what the document says beyond its action, as far as an approval is judged by it.
func (d *document) context() *agenttrail.Context {
	text := func(name string) string { return d.at(name).Str() }
	c := &agenttrail.Context{
		Tenant: text("agenttrail.tenant"), Run: text("agenttrail.ingest.run_id"), Mapping: text("agenttrail.ingest.mapping"),
		MappingVersion: text("agenttrail.ingest.mapping_version"), ObjectSHA256: text("agenttrail.evidence.object_sha256"), ApprovalOrigin: text("agenttrail.approval.origin"),
	}
	if n, ok := d.at("agenttrail.receipt").Int64(); ok {
		c.Receipt = agenttrail.Num(n)
	}
	if t, err := time.Parse(agenttrail.TimeLayout, text("agenttrail.approval.first_seen")); err == nil {
		c.ApprovalSeen = t
	}
	return c
}
