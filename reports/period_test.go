package reports

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParsePeriod(t *testing.T) {
	for _, c := range []struct{ in, from, to, words string }{
		{"2026-Q3", "2026-07-01", "2026-10-01", "1 July to 30 September 2026"},
		{"2026-Q4", "2026-10-01", "2027-01-01", "1 October to 31 December 2026"},
		{"2026-02", "2026-02-01", "2026-03-01", "1 February to 28 February 2026"},
		{"2026", "2026-01-01", "2027-01-01", "1 January to 31 December 2026"},
		{"2025-12-31/2026-01-02", "2025-12-31", "2026-01-02", "31 December 2025 to 1 January 2026"},
		{"2026-07-01/2026-07-02", "2026-07-01", "2026-07-02", "1 July 2026"},
	} {
		p, err := Calendar{}.Parse(c.in)
		if err != nil || day(p.From) != c.from || day(p.To) != c.to || p.Words() != c.words {
			t.Errorf("ParsePeriod(%q) = %s to %s, %q, %v; want %s to %s, %q", c.in, day(p.From), day(p.To), p.Words(), err, c.from, c.to, c.words)
		}
	}
	for _, bad := range []string{"", "2026-Q5", "2026-13", "2026-00", "0000", "26-Q1", "2026-07-02/2026-07-01", "2026-07-01/2026-07-01", "2026-07-01/", "2026-Q3 ", "2026-02-30/2026-03-01"} {
		if p, err := (Calendar{}).Parse(bad); err == nil {
			t.Errorf("ParsePeriod(%q) = %v, want an error", bad, p)
		}
	}
}

// TestCalendar: fiscal quarters are named by the year in which their fiscal year ends, and local days are written in UTC.
func TestCalendar(t *testing.T) {
	zone := func(name string) *time.Location {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	berlin, cairo, apia := zone("Europe/Berlin"), zone("Africa/Cairo"), zone("Pacific/Apia")
	for _, c := range []struct {
		in       Calendar
		name     string
		from, to string
		words    string
		days     int
	}{
		{Calendar{}, "2026-FQ3", "2026-07-01 00:00:00", "2026-10-01 00:00:00", "1 July to 30 September 2026, Coordinated Universal Time (UTC); fiscal quarter 3 of the fiscal year that ends on 31 December 2026", 92},
		{Calendar{FiscalStart: time.April}, "2027-FQ4", "2027-01-01 00:00:00", "2027-04-01 00:00:00", "1 January to 31 March 2027, Coordinated Universal Time (UTC); fiscal quarter 4 of the fiscal year that ends on 31 March 2027", 90},
		{Calendar{FiscalStart: time.October}, "2026-FQ1", "2025-10-01 00:00:00", "2026-01-01 00:00:00", "1 October to 31 December 2025, Coordinated Universal Time (UTC); fiscal quarter 1 of the fiscal year that ends on 30 September 2026", 92},
		{Calendar{Zone: berlin}, "2026-Q4", "2026-09-30 22:00:00", "2026-12-31 23:00:00", "1 October to 31 December 2026, local days of Europe/Berlin; in UTC from 2026-09-30 22:00:00 (local UTC+02:00) to 2026-12-31 23:00:00 (local UTC+01:00), the end not included", 92},
		{Calendar{Zone: berlin, FiscalStart: time.July}, "2026-FQ1", "2025-06-30 22:00:00", "2025-09-30 22:00:00", "1 July to 30 September 2025, local days of Europe/Berlin; in UTC from 2025-06-30 22:00:00 (local UTC+02:00) to 2025-09-30 22:00:00 (local UTC+02:00), the end not included; fiscal quarter 1 of the fiscal year that ends on 30 June 2026", 92},
		{Calendar{Zone: cairo}, "2026-04-24/2026-04-25", "2026-04-23 22:00:00", "2026-04-24 21:00:00", "24 April 2026, local days of Africa/Cairo; in UTC from 2026-04-23 22:00:00 (local UTC+03:00) to 2026-04-24 21:00:00 (local UTC+03:00), the end not included", 1},                  // midnight is jumped over
		{Calendar{Zone: apia}, "2011-12-29/2012-01-01", "2011-12-29 10:00:00", "2011-12-31 10:00:00", "29 December to 31 December 2011, local days of Pacific/Apia; in UTC from 2011-12-29 10:00:00 (local UTC-10:00) to 2011-12-31 10:00:00 (local UTC+14:00), the end not included", 2}, // the 30th was left out
	} {
		p, err := c.in.Parse(c.name)
		if err != nil || moment(p.From) != c.from || moment(p.To) != c.to || p.wholeWords() != c.words || len(p.days()) != c.days {
			t.Errorf("Calendar%v.Parse(%q) = %s to %s, %q, %d days, %v; want %s to %s, %q, %d days", c.in, c.name, moment(p.From), moment(p.To), p.wholeWords(), len(p.days()), err, c.from, c.to, c.words, c.days)
		}
	}
	now := time.Date(2026, 9, 30, 22, 30, 0, 0, time.UTC)
	if p := (Calendar{Zone: berlin}).PreviousQuarter(now); p.Name != "2026-Q3" || p.fileName() != "2026Q3-Europe-Berlin" {
		t.Errorf("PreviousQuarter(%s) in Berlin = %q, file %q, want 2026-Q3, 2026Q3-Europe-Berlin", now, p.Name, p.fileName())
	}
}

// TestDays: in every zone the days of a period tile it, each begins where its date does, and none is longer than two dates.
func TestDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "America/Sao_Paulo", "Africa/Cairo", "Pacific/Apia", "Asia/Kathmandu", "America/Havana", "Australia/Lord_Howe"}).Draw(t, "zone")
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		from := firstOf(rapid.IntRange(1995, 2030).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"))
		p := Calendar{Zone: zone}.between("x", from, from.AddDate(0, 0, rapid.IntRange(1, 40).Draw(t, "days")))
		days := p.days()
		for i, d := range days {
			next := p.To
			if i+1 < len(days) {
				next = days[i+1]
			}
			before := d.Add(-time.Second)
			if !p.dayAfter(d).Equal(next) || before.Format(time.DateOnly) == d.Format(time.DateOnly) || next.Sub(d) > 26*time.Hour {
				t.Fatalf("%s, %v: day %d begins %v, the next %v, want %v", name, p, i, d, p.dayAfter(d), next)
			}
		}
		if !days[0].Equal(p.From) {
			t.Fatalf("%s: the first day begins %v, want %v", name, days[0], p.From)
		}
	})
}

func TestPreviousQuarter(t *testing.T) {
	for now, want := range map[string]string{"2026-01-01": "2025-Q4", "2026-03-31": "2025-Q4", "2026-04-01": "2026-Q1", "2026-12-31": "2026-Q3"} {
		at, _ := time.Parse(time.DateOnly, now)
		p := Calendar{}.PreviousQuarter(at)
		if same, err := (Calendar{}).Parse(p.Name); p.Name != want || err != nil || same != p {
			t.Errorf("PreviousQuarter(%s) = %v, want %s", now, p, want)
		}
	}
}

// TestStretches: whatever the instants, the stretches tile the period.

func TestStretches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, _ := Calendar{}.Parse("2026-07")
		var changes []time.Time
		for _, h := range rapid.SliceOf(rapid.IntRange(-100, 900)).Draw(t, "hours") {
			changes = append(changes, p.From.Add(time.Duration(h)*time.Hour))
		}
		reached := p.From
		for _, s := range stretches(p, sorted(changes)) {
			if !s.From.Equal(reached) || !s.From.Before(s.To) {
				t.Fatalf("stretches(%v): %v begins at %v, want %v", changes, s, s.From, reached)
			}
			reached = s.To
		}
		if !reached.Equal(p.To) {
			t.Fatalf("stretches(%v) end at %v, want %v", changes, reached, p.To)
		}
	})
}

func sorted(times []time.Time) []time.Time {
	for i := range times {
		for k := i; k > 0 && times[k].Before(times[k-1]); k-- {
			times[k], times[k-1] = times[k-1], times[k]
		}
	}
	return times
}
