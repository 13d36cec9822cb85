package trail

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"

	"agenttrail"
	"agenttrail/internal/trail/merkle"
)

// refusedKept is up to which size the bytes of a refused object are kept; beyond it only hash and size are.
const refusedKept = 64 << 20

// An evidenceWriter makes the evidence ZIP of a batch: originals, records.csv, contexts, rejects.jsonl. It streams: what must wait for its turn
// waits in a spool.
type evidenceWriter struct {
	out     spool
	zip     *zip.Writer
	records spool
	rejects spool
	context contextList
	tree    merkle.Tree // over the records' leaves
	line    []byte
	packed  spool         // the entry being written
	deflate *flate.Writer // made once: it is large
}

// contextList holds each distinct context of a batch once.
type contextList struct {
	numbers map[[32]byte]int
	sums    [][32]byte
	ends    []int64 // of each in bytes
	bytes   spool
}

// A mark is a place in the evidence to which it can be cut back.
type mark struct {
	records, rejects int64
	contexts         int
	tree             merkle.Tree
}

func newEvidence() (*evidenceWriter, error) {
	w := &evidenceWriter{context: contextList{numbers: map[[32]byte]int{}}}
	w.zip = zip.NewWriter(&w.out)
	_, err := io.WriteString(&w.records, recordsHeader)
	return w, err
}

func (w *evidenceWriter) Close() error {
	return errors.Join(w.out.Close(), w.records.Close(), w.rejects.Close(), w.context.bytes.Close(), w.packed.Close())
}

func (w *evidenceWriter) mark() mark {
	return mark{w.records.size, w.rejects.size, len(w.context.sums), w.tree}
}

// cut takes back the records since m: those of an object that turned out to hold nothing new.
func (w *evidenceWriter) cut(m mark) {
	w.records.cut(m.records)
	w.rejects.cut(m.rejects)
	w.context.cut(m.contexts)
	w.tree = m.tree
}

// put gives the number of a context, -1 for none, and its hash, zeros for none.
func (l *contextList) put(context []byte) (number int, sum [32]byte, err error) {
	if len(context) == 0 {
		return -1, sum, nil
	}
	sum = sha256.Sum256(context)
	if n, ok := l.numbers[sum]; ok {
		return n, sum, nil
	}
	if _, err := l.bytes.Write(context); err != nil {
		return 0, sum, err
	}
	n := len(l.sums)
	l.numbers[sum] = n
	l.sums, l.ends = append(l.sums, sum), append(l.ends, l.bytes.size)
	return n, sum, nil
}

func (l *contextList) cut(n int) {
	for _, sum := range l.sums[n:] {
		delete(l.numbers, sum)
	}
	l.sums, l.ends = l.sums[:n], l.ends[:n]
	l.bytes.cut(l.start(n))
}

// start is where context n begins.
func (l *contextList) start(n int) int64 {
	if n == 0 {
		return 0
	}
	return l.ends[n-1]
}

// recordLeaf is the leaf of a record: SHA-256(0x00, salt, SHA-256(context) or zeros, SHA-256(raw)).
func recordLeaf(salt [16]byte, context, raw [32]byte) [32]byte {
	var b [1 + 16 + 32 + 32]byte
	copy(b[1:], salt[:])
	copy(b[17:], context[:])
	copy(b[49:], raw[:])
	return sha256.Sum256(b[:])
}

// record adds a record and its leaf.
func (w *evidenceWriter) record(l *recordLine, context, raw [32]byte) error {
	w.line = appendRecordLine(w.line[:0], l)
	w.tree.Add(recordLeaf(l.Salt, context, raw))
	_, err := w.records.Write(w.line)
	return err
}

// reject notes why a record could not be read.
func (w *evidenceWriter) reject(object int, r *agenttrail.Record) error {
	w.line = append(appendReject(w.line[:0], Reject{object, r.Ordinal, r.Why, r.Detail}), '\n')
	_, err := w.rejects.Write(w.line)
	return err
}

// object keeps the bytes of an object as they were delivered and checks that they still are what was hashed.
func (w *evidenceWriter) object(name string, s *agenttrail.Staged) (err error) {
	r, err := s.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	sum := sha256.New()
	n, err := w.add(name, io.TeeReader(r, sum))
	if err != nil {
		return err
	}
	if n != s.Length || [32]byte(sum.Sum(nil)) != s.SHA256 {
		return fmt.Errorf("%d bytes that are not those that were hashed (%d bytes)", n, s.Length)
	}
	return nil
}

// add writes one file: stored when it came compressed, else deflated. Size and CRC stand in front of it, because some readers refuse them behind.
func (w *evidenceWriter) add(name string, r io.Reader) (size int64, err error) {
	head := make([]byte, 4)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return 0, err
	}
	method, out, err := w.packer(head[:n])
	if err != nil {
		return 0, err
	}
	crc := crc32.NewIEEE()
	size, err = io.Copy(io.MultiWriter(out, crc), io.MultiReader(bytes.NewReader(head[:n]), r))
	if err := errors.Join(err, out.Close()); err != nil {
		return 0, err
	}
	file, err := w.zip.CreateRaw(&zip.FileHeader{
		Name: name, Method: method, CRC32: crc.Sum32(), CompressedSize64: uint64(w.packed.size), UncompressedSize64: uint64(size),
	})
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(file, w.packed.reader())
	return size, err
}

// packer says how bytes that begin with head are kept, and where to write them.
func (w *evidenceWriter) packer(head []byte) (method uint16, out io.WriteCloser, err error) {
	w.packed.cut(0)
	if compressed(head) {
		return zip.Store, nopCloser{&w.packed}, nil
	}
	if w.deflate == nil {
		w.deflate, err = flate.NewWriter(&w.packed, flate.DefaultCompression)
	} else {
		w.deflate.Reset(&w.packed)
	}
	return zip.Deflate, w.deflate, err
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// compressed says that bytes which begin like this gain nothing from another compression: gzip, zstd, bzip2.
func compressed(head []byte) bool {
	for _, magic := range []string{"\x1f\x8b", "\x28\xb5\x2f\xfd", "BZh"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}

// finish writes the lists behind the objects. The ZIP is complete in w.out.
func (w *evidenceWriter) finish() error {
	if _, err := w.add(recordsName, w.records.reader()); err != nil {
		return err
	}
	if w.rejects.size > 0 {
		if _, err := w.add(rejectsName, w.rejects.reader()); err != nil {
			return err
		}
	}
	for n, end := range w.context.ends {
		start := w.context.start(n)
		if _, err := w.add(contextName(n), io.NewSectionReader(&w.context.bytes, start, end-start)); err != nil {
			return err
		}
	}
	return w.zip.Close()
}
