package trail

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// An ObjectLine is what an objects file says about one object of a batch.
type ObjectLine struct {
	Number            int // line of the file, from 0; the object's number in records.csv and in the ZIP
	agenttrail.Object     // Context and Body are empty; Size is what the source announced, -1 if nothing
	Length            int64
	SHA256            string // hex, of the bytes as delivered
	Fetched           time.Time
	Counts            agenttrail.Counts // of its records
	Name              string            // in the evidence ZIP; empty: not kept
	ContextName       string            // in the evidence ZIP: the object's own context; empty: none
	Refused           string            // why nothing was taken from it
	Reread            bool              // all its records were known: not kept again
}

// appendObjectLine appends the line without its end, as canonical JSON.
func appendObjectLine(b []byte, l *ObjectLine) []byte {
	m := map[string]any{
		"uri": l.URI, "role": l.Role, "sha256": l.SHA256, "size": l.Length, "fetched": agenttrail.FormatTime(l.Fetched),
	}
	for name, value := range map[string]string{"version": l.Version, "name": l.Name, "context": l.ContextName, "refused": l.Refused, "proof": l.Proof} {
		if value != "" {
			m[name] = value
		}
	}
	if l.Size >= 0 {
		m["announced"] = l.Size
	}
	if !l.Time.IsZero() {
		m["time"] = agenttrail.FormatTime(l.Time)
	}
	if l.Reread {
		m["reread"] = "true"
	}
	if len(l.Meta) > 0 {
		m["meta"] = l.Meta
	}
	if len(l.Settles) > 0 {
		m["settles"] = l.Settles
	}
	if counters := counters(&l.Counts); len(counters) > 0 {
		m["counters"] = counters
	}
	for name, counts := range map[string]map[string]int64{"skips": l.Counts.Skips, "rejects": l.Counts.Rejects} {
		if len(counts) > 0 {
			m[name] = counts
		}
	}
	return appendCanonical(b, m)
}

// counterNames are the members of "counters", with the number each stands for.
var counterNames = []struct {
	name string
	of   func(*agenttrail.Counts) *int64
}{
	{"read", func(c *agenttrail.Counts) *int64 { return &c.Read }},
	{"accepted", func(c *agenttrail.Counts) *int64 { return &c.Accepted }},
	{"duplicate", func(c *agenttrail.Counts) *int64 { return &c.Duplicate }},
	{"conflict", func(c *agenttrail.Counts) *int64 { return &c.Conflict }},
	{"skipped", func(c *agenttrail.Counts) *int64 { return &c.Skipped }},
	{"rejected", func(c *agenttrail.Counts) *int64 { return &c.Rejected }},
	{"erased", func(c *agenttrail.Counts) *int64 { return &c.Erased }},
	{"actions", func(c *agenttrail.Counts) *int64 { return &c.Actions }},
	{"action_duplicates", func(c *agenttrail.Counts) *int64 { return &c.ActionDuplicates }},
	{"rows", func(c *agenttrail.Counts) *int64 { return &c.Rows }},
	{"grants", func(c *agenttrail.Counts) *int64 { return &c.Grants }},
}

// namesKept is how many bytes of rules and reasons an entry holds: it must stay small, and the objects file has them all.
const namesKept = 1024

// entryNames are the numbers by rule and by reason as the entry states them: all, or none where their names are too long.
func entryNames(c agenttrail.Counts) (skips, rejects map[string]int64) {
	n := 0
	for _, names := range []map[string]int64{c.Skips, c.Rejects} {
		for name := range names {
			n += len(name)
		}
	}
	if n > namesKept {
		return nil, nil
	}
	return c.Skips, c.Rejects
}

func counters(c *agenttrail.Counts) map[string]int64 {
	m := map[string]int64{}
	for _, counter := range counterNames {
		if n := *counter.of(c); n != 0 {
			m[counter.name] = n
		}
	}
	return m
}

// readObjectLines yields the lines of an objects file. A line is valid until yield returns.
func readObjectLines(r io.Reader, yield func(*ObjectLine) error) error {
	return readLines(r, func(n int, v strictjson.Value) error {
		l, err := parseObjectLine(v)
		if err != nil {
			return fmt.Errorf("line %d: %w", n+1, err)
		}
		l.Number = n
		return yield(&l)
	})
}

// readLines yields the documents of a JSON lines file that we wrote: every line ends, no line is empty.
func readLines(r io.Reader, yield func(n int, v strictjson.Value) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	var parser strictjson.Parser
	for n := 0; ; n++ {
		line, err := readLine(in)
		if err == io.EOF && len(line) == 0 {
			return nil
		}
		if err == io.EOF {
			return fmt.Errorf("line %d: the file ends in the middle", n+1)
		}
		if err != nil {
			return err
		}
		v, err := parser.Parse(line)
		if err != nil {
			return fmt.Errorf("line %d: %w", n+1, err)
		}
		if parser.Ambiguous() {
			return fmt.Errorf("line %d: ambiguous: a member twice, or text that is not UTF-8", n+1)
		}
		if err := yield(n, v); err != nil {
			return err
		}
	}
}

// readLine reads up to and with the next line feed. The bytes are the caller's.
func readLine(in *bufio.Reader) (line []byte, err error) {
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

func parseObjectLine(v strictjson.Value) (l ObjectLine, err error) {
	p := lineParser{}
	l.URI, l.Version, l.Role = text(v, "uri"), text(v, "version"), text(v, "role")
	l.SHA256, l.Name, l.ContextName, l.Refused = text(v, "sha256"), text(v, "name"), text(v, "context"), text(v, "refused")
	l.Reread, l.Proof = text(v, "reread") == "true", text(v, "proof")
	l.Length, l.Size = p.number(v, "size"), -1
	if v.Get("announced").Exists() {
		l.Size = p.number(v, "announced")
	}
	l.Fetched, l.Time = p.time(v, "fetched"), p.time(v, "time")
	c := v.Get("counters")
	for _, counter := range counterNames {
		*counter.of(&l.Counts) = p.number(c, counter.name)
	}
	l.Counts.Skips, l.Counts.Rejects = p.numbers(v.Get("skips")), p.numbers(v.Get("rejects"))
	l.Meta, l.Settles = texts(v.Get("meta")), texts(v.Get("settles"))
	if l.URI == "" || l.Role == "" || len(l.SHA256) != hex.EncodedLen(32) {
		p.err = errors.Join(p.err, errors.New("uri, role or sha256 is missing"))
	}
	return l, p.err
}

// texts are the members of an object whose values are texts; nil when there are none.
func texts(v strictjson.Value) (m map[string]string) {
	v.Members(func(name string, value strictjson.Value) bool {
		if m == nil {
			m = map[string]string{}
		}
		m[clone(name)] = clone(value.Str())
		return true
	})
	return m
}
