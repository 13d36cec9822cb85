package reports

import (
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
	Zone     *time.Location // whose days it is made of; nil: UTC
	Fiscal   string         // which fiscal quarter it is, in words; empty: none was asked for
}

// A Calendar says what the name of a period means. The zero value is UTC, with fiscal years that are calendar years.
type Calendar struct {
	Zone        *time.Location // of days; nil: UTC
	FiscalStart time.Month     // first month of the fiscal year, which is named by the year it ends in; 0: January
}

var (
	yearForm    = regexp.MustCompile(`^(\d{4})$`)
	monthForm   = regexp.MustCompile(`^(\d{4})-(\d{2})$`)
	quarterForm = regexp.MustCompile(`^(\d{4})-Q([1-4])$`)
	fiscalForm  = regexp.MustCompile(`^(\d{4})-FQ([1-4])$`)
)

// Parse reads a year (2026), a quarter (2026-Q3), a fiscal quarter (2026-FQ3), a month (2026-07) or two days, the second exclusive
// (2026-07-01/2026-10-01).
func (c Calendar) Parse(s string) (Period, error) {
	if m := quarterForm.FindStringSubmatch(s); m != nil {
		return c.months(s, m[1], int(m[2][0]-'0')*3-2, 3)
	}
	if m := fiscalForm.FindStringSubmatch(s); m != nil {
		return c.fiscal(s, m[1], int(m[2][0]-'0'))
	}
	if m := monthForm.FindStringSubmatch(s); m != nil {
		month, _ := strconv.Atoi(m[2])
		return c.months(s, m[1], month, 1)
	}
	if m := yearForm.FindStringSubmatch(s); m != nil {
		return c.months(s, m[1], 1, 12)
	}
	if from, to, ok := strings.Cut(s, "/"); ok {
		return c.days(s, from, to)
	}
	return Period{}, badPeriod(s)
}

func (c Calendar) months(name, year string, month, n int) (Period, error) {
	y, err := strconv.Atoi(year)
	if err != nil || y == 0 || month < 1 || month > 12 {
		return Period{}, badPeriod(name)
	}
	return c.between(name, firstOf(y, month), firstOf(y, month+n)), nil
}

// fiscal is a quarter of the fiscal year that ends in a year.
func (c Calendar) fiscal(name, year string, quarter int) (Period, error) {
	y, err := strconv.Atoi(year)
	if err != nil || y < 2 {
		return Period{}, badPeriod(name)
	}
	first := max(int(c.FiscalStart), 1)
	if first > 1 {
		y--
	}
	month := first + 3*(quarter-1)
	p := c.between(name, firstOf(y, month), firstOf(y, month+3))
	p.Fiscal = fmt.Sprintf("fiscal quarter %d of the fiscal year that ends on %s", quarter, firstOf(y, first+12).AddDate(0, 0, -1).Format("2 January 2006"))
	return p, nil
}

// firstOf is the first day of a month; the months of later years go on counting.
func firstOf(year, month int) time.Time {
	return time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC)
}

func (c Calendar) days(name, first, end string) (Period, error) {
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
	return c.between(name, from, to), nil
}

// between is the period from one day to the day before another.
func (c Calendar) between(name string, from, to time.Time) Period {
	return Period{Name: name, From: dayStart(from, c.Zone), To: dayStart(to, c.Zone), Zone: c.Zone}
}

// dayStart is the first instant of a date in a zone, in UTC. Where the clocks jump over midnight it is the end of the jump, where they show
// it twice the first time.
func dayStart(day time.Time, zone *time.Location) time.Time {
	y, m, d := day.Date()
	if zone == nil {
		zone = time.UTC
	}
	t := time.Date(y, m, d, 0, 0, 0, 0, zone)
	begun, end := t.ZoneBounds()
	if t.Format(time.DateOnly) < day.Format(time.DateOnly) {
		return end.UTC()
	}
	if !begun.IsZero() {
		_, now := t.Zone()
		_, before := begun.Add(-time.Nanosecond).Zone()
		if first := t.Add(time.Duration(now-before) * time.Second); first.Before(begun) && first.Format(time.DateTime) == t.Format(time.DateTime) {
			return first.UTC()
		}
	}
	return t.UTC()
}

func badPeriod(s string) error {
	return fmt.Errorf("period %q: want 2026-Q3, 2026-FQ3, 2026-07, 2026 or 2026-07-01/2026-10-01", s)
}

// PreviousQuarter is the last quarter that was complete at a time.
func (c Calendar) PreviousQuarter(at time.Time) Period {
	at = at.In(Period{Zone: c.Zone}.location())
	q := (int(at.Month()) - 1) / 3 // quarters of this year that are over
	year := at.Year()
	if q == 0 {
		year, q = year-1, 4
	}
	return c.between(fmt.Sprintf("%d-Q%d", year, q), firstOf(year, q*3-2), firstOf(year, q*3+1))
}

func (p Period) location() *time.Location {
	if p.Zone == nil {
		return time.UTC
	}
	return p.Zone
}

// local says that the days of the period are not those of UTC.
func (p Period) local() bool { return p.location() != time.UTC }

// zoneName is the zone as captions name it.
func (p Period) zoneName() string { return p.location().String() }

// queryZone is the zone as a question names it; empty is UTC.
func (p Period) queryZone() string {
	if !p.local() {
		return ""
	}
	return p.Zone.String()
}

// in is a time as the clocks of the period show it.
func (p Period) in(t time.Time) time.Time { return t.In(p.location()) }

// wholeWords name the period with its zone; the borders of local days are written in UTC too.
func (p Period) wholeWords() string {
	words := p.Words() + ", Coordinated Universal Time (UTC)"
	if p.local() {
		words = fmt.Sprintf("%s, local days of %s; in UTC from %s (local UTC%s) to %s (local UTC%s), the end not included", p.Words(), p.Zone, moment(p.From), p.in(p.From).Format("-07:00"), moment(p.To), p.in(p.To).Format("-07:00"))
	}
	if p.Fiscal != "" {
		words += "; " + p.Fiscal
	}
	return words
}

// Words names the first and the last day of the period.
func (p Period) Words() string {
	first, last := p.in(p.From), p.in(p.To.Add(-time.Nanosecond))
	from := first.Format("2 January 2006")
	switch {
	case first.Year() == last.Year() && first.YearDay() == last.YearDay():
		return from
	case first.Year() == last.Year():
		from = first.Format("2 January")
	}
	return from + " to " + last.Format("2 January 2006")
}

// days lists the first moments of the days of its zone that the period touches, as the clocks there show them. A date that the zone left out
// is no day.
func (p Period) days() (list []time.Time) {
	y, m, d := p.in(p.From).Date()
	for day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC); ; day = day.AddDate(0, 0, 1) {
		start := p.in(dayStart(day, p.Zone))
		if !start.Before(p.To) {
			return list
		}
		if len(list) == 0 || start.After(list[len(list)-1]) {
			list = append(list, start)
		}
	}
}

// dayAfter is the first moment of the day behind that of an instant.
func (p Period) dayAfter(t time.Time) time.Time {
	y, m, d := p.in(t).Date()
	return dayStart(time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC), p.Zone)
}

// fileName is the period as a part of a file's name and of a report's id.
func (p Period) fileName() string {
	name := strings.ReplaceAll(strings.ReplaceAll(p.Name, "-", ""), "/", "-")
	if p.local() {
		name += "-" + strings.ReplaceAll(p.Zone.String(), "/", "-")
	}
	return name
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
