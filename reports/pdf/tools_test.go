package pdf

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"agenttrail/internal/testenv"
	"agenttrail/reports"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the files in testdata")

// tool runs a program of another project on a file, and skips where it is not installed.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed (Debian: qpdf, poppler-utils)", name)
	}
	var out, diag bytes.Buffer
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stdout, cmd.Stderr = &out, &diag
	if err := cmd.Run(); err != nil {
		t.Errorf("%s %v: %v\n%s%s", name, args, err, out.String(), diag.String())
	}
	if diag.Len() > 0 {
		t.Errorf("%s %v complains: %s", name, args, diag.String())
	}
	return out.String()
}

// saved writes doc into a folder of the test.
func saved(t *testing.T, name string, doc *reports.Document, o Options) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name+".pdf")
	if err := os.WriteFile(path, write(t, doc, o), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// templates are documents that between them hold everything that can be drawn.
func templates() map[string]*reports.Document {
	all := hostile("cut " + strings.Repeat("🙂\xff\u202eW", 900))
	all.Front = nil
	crowded := sample()
	crowded.Front = append(crowded.Front, crowded.Front...)
	crowded.Sections = append(sampleSections(700), deep(8))
	return map[string]*reports.Document{"sample": sample(), "hostile": all, "empty": {}, "crowded": crowded}
}

// deep is sections in sections.
func deep(levels int) reports.Section {
	s := reports.Section{Title: fmt.Sprintf("Level %d", levels), Blocks: []reports.Block{{Text: cells("Text.")}, {}}}
	if levels > 0 {
		s.Sections = []reports.Section{deep(levels - 1)}
	}
	return s
}

func TestQpdf(t *testing.T) {
	for name, doc := range templates() {
		for _, plain := range []bool{false, true} {
			out := tool(t, "qpdf", "--check", saved(t, name, doc, Options{Plain: plain}))
			if !strings.Contains(out, "No syntax or stream encoding errors") {
				t.Errorf("qpdf --check %s (plain %v): %s", name, plain, out)
			}
		}
	}
}

// TestReadingOrder: what a screen reader hears, as another program sees it.
func TestReadingOrder(t *testing.T) {
	got := tool(t, "pdfinfo", "-struct-text", saved(t, "sample", small(), Options{}))
	got = regexp.MustCompile(`Object \d+ 0`).ReplaceAllString(got, "Object") // its number says nothing
	golden := filepath.Join("testdata", "reading-order.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("pdfinfo -struct-text (-want +got):\n%s", d)
	}
}

// TestEveryPageIsNamed: report, state of the ledger, marking and page number on each page, and an end.
func TestEveryPageIsNamed(t *testing.T) {
	doc := sample()
	doc.Sections[0].Blocks = append(doc.Sections[0].Blocks, reports.Block{Text: cells("an alias is text: {nb}")},
		reports.Block{Figure: &reports.Figure{Heat: &reports.Heat{Rows: []string{"r"}, Columns: []string{"c"}, Values: [][]int64{{1e15}}}}})
	out := tool(t, "pdftotext", "-layout", saved(t, "sample", doc, Options{}), "-")
	pages := strings.Split(strings.TrimSuffix(out, "\f"), "\f")
	if len(pages) < 4 {
		t.Fatalf("%d pages, want more", len(pages))
	}
	for i, p := range pages {
		for _, want := range []string{"R-2026Q3-audit", "ledger root 9f2c41d07be6", "Confidential", fmt.Sprintf("Page %d of %d\n", i+1, len(pages)), "Agent activity audit report"} {
			if !strings.Contains(p, want) {
				t.Errorf("page %d lacks %q:\n%s", i+1, want, p)
			}
		}
	}
	if last := pages[len(pages)-1]; !strings.Contains(last, "End of report R-2026Q3-audit") {
		t.Errorf("the last page has no end:\n%s", last)
	}
	for _, want := range []string{"an alias is text: {nb}", "40 rows shown of 340, the rest in high-stakes.csv", "No agent was seen that the register lacks.", "‹U+202E›hidden", "1,000,000,000,000,000"} {
		if !strings.Contains(out, want) {
			t.Errorf("the text lacks %q", want)
		}
	}
}

// TestAttachments: they come out as they went in.
func TestAttachments(t *testing.T) {
	doc := sample()
	dir := t.TempDir()
	tool(t, "pdfdetach", "-saveall", "-o", dir, saved(t, "sample", doc, Options{}))
	for _, f := range doc.Files {
		got, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil || !bytes.Equal(got, f.Data) {
			t.Errorf("pdfdetach %s = %q, %v, want %q", f.Name, got, err, f.Data)
		}
	}
}

// TestNothingOverflows: every word stands inside the margins of its page.
func TestNothingOverflows(t *testing.T) {
	for name, doc := range templates() {
		for _, paper := range []string{"A4", "Letter"} {
			out := tool(t, "pdftotext", "-bbox", saved(t, name, doc, Options{Paper: paper}), "-")
			for _, w := range outside(t, out) {
				t.Errorf("%s on %s: %s", name, paper, w)
			}
		}
	}
}

// outside lists words beyond the margins. A hundredth of a point is rounding.
func outside(t *testing.T, bbox string) (words []string) {
	t.Helper()
	const slack, side = 0.5, left * ptPerMM
	var width, height float64
	page, seen := 0, 0
	for d := xml.NewDecoder(strings.NewReader(bbox)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("pdftotext -bbox: %v", err)
		}
		e, ok := token.(xml.StartElement)
		switch {
		case ok && e.Name.Local == "page":
			page++
			width, height = number(t, e, "width"), number(t, e, "height")
		case ok && e.Name.Local == "word":
			seen++
			x0, x1, y1 := number(t, e, "xMin"), number(t, e, "xMax"), number(t, e, "yMax")
			if x0 < side-slack || x1 > width-side+slack || y1 > height-8*ptPerMM {
				words = append(words, fmt.Sprintf("page %d: a word from %.1f to %.1f, down to %.1f, on %.0f × %.0f", page, x0, x1, y1, width, height))
			}
		}
	}
	if seen == 0 {
		t.Error("pdftotext -bbox sees no words")
	}
	return words
}

func number(t *testing.T, e xml.StartElement, name string) float64 {
	t.Helper()
	for _, a := range e.Attr {
		if a.Name.Local == name {
			v, err := strconv.ParseFloat(a.Value, 64)
			if err != nil {
				t.Fatalf("pdftotext -bbox: %s: %v", name, err)
			}
			return v
		}
	}
	t.Fatalf("pdftotext -bbox: %s has no %s", e.Name.Local, name)
	return 0
}

// TestVeraPDF: each template holds PDF/A-3a and PDF/UA-1.
func TestVeraPDF(t *testing.T) {
	validate := testenv.VeraPDF(t)
	var files []string
	for name, doc := range templates() {
		files = append(files, saved(t, name, doc, Options{}), saved(t, name+"-letter", doc, Options{Paper: "Letter", Plain: true}))
	}
	if out, err := validate(files...); err != nil {
		t.Errorf("veraPDF: %v\n%s", err, out)
	}
}

// TestVeraPDFNotices: a validator that checks nothing would pass everything, so it gets files with one fault each.
func TestVeraPDFNotices(t *testing.T) {
	validate := testenv.VeraPDF(t)
	for name, tt := range map[string]struct{ key, rule string }{
		"no-AF":    {`/AF\[.*?\]`, "6.8-4"},
		"no-Lang":  {`/Lang\(.*?\)`, "7.2-"},
		"no-title": {`/ViewerPreferences<<.*?>>`, "7.1-10"},
	} {
		f, err := build(small(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		whole := f.objs[f.root]
		f.objs[f.root] = regexp.MustCompile(tt.key).ReplaceAll(whole, nil)
		if bytes.Equal(whole, f.objs[f.root]) {
			t.Fatalf("%s: the catalog has no %s: %s", name, tt.key, whole)
		}
		path := filepath.Join(t.TempDir(), name+".pdf")
		if err := os.WriteFile(path, f.emit(true), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := validate(path); err == nil || !strings.Contains(out, tt.rule) {
			t.Errorf("veraPDF on %s: %v, want rule %s\n%s", name, err, tt.rule, out)
		}
	}
}
