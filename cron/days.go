// Package cron knows calendars: which days of a source are over and therefore owed (Days), and whether an alarm is one that rings (ParseSchedule).
//
// An alarm says when to look and nothing else: what is owed depends on the calendar and on the ledger only. So an alarm that is late, doubled or
// skipped by a change of the clocks costs nothing but time. The package reads no clock and starts nothing.
package cron

import (
	"time"

	"agenttrail"
)

// Days are the windows that may be owed at now: the calendar days of zone, from since on, whose end lies at least lag in the past. They are in order
// of time, share their borders and leave no gap; the first begins at since itself. A day is as long as the zone makes it (23, 24 or 25 hours; a
// day that a zone left out is no window). Source is empty. The times are UTC.
func Days(since, now time.Time, lag time.Duration, zone *time.Location) (days []agenttrail.Window) {
	for w := firstDay(since, zone); !w.To.Add(lag).After(now); w = nextDay(w, zone) {
		days = append(days, w)
	}
	return days
}

// NextDue is when the first day that Days does not hold at now will be there.
func NextDue(since, now time.Time, lag time.Duration, zone *time.Location) time.Time {
	w := firstDay(since, zone)
	for !w.To.Add(lag).After(now) {
		w = nextDay(w, zone)
	}
	return w.To.Add(lag)
}

func firstDay(since time.Time, zone *time.Location) agenttrail.Window {
	since = since.UTC()
	return agenttrail.Window{From: since, To: firstStart(since, civil(since, zone), zone)}
}

func nextDay(w agenttrail.Window, zone *time.Location) agenttrail.Window {
	return agenttrail.Window{From: w.To, To: firstStart(w.To, civil(w.To, zone), zone)}
}

// firstStart is the first start of a day after t. date is the day to begin looking at.
func firstStart(t, date time.Time, zone *time.Location) time.Time {
	for ; ; date = date.AddDate(0, 0, 1) {
		if start := dayStart(date, zone); start.After(t) {
			return start
		}
	}
}

// civil is the date that a clock in zone shows at t, as midnight UTC.
func civil(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// beyondZones is more than any zone is away from UTC (Manila was nearly 16 hours).
const beyondZones = 26 * time.Hour

// dayStart is the first instant at which a clock in zone shows the date or a later one. time.Date does not say what it answers where midnight does
// not exist, so this goes through the stretches of equal offset.
func dayStart(date time.Time, zone *time.Location) time.Time {
	for t := date.Add(-beyondZones).In(zone); ; {
		_, offset := t.Zone()
		from, to := t.ZoneBounds()
		start := date.Add(-time.Duration(offset) * time.Second)
		if start.Before(from) {
			start = from.UTC()
		}
		if to.IsZero() || start.Before(to) {
			return start
		}
		t = to
	}
}
