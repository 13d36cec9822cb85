package reports

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

func (a *account) authoritySection() Section {
	trace, leave := a.of("M13"), a.of("M19")
	s := Section{Title: "On whose authority", Break: true}
	s.Blocks = []Block{
		paragraph(fmt.Sprintf("%s agent actions lead to a named person: they lie in a scope that the register says who approved, or were approved one by one. %s a person's approval each time; %s done.",
			trace.Stated(), counting(int64(len(a.cases.highStakes)), "agent action needed", "agent actions needed"), counting(leave.Denominator, "of them was", "of them were"))),
		{Table: a.withoutLeaveTable()},
		{Table: a.verdictTable()},
		{Figure: &Figure{Title: "High stakes: from attempts to approvals that the ledger proves", Bars: a.funnel()}},
		paragraph("An approval is often read in the night after the act that it allowed. Then the ledger cannot prove that it came first; what it was read from tells how far to believe its date."),
		{Table: partsTable("Approvals: where they were read from", "Read from", leave, "approval from ")},
		{Table: partsTable("How fast decisions were made", "Decisions of persons", a.of("M20"), "")},
		{Table: a.unusedTable()},
		paragraph("The next table lists every high-stakes action, refused ones too. “Row” is its row in high-stakes.csv, which has its id, the exact times and the line that decided. “Approved before” is by how long, as the approval itself is dated unless the ledger proves it."),
		{Table: a.stakesTable()},
	}
	return s
}

// funnel narrows from what agents tried to what was proved.
func (a *account) funnel() *Bars {
	leave := a.of("M19")
	return &Bars{Unit: "actions", Series: []string{"high-stakes actions"}, Labels: []string{"Tried", "Done", "Approved before", "Proved by the ledger"},
		Values: [][]int64{{int64(len(a.cases.highStakes))}, {leave.Denominator}, {leave.Numerator}, {leave.part(partProved)}}}
}

// verdictTable counts the high-stakes actions that were done by what was found about their leave.
func (a *account) verdictTable() *Table {
	counts, good := map[string]int64{}, map[string]bool{}
	for _, c := range a.executedStakes() {
		counts[c.verdict()]++
		good[c.verdict()] = c.approved()
	}
	t := &Table{Caption: "High-stakes actions that were done, by what was found", Empty: "No action was done that needed a person's approval: no data.", Columns: []Column{{Title: "Found", Weight: 60}, {Title: "Actions", Weight: 20, Right: true}}}
	goodFirst := func(x, y string) int {
		switch {
		case good[x] == good[y]:
			return strings.Compare(x, y)
		case good[x]:
			return -1
		}
		return 1
	}
	for _, v := range slices.SortedFunc(maps.Keys(counts), goodFirst) {
		tone := ToneBad
		if good[v] {
			tone = ToneGood
		}
		t.Rows = append(t.Rows, []Cell{{Text: v, Tone: tone}, number(counts[v])})
	}
	return t
}

// withoutLeaveTable lists the high-stakes actions that were done and had no valid approval before.
func (a *account) withoutLeaveTable() *Table {
	var rows [][]Cell
	for i := range a.cases.highStakes {
		c := &a.cases.highStakes[i]
		if !c.executed() || c.approved() {
			continue
		}
		rows = append(rows, []Cell{
			number(int64(i + 1)), {Text: a.moment(c.at)}, {Text: c.agent}, {Text: joined(c.what(), c.amount)}, {Text: or(listed(c.subjects))},
			{Text: joined(c.verdict(), joined(c.approver, c.gap())), Tone: ToneBad}, {Text: or(shortened(c.session))},
		})
	}
	empty := "Every high-stakes action that was done had a valid approval before."
	if a.of("M19").Denominator == 0 {
		empty = "No action was done that needed a person's approval: no data."
	}
	return cutTable(&Table{Caption: "Done without a valid approval (row: of high-stakes.csv)", Empty: empty, Columns: []Column{
		{Title: "Row", Right: true}, {Title: a.momentTitle()}, {Title: "Agent"}, {Title: "What was done"}, {Title: "Whose data"}, {Title: "What was wrong"}, {Title: "Session"}}}, rows, "high-stakes.csv")
}

// stakesTable lists every high-stakes action, those that were refused too. Ids and exact times stand in the attachment, by row.
func (a *account) stakesTable() *Table {
	var rows [][]Cell
	for i := range a.cases.highStakes {
		c := &a.cases.highStakes[i]
		verdict := Cell{Text: c.verdict(), Tone: ToneBad}
		switch {
		case !c.executed():
			verdict = Cell{Text: "not done: " + outcomeWords[c.outcome], Tone: ToneMuted}
		case c.approved():
			verdict = Cell{Text: between(c.at.Sub(c.approvedAt)), Tone: ToneGood}
			if c.proved() {
				verdict.Text += ", proved"
			}
		}
		rows = append(rows, []Cell{
			number(int64(i + 1)), {Text: a.moment(c.at)}, {Text: c.agent}, {Text: c.what()}, {Text: or(c.amount)}, {Text: or(c.approver)}, verdict,
		})
	}
	return cutTable(&Table{Caption: "Every high-stakes action", Empty: "No action needed a person's approval: no data.", Columns: []Column{
		{Title: "Row", Right: true}, {Title: a.momentTitle()}, {Title: "Agent"}, {Title: "What and target"}, {Title: "Amount", Right: true}, {Title: "Approver"}, {Title: "Approved before"}}}, rows, "high-stakes.csv")
}

// moment is a time of the period: without its year when the period has only one, which then stands over the column.
func (a *account) moment(t time.Time) string {
	if a.oneYear() && !t.IsZero() {
		return t.UTC().Format("01-02 15:04:05")
	}
	return moment(t)
}

func (a *account) momentTitle() string {
	if a.oneYear() {
		return a.in.Period.From.UTC().Format("2006") + " (UTC)"
	}
	return "Time (UTC)"
}

func (a *account) oneYear() bool {
	return a.in.Period.From.UTC().Year() == a.in.Period.To.Add(-1).UTC().Year()
}

// gap is how long before the act its approval was given.
func (c *cited) gap() string {
	d := c.at.Sub(c.approvedAt)
	switch {
	case c.approvedAt.IsZero():
		return ""
	case d < 0:
		return between(-d) + " after"
	}
	return between(d) + " before"
}

// joined puts a comma between what is there.
func joined(x, y string) string {
	if x == "" || y == "" {
		return x + y
	}
	return x + ", " + y
}

// unusedTable counts the approvals of the period that no high-stakes action of the period used, by what they allowed and who gave them.
func (a *account) unusedTable() *Table {
	type key struct{ agent, what, approver string }
	counts := map[key]int64{}
	_, unused := a.approvalUse()
	for _, p := range unused {
		counts[key{p.Agent, inSystem(p.Verb, p.System), p.Approver}]++
	}
	var rows [][]Cell
	for k, n := range counts {
		rows = append(rows, []Cell{{Text: or(shortened(k.agent))}, {Text: k.what}, {Text: or(k.approver)}, number(n)})
	}
	sortRows(rows)
	return cutTable(&Table{Caption: "Approvals that no high-stakes action of the period used (used_by is empty in approvals.csv)", Empty: "Every approval of the period was used.", Columns: []Column{
		{Title: "For the agent"}, {Title: "To do"}, {Title: "Approver"}, {Title: "Approvals", Right: true}}}, rows, "approvals.csv")
}

// partsTable prints the parts of a measure whose names begin so, without that beginning.
func partsTable(caption, title string, m Measure, prefix string) *Table {
	t := &Table{Caption: caption, Empty: "No data.", Columns: []Column{{Title: title, Weight: 60}, {Title: "Number", Weight: 20, Right: true}}}
	for _, p := range m.Parts {
		if m.Denominator > 0 && len(p.Name) > len(prefix) && p.Name[:len(prefix)] == prefix {
			t.Rows = append(t.Rows, []Cell{{Text: p.Name[len(prefix):]}, number(p.N)})
		}
	}
	return t
}
