package strictjson

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// scanner knows the lexical grammar. Its methods take the offset of the first byte of something and return the
// offset behind it, or failed after err was set: they are called for every token, and one result stays in a register.
type scanner struct {
	data []byte
	err  error
	odd  bool // a string held invalid UTF-8 or a lone surrogate
}

const failed = -1

// What the scanner saw in a string.
const (
	encoded = 1 << iota // the text differs from the bytes: escapes or invalid UTF-8
	wide                // bytes above 7F
)

func (s *scanner) fail(i int, msg string) int {
	s.err = &SyntaxError{Offset: int64(i), Msg: msg}
	return failed
}

func (s *scanner) refuse(i int, reason error) int {
	s.err = &SyntaxError{Offset: int64(i), Msg: reason.Error(), reason: reason}
	return failed
}

func (s *scanner) expected(i int, what string) int {
	return s.fail(i, "expected "+what+", found "+s.found(i))
}

// found describes the byte at i. The data is hostile: what is not printable ASCII is shown as a number.
func (s *scanner) found(i int) string {
	switch {
	case i >= len(s.data):
		return "the end"
	case i == 0 && len(s.data) >= 3 && string(s.data[:3]) == "\xef\xbb\xbf":
		return "a byte order mark"
	case s.data[i] < ' ' || s.data[i] > '~':
		return fmt.Sprintf("byte 0x%02x", s.data[i])
	}
	return fmt.Sprintf("%q", s.data[i])
}

// peek returns the byte at i, or at the end NUL, which no token begins with.
func (s *scanner) peek(i int) byte {
	if i < len(s.data) {
		return s.data[i]
	}
	return 0
}

// space skips white space. Machines write little of it, so the common case must be inlined.
func (s *scanner) space(i int) int {
	if i < len(s.data) && s.data[i] <= ' ' {
		return s.spaces(i)
	}
	return i
}

func (s *scanner) spaces(i int) int {
	for i < len(s.data) && (s.data[i] == ' ' || s.data[i] == '\n' || s.data[i] == '\r' || s.data[i] == '\t') {
		i++
	}
	return i
}

// end checks that nothing but white space stands at i and behind.
func (s *scanner) end(i int) int {
	if i = s.space(i); i < len(s.data) {
		return s.expected(i, "the end")
	}
	return i
}

// scalar reads a number or one of the three words.
func (s *scanner) scalar(i int) int {
	switch c := s.peek(i); {
	case c == '-' || '0' <= c && c <= '9':
		return s.number(i)
	case c == 't':
		return s.word(i, "true")
	case c == 'f':
		return s.word(i, "false")
	case c == 'n':
		return s.word(i, "null")
	}
	return s.expected(i, "a value")
}

func (s *scanner) word(i int, word string) int {
	if end := i + len(word); end <= len(s.data) && string(s.data[i:end]) == word {
		return end
	}
	return s.expected(i, "a value")
}

func (s *scanner) number(i int) int {
	if s.data[i] == '-' {
		i++
	}
	if s.peek(i) == '0' {
		i++
	} else if i = s.digits(i); i < 0 {
		return i
	}
	if s.peek(i) == '.' {
		if i = s.digits(i + 1); i < 0 {
			return i
		}
	}
	if s.peek(i)|0x20 != 'e' {
		return i
	}
	i++
	if c := s.peek(i); c == '+' || c == '-' {
		i++
	}
	return s.digits(i)
}

// digits reads one or more digits.
func (s *scanner) digits(i int) int {
	start := i
	for i < len(s.data) && s.data[i]-'0' <= 9 {
		i++
	}
	if i == start {
		return s.expected(i, "a digit")
	}
	return i
}

// text reads a string whose opening quote stands at i, and says what it saw in it.
func (s *scanner) text(i int) (end int, saw uint8) {
	end = plain(s.data, i+1)
	if end < len(s.data) && s.data[end] == '"' {
		return end + 1, 0
	}
	return s.richText(i, end)
}

// richText reads on at i in a string that began at start and has more than plain ASCII, or no end.
func (s *scanner) richText(start, i int) (end int, saw uint8) {
	for ; ; i = plain(s.data, i) {
		if i >= len(s.data) {
			return s.fail(start, "string without end"), 0
		}
		switch c := s.data[i]; {
		case c == '"':
			return i + 1, saw
		case c == '\\':
			saw |= encoded
			i = s.escape(i)
		case c < ' ':
			i = s.fail(i, "control character "+s.found(i)+" in a string")
		default:
			saw |= wide
			var whole bool
			if i, whole = beyondASCII(s.data, i); !whole {
				saw |= encoded
				s.odd = true
			}
		}
		if i < 0 {
			return i, 0
		}
	}
}

// plain returns the offset of the first byte from i on that is a quote, a backslash, a control character or above
// 7F; len(data) if there is none. It looks at sixteen bytes at once: most names and many values need one look only, and
// every jump that depends on the length of a text is one that the processor guesses wrong.
func plain(data []byte, i int) int {
	for ; i+16 <= len(data); i += 16 {
		b := (*[16]byte)(data[i:])
		hit, next := special(binary.LittleEndian.Uint64(b[:8])), special(binary.LittleEndian.Uint64(b[8:]))
		if hit|next == 0 {
			continue
		}
		if hit == 0 {
			hit = next
			i += 8
		}
		return i + bits.TrailingZeros64(hit)>>3
	}
	for i < len(data) && data[i] >= ' ' && data[i] < utf8.RuneSelf && data[i] != '"' && data[i] != '\\' {
		i++
	}
	return i
}

// special sets the high bit of each byte of x at which plain stops. For a control character the high bit of x - 20 is
// set, for the character c that of (x ^ c) - 1. A borrow disturbs only bytes above a hit, and the lowest one counts.
func special(x uint64) uint64 {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	return (x | (x - ' '*ones) | (x ^ '"'*ones - ones) | (x ^ '\\'*ones - ones)) & high
}

// beyondASCII skips the run of bytes above 7F at i and says whether they are whole UTF-8.
func beyondASCII(data []byte, i int) (end int, whole bool) {
	whole = true
	for i < len(data) && data[i] >= utf8.RuneSelf {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			whole = false
		}
		i += n
	}
	return i, whole
}

// escape reads the escape at i, both halves of a surrogate pair at once.
func (s *scanner) escape(i int) int {
	switch s.peek(i + 1) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		r, n := unicodeEscape(s.data[i:])
		if n == 0 {
			return s.fail(i, `\u without four hexadecimal digits`)
		}
		if r == lone {
			s.odd = true
		}
		return i + n
	}
	return s.expected(i+1, "a letter that may follow a backslash")
}

// name reads the name of a member.
func (s *scanner) name(i int) (end int, saw uint8) {
	if s.peek(i) != '"' {
		return s.expected(i, "a member name"), 0
	}
	return s.text(i)
}

// colon reads what stands between a name, which ended at i, and its value.
func (s *scanner) colon(i int) int {
	i = s.space(i)
	if i < len(s.data) && s.data[i] == ':' {
		return s.space(i + 1)
	}
	return s.expected(i, "':'")
}
