package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// most stated reasons that are printed.
const mostReasons = 20

func (a *account) reasonsSection() Section {
	m := a.of("M14")
	s := Section{Title: "Why"}
	text := "There was no action of an agent: no data."
	if m.Denominator > 0 {
		text = fmt.Sprintf("%s agent actions carry a reason in their own record. A reason is what the agent or its prompt states; it is not the true cause. Reasons in other records of the same conversation are not counted.", m.Stated())
	}
	s.Blocks = []Block{paragraph(text), {Table: a.reasonTable()}}
	return s
}

// reasonTable quotes reasons of actions that are cited anyway, the most frequent first.
func (a *account) reasonTable() *Table {
	type key struct{ agent, what, reason string }
	seen, counts := map[string]bool{}, map[key]int64{}
	for _, list := range [][]cited{a.cases.highStakes, a.cases.violations} {
		for i := range list {
			if c := &list[i]; c.reason != "" && !seen[c.id] {
				seen[c.id] = true
				counts[key{c.agent, inSystem(c.verb, c.system), c.reason}]++
			}
		}
	}
	keys := slices.SortedFunc(maps.Keys(counts), func(x, y key) int {
		return cmp.Or(cmp.Compare(counts[y], counts[x]), strings.Compare(x.agent, y.agent), strings.Compare(x.what, y.what), strings.Compare(x.reason, y.reason))
	})
	var rows [][]Cell
	for _, k := range keys {
		rows = append(rows, []Cell{{Text: k.agent}, {Text: k.what}, {Text: k.reason}, number(counts[k])})
	}
	return cutAt(mostReasons, &Table{Caption: "Reasons as stated, of the actions that this report cites, most frequent first", Empty: "No action that this report cites states a reason.", Columns: []Column{
		{Title: "Agent"}, {Title: "What"}, {Title: "Stated reason"}, {Title: "Actions", Right: true}}}, rows, "high-stakes.csv and violations.csv")
}
