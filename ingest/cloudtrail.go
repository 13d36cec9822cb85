package ingest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"agenttrail"
)

// CloudTrail's keys: [prefix/]AWSLogs/[o-organization/]account/kind/region/yyyy/mm/dd/file, where the file's name holds the minute of delivery.
const (
	awsLogs     = "AWSLogs/"
	kindLog     = "CloudTrail"
	kindDigest  = "CloudTrail-Digest"
	kindInsight = "CloudTrail-Insight"
	dayLayout   = "2006/01/02"
)

// A root is a prefix below which days begin; whole: it lies inside a day or a month, and is listed as it is.
type root struct {
	prefix string
	whole  bool
}

// findRoots finds which accounts and regions there are, once a run: by asking for the names of one level at a time, never by listing objects.
func (s *S3) findRoots(ctx context.Context) ([]root, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.roots != nil {
		return s.roots, nil
	}
	base := s.o.Prefix
	if base != "" && !strings.HasSuffix(base, "/") {
		base += "/"
	}
	if _, ok := trailParts(base); !ok {
		base += awsLogs
	}
	roots, err := s.descend(ctx, base)
	if err != nil {
		return nil, err
	}
	if len(roots) == 0 {
		return nil, fmt.Errorf("list %s: no CloudTrail folders here: want prefix to end before AWSLogs/, or at an account or region below it: %w", s.uri(base), ErrRequest)
	}
	slices.SortFunc(roots, func(a, b root) int { return strings.Compare(a.prefix, b.prefix) })
	s.roots = roots
	return roots, nil
}

// trailParts are the segments of a key or prefix below AWSLogs/ and the organization.
func trailParts(key string) (parts []string, ok bool) {
	_, path, ok := strings.Cut("/"+key, "/"+awsLogs)
	if first, rest, _ := strings.Cut(path, "/"); strings.HasPrefix(first, "o-") {
		path = rest
	}
	if path = strings.TrimSuffix(path, "/"); path == "" {
		return nil, ok
	}
	return strings.Split(path, "/"), ok
}

func (s *S3) descend(ctx context.Context, prefix string) (roots []root, err error) {
	if parts, _ := trailParts(prefix); len(parts) >= 3 {
		return []root{{prefix, len(parts) > 3}}, nil
	}
	err = s.eachPage(ctx, prefix, "/", func(out *s3.ListObjectsV2Output) error {
		for _, c := range out.CommonPrefixes {
			child := aws.ToString(c.Prefix)
			if !leadsToTrail(child) {
				continue
			}
			found, err := s.descend(ctx, child)
			if err != nil {
				return err
			}
			roots = append(roots, found...)
		}
		return nil
	})
	return roots, err
}

// leadsToTrail leaves out what lies beside CloudTrail's folders: other services deliver below the same AWSLogs/.
func leadsToTrail(prefix string) bool {
	parts, _ := trailParts(prefix)
	switch len(parts) {
	case 1:
		return isAccount(parts[0])
	case 2:
		return slices.Contains([]string{kindLog, kindDigest, kindInsight}, parts[1])
	}
	return true
}

func isAccount(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789") == "" }

// dayPrefixes are the folders of the days that w touches, in byte order. Folders are in UTC, whatever the zone of the window.
func dayPrefixes(roots []root, w agenttrail.Window) (prefixes []string) {
	for _, r := range roots {
		if r.whole || w.Standing() {
			prefixes = append(prefixes, r.prefix)
			continue
		}
		for day := w.From.UTC().Truncate(24 * time.Hour); day.Before(w.To); day = day.AddDate(0, 0, 1) {
			prefixes = append(prefixes, r.prefix+day.Format(dayLayout)+"/")
		}
	}
	return prefixes
}

// parseTrailKey reads the kind of a key and when it was delivered: the time in the file's name, unless its folder is of another day; then the
// beginning of that day, so that each key belongs to a window that lists it. ok is false for what has no day.
func parseTrailKey(key string) (kind string, delivered time.Time, ok bool) {
	parts, _ := trailParts(key)
	if len(parts) < 2 {
		return "", delivered, false
	}
	if len(parts) < 7 {
		return parts[1], delivered, false
	}
	day, err := time.Parse(dayLayout, strings.Join(parts[3:6], "/"))
	if err != nil {
		return parts[1], delivered, false
	}
	name, _, _ := strings.Cut(parts[len(parts)-1], ".")
	for _, part := range strings.Split(name, "_") {
		for _, layout := range []string{"20060102T1504Z", "20060102T150405Z"} {
			if t, err := time.Parse(layout, part); err == nil && t.Format(dayLayout) == day.Format(dayLayout) {
				return parts[1], t, true
			}
		}
	}
	return parts[1], day, true
}
