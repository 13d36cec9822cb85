package bundle

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
	"agenttrail/internal/trail"
	"agenttrail/internal/trail/merkle"
)

// ActionsName is the name of the file with all actions of a receipt.
func ActionsName(receipt int64) string { return fmt.Sprintf("%s%012d.ndjson", Actions, receipt) }

// beside checks a file with all actions of a receipt: its hash, and that its rows have the root that the receipt states.
func (v *verifier) beside(f agenttrail.File) error {
	number := strings.TrimSuffix(strings.TrimPrefix(f.Path, Actions), ".ndjson")
	receipt, err := strconv.ParseInt(number, 10, 64)
	if err != nil || ActionsName(receipt) != f.Path {
		return broken(Issue, "it names %q, which is no file of a receipt", f.Path)
	}
	t, err := v.table(receipt, v.result.Report.Before)
	if err != nil {
		return &trail.Broken{Place: f.Path, Err: err}
	}
	if v.o.Beside == nil {
		v.result.Missing = append(v.result.Missing, f.Path)
		return nil
	}
	in, err := v.o.Beside.Open(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		v.result.Missing = append(v.result.Missing, f.Path)
		return nil
	}
	if err != nil {
		return &trail.Incomplete{Place: f.Path, Err: err}
	}
	h := sha256.New()
	tree, err := rowsOf(io.TeeReader(in, h))
	if err = errors.Join(err, in.Close()); err != nil {
		return &trail.Broken{Place: f.Path, Err: err}
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != f.SHA256 {
		return broken(f.Path, "its SHA-256 is %s, %s says %s", got, Issue, f.SHA256)
	}
	if root := tree.Root(); tree.Size() != t.Rows || hex.EncodeToString(root[:]) != t.Root {
		return broken(f.Path, "%d rows with the root %x, the receipt says %d with %s", tree.Size(), root, t.Rows, t.Root)
	}
	v.result.Files++
	v.result.Rows += tree.Size()
	return nil
}

// rowsOf hashes the lines of such a file into their tree.
func rowsOf(r io.Reader) (*merkle.Tree, error) {
	tree, in := new(merkle.Tree), bufio.NewReader(r)
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			return tree, nil
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		err = eachLine(line, func(line []byte, v strictjson.Value) error {
			p, err := parseAction(line, v)
			tree.Add(p.Leaf())
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", tree.Size(), err)
		}
	}
}
