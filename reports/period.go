package reports

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A Period is the time a report is about: half open, in UTC.
type Period struct {
	Name     string // as asked for: 2026-Q3
	From, To time.Time
}

// ErrNotYet marks a period that this version cannot make.
var ErrNotYet = errors.New("not in this version")

var (
	yearForm    = regexp.MustCompile(`^(\d{4})$`)
	monthForm   = regexp.MustCompile(`^(\d{4})-(\d{2})$`)
	quarterForm = regexp.MustCompile(`^(\d{4})-Q([1-4])$`)
	fiscalForm  = regexp.MustCompile(`^\d{4}-FQ[1-4]$`)
)

// ParsePeriod reads a year (2026), a quarter (2026-Q3), a month (2026-07) or two days, the second exclusive (2026-07-01/2026-10-01).
// A fiscal quarter is an ErrNotYet.
func ParsePeriod(s string) (Period, error) {
	if m := quarterForm.FindStringSubmatch(s); m != nil {
		quarter, _ := strconv.Atoi(m[2])
		return months(s, m[1], quarter*3-2, 3)
	}
	if m := monthForm.FindStringSubmatch(s); m != nil {
		month, _ := strconv.Atoi(m[2])
		return months(s, m[1], month, 1)
	}
	if m := yearForm.FindStringSubmatch(s); m != nil {
		return months(s, m[1], 1, 12)
	}
	if fiscalForm.MatchString(s) {
		return Period{}, fmt.Errorf("period %q: fiscal quarters: %w; name the days, like 2026-07-01/2026-10-01", s, ErrNotYet)
	}
	if from, to, ok := strings.Cut(s, "/"); ok {
		return days(s, from, to)
	}
	return Period{}, badPeriod(s)
}

func months(name, year string, month, n int) (Period, error) {
	y, err := strconv.Atoi(year)
	if err != nil || y == 0 || month < 1 || month > 12 {
		return Period{}, badPeriod(name)
	}
	from := time.Date(y, time.Month(month), 1, 0, 0, 0, 0, time.UTC)
	return Period{name, from, from.AddDate(0, n, 0)}, nil
}

func days(name, first, end string) (Period, error) {
	from, err := time.Parse(time.DateOnly, first)
	if err != nil {
		return Period{}, badPeriod(name)
	}
	to, err := time.Parse(time.DateOnly, end)
	if err != nil {
		return Period{}, badPeriod(name)
	}
	if !from.Before(to) {
		return Period{}, fmt.Errorf("period %q ends before it begins: the second day is not part of it and must be later", name)
	}
	return Period{name, from, to}, nil
}

func badPeriod(s string) error {
	return fmt.Errorf("period %q: want 2026-Q3, 2026-07, 2026 or 2026-07-01/2026-10-01", s)
}

// PreviousQuarter is the last quarter that was complete at a time.
func PreviousQuarter(at time.Time) Period {
	at = at.UTC()
	q := (int(at.Month()) - 1) / 3 // quarters of this year that are over
	year := at.Year()
	if q == 0 {
		year, q = year-1, 4
	}
	from := time.Date(year, time.Month(q*3-2), 1, 0, 0, 0, 0, time.UTC)
	return Period{fmt.Sprintf("%d-Q%d", year, q), from, from.AddDate(0, 3, 0)}
}

// Words names the first and the last day of the period.
func (p Period) Words() string {
	last := p.To.Add(-time.Nanosecond)
	from := p.From.Format("2 January 2006")
	switch {
	case p.From.Year() == last.Year() && p.From.YearDay() == last.YearDay():
		return from
	case p.From.Year() == last.Year():
		from = p.From.Format("2 January")
	}
	return from + " to " + last.Format("2 January 2006")
}

// days lists the first moments of the days that the period touches.
func (p Period) days() (list []time.Time) {
	for d := p.From.UTC().Truncate(24 * time.Hour); d.Before(p.To); d = d.AddDate(0, 0, 1) {
		list = append(list, d)
	}
	return list
}

// fileName is the period as a part of a file's name and of a report's id.
func (p Period) fileName() string {
	if before, after, ok := strings.Cut(p.Name, "/"); ok {
		return strings.ReplaceAll(before, "-", "") + "-" + strings.ReplaceAll(after, "-", "")
	}
	return strings.ReplaceAll(p.Name, "-", "")
}

// mostDaySteps is the longest period, in days, that is counted and drawn by days.
const mostDaySteps = 45

// byWeek says that the period is counted and drawn by weeks.
func (p Period) byWeek() bool { return len(p.days()) > mostDaySteps }

// steps are the first days of the days or weeks (from Monday) that the period is counted by.
func (p Period) steps() (list []time.Time) {
	for i, d := range p.days() {
		if i == 0 || !p.byWeek() || d.Weekday() == time.Monday {
			list = append(list, d)
		}
	}
	return list
}
