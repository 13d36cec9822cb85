package reports

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"agenttrail"

	"github.com/google/go-cmp/cmp"
)

// found runs the rules over an input and writes what they find, a line each.
func found(t *testing.T, in Input) (lines []string) {
	t.Helper()
	list, err := Findings(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		lines = append(lines, fmt.Sprintf("%s %s | %s | %s", f.State, f.Rule.ID, f.Subject, f.What))
	}
	return lines
}

// TestFindings holds what the rules find in the story against what stands in its rows.
func TestFindings(t *testing.T) {
	want := []string{
		"open errors_only | errs | 2 failures, and not one success",
		"open no_approval | refund | pay in stripe: charge ch_2, 49.00 EUR, no approval found",
		"open shadow_agent | intern-bot | 1 action in stripe",
	}
	got := found(t, storyInput())
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("Findings(the story) lack %q", w)
		}
	}
	rules := map[string]int{}
	for _, l := range got {
		rules[strings.Fields(l)[1]]++
	}
	if d := cmp.Diff(map[string]int{"errors_only": 1, "no_approval": 1, "shadow_agent": 2, "personal_credential": 2, "unreadable": 1, "conflict": 1, "dated_earlier": 2}, rules); d != "" {
		t.Errorf("Findings(the story) by rule (-want +got):\n%s\n%s", d, strings.Join(got, "\n"))
	}
}

// TestNoLogFinding: a system without a log is found unless it is declared as a limit that has not ended.
func TestNoLogFinding(t *testing.T) {
	for _, c := range []struct {
		declared []NoSource
		want     bool
	}{{nil, true}, {[]NoSource{{System: "stripe", Until: at("07-31 00:00")}, {System: "crm"}}, true}, {[]NoSource{{System: "stripe", Until: at("12-31 00:00")}, {System: "crm"}}, false}} {
		in := storyInput()
		in.NoSource = c.declared
		for i := range in.Sources {
			in.Sources[i].Systems = []string{"aws"}
		}
		if got := slices.ContainsFunc(found(t, in), func(l string) bool { return strings.HasPrefix(l, "open no_log | stripe |") }); got != c.want {
			t.Errorf("Findings with %+v declared: no_log of stripe %t, want %t", c.declared, got, c.want)
		}
	}
}

// TestFindingIDs: the same finding has the same id in every period, whatever stands beside it, and no two have one.
func TestFindingIDs(t *testing.T) {
	in := storyInput()
	all, err := Findings(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, f := range all {
		if before, twice := ids[f.ID]; twice {
			t.Errorf("id %s is of %q and of %q", f.ID, before, f.What)
		}
		ids[f.ID] = f.Rule.ID + " " + f.What
	}
	in = storyInput()
	in.Period.From, in.Period.Name = at("07-10 00:00"), "2026-07-10/2026-08-01"
	facts(&in).Rows = append(facts(&in).Rows, act(2, 90, "07-10 07:00", "aws.cloudtrail", "aws.s3", "read", "success", human("abe@example.com"), software("claude-code/1.0"))) // numbers persons anew
	part, err := Findings(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range part {
		if strings.HasSuffix(f.Subject, "abe@example.com") || ids[f.ID] != "" {
			continue
		}
		if f.Rule.ID != "shadow_agent" && f.Rule.ID != "personal_credential" {
			t.Errorf("%s %s of a part of the period is not among those of the whole: %s", f.ID, f.Rule.ID, f.What)
		}
	}
	same := 0
	for _, f := range part {
		if f.Rule.ID == "shadow_agent" && ids[f.ID] != "" {
			same++
		}
	}
	if same != 2 {
		t.Errorf("%d shadow agents keep their ids in a part of the period, want both", same)
	}
}

// TestFindingStates: what was decided holds until its date, or until the same is seen again; closing changes no count but the state.
func TestFindingStates(t *testing.T) {
	id := FindingID("shadow_agent", "intern-bot", "-") // seen last on 20 July; the ledger ends in August
	for _, c := range []struct {
		name, as string
		at       string
		until    time.Time
		want     string
	}{
		{"remediated afterwards", agenttrail.AsRemediated, "07-25 00:00", time.Time{}, FindingClosed},
		{"remediated, and seen again", agenttrail.AsRemediated, "07-10 00:00", time.Time{}, FindingReopened},
		{"accepted", agenttrail.AsAccepted, "07-10 00:00", at("12-31 00:00"), FindingClosed},
		{"accepted until yesterday", agenttrail.AsAccepted, "07-10 00:00", at("07-31 00:00"), FindingReopened},
		{"authorised", agenttrail.AsAuthorised, "07-10 00:00", time.Time{}, FindingClosed},
		{"false positive", agenttrail.AsFalsePositive, "07-10 00:00", time.Time{}, FindingClosed},
	} {
		open := len(found(t, storyInput()))
		in := storyInput()
		in.Decisions = []Decision{{Entry: 6, At: at("07-01 00:00"), Finding: id, As: agenttrail.AsAuthorised, By: "first word"},
			{Entry: 7, At: at(c.at), Finding: id, Rule: "shadow_agent", Subject: "intern-bot", As: c.as, By: "Lee Roy", Reason: "=cmd()", Ticket: "T-1", Until: c.until}}
		a, doc := audited(t, in)
		i := slices.IndexFunc(a.findings, func(f Finding) bool { return f.ID == id })
		if i < 0 || a.findings[i].State != c.want || a.findings[i].Decision.By != "Lee Roy" || len(a.findings) != open {
			t.Errorf("%s: finding %d of %d, want %d of them and state %s: %+v", c.name, i, len(a.findings), open, c.want, a.findings)
		}
		for _, f := range doc.Files {
			if f.Name == "findings.csv" && !strings.Contains(string(f.Data), ",'=cmd(),T-1,") {
				t.Errorf("%s: findings.csv lacks the reason, made harmless: %s", c.name, f.Data)
			}
		}
		m := a.of("M25")
		if closed := m.part(FindingClosed); m.Denominator != int64(open) || closed+m.Numerator != m.Denominator || (c.want == FindingClosed) != (closed == 1 && m.part("closed as "+c.as) == 1) {
			t.Errorf("%s: M25 is %+v", c.name, m)
		}
	}
}

// TestFindingGone: what was decided about and is not found any more stays in the list.
func TestFindingGone(t *testing.T) {
	in := storyInput()
	in.Decisions = []Decision{{At: at("07-03 00:00"), Finding: FindingID("no_owner", "x", "-"), Rule: "no_owner", Subject: "x", As: agenttrail.AsRemediated, By: "Lee Roy"}}
	if got := found(t, in); !slices.Contains(got, "closed no_owner | x | not found any more") {
		t.Errorf("Findings = %q, want the one that is gone", got)
	}
}

// TestFindingNew: what the last report as issued did not list is new.
func TestFindingNew(t *testing.T) {
	in := storyInput()
	_, doc := audited(t, in)
	in = storyInput()
	in.Previous = doc.Summary
	in.Previous.Findings = in.Previous.Findings[1:]
	a, _ := audited(t, in)
	if m := a.of("M25"); m.part("new") != 1 || !a.findings[0].New {
		t.Errorf("M25 after a report that lacked one: %+v; want 1 new, the first", m)
	}
}

// TestPairFindings: a message to one person after another's record was read, by an agent; the same person and a person's own mail are none.
func TestPairFindings(t *testing.T) {
	for _, c := range []struct {
		name, to string
		agent    bool
		want     int
	}{{"another person", "bob@example.org", true, 1}, {"the same person", "ann@example.org", true, 0}, {"sent by a person", "bob@example.org", false, 0}} {
		in := storyInput()
		who := declared("sales")
		if !c.agent {
			who = human("dana@example.com")
		}
		session := func(a *agenttrail.Action) { a.Session = "s-1" }
		facts(&in).Rows = append(facts(&in).Rows,
			act(4, 80, "07-18 12:00", "otlp.genai", "crm", "read", "success", who, session, func(a *agenttrail.Action) { a.Subjects = []string{"ann@example.org"} }),
			act(4, 81, "07-18 12:01", "otlp.genai", "mail", "send", "success", who, session, func(a *agenttrail.Action) { a.EmailTo = []string{c.to} }))
		n := 0
		for _, l := range found(t, in) {
			if strings.Contains(l, ruleWrongRecipient) {
				n++
				if strings.Contains(l, "@example.org") {
					t.Errorf("%s: %q names a person", c.name, l)
				}
			}
		}
		if n != c.want {
			t.Errorf("%s: %d wrong recipients, want %d", c.name, n, c.want)
		}
	}
}

// TestParseDecision: a statement is read back as it was written, and one that says another thing than its entry is refused.
func TestParseDecision(t *testing.T) {
	d := Decision{Finding: FindingID("no_owner", "x", "-"), Rule: "no_owner", Subject: "x\u202e\"", As: agenttrail.AsAccepted, By: "Lee", Reason: "why", Ticket: "T", Until: at("12-31 00:00")}
	e := agenttrail.Finding{ID: d.Finding, Rule: d.Rule, As: d.As, Until: d.Until}
	if got, err := ParseDecision(d.Marshal(), e); err != nil || cmp.Diff(d, got) != "" {
		t.Errorf("ParseDecision(Marshal) = %+v, %v, want %+v", got, err, d)
	}
	other := e
	other.As = agenttrail.AsRemediated
	for name, c := range map[string]struct {
		data string
		e    agenttrail.Finding
	}{"another entry": {string(d.Marshal()), other}, "a blank more": {string(d.Marshal()) + " ", e}, "no JSON": {"{", e}} {
		if _, err := ParseDecision([]byte(c.data), c.e); err == nil {
			t.Errorf("ParseDecision of %s: no error", name)
		}
	}
}

// TestFindingsPage holds docs/findings.md to the rules.
func TestFindingsPage(t *testing.T) {
	const page = "../docs/findings.md"
	got := findingsPage()
	if *update {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(page); err != nil || got != string(want) {
		t.Errorf("%s is not what the rules say (%v): run go test ./reports -run FindingsPage -update", page, err)
	}
	seen := map[string]bool{}
	for _, r := range FindingRules() {
		looked := r.find != nil || r.ID == ruleWrongRecipient
		if seen[r.ID] || r.Name == "" || r.Meaning == "" || r.Check == "" || r.About == "" || looked == (r.Missing != "") {
			t.Errorf("rule %q is twice there, or lacks words, or is looked for and said to be missing", r.ID)
		}
		seen[r.ID] = true
	}
}

func findingsPage() string {
	var b strings.Builder
	b.WriteString(`# Findings

Made from the rules in reports/findingrules.go; do not edit. A finding is something that a rule found and a person should look at. Findings are computed from the trail, the register and the
approvals each time, by the same code that counts for the reports; nothing that was found is stored. Its id is a hash of rule, subject and window, so it is the same in every run and report.

    agenttrail findings --open
    agenttrail findings close ID --as remediated --reason "…" --ticket … --by …

A decision is an entry of the ledger, with a statement that says who decided, why and on which ticket. **remediated**: it was put right, and is open again when it is seen after that.
**accepted**: the risk is borne until a date that must be given, and the finding is open again on it. **authorised**: it was allowed, outside what the logs show. **false-positive**: the rule was mistaken. A closed finding
stays in every list and count; one that is not found any more stays in the list of what was decided.

| Rule | Severity | Found | Meaning | What to check | One finding is about |
|---|---|---|---|---|---|
`)
	for _, r := range FindingRules() {
		meaning := r.Meaning
		if r.Missing != "" {
			meaning += " *Not looked for in this version: " + r.Missing + ".*"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", r.ID, r.Severity, r.Name, meaning, r.Check, r.About)
	}
	b.WriteString("\nElasticsearch has rules of its own about documents that it did not take whole (`index_degraded`, `index_rejected`); they stand in the index of findings only, and docs/elasticsearch.md has them.\n")
	return b.String()
}
