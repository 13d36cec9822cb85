package reports

import (
	"context"
	"slices"
	"strings"
	"testing"

	"agenttrail"
	"agenttrail/reports/frameworks"
)

// TestFrameworkMeasures: every measure that a file names exists.
func TestFrameworkMeasures(t *testing.T) {
	for _, f := range allFrameworks(t) {
		for _, c := range f.Clauses {
			for _, id := range c.Measures {
				if !slices.ContainsFunc(defined, func(d definition) bool { return d.id == id }) {
					t.Errorf("%s, clause %s: there is no measure %q", f.ID, c.ID, id)
				}
			}
		}
	}
}

func allFrameworks(t *testing.T) []frameworks.Framework {
	t.Helper()
	list, err := frameworks.All()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// packed makes the pack of a framework for the story, with the clauses by id.
func packed(t *testing.T, id string, answers map[string]bool, change func(*Input)) (*Document, map[string]judgedClause) {
	t.Helper()
	in := storyInput()
	in.Topic, in.Answers, in.Verified = id, answers, &Verified{}
	for _, f := range allFrameworks(t) {
		if f.ID == id {
			in.Framework = &f
		}
	}
	if change != nil {
		change(&in)
	}
	doc, err := FrameworkPack(context.Background(), in)
	if err != nil {
		t.Fatalf("FrameworkPack(%s): %v", id, err)
	}
	a, err := newAccount(context.Background(), KindFramework, in)
	if err != nil {
		t.Fatal(err)
	}
	clauses := map[string]judgedClause{}
	for _, j := range a.judgeClauses() {
		clauses[j.ID] = j
	}
	return doc, clauses
}

// TestClauseStates: each state from the numbers of the story.
func TestClauseStates(t *testing.T) {
	for _, c := range []struct {
		framework, clause string
		answers           map[string]bool
		want, why         string
	}{
		{"eu-ai-act", "12(3)", nil, clauseNotApplicable, "remote biometric identification"}, // a support agent
		{"eu-ai-act", "12(3)", map[string]bool{"biometric": true}, clauseGap, "Details"},    // then the details have to be there
		{"eu-ai-act", "12(2)(c)", nil, clauseMet, ""},
		{"eu-ai-act", "12(2)(c)", map[string]bool{"high_risk": false}, clauseNotApplicable, "answered no"},
		{"eu-ai-act", "27", nil, clauseNotEvidenced, ""},
		{"eu-ai-act", "73(2)", nil, clauseNoData, ""},
		{"eu-ai-act", "26(6)", nil, clausePart, "what logs can show is there"}, // partly in logs: never met by logs alone
		{"nist-800-53", "AU-3", nil, clauseGap, "Details that the records state"},
		{"nist-800-53", "AU-8", nil, clausePart, ""},
		{"pci-dss", "10.7.2-10.7.3", nil, clauseNoData, "Silence"}, // no source declares a limit
		{"iso27001", "A.5.28", nil, clauseMet, ""},
	} {
		_, clauses := packed(t, c.framework, c.answers, nil)
		if j := clauses[c.clause]; j.state != c.want || !strings.Contains(j.why, c.why) {
			t.Errorf("%s %s with answers %v: got %q because %q, want %q because of %q", c.framework, c.clause, c.answers, j.state, j.why, c.want, c.why)
		}
	}
}

// TestNoDataIsNoPass: without a source and without an action no clause is met, part or anything but no data, not evidenceable or not applicable.
func TestNoDataIsNoPass(t *testing.T) {
	for _, f := range allFrameworks(t) {
		_, clauses := packed(t, f.ID, nil, func(in *Input) {
			facts(in).Rows = nil
			in.Sources, in.Agents, in.Approvals, in.NoSource, in.Verified = nil, nil, nil, nil, nil
			in.Entries = func(func(int64, agenttrail.Entry) error) error { return nil }
		})
		for id, j := range clauses {
			if j.state == clauseMet || j.state == clausePart {
				t.Errorf("%s %s without any data: got %q because %q", f.ID, id, j.state, j.why)
			}
		}
	}
}

// TestUnconfirmed: what nobody confirmed from the text is never printed as certain.
func TestUnconfirmed(t *testing.T) {
	for _, f := range allFrameworks(t) {
		doc, _ := packed(t, f.ID, nil, nil)
		grid := tableOf(t, doc, "Every clause")
		for i, c := range f.Clauses {
			if marked := strings.Contains(grid[i][0], "not confirmed"); marked != c.Unconfirmed {
				t.Errorf("%s %s: marked as not confirmed %v, want %v", f.ID, c.ID, marked, c.Unconfirmed)
			}
		}
		if f.KeepUnconfirmed && !strings.Contains(titledText(doc, "Does it apply?"), "not confirmed from the text") {
			t.Errorf("%s: how long to keep is not confirmed, and printed as if it were", f.ID)
		}
	}
}

// titledText is a section as one text.
func titledText(doc *Document, title string) string {
	for _, s := range doc.Sections {
		if s.Title == title {
			return frontText(&Document{Front: s.Blocks})
		}
	}
	return ""
}
