package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"agenttrail"
)

// sharedFiles stand in every report: every measure is a sum over their rows.
func (a *account) sharedFiles() []File {
	return []File{
		a.groupsFile(), a.agentsFile(), a.casesFile("high-stakes.csv", "Every action that needed a person's approval, with what was found", a.cases.highStakes),
		a.casesFile("violations.csv", "Actions outside the scope of their agent", a.cases.violations), a.approvalsFile(), a.credentialsFile(), a.sourcesFile(), a.recordsFile(),
		a.balanceFile(), a.coverageFile(), a.reachFile(), a.findingsFile(), a.measuresFile(), a.queriesFile(),
	}
}

// instant writes a time for a file, empty for none.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return agenttrail.FormatTime(t)
}

// place writes a place in an object, empty for none.
func place(n agenttrail.Int) string {
	if !n.Known {
		return ""
	}
	return digits(n.N)
}

func (a *account) groupsFile() File {
	s := newSheet(append(slices.Clone(lineColumns), "actions", "first", "last")...)
	for i := range a.groups.lines {
		c := &a.groups.lines[i]
		s.row(append(c.columns(), digits(c.n), instant(c.first), instant(c.last))...)
	}
	return s.file("groups.csv", "All actions of the period, counted by fact and judgement; no person stands in it")
}

func (a *account) agentsFile() File {
	s := newSheet("agent", "name", "seen", "registered", "owner", "approved_by", "status", "purpose", "first_action", "last_action", "actions", "done", "refused", "failed", "not_stated",
		"outside_scope", "credential", "scope", "scope_declared", "scope_in_ledger", "systems")
	for _, g := range a.agents {
		r := g.register
		if r == nil {
			r = &Agent{}
		}
		s.row(g.id, g.name(), "yes", said(agenttrail.Said(g.known)), r.Owner, r.ApprovedBy, r.Status, r.Purpose, instant(g.first), instant(g.last), digits(g.all),
			digits(g.outcomes[agenttrail.Success]+g.outcomes[agenttrail.Partial]), digits(g.outcomes[agenttrail.Denied]), digits(g.outcomes[agenttrail.Failure]),
			digits(g.outcomes[agenttrail.Unknown]+g.outcomes[agenttrail.Pending]), digits(g.outside), g.credential(), g.scope(), instant(r.Declared), instant(r.Seen),
			strings.Join(slices.Sorted(maps.Keys(g.systems)), " "))
	}
	for _, g := range a.in.Agents {
		if !slices.ContainsFunc(a.agents, func(s *seenAgent) bool { return s.known && s.id == g.ID }) {
			s.row(g.ID, g.Name, "no", "yes", g.Owner, g.ApprovedBy, g.Status, g.Purpose, "", "", "0", "0", "0", "0", "0", "0", "", "", instant(g.Declared), instant(g.Seen), "")
		}
	}
	return s.file("agents.csv", "Agents seen and registered")
}

func (a *account) casesFile(name, description string, list []cited) File {
	s := newSheet("action", "time", "agent", "agent_name", "verb", "system", "target", "amount", "outcome", "done", "in_scope", "scope_proof", "scope_rule", "approval_rule", "state", "found",
		"approved_before", "approval", "approver", "approved_at", "date_proof", "approval_origin", "authority", "stated_reason", "subjects", "session", "object", "record",
		"offset", "length", "record_sha256")
	for i := range list {
		c := &list[i]
		authority := ""
		switch {
		case c.authority:
			authority = "scope"
		case c.approved():
			authority = "approval"
		}
		s.row(c.id, instant(c.at), c.agentID, c.agent, c.verb, c.system, c.target, c.amount, c.outcome, said(agenttrail.Said(c.executed())), c.inScope, c.scopeProof, c.rule, c.policy, c.state,
			c.verdict(), said(agenttrail.Said(c.approved())), c.approvalID, c.approver, instant(c.approvedAt), c.proof, c.approvalFrom, authority, c.reason, strings.Join(c.subjects, " "), c.session, a.names.masked(c.origin.URI, nil), place(c.origin.Index), place(c.origin.Offset), place(c.origin.Length), c.hash)
	}
	return s.file(name, description)
}

func (a *account) approvalsFile() File {
	used, _ := a.approvalUse()
	s := newSheet("approval", "decided_at", "decision", "agent", "verb", "system", "target", "limit", "approver", "requester", "asked_at", "in_ledger", "origin", "used_by")
	for _, p := range a.decisions() {
		decision := "approved"
		if p.Rejected {
			decision = "rejected"
		}
		s.row(p.ID, instant(p.At), decision, p.Agent, p.Verb, p.System, a.names.masked(p.Resource, nil), p.Limit, p.Approver, p.Requester, instant(p.Asked), instant(p.Seen), p.Origin, used[p.ID])
	}
	return s.file("approvals.csv", "Decisions of the period, and the first action that used each")
}

func (a *account) credentialsFile() File {
	s := newSheet("credential", "system", "agents", "agent_actions", "as_a_person", "cannot_tell", "all_actions")
	for _, l := range a.groups.logins {
		if !l.used() || l.part == 0 {
			continue
		}
		var n int64
		for _, k := range l.agents {
			n += k
		}
		s.row(a.loginName(l), l.system, strings.Join(slices.Sorted(maps.Keys(l.agents)), " "), digits(n), digits(l.personal), digits(l.unclear), digits(l.all))
	}
	return s.file("credentials.csv", "Credentials that an agent used or may have used")
}

func (a *account) sourcesFile() File {
	columns := []string{"source", "kind", "format", "configured", "actions", "done", "refused_or_failed", "conflicting_versions", "after_closing", "clock_ahead", "time_suspect", "hours_expected", "hours_with_action", "limit_of_silence_hours", "longer_silences"}
	for _, d := range detailNames {
		columns = append(columns, "states_"+d)
	}
	for _, step := range agenttrail.LagSteps {
		columns = append(columns, "delay "+delayWords(step))
	}
	s := newSheet(columns...)
	for i, f := range a.book.feeds {
		h := &a.hours[i]
		row := []string{f.Name, f.Kind, f.Format, said(agenttrail.Said(f.configured)), digits(f.actions), digits(f.succeeded()), digits(f.failed()), digits(f.conflicts), digits(f.late), digits(f.skewed), digits(f.suspect),
			digits(h.expected), digits(h.with), digits(int64(f.Gap / time.Hour)), digits(int64(len(h.gaps())))}
		for _, d := range detailNames {
			row = append(row, digits(f.known(d)))
		}
		for _, step := range agenttrail.LagSteps {
			row = append(row, digits(f.lags[step]))
		}
		s.row(row...)
	}
	return s.file("sources.csv", "Each source: outcomes, details that its records state, delays")
}

// recordsFile holds the control totals, one number a row.
func (a *account) recordsFile() File {
	s := newSheet("source", "what", "why", "number")
	for _, f := range a.book.feeds {
		n, c := f.announced(a.in.Period), &f.records
		for _, v := range []struct {
			what string
			n    int64
		}{
			{"objects announced", n.objects}, {"objects not fetched", n.failed}, {"objects refused", n.refused}, {"objects known before", n.known}, {"objects read again", n.reread}, {"objects left out by name", n.excluded},
			{"records read", c.Read}, {"records accepted", c.Accepted}, {"records duplicate", c.Duplicate}, {"records in conflict", c.Conflict}, {"records erased", c.Erased},
			{"actions in records", c.Actions}, {"actions repeated", c.ActionDuplicates}, {"actions stored, by the ledger", c.Rows}, {"actions found", f.stored},
		} {
			s.row(f.Name, v.what, "", digits(v.n))
		}
		s.counts(f.Name, "records skipped", c.Skipped, c.Skips)
		s.counts(f.Name, "records rejected", c.Rejected, c.Rejects)
	}
	return s.file("records.csv", "What the ledger counts: objects, records by state and reason, actions")
}

// counts writes a number by its reasons. What no reason explains has a row without one, so that the rows add up.
func (s *sheet) counts(source, what string, all int64, reasons map[string]int64) {
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		s.row(source, what, why, digits(reasons[why]))
		all -= reasons[why]
	}
	if all != 0 || len(reasons) == 0 {
		s.row(source, what, "", digits(all))
	}
}

func (a *account) balanceFile() File {
	s := newSheet("source", "from", "to", "read", "accepted", "duplicate", "conflict", "skipped", "rejected", "erased", "difference", "actions", "repeated", "stored", "found", "difference_of_rows", "balanced")
	for _, f := range a.book.feeds {
		for _, w := range f.stretches {
			c := &w.records
			s.row(f.Name, instant(w.window.From), instant(w.window.To), digits(c.Read), digits(c.Accepted), digits(c.Duplicate), digits(c.Conflict), digits(c.Skipped), digits(c.Rejected), digits(c.Erased),
				digits(c.Balance()), digits(c.Actions), digits(c.ActionDuplicates), digits(c.Rows), digits(w.stored), digits(c.Rows-w.stored), said(agenttrail.Said(w.balanced())))
		}
	}
	return s.file("balance.csv", "Each day of each source, and each folder: records by state, actions, differences")
}

func (a *account) hoursFile() File {
	s := newSheet("source", "hour", "actions")
	for _, h := range a.hours {
		for i, n := range h.counts {
			if n > 0 {
				s.row(h.feed.Name, instant(h.from.Add(time.Duration(i)*time.Hour)), digits(n))
			}
		}
	}
	return s.file("hours.csv", "Each source in each hour in which it has actions")
}

func (a *account) silencesFile() File {
	s := newSheet("source", "from", "to", "hours", "limit_hours", "longer_than_limit", "cause")
	for _, h := range a.hours {
		for _, g := range h.silences {
			s.row(h.feed.Name, instant(g.from), instant(g.to), digits(g.hours), digits(int64(h.feed.Gap/time.Hour)), said(agenttrail.Said(h.isGap(g))), g.cause)
		}
	}
	return s.file("silences.csv", "Stretches of at least a day, or longer than the declared limit, in which a source is silent")
}

func (a *account) coverageFile() File {
	s := newSheet("source", "day", "state", "actions")
	days := a.in.Period.days()
	for _, r := range a.days {
		for i, state := range r.states {
			date := days[i].Format(time.DateOnly)
			s.row(r.feed.Name, date, state, digits(r.feed.days[date]))
		}
	}
	return s.file("coverage.csv", "Each source on each day: state and actions")
}

func (a *account) reachFile() File {
	s := newSheet("system", "log", "covered_by", "how_we_know", "agents", "first_seen", "declared_why", "declared_owner", "declared_until")
	for _, r := range a.reach {
		var by []string
		for _, f := range r.sources {
			by = append(by, f.Name)
		}
		d := r.declared
		if d == nil {
			d = &NoSource{}
		}
		s.row(r.system, r.state, strings.Join(by, " "), strings.Join(r.how, ", "), strings.Join(r.agents, " "), instant(r.first), d.Why, d.Owner, instant(d.Until))
	}
	return s.file("reach.csv", "Systems that agents reach, and what covers them")
}

func (a *account) measuresFile() File {
	s := newSheet("measure", "name", "what", "number", "formula")
	for _, m := range a.measures {
		s.row(m.ID, m.Name, "numerator", digits(m.Numerator), m.Formula)
		s.row(m.ID, m.Name, "denominator", digits(m.Denominator), m.Formula)
		for _, p := range m.Parts {
			s.row(m.ID, m.Name, p.Name, digits(p.N), "")
		}
	}
	return s.file("measures.csv", "Every measure with its parts; a denominator of 0 means no data")
}

func (a *account) queriesFile() File {
	var lines []string
	for _, q := range a.ask.asked {
		o := object{}
		o.number("actions", q.actions)
		o.number("answers", q.answers)
		o.put("purpose", q.purpose)
		o.raw("question", q.text())
		o.put("sha256", q.hash())
		lines = append(lines, o.String())
	}
	return jsonFile("queries.json", "Every question that was asked, and the SHA-256 of its member “question”", lines)
}

// manifest lists the files before it.
func manifest(files []File) File {
	var lines []string
	for _, f := range files {
		o := object{}
		o.put("description", f.Description)
		o.put("name", f.Name)
		o.put("relation", f.Relation)
		if f.Rows >= 0 {
			o.number("rows", f.Rows)
		}
		o.put("sha256", fileHash(f))
		o.number("size", int64(len(f.Data)))
		o.put("type", f.Type)
		lines = append(lines, o.String())
	}
	return jsonFile(manifestName, "The other attachments: rows, sizes, hashes", lines)
}

// jsonFile is an array with one element a line.
func jsonFile(name, description string, lines []string) File {
	return File{Name: name, Type: "application/json", Description: description, Relation: "Supplement", Rows: -1, Data: []byte("[\n" + strings.Join(lines, ",\n") + "\n]\n")}
}

func fileHash(f File) string {
	sum := sha256.Sum256(f.Data)
	return hex.EncodeToString(sum[:])
}

// The page of attachments, and the file that lists the others.
const (
	wordAttached = "What is attached"
	manifestName = "manifest.json"
)

// attachmentsSection says what is attached and how to open it.
func (a *account) attachmentsSection() Section {
	t := &Table{Caption: "Attachments", Columns: []Column{{Title: "File", Weight: 22}, {Title: "What it is for", Weight: 46}, {Title: "Rows", Weight: 11, Right: true}, {Title: "Bytes", Weight: 13, Right: true}, {Title: "SHA-256", Weight: 50, Mono: true}}}
	for _, f := range a.files {
		rows := Cell{Text: "–"}
		if f.Rows >= 0 {
			rows = number(f.Rows)
		}
		t.Rows = append(t.Rows, []Cell{{Text: f.Name, Tone: ToneStrong}, {Text: f.Description}, rows, number(int64(len(f.Data))), {Text: fileHash(f), Tone: ToneMono}})
	}
	return Section{Title: wordAttached, Break: true, Blocks: []Block{
		paragraph("These files lie inside this PDF. They hold what the report prints, complete, so that every number can be computed again."),
		{Table: t},
		{List: plain("Adobe Acrobat Reader: View, Navigation Panels, Attachments (the paper clip).", "Firefox: the sidebar, then the paper clip.", "Linux: Okular or Evince show them; pdfdetach -saveall FILE writes them all.",
			"Other browsers and most phones do not show files inside a PDF. Open it with one of the above.")},
		paragraph("In the CSV files a cell that a spreadsheet would take for a formula begins with an apostrophe. Nothing else in them is changed, but persons are named as the section “Who is named” says."),
	}}
}
