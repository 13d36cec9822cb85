package ingest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"agenttrail"
)

// fetchers is how many objects are fetched at once: a bucket answers one after some ten milliseconds.
const fetchers = 16

// An objectKey stands for a URI and version.
type objectKey [16]byte

func keyOf(o *agenttrail.Object) (k objectKey) {
	sum := sha256.Sum256([]byte(o.URI + "\x00" + o.Version))
	copy(k[:], sum[:])
	return k
}

// uriKey stands for a URI alone.
func uriKey(uri string) objectKey { return keyOf(&agenttrail.Object{URI: uri}) }

// A walk pulls one window, in up to three passes.
//
// Each pass is three stages: list starts the fetches, cut waits for them in the order of the listing and starts the preparing of batches, and do commits
// them in that order. The first error ends all three.
type walk struct {
	*run
	window  agenttrail.Window
	seen    map[objectKey]struct{} // new objects listed in this pass
	taken   map[objectKey]struct{} // committed by passes before this one
	fresh   []objectKey            // committed by this pass
	numbers Numbers
	listing string // digest of it
	changed bool   // an object was not the listed one any more: list again
	earlier int64  // listed in this pass, taken in by a pass before

	before   agenttrail.WindowState // what was said of the window before this run
	uris     map[objectKey]struct{} // listed in this pass; of a window that was settled before
	came     []objectKey            // URIs of what this run committed for such a window
	gone     []string               // of them: not listed any more; the first maxNamed
	goneAll  int64
	pages    int64     // API pages that held nothing new
	unlisted error     // why a lost window could not even be listed
	from, to time.Time // of the actions that came
	proving  *proving  // nil: not asked

	failures []Failure // the first maxNamed
	refusals []Refusal

	mu       sync.Mutex // guards what stages share: progress, refusals
	progress Progress
	cancel   context.CancelCauseFunc
}

func (k *walk) do(ctx context.Context) error {
	ctx, k.cancel = context.WithCancelCause(ctx)
	defer k.cancel(nil)
	k.begin()
	if err := k.prove(ctx); err != nil {
		return err
	}
	items := make(chan *item, fetchers)
	batches := make(chan *batch, k.job.Workers)
	before := k.numbers.Objects
	var stages sync.WaitGroup
	stages.Go(func() { k.stop(k.list(ctx, items)) })
	stages.Go(func() { k.stop(k.cut(ctx, items, batches)) })
	for b := range batches {
		k.stop(k.finish(ctx, b))
	}
	stages.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	n := &k.numbers
	if taken := n.Objects - before; n.Listed != n.Known+taken+k.earlier+n.Failed {
		return fmt.Errorf("BUG: window %s: %d objects listed, but %d known + %d committed + %d before + %d failed", k.window.Key(), n.Listed, n.Known, taken, k.earlier, n.Failed)
	}
	return nil
}

// stop ends all stages of the pass with err.
func (k *walk) stop(err error) {
	if err != nil {
		k.cancel(err)
	}
}

// begin forgets what the pass before said about the listing. What it committed stays counted.
func (k *walk) begin() {
	for _, key := range k.fresh {
		k.taken[key] = struct{}{}
	}
	k.fresh, k.seen = nil, map[objectKey]struct{}{}
	n := &k.numbers
	n.Listed, n.ListedBytes, n.Known, n.Failed, n.Excluded, n.LeftOut = 0, 0, 0, 0, 0, nil
	k.failures, k.changed, k.earlier, k.uris = nil, false, 0, nil
	if k.before.Settled() {
		k.uris = map[objectKey]struct{}{}
	}
	k.progress = Progress{Window: k.window, Bytes: n.Bytes}
}

// list asks the source and starts a fetch for each object that is new. The listing itself comes last.
func (k *walk) list(ctx context.Context, items chan<- *item) (err error) {
	defer close(items)
	l := newListing()
	if err := k.listAll(ctx, l, items); err != nil {
		l.spool.Close()
		return err
	}
	o := l.object(k.window)
	if _, taken := k.taken[keyOf(&o)]; taken || l.spool.n == 0 || k.known(o) {
		l.spool.Close() // known, or of an empty window: the digest says it all
		return nil
	}
	it := &item{Staged: agenttrail.Staged{Object: o}, ready: make(chan struct{}), ours: true}
	it.stage(l.spool, k.job.Now(), nil)
	close(it.ready)
	if err = send(ctx, items, it); err != nil {
		k.free(it)
	}
	return err
}

func (k *walk) listAll(ctx context.Context, l *listing, items chan<- *item) error {
	if err := k.job.Stop("before list"); err != nil {
		return err
	}
	slots := make(chan struct{}, fetchers)
	for o, err := range k.job.Source.List(ctx, k.window) {
		if err == nil {
			err = k.listOne(ctx, l, o, slots, items)
		}
		if err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err // a source that ends because it was told to is not at its end
	}
	k.listedAll(l)
	return k.job.Stop("after list")
}

func (k *walk) listOne(ctx context.Context, l *listing, o agenttrail.Object, slots chan struct{}, items chan<- *item) error {
	key := keyOf(&o)
	if _, twice := k.seen[key]; twice {
		return nil
	}
	rule := emptyOrTest(&o)
	if o.Role == roleLeftOut {
		rule = o.Meta["rule"]
	}
	if err := l.add(&o, rule); err != nil {
		return err
	}
	if k.uris != nil {
		k.uris[uriKey(o.URI)] = struct{}{}
	}
	if rule != "" {
		return nil
	}
	if k.known(o) {
		k.numbers.Known++
		k.tell(1, 1, 0)
		return nil
	}
	k.seen[key] = struct{}{}
	if _, taken := k.taken[key]; taken {
		k.earlier++
		k.tell(1, 1, 0)
		return nil
	}
	k.tell(1, 0, 0)
	return k.start(ctx, o, slots, items)
}

func (k *walk) listedAll(l *listing) {
	n := &k.numbers
	n.Listed, n.ListedBytes, n.LeftOut, n.Excluded = l.objects, l.bytes, l.leftOut, total(l.leftOut)
	k.listing = l.digest()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.progress.All = true
	k.job.Progress(k.progress)
}

// start fetches o in the background and sends it on at once, so that the order stays.
func (k *walk) start(ctx context.Context, o agenttrail.Object, slots chan struct{}, items chan<- *item) error {
	it := &item{Staged: agenttrail.Staged{Object: o}, ready: make(chan struct{}), held: held(&o)}
	if err := k.budget.take(ctx, it.held); err != nil {
		return err
	}
	if err := send(ctx, slots, struct{}{}); err != nil {
		k.free(it)
		return err
	}
	go func() { // ends with the fetch; cut waits for ready
		defer func() { <-slots }()
		defer close(it.ready)
		it.err = k.get(ctx, it)
	}()
	if err := send(ctx, items, it); err != nil {
		<-it.ready
		k.free(it)
		return err
	}
	return nil
}

func (k *walk) get(ctx context.Context, it *item) error {
	if err := k.job.Stop("before get"); err != nil {
		return &stopError{err}
	}
	s, err := k.fetch(ctx, &it.Object)
	if err != nil {
		return fmt.Errorf("get %s: %w", it.URI, err)
	}
	it.stage(s, k.job.Now(), k.job.Read)
	k.settle(it)
	if err := k.job.Stop("after get"); err != nil {
		return &stopError{err}
	}
	return nil
}

// A stopError is a test's wish that the run ends, as opposed to an object that failed.
type stopError struct{ error }

func (e *stopError) Unwrap() error { return e.error }

func send[T any](ctx context.Context, to chan<- T, v T) error {
	select {
	case to <- v:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// settle gives back what an item holds beyond its true size, which the source may not have announced.
func (k *walk) settle(it *item) {
	if more := it.held - heldBy(it.Length); more > 0 {
		k.budget.give(more)
		it.held -= more
	}
}

// free gives back what an item holds.
func (k *walk) free(it *item) {
	if it.spool != nil {
		it.spool.Close()
	}
	k.budget.give(it.held)
	it.held = 0
}

// tell counts progress and passes it on.
func (k *walk) tell(listed, done, bytes int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.progress.Listed += listed
	k.progress.Done += done
	k.progress.Bytes += bytes
	k.job.Progress(k.progress)
}
