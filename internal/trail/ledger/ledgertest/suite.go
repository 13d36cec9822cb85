package ledgertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"agenttrail/internal/trail/ledger"
)

// TestBackend checks that what open returns, empty and fresh at each call, keeps the contract of ledger.Backend.
func TestBackend(t *testing.T, open func(t *testing.T) ledger.Backend) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, b ledger.Backend)
	}{
		{"ReadsWhatWasWritten", readsWhatWasWritten},
		{"NotThere", notThere},
		{"WriteNewOnce", writeNewOnce},
		{"WriteNewRace", writeNewRace},
		{"WriteNewWrongSize", writeNewWrongSize},
		{"RenderReplaces", renderReplaces},
		{"RenderIsWhole", renderIsWhole},
		{"List", list},
		{"Remove", remove},
		{"BadNames", badNames},
		{"Cancelled", cancelled},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func readsWhatWasWritten(t *testing.T, b ledger.Backend) {
	for _, data := range []string{"", "x", strings.Repeat("0123456789", 30_000)} {
		name := fmt.Sprintf("evidence/2026/11/03/%d.zip", len(data))
		mustWrite(t, b, name, data)
		if got := mustRead(t, b, name); got != data {
			t.Errorf("Read(%s) after WriteNew gives %d bytes, want the same %d", name, len(got), len(data))
		}
	}
}

func notThere(t *testing.T, b ledger.Backend) {
	for _, name := range []string{"log/000000000000", "trail.json"} {
		r, err := b.Read(t.Context(), name)
		if err == nil {
			_, err = io.ReadAll(r)
			r.Close()
		}
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Read(%s) of a file that nobody wrote = %v, want fs.ErrNotExist", name, err)
		}
	}
}

func writeNewOnce(t *testing.T, b ledger.Backend) {
	const name = "log/000000000007"
	mustWrite(t, b, name, "first")
	mustWrite(t, b, name, "first")
	for _, other := range []string{"other", "", "first and more", "firs"} {
		if err := write(t.Context(), b, name, other); !errors.Is(err, ledger.ErrTaken) {
			t.Errorf("WriteNew(%s, %q) over %q = %v, want ErrTaken", name, other, "first", err)
		}
	}
	if got := mustRead(t, b, name); got != "first" {
		t.Errorf("Read(%s) = %q, want %q", name, got, "first")
	}
}

func writeNewRace(t *testing.T, b ledger.Backend) {
	const name, writers = "log/000000000001", 16
	var won atomic.Int64
	var winner atomic.Value
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			data := fmt.Sprintf("writer %d", i)
			switch err := write(t.Context(), b, name, data); {
			case err == nil:
				won.Add(1)
				winner.Store(data)
			case !errors.Is(err, ledger.ErrTaken):
				t.Errorf("WriteNew(%s, %q) among %d writers = %v, want nil or ErrTaken", name, data, writers, err)
			}
		})
	}
	group.Wait()
	if won.Load() != 1 {
		t.Fatalf("%d of %d writers of %s succeeded, want 1", won.Load(), writers, name)
	}
	if got := mustRead(t, b, name); got != winner.Load() {
		t.Errorf("Read(%s) = %q, want the winner's %q", name, got, winner.Load())
	}
}

func writeNewWrongSize(t *testing.T, b ledger.Backend) {
	const name = "objects/a.jsonl"
	if err := b.WriteNew(t.Context(), name, strings.NewReader("short"), 6); err == nil {
		t.Errorf("WriteNew(%s) of 5 bytes announced as 6 = nil, want an error", name)
	}
	if _, err := b.Read(t.Context(), name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Read(%s) after a write that failed = %v, want fs.ErrNotExist", name, err)
	}
	r := strings.NewReader("whole")
	if _, err := r.Seek(3, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if err := b.WriteNew(t.Context(), name, r, 5); err != nil {
		t.Fatalf("WriteNew(%s) with a reader that stands in the middle = %v, want it read from its start", name, err)
	}
	if got := mustRead(t, b, name); got != "whole" {
		t.Errorf("Read(%s) = %q, want %q", name, got, "whole")
	}
}

func renderReplaces(t *testing.T, b ledger.Backend) {
	for _, data := range []string{"size 1", "size 2, longer", "", "x"} {
		if err := b.Render(t.Context(), "checkpoint", []byte(data)); err != nil {
			t.Fatalf("Render(checkpoint, %q) = %v", data, err)
		}
		if got := mustRead(t, b, "checkpoint"); got != data {
			t.Errorf("Read(checkpoint) = %q, want %q", got, data)
		}
	}
}

// renderIsWhole reads while others replace: old or new, never a mixture.
func renderIsWhole(t *testing.T, b ledger.Backend) {
	const name = "tile/0/000.p/3"
	version := func(i int) []byte { return bytes.Repeat([]byte{byte('a' + i)}, 1000+i) }
	if err := b.Render(t.Context(), name, version(0)); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for range 10 {
				if err := b.Render(t.Context(), name, version(i)); err != nil {
					t.Errorf("Render(%s) = %v", name, err)
				}
			}
		})
	}
	for range 40 {
		got := mustRead(t, b, name)
		if i := len(got) - 1000; i < 0 || i > 3 || got != string(version(i)) {
			t.Errorf("Read(%s) while it is replaced gives %d bytes of a mixture", name, len(got))
		}
	}
	group.Wait()
}

func list(t *testing.T, b ledger.Backend) {
	names := []string{
		"actions/2026/11/03/a.parquet", "checkpoint", "log/000000000000", "log/000000000001", "log/000000000010",
		"tile/0/000", "tile/0/000.p/1", "tile/0/000.p/10", "tile/0/x001/000", "tile/entries/000", "trail.json",
	}
	for i, name := range names {
		mustWrite(t, b, name, strings.Repeat("x", i))
	}
	for _, prefix := range []string{"", "log/", "log/00000000000", "tile", "tile/0/000", "tile/0/000.p/", "nothing/", "trail.json", "z"} {
		var got, want []string
		for info, err := range b.List(t.Context(), prefix) {
			if err != nil {
				t.Fatalf("List(%q) = %v", prefix, err)
			}
			got = append(got, info.Name)
			if i := slices.Index(names, info.Name); i >= 0 && info.Size != int64(i) {
				t.Errorf("List(%q) says %s has %d bytes, want %d", prefix, info.Name, info.Size, i)
			}
		}
		for _, name := range names {
			if strings.HasPrefix(name, prefix) {
				want = append(want, name)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("List(%q) = %q, want %q", prefix, got, want)
		}
	}
	for range b.List(t.Context(), "log/") {
		break
	}
}

func remove(t *testing.T, b ledger.Backend) {
	const name = "policy/abc"
	mustWrite(t, b, name, "x")
	for range 2 {
		if err := b.Remove(t.Context(), name); err != nil {
			t.Errorf("Remove(%s) = %v, want nil also where nothing is there", name, err)
		}
	}
	if _, err := b.Read(t.Context(), name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Read(%s) after Remove = %v, want fs.ErrNotExist", name, err)
	}
	mustWrite(t, b, name, "other")
}

func badNames(t *testing.T, b ledger.Backend) {
	for _, name := range []string{"", ".", "..", "../x", "/x", "a/../b", "a//b", "a/", ".tmp/x", "a/.b"} {
		if err := write(t.Context(), b, name, "x"); err == nil {
			t.Errorf("WriteNew(%q) = nil, want an error", name)
		}
		if err := b.Render(t.Context(), name, nil); err == nil {
			t.Errorf("Render(%q) = nil, want an error", name)
		}
		if _, err := b.Read(t.Context(), name); err == nil {
			t.Errorf("Read(%q) = nil, want an error", name)
		}
		if err := b.Remove(t.Context(), name); err == nil {
			t.Errorf("Remove(%q) = nil, want an error", name)
		}
	}
}

func cancelled(t *testing.T, b ledger.Backend) {
	mustWrite(t, b, "log/000000000000", "x")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := write(ctx, b, "log/000000000001", "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("WriteNew with a cancelled context = %v, want context.Canceled", err)
	}
	if _, err := b.Read(ctx, "log/000000000000"); !errors.Is(err, context.Canceled) {
		t.Errorf("Read with a cancelled context = %v, want context.Canceled", err)
	}
	var last error
	for _, err := range b.List(ctx, "") {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("List with a cancelled context ends with %v, want context.Canceled", last)
	}
}

func write(ctx context.Context, b ledger.Backend, name, data string) error {
	return b.WriteNew(ctx, name, strings.NewReader(data), int64(len(data)))
}

func mustWrite(t *testing.T, b ledger.Backend, name, data string) {
	t.Helper()
	if err := write(t.Context(), b, name, data); err != nil {
		t.Fatalf("WriteNew(%s, %d bytes) = %v", name, len(data), err)
	}
}

func mustRead(t *testing.T, b ledger.Backend, name string) string {
	t.Helper()
	r, err := b.Read(t.Context(), name)
	if err != nil {
		t.Fatalf("Read(%s) = %v", name, err)
	}
	data, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatalf("Read(%s) = %v", name, err)
	}
	return string(data)
}
