package bundle

import (
	"archive/zip"
	"cmp"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"

	"agenttrail"
	"agenttrail/internal/trail"
	"agenttrail/internal/trail/ledger"
)

// Write writes a bundle: a ZIP with its names in byte order and no times, so that the same files give the same bytes.
func Write(w io.Writer, files []File) error {
	z := zip.NewWriter(w)
	for _, f := range slices.SortedFunc(slices.Values(files), func(a, b File) int { return cmp.Compare(a.Name, b.Name) }) {
		into, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate})
		if err == nil {
			_, err = into.Write(f.Data)
		}
		if err != nil {
			return fmt.Errorf("bundle: %s: %w", f.Name, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	return nil
}

// AppendProof appends a line of proofs.jsonl.
func AppendProof(b []byte, p *trail.RowProof) []byte {
	b = append(append(b, `{"action":`...), p.Action...)
	b = appendPath(appendNumber(b, "entry", p.Receipt), p.Path)
	return appendSalt(appendNumber(b, "row", p.Row), p.Salt)
}

// AppendAction appends a line of a file with all actions of a receipt.
func AppendAction(b []byte, p *trail.RowProof) []byte {
	return appendSalt(append(append(b, `{"action":`...), p.Action...), p.Salt)
}

func appendSalt(b []byte, salt [16]byte) []byte {
	b = append(b, `,"salt":"`...)
	return append(hex.AppendEncode(b, salt[:]), "\"}\n"...)
}

func appendNumber(b []byte, name string, n int64) []byte {
	b = append(append(append(b, ',', '"'), name...), `":"`...)
	return append(strconv.AppendInt(b, n, 10), '"')
}

// EntryLines makes entries.jsonl: entries of the ledger with the paths that lead to its state at a size.
func EntryLines(log *ledger.Log, size int64, numbers []int64) (b []byte, err error) {
	for _, n := range numbers {
		data, err := ledger.EncodeEntry(log.Entry(n))
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", n, err)
		}
		path, err := log.Proof(n, size)
		if err != nil {
			return nil, err
		}
		b = append(append(b, `{"entry":`...), data...)
		b = appendNumber(b, "number", n)
		b = append(appendPath(b, path), "}\n"...)
	}
	return b, nil
}

// appendPath appends the member with the hashes of a path; a tree of one leaf needs none, and the member is absent.
func appendPath(b []byte, path [][32]byte) []byte {
	if len(path) == 0 {
		return b
	}
	b = append(b, `,"path":[`...)
	for i, h := range path {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(hex.AppendEncode(append(b, '"'), h[:]), '"')
	}
	return append(b, ']')
}

// Named is how issue.json names a file of the bundle.
func (f File) Named() agenttrail.File {
	return agenttrail.File{Path: f.Name, SHA256: sum(f.Data), Size: int64(len(f.Data))}
}
