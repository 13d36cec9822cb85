// Package api pulls logs from the APIs of vendors. What a vendor's API is like is a value, a Vendor, in a file of its own: the first request of a walk, how
// the next one follows from a page, where the records stand, which credentials it takes, and what it promises (lag, look-back, how long it keeps data).
// All else is shared: one pager, one client, one way to wait.
//
//	window ─► stretches ─► one walk for each part of the log ─► page after page, to the end that the vendor states ─► an Object each
//
// A page is kept byte for byte, named by its query and number, never by a cursor: no cursor survives a walk. A page that was promised and does not come, a
// cursor that comes back, an answer that is no page: each is an error of the window, never its end. Requests go to the host of the config and nowhere
// else; a credential is in their header and in nothing that is kept or printed.
package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"agenttrail/internal/strictjson"
)

// A Vendor is what is to be known about one log of one vendor.
type Vendor struct {
	Name string // of the format that reads its pages, and of api: in the config
	URL  string // of its API; empty: the config must say
	Hint string // an example of url: where there is no default

	Takes   Takes    // ways of authentication
	Account string   // what account: is there; empty: there is none
	Part    string   // what an element of parts: is; empty: there are none
	Parts   []string // the default of parts:; nil and Part set: the config must say
	Needs   string   // the permission that the credential must have

	Lag      time.Duration // how long after its end a window can be asked for
	LookBack time.Duration // how long it is read again
	Sweep    time.Duration // how long it is read again once a week; 0: not beyond LookBack
	Kept     time.Duration // how long the vendor keeps data; 0: for ever
	Rate     Rate          // of requests, unless the config says another
	Days     bool          // windows are whole days in UTC, read once: its records have no ids
	Span     time.Duration // the longest time that one walk may ask for; 0: any

	header  http.Header                                // of every request, beside the credential
	sign    func(h http.Header, user, token string)    // puts a token into the header; nil: bearer
	grant   func(o *Options) grant                     // where and how a token is had; nil: no OAuth
	joined  bool                                       // the parts are one walk, not one each
	whole   bool                                       // nothing is handed on before the walk has ended
	begin   func(context.Context, *Source) error       // once, before the first walk; may be nil
	first   func(q *query) request                     // of a walk
	next    func(r request, p *page) (*request, error) // what follows a page; nil: that was the last one
	items   string                                     // JSON pointer of the list of records in a page; "" is the page itself
	sparse  bool                                       // a page without records may leave the list out
	outside func(q *query, p *page) (skip, end bool)   // of a log that cannot be asked for a window; nil: it can
	expand  func(context.Context, *walk, *page, strictjson.Value, emit) error
}

// Takes are ways of authentication.
type Takes uint8

// The ways.
const (
	TakesToken          Takes = 1 << iota // token
	TakesUser                             // user and token
	TakesSecret                           // oauth: client_id and client_secret
	TakesKey                              // oauth: client_id and private_key
	TakesServiceAccount                   // oauth: service_account
	takesSubject                          // with an assertion: for whom
)

// Vendors lists them in order of their names.
func Vendors() []*Vendor {
	return []*Vendor{
		&anthropicActivity, &anthropicSession, &gcpAudit, &githubAudit, &googleReports, &hubspotAudit, &langfuseObservation, &langsmithRun, &m365Audit, &oktaSystem,
		&openaiAudit, &openaiCompliance, &salesforceEventlog, &salesforceSetup, &slackAudit, &stripeEvent, &zendeskAudit, &zendeskTicketAudit, &zoomOperations,
	}
}

// Lookup finds a vendor by its name, or by the part before the dot where one log only has that.
func Lookup(name string) (*Vendor, error) {
	var found []*Vendor
	var names []string
	for _, v := range Vendors() {
		if v.Name == name {
			return v, nil
		}
		if strings.HasPrefix(v.Name, name+".") {
			found = append(found, v)
			names = append(names, v.Name)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fmt.Errorf("no API %q is known: agenttrail sources lists them", name)
	}
	return nil, fmt.Errorf("api: %s is several logs: use %s", name, strings.Join(names, " or "))
}

// Page is where the records of a page stand: a JSON pointer, "" for the page itself. ok is false where the logs are not the pages but what they list.
func (v *Vendor) Page() (pointer string, ok bool) { return v.items, v.expand == nil }

// A Secret fetches a credential when it is needed. As a function it cannot be printed.
type Secret func(context.Context) (string, error)

// Options say what to pull, and as whom.
type Options struct {
	Vendor    *Vendor
	URL       string   // empty: the vendor's
	Token     Secret   // or OAuth
	User      string   // with Token, where the vendor takes it
	OAuth     *OAuth   // or Token
	Account   string   // as the vendor calls it
	Parts     []string // empty: the vendor's
	Rate      Rate     // zero: the vendor's
	Downloads []string // hosts to which a download may be redirected, beside the vendor's; no credential goes there

	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error // nil: waits
}

// OAuth is how to come by a token.
type OAuth struct {
	ClientID       string
	ClientSecret   Secret
	PrivateKey     Secret // PEM, RSA
	KeyID          string // of PrivateKey
	ServiceAccount Secret // the JSON file of a Google service account
	Subject        string // for whom, where the vendor asks
	TokenURL       string // empty: the vendor's
}

// A Rate is a budget of requests. Zero: none.
type Rate struct {
	N   int
	Per time.Duration
}

func (r Rate) limiter() *rate.Limiter {
	if r.N == 0 {
		return rate.NewLimiter(rate.Inf, 1)
	}
	return rate.NewLimiter(rate.Limit(float64(r.N)/r.Per.Seconds()), 1)
}

// A Source is one log of one vendor: an ingest.Source.
type Source struct {
	o        Options
	vendor   *Vendor
	base     *url.URL
	client   *http.Client
	auth     *authorizer
	limit    *rate.Limiter
	requests atomic.Int64
	begun    bool
}

// Open makes the source. It sends no request, and fetches no secret.
func Open(o Options) (*Source, error) {
	for _, m := range o.Vendor.Check(&o) {
		return nil, fmt.Errorf("%s: %s: %s", o.Vendor.Name, m.Key, m.Message)
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Rate.N == 0 {
		o.Rate = o.Vendor.Rate
	}
	base, err := url.Parse(strings.TrimSuffix(o.url(), "/"))
	if err != nil {
		return nil, fmt.Errorf("%s: url: %w", o.Vendor.Name, err)
	}
	client := newClient(base, o.URL != "" || o.OAuth != nil && o.OAuth.TokenURL != "")
	return &Source{o: o, vendor: o.Vendor, base: base, client: client, auth: newAuthorizer(&o, client), limit: o.Rate.limiter()}, nil
}

func (o *Options) url() string {
	if o.URL != "" {
		return o.URL
	}
	return o.Vendor.URL
}

func (o *Options) parts() []string {
	if len(o.Parts) > 0 {
		return o.Parts
	}
	return o.Vendor.Parts
}

// Close ends the use of the source.
func (s *Source) Close() error {
	s.client.CloseIdleConnections()
	return nil
}

// Requests is how many requests were sent.
func (s *Source) Requests() int64 { return s.requests.Load() }

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
