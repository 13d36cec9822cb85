package reports

import (
	"strings"
	"testing"
)

// TestIndexWords: page one speaks of the search index only where Kibana shows less than the report.
func TestIndexWords(t *testing.T) {
	for want, index := range map[string]Index{
		"":                          {},
		"1,234 actions are not in":  {Behind: 1234},
		"1 action is not in it yet": {Behind: 1},
		"It did not answer":         {Unknown: true},
	} {
		if got := index.words(); !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("words of %+v = %q, want %q in it", index, got, want)
		}
		if again, err := ParseIndex(index.Param()); err != nil || again != index {
			t.Errorf("ParseIndex(%q) = %+v, %v; want %+v", index.Param(), again, err, index)
		}
	}
}
