package pdf

// A hatch is a pattern of white lines on a colour. It tells parts apart where colour does not: in a black and white print, for
// colour-blind readers.
type hatch int

const (
	solid hatch = iota
	rising
	falling
	level
)

// seriesHatches belong to seriesColors.
var seriesHatches = [len(seriesColors)]hatch{solid, rising, falling, level}

// Of patterns, in millimetres.
const (
	hatchStep = 1.5
	hatchPen  = 0.22
)

// patch fills a box with a colour and its pattern.
func (c *canvas) patch(x, y, w, h float64, p paint) {
	c.fill(x, y, w, h, p.color)
	switch p.hatch {
	case rising:
		c.diagonals(x, y, w, h, func(at, t float64) (float64, float64) { return x + at + t, y + h - t })
	case falling:
		c.diagonals(x, y, w, h, func(at, t float64) (float64, float64) { return x + at + t, y + t })
	case level:
		for at := hatchStep / 2; at < h; at += hatchStep {
			c.line(x, y+at, x+w, y+at, white, hatchPen)
		}
	}
}

// diagonals draws lines at 45 degrees, each cut where the box ends. place says where the point t of the line that begins at stands.
func (c *canvas) diagonals(x, y, w, h float64, place func(at, t float64) (float64, float64)) {
	for at := -h + hatchStep; at < w; at += hatchStep {
		from, to := max(0, -at), min(h, w-at)
		x1, y1 := place(at, from)
		x2, y2 := place(at, to)
		c.line(x1, y1, x2, y2, white, hatchPen)
	}
}
