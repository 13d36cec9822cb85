package config

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"agenttrail/ingest/api"
	"agenttrail/internal/strictyaml"
)

// OAuth is how to come by a token of a vendor.
type OAuth struct {
	ClientID       string     `yaml:"client_id"`
	ClientSecret   *Reference `yaml:"client_secret"`
	PrivateKey     *Reference `yaml:"private_key"` // PEM, RSA
	KeyID          string     `yaml:"key_id"`
	ServiceAccount *Reference `yaml:"service_account"` // the JSON file of a Google service account
	Subject        string     `yaml:"subject"`         // for whom the log is read
	TokenURL       string     `yaml:"token_url"`       // absent: the vendor's
}

// A Rate is a budget of requests like 60/m.
type Rate struct{ api.Rate }

// UnmarshalText reads 10/s, 60/m or 1000/h.
func (r *Rate) UnmarshalText(b []byte) error {
	number, per, _ := strings.Cut(string(b), "/")
	n, err := strconv.Atoi(number)
	unit, ok := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}[per]
	if err != nil || !ok || n < 1 || n > 1_000_000 {
		return fmt.Errorf("want a budget of requests like 60/m (s, m or h), not %q", b)
	}
	r.Rate = api.Rate{N: n, Per: unit}
	return nil
}

// APIOptions are what the source says of its API. Secrets are fetched when they are needed.
func (c *Config) APIOptions(s *Source) api.Options {
	o := api.Options{Vendor: s.Vendor, URL: s.URL, Token: c.secret(s.Token), User: s.User, Account: s.Account, Parts: s.Parts, Rate: s.Rate.Rate, Downloads: s.Downloads}
	if a := s.OAuth; a != nil {
		o.OAuth = &api.OAuth{ClientID: a.ClientID, ClientSecret: c.secret(a.ClientSecret), PrivateKey: c.secret(a.PrivateKey), KeyID: a.KeyID,
			ServiceAccount: c.secret(a.ServiceAccount), Subject: a.Subject, TokenURL: a.TokenURL}
	}
	return o
}

func (c *Config) secret(r *Reference) api.Secret {
	if r == nil {
		return nil
	}
	return func(ctx context.Context) (string, error) {
		s, err := r.Resolve(ctx, c.Dir)
		return s.Reveal(), err
	}
}

func (c *Config) checkAPI(doc *strictyaml.Document, at string, s *Source) {
	vendor, err := api.Lookup(s.API)
	if err != nil {
		doc.Add(at+".api", err.Error(), "")
		return
	}
	s.Vendor = vendor
	if s.Format != "" && s.Format != vendor.Name {
		doc.Add(at+".format", fmt.Sprintf("the pages of %s are of the format %s", s.API, vendor.Name), "remove format")
	}
	s.Format = vendor.Name
	o := c.APIOptions(s)
	for _, m := range vendor.Check(&o) {
		doc.Add(strings.TrimSuffix(at+"."+m.Key, "."), m.Message, m.Remedy)
	}
	checkAPISecrets(doc, at, s)
	if s.Since.IsZero() {
		doc.Add(at, fmt.Sprintf("source %q has no since", s.Name), "add since: the first day to read, like 2026-07-01")
	}
	if vendor.Days && (s.Window != "" && s.Window != WindowDay || s.Zone != "" || s.LookBack.Duration > 0) {
		doc.Add(at, vendor.Name+" has records without ids: days of UTC, each read once", "remove window, zone and look_back")
	}
	checkPlaceKeys(doc, at, "an API", map[string]bool{"role": s.Role != nil, "endpoint": s.Endpoint != "", "path_style": s.Path, "request_payer": s.Payer,
		"include": len(s.Include) > 0, "exclude": len(s.Exclude) > 0})
}

func checkAPISecrets(doc *strictyaml.Document, at string, s *Source) {
	checkReference(doc, at+".token", s.Token)
	if s.OAuth == nil {
		return
	}
	checkReference(doc, at+".oauth.client_secret", s.OAuth.ClientSecret)
	checkReference(doc, at+".oauth.private_key", s.OAuth.PrivateKey)
	checkReference(doc, at+".oauth.service_account", s.OAuth.ServiceAccount)
	if s.OAuth.TokenURL != "" {
		checkURL(doc, at+".oauth.token_url", s.OAuth.TokenURL)
	}
}

// checkNoAPI refuses at a folder or a bucket what only an API has.
func checkNoAPI(doc *strictyaml.Document, at string, s *Source) {
	checkPlaceKeys(doc, at, "a source without api", map[string]bool{"url": s.URL != "", "token": s.Token != nil, "user": s.User != "", "oauth": s.OAuth != nil,
		"account": s.Account != "", "parts": len(s.Parts) > 0, "rate": s.Rate.N > 0, "download_hosts": len(s.Downloads) > 0})
}

// checkPlaceKeys refuses keys that are set and do not belong to the place.
func checkPlaceKeys(doc *strictyaml.Document, at, place string, set map[string]bool) {
	var wrong []string
	for key, there := range set {
		if there {
			wrong = append(wrong, key)
		}
	}
	slices.Sort(wrong)
	for _, key := range wrong {
		doc.Add(at+"."+key, fmt.Sprintf("%s has no %s", place, key), "remove it")
	}
}
