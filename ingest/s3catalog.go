package ingest

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"agenttrail"
)

// A catalog is one listing of a bucket, sorted into the windows of a run. Where the keys do not say the time, each window would need the whole listing:
// so it is asked for once. What was listed lies in a file without a name; memory holds where each object stands in it.
type catalog struct {
	file   *os.File
	places map[int64][]span // of the objects of a window, in byte order of their keys, by the start of the window
	served map[int64]bool   // windows that were read from it
}

// A span is where an object stands in the file.
type span struct {
	at int64
	n  int32
}

// Announce tells which windows will be listed, oldest first.
func (s *S3) Announce(windows []agenttrail.Window) {
	s.listing.Lock()
	defer s.listing.Unlock()
	s.announced = windows
}

// Close frees what listing left.
func (s *S3) Close() error {
	s.listing.Lock()
	defer s.listing.Unlock()
	s.catalog.close()
	s.catalog = nil
	return nil
}

// cataloged says that w shares its listing with the other windows of the run: its prefixes are theirs too.
func (s *S3) cataloged(w agenttrail.Window) bool {
	const day = 24 * time.Hour
	shared := !s.o.CloudTrail || w.To.Sub(w.From) < day
	return shared && len(s.announced) > 1 && slices.ContainsFunc(s.announced, func(a agenttrail.Window) bool { return a.From.Equal(w.From) && a.To.Equal(w.To) })
}

// listCataloged yields the objects of w from the catalog. One that w was read from already is made anew: whoever lists again wants to know what changed.
func (s *S3) listCataloged(ctx context.Context, w agenttrail.Window, yield func(agenttrail.Object, error) bool) {
	s.listing.Lock()
	defer s.listing.Unlock()
	if key := w.From.Unix(); s.catalog == nil || s.catalog.served[key] {
		s.catalog.close()
		var err error
		if s.catalog, err = s.makeCatalog(ctx); err != nil {
			yield(agenttrail.Object{}, err)
			return
		}
	}
	s.catalog.served[w.From.Unix()] = true
	for _, place := range s.catalog.places[w.From.Unix()] {
		l, err := s.catalog.read(place)
		if err != nil {
			yield(agenttrail.Object{}, &spoolError{err})
			return
		}
		if o, ok := s.object(&l, w); ok && !yield(o, nil) {
			return
		}
	}
}

// makeCatalog lists all prefixes of the announced windows once.
func (s *S3) makeCatalog(ctx context.Context) (c *catalog, err error) {
	prefixes, err := s.sharedPrefixes(ctx)
	if err != nil {
		return nil, err
	}
	spool := newSpool()
	if err := spool.spill(); err != nil {
		return nil, err
	}
	c = &catalog{file: spool.file, places: map[int64][]span{}, served: map[int64]bool{}}
	out, at := bufio.NewWriterSize(c.file, 1<<20), int64(0)
	var line []byte
	for page, err := range s.pages(ctx, prefixes) {
		if err != nil {
			c.close()
			return nil, err
		}
		for i := range page {
			w, ok := s.windowOf(&page[i])
			if !ok {
				continue
			}
			line = appendListing(line[:0], &page[i])
			if _, err := out.Write(line); err != nil {
				c.close()
				return nil, &spoolError{err}
			}
			c.places[w.From.Unix()] = append(c.places[w.From.Unix()], span{at, int32(len(line))})
			at += int64(len(line))
		}
	}
	if err := out.Flush(); err != nil {
		c.close()
		return nil, &spoolError{err}
	}
	return c, ctx.Err()
}

func (s *S3) sharedPrefixes(ctx context.Context) ([]string, error) {
	first, last := s.announced[0], s.announced[len(s.announced)-1]
	return s.prefixes(ctx, agenttrail.Window{Source: first.Source, From: first.From, To: last.To})
}

// windowOf finds the announced window that an object belongs to.
func (s *S3) windowOf(l *types.Object) (w agenttrail.Window, ok bool) {
	at := s.placed(l)
	n, found := slices.BinarySearchFunc(s.announced, at, func(w agenttrail.Window, t time.Time) int { return w.From.Compare(t) })
	if !found {
		n--
	}
	if n < 0 || !at.Before(s.announced[n].To) {
		return w, false
	}
	return s.announced[n], true
}

func appendListing(b []byte, l *types.Object) []byte {
	b = binary.AppendVarint(b, aws.ToTime(l.LastModified).UnixNano())
	b = binary.AppendVarint(b, aws.ToInt64(l.Size))
	etag := aws.ToString(l.ETag)
	b = binary.AppendUvarint(b, uint64(len(etag)))
	return append(append(b, etag...), aws.ToString(l.Key)...)
}

// read reads an object as it was listed.
func (c *catalog) read(place span) (l types.Object, err error) {
	b := make([]byte, place.n)
	if _, err := c.file.ReadAt(b, place.at); err != nil && err != io.EOF {
		return l, err
	}
	nanos, n := binary.Varint(b)
	size, m := binary.Varint(b[max(n, 0):])
	head := max(n, 0) + max(m, 0)
	length, k := binary.Uvarint(b[head:])
	if n <= 0 || m <= 0 || k <= 0 || length > uint64(len(b)-head-k) {
		return l, fmt.Errorf("the listing at byte %d is damaged", place.at)
	}
	etag := b[head+k:][:length]
	return types.Object{Key: aws.String(string(b[head+k+int(length):])), ETag: aws.String(string(etag)), Size: &size, LastModified: aws.Time(time.Unix(0, nanos))}, nil
}

func (c *catalog) close() {
	if c != nil {
		c.file.Close() // it has no name: there is nothing to lose
	}
}
