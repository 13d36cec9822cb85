package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"agenttrail"
)

const (
	attempts   = 5
	firstPause = 200 * time.Millisecond
)

// fetch brings the bytes of o: whole, hashed, of the announced length. A transfer that broke is begun again.
func (r *run) fetch(ctx context.Context, o *agenttrail.Object) (s *spool, err error) {
	for n := range attempts {
		if n > 0 {
			if err := r.pause(ctx, firstPause<<(2*(n-1))); err != nil {
				return nil, err
			}
		}
		if s, err = r.fetchOnce(ctx, o); err == nil || !retryable(ctx, err) {
			return s, err
		}
	}
	return nil, fmt.Errorf("%w (%d attempts)", err, attempts)
}

func (r *run) fetchOnce(ctx context.Context, o *agenttrail.Object) (_ *spool, err error) {
	s := newSpool()
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if o.Body != nil {
		_, err := s.Write(o.Body)
		return s, err
	}
	body, err := r.job.Source.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	s.Grow(o.Size)
	if _, err := io.Copy(s, body); err != nil {
		return nil, err
	}
	if o.Size >= 0 && s.n != o.Size {
		return nil, fmt.Errorf("%w: %d bytes were listed, %d came", ErrLength, o.Size, s.n)
	}
	return s, nil
}

// retryable tells whether another attempt may help.
func retryable(ctx context.Context, err error) bool {
	for _, final := range []error{ErrChanged, ErrGone, ErrDenied, ErrCredential, ErrRequest} {
		if errors.Is(err, final) {
			return false
		}
	}
	return ctx.Err() == nil && !fatal(err)
}

// fatal tells errors after which no other object can be read either.
func fatal(err error) bool {
	var disk *spoolError
	return errors.Is(err, ErrCredential) || errors.As(err, &disk)
}

// cause is the short name of what went wrong, for the window entry: the same failure gives the same entry, so nothing that varies stands in it.
func cause(err error) string {
	for _, c := range []struct {
		err  error
		name string
	}{{ErrChanged, "changed"}, {ErrGone, "gone"}, {ErrDenied, "denied"}, {ErrRequest, "refused by the source"}, {ErrLength, "wrong length"}} {
		if errors.Is(err, c.err) {
			return c.name
		}
	}
	return "unavailable"
}

// backOff waits d, less up to a half by chance, so that those who were slowed down together do not come back together.
func backOff(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d - rand.N(d/2))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
