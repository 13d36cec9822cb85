package pdf

import (
	"fmt"
	"math"

	"agenttrail/reports"
)

type rgb [3]int

// Text colours have at least 4.5:1 on white and on zebra.
var (
	ink    = rgb{0x1B, 0x26, 0x38}
	muted  = rgb{0x55, 0x62, 0x70}
	accent = rgb{0x00, 0x44, 0x88}
	good   = rgb{0x1E, 0x6B, 0x3C}
	warn   = rgb{0x8A, 0x55, 0x00}
	bad    = rgb{0xA3, 0x1F, 0x34}
	rule   = rgb{0xC5, 0xCD, 0xD6}
	zebra  = rgb{0xF4, 0xF6, 0xF9}
	white  = rgb{0xFF, 0xFF, 0xFF}
)

// seriesColors have at least 3:1 on white, and neighbours in a stack differ in grey, so that a black and white print still reads.
var seriesColors = [...]rgb{{0x00, 0x44, 0x88}, {0xB8, 0x86, 0x0B}, {0x9E, 0x2A, 0x45}, {0x6B, 0x99, 0x8C}}

// heatColors begin with the one for zero.
var heatColors = [...]rgb{{0xEE, 0xF3, 0xF9}, {0xCF, 0xDF, 0xEE}, {0x9F, 0xC0, 0xDE}, {0x6F, 0xA0, 0xCC}, {0x2F, 0x6D, 0xA8}, {0x0B, 0x3C, 0x74}}

// A toneLook is how a tone is shown: mark before the text, colour of the text, tint behind a letter.
type toneLook struct {
	mark        string
	color, tint rgb
	face        int
}

// toneLooks never rely on colour alone.
var toneLooks = map[string]toneLook{
	"":                 {"", ink, white, sans},
	reports.ToneGood:   {"✔", good, rgb{0xDD, 0xF0, 0xE3}, sans},
	reports.ToneWarn:   {"▲", warn, rgb{0xFC, 0xEE, 0xD0}, sans},
	reports.ToneBad:    {"✘", bad, rgb{0xFA, 0xDD, 0xE1}, sans},
	reports.ToneMuted:  {"", muted, rgb{0xEE, 0xF1, 0xF4}, sans},
	reports.ToneStrong: {"", ink, rgb{0xD9, 0xE6, 0xF3}, bold},
	reports.ToneMono:   {"", ink, white, mono},
}

// luminance and contrast are those of WCAG 2.
func luminance(c rgb) float64 {
	lin := func(v int) float64 {
		x := float64(v) / 255
		if x <= 0.03928 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(c[0]) + 0.7152*lin(c[1]) + 0.0722*lin(c[2])
}

func contrast(a, b rgb) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// legible is the text colour that reads better on a tint.
func legible(on rgb) rgb {
	if contrast(white, on) > contrast(ink, on) {
		return white
	}
	return ink
}

// counted writes a number of things: 1 row, 2 rows.
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return thousands(int64(n)) + " " + thing
}

// thousands writes n with separators.
func thousands(n int64) string {
	s, sign := fmt.Sprint(n), ""
	if n < 0 {
		s, sign = s[1:], "-"
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}
