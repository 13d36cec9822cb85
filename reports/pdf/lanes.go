package pdf

import (
	"fmt"
	"time"

	"agenttrail/reports"
)

// Of lanes, in millimetres.
const (
	laneTime  = 35.0 // the column of times
	laneWidth = 17.0
	laneMark  = 1.9
	mostLanes = 6
)

// A laneGrid is a drawing of lanes on its way onto pages.
type laneGrid struct {
	l     *reports.Lanes
	heads [][]line
	headH float64
	textX float64
	textW float64
}

// lanes draws a line down the page for each party and a mark for each moment, which is a row. It is tagged as a table: when, who, what.
func (c *canvas) lanes(title string, l *reports.Lanes) {
	if len(l.Moments) == 0 {
		c.emptyTable(&reports.Table{Caption: title, Empty: "Nothing was recorded."})
		return
	}
	g := laneGrid{l: l, textX: left + laneTime + laneWidth*float64(len(l.Names)) + 2}
	g.textW = c.right - g.textX
	n := 1
	for _, name := range l.Names {
		lines := c.columnLabel(name, laneWidth-1)
		g.heads, n = append(g.heads, lines), max(n, len(lines))
	}
	g.headH = plateHead + float64(n-1)*plateStep
	caption := c.caption(title)
	c.room(float64(len(caption))*lineStep + 1.2 + g.headH + c.momentHeight(&g, 0))
	c.open("Table", "")
	c.drawCaption(caption)
	c.open("THead", "")
	c.open("TR", "")
	c.laneHead(&g, func(fn func()) { c.leaf("TH", "/O/Table/Scope/Column", fn) })
	c.close()
	c.close()
	c.open("TBody", "")
	for i := range l.Moments {
		c.moment(&g, i)
	}
	c.close()
	c.close()
	c.y += 4
}

func (c *canvas) laneHead(g *laneGrid, cell func(fn func())) {
	base := c.y + g.headH - plateHead
	cell(func() {
		c.put([]line{{c.run(plateLook, "Time (UTC) ")}}, left, base, laneTime, plateHead, szSmall, toLeft)
	})
	cell(func() {
		for k, lines := range g.heads {
			y := c.y + g.headH - float64(len(lines))*plateStep - 0.6
			c.put(lines, g.laneX(k)-laneWidth/2, y, laneWidth, plateStep, szSmall, toCenter)
		}
	})
	cell(func() {
		c.put([]line{{c.run(plateLook, "What was done ")}}, g.textX, base, g.textW, plateHead, szSmall, toLeft)
	})
	c.y += g.headH
}

// laneX is where the line of a lane stands.
func (g *laneGrid) laneX(k int) float64 { return left + laneTime + (float64(k)+0.5)*laneWidth }

func (g *laneGrid) index(name string) int {
	for k, n := range g.l.Names {
		if n == name {
			return k
		}
	}
	return -1
}

func (c *canvas) momentLines(g *laneGrid, i int) []line {
	m := g.l.Moments[i]
	return c.cellLines(reports.Cell{Text: m.Text + " ", Tone: m.Tone, Ref: m.Ref}, style{sans, szCell, ink}, g.textW, maxLines)
}

func (c *canvas) momentHeight(g *laneGrid, i int) float64 {
	h := max(6, float64(len(c.momentLines(g, i)))*cellStep+1.8)
	if g.later(i) != "" {
		h += cellStep
	}
	return h
}

// later says how much time lies between a moment and the one before, where that is worth a word.
func (g *laneGrid) later(i int) string {
	if i == 0 {
		return ""
	}
	switch d := g.l.Moments[i].At.Sub(g.l.Moments[i-1].At); {
	case d < time.Minute:
		return ""
	case d < time.Hour:
		return counted(int(d/time.Minute), "minute") + " later"
	case d < 48*time.Hour:
		return counted(int(d/time.Hour), "hour") + " later"
	default:
		return counted(int(d/(24*time.Hour)), "day") + " later"
	}
}

func (c *canvas) moment(g *laneGrid, i int) {
	m, h := g.l.Moments[i], c.momentHeight(g, i)
	if before := c.page(); c.y+h > c.bottom {
		if c.room(h); c.page() != before {
			c.pagination(func() { c.laneHead(g, func(fn func()) { fn() }) })
		}
	}
	lane, to := g.index(m.Lane), g.index(m.To)
	y := c.y
	if later := g.later(i); later != "" {
		y += cellStep
	}
	mid := y + 0.9 + cellStep/2
	c.artifact(func() { c.laneLines(g, h, mid, lane, to, m.Tone) })
	c.open("TR", "")
	c.leaf("TH", "/O/Table/Scope/Row", func() { c.momentTime(g, i, y) })
	who := c.leaf("TD", "", func() {
		mark := run{style{sans, szSmall, white}, orElse(toneLooks[m.Tone].mark, "●")}
		if m.Tone == "" || toneLooks[m.Tone].mark == "" {
			mark.color = accent
		}
		c.put([]line{{mark}}, g.laneX(lane)-laneMark*2, mid-2, laneMark*4, 4, szSmall, toCenter)
	})
	who.long = laneWords(m)
	c.leaf("TD", "", func() { c.put(c.momentLines(g, i), g.textX, y+0.9, g.textW, cellStep, szCell, toLeft) })
	c.close()
	c.y += h
}

// laneWords says what the mark and its arrow show.
func laneWords(m reports.Moment) string {
	if m.To == "" || m.To == m.Lane {
		return head(m.Lane, 200)
	}
	return fmt.Sprintf("%s to %s", head(m.Lane, 200), head(m.To, 200))
}

func (c *canvas) momentTime(g *laneGrid, i int, y float64) {
	at := g.l.Moments[i].At.UTC()
	look := style{mono, szMono, ink}
	day := ""
	if i == 0 || at.Format(time.DateOnly) != g.l.Moments[i-1].At.UTC().Format(time.DateOnly) {
		day = at.Format(time.DateOnly) + " "
	}
	if later := g.later(i); later != "" {
		c.put([]line{{c.run(style{sans, szSmall, muted}, later+" ")}}, left, c.y, laneTime, cellStep, szSmall, toLeft)
	}
	c.put([]line{{c.run(style{mono, szMono, muted}, day), c.run(look, at.Format("15:04:05")+" ")}}, left, y+0.9, laneTime-2, cellStep, szMono, toRight)
}

// laneLines draws what is no text: the line of each lane, the arrow, the plate behind a mark.
func (c *canvas) laneLines(g *laneGrid, h, mid float64, lane, to int, tone string) {
	for k := range g.l.Names {
		c.line(g.laneX(k), c.y, g.laneX(k), c.y+h, rule, 0.25)
	}
	if to >= 0 && to != lane {
		x1, x2 := g.laneX(lane), g.laneX(to)
		side := 1.0
		if x2 < x1 {
			side = -1
		}
		c.line(x1, mid, x2-side*0.6, mid, muted, 0.3)
		c.polygon([][2]float64{{x2 - side*0.3, mid}, {x2 - side*2.1, mid - 1}, {x2 - side*2.1, mid + 1}}, muted)
	}
	back := white
	if look := toneLooks[tone]; look.mark != "" {
		back = look.color
	}
	c.fill(g.laneX(lane)-laneMark, mid-laneMark, laneMark*2, laneMark*2, back)
}
