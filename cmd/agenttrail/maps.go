package main

import (
	"cmp"
	"maps"
	"slices"
)

// sortedKeys are the keys of a map in order.
func sortedKeys[K cmp.Ordered, V interface{}](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
