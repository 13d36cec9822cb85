package cron

import (
	"archive/zip"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones where the machine has none

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"agenttrail"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatalf("zone %s: %v", name, err)
	}
	return z
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDays(t *testing.T) {
	cases := []struct {
		name, zone, since, now string
		lag                    time.Duration
		want                   []string // borders
	}{
		{"no day is over", "UTC", "2026-11-02T00:00:00Z", "2026-11-02T23:59:59Z", 0, nil},
		{"over at once", "UTC", "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z", 0, []string{"2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z"}},
		{"lag not passed", "UTC", "2026-11-02T00:00:00Z", "2026-11-03T00:29:59Z", 30 * time.Minute, nil},
		{"lag passed", "UTC", "2026-11-02T00:00:00Z", "2026-11-03T00:30:00Z", 30 * time.Minute, []string{"2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z"}},
		{"since inside a day", "UTC", "2026-11-02T10:00:00Z", "2026-11-04T00:00:00Z", 0,
			[]string{"2026-11-02T10:00:00Z", "2026-11-03T00:00:00Z", "2026-11-04T00:00:00Z"}},
		{"since in the future", "UTC", "2027-01-01T00:00:00Z", "2026-11-04T00:00:00Z", 0, nil},
		{"23 hours in Berlin", "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 0,
			[]string{"2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"}},
		{"25 hours in Berlin", "Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 0,
			[]string{"2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"}},
		{"no midnight in Sao Paulo", "America/Sao_Paulo", "2018-11-03T03:00:00Z", "2018-11-05T02:00:00Z", 0,
			[]string{"2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"}},
		{"two midnights in Havana", "America/Havana", "2025-11-01T04:00:00Z", "2025-11-03T05:00:00Z", 0,
			[]string{"2025-11-01T04:00:00Z", "2025-11-02T04:00:00Z", "2025-11-03T05:00:00Z"}},
		{"Apia left out 30 December 2011", "Pacific/Apia", "2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z", 0,
			[]string{"2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for i, w := range (Calendar{Since: at(t, c.since), Lag: c.lag, Zone: zone(t, c.zone)}).Over(at(t, c.now)) {
				if i == 0 {
					got = append(got, w.From.Format(time.RFC3339))
				}
				got = append(got, w.To.Format(time.RFC3339))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("Over(%s, %s, %s, %s) borders (-want +got):\n%s", c.since, c.now, c.lag, c.zone, diff)
			}
		})
	}
}

func TestNext(t *testing.T) {
	cases := []struct{ since, now, want string }{
		{"2026-11-02T00:00:00Z", "2026-11-02T12:00:00Z", "2026-11-03T00:30:00Z"},
		{"2026-11-02T00:00:00Z", "2026-11-03T00:29:59Z", "2026-11-03T00:30:00Z"},
		{"2026-11-02T00:00:00Z", "2026-11-03T00:30:00Z", "2026-11-04T00:30:00Z"},
		{"2027-01-01T06:00:00Z", "2026-11-03T00:30:00Z", "2027-01-02T00:30:00Z"},
	}
	for _, c := range cases {
		if got := (Calendar{Since: at(t, c.since), Lag: 30 * time.Minute, Zone: time.UTC}).Next(at(t, c.now)).Format(time.RFC3339); got != c.want {
			t.Errorf("Next(%s, %s, 30m, UTC) = %s, want %s", c.since, c.now, got, c.want)
		}
	}
}

// Every zone that Go knows, every day from 1970 to 2040: windows share borders, none is empty or longer than two days, and each border is where
// the date changes.
func TestDaysTileEveryZone(t *testing.T) {
	from, to := at(t, "1970-01-01T00:00:00Z"), at(t, "2040-01-01T00:00:00Z")
	if testing.Short() {
		from = at(t, "2020-01-01T00:00:00Z")
	}
	for names := range slices.Chunk(zoneNames(t), 40) {
		t.Run(names[0], func(t *testing.T) {
			t.Parallel()
			for _, name := range names {
				z := zone(t, name)
				checkTiling(t, name, (Calendar{Since: from, Zone: z}).Over(to), from, to, z)
			}
		})
	}
}

func checkTiling(t testing.TB, name string, days []agenttrail.Window, from, to time.Time, z *time.Location) {
	t.Helper()
	for _, w := range days {
		if !w.From.Equal(from) {
			t.Errorf("Days in %s: window %s begins %s, want the end of the one before, %s", name, w.Key(), w.From, from)
		}
		if l := w.To.Sub(w.From); l <= 0 || l > 49*time.Hour {
			t.Errorf("Days in %s: window %s lasts %s", name, w.Key(), l)
		}
		if !civil(w.To, z).After(civil(w.To.Add(-time.Nanosecond), z)) {
			t.Errorf("Days in %s: the date does not change at %s", name, w.To)
		}
		from = w.To
	}
	if rest := to.Sub(from); rest > 49*time.Hour {
		t.Errorf("Days in %s end at %s, %s before now", name, from, rest)
	}
}

// zoneNames are those of the toolchain's own list, each zone under one of its names, or a few difficult ones where it is not installed.
func zoneNames(t testing.TB) (names []string) {
	goroot, _ := exec.Command("go", "env", "GOROOT").Output()
	list, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(goroot)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		return []string{"UTC", "America/New_York", "America/St_Johns", "America/Sao_Paulo", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia",
			"Pacific/Kwajalein", "Asia/Manila", "Africa/Casablanca", "Asia/Gaza", "Europe/Dublin", "Antarctica/Troll"}
	}
	defer list.Close()
	seen := map[uint32]bool{}
	for _, f := range list.File {
		if !strings.HasSuffix(f.Name, "/") && !seen[f.CRC32] {
			seen[f.CRC32] = true
			names = append(names, f.Name)
		}
	}
	if len(names) < 300 {
		t.Fatalf("zone list holds %d zones, want all", len(names))
	}
	return names
}

// Whatever was owed at one time is owed later too, with the same borders: a machine that was off owes what it would have owed.
func TestDaysOnlyGrow(t *testing.T) {
	names := zoneNames(t)
	rapid.Check(t, func(r *rapid.T) {
		z := zone(t, rapid.SampledFrom(names).Draw(r, "zone"))
		since := time.Unix(rapid.Int64Range(1.0e9, 2.0e9).Draw(r, "since"), 0)
		now := since.Add(time.Duration(rapid.Int64Range(0, 40*24*3600).Draw(r, "elapsed")) * time.Second)
		lag := time.Duration(rapid.Int64Range(0, 3*24*3600).Draw(r, "lag")) * time.Second
		c := Calendar{Since: since, Hours: rapid.Bool().Draw(r, "hours"), Zone: z, Lag: lag}
		first, due := c.Over(now), c.Next(now)
		if !due.After(now) {
			r.Fatalf("Next(%s, %s) = %s, want later than now", since, now, due)
		}
		if same := c.Over(due.Add(-time.Nanosecond)); !cmp.Equal(first, same) {
			r.Fatalf("before the due time the windows changed: %v, then %v", first, same)
		}
		later := c.Over(due)
		if len(later) != len(first)+1 || !cmp.Equal(first, later[:len(first)]) && len(first) > 0 {
			r.Fatalf("at %s: %d windows, want the %d of before and one more", due, len(later), len(first))
		}
	})
}
