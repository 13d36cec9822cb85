package strictjson

import (
	"unicode/utf16"
	"unicode/utf8"
)

// lone is the rune of an escape that is half of a surrogate pair without the other half.
const lone = -1

// unicodeEscape reads the \uXXXX at the start of b, or the two of a surrogate pair. n is the number of bytes it
// takes: 0 when it is malformed.
func unicodeEscape(b []byte) (r rune, n int) {
	r, ok := hex4(b)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if low, ok := hex4(b[6:]); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return lone, 6
}

func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	for _, c := range b[2:6] {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// decode returns the text between the quotes of a string that the scanner has accepted.
func decode(b []byte) string {
	out := make([]byte, 0, len(b)+16)
	for len(b) > 0 {
		n := plain(b, 0)
		out = append(out, b[:n]...)
		if b = b[n:]; len(b) == 0 {
			break
		}
		if b[0] == '\\' {
			out, n = appendEscape(out, b)
		} else {
			out, n = appendRune(out, b)
		}
		b = b[n:]
	}
	return string(out)
}

// appendEscape appends what the escape at the start of b stands for.
func appendEscape(out, b []byte) ([]byte, int) {
	switch c := b[1]; c {
	case 'b':
		return append(out, '\b'), 2
	case 'f':
		return append(out, '\f'), 2
	case 'n':
		return append(out, '\n'), 2
	case 'r':
		return append(out, '\r'), 2
	case 't':
		return append(out, '\t'), 2
	case 'u':
		r, n := unicodeEscape(b)
		if r == lone {
			return appendLower(out, b[:n]), n
		}
		return utf8.AppendRune(out, r), n
	default:
		return append(out, c), 2
	}
}

func appendLower(out, b []byte) []byte {
	for _, c := range b {
		if 'A' <= c && c <= 'F' {
			c |= 0x20
		}
		out = append(out, c)
	}
	return out
}

// appendRune appends the rune at the start of b; a byte that is not UTF-8 is spelled out, never replaced.
func appendRune(out, b []byte) ([]byte, int) {
	const digits = "0123456789abcdef"
	r, n := utf8.DecodeRune(b)
	if r == utf8.RuneError && n == 1 {
		return append(out, '\\', 'x', digits[b[0]>>4], digits[b[0]&15]), 1
	}
	return append(out, b[:n]...), n
}
