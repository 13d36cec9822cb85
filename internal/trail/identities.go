package trail

import (
	"encoding/binary"
	"math/bits"

	"agenttrail"
)

// identities is a compact multimap from the first 8 bytes of an identity to a number: 12 bytes a slot, linear probing. The keys are hashes, so they
// need no hashing again. A hit is a candidate only: whoever asks compares the whole identity. Ten million identities take about 200 MiB.
type identities struct {
	shards [64]shard
	n      int
}

type shard struct {
	keys []uint64 // 0 = free
	refs []uint32
	n    int
}

func identityKey(id agenttrail.Identity) uint64 {
	return max(1, binary.BigEndian.Uint64(id[:8])) // 0 marks a free slot
}

func (m *identities) add(id agenttrail.Identity, ref uint32) {
	key := identityKey(id)
	s := &m.shards[key&63]
	if s.n*5 >= len(s.keys)*4 {
		s.grow()
	}
	s.put(key, ref)
	m.n++
}

// each yields every number that stands under id's first 8 bytes, until yield says stop.
func (m *identities) each(id agenttrail.Identity, yield func(ref uint32) bool) {
	key := identityKey(id)
	s := &m.shards[key&63]
	if len(s.keys) == 0 {
		return
	}
	for i := s.home(key); s.keys[i] != 0; i = s.next(i) {
		if s.keys[i] == key && !yield(s.refs[i]) {
			return
		}
	}
}

func (s *shard) home(key uint64) int {
	hi, _ := bits.Mul64(key, uint64(len(s.keys)))
	return int(hi)
}

func (s *shard) next(i int) int {
	if i++; i == len(s.keys) {
		return 0
	}
	return i
}

func (s *shard) put(key uint64, ref uint32) {
	i := s.home(key)
	for s.keys[i] != 0 {
		i = s.next(i)
	}
	s.keys[i], s.refs[i] = key, ref
	s.n++
}

// grow makes room for half as much again; shards grow one at a time, so that the copy is small.
func (s *shard) grow() {
	old := *s
	size := max(16, len(old.keys)+len(old.keys)/2)
	*s = shard{keys: make([]uint64, size), refs: make([]uint32, size)}
	for i, key := range old.keys {
		if key != 0 {
			s.put(key, old.refs[i])
		}
	}
}
