package table

import (
	"strconv"
	"time"

	"agenttrail"
)

// A dimension holds the value of one field for every row of a row group, as places in a list of values.
type dimension struct {
	codes  []int32  // a row: place in values, less one; nil: every row has values[0]
	turn   []int32  // where several codes mean the same: place in values by code plus one; nil: code plus one
	values []string // values[0] is that of a row of which the log did not say
}

func (d *dimension) at(row int32) int32 {
	if d.codes == nil {
		return 0
	}
	code := d.codes[row] + 1
	if d.turn != nil {
		return d.turn[code]
	}
	return code
}

// dimension reads the values of s; c is the column of its field, nil if the file has none.
func (r *reader) dimension(s *source, c *column) (dimension, error) {
	if s.field == nil {
		return dimension{values: []string{s.constant}}, nil
	}
	if c == nil {
		return dimension{values: []string{s.missing()}}, nil
	}
	k, err := r.chunk(c)
	if err != nil {
		return dimension{}, err
	}
	if c.kind == text {
		return textDimension(k, s), nil
	}
	return numberDimension(k, s), nil
}

// missing is the value of a row of which the log did not say.
func (s *source) missing() string {
	if s.number != nil {
		return ""
	}
	return s.of("")
}

func textDimension(k *chunk, s *source) dimension {
	d := dimension{codes: k.codes, values: make([]string, 1, k.size()+1)}
	d.values[0] = s.missing()
	same := true
	for code := range k.size() {
		v := k.value(int32(code))
		d.values = append(d.values, s.of(v))
		same = same && d.values[code+1] == v
	}
	if !same {
		d.turn, d.values = distinct(d.values)
	}
	return d
}

// distinct gives equal values one place.
func distinct(values []string) (turn []int32, list []string) {
	places := map[string]int32{}
	for _, v := range values {
		place, ok := places[v]
		if !ok {
			place = int32(len(list))
			places[v], list = place, append(list, v)
		}
		turn = append(turn, place)
	}
	return turn, list
}

func numberDimension(k *chunk, s *source) dimension {
	d := dimension{codes: make([]int32, len(k.nums)), values: []string{""}}
	places := map[string]int32{}
	name := s.number
	if name == nil {
		name = k.column.kind.name
	}
	for i, n := range k.nums {
		if k.codes[i] < 0 {
			d.codes[i] = -1
			continue
		}
		if i > 0 && k.codes[i-1] >= 0 && n == k.nums[i-1] {
			d.codes[i] = d.codes[i-1]
			continue
		}
		v := name(n)
		place, ok := places[v]
		if !ok {
			place = int32(len(d.values)) - 1
			places[v], d.values = place, append(d.values, v)
		}
		d.codes[i] = place
	}
	return d
}

// name writes a value of a kind other than text as canonical rows do.
func (k kind) name(n int64) string {
	switch k {
	case moment:
		return agenttrail.FormatTime(time.UnixMicro(n))
	case truth:
		return strconv.FormatBool(n != 0)
	}
	return strconv.FormatInt(n, 10)
}

// A calendar names the days or hours of a zone. It remembers the stretch of one offset to UTC, since asking for it costs more than all the rest.
type calendar struct {
	zone             *time.Location
	from, to, offset int64 // Unix seconds, half open; seconds east of UTC
	step             int64 // seconds of a day or an hour
	layout           string
	names            map[int64]string
}

// newCalendar makes the calendar of Day or Hour.
func newCalendar(unit, zone string) (*calendar, error) {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, err
	}
	c := &calendar{zone: loc, step: secondsOfDay, layout: time.DateOnly, names: map[int64]string{}}
	if unit == Hour {
		c.step, c.layout = secondsOfHour, hourLayout
	}
	return c, nil
}

// name is the day or hour at micros.
func (c *calendar) name(micros int64) string {
	sec := floorDiv(micros, 1e6)
	if sec < c.from || sec >= c.to {
		c.enter(sec)
	}
	n := floorDiv(sec+c.offset, c.step)
	name, ok := c.names[n]
	if !ok {
		name = time.Unix(n*c.step, 0).UTC().Format(c.layout)
		c.names[n] = name
	}
	return name
}

const (
	secondsOfDay  = 24 * secondsOfHour
	secondsOfHour = 60 * 60
	hourLayout    = "2006-01-02T15"
)

func (c *calendar) enter(sec int64) {
	t := time.Unix(sec, 0).In(c.zone)
	_, offset := t.Zone()
	c.from, c.to, c.offset = sec, sec+1, int64(offset)
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		c.from = start.Unix()
	}
	if !end.IsZero() {
		c.to = end.Unix()
	}
	if start.IsZero() && end.IsZero() {
		c.from, c.to = -1<<62, 1<<62
	}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
