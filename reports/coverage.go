package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"agenttrail"
)

func (a *account) coverageSection() Section {
	s := Section{Title: "What the logs cover"}
	s.Blocks = []Block{{Text: a.coverageWords()}, {Table: a.sourceTable()}, {Figure: &Figure{Title: "Source by day (" + a.in.Period.zoneName() + ")", Strips: a.strips()}}, {Table: a.dayTable()}, {Table: a.failedTable()}}
	s.Sections = []Section{
		{Title: "Records that could not be read", Blocks: []Block{{Table: a.rejectTable()}, {Table: a.skipTable()}}},
		{Title: "What the records state", Blocks: []Block{{Table: a.detailTable()}, {Table: a.delayTable()}}},
		{Title: "Reach without a log", Blocks: []Block{paragraph("Completeness can be shown only for what is configured. These systems stand in the register, or in the actions of agents."), {Table: a.reachTable()}}},
	}
	return s
}

func (a *account) coverageWords() []Cell {
	n := a.dayCount()
	switch {
	case n.missing+n.partial > 0:
		return []Cell{{Text: "The logs have gaps: ", Tone: ToneBad}, {Text: fmt.Sprintf("%s missing, %s partial. This report does not claim to hold everything.", counting(n.missing, "day of a source is", "days of sources are"), counting(n.partial, "is", "are"))}}
	case n.notDue > 0:
		return []Cell{{Text: "Not all days are due yet: ", Tone: ToneWarn}, {Text: fmt.Sprintf("%s not over, or inside the usual delay of the source.", counting(n.notDue, "day of a source is", "days of sources are"))}}
	case n.due == 0:
		return []Cell{{Text: "No source promises a log for each day: ", Tone: ToneWarn}, {Text: "no day can be called complete."}}
	}
	return []Cell{{Text: "Every day that is due was read. ", Tone: ToneGood}, {Text: fmt.Sprintf("%s of sources are complete or empty.", counting(n.due, "day", "days"))}}
}

func (a *account) sourceTable() *Table {
	t := &Table{Caption: "Sources", Empty: "No source is configured: no data.", Columns: []Column{
		{Title: "Source", Weight: 24}, {Title: "Kind", Weight: 11}, {Title: "Format", Weight: 22}, {Title: "Read since", Weight: 20}, {Title: "Covers", Weight: 26},
		{Title: "Can tell", Weight: 26}, {Title: "Objects", Weight: 13, Right: true}, {Title: "Records", Weight: 14, Right: true}, {Title: "Actions of the period", Weight: 15, Right: true}}}
	for _, f := range a.book.feeds {
		name := Cell{Text: f.Name}
		if !f.configured {
			name = Cell{Text: f.Name + " (no longer configured)", Tone: ToneWarn}
		}
		t.Rows = append(t.Rows, []Cell{name, {Text: or(f.Kind)}, {Text: or(f.Format)}, {Text: day(f.Since)}, {Text: or(strings.Join(f.Systems, ", "))}, {Text: f.Tells.words()},
			number(f.objects.Count), number(f.records.Read), number(f.actions)})
	}
	return t
}

func (t Tells) words() string {
	var list []string
	for _, c := range []struct {
		can  bool
		what string
	}{{t.Agent, "agent"}, {t.Person, "person"}, {t.Approval, "approval"}, {t.Reason, "reason"}, {t.SourceProof, "vendor's proof"}} {
		if c.can {
			list = append(list, c.what)
		}
	}
	return or(strings.Join(list, ", "))
}

func (a *account) strips() *Strips {
	s := &Strips{Corner: "Source", Legend: dayStates}
	for _, d := range a.in.Period.days() {
		s.Columns = append(s.Columns, d.Format(time.DateOnly))
	}
	for _, r := range a.days {
		s.Rows = append(s.Rows, r.feed.Name)
		s.States = append(s.States, r.states)
	}
	return s
}

func (a *account) dayTable() *Table {
	t := &Table{Caption: "Days by state", Empty: "No source is configured: no data.", Columns: []Column{{Title: "Source", Weight: 30}, {Title: "Due", Weight: 14, Right: true},
		{Title: "Read", Weight: 14, Right: true}, {Title: "Partial", Weight: 14, Right: true}, {Title: "Missing", Weight: 14, Right: true}, {Title: "Not yet due", Weight: 14, Right: true}, {Title: "Which are missing or partial", Weight: 50}}}
	days := a.in.Period.days()
	for _, r := range a.days {
		n := r.count()
		var gaps []string
		for i, state := range r.states {
			if state == dayMissing || state == dayLost || state == dayPartial {
				gaps = append(gaps, days[i].Format(time.DateOnly))
			}
		}
		which := listed(gaps)
		if r.feed.folder() {
			which = "a folder: it promises no days"
		}
		t.Rows = append(t.Rows, []Cell{{Text: r.feed.Name}, number(n.due), number(n.read), toned(n.partial, ToneWarn), toned(n.missing, ToneBad), toned(n.notDue, ToneMuted), {Text: or(which)}})
	}
	return t
}

// failedTable names the objects that a source announced and that could not be fetched.
func (a *account) failedTable() *Table {
	var rows [][]Cell
	for _, f := range a.book.feeds {
		for _, w := range f.inPeriod(a.in.Period) {
			for _, uri := range w.Failed {
				rows = append(rows, []Cell{{Text: f.Name}, {Text: windowName(w.Window)}, {Text: a.names.masked(uri, nil), Tone: ToneMono}})
			}
			if w.FailedMore > 0 {
				rows = append(rows, []Cell{{Text: f.Name}, {Text: windowName(w.Window)}, {Text: counting(w.FailedMore, "further object", "further objects")}})
			}
		}
	}
	return cutTable(&Table{Caption: "Announced and not fetched", Empty: "Everything that the sources listed was fetched.", Columns: []Column{
		{Title: "Source", Weight: 24}, {Title: "Days", Weight: 22}, {Title: "Object and cause", Weight: 80, Mono: true}}}, rows, "the ledger")
}

func windowName(w agenttrail.Window) string {
	if w.Standing() {
		return "folder"
	}
	last := w.To.Add(-time.Nanosecond)
	if w.From.Format(time.DateOnly) == last.Format(time.DateOnly) {
		return day(w.From)
	}
	return day(w.From) + " to " + day(last)
}

func (a *account) rejectTable() *Table {
	return a.reasonCounts("Rejected, by reason", "Every record could be read.", "Reason", func(c *agenttrail.Counts) map[string]int64 { return c.Rejects })
}

func (a *account) skipTable() *Table {
	return a.reasonCounts("Skipped, by rule", "No record was left out by a rule.", "Rule", func(c *agenttrail.Counts) map[string]int64 { return c.Skips })
}

func (a *account) reasonCounts(caption, empty, title string, counts func(*agenttrail.Counts) map[string]int64) *Table {
	var rows [][]Cell
	var read int64
	for _, f := range a.book.feeds {
		read += f.records.Read
		m := counts(&f.records)
		for _, why := range slices.Sorted(maps.Keys(m)) {
			rows = append(rows, []Cell{{Text: f.Name}, {Text: strings.ReplaceAll(why, "_", " ")}, number(m[why])})
		}
	}
	if read == 0 {
		empty = "No data."
	}
	return cutTable(&Table{Caption: caption, Empty: empty, Columns: []Column{{Title: "Source", Weight: 30}, {Title: title, Weight: 50}, {Title: "Records", Weight: 20, Right: true}}}, rows, "records.csv")
}

// detailTable shows per source how many actions state each detail.
func (a *account) detailTable() *Table {
	t := &Table{Caption: "Actions whose record states it", Empty: "No source is configured: no data.", Columns: []Column{{Title: "Source", Weight: 26}, {Title: "Actions", Weight: 14, Right: true}}}
	for _, name := range detailNames {
		t.Columns = append(t.Columns, Column{Title: strings.ToUpper(name[:1]) + name[1:], Weight: 14, Right: true})
	}
	for _, f := range a.book.feeds {
		row := []Cell{{Text: f.Name}, number(f.actions)}
		for _, name := range detailNames {
			c := number(f.known(name))
			if f.actions == 0 {
				c = Cell{Text: wordNoData, Tone: ToneMuted}
			}
			row = append(row, c)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// delayTable shows how long after the act its record was read, in fixed steps.
func (a *account) delayTable() *Table {
	t := &Table{Caption: "Delay from the act to its reading", Empty: "No source is configured: no data.", Columns: []Column{{Title: "Source", Weight: 26}}}
	for _, step := range agenttrail.LagSteps {
		t.Columns = append(t.Columns, Column{Title: delayTitle(step), Weight: 12, Right: true})
	}
	t.Columns = append(t.Columns, Column{Title: "After closing", Weight: 13, Right: true}, Column{Title: "Clock ahead", Weight: 13, Right: true})
	for _, f := range a.book.feeds {
		row := []Cell{{Text: f.Name}}
		for _, step := range agenttrail.LagSteps {
			row = append(row, number(f.lags[step]))
		}
		t.Rows = append(t.Rows, append(row, toned(f.late, ToneWarn), toned(f.skewed, ToneWarn)))
	}
	return t
}

// delayTitle keeps a number with its unit.
func delayTitle(step string) string {
	words := delayWords(step)
	if at := strings.LastIndex(words, " "); at >= 0 {
		return words[:at] + "\u00a0" + words[at+1:]
	}
	return words
}

// delayWords say a step of the delay.
func delayWords(step string) string {
	return strings.NewReplacer("<0", "before 0", "≤", "up to ", ">", "over ", "m", " min", "h", " h", "d", " d").Replace(step)
}

func (a *account) reachTable() *Table {
	var rows [][]Cell
	for _, r := range a.reach {
		log := Cell{Text: r.state, Tone: ToneBad}
		if r.state == reachCovered {
			log.Tone = ToneGood
		}
		if len(r.sources) > 0 {
			var by []string
			for _, f := range r.sources {
				by = append(by, f.Name)
			}
			log.Text += ": " + listed(by)
		}
		declared := "–"
		if r.declared != nil {
			declared = fmt.Sprintf("%s (%s", cmp.Or(r.declared.Why, "no reason given"), cmp.Or(r.declared.Owner, "no owner"))
			if !r.declared.Until.IsZero() {
				declared += ", until " + day(r.declared.Until)
			}
			declared += ")"
		}
		rows = append(rows, []Cell{{Text: r.system}, log, {Text: listed(r.how)}, {Text: listed(allShortened(r.agents))}, {Text: day(r.first)}, {Text: declared}})
	}
	return cutTable(&Table{Caption: "Systems that agents reach", Empty: "Neither the register nor an agent's action names a system: no data.", Columns: []Column{
		{Title: "System"}, {Title: "Log"}, {Title: "Known from"}, {Title: "Agents"}, {Title: "First seen"}, {Title: "Declared as a limit"}}}, rows, "reach.csv")
}
