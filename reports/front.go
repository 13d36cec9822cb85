package reports

import (
	"fmt"
	"slices"
	"strings"
)

// The practices that page one judges, by the measures that stand for them. A review has none in this version.
const (
	practiceIdentity = "M11"
	practiceLogging  = "M16"
	practiceScope    = "M17"
	practiceReview   = "R02"
	practiceLeave    = "M19"
)

// front is page one, for somebody who never saw the tool.
func (a *account) front(c content) []Block {
	blocks := append([]Block{{Facts: append(c.facts, a.frontFacts()...)}, {List: a.sentences()}, {Table: a.practices()}}, c.front...)
	blocks = append(blocks, Block{Text: a.proofText()})
	if a.in.Demo {
		blocks = append([]Block{{Text: []Cell{{Text: wordDemo, Tone: ToneStrong}}}}, blocks...)
	}
	return blocks
}

func (a *account) frontFacts() [][2]string {
	facts := [][2]string{
		{"Period", a.in.Period.wholeWords()},
		{"As of", a.asOf()},
	}
	if len(a.in.Filters) > 0 {
		facts = append([][2]string{{"Part of the population", a.part() + ". Logs, records and days are those of all"}}, facts...)
	}
	if why := a.provisional(); len(why) > 0 {
		facts = append(facts, [2]string{"Provisional because", listed(why)})
	}
	if words := a.in.Index.words(); words != "" {
		facts = append(facts, [2]string{"Search index", words})
	}
	return append(facts,
		[2]string{"Left out", a.leftOut()},
		[2]string{"Difference", a.differenceWords()},
		[2]string{"Compared with", a.comparedWith()})
}

// asOf is the time of the ledger's last entry, in UTC and as the clocks of the period showed it.
func (a *account) asOf() string {
	at := a.in.Cite.Time.UTC()
	words := longDay(at) + at.Format(", 15:04:05") + " UTC"
	if p := a.in.Period; p.local() {
		words += p.in(at).Format(" (2 January, 15:04:05 MST)")
	}
	return words
}

func (a *account) leftOut() string {
	var conflicts int64
	for _, f := range a.book.feeds {
		conflicts += f.conflicts
	}
	if n := a.groups.leftOut(); len(a.in.Filters) > 0 {
		return fmt.Sprintf("%s by the filters; %s not counted: the same action had come before with other facts", counting(n, "action", "actions"), counting(conflicts, "later version of an action is", "later versions of actions are"))
	}
	if conflicts == 0 {
		return "Nothing: no filter was set, and every recorded action of the period is counted"
	}
	return fmt.Sprintf("Nothing by a filter. %s not counted: the same action had come before with other facts", counting(conflicts, "later version of an action is", "later versions of actions are"))
}

func (a *account) differenceWords() string {
	if v := a.checks.variance(); v != 0 {
		return thousands(v) + " between the records and this report: see “Does it add up?”"
	}
	return "0: every record that was read is accounted for, and every action was counted once"
}

func (a *account) comparedWith() string {
	if a.in.Previous == nil {
		return "There is no earlier report"
	}
	return fmt.Sprintf("Report %s, as of %s", a.in.Previous.ID, longDay(a.in.Previous.Time))
}

// sentences are the five sentences of page one.
func (a *account) sentences() []Cell {
	return []Cell{a.whoActed(), a.withoutLeave(), a.notAttributed(), a.notCovered(), a.whatHolds()}
}

func (a *account) whoActed() Cell {
	all, total := a.agentActions(), a.groups.total
	switch {
	case total == 0:
		return Cell{Text: "No action was recorded in this period.", Tone: ToneWarn}
	case all == 0:
		return Cell{Text: fmt.Sprintf("No action of an AI agent was recorded among %s of the period.", counting(total, "recorded action", "recorded actions"))}
	}
	systems := map[string]bool{}
	outcomes := map[string]int64{}
	for _, s := range a.agents {
		for system := range s.systems {
			systems[system] = true
		}
		for o, n := range s.outcomes {
			outcomes[o] += n
		}
	}
	delete(systems, "")
	var parts []string
	for _, o := range outcomeOrder {
		if outcomes[o] > 0 {
			parts = append(parts, counting(outcomes[o], outcomeEnds[o][0], outcomeEnds[o][1]))
		}
	}
	return Cell{Text: fmt.Sprintf("%s did %s of the %s, in %s: %s.", counting(int64(len(a.agents)), "AI agent", "AI agents"), thousands(all),
		counting(total, "recorded action", "recorded actions"), counting(int64(len(systems)), "system", "systems"), spoken(parts))}
}

// spoken joins words as a sentence does, however many there are.
func spoken(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

func (a *account) withoutLeave() Cell {
	leave, scope := a.of("M19"), a.of("M18")
	without := leave.Denominator - leave.Numerator
	var s string
	switch {
	case leave.Denominator == 0:
		s = "No action was done that needed a person's approval. "
	case without == 0:
		s = fmt.Sprintf("%s a person's approval, and each had it before. ", counting(leave.Denominator, "action that was done needed", "actions that were done needed"))
	default:
		s = fmt.Sprintf("%s a person's approval; %s done without a valid one. ", counting(leave.Denominator, "action that was done needed", "actions that were done needed"), counting(without, "was", "were"))
	}
	if scope.Numerator == 0 {
		s += "No registered agent acted outside what it is allowed."
	} else {
		s += fmt.Sprintf("Registered agents tried %s to act outside what they are allowed: %s, %s refused or failed.", counting(scope.Numerator, "time", "times"),
			counting(scope.part(partDone), "was done", "were done"), thousands(scope.part(partStopped)))
	}
	c := Cell{Text: s, Tone: ToneGood}
	switch {
	case without > 0 || scope.part(partDone) > 0:
		c.Tone = ToneBad
	case scope.Numerator > 0:
		c.Tone = ToneWarn
	case leave.Denominator == 0 && a.agentActions() == 0:
		c.Tone = ""
	}
	return c
}

func (a *account) notAttributed() Cell {
	unclear, shared, shadow := a.of("M12b").Numerator, a.of("M12a").Numerator, a.of("M21")
	c := Cell{Text: fmt.Sprintf("For %s the logs cannot tell whether a person or an agent acted. Agents did %s with a credential of a person or of several agents. %s in no register.",
		counting(unclear, "action", "actions"), counting(shared, "action", "actions"),
		counting(shadow.part("agents"), "agent, which did "+counting(shadow.Numerator, "action", "actions")+", stands", "agents, which did "+counting(shadow.Numerator, "action", "actions")+", stand")), Tone: ToneWarn}
	if unclear+shared+shadow.Numerator == 0 {
		c.Text, c.Tone = "Every action of an agent can be attributed: none was done on a person's or a shared credential, and every agent seen stands in the register.", ToneGood
		if a.agentActions() == 0 {
			c.Text, c.Tone = "There was no action of an agent to attribute.", ""
		}
	}
	return c
}

func (a *account) notCovered() Cell {
	n := a.dayCount()
	var read, rejected, refused int64
	for _, f := range a.book.feeds {
		read, rejected, refused = read+f.records.Read, rejected+f.records.Rejected, refused+f.objects.Refused
	}
	var parts []string
	parts = append(parts, a.daysRead(n))
	if read+refused == 0 {
		parts = append(parts, "No record was read.")
	} else {
		parts = append(parts, fmt.Sprintf("%s of %s could not be read%s.", thousands(rejected), counting(read, "record", "records"), refusedWords(refused)))
	}
	without := a.withoutLog()
	if len(without) > 0 {
		parts = append(parts, fmt.Sprintf("Agents reach %s whose own log is not collected: %s.", counting(int64(len(without)), "system", "systems"), listedTo(mostNamedSystems, without)))
	}
	c := Cell{Text: strings.Join(parts, " "), Tone: ToneGood}
	switch {
	case n.missing+n.partial > 0:
		c.Tone = ToneBad
	case n.due == 0 || n.notDue > 0 || rejected+refused > 0 || len(without) > 0:
		c.Tone = ToneWarn
	}
	return c
}

// daysRead says how many of the days that sources owe were read. Each source owes each day.
func (a *account) daysRead(n dayCount) string {
	var folders int64
	for _, f := range a.book.feeds {
		if f.folder() {
			folders++
		}
	}
	owing := int64(len(a.book.feeds)) - folders
	if owing == 0 {
		return fmt.Sprintf("%s configured; none owes a log for each day.", counting(int64(len(a.book.feeds)), "source is", "sources are"))
	}
	logs, from := counting(n.due, "daily log", "daily logs"), counting(owing, "source", "sources")
	s := fmt.Sprintf("Of the %s due from %s, %s read in full", logs, from, counting(n.read, "was", "were"))
	switch {
	case n.due == 0:
		s = fmt.Sprintf("No daily log is due from %s", from)
	case n.read == n.due:
		s = fmt.Sprintf("Every one of the %s due from %s was read in full", logs, from)
	}
	if n.notDue > 0 {
		s += fmt.Sprintf(", and %s not yet due", counting(n.notDue, "is", "are"))
	}
	if folders > 0 {
		s += fmt.Sprintf("; %s no days", counting(folders, "more source delivers files and promises", "more sources deliver files and promise"))
	}
	return s + "."
}

func refusedWords(n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", nor could %s", counting(n, "whole file", "whole files"))
}

// mostNamedSystems are named on page one; more are counted.
const mostNamedSystems = 5

// brief cuts a name that a log may have made long.
func brief(name string) string {
	const most = 26
	if r := []rune(name); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return name
}

// withoutLog names the systems that agents reach and no source covers.
func (a *account) withoutLog() (systems []string) {
	for _, r := range a.reach {
		if len(r.sources) == 0 {
			systems = append(systems, brief(r.system))
		}
	}
	return systems
}

func (a *account) whatHolds() Cell {
	if v := a.in.Verified; v != nil && v.Broken != "" {
		return Cell{Text: "The trail was checked when this report was made, and does not hold. Do not rely on this report before that is explained.", Tone: ToneBad}
	}
	if v := a.checks.variance(); v != 0 {
		return Cell{Text: fmt.Sprintf("The numbers of this report differ by %s from the records they were made from. Do not rely on them before that is explained.", thousands(v)), Tone: ToneBad}
	}
	return Cell{Text: fmt.Sprintf("The numbers agree with the records they were made from (difference 0). They rest on %s of a ledger that shows every later change; one command checks it: see “How to check this report”.",
		counting(a.in.Cite.Size, "entry", "entries")), Tone: ToneGood}
}

// practices is the table of the five practices.
func (a *account) practices() *Table {
	t := &Table{Caption: "Five practices", Columns: []Column{{Title: "Practice"}, {Title: "Result"}, {Title: "What is behind it"}}}
	if a.in.Previous != nil {
		t.Columns = append(t.Columns, Column{Title: "Last report"})
	}
	for _, p := range []struct {
		id, words, unit string
		behind          func() string
	}{
		{practiceIdentity, "Agents have credentials of their own", "agents", a.behindIdentity},
		{practiceLogging, "Actions are logged, not just errors", "sources", a.behindLogging},
		{practiceScope, "Scope is set before an agent acts", "agents", a.behindScope},
		{practiceReview, "Access is reviewed every quarter", "", func() string { return "No access review is recorded in this trail." }},
		{practiceLeave, "A person approves high stakes first", "actions", a.behindLeave},
	} {
		result := Cell{Text: wordNoData, Tone: ToneWarn}
		if p.id != practiceReview {
			result = stated(a.of(p.id), p.unit)
		}
		row := []Cell{{Text: p.words, Tone: ToneStrong}, result, {Text: p.behind()}}
		if a.in.Previous != nil {
			row = append(row, Cell{Text: a.in.Previous.stated(p.id), Tone: ToneMuted})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// stated is a measure as a cell. Only all of something is good.
func stated(m Measure, unit string) Cell {
	switch {
	case m.Denominator == 0:
		return Cell{Text: wordNoData, Tone: ToneWarn}
	case m.Numerator == m.Denominator:
		return Cell{Text: m.Stated() + " " + unit, Tone: ToneGood}
	case m.Numerator == 0:
		return Cell{Text: m.Stated() + " " + unit, Tone: ToneBad}
	}
	return Cell{Text: m.Stated() + " " + unit, Tone: ToneWarn}
}

// some joins the parts that are not zero; without any it says otherwise.
func some(otherwise string, parts ...string) string {
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
	if len(parts) == 0 {
		return otherwise
	}
	s := spoken(parts)
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// if0 is empty for nothing.
func if0(n int64, one, many string) string {
	if n == 0 {
		return ""
	}
	return counting(n, one, many)
}

func (a *account) behindIdentity() string {
	m := a.of(practiceIdentity)
	if m.Denominator == 0 {
		return "No agent was seen."
	}
	return some("Each agent used credentials that are its alone.",
		if0(m.part(credentialPerson), "agent used a person's credential", "agents used a person's credential"),
		if0(m.part(credentialSeveral), "agent shares a credential with another", "agents share a credential with another"),
		if0(m.part(credentialNone), "agent shows no credential in any log", "agents show no credential in any log"))
}

func (a *account) behindLogging() string {
	m := a.of(practiceLogging)
	if m.Denominator == 0 {
		return "No source is configured."
	}
	var errorsOnly, silent []string
	for _, f := range a.book.feeds {
		switch {
		case f.errorsOnly():
			errorsOnly = append(errorsOnly, f.Name)
		case f.succeeded() == 0 && !f.Inventory:
			silent = append(silent, f.Name)
		}
	}
	var parts []string
	if len(errorsOnly) > 0 {
		parts = append(parts, "only errors come from "+listed(errorsOnly))
	}
	if len(silent) > 0 {
		parts = append(parts, "no success or failure is told by "+listed(silent))
	}
	return some("Every source records successes.", parts...)
}

func (a *account) behindScope() string {
	m := a.of(practiceScope)
	if m.Denominator == 0 {
		return "No agent was seen."
	}
	return some("Each scope was in the ledger before the agent's first action.",
		if0(m.part(scopeDeclared), "scope is earlier by its own date only", "scopes are earlier by their own date only"),
		if0(m.part(scopeAfter), "scope began after the first action", "scopes began after the first action"),
		if0(m.part(scopeNone), "agent has no scope", "agents have no scope"))
}

func (a *account) behindLeave() string {
	m := a.of(practiceLeave)
	if m.Denominator == 0 {
		return "No action was done that needed approval."
	}
	return some("",
		if0(m.part(partProved), "approval came first as the ledger proves", "approvals came first as the ledger proves"),
		if0(m.part(partDeclared), "approval came first by its own date only", "approvals came first by their own date only"),
		if0(m.Denominator-m.Numerator, "action had no valid approval before", "actions had no valid approval before"))
}

// proofText says what the proof is worth, to somebody who knows no cryptography.
func (a *account) proofText() []Cell {
	text := "Each entry of the ledger is sealed together with all entries before it. Nobody without the company's signing key can change an entry unnoticed, and whoever keeps this report would notice even a change by the holder of the key."
	same := "Compare it with the one that the company gave you by another route."
	if p := a.in.Previous; p != nil {
		text = fmt.Sprintf("Each entry of the ledger is sealed together with all entries before it. It can be edited afterwards only by someone who holds the company's signing key, and what stood in it on %s not even by them, if you kept the last report.", longDay(p.Time))
		same = "It is the same key as in the last report."
		if p.Fingerprint != a.in.Fingerprint {
			same = "It is NOT the key of the last report: ask why."
		}
	}
	return []Cell{{Text: "Proof. ", Tone: ToneStrong}, {Text: text + " Fingerprint of the key: "}, {Text: or(a.in.Fingerprint), Tone: ToneMono}, {Text: ". " + same}}
}
