package agenttrail

import (
	"slices"
	"strings"
)

// SchemaVersion is the version of the table below.
const SchemaVersion = "1.0.0"

// ECSVersion is the version of the Elastic Common Schema whose names are used.
const ECSVersion = "9.4.0"

// A Type is an Elasticsearch core type.
type Type string

// The types of fields.
const (
	Keyword Type = "keyword"
	Text    Type = "text"
	Date    Type = "date"
	IP      Type = "ip"
	Long    Type = "long"
	Integer Type = "integer"
	Boolean Type = "boolean"
)

// A Mark says what kind of knowledge a field is, and so where it stands.
type Mark string

// The marks. Facts and provenance are stored and proved; the others are computed when a document is written.
const (
	F  Mark = "F"   // fact: what the record says
	P  Mark = "P"   // provenance: how it came here; no mapping can set it
	D  Mark = "D"   // derived from facts, provenance and the entry
	J  Mark = "J"   // judgement: depends on the register or on other records
	FJ Mark = "F/J" // stated by the record, or judged; the stated value stays beside under agenttrail.stated
)

// Has are the properties of a field.
type Has uint8

// Properties of fields.
const (
	Required   Has = 1 << iota // on every document
	Countable                  // single-valued, may be a key of Count
	Many                       // a list
	HashOnly                   // a hash: no doc values in Elasticsearch, found but neither sorted nor counted
	NotIndexed                 // kept, not searchable
	LongURI                    // searchable up to 2,083 characters
	AnyLength                  // never ignored for its length
)

// A Field is one line of the action schema.
type Field struct {
	Name string
	Type Type
	Mark Mark
	Has  Has
	Doc  string // what it means

	of      func(*Action) any  // pointer into an action: stored fields
	granted func(*Grant) any   // pointer into a grant: fields of the table of grants
	by      func(*Verdict) any // pointer into a verdict: judged fields
	as      func(*derived) any // pointer into what is computed

	quoted []byte // "name": as canonical JSON
}

// Is says that the field has the property h.
func (f *Field) Is(h Has) bool { return f.Has&h != 0 }

// Stored says that the field is a column: a fact or provenance.
func (f *Field) Stored() bool { return f.of != nil || f.granted != nil }

// Fact says that a mapping may set the field.
func (f *Field) Fact() bool { return f.Mark == F || f.Mark == FJ }

// Pointer gives where a stored field stands in r: a *string, *[]string, *time.Time, *Int or *Bool. It is nil for a field that r does not have.
func (f *Field) Pointer(r Row) any { return r.at(f) }

// IgnoreAbove is the length in UTF-16 units past which Elasticsearch keeps a value without indexing it; 0 = no limit.
func (f *Field) IgnoreAbove() int {
	switch {
	case f.Type != Keyword || f.Is(AnyLength) || f.Is(NotIndexed):
		return 0
	case f.Is(LongURI):
		return 2083
	}
	return MaxKey
}

// Fields lists the schema in the order of its documentation.
func Fields() []Field { return fields[:] }

// Lookup finds a field by its name.
func Lookup(name string) (*Field, bool) {
	i, ok := byName[name]
	if !ok {
		return nil, false
	}
	return &fields[i], true
}

// Columns are the stored fields that a format declares, with all provenance, in byte order of their names: the columns of its tables of actions.
// Names that are no facts of the schema, nor of that of grants, are returned as unknown.
func Columns(facts []string) (columns []*Field, unknown []string) {
	for _, name := range facts {
		f, ok := Lookup(name)
		if !ok {
			f, ok = LookupGrant(name)
		}
		if !ok || !f.Fact() {
			unknown = append(unknown, name)
		}
	}
	for _, f := range storedColumns {
		if f.Mark == P || f.Is(Required) || slices.Contains(facts, f.Name) {
			columns = append(columns, f)
		}
	}
	return columns, unknown
}

var (
	byName        = index()
	storedColumns = sorted(fields[:], func(f *Field) bool { return f.Stored() })
	factColumns   = sorted(fields[:], func(f *Field) bool { return f.Fact() })
)

func index() map[string]int {
	m := make(map[string]int, len(fields))
	for i := range fields {
		m[fields[i].Name] = i
	}
	return m
}

func sorted(fields []Field, keep func(*Field) bool) (list []*Field) {
	for i := range fields {
		fields[i].quoted = append(AppendString(nil, fields[i].Name), ':')
		if keep(&fields[i]) {
			list = append(list, &fields[i])
		}
	}
	slices.SortFunc(list, func(a, b *Field) int { return strings.Compare(a.Name, b.Name) })
	return list
}
