package trail

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"

	"agenttrail"
	"agenttrail/internal/strictjson"
	"agenttrail/internal/trail/ledger"
	"agenttrail/internal/unpack"
)

// An evidenceFile is an open evidence ZIP.
type evidenceFile struct {
	io.Closer
	names map[string]*zip.File
}

func openEvidence(ctx context.Context, b ledger.Backend, f agenttrail.File) (*evidenceFile, error) {
	file, err := openAt(ctx, b, f)
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(file, file.size)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", f.Path, err), file.Close())
	}
	e := &evidenceFile{file, make(map[string]*zip.File, len(z.File))}
	for _, f := range z.File {
		e.names[f.Name] = f
	}
	return e, nil
}

func (e *evidenceFile) open(name string) (io.ReadCloser, error) {
	f := e.names[name]
	if f == nil {
		return nil, fmt.Errorf("the evidence holds no %s", name)
	}
	return f.Open()
}

// read hands the bytes of one file to f.
func (e *evidenceFile) read(name string, f func(io.Reader) error) (err error) {
	r, err := e.open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return f(r)
}

func (e *evidenceFile) records(yield func(*recordLine) error) error {
	return e.read(recordsName, func(r io.Reader) error { return readRecordLines(r, yield) })
}

// whole reads a file that is known to be small: a context.
func (e *evidenceFile) whole(name string) (data []byte, err error) {
	err = e.read(name, func(r io.Reader) error {
		data, err = io.ReadAll(r)
		return err
	})
	return data, err
}

// unpacked opens the decompressed stream of bytes as they were delivered.
func unpacked(delivered io.Reader, read func(io.Reader) error) (err error) {
	u, err := unpack.New(delivered, unpack.Limits{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, u.Close()) }()
	return read(u)
}

// hashRange is the SHA-256 of a range of the decompressed stream.
func hashRange(delivered io.Reader, offset, length int64) (sum [32]byte, err error) {
	h := sha256.New()
	err = unpacked(delivered, func(r io.Reader) error { return copyRange(h, r, offset, length) })
	return [32]byte(h.Sum(nil)), err
}

func copyRange(w io.Writer, r io.Reader, offset, length int64) error {
	if _, err := io.CopyN(io.Discard, r, offset); err != nil {
		return fmt.Errorf("to offset %d: %w", offset, err)
	}
	if _, err := io.CopyN(w, r, length); err != nil {
		return fmt.Errorf("%d bytes at offset %d: %w", length, offset, err)
	}
	return nil
}

// A Reject is a record that could not be read.
type Reject struct {
	Object  int    // number of its object: a line of the objects file
	Ordinal int64  // in its object
	Reason  string // of a closed list
	Detail  string // for a person; hostile text
}

func appendReject(b []byte, r Reject) []byte {
	m := map[string]any{"object": int64(r.Object), "ordinal": r.Ordinal, "reason": r.Reason}
	if r.Detail != "" {
		m["detail"] = r.Detail
	}
	return appendCanonical(b, m)
}

func (e *evidenceFile) rejects(yield func(*Reject) error) error {
	if e.names[rejectsName] == nil {
		return nil
	}
	return e.read(rejectsName, func(r io.Reader) error {
		return readLines(r, func(n int, v strictjson.Value) error {
			p := lineParser{}
			reject := Reject{Object: int(p.number(v, "object")), Ordinal: p.number(v, "ordinal"), Reason: text(v, "reason"), Detail: text(v, "detail")}
			if p.err == nil && !bytes.Equal(appendReject(nil, reject), v.Raw()) {
				p.err = errors.New("it is not as it is written")
			}
			if p.err != nil {
				return fmt.Errorf("%s: line %d: %w", rejectsName, n+1, p.err)
			}
			return yield(&reject)
		})
	})
}

// contextHashes finds the hash of the context of a committed record, zeros for none. The lists of the batch are read at the first question.
func (t *Trail) contextHashes(entry int64) func(ctx context.Context, uri string, ordinal int64) ([32]byte, error) {
	var mu sync.Mutex
	var found map[recordPlace][32]byte
	return func(ctx context.Context, uri string, ordinal int64) (sum [32]byte, err error) {
		mu.Lock()
		defer mu.Unlock()
		if found == nil {
			if found, err = t.readContexts(ctx, entry); err != nil {
				return sum, err
			}
		}
		return found[recordPlace{uri, ordinal}], nil
	}
}

// A recordPlace is where a record stands.
type recordPlace struct {
	uri     string
	ordinal int64
}

// readContexts maps the records of a batch that have a context to its hash.
func (t *Trail) readContexts(ctx context.Context, entry int64) (_ map[recordPlace][32]byte, err error) {
	batch := t.log.Entry(entry).Batch
	uris := make([]string, 0, batch.Objects.Count)
	if err := t.Reader().Objects(ctx, entry, func(l ObjectLine) error { uris = append(uris, l.URI); return nil }); err != nil {
		return nil, err
	}
	e, err := openEvidence(ctx, t.backend, batch.Evidence.File)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	sums := map[int][32]byte{}
	found := map[recordPlace][32]byte{}
	return found, e.records(func(l *recordLine) error {
		if l.Context < 0 {
			return nil
		}
		if l.Object >= len(uris) {
			return fmt.Errorf("%s names object %d of %d", recordsName, l.Object, len(uris))
		}
		sum, ok := sums[l.Context]
		if !ok {
			data, err := e.whole(contextName(l.Context))
			if err != nil {
				return err
			}
			sum = sha256.Sum256(data)
			sums[l.Context] = sum
		}
		found[recordPlace{uris[l.Object], l.Ordinal}] = sum
		return nil
	})
}
