package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"agenttrail/internal/trail"
	"agenttrail/internal/trail/bundle"
)

// demoBundle is the bundle of the demo's audit report, and the key of its trail.
func demoBundle(t *testing.T) (files map[string][]byte, key, dir string) {
	t.Helper()
	if testing.Short() {
		t.Skip("the demo takes its time")
	}
	dir = t.TempDir()
	if err := copyDemo(dir); err != nil {
		t.Fatal(err)
	}
	verifier, err := os.ReadFile(filepath.Join(dir, "verifier.txt"))
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.OpenReader(filepath.Join(dir, "audit-2026-Q3.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	files = map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	return files, strings.TrimSpace(string(verifier)), dir
}

func verifyFiles(t *testing.T, files map[string][]byte, key string) (*bundle.Result, error) {
	t.Helper()
	var list []bundle.File
	for name, data := range files {
		list = append(list, bundle.File{Name: name, Data: data})
	}
	var b bytes.Buffer
	if err := bundle.Write(&b, list); err != nil {
		t.Fatal(err)
	}
	return bundle.Verify(bytes.NewReader(b.Bytes()), int64(b.Len()), bundle.Options{Key: key})
}

// TestBundleTampered: whatever is changed in a bundle, the place is named; what is left out is missing or does not hold; and nothing is added unnoticed.
func TestBundleTampered(t *testing.T) {
	files, key, dir := demoBundle(t)
	r, err := verifyFiles(t, files, key)
	if err != nil || !r.KeyGiven || len(r.Missing) > 0 || r.Proofs < 100 || r.Report.ID != "R-2026Q3-audit" {
		t.Fatalf("Verify of the demo's bundle = %+v, %v", r, err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		changed := maps.Clone(files)
		changed[name] = bytes.Clone(files[name])
		changed[name][len(files[name])/2] ^= 1
		refused(t, name+" with a bit flipped", changed, key, name)

		delete(changed, name)
		r, err := verifyFiles(t, changed, key)
		var half *trail.Incomplete
		if !errors.As(err, &half) && (err != nil || !slices.Equal(r.Missing, []string{name})) {
			t.Errorf("Verify without %s = %+v, %v, want it missing", name, r, err)
		}
	}
	older, err := os.ReadFile(filepath.Join(dir, "trail", "log", "000000000100"))
	if err != nil {
		t.Fatal(err)
	}
	_, note, _ := bytes.Cut(older, []byte{'\n'})
	proofs, entries := files[bundle.Proofs], files[bundle.Entries]
	for _, c := range []struct {
		what, name string
		data       []byte
		place      string
	}{
		{"an older note", bundle.Note, note, bundle.Entries},
		{"a proof removed", bundle.Proofs, proofs[bytes.IndexByte(proofs, '\n')+1:], bundle.Proofs},
		{"a row changed", bundle.Proofs, bytes.Replace(proofs, []byte(`"agenttrail.outcome":"`), []byte(`"agenttrail.outcome":"x`), 1), bundle.Proofs},
		{"the genesis removed", bundle.Entries, entries[bytes.IndexByte(entries, '\n')+1:], bundle.Entries},
		{"the report's entry removed", bundle.Entries, entries[:bytes.LastIndexByte(entries[:len(entries)-1], '\n')+1], bundle.Entries},
		{"a file added", "more.txt", []byte("more"), "more.txt"},
		{"a policy added", "policy/x", []byte("more"), "policy/x"},
	} {
		changed := maps.Clone(files)
		changed[c.name] = c.data
		refused(t, c.what, changed, key, c.place)
	}
	refused(t, "another key", files, "agenttrail/other/00000000+1+x", bundle.Key)
}

func refused(t *testing.T, what string, files map[string][]byte, key, place string) {
	t.Helper()
	r, err := verifyFiles(t, files, key)
	var broken *trail.Broken
	if !errors.As(err, &broken) || broken.Place != place {
		t.Errorf("Verify with %s = %+v, %v, want that %s does not hold", what, r, err, place)
	}
}
