package reports

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/reports/reportstest"

	"pgregory.net/rapid"
)

// TestAnyRows: whatever is recorded, what the ledger counts and what the report prints agree, and no share is more than all.
func TestAnyRows(t *testing.T) {
	story := storyRows()
	rapid.Check(t, func(r *rapid.T) {
		in := storyInput()
		ledger := withLedger(&in)
		var rows []reportstest.Row
		stored := map[int64]int64{}
		for i, pick := range rapid.SliceOfN(rapid.IntRange(0, len(story)-1), 0, 40).Draw(r, "rows") {
			row := story[pick]
			row.Time = at("06-25 00:00").Add(time.Duration(rapid.IntRange(0, 45*24).Draw(r, "hours")) * time.Hour)
			row.ID = fmt.Sprintf("%08x-%032x", row.Time.Unix(), i)
			rows = append(rows, row)
			stored[row.Receipt]++
		}
		for _, n := range []int64{2, 4, 5} {
			ledger[n].Batch.Counts = agenttrail.Counts{Read: stored[n], Accepted: stored[n], Actions: stored[n], Rows: stored[n]}
		}
		in.Facts = &reportstest.Facts{Rows: rows}
		a, _ := audited(t, in)
		if a.checks != (checks{}) {
			r.Errorf("checks of %d rows: %+v, want none", len(rows), a.checks)
		}
		for _, m := range a.measures {
			if m.Numerator < 0 || m.Numerator > m.Denominator {
				r.Errorf("measure %s: %d of %d", m.ID, m.Numerator, m.Denominator)
			}
		}
		if n := a.of("M19"); n.part(partProved)+n.part(partDeclared) != n.Numerator {
			r.Errorf("measure M19: %d proved and %d declared are not %d", n.part(partProved), n.part(partDeclared), n.Numerator)
		}
	})
}

// TestSharedByAgents: two agents on one role have no credential of their own, although none is a person's.
func TestSharedByAgents(t *testing.T) {
	in := storyInput()
	facts(&in).Rows = append(facts(&in).Rows, act(4, 40, "07-18 12:00", "otlp.genai", "crm", "read", "success", declared("sales"), func(a *agenttrail.Action) { a.User.Effective.ID = "role/shared" }),
		act(4, 41, "07-18 13:00", "otlp.genai", "crm", "read", "success", declared("intern-bot"), func(a *agenttrail.Action) { a.User.Effective.ID = "role/shared" }))
	a, doc := audited(t, in)
	if got := a.of("M12a"); got.Numerator != 4 || got.part(credentialSeveral) != 2 || got.Denominator != 12 {
		t.Errorf("M12a: got %s, %d on a shared credential; want 4 of 12 and 2", got.Stated(), got.part(credentialSeveral))
	}
	if got := a.of("M11"); got.part(credentialSeveral) != 1 || got.part(credentialPerson) != 2 {
		t.Errorf("M11: got %+v, want intern-bot on a shared credential and two agents on a person's", got.Parts)
	}
	if text := flatten(doc.Sections[4].Blocks); !strings.Contains(text, "role/shared | otlp | intern-bot and sales | 2 agents use it") {
		t.Errorf("the shared role is not in its table:\n%s", text)
	}
}

// TestUnconfigured: a source that the config no longer names stays in the report.
func TestUnconfigured(t *testing.T) {
	in := storyInput()
	in.Sources = in.Sources[1:] // without errs
	a, doc := audited(t, in)
	if got := a.of("M16").Stated(); got != "2 of 3" {
		t.Errorf("sources that log successes: got %s, want 2 of 3", got)
	}
	if text := flatten(doc.Sections[8].Blocks); !strings.Contains(text, "errs (no longer configured)") {
		t.Errorf("the source that left is not named:\n%s", text)
	}
}

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		c        cited
		want     string
		approved bool
	}{
		{cited{state: agenttrail.StateApproved, why: "approved before, by another person", approver: "Lee"}, "approved before, by another person", true},
		{cited{state: agenttrail.StateApproved, approver: "Lee"}, "approved", true},
		{cited{state: agenttrail.StateApproved, why: "as the record itself states"}, "approved, but nobody is named", false},
		{cited{state: agenttrail.StateAutoPolicy, why: "as the record itself states"}, "allowed by a rule, not by a person", false},
		{cited{state: agenttrail.StateRejected, why: "rejected by a person", approver: "Lee"}, "rejected by a person", false},
		{cited{state: agenttrail.StateMissing, why: "approved after the fact", approver: "Lee"}, "approved after the fact", false},
		{cited{state: agenttrail.StateNotRequired}, "not required", false},
		{cited{}, "not known", false},
	} {
		if got := c.c.verdict(); got != c.want || c.c.approved() != c.approved {
			t.Errorf("verdict(%s, %q, %q) = %q, approved %v; want %q, %v", c.c.state, c.c.why, c.c.approver, got, c.c.approved(), c.want, c.approved)
		}
	}
}

// TestManyViolations: past the limit the groups still count all, and the report says that the list is cut.
func TestManyViolations(t *testing.T) {
	in := storyInput()
	for i := range mostViolations {
		facts(&in).Rows = append(facts(&in).Rows, act(2, 1000+i, "07-05 10:00", "aws.cloudtrail", "aws.s3", "delete", "success", role))
	}
	a, doc := audited(t, in)
	if got, want := a.of("M18").Numerator, int64(mostViolations+1); got != want || len(a.cases.violations) != mostViolations || !a.cases.cut {
		t.Errorf("violations: %d counted, %d listed, cut %v; want %d, %d, true", got, len(a.cases.violations), a.cases.cut, want, mostViolations)
	}
	if text := flatten(doc.Sections[5].Blocks); !strings.Contains(text, "The first 2,000 actions outside the scope") {
		t.Errorf("the cut is not printed: %.300s", text)
	}
}

// TestQuarter: a long period is drawn by weeks, and every day has a cell.
func TestQuarter(t *testing.T) {
	in := storyInput()
	in.Period, _ = Calendar{}.Parse("2026-Q3")
	a, _ := audited(t, in)
	bars := a.bars()
	if len(bars.Labels) != 14 || bars.Labels[0] != "2026-07-01" || bars.step != "week" {
		t.Errorf("bars of 2026-Q3: %d by %s from %q, want 14 by week from 2026-07-01", len(bars.Labels), bars.step, bars.Labels[0])
	}
	var n int64
	for _, v := range bars.Values {
		for _, k := range v {
			n += k
		}
	}
	if n != a.agentActions() {
		t.Errorf("bars hold %d actions, want %d", n, a.agentActions())
	}
	if len(a.strips().Columns) != 92 {
		t.Errorf("strips of 2026-Q3: %d days, want 92", len(a.strips().Columns))
	}
	if d := a.dayCount(); d.notDue == 0 || a.status() != statusProvisional {
		t.Errorf("a quarter that is not over: %+v, %s; want days that are not yet due, and provisional", d, a.status())
	}
}

// TestBatchesThatTouch: a batch of another time is not added up, one that does not tell its time is.
func TestBatchesThatTouch(t *testing.T) {
	p, _ := Calendar{}.Parse("2026-07")
	table := func(first, last string, suspect int64) []agenttrail.TableFile {
		f := agenttrail.TableFile{Suspect: suspect}
		if first != "" {
			f.First, f.Last = at(first), at(last)
		}
		return []agenttrail.TableFile{f}
	}
	for _, c := range []struct {
		name   string
		window agenttrail.Window
		tables []agenttrail.TableFile
		want   bool
	}{
		{name: "window in the period", window: agenttrail.Window{From: at("07-31 00:00"), To: at("08-01 00:00")}, want: true},
		{name: "window after it", window: agenttrail.Window{From: at("08-01 00:00"), To: at("08-02 00:00")}, tables: table("08-01 00:00", "08-01 05:00", 0)},
		{name: "window after it, an action in it", window: agenttrail.Window{From: at("08-01 00:00"), To: at("08-02 00:00")}, tables: table("07-31 23:00", "08-01 05:00", 0), want: true},
		{name: "folder before it", tables: table("06-01 00:00", "06-30 05:00", 0)},
		{name: "folder before it, with a time that cannot be right", tables: table("06-01 00:00", "06-30 05:00", 1), want: true},
		{name: "folder with rejects only", want: true},
	} {
		b := &agenttrail.Batch{Tables: c.tables}
		b.Window = c.window
		if got := touches(b, p); got != c.want {
			t.Errorf("touches(%s) = %v, want %v", c.name, got, c.want)
		}
	}
}
