package pdf

import (
	"fmt"
	"math"
	"strings"

	"agenttrail/reports"
)

// figureBlock draws a figure under its title.
func (c *canvas) figureBlock(f *reports.Figure) {
	switch {
	case f.Bars != nil:
		c.bars(f.Title, f.Bars)
	case f.Heat != nil:
		c.heat(f.Title, f.Heat)
	case f.Strips != nil:
		c.strips(f.Title, f.Strips)
	case f.Pareto != nil:
		c.pareto(f.Title, f.Pareto)
	case f.Funnel != nil:
		c.funnel(f.Title, f.Funnel)
	case f.Waterfall != nil:
		c.waterfall(f.Title, f.Waterfall)
	case f.Slope != nil:
		c.slope(f.Title, f.Slope)
	case f.Ageing != nil:
		c.ageing(f.Title, f.Ageing)
	case f.Lanes != nil:
		c.lanes(f.Title, f.Lanes)
	}
}

const barsHeight = 72.0

// A chart is where bars stand.
type chart struct {
	b                 *reports.Bars
	totals            []int64
	x0, base, plot    float64 // left end and height of the axis, height of the plot
	slot              float64 // width for one bar
	top, step         int64   // end of the axis, distance of its lines
	labels            []run
	everyN, peakIndex int
	labelEnd          float64 // right end of the last label drawn
}

// bars draws stacked bars with totals on top and a legend in words. The numbers are spoken as well.
func (c *canvas) bars(title string, b *reports.Bars) { c.barChart(title, b, c.spoken(title, b)) }

// barChart draws bars and says alt of them.
func (c *canvas) barChart(title string, b *reports.Bars, alt string) {
	if len(b.Labels) == 0 || len(b.Series) == 0 {
		c.emptyTable(&reports.Table{Caption: title, Empty: "No data."})
		return
	}
	c.drawing(title, alt, barsHeight, func() {
		g := c.chart(b)
		c.legend(b)
		c.axis(g)
		for i := range b.Labels {
			c.bar(g, i)
		}
		c.line(g.x0, g.base, c.right, g.base, ink, 0.3)
	})
}

func (c *canvas) chart(b *reports.Bars) *chart {
	g := &chart{b: b, base: c.y + barsHeight - 6, plot: barsHeight - 20}
	g.totals = totals(b)
	for i, sum := range g.totals {
		if sum > g.totals[g.peakIndex] {
			g.peakIndex = i
		}
	}
	g.top, g.step = scale(g.totals[g.peakIndex])
	small := style{sans, szSmall, muted}
	g.x0 = left + c.measure(small, thousands(g.top)) + 2.5
	g.slot = (c.right - g.x0) / float64(len(b.Labels))
	widest := 0.0
	for _, l := range b.Labels {
		r := c.fit(small, l, 26)
		g.labels = append(g.labels, r)
		widest = max(widest, c.extent(line{r}))
	}
	g.everyN = max(1, int(math.Ceil((widest+2)/g.slot)))
	return g
}

// totals adds up each bar.
func totals(b *reports.Bars) (sums []int64) {
	for _, vs := range b.Values {
		sum := int64(0)
		for _, v := range vs {
			sum += v
		}
		sums = append(sums, sum)
	}
	return sums
}

// scale finds an axis of at most five equal steps of 1, 2 or 5 times a power of ten.
func scale(peak int64) (top, step int64) {
	for unit := int64(1); ; unit *= 10 {
		for _, m := range [...]int64{1, 2, 5} {
			if step = unit * m; peak <= 5*step {
				return max(1, (peak+step-1)/step) * step, step
			}
		}
	}
}

func (c *canvas) legend(b *reports.Bars) {
	x := left
	each := (c.width - 30) / float64(len(b.Series))
	for k, name := range b.Series {
		c.patch(x, c.y+1, 3.2, 3.2, paint{seriesColors[k], seriesHatches[k]})
		r := c.fit(style{sans, szSmall, ink}, name, each-11)
		r.text += " "
		c.put([]line{{r}}, x+4.6, c.y+0.6, each, 4, szSmall, toLeft)
		x += 4.6 + c.extent(line{r}) + 6
	}
	unit := c.fit(style{sans, szSmall, muted}, b.Unit, 28)
	c.put([]line{{unit}}, left, c.y+0.6, c.width, 4, szSmall, toRight)
}

func (c *canvas) axis(g *chart) {
	for v := int64(0); v <= g.top; v += g.step {
		y := g.base - float64(v)/float64(g.top)*g.plot
		c.line(g.x0, y, c.right, y, rule, 0.15)
		r := c.run(style{sans, szSmall, muted}, thousands(v))
		c.put([]line{{r}}, left, y-2, g.x0-left-1.5, 4, szSmall, toRight)
	}
}

func (c *canvas) bar(g *chart, i int) {
	x, y := g.x0+g.slot*(float64(i)+0.19), g.base
	hair := 0.0
	for k, v := range g.b.Values[i] {
		if v == 0 {
			continue
		}
		h := float64(v) / float64(g.top) * g.plot
		c.patch(x, y-h, g.slot*0.62, max(h-hair, 0.2), paint{seriesColors[k], seriesHatches[k]})
		y -= h
		hair = 0.15 // of white between parts
	}
	c.total(g, i)
	if i%g.everyN != 0 {
		return
	}
	w := c.extent(line{g.labels[i]})
	at := min(max(g.x0+g.slot*(float64(i)+0.5)-w/2, left), c.right-w)
	if at < g.labelEnd+1 {
		return
	}
	g.labelEnd = at + w
	c.put([]line{{g.labels[i]}}, at, g.base+1, w, 4, szSmall, toLeft)
}

// total writes the sum over a bar where there is room for it; else over the highest one only.
func (c *canvas) total(g *chart, i int) {
	s := style{bold, szSmall, ink}
	if c.measure(s, thousands(g.totals[g.peakIndex]))+1 > g.slot && i != g.peakIndex {
		return
	}
	r := c.run(s, thousands(g.totals[i])+" ")
	w := c.extent(line{r}) + 1
	mid := min(max(g.x0+g.slot*(float64(i)+0.5), left+w/2), c.right-w/2)
	y := g.base - float64(g.totals[i])/float64(g.top)*g.plot
	c.fill(mid-w/2, y-3.9, w, 3.4, white) // keeps the lines of the axis out of the number
	c.put([]line{{r}}, mid-w/2, y-4.2, w, 4, szSmall, toCenter)
}

// longestSpoken is how many UTF-16 units a text string of the file may have; PDF/A allows 32,767 bytes.
const longestSpoken = 16000

// spoken is the alternative text of bars, made from the numbers. Where they are too many it is a summary, and says so.
func (c *canvas) spoken(title string, b *reports.Bars) string {
	totals := totals(b)
	var s strings.Builder
	fmt.Fprintf(&s, "Stacked bar chart: %s.", title)
	for i, l := range b.Labels {
		fmt.Fprintf(&s, " %s:", l)
		for k, name := range b.Series {
			fmt.Fprintf(&s, " %d %s,", b.Values[i][k], name)
		}
		fmt.Fprintf(&s, " %d in all.", totals[i])
	}
	if full := c.faces[sans].guard(s.String()); units(full) <= longestSpoken {
		return full
	}
	return c.faces[sans].guard(summary(title, b, totals))
}

func summary(title string, b *reports.Bars, totals []int64) string {
	sums, peak, all := make([]int64, len(b.Series)), 0, int64(0)
	for i, vs := range b.Values {
		for k, v := range vs {
			sums[k] += v
		}
		all += totals[i]
		if totals[i] > totals[peak] {
			peak = i
		}
	}
	var s strings.Builder
	fmt.Fprintf(&s, "Stacked bar chart: %s. A summary of %d bars: %d %s in all;", head(title, 500), len(b.Labels), all, head(b.Unit, 100))
	for k, name := range b.Series {
		fmt.Fprintf(&s, " %d %s;", sums[k], head(name, 200))
	}
	end := len(totals) - 1
	fmt.Fprintf(&s, " the first bar is %s with %d, the highest %s with %d, the last %s with %d.",
		head(b.Labels[0], 100), totals[0], head(b.Labels[peak], 100), totals[peak], head(b.Labels[end], 100), totals[end])
	return s.String()
}
