package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"agenttrail"
)

// Read frames an object, given as delivered, and maps its records. It is normalize.Format.Read. Several goroutines call it at once.
type Read = func(o *agenttrail.Object, r io.Reader, yield func(*agenttrail.Record) error) error

// commit appends the entry of a prepared batch.
type commit = func(ctx context.Context) (agenttrail.Receipt, error)

// A Trail keeps what is pulled. *trail.Trail is one.
type Trail interface {
	// Known tells the objects of a source that it has and that were available at since or later.
	Known(ctx context.Context, source string, since time.Time) (func(agenttrail.Object) bool, error)
	// Prepare writes the files of a batch and returns what makes it exist. Many goroutines call it at once; commits come one by one, in order.
	Prepare(ctx context.Context, b agenttrail.BatchInfo, objs []agenttrail.Staged) (func(context.Context) (agenttrail.Receipt, error), error)
	// Append adds an entry, unless the newest of its key says the same.
	Append(ctx context.Context, e agenttrail.Entry) (agenttrail.Cite, error)
}

// A Job is one run of one source. The caller holds the source's lock.
type Job struct {
	Source Source
	Trail  Trail
	Read   Read

	Name           string // of the source
	Dataset        string
	Tenant         string
	Run            string // id of the run
	Trigger        string // person, schedule, test
	Tool           string // version of this program
	Mapping        string // name of the format
	MappingVersion string
	Fields         []string // that the format may set

	Windows []agenttrail.Window // owed, oldest first; of a folder the standing one, {Source: Name}
	Since   time.Time           // start of the source's history; zero for a folder
	Now     func() time.Time
	Workers int // batches that are prepared at once; at least 1

	// Said is the newest word of the ledger about a window; nil: there is none about any.
	Said func(agenttrail.Window) (agenttrail.WindowState, bool)
	// Delivered yields the URIs of the objects that were committed for a window before this run, with repetitions; nil: it is not asked what went.
	Delivered func(ctx context.Context, w agenttrail.Window, yield func(uri string)) error
	// Reports names the reports that were issued over any of the time [from, to); nil: none.
	Reports func(from, to time.Time) []string
	// FinalUpTo: a window that ends by then, and of which nothing failed, is said to be final. Zero: none is.
	FinalUpTo time.Time
	// KeptSince: the source has everything from then on. A window that begins earlier and was not closed in time is lost. Zero: always.
	KeptSince time.Time
	// Proof has the logs compared with the vendor's digests; nil: they are kept only.
	Proof *Proof
	// Provisional: the windows need not be over, and stay open.
	Provisional bool

	// Refusal takes an error of Trail.Prepare apart: the object that cannot be read, and the reason. ok false: the error is about something else.
	Refusal func(error) (uri, reason string, ok bool)
	// Reread counts the objects of a receipt whose records were all known. nil: not counted.
	Reread func(ctx context.Context, receipt int64) (int64, error)
	// Progress is told how far the run is, by one goroutine at a time; may be nil.
	Progress func(Progress)

	MaxObjects int                     // of a batch; 0: the usual limit. For tests
	Stop       func(step string) error // for tests: called before and after each step ("before list", "after list", get, window); may be nil
}

// Progress is how far a run is with a window.
type Progress struct {
	Window agenttrail.Window
	Listed int64 // objects seen so far
	Done   int64 // of them: known, committed or failed
	Bytes  int64 // committed, as delivered
	All    bool  // the listing has ended: Listed is all
}

// A run is the state of Run.
type run struct {
	job    Job
	known  func(agenttrail.Object) bool
	pause  func(context.Context, time.Duration) error
	budget *budget
	result Result
	empty  *agenttrail.WindowState  // of windows that are not yet said to be empty
	finals []agenttrail.WindowState // not yet said
}

// Run pulls the owed windows, oldest first. An object that could not be fetched does not stop the others; its window stays open. An error ends the
// run at that window: nothing is said about it, and it stays owed. Everything that the Result counts is committed either way, and a second run
// does nothing twice.
func Run(ctx context.Context, job Job) (Result, error) {
	r, err := newRun(job)
	if err != nil {
		return Result{Source: job.Name}, err
	}
	return r.do(ctx)
}

func newRun(job Job) (*run, error) {
	if err := job.check(); err != nil {
		return nil, fmt.Errorf("ingest %s: %w", job.Name, err)
	}
	if s, ok := job.Source.(announcer); ok {
		s.Announce(job.Windows)
	}
	if job.MaxObjects == 0 {
		job.MaxObjects = maxObjects
	}
	if job.Stop == nil {
		job.Stop = func(string) error { return nil }
	}
	if job.Progress == nil {
		job.Progress = func(Progress) {}
	}
	return &run{job: job, pause: backOff, budget: newBudget(job.Workers), result: Result{Source: job.Name}}, nil
}

// An announcer is a source that lists several windows at once.
type announcer interface{ Announce([]agenttrail.Window) }

// check refuses a job that no correct caller makes.
func (j *Job) check() error {
	if j.Source == nil || j.Trail == nil || j.Read == nil || j.Now == nil || j.Refusal == nil || j.Workers < 1 {
		return errors.New("BUG: a job needs Source, Trail, Read, Now, Refusal and a worker")
	}
	if !j.FinalUpTo.IsZero() && j.Said == nil {
		return errors.New("BUG: a job that says what is final needs Said")
	}
	now := j.Now()
	for i, w := range j.Windows {
		switch {
		case w.Source != j.Name:
			return fmt.Errorf("BUG: window %s belongs to %q", w.Key(), w.Source)
		case w.Standing():
		case !w.To.After(w.From) || i > 0 && w.From.Before(j.Windows[i-1].To):
			return fmt.Errorf("BUG: window %s is out of order", w.Key())
		case w.To.After(now) && !j.Provisional:
			return fmt.Errorf("window %s is not over: it ends %s", w.Key(), agenttrail.FormatTime(w.To))
		}
	}
	return nil
}

func (r *run) do(ctx context.Context) (Result, error) {
	var err error
	if len(r.job.Windows) > 0 {
		r.known, err = r.job.Trail.Known(ctx, r.job.Name, knownSince(r.job.Windows))
	}
	for i := 0; i < len(r.job.Windows) && err == nil; i++ {
		err = r.window(ctx, r.job.Windows[i])
	}
	if err == nil {
		err = r.sayEmpty(ctx)
	}
	if err == nil {
		err = r.sayFinals(ctx)
	}
	if err != nil {
		err = fmt.Errorf("ingest %s: %w", r.job.Name, err)
	}
	return r.result, err
}

// margin is by how much an object may have been available before the window that its name puts it in.
const margin = 48 * time.Hour

// knownSince is from when on objects can be listed. A folder lists whatever it holds.
func knownSince(windows []agenttrail.Window) time.Time {
	if windows[0].Standing() {
		return time.Time{}
	}
	return windows[0].From.Add(-margin)
}

// passes is how often a window is listed when it changes while it is read.
const passes = 3

// window pulls one window and says how it ended.
func (r *run) window(ctx context.Context, w agenttrail.Window) (err error) {
	begun := r.job.Now()
	k := &walk{run: r, window: w, taken: map[objectKey]struct{}{}}
	if r.job.Said != nil {
		k.before, _ = r.job.Said(w)
	}
	if k.forgotten() {
		return r.sayFinal(ctx, k.before, w)
	}
	for pass := 1; ; pass++ {
		err = k.do(ctx)
		if again := errors.Is(err, ErrChanged) || err == nil && k.changed; !again || pass == passes {
			break
		}
	}
	if err != nil && k.lost() && beyondReach(err) {
		k.unlisted, err = err, nil
	}
	k.numbers.Took = r.job.Now().Sub(begun)
	result := WindowResult{Window: w, Numbers: k.numbers}
	if err == nil {
		err = r.say(ctx, k, &result)
	}
	r.result.Total.Add(k.numbers)
	if err == nil {
		r.result.Windows = append(r.result.Windows, result)
	}
	r.result.Failures = appendNamed(r.result.Failures, k.failures)
	r.result.Refusals = appendNamed(r.result.Refusals, k.refusals)
	return err
}

func appendNamed[T any](to, from []T) []T {
	return append(to, from[:min(len(from), maxNamed-len(to))]...)
}
