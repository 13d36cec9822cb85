// Package ledgertest has a Backend in memory whose calls can fail, and the suite that every Backend passes.
package ledgertest

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"agenttrail/internal/trail/ledger"
)

// Memory is a Backend in memory. The zero Memory is empty and ready.
type Memory struct {
	// Fault, when set, is asked at every call, with the name of the method, what becomes of it. It must be safe for concurrent use and is
	// not to be changed while calls run.
	Fault func(method, name string) Outcome

	mu    sync.Mutex
	files map[string][]byte
}

// An Outcome says how a call fails: Err is returned, after the call was applied or instead. The zero Outcome lets it pass.
type Outcome struct {
	Err     error
	Applied bool
}

func (m *Memory) do(ctx context.Context, method, name string, apply func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !ledger.ValidName(name) && method != "List" {
		return &fs.PathError{Op: method, Path: name, Err: fs.ErrInvalid}
	}
	var o Outcome
	if m.Fault != nil {
		o = m.Fault(method, name)
	}
	if o.Err != nil && !o.Applied {
		return o.Err
	}
	m.mu.Lock()
	err := apply()
	m.mu.Unlock()
	if o.Err != nil {
		return o.Err
	}
	return err
}

// Read implements ledger.Backend.
func (m *Memory) Read(ctx context.Context, name string) (io.ReadCloser, error) {
	var data []byte
	err := m.do(ctx, "Read", name, func() error {
		var ok bool
		if data, ok = m.files[name]; !ok {
			return &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

// WriteNew implements ledger.Backend.
func (m *Memory) WriteNew(ctx context.Context, name string, r io.ReadSeeker, size int64) error {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return err
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if int64(len(data)) != size {
		return io.ErrUnexpectedEOF
	}
	return m.do(ctx, "WriteNew", name, func() error {
		if have, ok := m.files[name]; ok && !bytes.Equal(have, data) {
			return ledger.ErrTaken
		}
		m.put(name, data)
		return nil
	})
}

// Render implements ledger.Backend.
func (m *Memory) Render(ctx context.Context, name string, data []byte) error {
	return m.do(ctx, "Render", name, func() error {
		m.put(name, bytes.Clone(data))
		return nil
	})
}

// List implements ledger.Backend.
func (m *Memory) List(ctx context.Context, prefix string) iter.Seq2[ledger.Info, error] {
	return func(yield func(ledger.Info, error) bool) {
		var infos []ledger.Info
		err := m.do(ctx, "List", prefix, func() error {
			for _, name := range slices.Sorted(maps.Keys(m.files)) {
				if strings.HasPrefix(name, prefix) {
					infos = append(infos, ledger.Info{Name: name, Size: int64(len(m.files[name])), Time: time.Unix(0, 0).UTC()})
				}
			}
			return nil
		})
		for _, info := range infos {
			if !yield(info, nil) {
				return
			}
		}
		if err != nil {
			yield(ledger.Info{}, err)
		}
	}
}

// Remove implements ledger.Backend.
func (m *Memory) Remove(ctx context.Context, name string) error {
	return m.do(ctx, "Remove", name, func() error {
		delete(m.files, name)
		return nil
	})
}

func (m *Memory) put(name string, data []byte) {
	if m.files == nil {
		m.files = map[string][]byte{}
	}
	m.files[name] = data
}

// Clone returns a Memory of its own with the same files and no faults.
func (m *Memory) Clone() *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &Memory{files: maps.Clone(m.files)}
}

// Files returns the names and contents as they are now.
func (m *Memory) Files() map[string][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.files)
}
