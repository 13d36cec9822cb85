// Package merkle folds leaves into an RFC 6962 root while they stream by. It keeps one hash for each bit of the count, never the leaves.
// Leaves come hashed: what stands in a leaf is the business of who adds it.
package merkle

import (
	"crypto/sha256"
	"math/bits"
)

// A Tree is the state of a growing tree. The zero value is the empty tree.
type Tree struct {
	size  int64
	peaks [63][32]byte // peaks[i] is the root of a full subtree of 2^i leaves; it counts where bit i of size is set
}

// Add appends a leaf hash.
func (t *Tree) Add(leaf [32]byte) {
	level := bits.TrailingZeros64(^uint64(t.size)) // as many full subtrees as size has low bits set end here
	for i := range level {
		leaf = node(&t.peaks[i], &leaf)
	}
	t.peaks[level] = leaf
	t.size++
}

// Size is the number of leaves.
func (t *Tree) Size() int64 { return t.size }

// Root is the root over all leaves so far; that of the empty tree is the SHA-256 of nothing.
func (t *Tree) Root() [32]byte {
	if t.size == 0 {
		return sha256.Sum256(nil)
	}
	lowest := bits.TrailingZeros64(uint64(t.size))
	root := t.peaks[lowest]
	for i := lowest + 1; i < bits.Len64(uint64(t.size)); i++ {
		if t.size>>i&1 == 1 {
			root = node(&t.peaks[i], &root)
		}
	}
	return root
}

func node(left, right *[32]byte) [32]byte {
	var b [65]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[33:], right[:])
	return sha256.Sum256(b[:])
}
