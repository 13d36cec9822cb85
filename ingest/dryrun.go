package ingest

import (
	"context"
	"fmt"
	"time"

	"agenttrail"
)

// A Forecast is what a run would do.
type Forecast struct {
	First      agenttrail.Window // oldest window that is owed; zero when none is
	Windows    int
	Objects    int64 // to fetch
	Bytes      int64 // of them, as announced
	Known      int64
	Excluded   int64
	Requests   int64         // of listing, as made now, and one for each object
	Estimate   time.Duration // of the run
	Assumption string        // that the estimate rests on
}

// What a run reaches at least, on a machine as small as our bars are set for.
const (
	bytesPerWorker    = 6 << 20 // a second, compressed as delivered
	requestsPerSecond = 100
)

// Plan lists the owed windows and fetches nothing.
func Plan(ctx context.Context, job Job) (f Forecast, err error) {
	r, err := newRun(job)
	if err != nil || len(job.Windows) == 0 {
		return f, err
	}
	f.First, f.Windows = job.Windows[0], len(job.Windows)
	if r.known, err = job.Trail.Known(ctx, job.Name, knownSince(job.Windows)); err != nil {
		return f, fmt.Errorf("plan %s: %w", job.Name, err)
	}
	for _, w := range job.Windows {
		if err := r.forecast(ctx, w, &f); err != nil {
			return f, fmt.Errorf("plan %s: %w", job.Name, err)
		}
	}
	f.Requests = f.Objects
	if s, ok := job.Source.(interface{ Requests() int64 }); ok {
		f.Requests += s.Requests()
	}
	f.estimate(job.Workers)
	return f, nil
}

func (r *run) forecast(ctx context.Context, w agenttrail.Window, f *Forecast) error {
	for o, err := range r.job.Source.List(ctx, w) {
		switch {
		case err != nil:
			return err
		case o.Role == roleLeftOut || emptyOrTest(&o) != "":
			f.Excluded++
		case r.known(o):
			f.Known++
		default:
			f.Objects++
			f.Bytes += max(o.Size, 0)
		}
	}
	return ctx.Err()
}

func (f *Forecast) estimate(workers int) {
	rate := int64(workers) * bytesPerWorker
	seconds := max(f.Bytes/rate, f.Requests/requestsPerSecond)
	f.Estimate = time.Duration(seconds) * time.Second
	f.Assumption = fmt.Sprintf("%d MiB of compressed log a second with %d workers, and %d requests a second", rate>>20, workers, requestsPerSecond)
}
