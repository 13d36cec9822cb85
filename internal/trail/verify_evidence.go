package trail

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"

	"agenttrail"
	"agenttrail/internal/unpack"
)

// evidence checks the ZIP: every original, every record in it, the contexts and the rejects; and beside them every row of both tables.
func (c *batchCheck) evidence(f *sizedFile, rows, held *tableFile) error {
	at := place(c.n, c.batch.Evidence.Path)
	z, err := zip.NewReader(f, f.size)
	if err != nil {
		return broken(at, "%w", err)
	}
	c.zip = &evidenceFile{names: map[string]*zip.File{}}
	for _, f := range z.File {
		if c.zip.names[f.Name] != nil {
			return broken(at, "it holds %s twice", f.Name)
		}
		c.zip.names[f.Name] = f
	}
	c.records, c.rejects = pull(c.zip.records), pull(c.zip.rejects)
	defer c.records.stop()
	defer c.rejects.stop()
	c.rows, c.held = newRowCheck(rows, c.key), newRowCheck(held, nil)
	defer c.rows.pull.stop()
	defer c.held.pull.stop()
	if err := c.walk(); err != nil {
		return located(at, err)
	}
	return c.end(at)
}

// located says where an error lies. What the storage itself says is no finding.
func located(at string, err error) error {
	if err == nil {
		return nil
	}
	if disk := (*fs.PathError)(nil); errors.As(err, &disk) {
		return &Incomplete{at, err}
	}
	return &Broken{at, err}
}

func (c *batchCheck) walk() error {
	if err := c.readContexts(); err != nil {
		return err
	}
	for i := range c.lines {
		l := &c.lines[i]
		if l.Name == "" {
			c.totals.Unkept++
			continue
		}
		if l.ContextName != "" {
			n, err := contextNumber(l.ContextName, len(c.contexts))
			if err != nil {
				return err
			}
			c.used[n] = true
		}
		if err := c.object(l); err != nil {
			return fmt.Errorf("%s (%s): %w", l.Name, l.URI, err)
		}
		c.totals.Objects++
	}
	return nil
}

func contextNumber(name string, have int) (n int, err error) {
	if _, err := fmt.Sscanf(name, "contexts/%d", &n); err != nil || n < 0 || n >= have || contextName(n) != name {
		return 0, fmt.Errorf("there is no %q", name)
	}
	return n, nil
}

// readContexts hashes the contexts, which are numbered without a gap.
func (c *batchCheck) readContexts() error {
	seen := map[[32]byte]bool{}
	for n := 0; c.zip.names[contextName(n)] != nil; n++ {
		sum := sha256.New()
		if err := c.zip.read(contextName(n), func(r io.Reader) error { _, err := io.Copy(sum, r); return err }); err != nil {
			return fmt.Errorf("%s: %w", contextName(n), err)
		}
		hash := [32]byte(sum.Sum(nil))
		if seen[hash] {
			return fmt.Errorf("%s stands there twice", contextName(n))
		}
		seen[hash] = true
		c.contexts = append(c.contexts, hash)
	}
	c.used = make([]bool, len(c.contexts))
	return nil
}

// object checks one original and its records.
func (c *batchCheck) object(l *ObjectLine) error {
	o, err := c.openObject(l)
	if err != nil {
		return err
	}
	var counts agenttrail.Counts
	for {
		record, ok, err := c.records.peek()
		if err != nil {
			return err
		}
		if !ok || record.Object != l.Number {
			break
		}
		c.records.next()
		if record.Ordinal != counts.Read {
			return fmt.Errorf("%s: its records do not stand together", recordsName)
		}
		if err := c.record(l, o, record, &counts); err != nil {
			return fmt.Errorf("record %d: %w", counts.Read, err)
		}
	}
	if err := o.close(); err != nil {
		return err
	}
	return sameCounts(l, &counts)
}

// sameCounts compares what the records gave with what the line says.
func sameCounts(l *ObjectLine, got *agenttrail.Counts) error {
	got.ActionDuplicates, got.Actions = l.Counts.ActionDuplicates, got.Rows+l.Counts.ActionDuplicates
	for _, counter := range counterNames {
		if got, want := *counter.of(got), *counter.of(&l.Counts); got != want {
			return fmt.Errorf("%s: the evidence gives %d, the objects file says %d", counter.name, got, want)
		}
	}
	return nil
}

// record checks one record: its bytes make its leaf, and its rows are its own.
func (c *batchCheck) record(l *ObjectLine, o *original, r *recordLine, counts *agenttrail.Counts) error {
	raw, err := o.hash(r.Offset, r.Length)
	if err != nil {
		return err
	}
	var leaf [1 + 16 + 32 + 32]byte
	copy(leaf[1:], r.Salt[:])
	if r.Context >= len(c.contexts) {
		return fmt.Errorf("there is no %s", contextName(r.Context))
	}
	if r.Context >= 0 {
		c.used[r.Context] = true
		copy(leaf[17:], c.contexts[r.Context][:])
	}
	copy(leaf[49:], raw[:])
	c.tree.add(sha256.Sum256(leaf[:]))
	c.totals.Records++
	counts.Count(r.State, "") // the rules and reasons are those of the line
	if r.State == agenttrail.Rejected {
		if err := c.reject(r); err != nil {
			return err
		}
	}
	rows, err := c.rows.of(l.URI, r, raw)
	if err != nil {
		return err
	}
	held, err := c.held.of(l.URI, r, raw)
	if rows+held > 0 && r.State != agenttrail.Accepted && r.State != agenttrail.Conflict {
		return fmt.Errorf("it is %s and has %d rows", r.State, rows+held)
	}
	counts.Rows += rows
	counts.Grants += held
	return err
}

// reject takes the line of rejects.jsonl that belongs to a rejected record.
func (c *batchCheck) reject(r *recordLine) error {
	said, ok, err := c.rejects.next()
	if err == nil && (!ok || said.Object != r.Object || said.Ordinal != r.Ordinal || said.Reason == "") {
		err = fmt.Errorf("%s does not say why it was rejected", rejectsName)
	}
	return err
}

// end checks that nothing is left over, and the roots.
func (c *batchCheck) end(at string) error {
	if r, ok, err := c.records.next(); err != nil {
		return located(at, err)
	} else if ok {
		return broken(at, "%s: a record of object %d, which has none or stands elsewhere", recordsName, r.Object)
	}
	if r, ok, err := c.rejects.next(); err != nil {
		return located(at, err)
	} else if ok {
		return broken(at, "%s: record %d of object %d was not rejected", rejectsName, r.Ordinal, r.Object)
	}
	for n, used := range c.used {
		if !used {
			return broken(at, "%s belongs to no record", contextName(n))
		}
	}
	if files := c.files(); files != len(c.zip.names) {
		return broken(at, "it holds %d files, want %d", len(c.zip.names), files)
	}
	e := c.batch.Evidence
	if root := c.tree.root(); c.tree.size != e.Records || root != e.Root {
		return broken(at, "%d records with the root %s, the entry says %d with %s", c.tree.size, root, e.Records, e.Root)
	}
	c.totals.Rows, c.totals.Grants = c.rows.tree.size, c.held.tree.size
	for _, t := range c.batch.Tables {
		rows := c.rows
		if t.Name == grantsTable {
			rows = c.held
		}
		if err := rows.end(t); err != nil {
			return located(place(c.n, t.Path), err)
		}
	}
	return nil
}

// files counts what the ZIP must hold.
func (c *batchCheck) files() int {
	n := 1 + len(c.contexts)
	if c.zip.names[rejectsName] != nil {
		n++
	}
	for i := range c.lines {
		if c.lines[i].Name != "" {
			n++
		}
	}
	return n
}

// An original is an object in the evidence, read as delivered and decompressed at once.
type original struct {
	zip       *evidenceFile
	line      *ObjectLine
	delivered io.ReadCloser
	hashed    io.Reader // delivered, hashed and counted on the way
	sum       hash.Hash
	size      int64
	stream    *unpack.Reader // nil: nothing was asked of it yet
	at        int64          // in the decompressed stream
	raw       hash.Hash      // of one record
}

func (c *batchCheck) openObject(l *ObjectLine) (*original, error) {
	o := &original{zip: c.zip, line: l, raw: sha256.New()}
	return o, o.start()
}

func (o *original) start() (err error) {
	if o.delivered, err = o.zip.open(o.line.Name); err != nil {
		return err
	}
	o.sum, o.size, o.at, o.stream = sha256.New(), 0, 0, nil
	o.hashed = io.TeeReader(o.delivered, o)
	return nil
}

func (o *original) Write(p []byte) (int, error) {
	o.size += int64(len(p))
	return o.sum.Write(p)
}

// hash is the SHA-256 of a range of the decompressed stream. Ranges that overlap make it begin again.
func (o *original) hash(offset, length int64) (sum [32]byte, err error) {
	if offset < o.at {
		if err := errors.Join(o.close(), o.start()); err != nil {
			return sum, err
		}
	}
	if o.stream == nil {
		if o.stream, err = unpack.New(o.hashed, unpack.Limits{}); err != nil {
			return sum, err
		}
	}
	o.raw.Reset()
	if err := copyRange(o.raw, o.stream, offset-o.at, length); err != nil {
		return sum, err
	}
	o.at = offset + length
	o.raw.Sum(sum[:0])
	return sum, nil
}

// close reads the rest and checks that the bytes are those that were delivered.
func (o *original) close() (err error) {
	defer func() { err = errors.Join(err, o.delivered.Close()) }()
	if o.stream != nil {
		err = o.stream.Close()
	}
	if _, rest := io.Copy(io.Discard, o.hashed); err != nil || rest != nil {
		return errors.Join(err, rest)
	}
	if got := hex.EncodeToString(o.sum.Sum(nil)); got != o.line.SHA256 || o.size != o.line.Length {
		return fmt.Errorf("%d bytes with the SHA-256 %s, the objects file says %d with %s", o.size, got, o.line.Length, o.line.SHA256)
	}
	return nil
}
