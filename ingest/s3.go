package ingest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"agenttrail"
)

// S3Options say which bucket and what of it. Credentials come from where AWS tools look for them: environment, profile, container, machine.
type S3Options struct {
	Bucket, Prefix string
	Region         string // empty: as the environment or profile says; with an endpoint of one's own any
	Endpoint       string // URL of a server that speaks S3; empty: AWS
	PathStyle      bool   // the bucket stands in the path, not in the host name
	RequestPayer   bool   // we pay for requests to somebody else's bucket
	RoleARN        string // assumed before reading; empty: none
	ExternalID     string // that the role asks for; never printed
	CloudTrail     bool   // keys are laid out as CloudTrail does; else windows go by LastModified
	Include        []string
	Exclude        []string // patterns against the whole key
}

// An S3 is a source whose objects are those of a bucket.
type S3 struct {
	client  *s3.Client
	o       S3Options
	payer   types.RequestPayer
	retries aws.Retryer // of listing; a fetch is begun again by the run
	filter
	requests atomic.Int64 // of listing

	mu    sync.Mutex
	roots []root // of the CloudTrail layout, once found

	listing   sync.Mutex
	announced []agenttrail.Window // of the run, oldest first
	catalog   *catalog            // their listing, where they share one
}

const (
	answerWithin = time.Minute // to the first byte, and between bytes
	listAttempts = 5
)

// OpenS3 makes a client. It sends no request: what is wrong with bucket or credentials shows when it is listed.
func OpenS3(ctx context.Context, o S3Options) (*S3, error) {
	f, err := newFilter(o.Include, o.Exclude)
	if err != nil {
		return nil, err
	}
	if o.Bucket == "" {
		return nil, errors.New("s3: the name of the bucket is missing")
	}
	if err := checkEndpoint(o.Endpoint); err != nil {
		return nil, fmt.Errorf("s3://%s: %w", o.Bucket, err)
	}
	cfg, err := config.LoadDefaultConfig(ctx, loadOptions(o)...)
	if err != nil {
		return nil, fmt.Errorf("s3://%s: AWS configuration: %w", o.Bucket, err)
	}
	if cfg.Region == "" && o.Endpoint == "" {
		return nil, fmt.Errorf("s3://%s: no region: set region at the source, or AWS_REGION", o.Bucket)
	}
	if cfg.Region == "" {
		cfg.Region = "us-east-1" // a server of one's own takes any, but the signature needs one
	}
	if o.RoleARN != "" {
		cfg.Credentials = assume(cfg, o)
	}
	s := &S3{o: o, filter: f, retries: retryer()}
	s.client = s3.NewFromConfig(cfg, func(c *s3.Options) { clientOptions(c, o) })
	if o.RequestPayer {
		s.payer = types.RequestPayerRequester
	}
	return s, nil
}

// checkEndpoint refuses a server to which logs and signatures would travel in the clear.
func checkEndpoint(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.User != nil {
		return errors.New("endpoint: want the URL of a server, like https://s3.example.com")
	}
	ip, err := netip.ParseAddr(u.Hostname())
	local := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	if u.Scheme != "https" && !(u.Scheme == "http" && local) {
		return fmt.Errorf("endpoint %s: want https (http goes to this machine only)", endpoint)
	}
	return nil
}

func loadOptions(o S3Options) []func(*config.LoadOptions) error {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = 2 * fetchers
		t.ResponseHeaderTimeout = answerWithin
	}).WithReadTimeout(answerWithin)
	list := []func(*config.LoadOptions) error{config.WithHTTPClient(client)}
	if o.Region != "" {
		list = append(list, config.WithRegion(o.Region))
	}
	return list
}

func assume(cfg aws.Config, o S3Options) aws.CredentialsProvider {
	provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), o.RoleARN, func(a *stscreds.AssumeRoleOptions) {
		a.RoleSessionName = "agenttrail"
		if o.ExternalID != "" {
			a.ExternalID = aws.String(o.ExternalID)
		}
	})
	return aws.NewCredentialsCache(provider)
}

func clientOptions(c *s3.Options, o S3Options) {
	c.UsePathStyle = o.PathStyle
	if o.Endpoint != "" {
		c.BaseEndpoint = aws.String(o.Endpoint)
	}
	c.DisableLogOutputChecksumValidationSkipped = true
	c.HTTPClient = staying(c.HTTPClient)
}

// staying is the client without redirects: one is answered by an error that names the region, instead of a signed request to another host.
func staying(c s3.HTTPClient) s3.HTTPClient {
	b, ok := c.(*awshttp.BuildableClient)
	if !ok {
		return c
	}
	client, ok := b.Freeze().(*http.Client)
	if !ok {
		return c
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client
}

func retryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = listAttempts
		o.RateLimiter = ratelimit.None
	})
}

// Requests is how many requests of listing were made.
func (s *S3) Requests() int64 { return s.requests.Load() }

const scheme = "s3://"

func (s *S3) uri(key string) string { return scheme + s.o.Bucket + "/" + escape(key) }

func (s *S3) key(uri string) (string, error) {
	path, ok := strings.CutPrefix(uri, scheme+s.o.Bucket+"/")
	if !ok {
		return "", fmt.Errorf("%s is not in the bucket %s", uri, s.o.Bucket)
	}
	return unescape(path)
}
