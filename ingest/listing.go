package ingest

import (
	"encoding/hex"
	"strconv"
	"time"

	"agenttrail"
)

// A listing is what a source showed for a window: canonical JSON lines (etag, key, modified, size; left_out names the rule of what is not read), in the
// order in which it came. It proves later what was there, so the trail keeps it as an object of its own.
type listing struct {
	spool  *spool
	newest time.Time
	line   []byte
	listed
}

// listed counts what a listing holds.
type listed struct {
	objects, bytes int64            // wanted ones
	leftOut        map[string]int64 // by rule
}

func newListing() *listing { return &listing{spool: newSpool()} }

// add appends the line of o. rule says why it is left out; empty: it is not.
func (l *listing) add(o *agenttrail.Object, rule string) error {
	if rule != "" {
		if l.leftOut == nil {
			l.leftOut = map[string]int64{}
		}
		l.leftOut[rule]++
	} else {
		l.objects++
		l.bytes += max(o.Size, 0)
	}
	if o.Time.After(l.newest) {
		l.newest = o.Time
	}
	l.line = appendListed(l.line[:0], o, rule)
	_, err := l.spool.Write(l.line)
	return err
}

func appendListed(b []byte, o *agenttrail.Object, rule string) []byte {
	member := func(name, value string) {
		if value == "" {
			return
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		value, _ = agenttrail.Clean(value)
		b = agenttrail.AppendString(append(agenttrail.AppendString(b, name), ':'), value)
	}
	b = append(b, '{')
	if o.Body == nil { // a page holds cursors that change with each walk: the evidence has the hash of what was new
		member("etag", o.Version)
	}
	member("key", o.URI)
	member("left_out", rule)
	if !o.Time.IsZero() {
		member("modified", agenttrail.FormatTime(o.Time))
	}
	if o.Size >= 0 && o.Body == nil {
		member("size", strconv.FormatInt(o.Size, 10))
	}
	return append(b, "}\n"...)
}

// digest is the SHA-256 of the lines, in hex.
func (l *listing) digest() string {
	sum := l.spool.Sum()
	return hex.EncodeToString(sum[:])
}

// object is the listing as an object. Its name is that of the window and its version that of its bytes, so the same answer is a known object. It counts
// as available since the newest of what it lists.
func (l *listing) object(w agenttrail.Window) agenttrail.Object {
	return agenttrail.Object{
		URI: "listing:" + w.Source + "/" + w.Key(), Version: l.digest(), Role: agenttrail.RoleListing, Size: l.spool.n, Time: l.newest,
	}
}
