package cron

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// A Schedule is an alarm that rings.
type Schedule struct{ alarm cron.Schedule }

// Next is the first ring after t, in UTC.
func (s Schedule) Next(t time.Time) time.Time { return s.alarm.Next(t.UTC()).UTC() }

const maxSpec = 200 // bytes

// Years in which an alarm is tried. Rules of zones are laid down for the future as a whole, so any ten years will do.
var (
	tryFrom = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	tryTo   = time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC)
)

// ParseSchedule reads five cron fields (minute, hour, day of month, month, day of week), @daily and its sisters, or @every DURATION. Times are UTC
// unless the text begins with "CRON_TZ=ZONE ". An alarm that never rings, rings more than once a minute, or is skipped on the day when the clocks of
// its zone go forward is an error that says what to write instead.
func ParseSchedule(spec string) (Schedule, error) {
	zone, fields, err := splitZone(spec)
	if err != nil {
		return Schedule{}, fmt.Errorf("schedule %.*q: %w", maxSpec, spec, err)
	}
	alarm, err := parse(zone, fields)
	if err != nil {
		return Schedule{}, fmt.Errorf("schedule %q: %w", spec, err)
	}
	return Schedule{alarm}, nil
}

// splitZone takes the zone off. The library panics where nothing follows it, and takes the machine's zone where none is given.
func splitZone(spec string) (zone *time.Location, fields string, err error) {
	fields = strings.TrimSpace(spec)
	if fields == "" || len(fields) > maxSpec {
		return nil, "", fmt.Errorf("want five fields, like \"30 2 * * *\", in at most %d bytes", maxSpec)
	}
	name, ok := strings.CutPrefix(fields, "CRON_TZ=")
	if !ok {
		name, ok = strings.CutPrefix(fields, "TZ=")
	}
	if !ok {
		return time.UTC, fields, nil
	}
	name, fields, _ = strings.Cut(name, " ")
	fields = strings.TrimSpace(fields)
	if name == "" || name == "Local" || fields == "" {
		return nil, "", errors.New(`want a zone and then five fields, like "CRON_TZ=Europe/Berlin 30 4 * * *"`)
	}
	if zone, err = time.LoadLocation(name); err != nil {
		return nil, "", fmt.Errorf("zone %q is not known: want a name like Europe/Berlin", name)
	}
	return zone, fields, nil
}

func parse(zone *time.Location, fields string) (cron.Schedule, error) {
	if err := checkEvery(fields); err != nil {
		return nil, err
	}
	if strings.HasPrefix(fields, "CRON_TZ=") || strings.HasPrefix(fields, "TZ=") {
		return nil, errors.New("it names a second zone")
	}
	alarm, err := cron.ParseStandard("CRON_TZ=" + zone.String() + " " + fields)
	if err != nil {
		return nil, fmt.Errorf("%w (minute 0-59, hour 0-23, day 1-31, month 1-12, weekday 0-6 with Sunday 0)", err)
	}
	if alarm.Next(tryFrom).IsZero() {
		return nil, errors.New("it never rings: no such day exists")
	}
	if hole, ok := skipped(fields, alarm, zone); ok {
		return nil, fmt.Errorf("clocks in %s jump over it on %s, and it does not ring that day: leave the zone out (UTC), or take an hour that every day has", zone, hole.Format(time.DateOnly))
	}
	return alarm, nil
}

func checkEvery(fields string) error {
	text, ok := strings.CutPrefix(fields, "@every ")
	if !ok {
		return nil
	}
	every, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("%q is no duration: want one like 6h", text)
	}
	if every < time.Minute {
		return fmt.Errorf("every %s is more than once a minute: want 1m or longer", every)
	}
	return nil
}

// nearby is how soon after the clocks jumped an alarm must ring for the jump to be harmless.
const nearby = time.Hour

// skipped finds a day on which the clocks of zone jump over the alarm. The same fields in UTC say what a clock that never jumps would have rung.
func skipped(fields string, alarm cron.Schedule, zone *time.Location) (day time.Time, ok bool) {
	even, err := cron.ParseStandard("CRON_TZ=UTC " + fields)
	if err != nil || strings.HasPrefix(fields, "@every ") {
		return day, false
	}
	for t := tryFrom.In(zone); ; {
		_, jump := t.ZoneBounds()
		if jump.IsZero() || jump.After(tryTo) {
			return day, false
		}
		_, before := jump.Add(-time.Second).Zone()
		_, after := jump.Zone()
		from := jump.UTC().Add(time.Duration(before) * time.Second) // first moment on the wall that does not exist
		to := jump.UTC().Add(time.Duration(after) * time.Second)    // first one that does again
		missed := even.Next(from.Add(-time.Second)).Before(to)
		if missed && alarm.Next(jump.Add(-time.Second)).After(jump.Add(nearby)) {
			return from, true
		}
		t = jump
	}
}
