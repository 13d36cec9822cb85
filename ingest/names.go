package ingest

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"agenttrail"
)

// escape percent-encodes a name, all but the unreserved characters and the slash, so that a URI is plain ASCII whatever the name holds.
func escape(name string) string {
	b := make([]byte, 0, len(name)+16)
	for i := 0; i < len(name); i++ {
		c := name[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~/", c) >= 0 {
			b = append(b, c)
			continue
		}
		b = append(b, '%', upperHex[c>>4], upperHex[c&15])
	}
	return string(b)
}

const upperHex = "0123456789ABCDEF"

// unescape is the inverse of escape.
func unescape(text string) (string, error) { return url.PathUnescape(text) }

// matchGlob says whether name matches the pattern: ** is any number of whole segments, the rest of a segment is as in path.Match.
func matchGlob(pattern, name string) bool {
	p, n := strings.Split(pattern, "/"), strings.Split(name, "/")
	i, j, star, mark := 0, 0, -1, 0
	for j < len(n) {
		switch {
		case i < len(p) && p[i] == "**":
			star, mark = i, j
			i++
		case i < len(p) && matchSegment(p[i], n[j]):
			i++
			j++
		case star >= 0: // let the last ** take one segment more
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == "**" {
		i++
	}
	return i == len(p)
}

func matchSegment(pattern, segment string) bool {
	ok, err := path.Match(pattern, segment)
	return ok && err == nil
}

// CheckGlob says what is wrong with a pattern of include or exclude.
func CheckGlob(pattern string) error {
	if pattern == "" {
		return fmt.Errorf("the pattern is empty: want one like **/*.json.gz")
	}
	for _, segment := range strings.Split(pattern, "/") {
		if segment != "**" && strings.Contains(segment, "**") {
			return fmt.Errorf("pattern %q: ** stands for whole folders and must stand alone between slashes", pattern)
		}
		if _, err := path.Match(segment, ""); err != nil {
			return fmt.Errorf("pattern %q: a [ is not closed, or it ends with a backslash", pattern)
		}
	}
	return nil
}

// A filter leaves objects out by name.
type filter struct{ include, exclude []string }

func newFilter(include, exclude []string) (filter, error) {
	for _, list := range [][]string{include, exclude} {
		for _, pattern := range list {
			if err := CheckGlob(pattern); err != nil {
				return filter{}, err
			}
		}
	}
	return filter{include, exclude}, nil
}

// rule is the name of the rule that leaves name out; empty: it is wanted.
func (f filter) rule(name string) string {
	for _, pattern := range f.exclude {
		if matchGlob(pattern, name) {
			return RuleExclude
		}
	}
	for _, pattern := range f.include {
		if matchGlob(pattern, name) {
			return ""
		}
	}
	if len(f.include) > 0 {
		return RuleInclude
	}
	return ""
}

// writeChecks are the names of objects that AWS services write to find out whether they may.
var writeChecks = map[string]string{
	"amazon-bedrock-logs-permission-check": RulePermission,
	"aws-logs-write-test":                  RulePermission,
	"ConfigWritabilityCheckFile":           RuleTestFile,
	"ELBAccessLogTestFile":                 RuleTestFile,
}

// emptyOrTest is the rule by which an object holds nothing for anybody, whatever its source; empty: it may hold something.
func emptyOrTest(o *agenttrail.Object) string {
	switch {
	case o.Size == 0 && strings.HasSuffix(o.URI, "/"):
		return RuleMarker
	case o.Size == 0:
		return RuleEmpty
	}
	return writeChecks[path.Base(o.URI)]
}
