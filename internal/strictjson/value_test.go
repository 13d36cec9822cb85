package strictjson

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const sample = `{"s":"text","e":"a\nb","n":-12.5e3,"i":42,"q":"42","t":true,"f":"false","z":null,
	"a":[10,[20],{"x":"y"}],"o":{"":"empty","a/b":1,"m~n":2,"\u0041":3,"0":"zero"},"s":"second"}`

func mustParse(t *testing.T, in string) Value {
	t.Helper()
	v, err := Parse([]byte(in))
	if err != nil {
		t.Fatalf("Parse(%q): %v", in, err)
	}
	return v
}

func TestAt(t *testing.T) {
	tests := []struct {
		pointer string
		kind    Kind
		raw     string // "" = absent
		str     string
	}{
		{"/s", String, `"text"`, "text"}, // the first of two
		{"/e", String, `"a\nb"`, "a\nb"},
		{"/n", Number, `-12.5e3`, "-12.5e3"},
		{"/t", True, `true`, "true"},
		{"/z", Null, `null`, ""},
		{"/a", Array, `[10,[20],{"x":"y"}]`, ""},
		{"/a/0", Number, `10`, "10"},
		{"/a/1/0", Number, `20`, "20"},
		{"/a/2", Object, `{"x":"y"}`, ""},
		{"/a/2/x", String, `"y"`, "y"},
		{"/o/", String, `"empty"`, "empty"},
		{"/o/a~1b", Number, `1`, "1"},
		{"/o/m~0n", Number, `2`, "2"},
		{"/o/A", Number, `3`, "3"},
		{"/o/0", String, `"zero"`, "zero"},
		{pointer: "/S"}, {pointer: "/a/3"}, {pointer: "/a/00"}, {pointer: "/a/01"}, {pointer: "/a/-"}, {pointer: "/a/-0"},
		{pointer: "/a/"}, {pointer: "/a/99999999999999999999"}, {pointer: "s"}, {pointer: "/o/m~2n"}, {pointer: "/o/m~"},
		{pointer: "/s/x"}, {pointer: "/nothing/x/y"}, {pointer: "/o/a"},
	}
	doc := mustParse(t, sample)
	for _, tt := range tests {
		v := doc.At(tt.pointer)
		if v.Kind() != tt.kind || string(v.Raw()) != tt.raw || v.Str() != tt.str {
			t.Errorf("At(%q) = kind %d, raw %q, str %q; want %d, %q, %q", tt.pointer, v.Kind(), v.Raw(), v.Str(),
				tt.kind, tt.raw, tt.str)
		}
		if want := tt.kind > Null; v.Exists() != want {
			t.Errorf("At(%q).Exists() = %t, want %t", tt.pointer, v.Exists(), want)
		}
		if want := int64(strings.Index(sample, tt.raw)); tt.raw != "" && len(tt.raw) > 4 && v.Offset() != want {
			t.Errorf("At(%q).Offset() = %d, want %d", tt.pointer, v.Offset(), want)
		}
	}
	if got := string(doc.At("").Raw()); got != sample {
		t.Errorf("At(\"\") = %q, want the document", got)
	}
}

func TestAbsent(t *testing.T) {
	var v Value
	if v.Kind() != Invalid || v.Exists() || v.Raw() != nil || v.Offset() != 0 || v.Str() != "" || v.Len() != 0 ||
		v.Get("a").Exists() || v.At("/a/0").Exists() {
		t.Errorf("the zero Value is something: kind %d, raw %q, offset %d, len %d", v.Kind(), v.Raw(), v.Offset(), v.Len())
	}
	if _, ok := v.Text(); ok {
		t.Error("Text() of an absent value is ok")
	}
	v.Each(func(e Value) bool { t.Errorf("Each of an absent value yields %q", e.Raw()); return true })
	v.Members(func(key string, _ Value) bool { t.Errorf("Members of an absent value yields %q", key); return true })
}

func TestInt64(t *testing.T) {
	tests := []struct {
		in   string
		want int64
		ok   bool
	}{
		{`0`, 0, true}, {`-0`, 0, true}, {`42`, 42, true}, {`"42"`, 42, true}, {`"-7"`, -7, true},
		{`9223372036854775807`, 1<<63 - 1, true}, {`-9223372036854775808`, -1 << 63, true},
		{`9007199254740993`, 9007199254740993, true},
		{in: `9223372036854775808`}, {in: `1.0`}, {in: `1e3`}, {in: `""`}, {in: `"-"`}, {in: `"+1"`}, {in: `"007"`},
		{in: `" 1"`}, {in: `"1_000"`}, {in: `"0x10"`}, {in: `"12a"`}, {in: `true`}, {in: `null`}, {in: `[1]`}, {in: `{}`},
	}
	for _, tt := range tests {
		if got, ok := mustParse(t, tt.in).Int64(); got != tt.want || ok != tt.ok {
			t.Errorf("Int64(%s) = %d, %t; want %d, %t", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

func TestBool(t *testing.T) {
	tests := []struct {
		in      string
		val, ok bool
	}{
		{`true`, true, true}, {`false`, false, true}, {`"true"`, true, true}, {`"false"`, false, true},
		{in: `"True"`}, {in: `""`}, {in: `1`}, {in: `0`}, {in: `null`}, {in: `[true]`},
	}
	for _, tt := range tests {
		if val, ok := mustParse(t, tt.in).Bool(); val != tt.val || ok != tt.ok {
			t.Errorf("Bool(%s) = %t, %t; want %t, %t", tt.in, val, ok, tt.val, tt.ok)
		}
	}
}

func TestText(t *testing.T) {
	tests := []struct{ in, want string }{
		{`""`, ""},
		{`"plain"`, "plain"},
		{`"\"\\\/\b\f\n\r\t"`, "\"\\/\b\f\n\r\t"},
		{`"x\u0000y"`, "x\x00y"},
		{`"\u00E9\u20ac"`, "é€"},
		{`"\ud83d\ude00"`, "😀"},
		{`"\uD83D\uDE00!"`, "😀!"},
		{`"\uD83D"`, `\ud83d`},
		{`"\uD83Dx\uDE00"`, `\ud83dx\ude00`},
		{`"\uD83D\uD83D\uDE00"`, `\ud83d😀`},
		{`"\uDE00\uD83D"`, `\ude00\ud83d`},
		{`"\ufffd"`, "\ufffd"},
		{"\"\xff\"", `\xff`},
		{"\"a\xc3b\x80\"", `a\xc3b\x80`},
		{"\"\xed\xa0\x80\"", `\xed\xa0\x80`},
		{"\"é\xe2\x82 long text behind the break\"", `é\xe2\x82 long text behind the break`},
		{`"text of more than sixteen bytes, then \\ and then more than sixteen bytes"`,
			`text of more than sixteen bytes, then \ and then more than sixteen bytes`},
	}
	for _, tt := range tests {
		if got, ok := mustParse(t, tt.in).Text(); got != tt.want || !ok {
			t.Errorf("Text(%s) = %q, %t; want %q, true", tt.in, got, ok, tt.want)
		}
	}
	for _, in := range []string{`1`, `true`, `null`, `[]`, `{}`} {
		if got, ok := mustParse(t, in).Text(); got != "" || ok {
			t.Errorf("Text(%s) = %q, %t; want nothing", in, got, ok)
		}
	}
}

func TestWalk(t *testing.T) {
	doc := mustParse(t, `{"a":[1,{"b":[2,3]},"x"],"c\n":{"d":4},"a":5}`)
	var got []string
	doc.Members(func(key string, v Value) bool {
		got = append(got, fmt.Sprintf("%q=%s", key, v.Raw()))
		return true
	})
	doc.Get("a").Each(func(v Value) bool {
		got = append(got, string(v.Raw()))
		return v.Kind() != Object
	})
	want := `["a"=[1,{"b":[2,3]},"x"] "c\n"={"d":4} "a"=5 1 {"b":[2,3]}]`
	if fmt.Sprint(got) != want {
		t.Errorf("Members and Each yield %v, want %s", got, want)
	}
	for pointer, n := range map[string]int{"": 3, "/a": 3, "/a/1": 1, "/a/1/b": 2, "/a/0": 0, "/a/2": 0} {
		if got := doc.At(pointer).Len(); got != n {
			t.Errorf("At(%q).Len() = %d, want %d", pointer, got, n)
		}
	}
	doc.Members(func(key string, v Value) bool {
		if key != "a" || v.Kind() != Array {
			t.Errorf("Members goes on to %q although yield returned false", key)
		}
		return false
	})
}

// TestLookups compares every lookup in a record with what encoding/json makes of it.
func TestLookups(t *testing.T) {
	record := trailRecord(17)
	var want any
	if err := json.Unmarshal([]byte(record), &want); err != nil {
		t.Fatal(err)
	}
	if n := sameAs(t, "", mustParse(t, record), want); n != 52 {
		t.Errorf("the walk met %d values, want 52", n)
	}
}

// sameAs compares v with a tree of encoding/json and returns the number of values in it.
func sameAs(t *testing.T, at string, v Value, want any) (n int) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		for name, w := range want {
			n += sameAs(t, at+"/"+name, v.Get(name), w)
		}
		if v.Kind() != Object || v.Len() != len(want) {
			t.Errorf("%q: kind %d, %d members; want an object of %d", at, v.Kind(), v.Len(), len(want))
		}
	case []any:
		for i, w := range want {
			n += sameAs(t, fmt.Sprint(at, "/", i), v.At(fmt.Sprint("/", i)), w)
		}
		if v.Kind() != Array || v.Len() != len(want) {
			t.Errorf("%q: kind %d, %d elements; want an array of %d", at, v.Kind(), v.Len(), len(want))
		}
	case nil:
		if v.Kind() != Null {
			t.Errorf("%q: kind %d, want null", at, v.Kind())
		}
	default:
		if v.Str() != fmt.Sprint(want) {
			t.Errorf("%q: Str() = %q, want %v", at, v.Str(), want)
		}
	}
	return n + 1
}
