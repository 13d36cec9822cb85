package kibana

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestQuery has each form of KQL that our objects use, and what must be refused.
func TestQuery(t *testing.T) {
	or1 := func(q string) string { return `{"bool":{"minimum_should_match":1,"should":[` + q + `]}}` }
	for _, l := range []struct{ kql, want, wrong string }{
		{kql: ``, want: ``},
		{kql: `a.b : "c d"`, want: or1(`{"match_phrase":{"a.b":"c d"}}`)},
		{kql: `a:x`, want: or1(`{"match":{"a":"x"}}`)},
		{kql: `a : "say \"x\""`, want: or1(`{"match_phrase":{"a":"say \"x\""}}`)},
		{kql: `a : true`, want: or1(`{"match":{"a":"true"}}`)},
		{kql: `a: *`, want: or1(`{"exists":{"field":"a"}}`)},
		{kql: `a: v*`, want: or1(`{"prefix":{"a":"v"}}`)},
		{kql: `a >= 1`, want: or1(`{"range":{"a":{"gte":"1"}}}`)},
		{kql: `not a: x`, want: `{"bool":{"must_not":` + or1(`{"match":{"a":"x"}}`) + `}}`},
		{kql: `a: x AND b: y`, want: `{"bool":{"filter":[` + or1(`{"match":{"a":"x"}}`) + `,` + or1(`{"match":{"b":"y"}}`) + `]}}`},
		{kql: `a: x or b: y and c: z`, want: or1(or1(`{"match":{"a":"x"}}`) + `,{"bool":{"filter":[` + or1(`{"match":{"b":"y"}}`) + `,` + or1(`{"match":{"c":"z"}}`) + `]}}`)},
		{kql: `(a: x or b: y) and c: z`, want: `{"bool":{"filter":[` + or1(or1(`{"match":{"a":"x"}}`)+`,`+or1(`{"match":{"b":"y"}}`)) + `,` + or1(`{"match":{"c":"z"}}`) + `]}}`},
		{kql: `a: ("x" or y)`, want: or1(or1(`{"match_phrase":{"a":"x"}}`) + `,` + or1(`{"match":{"a":"y"}}`))},
		{kql: `denied`, wrong: "want : or a comparison"},
		{kql: `a:`, wrong: "no value"},
		{kql: `a: x y`, wrong: `"y" is not expected`},
		{kql: `a: "x`, wrong: "not closed"},
		{kql: `(a: x`, wrong: "parenthesis is not closed"},
		{kql: `a: x*y`, wrong: "at the end only"},
		{kql: `a*: x`, wrong: "whole name"},
		{kql: `a: {b: x}`, wrong: "nested"},
		{kql: `a: x or`, wrong: "want a field"},
		{kql: strings.Repeat("(", 100) + "a: x", wrong: "too many parentheses"},
	} {
		q, err := Query(l.kql, "", "")
		if l.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), l.wrong) {
				t.Errorf("Query(%q) = %v, want an error with %q", l.kql, err, l.wrong)
			}
			continue
		}
		if err != nil {
			t.Errorf("Query(%q): %v", l.kql, err)
			continue
		}
		got, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(`{"bool":{"filter":[`+l.want+`],"must":[],"must_not":[],"should":[]}}`, string(got)); d != "" {
			t.Errorf("Query(%q) (-want +got):\n%s", l.kql, d)
		}
	}
}

// FuzzQuery: whatever is written, there is a query or an error, and a query is JSON.
func FuzzQuery(f *testing.F) {
	for _, s := range sessions {
		f.Add(s.query)
	}
	f.Add(`a: ("x" or not y*) and b <= 2`)
	f.Fuzz(func(t *testing.T, kql string) {
		q, err := Query(kql, "now-1d", "now")
		if err != nil {
			return
		}
		if _, err := json.Marshal(q); err != nil {
			t.Errorf("Query(%q): %v", kql, err)
		}
		if _, err := Fields(kql); err != nil {
			t.Errorf("Fields(%q): %v, but Query took it", kql, err)
		}
	})
}
