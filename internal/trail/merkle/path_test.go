package merkle

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// TestPath compares every path of every small tree with the one of golang.org/x/mod/sumdb/tlog, and sees that no other leaf, place, size or
// path leads to the root.
func TestPath(t *testing.T) {
	for size := int64(1); size <= 40; size++ {
		var leaves [][32]byte
		var tree Tree
		var stored []tlog.Hash
		for i := range size {
			leaf := sha256.Sum256(fmt.Append(nil, i))
			leaves = append(leaves, leaf)
			tree.Add(leaf)
			more, err := tlog.StoredHashesForRecordHash(i, leaf, hashes(stored))
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, more...)
		}
		levels := NewLevels(leaves)
		for i := range size {
			path := levels.Path(i)
			want, err := tlog.ProveRecord(size, i, hashes(stored))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(path, want, func(a [32]byte, b tlog.Hash) bool { return a == [32]byte(b) }) {
				t.Fatalf("NewLevels(%d).Path(%d) = %x, want %v", size, i, path, want)
			}
			if root, err := Root(leaves[i], i, size, path); err != nil || root != tree.Root() {
				t.Errorf("Root(leaf %d of %d) = %x, %v, want %x", i, size, root, err, tree.Root())
			}
			refuses(t, leaves, i, size, path, tree.Root())
		}
	}
}

func refuses(t *testing.T, leaves [][32]byte, i, size int64, path [][32]byte, root [32]byte) {
	t.Helper()
	for other := range size {
		if got, err := Root(leaves[other], i, size, path); other != i && err == nil && got == root {
			t.Errorf("Root: leaf %d passes as leaf %d of %d", other, i, size)
		}
		if got, err := Root(leaves[i], other, size, path); other != i && err == nil && got == root {
			t.Errorf("Root: leaf %d of %d passes at place %d", i, size, other)
		}
	}
	if _, err := Root(leaves[i], i, size, append(path[:len(path):len(path)], root)); !errors.Is(err, ErrPath) {
		t.Errorf("Root(%d of %d) with a path that is too long = %v, want ErrPath", i, size, err)
	}
	if len(path) > 0 {
		if _, err := Root(leaves[i], i, size, path[1:]); !errors.Is(err, ErrPath) {
			t.Errorf("Root(%d of %d) with a path that is too short = %v, want ErrPath", i, size, err)
		}
	}
	for _, outside := range []int64{-1, size} {
		if _, err := Root(leaves[i], outside, size, path); err == nil {
			t.Errorf("Root at place %d of %d = nil, want an error", outside, size)
		}
	}
}

type hashes []tlog.Hash

// ReadHashes hands out stored hashes.
func (h hashes) ReadHashes(places []int64) (list []tlog.Hash, err error) {
	for _, p := range places {
		list = append(list, h[p])
	}
	return list, nil
}
