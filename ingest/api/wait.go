package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"agenttrail/ingest"
)

const (
	attempts   = 6
	firstPause = time.Second
	maxPause   = 15 * time.Minute // that a vendor may ask for
)

// later says that another attempt may help, and when.
type later struct {
	error
	wait  time.Duration
	asked bool // the vendor said how long
}

func (l *later) Unwrap() error { return l.error }

// retrying calls f until it holds, is told that trying again is of no use, or has used up its attempts.
func (s *Source) retrying(ctx context.Context, f func() error) error {
	return s.retryingIf(ctx, func(err error) bool { return !final(err) }, f)
}

// retryingIf is retrying while the error is one that the caller says to wait for.
func (s *Source) retryingIf(ctx context.Context, wanted func(error) bool, f func() error) error {
	for n := 1; ; n++ {
		err := f()
		switch {
		case err == nil || ctx.Err() != nil || !wanted(err):
			return err
		case n == attempts:
			return fmt.Errorf("%w (%d attempts)", err, attempts)
		}
		wait := firstPause << (n - 1)
		if l := (*later)(nil); errors.As(err, &l) && l.asked {
			wait = l.wait
		}
		if wait > maxPause {
			return fmt.Errorf("%w; it asks to wait %s, which is more than %s: the next run tries again", err, wait.Round(time.Second), maxPause)
		}
		if err := s.o.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// askedToWait says that the vendor said how long to wait.
func askedToWait(err error) bool {
	l := (*later)(nil)
	return errors.As(err, &l) && l.asked
}

// final says that another attempt is of no use.
func final(err error) bool {
	for _, known := range []error{ingest.ErrChanged, ingest.ErrGone, ingest.ErrDenied, ingest.ErrCredential, ingest.ErrRequest} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// throttled tells that a refusal is about the number of requests. Some vendors say so with the status of a denial.
func throttled(status int, h http.Header, body []byte) bool {
	switch status {
	case http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		return h.Get("Retry-After") != "" || h.Get("X-Ratelimit-Remaining") == "0" || bytes.Contains(body, []byte("AF429"))
	}
	return false
}

// waitOf is how long the vendor asks to wait: Retry-After in seconds or as a time, else the moment at which its budget is full again. Times are those of
// the vendor's clock, which the answer tells.
func waitOf(h http.Header, now time.Time) (wait time.Duration, asked bool) {
	if at, err := http.ParseTime(h.Get("Date")); err == nil {
		now = at
	}
	if text := h.Get("Retry-After"); text != "" {
		if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
			return time.Duration(seconds) * time.Second, true
		}
		if at, err := http.ParseTime(text); err == nil {
			return max(at.Sub(now), 0), true
		}
	}
	for _, name := range []string{"X-Rate-Limit-Reset", "X-Ratelimit-Reset"} {
		if seconds, err := strconv.ParseInt(h.Get(name), 10, 48); err == nil && seconds > 1e9 {
			return max(time.Unix(seconds, 0).Sub(now), 0) + time.Second, true
		}
	}
	return 0, false
}
