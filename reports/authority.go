package reports

import (
	"fmt"
	"maps"
	"slices"
)

func (a *audit) authoritySection() Section {
	trace, leave := a.of("M13"), a.of("M19")
	s := Section{Title: "On whose authority", Break: true}
	s.Blocks = []Block{
		paragraph(fmt.Sprintf("%s agent actions lead to a named person: they lie in a scope that the register says who approved, or were approved one by one.", trace.Stated())),
		{Figure: &Figure{Title: "From agent actions to approvals", Bars: a.funnel()}},
		{Table: a.verdictTable()},
		{Table: a.stakesTable()},
		paragraph("An approval is often read in the night after the act that it allowed. Then the ledger cannot prove that it came first; what it was read from tells how far to believe its date."),
		{Table: partsTable("Approvals: where they were read from", leave, "approval from ")},
		{Table: a.unusedTable()},
		{Table: partsTable("How fast decisions were made", a.of("M20"), "")},
	}
	return s
}

// funnel narrows from what agents did to what was proved.
func (a *audit) funnel() *Bars {
	leave := a.of("M19")
	return &Bars{Unit: "actions", Series: []string{"actions"}, Labels: []string{"Agent actions", "High stakes, tried", "High stakes, done", "Approved before", "Proved by the ledger"},
		Values: [][]int64{{a.agentActions()}, {int64(len(a.cases.highStakes))}, {leave.Denominator}, {leave.Numerator}, {leave.part(partProved)}}}
}

// verdictTable counts the high-stakes actions that were done by what was found about their leave.
func (a *audit) verdictTable() *Table {
	counts, good := map[string]int64{}, map[string]bool{}
	for _, c := range a.executedStakes() {
		counts[c.verdict()]++
		good[c.verdict()] = c.approved()
	}
	t := &Table{Caption: "High-stakes actions that were done, by what was found", Empty: "No action was done that needed a person's approval: no data.", Columns: []Column{{Title: "Found", Weight: 60}, {Title: "Actions", Weight: 20, Right: true}}}
	for _, v := range slices.Sorted(maps.Keys(counts)) {
		tone := ToneBad
		if good[v] {
			tone = ToneGood
		}
		t.Rows = append(t.Rows, []Cell{{Text: v, Tone: tone}, number(counts[v])})
	}
	return t
}

// stakesTable lists every high-stakes action, those that were refused too.
func (a *audit) stakesTable() *Table {
	var rows [][]Cell
	for i := range a.cases.highStakes {
		c := &a.cases.highStakes[i]
		verdict := Cell{Text: c.verdict(), Tone: ToneBad}
		switch {
		case !c.executed():
			verdict = Cell{Text: "not done: " + outcomeWords[c.outcome], Tone: ToneMuted}
		case c.approved():
			verdict.Tone = ToneGood
		}
		rows = append(rows, []Cell{
			{Text: moment(c.at)}, {Text: c.id, Tone: ToneMono, Ref: c.id}, {Text: c.agent}, {Text: c.verb + " in " + or(c.system)}, {Text: or(joined(c.target, c.amount))},
			{Text: or(joined(c.approver, c.gap()))}, verdict, {Text: proofWords(c.proof)},
		})
	}
	return cutTable(&Table{Caption: "Every high-stakes action", Empty: "No action needed a person's approval: no data.", Columns: []Column{
		{Title: "Time (UTC)", Weight: 21}, {Title: "Action", Weight: 28, Mono: true}, {Title: "Agent", Weight: 18}, {Title: "What", Weight: 16}, {Title: "Target, amount", Weight: 26},
		{Title: "Approver, when", Weight: 26}, {Title: "Found", Weight: 24}, {Title: "Date of approval", Weight: 17}}}, rows, "high-stakes.csv")
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

// unusedTable lists the approvals of the period that no action of the period used.
func (a *audit) unusedTable() *Table {
	_, unused := a.approvalUse()
	var rows [][]Cell
	for _, p := range unused {
		rows = append(rows, []Cell{{Text: moment(p.At)}, {Text: p.ID, Tone: ToneMono}, {Text: p.Approver}, {Text: or(p.Agent)}, {Text: or(p.Verb) + " in " + or(p.System)},
			{Text: a.names.masked(or(p.Resource), nil)}, {Text: or(p.Limit)}})
	}
	return cutTable(&Table{Caption: "Approvals that no action of the period used", Empty: "Every approval of the period was used.", Columns: []Column{
		{Title: "Time (UTC)", Weight: 22}, {Title: "Approval", Weight: 22, Mono: true}, {Title: "Approver", Weight: 24}, {Title: "Agent", Weight: 20}, {Title: "What", Weight: 20},
		{Title: "Target", Weight: 20}, {Title: "Limit", Weight: 16}}}, rows, "approvals.csv")
}

// partsTable prints the parts of a measure whose names begin so, without that beginning.
func partsTable(caption string, m Measure, prefix string) *Table {
	t := &Table{Caption: caption, Empty: "No data.", Columns: []Column{{Title: m.Name, Weight: 60}, {Title: "Number", Weight: 20, Right: true}}}
	for _, p := range m.Parts {
		if m.Denominator > 0 && len(p.Name) > len(prefix) && p.Name[:len(prefix)] == prefix {
			t.Rows = append(t.Rows, []Cell{{Text: p.Name[len(prefix):]}, number(p.N)})
		}
	}
	return t
}
