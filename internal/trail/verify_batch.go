package trail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"

	"agenttrail"
	"agenttrail/internal/trail/table"
)

// A batchCheck verifies the files of one batch entry in one pass: objects, records and rows stand in the same order.
type batchCheck struct {
	n       int64
	batch   *agenttrail.Batch
	lines   []ObjectLine
	zip     *evidenceFile
	records *puller[recordLine]
	rejects *puller[Reject]
	rows    *rowCheck // of actions
	held    *rowCheck // of grants
	key     func(id string) uint64

	contexts [][32]byte
	used     []bool
	tree     roots
	sum      agenttrail.Counts
	totals   Totals
}

func (v *verifier) batch(ctx context.Context, n int64, b *agenttrail.Batch) (err error) {
	c := &batchCheck{n: n, batch: b, key: v.ids.key}
	if err := c.names(); err != nil {
		return err
	}
	objects, err := v.open(ctx, n, b.Objects.File)
	if err != nil {
		return err
	}
	if err := closing(objects, place(n, b.Objects.Path), c.objects(objects)); err != nil {
		return err
	}
	evidence, err := v.open(ctx, n, b.Evidence.File)
	if err != nil {
		return err
	}
	defer func() { err = closing(evidence, place(n, b.Evidence.Path), err) }()
	rows, err := v.openRows(ctx, n, b, actionsTable)
	if err != nil {
		return err
	}
	if rows != nil {
		defer func() { err = closing(rows, place(n, b.Table(actionsTable).Path), err) }()
	}
	held, err := v.openRows(ctx, n, b, grantsTable)
	if err != nil {
		return err
	}
	if held != nil {
		defer func() { err = closing(held, place(n, b.Table(grantsTable).Path), err) }()
	}
	if err := c.evidence(evidence, rows, held); err != nil {
		return err
	}
	if v.o.Remap != nil {
		if err := v.deep(ctx, c, rows, held); err != nil {
			return err
		}
	}
	v.ids.add(c.rows.ids)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.totals.add(c.totals)
	return nil
}

// names checks that the files of the batch are its own.
func (c *batchCheck) names() error {
	b := c.batch
	if _, err := nameTime(b.Name); err != nil {
		return broken(place(c.n, "batch"), "%w", err)
	}
	want := map[string]string{b.Evidence.Path: batchPath("evidence", b.Name, ".zip"), b.Objects.Path: batchPath("objects", b.Name, ".jsonl")}
	for _, t := range b.Tables {
		want[t.Path] = batchPath(t.Name, b.Name, ".parquet")
	}
	for got, want := range want {
		if got != want {
			return broken(place(c.n, got), "a file of batch %s is called %s", b.Name, want)
		}
	}
	for i, t := range b.Tables {
		if t.Name != actionsTable && t.Name != grantsTable || i > 0 && t.Name <= b.Tables[i-1].Name {
			return broken(place(c.n, "tables"), "this version knows the tables %s and %s, in this order and once", actionsTable, grantsTable)
		}
	}
	if b.Searched > c.n {
		return broken(place(c.n, "searched"), "twins were searched in %d entries, the ledger had %d", b.Searched, c.n)
	}
	return nil
}

// objects checks the objects file against the entry, and keeps its lines.
func (c *batchCheck) objects(f *sizedFile) error {
	at := place(c.n, c.batch.Objects.Path)
	sum := agenttrail.ObjectsFile{File: c.batch.Objects.File}
	seen, again := map[string]bool{}, sha256.New()
	err := readObjectLines(io.NewSectionReader(f, 0, f.size), func(l *ObjectLine) error {
		if err := checkLine(l, seen[l.URI]); err != nil {
			return fmt.Errorf("line %d: %w", l.Number+1, err)
		}
		seen[l.URI] = true
		again.Write(append(appendObjectLine(nil, l), '\n'))
		sum.Count++
		sum.Bytes += l.Length
		if l.Refused != "" {
			sum.Refused++
		}
		if !l.Time.IsZero() && (sum.First.IsZero() || l.Time.Before(sum.First)) {
			sum.First = l.Time
		}
		if l.Time.After(sum.Last) {
			sum.Last = l.Time
		}
		c.sum.Add(l.Counts)
		c.lines = append(c.lines, *l)
		return nil
	})
	if err != nil {
		return broken(at, "%w", err)
	}
	if got := hex.EncodeToString(again.Sum(nil)); got != c.batch.Objects.SHA256 {
		return broken(at, "its lines are not as they are written")
	}
	if sum != c.batch.Objects {
		return broken(at, "it adds up to %+v, the entry says %+v", sum, c.batch.Objects)
	}
	return c.counts(at)
}

// counts compares the numbers of the entry with the sum of the lines.
func (c *batchCheck) counts(at string) error {
	said, sum := c.batch.Counts, c.sum
	skips, rejects := entryNames(sum)
	if !maps.Equal(said.Skips, skips) || !maps.Equal(said.Rejects, rejects) {
		return broken(at, "rules and reasons add up to %v and %v, the entry says %v and %v", skips, rejects, said.Skips, said.Rejects)
	}
	for _, counter := range counterNames {
		if got, want := *counter.of(&sum), *counter.of(&said); got != want {
			return broken(at, "%s adds up to %d, the entry says %d", counter.name, got, want)
		}
	}
	if said.Balance() != 0 || said.Actions != said.ActionDuplicates+said.Rows {
		return broken(at, "records read are not the sum of their states, or actions not that of rows and duplicates: %+v", said)
	}
	return nil
}

// checkLine checks what one line says in itself.
func checkLine(l *ObjectLine, seen bool) error {
	c := &l.Counts
	bare := c.Read == 0 && c.Actions == 0
	switch {
	case seen:
		return fmt.Errorf("%s stands there twice", l.URI)
	case l.Name != "" && l.Name != objectName(l.Number):
		return fmt.Errorf("its bytes are called %s, want %s", l.Name, objectName(l.Number))
	case c.Balance() != 0 || c.Actions != c.ActionDuplicates+c.Rows:
		return errors.New("its numbers do not add up")
	case (l.Refused != "" || l.Role != agenttrail.RoleLog) && !bare:
		return errors.New("records of an object that was refused or is no log")
	case l.Reread && (l.Name != "" || c.Duplicate != c.Read || bare):
		return errors.New("known, and yet with something new")
	case l.Name == "" && !l.Reread && (l.Refused == "" || l.Length <= 64<<20):
		return errors.New("its bytes are not kept, and nothing says why")
	}
	return nil
}

// openRows opens a table; nil: the batch has none.
func (v *verifier) openRows(ctx context.Context, n int64, b *agenttrail.Batch, name string) (*tableFile, error) {
	t, rows := b.Table(name), b.Counts.Rows
	if name == grantsTable {
		rows = b.Counts.Grants
	}
	if t == nil {
		if rows != 0 {
			return nil, broken(place(n, "tables"), "%d rows, and no table %s", rows, name)
		}
		return nil, nil
	}
	file, err := v.open(ctx, n, t.File)
	if err != nil {
		return nil, err
	}
	opened, err := table.Open(file, file.size)
	if err != nil {
		return nil, closing(file, place(n, t.Path), broken(place(n, t.Path), "%w", err))
	}
	return &tableFile{opened, file}, nil
}

func hashFile(f *sizedFile) (sum string, size int64, err error) {
	h := sha256.New()
	size, err = io.Copy(h, wholeOf(f))
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// wholeOf reads a file to its end, wherever that is: the size that the entry says is what is to be checked.
func wholeOf(f *sizedFile) io.Reader { return io.NewSectionReader(f, 0, 1<<62) }

// roots folds leaves into an RFC 6962 root.
type roots struct {
	peaks [][32]byte // of full subtrees, largest first
	size  int64
}

func (t *roots) add(leaf [32]byte) {
	t.peaks = append(t.peaks, leaf)
	for n := t.size; n&1 == 1; n >>= 1 {
		t.fold()
	}
	t.size++
}

// fold joins the last two subtrees.
func (t *roots) fold() {
	k := len(t.peaks) - 2
	node := [65]byte{1}
	copy(node[1:], t.peaks[k][:])
	copy(node[33:], t.peaks[k+1][:])
	t.peaks[k] = sha256.Sum256(node[:])
	t.peaks = t.peaks[:k+1]
}

// root ends the tree.
func (t *roots) root() string {
	for len(t.peaks) > 1 {
		t.fold()
	}
	if t.size == 0 {
		empty := sha256.Sum256(nil)
		return hex.EncodeToString(empty[:])
	}
	return hex.EncodeToString(t.peaks[0][:])
}
