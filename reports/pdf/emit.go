package pdf

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
)

// perStream is how many objects share one object stream. More do not make the file smaller.
const perStream = 200

// A slot is a line of the cross-reference: kind 1 is at offset a; kind 2 is number b in object stream a.
type slot struct{ kind, a, b int }

// emit writes the file. What is not a stream goes into object streams, except catalog and information, which stay legible. The id of
// the file is a hash of what precedes it.
func (f *file) emit(plain bool) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	slots := make([]slot, len(f.objs))
	slots[0] = slot{0, 0, 65535}
	var packed []int
	for n := 1; n < len(f.objs); n++ {
		if plain || n == f.root || n == f.info || bytes.HasSuffix(f.objs[n], []byte("endstream")) {
			slots[n] = slot{1, b.Len(), 0}
			writeObject(&b, n, f.objs[n])
		} else {
			packed = append(packed, n)
		}
	}
	for group := range slices.Chunk(packed, perStream) {
		n := len(slots)
		slots = append(slots, slot{1, b.Len(), 0})
		for i, k := range group {
			slots[k] = slot{2, n, i}
		}
		writeObject(&b, n, f.objectStream(group))
	}
	if plain {
		f.table(&b, slots)
	} else {
		f.tableStream(&b, slots)
	}
	return b.Bytes()
}

func writeObject(b *bytes.Buffer, n int, body []byte) {
	fmt.Fprintf(b, "%d 0 obj\n", n)
	b.Write(body)
	b.WriteString("\nendobj\n")
}

func (f *file) objectStream(group []int) []byte {
	var index, bodies []byte
	for _, n := range group {
		index = fmt.Appendf(index, "%d %d ", n, len(bodies))
		bodies = append(append(bodies, f.objs[n]...), '\n')
	}
	return streamBody(fmt.Sprintf("/Type/ObjStm/N %d/First %d", len(group), len(index)), append(index, bodies...), true)
}

// trailer is the keys that say where to begin. before is all of the file up to here.
func (f *file) trailer(before []byte, size int) string {
	sum := sha256.Sum256(before)
	return fmt.Sprintf("/Size %d/Root %d 0 R/Info %d 0 R/ID[<%x><%x>]", size, f.root, f.info, sum[:16], sum[:16])
}

// table writes the classic cross-reference.
func (f *file) table(b *bytes.Buffer, slots []slot) {
	at, keys := b.Len(), f.trailer(b.Bytes(), len(slots))
	fmt.Fprintf(b, "xref\n0 %d\n0000000000 65535 f \n", len(slots))
	for _, s := range slots[1:] {
		fmt.Fprintf(b, "%010d 00000 n \n", s.a)
	}
	fmt.Fprintf(b, "trailer\n<<%s>>\nstartxref\n%d\n%%%%EOF\n", keys, at)
}

// tableStream writes the cross-reference as a stream of seven-byte rows, each as the difference to the one before (PNG "up"), which
// leaves mostly zeros.
func (f *file) tableStream(b *bytes.Buffer, slots []slot) {
	at, n := b.Len(), len(slots)
	slots = append(slots, slot{1, at, 0})
	var rows []byte
	var before [7]byte
	for _, s := range slots {
		now := [7]byte{byte(s.kind), byte(s.a >> 24), byte(s.a >> 16), byte(s.a >> 8), byte(s.a), byte(s.b >> 8), byte(s.b)}
		rows = append(rows, 2)
		for i := range now {
			rows = append(rows, now[i]-before[i])
		}
		before = now
	}
	keys := f.trailer(b.Bytes(), len(slots))
	writeObject(b, n, streamBody("/Type/XRef/W[1 4 2]"+keys+"/DecodeParms<</Predictor 12/Columns 7>>", rows, true))
	fmt.Fprintf(b, "startxref\n%d\n%%%%EOF\n", at)
}
