package pdf

import (
	"strings"
	"testing"
	"unicode/utf8"

	"agenttrail/reports"

	"pgregory.net/rapid"
)

func testCanvas(t testing.TB, doc *reports.Document) *canvas {
	t.Helper()
	c, err := newCanvas(doc, "")
	if err != nil {
		t.Fatalf("newCanvas: %v", err)
	}
	c.addPage()
	c.y = top
	return c
}

func TestGuard(t *testing.T) {
	c := testCanvas(t, &reports.Document{})
	for _, tt := range []struct{ in, sans, mono string }{
		{"", "", ""},
		{"plain", "plain", "plain"},
		{"Łódź Ελλάδα Україна ✔", "Łódź Ελλάδα Україна ✔", "Łódź Ελλάδα Україна ‹U+2714›"},
		{"a\x00b", "a‹U+0000›b", "a‹U+0000›b"},
		{"two\nlines\r", "two‹U+000A›lines‹U+000D›", "two‹U+000A›lines‹U+000D›"},
		{"\xff\xfe", "‹byte FF›‹byte FE›", "‹byte FF›‹byte FE›"},
		{"half \xf0\x9f\x99", "half ‹byte F0›‹byte 9F›‹byte 99›", "half ‹byte F0›‹byte 9F›‹byte 99›"},
		{"🙂", "‹U+1F642›", "‹U+1F642›"},
		{"a\u202eb", "a‹U+202E›b", "a‹U+202E›b"},
		{"soft\u00adhyphen", "soft‹U+00AD›hyphen", "soft‹U+00AD›hyphen"},
		{"zero\u200bwidth\ufeff", "zero‹U+200B›width‹U+FEFF›", "zero‹U+200B›width‹U+FEFF›"},
		{"\ufffd", "‹U+FFFD›", "‹U+FFFD›"},
		{"取消", "‹U+53D6›‹U+6D88›", "‹U+53D6›‹U+6D88›"},
		{"\x1b[31m \x7f \u0085", "‹U+001B›[31m ‹U+007F› ‹U+0085›", "‹U+001B›[31m ‹U+007F› ‹U+0085›"},
	} {
		if got := c.faces[sans].guard(tt.in); got != tt.sans {
			t.Errorf("sans guard(%q) = %q, want %q", tt.in, got, tt.sans)
		}
		if got := c.faces[mono].guard(tt.in); got != tt.mono {
			t.Errorf("mono guard(%q) = %q, want %q", tt.in, got, tt.mono)
		}
	}
}

// TestMeasure compares our advances with the painter's, which go into the file.
func TestMeasure(t *testing.T) {
	c := testCanvas(t, &reports.Document{})
	for i, a := range c.faces {
		c.f.SetFont(a.key, "", 10)
		seen := 0
		for r := rune(0); r < 0x10000; r++ {
			got, ok := a.advance(r)
			if !ok {
				continue
			}
			seen++
			if want := c.f.GetStringSymbolWidth(string(r)); got > 0 && got != want {
				t.Errorf("face %d: advance(%U) = %d, gofpdf says %d", i, r, got, want)
			}
		}
		if seen < 1000 {
			t.Errorf("face %d knows %d characters, want over 1,000", i, seen)
		}
	}
}

func TestWrap(t *testing.T) {
	c := testCanvas(t, &reports.Document{})
	s := style{mono, 10, ink} // each character is 2.117 mm wide
	for _, tt := range []struct {
		in   string
		w    float64
		want string
	}{
		{"", 20, ""},
		{"one two", 20, "one two"},
		{"one two three", 16, "one two |three"},
		{"one  two", 9, "one | two"},
		{"abcdefghij", 11, "abcde|fghij"},
		{"path/to/file", 17.5, "path/to/|file"},
		{"a/bcdefghijklm", 11, "a/|bcdef|ghijk|lm"},
		{"lee@example.com", 24, "lee@|example.com"},
		{"-abcdefghijk", 19, "-abcdefg|hijk"},
		{"wide", 0.1, "w|i|d|e"},
	} {
		var got []string
		for _, l := range c.wrap([]run{c.run(s, tt.in)}, tt.w) {
			got = append(got, plain(l))
		}
		if g := strings.Join(got, "|"); g != tt.want {
			t.Errorf("wrap(%q, %g) = %q, want %q", tt.in, tt.w, g, tt.want)
		}
	}
}

func plain(l line) string {
	var b strings.Builder
	for _, r := range l {
		b.WriteString(r.text)
	}
	return b.String()
}

// TestWrapKeepsEverything: lines together are the text, and none is wider than it may be unless it is a single character.
func TestWrapKeepsEverything(t *testing.T) {
	c := testCanvas(t, &reports.Document{})
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("ab /-Ω✘\u202e取 iW")), 0, 30, -1), 1, 4).Draw(t, "runs")
		w := rapid.Float64Range(3, 60).Draw(t, "width")
		var rs []run
		want := ""
		for i, s := range words {
			r := c.run(style{i % 3, 8.5, ink}, s)
			rs = append(rs, r)
			want += r.text
		}
		got := ""
		for _, l := range c.wrap(rs, w) {
			got += plain(l)
			if e := c.extent(l); e > w+0.001 && utf8.RuneCountInString(strings.TrimSpace(plain(l))) > 1 {
				t.Fatalf("wrap(%q, %g): line %q is %g wide", words, w, plain(l), e)
			}
		}
		if got != want {
			t.Fatalf("wrap(%q, %g) = %q, want %q", words, w, got, want)
		}
	})
}

// TestCellCut: what is shown and what is said to be missing are together the whole cell.
func TestCellCut(t *testing.T) {
	c := testCanvas(t, &reports.Document{})
	base := style{sans, szCell, ink}
	for _, tt := range []struct {
		name, text, ref, want string
		lines                 int
	}{
		{"short", "fits", "", "fits", 1},
		{"long word", strings.Repeat("x", 40_000), "", "more characters", 8},
		{"with reference", strings.Repeat("y ", 20_000), "act 9", "[act 9]", 9},
		{"emoji", strings.Repeat("🙂", 10_000), "", "more characters", 8},
		{"bad bytes", strings.Repeat("\xff", 10_000), "", "more characters", 8},
	} {
		lines := c.cellLines(reports.Cell{Text: tt.text, Ref: tt.ref}, base, 34, maxLines)
		last := plain(lines[len(lines)-1])
		if !strings.Contains(last, tt.want) || len(lines) > tt.lines {
			t.Errorf("%s: cellLines ends with %q after %d lines, want %q within %d", tt.name, last, len(lines), tt.want, tt.lines)
		}
	}
}

func TestCellCutCounts(t *testing.T) {
	c := testCanvas(t, &reports.Document{})
	for _, tt := range []struct {
		unit string
		n    int
	}{{"x", 900}, {"x", 40_000}, {"Я", 900}, {"🙂", 300}, {"\xfe", 300}, {"Я", 20_000}} {
		s := strings.Repeat(tt.unit, tt.n)
		lines := c.cellLines(reports.Cell{Text: s}, style{sans, szCell, ink}, 40, maxLines)
		shown := ""
		for _, l := range lines[:maxLines-1] {
			shown += plain(l)
		}
		guarded := len(c.faces[sans].guard(tt.unit))
		visible := (len(shown) + guarded - 1) / guarded // one that is half shown counts as shown
		want := "… " + thousands(int64(tt.n-visible)) + " more characters"
		if got := plain(lines[maxLines-1]); got != want {
			t.Errorf("cellLines(%d × %q) ends with %q, want %q", tt.n, tt.unit, got, want)
		}
	}
}

func TestFit(t *testing.T) {
	c := testCanvas(t, &reports.Document{})
	s := style{mono, 10, ink}
	for _, tt := range []struct {
		in   string
		w    float64
		want string
	}{{"short", 20, "short"}, {"exactly", 14.9, "exactly"}, {"too long a word", 20, "too long…"}, {"x", 0.5, "…"}, {strings.Repeat("i", 5000), 11, "iiii…"}} {
		if got := c.fit(s, tt.in, tt.w).text; got != tt.want {
			t.Errorf("fit(%q, %g) = %q, want %q", short(tt.in), tt.w, got, tt.want)
		}
	}
}

func TestHead(t *testing.T) {
	for _, tt := range []struct {
		in   string
		n    int
		want string
	}{{"abc", 5, "abc"}, {"abc", 2, "ab"}, {"aЯb", 2, "a"}, {"a🙂", 4, "a"}, {"\x80\x80\x80\x80\x80\x80\x80\x80", 5, "\x80"}} {
		if got := head(tt.in, tt.n); got != tt.want {
			t.Errorf("head(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.want)
		}
	}
}
