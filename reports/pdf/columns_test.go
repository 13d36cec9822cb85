package pdf

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"agenttrail/reports"

	"pgregory.net/rapid"
)

// TestWidths: the columns fill the page, and none is narrower than the least.
func TestWidths(t *testing.T) {
	c := testCanvas(t, &reports.Document{})
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, maxColumns).Draw(t, "columns")
		table := &reports.Table{}
		for range n {
			table.Columns = append(table.Columns, reports.Column{Title: "T", Weight: rapid.SampledFrom([]float64{0, 0, 1, 30}).Draw(t, "weight"), Mono: rapid.Bool().Draw(t, "mono")})
		}
		for range rapid.IntRange(1, 12).Draw(t, "rows") {
			var row []reports.Cell
			for range n {
				row = append(row, reports.Cell{Text: rapid.StringOfN(rapid.RuneFrom([]rune("ab /-Ω✘ iW")), 0, 60, -1).Draw(t, "cell")})
			}
			table.Rows = append(table.Rows, row)
		}
		sum := 0.0
		for k, w := range c.widths(table) {
			if sum += w; w < minColumn-1e-6 {
				t.Fatalf("widths: column %d of %d is %g wide, want at least %g", k, n, w, minColumn)
			}
		}
		if d := sum - c.width; d > 1e-3 || d < -1e-3 {
			t.Fatalf("widths of %d columns add up to %g, want %g", n, sum, c.width)
		}
	})
}

// TestWordsStayWhole: where there is room for it, no word of up to wholeWord characters is broken, whatever the weights say.
func TestWordsStayWhole(t *testing.T) {
	c := testCanvas(t, &reports.Document{})
	for _, weights := range [][4]float64{{}, {1, 1, 1, 100}, {100, 1, 1, 1}} {
		table := &reports.Table{}
		for _, w := range weights {
			table.Columns = append(table.Columns, reports.Column{Title: "Approved", Weight: w})
		}
		table.Rows = [][]reports.Cell{cells("lee@example.com", "2026-07-01 10:32:49", "agent-with-20-letters", strings.Repeat("a long text, ", 3)), cells("–", "–", "a b", "short")}
		g := c.grid(table)
		for k, lines := range c.row(g, 0).cells {
			text := table.Rows[0][k].Text
			for _, l := range lines {
				for _, word := range strings.Fields(plain(l)) {
					if utf8.RuneCountInString(word) <= wholeWord && !strings.Contains(" "+text+" ", " "+word+" ") && wordLength(text) <= wholeWord {
						t.Errorf("weights %v: column %d (%.1f mm) breaks %q at %q", weights, k, g.widths[k], text, word)
					}
				}
			}
		}
	}
}

// TestOneLongTextMakesNoWideColumn: a column is as wide as most of its cells want.
func TestOneLongTextMakesNoWideColumn(t *testing.T) {
	c := testCanvas(t, &reports.Document{})
	table := &reports.Table{Columns: []reports.Column{{Title: "A"}, {Title: "B"}}}
	for i := range 40 {
		row := cells(strings.Repeat("wide text ", 8), "6 min")
		if i == 7 {
			row[1].Text = "the approval of this one action had expired some hours before it was done"
		}
		table.Rows = append(table.Rows, row)
	}
	if w := c.widths(table); w[1] > w[0]/3 {
		t.Errorf("widths = %v, want the second column far narrower: one of its 40 cells is long", w)
	}
}

// TestShortTableStaysTogether: a short table that would be cut by the end of the page begins on the next one, with its heading.
func TestShortTableStaysTogether(t *testing.T) {
	for _, rows := range []int{2, 4, fewRows} {
		for filled := 180.0; filled < 250; filled += 4 {
			c := testCanvas(t, &reports.Document{})
			c.y = filled
			table := &reports.Table{Caption: "Short", Columns: []reports.Column{{Title: "A"}}}
			for i := range rows {
				table.Rows = append(table.Rows, cells(fmt.Sprint(i)))
			}
			c.section(reports.Section{Title: "Heading", Blocks: []reports.Block{{Text: cells("Between them.")}, {Table: table}}}, 2)
			if at := c.bookmarks[0].page; at != c.page() {
				t.Errorf("%d rows from %g mm: the heading stands on page %d, the table ends on page %d", rows, filled, at, c.page())
			}
		}
	}
}

// TestLastRows: the last page of a long table has no fewer than lastRows.
func TestLastRows(t *testing.T) {
	for rows := 40; rows < 50; rows++ {
		c := testCanvas(t, &reports.Document{})
		table := &reports.Table{Columns: []reports.Column{{Title: "A"}}}
		for i := range rows {
			table.Rows = append(table.Rows, cells(fmt.Sprint(i)))
		}
		c.table(table)
		g := c.grid(table)
		if left := c.y - 4 - top - g.headH; c.page() > 1 && left < float64(lastRows)*c.row(g, 0).height-1e-6 {
			t.Errorf("a table of %d rows leaves %.1f mm of rows on page %d, want at least %d rows", rows, left, c.page(), lastRows)
		}
	}
}

// TestContentsOnOnePage: the contents give up their second level before they need a second page.
func TestContentsOnOnePage(t *testing.T) {
	for _, tt := range []struct{ sections, subs, want int }{{3, 2, 10}, {12, 5, 13}} {
		doc := &reports.Document{}
		for i := range tt.sections {
			s := reports.Section{Title: fmt.Sprintf("Section %d", i)}
			for k := range tt.subs {
				s.Sections = append(s.Sections, reports.Section{Title: fmt.Sprintf("Part %d", k)})
			}
			doc.Sections = append(doc.Sections, s)
		}
		c := testCanvas(t, doc)
		c.draw()
		if len(c.contents) != tt.want || c.contents[0].page != c.contents[len(c.contents)-1].page {
			t.Errorf("%d sections of %d parts: %d entries from page %d to %d, want %d on one", tt.sections, tt.subs, len(c.contents), c.contents[0].page, c.contents[len(c.contents)-1].page, tt.want)
		}
		for _, e := range c.contents {
			if e.to == nil || !strings.HasPrefix(e.title, head(e.to.title, 3)) {
				t.Errorf("entry %q leads to %+v", e.title, e.to)
			}
		}
	}
}
