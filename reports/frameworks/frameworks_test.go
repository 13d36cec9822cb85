package frameworks

import (
	"slices"
	"strings"
	"testing"
)

// TestAll holds every file to the same rules. Reading them is most of it: All refuses a file that breaks one.
func TestAll(t *testing.T) {
	list, err := All()
	if err != nil {
		t.Fatalf("All(): %v", err)
	}
	var ids []string
	for _, f := range list {
		ids = append(ids, f.ID)
		for _, c := range f.Clauses {
			text := strings.Join([]string{c.ID, c.Duty, c.Needs}, " ")
			for _, banned := range []string{"[check]", "24-205", "TODO"} {
				if strings.Contains(text, banned) {
					t.Errorf("%s, clause %s: contains %q", f.ID, c.ID, banned)
				}
			}
		}
	}
	want := []string{"colorado-admt", "dora", "eu-ai-act", "gdpr", "hipaa", "iso27001", "iso42001", "nist-800-53", "nist-ai-rmf", "nydfs", "pci-dss", "soc2", "sox"}
	if !slices.Equal(ids, want) {
		t.Errorf("All(): got %v, want %v", ids, want)
	}
}

// TestCheck: what a file may get wrong is told with its place.
func TestCheck(t *testing.T) {
	for _, c := range []struct{ name, change, to, want string }{
		{"good", "", "", ""},
		{"reach", "reach: F", "reach: X", `reach "X"`},
		{"no artefact", "reach: F", "reach: P", "needs the name of what does"},
		{"no measure", "measures: [M01]", "unconfirmed: true", "needs a measure"},
		{"condition", "applies: always", "applies: nobody", `no condition "nobody"`},
		{"twice", "id: B", "id: A", `clause "A" stands here twice`},
		{"date", "2026-11-23", "soon", `"soon" is no date`},
		{"unknown key", "mapping:", "maping:", "maping"},
	} {
		text := "id: x\ntitle: T\nedition: E\nstate: 2026-11-23\nmapping: '1'\nkeep: K\ncadence: C\nclauses:\n" +
			"  - {id: A, duty: D, applies: always, reach: F, measures: [M01]}\n  - {id: B, duty: D, applies: always, reach: N, needs: N}\n"
		_, err := parse("x.yaml", []byte(strings.Replace(text, c.change, c.to, 1)))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("parse(%s): %v", c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("parse(%s): got error %v, want one with %q", c.name, err, c.want)
		}
	}
}
