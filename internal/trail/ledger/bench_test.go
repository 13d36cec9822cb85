package ledger_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"agenttrail"
	"agenttrail/internal/trail/ledger"
	"agenttrail/internal/trail/ledger/ledgertest"
)

const large = 100_000

// largeLedger is made once: signing and rendering 100,000 entries takes longer than reading them.
var largeLedger = sync.OnceValue(func() *ledgertest.Memory { return new(ledgertest.Memory) })

func numbered(i int) agenttrail.Entry {
	e := batchSample()
	b := *e.Batch
	b.Name = fmt.Sprintf("20261103T120000Z-%016x", i)
	b.Run = fmt.Sprintf("r%d", i/50)
	b.Evidence.Path = "evidence/2026/11/03/" + b.Name + ".zip"
	e.Batch = &b
	return e
}

// BenchmarkOpen replays 100,000 batch entries. The bar is one second.
func BenchmarkOpen(b *testing.B) {
	m := largeLedger()
	fillLarge(b, m)
	b.ReportAllocs()
	before := heap()
	var l *ledger.Log
	for b.Loop() {
		l = open(b, m, nil)
	}
	kept := heap() - before
	if l.Size() != large {
		b.Fatalf("%d entries, want %d", l.Size(), large)
	}
	b.ReportMetric(float64(b.N*large)/b.Elapsed().Seconds(), "entries/s")
	b.ReportMetric(kept/large, "B/entry-kept")
}

// BenchmarkOpenFolder is the same from a folder, by the writer, who also compares the renderings.
func BenchmarkOpenFolder(b *testing.B) {
	m := largeLedger()
	s := fillLarge(b, m)
	dir := b.TempDir()
	for name, data := range m.Files() {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, data, 0o600)); err != nil {
			b.Fatal(err)
		}
	}
	f, err := ledger.OpenFolder(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for b.Loop() {
		open(b, f, s)
	}
	b.ReportMetric(float64(b.N*large)/b.Elapsed().Seconds(), "entries/s")
}

func fillLarge(b *testing.B, m *ledgertest.Memory) *ledger.Signer {
	s := newSigner(b, 1)
	if len(m.Files()) > 0 {
		return s
	}
	create(b, m)
	// Renderings in between are dropped: a hundred thousand partial bundles are no part of a start.
	m.Fault = func(method, name string) ledgertest.Outcome {
		if method == "Render" {
			return ledgertest.Outcome{Err: errFault}
		}
		return ledgertest.Outcome{}
	}
	l := open(b, m, s)
	for i := 1; i < large; i++ {
		if _, err := l.Append(b.Context(), numbered(i), nil); err != nil {
			b.Fatal(err)
		}
	}
	m.Fault = nil
	if err := l.Render(b.Context()); err != nil {
		b.Fatal(err)
	}
	return s
}

func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// BenchmarkAppend commits to memory, renderings included.
func BenchmarkAppend(b *testing.B) {
	m := new(ledgertest.Memory)
	l := open(b, m, create(b, m))
	for i := 0; b.Loop(); i++ {
		if _, err := l.Append(b.Context(), numbered(i), nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeEntry is the cost of one entry alone; a start, which reads many with one decoder, pays less.
func BenchmarkDecodeEntry(b *testing.B) {
	data, err := ledger.EncodeEntry(batchSample())
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ledger.DecodeEntry(data); err != nil {
			b.Fatal(err)
		}
	}
}
