package trail

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"agenttrail"
)

// Nothing is the Index of a Receipt when a batch held nothing that is new, not even an object to remember: no entry was appended.
const Nothing = -1

// Prepare frames, maps and compares the records of one batch and writes its files; commit appends its entry, and only that makes the batch exist.
// Many goroutines may prepare at once; commits are called one after the other, in listing order. commit searches twins again in what was appended
// since and builds the batch again when there is one. Both may be called again after an error. An object that cannot be read is an *ObjectError.
//
// The Receipt holds the entry as appended, but for the counts, which are those of everything that was read: the entry does without API pages that held
// nothing new. Of a batch of such pages alone the Index is Nothing.
func (t *Trail) Prepare(ctx context.Context, info agenttrail.BatchInfo, objs []agenttrail.Staged) (commit func(context.Context) (agenttrail.Receipt, error), err error) {
	if err := checkBatch(info, objs); err != nil {
		return nil, err
	}
	p, err := t.prepare(ctx, info, objs)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (receipt agenttrail.Receipt, err error) {
		err = t.exclusive(ctx, func() error {
			receipt, err = t.commit(ctx, p, objs)
			return err
		})
		return receipt, err
	}, nil
}

// checkBatch refuses what a correct caller does not hand over: rows and records are found by (uri, ordinal).
func checkBatch(info agenttrail.BatchInfo, objs []agenttrail.Staged) error {
	if !sourceName.MatchString(info.Source) {
		return fmt.Errorf("source name %q: want a-z, 0-9 and hyphens, at most 63", info.Source)
	}
	seen := make(map[string]bool, len(objs))
	for i := range objs {
		if seen[objs[i].URI] {
			return fmt.Errorf("BUG: two versions of %s in one batch", objs[i].URI)
		}
		seen[objs[i].URI] = true
	}
	return nil
}

// prepared is what a commit needs of a batch whose files are written.
type prepared struct {
	batch agenttrail.Batch
	ids   []agenttrail.Identity // of its rows
	read  agenttrail.Counts     // of everything
	pages []string              // URIs of API pages that held nothing new
}

func (t *Trail) prepare(ctx context.Context, info agenttrail.BatchInfo, objs []agenttrail.Staged) (p *prepared, err error) {
	if err := t.stop("before parse", "before twins"); err != nil {
		return nil, err
	}
	d, err := t.build(ctx, info, objs, false)
	if errors.Is(err, errFacts) {
		d, err = t.build(ctx, info, objs, true)
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := t.stop("after parse", "after twins"); err != nil {
		return nil, err
	}
	if d.batch.Objects.Count > 0 {
		err = d.write(ctx)
	}
	d.batch.Ended = agenttrail.Micros(t.o.Now())
	return &prepared{d.batch, d.fresh.ids, d.read, d.pages}, err
}

// write gives the draft's files their names: durable, but nothing until an entry names them.
func (d *draft) write(ctx context.Context) (err error) {
	b := &d.batch
	if b.Evidence.File, err = d.file(ctx, "evidence", "evidence", ".zip", &d.evidence.out); err != nil {
		return err
	}
	for _, t := range d.tables() {
		if f := b.Table(t.name); f != nil {
			if f.File, err = d.file(ctx, "tables", t.name, ".parquet", &t.file); err != nil {
				return err
			}
		}
	}
	b.Objects.File, err = d.file(ctx, "objects", "objects", ".jsonl", &d.objects)
	return err
}

func (d *draft) file(ctx context.Context, step, folder, ext string, s *spool) (f agenttrail.File, err error) {
	if err := d.trail.o.Stop("before " + step); err != nil {
		return f, err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, s.reader()); err != nil {
		return f, fmt.Errorf("%s: %w", step, err)
	}
	f = agenttrail.File{Path: batchPath(folder, d.batch.Name, ext), SHA256: fmt.Sprintf("%x", sum.Sum(nil)), Size: s.size}
	if err := d.trail.backend.WriteNew(ctx, f.Path, s.reader(), s.size); err != nil {
		return f, fmt.Errorf("write %s: %w", f.Path, err)
	}
	return f, d.trail.o.Stop("after " + step)
}

// errTwin says that somebody else committed an action of this batch since its twins were searched.
var errTwin = errors.New("a twin was committed meanwhile")

// commit appends the entry of a prepared batch. The ledger is ours alone.
func (t *Trail) commit(ctx context.Context, p *prepared, objs []agenttrail.Staged) (agenttrail.Receipt, error) {
	for {
		n, err := t.appendBatch(ctx, p)
		if err == nil || !errors.Is(err, errTwin) {
			receipt := agenttrail.Receipt{Index: n, Batch: p.batch, Reread: p.pages}
			receipt.Batch.Counts = p.read
			return receipt, err
		}
		again, err := t.prepare(ctx, p.batch.BatchInfo, objs)
		if err != nil {
			return agenttrail.Receipt{}, err
		}
		*p = *again
	}
}

func (t *Trail) appendBatch(ctx context.Context, p *prepared) (int64, error) {
	if p.batch.Objects.Count == 0 {
		return Nothing, nil
	}
	if n, ok := t.committed(p); ok {
		return n, nil
	}
	if err := t.fresh(ctx, p, t.log.Size()); err != nil {
		return 0, err
	}
	entry := p.batch
	n, err := t.log.Append(ctx, agenttrail.Entry{Batch: &entry}, func(ctx context.Context, _, to int64) error {
		t.state.replay(to, t.log.Entry)
		err := t.fresh(ctx, p, to)
		entry.Searched = p.batch.Searched
		return err
	})
	if err != nil {
		return 0, err
	}
	t.state.replay(t.log.Size(), t.log.Entry)
	p.batch = entry
	if rows := entry.Table(actionsTable); rows != nil {
		t.twins(dataset{entry.Dataset, entry.Tenant}).feed(tableRef{n, *rows}, p.ids)
	}
	return n, nil
}

// committed finds the batch in the ledger: an earlier call may have got an unclear answer although the entry was written.
func (t *Trail) committed(p *prepared) (int64, bool) {
	for n := p.batch.Searched; n < t.log.Size(); n++ {
		if b := t.log.Entry(n).Batch; b != nil && b.Name == p.batch.Name {
			p.batch = *b
			return n, true
		}
	}
	return 0, false
}

// fresh searches the batch's identities in what was appended since they were searched last, and its name's age.
func (t *Trail) fresh(ctx context.Context, p *prepared, size int64) error {
	made, err := nameTime(p.batch.Name)
	if err != nil {
		return err
	}
	if t.o.Now().Sub(made) > nameAge {
		return fmt.Errorf("%w, or the batch's name is older than a day", errTwin)
	}
	w := t.twins(dataset{p.batch.Dataset, p.batch.Tenant})
	if _, err := w.ready(ctx); err != nil {
		return err
	}
	if w.anyIn(p.ids, p.batch.Searched) {
		return errTwin
	}
	p.batch.Searched = size
	return nil
}

// name makes the name of a batch and the stream of its salts. The key of the stream is forgotten with it: a salt that was erased cannot be made again.
func (t *Trail) name() (name string, salts io.Reader, err error) {
	var seed [8 + 32]byte
	if err := t.draw(seed[:]); err != nil {
		return "", nil, err
	}
	block, err := aes.NewCipher(seed[8:])
	if err != nil {
		return "", nil, err
	}
	stream := cipher.NewCTR(block, make([]byte, aes.BlockSize))
	return batchName(t.o.Now(), [8]byte(seed[:8])), cipher.StreamReader{S: stream, R: zeros{}}, nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// stop calls the test hook at each step.
func (t *Trail) stop(steps ...string) error {
	for _, step := range steps {
		if err := t.o.Stop(step); err != nil {
			return err
		}
	}
	return nil
}
