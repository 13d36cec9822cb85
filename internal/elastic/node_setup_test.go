package elastic

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"agenttrail/internal/testenv"
)

// TestNodeUpgrade: an older version left templates and a month without a field. Setup adds it in place: what was there is found as before, and what
// comes is found by the new field.
func TestNodeUpgrade(t *testing.T) {
	ctx, c := context.Background(), bareNode(t)
	old := Mapping()
	delete(old["properties"].(object)["agenttrail"].(object)["properties"].(object), "verb")
	for _, r := range []Request{
		request(http.MethodPut, "/_index_template/"+c.prefix+"-actions-v1", object{"index_patterns": []string{c.generation() + "*"}, "priority": 600, "template": object{
			"settings": object{"refresh_interval": "1s"}, "aliases": object{c.ActionsAlias(): object{}}, "mappings": old}}),
		request(http.MethodPut, "/"+c.generation()+"2026.10", nil),
		{http.MethodPut, "/" + c.generation() + "2026.10/_create/old", []byte(`{"@timestamp":"2026-10-30T11:00:00Z","agenttrail":{"id":"old","outcome":"success"}}`)},
	} {
		if _, err := c.do(ctx, r, nil); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := c.Setup(ctx, Layout{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Project(ctx, newBook(2, 3, "").projection()); err != nil {
		t.Fatal(err)
	}
	for _, l := range []struct {
		query object
		want  int64
	}{{object{"term": object{"agenttrail.verb": "read"}}, 6}, {object{"term": object{"agenttrail.id": "old"}}, 1}, {object{"term": object{"agenttrail.outcome": "success"}}, 7}} {
		if n := found(t, c, l.query); n != l.want {
			t.Errorf("search %v finds %d actions, want %d", l.query, n, l.want)
		}
	}
	var settings map[string]struct {
		Settings struct {
			Index struct {
				Refresh  string `json:"refresh_interval"`
				Replicas string `json:"auto_expand_replicas"`
			}
		}
	}
	if _, err := c.do(ctx, Request{Method: http.MethodGet, Path: "/" + c.generation() + "2026.10/_settings"}, &settings); err != nil {
		t.Fatal(err)
	}
	if got := settings[c.generation()+"2026.10"].Settings.Index; got.Refresh != "-1" || got.Replicas != "0-1" {
		t.Errorf("settings of the old month = %+v, want those of now", got)
	}
}

// TestNodeFull (F18): an index that takes no writes, as when the disk is full, stops the run with the remedy; when it is over, the run goes on.
func TestNodeFull(t *testing.T) {
	ctx, c, b := context.Background(), node(t), newBook(2, 1, "")
	project(t, c, b)
	block := func(on string) {
		if _, err := c.do(ctx, Request{http.MethodPut, "/" + c.generation() + "2026.10/_settings", []byte(`{"index.blocks.read_only_allow_delete":` + on + `}`)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	block("true")
	longer := newBook(4, 1, "")
	_, err := c.Project(ctx, longer.projection())
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "free disk space") {
		t.Errorf("Project on a full disk = %v, want ErrRefused with the remedy", err)
	}
	block("null")
	project(t, c, longer)
}

// TestNodeTLS: the node is believed by its CA and by nothing else.
func TestNodeTLS(t *testing.T) {
	n := testenv.SecureElasticsearch(t)
	pem, err := os.ReadFile(n.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []struct {
		name     string
		ca       []byte
		password string
		want     func(error) bool
	}{
		{"its CA", pem, n.Password, func(err error) bool { return err == nil }},
		{"no CA", nil, n.Password, func(err error) bool { var e x509.UnknownAuthorityError; return errors.As(err, &e) }},
		{"a wrong password", pem, "wrong-password", func(err error) bool {
			return errors.Is(err, ErrRefused) && !strings.Contains(err.Error(), "wrong-password")
		}},
	} {
		c, err := New(Config{Addresses: []string{n.URL}, User: n.User, Password: l.password, CACert: l.ca, Prefix: "t-tls"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.resolve(context.Background(), "t-tls-*"); !l.want(err) {
			t.Errorf("with %s: %v", l.name, err)
		}
	}
	if _, err := New(Config{Addresses: []string{n.URL}, CACert: []byte("no certificate")}); err == nil {
		t.Error("New with a CA that is none: no error")
	}
}
