package pdf

import (
	"bytes"
	"strings"
	"testing"

	"agenttrail/reports"
)

// TestRefused: a document that contradicts itself is refused with the place, before a byte is written.
func TestRefused(t *testing.T) {
	col := []reports.Column{{Title: "A"}}
	in := func(b reports.Block) *reports.Document {
		return &reports.Document{ID: "R-1", Title: "T", Sections: []reports.Section{{Title: "S", Blocks: []reports.Block{b}}}}
	}
	figure := func(f reports.Figure) *reports.Document { return in(reports.Block{Figure: &f}) }
	attached := func(fs ...reports.File) *reports.Document { return &reports.Document{Title: "T", Files: fs} }
	for _, tt := range []struct {
		name string
		doc  *reports.Document
		want string
	}{
		{"tone", in(reports.Block{Text: []reports.Cell{{Text: "x", Tone: "fine"}}}), `section "S", block 1: unknown tone "fine"`},
		{"tile tone", in(reports.Block{Numbers: []reports.Number{{Tone: "x"}}}), `unknown tone "x"`},
		{"two members", in(reports.Block{Text: cells("x"), Verbatim: "y"}), "2 members are set"},
		{"no columns", in(reports.Block{Table: &reports.Table{Caption: "C"}}), `table "C": no columns`},
		{"cells", in(reports.Block{Table: &reports.Table{Caption: "C", Columns: col, Rows: [][]reports.Cell{cells("a", "b")}}}), `table "C", row 1: 2 cells for 1 columns`},
		{"columns", in(reports.Block{Table: &reports.Table{Columns: make([]reports.Column, 18)}}), "18 columns, at most 17"},
		{"total", in(reports.Block{Table: &reports.Table{Columns: col, Rows: [][]reports.Cell{cells("a"), cells("b")}, Total: 1}}), "2 rows of a total of 1"},
		{"no kind", figure(reports.Figure{Title: "F"}), `figure "F": 0 kinds`},
		{"two kinds", figure(reports.Figure{Heat: &reports.Heat{}, Bars: &reports.Bars{}}), "2 kinds"},
		{"series", figure(reports.Figure{Bars: &reports.Bars{Series: make([]string, 5)}}), "5 series, at most 4"},
		{"shape of bars", figure(reports.Figure{Bars: &reports.Bars{Labels: []string{"a"}, Series: []string{"s"}, Values: [][]int64{{1, 2}}}}), "row 1: 2 values for 1 columns"},
		{"negative bar", figure(reports.Figure{Bars: &reports.Bars{Labels: []string{"a"}, Series: []string{"s"}, Values: [][]int64{{-1}}}}), "bar 1: value -1"},
		{"shape of heat", figure(reports.Figure{Heat: &reports.Heat{Rows: []string{"r"}, Columns: []string{"c"}}}), "0 rows of values for 1 labels"},
		{"state", figure(reports.Figure{Strips: &reports.Strips{Rows: []string{"r"}, Columns: []string{"c"}, States: [][]string{{"gone"}}}}), `state "gone" is not in the legend`},
		{"language", &reports.Document{Lang: "en GB"}, `language "en GB"`},
		{"file name", attached(reports.File{Name: "../x", Type: "text/csv", Relation: "Data"}), `file "../x"`},
		{"file twice", attached(reports.File{Name: "x", Type: "text/csv", Relation: "Data"}, reports.File{Name: "x", Type: "text/csv", Relation: "Data"}), `file "x": twice`},
		{"file type", attached(reports.File{Name: "x", Type: "csv", Relation: "Data"}), `type "csv"`},
		{"relation", attached(reports.File{Name: "x", Type: "text/csv", Relation: "data"}), `relation "data"`},
	} {
		var b bytes.Buffer
		err := Write(&b, tt.doc, Options{})
		if err == nil || !strings.Contains(err.Error(), tt.want) || b.Len() > 0 {
			t.Errorf("%s: Write = %v after %d bytes, want an error with %q and none", tt.name, err, b.Len(), tt.want)
		}
	}
}

func TestPaper(t *testing.T) {
	if err := Write(new(bytes.Buffer), &reports.Document{}, Options{Paper: "A5"}); err == nil || !strings.Contains(err.Error(), `"A5"`) {
		t.Errorf(`Write on A5 = %v, want an error that names it`, err)
	}
}

// TestPageOneMustFit: the error names the first block that does not.
func TestPageOneMustFit(t *testing.T) {
	doc := sample()
	long := strings.Repeat("A sentence of twelve words that says a little about this quarter. ", 70)
	for _, tt := range []struct {
		block reports.Block
		want  string
	}{
		{reports.Block{Text: cells(long)}, "front block 5 (text)"},
		{reports.Block{Table: sampleTable(60)}, `front block 5 (table "High-stakes actions")`},
		{reports.Block{Verbatim: strings.Repeat("line\n", 90)}, "front block 5 (verbatim)"},
	} {
		doc.Front = append(sampleFront(), tt.block, reports.Block{Facts: [][2]string{{"a", "b"}}})
		err := Write(new(bytes.Buffer), doc, Options{})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Write with too much on page one = %v, want %q", err, tt.want)
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, bytes.ErrTooLarge }

func TestWriteError(t *testing.T) {
	err := Write(failing{}, &reports.Document{ID: "R-1"}, Options{})
	if err == nil || !strings.Contains(err.Error(), `pdf "R-1": write`) {
		t.Errorf("Write to a full disk = %v, want the error of the writer", err)
	}
}
