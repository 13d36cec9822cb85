package trail

import (
	"context"
	"errors"
	"fmt"
	"io"

	"agenttrail"
	"agenttrail/internal/trail/ledger"
	"agenttrail/internal/trail/table"
)

// A sizedFile is an open file of the trail, readable at any place.
type sizedFile struct {
	io.ReaderAt
	io.Closer
	size int64
}

// openAt opens a file that an entry names. From a Backend that only streams, it is taken into a spool.
func openAt(ctx context.Context, b ledger.Backend, f agenttrail.File) (*sizedFile, error) {
	r, err := b.Read(ctx, f.Path)
	if err != nil {
		return nil, err
	}
	if at, ok := r.(io.ReaderAt); ok {
		return &sizedFile{at, r, f.Size}, nil
	}
	s := new(spool)
	n, err := io.Copy(s, r)
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", f.Path, err), s.Close())
	}
	return &sizedFile{s, s, n}, nil
}

// A tableFile is a table with the file below it.
type tableFile struct {
	*table.File
	io.Closer
}

func (t *Trail) openTable(ctx context.Context, f agenttrail.TableFile) (*tableFile, error) {
	return t.footers.open(ctx, t, f)
}
