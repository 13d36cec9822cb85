package testenv

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Corpus returns the folder of public logs of that name ("corpora"), e.g. "cloudtrail-invictus". Read only.
func Corpus(t testing.TB, name string) string {
	t.Helper()
	base := os.Getenv("AGENTTRAIL_CORPORA")
	if base == "" {
		base = filepath.Join(moduleRoot(t), "..", "shared", "corpora")
	}
	dir := filepath.Join(base, name)
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		lack(t, "corpora", "no folder "+name+" in ../shared/corpora or $AGENTTRAIL_CORPORA")
	}
	if err != nil {
		t.Fatalf("corpora: %v", err)
	}
	if !info.IsDir() {
		t.Fatalf("corpora: %s is not a folder", dir)
	}
	return dir
}

// moduleRoot is the nearest folder above the test that holds a go.mod.
func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatalf("module root: %v", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("module root: no go.mod in any folder above the test")
		}
		dir = up
	}
}
