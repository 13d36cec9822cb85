package api

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// An event is one record of the mock. Its time decides its window and, with its id, its place.
type event struct {
	id, part string
	at       time.Time
}

// An asked is what a request asks for.
type asked struct {
	part     string
	from, to time.Time
	cursor   string
}

// A reply is what a page must say: these records, written so, and what names the next page.
type reply struct {
	list []event
	body string
	next string
}

// A style is how one vendor asks and answers.
type style struct {
	vendor  *Vendor
	user    string
	account string
	parts   []string
	newest  bool // first
	end     bool // the end of a range belongs to it
	ask     func(r *http.Request, body string) asked
	answer  func(w http.ResponseWriter, r *http.Request, p reply)
	element func(m *mock, e event) string                              // of a listing; nil: the record itself
	other   func(m *mock, w http.ResponseWriter, r *http.Request) bool // requests beside the walks
	promise func(w http.ResponseWriter, r *http.Request, list []event) // a page that promises another and does not name it; nil: it cannot
	ids     func(e event) []string                                     // of the records of an event; nil: its own
	signed  func(h http.Header) string                                 // the credential of a request
}

// A mock is the API of a vendor, as nasty as the real one when it is told to be.
type mock struct {
	*httptest.Server
	style
	mu     sync.Mutex
	events []event
	tokens int      // given
	asks   []string // requests, in order
	fault  func(m *mock, w http.ResponseWriter, r *http.Request, a asked) bool
	more   bool // every page names the next one, for ever the same
	size   int
}

const (
	secretToken  = "canary-1f2e-token"
	secretClient = "canary-3d4c-client-secret"
)

func newMock(t testing.TB, s style, events []event) *mock {
	m := &mock{style: s, events: events, size: 2}
	m.Server = httptest.NewServer(http.HandlerFunc(m.serve))
	t.Cleanup(m.Close)
	return m
}

func (m *mock) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // a request that is cut has no answer
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.URL.Path == "/token" {
		m.tokens++
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"canary-oauth-%d","token_type":"Bearer","expires_in":3600}`, m.tokens)
		return
	}
	m.asks = append(m.asks, r.Method+" "+r.URL.String())
	want := secretToken
	if m.vendor.Takes&(TakesToken|TakesUser) == 0 {
		want = fmt.Sprintf("canary-oauth-%d", m.tokens)
	}
	if got := m.credential(r.Header); got != want {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"error":{"message":"%s is not known"}}`, got)
		return
	}
	a := asked{}
	listing := m.other == nil || !m.owns(r)
	if listing {
		a = m.ask(r, string(body))
	}
	if m.fault != nil && m.fault(m, w, r, a) {
		return
	}
	if !listing {
		m.other(m, w, r)
		return
	}
	m.page(w, r, a)
}

// owns says that a request is one beside the walks.
func (m *mock) owns(r *http.Request) bool {
	return m.other(m, httptest.NewRecorder(), r)
}

func (m *mock) credential(h http.Header) string {
	if m.signed != nil {
		return m.signed(h)
	}
	return strings.TrimPrefix(h.Get("Authorization"), "Bearer ")
}

func (m *mock) page(w http.ResponseWriter, r *http.Request, a asked) {
	var in []event
	for _, e := range m.events {
		if (a.part == "" || e.part == a.part) && !e.at.Before(a.from) && (a.to.IsZero() || e.at.Before(a.to) || m.end && e.at.Equal(a.to)) {
			in = append(in, e)
		}
	}
	slices.SortFunc(in, func(a, b event) int {
		n := a.at.Compare(b.at)
		if n == 0 {
			n = strings.Compare(a.id, b.id)
		}
		if m.newest {
			n = -n
		}
		return n
	})
	at := 0
	if a.cursor != "" {
		at = slices.IndexFunc(in, func(e event) bool { return e.id == strings.TrimPrefix(a.cursor, "tok-") }) + 1
	}
	list, next := in[at:min(at+m.size, len(in))], ""
	if at+m.size < len(in) {
		next = "tok-" + list[len(list)-1].id
	}
	if m.more {
		next = "tok-for-ever"
	}
	m.answer(w, r, reply{list, m.list(list), next})
}

// record is a record of the mock as vendors write one.
func record(e event) string {
	return fmt.Sprintf(`{"id":%q,"created_at":%q}`, e.id, e.at.Format(time.RFC3339))
}

func (m *mock) list(events []event) string {
	var list []string
	for _, e := range events {
		if m.element != nil {
			list = append(list, m.element(m, e))
			continue
		}
		list = append(list, record(e))
	}
	return "[" + strings.Join(list, ",") + "]"
}

// ids are all that the mock holds.
func (m *mock) all() (ids []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.events {
		if m.style.ids == nil {
			ids = append(ids, e.id)
			continue
		}
		ids = append(ids, m.style.ids(e)...)
	}
	slices.Sort(ids)
	return ids
}

var idsIn = regexp.MustCompile(`"id":"(e-[^"]*)"`)

// found are the ids of the records in the bytes of a log.
func found(body []byte) (ids []string) {
	for _, m := range idsIn.FindAllSubmatch(body, -1) {
		ids = append(ids, string(m[1]))
	}
	return ids
}

// A pauser is a clock that waiting moves.
type pauser struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
}

func (p *pauser) Now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *pauser) Sleep(ctx context.Context, d time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d >= time.Millisecond { // shorter ones are the budget
		p.waits = append(p.waits, d)
	}
	p.now = p.now.Add(d)
	return ctx.Err()
}

func secretOf(text string) Secret {
	return func(context.Context) (string, error) { return text, nil }
}

// testKey is made once: making one takes its time.
var testKey = sync.OnceValue(func() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
})

func serviceAccount() string {
	text, err := json.Marshal(map[string]string{"client_email": "reader@example.com", "private_key": testKey(), "private_key_id": "k1", "token_uri": "https://ignored.example.com"})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// options are those of a source of the mock.
func (m *mock) options(p *pauser) Options {
	o := Options{Vendor: m.vendor, URL: m.URL, User: m.user, Account: m.account, Parts: m.parts, Rate: Rate{1_000_000, time.Second}, Now: p.Now, Sleep: p.Sleep}
	switch takes := m.vendor.Takes; {
	case takes&(TakesToken|TakesUser) != 0:
		o.Token = secretOf(secretToken)
	case takes&TakesSecret != 0:
		o.OAuth = &OAuth{ClientID: "reader", ClientSecret: secretOf(secretClient), TokenURL: m.URL + "/token"}
	default:
		o.OAuth = &OAuth{ServiceAccount: secretOf(serviceAccount()), TokenURL: m.URL + "/token"}
		if takes&takesSubject != 0 {
			o.OAuth.Subject = "admin@example.com"
		}
	}
	return o
}

func (m *mock) open(t testing.TB, p *pauser) *Source {
	t.Helper()
	s, err := Open(m.options(p))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// Ways in which vendors answer.

func withQuery(r *http.Request, name, value string) string {
	u := *r.URL
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return "http://" + r.Host + u.String()
}

func at(layout, text string) time.Time {
	t, err := time.Parse(layout, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

func unixAt(text string) time.Time {
	var n int64
	if _, err := fmt.Sscan(text, &n); err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// ranged reads a range from two values of the query.
func ranged(from, to, cursor string) func(*http.Request, string) asked {
	return func(r *http.Request, _ string) asked {
		q := r.URL.Query()
		return asked{from: at(time.RFC3339, q.Get(from)), to: at(time.RFC3339, q.Get(to)), cursor: q.Get(cursor)}
	}
}

func ranged10(from, to, cursor string) func(*http.Request, string) asked {
	return func(r *http.Request, _ string) asked {
		q := r.URL.Query()
		return asked{from: unixAt(q.Get(from)), to: unixAt(q.Get(to)), cursor: q.Get(cursor)}
	}
}
