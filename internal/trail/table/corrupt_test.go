package table

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/parquet-go/parquet-go"

	"agenttrail"
)

// small is a file of few rows with every kind of column.
func small(t testing.TB) ([]byte, Summary) {
	actions := demo(20, 1)
	for i := range actions {
		actions[i].Resource.External, actions[i].Subjects = agenttrail.Said(i%2 == 0), []string{"a", fmt.Sprint("b", i)}
	}
	columns, _ := agenttrail.Columns([]string{"@timestamp", "agenttrail.subject.id", "agenttrail.resource.external", "agenttrail.session.id", "event.action"})
	return write(t, columns, actions)
}

// TestFlip flips bits all over a file. A flip is noticed by an error or by another root, or it hit bytes that say nothing about the rows; those are
// held by the hash of the file in its entry. Then the answers that the file gives must be the same too.
func TestFlip(t *testing.T) {
	b, sum := small(t)
	want, err := answers(b)
	if err != nil {
		t.Fatal(err)
	}
	if root, err := readAll(b); err != nil || root != sum.Root {
		t.Fatalf("the whole file gives root %x, %v, want %x", root, err, sum.Root)
	}
	data := dataOf(t, b)
	for at := range b {
		if !data[at] && at%7 != 0 {
			continue
		}
		bit := (at / 7) % 8
		b[at] ^= 1 << bit
		root, err := readAll(b)
		if err == nil && root == sum.Root {
			if data[at] {
				t.Errorf("bit %d of byte %d, in the data of a page, was flipped: nobody noticed", bit, at)
			}
			if got, err := answers(b); err == nil && got != want {
				t.Errorf("bit %d of byte %d was flipped: nobody noticed, but the answers changed from\n%s\nto\n%s", bit, at, want, got)
			}
		}
		b[at] ^= 1 << bit
	}
}

// answers are what Count, Find and IDs make of a file.
func answers(b []byte) (string, error) {
	var out bytes.Buffer
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return "", err
	}
	var groups Groups
	q := agenttrail.Query{From: demo(1, 1)[0].Time, All: []agenttrail.Term{{Field: "agenttrail.subject.id", Any: []string{"b7", "b11"}}}}
	err = errors.Join(
		f.Count(q, []string{"event.action", "agenttrail.resource.external", Day}, &groups),
		groups.Each(func(g agenttrail.Group) error { fmt.Fprintln(&out, g); return nil }),
		f.Find(q, nil, func(row int64, a *agenttrail.Action) error { fmt.Fprintln(&out, row, *a); return nil }),
		f.IDs(func(row int64, id string) error { fmt.Fprintln(&out, row, id); return nil }),
	)
	return out.String(), err
}

func readAll(b []byte) ([32]byte, error) {
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return [32]byte{}, err
	}
	return rootOf(f)
}

// dataOf gives the offsets at which the compressed values of pages stand: the column chunks without the page headers.
func dataOf(t *testing.T, b []byte) map[int]bool {
	p, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	at := map[int]bool{}
	for _, g := range p.Metadata().RowGroups {
		for _, c := range g.Columns {
			end := c.MetaData.DataPageOffset + c.MetaData.TotalCompressedSize
			if c.MetaData.DictionaryPageOffset > 0 {
				end = c.MetaData.DictionaryPageOffset + c.MetaData.TotalCompressedSize
			}
			index := bytes.LastIndex(b[:end], []byte{0x28, 0xb5, 0x2f, 0xfd}) // the last zstd frame of the chunk: its data page
			if index < int(c.MetaData.DataPageOffset) {
				continue // too short to be compressed
			}
			for i := index; i < int(end); i++ {
				at[i] = true
			}
		}
	}
	if len(at) == 0 {
		t.Fatal("no data found in the file")
	}
	return at
}

// TestCut: a file cut anywhere is broken.
func TestCut(t *testing.T) {
	b, sum := small(t)
	for n := range b {
		if root, err := readAll(b[:n]); err == nil {
			t.Errorf("a file of %d bytes cut to %d: no error, root %x (whole: %x)", len(b), n, root, sum.Root)
		} else if !errors.Is(err, ErrBroken) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("a file cut to %d bytes: %v, want an error that is ErrBroken", n, err)
		}
	}
}

// TestHints: bounds and bloom filters that would hide rows are an error, although the rows are those that were proved.
func TestHints(t *testing.T) {
	b, sum := small(t)
	p, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	stated := p.Metadata().RowGroups[0].Columns[0].MetaData // @timestamp
	filter := int(p.Metadata().RowGroups[0].Columns[columnAt(t, p, "agenttrail.id")].MetaData.BloomFilterOffset)
	bits := bytes.IndexFunc(b[filter+40:], func(r rune) bool { return r != 0 }) + filter + 40
	for _, c := range []struct {
		what string
		at   int
		to   byte
	}{
		{"lower bound of times", bytes.LastIndex(b, stated.Statistics.MinValue), stated.Statistics.MaxValue[0]},
		{"bits of a bloom filter", bits, 0},
	} {
		if c.at < 0 {
			t.Fatalf("%s: not found in the file", c.what)
		}
		broken := bytes.Clone(b)
		broken[c.at] = c.to
		root, err := readAll(broken)
		if !errors.Is(err, ErrBroken) {
			t.Errorf("CanonicalRows with wrong %s: %v, root as before: %t; want ErrBroken", c.what, err, root == sum.Root)
		}
	}
}

func columnAt(t *testing.T, p *parquet.File, name string) int {
	leaf, ok := p.Schema().Lookup(name)
	if !ok {
		t.Fatalf("no column %s", name)
	}
	return leaf.ColumnIndex
}

// TestForeign: files of other makers that are no tables of this format are refused with the name of the column.
func TestForeign(t *testing.T) {
	for _, c := range []struct {
		name string
		node parquet.Node
	}{
		{"required", parquet.String()},
		{"repeated", parquet.Repeated(parquet.String())},
		{"float", parquet.Optional(parquet.Leaf(parquet.DoubleType))},
		{"bytes", parquet.Optional(parquet.Leaf(parquet.ByteArrayType))},
		{"millis", parquet.Optional(parquet.Timestamp(parquet.Millisecond))},
		{"local", parquet.Optional(parquet.TimestampAdjusted(parquet.Microsecond, false))},
		{"small", parquet.Optional(parquet.Int(32))},
		{"nested", parquet.Optional(parquet.Group{"a": parquet.Optional(parquet.String())})},
		{"numbers", parquet.Optional(parquet.List(parquet.Leaf(parquet.Int64Type)))},
	} {
		var b bytes.Buffer
		w := parquet.NewGenericWriter[any](&b, parquet.NewSchema("foreign", parquet.Group{c.name: c.node}))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		_, err := Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if !errors.Is(err, ErrBroken) || !bytes.Contains([]byte(err.Error()), []byte(c.name)) {
			t.Errorf("Open of a file with a column %q: %v, want an error that names it", c.name, err)
		}
	}
}

// TestUnknownColumn: a column of another age is proved, but not read as an action.
func TestUnknownColumn(t *testing.T) {
	var b bytes.Buffer
	name := "agenttrail.of_tomorrow"
	w := parquet.NewGenericWriter[any](&b, parquet.NewSchema("actions", parquet.Group{name: parquet.Optional(parquet.Encoded(parquet.String(), &parquet.Plain))}))
	if _, err := w.WriteRows([]parquet.Row{{parquet.ValueOf("x").Level(0, 1, 0)}, {parquet.Value{}.Level(0, 0, 0)}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f := open(t, b.Bytes()) // written without a dictionary
	var got []string
	if err := f.CanonicalRows(func(_ int64, row []byte) error { got = append(got, string(row)); return nil }); err != nil {
		t.Fatal(err)
	}
	if want := []string{`{"` + name + `":"x"}`, `{}`}; len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("CanonicalRows = %q, want %q", got, want)
	}
	if _, err := f.Row(0); err == nil || !bytes.Contains([]byte(err.Error()), []byte(name)) {
		t.Errorf("Row of a file with an unknown column: %v, want an error that names it", err)
	}
	if err := f.IDs(nil); !errors.Is(err, ErrBroken) {
		t.Errorf("IDs of a file without ids: %v, want ErrBroken", err)
	}
}

// FuzzOpen: no file makes the reader panic, and what it reads from an unchanged file is what was written.
func FuzzOpen(f *testing.F) {
	b, sum := small(f)
	whole := sha256.Sum256(b)
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Add([]byte("PAR1\x00\x00\x00\x00PAR1"))
	empty, _ := write(f, countColumns(), nil)
	f.Add(empty)
	f.Fuzz(func(t *testing.T, b []byte) {
		root, err := readAll(b)
		if sha256.Sum256(b) == whole && (err != nil || root != sum.Root) {
			t.Errorf("the file as written gives root %x, %v, want %x", root, err, sum.Root)
		}
		file, err := Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		q := agenttrail.Query{All: []agenttrail.Term{{Field: "agenttrail.subject.id", Any: []string{"a"}}}}
		file.Count(q, []string{"event.action", Day}, &Groups{}) // errors are fine
		file.Find(q, nil, func(int64, *agenttrail.Action) error { return nil })
	})
}
