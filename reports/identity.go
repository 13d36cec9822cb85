package reports

import (
	"fmt"
	"maps"
	"slices"
)

func (a *account) identitySection() Section {
	own, shared, unclear, known := a.of("M11"), a.of("M12a"), a.of("M12b"), a.of("M10")
	s := Section{Title: "Under whose identity"}
	s.Blocks = []Block{
		{Numbers: []Number{
			{Value: own.Stated(), Label: "agents with credentials of their own", Tone: stated(own, "").Tone},
			{Value: shared.Stated(), Label: "agent actions on a person's or a shared credential", Tone: none(shared)},
			{Value: unclear.Stated(), Label: "actions where the log cannot tell who acted", Tone: none(unclear)},
			{Value: known.Stated(), Label: "recorded actions whose actor is known"},
		}},
		{Table: a.sharedTable()},
		{Table: a.unclearTable()},
	}
	return s
}

// none is the tone of a measure that should be zero.
func none(m Measure) string {
	switch {
	case m.Denominator == 0:
		return ToneWarn
	case m.Numerator == 0:
		return ToneGood
	}
	return ToneBad
}

// sharedTable lists the credentials on which an agent is not alone.
func (a *account) sharedTable() *Table {
	var rows [][]Cell
	for _, l := range a.groups.logins {
		class := l.class()
		if len(l.agents) == 0 || class == credentialOwn {
			continue
		}
		var n int64
		for _, k := range l.agents {
			n += k
		}
		why := "it belongs to a person"
		if class == credentialSeveral {
			why = fmt.Sprintf("%s use it", counting(int64(len(l.agents)), "agent", "agents"))
		}
		rows = append(rows, []Cell{{Text: a.loginName(l), Tone: ToneMono}, {Text: or(l.system)}, {Text: listed(allShortened(slices.Sorted(maps.Keys(l.agents))))}, {Text: why}, number(n), number(l.personal)})
	}
	return cutTable(&Table{Caption: "Agents on a person's or a shared credential", Empty: a.emptyIdentity("No agent used a credential that is not its alone."), Columns: []Column{
		{Title: "Credential", Mono: true}, {Title: "System"}, {Title: "Agents"}, {Title: "Why"}, {Title: "Agent actions", Right: true}, {Title: "As a person", Right: true}}}, rows, "credentials.csv")
}

// unclearTable lists the logins where nothing tells whether a person or an agent acted.
func (a *account) unclearTable() *Table {
	var rows [][]Cell
	for _, l := range a.groups.logins {
		if l.unclear > 0 {
			var n int64
			for _, k := range l.agents {
				n += k
			}
			rows = append(rows, []Cell{{Text: a.loginName(l), Tone: ToneMono}, {Text: or(l.system)}, {Text: thousands(l.unclear), Tone: ToneWarn}, number(n), number(l.all)})
		}
	}
	return cutTable(&Table{Caption: "Person or agent: the log cannot tell", Empty: a.emptyIdentity("There is no login where this is open."), Columns: []Column{
		{Title: "Login", Weight: 40, Mono: true}, {Title: "System", Weight: 18}, {Title: "Cannot tell", Weight: 18, Right: true}, {Title: "Certainly an agent", Weight: 20, Right: true},
		{Title: "All actions on it", Weight: 20, Right: true}}}, rows, "credentials.csv")
}

// loginName is a credential without the name of the person whose it is.
func (a *account) loginName(l *login) string {
	if l.personal > 0 || l.unclear > 0 {
		return a.names.person(l.id)
	}
	return a.names.masked(l.id, nil)
}

// emptyIdentity says that nothing was found, or that nothing could be.
func (a *account) emptyIdentity(words string) string {
	if a.groups.total == 0 {
		return "No data."
	}
	return words
}
