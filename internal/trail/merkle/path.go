package merkle

import "errors"

// Levels is a tree kept whole, for those who prove its leaves: level 0 are the leaves, and each further level has half as many hashes as the one below. A
// hash without a sibling stands in the next level unchanged, which gives the tree of RFC 6962.
type Levels [][][32]byte

// NewLevels builds the tree over leaf hashes, which it keeps.
func NewLevels(leaves [][32]byte) Levels {
	l := Levels{leaves}
	for below := leaves; len(below) > 1; below = l[len(l)-1] {
		next := make([][32]byte, 0, (len(below)+1)/2)
		for i := 0; i+1 < len(below); i += 2 {
			next = append(next, node(&below[i], &below[i+1]))
		}
		if len(below)%2 == 1 {
			next = append(next, below[len(below)-1])
		}
		l = append(l, next)
	}
	return l
}

// Path are the hashes that lead from leaf i, which must be there, to the root, bottom up.
func (l Levels) Path(i int64) (path [][32]byte) {
	for _, level := range l {
		if sibling := i ^ 1; sibling < int64(len(level)) {
			path = append(path, level[sibling])
		}
		i /= 2
	}
	return path
}

// ErrPath says that a path has another length than its place in the tree needs.
var ErrPath = errors.New("the path has another length than its place in the tree needs")

// Root is the root that a path leads to from leaf i of size.
func Root(leaf [32]byte, i, size int64, path [][32]byte) ([32]byte, error) {
	if i < 0 || i >= size {
		return leaf, errors.New("the place lies outside the tree")
	}
	for ; size > 1; i, size = i/2, (size+1)/2 {
		if i^1 >= size {
			continue
		}
		if len(path) == 0 {
			return leaf, ErrPath
		}
		if i%2 == 1 {
			leaf = node(&path[0], &leaf)
		} else {
			leaf = node(&leaf, &path[0])
		}
		path = path[1:]
	}
	if len(path) > 0 {
		return leaf, ErrPath
	}
	return leaf, nil
}
