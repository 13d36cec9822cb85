package reports

import (
	"fmt"
	"time"
)

func (a *audit) scopeSection() Section {
	outside := a.of("M18")
	s := Section{Title: "Inside which limits", Break: true}
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

func (a *audit) scopeTable() *Table {
	tones := map[string]string{scopeProved: ToneGood, scopeDeclared: ToneWarn, scopeAfter: ToneBad, scopeNone: ToneBad}
	var rows [][]Cell
	for _, s := range a.agents {
		declared, seen := "–", "–"
		if s.register != nil {
			declared, seen = moment(s.register.Declared), moment(s.register.Seen)
		}
		rows = append(rows, []Cell{{Text: s.id, Tone: ToneMono}, {Text: declared}, {Text: seen}, {Text: moment(s.first)}, {Text: s.scope(), Tone: tones[s.scope()]}})
	}
	return cutTable(&Table{Caption: "Scope and first action of the period", Empty: "No agent was seen: no data.", Columns: []Column{
		{Title: "Agent", Weight: 28, Mono: true}, {Title: "Scope declared from (UTC)", Weight: 26}, {Title: "In the ledger since (UTC)", Weight: 26}, {Title: "First action (UTC)", Weight: 26},
		{Title: "Scope came", Weight: 32}}}, rows, "agents.csv")
}

// violationGroups counts what was outside the scope by agent, system and verb.
func (a *audit) violationGroups() *Table {
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
		rows = append(rows, []Cell{{Text: k.agent, Tone: ToneMono}, {Text: or(k.system)}, {Text: k.verb}, toned(n[0], ToneBad), toned(n[1], ToneWarn)})
	}
	sortRows(rows)
	return cutTable(&Table{Caption: "Outside the scope, by agent, system and verb", Empty: a.emptyScope(), Columns: []Column{
		{Title: "Agent", Weight: 34, Mono: true}, {Title: "System", Weight: 24}, {Title: "Verb", Weight: 18}, {Title: "Done", Weight: 15, Right: true}, {Title: "Refused or failed", Weight: 18, Right: true}}}, rows, "groups.csv")
}

func (a *audit) violationTable() *Table {
	var rows [][]Cell
	for i := range a.cases.violations {
		c := &a.cases.violations[i]
		outcome := Cell{Text: outcomeWords[c.outcome], Tone: ToneWarn}
		if c.executed() {
			outcome.Tone = ToneBad
		}
		rows = append(rows, []Cell{{Text: moment(c.at)}, {Text: c.id, Tone: ToneMono, Ref: c.id}, {Text: c.agent}, {Text: c.verb + " in " + or(c.system)}, {Text: or(c.target)}, outcome, {Text: or(c.rule), Tone: ToneMono}})
	}
	t := cutTable(&Table{Caption: "Every action outside the scope", Empty: a.emptyScope(), Columns: []Column{
		{Title: "Time (UTC)", Weight: 20}, {Title: "Action", Weight: 24, Mono: true}, {Title: "Agent", Weight: 20}, {Title: "What", Weight: 18}, {Title: "Target", Weight: 30},
		{Title: "Outcome", Weight: 16}, {Title: "Decided by", Weight: 24, Mono: true}}}, rows, "violations.csv")
	if a.cases.cut {
		t.Caption = fmt.Sprintf("The first %s actions outside the scope", thousands(mostViolations))
		t.Total = int(a.of("M18").Numerator)
		t.Where = "the trail; violations.csv has the first " + thousands(mostViolations)
	}
	return t
}

func (a *audit) emptyScope() string {
	if a.agentActions() == 0 {
		return "No data."
	}
	return "No registered agent acted outside its scope."
}

func (a *audit) earlierLines() *Table {
	var rows [][]Cell
	for _, l := range a.in.EarlierLines {
		rows = append(rows, []Cell{{Text: l.Agent, Tone: ToneMono}, {Text: l.Rule, Tone: ToneMono}, {Text: moment(l.Declared)}, {Text: moment(l.Seen)}, {Text: between(l.Seen.Sub(l.Declared)), Tone: ToneWarn}})
	}
	return cutTable(&Table{Caption: "Lines of the register that are dated earlier than the ledger saw them", Empty: "No line is dated more than a day earlier than it was seen.", Columns: []Column{
		{Title: "Agent", Weight: 24, Mono: true}, {Title: "Line", Weight: 34, Mono: true}, {Title: "Dated (UTC)", Weight: 24}, {Title: "Seen (UTC)", Weight: 24}, {Title: "Apart", Weight: 16}}}, rows, "")
}

// earlierApprovals lists the approvals that came into the ledger later than their source explains.
func (a *audit) earlierApprovals() *Table {
	var rows [][]Cell
	for _, p := range a.decisions() {
		if late := p.Seen.Sub(p.At); !p.Seen.IsZero() && late > 24*time.Hour+p.Lag {
			rows = append(rows, []Cell{{Text: p.ID, Tone: ToneMono}, {Text: p.Approver}, {Text: moment(p.At)}, {Text: moment(p.Seen)}, {Text: between(late), Tone: ToneWarn}})
		}
	}
	return cutTable(&Table{Caption: "Approvals that are dated earlier than the ledger saw them", Empty: "No approval is dated earlier than its source explains.", Columns: []Column{
		{Title: "Approval", Weight: 28, Mono: true}, {Title: "Approver", Weight: 28}, {Title: "Dated (UTC)", Weight: 24}, {Title: "Seen (UTC)", Weight: 24}, {Title: "Apart", Weight: 16}}}, rows, "approvals.csv")
}
