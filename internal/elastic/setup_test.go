package elastic

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// scripted is a client of a cluster that answers by path, and {} to everything else; asked are its requests.
func scripted(t *testing.T, answers map[string]string) (c *Client, asked *[]string) {
	t.Helper()
	asked = new([]string)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.Method+" "+r.URL.Path)
		status, body := 200, "{}"
		if a, ok := answers[r.URL.Path]; ok {
			if n, err := fmt.Sscan(a[:3], &status); n != 1 || err != nil {
				t.Errorf("answer %q: %v", a, err)
			}
			body = a[4:]
		}
		reply(w, status, body)
	}))
	t.Cleanup(s.Close)
	c, err := New(Config{Addresses: []string{s.URL}})
	if err != nil {
		t.Fatal(err)
	}
	return c, asked
}

// TestSetupServerless: a cluster that manages its shards itself is recognised and gets no settings; any other gets exactly what the plan says.
func TestSetupServerless(t *testing.T) {
	for _, l := range []struct {
		name, info string
		layout     Layout
		serverless bool
	}{
		{"8.x", `200 {"version":{"number":"8.19.7","build_flavor":"default"}}`, Layout{}, false},
		{"9.x", `200 {"version":{"number":"9.2.0","build_flavor":"default"}}`, Layout{}, false},
		{"serverless", `200 {"version":{"number":"8.11.0","build_flavor":"serverless"}}`, Layout{}, true},
		{"the minimal node", `405 {"error":"Incorrect HTTP method"}`, Layout{}, false},
		{"a key that may not ask", `403 {"error":{"type":"security_exception","reason":"no"}}`, Layout{}, false},
		{"by config", `403 {"error":{"type":"security_exception","reason":"no"}}`, Layout{Serverless: true}, true},
	} {
		c, asked := scripted(t, map[string]string{"/": l.info})
		if err := c.Setup(context.Background(), l.layout); err != nil {
			t.Errorf("%s: Setup = %v", l.name, err)
		}
		want := []string{"GET /"}
		for _, r := range c.Plan(Layout{Serverless: l.serverless}) {
			path, _, _ := strings.Cut(r.Path, "?")
			want = append(want, r.Method+" "+path)
			if l.serverless && (strings.Contains(string(r.Body), "shards") || strings.Contains(string(r.Body), "replicas") || strings.Contains(path, "settings")) {
				t.Errorf("%s: request %s %s has settings", l.name, r.Method, r.Path)
			}
		}
		if !slices.Equal(*asked, want) {
			t.Errorf("%s: sent %v, want %v", l.name, *asked, want)
		}
	}
}

// TestSetupLifecycle: a policy that the cluster has and that does no harm is named in the template; any other is refused before anything is sent.
func TestSetupLifecycle(t *testing.T) {
	for _, l := range []struct{ name, answer, want string }{
		{"good", `200 {"cold":{"policy":{"phases":{"hot":{"actions":{"set_priority":{}}},"warm":{"actions":{"forcemerge":{}}}}}}}`, ""},
		{"rollover", `200 {"cold":{"policy":{"phases":{"hot":{"actions":{"rollover":{}}}}}}}`, "rolls over"},
		{"delete", `200 {"cold":{"policy":{"phases":{"delete":{"actions":{"delete":{}}}}}}}`, "deletes"},
		{"absent", `404 {"error":{"type":"resource_not_found_exception","reason":"x"}}`, "no lifecycle policy"},
		{"no lifecycle", `400 {"error":"no handler found"}`, "no lifecycle management"},
	} {
		c, asked := scripted(t, map[string]string{"/_ilm/policy/cold": l.answer})
		err := c.Setup(context.Background(), Layout{Lifecycle: "cold"})
		switch {
		case l.want == "" && err != nil, l.want != "" && (!errors.Is(err, ErrSetup) || !strings.Contains(err.Error(), l.want)):
			t.Errorf("%s: Setup = %v, want %q", l.name, err, l.want)
		case l.want != "" && len(*asked) != 2:
			t.Errorf("%s: sent %v, want nothing after the question", l.name, *asked)
		}
	}
}

// TestRedirect: a cluster that sends us elsewhere is not followed: the key would go there too.
func TestRedirect(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer elsewhere.Close()
	s := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer s.Close()
	c, err := New(Config{Addresses: []string{s.URL}, APIKey: "a2V5OnNlY3JldA=="})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.resolve(context.Background(), "x-*"); err == nil {
		t.Error("a redirect is an answer")
	}
}

// TestHalfOpen (F20): a server that takes a request and says nothing is left after the time limit, and the documents are sent again.
func TestHalfOpen(t *testing.T) {
	s := newServer(t)
	release := make(chan struct{})
	s.hang = func(n int) { // outside the lock of the server
		if n == 0 {
			<-release
		}
	}
	c := s.client()
	c.answerIn = 50 * time.Millisecond
	got, err := load(c, 10, plain)
	close(release)
	if err != nil || got.Created+got.Present != 10 || got.Balance() != 0 {
		t.Errorf("stats = %+v, err %v; want all there", got, err)
	}
}

// TestDown (F16): a cluster that is down ends the run as unavailable; when it is back, everything is sent.
func TestDown(t *testing.T) {
	s := newServer(t)
	down := true
	s.script = func(_ int, w http.ResponseWriter, _ []sent) bool {
		if down {
			reply(w, 503, `{"error":{"type":"master_not_discovered_exception","reason":"no master"}}`)
		}
		return down
	}
	if _, err := load(s.client(), 10, plain); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "master_not_discovered_exception") {
		t.Errorf("while it is down: %v, want ErrUnavailable with the reason", err)
	}
	down = false
	if got, err := load(s.client(), 10, plain); err != nil || got.Created != 10 {
		t.Errorf("when it is back: %+v, %v", got, err)
	}
}

// TestPace: three refused requests in a row halve what is sent at once; answered ones bring it back, slowly, and never above where it was.
func TestPace(t *testing.T) {
	p := newPace()
	for range inFlight {
		if err := p.enter(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		p.refused()
	}
	if p.size() != maxBody {
		t.Errorf("after two refusals: %d bytes", p.size())
	}
	p.refused()
	for range inFlight {
		p.leave()
	}
	if p.size() != maxBody/2 || len(p.tokens) != 1 {
		t.Errorf("after three refusals: %d bytes, %d at once; want %d and 1", p.size(), len(p.tokens), maxBody/2)
	}
	for range 100 {
		p.refused()
	}
	if p.size() != minBody {
		t.Errorf("after a hundred refusals: %d bytes, want %d", p.size(), minBody)
	}
	for range 100 {
		p.taken()
	}
	if p.size() != maxBody || len(p.tokens) != inFlight {
		t.Errorf("after a hundred answers: %d bytes, %d at once; want %d and %d", p.size(), len(p.tokens), maxBody, inFlight)
	}
}

// TestOverload (F10): whole requests are refused many times; all documents arrive once, in smaller requests.
func TestOverload(t *testing.T) {
	s := newServer(t)
	most := 0
	s.script = func(n int, w http.ResponseWriter, items []sent) bool {
		if n < 7 {
			reply(w, 429, `{"error":{"type":"es_rejected_execution_exception","reason":"busy"}}`)
			return true
		}
		most = max(most, len(items))
		return false
	}
	got, err := load(s.client(), 4000, func(i int) string { return fmt.Sprintf(`{"n":%d,"x":%q}`, i, strings.Repeat("x", 1000)) })
	if err != nil || got.Created != 4000 || len(s.docs) != 4000 || most > 2600 {
		t.Errorf("stats = %+v, err %v, %d documents, at most %d in one; want 4000 created in requests of less than 2600", got, err, len(s.docs), most)
	}
}
