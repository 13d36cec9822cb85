package strictjson

import "strings"

// Split yields the elements of the array at the JSON pointer ("" means that the document is the array), in order,
// each with its offset in data and its exact bytes. Everything in the document is checked against the grammar, also
// what stands around the array; because the end is reached last, an error may follow good elements, and the caller
// must then refuse them all.
//
// The limits of Parse do not apply: one element nested too deeply is for the caller, who parses it, to reject, and
// must not take its neighbours with it. Elements are not searched for twins either.
//
// The error is a *SyntaxError (ErrNoArray and ErrTwice are reasons of its own), that of yield as it is, or one that
// says why pointer is none.
func Split(data []byte, pointer string, yield func(offset int64, raw []byte) error) error {
	if err := checkPointer(pointer); err != nil {
		return err
	}
	s := splitter{scanner: scanner{data: data}, yield: yield}
	i := s.walk(s.space(0), pointer)
	if i >= 0 {
		i = s.end(i)
	}
	if i >= 0 && !s.reached {
		s.refuse(0, ErrNoArray)
	}
	return s.err
}

func checkPointer(pointer string) (err error) {
	for pointer != "" && err == nil {
		_, pointer, err = cutPointer(pointer)
	}
	return err
}

type splitter struct {
	scanner
	yield   func(offset int64, raw []byte) error
	reached bool  // the array was found
	around  stack // scratch of skip
}

// walk reads the value at i; pointer leads from there to the array.
func (s *splitter) walk(i int, pointer string) int {
	first := s.peek(i)
	if pointer == "" && first == '[' {
		s.reached = true
		return s.elements(i, func(_, i int) int { return s.emit(i) })
	}
	if pointer == "" || first != '[' && first != '{' {
		return s.skip(i)
	}
	step, rest, err := cutPointer(pointer)
	if err != nil {
		s.err = err
		return failed
	}
	if first == '{' {
		return s.members(i, step, rest)
	}
	nth, ok := arrayIndex(step)
	return s.elements(i, func(n, i int) int {
		if ok && n == nth {
			return s.walk(i, rest)
		}
		return s.skip(i)
	})
}

func (s *splitter) emit(i int) int {
	end := s.skip(i)
	if end < 0 {
		return end
	}
	if err := s.yield(int64(i), s.data[i:end:end]); err != nil {
		s.err = err
		return failed
	}
	return end
}

// elements has each element of the array at i read by read, which gets its number and offset.
func (s *splitter) elements(i int, read func(n, i int) int) int {
	i = s.space(i + 1)
	if s.peek(i) == ']' {
		return i + 1
	}
	for n := 0; ; n++ {
		if i = read(n, i); i < 0 {
			return i
		}
		i = s.space(i)
		switch s.peek(i) {
		case ',':
			i = s.space(i + 1)
		case ']':
			return i + 1
		default:
			return s.expected(i, "',' or ']'")
		}
	}
}

// members reads the object at i and walks into its member step. A second member of that name, or of one that differs
// by case only, is refused: a reader of one of them would miss the records in the other.
func (s *splitter) members(i int, step, rest string) int {
	i = s.space(i + 1)
	if s.peek(i) == '}' {
		return i + 1
	}
	for seen := false; ; {
		name, value := s.nameText(i)
		if value < 0 {
			return value
		}
		if strings.EqualFold(name, step) {
			if seen {
				return s.refuse(i, ErrTwice)
			}
			seen = true
		}
		if name == step {
			i = s.walk(value, rest)
		} else {
			i = s.skip(value)
		}
		if i < 0 {
			return i
		}
		i = s.space(i)
		switch s.peek(i) {
		case ',':
			i = s.space(i + 1)
		case '}':
			return i + 1
		default:
			return s.expected(i, "',' or '}'")
		}
	}
}

// nameText reads the name at i and returns its text and where the value begins.
func (s *splitter) nameText(i int) (name string, value int) {
	end, saw := s.name(i)
	if end < 0 {
		return "", end
	}
	name = alias(s.data[i+1 : end-1])
	if saw&encoded != 0 {
		name = decode(s.data[i+1 : end-1])
	}
	return name, s.colon(end)
}
