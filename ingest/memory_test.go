package ingest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"agenttrail"
)

// A flood is a source of many plain objects, made as they are read.
type flood struct{ n, size int }

func (f flood) List(context.Context, agenttrail.Window) iter.Seq2[agenttrail.Object, error] {
	return func(yield func(agenttrail.Object, error) bool) {
		for i := range f.n {
			if !yield(agenttrail.Object{URI: fmt.Sprintf("file:%06d", i), Version: "1", Role: agenttrail.RoleLog, Size: int64(f.size)}, nil) {
				return
			}
		}
	}
}

func (f flood) Open(context.Context, *agenttrail.Object) (io.ReadCloser, error) {
	return io.NopCloser(io.LimitReader(zeros{}, int64(f.size))), nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A meter is a trail that keeps nothing and measures the memory in use.
type meter struct{ peak, objects atomic.Int64 }

func (m *meter) Known(context.Context, string, time.Time) (func(agenttrail.Object) bool, error) {
	return func(agenttrail.Object) bool { return false }, nil
}

func (m *meter) Append(context.Context, agenttrail.Entry) (agenttrail.Cite, error) {
	return agenttrail.Cite{}, nil
}

func (m *meter) Prepare(_ context.Context, _ agenttrail.BatchInfo, objs []agenttrail.Staged) (func(context.Context) (agenttrail.Receipt, error), error) {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	m.peak.Store(max(m.peak.Load(), int64(s.HeapInuse)))
	return func(context.Context) (agenttrail.Receipt, error) {
		m.objects.Add(int64(len(objs)))
		return agenttrail.Receipt{}, nil
	}, nil
}

// 256 MiB and 100 MiB a worker, whatever the input; a part of it is the trail's.
func TestMemoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 2 GiB")
	}
	for _, f := range []flood{{100_000, 100}, {16_000, 64 << 10}, {128, 8 << 20}, {20, 40 << 20}} {
		const workers = 2
		m := &meter{}
		j := job(f, m)
		j.Workers = workers
		if _, err := do(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		const bar = (256 + 100*workers) << 20
		if m.peak.Load() > bar || m.objects.Load() != int64(f.n+1) {
			t.Errorf("Run over %d objects of %d bytes: %d MiB in use, %d committed; want at most %d MiB, and all with the listing", f.n, f.size, m.peak.Load()>>20, m.objects.Load(), bar>>20)
		}
		t.Logf("%d objects of %d bytes: %d MiB", f.n, f.size, m.peak.Load()>>20)
	}
}

func TestSpool(t *testing.T) {
	for _, n := range []int{0, 1, 3, spoolMemory - 1, spoolMemory, spoolMemory + 1, 3 * spoolMemory} {
		s := newSpool()
		data := bytes.Repeat([]byte("abcdefg"), n/7+1)[:n]
		if _, err := io.Copy(s, onlyReader{bytes.NewReader(data)}); err != nil {
			t.Fatal(err)
		}
		if (s.file != nil) != (n > spoolMemory) {
			t.Errorf("spool of %d bytes lies on disk: %v", n, s.file != nil)
		}
		for range 2 {
			r, err := s.Open()
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data) || !bytes.HasPrefix(data, s.Head()) || len(s.Head()) != min(4, n) {
				t.Errorf("spool of %d bytes gives %d, head %q, %v", n, len(got), s.Head(), err)
			}
		}
		s.Close()
		if _, err := s.Open(); err == nil {
			t.Errorf("spool of %d bytes opens after Close", n)
		}
	}
}

type onlyReader struct{ io.Reader }

func TestSpoolSaysWhereTheDiskIsFull(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()+"/none")
	f := newFakeS3(t)
	f.put("big", string(bytes.Repeat([]byte("skip\n"), spoolMemory/4)))
	trail := newFakeTrail(t)
	_, err := do(t.Context(), job(openS3(t, f, S3Options{}), trail))
	if err == nil || f.gets["big"] != 1 || len(trail.windows) != 0 || !bytes.Contains([]byte(err.Error()), []byte("set TMPDIR")) {
		t.Errorf("Run without a temporary folder: %v after %d gets, windows %v; want one get and the remedy", err, f.gets["big"], trail.windows)
	}
}
