package reports

import (
	"fmt"
	"strings"
)

// findingsSection lists what the rules found: open, and closed with who closed it, as what and why.
func (a *account) findingsSection() Section {
	m := a.of("M25")
	text := "The rules found nothing in this period."
	if m.Denominator > 0 {
		text = fmt.Sprintf("%s: %s open, of which %s opened again; %s closed. %s. A closed finding stays in every list and count.", counting(m.Denominator, "finding", "findings"), thousands(m.Numerator),
			thousands(m.part(FindingReopened)), thousands(m.part(FindingClosed)), a.newSinceWords(m.part("new")))
	}
	return Section{Title: "Findings", Blocks: []Block{paragraph(text), {Table: a.openFindings()}, {Table: a.closedFindings()}}}
}

func (a *account) newSinceWords(n int64) string {
	if a.in.Previous == nil {
		return "There is no earlier report to compare them with"
	}
	return counting(n, "of them was", "of them were") + " not in the last report as issued (" + a.in.Previous.ID + ")"
}

func (a *account) openFindings() *Table {
	var rows [][]Cell
	for i := range a.findings {
		f := &a.findings[i]
		if !f.Open() {
			continue
		}
		state := f.State
		if f.New && a.in.Previous != nil {
			state += ", new"
		}
		tone := ToneWarn
		if f.Rule.Severity != SeverityMedium {
			tone = ToneBad
		}
		rows = append(rows, []Cell{{Text: f.Rule.Severity, Tone: tone}, {Text: f.Rule.Name}, {Text: shortened(f.Subject), Tone: ToneMono}, {Text: f.What}, {Text: day(f.First)}, {Text: day(f.Last)}, {Text: state}, {Text: f.ID[:12], Tone: ToneMono}})
	}
	return cutTable(&Table{Caption: "Open findings (number: the beginning of the id in findings.csv)", Empty: "No finding is open.", Columns: []Column{
		{Title: "Severity"}, {Title: "Finding"}, {Title: "About", Mono: true}, {Title: "What was seen"}, {Title: "First"}, {Title: "Last"}, {Title: "State"}, {Title: "Number", Mono: true}}}, rows, "findings.csv")
}

func (a *account) closedFindings() *Table {
	var rows [][]Cell
	for i := range a.findings {
		f := &a.findings[i]
		if f.Open() {
			continue
		}
		d := f.Decision
		as := d.As
		if !d.Until.IsZero() {
			as += " until " + day(d.Until)
		}
		rows = append(rows, []Cell{{Text: f.Rule.Name}, {Text: shortened(f.Subject), Tone: ToneMono}, {Text: f.What}, {Text: as}, {Text: d.By}, {Text: joined(d.Reason, d.Ticket)}, {Text: day(d.At)}, {Text: f.ID[:12], Tone: ToneMono}})
	}
	return cutTable(&Table{Caption: "Closed findings", Empty: "No finding is closed.", Columns: []Column{
		{Title: "Finding"}, {Title: "About", Mono: true}, {Title: "What was seen"}, {Title: "Closed as"}, {Title: "By"}, {Title: "Why"}, {Title: "On"}, {Title: "Number", Mono: true}}}, rows, "findings.csv")
}

func (a *account) findingsFile() File {
	s := newSheet("finding", "rule", "severity", "about", "window", "what", "seen", "first", "last", "actions", "state", "new_since_last_report", "closed_as", "until", "by", "reason", "ticket", "decided", "entry")
	for i := range a.findings {
		f := &a.findings[i]
		d, decided := f.Decision, ""
		if d == nil {
			d = &Decision{}
		} else {
			decided = digits(d.Entry)
		}
		isNew := ""
		if a.in.Previous != nil {
			isNew = "no"
			if f.New {
				isNew = "yes"
			}
		}
		s.row(f.ID, f.Rule.ID, f.Rule.Severity, f.Subject, f.Window, f.What, digits(f.N), instant(f.First), instant(f.Last), strings.Join(f.Actions, " "), f.State, isNew, d.As, instant(d.Until), d.By, d.Reason, d.Ticket, instant(d.At), decided)
	}
	return s.file("findings.csv", "What the rules found, and what was decided about each")
}
