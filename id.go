package agenttrail

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// An Identity is what makes two readings the same event: the first 128 bits of a SHA-256 over dataset, tenant and the vendor's id.
type Identity [16]byte

// NativeIdentity is the identity of an event that its vendor named. position tells several actions of one record apart; it may be empty.
func NativeIdentity(dataset, tenant, native, position string) Identity {
	s := dataset + "|" + tenant + "|" + native
	if position != "" {
		s += "|" + position
	}
	return identity(s)
}

// PlaceIdentity is the identity of an event without a vendor's id: the object, the place in it, and the bytes. So two equal lines stay two actions.
// The empty third field marks this form, since a native id is never empty.
func PlaceIdentity(dataset, tenant, uri string, object [32]byte, ordinal int64, raw [32]byte, position string) Identity {
	s := dataset + "|" + tenant + "||" + uri + "|" + hex.EncodeToString(object[:]) + "|" + strconv.FormatInt(ordinal, 10) + "|" + hex.EncodeToString(raw[:])
	if position != "" {
		s += "|" + position
	}
	return identity(s)
}

func identity(s string) (id Identity) {
	sum := sha256.Sum256([]byte(s))
	copy(id[:], sum[:])
	return id
}

// FormatID writes an action's id: 8 hex digits of the event's Unix second, a hyphen, the identity. A second that does not fit (before 1970,
// after 2106) is written as zeros.
func FormatID(t time.Time, id Identity) string {
	sec := t.Unix()
	if sec < 0 || sec > 0xFFFFFFFF {
		sec = 0
	}
	var b [41]byte
	s := uint32(sec)
	hex.Encode(b[:8], []byte{byte(s >> 24), byte(s >> 16), byte(s >> 8), byte(s)})
	b[8] = '-'
	hex.Encode(b[9:], id[:])
	return string(b[:])
}

// ConflictID is the id of an action whose identity is taken by other facts: it ends in 8 hex digits of the hash of its own facts,
// so it does not depend on the order in which the versions came.
func ConflictID(id string, facts [32]byte) string { return id + "-" + hex.EncodeToString(facts[:4]) }

// ParseID takes an id apart. conflict is empty unless it is the id of a conflict.
func ParseID(s string) (second int64, id Identity, conflict string, err error) {
	if len(s) != 41 && len(s) != 50 || s[8] != '-' || len(s) == 50 && s[41] != '-' {
		return 0, id, "", fmt.Errorf("%q is no action id: want 8 hex digits, a hyphen, 32 hex digits", s)
	}
	sec, err := strconv.ParseUint(s[:8], 16, 32)
	if err != nil {
		return 0, id, "", fmt.Errorf("%q is no action id: %w", s, err)
	}
	if _, err := hex.Decode(id[:], []byte(s[9:41])); err != nil {
		return 0, id, "", fmt.Errorf("%q is no action id: %w", s, err)
	}
	if len(s) == 50 {
		conflict = s[42:]
	}
	return int64(sec), id, conflict, nil
}
