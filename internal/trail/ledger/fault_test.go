package ledger_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agenttrail/internal/trail/ledger"
	"agenttrail/internal/trail/ledger/ledgertest"
)

var errFault = errors.New("injected")

// TestEveryCallFails lets each Backend call of a writer fail, in both ways: while the first entries come, and while a bundle fills up.
// A caller that goes on as a careful one does (open again, look, append what is not there) ends with each entry once.
func TestEveryCallFails(t *testing.T) {
	for _, c := range []struct{ from, to int }{{1, 21}, {253, 259}} {
		start, s := grow(t, c.from)
		dropSmaller(t, start, c.from)
		for _, applied := range []bool{false, true} {
			calls := int64(1)
			for at := int64(0); at < calls; at++ {
				calls = failCall(t, start.Clone(), s, at, applied, c.to)
			}
			if calls < int64(4*(c.to-c.from)) {
				t.Errorf("from %d: only %d calls were made to fail", c.from, calls)
			}
		}
	}
}

// dropSmaller removes the renderings of smaller sizes, for speed.
func dropSmaller(t *testing.T, b *ledgertest.Memory, size int) {
	for name := range b.Files() {
		if strings.Contains(name, ".p/") && !strings.HasSuffix(name, fmt.Sprintf(".p/%d", size)) {
			if err := b.Remove(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// failCall fails one call and returns how many there were that could.
func failCall(t *testing.T, b *ledgertest.Memory, s *ledger.Signer, at int64, applied bool, size int) int64 {
	t.Helper()
	var n atomic.Int64
	b.Fault = func(method, name string) ledgertest.Outcome {
		if size > 200 && method == "Read" && strings.HasPrefix(name, "log/") {
			return ledgertest.Outcome{} // the tail that Open reads: hundreds of calls like any other
		}
		if n.Add(1)-1 == at {
			return ledgertest.Outcome{Err: errFault, Applied: applied}
		}
		return ledgertest.Outcome{}
	}
	appendCarefully(t, b, s, int64(size))
	calls := n.Load()
	b.Fault = nil
	open(t, b, s)
	v := mustVerify(t, b)
	if diff := cmp.Diff(count(size-1), names(v.Log)); diff != "" {
		t.Fatalf("call %d fails, applied=%v: -want +got\n%s", at, applied, diff)
	}
	if len(v.Lagging) > 0 {
		t.Fatalf("call %d fails, applied=%v: lagging after Open: %q", at, applied, v.Lagging)
	}
	return calls
}

func appendCarefully(t *testing.T, b ledger.Backend, s *ledger.Signer, size int64) {
	t.Helper()
	for failures := 0; ; failures++ {
		if failures > 2 {
			t.Fatalf("one fault, %d failures", failures)
		}
		l, err := ledger.Open(t.Context(), b, ledger.Options{Signer: s, Now: clock})
		if err != nil {
			continue
		}
		for i := l.Size(); i < size && err == nil; i++ {
			_, err = l.Append(t.Context(), policy(fmt.Sprint(i)), nil)
		}
		if err == nil {
			return
		}
	}
}

// TestLostAnswer: the write was applied and reported as failed. The same log goes on with another entry, and a log beside it too.
func TestLostAnswer(t *testing.T) {
	for _, c := range []struct {
		name    string
		outcome ledgertest.Outcome
		want    []string
	}{
		{"applied", ledgertest.Outcome{Err: errFault, Applied: true}, []string{"1", "2", "3"}},
		{"not applied", ledgertest.Outcome{Err: errFault}, []string{"2", "3"}},
	} {
		b := new(ledgertest.Memory)
		s := create(t, b)
		l, other := open(t, b, s), open(t, b, s)
		var done atomic.Bool
		b.Fault = func(method, name string) ledgertest.Outcome {
			if method == "WriteNew" && done.CompareAndSwap(false, true) {
				return c.outcome
			}
			return ledgertest.Outcome{}
		}
		_, err := l.Append(t.Context(), policy("1"), nil)
		if (err == nil) != c.outcome.Applied {
			t.Errorf("%s: Append = %v", c.name, err)
		}
		if _, err := l.Append(t.Context(), policy("2"), nil); err != nil {
			t.Errorf("%s: Append of another entry after it = %v", c.name, err)
		}
		if _, err := other.Append(t.Context(), policy("3"), nil); err != nil {
			t.Errorf("%s: Append by another log = %v", c.name, err)
		}
		if diff := cmp.Diff(c.want, names(mustVerify(t, b).Log)); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.name, diff)
		}
	}
}

// TestStop stops an append at each step, before and after: as a kill does.
func TestStop(t *testing.T) {
	start, s := grow(t, 256)
	steps := map[string]int64{ // how many entries are there afterwards
		"before sign": 256, "after sign": 256, "before log": 256, "after log": 257, "before render": 257, "after render": 257,
	}
	for step, want := range steps {
		b := start.Clone()
		reached := map[string]bool{}
		stop := func(at string) error {
			reached[at] = true
			if at == step {
				return errFault
			}
			return nil
		}
		l, err := ledger.Open(t.Context(), b, ledger.Options{Signer: s, Now: clock, Stop: stop})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Append(t.Context(), policy("256"), nil); !errors.Is(err, errFault) {
			t.Errorf("Append stopped %s = %v, want the error of Stop", step, err)
		}
		v := mustVerify(t, b)
		if v.Log.Size() != want {
			t.Errorf("stopped %s: %d entries, want %d", step, v.Log.Size(), want)
		}
		if lags := want == 257 && step != "after render"; lags != (len(v.Lagging) > 0) {
			t.Errorf("stopped %s: lagging %q, want some: %v", step, v.Lagging, lags)
		}
		again := open(t, b, s)
		if r := again.Repaired(); len(r) > 0 {
			t.Errorf("stopped %s: repaired %q, want only what lags to be written", step, r)
		}
		mustAppend(t, again, "next")
		if v := mustVerify(t, b); len(v.Lagging) > 0 {
			t.Errorf("stopped %s: still lagging %q", step, v.Lagging)
		}
		if step == "after render" {
			if diff := cmp.Diff(slices.Sorted(maps.Keys(steps)), slices.Sorted(maps.Keys(reached))); diff != "" {
				t.Errorf("steps: -want +got\n%s", diff)
			}
		}
	}
}

// TestRenderLater: an append whose renderings fail is an append all the same; Render says so and catches up.
func TestRenderLater(t *testing.T) {
	b := new(ledgertest.Memory)
	s := create(t, b)
	l := open(t, b, s)
	var broken atomic.Bool
	broken.Store(true)
	b.Fault = func(method, name string) ledgertest.Outcome {
		if method == "Render" && broken.Load() {
			return ledgertest.Outcome{Err: errFault}
		}
		return ledgertest.Outcome{}
	}
	mustAppend(t, l, count(300)...)
	if err := l.Render(t.Context()); !errors.Is(err, errFault) {
		t.Errorf("Render = %v, want what hinders it", err)
	}
	broken.Store(false)
	if err := l.Render(t.Context()); err != nil {
		t.Errorf("Render = %v", err)
	}
	if v := mustVerify(t, b); len(v.Lagging) > 0 {
		t.Errorf("after Render %q lag", v.Lagging)
	}
}

// TestSameBytes: who renders when makes no difference.
func TestSameBytes(t *testing.T) {
	a, s := grow(t, 520)
	again, _ := grow(t, 520)
	mustHold(t, "another ledger of the same entries", again.Files(), a.Files())
	if len(again.Files()) != len(a.Files()) {
		t.Errorf("another ledger of the same entries has %d files, want %d", len(again.Files()), len(a.Files()))
	}
	bare := onlyLog(t, a)
	open(t, bare, s)
	mustHold(t, "renderings from log/ alone", bare.Files(), a.Files())
	if v := mustVerify(t, bare); len(v.Lagging) > 0 {
		t.Errorf("%q lag after Open from log/ alone", v.Lagging)
	}
}

func mustHold(t *testing.T, what string, got, want map[string][]byte) {
	t.Helper()
	for name, data := range got {
		if !bytes.Equal(want[name], data) {
			t.Errorf("%s: %s has %d bytes that differ from the %d wanted", what, name, len(data), len(want[name]))
		}
	}
}

// onlyLog copies a ledger without its renderings.
func onlyLog(t *testing.T, b *ledgertest.Memory) *ledgertest.Memory {
	t.Helper()
	bare := new(ledgertest.Memory)
	for name, data := range b.Files() {
		if name == ledger.TrailFile || strings.HasPrefix(name, "log/") {
			mustPut(t, bare, name, data)
		}
	}
	return bare
}
