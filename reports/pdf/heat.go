package pdf

import "agenttrail/reports"

// heat draws numbers on tints. Zero and no data differ: a pale cell with 0, an outlined one with a dash.
func (c *canvas) heat(title string, h *reports.Heat) {
	peak := int64(1)
	for _, row := range h.Values {
		for _, v := range row {
			peak = max(peak, v)
		}
	}
	c.plates(title, plate{corner: h.Corner, rows: h.Rows, columns: h.Columns, cell: func(r, k int) tint { return heatCell(h.Values[r][k], peak) }})
}

func heatCell(v, peak int64) tint {
	if v < 0 {
		return tint{word: "–", long: "no data", look: style{sans, szSmall, muted}, framed: true}
	}
	back := heatColors[0]
	if v > 0 {
		share := float64(v) / float64(peak+1)
		back = heatColors[1+int(share*float64(len(heatColors)-1))]
	}
	return tint{word: thousands(v), look: style{sans, szSmall, legible(back)}, back: back}
}
