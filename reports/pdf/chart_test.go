package pdf

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"agenttrail/reports"
)

func TestScale(t *testing.T) {
	for peak, want := range map[int64][2]int64{
		0: {1, 1}, 1: {1, 1}, 5: {5, 1}, 6: {6, 2}, 11: {15, 5}, 99: {100, 20}, 1878: {2000, 500}, 1_000_000: {1_000_000, 200_000}, 4e15: {4e15, 1e15},
	} {
		if top, step := scale(peak); top != want[0] || step != want[1] {
			t.Errorf("scale(%d) = %d, %d, want %v", peak, top, step, want)
		}
	}
}

func TestSpoken(t *testing.T) {
	c := testCanvas(t, &reports.Document{})
	b := &reports.Bars{Labels: []string{"W27", "W28"}, Series: []string{"done", "refused"}, Values: [][]int64{{3, 1}, {5, 0}}, Unit: "actions"}
	want := "Stacked bar chart: Weeks. W27: 3 done, 1 refused, 4 in all. W28: 5 done, 0 refused, 5 in all."
	if got := c.spoken("Weeks", b); got != want {
		t.Errorf("spoken = %q, want %q", got, want)
	}
	many := &reports.Bars{Series: []string{"done"}, Unit: "actions"}
	for i := range 2000 {
		many.Labels = append(many.Labels, fmt.Sprintf("hour %d", i))
		many.Values = append(many.Values, []int64{int64(i)})
	}
	want = "Stacked bar chart: Hours. A summary of 2000 bars: 1999000 actions in all; 1999000 done; the first bar is hour 0 with 0, the highest hour 1999 with 1999, the last hour 1999 with 1999."
	if got := c.spoken("Hours", many); got != want {
		t.Errorf("spoken = %q, want %q", got, want)
	}
}

// TestTextString: no string of the file is longer than PDF/A allows, and none can end early.
func TestTextString(t *testing.T) {
	for in, want := range map[string]string{"": "()", `a(b)\`: `(a\(b\)\\)`, "é": "<FEFF00E9>", "🙂": "<FEFFD83DDE42>"} {
		if got := text(in); got != want {
			t.Errorf("text(%q) = %s, want %s", in, got, want)
		}
	}
	for _, in := range []string{strings.Repeat("x", 40_000), strings.Repeat("é", 40_000), strings.Repeat("🙂", 40_000)} {
		got := text(in)
		bytes := len(got) - 2
		if got[0] == '<' {
			bytes /= 2
		}
		if bytes > 32_767 || bytes < 15_000 {
			t.Errorf("text(%q...) has %d bytes, want at most 32,767", in[:4], bytes)
		}
	}
}

func TestHeatCell(t *testing.T) {
	for _, tt := range []struct {
		v, peak int64
		word    string
		back    rgb
	}{{reports.NoData, 9, "–", rgb{}}, {0, 9, "0", heatColors[0]}, {1, 100, "1", heatColors[1]}, {100, 100, "100", heatColors[5]}, {1, 1, "1", heatColors[3]}} {
		got := heatCell(tt.v, tt.peak)
		if got.word != tt.word || got.back != tt.back || got.framed != (tt.v < 0) {
			t.Errorf("heatCell(%d, %d) = %+v, want %q on %v", tt.v, tt.peak, got, tt.word, tt.back)
		}
	}
}

func TestByMonth(t *testing.T) {
	var got []string
	for _, p := range byMonth([]string{"2026-07-30", "2026-07-31", "2026-08-01"}) {
		got = append(got, fmt.Sprintf("%d-%d %s %v", p.from, p.to, p.title, p.labels))
	}
	if want := []string{"0-2 July 2026 [30 31]", "2-3 August 2026 [1]"}; !slices.Equal(got, want) {
		t.Errorf("byMonth = %q, want %q", got, want)
	}
	if got := byMonth([]string{"2026-07-30", "W31"}); got != nil {
		t.Errorf("byMonth of no days = %v, want nil", got)
	}
}

// TestParts: every column is in exactly one part, in order.
func TestParts(t *testing.T) {
	c := testCanvas(t, &reports.Document{})
	for _, n := range []int{1, 5, 24, 40, 200} {
		p := plate{rows: []string{"r"}, cell: func(int, int) tint { return tint{word: "1,234", look: plateLook} }}
		for k := range n {
			p.columns = append(p.columns, fmt.Sprintf("c%d", k))
		}
		next := 0
		for _, q := range c.parts(p) {
			if q.from != next || q.to <= q.from || len(q.labels) != q.to-q.from {
				t.Errorf("parts of %d columns: %d to %d with %d labels after %d", n, q.from, q.to, len(q.labels), next)
			}
			next = q.to
		}
		if next != n {
			t.Errorf("parts of %d columns end at %d", n, next)
		}
	}
}

func TestShares(t *testing.T) {
	for _, tt := range []struct {
		weights []float64
		want    []float64
	}{{[]float64{1, 1}, []float64{50, 50}}, {[]float64{1, 99}, []float64{10, 90}}, {[]float64{0, -3, 2}, []float64{25, 25, 50}}, {[]float64{1, 1, 98, 0.0001}, []float64{10, 10, 70, 10}}} {
		var cols []reports.Column
		for _, w := range tt.weights {
			cols = append(cols, reports.Column{Weight: w})
		}
		got := shares(cols, slices.Repeat([]float64{minColumn}, len(cols)), 100)
		for i := range got {
			if d := got[i] - tt.want[i]; d > 1e-9 || d < -1e-9 {
				t.Errorf("shares(%v) = %v, want %v", tt.weights, got, tt.want)
				break
			}
		}
	}
}
