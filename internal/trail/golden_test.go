package trail

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/internal/trail/ledger"
	"agenttrail/internal/trail/ledger/ledgertest"
)

var update = flag.Bool("update", false, "write the golden trail again: that is a new format")

// The golden trail and what stands beside it.
const (
	goldenTrail = "../../fixtures/proof/trail"
	goldenRows  = "../../fixtures/proof/rows.jsonl"
	goldenKey   = "../../fixtures/proof/verifier.txt"
)

// TestGolden writes a trail with every entry type of format 1 from fixed seeds, clock and key, and compares its bytes with those that are frozen.
func TestGolden(t *testing.T) {
	files, key, rows := golden(t)
	if *update {
		writeGolden(t, files, key, rows)
	}
	frozen := readFolder(t, goldenTrail)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !bytes.Equal(files[name], frozen[name]) {
			t.Errorf("%s has other bytes than the golden trail: that would be another format", name)
		}
	}
	if len(frozen) != len(files) {
		t.Errorf("the golden trail has %d files, want %d", len(frozen), len(files))
	}
	if data, err := os.ReadFile(goldenRows); err != nil || string(data) != rows {
		t.Errorf("%s has other rows, or cannot be read: %v", goldenRows, err)
	}
	v, err := verify(t, goldenTrail, VerifyOptions{Key: key, Remap: remapTest})
	if err != nil {
		t.Fatalf("Verify of the golden trail: %v", err)
	}
	if len(v.Unnamed) != 3 {
		t.Errorf("unnamed files = %q, want the three of the batch that was built again", v.Unnamed)
	}
}

// golden makes the trail in memory: its files, its key, and its canonical rows.
func golden(t *testing.T) (files map[string][]byte, key, rows string) {
	t.Helper()
	b := new(ledgertest.Memory)
	o := testOptions(t)
	if err := create(t.Context(), b, CreateOptions{Signer: o.Signer, Key: o.Key, Origin: testOrigin, Tenant: "acme", Tool: "agenttrail 1", Now: o.Now}); err != nil {
		t.Fatal(err)
	}
	stop := func(string) error { return nil }
	o.Stop = func(step string) error { return stop(step) }
	trail := openMemory(t, b, o)
	fill(t, trail)
	lostAppend(t, b, trail, &stop)
	return b.Files(), o.Key, canonicalRows(t, trail)
}

func openMemory(t *testing.T, b ledger.Backend, o Options) *Trail {
	t.Helper()
	trail, err := Open(t.Context(), b, o)
	if err != nil {
		t.Fatal(err)
	}
	return trail
}

// lostAppend lets another writer take the place in the log, with a twin, at the moment of the append: the batch is built again and signed on top.
func lostAppend(t *testing.T, b ledger.Backend, first *Trail, stop *func(string) error) {
	t.Helper()
	o := testOptions(t)
	o.Random, o.Now = seeded(5), func() time.Time { return time.Date(2026, 11, 3, 2, 0, 0, 0, time.UTC) }
	other := openMemory(t, b, o)
	raced := false
	*stop = func(step string) error {
		if step == "before log" && !raced {
			raced = true
			put(t, other, object{uri: "s3://example/winner", version: "1", body: line("w", 7, "read") + line("both", 8, "read")})
		}
		return nil
	}
	put(t, first, object{uri: "s3://example/loser", version: "1", body: line("both", 8, "read") + line("l", 9, "read")})
}

func canonicalRows(t *testing.T, trail *Trail) string {
	t.Helper()
	var out strings.Builder
	for _, s := range trail.Reader().sources(agenttrail.Query{}) {
		file, err := trail.openTable(t.Context(), s.file)
		if err != nil {
			t.Fatal(err)
		}
		err = file.CanonicalRows(func(_ int64, row []byte) error {
			_, err := fmt.Fprintf(&out, `{"receipt":"%d","row":%s}`+"\n", s.receipt, row)
			return err
		})
		if err := errors.Join(err, file.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func writeGolden(t *testing.T, files map[string][]byte, key, rows string) {
	t.Helper()
	if err := os.RemoveAll(goldenTrail); err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		writeFile(t, filepath.Join(goldenTrail, name), data)
	}
	writeFile(t, goldenRows, []byte(rows))
	writeFile(t, goldenKey, []byte(key+"\n"))
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, 0o644)); err != nil {
		t.Fatal(err)
	}
}

func readFolder(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[name], err = os.ReadFile(filepath.Join(dir, name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// copyTrail makes a copy of a trail that a test may change.
func copyTrail(t *testing.T, from string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range readFolder(t, from) {
		writeFile(t, filepath.Join(dir, name), data)
	}
	return dir
}

// packStored makes gzip that no release of a compressor changes: it does not compress.
func packStored(data []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.NoCompression)
	z.Write(data)
	z.Close()
	return b.Bytes()
}
