package normalize

import (
	"bytes"
	"slices"
	"time"

	"agenttrail"
	"agenttrail/internal/strictyaml"
	"agenttrail/internal/unpack"
)

// personFields are what a mapping with the target person may set: the columns of the people list.
var personFields = []agenttrail.Field{
	{Name: "person", Type: agenttrail.Keyword, Mark: agenttrail.F},
	{Name: "emails", Type: agenttrail.Keyword, Mark: agenttrail.F, Has: agenttrail.Many},
	{Name: "manager", Type: agenttrail.Keyword, Mark: agenttrail.F},
	{Name: "department", Type: agenttrail.Keyword, Mark: agenttrail.F},
	{Name: "status", Type: agenttrail.Keyword, Mark: agenttrail.F},
	{Name: "left_on", Type: agenttrail.Date, Mark: agenttrail.F},
}

func lookupPerson(name string) (*agenttrail.Field, bool) {
	i := slices.IndexFunc(personFields, func(f agenttrail.Field) bool { return f.Name == name })
	if i < 0 {
		return nil, false
	}
	return &personFields[i], true
}

// People turns an export of people into lines of the people list (JSON, a line a person), by a mapping with the target person. A record that cannot be
// read is a mistake of the file: a list with a hole would say "unknown" of somebody who is known.
func (m *Mapping) People(name string, data []byte) (list []byte, mistakes strictyaml.Mistakes) {
	add := func(offset int64, message string) {
		line := 1 + bytes.Count(data[:min(offset, int64(len(data)))], []byte("\n"))
		mistakes = append(mistakes, strictyaml.Mistake{File: name, Line: line, Column: 1, Message: message})
	}
	if m.target != targetPerson {
		add(0, "its mapping has the target "+m.target+", not person")
		return nil, mistakes
	}
	read := reader(unpack.Limits{}, func(r *reading, w *window) error {
		return m.each(r, w, func(r *reading, in input) { list = m.person(r, in, list) })
	})
	err := read(&agenttrail.Object{}, bytes.NewReader(data), func(r *agenttrail.Record) error {
		if r.State == agenttrail.Rejected {
			add(r.Offset, r.Detail)
		}
		return nil
	})
	if err != nil {
		add(0, err.Error())
	}
	return list, mistakes
}

// skipPerson is how a record ends that became a person: it is no action.
const skipPerson = "person"

// person appends one person to the list.
func (m *Mapping) person(r *reading, in input, list []byte) []byte {
	start := len(list)
	list = append(list, '{')
	for i := range m.fields {
		f := &m.fields[i]
		values := f.many(r, in)
		if len(values) == 0 {
			continue
		}
		if f.field.Type == agenttrail.Date {
			var on time.Time
			if !f.time(r, &on, values[0]) {
				return list[:start]
			}
			values = []string{on.Format(time.DateOnly)}
		}
		if list[len(list)-1] != '{' {
			list = append(list, ',')
		}
		list = append(agenttrail.AppendString(list, f.field.Name), ':', '[')
		for n, v := range values {
			if n > 0 {
				list = append(list, ',')
			}
			list = agenttrail.AppendString(list, v)
		}
		list = append(list, ']')
	}
	r.skip(skipPerson)
	return append(list, '}', '\n')
}
