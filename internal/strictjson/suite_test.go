package strictjson

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	accepts  = "accepted"
	flags    = "accepted and ambiguous"
	refuses  = "refused"
	tooDeep  = "refused for its depth"
	suiteDir = "../../../shared/corpora/json-test-suite/test_parsing"
)

// undecided freezes what the reader makes of the files for which RFC 8259 leaves the choice.
var undecided = map[string]string{
	"i_number_double_huge_neg_exp.json":                   accepts, // numbers are text
	"i_number_huge_exp.json":                              accepts,
	"i_number_neg_int_huge_exp.json":                      accepts,
	"i_number_pos_double_huge_exp.json":                   accepts,
	"i_number_real_neg_overflow.json":                     accepts,
	"i_number_real_pos_overflow.json":                     accepts,
	"i_number_real_underflow.json":                        accepts,
	"i_number_too_big_neg_int.json":                       accepts,
	"i_number_too_big_pos_int.json":                       accepts,
	"i_number_very_big_negative_int.json":                 accepts,
	"i_object_key_lone_2nd_surrogate.json":                flags,
	"i_string_1st_surrogate_but_2nd_missing.json":         flags,
	"i_string_1st_valid_surrogate_2nd_invalid.json":       flags,
	"i_string_UTF-16LE_with_BOM.json":                     refuses, // JSON between systems is UTF-8
	"i_string_UTF-8_invalid_sequence.json":                flags,
	"i_string_UTF8_surrogate_U+D800.json":                 flags,
	"i_string_incomplete_surrogate_and_escape_valid.json": flags,
	"i_string_incomplete_surrogate_pair.json":             flags,
	"i_string_incomplete_surrogates_escape_valid.json":    flags,
	"i_string_invalid_lonely_surrogate.json":              flags,
	"i_string_invalid_surrogate.json":                     flags,
	"i_string_invalid_utf-8.json":                         flags,
	"i_string_inverted_surrogates_U+1D11E.json":           flags,
	"i_string_iso_latin_1.json":                           flags,
	"i_string_lone_second_surrogate.json":                 flags,
	"i_string_lone_utf8_continuation_byte.json":           flags,
	"i_string_not_in_unicode_range.json":                  flags,
	"i_string_overlong_sequence_2_bytes.json":             flags,
	"i_string_overlong_sequence_6_bytes.json":             flags,
	"i_string_overlong_sequence_6_bytes_null.json":        flags,
	"i_string_truncated-utf-8.json":                       flags,
	"i_string_utf16BE_no_BOM.json":                        refuses,
	"i_string_utf16LE_no_BOM.json":                        refuses,
	"i_structure_500_nested_arrays.json":                  tooDeep,
	"i_structure_UTF-8_BOM_empty_object.json":             refuses, // whoever frames the document removes it
}

// TestSuite reads every file of JSONTestSuite: what must be accepted, what must be refused, and the choices.
func TestSuite(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(suiteDir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("JSONTestSuite is not at " + suiteDir)
	}
	count := map[byte]int{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		count[name[0]]++
		got := decision(data)
		if want := undecided[name]; name[0] == 'i' && got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
		if name[0] == 'y' && !strings.HasPrefix(got, accepts) || name[0] == 'n' && strings.HasPrefix(got, accepts) {
			t.Errorf("%s is %s", name, got)
		}
		// Split knows the same grammar, without the limits.
		if right := grammar(data) == nil; right != (strings.HasPrefix(got, accepts) || name[0] == 'i' && got == tooDeep) {
			t.Errorf("%s is %s by Parse, right for Split: %t", name, got, right)
		}
	}
	if count['y'] != 95 || count['n'] != 188 || count['i'] != 35 {
		t.Errorf("read %d y, %d n and %d i files, want 95, 188 and 35", count['y'], count['n'], count['i'])
	}
}

func decision(data []byte) string {
	var p Parser
	_, err := p.Parse(data)
	switch {
	case errors.Is(err, ErrDepth):
		return tooDeep
	case err != nil:
		return refuses
	case p.Ambiguous():
		return flags
	}
	return accepts
}
