package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// A Verification is a ledger of which everything was read again.
type Verification struct {
	Log     *Log     // open for reading
	Lagging []string // renderings that are not there yet: a kill leaves them behind, the next writer adds them
}

// VerifyAll reads the whole ledger again: every name in log/, every entry, written again and compared, every note against the tree below
// it, and every rendering. key is the verifier key to insist on; "" takes the one that the genesis names. The error is a *Damage that names
// the first place that does not hold, ErrOtherKey, or says why something could not be read.
func VerifyAll(ctx context.Context, b Backend, key string) (*Verification, error) {
	l, mark, err := begin(ctx, b, Options{Key: key})
	if err != nil {
		return nil, err
	}
	size, err := count(ctx, b, "log/", 0)
	if err != nil {
		return nil, err
	}
	if err := l.replayLog(ctx, size); err != nil {
		return nil, err
	}
	if err := l.checkMark(mark); err != nil {
		return nil, err
	}
	v := &Verification{Log: l}
	if err := v.tiles(ctx); err != nil {
		return nil, err
	}
	return v, v.checkpoint(ctx, mark)
}

// tiles compares all renderings that were ever made, those of smaller sizes too. Later ones belong to a writer at work.
func (v *Verification) tiles(ctx context.Context) error {
	l, seen := v.Log, map[string]bool{}
	for info, err := range l.backend.List(ctx, tilePrefix) {
		if err != nil {
			return fmt.Errorf("list %s: %w", tilePrefix, err)
		}
		t, ok := parseTile(info.Name)
		if !ok {
			return damaged(info.Name, "is no tile or bundle: move it away")
		}
		if t.end() > l.state.size() {
			continue
		}
		if err := v.holds(ctx, info.Name, l.state.render(t)); err != nil {
			return err
		}
		seen[info.Name] = true
	}
	for _, t := range tilesOf(0, l.state.size()) {
		if !seen[t.name()] {
			v.Lagging = append(v.Lagging, t.name())
		}
	}
	return nil
}

func (v *Verification) checkpoint(ctx context.Context, mark checkpoint) error {
	l := v.Log
	if mark.size > 0 {
		if mark.size < l.state.size() {
			v.Lagging = append(v.Lagging, checkpointName)
		}
		return nil
	}
	err := v.holds(ctx, checkpointName, l.note)
	if errors.Is(err, fs.ErrNotExist) {
		v.Lagging = append(v.Lagging, checkpointName)
		return nil
	}
	return err
}

func (v *Verification) holds(ctx context.Context, name string, want []byte) error {
	equal, err := holds(ctx, v.Log.backend, name, want)
	if err == nil && !equal {
		return damaged(name, "is not what the log gives")
	}
	return err
}
