package kibana

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A Place says where Kibana is and who we are. Secrets arrive resolved.
type Place struct {
	URL            string
	Space          string // empty: the default one
	APIKey         string // as Elasticsearch prints it: base64 of id:key
	User, Password string
	CACert         []byte // PEM; empty: the system's
}

// A Load is one request to an import API.
type Load struct {
	Path  string
	Count int    // lines of Body
	Body  []byte // NDJSON
}

// Plan lists what Send sends: the saved objects, and the rules where they are wanted.
func Plan(o Options, space string, rules bool) []Load {
	base := ""
	if space != "" {
		base = "/s/" + url.PathEscape(space)
	}
	objects := Objects(o)
	plan := []Load{{base + "/api/saved_objects/_import?overwrite=true", len(objects), NDJSON(objects)}}
	if rules {
		list := Rules(o)
		plan = append(plan, Load{base + "/api/detection_engine/rules/_import?overwrite=true", len(list), NDJSON(list)})
	}
	return plan
}

// answered is what the import APIs answer: a count and a list under either name.
type answered struct {
	Success      bool
	SuccessCount *int
	RulesCount   *int `json:"success_count"`
	Message      string
	Errors       []struct {
		ID     string
		RuleID string `json:"rule_id"`
		Type   string
		Error  struct{ Type, Message string }
	}
}

// Send loads one plan. An answer counts only if it says that everything was taken: status 200 can carry errors.
func (p Place) Send(ctx context.Context, l Load) error {
	client, err := p.client()
	if err != nil {
		return err
	}
	req, err := p.request(ctx, l)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the address: it may hold what a proxy needs
		}
		return fmt.Errorf("kibana does not answer: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	if err != nil {
		return fmt.Errorf("kibana: answer was cut: %w", err)
	}
	return taken(l, res.StatusCode, body)
}

func (p Place) client() (*http.Client, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableKeepAlives = true
	if len(p.CACert) > 0 {
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(p.CACert) {
			return nil, errors.New("kibana: the CA file holds no certificate")
		}
		t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	// A redirect leads to a page for people to log in: the credential must not follow it.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &http.Client{Transport: t, Timeout: 90 * time.Second, CheckRedirect: stay}, nil
}

func (p Place) request(ctx context.Context, l Load) (*http.Request, error) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "agenttrail.ndjson")
	if err != nil {
		return nil, err
	}
	if _, err := part.Write(l.Body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(p.URL, "/")+l.Path, &form)
	if err != nil {
		return nil, errors.New("kibana: the address is no URL: want https://HOST:PORT")
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("kbn-xsrf", "true")
	switch {
	case p.APIKey != "":
		req.Header.Set("Authorization", "ApiKey "+p.APIKey)
	case p.User != "":
		req.SetBasicAuth(p.User, p.Password)
	}
	return req, nil
}

// taken says whether the answer means that every line was taken.
func taken(l Load, status int, body []byte) error {
	var a answered
	err := json.Unmarshal(body, &a)
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return fmt.Errorf("kibana refused the credential: status %d (it needs the right to manage saved objects, and rules for --rules)", status)
	case status == http.StatusNotFound:
		return fmt.Errorf("kibana: status 404 (is the address that of Kibana, with its base path, and does the space exist?)")
	case status != http.StatusOK:
		return fmt.Errorf("kibana: status %d: %s", status, cut(a.Message))
	case err != nil:
		return errors.New("kibana: the answer is no JSON: is this the address of Kibana?")
	}
	count := a.SuccessCount
	if count == nil {
		count = a.RulesCount
	}
	if len(a.Errors) > 0 {
		e := a.Errors[0]
		return fmt.Errorf("kibana did not take %d of %d objects, the first is %s %s%s: %s %s", len(a.Errors), l.Count, e.Type, e.ID, e.RuleID, e.Error.Type, cut(e.Error.Message))
	}
	if !a.Success || count == nil || *count != l.Count {
		took := "does not say how many"
		if count != nil {
			took = fmt.Sprint("took ", *count)
		}
		return fmt.Errorf("kibana %s of %d objects (success: %t)", took, l.Count, a.Success)
	}
	return nil
}

// cut keeps a message of a server short.
func cut(s string) string {
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}
