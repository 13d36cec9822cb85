package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// TrailFile names the ledger. It is written once, before the first entry.
const TrailFile = "trail.json"

const formatVersion = "1"

// ErrOtherKey says that the key that was given is not the one that the trail's genesis names.
var ErrOtherKey = errors.New("the trail has another key")

// Create begins a ledger: trail.json, then first, which must be a genesis with the signer's origin and key and with a time. ErrTaken: there
// is one already.
func Create(ctx context.Context, b Backend, s *Signer, first agenttrail.Entry) error {
	g := first.Genesis
	if g == nil || g.Origin != s.Origin() || g.Key != s.Key() {
		return errors.New("create ledger: the first entry must be a genesis with the signer's origin and key")
	}
	if err := writeNew(ctx, b, TrailFile, trailFile(g.Origin)); err != nil {
		return err
	}
	verifier, err := NewVerifier(s.Key())
	if err != nil {
		return err
	}
	l := newLog(b, verifier, Options{Signer: s, Now: func() time.Time { return first.Time }})
	if _, err := l.tryAppend(ctx, first); err != nil {
		return err
	}
	return l.lag
}

func trailFile(origin string) []byte {
	return appendObject(nil, []member{{"format", literal(formatVersion)}, {"origin", literal(origin)}})
}

// readOrigin reads trail.json.
func readOrigin(ctx context.Context, b Backend) (string, error) {
	data, err := readSmall(ctx, b, TrailFile, MaxEntry)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("no trail here: %w", err)
	}
	if err != nil {
		return "", err
	}
	v, err := strictjson.Parse(data)
	if err != nil {
		return "", damaged(TrailFile, "%w", err)
	}
	if f := v.Get("format").Str(); f != formatVersion && f != "" {
		return "", damaged(TrailFile, "format %q: %w", f, ErrNewer)
	}
	name := strings.Clone(v.Get("origin").Str())
	if !origin.MatchString(name) || string(trailFile(name)) != string(data) {
		return "", damaged(TrailFile, "is not as it was written")
	}
	return name, nil
}

// Options say how a ledger is opened.
type Options struct {
	Signer *Signer // nil: for reading only
	Key    string  // verifier key to insist on; "" takes the one that the genesis names

	Now func() time.Time // clock of Append; needed with a Signer

	// Stop is for tests: called as "before sign", "after sign", and so with log and render. An error ends the append there, as a kill would.
	Stop func(step string) error
}

// Open replays the ledger in b. It fails with a *Damage where log/ has a hole, an entry is not what its note signs, or a checkpoint was
// signed that log/ does not lead to. With a Signer it also writes the renderings that lag, and again those that disagree (Repaired).
func Open(ctx context.Context, b Backend, o Options) (*Log, error) {
	l, mark, err := begin(ctx, b, o)
	if err != nil {
		return nil, err
	}
	size, err := newest(ctx, b, mark.size)
	if err != nil {
		return nil, err
	}
	if err := l.replay(ctx, size); err != nil {
		return nil, err
	}
	if err := l.checkMark(mark); err != nil {
		return nil, err
	}
	if o.Signer == nil {
		return l, nil
	}
	return l, l.repair(ctx)
}

// begin reads what must be known before the entries: origin, key, and the last checkpoint that was rendered.
func begin(ctx context.Context, b Backend, o Options) (*Log, checkpoint, error) {
	name, err := readOrigin(ctx, b)
	if err != nil {
		return nil, checkpoint{}, err
	}
	verifier, err := genesisKey(ctx, b, name)
	if err != nil {
		return nil, checkpoint{}, err
	}
	switch {
	case o.Key != "" && o.Key != verifier.Key():
		return nil, checkpoint{}, fmt.Errorf("%w: its genesis names %s", ErrOtherKey, verifier.Key())
	case o.Signer != nil && o.Signer.Key() != verifier.Key():
		return nil, checkpoint{}, fmt.Errorf("%w: its genesis names %s, the signing key belongs to %s", ErrOtherKey, verifier.Key(), o.Signer.Key())
	}
	l := newLog(b, verifier, o)
	mark, err := l.readMark(ctx)
	return l, mark, err
}

// genesisKey takes the key from the first entry, which replay will check like the others.
func genesisKey(ctx context.Context, b Backend, name string) (*Verifier, error) {
	data, err := readSmall(ctx, b, LogName(0), maxLog)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, damaged(LogName(0), "is missing")
	}
	if err != nil {
		return nil, err
	}
	entry, _, err := splitLog(data)
	if err != nil {
		return nil, damaged(LogName(0), "%w", err)
	}
	e, err := DecodeEntry(entry)
	if err != nil {
		return nil, damaged(LogName(0), "%w", err)
	}
	if e.Genesis == nil || e.Genesis.Origin != name {
		return nil, damaged(LogName(0), "is not the genesis of %s, which %s names", name, TrailFile)
	}
	verifier, err := NewVerifier(e.Genesis.Key)
	if err != nil || verifier.Origin() != name {
		return nil, damaged(LogName(0), "names a key that is none of %s", name)
	}
	return verifier, nil
}

// readMark reads the rendered checkpoint. Its size is 0 where it is missing or damaged: then it tells nothing.
func (l *Log) readMark(ctx context.Context) (checkpoint, error) {
	data, err := readSmall(ctx, l.backend, checkpointName, maxNote)
	if damage := new(Damage); errors.Is(err, fs.ErrNotExist) || errors.As(err, &damage) {
		return checkpoint{}, nil
	}
	if err != nil {
		return checkpoint{}, err
	}
	mark, err := l.verifier.open(data)
	if err != nil {
		return checkpoint{}, nil
	}
	return mark, nil
}

// checkMark compares a signed checkpoint with the entries: it may lag, and nothing else.
func (l *Log) checkMark(mark checkpoint) error {
	if size := l.state.size(); mark.size > size {
		return damaged(LogName(size), "is missing: a checkpoint over %d entries was signed", mark.size)
	}
	if mark.size > 0 && mark.root != l.state.root(mark.size) {
		return damaged(checkpointName, "is signed and no earlier state of the log: the trail was forked")
	}
	return nil
}

// block is how many names of log/ one listing covers: a page of a bucket's answer.
const block = 1000

// newest finds the size of the log. A checkpoint that was signed says from where on to list.
func newest(ctx context.Context, b Backend, signed int64) (int64, error) {
	if signed == 0 {
		return count(ctx, b, "log/", 0)
	}
	for from := (signed - 1) / block * block; ; from += block {
		prefix := strings.TrimSuffix(LogName(from), "000")
		size, err := count(ctx, b, prefix, from)
		if err != nil || size < from+block {
			return size, err
		}
	}
}

// count lists names that must be those of the entries from next on, without a hole, and returns the first number that is not there.
func count(ctx context.Context, b Backend, prefix string, next int64) (int64, error) {
	for info, err := range b.List(ctx, prefix) {
		if err != nil {
			return 0, fmt.Errorf("list %s: %w", prefix, err)
		}
		if info.Name != LogName(next) {
			return 0, misplaced(info.Name, next)
		}
		next++
	}
	return next, nil
}

func misplaced(name string, want int64) error {
	digits := strings.TrimPrefix(name, "log/")
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil && LogName(n) == name {
		return damaged(LogName(want), "is missing, %s is there", name)
	}
	return damaged(name, "is no entry of the log: move it away")
}
