package elastic

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// A form is how much of a document is sent. Each is taken by clusters that did not take the one before.
type form int

const (
	whole form = iota
	short      // long texts are cut, with a marker: for a document that is too large
	core       // the core members; the document itself as text that is kept and not searchable
	bare       // the core members
)

const (
	tag      = "index_degraded" // of every document that is not whole
	longText = 1024             // bytes of a text in short form
	kept     = 256 << 10        // bytes of the document in core form
)

// next is the form to try after it was refused; false: there is none left.
func (it item) next(tooLarge bool) (item, bool) {
	was := it.doc
	if it.form != whole {
		was = it.whole
	}
	n := item{index: it.index, id: it.id, whole: was}
	switch {
	case it.form == whole && tooLarge:
		n.form, n.doc = short, shorten(was)
	case it.form == whole || it.form == short:
		n.form, n.doc = core, reduce(was, kept)
	case it.form == core && tooLarge:
		n.form, n.doc = bare, reduce(was, 0)
	default:
		return it, false
	}
	return n, true
}

// coreMembers are what the reduced forms keep searchable.
var coreMembers = [][]string{{"@timestamp"}, {"event", "dataset"}, {"event", "hash"}, {"agenttrail", "id"}, {"agenttrail", "tenant"}, {"agenttrail", "receipt"}, {"agenttrail", "verb"}, {"agenttrail", "outcome"}, {"agenttrail", "evidence", "uri"}, {"agenttrail", "evidence", "index"}}

// reduce makes the form that any mapping takes.
func reduce(doc []byte, room int) []byte {
	out := object{"tags": []string{tag}}
	if full, err := decode(doc); err == nil {
		for _, path := range coreMembers {
			copyPath(out, full, path)
		}
	}
	if room > 0 {
		event, ok := out["event"].(object)
		if !ok {
			event = object{}
			out["event"] = event
		}
		event["original"] = cut(string(doc), room)
	}
	return encode(out)
}

// shorten cuts the long texts of a document.
func shorten(doc []byte) []byte {
	full, err := decode(doc)
	if err != nil {
		return reduce(doc, kept)
	}
	for k, v := range full {
		full[k] = shortened(v)
	}
	tags, _ := full["tags"].([]any)
	full["tags"] = append(tags, tag)
	return encode(full)
}

func shortened(v any) any {
	switch v := v.(type) {
	case string:
		return cut(v, longText)
	case object:
		for k := range v {
			v[k] = shortened(v[k])
		}
	case []any:
		for i := range v {
			v[i] = shortened(v[i])
		}
	}
	return v
}

// cut shortens a text and says so.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + fmt.Sprintf(" [cut: %d bytes, all of them in the trail]", len(s))
}

// decode reads a document with its numbers as they stand.
func decode(doc []byte) (full object, err error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	err = d.Decode(&full)
	return full, err
}

func encode(o object) []byte {
	b, err := json.Marshal(o)
	if err != nil {
		panic("BUG: a reduced document is no JSON: " + err.Error())
	}
	return b
}

func copyPath(to, from object, path []string) {
	v, ok := from[path[0]]
	if !ok {
		return
	}
	if len(path) == 1 {
		to[path[0]] = v
		return
	}
	inner, ok := v.(object)
	if !ok {
		return
	}
	next, ok := to[path[0]].(object)
	if !ok {
		next = object{}
		to[path[0]] = next
	}
	copyPath(next, inner, path[1:])
}
