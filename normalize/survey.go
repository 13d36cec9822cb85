package normalize

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
	"agenttrail/internal/unpack"
)

// surveyed is how many records a survey looks at, and what it keeps of one value.
const (
	surveyedRecords = 100
	surveyedText    = 256
)

// errSurveyed ends a survey that has seen enough.
var errSurveyed = errors.New("surveyed")

// A survey is what the first records of an unknown export hold.
type survey struct {
	framing string // as a mapping writes it
	member  string // of an object: the name of the list of records
	records int
	columns []*surveyedColumn // in the order in which they were seen
	places  map[string]*surveyedColumn
}

// A surveyedColumn is one heading, or one pointer.
type surveyedColumn struct {
	name   string
	values []string // not empty ones, by record; a long one is cut
	all    bool     // every record has a value
}

// takeSurvey reads the beginning of an export: CSV, JSON lines, a JSON array, or a JSON object with an array in it.
func takeSurvey(in io.Reader) (*survey, error) {
	stream, err := unpack.New(in, unpack.Limits{})
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	defer stream.Close()
	w := newWindow(stream)
	s := &survey{places: map[string]*surveyedColumn{}}
	if err := s.frame(w); err != nil {
		return nil, err
	}
	r := &reading{object: &agenttrail.Object{}, yield: func(*agenttrail.Record) error {
		if s.records == surveyedRecords {
			return errSurveyed
		}
		return nil
	}}
	if err := s.read(r, w); err != nil && !errors.Is(err, errSurveyed) {
		return nil, err
	}
	if s.records == 0 {
		return nil, errors.New("it holds no record that can be read: want CSV with headings, JSON lines, or an array of JSON objects")
	}
	for _, c := range s.columns {
		c.all = len(c.values) == s.records
	}
	return s, nil
}

// frame finds out what the first bytes are.
func (s *survey) frame(w *window) error {
	utf16, err := w.skipMark()
	if err != nil {
		return err
	}
	if utf16 {
		return errors.New("it begins with a byte order mark of UTF-16: export it as UTF-8")
	}
	if _, err := w.atLeast(readSize); err != nil {
		return err
	}
	head := bytes.TrimLeft(w.rest(), " \t\r\n")
	first, _, _ := bytes.Cut(head, []byte("\n"))
	switch {
	case len(head) == 0:
		return errors.New("it is empty")
	case head[0] == '[':
		s.framing = "array"
	case head[0] == '{' && isJSON(first):
		s.member = arrayMember(first)
		s.framing = "lines"
	case head[0] == '{':
		if s.member = arrayMember(head); s.member == "" {
			return errors.New("it is one JSON object without a list of objects in it")
		}
	default:
		s.framing = "csv"
	}
	if s.member != "" {
		s.framing = "object:/" + escapeStep(s.member)
	}
	return nil
}

func isJSON(line []byte) bool {
	_, err := new(strictjson.Parser).Parse(line)
	return err == nil
}

// arrayMember is the name of the member of a JSON object that is a list of objects, and empty where there is none. The object may go on behind what
// is in memory: then the first member that begins like such a list is taken.
func arrayMember(head []byte) string {
	if v, err := new(strictjson.Parser).Parse(head); err == nil {
		found := ""
		v.Members(func(key string, v strictjson.Value) bool {
			if v.Kind() == strictjson.Array && v.At("/0").Kind() == strictjson.Object && found == "" {
				found = strings.Clone(key)
			}
			return found == ""
		})
		return found
	}
	before, _, ok := bytes.Cut(head, []byte("["))
	name := bytes.TrimRight(before, " \t\r\n:")
	if !ok || !bytes.HasSuffix(name, []byte(`"`)) {
		return ""
	}
	name = name[:len(name)-1]
	return string(name[bytes.LastIndexByte(name, '"')+1:])
}

// escapeStep writes a name as a step of a JSON pointer.
func escapeStep(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

func (s *survey) read(r *reading, w *window) error {
	if s.framing == "csv" {
		return r.csv(w, nil, func(_ *reading, in row) {
			s.records++
			for i, name := range in.header.names {
				if in.header.columns[name] == i { // two columns of one name cannot be mapped
					s.add(name, in.cells[i])
				}
			}
		})
	}
	each := func(_ *reading, v strictjson.Value) {
		s.records++
		s.walk("", v, 0)
	}
	switch s.framing {
	case "lines":
		return r.json(lines, w, true, each)
	case "array":
		return r.json(array(), w, false, each)
	}
	return r.json(array(s.member), w, false, each)
}

// walk notes the single values of an object, three objects deep.
func (s *survey) walk(at string, v strictjson.Value, depth int) {
	v.Members(func(key string, v strictjson.Value) bool {
		name := at + "/" + escapeStep(key)
		switch v.Kind() {
		case strictjson.Object:
			if depth < 3 {
				s.walk(name, v, depth+1)
			}
		case strictjson.Array:
		default:
			s.add(name, v.Str())
		}
		return true
	})
}

func (s *survey) add(name, value string) {
	c := s.places[name]
	if c == nil {
		c = &surveyedColumn{name: strings.Clone(name)}
		s.places[c.name] = c
		s.columns = append(s.columns, c)
	}
	if value = strings.TrimSpace(value); value != "" && len(c.values) < s.records {
		c.values = append(c.values, strings.Clone(value[:min(len(value), surveyedText)]))
	}
}

// distinct lists the different values, in the order in which they came.
func (c *surveyedColumn) distinct() (list []string) {
	seen := map[string]bool{}
	for _, v := range c.values {
		if !seen[v] {
			seen[v] = true
			list = append(list, v)
		}
	}
	return list
}
