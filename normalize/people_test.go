package normalize

import (
	"strings"
	"testing"
)

// TestPeople: an export of people becomes lines of the people list; what cannot be read is a mistake with its line, never a hole.
func TestPeople(t *testing.T) {
	const mapping = `dataset: hr.people
target: person
framing: csv
fields:
  person: {column: Login}
  emails: {column: Mail}
  manager: {column: Boss}
  status: {column: State, map: {A: active, L: left}}
  left_on: {column: Gone, layout: "02.01.2006", zone: UTC}
skip:
  external: {column: State, equals: X}
`
	m, mistakes := LoadMapping("people.mapping.yaml", []byte(mapping))
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	const export = `Login,Mail,Boss,State,Gone
dana,dana@example.com,lee,A,
"o""hara",o@example.com,,L,01.08.2026
guest,,,X,
`
	const want = `{"person":["dana"],"emails":["dana@example.com"],"manager":["lee"],"status":["active"]}
{"person":["o\"hara"],"emails":["o@example.com"],"status":["left"],"left_on":["2026-08-01"]}
`
	got, mistakes := m.People("hr.csv", []byte(export))
	if len(mistakes) > 0 || string(got) != want {
		t.Errorf("People(%q) = %q, %v, want %q", export, got, mistakes, want)
	}
	for bad, place := range map[string]string{
		export + "kim,kim@example.com,,L,soon\n": "hr.csv:5:1: left_on is \"soon\"",
		export + "kim,kim@example.com\n":         "hr.csv:5:1: 2 cells under 5 headings",
		"Login,Mail\n":                           "hr.csv:1:1: header: no column",
	} {
		if _, mistakes := m.People("hr.csv", []byte(bad)); len(mistakes) != 1 || !strings.HasPrefix(mistakes[0].Error(), place) {
			t.Errorf("People(%q): mistakes %v, want one that begins with %q", bad, mistakes, place)
		}
	}
	if _, err := Lookup("generic", Options{Mapping: m}); err == nil || !strings.Contains(err.Error(), "people_mapping") {
		t.Errorf("Lookup(generic) with a mapping of people = %v, want an error that names people_mapping", err)
	}
	action, _ := LoadMapping("m", []byte("dataset: a.b\nframing: csv\nfields: {\"@timestamp\": {column: t}}\n"))
	if _, mistakes := action.People("hr.csv", []byte(export)); len(mistakes) != 1 || !strings.Contains(mistakes[0].Message, "target action, not person") {
		t.Errorf("People with a mapping of actions: %v", mistakes)
	}
}
