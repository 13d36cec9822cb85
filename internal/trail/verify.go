package trail

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"sync"
	"time"

	"agenttrail"
	"agenttrail/internal/trail/ledger"
)

// The code of verify stands in verify*.go; deep.go compares the facts anew. It shares with the writer the readers of single lines (records.go, objects.go) and nothing that computes a
// hash, a root or a sum.

// A Broken error says that something does not hold, and where: a security finding.
type Broken struct {
	Place string // a file of the trail, and what in it
	Err   error
}

func (e *Broken) Error() string { return e.Place + ": does not hold: " + e.Err.Error() }

// Unwrap returns what does not hold.
func (e *Broken) Unwrap() error { return e.Err }

func broken(place, format string, args ...any) error {
	return &Broken{place, fmt.Errorf(format, args...)}
}

// An Incomplete error says that verifying could not be completed: a file is missing or cannot be read.
type Incomplete struct {
	Place string
	Err   error
}

func (e *Incomplete) Error() string { return e.Place + ": could not be verified: " + e.Err.Error() }

// Unwrap returns what was in the way.
func (e *Incomplete) Unwrap() error { return e.Err }

// VerifyOptions say what is verified.
type VerifyOptions struct {
	Key string // verifier key that was given; empty: the one that the trail itself names, and Verification.KeyGiven is false

	// Remap reads the records of an object again, with the mapping that the batch names. nil: the facts are not compared. Its error means that this
	// mapping is not there.
	Remap func(entry agenttrail.Batch, o agenttrail.Object, policy func(sha string) ([]byte, error), open func() (io.ReadCloser, error)) (records func(yield func(*agenttrail.Record) error) error, err error)
}

// A Verification says what was verified and found to hold.
type Verification struct {
	agenttrail.Cite      // of the newest state
	KeyGiven        bool // the key came from outside the trail
	First           time.Time
	Entries         map[string]int64 // by type
	Totals                           // of all batches
	Unnamed         []string         // files that no entry names: a kill leaves them, and they prove nothing
	Lagging         []string         // renderings that the next writer adds
}

// Totals count what was verified.
type Totals struct {
	Files, Bytes  int64 // that entries name
	Objects       int64 // whose bytes were hashed again
	Unkept        int64 // objects of which only the hash is kept: known ones read again, and refused ones that were too large
	Records, Rows int64
	Grants        int64 // rows of the tables of grants
	Compared      int64 // rows whose facts were mapped again
}

func (t *Totals) add(u Totals) {
	t.Files += u.Files
	t.Bytes += u.Bytes
	t.Objects += u.Objects
	t.Records += u.Records
	t.Rows += u.Rows
	t.Grants += u.Grants
	t.Compared += u.Compared
	t.Unkept += u.Unkept
}

// Verify checks everything in a trail again. The error is a *Broken that names the first place that does not hold; where nothing is broken but something
// could not be read, an *Incomplete.
func Verify(ctx context.Context, b ledger.Backend, o VerifyOptions) (*Verification, error) {
	checked, err := ledger.VerifyAll(ctx, b, o.Key)
	if err != nil {
		return nil, ledgerError(err)
	}
	v := &verifier{backend: b, o: o, log: checked.Log, named: map[string]bool{}, ids: idCheck{seed: maphash.MakeSeed()}}
	result := &Verification{KeyGiven: o.Key != "", Lagging: checked.Lagging, Entries: map[string]int64{}}
	if result.Cite, err = v.log.Cite(ctx, v.log.Size()); err != nil {
		return nil, ledgerError(err)
	}
	result.First = v.log.Entry(0).Time
	for n := range v.log.Size() {
		result.Entries[v.log.Entry(n).Type()]++
	}
	if err := v.sequence(); err != nil {
		return nil, err
	}
	if err := v.entries(ctx); err != nil {
		return nil, err
	}
	result.Totals = v.totals
	if err := v.once(ctx); err != nil {
		return nil, err
	}
	result.Unnamed, err = v.unnamed(ctx)
	return result, err
}

func ledgerError(err error) error {
	var damage *ledger.Damage
	switch {
	case errors.As(err, &damage):
		return &Broken{damage.Name, damage.Err}
	case errors.Is(err, ledger.ErrOtherKey):
		return &Broken{ledger.TrailFile, err}
	}
	return &Incomplete{"ledger", err}
}

type verifier struct {
	backend ledger.Backend
	o       VerifyOptions
	log     *ledger.Log
	ids     idCheck

	mu     sync.Mutex
	totals Totals
	named  map[string]bool
}

// place names an entry.
func place(n int64, what string) string { return fmt.Sprintf("entry %d: %s", n, what) }

// sequence checks what window entries say of each other: a window of days is closed once and final once, is not open again after that, and what amends it
// or ends it names a word about it that settled it.
func (v *verifier) sequence() error {
	said := map[string]int64{} // source, window and state -> entry
	for n := range v.log.Size() {
		w := v.log.Entry(n).Window
		if w == nil || w.Standing() {
			continue
		}
		at, key := place(n, "window "+w.Source+" "+w.Key()), w.Source+" "+w.Key()+" "
		before, closed := said[key+agenttrail.WindowClosed]
		switch w.State {
		case agenttrail.WindowOpen, agenttrail.WindowClosed:
			if closed {
				return broken(at, "entry %d has closed it", before)
			}
		case agenttrail.WindowAmended, agenttrail.WindowFinal:
			if before, ok := said[key+agenttrail.WindowFinal]; ok && w.State == agenttrail.WindowFinal {
				return broken(at, "entry %d has made it final", before)
			}
			if !v.follows(n, w) {
				return broken(at, "entry %d is no word that closed it", w.Previous)
			}
		default:
			return broken(at, "%q is no state of a window", w.State)
		}
		said[key+w.State] = n
	}
	return nil
}

// follows says whether the word before w, as w names it, is about the same time and settled it.
func (v *verifier) follows(n int64, w *agenttrail.WindowState) bool {
	if w.Previous <= 0 || w.Previous >= n {
		return false
	}
	before := v.log.Entry(w.Previous).Window
	return before != nil && before.Source == w.Source && before.Settled() && before.From.Before(w.To) && w.From.Before(before.To)
}

// entries checks the files of every entry, with as many goroutines as there are processors. A broken entry counts more than an incomplete one, the
// first more than a later one.
func (v *verifier) entries(ctx context.Context) error {
	var next int64
	var worst error
	at := v.log.Size()
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for {
				v.mu.Lock()
				n := next
				next++
				v.mu.Unlock()
				if n >= v.log.Size() || ctx.Err() != nil {
					return
				}
				err := v.entry(ctx, n)
				v.mu.Lock()
				if err != nil && (worst == nil || isBroken(err) && (!isBroken(worst) || n < at) || !isBroken(worst) && n < at) {
					worst, at = err, n
				}
				v.mu.Unlock()
			}
		})
	}
	group.Wait()
	return errors.Join(worst, ctx.Err())
}

func isBroken(err error) bool {
	var b *Broken
	return errors.As(err, &b)
}

func (v *verifier) entry(ctx context.Context, n int64) error {
	switch e := v.log.Entry(n); {
	case e.Policy != nil && e.Policy.SHA256 != "":
		return v.file(ctx, n, agenttrail.File{Path: policyPath(e.Policy.SHA256), SHA256: e.Policy.SHA256, Size: e.Policy.Size})
	case e.Report != nil:
		for _, f := range e.Report.Files {
			if err := v.file(ctx, n, f); err != nil {
				return err
			}
		}
	case e.Finding != nil:
		return v.file(ctx, n, e.Finding.Statement)
	case e.Batch != nil:
		return v.batch(ctx, n, e.Batch)
	}
	return nil
}

// file checks size and SHA-256 of a file that entry n names.
func (v *verifier) file(ctx context.Context, n int64, f agenttrail.File) error {
	opened, err := v.open(ctx, n, f)
	if err != nil {
		return err
	}
	return closing(opened, place(n, f.Path), nil)
}

// open opens a file whose size and SHA-256 hold.
func (v *verifier) open(ctx context.Context, n int64, f agenttrail.File) (*sizedFile, error) {
	v.mu.Lock()
	v.named[f.Path] = true
	v.mu.Unlock()
	at := place(n, f.Path)
	opened, err := openAt(ctx, v.backend, f)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Incomplete{at, errors.New("the file is missing")}
	}
	if err != nil {
		return nil, &Incomplete{at, err}
	}
	sum, size, err := hashFile(opened)
	switch {
	case err != nil:
		return nil, closing(opened, at, &Incomplete{at, err})
	case size != f.Size:
		return nil, closing(opened, at, broken(at, "it has %d bytes, the entry says %d", size, f.Size))
	case sum != f.SHA256:
		return nil, closing(opened, at, broken(at, "its SHA-256 is %s, the entry says %s", sum, f.SHA256))
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.totals.Files++
	v.totals.Bytes += size
	return opened, nil
}

// closing closes what was read and keeps the first error.
func closing(c io.Closer, at string, err error) error {
	if shut := c.Close(); err == nil && shut != nil {
		return &Incomplete{at, shut}
	}
	return err
}

// unnamed lists the files that no entry names. Renderings and the log were checked as such.
func (v *verifier) unnamed(ctx context.Context) (list []string, err error) {
	for info, err := range v.backend.List(ctx, "") {
		if err != nil {
			return nil, &Incomplete{"listing", err}
		}
		ours := info.Name == ledger.TrailFile || info.Name == "checkpoint" || strings.HasPrefix(info.Name, "log/") || strings.HasPrefix(info.Name, "tile/")
		if !ours && !v.named[info.Name] {
			list = append(list, info.Name)
		}
	}
	return list, nil
}
