package ingest

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"agenttrail"
)

// listers is how many prefixes are listed at once.
const listers = 16

// List yields the objects of the window in byte order of their keys.
func (s *S3) List(ctx context.Context, w agenttrail.Window) iter.Seq2[agenttrail.Object, error] {
	return func(yield func(agenttrail.Object, error) bool) {
		if s.cataloged(w) {
			s.listCataloged(ctx, w, yield)
			return
		}
		prefixes, err := s.prefixes(ctx, w)
		if err != nil {
			yield(agenttrail.Object{}, err)
			return
		}
		for page, err := range s.pages(ctx, prefixes) {
			if err != nil {
				yield(agenttrail.Object{}, err)
				return
			}
			for i := range page {
				if o, ok := s.object(&page[i], w); ok && !yield(o, nil) {
					return
				}
			}
		}
	}
}

// prefixes are what must be listed for w, in byte order, none inside another.
func (s *S3) prefixes(ctx context.Context, w agenttrail.Window) ([]string, error) {
	if !s.o.CloudTrail {
		return []string{s.o.Prefix}, nil
	}
	roots, err := s.findRoots(ctx)
	if err != nil {
		return nil, err
	}
	return dayPrefixes(roots, w), nil
}

// placed is the time by which an object belongs to a window: that in its key where the layout is known, else its LastModified.
func (s *S3) placed(l *types.Object) time.Time {
	if s.o.CloudTrail {
		if _, delivered, known := parseTrailKey(aws.ToString(l.Key)); known {
			return delivered
		}
	}
	return agenttrail.Micros(aws.ToTime(l.LastModified))
}

// object is what is listed as an object; ok is false when it belongs to another window.
func (s *S3) object(l *types.Object, w agenttrail.Window) (o agenttrail.Object, ok bool) {
	if at := s.placed(l); !w.Standing() && (at.Before(w.From) || !at.Before(w.To)) {
		return o, false
	}
	key := aws.ToString(l.Key)
	o = agenttrail.Object{
		URI: s.uri(key), Version: strings.Trim(aws.ToString(l.ETag), `"`), Role: agenttrail.RoleLog, Size: aws.ToInt64(l.Size), Time: agenttrail.Micros(aws.ToTime(l.LastModified)),
	}
	rule := ""
	if s.o.CloudTrail {
		switch kind, _, _ := parseTrailKey(key); kind {
		case kindDigest:
			o.Role = agenttrail.RoleDigest
		case kindInsight:
			rule = RuleInsights
		}
	}
	if rule == "" {
		rule = s.rule(key)
	}
	if rule != "" {
		o = LeftOut(o, rule)
	}
	return o, true
}

// A page is one answer of a listing.
type page struct {
	objects []types.Object
	err     error
}

// pages lists the prefixes, several at once, and yields their pages in the order of the prefixes.
func (s *S3) pages(ctx context.Context, prefixes []string) iter.Seq2[[]types.Object, error] {
	return func(yield func([]types.Object, error) bool) {
		var listing sync.WaitGroup
		defer listing.Wait()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		queues := make([]chan page, len(prefixes))
		for i := range queues {
			queues[i] = make(chan page, 1)
		}
		listing.Go(func() { s.listAll(ctx, prefixes, queues) })
		for _, q := range queues {
			for p := range q {
				if !yield(p.objects, p.err) || p.err != nil {
					return
				}
			}
		}
	}
}

// listAll lists each prefix into its queue and closes all queues. The first prefix that is not listed yet always has a lister, so its reader goes on.
func (s *S3) listAll(ctx context.Context, prefixes []string, queues []chan page) {
	var listing sync.WaitGroup
	defer listing.Wait()
	slots := make(chan struct{}, listers)
	for i, prefix := range prefixes {
		slots <- struct{}{} // freed soon after ctx ends
		listing.Go(func() {
			defer func() { <-slots }()
			defer close(queues[i])
			err := s.eachPage(ctx, prefix, "", func(out *s3.ListObjectsV2Output) error {
				return send(ctx, queues[i], page{objects: out.Contents})
			})
			if err != nil {
				select {
				case queues[i] <- page{err: err}:
				case <-ctx.Done():
				}
			}
		})
	}
}

// eachPage asks for page after page. A page that was promised and does not come, repeats, or contradicts the one before is an error: nothing may be
// missing from a listing unnoticed.
func (s *S3) eachPage(ctx context.Context, prefix, delimiter string, yield func(*s3.ListObjectsV2Output) error) error {
	var token *string
	last := ""
	for {
		s.requests.Add(1)
		out, err := s.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{
			Bucket: &s.o.Bucket, Prefix: optional(prefix), Delimiter: optional(delimiter), ContinuationToken: token,
			EncodingType: types.EncodingTypeUrl, RequestPayer: s.payer,
		}, func(o *s3.Options) { o.Retryer = s.retries })
		if err == nil {
			last, err = checkPage(out, prefix, last)
		}
		if err != nil {
			return fmt.Errorf("list %s: %w", s.uri(prefix), s.explain(err, "s3:ListBucket", ""))
		}
		if err := yield(out); err != nil {
			return err
		}
		next := aws.ToString(out.NextContinuationToken)
		switch {
		case !aws.ToBool(out.IsTruncated):
			return nil
		case next == "" || next == aws.ToString(token):
			return fmt.Errorf("list %s: the next page was promised and is missing after %q: %w", s.uri(prefix), last, ErrChanged)
		}
		token = &next
	}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// checkPage decodes the keys of a page and sees that they go on where the one before ended.
func checkPage(out *s3.ListObjectsV2Output, prefix, last string) (string, error) {
	if out.KeyCount != nil && int(*out.KeyCount) != len(out.Contents)+len(out.CommonPrefixes) {
		return last, fmt.Errorf("a page of %d keys holds %d: %w", *out.KeyCount, len(out.Contents)+len(out.CommonPrefixes), ErrChanged)
	}
	decode := func(text *string) (*string, error) {
		if out.EncodingType != types.EncodingTypeUrl {
			return text, nil
		}
		plain, err := url.QueryUnescape(aws.ToString(text))
		return &plain, err
	}
	var err error
	for i := range out.CommonPrefixes {
		if out.CommonPrefixes[i].Prefix, err = decode(out.CommonPrefixes[i].Prefix); err != nil {
			return last, err
		}
	}
	for i := range out.Contents {
		c := &out.Contents[i]
		if c.Key, err = decode(c.Key); err != nil {
			return last, err
		}
		key := aws.ToString(c.Key)
		if key <= last || !strings.HasPrefix(key, prefix) {
			return last, fmt.Errorf("key %q came after %q: %w", key, last, ErrChanged)
		}
		if aws.ToString(c.ETag) == "" || c.Size == nil || c.LastModified == nil {
			return last, fmt.Errorf("key %q has no ETag, size or time: %w", key, ErrRequest)
		}
		last = key
	}
	return last, nil
}
