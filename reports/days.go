package reports

import (
	"slices"
	"strings"
	"time"

	"agenttrail"
)

// States of a source on a day.
const (
	dayComplete = "complete"
	dayEmpty    = "empty"
	dayPartial  = "partial"
	dayMissing  = DayMissing
	dayLost     = DayLost
	dayNotDue   = "not yet due"
	dayBefore   = "before collection"
	dayFiles    = "files" // a folder promises no days: it has actions of that day
)

// DayLost is the state of a day that the source forgot before it was read.
const DayLost = "lost"

// DayMissing is the state of a day that is due and was not read.
const DayMissing = "missing"

// dayStates is the legend of the matrix.
var dayStates = []StripState{
	{"complete", "C", ToneGood}, {"empty", "E", ToneStrong}, {"partial", "P", ToneWarn}, {"missing", "M", ToneBad}, {"lost", "L", ToneBad}, {"not yet due", "n", ToneMuted},
	{"before collection", "b", ToneMuted}, {"files", "F", ToneGood},
}

// A dayRow is one source through the days of the period. "" is a day without a promise: of a folder, or of a source that the config lacks.
type dayRow struct {
	feed   *feed
	states []string
}

// coverageDays says for each source and day what was read.
func (a *account) coverageDays() (rows []dayRow) {
	days := a.in.Period.days()
	for _, f := range a.book.feeds {
		r := dayRow{feed: f}
		for _, d := range days {
			r.states = append(r.states, f.day(d, a.in.Period.dayAfter(d), a.in.Cite.Time))
		}
		rows = append(rows, r)
	}
	return rows
}

// day is the state of one day. Windows of other zones and lengths cover it in pieces: it is what the worst of them is.
func (f *feed) day(from, to, asOf time.Time) string {
	if f.folder() {
		return f.folderDay(from)
	}
	if !f.Since.IsZero() && !to.After(f.Since) {
		return dayBefore
	}
	if from.Before(f.Since) {
		from = f.Since
	}
	open, lost, complete, reached := false, false, false, from
	for _, w := range f.windows {
		if w.Standing() || !w.From.Before(to) || !from.Before(w.To) {
			continue
		}
		open = open || w.Partial()
		lost = lost || w.Result == agenttrail.ResultLost
		complete = complete || w.Result != "empty"
		if !w.From.After(reached) && w.To.After(reached) {
			reached = w.To
		}
	}
	switch {
	case lost:
		return dayLost
	case open:
		return dayPartial
	case reached.Before(to) && to.Add(f.Lag).After(asOf):
		return dayNotDue
	case reached.Before(to):
		return dayMissing
	case complete:
		return dayComplete
	}
	return dayEmpty
}

func (f *feed) folder() bool {
	return f.Standing() || slices.ContainsFunc(f.windows, func(w agenttrail.WindowState) bool { return w.Standing() })
}

func (f *feed) folderDay(day time.Time) string {
	open := slices.ContainsFunc(f.windows, func(w agenttrail.WindowState) bool { return w.Standing() && w.State == agenttrail.WindowOpen })
	switch {
	case f.days[day.Format(time.DateOnly)] == 0:
		return ""
	case open:
		return dayPartial
	}
	return dayFiles
}

// dayCount adds up the states of all sources.
type dayCount struct{ due, read, partial, missing, notDue int64 }

func (a *account) dayCount() (n dayCount) {
	for _, r := range a.days {
		c := r.count()
		n.due += c.due
		n.read += c.read
		n.partial += c.partial
		n.missing += c.missing
		n.notDue += c.notDue
	}
	return n
}

func (r dayRow) count() (n dayCount) {
	for _, s := range r.states {
		switch s {
		case dayComplete, dayEmpty:
			n.read++
		case dayPartial:
			n.partial++
		case dayMissing, dayLost:
			n.missing++
		case dayNotDue:
			n.notDue++
		}
	}
	if r.feed.folder() {
		return dayCount{}
	}
	n.due = n.read + n.partial + n.missing
	return n
}

// openFolders are the folders with files that could not be fetched.
func (a *account) openFolders() (names []string) {
	for _, f := range a.book.feeds {
		for _, w := range f.windows {
			if w.Standing() && w.State == agenttrail.WindowOpen {
				names = append(names, f.Name)
			}
		}
	}
	return names
}

// How far the logs see a system that agents reach.
const (
	reachCovered = "covered"
	reachErrors  = "only errors are logged"
	reachGaps    = "days are missing"
	reachNone    = "no log"
)

// A reached system is one that agents may act on, or did.
type reached struct {
	system   string
	how      []string // how we know: actions of agents, register
	agents   []string
	first    time.Time // first seen in the period; zero: never
	sources  []*feed   // that cover it
	state    string
	declared *NoSource
}

// reachWithoutLog lists the systems of the register and of the agents' actions, with what covers them.
func (a *account) reachWithoutLog() []reached {
	bySystem := map[string]*reached{}
	at := func(system string) *reached {
		r, ok := bySystem[system]
		if !ok {
			r = &reached{system: system}
			bySystem[system] = r
		}
		return r
	}
	for _, g := range a.in.Agents {
		for _, system := range g.Systems {
			if !a.in.inPart(system) {
				continue
			}
			at(system).know("register", g.ID, time.Time{})
		}
	}
	for i := range a.groups.lines {
		if c := &a.groups.lines[i]; c.agent != "" && c.system != "" {
			at(c.system).know("actions", c.agent, c.first)
		}
	}
	var list []reached
	for _, r := range bySystem {
		slices.Sort(r.how)
		slices.Sort(r.agents)
		a.cover(r)
		list = append(list, *r)
	}
	slices.SortFunc(list, func(x, y reached) int { return strings.Compare(x.system, y.system) })
	return list
}

func (r *reached) know(how, agent string, first time.Time) {
	if !slices.Contains(r.how, how) {
		r.how = append(r.how, how)
	}
	if !slices.Contains(r.agents, agent) {
		r.agents = append(r.agents, agent)
	}
	if !first.IsZero() && (r.first.IsZero() || first.Before(r.first)) {
		r.first = first
	}
}

// cover finds the sources of a system. It is only as well covered as the best of them.
func (a *account) cover(r *reached) {
	for i := range a.in.NoSource {
		if a.in.NoSource[i].System == r.system {
			r.declared = &a.in.NoSource[i]
		}
	}
	r.state = reachNone
	rank := []string{reachNone, reachErrors, reachGaps, reachCovered}
	for _, d := range a.days {
		if !d.feed.configured || !d.feed.covers(r.system) {
			continue
		}
		r.sources = append(r.sources, d.feed)
		state := reachCovered
		switch n := d.count(); {
		case d.feed.errorsOnly():
			state = reachErrors
		case n.missing+n.partial > 0:
			state = reachGaps
		}
		if slices.Index(rank, state) > slices.Index(rank, r.state) {
			r.state = state
		}
	}
}

func (s Source) covers(system string) bool {
	return slices.ContainsFunc(s.Systems, func(c string) bool { return c == system || strings.HasPrefix(system, c+".") })
}
