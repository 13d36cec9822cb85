package normalize

import (
	"strings"

	"agenttrail"
)

// A verbTable says what a vendor's names of actions mean: by the whole name, else by the first of its beginnings, else by the first of its endings.
// What it does not know is verb other.
type verbTable struct {
	names    map[string]string
	prefixes []affix // a longer one before a shorter one
	suffixes []affix
}

// An affix is a beginning or an ending of names.
type affix struct{ text, verb string }

func (t *verbTable) verb(name string) string {
	if v, ok := t.names[name]; ok {
		return v
	}
	for _, p := range t.prefixes {
		if strings.HasPrefix(name, p.text) {
			return p.verb
		}
	}
	for _, s := range t.suffixes {
		if strings.HasSuffix(name, s.text) {
			return s.verb
		}
	}
	return agenttrail.VerbOther
}
