package reports

import (
	"errors"
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
		p, err := ParsePeriod(c.in)
		if err != nil || day(p.From) != c.from || day(p.To) != c.to || p.Words() != c.words {
			t.Errorf("ParsePeriod(%q) = %s to %s, %q, %v; want %s to %s, %q", c.in, day(p.From), day(p.To), p.Words(), err, c.from, c.to, c.words)
		}
	}
	for _, bad := range []string{"", "2026-Q5", "2026-13", "2026-00", "0000", "26-Q1", "2026-07-02/2026-07-01", "2026-07-01/2026-07-01", "2026-07-01/", "2026-Q3 ", "2026-02-30/2026-03-01"} {
		if p, err := ParsePeriod(bad); err == nil {
			t.Errorf("ParsePeriod(%q) = %v, want an error", bad, p)
		}
	}
	if _, err := ParsePeriod("2026-FQ3"); !errors.Is(err, ErrNotYet) {
		t.Errorf("ParsePeriod(2026-FQ3): got %v, want ErrNotYet", err)
	}
}

func TestPreviousQuarter(t *testing.T) {
	for now, want := range map[string]string{"2026-01-01": "2025-Q4", "2026-03-31": "2025-Q4", "2026-04-01": "2026-Q1", "2026-12-31": "2026-Q3"} {
		at, _ := time.Parse(time.DateOnly, now)
		p := PreviousQuarter(at)
		if same, err := ParsePeriod(p.Name); p.Name != want || err != nil || same != p {
			t.Errorf("PreviousQuarter(%s) = %v, want %s", now, p, want)
		}
	}
}

// TestStretches: whatever the instants, the stretches tile the period.

func TestStretches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, _ := ParsePeriod("2026-07")
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
