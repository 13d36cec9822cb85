package lists

import (
	"fmt"
	"slices"
	"strings"

	"agenttrail/internal/strictyaml"
)

// A Subject is somebody whose data the company holds, with every name that its systems have for them.
type Subject struct {
	ID     string   // the company's own
	Emails []string // told apart without regard to case
	Names  []string // may be those of others too
	IDs    []string // of vendors, as logs write them: "stripe:cus_1"
}

var subjectColumns = []string{"id", "emails", "names", "vendor_ids"}

// Subjects is the list of the aliases of customers.
type Subjects struct {
	list []Subject
	keys map[string]int   // ID, address, vendor id: one subject
	name map[string][]int // names, in lower case
}

// LoadSubjects reads the list from CSV or from lines of JSON. name is the file's name for messages. With any mistake there is no list.
func LoadSubjects(name string, data []byte) (*Subjects, strictyaml.Mistakes) {
	r := &rowReader{file: name, columns: subjectColumns}
	s := &Subjects{keys: map[string]int{}, name: map[string][]int{}}
	for _, w := range r.read(data) {
		one := Subject{ID: r.one(w, "id"), Emails: w.many("emails"), Names: w.many("names"), IDs: w.many("vendor_ids")}
		if one.ID == "" {
			r.add(w.line, "a subject without an id", "fill id")
			continue
		}
		for _, key := range s.add(one) {
			r.add(w.line, fmt.Sprintf("%q is another subject of this list too", key), "an id and an address belong to one subject; names may be shared")
		}
	}
	if len(r.mistakes) > 0 {
		return nil, r.sorted()
	}
	return s, nil
}

// add takes in a subject and says which of its keys were taken.
func (s *Subjects) add(one Subject) (taken []string) {
	at := len(s.list)
	s.list = append(s.list, one)
	for _, key := range one.keys() {
		if other, ok := s.keys[key]; ok && other != at {
			taken = append(taken, key)
		}
		s.keys[key] = at
	}
	for _, name := range one.Names {
		s.name[strings.ToLower(name)] = append(s.name[strings.ToLower(name)], at)
	}
	return taken
}

func (one *Subject) keys() []string {
	keys := append([]string{one.ID}, one.IDs...)
	for _, e := range one.Emails {
		keys = append(keys, strings.ToLower(e))
	}
	return keys
}

// Len is the number of subjects.
func (s *Subjects) Len() int {
	if s == nil {
		return 0
	}
	return len(s.list)
}

// Find gives the subjects that go by an alias: one for an id or an address, any number for a name. Nobody is found without a list.
func (s *Subjects) Find(alias string) (found []Subject) {
	if s == nil || alias == "" {
		return nil
	}
	for _, key := range []string{alias, strings.ToLower(alias)} {
		if i, ok := s.keys[key]; ok {
			return []Subject{s.list[i]}
		}
	}
	for _, i := range s.name[strings.ToLower(alias)] {
		found = append(found, s.list[i])
	}
	return found
}

// Aliases are all the ways in which logs may name the subjects that go by an alias: the alias itself first, then ids, addresses and names. exact are those
// that belong to one subject only; names are those that others may have too.
func (s *Subjects) Aliases(alias string) (exact, names []string) {
	exact = []string{alias}
	add := func(to *[]string, values ...string) {
		for _, v := range values {
			if v != "" && !slices.Contains(exact, v) && !slices.Contains(*to, v) {
				*to = append(*to, v)
			}
		}
	}
	for _, one := range s.Find(alias) {
		add(&exact, one.ID)
		add(&exact, one.IDs...)
		add(&exact, one.Emails...)
		add(&names, one.Names...)
	}
	return exact, names
}
