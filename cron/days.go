package cron

import "time"

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
