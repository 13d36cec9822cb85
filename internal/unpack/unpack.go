// Package unpack reads compressed streams as they were delivered: gzip, zstd, bzip2 and plain bytes, told apart by their first bytes and never by
// a name. Concatenated members are one stream. A stream that ends in the middle is an error, and so is one that grows past the limits: nothing is
// repaired, and nothing is cut silently.
package unpack

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Errors that say what was wrong with a stream. Test with errors.Is.
var (
	ErrTooLarge = errors.New("decompressed size is over the limit")
	ErrRatio    = errors.New("compression ratio is over the limit")
	ErrCut      = errors.New("compressed stream ends in the middle")
)

// Limits protect against bombs. A zero member takes its default.
type Limits struct {
	Object int64 // decompressed bytes, default 2 GiB
	Ratio  int64 // decompressed to delivered bytes, looked at above 64 MiB decompressed, default 200
}

const (
	defaultObject = 2 << 30
	defaultRatio  = 200
	ratioFrom     = 64 << 20
)

// A Reader reads the decompressed stream.
type Reader struct {
	in     *counter
	out    io.Reader
	close  func() error
	kind   string
	limits Limits
	n      int64 // decompressed bytes handed out
}

// New looks at the first bytes of r and returns its decompressed stream.
func New(r io.Reader, l Limits) (*Reader, error) {
	if l.Object == 0 {
		l.Object = defaultObject
	}
	if l.Ratio == 0 {
		l.Ratio = defaultRatio
	}
	in := &counter{r: r}
	buffered := bufio.NewReaderSize(in, 64<<10)
	head, err := buffered.Peek(4)
	if err != nil && err != io.EOF {
		return nil, err
	}
	u := &Reader{in: in, out: buffered, kind: kind(head), limits: l, close: func() error { return nil }}
	switch u.kind {
	case "gzip":
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, u.explain(err)
		}
		u.out, u.close = z, z.Close
	case "zstd":
		z, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			return nil, u.explain(err)
		}
		u.out, u.close = z, func() error { z.Close(); return nil }
	case "bzip2":
		u.out = bzip2.NewReader(buffered)
	}
	return u, nil
}

func kind(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return "gzip"
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return "zstd"
	case bytes.HasPrefix(head, []byte("BZh")):
		return "bzip2"
	}
	return "plain"
}

// Kind is gzip, zstd, bzip2 or plain.
func (u *Reader) Kind() string { return u.kind }

// Close releases the decoder; it does not close the reader below.
func (u *Reader) Close() error { return u.close() }

// Read gives decompressed bytes. Bytes that came before an error are good, but a caller that wants all or nothing must drop them.
func (u *Reader) Read(p []byte) (int, error) {
	n, err := u.out.Read(p)
	u.n += int64(n)
	switch {
	case u.n > u.limits.Object:
		return n, fmt.Errorf("%s: %w (%d bytes)", u.kind, ErrTooLarge, u.limits.Object)
	case u.kind != "plain" && u.n > ratioFrom && u.n > u.in.n*u.limits.Ratio:
		return n, fmt.Errorf("%s: %w (%d to 1)", u.kind, ErrRatio, u.limits.Ratio)
	case err != nil && err != io.EOF:
		return n, u.explain(err)
	}
	return n, err
}

// explain gives the decoders' ways of saying "cut" one name.
func (u *Reader) explain(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF {
		return fmt.Errorf("%s: %w", u.kind, ErrCut)
	}
	return fmt.Errorf("%s: %w", u.kind, err)
}

// counter counts what was delivered.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
