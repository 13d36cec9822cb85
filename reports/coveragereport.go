package reports

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"agenttrail"
)

// Coverage makes the logging coverage and integrity report: which logs were expected, what was read of them, and how far it can be relied on.
func Coverage(ctx context.Context, in Input) (*Document, error) {
	a, err := newAccount(ctx, KindCoverage, in)
	if err != nil {
		return nil, err
	}
	return a.document(a.logs()), nil
}

// logs is the content of the coverage report.
func (a *account) logs() content {
	return content{title: wordCoverageTitle, about: wordCoverageAbout, files: []File{a.hoursFile(), a.silencesFile()}, sections: []Section{
		{Title: "Expected and seen", Blocks: []Block{{Text: a.coverageWords()}, {Table: a.sourceTable()}, {Table: a.seenTable()}}},
		{Title: "Reach without a log", Blocks: []Block{paragraph("Completeness can be shown only for what is configured. These systems stand in the register, or in the actions of agents."), {Table: a.reachTable()}}},
		a.timeSection(),
		a.balanceSection(),
		{Title: "What the records state", Blocks: []Block{{Table: a.detailTable()}, {Table: standardsTable()}}},
		a.successSection(),
		{Title: "Clocks and delays", Blocks: []Block{{Table: a.delayTable()}, {Table: a.clockTable()}}},
		a.integritySection(),
		a.healthSection(),
		{Title: "Late, repeated and contradicting", Blocks: []Block{{Table: a.lateTable()}}},
		{Title: "How far back the trail reaches", Blocks: []Block{paragraph(coverageRetention), {Table: a.retentionTable()}}},
		{Title: "Access to the logs", Blocks: []Block{paragraph(coverageLogsOfLogs)}},
		{Title: "What changed in the settings", Blocks: []Block{paragraph(coverageChangeText), {Table: a.changeTable()}}},
	}}
}

// seenTable sets what was expected of each source beside what came.
func (a *account) seenTable() *Table {
	t := &Table{Caption: "What came from each source", Empty: "No source is configured: no data.", Columns: []Column{{Title: "Source"}, {Title: "Expected"}, {Title: "Seen"}, {Title: "What was done"}}}
	for _, f := range a.book.feeds {
		expected := "a log for each day, " + between(f.Lag) + " after its end"
		switch {
		case !f.configured:
			expected = "nothing: no longer configured"
		case f.folder():
			expected = "files; no promise of days"
		}
		seen := Cell{Text: counting(f.actions, "action", "actions") + " in " + counting(int64(len(f.hours)), "hour", "hours"), Tone: ToneGood}
		if f.actions == 0 {
			seen = Cell{Text: wordNoData, Tone: ToneWarn}
		}
		t.Rows = append(t.Rows, []Cell{{Text: f.Name, Tone: ToneStrong}, {Text: expected}, seen, {Text: or(strings.Join(f.verbs(), ", "))}})
	}
	return t
}

// verbs are what was done in a source's actions, in byte order.
func (t *tally) verbs() (list []string) {
	for d := range t.acts {
		if !slices.Contains(list, d.verb) {
			list = append(list, d.verb)
		}
	}
	slices.Sort(list)
	return list
}

func (a *account) timeSection() Section {
	return Section{Title: "Days and hours", Blocks: []Block{
		{Figure: &Figure{Title: "Source by day (UTC)", Strips: a.strips()}}, {Table: a.dayTable()}, {Table: a.failedTable()}}, Sections: []Section{
		{Title: "Hours", Blocks: []Block{paragraph(coverageHoursText), {Figure: &Figure{Title: "Days with an action in each hour of the day (UTC)", Heat: a.hourHeat()}}, {Table: a.hourTable()}}},
		{Title: "Silences", Blocks: []Block{paragraph(coverageSilenceText), {Table: a.silenceTable()}}},
	}}
}

// hourHeat shows on how many days each source has an action in each hour of the day.
func (a *account) hourHeat() *Heat {
	h := &Heat{Corner: "Source"}
	for i := range 24 {
		h.Columns = append(h.Columns, fmt.Sprintf("%02d", i))
	}
	for _, r := range a.hours {
		values := make([]int64, 24)
		for i := range values {
			values[i] = NoData
		}
		for i, n := range r.counts {
			hour := r.from.Add(time.Duration(i) * time.Hour).Hour()
			values[hour] = max(values[hour], 0)
			if n > 0 {
				values[hour]++
			}
		}
		h.Rows, h.Values = append(h.Rows, r.feed.Name), append(h.Values, values)
	}
	return h
}

func (a *account) hourTable() *Table {
	t := &Table{Caption: "Hours with actions", Empty: "No source is configured: no data.", Columns: []Column{{Title: "Source", Weight: 30}, {Title: "Expected from", Weight: 22}, {Title: "Hours with an action", Weight: 26, Right: true},
		{Title: "Longest silence", Weight: 24}, {Title: "Declared limit", Weight: 18}}}
	for _, r := range a.hours {
		limit := "none"
		if r.feed.Gap > 0 {
			limit = between(r.feed.Gap)
		}
		with := Cell{Text: ofm(r.with, r.expected)}
		if r.with == 0 {
			with.Tone = ToneWarn
		}
		longest := "–"
		if r.longest.hours > 0 {
			longest = between(r.longest.to.Sub(r.longest.from))
		}
		t.Rows = append(t.Rows, []Cell{{Text: r.feed.Name}, {Text: day(r.from)}, with, {Text: longest}, {Text: limit}})
	}
	return t
}

// mostSilences are printed; silences.csv has all.
const mostSilences = 24

func (a *account) silenceTable() *Table {
	var rows [][]Cell
	for _, r := range a.hours {
		for _, s := range r.silences {
			state := Cell{Text: "no limit declared", Tone: ToneMuted}
			if r.isGap(s) {
				state = Cell{Text: "gap: longer than " + between(r.feed.Gap), Tone: ToneBad}
			}
			cause := Cell{Text: s.cause}
			if s.cause == causeMissing || s.cause == causePartial {
				cause.Tone = ToneBad
			}
			rows = append(rows, []Cell{{Text: r.feed.Name}, {Text: moment(s.from)}, {Text: moment(s.to)}, number(s.hours), state, cause})
		}
	}
	empty := "No source was silent for a day or longer than its limit."
	if len(a.book.feeds) == 0 {
		empty = "No source is configured: no data."
	}
	return cutAt(mostSilences, &Table{Caption: "Silences of at least a day, or longer than the limit", Empty: empty, Columns: []Column{{Title: "Source", Weight: 24}, {Title: "From (UTC)", Weight: 22}, {Title: "To (UTC)", Weight: 22},
		{Title: "Hours", Weight: 10, Right: true}, {Title: "Gap", Weight: 26}, {Title: "Cause, as far as the ledger knows", Weight: 40}}}, rows, "silences.csv")
}

// balanceSection prints the days that need a look; balance.csv has all.
func (a *account) balanceSection() Section {
	var rows [][]Cell
	var all int64
	for _, f := range a.book.feeds {
		for _, s := range f.stretches {
			all++
			c := &s.records
			if s.balanced() && c.Rejected+c.Conflict+c.Duplicate == 0 {
				continue
			}
			rows = append(rows, []Cell{{Text: f.Name}, {Text: windowName(s.window)}, number(c.Read), number(c.Accepted), number(c.Duplicate), toned(c.Conflict, ToneWarn), number(c.Skipped), toned(c.Rejected, ToneWarn), number(c.Erased),
				difference(c.Balance()), number(c.Rows), difference(c.Rows - s.stored)})
		}
	}
	m := a.of("M01")
	text := "No record was read: no data."
	if m.Denominator > 0 {
		text = fmt.Sprintf("%s days of sources, and folders, balance: every record that was read ended in exactly one state, and every action that the ledger counts is there. Of the %s, those with a repeated, contradicting or unreadable record, or with a difference, are printed; balance.csv has all.",
			m.Stated(), thousands(all))
	}
	return Section{Title: "Every record accounted for", Blocks: []Block{paragraph(text), {Table: cutTable(&Table{Caption: "Days with something to look at", Empty: "Every day balances, and none has a repeated, contradicting or unreadable record.",
		Columns: []Column{{Title: "Source", Weight: 24}, {Title: "Day", Weight: 20}, {Title: "Read", Weight: 12, Right: true}, {Title: "Accepted", Weight: 14, Right: true}, {Title: "Duplicate", Weight: 14, Right: true}, {Title: "Conflict", Weight: 13, Right: true},
			{Title: "Skipped", Weight: 13, Right: true}, {Title: "Rejected", Weight: 13, Right: true}, {Title: "Erased", Weight: 12, Right: true}, {Title: "Difference", Weight: 15, Right: true}, {Title: "Actions", Weight: 13, Right: true}, {Title: "Difference", Weight: 15, Right: true}}}, rows, "balance.csv")}}}
}

func standardsTable() *Table {
	t := &Table{Caption: "Who asks for these details", Columns: []Column{{Title: "Detail", Weight: 20}, {Title: "NIST SP 800-53", Weight: 40}, {Title: "PCI DSS", Weight: 50}}}
	for _, s := range standardsOfDetails {
		t.Rows = append(t.Rows, []Cell{{Text: capital(s.detail), Tone: ToneStrong}, {Text: s.nist}, {Text: s.pci}})
	}
	return t
}

// capital makes the first letter of an ASCII word large.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func (a *account) successSection() Section {
	t := &Table{Caption: "Successes and failures, by source", Empty: "No source is configured: no data.", Columns: []Column{{Title: "Source", Weight: 26}, {Title: "Actions", Weight: 14, Right: true}, {Title: "Succeeded", Weight: 15, Right: true},
		{Title: "Refused", Weight: 14, Right: true}, {Title: "Failed", Weight: 14, Right: true}, {Title: "Not stated", Weight: 15, Right: true}, {Title: "Finding", Weight: 34}}}
	for _, f := range a.book.feeds {
		finding := Cell{Text: "logs actions, not just errors", Tone: ToneGood}
		switch {
		case f.errorsOnly():
			finding = Cell{Text: "logs errors only", Tone: ToneBad}
		case f.actions == 0:
			finding = Cell{Text: wordNoData, Tone: ToneWarn}
		case f.succeeded() == 0:
			finding = Cell{Text: "states no outcome", Tone: ToneWarn}
		}
		o := f.outcomes
		t.Rows = append(t.Rows, []Cell{{Text: f.Name}, number(f.actions), number(f.succeeded()), number(o[agenttrail.Denied]), number(o[agenttrail.Failure]), number(o[agenttrail.Unknown] + o[agenttrail.Pending]), finding})
	}
	return Section{Title: "Actions, not just errors", Blocks: []Block{{Table: t}, {Table: a.auditedTable()}}}
}

// auditedTable says which of the events of PCI DSS 10.2.1 the sources showed in the period.
func (a *account) auditedTable() *Table {
	t := &Table{Caption: "Events that PCI DSS 10.2.1 names", Columns: []Column{{Title: "Item", Weight: 14}, {Title: "Event", Weight: 44}, {Title: "Seen in the period", Weight: 30}, {Title: "In", Weight: 40}}}
	for _, e := range auditedEvents {
		seen, in := a.sawEvent(e)
		t.Rows = append(t.Rows, []Cell{{Text: e.requirement, Tone: ToneStrong}, {Text: capital(e.words)}, seen, {Text: in}})
	}
	return t
}

func (a *account) sawEvent(e auditedEvent) (seen Cell, in string) {
	if e.why != "" {
		return Cell{Text: "cannot be told", Tone: ToneMuted}, e.why
	}
	var n int64
	var sources []string
	for _, f := range a.book.feeds {
		var of int64
		if e.refusedOnly {
			of = f.failed()
		}
		for _, v := range e.verbs {
			_, _, all := f.ended(v)
			of += all
		}
		if of > 0 {
			n += of
			sources = append(sources, f.Name)
		}
	}
	switch {
	case a.total() == 0:
		return Cell{Text: wordNoData, Tone: ToneWarn}, "–"
	case n == 0:
		return Cell{Text: "not seen", Tone: ToneWarn}, "no source showed one; this is no proof that none happened"
	}
	return Cell{Text: counting(n, "action", "actions"), Tone: ToneGood}, listed(sources)
}

func (a *account) clockTable() *Table {
	t := &Table{Caption: "Times that cannot be right", Empty: "No source is configured: no data.", Columns: []Column{{Title: "Source", Weight: 30}, {Title: "Actions", Weight: 16, Right: true}, {Title: "Dated more than 5 min after reading", Weight: 30, Right: true},
		{Title: "Before 2000, long before collection, or over a day ahead", Weight: 40, Right: true}}}
	for _, f := range a.book.feeds {
		t.Rows = append(t.Rows, []Cell{{Text: f.Name}, number(f.actions), toned(f.skewed, ToneWarn), toned(f.suspect, ToneWarn)})
	}
	return t
}
