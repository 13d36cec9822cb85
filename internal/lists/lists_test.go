package lists

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const staff = `person,emails,manager,department,status,left_on
dana,dana@acme.example; d.ito@acme.example,lee@acme.example,support,active,
lee,lee@acme.example,,support,,
kim,kim@acme.example,lee,sales,left,2026-08-01
moss,moss@acme.example,lee,sales,,2026-08-01
pat,,kim,sales,left,
`

func people(t *testing.T) *People {
	t.Helper()
	p, mistakes := LoadPeople("people.csv", []byte(staff))
	if len(mistakes) > 0 {
		t.Fatalf("LoadPeople: %v", mistakes)
	}
	return p
}

func TestEmployed(t *testing.T) {
	p := people(t)
	before, after := time.Date(2026, 7, 31, 23, 0, 0, 0, time.UTC), time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)
	for _, l := range []struct {
		list *People
		name string
		at   time.Time
		want string
	}{
		{p, "dana", after, Employed},
		{p, "D.Ito@acme.example", after, Employed},
		{p, "lee", after, Unknown}, // no status
		{p, "kim", before, Employed},
		{p, "kim@acme.example", after, Gone},
		{p, "moss", after, Gone},
		{p, "moss", before, Employed},
		{p, "pat", before, Gone}, // left, no day said
		{p, "stranger", after, Unknown},
		{p, "", after, Unknown},
		{nil, "dana", after, Unknown}, // no list
	} {
		if got := l.list.Employed(l.name, l.at); got != l.want {
			t.Errorf("Employed(%q, %v) = %s, want %s", l.name, l.at, got, l.want)
		}
	}
}

func TestManager(t *testing.T) {
	p := people(t)
	for name, want := range map[string]string{"dana": "lee", "d.ito@acme.example": "lee", "lee": "", "pat": "kim", "stranger": ""} {
		got := ""
		if m, ok := p.Manager(name); ok {
			got = m.ID
		}
		if got != want {
			t.Errorf("Manager(%q) = %q, want %q", name, got, want)
		}
	}
	if !p.Same("dana", "D.ITO@acme.example") || p.Same("dana", "lee") || p.Same("", "") || !p.Same("x", "X") {
		t.Error("Same: dana is d.ito, dana is not lee, nobody is nobody, x is X")
	}
}

// TestForms: CSV and lines of JSON say the same.
func TestForms(t *testing.T) {
	lines := `{"person":"dana","emails":["dana@acme.example","d.ito@acme.example"],"manager":"lee@acme.example","department":"support","status":"active","left_on":null}
{"person":"lee","emails":["lee@acme.example"],"department":"support"}
{"person":"kim","emails":["kim@acme.example"],"manager":"lee","department":"sales","status":"left","left_on":"2026-08-01"}
{"person":"moss","emails":["moss@acme.example"],"manager":"lee","department":"sales","left_on":"2026-08-01"}

{"person":"pat","manager":"kim","department":"sales","status":"left"}
`
	got, mistakes := LoadPeople("people.jsonl", []byte(lines))
	if len(mistakes) > 0 {
		t.Fatalf("LoadPeople(lines of JSON): %v", mistakes)
	}
	if diff := cmp.Diff(people(t).list, got.list); diff != "" {
		t.Errorf("people from CSV and JSON differ, CSV - JSON +\n%s", diff)
	}
}

func TestSubjects(t *testing.T) {
	s, mistakes := LoadSubjects("subjects.csv", []byte("\ufeffid,emails,names,vendor_ids\nC-1,Ann@example.com,Ann Berg,stripe:cus_1;crm:17\nC-2,ann2@example.com,ann berg,\n"))
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	for _, l := range []struct {
		list         *Subjects
		alias        string
		exact, names []string
	}{
		{s, "crm:17", []string{"crm:17", "C-1", "stripe:cus_1", "Ann@example.com"}, []string{"Ann Berg"}},
		{s, "ANN@EXAMPLE.COM", []string{"ANN@EXAMPLE.COM", "C-1", "stripe:cus_1", "crm:17", "Ann@example.com"}, []string{"Ann Berg"}},
		{s, "Ann Berg", []string{"Ann Berg", "C-1", "stripe:cus_1", "crm:17", "Ann@example.com", "C-2", "ann2@example.com"}, []string{"ann berg"}},
		{s, "stripe:cus_9", []string{"stripe:cus_9"}, nil},
		{nil, "C-1", []string{"C-1"}, nil},
	} {
		exact, names := l.list.Aliases(l.alias)
		if diff := cmp.Diff([][]string{l.exact, l.names}, [][]string{exact, names}); diff != "" {
			t.Errorf("Aliases(%q), want - got +\n%s", l.alias, diff)
		}
	}
}

func TestPermissions(t *testing.T) {
	p, mistakes := LoadPermissions("p.yaml", []byte(`permissions:
  - {system: crm, permission: "*", words: anything}
  - {system: crm, permission: "contacts.*", words: contacts, can: [read, update]}
  - {system: crm, permission: contacts.delete, words: delete contacts, tier: privileged, can: [delete]}
`))
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	for permission, want := range map[string]string{"contacts.delete": "delete contacts", "contacts.read": "contacts", "mail": "anything"} {
		if got, ok := p.Find("crm", permission); !ok || got.Words != want {
			t.Errorf("Find(crm, %s) = %q, %v, want %q", permission, got.Words, ok, want)
		}
	}
	if got, ok := p.Find("stripe", "contacts.read"); ok {
		t.Errorf("Find(stripe, contacts.read) = %v, want nothing", got)
	}
}

func TestDataRules(t *testing.T) {
	d, mistakes := LoadDataRules("d.yaml", []byte(`rules:
  - {system: crm, classification: internal, categories: [pii]}
  - {system: crm, resources: ["contract*"], classification: restricted, categories: [legal]}
  - {system: wiki, categories: [credentials]}
`))
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	for system, want := range map[string][]string{"crm": {"restricted", "legal", "pii"}, "wiki": {"", "credentials"}, "mail": {""}} {
		class, categories := d.Of(system)
		if diff := cmp.Diff(want, append([]string{class}, categories...)); diff != "" {
			t.Errorf("Of(%s), want - got +\n%s", system, diff)
		}
	}
}

// FuzzRows: whatever the bytes, each list is read or its mistakes name a line; never both, never a panic.
func FuzzRows(f *testing.F) {
	f.Add([]byte(staff))
	f.Add([]byte("person\n\"a\nb"))
	f.Add([]byte(`{"person":"a","emails":["b",1]}`))
	f.Add([]byte("id,names\n,\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, wrong := LoadPeople("p", data)
		if (p == nil) == (len(wrong) == 0) {
			t.Fatalf("LoadPeople(%q) = %v with the mistakes %v", data, p, wrong)
		}
		s, bad := LoadSubjects("s", data)
		if (s == nil) == (len(bad) == 0) {
			t.Fatalf("LoadSubjects(%q) = %v with the mistakes %v", data, s, bad)
		}
		for _, m := range append(wrong, bad...) {
			if m.Line < 1 || m.Message == "" {
				t.Fatalf("a mistake without its place: %+v of %q", m, data)
			}
		}
	})
}
