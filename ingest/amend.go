package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"agenttrail"
)

// lost says that the source had begun to forget the window before it was closed.
func (k *walk) lost() bool {
	return !k.before.Settled() && !k.window.Standing() && k.window.From.Before(k.job.KeptSince)
}

// forgotten says that a settled window need not be listed any more: the source keeps nothing so old, and what is not there says nothing.
func (k *walk) forgotten() bool {
	return k.before.Settled() && !k.window.Standing() && k.window.From.Before(k.job.KeptSince)
}

// beyondReach says that a listing failed because of what was asked for: a source answers so when it keeps nothing so old.
func beyondReach(err error) bool { return errors.Is(err, ErrRequest) || errors.Is(err, ErrGone) }

// amend makes s the word about a window that was settled before: what came, what went, and which reports that touches.
func (r *run) amend(ctx context.Context, k *walk, s *agenttrail.WindowState) error {
	s.State, s.Previous, s.Final = agenttrail.WindowAmended, k.before.Number, k.before.Final
	if k.before.Result == agenttrail.ResultLost {
		s.Result = agenttrail.ResultLost // what was not read in time does not come back by what is
	}
	if err := k.compare(ctx, s); err != nil {
		return err
	}
	s.Added = k.numbers.Objects - k.pages
	s.Failed, s.FailedMore = nameFailed(k.failures, k.numbers.Failed, amendedBytes)
	s.Gone, s.GoneMore = fitting(k.gone, k.goneAll)
	if r.job.Reports == nil {
		return nil
	}
	from, to := s.From, s.To
	if !k.from.IsZero() && k.from.Before(from) {
		from = k.from
	}
	if k.to.After(to) {
		to = k.to
	}
	ids := r.job.Reports(from, to)
	s.Reports, s.ReportsMore = fitting(ids, int64(len(ids)))
	return nil
}

// compare finds what the window had and does not list any more, and how much of what came replaces something. A listing that is the one before says
// that neither is the case.
func (k *walk) compare(ctx context.Context, s *agenttrail.WindowState) error {
	if s.Listing == k.before.Listing || k.job.Delivered == nil {
		return nil
	}
	had := map[objectKey]struct{}{}
	err := k.job.Delivered(ctx, k.window, func(uri string) {
		key := uriKey(uri)
		if _, twice := had[key]; twice {
			return
		}
		had[key] = struct{}{}
		if _, listed := k.uris[key]; listed {
			return
		}
		k.goneAll++
		if len(k.gone) < maxNamed {
			k.gone = append(k.gone, uri)
		}
	})
	if err != nil {
		return fmt.Errorf("objects of window %s: %w", k.window.Key(), err)
	}
	slices.Sort(k.gone)
	for _, key := range k.came {
		if _, replaced := had[key]; replaced {
			s.Replaced++
		}
	}
	return nil
}

// changedSince says whether an amended word says more than the one before: something came, failed, or is listed otherwise.
func (k *walk) changedSince(s *agenttrail.WindowState) bool {
	b := &k.before
	return s.Added > 0 || s.Listing != b.Listing || !slices.Equal(s.Failed, b.Failed) || s.FailedMore != b.FailedMore
}

// fitting are as many names as an entry has room for, and how many there are beyond them.
func fitting(names []string, all int64) (fit []string, more int64) {
	room := amendedBytes
	for _, name := range names {
		name = shorten(name, failedName)
		if room -= len(name); room < 0 {
			break
		}
		fit = append(fit, name)
	}
	return fit, all - int64(len(fit))
}
