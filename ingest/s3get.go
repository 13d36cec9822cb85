package ingest

import (
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"agenttrail"
)

// Open gets the object as it was listed: If-Match makes the server refuse another version. It asks once; the run begins a broken transfer again.
func (s *S3) Open(ctx context.Context, o *agenttrail.Object) (io.ReadCloser, error) {
	key, err := s.key(o.URI)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	etag := `"` + o.Version + `"`
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.o.Bucket, Key: &key, IfMatch: &etag, RequestPayer: s.payer},
		func(o *s3.Options) { o.Retryer = aws.NopRetryer{} })
	if err != nil {
		return nil, s.explain(err, "s3:GetObject", key)
	}
	if n := aws.ToInt64(out.ContentLength); out.ContentLength != nil && o.Size >= 0 && n != o.Size {
		out.Body.Close()
		return nil, fmt.Errorf("%w: %d bytes were listed, the answer announces %d", ErrLength, o.Size, n)
	}
	o.Meta = objectMeta(out)
	return out.Body, nil
}

// objectMeta keeps what explains the object: its version, how it is encrypted, and what its writer said of it (CloudTrail: the digest's signature).
func objectMeta(out *s3.GetObjectOutput) map[string]string {
	meta := map[string]string{}
	put := func(name, value string) {
		if value != "" {
			meta[name], _ = agenttrail.Clean(value)
		}
	}
	put("x-amz-version-id", aws.ToString(out.VersionId))
	put("x-amz-server-side-encryption", string(out.ServerSideEncryption))
	put("content-type", aws.ToString(out.ContentType))
	put("content-encoding", aws.ToString(out.ContentEncoding))
	for name, value := range out.Metadata {
		put("x-amz-meta-"+name, value)
	}
	return meta
}
