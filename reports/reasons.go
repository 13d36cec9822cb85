package reports

import "fmt"

// most stated reasons that are printed.
const mostReasons = 20

func (a *audit) reasonsSection() Section {
	m := a.of("M14")
	s := Section{Title: "Why"}
	text := "There was no action of an agent: no data."
	if m.Denominator > 0 {
		text = fmt.Sprintf("%s agent actions carry a reason in their own record. A reason is what the agent or its prompt states; it is not the true cause. Reasons in other records of the same conversation are not counted.", m.Stated())
	}
	s.Blocks = []Block{paragraph(text), {Table: a.reasonTable()}}
	return s
}

// reasonTable quotes reasons of actions that are cited anyway: high stakes first, then what was outside the scope.
func (a *audit) reasonTable() *Table {
	seen := map[string]bool{}
	var rows [][]Cell
	for _, list := range [][]cited{a.cases.highStakes, a.cases.violations} {
		for i := range list {
			c := &list[i]
			if c.reason == "" || seen[c.id] {
				continue
			}
			seen[c.id] = true
			rows = append(rows, []Cell{{Text: moment(c.at)}, {Text: c.id, Tone: ToneMono, Ref: c.id}, {Text: c.agent}, {Text: c.verb + " in " + or(c.system)}, {Text: c.reason}})
		}
	}
	return &Table{Caption: "Reasons as stated, of the actions that this report cites", Empty: "No action that this report cites states a reason.", Total: len(rows), Where: "high-stakes.csv and violations.csv",
		Rows: rows[:min(len(rows), mostReasons)], Columns: []Column{
			{Title: "Time (UTC)", Weight: 20}, {Title: "Action", Weight: 24, Mono: true}, {Title: "Agent", Weight: 20}, {Title: "What", Weight: 18}, {Title: "Stated reason", Weight: 50}}}
}
