package pdf

import (
	"fmt"

	"agenttrail/reports"
)

// ageing draws how long ago something last happened, as bars; what is beyond the limit has a colour and a pattern of its own.
func (c *canvas) ageing(title string, a *reports.Ageing) {
	b := &reports.Bars{Series: []string{"within " + a.Limit, "longer ago than " + a.Limit}, Unit: a.Unit}
	if a.Over == len(a.Bands) {
		b.Series = b.Series[:1]
	}
	if a.Limit == "" {
		b.Series = []string{a.Unit}
	}
	var spoken []string
	sum, over := int64(0), int64(0)
	for i, s := range a.Bands {
		values := make([]int64, len(b.Series))
		part := 0
		if i >= a.Over && len(b.Series) > 1 {
			part = 1
			over += s.N
		}
		values[part] = s.N
		sum += s.N
		b.Labels, b.Values = append(b.Labels, s.Name), append(b.Values, values)
		spoken = append(spoken, fmt.Sprintf("%s: %s.", named(s.Name), thousands(s.N)))
	}
	all := fmt.Sprintf("%s %s in all", thousands(sum), named(a.Unit))
	if len(b.Series) > 1 {
		all += fmt.Sprintf(", %s of them longer ago than %s", thousands(over), named(a.Limit))
	}
	c.barChart(title, b, c.speech("Bars by age", title, append([]string{all + "."}, spoken...)))
}
