package reports

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"agenttrail/reports/frameworks"
)

// FrameworkPack makes the evidence pack of one framework: each clause with whether it applies, what the logs show, and what else is needed.
func FrameworkPack(ctx context.Context, in Input) (*Document, error) {
	if in.Framework == nil {
		return nil, fmt.Errorf("framework report: a framework is needed")
	}
	others, err := frameworks.All()
	if err != nil {
		return nil, err
	}
	a, err := newAccount(ctx, KindFramework, in)
	if err != nil {
		return nil, err
	}
	return a.document(a.pack(others)), nil
}

// A judgedClause is a clause with its state and why.
type judgedClause struct {
	*frameworks.Clause
	state, why string
	measures   []Measure
}

// pack is the content of the framework report.
func (a *account) pack(others []frameworks.Framework) content {
	f := a.in.Framework
	list := a.judgeClauses()
	return content{
		title: f.Title, about: wordFrameworkAbout, files: []File{a.clausesFile(list)},
		facts: [][2]string{{"Framework", f.Title + ", " + f.Edition}, {"In force", inForce(f)}, {"Clauses", stateCounts(list)}},
		sections: []Section{
			{Title: "Result", Break: true, Blocks: []Block{paragraph(frameworkGridText), {Numbers: stateNumbers(list)}, {Table: a.gridTable(list)}}},
			{Title: "Does it apply?", Blocks: []Block{{Table: a.conditionTable()}, {Facts: a.frameworkFacts()}}},
			{Title: "Clause by clause", Blocks: []Block{paragraph(frameworkChecked)}, Sections: clauseSections(list)},
			{Title: "Gaps", Blocks: []Block{paragraph(frameworkGapsText), {Table: gapTable(list)}}},
			{Title: "One fact, many clauses", Blocks: []Block{paragraph(frameworkCrossText), {Table: a.crossTable(list, others)}}},
			{Title: "Reports of the same period", Blocks: []Block{{Table: a.issuedTable()}}},
			{Title: "What this document is not", Blocks: []Block{paragraph(frameworkLimits)}},
		},
	}
}

// judgeClauses says of each clause how far this period's logs show it.
func (a *account) judgeClauses() (list []judgedClause) {
	for i := range a.in.Framework.Clauses {
		j := judgedClause{Clause: &a.in.Framework.Clauses[i]}
		for _, id := range j.Measures {
			j.measures = append(j.measures, a.of(id))
		}
		j.state, j.why = a.clauseState(&j)
		list = append(list, j)
	}
	return list
}

func (a *account) clauseState(j *judgedClause) (state, why string) {
	if applies, why := a.applies(j.Clause); !applies {
		return clauseNotApplicable, why
	}
	if j.Reach == frameworks.ReachNone {
		return clauseNotEvidenced, "no log holds it"
	}
	if len(j.measures) == 0 {
		return clauseNoData, "no measure of this report shows it"
	}
	var without, short []string
	for _, m := range j.measures {
		switch {
		case m.Denominator == 0:
			without = append(without, m.Name)
		case !m.kept():
			short = append(short, m.Name)
		}
	}
	switch {
	case len(short) > 0:
		return clauseGap, "falls short: " + strings.Join(short, "; ")
	case len(without) > 0:
		return clauseNoData, "no data: " + strings.Join(without, "; ")
	case j.Reach == frameworks.ReachPartial:
		return clausePart, "what logs can show is there"
	}
	return clauseMet, "every number behind it is what it should be"
}

// applies says whether a clause applies, by the answers that were given.
func (a *account) applies(c *frameworks.Clause) (applies bool, why string) {
	if c.Applies == frameworks.Always {
		return true, "applies to everybody"
	}
	answer, answered := a.in.Answers[c.Applies]
	condition := a.in.Framework.Condition(c.Applies)
	switch {
	case answered && answer:
		return true, "answered yes: " + condition.Asks
	case answered:
		return false, "answered no: " + condition.Asks
	case condition.UnlessAnswered == frameworks.No:
		return false, "nobody said that it applies: " + condition.Asks
	}
	return true, "not answered: " + condition.Asks
}

// inForce says since or from when a framework binds, as the report sees it.
func inForce(f *frameworks.Framework) string {
	effective := "no one date"
	if f.Effective != "" {
		effective = "from " + f.Effective
	}
	return fmt.Sprintf("%s; law and standard as of %s, mapping version %s", effective, f.State, f.Mapping)
}

func countStates(list []judgedClause) map[string]int64 {
	n := map[string]int64{}
	for _, j := range list {
		n[j.state]++
	}
	return n
}

func stateCounts(list []judgedClause) string {
	n := countStates(list)
	var parts []string
	for _, s := range clauseStates {
		if n[s] > 0 {
			parts = append(parts, thousands(n[s])+" "+s)
		}
	}
	return fmt.Sprintf("%d: %s. There is no overall score", len(list), strings.Join(parts, ", "))
}

func stateNumbers(list []judgedClause) (numbers []Number) {
	n := countStates(list)
	for _, s := range clauseStates {
		tone := ""
		if n[s] > 0 {
			tone = clauseTones[s]
		}
		numbers = append(numbers, Number{Value: thousands(n[s]), Label: s, Tone: tone})
	}
	return numbers
}

func (a *account) gridTable(list []judgedClause) *Table {
	t := &Table{Caption: "Every clause", Columns: []Column{{Title: "Clause", Weight: 22}, {Title: "Duty in our words", Weight: 72}, {Title: "State", Weight: 24}, {Title: "Logs can show", Weight: 16}, {Title: "Numbers behind it", Weight: 18, Right: true}}}
	for _, j := range list {
		kept := int64(0)
		for _, m := range j.measures {
			if m.kept() {
				kept++
			}
		}
		behind := "–"
		if len(j.measures) > 0 && j.state != clauseNotApplicable {
			behind = ofm(kept, int64(len(j.measures)))
		}
		t.Rows = append(t.Rows, []Cell{{Text: j.name(), Tone: ToneStrong}, {Text: j.Duty}, {Text: j.state, Tone: clauseTones[j.state]}, {Text: reachWords[j.Reach]}, {Text: behind}})
	}
	return t
}

// name is the clause's number, marked where nobody confirmed it.
func (j *judgedClause) name() string {
	if j.Unconfirmed {
		return j.ID + " (not confirmed)"
	}
	return j.ID
}

func (a *account) conditionTable() *Table {
	t := &Table{Caption: "Conditions", Empty: "Every clause applies to everybody who chose this framework.", Columns: []Column{{Title: "Question", Weight: 80}, {Title: "Answer", Weight: 24}, {Title: "So these clauses", Weight: 50}}}
	for _, c := range a.in.Framework.Conditions {
		answer, ok := a.in.Answers[c.ID]
		cell, so := Cell{Text: "not answered", Tone: ToneWarn}, "are judged as if it were so"
		switch {
		case ok && answer:
			cell, so = Cell{Text: "yes"}, "are judged"
		case ok:
			cell, so = Cell{Text: "no"}, "do not apply"
		case c.UnlessAnswered == frameworks.No:
			so = "are taken not to apply"
		}
		t.Rows = append(t.Rows, []Cell{{Text: c.Asks}, cell, {Text: so}})
	}
	return t
}

func (a *account) frameworkFacts() [][2]string {
	f := a.in.Framework
	keep := f.Keep
	if f.KeepUnconfirmed {
		keep += " (not confirmed from the text)"
	}
	facts := [][2]string{{"How long to keep", keep}, {"How often", f.Cadence}}
	for _, n := range f.Notes {
		facts = append(facts, [2]string{"Note", n})
	}
	return facts
}

// clauseSections print each clause with its evidence.
func clauseSections(list []judgedClause) (sections []Section) {
	for i := range list {
		j := &list[i]
		needs := "nothing beside the logs"
		if j.Needs != "" {
			needs = j.Needs
		}
		facts := [][2]string{{"Duty", j.Duty}, {"State", j.state + ": " + j.why}, {"Logs can show", reachWords[j.Reach]}, {"Needed beside", needs}}
		blocks := []Block{{Facts: facts}}
		if len(j.measures) > 0 && j.state != clauseNotApplicable {
			blocks = append(blocks, Block{Table: evidenceTable(j)})
		}
		sections = append(sections, Section{Title: j.name(), Blocks: blocks})
	}
	return sections
}

func evidenceTable(j *judgedClause) *Table {
	t := &Table{Caption: "What the logs show for " + j.ID, Columns: []Column{{Title: "Fact", Weight: 50}, {Title: "Number", Weight: 30, Right: true}, {Title: "Should be", Weight: 14}, {Title: "Counted in", Weight: 34}}}
	for _, m := range j.measures {
		number := Cell{Text: m.Stated(), Tone: ToneBad}
		switch {
		case m.Denominator == 0:
			number.Tone = ToneWarn
		case m.kept():
			number.Tone = ToneGood
		}
		t.Rows = append(t.Rows, []Cell{{Text: m.Name}, number, {Text: m.Want.words()}, {Text: m.From}})
	}
	return t
}

func gapTable(list []judgedClause) *Table {
	t := &Table{Caption: "What falls short, or has no data", Empty: "No clause that applies falls short by the numbers of this report.", Columns: []Column{{Title: "Clause", Weight: 20}, {Title: "Why", Weight: 64}, {Title: "Needed beside", Weight: 46}, {Title: "Owner", Weight: 20}, {Title: "Date", Weight: 14}}}
	for _, j := range list {
		if j.state == clauseGap || j.state == clauseNoData {
			t.Rows = append(t.Rows, []Cell{{Text: j.name(), Tone: ToneStrong}, {Text: j.why, Tone: clauseTones[j.state]}, {Text: cmp.Or(j.Needs, "–")}, {}, {}})
		}
	}
	return t
}

// crossTable shows which clauses rest on one fact, here and in other frameworks.
func (a *account) crossTable(list []judgedClause, others []frameworks.Framework) *Table {
	t := &Table{Caption: "Facts and clauses", Columns: []Column{{Title: "Fact", Weight: 40}, {Title: "Number", Weight: 26, Right: true}, {Title: "Clauses here", Weight: 50}, {Title: "Clauses elsewhere", Weight: 60}}}
	for _, m := range a.measures {
		var here []string
		for _, j := range list {
			if slices.Contains(j.Measures, m.ID) {
				here = append(here, j.ID)
			}
		}
		if len(here) == 0 {
			continue
		}
		t.Rows = append(t.Rows, []Cell{{Text: m.Name}, {Text: m.Stated()}, {Text: strings.Join(here, "; ")}, {Text: or(elsewhere(m.ID, a.in.Framework.ID, others))}})
	}
	return t
}

// elsewhere counts the clauses of other frameworks that rest on a measure.
func elsewhere(measure, except string, others []frameworks.Framework) string {
	var parts []string
	for _, f := range others {
		n := 0
		for _, c := range f.Clauses {
			if slices.Contains(c.Measures, measure) {
				n++
			}
		}
		if n > 0 && f.ID != except {
			parts = append(parts, fmt.Sprintf("%s %d", f.ID, n))
		}
	}
	return strings.Join(parts, ", ")
}

// issuedTable names the reports of the period that the ledger holds.
func (a *account) issuedTable() *Table {
	t := &Table{Caption: "Issued before this one", Empty: "The ledger names no report of this period.", Columns: []Column{{Title: "Report", Weight: 36}, {Title: "Revision", Weight: 14, Right: true}, {Title: "Ledger entry", Weight: 16, Right: true}, {Title: "SHA-256 of the PDF", Weight: 80, Mono: true}}}
	for _, r := range a.book.reports {
		hash := "–"
		for _, f := range r.Files {
			if strings.HasSuffix(f.Path, ".pdf") {
				hash = f.SHA256
			}
		}
		t.Rows = append(t.Rows, []Cell{{Text: r.ID}, number(r.Revision), number(r.entry), {Text: hash, Tone: ToneMono}})
	}
	return t
}

func (a *account) clausesFile(list []judgedClause) File {
	s := newSheet("clause", "confirmed", "duty", "applies", "reach", "state", "why", "measure", "numerator", "denominator", "needs")
	for i := range list {
		j := &list[i]
		_, applies := a.applies(j.Clause)
		row := func(measure, n, of string) {
			confirmed := "yes"
			if j.Unconfirmed {
				confirmed = "no"
			}
			s.row(j.ID, confirmed, j.Duty, applies, j.Reach, j.state, j.why, measure, n, of, j.Needs)
		}
		if len(j.measures) == 0 {
			row("", "", "")
		}
		for _, m := range j.measures {
			row(m.ID, digits(m.Numerator), digits(m.Denominator))
		}
	}
	return s.file("clauses.csv", "Each clause with its state, a row for each number behind it")
}
