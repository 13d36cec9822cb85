// Package frameworks holds what laws and standards ask for, clause by clause, as dated files: which duty, to whom it applies, how far logs can
// show it, which measures show it, and what else is needed. The words are ours. Dates move, so they stand in the files and nowhere in code.
package frameworks

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"agenttrail/internal/strictyaml"
)

//go:embed *.yaml
var files embed.FS

// How far logs can show that a clause is met.
const (
	ReachFull    = "F" // the record itself is what the clause asks for
	ReachPartial = "P" // logs carry a part; something must be supplied beside them
	ReachNone    = "N" // not from logs at all
)

// What an applicability condition is taken as when nobody answered it.
const (
	Unknown = "unknown" // the clause is judged, and the report says that nobody answered
	No      = "no"      // the clause does not apply
)

// Always is the condition of a clause that applies to everybody.
const Always = "always"

// A Framework is one law or standard.
type Framework struct {
	ID              string      `yaml:"id"`
	Title           string      `yaml:"title"`
	Edition         string      `yaml:"edition"`
	Effective       string      `yaml:"effective"` // the date from which it binds, yyyy-mm-dd; empty: no one date
	State           string      `yaml:"state"`     // the day whose law this file has
	Mapping         string      `yaml:"mapping"`   // version of the file
	Keep            string      `yaml:"keep"`      // how long what is kept
	KeepUnconfirmed bool        `yaml:"keep_unconfirmed"`
	Cadence         string      `yaml:"cadence"`
	Notes           []string    `yaml:"notes"`
	Conditions      []Condition `yaml:"conditions"`
	Clauses         []Clause    `yaml:"clauses"`
}

// A Condition is a question on which it depends whether clauses apply.
type Condition struct {
	ID             string `yaml:"id"`
	Asks           string `yaml:"asks"`
	UnlessAnswered string `yaml:"unless_answered"`
}

// A Clause is one duty.
type Clause struct {
	ID          string   `yaml:"id"`
	Duty        string   `yaml:"duty"`
	Applies     string   `yaml:"applies"` // id of a condition, or Always
	Reach       string   `yaml:"reach"`
	Measures    []string `yaml:"measures"`    // ids of the measures that show it
	Needs       string   `yaml:"needs"`       // what must be supplied beside the logs
	Unconfirmed bool     `yaml:"unconfirmed"` // number or content not confirmed from the text itself
}

// IDs are the names of the frameworks, in order. Nothing is read for it.
func IDs() (ids []string) {
	names, err := files.ReadDir(".")
	if err != nil {
		panic("BUG: the frameworks are not part of the program: " + err.Error())
	}
	for _, n := range names {
		ids = append(ids, strings.TrimSuffix(n.Name(), ".yaml"))
	}
	return ids
}

// Load reads one framework. The error has every mistake of its file.
func Load(id string) (*Framework, error) {
	data, err := files.ReadFile(id + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("there is no framework %q", id)
	}
	f, err := parse("frameworks/"+id+".yaml", data)
	if err == nil && f.ID != id {
		err = fmt.Errorf("frameworks/%s.yaml: id %q is not its name", id, f.ID)
	}
	return &f, err
}

// All reads every framework, in order of the ids.
func All() (list []Framework, err error) {
	for _, id := range IDs() {
		f, err := Load(id)
		if err != nil {
			return nil, err
		}
		list = append(list, *f)
	}
	return list, nil
}

// parse reads one file; the error has every mistake of it.
func parse(name string, data []byte) (f Framework, err error) {
	d := strictyaml.Decode(name, data, &f)
	f.check(d)
	if wrong := d.Sorted(); len(wrong) > 0 {
		return f, wrong
	}
	return f, nil
}

// check adds what a file of the right shape may still lack.
func (f *Framework) check(d *strictyaml.Document) {
	if f.Title == "" || f.Edition == "" || f.Keep == "" || f.Cadence == "" || f.Mapping == "" || len(f.Clauses) == 0 {
		d.Add("id", "title, edition, mapping, keep, cadence and clauses are needed", "")
	}
	for key, date := range map[string]string{"effective": f.Effective, "state": f.State} {
		if _, err := time.Parse(time.DateOnly, date); err != nil && (date != "" || key == "state") {
			d.Add(key, fmt.Sprintf("%q is no date", date), "write yyyy-mm-dd")
		}
	}
	seen := map[string]bool{}
	for i, c := range f.Clauses {
		at := fmt.Sprintf("clauses[%d]", i)
		switch {
		case c.ID == "" || c.Duty == "":
			d.Add(at, "a clause needs an id and a duty", "")
		case seen[c.ID]:
			d.Add(at+".id", fmt.Sprintf("clause %q stands here twice", c.ID), "")
		case !slices.Contains([]string{ReachFull, ReachPartial, ReachNone}, c.Reach):
			d.Add(at+".reach", fmt.Sprintf("reach %q", c.Reach), "write F, P or N")
		case c.Reach != ReachFull && c.Needs == "":
			d.Add(at, "what logs do not show needs the name of what does", "add needs")
		case c.Reach == ReachNone && len(c.Measures) > 0:
			d.Add(at+".measures", "logs cannot show this clause, so no measure can", "remove measures")
		case c.Reach == ReachFull && len(c.Measures) == 0:
			d.Add(at, "a clause that logs show needs a measure", "add measures")
		case c.Applies != Always && f.Condition(c.Applies) == nil:
			d.Add(at+".applies", fmt.Sprintf("there is no condition %q", c.Applies), "write always, or add the condition")
		}
		seen[c.ID] = true
	}
	for i, c := range f.Conditions {
		if c.Asks == "" || c.UnlessAnswered != Unknown && c.UnlessAnswered != No {
			d.Add(fmt.Sprintf("conditions[%d]", i), "a condition asks something, and is unknown or no unless answered", "")
		}
	}
}

// Condition finds a condition; nil: there is none of that id.
func (f *Framework) Condition(id string) *Condition {
	for i := range f.Conditions {
		if f.Conditions[i].ID == id {
			return &f.Conditions[i]
		}
	}
	return nil
}
