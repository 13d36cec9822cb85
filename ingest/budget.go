package ingest

import (
	"context"
	"sync"

	"agenttrail"
)

// A budget bounds the bytes that are fetched and not yet committed. It is asked in the order of the listing, and holds more than one batch can: so the
// batch that is next always gets what it needs, and nobody waits for ever.
type budget struct {
	mu   sync.Mutex
	cond *sync.Cond
	free int64
}

const (
	budgetBase   = 80 << 20 // one batch of plain objects, and what is fetched ahead of it
	budgetWorker = 48 << 20
	minHeld      = 4 << 10 // what an object costs, however small
)

func newBudget(workers int) *budget {
	b := &budget{free: budgetBase + int64(workers)*budgetWorker}
	b.cond = sync.NewCond(&b.mu)
	return b
}

// held is what an object takes before its true size is known.
func held(o *agenttrail.Object) int64 {
	switch {
	case o.Body != nil:
		return heldBy(int64(len(o.Body)))
	case o.Size < 0:
		return spoolMemory
	}
	return heldBy(o.Size)
}

// heldBy is what an object of that size takes. Past spoolMemory it lies on disk, but disks end too.
func heldBy(size int64) int64 { return min(max(size, minHeld), spoolMemory) }

// take waits for n bytes.
func (b *budget) take(ctx context.Context, n int64) error {
	stop := context.AfterFunc(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.cond.Broadcast()
	})
	defer stop()
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.free < n {
		if err := ctx.Err(); err != nil {
			return err
		}
		b.cond.Wait()
	}
	b.free -= n
	return ctx.Err()
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free += n
	b.cond.Broadcast()
}
