package pdf

// A rowBar is one line of a chart with horizontal bars: a label, a bar between two shares of the plot, words behind it.
type rowBar struct {
	label      string
	from, to   float64 // 0 to 1
	paint      paint
	strong     bool    // a sum
	link       bool    // a hair leads down to the next line
	hair       float64 // where it stands
	value, say string
}

// A paint is a colour with a pattern, so that no meaning hangs on the colour.
type paint struct {
	color rgb
	hatch hatch
}

// mostRows is how many lines stand on one page.
const mostRows = 20

// Of horizontal bars, in millimetres.
const (
	rowLabel = 52.0 // the widest label
	rowBarH  = 4.2
	rowGap   = 2.4
)

// A rowGrid is the columns of a chart with horizontal bars.
type rowGrid struct {
	labels        [][]line
	label, plot   float64 // widths
	value, say    float64
	valueX, saidX float64 // right end of the values, left end of what is said
}

func (c *canvas) rowGrid(rows []rowBar) rowGrid {
	var g rowGrid
	small := style{sans, szSmall, ink}
	for _, r := range rows {
		look := small
		if r.strong {
			look.face = bold
		}
		lines := c.cut(r.label, look, rowLabel-3, 2)
		g.labels = append(g.labels, lines)
		g.label = max(g.label, c.widest(lines)+3)
		g.value = max(g.value, c.extent(line{c.fit(style{bold, szSmall, ink}, r.value, 34)}))
		if r.say != "" {
			g.say = max(g.say, c.extent(line{c.fit(small, r.say, 46)})+3)
		}
	}
	g.label = min(g.label, rowLabel)
	g.plot = c.width - g.label - g.value - g.say - 3
	g.valueX, g.saidX = c.right-g.say, c.right-g.say+3
	return g
}

func (g *rowGrid) height(i int) float64 {
	return max(rowBarH+rowGap, float64(len(g.labels[i]))*plateStep+1)
}

func (g *rowGrid) total() (h float64) {
	for i := range g.labels {
		h += g.height(i)
	}
	return h + 2
}

// rowChart draws horizontal bars under each other as one figure.
func (c *canvas) rowChart(title, alt string, rows []rowBar) {
	g := c.rowGrid(rows)
	c.drawing(title, alt, g.total(), func() {
		y := c.y + 1
		c.line(left+g.label, c.y, left+g.label, c.y+g.total(), rule, 0.15)
		for i, r := range rows {
			c.rowBar(&g, i, r, y)
			y += g.height(i)
		}
	})
}

func (c *canvas) rowBar(g *rowGrid, i int, r rowBar, y float64) {
	h, x0 := g.height(i), left+g.label
	c.put(g.labels[i], left, y+(h-float64(len(g.labels[i]))*plateStep)/2, g.label, plateStep, szSmall, toLeft)
	x, w := x0+r.from*g.plot, (r.to-r.from)*g.plot
	if w > 0 {
		c.patch(x, y+(h-rowBarH)/2, max(w, 0.3), rowBarH, r.paint)
	}
	if r.link {
		end := x0 + r.hair*g.plot
		c.line(end, y+(h-rowBarH)/2, end, y+h+rowGap/2, muted, 0.15)
	}
	value := c.fit(style{bold, szSmall, ink}, r.value, 34)
	value.text += " "
	c.put([]line{{value}}, x0, y+(h-4)/2, g.valueX-x0, 4, szSmall, toRight)
	if r.say != "" {
		said := c.fit(style{sans, szSmall, muted}, r.say, 46)
		said.text += " "
		c.put([]line{{said}}, g.saidX, y+(h-4)/2, g.say, 4, szSmall, toLeft)
	}
}
