package main

import (
	"fmt"
	"strings"

	"agenttrail"
	"agenttrail/internal/strictyaml"
	"agenttrail/normalize"
)

// A mapping version is the format's own version and, behind a plus sign each, the SHA-256 of the files that the mapping used: m for a mapping file,
// t for a tool map. So a batch says for ever what its mapping was, and verify --deep finds the files in the trail.
const (
	mappingMark = "m:"
	toolsMark   = "t:"
)

// formatOf makes the format that a batch entry names, from the policy files that it names.
func formatOf(b agenttrail.Batch, policy func(sha string) ([]byte, error)) (normalize.Format, error) {
	own, files, _ := strings.Cut(b.MappingVersion, "+")
	var o normalize.Options
	for _, file := range nonEmpty(strings.Split(files, "+")...) {
		data, err := policy(file[min(2, len(file)):])
		if err != nil {
			return normalize.Format{}, fmt.Errorf("mapping %s: %w", b.MappingVersion, err)
		}
		var mistakes strictyaml.Mistakes
		switch {
		case strings.HasPrefix(file, mappingMark):
			o.Mapping, mistakes = normalize.LoadMapping("mapping", data)
		case strings.HasPrefix(file, toolsMark):
			o.Tools, mistakes = normalize.LoadTools("tools", data)
		}
		if len(mistakes) > 0 {
			return normalize.Format{}, mistakes
		}
	}
	f, err := normalize.Lookup(b.Mapping, o)
	if err == nil && f.Version != own {
		err = fmt.Errorf("mapping %s %s is not in this program, which has %s", b.Mapping, own, f.Version)
	}
	return f, err
}
