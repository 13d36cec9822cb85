package strictjson

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"
)

func TestParseGrammar(t *testing.T) {
	tests := []struct {
		in   string
		kind Kind
		fail string // error text; "" when it is accepted
	}{
		{in: `null`, kind: Null},
		{in: ` true `, kind: True},
		{in: "\t\r\n false", kind: False},
		{in: `0`, kind: Number},
		{in: `-0`, kind: Number},
		{in: `-12.50e+7`, kind: Number},
		{in: `1E400`, kind: Number},
		{in: `""`, kind: String},
		{in: `"a\"\\\/\b\f\n\r\t\u00e9"`, kind: String},
		{in: "\"\x7f\"", kind: String},
		{in: `[]`, kind: Array},
		{in: `[ ]`, kind: Array},
		{in: `[1 , [ 2 ] , {}]`, kind: Array},
		{in: `{}`, kind: Object},
		{in: `{ }`, kind: Object},
		{in: `{"a":1, "b" : [ ] }`, kind: Object},

		{in: ``, fail: `offset 0: expected a value, found the end`},
		{in: ` `, fail: `offset 1: expected a value, found the end`},
		{in: "\xef\xbb\xbf{}", fail: `offset 0: expected a value, found a byte order mark`},
		{in: "{}\x00", fail: `offset 2: expected the end, found byte 0x00`},
		{in: `1 2`, fail: `offset 2: expected the end, found '2'`},
		{in: "\v1", fail: `offset 0: expected a value, found byte 0x0b`},
		{in: `True`, fail: `offset 0: expected a value, found 'T'`},
		{in: `truth`, fail: `offset 0: expected a value, found 't'`},
		{in: `nul`, fail: `offset 0: expected a value, found 'n'`},
		{in: `NaN`, fail: `offset 0: expected a value, found 'N'`},
		{in: `01`, fail: `offset 1: expected the end, found '1'`},
		{in: `-`, fail: `offset 1: expected a digit, found the end`},
		{in: `+1`, fail: `offset 0: expected a value, found '+'`},
		{in: `.5`, fail: `offset 0: expected a value, found '.'`},
		{in: `1.`, fail: `offset 2: expected a digit, found the end`},
		{in: `1.x`, fail: `offset 2: expected a digit, found 'x'`},
		{in: `1e`, fail: `offset 2: expected a digit, found the end`},
		{in: `1e-`, fail: `offset 3: expected a digit, found the end`},
		{in: `"abc`, fail: `offset 0: string without end`},
		{in: `["abc`, fail: `offset 1: string without end`},
		{in: `"\`, fail: `offset 2: expected a letter that may follow a backslash, found the end`},
		{in: `"\q"`, fail: `offset 2: expected a letter that may follow a backslash, found 'q'`},
		{in: `"\u00g0"`, fail: `offset 1: \u without four hexadecimal digits`},
		{in: `"\u00"`, fail: `offset 1: \u without four hexadecimal digits`},
		{in: "\"a\nb\"", fail: `offset 2: control character byte 0x0a in a string`},
		{in: "\"0123456789abcdefghi\x00\"", fail: `offset 20: control character byte 0x00 in a string`},
		{in: `'a'`, fail: `offset 0: expected a value, found '\''`},
		{in: `[1,]`, fail: `offset 3: expected a value, found ']'`},
		{in: `[,1]`, fail: `offset 1: expected a value, found ','`},
		{in: `[1 2]`, fail: `offset 3: expected ',' or ']', found '2'`},
		{in: `[1}`, fail: `offset 2: expected ',' or ']', found '}'`},
		{in: `[`, fail: `offset 1: expected a value, found the end`},
		{in: `{"a":1,}`, fail: `offset 7: expected a member name, found '}'`},
		{in: `{a:1}`, fail: `offset 1: expected a member name, found 'a'`},
		{in: `{"a"}`, fail: `offset 4: expected ':', found '}'`},
		{in: `{"a":}`, fail: `offset 5: expected a value, found '}'`},
		{in: `{"a":1]`, fail: `offset 6: expected ',' or '}', found ']'`},
		{in: `{"a":1 "b":2}`, fail: `offset 7: expected ',' or '}', found '"'`},
		{in: `[1]//`, fail: `offset 3: expected the end, found '/'`},
		{in: "[\xff]", fail: `offset 1: expected a value, found byte 0xff`},
	}
	for _, tt := range tests {
		v, err := Parse([]byte(tt.in))
		if got := message(err); got != tt.fail || v.Kind() != tt.kind {
			t.Errorf("Parse(%q) = kind %d, error %q; want kind %d, error %q", tt.in, v.Kind(), got, tt.kind, tt.fail)
		}
		if got := message(grammar([]byte(tt.in))); got != tt.fail {
			t.Errorf("Split(%q) error %q, want the one of Parse, %q", tt.in, got, tt.fail)
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// grammar returns what Split finds wrong with data, apart from where the array is.
func grammar(data []byte) error {
	err := Split(data, "/no such member", func(int64, []byte) error { return nil })
	if errors.Is(err, ErrNoArray) {
		return nil
	}
	return err
}

func TestParseLimits(t *testing.T) {
	nested := func(n int, open, inner, shut string) string {
		return strings.Repeat(open, n) + inner + strings.Repeat(shut, n)
	}
	tests := []struct {
		name, in string
		want     error
		offset   int64
	}{
		{"64 arrays", nested(MaxDepth, "[", "", "]"), nil, 0},
		{"65 arrays", nested(MaxDepth+1, "[", "", "]"), ErrDepth, MaxDepth},
		{"64 arrays around a number", nested(MaxDepth, "[", "1", "]"), nil, 0},
		{"64 objects", nested(MaxDepth, `{"a":`, "1", "}"), nil, 0},
		{"65 objects", nested(MaxDepth+1, `{"a":`, "1", "}"), ErrDepth, 5 * MaxDepth},
		{"100,000 open brackets", strings.Repeat("[", 100_000), ErrDepth, MaxDepth},
		{"10,000 members", members(MaxMembers), nil, 0},
		{"10,001 members", members(MaxMembers + 1), ErrMembers, int64(len(members(MaxMembers)))},
		{"20,000 elements", "[" + strings.Repeat("1,", 19_999) + "1]", nil, 0},
	}
	for _, tt := range tests {
		_, err := Parse([]byte(tt.in))
		if !errors.Is(err, tt.want) || tt.want == nil && err != nil {
			t.Errorf("Parse(%s) error %v, want %v", tt.name, err, tt.want)
			continue
		}
		var syntax *SyntaxError
		if tt.want != nil && (!errors.As(err, &syntax) || syntax.Offset != tt.offset) {
			t.Errorf("Parse(%s) error %v, want a SyntaxError at offset %d", tt.name, err, tt.offset)
		}
	}
}

// members returns an object of n members with different names.
func members(n int) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"m` + strconv.Itoa(i) + `":1`)
	}
	return b.String() + "}"
}

func TestAmbiguous(t *testing.T) {
	many := strings.TrimSuffix(members(500), "}")
	tests := []struct {
		in   string
		want bool
	}{
		{`{}`, false},
		{`{"a":1,"b":2}`, false},
		{`{"a":1,"a":1}`, true},
		{`{"a":1,"b":2,"a":3}`, true},
		{`{"action":"read","ACTION":"delete"}`, true},
		{`{"Records":1,"records":2}`, true},
		{`{"":1,"":2}`, true},
		{`{"@":1,"` + "`" + `":2}`, false}, // bit 20 apart, and no letters
		{`{"_":1,"?":2}`, false},
		{`{"[":1,"{":2}`, false},
		{`{"a":1,"\u0061":2}`, true},
		{`{"a":1,"\u0041":2}`, true},
		{`{"k":1,"` + "\u212a" + `":2}`, true}, // the Kelvin sign
		{`{"S":1,"` + "\u017f" + `":2}`, true}, // the long s
		{`{"É":1,"é":2}`, true},
		{`{"É":1,"\u00e9":2}`, true},
		{`{"straße":1,"STRASSE":2}`, false}, // equal under full folding only
		{`{"a":{"a":1},"b":{"a":1}}`, false},
		{`[{"a":1},{"a":1}]`, false},
		{`[[{"x":{"a":1,"A":1}}]]`, true},
		{`{"a b":1,"A\u0020B":1}`, true},
		{`{"0123456789abcdef0":1,"0123456789abcdef1":1}`, false},
		{`{"0123456789abcdef0":1,"0123456789ABCDEF0":1}`, true},
		{`{"0123456789abcdef0123456789abcdef":1,"0123456789ABCDEF0123456789abcdeF":1}`, true},
		{many + `}`, false},
		{many + `,"m250":1}`, true},
		{many + `,"M499":1}`, true},
		{`"\ud83d\ude00"`, false},
		{`"\ud83d"`, true},
		{`"\ude00\ud83d"`, true},
		{`"\ud83d\u0041"`, true},
		{`["é€😀"]`, false},
		{"\"\xff\"", true},
		{"\"\xc3\"", true},
		{"\"\xed\xa0\x80\"", true}, // a surrogate spelled in UTF-8
		{"\"\xc0\x80\"", true},     // longer than needed
		{"\"\ufffd\"", false},      // the replacement character itself is a character
		{"{\"\xff\":1}", true},
	}
	var p Parser // one for all: nothing of a document may stay behind
	for _, tt := range tests {
		if _, err := p.Parse([]byte(tt.in)); err != nil {
			t.Errorf("Parse(%q): %v", tt.in, err)
		}
		if got := p.Ambiguous(); got != tt.want {
			t.Errorf("Parse(%q), Ambiguous() = %t, want %t", tt.in, got, tt.want)
		}
	}
}

// TestNameTableRounds looks at the moment when the table's round starts again and old slots would count.
func TestNameTableRounds(t *testing.T) {
	var p Parser
	parse := func(in string, want bool) {
		t.Helper()
		if _, err := p.Parse([]byte(in)); err != nil {
			t.Fatalf("Parse(%q): %v", in, err)
		}
		if p.Ambiguous() != want {
			t.Errorf("Parse(%q), Ambiguous() = %t, want %t", in, p.Ambiguous(), want)
		}
	}
	const last = 1<<32 - 1
	p.names.round = last
	parse(members(100), false) // slots never written
	p.names.round = last
	parse(members(100), false) // slots written by the same names in the round of the same number
	parse(`{"a":1,"a":2}`, true)
}

// TestEveryByteInAString puts each byte at each place of a string that is looked at in steps of eight and sixteen.
func TestEveryByteInAString(t *testing.T) {
	for c := range 256 {
		for at := range 40 {
			in := []byte(`"` + strings.Repeat("x", 40) + `"`)
			in[1+at] = byte(c)
			_, err := Parse(in)
			if valid := json.Valid(in); valid != (err == nil) {
				t.Errorf("Parse(%q) error %v, encoding/json says valid: %t", in, err, valid)
			}
		}
	}
}

func TestParserReuse(t *testing.T) {
	var p Parser
	big := "[" + strings.Repeat("1,", keptNodes) + "1]"
	for _, in := range []string{`{"a":"long text that is not there later"}`, `[`, big, `{"a":1}`} {
		v, err := p.Parse([]byte(in))
		if in == "[" {
			if err == nil || v.Exists() || p.Ambiguous() {
				t.Errorf("Parse([) = %q, %v, ambiguous %t; want an error and nothing else", v.Raw(), err, p.Ambiguous())
			}
			continue
		}
		if err != nil || string(v.Raw()) != in {
			t.Errorf("Parse(%.40q) = %.40q, %v; want it whole", in, v.Raw(), err)
		}
	}
	if cap(p.tape) > keptNodes {
		t.Errorf("the Parser keeps a tape of %d nodes after a large document, want at most %d", cap(p.tape), keptNodes)
	}
}

func TestParseAllocatesNothing(t *testing.T) {
	data := []byte(trailRecord(17))
	var p Parser
	allocs := testing.AllocsPerRun(100, func() {
		v, err := p.Parse(data)
		if err != nil || v.Get("userIdentity").Get("accountId").Str() != "111122223333" {
			t.Fatal(v.Raw(), err)
		}
	})
	if allocs != 0 {
		t.Errorf("Parse and Get with a used Parser allocate %v times, want 0", allocs)
	}
}
