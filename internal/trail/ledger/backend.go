package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"
	"time"
)

// Info is what a listing says of a file.
type Info struct {
	Name string    // as given to Read
	Size int64     // bytes
	Time time.Time // last written, by the storage's clock
}

// A Backend holds the files of one trail under slash-separated names (ValidName). Any number of goroutines may use it at once, and in a
// bucket any number of machines. A cancelled ctx ends a call with its error; what was written by then is unclear.
// The suite in ledgertest says in code what the comments here say in words.
type Backend interface {
	// Read opens a file. errors.Is(err, fs.ErrNotExist): nobody has written it.
	Read(ctx context.Context, name string) (io.ReadCloser, error)

	// WriteNew writes a name that nobody has written before, whole or not at all: of many writers exactly one succeeds. It reads size bytes
	// from r, from its start, perhaps more than once. When it returns nil, the file is durable. Equal bytes under the name are success, so
	// a call may be repeated; others are ErrTaken. After any other error the file may be there or not, and only reading tells.
	WriteNew(ctx context.Context, name string, r io.ReadSeeker, size int64) error

	// Render replaces a file blindly. Readers see the old bytes or the new ones, never a mixture; durable on return. It is for renderings
	// only: bytes that can be made again from log/.
	Render(ctx context.Context, name string, data []byte) error

	// List yields the files whose names begin with prefix, in byte order of their names. It ends after the first error. Files that are
	// written meanwhile may be there or not.
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]

	// Remove deletes a file; one that is not there is success. Only garbage collection, erasure and retention may call it.
	Remove(ctx context.Context, name string) error
}

// ErrTaken says that a name holds other bytes already.
var ErrTaken = errors.New("name is taken by other bytes")

// ValidName says whether a Backend may hold the name: a clean relative path, no part of which begins with a dot.
func ValidName(name string) bool {
	return name != "." && fs.ValidPath(name) && name[0] != '.' && !strings.Contains(name, "/.")
}

// readSmall reads a file of at most limit bytes. Longer ones are damaged: we wrote none.
func readSmall(ctx context.Context, b Backend, name string, limit int64) (data []byte, err error) {
	r, err := b.Read(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	var buf bytes.Buffer // doubles: half the garbage of io.ReadAll
	if _, err := buf.ReadFrom(io.LimitReader(r, limit+1)); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if int64(buf.Len()) > limit {
		return nil, damaged(name, "is longer than %d bytes", limit)
	}
	return buf.Bytes(), nil
}

func writeNew(ctx context.Context, b Backend, name string, data []byte) error {
	if err := b.WriteNew(ctx, name, bytes.NewReader(data), int64(len(data))); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// Damage says that the ledger does not hold, and where: bytes that are not what they were, or not there. Other errors mean that it
// could not be read.
type Damage struct {
	Name string // of the file
	Err  error  // what is wrong with it
}

func (d *Damage) Error() string { return d.Name + ": " + d.Err.Error() }

// Unwrap returns what is wrong.
func (d *Damage) Unwrap() error { return d.Err }

func damaged(name, format string, args ...any) error {
	return &Damage{name, fmt.Errorf(format, args...)}
}
