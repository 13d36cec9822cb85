package trail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"agenttrail"
	"agenttrail/internal/strictjson"
	"agenttrail/internal/trail/merkle"
)

// A RowProof leads from one action to the root of its table, which the receipt states. The receipt is proved by Log.Proof and the note.
type RowProof struct {
	Receipt int64 // entry of the batch
	Row     int64 // in the table, from 0
	Salt    [16]byte
	Action  []byte     // canonical row
	Path    [][32]byte // from the row to the root, bottom up
}

// Check says whether the row is the one that a table of actions has at its place.
func (p *RowProof) Check(t *agenttrail.TableFile) error {
	root, err := merkle.Root(p.Leaf(), p.Row, t.Rows, p.Path)
	if err != nil {
		return fmt.Errorf("row %d of %d: %w", p.Row, t.Rows, err)
	}
	if got := hex.EncodeToString(root[:]); got != t.Root {
		return fmt.Errorf("row %d leads to the root %s, the entry says %s", p.Row, got, t.Root)
	}
	return nil
}

// Leaf is the hash of the row in its table.
func (p *RowProof) Leaf() [32]byte { return rowLeaf(p.Salt, p.Action) }

// rowLeaf is the hash of a row with the salt of its record.
func rowLeaf(salt [16]byte, canonical []byte) [32]byte {
	b := make([]byte, 1, 1+len(salt)+len(canonical))
	return sha256.Sum256(append(append(b, salt[:]...), canonical...))
}

// Prove yields the proofs of those actions of a receipt whose ids are wanted, in row order; wanted nil takes all. The whole table is read and hashed, and a root
// other than the one that the entry states is an error: nothing is proved from a file that was changed.
func (r *Reader) Prove(ctx context.Context, receipt int64, wanted func(id string) bool, yield func(*RowProof) error) error {
	b, err := r.batch(receipt)
	if err != nil {
		return err
	}
	t := b.Table(actionsTable)
	if t == nil {
		return nil
	}
	salts, err := r.salts(ctx, receipt, b)
	if err != nil {
		return fmt.Errorf("salts of entry %d: %w", receipt, err)
	}
	proofs, leaves, err := r.wantedRows(ctx, t, salts, wanted)
	if err != nil {
		return fmt.Errorf("%s: %w", t.Path, err)
	}
	tree := merkle.NewLevels(leaves)
	for i := range proofs {
		p := &proofs[i]
		p.Receipt, p.Path = receipt, tree.Path(p.Row)
		if err := p.Check(t); err != nil {
			return fmt.Errorf("%s: %w (run: agenttrail verify)", t.Path, err)
		}
		if err := yield(p); err != nil {
			return err
		}
	}
	return nil
}

// wantedRows reads a table: the hashes of all rows, and the rows that are wanted.
func (r *Reader) wantedRows(ctx context.Context, t *agenttrail.TableFile, salts map[recordPlace][16]byte, wanted func(id string) bool) (proofs []RowProof, leaves [][32]byte, err error) {
	file, err := r.t.openTable(ctx, *t)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	var parser strictjson.Parser
	err = file.CanonicalRows(func(n int64, canonical []byte) error {
		v, err := parser.Parse(canonical)
		if err != nil {
			return fmt.Errorf("row %d: %w", n, err)
		}
		ordinal, _ := v.Get("agenttrail.evidence.index").Int64()
		salt, ok := salts[recordPlace{v.Get("agenttrail.evidence.uri").Str(), ordinal}]
		if !ok {
			return fmt.Errorf("row %d: its record is not in the evidence", n)
		}
		leaves = append(leaves, rowLeaf(salt, canonical))
		if wanted == nil || wanted(v.Get("agenttrail.id").Str()) {
			proofs = append(proofs, RowProof{Row: n, Salt: salt, Action: append([]byte(nil), canonical...)})
		}
		return ctx.Err()
	})
	return proofs, leaves, err
}

// salts are those of the records of a batch that may have rows.
func (r *Reader) salts(ctx context.Context, receipt int64, b *agenttrail.Batch) (_ map[recordPlace][16]byte, err error) {
	uris := make([]string, 0, b.Objects.Count)
	if err := r.Objects(ctx, receipt, func(l ObjectLine) error { uris = append(uris, l.URI); return nil }); err != nil {
		return nil, err
	}
	e, err := openEvidence(ctx, r.t.backend, b.Evidence.File)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	found := map[recordPlace][16]byte{}
	return found, e.records(func(l *recordLine) error {
		if l.State != agenttrail.Accepted && l.State != agenttrail.Conflict {
			return nil
		}
		if l.Object >= len(uris) {
			return fmt.Errorf("%s names object %d of %d", recordsName, l.Object, len(uris))
		}
		found[recordPlace{uris[l.Object], l.Ordinal}] = l.Salt
		return nil
	})
}
