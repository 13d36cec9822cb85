package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// ErrNewer says that an entry was written by a later version: its type is reserved, or its v is another.
var ErrNewer = errors.New("needs a newer agenttrail")

// DecodeEntry reads what EncodeEntry wrote and nothing else: the bytes must be those that it would write again. So members that occur
// twice, differ by case only, are unknown, empty or out of order are refused, and every other spelling too.
func DecodeEntry(data []byte) (agenttrail.Entry, error) { return new(decoder).decode(data) }

// A decoder reads many entries. It keeps one copy of the texts that they share, and for each type a form that it fills in again and again.
type decoder struct {
	// vouched says that a note signs the bytes and that they were compared when it was written: they are not written again. A start saves a
	// third of its time by that. VerifyAll compares all.
	vouched bool

	parser strictjson.Parser
	again  []byte
	words  map[string]string
	forms  map[string]*form
}

type form struct {
	entry   agenttrail.Entry
	members []member // of entry
}

func (f *form) copy() agenttrail.Entry {
	e := copyOf(f.entry)
	if e.Batch != nil {
		e.Batch.Window.Source = e.Batch.Source
	}
	return e
}

func (d *decoder) decode(data []byte) (agenttrail.Entry, error) {
	if len(data) >= MaxEntry {
		return agenttrail.Entry{}, fmt.Errorf("entry of %d bytes, want fewer than %d", len(data), MaxEntry)
	}
	v, err := d.parser.Parse(data)
	if err != nil {
		return agenttrail.Entry{}, fmt.Errorf("entry: %w", err)
	}
	if d.parser.Ambiguous() {
		return agenttrail.Entry{}, errors.New("entry can be read in two ways: a member occurs twice, or text is no UTF-8")
	}
	f, err := d.form(v)
	if err != nil {
		return agenttrail.Entry{}, err
	}
	typ := f.entry.Type()
	if err := d.object(v, f.members); err != nil {
		return agenttrail.Entry{}, fmt.Errorf("%s entry: %w", typ, err)
	}
	if d.vouched {
		return f.copy(), nil
	}
	if d.again = appendObject(d.again[:0], f.members); !bytes.Equal(d.again, data) {
		return agenttrail.Entry{}, fmt.Errorf("%s entry is not canonical at byte %d", typ, differ(d.again, data))
	}
	e := f.copy()
	return e, checkEntry(e)
}

// differ is where two texts differ first.
func differ(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// form returns the empty form for the type that v says.
func (d *decoder) form(v strictjson.Value) (*form, error) {
	typ, format := v.Get("type").Str(), v.Get("v").Str()
	switch {
	case slices.Contains(reserved, typ):
		return nil, fmt.Errorf("entry of type %s: %w", typ, ErrNewer)
	case format != version && format != "":
		return nil, fmt.Errorf("entry of version %q: %w", format, ErrNewer)
	}
	if f := d.forms[typ]; f != nil {
		empty(&f.entry)
		return f, nil
	}
	e, ok := blank(typ)
	if !ok {
		return nil, fmt.Errorf("entry of unknown type %q", typ)
	}
	f := &form{entry: e}
	f.members = members(&f.entry)
	if d.forms == nil {
		d.forms = map[string]*form{}
	}
	d.forms[e.Type()] = f
	return f, nil
}

// object sets the members that v has. The names of both come in byte order, or v is not canonical.
func (d *decoder) object(v strictjson.Value, members []member) error {
	if v.Kind() != strictjson.Object {
		return fmt.Errorf("value at byte %d is no object", v.Offset())
	}
	var err error
	v.Members(func(name string, v strictjson.Value) bool {
		i := slices.IndexFunc(members, func(m member) bool { return m.name == name })
		if i < 0 {
			err = fmt.Errorf("unknown member %q, or out of order", name)
			return false
		}
		if e := d.set(members[i].value, v); e != nil {
			err = fmt.Errorf("member %s: %w", name, e)
			return false
		}
		members = members[i+1:]
		return true
	})
	return err
}

func (d *decoder) set(value any, v strictjson.Value) (err error) {
	switch p := value.(type) {
	case []member:
		return d.object(v, p)
	case rows:
		return d.rows(v, p)
	case *[]string:
		return each(v, func(v strictjson.Value) error {
			s, err := text(v)
			*p = append(*p, strings.Clone(s))
			return err
		})
	case *map[string]int64:
		*p, err = d.counts(v)
		return err
	}
	s, err := text(v)
	if err != nil {
		return err
	}
	return d.setText(value, s)
}

// setText sets a value that is written as a string. s aliases the document.
func (d *decoder) setText(value any, s string) (err error) {
	var t time.Time
	switch p := value.(type) {
	case literal:
		if s != string(p) {
			err = fmt.Errorf("is %q, want %q", s, string(p))
		}
	case *string:
		*p = strings.Clone(s)
	case *word:
		*p = word(d.word(s))
	case *int64:
		*p, err = strconv.ParseInt(s, 10, 64)
	case *time.Time:
		*p, err = parseStamp(s)
	case *windowStart:
		if s != standing {
			t, err = time.Parse(time.RFC3339, s)
		}
		*p = windowStart(t.UTC())
	case *windowEnd:
		t, err = time.Parse(time.RFC3339, s)
		*p = windowEnd(t.UTC())
	default:
		panic(fmt.Sprintf("BUG: member of type %T", value))
	}
	return err
}

func (d *decoder) rows(v strictjson.Value, r rows) error {
	return each(v, func(v strictjson.Value) error { return d.object(v, r.at(r.len())) })
}

func (d *decoder) counts(v strictjson.Value) (map[string]int64, error) {
	if v.Kind() != strictjson.Object {
		return nil, errors.New("is no object")
	}
	counts, err := map[string]int64{}, error(nil)
	v.Members(func(name string, v strictjson.Value) bool {
		var s string
		if s, err = text(v); err == nil {
			counts[d.word(name)], err = strconv.ParseInt(s, 10, 64)
		}
		return err == nil
	})
	return counts, err
}

// word returns the one copy of a text.
func (d *decoder) word(s string) string {
	if known, ok := d.words[s]; ok {
		return known
	}
	if d.words == nil {
		d.words = map[string]string{}
	}
	s = strings.Clone(s)
	d.words[s] = s
	return s
}

func text(v strictjson.Value) (string, error) {
	s, ok := v.Text()
	if !ok {
		return "", errors.New("is no string")
	}
	return s, nil
}

func each(v strictjson.Value, do func(strictjson.Value) error) (err error) {
	if v.Kind() != strictjson.Array {
		return errors.New("is no array")
	}
	v.Each(func(v strictjson.Value) bool {
		err = do(v)
		return err == nil
	})
	return err
}
