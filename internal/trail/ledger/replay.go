package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"

	"golang.org/x/mod/sumdb/tlog"

	"agenttrail"
)

// readers is how many files are read at once. A bucket answers in tens of milliseconds, so a start must not wait for them one by one.
const readers = 8

// together calls do for 0 … n-1 in a few goroutines and returns when all are done, with the error of the smallest i that has one.
func together(n int64, do func(i int64) error) error {
	var (
		next  atomic.Int64
		group sync.WaitGroup
		errs  = make([]error, n)
	)
	for range min(readers, n) {
		group.Go(func() {
			for i := next.Add(1) - 1; i < n; i = next.Add(1) - 1 {
				errs[i] = do(i)
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// readCommitted reads log/<n> and checks its note, all but the root. errors.Is(err, fs.ErrNotExist): it is not there.
func (l *Log) readCommitted(ctx context.Context, n int64, d *decoder) (committed, error) {
	name := LogName(n)
	data, err := readSmall(ctx, l.backend, name, maxLog)
	if err != nil {
		return committed{}, err
	}
	entry, note, err := splitLog(data)
	if err != nil {
		return committed{}, damaged(name, "%w", err)
	}
	says, err := l.verifier.open(note)
	if err != nil {
		return committed{}, damaged(name, "note does not verify: %w", err)
	}
	if says.size != n+1 {
		return committed{}, damaged(name, "its note is over %d entries, want %d", says.size, n+1)
	}
	c := committed{leaf: tlog.RecordHash(entry), note: note, says: says}
	c.entry, c.err = d.decode(entry)
	return c, nil
}

// replayLog takes in log/<n> for all n from the state's size up to size, each note checked.
func (l *Log) replayLog(ctx context.Context, size int64) error {
	for from := l.state.size(); from < size; from = l.state.size() {
		chunk := make([]committed, min(tileWidth, size-from))
		err := together(int64(len(chunk)), func(i int64) (err error) {
			chunk[i], err = l.readCommitted(ctx, from+i, new(decoder))
			if errors.Is(err, fs.ErrNotExist) {
				return damaged(LogName(from+i), "is missing")
			}
			return err
		})
		if err != nil {
			return err
		}
		for _, c := range chunk {
			if err := l.state.accept(c); err != nil {
				return err
			}
			l.note = c.note
		}
	}
	return nil
}

// A replayed is what one entry bundle holds.
type replayed struct {
	entries []agenttrail.Entry
	leaves  []tlog.Hash
	err     error // why it cannot be used: missing or damaged
}

// replay takes in all entries below size: the old ones from entry bundles, where these are good, the others from log/. The newest note
// vouches for the bundles.
func (l *Log) replay(ctx context.Context, size int64) error {
	l.state = newState(size)
	err := l.replayBundles(ctx, size)
	if damage := new(Damage); !errors.As(err, &damage) {
		return err
	}
	// The bundles may be what is wrong. log/ decides, and names the place.
	l.state, l.good = newState(size), nil
	return l.replayLog(ctx, size)
}

func (l *Log) replayBundles(ctx context.Context, size int64) error {
	full := make([]replayed, size/tileWidth)
	err := together(int64(len(full)), func(i int64) (err error) {
		full[i], err = l.readBundle(ctx, i)
		return err
	})
	if err != nil {
		return err
	}
	l.good = make([]bool, len(full))
	for i, b := range full {
		if l.good[i] = b.err == nil; !l.good[i] {
			if err := l.replayLog(ctx, int64(i+1)*tileWidth); err != nil {
				return err
			}
			continue
		}
		for k, e := range b.entries {
			if err := l.state.add(e, b.leaves[k]); err != nil {
				return err
			}
		}
		full[i] = replayed{}
	}
	if err := l.replayLog(ctx, size); err != nil {
		return err
	}
	return l.checkNewest(ctx)
}

// checkNewest compares the root with the newest note.
func (l *Log) checkNewest(ctx context.Context) error {
	n := l.state.size() - 1
	c, err := l.readCommitted(ctx, n, new(decoder))
	if errors.Is(err, fs.ErrNotExist) {
		return damaged(LogName(n), "is missing")
	}
	if err != nil {
		return err
	}
	if got := l.state.root(n + 1); c.says.root != got {
		return damaged(LogName(n), "its note signs the root %s, the entries give %s", c.says.root, got)
	}
	l.note = c.note
	return nil
}

// readBundle reads full bundle i. A bundle that is of no use is no error.
func (l *Log) readBundle(ctx context.Context, i int64) (b replayed, err error) {
	t := tile{tlog.Tile{H: tileHeight, N: i, W: tileWidth}, true}
	data, err := readSmall(ctx, l.backend, t.name(), maxBundle)
	if damage := new(Damage); errors.Is(err, fs.ErrNotExist) || errors.As(err, &damage) {
		return replayed{err: err}, nil
	}
	if err != nil {
		return replayed{}, err
	}
	d := &decoder{vouched: true} // by the newest note, or log/ is read instead
	b.entries, b.leaves = make([]agenttrail.Entry, 0, tileWidth), make([]tlog.Hash, 0, tileWidth)
	b.err = splitBundle(data, func(entry []byte) error {
		e, err := d.decode(entry)
		b.entries, b.leaves = append(b.entries, e), append(b.leaves, tlog.RecordHash(entry))
		return err
	})
	if b.err == nil && len(b.entries) != tileWidth {
		b.err = fmt.Errorf("bundle of %d entries, want %d", len(b.entries), tileWidth)
	}
	return b, nil
}
