package api

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agenttrail"
	"agenttrail/ingest"
	"agenttrail/internal/strictjson"
)

// claims checks a signed statement with the public half of the test's key.
func claims(t *testing.T, token string) strictjson.Value {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no signed statement", token)
	}
	key, err := rsaKey(testKey())
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := errors.Join(err, rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], signature)); err != nil {
		t.Fatalf("signature: %v", err)
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	v, err := strictjson.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A token is asked for in the way of each vendor, with what proves who asks.
func TestGrants(t *testing.T) {
	key, secret := secretOf(testKey()), secretOf(secretClient)
	cases := []struct {
		name    string
		vendor  *Vendor
		account string
		parts   []string
		oauth   OAuth
		form    map[string]string // fixed values
		claims  map[string]string // of the signed statement; URL stands for the server
		basic   string
	}{
		{"okta with a key", &oktaSystem, "", nil, OAuth{ClientID: "0oa1", PrivateKey: key, KeyID: "k1"},
			map[string]string{"grant_type": "client_credentials", "scope": "okta.logs.read", "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
			map[string]string{"iss": "0oa1", "sub": "0oa1", "aud": "URL/oauth2/v1/token"}, ""},
		{"salesforce with a key", &salesforceSetup, "", nil, OAuth{ClientID: "3MVG9", PrivateKey: key, Subject: "reader@example.com"},
			map[string]string{"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}, map[string]string{"iss": "3MVG9", "sub": "reader@example.com", "aud": "https://login.salesforce.com"}, ""},
		{"salesforce with a secret", &salesforceSetup, "", nil, OAuth{ClientID: "3MVG9", ClientSecret: secret},
			map[string]string{"grant_type": "client_credentials", "client_id": "3MVG9", "client_secret": secretClient}, nil, ""},
		{"google", &googleReports, "", []string{"gmail"}, OAuth{ServiceAccount: secretOf(serviceAccount()), Subject: "admin@example.com", TokenURL: "URL/token"},
			map[string]string{"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"},
			map[string]string{"iss": "reader@example.com", "sub": "admin@example.com", "scope": "https://www.googleapis.com/auth/admin.reports.audit.readonly", "aud": "URL/token"}, ""},
		{"zoom", &zoomOperations, "acc-1", nil, OAuth{ClientID: "z1", ClientSecret: secret, TokenURL: "URL/token"},
			map[string]string{"grant_type": "account_credentials", "account_id": "acc-1"}, nil, "z1:" + secretClient},
		{"microsoft", &m365Audit, "t-1", []string{"Audit.General"}, OAuth{ClientID: "m1", ClientSecret: secret, TokenURL: "URL/token"},
			map[string]string{"grant_type": "client_credentials", "client_id": "m1", "client_secret": secretClient, "scope": "URL/.default"}, nil, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var form url.Values
			var basic string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "token") {
					form = cloneForm(r)
					if user, password, ok := r.BasicAuth(); ok {
						basic = user + ":" + password
					}
					w.Header().Set("Content-Type", "application/json")
					fmt.Fprint(w, `{"access_token":"canary-oauth","token_type":"Bearer","expires_in":3600}`)
					return
				}
				if got := r.Header.Get("Authorization"); got != "Bearer canary-oauth" {
					t.Errorf("Authorization = %q, want the token", got)
				}
				fmt.Fprint(w, map[bool]string{true: "[]", false: `{"records":[],"done":true,"items":[],"operation_logs":[]}`}[c.vendor.items == ""])
			}))
			defer server.Close()
			here := func(text string) string { return strings.ReplaceAll(text, "URL", server.URL) }
			oauth := c.oauth
			oauth.TokenURL = here(oauth.TokenURL)
			p := &pauser{now: testNow}
			s, err := Open(Options{Vendor: c.vendor, URL: server.URL, Account: c.account, Parts: c.parts, OAuth: &oauth, Now: p.Now, Sleep: p.Sleep})
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := pull(s, days("x")...); err != nil {
				t.Fatalf("List: %v", err)
			}
			for name, want := range c.form {
				if got := form.Get(name); got != here(want) {
					t.Errorf("%s = %q, want %q", name, got, here(want))
				}
			}
			if c.claims != nil {
				v := claims(t, form.Get("assertion")+form.Get("client_assertion"))
				for name, want := range c.claims {
					if got := v.Get(name).Str(); got != here(want) {
						t.Errorf("claim %s = %q, want %q", name, got, here(want))
					}
				}
			}
			if basic != c.basic {
				t.Errorf("basic authentication = %q, want %q", basic, c.basic)
			}
		})
	}
}

func cloneForm(r *http.Request) url.Values {
	if err := r.ParseForm(); err != nil {
		return nil
	}
	return r.PostForm
}

// A token that is not given says why, and nothing of what was sent.
func TestTokenNotGiven(t *testing.T) {
	cases := []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request)
		want   error
		says   string
	}{
		{"refused", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(401)
			body, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, `{"error":"invalid_client","error_description":%q}`, body)
		}, ingest.ErrCredential, "invalid_client"},
		{"no token in it", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, ingest.ErrCredential, "no token"},
		{"redirected", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://192.0.2.1/token", http.StatusTemporaryRedirect)
		}, ingest.ErrCredential, "status 307"},
		{"cannot answer", status(503, "Retry-After", "5"), nil, "status 503"},
	}
	for _, c := range cases {
		server := httptest.NewServer(http.HandlerFunc(c.answer))
		p := &pauser{now: testNow}
		s, err := Open(Options{Vendor: &salesforceSetup, URL: server.URL, OAuth: &OAuth{ClientID: "a", ClientSecret: secretOf(secretClient)}, Now: p.Now, Sleep: p.Sleep})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = pull(s, days("x")...)
		server.Close()
		if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: List = %v; want %v, with %q and without a secret", c.name, err, c.want, c.says)
		}
		if c.name == "cannot answer" && (len(p.waits) != attempts-1 || p.waits[0] != 5*time.Second) {
			t.Errorf("%s: waits %v, want five of 5s", c.name, p.waits)
		}
	}
}

// A secret that cannot be fetched, or is none, is a refused credential.
func TestBadSecrets(t *testing.T) {
	cases := map[string]struct {
		vendor *Vendor
		token  Secret
		oauth  *OAuth
	}{
		"not there":   {vendor: &stripeEvent, token: func(context.Context) (string, error) { return "", errors.New("environment variable X is not set") }},
		"line break":  {vendor: &stripeEvent, token: secretOf("canary\r\nX-Evil: 1")},
		"no key":      {vendor: &oktaSystem, oauth: &OAuth{ClientID: "a", PrivateKey: secretOf("canary")}},
		"no account":  {vendor: &gcpAudit, oauth: &OAuth{ServiceAccount: secretOf(`{"type":"canary"}`)}},
		"jwt, no key": {vendor: &salesforceSetup, oauth: &OAuth{ClientID: "a", PrivateKey: secretOf("canary"), Subject: "b"}},
	}
	for name, c := range cases {
		p := &pauser{now: testNow}
		o := Options{Vendor: c.vendor, URL: "http://127.0.0.1:1", Token: c.token, OAuth: c.oauth, Now: p.Now, Sleep: p.Sleep}
		if c.vendor.Part != "" {
			o.Parts = []string{"projects/acme"}
		}
		s, err := Open(o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, _, err := pull(s, days("x")...); !errors.Is(err, ingest.ErrCredential) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: List = %v, want ErrCredential without the secret", name, err)
		}
	}
}

// A download may go to a host that was named, and takes no credential there.
func TestDownloadElsewhere(t *testing.T) {
	var got http.Header
	storage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		fmt.Fprint(w, `{"id":"e-stored"}`)
	}))
	defer storage.Close()
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, storage.URL+"/blob?sig=1", http.StatusFound)
	}))
	defer vendor.Close()
	p := &pauser{now: testNow}
	o := Options{Vendor: &openaiCompliance, URL: vendor.URL, Account: "w-1", Token: secretOf(secretToken), Now: p.Now, Sleep: p.Sleep}
	for _, hosts := range [][]string{nil, {strings.TrimPrefix(storage.URL, "http://")}} {
		o.Downloads = hosts
		s, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		file := agenttrail.Object{URI: vendor.URL + "/v1/compliance/workspaces/w-1/logs/f1"}
		r, err := s.Open(t.Context(), &file)
		if hosts == nil {
			if !errors.Is(err, ingest.ErrDenied) || got != nil {
				t.Errorf("Open with a redirect to a host that was not named = %v, header %v; want ErrDenied and no request", err, got)
			}
			continue
		}
		if err != nil {
			t.Fatalf("Open with a redirect to a host that was named = %v", err)
		}
		body, err := io.ReadAll(r)
		r.Close()
		if err != nil || string(body) != `{"id":"e-stored"}` || got.Get("Authorization") != "" || strings.Contains(fmt.Sprint(got), "canary") {
			t.Errorf("Open = %q, %v, and the storage saw %v; want the file and no credential", body, err, got)
		}
		if strings.Contains(fmt.Sprint(file.Meta), "sig=1") {
			t.Errorf("meta %v holds the signed address of the storage", file.Meta)
		}
	}
}

// The budget of requests is kept by waiting.
func TestRate(t *testing.T) {
	s := styles()[0]
	m := newMock(t, s, eventsOf(&s))
	p := &pauser{now: testNow}
	o := m.options(p)
	o.Rate = Rate{6, time.Minute}
	source, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := pull(source, days("x")...); err != nil {
		t.Fatal(err)
	}
	if n := source.Requests(); n != int64(len(m.asks)) || p.now.Sub(testNow) < time.Duration(n-1)*9999*time.Millisecond {
		t.Errorf("%d requests took %s at 6 a minute", n, p.now.Sub(testNow))
	}
}

// Of a window that is not over nothing is asked for that is still to come.
func TestRunningWindow(t *testing.T) {
	s := styles()[0]
	m := newMock(t, s, nil)
	p := &pauser{now: firstDay.Add(10*time.Hour + 30*time.Second)}
	if _, _, err := pull(m.open(t, p), days("x")[0]); err != nil {
		t.Fatal(err)
	}
	want := []string{"GET /api/v1/logs?since=2026-11-01T00%3A00%3A00Z&until=2026-11-01T10%3A00%3A00Z&sortOrder=ASCENDING&limit=1000"}
	if diff := cmp.Diff(want, m.asks); diff != "" {
		t.Errorf("requests, - want + got\n%s", diff)
	}
}

// A session's element of the listing is the context of its messages.
func TestSessionContext(t *testing.T) {
	for _, s := range styles() {
		if s.vendor != &anthropicSession {
			continue
		}
		m := newMock(t, s, eventsOf(&s)[:1])
		objects, _, err := pull(m.open(t, &pauser{now: testNow}), days("x")...)
		if err != nil || len(objects) != 4 || objects[0].Role != agenttrail.RoleListing {
			t.Fatalf("List = %v, %v; want a listing and three pages", names(objects), err)
		}
		for _, o := range objects[1:] {
			if string(o.Context) != sessionElement(nil, m.events[0]) || o.Role != agenttrail.RoleLog {
				t.Errorf("%s: role %s, context %s; want the session", o.URI, o.Role, o.Context)
			}
		}
	}
}

// No name leads to this machine's neighbours, unless it was configured, and none to a cloud's metadata.
func TestAllowed(t *testing.T) {
	cases := []struct {
		url, address string
		configured   bool
		want         bool
	}{
		{"https://api.example.com", "192.0.2.7:443", false, true},
		{"https://api.example.com", "10.0.0.7:443", false, false},
		{"https://api.example.com", "10.0.0.7:443", true, true},
		{"https://api.example.com", "127.0.0.1:443", true, false},
		{"https://api.example.com", "[::1]:443", true, false},
		{"https://api.example.com", "169.254.169.254:80", true, false},
		{"https://api.example.com", "[::ffff:169.254.169.254]:80", true, false},
		{"http://127.0.0.1:1", "127.0.0.1:1", true, true},
		{"http://localhost:1", "[::1]:1", true, true},
	}
	for _, c := range cases {
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := allowed(u, c.configured, c.address) == nil; got != c.want {
			t.Errorf("allowed(%s, configured %t, %s) = %t, want %t", c.url, c.configured, c.address, got, c.want)
		}
	}
}
