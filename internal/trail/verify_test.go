package trail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/internal/trail/ledger"
)

// fullTrail holds every entry type and every state.
func fullTrail(t testing.TB) (dir string) {
	t.Helper()
	trail, dir := newTrail(t)
	fill(t, trail)
	return dir
}

func fill(t testing.TB, trail *Trail) {
	t.Helper()
	if _, err := trail.PutPolicy(t.Context(), "config", "agenttrail.yaml", []byte("tenant: acme\n")); err != nil {
		t.Fatal(err)
	}
	cut := string(packStored([]byte(lines(0, 100))))
	put(t, trail,
		object{uri: "s3://example/a", version: "1", gzip: true, body: "context one\n" + line("x", 1, "read") + line("y", 2, "write") + "context two\n" + "not json\n" + `{"skip":"heartbeat"}` + "\n"},
		object{uri: "s3://example/b", version: "1", body: line("x", 1, "read") + line("y", 2, "delete"), context: []byte("a session")},
		object{uri: "s3://example/list", version: "1", role: agenttrail.RoleListing, body: `{"key":"a"}` + "\n"},
		object{uri: "s3://example/cut", version: "1", body: cut[:len(cut)-9]},
	)
	window := agenttrail.WindowState{Window: testBatch().Window, State: agenttrail.WindowOpen, Run: "r1", Trigger: "test", Objects: 5, Failed: []string{"s3://example/late: timeout"}}
	add(t, trail, agenttrail.Entry{Window: &window})
	put(t, trail,
		object{uri: "s3://example/a", version: "2", body: line("x", 1, "read")},
		object{uri: "s3://example/late", version: "1", body: `{"id":"p","at":"2026-11-02T10:00:00.123456789Z","what":"send","parts":"3"}` + "\n" + `{"id":"future","at":"2099-01-01T00:00:00Z","what":"read"}` + "\n"},
	)
	closed := agenttrail.WindowState{Window: testBatch().Window, State: agenttrail.WindowClosed, Result: "complete", Run: "r2", Trigger: "test", Objects: 5}
	add(t, trail, agenttrail.Entry{Window: &closed})
	pdf := putFile(t, trail, "reports/r-1/report.pdf", "%PDF-1.7 a report")
	report := agenttrail.Report{ID: "r-1", Kind: "audit", Before: trail.Log().Size(), Build: "test", Params: "{}", Files: []agenttrail.File{pdf}, From: window.From, To: window.To}
	add(t, trail, agenttrail.Entry{Report: &report})
}

func add(t testing.TB, trail *Trail, e agenttrail.Entry) {
	t.Helper()
	if _, err := trail.Append(t.Context(), e); err != nil {
		t.Fatalf("Append(%s): %v", e.Type(), err)
	}
}

func putFile(t testing.TB, trail *Trail, name, data string) agenttrail.File {
	t.Helper()
	if err := trail.backend.WriteNew(t.Context(), name, strings.NewReader(data), int64(len(data))); err != nil {
		t.Fatal(err)
	}
	sum, _, err := hashFile(&sizedFile{ReaderAt: strings.NewReader(data)})
	if err != nil {
		t.Fatal(err)
	}
	return agenttrail.File{Path: name, SHA256: sum, Size: int64(len(data))}
}

func verify(t testing.TB, dir string, o VerifyOptions) (*Verification, error) {
	t.Helper()
	b, err := ledger.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	return Verify(ctx, b, o)
}

// remapTest is the test's format, as --deep calls it.
func remapTest(_ agenttrail.Batch, _ agenttrail.Object, _ func(string) ([]byte, error), open func() (io.ReadCloser, error)) (func(yield func(*agenttrail.Record) error) error, error) {
	return func(yield func(*agenttrail.Record) error) error {
		r, err := open()
		if err != nil {
			return err
		}
		return errors.Join(readTest(r, yield), r.Close())
	}, nil
}

func TestVerify(t *testing.T) {
	dir := fullTrail(t)
	_, key := testKey(t)
	v, err := verify(t, dir, VerifyOptions{Key: key, Remap: remapTest})
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	got := fmt.Sprint(v.KeyGiven, v.Size, v.Entries, v.Totals.Files, v.Totals.Objects, v.Totals.Unkept, v.Totals.Records, v.Totals.Rows, v.Totals.Compared, v.Unnamed, v.Lagging)
	want := fmt.Sprint(true, 7, map[string]int64{"genesis": 1, "policy": 1, "batch": 2, "window": 2, "report": 1}, 8, 5, 1, 8, 7, 7, []string(nil), []string(nil))
	if got != want {
		t.Errorf("Verify = %s, want %s", got, want)
	}
}

// TestVerifyFlips flips a bit in bytes of every file that an entry names, and of the ledger.
func TestVerifyFlips(t *testing.T) {
	dir := fullTrail(t)
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		if err != nil || d.IsDir() || strings.HasPrefix(name, ".") {
			return err
		}
		files++
		flip(t, dir, path, name)
		return nil
	})
	if err != nil || files < 20 {
		t.Fatalf("flipped bytes of %d files, error %v", files, err)
	}
}

func flip(t *testing.T, dir, path, name string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	step := 1
	if testing.Short() {
		step = max(1, len(data)/16)
	}
	step = max(step, len(data)/200)
	for i := 0; i < len(data); i += step {
		data[i] ^= 1
		os.WriteFile(path, data, 0o600)
		_, err := verify(t, dir, VerifyOptions{})
		data[i] ^= 1

		if !isBroken(err) {
			t.Errorf("Verify with byte %d of %s flipped = %v, want that it does not hold", i, name, err)
		} else if !strings.Contains(err.Error(), strings.TrimSuffix(name, filepath.Ext(name))) && !strings.Contains(err.Error(), "log/") {
			t.Errorf("Verify with byte %d of %s flipped = %v, want the name of the file", i, name, err)
		}
	}
	os.WriteFile(path, data, 0o600)
}
