package cron

import (
	"time"

	"agenttrail"
)

// A Plan says what a source owes. It remembers nothing: the calendar says which windows there are, and the newest words of the ledger about them say
// what was paid.
type Plan struct {
	Calendar
	Source   string
	LookBack time.Duration // so long after a window is due it is listed again by every run
	Sweep    time.Duration // so long it is listed again once a week; 0: not beyond LookBack
	Kept     time.Duration // how long the source keeps data; 0: for ever
}

// Owed are the windows that are over and were not closed, oldest first. said are the newest words of the ledger about the source's windows.
func (p Plan) Owed(now time.Time, said []agenttrail.WindowState) []agenttrail.Window {
	words := lookup(said)
	return p.choose(p.Over(now), func(w agenttrail.Window) bool { s := words.about(w); return !s.Settled() })
}

// Due are the windows that a run at now lists, oldest first: those owed, those in the look-back, and those whose look-back has passed and that are
// listed a last time to become final.
func (p Plan) Due(now time.Time, said []agenttrail.WindowState) []agenttrail.Window {
	words := lookup(said)
	return p.choose(p.Over(now), func(w agenttrail.Window) bool { s := words.about(w); return p.due(now, w, &s) })
}

func (p Plan) due(now time.Time, w agenttrail.Window, s *agenttrail.WindowState) bool {
	const day = 24 * time.Hour
	age := now.Sub(w.To.Add(p.Lag))
	switch {
	case !s.Settled() || age <= p.LookBack:
		return true
	case age <= p.Sweep: // once a week, by the age of the window: no run has to remember when the last sweep was
		return int64(age/day)%7 == 0
	}
	return !s.Final
}

// Within are the windows over that share time with [from, to), whatever was said about them: a backfill. A zero time is no bound.
func (p Plan) Within(now, from, to time.Time) []agenttrail.Window {
	return p.choose(p.Over(now), func(w agenttrail.Window) bool {
		return w.To.After(from) && (to.IsZero() || w.From.Before(to))
	})
}

// Running are the windows that share time with [from, now) and are not due yet: what can be pulled of them is provisional.
func (p Plan) Running(now, from time.Time) []agenttrail.Window {
	return p.choose(p.Touching(from, now), func(w agenttrail.Window) bool { return w.To.Add(p.Lag).After(now) })
}

// FinalUpTo is the end of the last windows that a run at now may call final: their look-back has passed.
func (p Plan) FinalUpTo(now time.Time) time.Time {
	return now.Add(-p.Lag - max(p.LookBack, p.Sweep))
}

// KeptSince is from when on the source still has everything at now. A window that begins before it and was not read in time is lost. Zero: always.
func (p Plan) KeptSince(now time.Time) time.Time {
	if p.Kept == 0 {
		return time.Time{}
	}
	return now.Add(-p.Kept)
}

// LostAfter is when the source begins to forget w; zero: never.
func (p Plan) LostAfter(w agenttrail.Window) time.Time {
	if p.Kept == 0 {
		return time.Time{}
	}
	return w.From.Add(p.Kept)
}

func (p Plan) choose(windows []agenttrail.Window, wanted func(agenttrail.Window) bool) (list []agenttrail.Window) {
	for _, w := range windows {
		if w.Source = p.Source; wanted(w) {
			list = append(list, w)
		}
	}
	return list
}

// words finds the newest word about a window.
type words struct {
	own  map[string]agenttrail.WindowState // by the key of the window
	wide []agenttrail.WindowState          // over several empty windows
}

func lookup(said []agenttrail.WindowState) words {
	w := words{own: make(map[string]agenttrail.WindowState, len(said))}
	for _, s := range said {
		w.own[s.Key()] = s
		if s.Result == agenttrail.ResultEmpty && !s.Standing() {
			w.wide = append(w.wide, s)
		}
	}
	return w
}

// about is the newest word about w; the zero word when there is none.
func (l words) about(w agenttrail.Window) agenttrail.WindowState {
	newest := l.own[w.Key()]
	for i := range l.wide {
		s := &l.wide[i]
		if s.Number > newest.Number && !s.From.After(w.From) && !s.To.Before(w.To) {
			newest = *s
		}
	}
	return newest
}
