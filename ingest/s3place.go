package ingest

import (
	"strings"
	"time"
)

// Places say where CloudTrail delivered the object of a URI, and which URI the object of such a place has here. original is the bucket, and what stood
// before AWSLogs/ there, where this bucket holds a copy; nil: it was delivered here.
func (s *S3) Places(original *Place) (there func(uri string) (Place, bool), here func(Place) string) {
	base, _, inside := strings.Cut(s.o.Prefix, awsLogs)
	if !inside && base != "" && !strings.HasSuffix(base, "/") {
		base += "/"
	}
	if original == nil {
		original = &Place{s.o.Bucket, base}
	}
	there = func(uri string) (Place, bool) {
		key, err := s.key(uri)
		below, ok := strings.CutPrefix(key, base+awsLogs)
		return Place{original.Bucket, original.Key + awsLogs + below}, ok && err == nil
	}
	here = func(p Place) string {
		below, ok := strings.CutPrefix(p.Key, original.Key+awsLogs)
		if !ok || p.Bucket != original.Bucket {
			return scheme + p.Bucket + "/" + escape(p.Key) // of another place
		}
		return s.uri(base + awsLogs + below)
	}
	return there, here
}

// Wants says whether a log that a digest lists is one that this source pulls: delivered at since or later, and not left out by name.
func (s *S3) Wants(since time.Time) func(uri string) bool {
	return func(uri string) bool {
		key, err := s.key(uri)
		_, delivered, ok := parseTrailKey(key)
		return err == nil && ok && !delivered.Before(since) && strings.HasPrefix(key, s.o.Prefix) && s.rule(key) == ""
	}
}
