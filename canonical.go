package agenttrail

import (
	"crypto/sha256"
	"strconv"
	"time"
	"unicode/utf8"
)

// TimeLayout writes times everywhere: RFC 3339 in UTC with six decimals.
const TimeLayout = "2006-01-02T15:04:05.000000Z"

// FormatTime writes t in TimeLayout, cut to the microsecond towards the past.
func FormatTime(t time.Time) string { return string(AppendTime(nil, t)) }

// AppendTime appends t in TimeLayout.
func AppendTime(b []byte, t time.Time) []byte { return t.UTC().AppendFormat(b, TimeLayout) }

// Micros cuts a time to the microsecond, towards the past, in UTC.
func Micros(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	t = t.UTC()
	return t.Add(-time.Duration(t.Nanosecond() % 1000))
}

// AppendString appends s as a string of canonical JSON: escaped are only quote, backslash and the control characters below U+0020
// (\b \t \n \f \r where they exist, else \u00xx in lower case). All else is raw UTF-8.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	if !special(s) {
		return append(append(b, s...), '"')
	}
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, `\b`...)
		case '\t':
			b = append(b, `\t`...)
		case '\n':
			b = append(b, `\n`...)
		case '\f':
			b = append(b, `\f`...)
		case '\r':
			b = append(b, `\r`...)
		default:
			b = append(b, `\u00`...)
			b = append(b, hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(b, s[from:]...), '"')
}

// special says that s holds a byte that AppendString escapes. Nearly no value does: eight bytes are looked at together.
func special(s string) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for len(s) >= 8 {
		x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		quote, slash := x^(ones*'"'), x^(ones*'\\')
		if ((x-ones*0x20)&^x|(quote-ones)&^quote|(slash-ones)&^slash)&highs != 0 {
			return true
		}
		s = s[8:]
	}
	for i := range len(s) {
		if s[i] < 0x20 || s[i] == '"' || s[i] == '\\' {
			return true
		}
	}
	return false
}

const hexDigits = "0123456789abcdef"

// Clean makes s valid UTF-8: a byte that is not is written as \xNN. ok is false when there was one.
func Clean(s string) (clean string, ok bool) {
	if utf8.ValidString(s) {
		return s, true
	}
	b := make([]byte, 0, len(s)+16)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			b = append(b, '\\', 'x', hexDigits[s[i]>>4], hexDigits[s[i]&15])
		} else {
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	return string(b), false
}

// AppendRow appends the canonical row of a: flat JSON of its non-empty stored fields among columns, dotted names in byte order, values strings or
// arrays of strings. columns must be in byte order, as Columns gives them.
func AppendRow(b []byte, a *Action, columns []*Field) []byte {
	b = append(b, '{')
	for _, f := range columns {
		mark := len(b)
		if b[mark-1] != '{' {
			b = append(b, ',')
		}
		b = append(b, f.quoted...)
		var said bool
		if b, said = f.appendCanonical(b, a); !said {
			b = b[:mark]
		}
	}
	return append(b, '}')
}

func (f *Field) appendCanonical(b []byte, a *Action) (_ []byte, said bool) {
	switch p := f.of(a).(type) {
	case *string:
		return AppendString(b, *p), *p != ""
	case *[]string:
		return appendStrings(b, *p), len(*p) > 0
	case *time.Time:
		return append(AppendTime(append(b, '"'), *p), '"'), !p.IsZero()
	case *Int:
		return append(strconv.AppendInt(append(b, '"'), p.N, 10), '"'), p.Known
	case *Bool:
		return AppendString(b, strconv.FormatBool(*p == Yes)), *p != Unsaid
	}
	panic("BUG: field " + f.Name + " has no canonical form")
}

func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = AppendString(b, s)
	}
	return append(b, ']')
}

// FactsHash is the SHA-256 of the canonical form of an action's facts: what twins and conflicts compare.
func FactsHash(a *Action) [32]byte { return sha256.Sum256(AppendRow(nil, a, factColumns)) }
