package strictjson

// skip checks the value at i, whatever its depth, without indexing it: it does not recurse, so that depth costs one
// bit.
func (s *splitter) skip(i int) int {
	s.around.reset()
	for {
		if i = s.begin(i); i < 0 {
			return i
		}
		if i = s.finish(i); i < 0 || s.around.depth == 0 {
			return i
		}
	}
}

// begin reads from i, where a value is due, to behind the first scalar or empty container, entering the containers on
// the way.
func (s *splitter) begin(i int) int {
	for {
		c := s.peek(i)
		if c == '"' {
			end, _ := s.text(i)
			return end
		}
		if c != '{' && c != '[' {
			return s.scalar(i)
		}
		i = s.space(i + 1)
		if s.peek(i) == c+2 { // the closing bracket is two above the opening one, both times
			return i + 1
		}
		s.around.push(c == '{')
		if c == '{' {
			if i = s.memberName(i); i < 0 {
				return i
			}
		}
	}
}

// finish leaves the containers that end at i, where a value has ended, and goes on to the next value that is due. No
// container is left when the whole value has ended.
func (s *splitter) finish(i int) int {
	for s.around.depth > 0 {
		i = s.space(i)
		object := s.around.object()
		switch c := s.peek(i); {
		case c == ',' && object:
			return s.memberName(s.space(i + 1))
		case c == ',':
			return s.space(i + 1)
		case c == '}' && object, c == ']' && !object:
			s.around.pop()
			i++
		case object:
			return s.expected(i, "',' or '}'")
		default:
			return s.expected(i, "',' or ']'")
		}
	}
	return i
}

// memberName reads a name and its colon.
func (s *splitter) memberName(i int) int {
	end, _ := s.name(i)
	if end < 0 {
		return end
	}
	return s.colon(end)
}

// stack remembers of each container around a value whether it is an object, in one bit: a document of nothing but
// brackets must not take more memory than itself.
type stack struct {
	depth int
	top   uint64 // the innermost 64 containers, the innermost in bit 0
	below []uint64
}

func (t *stack) reset() { t.depth, t.below = 0, t.below[:0] }

func (t *stack) push(object bool) {
	if t.depth > 0 && t.depth%64 == 0 {
		t.below = append(t.below, t.top)
	}
	t.top <<= 1
	if object {
		t.top |= 1
	}
	t.depth++
}

func (t *stack) pop() {
	t.top >>= 1
	t.depth--
	if t.depth > 0 && t.depth%64 == 0 {
		t.top = t.below[len(t.below)-1]
		t.below = t.below[:len(t.below)-1]
	}
}

func (t *stack) object() bool { return t.top&1 != 0 }
