package reports

import (
	"context"
	"time"

	"agenttrail"
)

// A Watched source is what a look at some days says of it.
type Watched struct {
	Name        string
	Days        []string // state of each day of the period, as the coverage report names them; "": nothing is promised
	Hours, Read int64    // hours with an action, of the hours that were read
	Gaps        []Gap    // silences beyond the source's limit
	ErrorsOnly  bool     // no success among its actions
	Actions     int64
	LastAction  time.Time // hour of the newest action of the period; zero: none
}

// A Gap is a silence that is longer than its source's limit.
type Gap struct {
	From, To time.Time
	Cause    string
}

// Watch says what is known of each source's last days without judging anything: it is asked often. in needs Facts, Entries, Cite, Period and Sources;
// Cite.Time is now. What was not read yet is no silence.
func Watch(ctx context.Context, in Input) ([]Watched, error) {
	b, err := readBook(&in)
	if err != nil {
		return nil, err
	}
	if err := countPopulation(ctx, &asker{facts: in.Facts, before: in.Cite.Size}, b, in.Period); err != nil {
		return nil, err
	}
	a := &account{in: &in, book: b}
	var list []Watched
	for _, row := range a.coverageDays() {
		f := row.feed
		w := Watched{Name: f.Name, Days: row.states, ErrorsOnly: f.errorsOnly(), Actions: f.actions}
		hours := a.hoursOf(f, f.readTo(in.Cite.Time))
		w.Hours, w.Read = hours.with, hours.expected
		for i, n := range hours.counts {
			if n > 0 {
				w.LastAction = hours.from.Add(time.Duration(i) * time.Hour)
			}
		}
		for _, s := range hours.gaps() {
			w.Gaps = append(w.Gaps, Gap{s.from, s.to, s.cause})
		}
		list = append(list, w)
	}
	return list, nil
}

// readTo is up to when the source was read: the end of its newest closed window; of a folder, now.
func (f *feed) readTo(now time.Time) (to time.Time) {
	if f.folder() {
		return now
	}
	for i := range f.windows {
		if w := &f.windows[i]; w.State != agenttrail.WindowOpen && w.To.After(to) {
			to = w.To
		}
	}
	return to
}

// DayLetter is the letter that stands for the state of a day in a matrix; a point where nothing is promised.
func DayLetter(state string) string {
	for _, s := range dayStates {
		if s.Name == state {
			return s.Letter
		}
	}
	return "."
}
