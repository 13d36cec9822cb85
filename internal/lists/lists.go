// Package lists reads the lists of the config: the people of the company, the aliases of its customers, what permissions mean in plain words, and how
// sensitive data is. They decide nothing about what happened; they give names, managers and words to what the trail holds.
//
// Every mistake of a file is told at once, with file, line and remedy, and a list with a mistake is no list. Without a list nothing is guessed: a nil list
// answers "unknown", never "employed" and never "harmless".
package lists

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"agenttrail/internal/strictjson"
	"agenttrail/internal/strictyaml"
)

// All are the lists that a config names. A nil member was not named.
type All struct {
	People      *People
	Subjects    *Subjects
	Permissions *Permissions
	DataRules   *DataRules
}

// Kinds of the policy entries that keep the files.
const (
	KindPeople        = "people"
	KindPeopleMapping = "people_mapping" // how an export becomes the people list
	KindSubjects      = "subjects"
	KindPermissions   = "permissions"
	KindDataRules     = "data_rules"
)

// A rowReader reads a table of texts, as CSV or as lines of JSON, and collects what is wrong with it.
type rowReader struct {
	file     string
	columns  []string // that a row may have; the first is required
	mistakes strictyaml.Mistakes
}

// A row is one line of a table.
type row struct {
	line  int
	cells map[string][]string // a CSV cell is one value
}

func (r *rowReader) add(line int, message, remedy string) {
	r.mistakes = append(r.mistakes, strictyaml.Mistake{File: r.file, Line: line, Column: 1, Message: message, Remedy: remedy})
}

// sorted are the mistakes in the order of the file.
func (r *rowReader) sorted() strictyaml.Mistakes {
	slices.SortStableFunc(r.mistakes, func(a, b strictyaml.Mistake) int { return a.Line - b.Line })
	return r.mistakes
}

// read takes a table whose first character is '{' for lines of JSON, any other for CSV.
func (r *rowReader) read(data []byte) []row {
	text := strings.TrimPrefix(string(data), "\ufeff")
	if !utf8.ValidString(text) {
		r.add(1, "the file is not UTF-8", "export it as UTF-8")
		return nil
	}
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		return r.json(text)
	}
	return r.csv(text)
}

func (r *rowReader) csv(text string) (rows []row) {
	in := csv.NewReader(strings.NewReader(text))
	head, err := in.Read()
	if err != nil {
		r.add(1, "there is no header line", "begin with: "+strings.Join(r.columns, ","))
		return nil
	}
	if !r.checkHeader(head) {
		return nil
	}
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows
		}
		if wrong := (*csv.ParseError)(nil); errors.As(err, &wrong) {
			r.add(wrong.Line, wrong.Err.Error(), fmt.Sprintf("a line has %d cells; one with a comma or a quote in it stands in quotes", len(head)))
			if errors.Is(err, csv.ErrFieldCount) {
				continue
			}
			return rows // where a quote goes wrong, what follows is no row
		}
		line, _ := in.FieldPos(0)
		one := row{line, map[string][]string{}}
		for i, name := range head {
			if cells[i] != "" {
				one.cells[name] = []string{cells[i]}
			}
		}
		rows = append(rows, one)
	}
}

func (r *rowReader) checkHeader(head []string) bool {
	before := len(r.mistakes)
	for i, name := range head {
		switch {
		case !slices.Contains(r.columns, name):
			r.add(1, fmt.Sprintf("unknown column %q", name), r.near(name))
		case slices.Contains(head[:i], name):
			r.add(1, fmt.Sprintf("column %q stands twice", name), "remove one of them")
		}
	}
	if !slices.Contains(head, r.columns[0]) {
		r.add(1, fmt.Sprintf("there is no column %q", r.columns[0]), "begin with: "+strings.Join(r.columns, ","))
	}
	return len(r.mistakes) == before
}

func (r *rowReader) near(name string) string {
	if near := strictyaml.Nearest(name, r.columns); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "the columns are " + strings.Join(r.columns, ", ")
}

func (r *rowReader) json(text string) (rows []row) {
	var p strictjson.Parser
	for i, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		v, err := p.Parse([]byte(line))
		switch {
		case err != nil:
			r.add(i+1, err.Error(), "a line is one JSON object")
		case v.Kind() != strictjson.Object || p.Ambiguous():
			r.add(i+1, "this is no JSON object that every reader reads alike", "a line is one JSON object, each key once")
		default:
			rows = append(rows, r.object(i+1, v))
		}
	}
	return rows
}

func (r *rowReader) object(line int, v strictjson.Value) row {
	one := row{line, map[string][]string{}}
	v.Members(func(name string, value strictjson.Value) bool {
		if !slices.Contains(r.columns, name) {
			r.add(line, fmt.Sprintf("unknown key %q", name), r.near(name))
			return true
		}
		values, ok := texts(value)
		if !ok {
			r.add(line, fmt.Sprintf("%q is neither a text nor a list of texts", name), "")
		}
		one.cells[name] = values
		return true
	})
	return one
}

// texts is a text, or the texts of a list; null is none.
func texts(v strictjson.Value) (list []string, ok bool) {
	if v.Kind() != strictjson.Array {
		s, text := v.Text()
		if s != "" {
			list = []string{strings.Clone(s)}
		}
		return list, text || v.Kind() == strictjson.Null
	}
	ok = true
	v.Each(func(one strictjson.Value) bool {
		s, text := one.Text()
		ok = ok && text
		list = append(list, strings.Clone(s))
		return true
	})
	return list, ok
}

// one is a cell that has one value.
func (r *rowReader) one(w row, name string) string {
	switch values := w.cells[name]; len(values) {
	case 0:
		return ""
	case 1:
		return strings.TrimSpace(values[0])
	}
	r.add(w.line, fmt.Sprintf("%q has several values", name), "write one")
	return ""
}

// many is a cell that has any number of values; in one text they are parted by semicolons.
func (w row) many(name string) (list []string) {
	for _, cell := range w.cells[name] {
		for part := range strings.SplitSeq(cell, ";") {
			if part = strings.TrimSpace(part); part != "" && !slices.Contains(list, part) {
				list = append(list, part)
			}
		}
	}
	return list
}
