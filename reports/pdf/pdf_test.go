package pdf

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"agenttrail/reports"
)

// small is a document that is quick to draw and still has text, a table, a figure and a file.
func small() *reports.Document {
	doc := sample()
	doc.Sections = []reports.Section{{Title: "Numbers", Blocks: []reports.Block{{Table: sampleTable(12)}, {Figure: &reports.Figure{Title: "Hours", Heat: sampleHeat()}}}}}
	return doc
}

// hostile has s wherever a document can hold text.
func hostile(s string) *reports.Document {
	doc := &reports.Document{ID: s, Title: s, Subtitle: s, Owner: s, Status: s, Marking: s, AsOf: cite(), Front: []reports.Block{{Facts: [][2]string{{s, s}}}}}
	cell := reports.Cell{Text: s, Tone: reports.ToneBad, Ref: s}
	var texts, list []reports.Cell
	for _, tone := range []string{"", reports.ToneGood, reports.ToneWarn, reports.ToneMuted, reports.ToneStrong, reports.ToneMono} {
		texts = append(texts, reports.Cell{Text: s, Tone: tone})
		list = append(list, reports.Cell{Text: s, Tone: tone, Ref: s})
	}
	doc.Sections = []reports.Section{{Title: s, Blocks: []reports.Block{
		{Text: texts}, {List: list}, {Facts: [][2]string{{s, s}}}, {Verbatim: s},
		{Numbers: []reports.Number{{Value: s, Label: s, Note: s}, {Value: s, Label: s, Note: s, Tone: reports.ToneWarn}}},
		{Table: &reports.Table{Caption: s, Columns: []reports.Column{{Title: s}, {Title: s, Mono: true}, {Title: s, Right: true}}, Rows: [][]reports.Cell{{cell, cell, cell}}, Total: 5, Where: s}},
		{Table: &reports.Table{Caption: s, Columns: []reports.Column{{Title: s}}, Empty: s}},
		{Figure: &reports.Figure{Title: s, Bars: &reports.Bars{Labels: []string{s, s}, Series: []string{s, s}, Values: [][]int64{{1, 2}, {0, 0}}, Unit: s}}},
		{Figure: &reports.Figure{Title: s, Heat: &reports.Heat{Corner: s, Rows: []string{s}, Columns: []string{s, s}, Values: [][]int64{{0, 1e15}}}}},
		{Figure: &reports.Figure{Title: s, Strips: &reports.Strips{Corner: s, Rows: []string{s}, Columns: []string{s}, States: [][]string{{s}}, Legend: []reports.StripState{{Name: s, Letter: s, Tone: reports.ToneGood}}}}},
	}, Sections: []reports.Section{{Title: s, Blocks: hostileFigures(s)}}}}
	doc.Files = []reports.File{{Name: "x.txt", Type: "text/plain", Description: s, Relation: "Data", Data: []byte(s)}}
	return doc
}

func hostileFigures(s string) (bs []reports.Block) {
	steps := []reports.Step{{Name: s, N: 9}, {Name: s}}
	for _, f := range []reports.Figure{
		{Title: s, Pareto: &reports.Pareto{Labels: []string{s, s}, Values: []int64{0, 1e15}, Unit: s}},
		{Title: s, Funnel: &reports.Funnel{Steps: steps, Unit: s}},
		{Title: s, Waterfall: &reports.Waterfall{Steps: []reports.Change{{Name: s, N: 1e15}, {Name: s, N: -1}, {Name: s, N: 1e15 - 1, Sum: true}}, Unit: s}},
		{Title: s, Slope: &reports.Slope{Columns: []string{s, s, s, s, s, s, s, s}, Lines: []reports.SlopeLine{{Name: s, Points: []reports.Share{{}, {N: 1, Of: 1e15}, {N: 1, Of: 1}, {}, {}, {}, {}, {N: 1e15, Of: 1e15}}}}}},
		{Title: s, Ageing: &reports.Ageing{Bands: steps, Over: 1, Limit: s, Unit: s}},
		{Title: s, Lanes: &reports.Lanes{Names: []string{s + "a", s + "b"}, Moments: []reports.Moment{{Lane: s + "a", To: s + "b", Text: s, Tone: reports.ToneBad, Ref: s}}}},
	} {
		bs = append(bs, reports.Block{Figure: &f})
	}
	return bs
}

var hostileTexts = []string{
	"", " ", strings.Repeat(" ", 3000), "\x00\x01\x1b[31m\x7f", "\xff\xfe\xc0\x80", "🙂👩‍👩‍👧 取消 עברית العربية", "a\u202eb\u2066c\u200bd\ufeff\ufffd",
	`) Tj ET Q (\ >> endstream endobj << /JS (x)`, "{nb}", "=cmd|'/C calc'!A0", "<script>&amp;]]>", strings.Repeat("W", 40_000), strings.Repeat("long words ", 4000),
	strings.Repeat("🙂", 10_000), strings.Repeat("\xff", 10_000), strings.Repeat("\n", 500), strings.Repeat("e\u0301\u0301\u0301", 500),
}

func TestHostileText(t *testing.T) {
	for _, s := range hostileTexts {
		doc := hostile(s)
		if len(s) > 200 {
			doc.Front = nil
		}
		if out := write(t, doc, Options{}); !bytes.HasSuffix(out, []byte("%%EOF\n")) {
			t.Errorf("Write(hostile %q) ends with %q", short(s), out[len(out)-10:])
		}
	}
}

// FuzzText: no text may break a file or the program.
func FuzzText(f *testing.F) {
	for _, s := range hostileTexts {
		f.Add(head(s, 300))
	}
	f.Fuzz(func(t *testing.T, s string) {
		doc := hostile(s)
		doc.Front = nil
		a, b := write(t, doc, Options{Plain: true}), write(t, doc, Options{Plain: true})
		if !bytes.Equal(a, b) {
			t.Errorf("Write(%q) gives two files", s)
		}
		if n := bytes.Count(a, []byte("\nendobj\n")); n != bytes.Count(a, []byte(" 0 obj\n")) || n == 0 {
			t.Errorf("Write(%q): %d endobj", s, n)
		}
	})
}

// FuzzParse: a broken file of the painter is an error, not a panic.
func FuzzParse(f *testing.F) {
	c, err := newCanvas(&reports.Document{}, "")
	if err != nil {
		f.Fatal(err)
	}
	c.addPage()
	raw, err := c.bytes()
	if err != nil {
		f.Fatal(err)
	}
	at := bytes.LastIndex(raw, []byte("xref\n0"))
	f.Add(raw[at:], "")
	f.Add([]byte("xref\n0 2\n0000000000 65535 f \n0000000000 00000 n \ntrailer /Root 1 0 R /Info 1 0 R\nstartxref\n43\n%%EOF"), "1 0 obj <</Kids [1 0 R ]>> endobj")
	f.Add([]byte("startxref\n-1\n"), "")
	f.Fuzz(func(t *testing.T, tail []byte, body string) {
		if file, err := parse(append([]byte(body), tail...)); err == nil && (file.root == 0 || file.info == 0) {
			t.Errorf("parse(%q, %q) finds no catalog and no error", body, tail)
		}
	})
}

func TestParseErrors(t *testing.T) {
	for _, in := range []string{"", "startxref\n", "startxref\n99\n", "xref\nstartxref\n0\n", "xref\n0 1\nx\nstartxref\n0\n%%EOF"} {
		if _, err := parse([]byte(in)); err == nil {
			t.Errorf("parse(%q) = nil, want an error", in)
		}
	}
}

// TestSameBytes: same document and options, same file: a hundred times in this process and once in another.
func TestSameBytes(t *testing.T) {
	doc := small()
	first := write(t, doc, Options{})
	for i := range 100 {
		if !bytes.Equal(first, write(t, doc, Options{})) {
			t.Fatalf("Write number %d gives other bytes", i+2)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestPrintSum$", "-test.v")
	cmd.Env = append(os.Environ(), "PDF_TEST_PRINT_SUM=1", "GOMAXPROCS=1")
	out, err := cmd.CombinedOutput()
	if want := fmt.Sprintf("sum %x", sha256.Sum256(first)); err != nil || !strings.Contains(string(out), want) {
		t.Errorf("another process: %v\n%s\nwant %s", err, out, want)
	}
}

// TestPrintSum is the other process of TestSameBytes.
func TestPrintSum(t *testing.T) {
	if os.Getenv("PDF_TEST_PRINT_SUM") == "" {
		t.Skip("only run by TestSameBytes")
	}
	fmt.Printf("sum %x\n", sha256.Sum256(write(t, small(), Options{})))
}

// TestDocumentIsLeftAlone: Write only reads.
func TestDocumentIsLeftAlone(t *testing.T) {
	doc := sample()
	slices.Reverse(doc.Files)
	before := fmt.Sprintf("%+v", *doc)
	write(t, doc, Options{})
	if after := fmt.Sprintf("%+v", *doc); after != before {
		t.Error("Write changed the document")
	}
}

// TestPlainIsTheSame: the plain file holds the same objects.
func TestPlainIsTheSame(t *testing.T) {
	f, err := build(small(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := f.emit(true)
	for n := 1; n < len(f.objs); n++ {
		if !bytes.Contains(out, fmt.Appendf(nil, "\n%d 0 obj\n%s\nendobj\n", n, f.objs[n])) {
			t.Errorf("plain file lacks object %d", n)
		}
	}
	if packed := f.emit(false); len(packed) >= len(out) {
		t.Errorf("packed file has %d bytes, plain one %d", len(packed), len(out))
	}
}

// TestOutline: the tree of bookmarks, with the number of what is below each.
func TestOutline(t *testing.T) {
	var marks []*bookmark
	for _, level := range []int{0, 1, 2, 2, 1, 3, 1} {
		marks = append(marks, &bookmark{level: level})
	}
	nodes, top := kin(marks)
	want := []node{{-1, -1, -1, 1, 6, 6}, {0, -1, 4, 2, 3, 2}, {1, -1, 3, -1, -1, 0}, {1, 2, -1, -1, -1, 0}, {0, 1, 6, 5, 5, 1}, {4, -1, -1, -1, -1, 0}, {0, 4, -1, -1, -1, 0}}
	if !slices.Equal(nodes, want) || top.first != 0 || top.last != 0 {
		t.Errorf("kin = %v, %v, want %v", nodes, top, want)
	}
}

// TestBig: thousands of rows are no trouble.
func TestBig(t *testing.T) {
	if testing.Short() {
		t.Skip("3,000 rows are not short")
	}
	doc := sample()
	doc.Sections = sampleSections(3000)
	start := time.Now()
	out := write(t, doc, Options{})
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("Write of 3,000 rows took %v, want seconds", took)
	}
	if len(out) > 2<<20 {
		t.Errorf("3,000 rows make %d bytes, want under 2 MiB", len(out))
	}
}

func BenchmarkWrite20000(b *testing.B) {
	doc := sample()
	doc.Sections = sampleSections(20_000)
	for b.Loop() {
		var out bytes.Buffer
		if err := Write(&out, doc, Options{}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(out.Len())/1e6, "MB/file")
	}
}
