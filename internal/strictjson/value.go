package strictjson

import (
	"strconv"
	"unsafe"
)

// Value is one value of a parsed document: a position on its Parser's tape. It is small, passed by value, and valid
// until that Parser's next Parse. The zero Value is an absent one; every method may be called on it.
type Value struct {
	p *Parser
	i uint32
}

// Kind returns the value's kind, Invalid if it is absent.
func (v Value) Kind() Kind {
	if v.p == nil {
		return Invalid
	}
	return v.p.tape[v.i].kind
}

// Exists says whether the value is there and not null.
func (v Value) Exists() bool { return v.Kind() > Null }

// Raw returns the value's exact bytes, nil if it is absent. They alias the document.
func (v Value) Raw() []byte {
	if v.p == nil {
		return nil
	}
	n := v.p.tape[v.i]
	return v.p.data[n.start:n.end:n.end]
}

// Offset returns where in the document Raw begins, in bytes; 0 for an absent value.
func (v Value) Offset() int64 {
	if v.p == nil {
		return 0
	}
	return int64(v.p.tape[v.i].start)
}

// Str returns a string's text, a number's literal and true or false as words; "" for everything else. A string
// without escapes aliases the document, which must not be changed while the text is in use.
func (v Value) Str() string {
	switch v.Kind() {
	case String:
		return v.p.stringOf(&v.p.tape[v.i])
	case Number, True, False:
		return alias(v.Raw())
	}
	return ""
}

// Text returns a string's text; ok is false for every other kind.
func (v Value) Text() (text string, ok bool) {
	if v.Kind() != String {
		return "", false
	}
	return v.Str(), true
}

// Int64 returns the integer that a number or a string spells in the grammar of a JSON integer: no fraction, no
// exponent, no plus sign, no leading zeros. ok is false for everything else and for what does not fit.
func (v Value) Int64() (n int64, ok bool) {
	if k := v.Kind(); k != Number && k != String {
		return 0, false
	}
	text := v.Str()
	if !plainInteger(text) {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, false
	}
	return n, true
}

func plainInteger(s string) bool {
	if s != "" && s[0] == '-' {
		s = s[1:]
	}
	return s == "0" || s != "" && '1' <= s[0] && s[0] <= '9'
}

// Bool returns the value of true and false, also of the strings "true" and "false".
func (v Value) Bool() (val, ok bool) {
	switch v.Str() {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// Get returns the value of the first member with exactly this name, absent if there is none or v is no object.
func (v Value) Get(key string) Value {
	if v.Kind() != Object {
		return Value{}
	}
	tape, width := v.p.tape, uint32(len(key)+len(`""`))
	for k := v.i + 1; k < tape[v.i].next; k = tape[k+1].next {
		n := &tape[k]
		if n.end-n.start != width && n.saw&encoded == 0 {
			continue // most names are told apart by their length
		}
		if v.p.stringOf(n) == key {
			return Value{v.p, k + 1}
		}
	}
	return Value{}
}

// At follows a JSON pointer (RFC 6901): "" is v itself. What is not found, or not a pointer, is absent.
func (v Value) At(pointer string) Value {
	for pointer != "" {
		step, rest, err := cutPointer(pointer)
		if err != nil {
			return Value{}
		}
		v, pointer = v.step(step), rest
	}
	return v
}

func (v Value) step(step string) Value {
	if v.Kind() != Array {
		return v.Get(step)
	}
	nth, ok := arrayIndex(step)
	var found Value
	v.Each(func(e Value) bool {
		if nth--; ok && nth < 0 {
			found = e
		}
		return ok && nth >= 0
	})
	return found
}

// Each yields the elements of an array in order until yield returns false; nothing for other kinds.
func (v Value) Each(yield func(Value) bool) {
	if v.Kind() != Array {
		return
	}
	tape := v.p.tape
	for e := v.i + 1; e < tape[v.i].next; e = tape[e].next {
		if !yield(Value{v.p, e}) {
			return
		}
	}
}

// Members yields the members of an object in order, twins too, until yield returns false; nothing for other kinds.
func (v Value) Members(yield func(key string, v Value) bool) {
	if v.Kind() != Object {
		return
	}
	tape := v.p.tape
	for k := v.i + 1; k < tape[v.i].next; k = tape[k+1].next {
		if !yield(v.p.stringOf(&tape[k]), Value{v.p, k + 1}) {
			return
		}
	}
}

// Len returns the number of an array's elements or an object's members, 0 for other kinds. It counts them.
func (v Value) Len() (n int) {
	v.Each(func(Value) bool { n++; return true })
	v.Members(func(string, Value) bool { n++; return true })
	return n
}

// stringOf returns the text of a string's node.
func (p *Parser) stringOf(n *node) string {
	between := p.data[n.start+1 : n.end-1]
	if n.saw&encoded != 0 {
		return decode(between)
	}
	return alias(between)
}

func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
