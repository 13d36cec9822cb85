package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// An increment collects changed and new objects behind a file.
type increment struct {
	*bytes.Buffer
	r  *reader
	at map[int]int // object: offset
}

func (i *increment) put(n int, body []byte) {
	i.at[n] = i.Len()
	fmt.Fprintf(i, "%d 0 obj\n%s\nendobj\n", n, body)
}

// close writes the cross-reference: of the same kind as the file before has, as readers want it.
func (i *increment) close() []byte {
	at := i.Len()
	sum := sha256.Sum256(i.Bytes())
	keys := fmt.Sprintf("/Root %d 0 R/Info %d 0 R/Prev %d/ID[%s<%x>]", i.r.root, i.r.info, i.r.start, i.r.id, sum[:16])
	if i.r.table {
		i.WriteString("xref\n")
		for _, n := range slices.Sorted(maps.Keys(i.at)) {
			fmt.Fprintf(i, "%d 1\n%010d 00000 n \n", n, i.at[n])
		}
		fmt.Fprintf(i, "trailer\n<</Size %d%s>>\nstartxref\n%d\n%%%%EOF\n", i.r.size, keys, at)
		return i.Bytes()
	}
	own := i.r.size
	i.at[own] = at
	var rows []byte
	var index []string
	for _, n := range slices.Sorted(maps.Keys(i.at)) {
		index = append(index, fmt.Sprintf("%d 1", n))
		rows = append(rows, 1)
		rows = binary.BigEndian.AppendUint32(rows, uint32(i.at[n]))
		rows = append(rows, 0, 0)
	}
	fmt.Fprintf(i, "%d 0 obj\n<</Type/XRef/W[1 4 2]/Index[%s]/Size %d%s/Length %d>>\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n",
		own, strings.Join(index, " "), own+1, keys, len(rows), rows, at)
	return i.Bytes()
}

func date(t time.Time) string { return t.UTC().Format("(D:20060102150405+00'00')") }

// text writes a text string as UTF-16; no character of it can end it early.
func text(s string) string {
	b := []byte{0xFE, 0xFF}
	for n, u := range utf16.Encode([]rune(s)) {
		if n == 2000 {
			break
		}
		b = binary.BigEndian.AppendUint16(b, u)
	}
	return fmt.Sprintf("<%X>", b)
}
