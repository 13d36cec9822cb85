package trail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"agenttrail"
)

// Originals yields the logs and digests whose bytes are kept, of the windows of a source that share time with [from, to), in the order in which they were
// committed. open may be called later.
func (r *Reader) Originals(ctx context.Context, source string, from, to time.Time, yield func(o agenttrail.Object, open func() (io.ReadCloser, error)) error) error {
	for _, n := range r.t.state.batchesOf(source) {
		w := r.t.log.Entry(n).Batch.Window
		if w.Standing() || !w.From.Before(to) || !from.Before(w.To) {
			continue
		}
		err := r.Objects(ctx, n, func(l ObjectLine) error {
			if l.Name == "" || l.Role != agenttrail.RoleLog && l.Role != agenttrail.RoleDigest {
				return nil
			}
			return yield(l.Object, func() (io.ReadCloser, error) { return r.Original(ctx, n, l.Name) })
		})
		if err != nil {
			return fmt.Errorf("originals of entry %d: %w", n, err)
		}
	}
	return nil
}

// Original opens an object of a receipt as it was delivered, by its name in the evidence.
func (r *Reader) Original(ctx context.Context, receipt int64, name string) (io.ReadCloser, error) {
	b, err := r.batch(receipt)
	if err != nil {
		return nil, err
	}
	e, err := openEvidence(ctx, r.t.backend, b.Evidence.File)
	if err != nil {
		return nil, err
	}
	in, err := e.open(name)
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return keptObject{in, e}, nil
}

// A keptObject closes its evidence with it.
type keptObject struct {
	io.ReadCloser
	evidence io.Closer
}

// Close closes both.
func (o keptObject) Close() error { return errors.Join(o.ReadCloser.Close(), o.evidence.Close()) }

// A ProofDay is how many logs and digests of a window have a state by what the vendor signed.
type ProofDay struct {
	agenttrail.Window
	States map[string]int64 // by state; "not_available" is that of logs that nobody compared
}

// SourceProof counts the states of the logs and digests of a source by the window that they came with, as the entries below before say it: a digest that
// came later settles what was pending. before 0 means all.
func (r *Reader) SourceProof(ctx context.Context, source string, before int64) ([]ProofDay, error) {
	type place struct {
		window time.Time
		state  string
	}
	objects, windows := map[string]place{}, map[time.Time]agenttrail.Window{}
	for _, n := range r.t.state.batchesOf(source) {
		w := r.t.log.Entry(n).Batch.Window
		if before > 0 && n >= before {
			break
		}
		windows[w.From] = w
		err := r.Objects(ctx, n, func(l ObjectLine) error {
			if l.Role != agenttrail.RoleLog && l.Role != agenttrail.RoleDigest {
				return nil
			}
			state := l.Proof
			if state == "" {
				state = "not_available"
			}
			objects[l.URI] = place{w.From, state}
			for uri, state := range l.Settles {
				at := place{w.From, state}
				if known, ok := objects[uri]; ok {
					at.window = known.window
				}
				objects[uri] = at
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("proof of %s: %w", source, err)
		}
	}
	counts := map[time.Time]map[string]int64{}
	for _, at := range objects {
		if counts[at.window] == nil {
			counts[at.window] = map[string]int64{}
		}
		counts[at.window][at.state]++
	}
	var days []ProofDay
	for _, from := range slices.SortedFunc(maps.Keys(counts), time.Time.Compare) {
		days = append(days, ProofDay{windows[from], counts[from]})
	}
	return days, nil
}
