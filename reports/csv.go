package reports

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
)

// sheet writes one CSV file: RFC 4180, UTF-8, a row counted for each line but the head.
type sheet struct {
	buffer  bytes.Buffer
	writer  *csv.Writer
	columns int
	rows    int64
}

func newSheet(columns ...string) *sheet {
	s := &sheet{columns: len(columns)}
	s.writer = csv.NewWriter(&s.buffer)
	s.writer.UseCRLF = true
	s.write(columns)
	return s
}

// row adds a row of texts.
func (s *sheet) row(values ...string) {
	s.write(values)
	s.rows++
}

func (s *sheet) write(values []string) {
	if len(values) != s.columns {
		panic(fmt.Sprintf("BUG: %d values for %d columns", len(values), s.columns))
	}
	safe := make([]string, len(values))
	for i, v := range values {
		safe[i] = neutral(v)
	}
	// A bytes.Buffer takes everything.
	_ = s.writer.Write(safe)
}

// file is the sheet as an attachment.
func (s *sheet) file(name, description string) File {
	s.writer.Flush()
	return File{Name: name, Type: "text/csv", Description: description, Relation: "Data", Rows: s.rows, Data: s.buffer.Bytes()}
}

// neutral puts an apostrophe in front of what a spreadsheet would take for a formula, also behind leading spaces.
func neutral(v string) string {
	rest := strings.TrimLeft(v, " ")
	if rest != "" && strings.ContainsRune("=+-@\t\r\x00", rune(rest[0])) {
		return "'" + v
	}
	return v
}

// digits writes a number for a file: no separators.
func digits(n int64) string { return strconv.FormatInt(n, 10) }
