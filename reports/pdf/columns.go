package pdf

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"agenttrail/reports"
)

// A column narrower than this shows nothing; so many fit beside each other on the narrower paper.
const (
	minColumn  = 10.0
	maxColumns = 17
)

// wholeWord is how many characters of a word stay on one line. Longer ones are broken, where they can be at one of softBreaks.
const (
	wholeWord  = 20
	softBreaks = "/:;,.|&=?-_@"
)

// widestWish is how much of the page a column asks for because of its contents alone, in millimetres.
const widestWish = 95.0

// widths divides the page among the columns. None gets less than its longest word needs, as long as there is room for all of them; the
// rest is shared by weight, or, when no column has a weight, so that most cells stand on one line: one long text must not make its column
// wide.
func (c *canvas) widths(t *reports.Table) []float64 {
	floors, wishes := make([]float64, len(t.Columns)), make([]float64, len(t.Columns))
	byContent := true
	for k, col := range t.Columns {
		byContent = byContent && col.Weight == 0
		_, word := c.wants(c.runs(reports.Cell{Text: col.Title}, style{bold, szCell, white}))
		var whole []float64
		for _, row := range t.Rows {
			all, longest := c.wants(c.runs(row[k], cellStyle(col)))
			whole, word = append(whole, all), max(word, longest)
		}
		slices.Sort(whole)
		floors[k] = max(word+2*pad, minColumn)
		wishes[k] = max(min(whole[(len(whole)*9-1)/10]+2*pad, widestWish), floors[k])
	}
	floors = squeezed(floors, c.width)
	if byContent {
		return stretched(floors, wishes, c.width)
	}
	return shares(t.Columns, floors, c.width)
}

func cellStyle(col reports.Column) style {
	if col.Mono {
		return style{mono, szMono, ink}
	}
	return style{sans, szCell, ink}
}

// wants says how wide runs are on one line, and how wide their longest word is.
func (c *canvas) wants(runs []run) (all, word float64) {
	var used float64 // of the word under way
	var begun int    // its characters
	length := 0      // of the word under way, to its end
	for _, r := range runs {
		for at, g := range r.text {
			w := c.measure(r.style, string(g))
			all += w
			if g == ' ' {
				used, begun, length = 0, 0, 0
				continue
			}
			if length == 0 {
				length = wordLength(r.text[at:])
			}
			if used, begun = used+w, begun+1; length <= wholeWord || begun <= wholeWord {
				word = max(word, used)
			}
			if length > wholeWord && strings.ContainsRune(softBreaks, g) {
				used, begun = 0, 0
			}
		}
	}
	return all, word
}

func wordLength(s string) int {
	if end := strings.IndexByte(s, ' '); end >= 0 {
		s = s[:end]
	}
	return utf8.RuneCountInString(s)
}

// squeezed takes from the columns, in proportion to what they need beyond the least, until they fit.
func squeezed(floors []float64, width float64) []float64 {
	sum, least := 0.0, minColumn*float64(len(floors))
	for _, f := range floors {
		sum += f
	}
	if sum <= width {
		return floors
	}
	ws := make([]float64, len(floors))
	for k, f := range floors {
		ws[k] = minColumn + (f-minColumn)*(width-least)/(sum-least)
	}
	return ws
}

// stretched gives each column its wish where there is room for all, and more in proportion. Else no column gets more than a limit, the
// same for all, except to hold its longest word: so a few long texts give way, not the dates and names beside them.
func stretched(floors, wishes []float64, width float64) []float64 {
	limited := func(limit float64) (ws []float64, sum float64) {
		for k := range floors {
			w := max(floors[k], min(wishes[k], limit))
			ws, sum = append(ws, w), sum+w
		}
		return ws, sum
	}
	ws, sum := limited(width)
	if sum <= width {
		for k := range ws {
			ws[k] *= width / sum
		}
		return ws
	}
	low, high := 0.0, width
	for range 40 { // halves down to far below what a printer shows
		if _, sum := limited((low + high) / 2); sum > width {
			high = (low + high) / 2
		} else {
			low = (low + high) / 2
		}
	}
	ws, _ = limited(low)
	return ws
}

// shares divides the width by weight; what would get less than its floor gets that, and the others share the rest.
func shares(cols []reports.Column, floors []float64, width float64) []float64 {
	ws := make([]float64, len(cols))
	fixed := make([]bool, len(cols))
	for {
		sum, free := 0.0, width
		for i, col := range cols {
			if fixed[i] {
				free -= floors[i]
			} else {
				sum += weight(col)
			}
		}
		again := false
		for i, col := range cols {
			if fixed[i] {
				continue
			}
			if ws[i] = free * weight(col) / sum; ws[i] < floors[i] {
				ws[i], fixed[i], again = floors[i], true, true
			}
		}
		if !again {
			return ws
		}
	}
}

func weight(col reports.Column) float64 {
	if col.Weight > 0 && !math.IsInf(col.Weight, 0) {
		return min(col.Weight, 1000)
	}
	return 1
}
