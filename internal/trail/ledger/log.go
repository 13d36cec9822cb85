package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"agenttrail"
)

// A Log is an open ledger. Any number of goroutines may use it at once.
type Log struct {
	backend  Backend
	signer   *Signer
	verifier *Verifier
	now      func() time.Time
	stop     func(step string) error

	appending sync.Mutex // one Append, Refresh or Render at a time
	decoder   decoder    // theirs
	rendered  int64      // renderings of this size are written
	lag       error      // why they are not those of the newest entry
	good      []bool     // full entry bundles that agree; for repair only
	repaired  []string

	mu    sync.RWMutex // guards what follows; only the holder of appending writes
	state state
	note  []byte // the newest one
}

// ErrReadOnly says that the ledger was opened without a signer.
var ErrReadOnly = errors.New("ledger is open for reading only")

// clarify bounds the reading back after an unclear answer, in which the caller's context may have ended.
const clarify = 10 * time.Second

func newLog(b Backend, v *Verifier, o Options) *Log {
	l := &Log{backend: b, signer: o.Signer, verifier: v, now: o.Now, stop: o.Stop}
	if l.stop == nil {
		l.stop = func(string) error { return nil }
	}
	return l
}

// Origin is the name of the ledger.
func (l *Log) Origin() string { return l.verifier.Origin() }

// Key is the verifier key of its notes.
func (l *Log) Key() string { return l.verifier.Key() }

// Size is the number of entries known here.
func (l *Log) Size() int64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.state.size()
}

// Entry returns entry n, which must be below Size. What it points to belongs to the log: do not change it.
func (l *Log) Entry(n int64) agenttrail.Entry {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.state.entries[n]
}

// Repaired names the renderings that disagreed with log/ when the ledger was opened, and were written again.
func (l *Log) Repaired() []string { return slices.Clone(l.repaired) }

// Cite names the state of the ledger at size n, from 1 to Size.
func (l *Log) Cite(ctx context.Context, n int64) (agenttrail.Cite, error) {
	l.mu.RLock()
	s, note := l.state.view(), l.note
	l.mu.RUnlock()
	if n < 1 || n > s.size() {
		return agenttrail.Cite{}, fmt.Errorf("cite the ledger at size %d: it has 1 to %d", n, s.size())
	}
	root := s.root(n)
	if n < s.size() {
		c, err := l.readCommitted(ctx, n-1, new(decoder))
		if err != nil {
			return agenttrail.Cite{}, err
		}
		if c.says.root != root {
			return agenttrail.Cite{}, damaged(LogName(n-1), "its note signs the root %s, the entries give %s", c.says.root, root)
		}
		note = c.note
	}
	return agenttrail.Cite{Origin: l.Origin(), Size: n, Root: root, Time: s.entries[n-1].Time, Note: string(note), Key: l.Key()}, nil
}

// Proof returns the hashes that lead from entry leaf to the root at size (RFC 6962, bottom up).
func (l *Log) Proof(leaf, size int64) ([][32]byte, error) {
	l.mu.RLock()
	s := l.state.view()
	l.mu.RUnlock()
	if leaf < 0 || leaf >= size || size > s.size() {
		return nil, fmt.Errorf("prove entry %d at size %d: the ledger has %d entries", leaf, size, s.size())
	}
	path, err := tlog.ProveRecord(size, leaf, s.nodes())
	if err != nil {
		return nil, err
	}
	out := make([][32]byte, len(path))
	for i, h := range path {
		out[i] = h
	}
	return out, nil
}

// Refresh takes in what others appended.
func (l *Log) Refresh(ctx context.Context) error {
	l.appending.Lock()
	defer l.appending.Unlock()
	return l.refresh(ctx)
}

func (l *Log) refresh(ctx context.Context) error {
	for {
		c, err := l.readCommitted(ctx, l.Size(), &l.decoder)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := l.take(c); err != nil {
			return err
		}
	}
}

func (l *Log) take(c committed) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.state.accept(c); err != nil {
		return err
	}
	l.note = c.note
	return nil
}

// Append commits e as the next entry, with the time of now or, if that is later, of the entry below, and returns its number. On return it
// is durable. Of a window entry's failed objects those are kept that fit (Fit).
//
// When others were faster, it takes in what they appended, calls check with the sizes before and after (nil: nothing to check), and signs
// on top; an error of check ends it. check may read the log, not append to it.
//
// After an error the entry is not in the log, but for one case: the answer to the write got lost and reading back failed too. Then a
// Refresh tells. A rendering that cannot be written is no error here, because the entry exists by then: the next Append or Render writes it.
func (l *Log) Append(ctx context.Context, e agenttrail.Entry, check func(ctx context.Context, from, to int64) error) (int64, error) {
	if l.signer == nil {
		return 0, ErrReadOnly
	}
	l.appending.Lock()
	defer l.appending.Unlock()
	for {
		n, err := l.tryAppend(ctx, e)
		if !errors.Is(err, ErrTaken) {
			return n, err
		}
		from := l.Size()
		if err := l.refresh(ctx); err != nil {
			return 0, err
		}
		if l.Size() == from {
			return 0, err
		}
		if check == nil {
			continue
		}
		if err := check(ctx, from, l.Size()); err != nil {
			return 0, err
		}
	}
}

// tryAppend commits e on top of what is known. ErrTaken: others were faster.
func (l *Log) tryAppend(ctx context.Context, e agenttrail.Entry) (int64, error) {
	var c committed
	var content []byte
	err := l.step("sign", func() (err error) {
		c, content, err = l.sign(e)
		return err
	})
	if err != nil {
		return 0, err
	}
	n := l.Size()
	if err := l.step("log", func() error { return l.write(ctx, LogName(n), content) }); err != nil {
		return 0, err
	}
	if err := l.take(c); err != nil {
		return 0, err
	}
	err = l.step("render", func() error {
		l.lag = l.render(ctx)
		return nil
	})
	return n, err
}

func (l *Log) step(name string, do func() error) error {
	if err := l.stop("before " + name); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return l.stop("after " + name)
}

// sign makes the content of the next log/<n>. The tree that it signs extends the one that is known, and so every note seen so far.
func (l *Log) sign(e agenttrail.Entry) (c committed, content []byte, err error) {
	n := l.Size()
	e.Time = agenttrail.Micros(l.now())
	if n > 0 {
		if last := l.Entry(n - 1).Time; e.Time.Before(last) {
			e.Time = last
		}
	}
	data, read, err := l.decoder.encode(Fit(e))
	if err != nil {
		return c, nil, err
	}
	c.entry, c.leaf = read, tlog.RecordHash(data)
	c.says = checkpoint{l.Origin(), n + 1, l.state.rootWith(c.leaf)}
	if c.note, err = l.signer.sign(c.says); err != nil {
		return c, nil, fmt.Errorf("sign %s: %w", LogName(n), err)
	}
	return c, joinLog(data, c.note), nil
}

// write commits. An unclear answer is read back; even if our bytes are there, only a write that succeeds says that they are durable.
func (l *Log) write(ctx context.Context, name string, content []byte) error {
	err := writeNew(ctx, l.backend, name, content)
	if err == nil || errors.Is(err, ErrTaken) {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), clarify)
	defer cancel()
	got, readErr := readSmall(ctx, l.backend, name, maxLog)
	switch {
	case errors.Is(readErr, fs.ErrNotExist):
		return err
	case readErr != nil:
		return errors.Join(err, readErr)
	case !bytes.Equal(got, content):
		return fmt.Errorf("%s: %w", name, ErrTaken)
	}
	return writeNew(ctx, l.backend, name, content)
}
