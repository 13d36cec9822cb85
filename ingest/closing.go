package ingest

import (
	"context"
	"fmt"

	"agenttrail"
)

// say tells the ledger how the window ended. Days that are empty one after the other share an entry, which is said when the row ends.
func (r *run) say(ctx context.Context, k *walk, result *WindowResult) error {
	s := r.state(k)
	result.State, result.Result = s.State, s.Result
	if s.Result == Empty && !s.Standing() {
		if r.empty != nil && r.empty.To.Equal(s.From) {
			r.empty.To = s.To
			return nil
		}
		err := r.sayEmpty(ctx)
		r.empty = &s
		return err
	}
	if err := r.sayEmpty(ctx); err != nil {
		return err
	}
	return r.append(ctx, s)
}

func (r *run) sayEmpty(ctx context.Context) error {
	if r.empty == nil {
		return nil
	}
	s := *r.empty
	r.empty = nil
	return r.append(ctx, s)
}

func (r *run) append(ctx context.Context, s agenttrail.WindowState) error {
	if err := r.job.Stop("before window"); err != nil {
		return err
	}
	if _, err := r.job.Trail.Append(ctx, agenttrail.Entry{Window: &s}); err != nil {
		return fmt.Errorf("window %s: %w", s.Key(), err)
	}
	return r.job.Stop("after window")
}

func (r *run) state(k *walk) agenttrail.WindowState {
	n := &k.numbers
	s := agenttrail.WindowState{
		Window: k.window, State: agenttrail.WindowClosed, Result: Complete, Run: r.job.Run, Trigger: r.job.Trigger, Listing: k.listing,
		Objects: n.Listed, Bytes: n.ListedBytes, Batches: n.Batches, Known: n.Known, Reread: n.Reread, Refused: n.Refused, Excluded: n.Excluded,
	}
	switch {
	case n.Failed > 0:
		s.State, s.Result = agenttrail.WindowOpen, ""
		s.Failed, s.FailedMore = nameFailed(k.failures, n.Failed)
	case n.Listed+n.Excluded == 0:
		s.Result = Empty
	}
	return s
}

// Bytes that the names of failed objects may take, so that the entry stays under its limit.
const (
	failedBytes = 2400
	failedName  = 600
)

// nameFailed names as many failed objects as fit, each with a cause that is the same each time.
func nameFailed(failures []Failure, all int64) (names []string, more int64) {
	room := failedBytes
	for _, f := range failures {
		name := shorten(f.URI, failedName) + ": " + cause(f.Err)
		if room -= len(name); room < 0 {
			break
		}
		names = append(names, name)
	}
	return names, all - int64(len(names))
}

// shorten keeps both ends of a long name: what tells objects apart stands at the end.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	const mark = "[...]"
	half := (limit - len(mark)) / 2
	return s[:half] + mark + s[len(s)-half:]
}
