package reports

import (
	"maps"
	"slices"

	"agenttrail"
)

// most values of one field that a question may name.
const mostValues = 200

// A box holds, for each system, the values that some groups have: the smallest question that finds at least the actions of these groups.
// What it finds is judged one by one, so it may be too wide and never too narrow.
type box struct {
	systems map[string]map[string]map[string]bool
} // system, field, value; a nil set: too many to name

func (b *box) add(fields, values []string) {
	if b.systems == nil {
		b.systems = map[string]map[string]map[string]bool{}
	}
	system := ""
	if i := slices.Index(fields, "agenttrail.resource.system"); i >= 0 {
		system = values[i]
	}
	sides, ok := b.systems[system]
	if !ok {
		sides = map[string]map[string]bool{}
		b.systems[system] = sides
	}
	for i, f := range fields {
		set, known := sides[f]
		switch {
		case !known:
			set = map[string]bool{}
			sides[f] = set
		case set == nil:
			continue
		}
		set[values[i]] = true
		if values[i] == agenttrail.TooLong || len(set) > mostValues {
			sides[f] = nil
		}
	}
}

// questions are the terms for each system, in order.
func (b *box) questions() (list [][]agenttrail.Term) {
	for _, system := range slices.Sorted(maps.Keys(b.systems)) {
		terms := []agenttrail.Term{withoutConflicts}
		sides := b.systems[system]
		for _, f := range slices.Sorted(maps.Keys(sides)) {
			if sides[f] != nil {
				terms = append(terms, agenttrail.Term{Field: f, Any: slices.Sorted(maps.Keys(sides[f]))})
			}
		}
		list = append(list, terms)
	}
	return list
}
