package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

var seeds = []string{
	sample, `{"Records":[{"a":1},{"b":[2,{"c":null}]}]}`, `[1,-0.5e+9,"\ud83d\ude00\u0000",true,[[]],{"":{}}]`,
	`{"a":1,"A":2,"\u0061":3}`, `"\ud800\udbff\\u12"`, "\"\xff\xc3\xa9\xed\xa0\x80\"", "\xef\xbb\xbf[]", `[1,2`, `{"k":"\u212a"}`,
	`[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]`,
	`{"` + "\u017f" + `":1,"S":2,"long name of more than sixteen bytes":3,"LONG NAME OF MORE THAN SIXTEEN BYTES":4}`,
}

// FuzzParse compares Parse with encoding/json: the grammar, every literal, every text and every name, and looks at the
// byte ranges. encoding/json goes deeper and wider and replaces what is not UTF-8; nothing else may differ.
func FuzzParse(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Add([]byte(trailRecord(3)))
	var p Parser
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		v, err := p.Parse(data)
		if limit := errors.Is(err, ErrDepth) || errors.Is(err, ErrMembers); !limit && json.Valid(data) != (err == nil) {
			t.Fatalf("Parse(%q) error %v, encoding/json says valid: %t", data, err, json.Valid(data))
		}
		if err != nil {
			wantError(t, data, err)
			return
		}
		if want := bytes.Trim(data, " \t\r\n"); !bytes.Equal(v.Raw(), want) {
			t.Fatalf("Parse(%q).Raw() = %q, want %q", data, v.Raw(), want)
		}
		w := walker{t: t, data: data}
		w.value(v)
		if want := w.twins || w.odd; p.Ambiguous() != want {
			t.Fatalf("Parse(%q), Ambiguous() = %t, want %t", data, p.Ambiguous(), want)
		}
		if !bytes.Equal(before, data) {
			t.Fatalf("Parse changed %q to %q", before, data)
		}
	})
}

func wantError(t *testing.T, data []byte, err error) {
	t.Helper()
	var syntax *SyntaxError
	if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > int64(len(data)) || !utf8.ValidString(syntax.Msg) {
		t.Fatalf("Parse(%q) error %#v, want a SyntaxError inside the data", data, err)
	}
}

// walker checks every value below another, the slow and obvious way.
type walker struct {
	t          *testing.T
	data       []byte
	twins, odd bool
}

func (w *walker) value(v Value) {
	if at := v.Offset(); !bytes.Equal(w.data[at:][:len(v.Raw())], v.Raw()) || !json.Valid(v.Raw()) {
		w.t.Fatalf("in %q: a value at %d with the bytes %q", w.data, at, v.Raw())
	}
	switch v.Kind() {
	case String:
		w.text(v.Str(), v.Raw())
	case Number, True, False:
		if v.Str() != string(v.Raw()) {
			w.t.Fatalf("Str(%s) = %q", v.Raw(), v.Str())
		}
	case Array:
		w.array(v)
	case Object:
		w.object(v)
	}
}

// text compares a text with what encoding/json reads. Where the bytes are odd, that shows by a replacement character
// more than there are in the source.
func (w *walker) text(got string, raw []byte) {
	var want string
	if err := json.Unmarshal(raw, &want); err != nil {
		w.t.Fatalf("encoding/json on %q: %v", raw, err)
	}
	genuine := bytes.Count(raw, []byte("\ufffd")) + bytes.Count(unslashed(raw), []byte(`\ufffd`))
	if strings.Count(want, "\ufffd") != genuine {
		w.odd = true
		if !utf8.ValidString(got) || strings.Count(got, "\ufffd") != genuine {
			w.t.Fatalf("Str(%q) = %q, which is not UTF-8 or replaces something", raw, got)
		}
		return
	}
	if got != want {
		w.t.Fatalf("Str(%q) = %q, want %q", raw, got, want)
	}
}

// unslashed drops escaped backslashes and makes hexadecimal digits lower case, so that `\ufffd` is found by search.
func unslashed(raw []byte) []byte {
	return bytes.ToLower(bytes.ReplaceAll(raw, []byte(`\\`), nil))
}

func (w *walker) array(v Value) {
	var n int
	v.Each(func(e Value) bool {
		if n < 50 && e != v.At(fmt.Sprint("/", n)) {
			w.t.Fatalf("At(/%d) of %q is not what Each yields", n, v.Raw())
		}
		n++
		w.value(e)
		return true
	})
	var want []json.RawMessage
	if err := json.Unmarshal(v.Raw(), &want); err != nil || n != len(want) || v.Len() != n {
		w.t.Fatalf("%q has %d elements, Len %d; want %d (%v)", v.Raw(), n, v.Len(), len(want), err)
	}
}

func (w *walker) object(v Value) {
	var names []string
	v.Members(func(name string, e Value) bool {
		for _, other := range names {
			w.twins = w.twins || strings.EqualFold(name, other)
		}
		names = append(names, name)
		if first := v.Get(name); first != e && first.Offset() > e.Offset() {
			w.t.Fatalf("Get(%q) of %q is not the first", name, v.Raw())
		}
		w.value(e)
		return true
	})
	w.names(v, names)
}

// names compares the names of an object's members with the tokens of encoding/json.
func (w *walker) names(v Value, names []string) {
	d := json.NewDecoder(bytes.NewReader(v.Raw()))
	d.Token()
	for _, name := range names {
		token, err := d.Token()
		want, ok := token.(string)
		if err != nil || !ok {
			w.t.Fatalf("encoding/json on %q: %v, %v", v.Raw(), token, err)
		}
		if strings.Contains(want, "\ufffd") && name != want {
			w.odd = true // no raw bytes of a name to look at closer
		} else if name != want {
			w.t.Fatalf("a member of %q is named %q, want %q", v.Raw(), name, want)
		}
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			w.t.Fatalf("encoding/json on %q: %v", v.Raw(), err)
		}
	}
	if d.More() {
		w.t.Fatalf("Members of %q yields %d, there are more", v.Raw(), len(names))
	}
}

// FuzzSplit compares Split with a walk over what Parse reads.
func FuzzSplit(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed), "")
		f.Add([]byte(seed), "/Records")
		f.Add([]byte(seed), "/a/1")
	}
	f.Add([]byte(`{"a":[[1],[2,{"x":3}]],"A":1}`), "/a/1")
	f.Fuzz(func(t *testing.T, data []byte, pointer string) {
		var got []string
		err := Split(data, pointer, func(offset int64, raw []byte) error {
			got = append(got, fmt.Sprintf("%d:%s", offset, raw))
			return nil
		})
		if checkPointer(pointer) != nil {
			if err == nil || got != nil {
				t.Fatalf("Split(%q, %q) = %q, %v; want the pointer refused", data, pointer, got, err)
			}
			return
		}
		v, parseErr := Parse(data)
		switch at := v.At(pointer); {
		case errors.Is(parseErr, ErrDepth), errors.Is(parseErr, ErrMembers):
			if right := grammar(data) == nil; right != json.Valid(data) {
				t.Fatalf("Split(%q) finds it right: %t, encoding/json says valid: %t", data, right, json.Valid(data))
			}
		case errors.Is(err, ErrTwice):
			if parseErr == nil && !ambiguous(data) {
				t.Fatalf("Split(%q, %q) error %v, Parse finds nothing ambiguous", data, pointer, err)
			}
		case parseErr != nil:
			if message(err) != message(parseErr) {
				t.Fatalf("Split(%q, %q) error %v, want the one of Parse, %v", data, pointer, err, parseErr)
			}
		case at.Kind() != Array:
			if !errors.Is(err, ErrNoArray) || got != nil {
				t.Fatalf("Split(%q, %q) = %q, %v; want %v", data, pointer, got, err, ErrNoArray)
			}
		default:
			var want []string
			at.Each(func(e Value) bool {
				want = append(want, fmt.Sprintf("%d:%s", e.Offset(), e.Raw()))
				return true
			})
			if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("Split(%q, %q) = %q, %v; want %q", data, pointer, got, err, want)
			}
		}
	})
}

func ambiguous(data []byte) bool {
	var p Parser
	_, err := p.Parse(data)
	return err == nil && p.Ambiguous()
}
