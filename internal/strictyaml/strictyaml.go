// Package strictyaml reads configuration files and reports every mistake at once, each with file, line, column and remedy.
// It refuses what a reader would not expect: unknown and repeated keys, anchors, several documents, a number where a list belongs.
//
// Decode fills Go values by their `yaml` tags; a tag with the option "later" names a key that is known but not acted on yet. What a value means is the caller's business: it asks At for the place of a value and adds mistakes
// of its own, so that syntax and meaning are reported together.
package strictyaml

import (
	"cmp"
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// A Mistake is one thing that is wrong in a file.
type Mistake struct {
	File         string
	Line, Column int // from 1; 0 when the file as a whole is meant
	Message      string
	Remedy       string // what to do; may be empty
}

func (m Mistake) Error() string {
	s := m.File
	if m.Line > 0 {
		s += fmt.Sprintf(":%d:%d", m.Line, m.Column)
	}
	s += ": " + m.Message
	if m.Remedy != "" {
		s += "; " + m.Remedy
	}
	return s
}

// Mistakes is an error of many.
type Mistakes []Mistake

func (ms Mistakes) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = m.Error()
	}
	return strings.Join(lines, "\n")
}

// Sensitive marks a type whose value is a reference to a secret: a text in its place is refused and never repeated.
type Sensitive interface{ Sensitive() }

// A Document is a file that was read, with the place of each value and the mistakes found so far.
type Document struct {
	File     string
	Mistakes Mistakes
	places   map[string]place
}

type place struct{ line, column int }

// Decode reads data into the struct that into points to. It goes on after a mistake, so that all of them are in the Document.
func Decode(file string, data []byte, into any) *Document {
	d := &Document{File: file, places: map[string]place{}}
	f, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntax(err)
		return d
	}
	if len(f.Docs) > 1 {
		d.Mistakes = append(d.Mistakes, Mistake{File: file, Message: "several documents in one file", Remedy: "remove the --- lines"})
	}
	if len(f.Docs) > 0 && f.Docs[0].Body != nil {
		d.value("", f.Docs[0].Body, reflect.ValueOf(into).Elem())
	}
	return d
}

// At gives line and column of the value at a path like sources[2].s3.bucket; a path that is absent gives the place of its nearest parent.
func (d *Document) At(path string) (line, column int) {
	for {
		if p, ok := d.places[path]; ok || path == "" {
			return max(p.line, 1), max(p.column, 1)
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
}

// Add notes a mistake of meaning at a path.
func (d *Document) Add(path, message, remedy string) {
	line, column := d.At(path)
	d.Mistakes = append(d.Mistakes, Mistake{d.File, line, column, message, remedy})
}

// Sorted are the mistakes in the order of the file.
func (d *Document) Sorted() Mistakes {
	slices.SortStableFunc(d.Mistakes, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return d.Mistakes
}

func (d *Document) syntax(err error) {
	m := Mistake{File: d.File, Message: err.Error()}
	var se *yaml.SyntaxError
	if errors.As(err, &se) {
		m.Message = se.Message
		if se.Token != nil {
			m.Line, m.Column = se.Token.Position.Line, se.Token.Position.Column
		}
	}
	d.Mistakes = append(d.Mistakes, m)
}

func (d *Document) value(path string, n ast.Node, to reflect.Value) {
	if t := n.GetToken(); t != nil && t.Position != nil {
		d.places[path] = place{t.Position.Line, t.Position.Column}
	}
	if to.Kind() == reflect.Pointer {
		if _, null := n.(*ast.NullNode); null {
			return
		}
		if to.IsNil() {
			to.Set(reflect.New(to.Type().Elem()))
		}
		to = to.Elem()
	}
	if _, secret := to.Addr().Interface().(Sensitive); secret && !isMapping(n) {
		d.Add(path, "a secret must not stand here in clear", "write a reference: {env: NAME}, {file: PATH} or {exec: [COMMAND, ARGUMENT]}")
		return
	}
	if u, ok := to.Addr().Interface().(encoding.TextUnmarshaler); ok {
		d.text(path, n, u)
		return
	}
	switch to.Kind() {
	case reflect.Struct:
		d.mapping(path, n, func(key, at string, v ast.Node) { d.member(path, key, at, v, to) })
	case reflect.Map:
		if to.IsNil() {
			to.Set(reflect.MakeMap(to.Type()))
		}
		d.mapping(path, n, func(key, at string, v ast.Node) {
			elem := reflect.New(to.Type().Elem()).Elem()
			d.value(at, v, elem)
			to.SetMapIndex(reflect.ValueOf(key), elem)
		})
	case reflect.Slice:
		d.list(path, n, to)
	default:
		d.scalar(path, n, to)
	}
}

func (d *Document) mapping(path string, n ast.Node, each func(key, at string, v ast.Node)) {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	case *ast.NullNode:
		return
	default:
		d.Add(path, "want keys and values here, not "+describe(n), "")
		return
	}
	seen := map[string]bool{}
	for _, v := range values {
		key, ok := keyText(v.Key)
		at := join(path, key)
		d.places[at] = place{v.Key.GetToken().Position.Line, v.Key.GetToken().Position.Column}
		switch {
		case !ok:
			d.Add(at, "a key must be plain text", "")
		case seen[key]:
			d.Add(at, fmt.Sprintf("key %q stands twice", key), "remove one of them")
		default:
			seen[key] = true
			each(key, at, v.Value)
		}
	}
}

func isMapping(n ast.Node) bool {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

func keyText(n ast.MapKeyNode) (string, bool) {
	if s, ok := n.(ast.ScalarNode); ok {
		return scalarText(s)
	}
	return "", false
}

func (d *Document) member(path, key, at string, v ast.Node, to reflect.Value) {
	var names []string
	for i := range to.NumField() {
		name, option, _ := strings.Cut(to.Type().Field(i).Tag.Get("yaml"), ",")
		if name == key && option == "later" {
			d.Add(at, fmt.Sprintf("this version does not act on %q", key), "remove it")
			return
		}
		if name == key {
			d.value(at, v, to.Field(i))
			return
		}
		if name != "" {
			names = append(names, name)
		}
	}
	remedy := "known here: " + strings.Join(names, ", ")
	if near := Nearest(key, names); near != "" {
		remedy = fmt.Sprintf("did you mean %q?", near)
	}
	d.Add(at, fmt.Sprintf("unknown key %q", key), remedy)
}

func (d *Document) list(path string, n ast.Node, to reflect.Value) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		if _, null := n.(*ast.NullNode); !null {
			d.Add(path, "want a list here, not "+describe(n), "write it in [brackets] or as lines that begin with a hyphen")
		}
		return
	}
	for i, v := range s.Values {
		elem := reflect.New(to.Type().Elem()).Elem()
		d.value(fmt.Sprintf("%s[%d]", path, i), v, elem)
		to.Set(reflect.Append(to, elem))
	}
}

func (d *Document) text(path string, n ast.Node, to encoding.TextUnmarshaler) {
	s, ok := nodeText(n)
	if !ok {
		d.Add(path, "want a text here, not "+describe(n), "")
		return
	}
	if err := to.UnmarshalText([]byte(s)); err != nil {
		d.Add(path, err.Error(), "")
	}
}

func (d *Document) scalar(path string, n ast.Node, to reflect.Value) {
	s, ok := nodeText(n)
	switch {
	case !ok:
		d.Add(path, "want a text here, not "+describe(n), "")
	case to.Kind() == reflect.String:
		to.SetString(s)
	case to.Kind() == reflect.Bool:
		if s != "true" && s != "false" {
			d.Add(path, fmt.Sprintf("want true or false, not %q", s), "")
		}
		to.SetBool(s == "true")
	case to.Kind() == reflect.Int64 || to.Kind() == reflect.Int:
		v, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			d.Add(path, fmt.Sprintf("want a whole number, not %q", s), "")
		}
		to.SetInt(v)
	default:
		panic("BUG: strictyaml cannot fill a " + to.Type().String())
	}
}

func nodeText(n ast.Node) (string, bool) {
	switch v := n.(type) {
	case *ast.LiteralNode:
		return v.Value.Value, true
	case ast.ScalarNode:
		return scalarText(v)
	}
	return "", false
}

// scalarText is a scalar as the file spells it: a number keeps its text, nothing is null.
func scalarText(n ast.ScalarNode) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.NullNode:
		return "", true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys and values"
	case *ast.SequenceNode:
		return "a list"
	case *ast.AnchorNode, *ast.AliasNode:
		return "an anchor or alias, which are not read"
	case *ast.NullNode:
		return "nothing"
	}
	s, _ := nodeText(n)
	return fmt.Sprintf("the text %q", s)
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// Nearest is the name that is spelled most like key, or nothing when none is near.
func Nearest(key string, names []string) string {
	best, least := "", max(2, len(key)/3)+1
	for _, n := range names {
		if d := distance(key, n); d < least {
			best, least = n, d
		}
	}
	return best
}

// distance counts the letters to change, add or remove (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal, row[j+1] = row[j+1], min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
