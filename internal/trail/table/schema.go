package table

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"agenttrail"
)

// A row group ends at so many rows or, with long texts, at so many bytes of them: it is what is held in memory at once.
const (
	groupRows = 10_000
	groupText = 64 << 20
)

// A kind is what the values of a column are.
type kind uint8

const (
	text kind = iota
	moment
	number
	truth
)

var kindNames = [...]string{"text", "times", "whole numbers", "truths"}

func (k kind) String() string { return kindNames[k] }

func kindOf(f *agenttrail.Field) kind {
	switch f.Type {
	case agenttrail.Date:
		return moment
	case agenttrail.Long, agenttrail.Integer:
		return number
	case agenttrail.Boolean:
		return truth
	}
	return text
}

// Levels of a value that is there.
const (
	definedSingle  = 1 // optional
	definedElement = 2 // optional list, repeated element
)

// blooms are the fields that are searched by one value.
var blooms = []string{"agenttrail.id", "agenttrail.session.id", "trace.id", "agenttrail.subject.id", "agenttrail.correlation"}

// bloomBits a value give one false answer in a hundred.
const bloomBits = 10

// elementPath is where the values of a column stand in the schema.
func elementPath(name string, list bool) []string {
	if list {
		return []string{name, "list", "element"}
	}
	return []string{name}
}

func newSchema(table string, columns []*agenttrail.Field) *parquet.Schema {
	root := parquet.Group{}
	for _, f := range columns {
		root[f.Name] = parquet.Optional(newNode(f))
	}
	return parquet.NewSchema(table, root)
}

func newNode(f *agenttrail.Field) parquet.Node {
	switch kindOf(f) {
	case moment:
		return parquet.TimestampAdjusted(parquet.Microsecond, true)
	case number:
		return parquet.Leaf(parquet.Int64Type)
	case truth:
		return parquet.Leaf(parquet.BooleanType)
	}
	node := parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
	if f.Is(agenttrail.Many) {
		return parquet.List(node)
	}
	return node
}

// A column is one of a file, as its own schema describes it.
type column struct {
	name string
	kind kind
	list bool
	leaf int // place among the leaves of the schema

	place int // among the columns in byte order
}

// columnsOf reads the schema of a file: the columns in byte order of their names.
func columnsOf(root *parquet.Column) ([]column, error) {
	var list []column
	for _, c := range root.Columns() {
		col, err := columnOf(c)
		if err != nil {
			return nil, err
		}
		list = append(list, col)
	}
	slices.SortFunc(list, func(a, b column) int { return strings.Compare(a.name, b.name) })
	for i := range list {
		list[i].place = i
		if i > 0 && list[i].name == list[i-1].name {
			return nil, fmt.Errorf("column %q stands there twice", list[i].name)
		}
	}
	return list, nil
}

func columnOf(c *parquet.Column) (column, error) {
	col, element := column{name: c.Name()}, c
	if !c.Optional() {
		return col, fmt.Errorf("column %q is not optional", c.Name())
	}
	if !c.Leaf() {
		if element = elementOf(c); element == nil {
			return col, fmt.Errorf("column %q is neither a value nor a list of three levels", c.Name())
		}
		col.list = true
	}
	k, ok := kindOfType(element.Type())
	if !ok || col.list && k != text {
		return col, fmt.Errorf("column %q holds %s, a type that this format does not have", c.Name(), element.Type())
	}
	col.kind, col.leaf = k, int(element.Index())
	return col, nil
}

// elementOf finds the values of a three-level list; nil if c is none.
func elementOf(c *parquet.Column) *parquet.Column {
	if lt := c.Type().LogicalType(); lt == nil || len(c.Columns()) != 1 {
		return nil
	} else if _, ok := lt.Value.(*format.ListType); !ok {
		return nil
	}
	list := c.Columns()[0]
	if !list.Repeated() || list.Leaf() || len(list.Columns()) != 1 {
		return nil
	}
	element := list.Columns()[0]
	if !element.Required() || !element.Leaf() {
		return nil
	}
	return element
}

// kindOfType tells the kind of a column from its Parquet types alone, so that any age reads any file.
func kindOfType(t parquet.Type) (kind, bool) {
	var logical any
	if lt := t.LogicalType(); lt != nil {
		logical = lt.Value
	}
	switch t.Kind() {
	case parquet.ByteArray:
		_, ok := logical.(*format.StringType)
		return text, ok
	case parquet.Boolean:
		return truth, logical == nil
	case parquet.Int64:
		if i, ok := logical.(*format.IntType); ok { // the library says so of a plain int64
			return number, i.BitWidth == 64 && i.IsSigned
		} else if logical == nil {
			return number, true
		}
		ts, ok := logical.(*format.TimestampType)
		if !ok || !ts.IsAdjustedToUTC {
			return moment, false
		}
		_, ok = ts.Unit.Value.(*format.MicroSeconds)
		return moment, ok
	}
	return text, false
}
