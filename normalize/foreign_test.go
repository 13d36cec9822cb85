package normalize

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"agenttrail"
)

// refusing are the formats whose object has one form, or a header: what has another is refused as a whole, with the reason, and kept as evidence.
var refusing = []string{"agenttrail.approvals", "agenttrail.grants", "aws.cloudtrail", "otlp.claude_code", "otlp.genai", "salesforce.eventlog"}

// foreign are texts that are nobody's log.
var foreign = []string{"", " ", "\n\n", "plain text\nof two lines", "a,b,c\n1,2,3\n", "<html><body>503</body></html>", "null", "true", "42", `"text"`, "{}", "[]", "[[]]",
	`{"data":[]}`, `{"data":{}}`, `{"data":null}`, `{"data":[1,"a",null,[],{}]}`, `{"items":[{"events":[{}]}]}`, `{"id":"1"}`, `{"Records":[{"eventID":"1"}]}`,
	`[{"id":1e999,"uuid":1e999,"Id":1e999}]`, `{"a":1}{"a":2}`, "{\"a\":\n1}", "\xff\xfe{\x00}\x00", "\xef\xbb\xbf{}", "{", "}", "[", `{"data":`, `{"data":[{}`, `[{}`}

// TestForeign: a log given to the wrong format stops no run. Each record of it ends accepted, skipped or rejected with a reason; only a document that is cut
// or broken where its records should be is refused.
func TestForeign(t *testing.T) {
	for _, f := range Formats() {
		if f.Name == "generic" {
			continue // reads by a mapping only
		}
		for _, other := range Formats() {
			for _, path := range samples(t, filepath.Join("..", "fixtures", other.Name)) {
				data, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				conserve(t, f, data)
				if _, err := readAll(f, data); err != nil && !slices.Contains(refusing, f.Name) {
					t.Errorf("%s.Read(%s) = %v; want its records rejected one by one", f.Name, path, err)
				}
			}
		}
		for _, text := range foreign {
			conserve(t, f, []byte(text))
		}
	}
}

// TestPages: how an object is framed is seen in its first bytes, whatever stands before the list and however long that is.
func TestPages(t *testing.T) {
	record := func(id string) string { return fmt.Sprintf(`{"id":%q,"created_at":"2026-11-02T10:00:00Z"}`, id) }
	long := `"` + string(make256k()) + `"`
	for _, c := range []struct {
		name, data string
		want       []string // offsets of the accepted records
	}{
		{"array", "[" + record("a") + "," + record("b") + "]", []string{"1", "48"}},
		{"page", `{"data":[` + record("a") + `]}`, []string{"9"}},
		{"page, the list last", `{"has_more":false,"data":[` + record("a") + `]}`, []string{"26"}},
		{"page behind a long member", `{"x":` + long + `,"data":[` + record("a") + `]}`, []string{fmt.Sprint(14 + len(long))}},
		{"pages", `{"data":[` + record("a") + "]}\n{\"data\":[" + record("b") + "]}", []string{"9", "67"}},
		{"lines", record("a") + "\n" + record("b"), []string{"0", "47"}},
		{"line with an object called data", `{"data":{},` + record("a")[1:], []string{"0"}},
		{"broken first line", "{\n" + record("b"), []string{"2"}},
	} {
		var got []string
		f, err := Lookup("anthropic.activity", Options{})
		if err != nil {
			t.Fatal(err)
		}
		records, err := readAll(f, []byte(c.data))
		for _, r := range records {
			if r.State == agenttrail.Accepted.String() {
				got = append(got, fmt.Sprint(r.Offset))
			}
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: records at %v, %v; want %v", c.name, got, err, c.want)
		}
	}
}

func make256k() []byte {
	b := make([]byte, 256<<10)
	for i := range b {
		b[i] = 'x'
	}
	return b
}
