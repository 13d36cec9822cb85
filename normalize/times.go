package normalize

import (
	"strconv"
	"strings"
	"time"

	"agenttrail/internal/strictjson"
)

// parseTime reads RFC 3339. The leap second :60 is the second after :59. A text without a zone is no time: which one it meant is not said.
func parseTime(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err == nil {
		return t, !t.IsZero()
	}
	if len(s) < len("2006-01-02T15:04:60Z") || s[16:19] != ":60" {
		return time.Time{}, false
	}
	t, err = time.Parse(time.RFC3339Nano, s[:17]+"59"+s[19:])
	return t.Add(time.Second), err == nil
}

// parseUTC reads RFC 3339 of a source that documents UTC and leaves the zone out: with Z, with an offset, or with neither; with T or a blank.
func parseUTC(s string) (time.Time, bool) {
	if t, ok := parseTime(s); ok {
		return t, true
	}
	if len(s) > len(time.DateOnly) && s[len(time.DateOnly)] == ' ' {
		s = s[:len(time.DateOnly)] + "T" + s[len(time.DateOnly)+1:]
	}
	return parseTime(strings.TrimSuffix(s, " UTC") + "Z")
}

// parseUnix reads a count since 1970, in units of so many nanoseconds. It may have a fraction.
func parseUnix(text string, unit int64) (time.Time, bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || strings.Trim(fraction, "0123456789") != "" {
		return time.Time{}, false
	}
	part := int64(0)
	for i, scale := 0, unit/10; i < len(fraction) && scale > 0; i, scale = i+1, scale/10 {
		part += int64(fraction[i]-'0') * scale
	}
	if strings.HasPrefix(text, "-") {
		part = -part
	}
	perSecond := 1e9 / unit
	t := time.Unix(n/perSecond, n%perSecond*unit+part).UTC()
	return t, t.Year() > 0 && t.Year() <= 9999 && !t.IsZero()
}

// A spelling is how a vendor writes times. Its name is for a person.
type spelling struct {
	name  string
	parse func(text string) (time.Time, bool)
}

// The spellings.
var (
	zoned       = spelling{"RFC 3339 with a zone", parseTime}
	inUTC       = spelling{"RFC 3339, in UTC where it has no zone", parseUTC}
	unixSeconds = spelling{"seconds since 1970", func(s string) (time.Time, bool) { return parseUnix(s, 1e9) }}
	unixMillis  = spelling{"milliseconds since 1970", func(s string) (time.Time, bool) { return parseUnix(s, 1e6) }}
	digitsUTC   = spelling{"YYYYMMDDhhmmss in UTC", inLayout("20060102150405")}
	basicZone   = spelling{"ISO 8601 with a zone like +0000", inLayout("2006-01-02T15:04:05Z0700")}
)

// inLayout reads times of one layout of the standard library, which takes a fraction of a second by itself; without a zone they are in UTC.
func inLayout(layout string) func(text string) (time.Time, bool) {
	return func(text string) (time.Time, bool) {
		t, err := time.Parse(layout, text)
		return t, err == nil && !t.IsZero()
	}
}

// when reads the time of a record that has to have one, in the first of the spellings that fits, and rejects the record otherwise.
func (r *reading) when(name, text string, spellings ...spelling) (time.Time, bool) {
	if text == "" {
		r.reject(RejectNoTime, name+" is not there")
		return time.Time{}, false
	}
	for _, s := range spellings {
		if t, ok := s.parse(text); ok {
			return t, true
		}
	}
	wanted := spellings[0].name
	for _, s := range spellings[1:] {
		wanted += " or " + s.name
	}
	r.reject(RejectTime, name+" "+quote(text)+" is not "+wanted)
	return time.Time{}, false
}

// stamp is when for the spelling that most sources use.
func (r *reading) stamp(name, text string) (time.Time, bool) { return r.when(name, text, zoned) }

// nanos reads nanoseconds since 1970, as text or number. Zero means unknown in the sources that use it.
func nanos(v strictjson.Value) (time.Time, bool) {
	n, ok := v.Int64()
	if !ok || n == 0 {
		return time.Time{}, false
	}
	return time.Unix(0, n).UTC(), true
}
