// Package elastic projects the trail to Elasticsearch: templates, a bulk writer that accounts for every document, and the position up to which
// the cluster holds the ledger. The trail is the truth; the indices can be dropped and filled again at any time.
//
// It refuses to count a document as done unless the server said so for that document, and it never logs a document: error texts of the server
// hold values, so they are cut. Actions are only ever created, never overwritten.
package elastic

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// Errors for the caller. Test with errors.Is.
var (
	ErrRefused     = errors.New("elasticsearch refused") // credential or right is missing: nothing will go through
	ErrUnavailable = errors.New("elasticsearch is not available")
	ErrSetup       = errors.New("elasticsearch is not set up")
)

// Config says where the cluster is and who we are. Secrets arrive resolved and are kept in the transport only.
type Config struct {
	Addresses      []string
	APIKey         string // as Elasticsearch prints it: base64 of id:key
	User, Password string
	CACert         []byte // PEM; empty: the system's
	Prefix         string // of all index names; empty: agenttrail
}

// A Client talks to one cluster.
type Client struct {
	t        transport
	config   Config // without secrets
	prefix   string
	answerIn time.Duration // how long an answer to a bulk request may take
	patience time.Duration // how long a request is tried again
	pause    func(ctx context.Context, d time.Duration) error
}

const compatible = "application/vnd.elasticsearch+json;compatible-with=8"

// transport adds what go-elasticsearch's root package does and elastictransport does not: the compatibility headers and the product check.
type transport struct{ t *elastictransport.Client }

func (c transport) Perform(req *http.Request) (*http.Response, error) {
	req.Header.Set("Accept", compatible)
	if req.Body != nil {
		req.Header.Set("Content-Type", compatible) // bulk too
	}
	res, err := c.t.Perform(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode/100 == 2 && res.Header.Get("X-Elastic-Product") != "Elasticsearch" {
		res.Body.Close()
		return nil, fmt.Errorf("%s is not Elasticsearch", req.URL.Host)
	}
	return res, nil
}

// New makes a client. It sends nothing.
func New(c Config) (*Client, error) {
	if c.Prefix == "" {
		c.Prefix = "agenttrail"
	}
	var urls []*url.URL
	compress := false
	for _, a := range c.Addresses {
		u, err := url.Parse(a)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("elasticsearch address %q: want https://HOST:PORT", a)
		}
		urls = append(urls, u)
		compress = compress || !loopback(u.Hostname())
	}
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConnsPerHost = 4
	options := []elastictransport.Option{elastictransport.WithURLs(urls...), elastictransport.WithTransport(base), elastictransport.WithDisableRetry()}
	if c.APIKey != "" {
		options = append(options, elastictransport.WithAPIKey(c.APIKey))
	}
	if c.User != "" {
		options = append(options, elastictransport.WithBasicAuth(c.User, c.Password))
	}
	if len(c.CACert) > 0 {
		options = append(options, elastictransport.WithCACert(c.CACert))
	}
	if compress {
		options = append(options, elastictransport.WithCompression(1))
	}
	t, err := elastictransport.NewClient(options...)
	if err != nil {
		return nil, fmt.Errorf("elasticsearch client: %w", err)
	}
	c.APIKey, c.User, c.Password = "", "", ""
	return &Client{t: transport{t}, config: c, prefix: c.Prefix, answerIn: 90 * time.Second, patience: 2 * time.Minute, pause: pause}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// KeyOf makes an API key of its two parts.
func KeyOf(id, secret string) string {
	return base64.StdEncoding.EncodeToString([]byte(id + ":" + secret))
}

const maxAnswer = 64 << 20 // bytes of an answer that are read

// do sends one request and decodes the answer into out, if out is not nil. Statuses in also are answers too.
func (c *Client) do(ctx context.Context, req esapi.Request, out any, also ...int) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	res, err := req.Do(ctx, c.t)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnavailable, redactURL(err))
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return res.StatusCode, fmt.Errorf("%w: answer was cut: %w", ErrUnavailable, err)
	case len(body) > maxAnswer:
		return res.StatusCode, fmt.Errorf("%w: %w", ErrUnavailable, errTooLarge)
	}
	for _, s := range also {
		if res.StatusCode == s {
			return s, nil
		}
	}
	if res.StatusCode/100 != 2 {
		return res.StatusCode, explain(res.StatusCode, body)
	}
	if out == nil {
		return res.StatusCode, nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(out); err != nil {
		return res.StatusCode, fmt.Errorf("%w: answer is no JSON: %w", ErrUnavailable, err)
	}
	return res.StatusCode, nil
}

// redactURL drops the address of a failed request: it may hold what a proxy needs.
func redactURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// explain turns a failed answer into an error with a remedy.
func explain(status int, body []byte) error {
	reason := reasonOf(body)
	switch {
	case status == http.StatusUnauthorized:
		return fmt.Errorf("%w the key: %s (look at elasticsearch.api_key: unknown, expired and invalidated keys end here)", ErrRefused, reason)
	case status == http.StatusForbidden:
		return fmt.Errorf("%w: the key lacks a right: %s", ErrRefused, reason)
	case status == http.StatusTooManyRequests || status >= 500:
		return fmt.Errorf("%w: status %d: %s", ErrUnavailable, status, reason)
	}
	return fmt.Errorf("elasticsearch: status %d: %s", status, reason)
}

// reasonOf finds the type and reason in an error body. Reasons can hold a preview of values: it is cut there, and at 200 bytes.
func reasonOf(body []byte) string {
	var answer struct {
		Error struct{ Type, Reason string } `json:"error"`
	}
	if json.Unmarshal(body, &answer) != nil || answer.Error.Type == "" {
		return "no reason given"
	}
	return answer.Error.Type + ": " + cutReason(answer.Error.Reason)
}

func cutReason(s string) string {
	s, _, _ = strings.Cut(s, "Preview of")
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}
