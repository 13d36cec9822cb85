package config

import (
	"agenttrail/internal/lists"
	"agenttrail/internal/strictyaml"
	"agenttrail/normalize"
)

// checkLists reads the lists that the config names.
func (c *Config) checkLists(doc *strictyaml.Document) strictyaml.Mistakes {
	all := &c.Lists
	other := c.checkPeople(doc)
	other = append(other, readList(c, doc, lists.KindSubjects, c.Subjects, lists.LoadSubjects, &all.Subjects)...)
	other = append(other, readList(c, doc, lists.KindPermissions, c.Permissions, lists.LoadPermissions, &all.Permissions)...)
	return append(other, readList(c, doc, lists.KindDataRules, c.DataRules, lists.LoadDataRules, &all.DataRules)...)
}

// checkPeople reads the people list, as it is or through a mapping.
func (c *Config) checkPeople(doc *strictyaml.Document) strictyaml.Mistakes {
	if c.PeopleMap == "" {
		return readList(c, doc, lists.KindPeople, c.People, lists.LoadPeople, &c.Lists.People)
	}
	if c.People == "" {
		doc.Add("people_mapping", "a mapping of people, and no people", "add people: FILE")
		return nil
	}
	m, mistakes := readPolicy(c, doc, "people_mapping", lists.KindPeopleMapping, c.PeopleMap, normalize.LoadMapping)
	if m == nil {
		return mistakes
	}
	return readList(c, doc, lists.KindPeople, c.People, MappedPeople(m), &c.Lists.People)
}

// MappedPeople reads an export of people through a mapping.
func MappedPeople(m *normalize.Mapping) func(name string, data []byte) (*lists.People, strictyaml.Mistakes) {
	return func(name string, data []byte) (*lists.People, strictyaml.Mistakes) {
		lines, mistakes := m.People(name, data)
		if len(mistakes) > 0 {
			return nil, mistakes
		}
		return lists.LoadPeople(name, lines)
	}
}

// readList reads one list, whose key in the config is also the kind of its policy entry.
func readList[T any](c *Config, doc *strictyaml.Document, kind, name string, load func(string, []byte) (T, strictyaml.Mistakes), into *T) (mistakes strictyaml.Mistakes) {
	if name == "" {
		return nil
	}
	*into, mistakes = readPolicy(c, doc, kind, kind, name, load)
	return mistakes
}
