// Package cron knows calendars: which windows of a source are over (Calendar), which of them are owed, looked at again, final or lost (Plan), and
// whether an alarm is one that rings (ParseSchedule).
//
// An alarm says when to look and nothing else: what is owed depends on the calendar and on the ledger only. So an alarm that is late, doubled or
// skipped by a change of the clocks costs nothing but time. The package reads no clock and starts nothing.
package cron

import (
	"time"

	"agenttrail"
)

// A Calendar cuts the time of a source into windows: the calendar days of a zone, or the hours of UTC. They share their borders and leave no gap; the
// first begins at Since itself.
type Calendar struct {
	Since time.Time
	Hours bool           // else days
	Zone  *time.Location // of the days
	Lag   time.Duration  // how long after its end a window is asked for
}

// Over are the windows that may be owed at now, in order of time: those whose end lies at least Lag in the past. A day is as long as the zone makes it
// (23, 24 or 25 hours; a day that a zone left out is no window). Source is empty. The times are UTC.
func (c Calendar) Over(now time.Time) (list []agenttrail.Window) {
	for w := c.first(); !w.To.Add(c.Lag).After(now); w = c.next(w) {
		list = append(list, w)
	}
	return list
}

// Next is when the first window that Over does not hold at now will be there.
func (c Calendar) Next(now time.Time) time.Time {
	w := c.first()
	for !w.To.Add(c.Lag).After(now) {
		w = c.next(w)
	}
	return w.To.Add(c.Lag)
}

// Touching are the windows that share time with [from, to), over or not.
func (c Calendar) Touching(from, to time.Time) (list []agenttrail.Window) {
	for w := c.first(); w.From.Before(to); w = c.next(w) {
		if w.To.After(from) {
			list = append(list, w)
		}
	}
	return list
}

func (c Calendar) first() agenttrail.Window {
	since := c.Since.UTC()
	if c.Hours {
		return agenttrail.Window{From: since, To: since.Truncate(time.Hour).Add(time.Hour)}
	}
	return agenttrail.Window{From: since, To: firstStart(since, civil(since, c.Zone), c.Zone)}
}

func (c Calendar) next(w agenttrail.Window) agenttrail.Window {
	if c.Hours {
		return agenttrail.Window{From: w.To, To: w.To.Add(time.Hour)}
	}
	return agenttrail.Window{From: w.To, To: firstStart(w.To, civil(w.To, c.Zone), c.Zone)}
}
