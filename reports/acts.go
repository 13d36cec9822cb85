package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"agenttrail"
)

func (a *account) actsSection() Section {
	s := Section{Title: "What they did"}
	if bars := a.bars(); len(bars.Labels) > 0 {
		s.Blocks = append(s.Blocks, Block{Figure: &Figure{Title: "Agent actions by " + bars.step + " and outcome", Bars: &bars.Bars}})
	}
	s.Blocks = append(s.Blocks, Block{Table: a.verbTable()}, Block{Table: a.actorTable()}, Block{Table: a.outcomeTable()})
	return s
}

// outcomeSeries folds the outcomes into the four that a bar can tell apart.
var outcomeSeries = []string{"done", "refused", "failed", "not stated"}

func seriesOf(outcome string) int {
	switch outcome {
	case agenttrail.Success, agenttrail.Partial:
		return 0
	case agenttrail.Denied:
		return 1
	case agenttrail.Failure:
		return 2
	}
	return 3
}

type steppedBars struct {
	Bars
	step string
}

// bars are the agent actions of each day, or each week from its Monday, also of those without any.
func (a *account) bars() steppedBars {
	b := steppedBars{Bars: Bars{Series: outcomeSeries, Unit: "actions"}, step: "day"}
	if a.in.Period.byWeek() {
		b.step = "week"
	}
	at := map[string]int{}
	for i, d := range a.in.Period.steps() {
		b.Labels = append(b.Labels, d.Format(time.DateOnly))
		b.Values = append(b.Values, make([]int64, len(outcomeSeries)))
		at[d.Format(time.DateOnly)] = i
	}
	for i := range a.groups.lines {
		if c := &a.groups.lines[i]; c.agent != "" {
			if bar, ok := at[c.day]; ok {
				b.Values[bar][seriesOf(c.outcome)] += c.n
			}
		}
	}
	return b
}

// verbTable counts agent actions by system, verb and outcome.
func (a *account) verbTable() *Table {
	type key struct{ system, verb string }
	counts := map[key]*[4]int64{}
	for i := range a.groups.lines {
		if c := &a.groups.lines[i]; c.agent != "" {
			k := key{c.system, c.verb}
			if counts[k] == nil {
				counts[k] = &[4]int64{}
			}
			counts[k][seriesOf(c.outcome)] += c.n
		}
	}
	var rows [][]Cell
	for k, n := range counts {
		verb, _ := agenttrail.LookupVerb(k.verb)
		rows = append(rows, []Cell{{Text: orNotSaid(k.system)}, {Text: k.verb}, {Text: or(verb.Effect)}, number(n[0]), number(n[1]), number(n[2]), number(n[3])})
	}
	sortRows(rows)
	return cutTable(&Table{Caption: "Agent actions by system and verb", Empty: "There was no action of an agent.", Columns: []Column{
		{Title: "System", Weight: 30}, {Title: "Verb", Weight: 20}, {Title: "Effect", Weight: 18}, {Title: "Done", Weight: 15, Right: true},
		{Title: "Refused", Weight: 15, Right: true}, {Title: "Failed", Weight: 15, Right: true}, {Title: "Not stated", Weight: 15, Right: true}}}, rows, "groups.csv")
}

// sortRows puts rows in order of their texts.
func sortRows(rows [][]Cell) {
	slices.SortFunc(rows, func(x, y []Cell) int {
		return slices.CompareFunc(x, y, func(c, d Cell) int { return strings.Compare(c.Text, d.Text) })
	})
}

// actorTable counts all actions by who acted: agents are a part.
func (a *account) actorTable() *Table {
	names := []struct{ actor, words string }{
		{agenttrail.ActorAgent, "AI agents"}, {agenttrail.ActorHuman, "People"}, {agenttrail.ActorService, "Other software"},
		{agenttrail.ActorSystem, "The systems themselves"}, {agenttrail.ActorUnknown, "Not known"},
	}
	t := &Table{Caption: "Recorded actions by who acted", Columns: []Column{{Title: "Who", Weight: 40}, {Title: "Actions", Weight: 20, Right: true}}}
	for _, n := range names {
		t.Rows = append(t.Rows, []Cell{{Text: n.words}, number(a.sum(func(l *line) bool { return l.actor == n.actor }))})
	}
	t.Rows = append(t.Rows, []Cell{{Text: "All", Tone: ToneStrong}, {Text: thousands(a.groups.total), Tone: ToneStrong}})
	return t
}

// outcomeTable shows for each source whether it logs successes at all.
func (a *account) outcomeTable() *Table {
	t := &Table{Caption: "Sources: successes and failures", Empty: "No source is configured.", Columns: []Column{
		{Title: "Source", Weight: 30}, {Title: "Actions", Weight: 16, Right: true}, {Title: "Done", Weight: 16, Right: true}, {Title: "Refused or failed", Weight: 18, Right: true},
		{Title: "Not stated", Weight: 16, Right: true}, {Title: "What this source logs", Weight: 40}}}
	for _, f := range a.book.feeds {
		what := Cell{Text: "successes and failures", Tone: ToneGood}
		switch {
		case f.actions == 0:
			what = Cell{Text: wordNoData, Tone: ToneWarn}
		case f.errorsOnly():
			what = Cell{Text: "only errors: its successes cannot be counted", Tone: ToneBad}
		case f.succeeded() == 0:
			what = Cell{Text: "no outcome: nothing can be said", Tone: ToneWarn}
		case f.failed() == 0:
			what = Cell{Text: fmt.Sprintf("%s; no failure was seen", counting(f.succeeded(), "success", "successes")), Tone: ToneGood}
		}
		t.Rows = append(t.Rows, []Cell{{Text: f.Name}, number(f.actions), number(f.succeeded()), number(f.failed()), number(f.actions - f.succeeded() - f.failed()), what})
	}
	return t
}
