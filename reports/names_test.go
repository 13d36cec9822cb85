package reports

import (
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	n := newNames(&Input{Agents: []Agent{{Owner: "Dana@example.com"}}, Approvals: []Approval{{Approver: "Lee Roy", Requester: "sam@example.com"}}})
	for _, c := range []struct{ text, want string }{
		{"mail to ann@example.org.", "mail to S-0001."},
		{"ANN@example.org, again", "S-0001, again"},
		{"dana@example.com is an owner", "dana@example.com is an owner"},
		{"<sam@example.com>", "<sam@example.com>"},
		{"two: ben@example.org;ann@example.org", "two: S-0002;S-0001"},
		{"no address @ all", "no address @ all"},
		{"a@ and @b", "a@ and @b"},
		{"\xff@x.y \xfe", "\xff@x.y \xfe"},
		{"", ""},
	} {
		if got := n.masked(c.text, nil); got != c.want {
			t.Errorf("masked(%q) = %q, want %q", c.text, got, c.want)
		}
	}
	if got, want := n.masked("statement of cus_1042", []string{"crm:cus_1042"}), "statement of S-0003"; got != want {
		t.Errorf("masked(a subject) = %q, want %q", got, want)
	}
}

// TestPersons: who is no owner, approver or requester is named nowhere, in no attachment either.

func TestPersons(t *testing.T) {
	_, doc := audited(t, storyInput())
	text := string(golden(t, doc))
	for _, person := range []string{"rob@example.com", "kim@example.com", "eve@example.com", "ann@example.org"} {
		if strings.Contains(text, person) {
			t.Errorf("%s is named in the report", person)
		}
	}
	for _, named := range []string{"dana@example.com", "Lee Roy", "Dana Fox", "Pat Doe"} {
		if !strings.Contains(text, named) {
			t.Errorf("%s is not named, and is an owner, an approver or a requester", named)
		}
	}
}
