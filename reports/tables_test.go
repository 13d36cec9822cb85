package reports

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"agenttrail"
	"agenttrail/reports/reportstest"
)

// texts are the cells of a row, for comparing.
func texts(row []Cell) string {
	var list []string
	for _, c := range row {
		list = append(list, c.Text)
	}
	return strings.Join(list, " | ")
}

// TestWithoutLeave: what was done without a valid approval stands first, with what was wrong, whose data and the session, and no name.
func TestWithoutLeave(t *testing.T) {
	in := storyInput()
	for i := range facts(&in).Rows {
		if r := &facts(&in).Rows[i]; r.Resource.ID == "ch_2" {
			r.Session, r.Subjects = "chat of ann@example.org", []string{"crm:cus_1042"}
		}
	}
	a, doc := audited(t, in)
	table := doc.Sections[3].Blocks[1].Table
	if len(table.Rows) != 1 {
		t.Fatalf("%q has %d rows, want 1", table.Caption, len(table.Rows))
	}
	want := "2 | 07-15 12:00:00 | Refund Bot | pay in stripe: charge ch_2, 49.00 EUR | " + a.names.person("crm:cus_1042") + " | no approval found | chat of " + a.names.person("ann@example.org")
	if got := texts(table.Rows[0]); got != want || strings.Contains(got, "ann@") || strings.Contains(got, "1042") {
		t.Errorf("%q: row %q, want %q", table.Caption, got, want)
	}
	for _, f := range doc.Files {
		if f.Name == "high-stakes.csv" && !strings.Contains(string(f.Data), ","+a.names.person("crm:cus_1042")+",chat of "+a.names.person("ann@example.org")+",") {
			t.Errorf("high-stakes.csv lacks subject and session: %s", f.Data)
		}
	}
}

// TestNothingWithoutLeave: without high stakes there is no data; with all approved the table says so.
func TestNothingWithoutLeave(t *testing.T) {
	for _, c := range []struct{ keep, want string }{{"ch_1", "had a valid approval before"}, {"none", "no data"}} {
		in := storyInput()
		facts(&in).Rows = slices.DeleteFunc(facts(&in).Rows, func(r reportstest.Row) bool { return r.Verb == agenttrail.VerbPay && r.Resource.ID != c.keep })
		a, _ := audited(t, in)
		if table := a.withoutLeaveTable(); len(table.Rows) != 0 || !strings.Contains(table.Empty, c.want) {
			t.Errorf("withoutLeaveTable with pay of %s only: %d rows, empty %q; want none and %q", c.keep, len(table.Rows), table.Empty, c.want)
		}
	}
}

// TestEarlierApprovals: the largest distances come first, with the row of approvals.csv, and the cut is told.
func TestEarlierApprovals(t *testing.T) {
	in := storyInput()
	in.Approvals = nil
	for i := range 40 {
		day := at("07-10 00:00").Add(time.Duration(i) * time.Minute)
		in.Approvals = append(in.Approvals, Approval{ID: fmt.Sprintf("APR-%02d", i), Agent: "refund", Verb: "pay", System: "stripe", Approver: "Lee Roy", At: day, Seen: day.Add(time.Duration(i) * 24 * time.Hour)})
	}
	a, _ := audited(t, in)
	table := a.earlierApprovals()
	if len(table.Rows) != mostEarlier || table.Total != 38 || table.Where != "approvals.csv" { // two are seen within a day
		t.Errorf("earlierApprovals: %d rows of %d, the rest in %q; want %d of 38 in approvals.csv", len(table.Rows), table.Total, table.Where, mostEarlier)
	}
	if got, want := texts(table.Rows[0]), "40 | Lee Roy | refund | pay in stripe | 2026-07-10 00:39:00 | 2026-08-18 00:39:00 | 39 d 0 h"; got != want {
		t.Errorf("earlierApprovals begins with %q, want %q", got, want)
	}
}

// TestReasonsAreCounted: equal reasons are one row, the most frequent first.
func TestReasonsAreCounted(t *testing.T) {
	in := storyInput()
	for i, why := range []string{"rare", "often", "often"} {
		facts(&in).Rows = append(facts(&in).Rows, act(4, 70+i, "07-19 12:00", "otlp.genai", "stripe", "pay", "success", declared("refund"), charge(fmt.Sprint("ch_", 50+i)), reason(why)))
	}
	a, _ := audited(t, in)
	table := a.reasonTable()
	if got, want := texts(table.Rows[0]), "Refund Bot | pay in stripe | often | 2"; got != want || len(table.Rows) != 3 {
		t.Errorf("reasonTable: %d rows, first %q; want 3, first %q", len(table.Rows), got, want)
	}
}

// TestMoment: the year stands over the column only where there is one.
func TestMoment(t *testing.T) {
	for _, c := range []struct{ period, title, want string }{{"2026-Q3", "2026 (UTC)", "07-02 09:00:00"}, {"2026-12-01/2027-02-01", "Time (UTC)", "2026-07-02 09:00:00"}} {
		p, err := Calendar{}.Parse(c.period)
		if err != nil {
			t.Fatal(err)
		}
		a := &account{in: &Input{Period: p}}
		if title, got := a.momentTitle(), a.moment(at("07-02 09:00")); title != c.title || got != c.want {
			t.Errorf("period %s: %q under %q, want %q under %q", c.period, got, title, c.want, c.title)
		}
	}
}

func TestShortened(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "agt-refund-01": "agt-refund-01", strings.Repeat("x", 44): strings.Repeat("x", 44),
		"arn:aws:sts::111122223333:assumed-role/InternPocRole/poc-notebook": "arn:aws:sts::111…/InternPocRole/poc-notebook",
		strings.Repeat("я", 45): strings.Repeat("я", 16) + "…" + strings.Repeat("я", 27), strings.Repeat("\xff", 60): strings.Repeat("\ufffd", 16) + "…" + strings.Repeat("\ufffd", 27),
	} {
		if got := shortened(in); got != want || utf8.RuneCountInString(got) > 44 {
			t.Errorf("shortened(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestDaysRead: nothing that is due is no praise.
func TestDaysRead(t *testing.T) {
	a := &account{book: &book{feeds: []*feed{{}, {}}}}
	for _, c := range []struct {
		n    dayCount
		want string
	}{
		{dayCount{}, "No daily log is due from 2 sources."},
		{dayCount{notDue: 3}, "No daily log is due from 2 sources, and 3 are not yet due."},
		{dayCount{due: 4, read: 4}, "Every one of the 4 daily logs due from 2 sources was read in full."},
		{dayCount{due: 4, read: 1, missing: 3}, "Of the 4 daily logs due from 2 sources, 1 was read in full."},
	} {
		if got := a.daysRead(c.n); got != c.want {
			t.Errorf("daysRead(%+v) = %q, want %q", c.n, got, c.want)
		}
	}
}
