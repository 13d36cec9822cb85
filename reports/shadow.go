package reports

import (
	"fmt"
	"maps"
	"slices"

	"agenttrail"
)

func (a *account) shadowSection() Section {
	m := a.of("M21")
	s := Section{Title: "Agents that nobody registered"}
	text := "There was no action of an agent: no data."
	if m.Denominator > 0 {
		text = fmt.Sprintf("%s agent actions come from %s that the register does not know. A record counts as an agent's when it says so, or when it comes from software that only agents use.",
			m.Stated(), counting(m.part("agents"), "agent", "agents"))
	}
	var rows [][]Cell
	for _, g := range a.agents {
		if g.known {
			continue
		}
		rows = append(rows, []Cell{{Text: shortened(g.id), Tone: ToneMono}, {Text: a.howKnown(g.id)}, {Text: listed(g.systemNames())}, {Text: moment(g.first)}, {Text: moment(g.last)}, {Text: thousands(g.all), Tone: ToneBad}})
	}
	table := cutTable(&Table{Caption: "Agents in no register", Empty: a.emptyIdentity("Every agent that was seen stands in the register."), Columns: []Column{
		{Title: "Agent as the log names it", Mono: true}, {Title: "How we know"}, {Title: "Systems"}, {Title: "First seen (UTC)"}, {Title: "Last seen (UTC)"}, {Title: "Actions", Right: true}}}, rows, "agents.csv")
	s.Blocks = []Block{paragraph(text), {Table: table}}
	return s
}

// systemNames are the systems in which the agent acted, where the records name them.
func (s *seenAgent) systemNames() (list []string) {
	for _, system := range slices.Sorted(maps.Keys(s.systems)) {
		list = append(list, orNotSaid(system))
	}
	return list
}

// howKnown says what made the records of an unregistered agent an agent's.
func (a *account) howKnown(agent string) string {
	for i := range a.groups.lines {
		if c := &a.groups.lines[i]; c.agent == agent {
			switch c.basis {
			case agenttrail.BasisDeclared:
				return "the log says so"
			case agenttrail.BasisInferred:
				return "software that only agents use"
			}
			return or(c.basis)
		}
	}
	return "–"
}
