package normalize

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
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

// textHash tells whether another copy of a text is the same, without keeping it; empty for no text.
func textHash(text string) string {
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// setAddressPort is setAddress for vendors that write ports and brackets: 192.0.2.1:5000, [2001:db8::1]:5000, [2001:db8::1], ::ffff:192.0.2.1.
// The text as written stays in source.address.
func setAddressPort(a *agenttrail.Action, s string) {
	ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil {
		port, err := netip.ParseAddrPort(s)
		if err != nil {
			setAddress(a, s)
			return
		}
		ip = port.Addr()
	}
	a.Source.IP, a.Source.Address = ip.Unmap().String(), s
}

// mailAddress is s if it looks like one.
func mailAddress(s string) string {
	if strings.Contains(s, "@") {
		return s
	}
	return ""
}

// words splits a list that stands in a text, by commas and blanks.
func words(s string) []string {
	return strings.FieldsFunc(s, func(c rune) bool { return c == ',' || c == ' ' })
}

// firstValue is the first of values that is there.
func firstValue(values ...strictjson.Value) strictjson.Value {
	for _, v := range values {
		if v.Exists() {
			return v
		}
	}
	return strictjson.Value{}
}

// texts lists the texts of a JSON list, or the one of a text.
func (r *reading) texts(v strictjson.Value) []string {
	if v.Kind() != strictjson.Array {
		return r.list(v.Str())
	}
	from := len(r.arena)
	v.Each(func(one strictjson.Value) bool {
		if s := one.Str(); s != "" {
			r.arena = append(r.arena, s)
		}
		return true
	})
	if len(r.arena) == from {
		return nil
	}
	return r.arena[from:len(r.arena):len(r.arena)]
}

// subjects are people whose data it is about, in the one spelling.
func (r *reading) subjects(people []string) []string {
	from := len(r.arena)
	for _, p := range people {
		r.arena = append(r.arena, subject(p))
	}
	return r.arena[from:len(r.arena):len(r.arena)]
}
