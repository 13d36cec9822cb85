package trail

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// lineParser reads the values of a JSON line that we wrote and keeps the first mistake.
type lineParser struct{ err error }

// text is a member's text, with bytes of its own.
func text(v strictjson.Value, name string) string { return clone(v.Get(name).Str()) }

func clone(s string) string { return strings.Clone(s) }

func (p *lineParser) number(v strictjson.Value, name string) int64 {
	member := v.Get(name)
	if !member.Exists() {
		return 0
	}
	n, ok := member.Int64()
	if !ok || n < 0 {
		p.err = errors.Join(p.err, fmt.Errorf("%s is no number: %q", name, member.Str()))
	}
	return n
}

func (p *lineParser) numbers(v strictjson.Value) (m map[string]int64) {
	v.Members(func(name string, _ strictjson.Value) bool {
		if m == nil {
			m = map[string]int64{}
		}
		m[clone(name)] = p.number(v, name)
		return true
	})
	return m
}

func (p *lineParser) time(v strictjson.Value, name string) time.Time {
	s := v.Get(name).Str()
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(agenttrail.TimeLayout, s)
	if err != nil {
		p.err = errors.Join(p.err, fmt.Errorf("%s is no time: %q", name, s))
	}
	return t
}
