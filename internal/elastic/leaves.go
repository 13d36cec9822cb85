package elastic

import (
	"fmt"
	"slices"
	"strings"

	"agenttrail/internal/strictjson"
)

// leaves are the values of a document by their dotted names, so that two documents are compared whatever the order of their members. What is null is
// not there: a member of a document can only be taken away by that.
type leaves map[string]string

func leavesOf(doc []byte, keep func(name string) bool) (leaves, error) {
	v, err := strictjson.Parse(doc)
	if err != nil {
		return nil, err
	}
	l := leaves{}
	l.gather("", v, keep)
	return l, nil
}

func (l leaves) gather(name string, v strictjson.Value, keep func(string) bool) {
	switch {
	case !v.Exists():
	case v.Kind() == strictjson.Object:
		v.Members(func(key string, member strictjson.Value) bool {
			at := key
			if name != "" {
				at = name + "." + key
			}
			l.gather(at, member, keep)
			return true
		})
	case keep(name):
		l[strings.Clone(name)] = text(v) // a name may share the memory of the document
	}
}

// text writes a value so that equal values have equal text, whatever escapes they came with.
func text(v strictjson.Value) string {
	switch v.Kind() {
	case strictjson.String:
		return fmt.Sprintf("%q", v.Str())
	case strictjson.Array:
		var parts []string
		v.Each(func(e strictjson.Value) bool { parts = append(parts, text(e)); return true })
		return "[" + strings.Join(parts, ",") + "]"
	}
	return string(v.Raw())
}

// differs are the names whose values are not the same, in order.
func (l leaves) differs(other leaves) (names []string) {
	for name, value := range l {
		if v, ok := other[name]; !ok || v != value {
			names = append(names, name)
		}
	}
	for name := range other {
		if _, ok := l[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
