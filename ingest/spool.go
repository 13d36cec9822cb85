package ingest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
)

// spoolMemory is how much of an object stays in memory.
const spoolMemory = 8 << 20

// A spool holds the bytes of one object, and hashes them: in memory up to spoolMemory, beyond that in a file without a name, which a kill frees.
type spool struct {
	mem  []byte
	file *os.File
	n    int64
	hash hash.Hash
	gone bool
}

func newSpool() *spool { return &spool{hash: sha256.New()} }

// Grow makes room for n bytes that were announced.
func (s *spool) Grow(n int64) {
	if n > 0 && n <= spoolMemory {
		s.mem = make([]byte, 0, n)
	}
}

func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil && len(s.mem)+len(p) > spoolMemory {
		if err := s.spill(); err != nil {
			return 0, err
		}
	}
	s.hash.Write(p)
	s.n += int64(len(p))
	if s.file == nil {
		s.mem = append(s.mem, p...)
		return len(p), nil
	}
	n, err := s.file.Write(p)
	if err != nil {
		return n, &spoolError{err}
	}
	return n, nil
}

func (s *spool) spill() error {
	file, err := os.CreateTemp("", "agenttrail-*")
	if err != nil {
		return &spoolError{err}
	}
	if err := os.Remove(file.Name()); err != nil {
		file.Close()
		return &spoolError{err}
	}
	if _, err := file.Write(s.mem); err != nil {
		file.Close()
		return &spoolError{err}
	}
	s.file, s.mem = file, nil
	return nil
}

// A spoolError is about our own disk: no object and no source is to blame, and the run cannot go on.
type spoolError struct{ err error }

func (e *spoolError) Error() string {
	return fmt.Sprintf("temporary file in %s: %v (set TMPDIR to a folder with more room)", os.TempDir(), e.err)
}

func (e *spoolError) Unwrap() error { return e.err }

// Open reads the bytes from the beginning. It may be called again and by many goroutines.
func (s *spool) Open() (io.ReadCloser, error) {
	if s.gone {
		return nil, errors.New("BUG: the bytes of an object are read after its batch is committed")
	}
	if s.file == nil {
		return io.NopCloser(bytes.NewReader(s.mem)), nil
	}
	return io.NopCloser(io.NewSectionReader(s.file, 0, s.n)), nil
}

// Sum is the SHA-256 of the bytes.
func (s *spool) Sum() (sum [32]byte) {
	s.hash.Sum(sum[:0])
	return sum
}

// Head is the first four bytes, or fewer.
func (s *spool) Head() []byte {
	if s.file == nil {
		return s.mem[:min(4, len(s.mem))]
	}
	head := make([]byte, 4)
	n, _ := s.file.ReadAt(head, 0)
	return head[:n]
}

// Close frees the bytes.
func (s *spool) Close() {
	s.mem, s.gone = nil, true
	if s.file != nil {
		s.file.Close() // it has no name: there is nothing to lose
	}
}
