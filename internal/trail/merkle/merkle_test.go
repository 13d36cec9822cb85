package merkle

import (
	"crypto/sha256"
	"strconv"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// TestRoot compares every size with the tree of golang.org/x/mod.
func TestRoot(t *testing.T) {
	var tree Tree
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) (list []tlog.Hash, err error) {
		for _, i := range indexes {
			list = append(list, stored[i])
		}
		return list, nil
	})
	for n := int64(0); n <= 300; n++ {
		want, err := tlog.TreeHash(n, read)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			want = sha256.Sum256(nil)
		}
		if got := tree.Root(); tree.Size() != n || got != want {
			t.Fatalf("Root of %d leaves (Size %d) = %x, want %x", n, tree.Size(), got, want)
		}
		data := []byte("leaf " + strconv.FormatInt(n, 10))
		hashes, err := tlog.StoredHashes(n, data, read)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, hashes...)
		tree.Add(tlog.RecordHash(data))
	}
}

func BenchmarkAdd(b *testing.B) {
	var tree Tree
	for b.Loop() {
		tree.Add([32]byte{1})
	}
}
