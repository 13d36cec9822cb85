package normalize

import (
	"strconv"
	"strings"
	"unsafe"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// alias is the text of b without a copy: valid as long as b is.
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// first is the first value that says something.
func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// nativeID reads a vendor's id: text, or a number's text. Absent, null and empty mean that there is none; anything else rejects the record.
func (r *reading) nativeID(name string, v strictjson.Value) (id string, ok bool) {
	switch v.Kind() {
	case strictjson.Invalid, strictjson.Null:
		return "", true
	case strictjson.String, strictjson.Number:
		return v.Str(), true
	}
	r.reject(RejectID, name+" is neither text nor number")
	return "", false
}

// hexID is a W3C id of n hex digits in lower case; empty when it is none, or all zeros.
func hexID(s string, n int) string {
	if len(s) != n || strings.Trim(s, "0") == "" {
		return ""
	}
	for i := range len(s) {
		if c := s[i] | 0x20; (c < 'a' || c > 'f') && (s[i] < '0' || s[i] > '9') {
			return ""
		}
	}
	return strings.ToLower(s)
}

// setAddress puts the caller's address where it belongs: what has the letters of an address is tried as one when the action is stamped, a name never is.
func setAddress(a *agenttrail.Action, s string) {
	for i := range len(s) {
		if c := s[i]; c != '.' && c != ':' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			a.Source.Address = s
			return
		}
	}
	a.Source.IP = s
}

// subject is an id of a data subject in the one spelling: a mail address is in lower case.
func subject(s string) string {
	if strings.Contains(s, "@") {
		return strings.ToLower(s)
	}
	return s
}

// quote shows hostile text in a message, at most 80 bytes of it.
func quote(s string) string {
	if len(s) > 80 {
		return strconv.QuoteToASCII(s[:80]) + "…"
	}
	return strconv.QuoteToASCII(s)
}

// number is a whole number that the source may not have said, as number or text.
func number(v strictjson.Value) agenttrail.Int {
	n, ok := v.Int64()
	return agenttrail.Int{N: n, Known: ok}
}
