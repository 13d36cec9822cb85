package reports

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

func (a *account) scopeSection() Section {
	outside := a.of("M18")
	s := Section{Title: "Inside which limits"}
	text := "There was no action of an agent: no data."
	if outside.Denominator > 0 {
		text = fmt.Sprintf("%s agent actions lie outside the scope of their agent (%s in 1,000): %s done, %s refused or failed.", outside.Stated(),
			tenths(outside.Numerator*10000/outside.Denominator), thousands(outside.part(partDone)), thousands(outside.part(partStopped)))
	}
	s.Blocks = []Block{paragraph(text), {Table: a.scopeTable()}, {Table: a.violationGroups()}, {Table: a.violationTable()}, {Table: a.earlierLines()}, {Table: a.earlierApprovals()}}
	return s
}

// tenths writes a number of tenths with one decimal.
func tenths(n int64) string { return fmt.Sprintf("%s.%d", thousands(n/10), n%10) }

func (a *account) scopeTable() *Table {
	tones := map[string]string{scopeProved: ToneGood, scopeDeclared: ToneWarn, scopeAfter: ToneBad, scopeNone: ToneBad}
	var rows [][]Cell
	for _, s := range a.agents {
		declared, seen := "–", "–"
		if s.register != nil {
			declared, seen = moment(s.register.Declared), moment(s.register.Seen)
		}
		rows = append(rows, []Cell{{Text: shortened(s.id), Tone: ToneMono}, {Text: declared}, {Text: seen}, {Text: moment(s.first)}, {Text: s.scope(), Tone: tones[s.scope()]}})
	}
	return cutTable(&Table{Caption: "Scope and first action of the period", Empty: "No agent was seen: no data.", Columns: []Column{
		{Title: "Agent", Mono: true}, {Title: "Scope declared from (UTC)"}, {Title: "In the ledger since (UTC)"}, {Title: "First action (UTC)"}, {Title: "Scope came"}}}, rows, "agents.csv")
}

// violationGroups counts what was outside the scope by agent, system and verb.
func (a *account) violationGroups() *Table {
	type key struct{ agent, system, verb string }
	counts := map[key]*[2]int64{}
	for i := range a.groups.lines {
		c := &a.groups.lines[i]
		if c.agent == "" || c.inScope != "no" {
			continue
		}
		k := key{c.agent, c.system, c.verb}
		if counts[k] == nil {
			counts[k] = &[2]int64{}
		}
		if done(c.outcome) {
			counts[k][0] += c.n
		} else {
			counts[k][1] += c.n
		}
	}
	var rows [][]Cell
	for k, n := range counts {
		rows = append(rows, []Cell{{Text: shortened(k.agent), Tone: ToneMono}, {Text: orNotSaid(k.system)}, {Text: k.verb}, toned(n[0], ToneBad), toned(n[1], ToneWarn)})
	}
	sortRows(rows)
	return cutTable(&Table{Caption: "Outside the scope, by agent, system and verb", Empty: a.emptyScope(), Columns: []Column{
		{Title: "Agent", Weight: 34, Mono: true}, {Title: "System", Weight: 24}, {Title: "Verb", Weight: 18}, {Title: "Done", Weight: 15, Right: true}, {Title: "Refused or failed", Weight: 18, Right: true}}}, rows, "groups.csv")
}

func (a *account) violationTable() *Table {
	var rows [][]Cell
	for i := range a.cases.violations {
		c := &a.cases.violations[i]
		outcome := Cell{Text: outcomeWords[c.outcome], Tone: ToneWarn}
		if c.executed() {
			outcome.Tone = ToneBad
		}
		rows = append(rows, []Cell{number(int64(i + 1)), {Text: a.moment(c.at)}, {Text: c.agent}, {Text: c.what()}, outcome, {Text: or(c.rule), Tone: ToneMono}})
	}
	t := cutTable(&Table{Caption: "Every action outside the scope (row: of violations.csv, which has ids and exact times)", Empty: a.emptyScope(), Columns: []Column{
		{Title: "Row", Right: true}, {Title: a.momentTitle()}, {Title: "Agent"}, {Title: "What and target"}, {Title: "Outcome"}, {Title: "Decided by", Mono: true}}}, rows, "violations.csv")
	if a.cases.cut {
		t.Caption = fmt.Sprintf("The first %s actions outside the scope", thousands(mostViolations))
		t.Total = int(a.of("M18").Numerator)
		t.Where = "the trail; violations.csv has the first " + thousands(mostViolations)
	}
	return t
}

func (a *account) emptyScope() string {
	if a.agentActions() == 0 {
		return "No data."
	}
	return "No registered agent acted outside its scope."
}

func (a *account) earlierLines() *Table {
	var rows [][]Cell
	for _, l := range a.in.EarlierLines {
		rows = append(rows, []Cell{{Text: l.Agent, Tone: ToneMono}, {Text: l.Rule, Tone: ToneMono}, {Text: moment(l.Declared)}, {Text: moment(l.Seen)}, {Text: between(l.Seen.Sub(l.Declared)), Tone: ToneWarn}})
	}
	return cutTable(&Table{Caption: "Lines of the register that are dated earlier than the ledger saw them", Empty: "No line is dated more than a day earlier than it was seen.", Columns: []Column{
		{Title: "Agent", Mono: true}, {Title: "Line", Mono: true}, {Title: "Dated (UTC)"}, {Title: "Seen (UTC)"}, {Title: "Apart"}}}, rows, "")
}

// mostEarlier is how many approvals that were dated earlier than seen are printed.
const mostEarlier = 25

// A lateApproval came into the ledger later than its source explains.
type lateApproval struct {
	row  int // of approvals.csv
	by   time.Duration
	what *Approval
}

// lateApprovals are those of the period, furthest apart first.
func (a *account) lateApprovals() (found []lateApproval) {
	list := a.decisions()
	for i := range list {
		p := &list[i]
		if by := p.Seen.Sub(p.At); !p.Seen.IsZero() && by > 24*time.Hour+p.Lag {
			found = append(found, lateApproval{i + 1, by, p})
		}
	}
	slices.SortStableFunc(found, func(x, y lateApproval) int { return cmp.Compare(y.by, x.by) })
	return found
}

// earlierApprovals lists the approvals that came into the ledger later than their source explains.
func (a *account) earlierApprovals() *Table {
	var rows [][]Cell
	for _, f := range a.lateApprovals() {
		rows = append(rows, []Cell{number(int64(f.row)), {Text: or(f.what.Approver)}, {Text: or(shortened(f.what.Agent))}, {Text: inSystem(f.what.Verb, f.what.System)}, {Text: moment(f.what.At)}, {Text: moment(f.what.Seen)},
			{Text: between(f.by), Tone: ToneWarn}})
	}
	return cutAt(mostEarlier, &Table{Caption: "Approvals that are dated earlier than the ledger saw them, furthest apart first (row: of approvals.csv)", Empty: "No approval is dated earlier than its source explains.", Columns: []Column{
		{Title: "Row", Right: true}, {Title: "Approver"}, {Title: "Agent"}, {Title: "What"}, {Title: "Dated (UTC)"}, {Title: "Seen (UTC)"}, {Title: "Apart"}}}, rows, "approvals.csv")
}
