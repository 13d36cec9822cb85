package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"agenttrail"
	"agenttrail/cron"
	"agenttrail/internal/config"
	"agenttrail/internal/web"
	"agenttrail/reports"
)

// matrixDays is how many days the matrix of status and of the page shows, up to today.
const matrixDays = 14

// look reads the state of the trail and of the cluster. The sources are not asked.
func (a *app) look(ctx context.Context, c *config.Config, t *opened) (*web.State, error) {
	now := a.now()
	cite, err := t.Log().Cite(ctx, t.Log().Size())
	if err != nil {
		return nil, err
	}
	s := &web.State{At: now.UTC(), Tenant: t.Genesis().Tenant, Origin: cite.Origin, Build: version, Ledger: cite.Size, Newest: cite.Time,
		Root: hex.EncodeToString(cite.Root[:]), Fingerprint: fingerprint(cite.Key), Sources: []web.Source{}, Findings: []web.Finding{}}
	if s.Free, err = a.room(c); err != nil {
		return nil, err
	}
	for i := range c.Sources {
		s.Sources = append(s.Sources, a.lookAtSource(&c.Sources[i], t, s))
	}
	s.Index = a.indexState(ctx, c, t)
	uncovered, err := uncoveredSystems(ctx, c, t)
	if err != nil {
		return nil, err
	}
	for _, u := range uncovered {
		s.Uncovered = append(s.Uncovered, web.Uncovered{System: u.System, Actions: u.Actions, Declared: u.Declared, Owner: u.Owner, Words: u.text()})
	}
	if err := watchDays(ctx, c, t, cite, s); err != nil {
		return nil, err
	}
	if s.Due, err = dueReports(c, t, s, now); err != nil {
		return nil, err
	}
	s.Reports, s.Runs = issuedReports(t), runsOf(t)
	addFindings(c, s)
	return s, nil
}

// lookAtSource is what the ledger says of one source. What its vendor will soon forget is a finding.
func (a *app) lookAtSource(s *config.Source, t *opened, all *web.State) web.Source {
	p := pull{name: s.Name, folder: s.Folder != "", plan: planOf(s)}
	states := t.Windows(s.Name)
	out := web.Source{Name: s.Name, Kind: "s3", LastClosed: "-", Open: []string{}}
	for _, w := range states {
		switch {
		case w.State == agenttrail.WindowOpen:
			out.Open = append(out.Open, windowText(w.Window))
		case w.To.After(out.ClosedTo):
			out.ClosedTo = w.To
		}
	}
	switch {
	case p.folder:
		out.Kind = "folder"
	default:
		if s.Vendor != nil {
			out.Kind = "api"
		}
		owed := p.owed(states, a.now())
		all.Findings = append(all.Findings, lostSoon(&out, p.plan, owed, a.now())...)
		out.Owed = len(slices.DeleteFunc(owed, func(w agenttrail.Window) bool { return slices.Contains(out.Open, windowText(w)) }))
		out.Next = p.next(a.now()).Format(time.RFC3339)
	}
	if !out.ClosedTo.IsZero() {
		out.LastClosed = out.ClosedTo.UTC().Format(time.DateOnly)
	}
	for n := range t.Log().Size() {
		out.LastEntry = newer(out.LastEntry, s.Name, t.Log().Entry(n))
		e := t.Log().Entry(n)
		if e.Batch == nil || e.Batch.Source != s.Name {
			continue
		}
		out.Records += e.Batch.Counts.Read
		out.Rejected += e.Batch.Counts.Rejected
		out.Conflicts += e.Batch.Counts.Conflict
		out.Refused += e.Batch.Objects.Refused
		out.LastRun, out.LastTime = e.Batch.Run, agenttrail.FormatTime(e.Time)
	}
	return out
}

// newer is the time of the entry where it is about the source, else what was known.
func newer(known time.Time, source string, e agenttrail.Entry) time.Time {
	if e.Batch != nil && e.Batch.Source == source || e.Window != nil && e.Window.Source == source {
		return e.Time
	}
	return known
}

// How much of a vendor's term may pass before an owed window is a finding, in percent.
const (
	lostWarning = 50
	lostError   = 80
)

// lostSoon warns of the oldest owed window before its vendor forgets it.
func lostSoon(out *web.Source, p cron.Plan, owed []agenttrail.Window, now time.Time) []web.Finding {
	if len(owed) == 0 || p.Kept == 0 {
		return nil
	}
	after := p.LostAfter(owed[0])
	out.LostAfter = after.UTC().Format(time.RFC3339)
	passed := int64(100 * now.Sub(owed[0].From) / p.Kept)
	severity := web.Warning
	switch {
	case passed < lostWarning:
		return nil
	case passed >= lostError:
		severity = web.Error
	}
	return []web.Finding{{Severity: severity, About: out.Name, Text: fmt.Sprintf("the window of %s is owed, and the vendor keeps it until %s UTC only: lost after that", windowText(owed[0]), after.UTC().Format("2006-01-02 15:04"))}}
}

// watchDays fills the matrix source by day, and what the hours say.
func watchDays(ctx context.Context, c *config.Config, t *opened, cite agenttrail.Cite, s *web.State) error {
	today := s.At.Truncate(24 * time.Hour)
	in := reports.Input{Facts: t.Reader(), Cite: cite, Period: reports.Period{From: today.AddDate(0, 0, 1-matrixDays), To: today.AddDate(0, 0, 1)}}
	in.Cite.Time = s.At
	in.Entries = entriesOf(t, cite.Size)
	var err error
	if in.Sources, err = reportSources(ctx, c, t.Reader(), cite.Size); err != nil {
		return err
	}
	for d := in.Period.From; d.Before(in.Period.To); d = d.AddDate(0, 0, 1) {
		s.Days = append(s.Days, d.Format(time.DateOnly))
	}
	watched, err := reports.Watch(ctx, in)
	if err != nil {
		return err
	}
	for _, w := range watched {
		for i := range s.Sources {
			if s.Sources[i].Name == w.Name {
				addWatched(&s.Sources[i], w, s)
			}
		}
	}
	return nil
}

func addWatched(to *web.Source, w reports.Watched, s *web.State) {
	to.Days, to.Hours, to.Expected, to.ErrorsOnly = w.Days, w.Hours, w.Read, w.ErrorsOnly
	for _, g := range w.Gaps {
		text := fmt.Sprintf("%s to %s UTC: %s", g.From.Format("2006-01-02 15:04"), g.To.Format("2006-01-02 15:04"), g.Cause)
		to.Gaps = append(to.Gaps, text)
		s.Findings = append(s.Findings, web.Finding{Severity: web.Error, About: to.Name, Text: "silent for longer than its gap, " + text})
	}
	if w.ErrorsOnly {
		s.Findings = append(s.Findings, web.Finding{Severity: web.Error, About: to.Name, Text: fmt.Sprintf("logs errors only: %s in %d days, and no success among them", count(w.Actions, "action", "actions"), matrixDays)})
	}
	for i, state := range w.Days {
		if state == reports.DayLost {
			s.Findings = append(s.Findings, web.Finding{Severity: web.Error, About: to.Name, Text: s.Days[i] + " is lost: the vendor kept it no longer when it was read"})
		}
	}
}

// addFindings adds what concerns no single day of a source.
func addFindings(c *config.Config, s *web.State) {
	add := func(severity, about, format string, args ...any) {
		s.Findings = append(s.Findings, web.Finding{Severity: severity, About: about, Text: fmt.Sprintf(format, args...)})
	}
	for _, n := range c.NoSource {
		if !n.Until.IsZero() && s.At.After(n.Until.Time.AddDate(0, 0, 1)) {
			add(web.Error, n.System, "was declared to have no log until %s; that day has passed: read its log, or declare it anew", n.Until.Format(time.DateOnly))
		}
	}
	for _, u := range s.Uncovered {
		if u.Declared == "" {
			add(web.Warning, u.System, "%s", u.Words)
		}
	}
	if s.Free < 2*minRoom {
		add(web.Warning, "trail", "only %s are left on its disk: a run refuses to start below %s", size(s.Free), size(minRoom))
	}
	if until, err := sealUntil(c); err == nil && !until.IsZero() && until.Before(s.At.Add(sealNotice)) {
		severity := web.Warning
		if until.Before(s.At) {
			severity = web.Error
		}
		add(severity, "seal", "the certificate that signs the reports is good until %s", until.UTC().Format(time.DateOnly))
	}
}

// runsShown is how many runs are told of.
const runsShown = 20

// runsOf are the newest runs that left something in the ledger, the newest first.
func runsOf(t *opened) (list []web.Run) {
	for n := t.Log().Size() - 1; n >= 0; n-- {
		e := t.Log().Entry(n)
		name, trigger := "", ""
		switch {
		case e.Batch != nil:
			name, trigger = e.Batch.Run, e.Batch.Trigger
		case e.Window != nil:
			name, trigger = e.Window.Run, e.Window.Trigger
		default:
			continue
		}
		i := slices.IndexFunc(list, func(r web.Run) bool { return r.Name == name })
		if i < 0 {
			if len(list) == runsShown {
				break
			}
			i, list = len(list), append(list, web.Run{Name: name, Trigger: trigger, Ended: e.Time})
		}
		r := &list[i]
		if e.Window != nil {
			r.Windows++
			continue
		}
		r.Batches++
		r.Records += e.Batch.Counts.Read
		r.Accepted += e.Batch.Counts.Accepted
		r.Rejected += e.Batch.Counts.Rejected
	}
	return list
}

// issuedReports are the reports that the ledger names, the newest first.
func issuedReports(t *opened) (list []web.Report) {
	for n := t.Log().Size() - 1; n >= 0; n-- {
		e := t.Log().Entry(n)
		if e.Report == nil {
			continue
		}
		pdf := pdfOf(e.Report)
		list = append(list, web.Report{ID: e.Report.ID, Kind: e.Report.Kind, Revision: e.Report.Revision, Period: daysText(e.Report.From, e.Report.To), Issued: e.Time, Entry: n,
			SHA256: pdf.SHA256, Size: pdf.Size, Path: pdf.Path, Amended: len(t.Amendments(e.Report.ID))})
	}
	return list
}

// daysText names a period by its first and last day.
func daysText(from, to time.Time) string {
	return from.UTC().Format(time.DateOnly) + " to " + to.UTC().Add(-time.Nanosecond).Format(time.DateOnly)
}
