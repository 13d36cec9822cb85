package ledger

import (
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"agenttrail"
)

// A state is what the entries so far give: themselves and the tree over them. It only grows.
type state struct {
	entries []agenttrail.Entry
	hashes  []tlog.Hash // of the tree's complete nodes, in the order of tlog.StoredHashIndex
}

// newState is empty and has room for size entries.
func newState(size int64) state {
	return state{make([]agenttrail.Entry, 0, size), make([]tlog.Hash, 0, tlog.StoredHashCount(size))}
}

func (s *state) size() int64 { return int64(len(s.entries)) }

// nodes reads the hashes of a state as if more were appended to it.
type nodes struct{ have, more []tlog.Hash }

// ReadHashes implements tlog.HashReader.
func (n nodes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		if beyond := at - int64(len(n.have)); beyond >= 0 {
			out[i] = n.more[beyond]
			continue
		}
		out[i] = n.have[at]
	}
	return out, nil
}

func (s *state) nodes() nodes { return nodes{have: s.hashes} }

// root is that of the tree over the first size entries.
func (s *state) root(size int64) tlog.Hash { return rootOf(size, s.nodes()) }

func rootOf(size int64, n nodes) tlog.Hash {
	root, err := tlog.TreeHash(size, n)
	if err != nil {
		panic("BUG: tree hash from memory: " + err.Error())
	}
	return root
}

// grown returns the nodes that one more leaf completes.
func (s *state) grown(leaf tlog.Hash) []tlog.Hash {
	more, err := tlog.StoredHashesForRecordHash(s.size(), leaf, s.nodes())
	if err != nil {
		panic("BUG: nodes from memory: " + err.Error())
	}
	return more
}

// rootWith is the root of the tree with one more leaf.
func (s *state) rootWith(leaf tlog.Hash) tlog.Hash {
	return rootOf(s.size()+1, nodes{s.hashes, s.grown(leaf)})
}

func (s *state) add(e agenttrail.Entry, leaf tlog.Hash) error {
	n := s.size()
	switch {
	case (n == 0) != (e.Genesis != nil):
		return damaged(LogName(n), "%s entry: a genesis stands at 0 and only there", e.Type())
	case n > 0 && e.Time.Before(s.entries[n-1].Time):
		return damaged(LogName(n), "its time %s is before that of the entry below", agenttrail.FormatTime(e.Time))
	}
	s.hashes = append(s.hashes, s.grown(leaf)...)
	s.entries = append(s.entries, e)
	return nil
}

// render returns the bytes of a tile or bundle. They depend on nothing but the entries under it.
func (s *state) render(t tile) []byte {
	if t.bundle {
		var b, entry []byte
		for n := t.N << tileHeight; n < t.end(); n++ {
			entry = appendObject(entry[:0], members(&s.entries[n]))
			b = appendBundle(b, entry)
		}
		return b
	}
	data, err := tlog.ReadTileData(t.Tile, s.nodes())
	if err != nil {
		panic("BUG: tile from memory: " + err.Error())
	}
	return data
}

// A committed is the content of log/<n>, with the note checked for itself.
type committed struct {
	leaf  tlog.Hash
	note  []byte
	says  checkpoint
	entry agenttrail.Entry
	err   error // why the entry cannot be read: it counts only if the note covers these bytes
}

// accept takes the next entry after comparing its note with the tree.
func (s *state) accept(c committed) error {
	name := LogName(s.size())
	if got := s.rootWith(c.leaf); c.says.root != got {
		return damaged(name, "its note signs the root %s, the entries give %s", c.says.root, got)
	}
	if c.err != nil {
		return damaged(name, "%w", c.err)
	}
	return s.add(c.entry, c.leaf)
}

// view returns the state for a reader who may not see it grow.
func (s *state) view() state {
	return state{slices.Clip(s.entries), slices.Clip(s.hashes)}
}
