package ingest

import (
	"bytes"
	"time"

	"agenttrail"
)

// Limits of a batch.
const (
	maxObjects = 4096
	maxWeight  = 8 << 20 // bytes as delivered; plain ones count an eighth
	plainness  = 8
)

// An item is an object on its way. Whoever holds it frees it.
type item struct {
	agenttrail.Staged
	spool *spool
	err   error
	held  int64 // of the memory budget
	ours  bool  // the listing of this run, which the source did not list
	ready chan struct{}
}

// stage fills in what the trail needs, once the bytes are there.
func (it *item) stage(s *spool, fetched time.Time, read Read) {
	it.spool, it.Open = s, s.Open
	it.SHA256, it.Length, it.Fetched = s.Sum(), s.n, agenttrail.Micros(fetched)
	it.Records = func(func(*agenttrail.Record) error) error { return nil }
	if it.Role == agenttrail.RoleLog {
		it.Records = func(yield func(*agenttrail.Record) error) error {
			in, err := s.Open()
			if err != nil {
				return err
			}
			defer in.Close()
			return read(&it.Object, in, yield)
		}
	}
}

func (it *item) weight() int64 {
	if compressed(it.spool.Head()) {
		return it.spool.n
	}
	return it.spool.n / plainness
}

// compressed knows gzip, zstd and bzip2 by their first bytes.
func compressed(head []byte) bool {
	for _, magic := range []string{"\x1f\x8b", "\x28\xb5\x2f\xfd", "BZh"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}

// A batch grows in the order of the listing. So where it is cut depends on the objects alone, and not on how many workers there are.
type batch struct {
	info   agenttrail.BatchInfo
	items  []*item
	weight int64
	uris   map[string]struct{}

	commit commit
	err    error
	ready  chan struct{}
}

// full says that it must be cut before it takes in it: past a limit, or because it holds another version of the same object.
func (b *batch) full(it *item, limit int) bool {
	if len(b.items) == 0 {
		return false
	}
	_, twice := b.uris[it.URI]
	return twice || len(b.items) >= limit || b.weight+it.weight() > maxWeight
}

func (b *batch) add(it *item) {
	if b.uris == nil {
		b.uris = map[string]struct{}{}
	}
	b.items = append(b.items, it)
	b.weight += it.weight()
	b.uris[it.URI] = struct{}{}
}

// staged are the items as the trail takes them.
func (b *batch) staged() []agenttrail.Staged {
	list := make([]agenttrail.Staged, len(b.items))
	for i, it := range b.items {
		list[i] = it.Staged
	}
	return list
}
