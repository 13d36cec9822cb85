package trail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"agenttrail"
	"agenttrail/internal/trail/table"
)

// A Reader reads facts, originals and lists from a trail. It sees the entries that the Trail knows; conflicts are left in, because a term on
// agenttrail.evidence.flags leaves them out. Many goroutines may use it.
type Reader struct{ t *Trail }

// Reader reads the trail.
func (t *Trail) Reader() *Reader { return &Reader{t} }

// before is the bound of a query: no larger than the ledger.
func (r *Reader) before(q agenttrail.Query) int64 {
	size := r.t.state.ledgerSize()
	if q.Before <= 0 || q.Before > size {
		return size
	}
	return q.Before
}

// A source is a table that may hold answers, with what its entry says of all its rows.
type source struct {
	receipt int64
	entry   agenttrail.Entry
	file    agenttrail.TableFile
}

// sources are the tables below q.Before that may hold actions of the time asked for, in the order of their entries.
func (r *Reader) sources(q agenttrail.Query) (list []source) {
	for n := range r.before(q) {
		e := r.t.log.Entry(n)
		if e.Batch == nil {
			continue
		}
		for _, f := range e.Batch.Tables {
			if f.Name == actionsTable && mayAnswer(f, q) {
				list = append(list, source{n, e, f})
			}
		}
	}
	return list
}

// mayAnswer says whether a table may hold actions of the time asked for. Times that are suspect lie anywhere.
func mayAnswer(f agenttrail.TableFile, q agenttrail.Query) bool {
	if f.Suspect > 0 {
		return true
	}
	return (q.To.IsZero() || f.First.Before(q.To)) && !f.Last.Before(q.From)
}

// open opens a table and tells it what the entry says.
func (r *Reader) open(ctx context.Context, s source) (*tableFile, error) {
	file, err := r.t.openTable(ctx, s.file)
	if err != nil {
		return nil, err
	}
	b := s.entry.Batch
	file.Constants = map[string]string{
		"agenttrail.tenant": b.Tenant, "agenttrail.receipt": strconv.FormatInt(s.receipt, 10), "agenttrail.ingest.run_id": b.Run,
		"agenttrail.ingest.mapping": b.Mapping, "agenttrail.ingest.mapping_version": b.MappingVersion,
		"agenttrail.approval.origin": approvalOrigin(b),
	}
	return file, nil
}

// approvalOrigin says how far an approval of this batch is to be believed: a list of our own form is kept by hand, the rest is a system's own word.
func approvalOrigin(b *agenttrail.Batch) string {
	if strings.HasPrefix(b.Mapping, "agenttrail.") {
		return "file"
	}
	return "system_log"
}

// Count groups by single-valued facts, in byte order of keys; see agenttrail.Query.
func (r *Reader) Count(ctx context.Context, q agenttrail.Query, by []string, yield func(agenttrail.Group) error) error {
	var groups table.Groups
	if err := r.each(ctx, r.sources(q), func(s source) error {
		file, err := r.open(ctx, s)
		if err != nil {
			return err
		}
		return errors.Join(file.Count(q, by, &groups), file.Close())
	}); err != nil {
		return err
	}
	return groups.Each(yield)
}

// each runs f over the tables with as many goroutines as there are processors, and ends at the first error.
func (r *Reader) each(ctx context.Context, list []source, f func(source) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	todo := make(chan source)
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(list)) {
		group.Go(func() {
			for s := range todo {
				if err := f(s); err != nil {
					cancel(fmt.Errorf("%s: %w", s.file.Path, err))
				}
			}
		})
	}
	for _, s := range list {
		if ctx.Err() != nil {
			break
		}
		todo <- s
	}
	close(todo)
	group.Wait()
	return context.Cause(ctx)
}

// Objects yields the lines of the objects file of a receipt.
func (r *Reader) Objects(ctx context.Context, receipt int64, yield func(ObjectLine) error) (err error) {
	b, err := r.batch(receipt)
	if err != nil {
		return err
	}
	in, err := r.t.backend.Read(ctx, b.Objects.Path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if err := readObjectLines(in, func(l *ObjectLine) error { return yield(*l) }); err != nil {
		return fmt.Errorf("%s: %w", b.Objects.Path, err)
	}
	return nil
}

func (r *Reader) batch(receipt int64) (*agenttrail.Batch, error) {
	if receipt < 0 || receipt >= r.t.log.Size() || r.t.log.Entry(receipt).Batch == nil {
		return nil, fmt.Errorf("entry %d is no batch of this trail", receipt)
	}
	return r.t.log.Entry(receipt).Batch, nil
}

// Rejects yields the records of a receipt that could not be read.
func (r *Reader) Rejects(ctx context.Context, receipt int64, yield func(Reject) error) (err error) {
	b, err := r.batch(receipt)
	if err != nil {
		return err
	}
	e, err := openEvidence(ctx, r.t.backend, b.Evidence.File)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	return e.rejects(func(j *Reject) error { return yield(*j) })
}

// Raw reads the bytes of the record that an action of a receipt came from, and its context; nil means that there was none.
func (r *Reader) Raw(ctx context.Context, a *agenttrail.Action, receipt int64) (raw, context []byte, err error) {
	b, err := r.batch(receipt)
	if err != nil {
		return nil, nil, err
	}
	number := -1
	if err := r.Objects(ctx, receipt, func(l ObjectLine) error {
		if l.URI == a.Evidence.URI {
			number = l.Number
		}
		return nil
	}); err != nil {
		return nil, nil, err
	}
	e, err := openEvidence(ctx, r.t.backend, b.Evidence.File)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	return e.record(number, a.Evidence.Index.N)
}

// errFound ends a search.
var errFound = errors.New("found")

// record reads one record and its context.
func (e *evidenceFile) record(object int, ordinal int64) (raw, context []byte, err error) {
	var line recordLine
	err = e.records(func(l *recordLine) error {
		if l.Object != object || l.Ordinal != ordinal {
			return nil
		}
		line = *l
		return errFound
	})
	if err == nil {
		return nil, nil, fmt.Errorf("the evidence holds no record %d of object %d", ordinal, object)
	}
	if !errors.Is(err, errFound) {
		return nil, nil, err
	}
	var out bytes.Buffer
	if err := e.read(objectName(object), func(r io.Reader) error {
		return unpacked(r, func(r io.Reader) error { return copyRange(&out, r, line.Offset, line.Length) })
	}); err != nil {
		return nil, nil, err
	}
	if line.Context < 0 {
		return out.Bytes(), nil, nil
	}
	context, err = e.whole(contextName(line.Context))
	return out.Bytes(), context, err
}
