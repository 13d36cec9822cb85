package strictjson

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// split returns offset and bytes of each element, as text.
func split(data, pointer string) (elements []string, err error) {
	err = Split([]byte(data), pointer, func(offset int64, raw []byte) error {
		elements = append(elements, fmt.Sprintf("%d:%s", offset, raw))
		return nil
	})
	return elements, err
}

func TestSplit(t *testing.T) {
	tests := []struct{ in, pointer, want string }{
		{`[]`, "", `[]`},
		{` [ ] `, "", `[]`},
		{`[1, "a,]" ,[2],{"b":[3]}]`, "", `[1:1 4:"a,]" 11:[2] 15:{"b":[3]}]`},
		{`{"Records":[{"a":1},{"b":2}]}`, "/Records", `[12:{"a":1} 20:{"b":2}]`},
		{`{"x":[0,{"Records":[9]}],"Records":[1,2],"y":"Records"}`, "/Records", `[36:1 38:2]`},
		{`{"R\u0065cords":[1]}`, "/Records", `[17:1]`},
		{`{"a":{"b":[1]}}`, "/a/b", `[11:1]`},
		{`{"a":[[0],{"b":[1]}]}`, "/a/1/b", `[16:1]`},
		{`[[1],[2]]`, "/1", `[6:2]`},
		{`{"a/b":[1]}`, "/a~1b", `[8:1]`},
		{`{"":[1]}`, "/", `[5:1]`},
	}
	for _, tt := range tests {
		got, err := split(tt.in, tt.pointer)
		if err != nil || fmt.Sprint(got) != tt.want {
			t.Errorf("Split(%s, %q) = %v, %v; want %s", tt.in, tt.pointer, got, err, tt.want)
		}
	}
}

func TestSplitErrors(t *testing.T) {
	tests := []struct {
		in, pointer string
		want        error // nil: a plain syntax error
		text        string
		elements    int // that came before
	}{
		{`[1,2`, "", nil, `offset 4: expected ',' or ']', found the end`, 2},
		{`[1,2] x`, "", nil, `offset 6: expected the end, found 'x'`, 2},
		{`{"Records":[1,2],}`, "/Records", nil, `offset 17: expected a member name, found '}'`, 2},
		{`{"Records":[1,{"a":01}]}`, "/Records", nil, `offset 20: expected ',' or '}', found '1'`, 1},
		{`{"x":tru,"Records":[1]}`, "/Records", nil, `offset 5: expected a value, found 't'`, 0},
		{`{"x":[1,2}`, "/Records", nil, `offset 9: expected ',' or ']', found '}'`, 0},
		{`{"Records" [1]}`, "/Records", nil, `offset 11: expected ':', found '['`, 0},
		{`{"Records":[1]`, "/Records", nil, `offset 14: expected ',' or '}', found the end`, 1},
		{`{}`, "/Records", ErrNoArray, `offset 0: no array at this pointer`, 0},
		{`{"Records":{}}`, "/Records", ErrNoArray, `offset 0: no array at this pointer`, 0},
		{`{"Records":null}`, "/Records", ErrNoArray, `offset 0: no array at this pointer`, 0},
		{`{"records":[1]}`, "/Records", ErrNoArray, `offset 0: no array at this pointer`, 0},
		{`{"a":"text"}`, "/a/b", ErrNoArray, `offset 0: no array at this pointer`, 0},
		{`[[1]]`, "/1", ErrNoArray, `offset 0: no array at this pointer`, 0},
		{`[[1]]`, "/00", ErrNoArray, `offset 0: no array at this pointer`, 0},
		{`null`, "", ErrNoArray, `offset 0: no array at this pointer`, 0},
		{`{"Records":[1],"Records":[2]}`, "/Records", ErrTwice, `offset 15: member on the way to the array occurs twice`, 1},
		{`{"records":[1],"Records":[2]}`, "/Records", ErrTwice, `offset 15: member on the way to the array occurs twice`, 0},
		{`{"a":{"b":[1]},"\u0061":1}`, "/a/b", ErrTwice, `offset 15: member on the way to the array occurs twice`, 1},
		{`{"x":1,"x":2}`, "/Records", ErrNoArray, `offset 0: no array at this pointer`, 0},
	}
	for _, tt := range tests {
		got, err := split(tt.in, tt.pointer)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || err.Error() != tt.text || len(got) != tt.elements {
			t.Errorf("Split(%s, %q) = %v, %v; want %d elements and a SyntaxError %q", tt.in, tt.pointer, got, err,
				tt.elements, tt.text)
			continue
		}
		if syntax.Unwrap() != tt.want {
			t.Errorf("Split(%s, %q) has the reason %v, want %v", tt.in, tt.pointer, syntax.Unwrap(), tt.want)
		}
	}
}

func TestSplitPointerErrors(t *testing.T) {
	for pointer, want := range map[string]string{
		"Records": `pointer "Records" does not begin with '/'`,
		"/a~2/b":  `pointer step "a~2": '~' must be followed by 0 or 1`,
		"/a/b~":   `pointer step "b~": '~' must be followed by 0 or 1`,
	} {
		if _, err := split(`{"a":[1]}`, pointer); err == nil || err.Error() != want {
			t.Errorf("Split(…, %q) error %v, want %s", pointer, err, want)
		}
	}
}

func TestSplitStopsWithYield(t *testing.T) {
	full := errors.New("full")
	var n int
	err := Split([]byte(`[1,2,3]`), "", func(int64, []byte) error {
		if n++; n == 2 {
			return full
		}
		return nil
	})
	if err != full || n != 2 {
		t.Errorf("Split with a yield that fails at element 2 = %v after %d elements, want its error after 2", err, n)
	}
}

// TestSplitIgnoresLimits: one record that is past a limit must not take its neighbours with it.
func TestSplitIgnoresLimits(t *testing.T) {
	for _, depth := range []int{63, 64, 65, 127, 128, 129, 1000} {
		arrays := strings.Repeat("[", depth) + strings.Repeat("]", depth)
		mixed := strings.Repeat(`{"a":[`, depth) + strings.Repeat("]}", depth)
		for _, deep := range []string{arrays, mixed, members(MaxMembers + 1)} {
			in := `{"Records":[1,` + deep + `,2]}`
			got, err := split(in, "/Records")
			if err != nil || len(got) != 3 || got[1] != "14:"+deep || !strings.HasSuffix(got[2], ":2") {
				t.Errorf("Split(3 elements, the second %d deep) = %d elements, %v; want all 3", depth, len(got), err)
			}
			wrong := map[byte]string{']': "}", '}': "]"}[deep[len(deep)-1]]
			bad := `{"Records":[1,` + deep[:len(deep)-1] + wrong + `,2]}`
			if err := grammar([]byte(bad)); err == nil {
				t.Errorf("Split accepts a wrong last bracket %d deep: %.20q…", depth, deep)
			}
		}
	}
}
