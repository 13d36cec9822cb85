package ingest

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// A stored object of the fake server.
type stored struct {
	data     []byte
	modified time.Time
	header   http.Header
}

func (s stored) etag() string {
	sum := md5.Sum(s.data)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

// A fakeS3 speaks ListObjectsV2 and GetObject for one bucket, path style, and can be told to fail.
type fakeS3 struct {
	*httptest.Server
	t        testing.TB
	mu       sync.Mutex
	objects  map[string]stored
	pageSize int
	lists    []string // prefixes asked for
	gets     map[string]int
	headers  []http.Header

	onList func(n int, w http.ResponseWriter, r *http.Request) bool             // true: answered
	onGet  func(n int, key string, w http.ResponseWriter, r *http.Request) bool // n counts the gets of the key, from 1
	onPage func(n int, p *listResult)
}

type listResult struct {
	XMLName               xml.Name `xml:"ListBucketResult"`
	EncodingType          string
	IsTruncated           bool
	KeyCount              int
	NextContinuationToken string `xml:",omitempty"`
	Contents              []listContent
	CommonPrefixes        []struct{ Prefix string }
}

type listContent struct {
	Key, ETag    string
	Size         int
	LastModified string
}

const bucket = "example-logs"

func newFakeS3(t testing.TB) *fakeS3 {
	f := &fakeS3{t: t, objects: map[string]stored{}, gets: map[string]int{}, pageSize: 1000}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeS3) put(key, body string) { f.putAt(key, body, clock.AddDate(0, 0, -1)) }

func (f *fakeS3) putAt(key, body string, modified time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.objects[key] = stored{[]byte(body), modified, http.Header{}}
}

func (f *fakeS3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.headers = append(f.headers, r.Header.Clone())
	path, _ := url.PathUnescape(r.URL.EscapedPath())
	if r.Method != http.MethodGet || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ") {
		f.t.Errorf("fake S3: %s %s, want a signed GET", r.Method, r.URL)
	}
	if key, ok := strings.CutPrefix(path, "/"+bucket+"/"); ok && key != "" {
		f.get(key, w, r)
		return
	}
	f.list(w, r)
}

func (f *fakeS3) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	f.lists = append(f.lists, q.Get("prefix"))
	if f.onList != nil && f.onList(len(f.lists), w, r) {
		return
	}
	p := f.page(q.Get("prefix"), q.Get("delimiter"), q.Get("continuation-token"))
	if f.onPage != nil {
		f.onPage(len(f.lists), &p)
	}
	w.Header().Set("Content-Type", "application/xml")
	if err := xml.NewEncoder(w).Encode(p); err != nil {
		f.t.Errorf("fake S3: %v", err)
	}
}

// page begins after the key that the token names.
func (f *fakeS3) page(prefix, delimiter, token string) (p listResult) {
	p.EncodingType = "url"
	var keys []string
	for k := range f.objects {
		if strings.HasPrefix(k, prefix) && k > token {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	last := ""
	for _, k := range keys {
		if p.KeyCount == f.pageSize {
			p.IsTruncated, p.NextContinuationToken = true, last
			break
		}
		if dir, _, ok := strings.Cut(k[len(prefix):], delimiter); ok && delimiter != "" {
			dir = prefix + dir + delimiter
			if !slices.ContainsFunc(p.CommonPrefixes, func(c struct{ Prefix string }) bool { return c.Prefix == url.QueryEscape(dir) }) {
				p.CommonPrefixes = append(p.CommonPrefixes, struct{ Prefix string }{url.QueryEscape(dir)})
				p.KeyCount++
			}
			last = k
			continue
		}
		o := f.objects[k]
		p.Contents = append(p.Contents, listContent{url.QueryEscape(k), o.etag(), len(o.data), o.modified.Format(time.RFC3339Nano)})
		p.KeyCount++
		last = k
	}
	return p
}

func (f *fakeS3) get(key string, w http.ResponseWriter, r *http.Request) {
	f.gets[key]++
	if f.onGet != nil && f.onGet(f.gets[key], key, w, r) {
		return
	}
	o, ok := f.objects[key]
	switch {
	case !ok:
		fail(w, 404, "NoSuchKey", "The specified key does not exist.")
	case r.Header.Get("If-Match") != o.etag():
		fail(w, 412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	default:
		for name, values := range o.header {
			w.Header()[name] = values
		}
		w.Header().Set("ETag", o.etag())
		w.Write(o.data)
	}
}

func fail(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message><AWSAccessKeyId>%s</AWSAccessKeyId></Error>", code, message, canary)
}

// half announces everything and then breaks the connection.
func half(w http.ResponseWriter, data []byte) {
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	w.Write(data[:len(data)/2])
	w.(http.Flusher).Flush()
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		conn.Close()
	}
}

// canary must stand in no message.
const canary = "CANARYSECRETACCESSKEY"

// environment is all that the SDK looks at.
func environment(t testing.TB) {
	t.Helper()
	set := t.(interface{ Setenv(key, value string) }).Setenv
	for k, v := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": canary, "AWS_SESSION_TOKEN": "", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_PROFILE": "",
	} {
		set(k, v)
	}
}

func openS3(t testing.TB, f *fakeS3, o S3Options) *S3 {
	t.Helper()
	environment(t)
	o.Bucket, o.Endpoint, o.PathStyle = bucket, f.URL, true
	s, err := OpenS3(t.Context(), o)
	if err != nil {
		t.Fatalf("OpenS3: %v", err)
	}
	s.retries = retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = 3
		o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
	})
	return s
}

var _ aws.Retryer = retryer()

func body(s Source, t testing.TB, uri, version string, size int64) (string, error) {
	o := log(uri, "")
	o.Version, o.Size = version, size
	r, err := s.Open(t.Context(), &o)
	if err != nil {
		return "", err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	return string(data), err
}
