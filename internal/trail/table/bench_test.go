package table

import (
	"sync"
	"testing"

	"agenttrail"
)

func BenchmarkWrite(b *testing.B) { benchmarkWrite(b, 10_000) }

// BenchmarkWriteLong writes ten row groups into one file: memory must not grow with them.
func BenchmarkWriteLong(b *testing.B) { benchmarkWrite(b, 100_000) }

// benchmarkWrite writes a few actions again and again, each time with other ids: an action comes out of a mapper and is still in the cache.
func benchmarkWrite(b *testing.B, rows int) {
	actions, columns, ids := demo(64, 1), demoColumns(), demo(10_000, 2)
	b.ReportAllocs()
	var size int64
	for b.Loop() {
		var out length
		w := NewWriter(&out, agenttrail.TableActions, columns)
		for i := range rows {
			a, id := &actions[i%len(actions)], &ids[i%len(ids)]
			a.ID, a.Event.ID, a.Event.Hash, a.Resource.ID, a.Correlation = id.ID, id.Event.ID, id.Event.Hash, id.Resource.ID, id.Correlation
			if err := w.Write(a, [16]byte{}); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := w.Close(); err != nil {
			b.Fatal(err)
		}
		size = int64(out)
	}
	perRow(b, rows)
	b.ReportMetric(float64(size)/float64(rows), "B/row")
	b.ReportMetric(float64(len(columns)), "columns")
}

// A length counts what is written.
type length int64

func (n *length) Write(p []byte) (int, error) {
	*n += length(len(p))
	return len(p), nil
}

func perRow(b *testing.B, rows int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
}

func BenchmarkCanonicalRows(b *testing.B) {
	data, _ := write(b, demoColumns(), demo(10_000, 1))
	b.ReportAllocs()
	for b.Loop() {
		if err := open(b, data).CanonicalRows(func(int64, []byte) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	perRow(b, 10_000)
}

func BenchmarkIDs(b *testing.B) {
	data, _ := write(b, demoColumns(), demo(10_000, 1))
	b.ReportAllocs()
	for b.Loop() {
		if err := open(b, data).IDs(func(int64, string) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	perRow(b, 10_000)
}

func BenchmarkScan(b *testing.B) {
	data, _ := write(b, demoColumns(), demo(10_000, 1))
	b.ReportAllocs()
	for b.Loop() {
		if err := open(b, data).Find(agenttrail.Query{}, nil, func(int64, *agenttrail.Action) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	perRow(b, 10_000)
}

// BenchmarkCount groups a million rows in a hundred files on two cores.
func BenchmarkCount(b *testing.B) {
	var files [][]byte
	for i := range 100 {
		data, _ := write(b, demoColumns(), demo(10_000, uint64(i)))
		files = append(files, data)
	}
	by := []string{"agenttrail.actor.id", "event.action", "agenttrail.outcome"}
	b.ReportAllocs()
	for b.Loop() {
		var groups Groups
		var wg sync.WaitGroup
		for half := range 2 {
			wg.Go(func() {
				for i := half; i < len(files); i += 2 {
					if err := open(b, files[i]).Count(agenttrail.Query{}, by, &groups); err != nil {
						b.Error(err)
					}
				}
			})
		}
		wg.Wait()
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/million")
}
