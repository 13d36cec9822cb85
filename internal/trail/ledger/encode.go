package ledger

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"time"

	"agenttrail"
)

// MaxEntry bounds an entry: it has fewer bytes than this. Lists belong into files that an entry names.
const MaxEntry = 4096

// A window is named by its start in whole seconds, "-" for the standing window of a folder; its end is left out there.
type (
	windowStart time.Time
	windowEnd   time.Time
)

const standing = "-"

// EncodeEntry writes an entry as canonical JSON: names in byte order, values strings, arrays, objects; numbers in decimal, times in
// agenttrail.TimeLayout. What is empty or zero is left out. Text that is no UTF-8 is written with \xNN for its bad bytes. Of a batch, Fields,
// Since and Late are not kept. An entry of MaxEntry bytes or more is refused, and one that DecodeEntry would refuse.
func EncodeEntry(e agenttrail.Entry) ([]byte, error) {
	data, _, err := new(decoder).encode(e)
	return data, err
}

// encode also returns the entry as whoever reads it will see it.
func (d *decoder) encode(e agenttrail.Entry) ([]byte, agenttrail.Entry, error) {
	if err := checkEntry(e); err != nil {
		return nil, agenttrail.Entry{}, err
	}
	data := appendObject(nil, members(&e))
	read, err := d.decode(data)
	if err != nil {
		return nil, agenttrail.Entry{}, fmt.Errorf("%s entry: %w", e.Type(), err)
	}
	return data, read, nil
}

// Fit cuts the list of failed objects of a window entry to those that fit into an entry and counts the others. All other entries come back
// as they are.
func Fit(e agenttrail.Entry) agenttrail.Entry {
	if e.Window == nil {
		return e
	}
	all := *e.Window
	keep := func(n int) agenttrail.Entry {
		w := all
		w.Failed = slices.Clone(all.Failed[:n])
		w.FailedMore += int64(len(all.Failed) - n)
		return agenttrail.Entry{Time: e.Time, Window: &w}
	}
	n := sort.Search(len(all.Failed), func(n int) bool {
		longer := keep(n + 1)
		longer.Time = time.Unix(0, 0) // as long as every other time, and the caller's may not be known yet
		return len(appendObject(nil, members(&longer))) >= MaxEntry
	})
	return keep(n)
}

func checkEntry(e agenttrail.Entry) error {
	var set int
	for _, is := range []bool{e.Genesis != nil, e.Policy != nil, e.Batch != nil, e.Window != nil, e.Report != nil, e.Finding != nil} {
		if is {
			set++
		}
	}
	switch {
	case set != 1:
		return fmt.Errorf("entry says %d things, want 1", set)
	case e.Time.IsZero():
		return fmt.Errorf("%s entry without a time", e.Type())
	case e.Batch != nil && e.Batch.Window.Source != e.Batch.Source && e.Batch.Window.Source != "":
		return fmt.Errorf("batch of %s in a window of %s", e.Batch.Source, e.Batch.Window.Source)
	case e.Batch != nil:
		return checkWindow(e.Batch.Window)
	case e.Window != nil:
		return checkWindow(e.Window.Window)
	}
	return nil
}

func checkWindow(w agenttrail.Window) error {
	switch {
	case w.From.IsZero() != w.To.IsZero():
		return fmt.Errorf("window of %s has one bound, want two or none", w.Source)
	case w.From.Nanosecond() != 0 || w.To.Nanosecond() != 0:
		return errors.New("bounds of a window are whole seconds")
	}
	return nil
}

func appendObject(b []byte, members []member) []byte {
	b = append(b, '{')
	for _, m := range members {
		mark := len(b)
		if b[mark-1] != '{' {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), m.name...), `":`...)
		from := len(b)
		if b = appendValue(b, m.value); emptyValue(b[from:]) {
			b = b[:mark]
		}
	}
	return append(b, '}')
}

// emptyValue is what a member is left out for.
func emptyValue(b []byte) bool {
	switch string(b) {
	case `""`, `[]`, `{}`:
		return true
	}
	return false
}

func appendValue(b []byte, value any) []byte {
	switch p := value.(type) {
	case literal:
		return appendText(b, string(p))
	case *string:
		return appendText(b, *p)
	case *word:
		return appendText(b, string(*p))
	case *int64:
		if *p == 0 {
			return appendText(b, "")
		}
		return appendNumber(b, *p)
	case *time.Time:
		if p.IsZero() {
			return appendText(b, "")
		}
		return append(agenttrail.AppendTime(append(b, '"'), *p), '"')
	case *windowStart:
		if time.Time(*p).IsZero() {
			return appendText(b, standing)
		}
		return appendSecond(b, time.Time(*p))
	case *windowEnd:
		if time.Time(*p).IsZero() {
			return appendText(b, "")
		}
		return appendSecond(b, time.Time(*p))
	case *[]string:
		return appendTexts(b, *p)
	case *map[string]int64:
		return appendCounts(b, *p)
	case []member:
		return appendObject(b, p)
	case rows:
		return appendRows(b, p)
	}
	panic(fmt.Sprintf("BUG: member of type %T", value))
}

func appendText(b []byte, s string) []byte {
	s, _ = agenttrail.Clean(s)
	return agenttrail.AppendString(b, s)
}

func appendNumber(b []byte, n int64) []byte {
	return append(strconv.AppendInt(append(b, '"'), n, 10), '"')
}

func appendSecond(b []byte, t time.Time) []byte {
	return append(t.UTC().AppendFormat(append(b, '"'), time.RFC3339), '"')
}

func appendTexts(b []byte, list []string) []byte {
	b = append(b, '[')
	for _, s := range list {
		if s == "" {
			continue
		}
		if b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		b = appendText(b, s)
	}
	return append(b, ']')
}

func appendCounts(b []byte, counts map[string]int64) []byte {
	var room [16]string // most often enough, and no garbage
	names := slices.AppendSeq(room[:0], maps.Keys(counts))
	slices.Sort(names)
	b = append(b, '{')
	for _, name := range names {
		if counts[name] == 0 {
			continue
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = appendNumber(append(appendText(b, name), ':'), counts[name])
	}
	return append(b, '}')
}

func appendRows(b []byte, r rows) []byte {
	b = append(b, '[')
	for i := range r.len() {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendObject(b, r.at(i))
	}
	return append(b, ']')
}
