package config

import (
	"agenttrail/internal/lists"
	"agenttrail/internal/strictyaml"
)

// checkLists reads the lists that the config names.
func (c *Config) checkLists(doc *strictyaml.Document) strictyaml.Mistakes {
	all := &c.Lists
	other := readList(c, doc, lists.KindPeople, c.People, lists.LoadPeople, &all.People)
	other = append(other, readList(c, doc, lists.KindSubjects, c.Subjects, lists.LoadSubjects, &all.Subjects)...)
	other = append(other, readList(c, doc, lists.KindPermissions, c.Permissions, lists.LoadPermissions, &all.Permissions)...)
	return append(other, readList(c, doc, lists.KindDataRules, c.DataRules, lists.LoadDataRules, &all.DataRules)...)
}

// readList reads one list, whose key in the config is also the kind of its policy entry.
func readList[T any](c *Config, doc *strictyaml.Document, kind, name string, load func(string, []byte) (T, strictyaml.Mistakes), into *T) (mistakes strictyaml.Mistakes) {
	if name == "" {
		return nil
	}
	*into, mistakes = readPolicy(c, doc, kind, kind, name, load)
	return mistakes
}
