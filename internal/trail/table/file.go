package table

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// ErrBroken says that a file is not what a Writer wrote.
var ErrBroken = errors.New("broken Parquet file")

// A File reads one file. Its methods may run in many goroutines at once, when its reader allows that.
type File struct {
	// Constants is what the entry says of all rows, by field name: agenttrail.tenant, agenttrail.receipt, agenttrail.ingest.run_id and its sisters.
	// Count and Find take them for fields. Set it before the first call.
	Constants map[string]string

	columns []column
	groups  []group
	rows    int64
}

type group struct {
	in          io.ReaderAt
	size        int64 // of the file
	first, rows int64 // place of the first row; how many
	chunks      []*parquet.FileColumnChunk
	meta        []format.ColumnChunk // the same, as the footer has them
}

// Open reads the footer of a file of size bytes. A file that cannot be read gives an error that is ErrBroken, or that of r.
func Open(r io.ReaderAt, size int64) (_ *File, err error) {
	defer guard(&err, "open table")
	if err := checkFooter(r, size); err != nil {
		return nil, err
	}
	p, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(16<<10))
	if err != nil {
		return nil, broken("open table", err)
	}
	f := &File{}
	if f.columns, err = columnsOf(p.Root()); err != nil {
		return nil, broken("open table", err)
	}
	if len(f.columns) == 0 {
		return nil, fmt.Errorf("open table: %w: it has no columns", ErrBroken)
	}
	for i, rg := range p.RowGroups() {
		g := group{in: r, size: size, first: f.rows, rows: rg.NumRows(), meta: p.Metadata().RowGroups[i].Columns}
		for _, c := range rg.ColumnChunks() {
			g.chunks = append(g.chunks, c.(*parquet.FileColumnChunk))
		}
		if g.rows < 0 || g.rows > maxValues || len(g.chunks) != len(f.columns) {
			return nil, fmt.Errorf("open table: %w: row group %d has %d rows and %d of %d columns", ErrBroken, i, g.rows, len(g.chunks), len(f.columns))
		}
		f.groups = append(f.groups, g)
		f.rows += g.rows
	}
	if f.rows != p.NumRows() {
		return nil, fmt.Errorf("open table: %w: row groups hold %d rows, the footer says %d", ErrBroken, f.rows, p.NumRows())
	}
	return f, nil
}

// checkFooter sees that the footer lies in the file before memory is taken for it.
func checkFooter(r io.ReaderAt, size int64) error {
	var tail [8]byte
	if size < int64(len(tail))+4 {
		return fmt.Errorf("open table: %w: %d bytes are too few", ErrBroken, size)
	}
	if n, err := r.ReadAt(tail[:], size-int64(len(tail))); n < len(tail) {
		return fmt.Errorf("open table: read the end: %w", err)
	}
	if n := int64(binary.LittleEndian.Uint32(tail[:])); n > size-int64(len(tail))-4 {
		return fmt.Errorf("open table: %w: a footer of %d bytes in a file of %d", ErrBroken, n, size)
	}
	return nil
}

func broken(doing string, err error) error { return fmt.Errorf("%s: %w: %w", doing, ErrBroken, err) }

// Rows is the number of rows.
func (f *File) Rows() int64 { return f.rows }

// Columns names the columns, in byte order.
func (f *File) Columns() []string {
	names := make([]string, len(f.columns))
	for i := range f.columns {
		names[i] = f.columns[i].name
	}
	return names
}

// find gives the column of that name; nil if the file has none.
func (f *File) find(name string) *column {
	for i := range f.columns {
		if f.columns[i].name == name {
			return &f.columns[i]
		}
	}
	return nil
}

// MayHave says whether a value can stand in a field: false is certain. Without a bloom filter the answer is true where the file has the column.
func (f *File) MayHave(field, value string) (bool, error) {
	c := f.find(field)
	if c == nil {
		return false, nil
	}
	for i := range f.groups {
		if may, err := f.groups[i].mayHave(c, value); may || err != nil {
			return may, err
		}
	}
	return false, nil
}

func (g *group) mayHave(c *column, value string) (may bool, err error) {
	defer guard(&err, "bloom filter of "+c.name)
	if c.kind != text {
		return true, nil
	}
	filter := g.chunks[c.leaf].BloomFilter()
	if filter == nil {
		return true, nil
	}
	may, err = filter.Check(parquet.ByteArrayValue([]byte(value)))
	if err != nil {
		return false, fmt.Errorf("bloom filter of %s: %w", c.name, err)
	}
	return may, nil
}

// bounds are the smallest and the largest value of a column of numbers; ok is false where the file does not say.
func (g *group) bounds(c *column) (low, high int64, ok bool, err error) {
	defer guard(&err, "bounds of "+c.name)
	if c.kind != moment && c.kind != number {
		return 0, 0, false, nil
	}
	least, most, ok := g.chunks[c.leaf].Bounds()
	if !ok {
		return 0, 0, false, nil
	}
	return least.Int64(), most.Int64(), true, nil
}
