package reports

import (
	"strings"
	"testing"
)

// TestFilters: a part and what is left out of it are the whole, step by step; logs stay whole; the part has its own id; nothing differs.
func TestFilters(t *testing.T) {
	whole, _ := audited(t, storyInput())
	agent := Filter{Name: "agent", Value: "refund", Agents: []string{"refund"}}
	system := Filter{Name: "system", Value: "stripe", System: "stripe"}
	for _, c := range []struct {
		name    string
		filters []Filter
	}{
		{"an agent", []Filter{agent}}, {"a system", []Filter{system}}, {"both", []Filter{system, agent}}, {"nothing is left out twice", []Filter{agent, agent}},
		{"nobody", []Filter{{Name: "entity", Value: "none", Agents: []string{}}}},
	} {
		in := storyInput()
		in.Filters = c.filters
		a, doc := audited(t, in)
		var want int64
		for i := range whole.groups.lines {
			l := &whole.groups.lines[i]
			in := true
			for _, f := range c.filters {
				in = in && (f.Agents == nil || len(f.Agents) > 0 && l.agent == f.Agents[0]) && (f.System == "" || l.system == f.System)
			}
			if in {
				want += l.n
			}
		}
		if a.groups.total != want || a.groups.total+a.groups.leftOut() != whole.groups.total || a.checks.variance() != 0 {
			t.Errorf("%s: %d actions and %d left out, variance %d; want %d of %d and 0", c.name, a.groups.total, a.groups.leftOut(), a.checks.variance(), want, whole.groups.total)
		}
		if a.total() != whole.total() || a.of("M01").Stated() != whole.of("M01").Stated() || a.of("M02").Stated() != whole.of("M02").Stated() {
			t.Errorf("%s: the filter changes what is said of logs: %s, %s", c.name, a.of("M01").Stated(), a.of("M02").Stated())
		}
		front := flatten(doc.Front)
		for i, f := range c.filters {
			if said := f.Name + " " + f.Value + " leaves out " + counting(a.groups.left[i], "action", "actions"); !strings.Contains(front, said) {
				t.Errorf("%s: page one lacks %q:\n%s", c.name, said, front)
			}
		}
		if doc.ID == "R-202607-audit" || doc.Kind != PartID(KindAudit, c.filters) {
			t.Errorf("%s: id %s, kind %s: want those of a part", c.name, doc.ID, doc.Kind)
		}
	}
	if whole.groups.leftOut() != 0 || PartID("audit", nil) != "audit" || PartID("audit", []Filter{agent}) == PartID("audit", []Filter{system}) {
		t.Errorf("PartID: the whole is %q, two parts are %q and %q", PartID("audit", nil), PartID("audit", []Filter{agent}), PartID("audit", []Filter{system}))
	}
}
