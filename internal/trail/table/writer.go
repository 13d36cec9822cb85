package table

import (
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"agenttrail"
	"agenttrail/internal/trail/merkle"
)

// createdBy stands in every file. It names no build, so that the same rows give the same bytes.
const createdBy = "agenttrail version 1 (build 1)"

// batchRows are handed to the library at once: enough to spread the cost of a call, few enough to stay in the cache.
const batchRows = 128

// fastest compresses. All writers share it, since it keeps encoders of 12 MB each for the next file.
var fastest = zstd.Codec{Level: zstd.SpeedFastest}

// A Summary is what a table entry says of a file.
type Summary struct {
	Rows        int64
	Root        [32]byte  // RFC 6962 root over the salted leaves, in row order
	First, Last time.Time // event time of the rows that are not suspect; zero when there are none
	Suspect     int64     // rows flagged time_suspect
}

// A Writer writes one file. It is for one goroutine. After an error the file is worthless.
type Writer struct {
	file    *parquet.GenericWriter[any]
	columns []*agenttrail.Field // in byte order of their names
	nulls   []parquet.Value     // by column: what stands where the log did not say
	values  [][]parquet.Value   // by column: rows not yet handed to the library
	waiting int
	rows    int    // of this row group
	held    int    // bytes of text in it
	arena   []byte // copies of the strings in values
	leaf    []byte
	tree    merkle.Tree
	sum     Summary
}

// NewWriter writes a file of the named table, with the given columns, to w.
func NewWriter(w io.Writer, table string, columns []*agenttrail.Field) *Writer {
	columns = slices.Clone(columns)
	slices.SortFunc(columns, func(a, b *agenttrail.Field) int { return strings.Compare(a.Name, b.Name) })
	config := &parquet.WriterConfig{
		CreatedBy:   createdBy,
		Schema:      newSchema(table, columns),
		Compression: &fastest,
	}
	for _, f := range columns {
		list := f.Is(agenttrail.Many)
		if slices.Contains(blooms, f.Name) {
			config.BloomFilters = append(config.BloomFilters, parquet.SplitBlockFilter(bloomBits, elementPath(f.Name, list)...))
		}
		if kindOf(f) == text { // bounds of text cost comparisons and select nothing: bloom filters and dictionaries do
			path := elementPath(f.Name, list)
			config.SkipPageBounds, config.SkipPageStatistics = append(config.SkipPageBounds, path), append(config.SkipPageStatistics, path)
		}
	}
	nulls := make([]parquet.Value, len(columns))
	for i := range nulls {
		nulls[i] = parquet.Value{}.Level(0, 0, i)
	}
	return &Writer{file: parquet.NewGenericWriter[any](w, config), columns: columns, nulls: nulls, values: make([][]parquet.Value, len(columns))}
}

// Write appends r as a row, with its leaf SHA-256(0x00, salt, canonical row). It copies what it keeps. A time outside the years 0 to 9999 has no
// canonical form and is an error.
func (w *Writer) Write(r agenttrail.Row, salt [16]byte) error {
	for i, f := range w.columns {
		if err := w.add(i, f, r); err != nil {
			return err
		}
	}
	w.leaf = append(append(w.leaf[:0], 0), salt[:]...)
	w.leaf = agenttrail.AppendRow(w.leaf, r, w.columns)
	w.tree.Add(sha256.Sum256(w.leaf))
	w.note(r)
	w.rows++
	if w.waiting++; w.waiting < batchRows && !w.full() {
		return nil
	}
	return w.hand()
}

// full says that the row group ends here. It depends on the rows alone, so that the same rows give the same bytes.
func (w *Writer) full() bool { return w.rows == groupRows || w.held >= groupText }

// note keeps what the summary says.
func (w *Writer) note(r agenttrail.Row) {
	w.sum.Rows++
	at, suspect := r.When()
	switch {
	case suspect:
		w.sum.Suspect++
		return
	case at.IsZero():
		return
	}
	if w.sum.First.IsZero() || at.Before(w.sum.First) {
		w.sum.First = at
	}
	if at.After(w.sum.Last) {
		w.sum.Last = at
	}
}

// add puts one field of r into its column.
func (w *Writer) add(i int, f *agenttrail.Field, r agenttrail.Row) error {
	value := w.nulls[i]
	switch p := f.Pointer(r).(type) {
	case *string:
		if *p != "" {
			value = parquet.ByteArrayValue(w.copy(*p)).Level(0, definedSingle, i)
		}
	case *[]string:
		w.addList(i, *p)
		return nil
	case *time.Time:
		if !p.IsZero() {
			if sec := p.Unix(); sec < firstSecond || sec > lastSecond {
				return fmt.Errorf("write %s of row %d: the year of %v is not within 0 to 9999", f.Name, w.sum.Rows, *p)
			}
			value = parquet.Int64Value(p.UnixMicro()).Level(0, definedSingle, i)
		}
	case *agenttrail.Int:
		if p.Known {
			value = parquet.Int64Value(p.N).Level(0, definedSingle, i)
		}
	case *agenttrail.Bool:
		if *p != agenttrail.Unsaid {
			value = parquet.BooleanValue(*p == agenttrail.Yes).Level(0, definedSingle, i)
		}
	}
	w.values[i] = append(w.values[i], value)
	return nil
}

// The seconds in which RFC 3339 can write a year.
const (
	firstSecond = -62167219200 // 0000-01-01
	lastSecond  = 253402300799 // 9999-12-31
)

func (w *Writer) addList(i int, list []string) {
	if len(list) == 0 {
		w.values[i] = append(w.values[i], w.nulls[i])
		return
	}
	for n, s := range list {
		w.values[i] = append(w.values[i], parquet.ByteArrayValue(w.copy(s)).Level(min(n, 1), definedElement, i))
	}
}

// copy keeps s until the batch is handed over. A full arena is replaced, not grown: values point into it.
func (w *Writer) copy(s string) []byte {
	if len(s) > cap(w.arena)-len(w.arena) {
		w.arena = make([]byte, 0, max(2*cap(w.arena), len(s), 64<<10))
	}
	w.held += len(s) + 8
	from := len(w.arena)
	w.arena = append(w.arena, s...)
	return w.arena[from:]
}

// hand gives the waiting rows to the library and ends the row group where one is full.
func (w *Writer) hand() (err error) {
	defer guard(&err, "write rows")
	for i, c := range w.file.ColumnWriters() {
		if _, err := c.WriteRowValues(w.values[i]); err != nil {
			return fmt.Errorf("write column %s: %w", w.columns[i].Name, err)
		}
		w.values[i] = w.values[i][:0]
	}
	w.arena, w.waiting = w.arena[:0], 0
	if !w.full() {
		return nil
	}
	w.rows, w.held = 0, 0
	return w.file.Flush()
}

// Close ends the file. It does not close what it wrote to.
func (w *Writer) Close() (_ Summary, err error) {
	defer guard(&err, "close table")
	if w.waiting > 0 {
		if err := w.hand(); err != nil {
			return Summary{}, err
		}
	}
	if err := w.file.Close(); err != nil {
		return Summary{}, fmt.Errorf("close table: %w", err)
	}
	w.sum.Root = w.tree.Root()
	return w.sum, nil
}

// guard turns a panic of the library into an error: a broken file is no reason to die.
func guard(err *error, doing string) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%s: %w: %v", doing, ErrBroken, p)
	}
}
