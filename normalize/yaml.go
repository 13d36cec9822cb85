package normalize

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"agenttrail/internal/strictyaml"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxPolicy is the size of a mapping or tool map, in bytes.
const maxPolicy = 1 << 20

// A loader walks over the syntax tree of a YAML file and collects what is wrong.
type loader struct {
	file     string
	mistakes strictyaml.Mistakes
}

func (l *loader) add(n ast.Node, message, remedy string) {
	m := strictyaml.Mistake{File: l.file, Line: 1, Column: 1, Message: message, Remedy: remedy}
	if n != nil && n.GetToken() != nil && n.GetToken().Position != nil {
		m.Line, m.Column = n.GetToken().Position.Line, n.GetToken().Position.Column
	}
	l.mistakes = append(l.mistakes, m)
}

// sorted is the mistakes in the order of the file.
func (l *loader) sorted() strictyaml.Mistakes {
	slices.SortStableFunc(l.mistakes, func(a, b strictyaml.Mistake) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return l.mistakes
}

// root parses the file, which must be one document; nil when it is none. The parser may panic on what is no YAML: that is a mistake of the file too.
func (l *loader) root(data []byte) (n ast.Node) {
	defer func() {
		if p := recover(); p != nil {
			l.add(nil, "this is no YAML", "")
			n = nil
		}
	}()
	if len(data) > maxPolicy {
		l.add(nil, fmt.Sprintf("%d bytes; the limit is %d", len(data), maxPolicy), "")
		return nil
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		l.syntax(err)
		return nil
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		l.add(nil, "the file must hold one YAML document", "write the keys into it")
		return nil
	}
	return file.Docs[0].Body
}

func (l *loader) syntax(err error) {
	m := strictyaml.Mistake{File: l.file, Line: 1, Column: 1, Message: err.Error()}
	var at yaml.Error
	if errors.As(err, &at) {
		m.Message = at.GetMessage()
		if tk := at.GetToken(); tk != nil && tk.Position != nil {
			m.Line, m.Column = tk.Position.Line, tk.Position.Column
		}
	}
	l.mistakes = append(l.mistakes, m)
}

// A pair is one key of a YAML mapping with its value.
type pair struct {
	key   string
	at    ast.Node
	value ast.Node
}

// pairs lists a mapping's keys in order. Anything else is a mistake.
func (l *loader) pairs(n ast.Node, what string) (list []pair) {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		l.add(n, what+" must be a mapping", "write it as {key: value} or as indented lines")
		return nil
	}
	for _, v := range values {
		key, ok := scalar(v.Key)
		if !ok || v.Key.IsMergeKey() {
			l.add(v.Key, "this key is not supported: anchors, tags and merges are none of this file", "write the key as plain text")
			continue
		}
		list = append(list, pair{key, v.Key, v.Value})
	}
	return list
}

// known says whether p's key is one of names, and what is near when it is not.
func (l *loader) known(p pair, names ...string) bool {
	if slices.Contains(names, p.key) {
		return true
	}
	remedy := "the keys are " + strings.Join(names, ", ")
	if near := strictyaml.Nearest(p.key, names); near != "" {
		remedy = fmt.Sprintf("did you mean %q?", near)
	}
	l.add(p.at, "unknown key "+quote(p.key), remedy)
	return false
}

// text is the value of a scalar: text, or a number or a truth as it is written.
func (l *loader) text(p pair) string {
	s, ok := scalar(p.value)
	if !ok {
		l.add(orKey(p), quote(p.key)+" must be text", "")
	}
	return s
}

// word is a text out of a list.
func (l *loader) word(p pair, words ...string) string {
	s, ok := scalar(p.value)
	if ok && slices.Contains(words, s) {
		return s
	}
	l.add(orKey(p), fmt.Sprintf("%s must be one of %s", quote(p.key), strings.Join(words, ", ")), "")
	return ""
}

// truth is true or false.
func (l *loader) truth(p pair) bool { return l.word(p, "true", "false") == "true" }

// orKey is where a mistake about a value stands: at the value, or at its key when there is none.
func orKey(p pair) ast.Node {
	if p.value == nil || p.value.Type() == ast.NullType {
		return p.at
	}
	return p.value
}

func scalar(n ast.Node) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// items lists a sequence; a single value is a list of one.
func items(n ast.Node) []ast.Node {
	if list, ok := n.(*ast.SequenceNode); ok {
		return list.Values
	}
	return []ast.Node{n}
}
