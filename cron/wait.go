package cron

import (
	"context"
	"time"
)

// glance is how long a wait goes without a look at the clock on the wall: a machine that slept, or whose clock was set, must not oversleep.
const glance = 30 * time.Second

// Wait returns true when now says that the time has come, and false when ctx ends before. now is asked again and again.
func Wait(ctx context.Context, now func() time.Time, until time.Time) bool {
	for {
		left := until.Sub(now())
		if left <= 0 {
			return ctx.Err() == nil
		}
		timer := time.NewTimer(min(left, glance))
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-timer.C:
		}
	}
}

// Next is the first ring of any alarm after t; zero when there is none.
func Next(alarms []Schedule, t time.Time) (first time.Time) {
	for _, s := range alarms {
		if at := s.Next(t); first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first
}
