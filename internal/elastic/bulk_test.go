package elastic

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A server is a scripted Elasticsearch: it keeps what it is given and complains about what the real one refuses.
// script may answer request n itself; it then says true.
type server struct {
	*httptest.Server
	t      *testing.T
	script func(n int, w http.ResponseWriter, items []sent) bool
	status func(s sent) int // outcome of one item; nil: created, or 409 when it is there

	hang func(n int) // waits before request n is looked at

	mu   sync.Mutex
	n    int
	docs map[string]string // id -> document

	findings map[string]string
}

type sent struct{ index, id, doc string }

func newServer(t *testing.T) *server {
	s := &server{t: t, docs: map[string]string{}, findings: map[string]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *server) client() *Client {
	c, err := New(Config{Addresses: []string{s.URL}, APIKey: "a2V5OnNlY3JldA=="})
	if err != nil {
		s.t.Fatal(err)
	}
	c.pause = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return c
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.URL.Path != "/_bulk" {
		s.t.Errorf("request %s %s: %v", r.Method, r.URL.Path, err)
	}
	if r.Header.Get("Content-Type") != compatible || r.Header.Get("Accept") != compatible || len(body) == 0 || body[len(body)-1] != '\n' {
		s.t.Errorf("a real server refuses this request: %v", r.Header)
	}
	items := s.parse(string(body))
	s.mu.Lock()
	n := s.n
	s.n++
	s.mu.Unlock()
	if s.hang != nil {
		s.hang(n)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.script != nil && s.script(n, w, items) {
		return
	}
	s.answer(w, items)
}

func (s *server) parse(body string) (items []sent) {
	lines := bufio.NewScanner(strings.NewReader(body))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var action struct {
			Create struct {
				Index string `json:"_index"`
				ID    string `json:"_id"`
			}
		}
		if err := json.Unmarshal(lines.Bytes(), &action); err != nil || action.Create.ID == "" {
			s.t.Errorf("bad action line %q: %v", lines.Text(), err)
		}
		lines.Scan()
		if !json.Valid(lines.Bytes()) {
			s.t.Errorf("document of %s is no JSON: %.80s", action.Create.ID, lines.Text())
		}
		items = append(items, sent{action.Create.Index, action.Create.ID, lines.Text()})
	}
	return items
}

// apply stores an item and says its status.
func (s *server) apply(it sent) int {
	if strings.HasSuffix(it.index, "-findings") {
		s.findings[it.id] = it.doc
		return 201
	}
	if s.status != nil {
		if status := s.status(it); status != 0 {
			return status
		}
	}
	if _, there := s.docs[it.id]; there {
		return 409
	}
	s.docs[it.id] = it.doc
	return 201
}

func (s *server) answer(w http.ResponseWriter, items []sent) {
	var b strings.Builder
	b.WriteString(`{"errors":false,"items":[`)
	for i, it := range items {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `{"create":{"_id":%q,"status":%d,"_shards":{"total":2,"successful":2},"error":{"type":"t","reason":"r"}}}`, it.id, s.apply(it))
	}
	b.WriteString("]}")
	reply(w, 200, b.String())
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// load sends n documents through a writer.
func load(c *Client, n int, doc func(i int) string) (Stats, error) {
	w := c.newWriter(context.Background(), noon)
	defer w.cancel(nil)
	for i := range n {
		if err := w.add("agenttrail-actions-v1-2026.11", fmt.Sprint("id", i), []byte(doc(i))); err != nil {
			return w.stats, w.cause(err)
		}
	}
	err := w.flush()
	return w.stats, err
}

func noon() time.Time { return time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC) }

func plain(i int) string {
	return fmt.Sprintf(`{"@timestamp":"2026-11-02T10:00:00.000000Z","n":%d}`, i)
}

// TestOutcomes: whatever the server does, every document is accounted for, and none is stored twice or lost.
func TestOutcomes(t *testing.T) {
	first := func(status int, body string) func(int, http.ResponseWriter, []sent) bool {
		return func(n int, w http.ResponseWriter, _ []sent) bool {
			if n > 0 {
				return false
			}
			reply(w, status, body)
			return true
		}
	}
	busyOnce := func() func(sent) int {
		seen := map[string]bool{}
		return func(s sent) int {
			if seen[s.id] || s.id[len(s.id)-1]%3 != 0 {
				return 0
			}
			seen[s.id] = true
			return 429
		}
	}
	for _, c := range []struct {
		name   string
		script func(int, http.ResponseWriter, []sent) bool
		status func(sent) int
		want   Stats

		findings int
	}{
		{"all well", nil, nil, Stats{Created: 100}, 0},
		{"429 for a third", nil, busyOnce(), Stats{Created: 100}, 0},
		{"429 for the request", first(429, `{}`), nil, Stats{Created: 100}, 0},
		{"503 with HTML", first(503, `<html>`), nil, Stats{Created: 100}, 0},
		{"200 with HTML", first(200, `<html>`), nil, Stats{Created: 100}, 0},
		{"short answer", first(200, `{"items":[{"create":{"status":201}}]}`), nil, Stats{Created: 100}, 0},
		{"one document refused", nil, func(s sent) int {
			if s.id == "id7" && !strings.Contains(s.doc, "index_degraded") {
				return 400
			}
			return 0
		}, Stats{Created: 99, Degraded: 1}, 1},
		{"one document refused in every form", nil, func(s sent) int {
			if s.id == "id7" {
				return 400
			}
			return 0
		}, Stats{Created: 99, Rejected: 1}, 2},
		{"an answer with the items in another order", func(n int, w http.ResponseWriter, items []sent) bool {
			if n > 0 {
				return false
			}
			slices.Reverse(items)
			reply(w, 200, `{"items":[`+strings.TrimSuffix(strings.Repeat(`{"create":{"_id":"`+items[0].id+`","status":201}},`, len(items)), ",")+`]}`)
			return true
		}, nil, Stats{Created: 100}, 0},
		{"an answer that was cut", first(200, `{"items":[{"create":{"_id":"id0","status":201}},{"crea`), nil, Stats{Created: 100}, 0},
		{"an error page of a proxy", first(502, `<html>`), nil, Stats{Created: 100}, 0},
		{"an index that is just replaced", nil, func() func(sent) int {
			seen := map[string]bool{}
			return func(s sent) int {
				if seen[s.id] {
					return 0
				}
				seen[s.id] = true
				return 404
			}
		}(), Stats{Created: 100}, 0},
		{"everything is there", nil, func(sent) int { return 409 }, Stats{Present: 100}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t)
			s.script, s.status = c.script, c.status
			got, err := load(s.client(), 100, plain)
			if err != nil {
				t.Fatal(err)
			}
			got.Bytes = 0
			c.want.Sent = 100
			if got != c.want || got.Balance() != 0 {
				t.Errorf("stats = %+v; want %+v", got, c.want)
			}
			if want := int(c.want.Created + c.want.Degraded); len(s.docs) != want {
				t.Errorf("the server holds %d documents, want %d", len(s.docs), want)
			}
			if len(s.findings) != c.findings {
				t.Errorf("the server holds %d findings, want %d: %v", len(s.findings), c.findings, s.findings)
			}
		})
	}
}

// TestAnswerLost: the server stored everything, and the connection broke before it could say so.
func TestAnswerLost(t *testing.T) {
	s := newServer(t)
	s.script = func(n int, w http.ResponseWriter, items []sent) bool {
		if n > 0 {
			return false
		}
		for _, it := range items {
			s.apply(it)
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
		}
		conn.Close()
		return true
	}
	got, err := load(s.client(), 100, plain)
	if err != nil || got.Present != 100 || got.Created != 0 || len(s.docs) != 100 {
		t.Errorf("stats = %+v, err %v, %d documents; want 100 present", got, err, len(s.docs))
	}
}

// TestFailureStore: a document that was redirected answers 2xx and is not indexed.
func TestFailureStore(t *testing.T) {
	s := newServer(t)
	s.script = func(n int, w http.ResponseWriter, items []sent) bool {
		if n > 0 {
			return false
		}
		var b strings.Builder
		for _, it := range items {
			fmt.Fprintf(&b, `,{"create":{"_id":%q,"status":201,"failure_store":"used"}}`, it.id)
		}
		reply(w, 200, `{"items":[`+b.String()[1:]+`]}`)
		return true
	}
	got, err := load(s.client(), 10, plain)
	if err != nil || got.Degraded != 10 {
		t.Errorf("stats = %+v, err %v; want 10 degraded", got, err)
	}
}

// TestTooLarge: a request over the server's limit is halved; a single document over it is reduced.
func TestTooLarge(t *testing.T) {
	s := newServer(t)
	s.script = func(_ int, w http.ResponseWriter, items []sent) bool {
		size := 0
		for _, it := range items {
			size += len(it.doc)
		}
		if size <= 4000 {
			return false
		}
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return true
	}
	got, err := load(s.client(), 200, plain)
	if err != nil || got.Created != 200 || got.Sent != 200 || len(s.docs) != 200 {
		t.Errorf("stats = %+v, err %v; want 200 created", got, err)
	}
	clear(s.docs)
	got, err = load(s.client(), 1, func(int) string {
		return `{"@timestamp":"2026-11-02T10:00:00Z","x":"` + strings.Repeat("x", 5000) + `"}`
	})
	if err != nil || got.Degraded != 1 || got.Balance() != 0 || len(s.findings) != 1 || !strings.Contains(s.docs["id0"], "[cut: 5000 bytes") || !strings.Contains(s.docs["id0"], tag) {
		t.Errorf("stats = %+v, err %v, document %.80s; want it cut, marked and found", got, err, s.docs["id0"])
	}
}

// TestStops: what cannot get better by trying again ends the run with a remedy, and the key stands in no message.
func TestStops(t *testing.T) {
	for _, c := range []struct {
		name   string
		script func(int, http.ResponseWriter, []sent) bool
		status func(sent) int
		want   error
	}{
		{"401", func(_ int, w http.ResponseWriter, _ []sent) bool {
			reply(w, 401, `{"error":{"type":"security_exception","reason":"api key expired"}}`)
			return true
		}, nil, ErrRefused},
		{"403 for an item", nil, func(sent) int { return 403 }, ErrRefused},
		{"404 for an item", nil, func(sent) int { return 404 }, ErrSetup},
		{"not Elasticsearch", func(_ int, w http.ResponseWriter, _ []sent) bool { w.WriteHeader(200); return true }, nil, ErrUnavailable},
		{"busy for ever", nil, func(sent) int { return 429 }, ErrUnavailable},
	} {
		s := newServer(t)
		s.script, s.status = c.script, c.status
		_, err := load(s.client(), 3, plain)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: err = %v, want %v", c.name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "a2V5OnNlY3JldA") {
			t.Errorf("%s: the key stands in the error: %v", c.name, err)
		}
	}
}

// TestReasonsAreCut: error texts of the server hold values of the document.
func TestReasonsAreCut(t *testing.T) {
	err := explain(400, []byte(`{"error":{"type":"document_parsing_exception","reason":"failed to parse field [x]. Preview of field's value: 'secret@example.com'"}}`))
	if strings.Contains(err.Error(), "secret@") || !strings.Contains(err.Error(), "document_parsing_exception") {
		t.Errorf("explain = %v", err)
	}
}

// TestMappingCoversDocuments: every field of the table is in the mapping with its type, and nothing else is.
func TestMappingCoversDocuments(t *testing.T) {
	b, err := json.Marshal(Mapping())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"dynamic":"strict"`, `"stated":{"properties":{"actor":`, `"original":{"doc_values":false,"index":false,"type":"keyword"}`, `"ip":{"ignore_malformed":true,"type":"ip"}`,
		`"offset":{"coerce":false,"type":"long"}`, `"uri":{"ignore_above":2083,"type":"keyword"}`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("mapping lacks %s", want)
		}
	}
}
