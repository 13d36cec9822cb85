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

// AppendTime appends t in TimeLayout. It stands in every row several times, and reading the layout each time costs more than the digits.
func AppendTime(b []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(b, TimeLayout)
	}
	hour, minute, second := t.Clock()
	b = append(appendDigits(b, year, 4), '-')
	b = append(appendDigits(b, int(month), 2), '-')
	b = append(appendDigits(b, day, 2), 'T')
	b = append(appendDigits(b, hour, 2), ':')
	b = append(appendDigits(b, minute, 2), ':')
	b = append(appendDigits(b, second, 2), '.')
	return append(appendDigits(b, t.Nanosecond()/1000, 6), 'Z')
}

// appendDigits appends n in decimal with leading zeros.
func appendDigits(b []byte, n, width int) []byte {
	b = append(b, "000000"[:width]...)
	for i := len(b) - 1; n > 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}

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

// AppendRow appends the canonical form of r: flat JSON of its non-empty stored fields among columns, dotted names in byte order, values strings or
// arrays of strings. columns must be in byte order, as Columns gives them.
func AppendRow(b []byte, r Row, columns []*Field) []byte {
	b = append(b, '{')
	first := len(b)
	for _, f := range columns {
		b = f.appendCanonical(b, r.at(f), len(b) == first)
	}
	return append(b, '}')
}

// appendCanonical appends the member of f, with a comma before it unless it is the first; nothing where the log did not say.
func (f *Field) appendCanonical(b []byte, at any, first bool) []byte {
	switch p := at.(type) {
	case *string:
		if *p != "" {
			return AppendString(f.appendName(b, first), *p)
		}
	case *[]string:
		if len(*p) > 0 {
			return appendStrings(f.appendName(b, first), *p)
		}
	case *time.Time:
		if !p.IsZero() {
			return append(AppendTime(append(f.appendName(b, first), '"'), *p), '"')
		}
	case *Int:
		if p.Known {
			return append(strconv.AppendInt(append(f.appendName(b, first), '"'), p.N, 10), '"')
		}
	case *Bool:
		if *p != Unsaid {
			return AppendString(f.appendName(b, first), strconv.FormatBool(*p == Yes))
		}
	default:
		panic("BUG: field " + f.Name + " has no canonical form")
	}
	return b
}

func (f *Field) appendName(b []byte, first bool) []byte {
	if !first {
		b = append(b, ',')
	}
	return append(b, f.quoted...)
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

// FactsHash is the SHA-256 of the canonical form of a row's facts: what twins and conflicts compare.
func FactsHash(r Row) [32]byte { return sha256.Sum256(AppendRow(nil, r, r.facts())) }
