package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/oauth2/jwt"

	"agenttrail/ingest"
	"agenttrail/internal/strictjson"
)

// A grant is where and how a vendor gives tokens.
type grant struct {
	url      string
	scopes   []string
	params   url.Values // of client credentials
	style    oauth2.AuthStyle
	audience string // of an assertion; empty: url
	bearer   bool   // a key signs an assertion that is itself the grant; else it stands for the client's secret
}

// An authorizer puts the credential into requests, and knows which texts must never be printed.
type authorizer struct {
	o      *Options
	client *http.Client

	mu      sync.Mutex
	token   *oauth2.Token // of OAuth
	plain   string        // the token itself, without OAuth
	renewed int           // refusals since an answer came
	secrets []string
}

func newAuthorizer(o *Options, client *http.Client) *authorizer {
	return &authorizer{o: o, client: client}
}

// bearer is how most vendors take a token.
func bearer(h http.Header, _, token string) { h.Set("Authorization", "Bearer "+token) }

// apiKey takes the token in a header of its own.
func apiKey(name string) func(http.Header, string, string) {
	return func(h http.Header, _, token string) { h.Set(name, token) }
}

// basic takes user and token as HTTP Basic does.
func basic(h http.Header, user, token string) {
	r := http.Request{Header: h}
	r.SetBasicAuth(user, token)
}

// sign puts the credential into a header.
func (a *authorizer) sign(ctx context.Context, h http.Header) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.o.OAuth != nil {
		token, err := a.oauth(ctx)
		if err != nil {
			return err
		}
		bearer(h, "", token.AccessToken)
		return nil
	}
	if err := a.fetch(ctx); err != nil {
		return err
	}
	put := a.o.Vendor.sign
	if put == nil {
		put = bearer
	}
	put(h, a.o.User, a.plain)
	return nil
}

// fetch gets the token, unless it is there: fetching may mean to run a command.
func (a *authorizer) fetch(ctx context.Context) error {
	if a.plain != "" {
		return nil
	}
	token, err := a.secret(ctx, "token", a.o.Token)
	if err != nil {
		return err
	}
	if strings.ContainsAny(token, "\r\n\x00") {
		return fmt.Errorf("%w: the token holds a line break", ingest.ErrCredential)
	}
	a.plain = token
	return nil
}

// secret fetches a secret, and takes down that it must not be printed.
func (a *authorizer) secret(ctx context.Context, name string, s Secret) (string, error) {
	text, err := s(ctx)
	if err != nil {
		return "", fmt.Errorf("%w: %s: %w", ingest.ErrCredential, name, err)
	}
	a.remember(text)
	return text, nil
}

func (a *authorizer) remember(text string) {
	for _, known := range a.secrets {
		if known == text {
			return
		}
	}
	a.secrets = append(a.secrets, text)
}

// clean takes what must not be printed out of a text that a vendor wrote: some repeat the credential that they refuse.
func (a *authorizer) clean(text string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s, "[redacted]")
		}
	}
	return text
}

// refused forgets the token and says whether to try once more: one in a file may have been renewed during a long run, and one of OAuth has an end.
func (a *authorizer) refused() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.token, a.plain = nil, ""
	a.renewed++
	return a.renewed == 1
}

// accepted says that an answer came: a token that is refused later may be renewed again.
func (a *authorizer) accepted() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.renewed = 0
}

// oauth is a token that holds, fetched when there is none.
func (a *authorizer) oauth(ctx context.Context) (*oauth2.Token, error) {
	if a.token.Valid() {
		return a.token, nil
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, a.client)
	source, err := a.tokens(ctx)
	if err != nil {
		return nil, err
	}
	token, err := source.Token()
	if err != nil {
		return nil, a.explain(err)
	}
	a.token = token
	a.remember(token.AccessToken)
	return token, nil
}

// tokens makes what fetches a token, in the way that the config says.
func (a *authorizer) tokens(ctx context.Context) (oauth2.TokenSource, error) {
	o, g := a.o.OAuth, a.o.Vendor.grant(a.o)
	if o.TokenURL != "" {
		g.url = o.TokenURL
	}
	if at, err := url.Parse(o.TokenURL); g.audience != "" && err == nil && at.Host != "" { // another login server is another audience
		g.audience = at.Scheme + "://" + at.Host
	}
	switch {
	case o.ServiceAccount != nil:
		return a.serviceAccount(ctx, g)
	case o.PrivateKey != nil:
		key, err := a.secret(ctx, "oauth.private_key", o.PrivateKey)
		if err != nil {
			return nil, err
		}
		if g.bearer {
			c := jwt.Config{Email: o.ClientID, PrivateKey: []byte(key), PrivateKeyID: o.KeyID, Subject: o.Subject, Scopes: g.scopes, TokenURL: g.url, Audience: g.audience}
			return c.TokenSource(ctx), nil
		}
		return a.assertion(ctx, g, key)
	}
	secret, err := a.secret(ctx, "oauth.client_secret", o.ClientSecret)
	if err != nil {
		return nil, err
	}
	c := clientcredentials.Config{ClientID: o.ClientID, ClientSecret: secret, TokenURL: g.url, Scopes: g.scopes, EndpointParams: g.params, AuthStyle: g.style}
	return c.TokenSource(ctx), nil
}

// serviceAccount signs with the key of a Google service account, for an administrator.
func (a *authorizer) serviceAccount(ctx context.Context, g grant) (oauth2.TokenSource, error) {
	text, err := a.secret(ctx, "oauth.service_account", a.o.OAuth.ServiceAccount)
	if err != nil {
		return nil, err
	}
	v, err := strictjson.Parse([]byte(text))
	if err != nil || v.Get("client_email").Str() == "" || v.Get("private_key").Str() == "" {
		return nil, fmt.Errorf("%w: oauth.service_account is not the JSON file of a service account", ingest.ErrCredential)
	}
	key := v.Get("private_key").Str()
	a.remember(key)
	c := jwt.Config{Email: v.Get("client_email").Str(), PrivateKey: []byte(key), PrivateKeyID: v.Get("private_key_id").Str(), Subject: a.o.OAuth.Subject, Scopes: g.scopes, TokenURL: g.url}
	return c.TokenSource(ctx), nil
}

// assertion is client credentials whose secret is a signed statement (RFC 7523, section 2.2).
func (a *authorizer) assertion(ctx context.Context, g grant, key string) (oauth2.TokenSource, error) {
	signed, err := signClaims(key, a.o.OAuth.KeyID, map[string]any{
		"iss": a.o.OAuth.ClientID, "sub": a.o.OAuth.ClientID, "aud": g.url, "jti": rand.Text(), "iat": time.Now().Unix(), "exp": time.Now().Add(5 * time.Minute).Unix(),
	})
	if err != nil {
		return nil, fmt.Errorf("%w: oauth.private_key: %w", ingest.ErrCredential, err)
	}
	c := clientcredentials.Config{TokenURL: g.url, Scopes: g.scopes, AuthStyle: oauth2.AuthStyleInParams, EndpointParams: url.Values{
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {signed},
	}}
	return c.TokenSource(ctx), nil
}

// explain says why no token came, without the body of the answer: it may repeat what was sent.
func (a *authorizer) explain(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil {
		status, said := refused.Response.StatusCode, ""
		if refused.ErrorCode != "" {
			said = ": " + shorten(refused.ErrorCode, 60)
		}
		if status == http.StatusTooManyRequests || status >= 500 {
			wait, asked := waitOf(refused.Response.Header, a.o.Now())
			return &later{fmt.Errorf("no token (status %d)%s", status, said), wait, asked}
		}
		return fmt.Errorf("%w: no token (status %d)%s: see oauth", ingest.ErrCredential, status, said)
	}
	var about *url.Error
	if errors.As(err, &about) {
		return fmt.Errorf("no token: %w", about.Err)
	}
	return fmt.Errorf("%w: no token: the key cannot be read, or the answer holds none", ingest.ErrCredential)
}
