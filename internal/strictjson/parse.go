package strictjson

import "slices"

// Kind is the kind of a value.
type Kind uint8

// The kinds. Invalid is that of an absent value.
const (
	Invalid Kind = iota
	Null
	False
	True
	Number
	String
	Array
	Object
)

// A node is one value or one member name. A container's subtree follows it on the tape; a member is its name's node,
// then its value's.
type node struct {
	start, end uint32 // in data; of a string with its quotes
	next       uint32 // of a value: index behind its subtree; of a name: its fold hash
	kind       Kind
	saw        uint8 // of a string: encoded, wide
}

// keptNodes is the tape that a Parser keeps for the next document: 4 MiB. One hostile record must not hold more.
const keptNodes = 1 << 18

// Parser holds what one document needs, for use with the next: the tape and the table of names. The zero Parser is
// ready. It is not safe for concurrent use.
type Parser struct {
	scanner
	tape  []node
	names nameTable
	twins bool // two member names of one object are equal or differ by case only
}

// Parse reads exactly one JSON value with a Parser of its own.
func Parse(data []byte) (Value, error) { return new(Parser).Parse(data) }

// Parse reads exactly one JSON value; white space may surround it. The Value aliases data and is valid until the next
// Parse. The error is a *SyntaxError, for a limit with the reason ErrDepth, ErrMembers or ErrSize.
func (p *Parser) Parse(data []byte) (Value, error) {
	p.scanner = scanner{data: data}
	p.twins = false
	p.tape = p.tape[:0]
	if cap(p.tape) > keptNodes {
		p.tape = nil
	}
	if len(data) > MaxSize {
		p.refuse(0, ErrSize)
		return Value{}, p.err
	}
	p.names.ready()
	i := p.value(p.space(0), 0)
	if i >= 0 {
		i = p.end(i)
	}
	if i < 0 {
		return Value{}, p.err
	}
	return Value{p, 0}, nil
}

// Ambiguous says whether the document parsed last has, anywhere, a member name twice in one object, two names there
// that are equal under Unicode simple case folding, invalid UTF-8 in a string, or an escape of a lone surrogate: two
// readers may read two things from it.
func (p *Parser) Ambiguous() bool { return p.odd || p.twins }

// value reads the value at i, which stands in depth containers.
func (p *Parser) value(i, depth int) int {
	switch p.peek(i) {
	case '"':
		end, saw := p.text(i)
		if end >= 0 {
			p.add(String, i, end).saw = saw
		}
		return end
	case '{':
		return p.object(i, depth+1)
	case '[':
		return p.array(i, depth+1)
	}
	end := p.scalar(i)
	if end >= 0 {
		p.add(scalarKind(p.data[i]), i, end)
	}
	return end
}

func scalarKind(first byte) Kind {
	switch first {
	case 't':
		return True
	case 'f':
		return False
	case 'n':
		return Null
	}
	return Number
}

// add puts a node on the tape; open does so for a container, whose end shut fills in. The fields are written where
// they stay: a node that is built elsewhere and copied makes the processor wait for the narrow stores before the wide
// load.
func (p *Parser) add(kind Kind, i, end int) *node {
	at := len(p.tape)
	if at == cap(p.tape) {
		p.tape = slices.Grow(p.tape, 64)
	}
	p.tape = p.tape[:at+1]
	n := &p.tape[at]
	n.start, n.end, n.next, n.kind, n.saw = uint32(i), uint32(end), uint32(at+1), kind, 0
	return n
}

func (p *Parser) open(kind Kind, i int) (self int) {
	p.add(kind, i, i)
	return len(p.tape) - 1
}

func (p *Parser) shut(self, end int) int {
	p.tape[self].end = uint32(end)
	p.tape[self].next = uint32(len(p.tape))
	return end
}

func (p *Parser) array(i, depth int) int {
	if depth > MaxDepth {
		return p.refuse(i, ErrDepth)
	}
	self := p.open(Array, i)
	i = p.space(i + 1)
	if p.peek(i) == ']' {
		return p.shut(self, i+1)
	}
	for {
		if i = p.value(i, depth); i < 0 {
			return i
		}
		i = p.space(i)
		switch p.peek(i) {
		case ',':
			i = p.space(i + 1)
		case ']':
			return p.shut(self, i+1)
		default:
			return p.expected(i, "',' or ']'")
		}
	}
}

func (p *Parser) object(i, depth int) int {
	if depth > MaxDepth {
		return p.refuse(i, ErrDepth)
	}
	self := p.open(Object, i)
	i = p.space(i + 1)
	if p.peek(i) == '}' {
		return p.shut(self, i+1)
	}
	var names filter
	for n := 1; ; n++ {
		if n > MaxMembers {
			return p.refuse(i, ErrMembers)
		}
		name := len(p.tape)
		if i = p.member(i, depth); i < 0 {
			return i
		}
		names.add(p.tape[name].next)
		switch p.peek(i) {
		case ',':
			i = p.space(i + 1)
		case '}':
			if names.clash != 0 {
				p.findTwins(self, n)
			}
			return p.shut(self, i+1)
		default:
			return p.expected(i, "',' or '}'")
		}
	}
}

// member reads a name, its value and the white space behind it.
func (p *Parser) member(i, depth int) int {
	end, saw := p.name(i)
	if end < 0 {
		return end
	}
	n := p.add(String, i, end)
	n.saw = saw
	n.next = p.nameHash(n)
	if i = p.colon(end); i < 0 {
		return i
	}
	if i = p.value(i, depth); i < 0 {
		return i
	}
	return p.space(i)
}
