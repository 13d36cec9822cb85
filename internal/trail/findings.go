package trail

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"agenttrail"
)

// PutFinding keeps the statement of a decision about a finding and says the decision in the ledger. It sets f.Statement. What the newest entry about
// the finding says already is not said again.
func (t *Trail) PutFinding(ctx context.Context, f agenttrail.Finding, statement []byte) error {
	sum := sha256.Sum256(statement)
	sha := hex.EncodeToString(sum[:])
	f.Statement = agenttrail.File{Path: findingPath(sha), SHA256: sha, Size: int64(len(statement))}
	if err := t.backend.WriteNew(ctx, f.Statement.Path, bytes.NewReader(statement), f.Statement.Size); err != nil {
		return fmt.Errorf("finding %s: %w", f.ID, err)
	}
	_, err := t.Append(ctx, agenttrail.Entry{Finding: &f})
	return err
}

// Statement reads the statement of a decision and checks that its bytes are those that the entry names.
func (t *Trail) Statement(ctx context.Context, f agenttrail.Finding) (data []byte, err error) {
	r, err := t.backend.Read(ctx, f.Statement.Path)
	if err != nil {
		return nil, fmt.Errorf("statement of finding %s: %w", f.ID, err)
	}
	data, err = io.ReadAll(io.LimitReader(r, f.Statement.Size+1))
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("statement of finding %s: %w", f.ID, err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != f.Statement.SHA256 {
		return nil, fmt.Errorf("%s is not the file that the ledger names (run: agenttrail verify)", f.Statement.Path)
	}
	return data, nil
}

func findingPath(sha string) string { return "findings/" + sha }
