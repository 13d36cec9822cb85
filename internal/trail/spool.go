package trail

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// spoolLimit is how many bytes a spool keeps in memory before it moves to a file.
const spoolLimit = 8 << 20

// A spool holds the bytes of a file that is being made: in memory up to spoolLimit, beyond it in a temporary file that is unlinked at once, so that
// a kill leaves nothing behind.
type spool struct {
	mem  []byte
	file *os.File
	size int64
}

func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil && s.size+int64(len(p)) <= spoolLimit {
		s.mem = append(s.mem[:s.size], p...)
		s.size += int64(len(p))
		return len(p), nil
	}
	if err := s.spill(); err != nil {
		return 0, err
	}
	n, err := s.file.WriteAt(p, s.size)
	s.size += int64(n)
	return n, err
}

func (s *spool) spill() error {
	if s.file != nil {
		return nil
	}
	f, err := os.CreateTemp("", "agenttrail-*")
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return errors.Join(fmt.Errorf("spool: %w", err), f.Close())
	}
	if _, err := f.WriteAt(s.mem[:s.size], 0); err != nil {
		return errors.Join(fmt.Errorf("spool: %w", err), f.Close())
	}
	s.file, s.mem = f, nil
	return nil
}

// cut drops what was written beyond the first n bytes.
func (s *spool) cut(n int64) { s.size = n }

// ReadAt makes the spool readable while and after it is written.
func (s *spool) ReadAt(p []byte, at int64) (int, error) {
	if at >= s.size {
		return 0, io.EOF
	}
	want := p[:min(int64(len(p)), s.size-at)]
	var n int
	var err error
	if s.file == nil {
		n = copy(want, s.mem[at:s.size])
	} else {
		n, err = s.file.ReadAt(want, at)
	}
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}

// reader reads the whole from the start; several may read at once.
func (s *spool) reader() *io.SectionReader { return io.NewSectionReader(s, 0, s.size) }

func (s *spool) Close() error {
	s.mem = nil
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
