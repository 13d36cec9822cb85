package reports

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// A clock is one term that a law sets, and when it starts. Terms are in calendar time.
type clock struct {
	law, duty string
	applies   string // whom and what it binds: it is for the reader to say whether that is so
	starts    func(*CaseQuestion) time.Time
	from      string // what starts it, in words
	hours     int
	days      int
	months    int
}

func (k clock) term() string {
	switch {
	case k.hours > 0:
		return counting(int64(k.hours), "hour", "hours")
	case k.days > 0:
		return counting(int64(k.days), "day", "days")
	}
	return counting(int64(k.months), "month", "months")
}

func (k clock) due(start time.Time) time.Time {
	return start.AddDate(0, k.months, k.days).Add(time.Duration(k.hours) * time.Hour)
}

func aware(q *CaseQuestion) time.Time      { return q.Aware }
func classified(q *CaseQuestion) time.Time { return q.Classified }

// clocks are the terms of the regimes of section 4.c, in the order in which they run out. They are facts about the law as of November 2026.
var clocks = []clock{
	{"DORA, Art. 19", "initial notification of a major incident", "financial entities", classified, "classification as major", 4, 0, 0},
	{"DORA, Art. 19", "initial notification, at the latest", "financial entities", aware, "awareness", 24, 0, 0},
	{"EU AI Act, Art. 73", "report of a serious incident: widespread, or critical infrastructure", "providers of high-risk systems; deployers tell the provider", aware, "awareness", 0, 2, 0},
	{"GDPR, Art. 33", "notice to the supervisory authority", "controllers, unless a risk is unlikely", aware, "awareness", 72, 0, 0},
	{"NYDFS, 500.17", "notice to the superintendent", "covered entities", aware, "awareness", 72, 0, 0},
	{"DORA, Art. 19", "intermediate report", "financial entities", func(q *CaseQuestion) time.Time { return notified(q, "dora initial") }, "initial notification", 72, 0, 0},
	{"EU AI Act, Art. 73", "report of a serious incident: a death", "as above", aware, "awareness", 0, 10, 0},
	{"EU AI Act, Art. 73", "report of any other serious incident", "as above", aware, "awareness", 0, 15, 0},
	{"Colorado, SB 26-189", "explanation of an adverse decision", "deployers, consequential decisions, from 2027", func(q *CaseQuestion) time.Time { return notified(q, "colorado decision") }, "the adverse decision", 0, 30, 0},
	{"DORA, Art. 19", "final report", "financial entities", func(q *CaseQuestion) time.Time { return notified(q, "dora intermediate") }, "intermediate report", 0, 0, 1},
}

// notified is when a notice with such a name was given.
func notified(q *CaseQuestion, name string) time.Time {
	for _, n := range q.Notices {
		if strings.EqualFold(strings.ReplaceAll(n.To, "-", " "), name) {
			return n.At
		}
	}
	return time.Time{}
}

// noticeWords are the words in a notice's addressee that answer a clock.
var noticeWords = map[string]string{"GDPR, Art. 33": "supervisory authority", "NYDFS, 500.17": "nydfs", "EU AI Act, Art. 73": "ai act"}

// clocksTable says when each term ends and how it stands at the time of the ledger.
func (c *caseFile) clocksTable() *Table {
	t := &Table{Caption: "Clocks: what each law asks, and how much time is left as of " + c.moment(c.in.Cite.Time), Columns: []Column{
		{Title: "Law", Weight: 20}, {Title: "Duty", Weight: 38}, {Title: "Term, from", Weight: 27}, {Title: "Ends (UTC)", Weight: 20}, {Title: "State", Weight: 25}}}
	for _, k := range clocks {
		start := k.starts(c.q)
		row := []Cell{{Text: k.law, Tone: ToneStrong}, {Text: k.duty + " (" + k.applies + ")"}, {Text: k.term() + " from " + k.from}}
		if start.IsZero() {
			t.Rows = append(t.Rows, append(row, Cell{Text: "–"}, Cell{Text: "not running: the start is not stated", Tone: ToneMuted}))
			continue
		}
		due := k.due(start)
		t.Rows = append(t.Rows, append(row, Cell{Text: moment(due)}, c.clockState(k, due)))
	}
	return t
}

// clockState is whether a term was kept, as far as the notices tell. Without a notice only the time is told: whether the law applies is not for
// this file to say.
func (c *caseFile) clockState(k clock, due time.Time) Cell {
	if word := noticeWords[k.law]; word != "" {
		for _, n := range c.q.Notices {
			if strings.Contains(strings.ToLower(n.To), word) {
				if n.At.After(due) {
					return Cell{Text: "notice given " + between(n.At.Sub(due)) + " late", Tone: ToneBad}
				}
				return Cell{Text: "notice given " + between(due.Sub(n.At)) + " before the end", Tone: ToneGood}
			}
		}
	}
	if left := due.Sub(c.in.Cite.Time); left > 0 {
		return Cell{Text: between(left) + " left; no notice is stated", Tone: ToneWarn}
	}
	return Cell{Text: "ended " + between(c.in.Cite.Time.Sub(due)) + " ago; no notice is stated", Tone: ToneBad}
}

// courseTable is the course of the incident itself: first act, ledger, detection, awareness, containment, notices.
func (c *caseFile) courseTable() *Table {
	t := &Table{Caption: "Course: from the act to the notices", Columns: []Column{{Title: "What", Weight: 40}, {Title: "When", Weight: 34}, {Title: "After the act", Weight: 22}, {Title: "Known from", Weight: 26}}}
	first := c.firstAct()
	add := func(what string, at time.Time, from string) {
		if at.IsZero() {
			t.Rows = append(t.Rows, []Cell{{Text: what}, {Text: "not stated", Tone: ToneMuted}, {Text: "–"}, {Text: from}})
			return
		}
		after := "–"
		if !first.IsZero() && !at.Before(first) {
			after = cmp.Or(between(at.Sub(first)), "–")
		}
		t.Rows = append(t.Rows, []Cell{{Text: what}, {Text: c.moment(at)}, {Text: after}, {Text: from}})
	}
	add("The act", first, "the log")
	add("Its record was in the ledger", c.firstSeen(), "the ledger")
	for _, d := range c.q.Detected {
		add("Detected", d, "stated by the company")
	}
	if len(c.q.Detected) == 0 {
		add("Detected", time.Time{}, "stated by the company")
	}
	add("The company was aware", c.q.Aware, "stated by the company")
	add("Contained", c.q.Contained, "stated by the company")
	for _, n := range c.q.Notices {
		add("Notice: "+n.To, n.At, "stated by the company")
	}
	return t
}

// firstAct is the first wrong message, or else the first act that weighs.
func (c *caseFile) firstAct() time.Time {
	if len(c.pairs) > 0 {
		return c.pairs[0].Sent.Time
	}
	if acts := c.consequential(); len(acts) > 0 {
		return acts[0].Time
	}
	return time.Time{}
}

// firstSeen is when the ledger first held the record of the first act: nothing could be noticed in it before.
func (c *caseFile) firstSeen() (at time.Time) {
	first := c.firstAct()
	for _, a := range c.acts {
		if a.Time.Equal(first) {
			return a.about.ApprovalSeen
		}
	}
	return at
}

// moment writes a time in UTC, and in the zone of the period beside it.
func (c *caseFile) moment(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	text := moment(t) + " UTC"
	if p := c.in.Period; p.local() {
		text += fmt.Sprintf(" (%s)", p.in(t).Format("15:04:05 MST"))
	}
	return text
}

// crosswalk says for each law what of this file serves it, and what logs cannot give.
var crosswalk = [][4]string{
	{"EU AI Act, Art. 73", "report of a serious incident by the provider", "course, decisions, custody list; freezing: the state of the ledger on page one", "that it was a serious incident; the causal link; corrective action"},
	{"GDPR, Art. 33 and 34", "nature, persons and records, consequences, measures", "exposure: persons, records, kinds of data, recipients; clocks", "likely consequences; measures taken; who else was told"},
	{"GDPR, Art. 15", "access of the person to what was done with their data", "the subject copy of this case", "data outside the logs; the logic of the model"},
	{"DORA, Art. 19", "initial, intermediate and final report", "clocks; persons, duration, kinds of data", "classification; cost; geography, unless a log states it"},
	{"NYDFS, 500.17", "notice within 72 hours", "clocks, exposure", "whether the event must be notified"},
	{"Colorado, SB 26-189", "explanation of an adverse decision in plain words, within 30 days", "the decisions with what was read before each", "whether a decision was consequential; the review by a person"},
}

func crosswalkTable() *Table {
	t := &Table{Caption: "What serves which law", Columns: []Column{{Title: "Law", Weight: 22}, {Title: "Asks for", Weight: 32}, {Title: "In this file", Weight: 38}, {Title: "Not in any log", Weight: 36}}}
	for _, r := range crosswalk {
		t.Rows = append(t.Rows, []Cell{{Text: r[0], Tone: ToneStrong}, {Text: r[1]}, {Text: r[2]}, {Text: r[3], Tone: ToneMuted}})
	}
	return t
}
