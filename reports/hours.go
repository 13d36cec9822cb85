package reports

import (
	"time"

	"agenttrail"
)

const hourKey = "2006-01-02T15"

// An hourRow is one source through the hours of the period in which it is expected: since it is read, up to the last entry of the ledger.
type hourRow struct {
	feed           *feed
	from           time.Time
	counts         []int64 // actions, hour by hour
	with, expected int64
	silences       []silence // of at least silenceHours, or longer than the source's limit, in order
	longest        silence
}

// A silence is a stretch of whole hours without an action.
type silence struct {
	from, to time.Time
	hours    int64
	cause    string
}

// silenceHours is how long a silence must be to be listed where the source declares no limit.
const silenceHours = 24

// coverageHours says for each source and hour how many actions are recorded.
func (a *account) coverageHours() (rows []hourRow) {
	for _, f := range a.book.feeds {
		rows = append(rows, a.hoursOf(f, a.in.Cite.Time))
	}
	return rows
}

// hoursOf counts the hours of one source, up to a time or the end of the period.
func (a *account) hoursOf(f *feed, to time.Time) hourRow {
	from := a.in.Period.From.UTC().Truncate(time.Hour)
	if f.Since.After(from) {
		from = f.Since.UTC().Truncate(time.Hour)
	}
	if a.in.Period.To.Before(to) {
		to = a.in.Period.To
	}
	r := hourRow{feed: f, from: from}
	for t := from; t.Before(to); t = t.Add(time.Hour) {
		n := f.hours[t.Format(hourKey)]
		r.counts = append(r.counts, n)
		r.expected++
		if n > 0 {
			r.with++
		}
	}
	r.listen(a.in.Cite.Time)
	return r
}

// listen finds the stretches of silence.
func (r *hourRow) listen(asOf time.Time) {
	begun := -1
	for i := 0; i <= len(r.counts); i++ {
		silent := i < len(r.counts) && r.counts[i] == 0
		switch {
		case silent && begun < 0:
			begun = i
		case !silent && begun >= 0:
			r.silent(begun, i, asOf)
			begun = -1
		}
	}
}

func (r *hourRow) silent(first, end int, asOf time.Time) {
	s := silence{from: r.from.Add(time.Duration(first) * time.Hour), to: r.from.Add(time.Duration(end) * time.Hour), hours: int64(end - first)}
	if s.hours > r.longest.hours {
		r.longest = s
	}
	if !r.isGap(s) && (r.feed.Gap > 0 || s.hours < silenceHours) {
		return
	}
	s.cause = r.feed.cause(s, asOf)
	r.silences = append(r.silences, s)
}

// isGap says that a silence is longer than the source's limit.
func (r *hourRow) isGap(s silence) bool {
	return r.feed.Gap > 0 && time.Duration(s.hours)*time.Hour > r.feed.Gap
}

// gaps are the silences that are longer than the source's limit; without a limit there is none.
func (r *hourRow) gaps() (list []silence) {
	for _, s := range r.silences {
		if r.isGap(s) {
			list = append(list, s)
		}
	}
	return list
}

// Causes of a silence, as far as the ledger knows them.
const (
	causeMissing = "not read"
	causePartial = "read only in part"
	causeEmpty   = "read in full; the source listed nothing"
	causeQuiet   = "read in full; no action in what it listed"
	causeFolder  = "a folder: nothing promises that there is more"
	causeNotDue  = "not yet due"
)

// cause is the worst state of the days that a silence touches.
func (f *feed) cause(s silence, asOf time.Time) string {
	if f.folder() {
		return causeFolder
	}
	seen := map[string]bool{}
	for d := s.from.UTC().Truncate(24 * time.Hour); d.Before(s.to); d = d.AddDate(0, 0, 1) {
		seen[f.day(d, d.AddDate(0, 0, 1), asOf)] = true
	}
	switch {
	case seen[dayMissing]:
		return causeMissing
	case seen[dayPartial]:
		return causePartial
	case seen[dayNotDue]:
		return causeNotDue
	case seen[dayComplete]:
		return causeQuiet
	}
	return causeEmpty
}

// verbs are the acts of a source by verb, with how they ended.
func (t *tally) ended(verb string) (done, refused, all int64) {
	for k, n := range t.acts {
		if k.verb != verb {
			continue
		}
		all += n
		switch k.outcome {
		case agenttrail.Success, agenttrail.Partial:
			done += n
		case agenttrail.Denied, agenttrail.Failure:
			refused += n
		}
	}
	return done, refused, all
}
