package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"agenttrail"
)

// most rows of a table; the rest stands in an attachment.
const mostRows = 400

// cutTable takes rows up to the limit.
func cutTable(t *Table, rows [][]Cell, where string) *Table { return cutAt(mostRows, t, rows, where) }

// cutAt takes rows up to a limit of its own.
func cutAt(most int, t *Table, rows [][]Cell, where string) *Table {
	t.Total = len(rows)
	t.Rows = rows[:min(len(rows), most)]
	t.Where = where
	return t
}

func (a *account) agentsSection() Section {
	s := Section{Title: "The agents", Break: true}
	unseen := "each of them was seen"
	if n := a.unseen(); n > 0 || len(a.in.Agents) == 0 {
		unseen = counting(n, "of them was not seen", "of them were not seen")
	}
	s.Blocks = append(s.Blocks, paragraph(fmt.Sprintf("%s seen in the period. The register has %s; %s.", counting(int64(len(a.agents)), "agent was", "agents were"),
		counting(int64(len(a.in.Agents)), "entry", "entries"), unseen)))
	s.Blocks = append(s.Blocks, Block{Table: a.agentTable()}, Block{Table: a.registerTable()})
	if heat := a.heat(); len(heat.Rows) > 0 {
		s.Blocks = append(s.Blocks, Block{Figure: &Figure{Title: "Actions by agent and system", Heat: heat}})
	}
	return s
}

// unseen counts the entries of the register whose agents did nothing.
func (a *account) unseen() (n int64) {
	for _, g := range a.in.Agents {
		if !slices.ContainsFunc(a.agents, func(s *seenAgent) bool { return s.known && s.id == g.ID }) {
			n++
		}
	}
	return n
}

func (a *account) agentTable() *Table {
	var rows [][]Cell
	for _, s := range a.agents {
		who := Cell{Text: "not in the register", Tone: ToneBad}
		if s.known {
			who = Cell{Text: s.name() + ", without an owner", Tone: ToneWarn}
			if s.register != nil && s.register.Owner != "" {
				who = Cell{Text: s.name() + ", " + s.register.Owner}
			}
		}
		rows = append(rows, []Cell{
			{Text: shortened(s.id), Tone: ToneMono}, who, {Text: day(s.first)}, {Text: day(s.last)}, number(s.outcomes[agenttrail.Success] + s.outcomes[agenttrail.Partial]),
			number(s.outcomes[agenttrail.Denied]), number(s.outcomes[agenttrail.Failure]), number(s.outcomes[agenttrail.Unknown] + s.outcomes[agenttrail.Pending]),
			toned(s.outside, ToneBad),
		})
	}
	return cutTable(&Table{Caption: "Agents seen", Empty: "No agent was seen.", Columns: []Column{
		{Title: "Agent", Mono: true}, {Title: "Name, owner"}, {Title: "First seen"}, {Title: "Last seen"}, {Title: "Done", Right: true},
		{Title: "Refused", Right: true}, {Title: "Failed", Right: true}, {Title: "Not stated", Right: true}, {Title: "Outside scope", Right: true}}}, rows, "agents.csv")
}

func (a *account) registerTable() *Table {
	var rows [][]Cell
	for _, g := range a.in.Agents {
		who := g.ID + ", owner " + cmp.Or(g.Owner, wordNone)
		if g.Status != "" {
			who += ", " + g.Status
		}
		if g.Purpose != "" {
			who += ": " + g.Purpose
		}
		rows = append(rows, []Cell{
			{Text: who}, {Text: or(strings.Join(g.Identities, "; "))}, {Text: or(strings.Join(g.Allowed, "; "))},
			{Text: g.scopeWords()}, {Text: day(g.ReviewDate)},
		})
	}
	return cutTable(&Table{Caption: "What the register says", Empty: "The register is empty.", Columns: []Column{
		{Title: "Agent, owner, purpose"}, {Title: "Known by"}, {Title: "May do"}, {Title: "Scope from"}, {Title: "Next review"}}}, rows, "agents.csv")
}

// scopeWords say from when the scope counts and who approved it.
func (g *Agent) scopeWords() string {
	if g.Declared.IsZero() {
		return "no scope"
	}
	return day(g.Declared) + ", approved by " + cmp.Or(g.ApprovedBy, "nobody named")
}

// Limits of the heat map: what is further down is added up.
const (
	mostHeatRows    = 20
	mostHeatColumns = 8
)

// heat counts actions by agent and system, largest first; what does not fit stands in the last row and column.
func (a *account) heat() *Heat {
	agents, systems := map[string]int64{}, map[string]int64{}
	for _, s := range a.agents {
		agents[shortened(s.id)] += s.all
		for system, n := range s.systems {
			systems[orNotSaid(system)] += n
		}
	}
	h := &Heat{Corner: "Agent"}
	row, rows := largest(agents, mostHeatRows, "other agents")
	column, columns := largest(systems, mostHeatColumns, "other systems")
	h.Rows, h.Columns = rows, columns
	h.Values = make([][]int64, len(rows))
	for i := range h.Values {
		h.Values[i] = make([]int64, len(columns))
	}
	for _, s := range a.agents {
		for system, n := range s.systems {
			h.Values[row(shortened(s.id))][column(orNotSaid(system))] += n
		}
	}
	return h
}

// largest puts the names with the largest numbers first. place is where a name stands; those beyond most share the last place.
func largest(numbers map[string]int64, most int, rest string) (place func(string) int, list []string) {
	list = slices.SortedFunc(maps.Keys(numbers), func(x, y string) int {
		if numbers[x] != numbers[y] {
			return int(max(min(numbers[y]-numbers[x], 1), -1))
		}
		return strings.Compare(x, y)
	})
	if len(list) > most {
		list = append(list[:most-1:most-1], rest)
	}
	return func(name string) int {
		if i := slices.Index(list, name); i >= 0 {
			return i
		}
		return len(list) - 1
	}, list
}
