package lists

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"agenttrail/internal/strictyaml"
)

// A Person is a line of the people list.
type Person struct {
	ID         string   // the name that the register and the inventories use
	Emails     []string // all addresses of the person
	Manager    string   // ID or an e-mail address of another person of the list
	Department string
	Status     string    // active, left; empty: not said
	LeftOn     time.Time // the first day on which the person is gone; zero: not said
}

// States of a person.
const (
	PersonActive = "active"
	PersonLeft   = "left"
)

// What Employed answers.
const (
	Employed = "employed"
	Gone     = "gone"
	Unknown  = "unknown"
)

// peopleColumns are those of the file, in the order in which a header is proposed.
var peopleColumns = []string{"person", "emails", "manager", "department", "status", "left_on"}

// People is the list of the company's people.
type People struct {
	list   []Person
	places map[string]int // by ID and by e-mail address, in lower case
}

// LoadPeople reads the list from CSV or from lines of JSON. name is the file's name for messages. With any mistake there is no list.
func LoadPeople(name string, data []byte) (*People, strictyaml.Mistakes) {
	r := &rowReader{file: name, columns: peopleColumns}
	var list []Person
	var lines []int
	for _, w := range r.read(data) {
		p := Person{ID: r.one(w, "person"), Emails: w.many("emails"), Manager: r.one(w, "manager"), Department: r.one(w, "department"), Status: r.one(w, "status")}
		if text := r.one(w, "left_on"); text != "" {
			var err error
			if p.LeftOn, err = time.Parse(time.DateOnly, text); err != nil {
				r.add(w.line, fmt.Sprintf("left_on is %q", text), "write a date like 2026-07-01")
			}
		}
		list, lines = append(list, p), append(lines, w.line)
	}
	return r.people(list, lines)
}

func (r *rowReader) people(list []Person, lines []int) (*People, strictyaml.Mistakes) {
	people := &People{list: list, places: map[string]int{}}
	for i := range list {
		r.person(people, i, lines[i])
	}
	for i := range list {
		if m := list[i].Manager; m != "" && len(r.mistakes) == 0 {
			if _, ok := people.Find(m); !ok {
				r.add(lines[i], fmt.Sprintf("the manager %q is nobody of this list", m), "add that person, or leave the manager out")
			}
		}
	}
	if len(r.mistakes) > 0 {
		return nil, r.sorted()
	}
	return people, nil
}

func (r *rowReader) person(people *People, i, line int) {
	p := &people.list[i]
	switch {
	case p.ID == "":
		r.add(line, "a person without a name", "fill person")
	case p.Status != "" && p.Status != PersonActive && p.Status != PersonLeft:
		r.add(line, fmt.Sprintf("status is %q", p.Status), "write active or left, or leave it out")
	case p.Status == PersonActive && !p.LeftOn.IsZero():
		r.add(line, "active, and yet left_on has a date", "write status left, or leave left_on out")
	}
	for _, key := range append([]string{p.ID}, p.Emails...) {
		key = strings.ToLower(key)
		if at, taken := people.places[key]; taken && at != i && key != "" {
			r.add(line, fmt.Sprintf("%q is another person of this list too", key), "give each person names of their own")
		}
		people.places[key] = i
	}
}

// Len is the number of people.
func (p *People) Len() int {
	if p == nil {
		return 0
	}
	return len(p.list)
}

// Find looks a person up by ID or by an e-mail address, whatever its case.
func (p *People) Find(name string) (*Person, bool) {
	if p == nil || name == "" {
		return nil, false
	}
	i, ok := p.places[strings.ToLower(name)]
	if !ok {
		return nil, false
	}
	return &p.list[i], true
}

// Employed says whether somebody was with the company at a time: Employed, Gone, or Unknown when there is no list, nobody of that name in it, or no status.
func (p *People) Employed(name string, at time.Time) string {
	person, ok := p.Find(name)
	switch {
	case !ok:
		return Unknown
	case person.Status == PersonLeft && (person.LeftOn.IsZero() || !at.Before(person.LeftOn)), person.Status == "" && !person.LeftOn.IsZero() && !at.Before(person.LeftOn):
		return Gone
	case person.Status == "" && person.LeftOn.IsZero():
		return Unknown
	}
	return Employed
}

// Manager is who leads somebody; ok is false when the list does not say.
func (p *People) Manager(name string) (manager *Person, ok bool) {
	person, ok := p.Find(name)
	if !ok {
		return nil, false
	}
	return p.Find(person.Manager)
}

// Same says that two names are one person.
func (p *People) Same(a, b string) bool {
	if strings.EqualFold(a, b) {
		return a != ""
	}
	x, ok := p.Find(a)
	y, also := p.Find(b)
	return ok && also && x == y
}

// Names are all names of a person: ID and addresses. Of somebody who is not in the list it is the name itself.
func (p *People) Names(name string) []string {
	person, ok := p.Find(name)
	if !ok {
		return []string{name}
	}
	return slices.Concat([]string{person.ID}, person.Emails)
}
