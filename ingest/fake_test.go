package ingest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/internal/unpack"
)

// errUnreadable is what readLines says of an object with the line BROKEN.
var errUnreadable = errors.New("unreadable")

// readLines is a log format for tests: a line is a record; "bad…" is rejected, "skip…" skipped, BROKEN refuses the object.
func readLines(o *agenttrail.Object, r io.Reader, yield func(*agenttrail.Record) error) error {
	u, err := unpack.New(r, unpack.Limits{})
	if err != nil {
		return err
	}
	defer u.Close()
	lines := bufio.NewScanner(u)
	lines.Buffer(nil, 64<<20)
	var n int64
	for ; lines.Scan(); n++ {
		rec := agenttrail.Record{Ordinal: n, Raw: lines.Bytes(), Length: int64(len(lines.Bytes()))}
		text := lines.Text()
		switch {
		case text == "BROKEN":
			return errUnreadable
		case strings.HasPrefix(text, "bad"):
			rec.State, rec.Why = agenttrail.Rejected, "bad"
		case strings.HasPrefix(text, "skip"):
			rec.State, rec.Why = agenttrail.Skipped, "skip"
		default:
			a := agenttrail.Action{Native: text}
			rec.Actions = []agenttrail.Action{a}
		}
		if err := yield(&rec); err != nil {
			return err
		}
	}
	return lines.Err()
}

// objectError is what the fake trail says of an object that cannot be read.
type objectError struct {
	uri string
	err error
}

func (e *objectError) Error() string { return e.uri + ": " + e.err.Error() }

func (e *objectError) Unwrap() error { return e.err }

func refusal(err error) (uri, reason string, ok bool) {
	var o *objectError
	if !errors.As(err, &o) {
		return "", "", false
	}
	return o.uri, "unreadable", true
}

// A fakeTrail keeps what is committed in memory and complains about misuse.
type fakeTrail struct {
	t          testing.TB
	mu         sync.Mutex
	known      map[string]bool // uri and version
	natives    map[string]bool
	batches    [][]string // URIs of each committed batch
	lines      []string   // accepted records in order
	objects    map[string]agenttrail.Staged
	bytes      map[string][]byte // by URI
	rereads    []int64
	late       []bool // of each batch
	windows    []agenttrail.WindowState
	committing atomic.Bool
	preparing  atomic.Int64
	busiest    atomic.Int64
	failCommit error // once
	since      time.Time
	rendezvous chan struct{} // when set, Prepare waits for a second Prepare
}

func newFakeTrail(t testing.TB) *fakeTrail {
	return &fakeTrail{t: t, known: map[string]bool{}, natives: map[string]bool{}, objects: map[string]agenttrail.Staged{}, bytes: map[string][]byte{}}
}

func (f *fakeTrail) Known(_ context.Context, _ string, since time.Time) (func(agenttrail.Object) bool, error) {
	f.since = since
	f.mu.Lock()
	defer f.mu.Unlock()
	known := make(map[string]bool, len(f.known))
	for k := range f.known {
		known[k] = true
	}
	return func(o agenttrail.Object) bool { return known[o.URI+" "+o.Version] }, nil
}

func (f *fakeTrail) Prepare(ctx context.Context, b agenttrail.BatchInfo, objs []agenttrail.Staged) (func(context.Context) (agenttrail.Receipt, error), error) {
	n := f.preparing.Add(1)
	defer f.preparing.Add(-1)
	for old := f.busiest.Load(); n > old && !f.busiest.CompareAndSwap(old, n); old = f.busiest.Load() {
	}
	if f.rendezvous != nil {
		select {
		case f.rendezvous <- struct{}{}:
		case <-f.rendezvous:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if len(objs) == 0 || b.Source == "" || b.Started.IsZero() || b.Window.Source != b.Source {
		f.t.Errorf("Prepare(%+v) with %d objects: want source, start, window and objects", b, len(objs))
	}
	uris := map[string]bool{}
	for i := range objs {
		if uris[objs[i].URI] {
			f.t.Errorf("Prepare: %s twice in one batch", objs[i].URI)
		}
		uris[objs[i].URI] = true
		if err := f.look(&objs[i]); err != nil {
			return nil, err
		}
	}
	done := false
	return func(ctx context.Context) (agenttrail.Receipt, error) {
		if !f.committing.CompareAndSwap(false, true) {
			f.t.Error("commit while another commits")
		}
		defer f.committing.Store(false)
		if done {
			f.t.Error("commit of a batch that is committed")
		}
		if err := ctx.Err(); err != nil {
			return agenttrail.Receipt{}, err
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		if err := f.failCommit; err != nil {
			f.failCommit = nil
			return agenttrail.Receipt{}, err
		}
		done = true
		return f.commit(b, objs), nil
	}, nil
}

// look checks an object as it is staged.
func (f *fakeTrail) look(s *agenttrail.Staged) error {
	for range 2 { // both functions may be called again
		if data := f.read(s); sha256.Sum256(data) != s.SHA256 || int64(len(data)) != s.Length || s.Fetched.IsZero() {
			f.t.Errorf("staged %s: %d bytes, want those of length %d and hash %x, and a time", s.URI, len(data), s.Length, s.SHA256)
		}
	}
	if s.Refused != "" {
		return nil
	}
	if err := s.Records(func(*agenttrail.Record) error { return nil }); err != nil {
		return &objectError{s.URI, err}
	}
	return nil
}

func (f *fakeTrail) read(s *agenttrail.Staged) []byte {
	r, err := s.Open()
	if err != nil {
		f.t.Errorf("Open(%s): %v", s.URI, err)
		return nil
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		f.t.Errorf("read %s: %v", s.URI, err)
	}
	return data
}

func (f *fakeTrail) commit(b agenttrail.BatchInfo, objs []agenttrail.Staged) agenttrail.Receipt {
	batch := agenttrail.Batch{BatchInfo: b, Name: fmt.Sprint(len(f.batches))}
	var uris []string
	var rereads int64
	for i := range objs {
		s := objs[i]
		key := s.URI + " " + s.Version
		if f.known[key] {
			f.t.Errorf("commit of %s: it is known", key)
		}
		f.known[key] = true
		f.objects[s.URI] = s
		f.bytes[s.URI] = f.read(&s)
		uris = append(uris, s.URI)
		if s.Refused != "" {
			batch.Objects.Refused++
			continue
		}
		before := batch.Counts
		s.Records(func(r *agenttrail.Record) error {
			state := r.State
			if state == agenttrail.Accepted {
				batch.Counts.Actions++
				if f.natives[r.Actions[0].Native] {
					state = agenttrail.Duplicate
					batch.Counts.ActionDuplicates++
				} else {
					f.natives[r.Actions[0].Native] = true
					f.lines = append(f.lines, r.Actions[0].Native)
					batch.Counts.Rows++
				}
			}
			batch.Counts.Count(state, r.Why)
			return nil
		})
		if read := batch.Counts.Read - before.Read; read > 0 && batch.Counts.Duplicate-before.Duplicate == read {
			rereads++
		}
	}
	f.batches = append(f.batches, uris)
	f.rereads = append(f.rereads, rereads)
	f.late = append(f.late, b.Late)
	return agenttrail.Receipt{Index: int64(len(f.batches) - 1), Batch: batch}
}

func (f *fakeTrail) Append(_ context.Context, e agenttrail.Entry) (agenttrail.Cite, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e.Window == nil {
		f.t.Errorf("Append(%s): want a window", e.Type())
		return agenttrail.Cite{}, nil
	}
	w := *e.Window
	for i := len(f.windows) - 1; i >= 0; i-- {
		if f.windows[i].Key() == w.Key() && w.State != agenttrail.WindowFinal {
			if sameWindow(f.windows[i], w) {
				return agenttrail.Cite{}, nil
			}
			break
		}
	}
	f.windows = append(f.windows, w)
	return agenttrail.Cite{}, nil
}

func sameWindow(a, b agenttrail.WindowState) bool {
	return a.To.Equal(b.To) && a.State == b.State && a.Result == b.Result && a.Listing == b.Listing && a.Objects == b.Objects && a.Excluded == b.Excluded &&
		strings.Join(a.Failed, "\n") == strings.Join(b.Failed, "\n") && a.FailedMore == b.FailedMore
}

// A fakeSource yields what it is given. An object fails as fail says.
type fakeSource struct {
	objects []agenttrail.Object // with Meta["body"]
	list    func(w agenttrail.Window, n int) ([]agenttrail.Object, error)
	fail    func(o *agenttrail.Object, n int) error
	mu      sync.Mutex
	opened  map[string]int
	lists   int
}

func (s *fakeSource) List(_ context.Context, w agenttrail.Window) iter.Seq2[agenttrail.Object, error] {
	return func(yield func(agenttrail.Object, error) bool) {
		s.lists++
		objects, err := s.objects, error(nil)
		if s.list != nil {
			objects, err = s.list(w, s.lists)
		}
		for _, o := range objects {
			if !yield(o, nil) {
				return
			}
		}
		if err != nil {
			yield(agenttrail.Object{}, err)
		}
	}
}

func (s *fakeSource) Open(_ context.Context, o *agenttrail.Object) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opened == nil {
		s.opened = map[string]int{}
	}
	s.opened[o.URI]++
	if s.fail != nil {
		if err := s.fail(o, s.opened[o.URI]); err != nil {
			return nil, err
		}
	}
	return io.NopCloser(strings.NewReader(o.Meta["body"])), nil
}

var clock = time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC)

func log(uri, body string) agenttrail.Object {
	return agenttrail.Object{URI: uri, Version: fmt.Sprint(len(body)), Role: agenttrail.RoleLog, Size: int64(len(body)), Time: clock.Add(-time.Hour), Meta: map[string]string{"body": body}}
}

func standing() []agenttrail.Window { return []agenttrail.Window{{Source: "inbox"}} }

func day(d int) agenttrail.Window {
	from := time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC)
	return agenttrail.Window{Source: "inbox", From: from, To: from.AddDate(0, 0, 1)}
}

func job(src Source, trail Trail) Job {
	return Job{
		Source: src, Trail: trail, Read: readLines, Name: "inbox", Dataset: "test.lines", Tenant: "acme", Run: "r1", Trigger: "test", Tool: "devel",
		Mapping: "test.lines", MappingVersion: "1", Windows: standing(), Now: func() time.Time { return clock }, Workers: 2, Refusal: refusal,
	}
}

// do runs a job without pauses between attempts.
func do(ctx context.Context, j Job) (Result, error) {
	r, err := newRun(j)
	if err != nil {
		return Result{}, err
	}
	r.pause = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return r.do(ctx)
}

func zipped(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return b.Bytes()
}
