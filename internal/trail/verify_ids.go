package trail

import (
	"context"
	"hash/maphash"
	"slices"
	"sync"

	"agenttrail"
)

// idCheck sees that no id stands in the trail twice: eight bytes of each are kept, and where two are equal the ids themselves are compared.
type idCheck struct {
	seed maphash.Seed
	mu   sync.Mutex
	keys []uint64
}

func (c *idCheck) key(id string) uint64 { return maphash.String(c.seed, id) }

func (c *idCheck) add(keys []uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keys = append(c.keys, keys...)
}

// twice are the keys that occurred more than once.
func (c *idCheck) twice() map[uint64]bool {
	slices.Sort(c.keys)
	found := map[uint64]bool{}
	for i := 1; i < len(c.keys); i++ {
		if c.keys[i] == c.keys[i-1] {
			found[c.keys[i]] = true
		}
	}
	return found
}

// once reads the ids again whose keys occurred twice.
func (v *verifier) once(ctx context.Context) error {
	twice := v.ids.twice()
	if len(twice) == 0 {
		return nil
	}
	seen := map[string]int64{}
	for n := range v.log.Size() {
		b := v.log.Entry(n).Batch
		if b == nil || b.Table(actionsTable) == nil {
			continue
		}
		if err := v.onceIn(ctx, n, b, twice, seen); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) onceIn(ctx context.Context, n int64, b *agenttrail.Batch, twice map[uint64]bool, seen map[string]int64) error {
	at := place(n, b.Table(actionsTable).Path)
	rows, err := v.openRows(ctx, n, b, actionsTable)
	if err != nil {
		return err
	}
	err = rows.IDs(func(_ int64, id string) error {
		if !twice[v.ids.key(id)] {
			return nil
		}
		if first, ok := seen[id]; ok {
			return broken(at, "action %s stands in entry %d already", id, first)
		}
		seen[clone(id)] = n
		return nil
	})
	if err != nil && !isBroken(err) {
		err = &Incomplete{at, err}
	}
	return closing(rows, at, err)
}
