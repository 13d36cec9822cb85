package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestSamples: docs/samples holds the reports of the demo as this program writes them, byte for byte. "make samples" writes them anew.
func TestSamples(t *testing.T) {
	if testing.Short() {
		t.Skip("the demo takes its time")
	}
	dir, err := demo()
	if err != nil {
		t.Fatal(err)
	}
	made, err := filepath.Glob(filepath.Join(dir, "*.pdf"))
	if err != nil || len(made) != 6 {
		t.Fatalf("the demo wrote %v, %v; want a report of each kind, and the case file twice", made, err)
	}
	samples := filepath.Join("..", "..", "docs", "samples")
	for _, path := range made {
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(samples, filepath.Base(path))
		if *update {
			if err := os.WriteFile(name, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("docs/samples/%s is stale: make samples, and look at what changed", filepath.Base(path))
		}
	}
}
