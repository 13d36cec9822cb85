package ingest

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"agenttrail"
)

func TestEscape(t *testing.T) {
	cases := []struct{ in, want string }{
		{"a/b-c_d.e~f/0Z", "a/b-c_d.e~f/0Z"},
		{"a b%c+d", "a%20b%25c%2Bd"},
		{"ü/\x00\xff", "%C3%BC/%00%FF"},
		{"../x//y/", "../x//y/"},
		{"", ""},
	}
	for _, c := range cases {
		if got := escape(c.in); got != c.want {
			t.Errorf("escape(%q) = %q, want %q", c.in, got, c.want)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		in := string(rapid.SliceOf(rapid.Byte()).Draw(r, "name"))
		if got, err := unescape(escape(in)); got != in || err != nil {
			r.Fatalf("unescape(escape(%q)) = %q, %v", in, got, err)
		}
	})
}

func TestMatchGlob(t *testing.T) {
	cases := []struct {
		pattern, name string
		want          bool
	}{
		{"**/*.json.gz", "a/b/c.json.gz", true},
		{"**/*.json.gz", "c.json.gz", true},
		{"**/*.json.gz", "a/c.json", false},
		{"*.gz", "a/c.gz", false},
		{"a/**", "a/b/c", true},
		{"a/**", "b/a/c", false},
		{"a/**/z", "a/z", true},
		{"a/**/z", "a/b/c/z", true},
		{"a/**/z", "a/b/c/y", false},
		{"**/b/**/d", "a/b/b/c/d", true},
		{"**/b/**/d", "a/c/c/c/d", false},
		{"**", "anything/at/all", true},
		{"a?[0-9].csv", "ab7.csv", true},
		{"", "a", false},
	}
	for _, c := range cases {
		if got := matchGlob(c.pattern, c.name); got != c.want {
			t.Errorf("matchGlob(%q, %q) = %v, want %v", c.pattern, c.name, got, c.want)
		}
	}
	if hostile := strings.Repeat("a/", 500) + "b"; matchGlob(strings.Repeat("**/a/", 100)+"c", hostile) {
		t.Error("matchGlob of a hostile name = true, want false")
	}
}

func TestCheckGlob(t *testing.T) {
	for pattern, want := range map[string]string{"": "empty", "a/[b": "not closed", "a**/b": "must stand alone", `a\`: "not closed", "**/*.gz": ""} {
		err := CheckGlob(pattern)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("CheckGlob(%q) = %v, want %q", pattern, err, want)
		}
	}
}

func TestEmptyOrTest(t *testing.T) {
	cases := []struct {
		uri  string
		size int64
		want string
	}{
		{"s3://b/AWSLogs/", 0, RuleMarker},
		{"s3://b/AWSLogs/x.json.gz", 0, RuleEmpty},
		{"s3://b/AWSLogs/", 12, ""},
		{"s3://b/AWSLogs/111122223333/BedrockModelInvocationLogs/eu-central-1/amazon-bedrock-logs-permission-check", 20, RulePermission},
		{"s3://b/AWSLogs/111122223333/ELBAccessLogTestFile", 20, RuleTestFile},
		{"s3://b/x", -1, ""},
	}
	for _, c := range cases {
		if got := emptyOrTest(&agenttrail.Object{URI: c.uri, Size: c.size}); got != c.want {
			t.Errorf("emptyOrTest(%s, %d bytes) = %q, want %q", c.uri, c.size, got, c.want)
		}
	}
}
