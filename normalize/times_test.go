package normalize

import (
	"testing"
	"time"

	"agenttrail"
)

// TestSpellings reads each way in which vendors write a time, and refuses what could mean two.
func TestSpellings(t *testing.T) {
	const refused = ""
	for _, c := range []struct {
		s          spelling
		text, want string
	}{
		{zoned, "2026-11-02T10:00:00.5Z", "2026-11-02T10:00:00.5Z"},
		{zoned, "2026-11-02T11:00:00+01:00", "2026-11-02T10:00:00Z"},
		{zoned, "2026-12-31T23:59:60Z", "2027-01-01T00:00:00Z"},
		{zoned, "2026-11-02T10:00:00", refused},
		{zoned, "2026-11-02", refused},
		{inUTC, "2026-11-02T10:00:00", "2026-11-02T10:00:00Z"},
		{inUTC, "2026-11-02T10:00:00.123456", "2026-11-02T10:00:00.123456Z"},
		{inUTC, "2026-11-02 10:00:00", "2026-11-02T10:00:00Z"},
		{inUTC, "2026-11-02 10:00:00 UTC", "2026-11-02T10:00:00Z"},
		{inUTC, "2026-11-02T11:00:00+01:00", "2026-11-02T10:00:00Z"},
		{inUTC, "2026-11-02 ", refused},
		{inUTC, "11/2/2026 10:00", refused},
		{unixSeconds, "1793613600", "2026-11-02T10:00:00Z"},
		{unixSeconds, "1793613600.25", "2026-11-02T10:00:00.25Z"},
		{unixSeconds, "1793613600123", refused}, // milliseconds, in the year 58807
		{unixSeconds, "1.7e9", refused},
		{unixMillis, "1793613600123", "2026-11-02T10:00:00.123Z"},
		{unixMillis, "-1", "1969-12-31T23:59:59.999Z"},
		{unixMillis, "99999999999999999999", refused},
		{unixMillis, "", refused},
		{digitsUTC, "20261102102233.101", "2026-11-02T10:22:33.101Z"},
		{digitsUTC, "20261102102233", "2026-11-02T10:22:33Z"},
		{digitsUTC, "202611021022", refused},
		{digitsUTC, "20261302102233", refused},
		{basicZone, "2026-11-02T12:22:33.101+0200", "2026-11-02T10:22:33.101Z"},
		{basicZone, "2026-11-02T10:22:33Z", "2026-11-02T10:22:33Z"},
		{basicZone, "2026-11-02T10:22:33", refused},
		{blankZone, "2026-11-02 02:00:00.123 -0800", "2026-11-02T10:00:00.123Z"},
		{blankZone, "2026-11-02 10:00:00.123", refused},
		{sqlSeconds, "1793613610.250000000 1440", "2026-11-02T10:00:10.25Z"},
		{sqlSeconds, "1793613610", "2026-11-02T10:00:10Z"},
		{sqlSeconds, "1793613610 UTC", refused},
	} {
		got := refused
		if when, ok := c.s.parse(c.text); ok {
			got = when.UTC().Format(time.RFC3339Nano)
		}
		if got != c.want {
			t.Errorf("parse(%q) as %s = %q, want %q", c.text, c.s.name, got, c.want)
		}
	}
}

func TestSetAddressPort(t *testing.T) {
	for _, c := range []struct{ text, ip, address string }{
		{"192.0.2.1", "192.0.2.1", "192.0.2.1"},
		{"192.0.2.1:5000", "192.0.2.1", "192.0.2.1:5000"},
		{"[2001:db8::1]:5000", "2001:db8::1", "[2001:db8::1]:5000"},
		{"[2001:db8::1]", "2001:db8::1", "[2001:db8::1]"},
		{"2001:db8::1", "2001:db8::1", "2001:db8::1"},
		{"::ffff:192.0.2.1", "192.0.2.1", "::ffff:192.0.2.1"},
		{"a host", "", "a host"},
		{"", "", ""},
	} {
		var a agenttrail.Action
		setAddressPort(&a, c.text)
		if a.Source.IP != c.ip || a.Source.Address != c.address {
			t.Errorf("setAddressPort(%q) = %q, %q; want %q, %q", c.text, a.Source.IP, a.Source.Address, c.ip, c.address)
		}
	}
}

func TestVerbTable(t *testing.T) {
	table := verbTable{names: map[string]string{"file.create": agenttrail.VerbShare}, prefixes: []affix{{"file.create", agenttrail.VerbCreate}, {"file.", agenttrail.VerbUpdate}},
		suffixes: []affix{{".create", agenttrail.VerbExecute}}}
	for name, want := range map[string]string{
		"file.create": agenttrail.VerbShare, "file.created": agenttrail.VerbCreate, "file.x": agenttrail.VerbUpdate, "x.create": agenttrail.VerbExecute,
		"x": agenttrail.VerbOther, "": agenttrail.VerbOther,
	} {
		if got := table.verb(name); got != want {
			t.Errorf("verb(%q) = %s, want %s", name, got, want)
		}
	}
}

// TestVerbTables: each verb of each table is one of the closed list, and no entry hides behind a shorter one that stands before it.
func TestVerbTables(t *testing.T) {
	for name, table := range map[string]*verbTable{"okta": &oktaVerbs, "github": &githubVerbs, "anthropic": &activityVerbs, "openai": &openaiVerbs, "m365": &m365Verbs, "google": &googleVerbs} {
		verbs := []string{}
		for _, v := range table.names {
			verbs = append(verbs, v)
		}
		for i, p := range table.prefixes {
			verbs = append(verbs, p.verb)
			for _, before := range table.prefixes[:i] {
				if len(before.text) <= len(p.text) && p.text[:len(before.text)] == before.text {
					t.Errorf("%s: prefix %q is never reached, %q stands before it", name, p.text, before.text)
				}
			}
		}
		for i, s := range table.suffixes {
			verbs = append(verbs, s.verb)
			for _, before := range table.suffixes[:i] {
				if len(before.text) <= len(s.text) && s.text[len(s.text)-len(before.text):] == before.text {
					t.Errorf("%s: suffix %q is never reached, %q stands before it", name, s.text, before.text)
				}
			}
		}
		for _, v := range verbs {
			if _, ok := agenttrail.LookupVerb(v); !ok {
				t.Errorf("%s: %q is no verb", name, v)
			}
		}
	}
}
