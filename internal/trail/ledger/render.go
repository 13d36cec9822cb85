package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
)

const checkpointName = "checkpoint"

// Render writes the renderings that still lag behind the newest entry. A run calls it at its end: nil says that none does.
func (l *Log) Render(ctx context.Context) error {
	if l.signer == nil {
		return ErrReadOnly
	}
	l.appending.Lock()
	defer l.appending.Unlock()
	l.lag = l.render(ctx)
	return l.lag
}

// render writes tiles and bundles, then the checkpoint: it never leads.
func (l *Log) render(ctx context.Context) error {
	size := l.state.size()
	if l.rendered == size {
		return nil
	}
	for _, t := range tilesOf(l.rendered, size) {
		if err := l.renderFile(ctx, t.name(), l.state.render(t)); err != nil {
			return err
		}
	}
	if err := l.renderFile(ctx, checkpointName, l.note); err != nil {
		return err
	}
	l.rendered = size
	return nil
}

func (l *Log) renderFile(ctx context.Context, name string, data []byte) error {
	if err := l.backend.Render(ctx, name, data); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	return nil
}

// repair compares every rendering of the present size with log/, writes what lags, and writes again and names what disagrees.
func (l *Log) repair(ctx context.Context) error {
	tiles := tilesOf(0, l.state.size())
	wrong := make([]string, len(tiles)+1)
	err := together(int64(len(tiles)), func(i int64) (err error) {
		t := tiles[i]
		if known := t.bundle && t.N < int64(len(l.good)) && l.good[t.N]; known {
			return nil
		}
		wrong[i], err = l.repairFile(ctx, t.name(), l.state.render(t))
		return err
	})
	if err != nil {
		return err
	}
	if wrong[len(tiles)], err = l.repairCheckpoint(ctx); err != nil {
		return err
	}
	for _, name := range wrong {
		if name != "" {
			l.repaired = append(l.repaired, name)
		}
	}
	l.rendered, l.good = l.state.size(), nil
	return nil
}

// repairFile makes the file hold want. It returns the name of one that held something else.
func (l *Log) repairFile(ctx context.Context, name string, want []byte) (wrong string, err error) {
	equal, err := holds(ctx, l.backend, name, want)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return "", err
	case equal:
		return "", nil
	default:
		wrong = name
	}
	return wrong, l.renderFile(ctx, name, want)
}

// repairCheckpoint does the same, and takes no offence at an older one.
func (l *Log) repairCheckpoint(ctx context.Context) (wrong string, err error) {
	mark, err := l.readMark(ctx)
	if err != nil {
		return "", err
	}
	wrong, err = l.repairFile(ctx, checkpointName, l.note)
	if mark.size > 0 && mark.size < l.state.size() {
		wrong = ""
	}
	return wrong, err
}

// holds says whether the file has exactly these bytes.
func holds(ctx context.Context, b Backend, name string, want []byte) (bool, error) {
	got, err := readSmall(ctx, b, name, int64(len(want)))
	if damage := new(Damage); errors.As(err, &damage) {
		return false, nil
	}
	return bytes.Equal(got, want), err
}
