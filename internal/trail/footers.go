package trail

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"agenttrail"
	"agenttrail/internal/trail/table"
)

// footersKept is of how many tables the footer is remembered, some 50 kB each. A report asks dozens of questions of the same tables, and reading the
// footer of a small one costs more than answering.
const footersKept = 512

// footers remembers what the footers of tables say. The files below are open only while somebody reads. Tables never change: an entry names their hash.
type footers struct {
	mu    sync.Mutex
	known map[string]*footer
}

// A footer is one table that was opened before. It stands for the file below it, which it opens again when it is asked for.
type footer struct {
	mu    sync.Mutex
	users int
	file  *sizedFile // nil while users is 0
	table *table.File
}

// ReadAt reads the file below.
func (f *footer) ReadAt(b []byte, at int64) (int, error) { return f.file.ReadAt(b, at) }

// open opens a table for one reader, who closes it.
func (k *footers) open(ctx context.Context, t *Trail, file agenttrail.TableFile) (*tableFile, error) {
	f := k.of(file.Path)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.users == 0 {
		below, err := openAt(ctx, t.backend, file.File)
		if err != nil {
			return nil, err
		}
		f.file = below
	}
	if f.table == nil {
		opened, err := table.Open(f, f.file.size)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", file.Path, err), f.release())
		}
		f.table = opened
	}
	f.users++
	own := *f.table // its constants are the reader's own
	return &tableFile{&own, closer(f.Close)}, nil
}

func (k *footers) of(path string) *footer {
	k.mu.Lock()
	defer k.mu.Unlock()
	f, ok := k.known[path]
	if !ok {
		f = &footer{}
		if k.known == nil || len(k.known) >= footersKept {
			k.known = map[string]*footer{}
		}
		k.known[path] = f
	}
	return f
}

// Close ends the reading of one reader.
func (f *footer) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.users--
	return f.release()
}

// release closes the file below when nobody reads.
func (f *footer) release() error {
	if f.users > 0 {
		return nil
	}
	below := f.file
	f.file = nil
	return below.Close()
}

// A closer is a Close.
type closer func() error

// Close calls it.
func (c closer) Close() error { return c() }
