package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"agenttrail"
)

// cut makes batches of the items, in order, and starts their preparing. Digests wait until all logs are there.
func (k *walk) cut(ctx context.Context, items <-chan *item, batches chan<- *batch) (err error) {
	defer close(batches)
	slots := make(chan struct{}, k.job.Workers)
	next := k.batch()
	put := func(it *item) {
		if err == nil && next.full(it, k.job.MaxObjects) {
			err = k.prepare(ctx, next, slots, batches)
			k.stop(err)
			next = k.batch()
		}
		next.add(it) // freed with the batch
	}
	for it := range items {
		<-it.ready
		switch {
		case ctx.Err() != nil || err != nil:
			k.free(it)
		case it.err != nil:
			k.free(it)
			err = k.failed(it)
			k.stop(err)
		default:
			if failed := k.proved(ctx, it, put); failed != nil {
				err = failed
				k.stop(err)
			}
		}
	}
	if failed := k.releaseDigests(ctx, put); err == nil {
		err = failed
	}
	if ctx.Err() != nil || err != nil || len(next.items) == 0 {
		k.freeAll(next)
		return err
	}
	return k.prepare(ctx, next, slots, batches)
}

// proved passes an item on, with its proof where one is asked for. A digest waits, and gives back its memory: few are small.
func (k *walk) proved(ctx context.Context, it *item, put func(*item)) error {
	if k.proving == nil {
		put(it)
		return nil
	}
	if it.Role == agenttrail.RoleListing {
		if err := k.releaseDigests(ctx, put); err != nil {
			k.free(it)
			return err
		}
	}
	parked, err := k.proving.look(it)
	switch {
	case err != nil:
		k.free(it)
		return err
	case parked:
		k.budget.give(it.held)
		it.held = 0
	default:
		put(it)
	}
	return nil
}

// releaseDigests passes on the digests that waited.
func (k *walk) releaseDigests(ctx context.Context, put func(*item)) error {
	if k.proving == nil {
		return nil
	}
	err := ctx.Err()
	if err == nil {
		err = k.proving.release()
	}
	for _, it := range k.proving.parked {
		put(it)
	}
	k.proving.parked = nil
	return err
}

func (k *walk) freeAll(b *batch) {
	for _, it := range b.items {
		k.free(it)
	}
}

// failed takes down an object that could not be fetched. Some failures are about more than the object.
func (k *walk) failed(it *item) error {
	var stopped *stopError
	if fatal(it.err) || errors.As(it.err, &stopped) {
		return it.err
	}
	k.numbers.Failed++
	k.changed = k.changed || errors.Is(it.err, ErrChanged)
	if len(k.failures) < maxNamed {
		k.failures = append(k.failures, Failure{it.URI, it.err})
	}
	k.tell(0, 1, 0)
	return nil
}

func (k *walk) batch() *batch {
	j := &k.job
	return &batch{ready: make(chan struct{}), info: agenttrail.BatchInfo{
		Source: j.Name, Dataset: j.Dataset, Tenant: j.Tenant, Window: k.window, Run: j.Run, Trigger: j.Trigger, Tool: j.Tool,
		Mapping: j.Mapping, MappingVersion: j.MappingVersion, Fields: j.Fields, Started: agenttrail.Micros(j.Now()), Since: j.Since, Late: k.before.Settled() && !k.window.Standing(),
	}}
}

// prepare has the trail write the batch's files in the background and sends the batch on at once, so that the order stays.
func (k *walk) prepare(ctx context.Context, b *batch, slots chan struct{}, batches chan<- *batch) error {
	if err := send(ctx, slots, struct{}{}); err != nil {
		k.freeAll(b)
		return err
	}
	go func() { // ends with Prepare; finish waits for ready
		defer func() { <-slots }()
		defer close(b.ready)
		b.commit, b.err = k.build(ctx, b)
	}()
	batches <- b // do reads on until the channel is closed
	return nil
}

// build calls Prepare until no object is left that cannot be read.
func (k *walk) build(ctx context.Context, b *batch) (commit, error) {
	for {
		commit, err := k.job.Trail.Prepare(ctx, b.info, b.staged())
		if err == nil {
			return commit, nil
		}
		if uri, reason, ok := k.job.Refusal(err); !ok || !k.refuse(b, Refusal{uri, reason, err}) {
			return nil, fmt.Errorf("batch from %s: %w", b.items[0].URI, err)
		}
	}
}

// refuse marks an object of the batch. It is false when there is none, or when it was marked before.
func (k *walk) refuse(b *batch, f Refusal) bool {
	for _, it := range b.items {
		if it.URI != f.URI || it.Refused != "" || f.Reason == "" {
			continue
		}
		it.Refused = f.Reason
		k.mu.Lock()
		defer k.mu.Unlock()
		k.refusals = appendNamed(k.refusals, []Refusal{f})
		return true
	}
	return false
}

// finish commits a batch and counts it.
func (k *walk) finish(ctx context.Context, b *batch) error {
	<-b.ready
	defer k.freeAll(b)
	if b.err != nil || ctx.Err() != nil {
		return b.err
	}
	receipt, err := b.commit(ctx)
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return k.count(ctx, b, receipt)
}

func (k *walk) count(ctx context.Context, b *batch, receipt agenttrail.Receipt) error {
	n, bytes, objects := &k.numbers, int64(0), int64(0)
	for _, it := range b.items {
		k.fresh = append(k.fresh, keyOf(&it.Object))
		if it.ours {
			continue
		}
		objects++
		bytes += it.Length
		n.countProof(&it.Object)
		if k.uris != nil && !slices.Contains(receipt.Reread, it.URI) {
			k.came = append(k.came, uriKey(it.URI))
		}
		if it.Refused != "" {
			n.Refused++
		}
	}
	n.Objects += objects
	n.Bytes += bytes
	pages := int64(len(receipt.Reread))
	n.Reread += pages
	k.pages += pages
	k.reach(&receipt.Batch)
	n.Counts.Add(receipt.Batch.Counts)
	k.tell(0, objects, bytes)
	if receipt.Index >= 0 {
		n.Batches++
		if k.job.Reread != nil && receipt.Batch.Counts.Duplicate > 0 {
			reread, err := k.job.Reread(ctx, receipt.Index)
			if err != nil {
				return fmt.Errorf("receipt %d: %w", receipt.Index, err)
			}
			n.Reread += reread
		}
	}
	return balance(receipt.Batch.Counts)
}

// reach widens the time of the actions that came.
func (k *walk) reach(b *agenttrail.Batch) {
	for _, t := range b.Tables {
		if !t.First.IsZero() && (k.from.IsZero() || t.First.Before(k.from)) {
			k.from = t.First
		}
		if t.Last.After(k.to) {
			k.to = t.Last
		}
	}
}
