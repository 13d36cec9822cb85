package reports

import (
	"strconv"
	"time"

	"agenttrail"
)

// object writes canonical JSON. Members must be put in byte order of their names; empty strings, times and lists are left out.
type object struct{ b []byte }

func (o *object) key(name string) {
	if o.b == nil {
		o.b = append(o.b, '{')
	} else {
		o.b = append(o.b, ',')
	}
	o.b = append(agenttrail.AppendString(o.b, name), ':')
}

func (o *object) put(name, value string) {
	if value == "" {
		return
	}
	o.key(name)
	o.b = agenttrail.AppendString(o.b, value)
}

func (o *object) number(name string, n int64) { o.put(name, strconv.FormatInt(n, 10)) }

func (o *object) time(name string, t time.Time) {
	if !t.IsZero() {
		o.put(name, agenttrail.FormatTime(t))
	}
}

func (o *object) list(name string, values []string) {
	if len(values) == 0 {
		return
	}
	o.key(name)
	o.b = append(o.b, '[')
	for i, v := range values {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = agenttrail.AppendString(o.b, v)
	}
	o.b = append(o.b, ']')
}

// raw puts a value that is JSON already.
func (o *object) raw(name, json string) {
	o.key(name)
	o.b = append(o.b, json...)
}

func (o *object) String() string {
	if o.b == nil {
		return "{}"
	}
	return string(o.b) + "}"
}
