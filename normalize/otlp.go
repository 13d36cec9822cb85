package normalize

import (
	"agenttrail/internal/strictjson"
)

// An otlp reads OTLP JSON of one signal: documents {"resourceSpans":[{"resource":…,"scopeSpans":[{"scope":…,"spans":[…]}]}]}, one or more in an object.
// One element of the outer list is in memory at a time; the keys within it may come in any order.
type otlp struct {
	r                     *reading
	outer, middle, leaves string // names of the three lists

	resource attributes // of the record at hand
	context  []byte     // resource, line feed, scope: the bytes outside the record at hand
	odd      bool       // resource or scope is ambiguous
	parser   strictjson.Parser
	around   strictjson.Parser
}

// otlpSignals are the lists that an OTLP document may hold.
var otlpSignals = []string{"resourceSpans", "resourceLogs", "resourceMetrics"}

// read goes over the documents of the object and gives each element of the outer list to element. Elements of another signal are passed over, each a
// skipped record, so that they are counted.
func (o *otlp) read(w *window, element func(piece) error) error {
	if _, err := w.skipMark(); err != nil {
		return err
	}
	for {
		c, err := w.next()
		if err != nil || c == 0 && len(w.rest()) == 0 {
			return err
		}
		found := false
		err = w.members(otlpSignals, func(name string) error {
			found = true
			if name == o.outer {
				return w.elements(maxElement, element)
			}
			return w.elements(maxElement, o.passOver)
		})
		if err != nil {
			return err
		}
		if !found {
			return w.fault("a document without %s: this is no OTLP JSON", o.outer)
		}
	}
}

func (o *otlp) passOver(p piece) error {
	if err := wellFormed(p.offset, p.raw); err != nil {
		return err
	}
	o.r.begin(p, o.r.context(nil))
	o.r.skip(SkipSignal)
	return o.r.end()
}

// walk gives each record of an element to each, with resource and context set. It may be walked more than once.
func (o *otlp) walk(element piece, each func(piece) error) error {
	resource, scopes, err := o.open(element, "resource", o.middle)
	if err != nil {
		return err
	}
	v, err := parsePart(&o.parser, resource)
	if err != nil {
		return err
	}
	o.resource.load(v.Get("attributes"))
	if scopes.raw == nil {
		return nil
	}
	return within(scopes.raw, scopes.offset).elements(maxElement, func(p piece) error { return o.walkScope(p, resource.raw, each) })
}

func (o *otlp) walkScope(p piece, resource []byte, each func(piece) error) error {
	scope, leaves, err := o.open(p, "scope", o.leaves)
	if err != nil {
		return err
	}
	if _, err := parsePart(&o.around, scope); err != nil {
		return err
	}
	o.odd = o.parser.Ambiguous() || o.around.Ambiguous()
	o.context = append(append(append(o.context[:0:0], resource...), '\n'), scope.raw...)
	o.context = o.r.context(o.context)
	if leaves.raw == nil {
		return nil
	}
	return within(leaves.raw, leaves.offset).elements(maxRecord, each)
}

// open takes two members out of an object that is in memory; one that is absent or null has no bytes.
func (o *otlp) open(p piece, header, list string) (head, body piece, err error) {
	w := within(p.raw, p.offset)
	err = w.members([]string{header, list}, func(name string) error {
		offset, raw, err := w.value(maxElement)
		switch {
		case err != nil || string(raw) == "null":
		case name == header:
			head = piece{offset: offset, raw: raw}
		default:
			body = piece{offset: offset, raw: raw}
		}
		return err
	})
	if err == nil {
		err = w.end()
	}
	return head, body, err
}

// parsePart parses what stands around records; an absent part is an absent value.
func parsePart(parser *strictjson.Parser, p piece) (strictjson.Value, error) {
	raw := p.raw
	if raw == nil {
		raw = []byte("null")
	}
	v, err := parser.Parse(raw)
	return v, placed(p.offset, err)
}

// attributes are the attributes of a span, a log record or a resource: a list, because a handful is searched faster than hashed.
type attributes []attribute

type attribute struct {
	key   string
	value strictjson.Value // the one-of: {"stringValue": …}
}

// load replaces the attributes by those in v.
func (list *attributes) load(v strictjson.Value) {
	*list = (*list)[:0]
	v.Each(func(one strictjson.Value) bool {
		*list = append(*list, attribute{one.Get("key").Str(), one.Get("value")})
		return true
	})
}

// value is the first attribute called key; absent if there is none.
func (list attributes) value(key string) strictjson.Value {
	for i := range list {
		if list[i].key == key {
			return list[i].value
		}
	}
	return strictjson.Value{}
}

// text is the text of the first of keys that says something.
func (list attributes) text(keys ...string) string {
	for _, key := range keys {
		if s := anyScalar(list.value(key)).Str(); s != "" {
			return s
		}
	}
	return ""
}

// scalar is the value behind a key, without its type.
func (list attributes) scalar(key string) strictjson.Value { return anyScalar(list.value(key)) }

// anyScalar takes text, truth or number out of an OTLP value; absent for lists and the like.
func anyScalar(v strictjson.Value) (in strictjson.Value) {
	v.Members(func(kind string, value strictjson.Value) bool {
		switch kind {
		case "stringValue", "boolValue", "intValue", "doubleValue":
			in = value
			return false
		}
		return true
	})
	return in
}

// anyAt finds in an OTLP value that holds a document: JSON as text, or a list of keys and values. A list's elements are found by their number.
func (r *reading) anyAt(v strictjson.Value) func(pointer string) string {
	if list := v.Get("kvlistValue"); list.Exists() {
		return func(pointer string) string { return keyValue(v, pointer) }
	}
	return jsonAt(r.nested(v.Get("stringValue")))
}

func keyValue(v strictjson.Value, pointer string) string {
	for pointer != "" {
		step, rest := cutStep(pointer)
		next := strictjson.Value{}
		v.At("/kvlistValue/values").Each(func(one strictjson.Value) bool {
			if one.Get("key").Str() == step {
				next = one.Get("value")
			}
			return !next.Exists()
		})
		if !next.Exists() {
			next = v.At("/arrayValue/values").At("/" + step)
		}
		v, pointer = next, rest
	}
	return anyScalar(v).Str()
}
