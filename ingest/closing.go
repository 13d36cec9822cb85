package ingest

import (
	"context"
	"fmt"

	"agenttrail"
)

// say tells the ledger how the window ended: nothing where a look-back showed nothing new, and final behind it once its look-back has passed.
func (r *run) say(ctx context.Context, k *walk, result *WindowResult) error {
	s, err := r.state(ctx, k)
	if err != nil {
		return err
	}
	result.State, result.Result = s.State, s.Result
	if s.State == agenttrail.WindowAmended && !k.changedSince(&s) {
		s = k.before
		result.State = s.State
	} else if s, err = r.word(ctx, s); err != nil {
		return err
	}
	if s.Standing() || s.Final || s.Partial() || !s.Settled() || s.To.After(r.job.FinalUpTo) || r.job.FinalUpTo.IsZero() {
		return nil
	}
	result.State = agenttrail.WindowFinal
	return r.sayFinal(ctx, s, k.window)
}

// sayFinal says that the look-back of w has passed; s is the newest word about it.
func (r *run) sayFinal(ctx context.Context, s agenttrail.WindowState, w agenttrail.Window) error {
	if s.Final || r.job.FinalUpTo.IsZero() || w.To.After(r.job.FinalUpTo) {
		return nil
	}
	f := agenttrail.WindowState{Window: w, State: agenttrail.WindowFinal, Result: s.Result, Run: r.job.Run, Trigger: r.job.Trigger, Listing: s.Listing,
		Objects: s.Objects, Bytes: s.Bytes, Excluded: s.Excluded, Refused: s.Refused, Previous: s.Number}
	r.finals = append(r.finals, f)
	return nil
}

// word appends a word about a window, and returns it with its number. Windows that are closed empty one after the other share an entry, which is appended
// when the row ends; until then the number is zero.
func (r *run) word(ctx context.Context, s agenttrail.WindowState) (agenttrail.WindowState, error) {
	if s.State == agenttrail.WindowClosed && s.Result == agenttrail.ResultEmpty && !s.Standing() {
		if r.empty != nil && r.empty.To.Equal(s.From) {
			r.empty.To = s.To
			return s, nil
		}
		err := r.sayEmpty(ctx)
		row := s
		r.empty = &row
		return s, err
	}
	if err := r.sayEmpty(ctx); err != nil {
		return s, err
	}
	return s, r.append(ctx, s)
}

func (r *run) sayEmpty(ctx context.Context) error {
	if r.empty == nil {
		return nil
	}
	s := *r.empty
	r.empty = nil
	return r.append(ctx, s)
}

// sayFinals says which windows became final, after all else was said: so the words that they follow stand in the ledger. Empty ones in a row share an
// entry.
func (r *run) sayFinals(ctx context.Context) error {
	for len(r.finals) > 0 {
		f, n := r.finals[0], 1
		for ; f.Result == agenttrail.ResultEmpty && n < len(r.finals) && r.finals[n].Result == f.Result && r.finals[n].From.Equal(f.To); n++ {
			f.To = r.finals[n].To
		}
		if before, ok := r.job.Said(r.finals[0].Window); ok {
			f.Previous = before.Number
		}
		if err := r.append(ctx, f); err != nil {
			return err
		}
		r.finals = r.finals[n:]
	}
	return nil
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

func (r *run) state(ctx context.Context, k *walk) (agenttrail.WindowState, error) {
	n := &k.numbers
	s := agenttrail.WindowState{
		Window: k.window, State: agenttrail.WindowClosed, Result: agenttrail.ResultComplete, Run: r.job.Run, Trigger: r.job.Trigger, Listing: k.listing,
		Objects: n.Listed, Bytes: n.ListedBytes, Batches: n.Batches, Known: n.Known, Reread: n.Reread, Refused: n.Refused, Excluded: n.Excluded,
	}
	s.Failed, s.FailedMore = nameFailed(k.failures, n.Failed, failedBytes)
	if n.Listed+n.Excluded == 0 {
		s.Result = agenttrail.ResultEmpty
	}
	if k.unlisted != nil {
		s.Failed = []string{"listing: " + cause(k.unlisted)}
	}
	switch {
	case k.before.Settled() && !k.window.Standing():
		return s, r.amend(ctx, k, &s)
	case k.lost():
		s.Result = agenttrail.ResultLost
	case n.Failed > 0:
		s.State, s.Result = agenttrail.WindowOpen, ""
	case r.job.Provisional && k.window.To.After(r.job.Now()):
		s.State, s.Result = agenttrail.WindowOpen, agenttrail.ResultProvisional
	}
	return s, nil
}

// Bytes that names may take, so that the entry stays under its limit.
const (
	failedBytes  = 2400 // of failed objects
	amendedBytes = 800  // of failed objects, of those that went, and of reports, each, of an amended window
	failedName   = 600
)

// nameFailed names as many failed objects as fit, each with a cause that is the same each time.
func nameFailed(failures []Failure, all int64, room int) (names []string, more int64) {
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
