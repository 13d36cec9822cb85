package api

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"agenttrail"
	"agenttrail/ingest"
	"agenttrail/internal/strictjson"
)

const (
	answerWithin = time.Minute // to the first byte
	wholeWithin  = 5 * time.Minute
	maxPage      = 64 << 20 // bytes of a page
	maxMessage   = 64 << 10 // bytes of an error that are looked at
	maxHops      = 5
)

// newClient follows no redirect and unpacks nothing: what comes is what is hashed. elsewhere says that the address was configured, and so may be private.
func newClient(base *url.URL, elsewhere bool) *http.Client {
	dialer := &net.Dialer{Timeout: 30 * time.Second, Control: func(_, address string, _ syscall.RawConn) error { return allowed(base, elsewhere, address) }}
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: base}); proxy != nil && err == nil {
		dialer.Control = nil // the address is the proxy's, and names are resolved there
	}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, ForceAttemptHTTP2: true, DisableCompression: true,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: 30 * time.Second, ResponseHeaderTimeout: answerWithin, IdleConnTimeout: time.Minute,
		},
	}
}

// allowed refuses addresses that no vendor has: a name that leads to this machine or to a cloud's metadata is a trap.
func allowed(base *url.URL, elsewhere bool, address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := at.Addr().Unmap()
	if ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() || ip.IsLoopback() && !loopback(base) || ip.IsPrivate() && !elsewhere {
		return fmt.Errorf("%w: the name leads to %s, where no vendor is (see url)", ingest.ErrDenied, ip)
	}
	return nil
}

// An answer is what came, whole.
type answer struct {
	header http.Header
	body   []byte
	meta   map[string]string
}

// ask sends a request once and reads the answer to its end.
func (s *Source) ask(ctx context.Context, r request) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, wholeWithin)
	defer cancel()
	response, err := s.send(ctx, r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxPage+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the answer was cut: %w", err)
	case len(body) > maxPage:
		return nil, fmt.Errorf("%w: the answer is longer than %d bytes", ingest.ErrRequest, maxPage)
	}
	return &answer{response.Header, body, meta(r, response)}, nil
}

// send sends a request once, within the budget, and follows what redirects it may. The answer's status is 2xx.
func (s *Source) send(ctx context.Context, r request) (*http.Response, error) {
	for hop := 0; ; hop++ {
		if err := s.budget(ctx); err != nil {
			return nil, err
		}
		response, err := s.roundTrip(ctx, r)
		if err != nil {
			return nil, err
		}
		if status := response.StatusCode; status >= 300 && status < 400 && hop < maxHops {
			discard(response)
			if r, err = s.redirected(r, response); err != nil {
				return nil, err
			}
			continue
		}
		if response.StatusCode < 200 || response.StatusCode > 299 {
			defer discard(response)
			return nil, s.explain(r, response)
		}
		s.auth.accepted()
		return response, nil
	}
}

// budget waits until the rate allows a request.
func (s *Source) budget(ctx context.Context) error {
	now := s.o.Now()
	if wait := s.limit.ReserveN(now, 1).DelayFrom(now); wait > 0 {
		return s.o.Sleep(ctx, wait)
	}
	return ctx.Err()
}

func (s *Source) roundTrip(ctx context.Context, r request) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, strings.NewReader(r.body))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ingest.ErrRequest, err)
	}
	if r.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "agenttrail")
	if s.stays(r.url) == nil { // a download from another host gets no credential
		for name, values := range s.vendor.header {
			req.Header[name] = values
		}
		if err := s.auth.sign(ctx, req.Header); err != nil {
			return nil, err
		}
	}
	s.requests.Add(1)
	response, err := s.client.Do(req)
	var about *url.Error
	if errors.As(err, &about) {
		err = about.Err // the address is named by the caller
	}
	return response, err
}

// redirected is the request for where an answer sends us: on the same host, or a download from a host that was named.
func (s *Source) redirected(r request, response *http.Response) (request, error) {
	to, err := response.Location()
	if err != nil || r.method != http.MethodGet {
		return r, fmt.Errorf("%w: status %d without an address to go to", ingest.ErrRequest, response.StatusCode)
	}
	r.url = to.String()
	if s.stays(r.url) == nil {
		return r, nil
	}
	for _, host := range append(s.o.Downloads, downloads[s.vendor.Name]...) {
		own := to.Host == host || to.Hostname() == host || strings.HasPrefix(host, "*.") && strings.HasSuffix(to.Hostname(), host[1:])
		if own && (to.Scheme == "https" || to.Scheme == s.base.Scheme) && to.User == nil {
			return r, nil
		}
	}
	return r, fmt.Errorf("%w: the answer redirects to the host %s, and it is not followed (see url, or download_hosts)", ingest.ErrDenied, shorten(to.Host, 100))
}

// downloads are the hosts from which a vendor's files come.
var downloads = map[string][]string{"openai.compliance": {"*.oaiusercontent.com", "*.blob.core.windows.net"}}

// discard reads the rest of an answer, so that the connection can be used again.
func discard(response *http.Response) {
	_, _ = io.CopyN(io.Discard, response.Body, maxMessage) // only the connection is lost
	response.Body.Close()
}

// explain says what a status means, for the run and for a person.
func (s *Source) explain(r request, response *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(response.Body, maxMessage))
	if err != nil {
		text = nil // half a message explains nothing
	}
	status, said := response.StatusCode, s.auth.clean(message(text))
	wait, asked := waitOf(response.Header, s.o.Now())
	if throttled(status, response.Header, text) {
		return &later{fmt.Errorf("too many requests (status %d)%s", status, said), wait, asked}
	}
	switch {
	case status == http.StatusUnauthorized:
		if s.auth.refused() {
			return &later{fmt.Errorf("the token was refused (status %d)%s", status, said), 0, true}
		}
		return fmt.Errorf("%w (status 401)%s: see token or oauth", ingest.ErrCredential, said)
	case status == http.StatusForbidden:
		return fmt.Errorf("%w (needs %s)%s", ingest.ErrDenied, s.vendor.Needs, said)
	case status == http.StatusNotFound || status == http.StatusGone:
		return fmt.Errorf("%w (status %d)%s", ingest.ErrGone, status, said)
	case status == http.StatusRequestTimeout || status >= 500 && response.Header.Get("X-Should-Retry") != "false":
		return &later{fmt.Errorf("the vendor cannot answer (status %d)%s", status, said), wait, asked}
	}
	return fmt.Errorf("%w (status %d)%s", ingest.ErrRequest, status, said)
}

// message is what the vendor says in words, where it says it in one of the usual places.
func message(body []byte) string {
	v, err := strictjson.Parse(body)
	if err != nil {
		return ""
	}
	for _, at := range []string{"/error/message", "/error/type", "/error_description", "/message", "/errorSummary", "/0/message", "/error/description", "/error", "/detail"} {
		if text := v.At(at).Str(); text != "" {
			return ": " + shorten(text, 200)
		}
	}
	return ""
}

func shorten(text string, most int) string {
	text, _ = agenttrail.Clean(text)
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// kept are the headers that go into the evidence: those that say how the walk went on, and by which name the vendor knows the request.
var kept = []string{"Content-Type", "Date", "Link", "NextPageUri", "Request-Id", "Retry-After", "X-Github-Request-Id", "X-Okta-Request-Id", "X-Request-Id"}

// meta is what is kept beside the bytes of an answer. No credential stands in an address or in one of these headers.
func meta(r request, response *http.Response) map[string]string {
	m := map[string]string{"request": r.method + " " + r.url, "status": fmt.Sprint(response.StatusCode)}
	if r.body != "" {
		m["request-body"] = r.body
	}
	for _, name := range kept {
		if values := response.Header.Values(name); len(values) > 0 {
			m[strings.ToLower(name)], _ = agenttrail.Clean(strings.Join(values, ", "))
		}
	}
	return m
}
