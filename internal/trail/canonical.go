package trail

import (
	"maps"
	"slices"
	"strconv"

	"agenttrail"
)

// appendCanonical appends v as canonical JSON: members in byte order of their names, members without a value left out. v is a string, an int64, a
// map[string]string, a map[string]int64 or a map[string]any of these. Text is made valid UTF-8 first.
func appendCanonical(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		clean, _ := agenttrail.Clean(v)
		return agenttrail.AppendString(b, clean)
	case int64:
		return append(strconv.AppendInt(append(b, '"'), v, 10), '"')
	case map[string]string:
		return appendMembers(b, v)
	case map[string]int64:
		return appendMembers(b, v)
	case map[string]any:
		return appendMembers(b, v)
	}
	panic("BUG: no canonical form")
}

func appendMembers[V any](b []byte, m map[string]V) []byte {
	b = append(b, '{')
	for i, name := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendCanonical(b, name), ':')
		b = appendCanonical(b, any(m[name]))
	}
	return append(b, '}')
}
