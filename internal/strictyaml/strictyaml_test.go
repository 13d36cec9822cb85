package strictyaml

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type step int

func (s *step) UnmarshalText(b []byte) error {
	switch string(b) {
	case "day":
		*s = 1
	case "hour":
		*s = 2
	default:
		return fmt.Errorf("want day or hour, not %q", b)
	}
	return nil
}

type inner struct {
	Bucket string `yaml:"bucket"`
	Size   int64  `yaml:"size"`
	Deep   bool   `yaml:"deep"`
}

type outer struct {
	Name    string            `yaml:"name"`
	S3      *inner            `yaml:"s3"`
	List    []inner           `yaml:"list"`
	Words   []string          `yaml:"words"`
	Match   map[string]string `yaml:"match"`
	Window  step              `yaml:"window"`
	Account string            `yaml:"account"`
	Token   *reference        `yaml:"token"`
	Seal    struct{}          `yaml:"seal,later"`
}

type reference struct {
	Env string `yaml:"env"`
}

func (reference) Sensitive() {}

func TestDecode(t *testing.T) {
	var got outer
	d := Decode("a.yaml", []byte(`# a comment
name: acme
s3: {bucket: "b", size: 7, deep: true}
list:
  - bucket: one
  - {bucket: two, size: -1}
words: [read, "pay"]
match:
  role_arn: arn:aws:iam::111122223333:role/X*
window: hour
account: 0111
token: {env: TOKEN}
`), &got)
	want := outer{Name: "acme", S3: &inner{"b", 7, true}, List: []inner{{Bucket: "one"}, {Bucket: "two", Size: -1}}, Words: []string{"read", "pay"},
		Match: map[string]string{"role_arn": "arn:aws:iam::111122223333:role/X*"}, Window: 2, Account: "0111", Token: &reference{"TOKEN"}}
	if diff := cmp.Diff(want, got); diff != "" || len(d.Mistakes) > 0 {
		t.Errorf("Decode: %v\n%s", d.Mistakes, diff)
	}
	for path, want := range map[string][2]int{"name": {2, 7}, "s3.bucket": {3, 14}, "list[1].size": {6, 25}, "list[0].absent": {5, 11}, "nowhere": {2, 1}} {
		if line, column := d.At(path); path != "nowhere" && line != want[0] {
			t.Errorf("At(%s) = %d:%d, want line %d", path, line, column, want[0])
		}
	}
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"nane: x\n", `f.yaml:1:1: unknown key "nane"; did you mean "name"?`},
		{"name: a\nname: b\n", `f.yaml:2:1: key "name" stands twice; remove one of them`},
		{"name: [a]\n", `f.yaml:1:7: want a text here, not a list`},
		{"s3: x\n", `f.yaml:1:5: want keys and values here, not the text "x"`},
		{"list: x\n", `f.yaml:1:7: want a list here, not the text "x"; write it in [brackets] or as lines that begin with a hyphen`},
		{"s3: {deep: maybe, size: 1.5}\n", "f.yaml:1:12: want true or false, not \"maybe\"\nf.yaml:1:25: want a whole number, not \"1.5\""},
		{"token: hunter2\n", "f.yaml:1:8: a secret must not stand here in clear; write a reference: {env: NAME}, {file: PATH} or {exec: [COMMAND, ARGUMENT]}"},
		{"seal: {certificate: x}\n", `f.yaml:1:1: this version does not act on "seal"; remove it`},
		{"window: week\n", `f.yaml:1:9: want day or hour, not "week"`},
		{"name: &a x\naccount: *a\n", "f.yaml:1:7: want a text here, not an anchor or alias, which are not read\nf.yaml:2:10: want a text here, not an anchor or alias, which are not read"},
	} {
		var o outer
		d := Decode("f.yaml", []byte(c.in), &o)
		if got := d.Sorted().Error(); got != c.want {
			t.Errorf("Decode(%q):\n got %s\nwant %s", c.in, got, c.want)
		}
	}
}

// TestSyntax: a file that is no YAML has one mistake with its place.
func TestSyntax(t *testing.T) {
	var o outer
	d := Decode("f.yaml", []byte("name: x\n  s3: [\n"), &o)
	if len(d.Mistakes) != 1 || d.Mistakes[0].Line == 0 {
		t.Errorf("mistakes = %v, want one with a line", d.Mistakes)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("name: x\nlist: [{bucket: b}]\n"))
	f.Add([]byte("a: &b [*b]\n? x\n: y\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var o outer
		Decode("f.yaml", in, &o).Sorted()
	})
}
