package reports

import (
	"strings"
	"testing"

	"agenttrail"

	"github.com/google/go-cmp/cmp"
)

// TestPreviousReport: page one says what the last report said, and whether the key is the same.

func TestPreviousReport(t *testing.T) {
	_, first := audited(t, storyInput())
	issue := Issue{Report: first.ID, Kind: "audit", Issued: at("08-03 04:00"), Engine: "trail", Size: 71, PDF: agenttrail.File{Path: "report.pdf", SHA256: "ab", Size: 5}, Summary: *first.Summary}
	back, err := ParseIssue(issue.Marshal())
	if err != nil {
		t.Fatalf("ParseIssue(%s): %v", issue.Marshal(), err)
	}
	if d := cmp.Diff(&issue, back); d != "" {
		t.Errorf("ParseIssue(Marshal) (-want +got):\n%s", d)
	}
	in := storyInput()
	in.Previous = &back.Summary
	_, doc := audited(t, in)
	front := flatten(doc.Front)
	for _, want := range []string{"Report R-202607-audit, as of 3 August 2026", "the same key as in the last report"} {
		if !strings.Contains(front, want) {
			t.Errorf("page one lacks %q:\n%s", want, front)
		}
	}
	if got := doc.Front[2].Table.Rows[0][3].Text; got != "1 of 4" {
		t.Errorf("own identity in the last report: got %q, want %q", got, "1 of 4")
	}
	in.Fingerprint = "other"
	if _, doc = audited(t, in); !strings.Contains(flatten(doc.Front), "NOT the key of the last report") {
		t.Errorf("page one does not notice another key:\n%s", flatten(doc.Front))
	}
}

func TestParseIssueRefuses(t *testing.T) {
	good := string((&Issue{Report: "R", Kind: "audit", Summary: Summary{Practices: []Said{{"M11", 1, 2}}}}).Marshal())
	if _, err := ParseIssue([]byte(good)); err != nil {
		t.Fatalf("ParseIssue(%s): %v", good, err)
	}
	for _, bad := range []string{"", "{}", good + " ", strings.Replace(good, `"v":"1"`, `"v":"2"`, 1), strings.Replace(good, `"revision":"0"`, `"revision":"x"`, 1), strings.Replace(good, `{`, `{"a":"b",`, 1)} {
		if i, err := ParseIssue([]byte(bad)); err == nil {
			t.Errorf("ParseIssue(%s) = %+v, want an error", bad, i)
		}
	}
}
