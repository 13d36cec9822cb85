package pdf

import (
	"fmt"
	"strings"
)

// percent writes n of m. It is 100 % only when it is all, and 0 % only when it is nothing.
func percent(n, of int64) string {
	switch p := (float64(n)*100)/float64(of) + 0.5; {
	case of == 0:
		return "–"
	case n > 0 && p < 1:
		return "<1 %"
	case n < of && p >= 100:
		return ">99 %"
	default:
		return fmt.Sprintf("%d %%", int64(p))
	}
}

// signed writes a change with its sign.
func signed(n int64) string {
	if n < 0 {
		return "−" + thousands(-n)
	}
	return "+" + thousands(n)
}

// speech joins the sentences of an alternative text. What is too much for one string of the file is counted instead.
func (c *canvas) speech(kind, title string, sentences []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s.", kind, head(title, 500))
	room := longestSpoken - 200 - units(c.faces[sans].guard(b.String()))
	for i, s := range sentences {
		s = " " + c.faces[sans].guard(s)
		if room -= units(s); room < 0 {
			fmt.Fprintf(&b, " %s not read out: the numbers are attached.", counted(len(sentences)-i, "more part"))
			break
		}
		b.WriteString(s)
	}
	return c.faces[sans].guard(b.String())
}

// named is a label as it is read out.
func named(s string) string { return head(s, 300) }

// drawing draws a caption and below it a figure of height h, tagged as one and spoken as alt.
func (c *canvas) drawing(title, alt string, h float64, fn func()) {
	caption := c.caption(title)
	c.room(float64(len(caption))*lineStep + 1.2 + h)
	if caption != nil {
		c.leaf("P", "", func() { c.put(caption, left, c.y, c.width, lineStep, szBody, toLeft) })
		c.y += float64(len(caption))*lineStep + 1.2
	}
	c.figure(alt, c.points(left, c.y, c.width, h), fn)
	c.y += h + 3
}
