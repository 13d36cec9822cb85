package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/config"
	"agenttrail/internal/web"
	"agenttrail/reports"
)

// patience is how long after its period a report waits for windows that are owed. Then it is issued and says what is missing.
const patience = 7 * 24 * time.Hour

// periodBefore is the newest whole month, quarter or year that is over at a time.
func periodBefore(schedule string, at time.Time, in reports.Calendar) (reports.Period, error) {
	if at = at.UTC(); in.Zone != nil {
		at = at.In(in.Zone)
	}
	switch schedule {
	case config.Monthly:
		return in.Parse(time.Date(at.Year(), at.Month(), 0, 0, 0, 0, 0, time.UTC).Format("2006-01"))
	case config.Yearly:
		return in.Parse(fmt.Sprintf("%04d", at.Year()-1))
	}
	return in.PreviousQuarter(at), nil
}

// A wanted report is one that the config asks for, of a period that is over.
type wanted struct {
	config.Report
	period reports.Period
}

// id names the kind with its topic, as the ledger does.
func (w wanted) id() string { return reports.KindID(w.Kind, w.Framework) }

// wantedReports are the reports that were not issued yet, oldest period first: those of all periods that ended since the trail was made, and of the
// last one before if logs of it are read.
func wantedReports(c *config.Config, t *opened, now time.Time) (list []wanted, err error) {
	made := t.Log().Entry(0).Time
	for _, r := range c.Reports {
		for at := now; ; {
			p, err := periodBefore(r.Schedule, at, calendarOf(c))
			if err != nil {
				return nil, err
			}
			if !p.To.After(collectedSince(c, made)) {
				break
			}
			if w := (wanted{Report: r, period: p}); !w.issued(t) {
				list = append(list, w)
			}
			if at = p.From; !p.To.After(made) {
				break
			}
		}
	}
	slices.SortStableFunc(list, func(a, b wanted) int { return a.period.To.Compare(b.period.To) })
	return list, nil
}

// collectedSince is from when on logs are read: the first day of a source, or when the trail was made.
func collectedSince(c *config.Config, made time.Time) time.Time {
	for i := range c.Sources {
		if s := c.Sources[i].Since.Time; !s.IsZero() && s.Before(made) {
			made = s
		}
	}
	return made
}

func (w wanted) issued(t *opened) bool {
	for n := range t.Log().Size() {
		if r := t.Log().Entry(n).Report; r != nil && r.Kind == w.id() && r.From.Equal(w.period.From) && r.To.Equal(w.period.To) {
			return true
		}
	}
	return false
}

// dueReports are the wanted reports, each with what it waits for: a window of its period that is owed.
func dueReports(c *config.Config, t *opened, s *web.State, now time.Time) (list []web.Due, err error) {
	wanted, err := wantedReports(c, t, now)
	for _, w := range wanted {
		list = append(list, web.Due{Kind: w.id(), Period: w.period.Name, Why: w.waits(c, t, now)})
	}
	return list, err
}

// waits says what a report waits for; empty: nothing.
func (w wanted) waits(c *config.Config, t *opened, now time.Time) string {
	if !now.Before(w.period.To.Add(patience)) {
		return ""
	}
	n, first := int64(0), ""
	for i := range c.Sources {
		s := &c.Sources[i]
		if s.Folder != "" {
			continue
		}
		plan := planOf(s)
		touching := plan.Touching(w.period.From, w.period.To)
		owed := plan.Owed(w.period.To.Add(2*24*time.Hour+plan.Lag), t.Windows(s.Name)) // also those that are not over yet
		for _, o := range owed {
			if slices.ContainsFunc(touching, func(x agenttrail.Window) bool { return x.From.Equal(o.From) }) {
				if n++; first == "" {
					first = s.Name + " " + windowText(o)
				}
			}
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("waits for %s, first %s; issued without them from %s on", count(n, "window", "windows"), first, w.period.To.Add(patience).Format(time.DateOnly))
}

// payReports issues what is due, and delivers what was issued. A report that fails does not stop the others.
func (r *dueRun) payReports(ctx context.Context) error {
	due, err := wantedReports(r.config, r.trail, r.now())
	if err != nil {
		return err
	}
	var all []error
	for _, w := range due {
		if w.waits(r.config, r.trail, r.now()) != "" {
			continue
		}
		all = append(all, r.payReport(ctx, w))
	}
	for i := range r.config.Reports {
		if to := r.config.Reports[i].Deliver; to != "" {
			if err := deliver(ctx, r.trail, r.config.Path(to)); err != nil {
				all = append(all, r.said(fmt.Errorf("deliver reports: %w", err)))
			}
		}
	}
	return worst(all...)
}

func (r *dueRun) payReport(ctx context.Context, w wanted) error {
	kinds := reportKinds()
	i := slices.IndexFunc(kinds, func(k reportKind) bool { return k.name == w.Kind })
	done, _, err := r.issueKept(ctx, r.config, r.trail, reportOptions{kind: kinds[i], topic: w.Framework, period: w.period.Name, paper: "A4"})
	if err != nil {
		return r.said(fmt.Errorf("report %s of %s: %w", w.id(), w.period.Name, err))
	}
	done.PDF, done.Issue = "", "" // it is in the trail, and in the folder of delivery
	r.reports = append(r.reports, done)
	if done.Provisional {
		return r.said(incomplete("report %s of %s is provisional: something of the period is missing or open", w.id(), w.period.Name))
	}
	return nil
}

// said tells of an error at once; what comes of the run is told at its end.
func (r *dueRun) said(err error) error {
	fmt.Fprintf(r.ingestRun.err, "agenttrail: %s\n", visibleLines(err.Error()))
	return err
}

// pdfOf is the file of a report that is handed out: the sealed one where there is one.
func pdfOf(r *agenttrail.Report) (pdf agenttrail.File) {
	for _, f := range r.Files {
		if name := path.Base(f.Path); name == sealedFile || name == reportFile && pdf.Path == "" {
			pdf = f
		}
	}
	return pdf
}

// deliver copies every issued report that the folder lacks, and writes its index page anew. A run that was ended in between is made up for.
func deliver(ctx context.Context, t *opened, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	list := issuedReports(t)
	for _, r := range list {
		if err := deliverFile(ctx, t, r.Path, filepath.Join(folder, r.File())); err != nil {
			return err
		}
		note := path.Join(path.Dir(r.Path), issueFile)
		if err := deliverFile(ctx, t, note, filepath.Join(folder, strings.TrimSuffix(r.File(), ".pdf")+".issue.json")); err != nil {
			return err
		}
	}
	return writeWhole(filepath.Join(folder, "index.html"), func(w io.Writer) error { return web.WriteIndex(w, t.Genesis().Tenant, list) })
}

func deliverFile(ctx context.Context, t *opened, from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return nil
	}
	r, err := t.folder.Read(ctx, from)
	if err != nil {
		return err
	}
	defer r.Close()
	return writeWhole(to, func(w io.Writer) error {
		_, err := io.Copy(w, r)
		return err
	})
}

// writeWhole writes a file in one step: under another name first, so that nobody ever reads a half.
func writeWhole(name string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".part-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := errors.Join(write(f), f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
