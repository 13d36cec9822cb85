package cron

import (
	"strings"
	"testing"
	"time"
)

func TestParseSchedule(t *testing.T) {
	cases := []struct{ spec, from, want string }{
		{"30 2 * * *", "2026-11-02T10:00:00Z", "2026-11-03T02:30:00Z"},
		{"  30 2 * * *  ", "2026-11-02T10:00:00Z", "2026-11-03T02:30:00Z"},
		{"@daily", "2026-11-02T10:00:00Z", "2026-11-03T00:00:00Z"},
		{"@every 6h", "2026-11-02T10:00:00Z", "2026-11-02T16:00:00Z"},
		{"0 0 29 2 *", "2026-11-02T10:00:00Z", "2028-02-29T00:00:00Z"},
		{"CRON_TZ=Europe/Berlin 30 4 * * *", "2026-07-02T10:00:00Z", "2026-07-03T02:30:00Z"},
		{"TZ=Europe/Berlin 30 4 * * *", "2026-12-02T10:00:00Z", "2026-12-03T03:30:00Z"},
		{"CRON_TZ=America/New_York 30 * * * *", "2026-03-08T06:45:00Z", "2026-03-08T07:30:00Z"},
		{"CRON_TZ=America/New_York 30 1 * * *", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"}, // twice that night: harmless
		{"CRON_TZ=Asia/Tokyo 30 2 * * *", "2026-11-02T10:00:00Z", "2026-11-02T17:30:00Z"},
	}
	for _, c := range cases {
		s, err := ParseSchedule(c.spec)
		if err != nil {
			t.Errorf("ParseSchedule(%q): %v", c.spec, err)
			continue
		}
		if got := s.Next(at(t, c.from)).Format(time.RFC3339); got != c.want {
			t.Errorf("ParseSchedule(%q).Next(%s) = %s, want %s", c.spec, c.from, got, c.want)
		}
	}
}

func TestParseScheduleRefuses(t *testing.T) {
	cases := []struct{ spec, want string }{
		{"", "five fields"},
		{"TZ=", "a zone and then five fields"},
		{"TZ=UTC", "a zone and then five fields"},
		{"CRON_TZ=UTC", "a zone and then five fields"},
		{"CRON_TZ=UTC ", "a zone and then five fields"},
		{"CRON_TZ= 0 3 * * *", "a zone and then five fields"},
		{"CRON_TZ=Local 0 3 * * *", "a zone and then five fields"},
		{"CRON_TZ=Mars/Olympus 0 3 * * *", `zone "Mars/Olympus" is not known`},
		{"CRON_TZ=UTC CRON_TZ=UTC", "second zone"},
		{"TZ=UTC TZ=", "second zone"},
		{"0 0 31 2 *", "never rings"},
		{"@every 0s", "more than once a minute"},
		{"@every -1h", "more than once a minute"},
		{"@every 59s", "more than once a minute"},
		{"@every soon", "no duration"},
		{"0 3 * * 7", "Sunday 0"},
		{"0 0 3 * * *", "minute 0-59"},
		{"@reboot", "unrecognized"},
		{"CRON_TZ=America/New_York 30 2 * * *", "jump over it on 2025-03-09"},
		{"CRON_TZ=Europe/Berlin 0,30 2 * * *", "jump over it on 2025-03-30"},
		{"CRON_TZ=Australia/Lord_Howe 15 2 * * *", "jump over it"},
		{"CRON_TZ=Africa/Cairo 0 0 * * *", "jump over it"},
		{"* * * * *" + strings.Repeat(" ", 300) + "x", "at most 200 bytes"},
	}
	for _, c := range cases {
		_, err := ParseSchedule(c.spec)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("ParseSchedule(%q) = %v, want an error with %q", c.spec, err, c.want)
		}
	}
}

func FuzzParseSchedule(f *testing.F) {
	for _, s := range []string{"30 2 * * *", "TZ=", "CRON_TZ=UTC", "@every 1h", "@daily", "CRON_TZ=Europe/Berlin */5 1-3 1,2 jan mon", "0 0 31 2 *", "*/0 * * * *"} {
		f.Add(s)
	}
	from := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, spec string) {
		s, err := ParseSchedule(spec)
		if err != nil {
			return
		}
		if next := s.Next(from); !next.After(from) {
			t.Errorf("ParseSchedule(%q).Next(%s) = %s, want later", spec, from, next)
		}
	})
}
