package reports

import (
	"testing"
	"time"

	"agenttrail"
)

func TestDayStates(t *testing.T) {
	d := at("07-10 00:00")
	closed := func(from, to time.Time, result string) agenttrail.WindowState {
		return agenttrail.WindowState{Window: agenttrail.Window{From: from, To: to}, State: agenttrail.WindowClosed, Result: result}
	}
	next := d.AddDate(0, 0, 1)
	open := closed(d, next, "")
	open.State = agenttrail.WindowOpen
	lacking := closed(d, next, "complete")
	lacking.State, lacking.Failed = agenttrail.WindowAmended, []string{"s3://example-logs/late: timeout"}
	for _, c := range []struct {
		name    string
		windows []agenttrail.WindowState
		since   time.Time
		asOf    time.Time
		want    string
	}{
		{"complete", []agenttrail.WindowState{closed(d, next, "complete")}, d, next.AddDate(0, 1, 0), dayComplete},
		{"empty", []agenttrail.WindowState{closed(d.AddDate(0, 0, -1), next.AddDate(0, 0, 3), "empty")}, d, next.AddDate(0, 1, 0), dayEmpty},
		{"open", []agenttrail.WindowState{open}, d, next.AddDate(0, 1, 0), dayPartial},
		{"open, then closed", []agenttrail.WindowState{open, closed(d, next, "complete")}, d, next.AddDate(0, 1, 0), dayComplete},
		{"amended, and something failed", []agenttrail.WindowState{lacking}, d, next.AddDate(0, 1, 0), dayPartial},
		{"lost", []agenttrail.WindowState{closed(d, next, "lost")}, d, next.AddDate(0, 1, 0), dayLost},
		{"nothing", nil, d.AddDate(0, 0, -5), next.AddDate(0, 1, 0), dayMissing},
		{"not over", nil, d, d.Add(time.Hour), dayNotDue},
		{"over, inside the delay", nil, d, next.Add(time.Hour), dayNotDue},
		{"before since", nil, next, next.AddDate(0, 1, 0), dayBefore},
		{"two windows of another zone", []agenttrail.WindowState{closed(d.Add(-2*time.Hour), d.Add(22*time.Hour), "empty"), closed(d.Add(22*time.Hour), d.Add(46*time.Hour), "complete")}, d.AddDate(0, 0, -5), next.AddDate(0, 1, 0), dayComplete},
		{"a hole of an hour", []agenttrail.WindowState{closed(d, d.Add(10*time.Hour), "complete"), closed(d.Add(11*time.Hour), next, "complete")}, d, next.AddDate(0, 1, 0), dayMissing},
		{"since the afternoon", []agenttrail.WindowState{closed(d.Add(15*time.Hour), next, "complete")}, d.Add(15 * time.Hour), next.AddDate(0, 1, 0), dayComplete},
	} {
		f := &feed{Source: Source{Name: "s", Kind: "s3", Since: c.since, Lag: 24 * time.Hour}}
		for _, w := range c.windows {
			f.window(w)
		}
		if got := f.day(d, d.AddDate(0, 0, 1), c.asOf); got != c.want {
			t.Errorf("day(%s): got %q, want %q", c.name, got, c.want)
		}
	}
}
