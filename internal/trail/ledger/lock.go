package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	locks     = ".lock"
	lockRetry = 20 * time.Millisecond // a blocking flock could not be cancelled
)

// LockedError says who holds a lock.
type LockedError struct {
	Name   string
	Holder string // "process 4711 since 2026-11-03T01:00:00Z", in the holder's words
}

func (e *LockedError) Error() string { return fmt.Sprintf("%s is locked by %s", e.Name, e.Holder) }

// Lock takes the lock of that name. A process that dies frees its locks. When another holds it, Lock returns a *LockedError at once, or,
// with wait, tries again until it is free or ctx ends. The lock is not for one goroutine: two calls in one process exclude each other too.
func (f *Folder) Lock(ctx context.Context, name string, wait bool) (release func() error, err error) {
	if err := f.ready(ctx, name); err != nil {
		return nil, err
	}
	if err := f.makeFolder(locks); err != nil {
		return nil, err
	}
	file, err := f.root.OpenFile(locks+"/"+name, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, err
	}
	if err := lock(ctx, file, name, wait); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if err := leaveName(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file.Close, nil
}

func lock(ctx context.Context, file *os.File, name string, wait bool) error {
	retry := time.NewTicker(lockRetry)
	defer retry.Stop()
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return fmt.Errorf("lock %s: %w", name, err)
		}
		if !wait {
			return &LockedError{name, holder(file)}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %w: %w", &LockedError{name, holder(file)}, ctx.Err())
		case <-retry.C:
		}
	}
}

// leaveName leaves the holder's name in the lock, for people; the file's own time says since when.
func leaveName(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := fmt.Fprintf(file, "process %d\n", os.Getpid())
	return err
}

func holder(file *os.File) string {
	var pid int
	if _, err := fmt.Fscanf(io.NewSectionReader(file, 0, 64), "process %d\n", &pid); err != nil {
		return "a process that did not say who it is"
	}
	s, err := file.Stat()
	if err != nil {
		return fmt.Sprintf("process %d", pid)
	}
	return fmt.Sprintf("process %d since %s", pid, s.ModTime().UTC().Format(time.RFC3339))
}
