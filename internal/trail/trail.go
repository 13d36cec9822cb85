// Package trail keeps the durable trail: originals, facts and the ledger that proves them. design.md names the steps of a commit; they are, in
// order of the files here:
//
//	prepare.go    one batch of objects: each record is framed, stamped, compared with its twins, and becomes a leaf (twins.go, identities.go)
//	evidence.go   the ZIP of originals with records.csv, contexts and rejects (records.go, spool.go); objects.go lists what was read
//	commit.go     searches twins again in what others appended, then appends the entry: only that makes the batch exist
//	known.go      which objects a source has delivered already
//	reader.go     reads facts, originals and lists back; find.go in the order of time
//	verify.go     checks everything again with code of its own (verify_*.go)
//
// It takes the bytes as ingest fetched them and the actions as normalize mapped them; it knows no source and no log format. It refuses to commit what
// does not add up, and never changes or removes a file that has a name. State is a replay of the ledger: there is no second database.
package trail

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"agenttrail"
	"agenttrail/internal/trail/ledger"
)

// CreateOptions say what the genesis entry of a new trail says.
type CreateOptions struct {
	Signer *ledger.Signer
	Origin string // agenttrail/<name>/<8 hex digits>: also the name of the key
	Key    string // verifier key of Signer
	Tenant string
	Tool   string // version of this program
	Now    func() time.Time
}

// Create makes an empty trail in the folder dir. A trail that is there already is an error.
func Create(ctx context.Context, dir string, o CreateOptions) error {
	b, err := ledger.CreateFolder(dir)
	if err != nil {
		return err
	}
	return errors.Join(create(ctx, b, o), b.Close())
}

func create(ctx context.Context, b ledger.Backend, o CreateOptions) error {
	genesis := &agenttrail.Genesis{Origin: o.Origin, Key: o.Key, Tool: o.Tool, Tenant: o.Tenant}
	return ledger.Create(ctx, b, o.Signer, agenttrail.Entry{Time: agenttrail.Micros(o.Now()), Genesis: genesis})
}

// Options say how a trail is opened.
type Options struct {
	Signer *ledger.Signer          // nil: read only
	Key    string                  // verifier key to insist on; empty: the one that the genesis names
	Now    func() time.Time        // nil: the system's clock
	Random io.Reader               // of salts and names; nil: the system's. One draw a Prepare, so that calls in a fixed order give fixed bytes
	Wait   func(what string)       // told when the append lock is held by somebody else; may be nil
	Stop   func(step string) error // for tests: called around each step of a commit, as "before evidence" and "after evidence"; may be nil
}

// A Trail is one open trail. Its methods may be called by many goroutines.
type Trail struct {
	backend ledger.Backend
	o       Options
	log     *ledger.Log
	state   *state

	appending sync.Mutex // held while the ledger grows
	drawing   sync.Mutex // guards o.Random
	datasets  sync.Map   // dataset -> *twins
	footers   footers
}

// Names of the tables in batch entries.
const (
	actionsTable = agenttrail.TableActions
	grantsTable  = agenttrail.TableGrants
)

// Open replays the ledger and checks its newest note.
func Open(ctx context.Context, b ledger.Backend, o Options) (*Trail, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Wait == nil {
		o.Wait = func(string) {}
	}
	if o.Stop == nil {
		o.Stop = func(string) error { return nil }
	}
	log, err := ledger.Open(ctx, b, ledger.Options{Signer: o.Signer, Key: o.Key, Now: o.Now, Stop: o.Stop})
	if err != nil {
		return nil, err
	}
	t := &Trail{backend: b, o: o, log: log, state: newState()}
	t.state.replay(log.Size(), log.Entry)
	return t, nil
}

// Log is the ledger. It is for reading; Append and Prepare write.
func (t *Trail) Log() *ledger.Log { return t.log }

// Genesis is the first entry.
func (t *Trail) Genesis() agenttrail.Genesis { return t.state.genesis }

// A locker is a Backend in which writers could meet: a folder. In a bucket log/<n> is the fence.
type locker interface {
	Lock(ctx context.Context, name string, wait bool) (release func() error, err error)
}

// appendLock is held for the moment of an append. No source may have its name.
const appendLock = "append"

// LockSource takes the lock of a source for the length of a run. When another process holds it, the error is a *ledger.LockedError that names it.
func (t *Trail) LockSource(name string) (release func() error, err error) {
	if !sourceName.MatchString(name) || name == appendLock {
		return nil, fmt.Errorf("source name %q: want a-z, 0-9 and hyphens, at most 63, and not %q", name, appendLock)
	}
	if l, ok := t.backend.(locker); ok {
		return l.Lock(context.Background(), name, false) // does not wait
	}
	return func() error { return nil }, nil
}

// exclusive runs f while nobody else appends to a trail in a folder, with what others appended taken in.
func (t *Trail) exclusive(ctx context.Context, f func() error) (err error) {
	t.appending.Lock()
	defer t.appending.Unlock()
	release, err := t.lockAppend(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := t.refresh(ctx); err != nil {
		return err
	}
	return f()
}

func (t *Trail) lockAppend(ctx context.Context) (release func() error, err error) {
	l, ok := t.backend.(locker)
	if !ok {
		return func() error { return nil }, nil
	}
	release, err = l.Lock(ctx, appendLock, false)
	var held *ledger.LockedError
	if errors.As(err, &held) {
		t.o.Wait(held.Error())
		release, err = l.Lock(ctx, appendLock, true)
	}
	return release, err
}

func (t *Trail) refresh(ctx context.Context) error {
	if err := t.log.Refresh(ctx); err != nil {
		return err
	}
	t.state.replay(t.log.Size(), t.log.Entry)
	return nil
}

// errSaid stops an append because what it would say has been said meanwhile.
var errSaid = errors.New("said already")

// Append adds a window, policy, report or finding entry. Where the newest entry of its key says the same, time and run apart, nothing is added.
// The cite is of the state after it.
func (t *Trail) Append(ctx context.Context, e agenttrail.Entry) (cite agenttrail.Cite, err error) {
	if e.Window == nil && e.Policy == nil && e.Report == nil && e.Finding == nil {
		return cite, fmt.Errorf("append %s: only window, policy, report and finding entries come this way", e.Type())
	}
	err = t.exclusive(ctx, func() error {
		if !t.state.said(e) {
			if err := t.append(ctx, e); err != nil && !errors.Is(err, errSaid) {
				return err
			}
		}
		cite, err = t.log.Cite(ctx, t.log.Size())
		return err
	})
	return cite, err
}

func (t *Trail) append(ctx context.Context, e agenttrail.Entry) error {
	_, err := t.log.Append(ctx, e, func(_ context.Context, _, to int64) error {
		t.state.replay(to, t.log.Entry)
		if t.state.said(e) {
			return errSaid
		}
		return nil
	})
	t.state.replay(t.log.Size(), t.log.Entry)
	return err
}

// PutPolicy keeps the bytes of a file and says in the ledger that it is in force from now on, when it was not before. data nil says that the file is
// gone. sha is the hex SHA-256 under which Policy finds it.
func (t *Trail) PutPolicy(ctx context.Context, kind, name string, data []byte) (sha string, err error) {
	entry := &agenttrail.Policy{Kind: kind, Name: name, Size: int64(len(data))}
	if data != nil {
		sum := sha256.Sum256(data)
		entry.SHA256 = hex.EncodeToString(sum[:])
		if err := t.backend.WriteNew(ctx, policyPath(entry.SHA256), bytes.NewReader(data), entry.Size); err != nil {
			return "", fmt.Errorf("policy %s: %w", name, err)
		}
	}
	_, err = t.Append(ctx, agenttrail.Entry{Policy: entry})
	return entry.SHA256, err
}

// Policy reads a policy file and checks that its bytes are those that sha names.
func (t *Trail) Policy(ctx context.Context, sha string) ([]byte, error) {
	return readPolicy(ctx, t.backend, sha)
}

func readPolicy(ctx context.Context, b ledger.Backend, sha string) (data []byte, err error) {
	if _, err := parseHash(sha); err != nil {
		return nil, err
	}
	r, err := b.Read(ctx, policyPath(sha))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if data, err = io.ReadAll(r); err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != sha {
		return nil, fmt.Errorf("%s holds other bytes than its name says", policyPath(sha))
	}
	return data, nil
}

func parseHash(s string) (sum [32]byte, err error) {
	if n, err := hex.Decode(sum[:], []byte(s[:min(len(s), 64)])); err != nil || n != len(sum) || len(s) != 64 {
		return sum, fmt.Errorf("%q is no SHA-256 in hex", s)
	}
	return sum, nil
}

// Window is the newest word about a window. An entry over several empty days answers for each of them.
func (t *Trail) Window(w agenttrail.Window) (agenttrail.WindowState, bool) { return t.state.window(w) }

// Windows are the newest words about the windows of a source, in order of their start. Of two that overlap the shorter one is the newer.
func (t *Trail) Windows(source string) []agenttrail.WindowState { return t.state.newest(source) }

// ReportsOver are the IDs of the reports that were issued over any of the time [from, to): what changes there touches them.
func (t *Trail) ReportsOver(from, to time.Time) []string { return t.state.reportsOver(from, to) }

// Amendments are the window entries that touch a report that was issued before them, in their order: it should be issued again.
func (t *Trail) Amendments(report string) []agenttrail.WindowState { return t.state.amendments(report) }

// twins is the one searcher of a dataset.
func (t *Trail) twins(d dataset) *twins {
	if w, ok := t.datasets.Load(d); ok {
		return w.(*twins)
	}
	w, _ := t.datasets.LoadOrStore(d, &twins{trail: t, name: d, loaded: map[int64]bool{}})
	return w.(*twins)
}

// draw takes random bytes. Calls in the same order get the same bytes of a seeded reader.
func (t *Trail) draw(b []byte) error {
	t.drawing.Lock()
	defer t.drawing.Unlock()
	if _, err := io.ReadFull(t.o.Random, b); err != nil {
		return fmt.Errorf("random bytes: %w", err)
	}
	return nil
}
