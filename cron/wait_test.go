package cron

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		if !Wait(t.Context(), time.Now, begun.Add(3*time.Hour)) {
			t.Error("Wait(three hours) = false, want true")
		}
		if took := time.Since(begun); took != 3*time.Hour {
			t.Errorf("Wait(three hours) took %s", took)
		}
		if !Wait(t.Context(), time.Now, begun) {
			t.Error("Wait(a time that has passed) = false, want true at once")
		}
	})
}

// A machine that sleeps through an hour rings within half a minute after it wakes: its timers stood still, the clock on the wall did not.
func TestWaitAfterSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		slept := func() time.Time {
			now := time.Now()
			if now.Sub(begun) >= time.Minute {
				now = now.Add(time.Hour)
			}
			return now
		}
		if !Wait(t.Context(), slept, begun.Add(time.Hour)) {
			t.Error("Wait = false, want true")
		}
		if took := time.Since(begun); took != time.Minute {
			t.Errorf("Wait over a sleep took %s of a running machine, want a minute", took)
		}
	})
}

func TestWaitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begun := time.Now()
		if Wait(ctx, time.Now, begun.Add(time.Hour)) || time.Since(begun) != time.Minute {
			t.Errorf("Wait with a context that ends after a minute = true or took %s", time.Since(begun))
		}
	})
}

func TestNextOfMany(t *testing.T) {
	var alarms []Schedule
	for _, spec := range []string{"30 2 * * *", "0 1 * * *", "CRON_TZ=Europe/Berlin 15 4 * * *"} {
		s, err := ParseSchedule(spec)
		if err != nil {
			t.Fatal(err)
		}
		alarms = append(alarms, s)
	}
	if got, want := Next(alarms, at(t, "2026-11-02T00:00:00Z")), at(t, "2026-11-02T01:00:00Z"); !got.Equal(want) {
		t.Errorf("Next = %s, want %s", got, want)
	}
	if got, want := Next(alarms, at(t, "2026-11-02T01:00:00Z")), at(t, "2026-11-02T02:30:00Z"); !got.Equal(want) {
		t.Errorf("Next after the first ring = %s, want %s", got, want)
	}
	if got := Next(nil, at(t, "2026-11-02T01:00:00Z")); !got.IsZero() {
		t.Errorf("Next of no alarm = %s, want none", got)
	}
}
