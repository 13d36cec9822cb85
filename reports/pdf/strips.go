package pdf

import "agenttrail/reports"

// strips draws one state a cell, as a letter on the tint of its tone, under a legend of the words.
func (c *canvas) strips(title string, s *reports.Strips) {
	states := map[string]reports.StripState{}
	for _, l := range s.Legend {
		states[l.Name] = l
	}
	p := plate{corner: s.Corner, rows: s.Rows, columns: s.Columns, cell: func(r, k int) tint { return stripCell(states[s.States[r][k]]) }}
	if title == "" || len(s.Rows) == 0 || len(s.Columns) == 0 {
		c.plates(title, p)
		return
	}
	caption := c.caption(title)
	c.room(float64(len(caption))*lineStep + 16 + plateHead + float64(min(len(s.Rows), fewRows))*tallCell)
	c.leaf("P", "", func() { c.put(caption, left, c.y, c.width, lineStep, szBody, toLeft) })
	c.y += float64(len(caption))*lineStep + 1.6
	c.stripLegend(s.Legend)
	c.plates("", p)
}

func stripCell(s reports.StripState) tint {
	if s.Name == "" {
		return tint{word: "–", long: "no state", look: style{sans, szSmall, muted}, framed: true}
	}
	look := toneLooks[s.Tone]
	return tint{word: s.Letter, long: head(s.Name, 100), look: style{bold, szSmall, look.color}, back: look.tint, framed: look.tint == white}
}

// stripLegend explains the letters, in as many lines as it takes.
func (c *canvas) stripLegend(states []reports.StripState) {
	const swatch, step = 4.6, 5.6
	if len(states) == 0 {
		return
	}
	c.open("L", "")
	x := left
	c.room(step)
	for _, s := range states {
		name := c.fit(style{sans, szSmall, ink}, s.Name, 60)
		w := swatch + 1.6 + c.extent(line{name}) + 6
		if x > left && x+w > c.right {
			x = left
			c.y += step
			c.room(step)
		}
		c.legendItem(stripCell(s), name, x)
		x += w
	}
	c.close()
	c.y += step + 1.4
}

func (c *canvas) legendItem(t tint, name run, x float64) {
	const swatch = 4.6
	c.artifact(func() {
		if t.framed {
			c.frame(x, c.y, swatch, swatch, rule)
			return
		}
		c.fill(x, c.y, swatch, swatch, t.back)
	})
	letter := c.fit(t.look, t.word, swatch-0.4)
	c.open("LI", "")
	c.leaf("Lbl", "", func() { c.put([]line{{letter}}, x, c.y, swatch, swatch, szSmall, toCenter) })
	name.text += " "
	c.leaf("LBody", "", func() { c.put([]line{{name}}, x+swatch+1.6, c.y, 60, swatch, szSmall, toLeft) })
	c.close()
}
