package elastic

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"agenttrail"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// TestNodeTakesEveryDocument is the contract between the field table and the template: whatever an action, its entry and a verdict hold, the real
// server takes the document as it is.
func TestNodeTakesEveryDocument(t *testing.T) {
	c := node(t)
	w := c.newWriter(context.Background(), noon)
	defer w.cancel(nil)
	r := rand.New(rand.NewPCG(1, 2))
	const n = 400
	for i := range n {
		var a agenttrail.Action
		var about agenttrail.Context
		var v agenttrail.Verdict
		for _, into := range []any{&a, &about, &v} {
			fill(r, reflect.ValueOf(into).Elem())
		}
		a.ID = fmt.Sprintf("%08x-%032x", i, i)
		a.Time = begun.Add(time.Duration(i))                        // all in one month: each index costs the node memory
		a.Source.IP = []string{"192.0.2.7", "2001:db8::1", ""}[i%3] // Stamp lets only addresses pass
		a.Verb = agenttrail.Verbs()[i%len(agenttrail.Verbs())].Name
		doc := agenttrail.AppendDocument(nil, &a, &about, &v)
		if !json.Valid(doc) {
			t.Fatalf("document %d is no JSON: %.300s", i, doc)
		}
		if err := w.add(c.IndexOf(&a), a.ID, doc); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	if w.stats.Created != n || w.stats.Degraded+w.stats.Rejected+w.stats.Present != 0 {
		t.Errorf("of %d documents: %+v, want all created", n, w.stats)
	}
}

// fill gives every member of a value something, also what is seldom seen.
func fill(r *rand.Rand, v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *string:
		*p = someText(r)
	case *[]string:
		for range 1 + r.IntN(3) {
			*p = append(*p, someText(r))
		}
	case *time.Time:
		*p = time.Date(1970+r.IntN(200), time.Month(1+r.IntN(12)), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1e6)*1000, time.UTC)
	case *agenttrail.Int:
		*p = agenttrail.Num(r.Int64N(1<<31) - 1<<20)
	case *agenttrail.Bool:
		*p = agenttrail.Said(r.IntN(2) == 0)
	case *bool:
		*p = r.IntN(2) == 0
	default:
		for i := range v.NumField() {
			fill(r, v.Field(i))
		}
	}
}

func someText(r *rand.Rand) string {
	texts := []string{"plain", "", "a\"b\\c\n\t\x00\x1b[2J", "日本語 😀 \u202e", "{\"x\":[1]}", "=HYPERLINK(\"x\")", "2026-13-45", "not an address", "1e400", "true", "null", "a.b.c", "\ufeff", strings.Repeat("é", 1024),
		strings.Repeat("x", 1025), strings.Repeat("long ", 9000), strings.Repeat("😀", 20000)}
	return texts[r.IntN(len(texts))]
}

// TestNodeOverlong: a value past its limit keeps its document whole; it is only not searchable, and the server says which.
func TestNodeOverlong(t *testing.T) {
	c := node(t)
	b := newBook(1, 0, "")
	names := []string{strings.Repeat("n", 1024), strings.Repeat("n", 1025), strings.Repeat("😀", 512), strings.Repeat("😀", 513), strings.Repeat("n", 40000)}
	for i, name := range names {
		var a agenttrail.Action
		a.Native, a.Time, a.Resource.Name = fmt.Sprint("n", i), begun, name
		stamp(&a, int64(i))
		b.rows[1] = append(b.rows[1], a)
	}
	if r := project(t, c, b); r.Created != int64(len(names)) {
		t.Errorf("Project = %+v, want all created", r)
	}
	if n := found(t, c, object{"exists": object{"field": "_ignored"}}); n != 3 {
		t.Errorf("%d names are past the limit, want 3", n)
	}
	for i, want := range []int64{1, 0, 1, 0} {
		if n := found(t, c, object{"term": object{"agenttrail.resource.name": names[i]}}); n != want {
			t.Errorf("search for name %d finds %d actions, want %d", i, n, want)
		}
	}
}

// TestNodeBadAddress: an address that is none does not cost the document, should one come past the mapping.
func TestNodeBadAddress(t *testing.T) {
	c := node(t)
	got := deliver(t, c, `{"@timestamp":"2026-10-30T12:00:00Z","source":{"ip":"not-an-address"}}`)
	if got.Created != 1 {
		t.Errorf("a document with a bad address: %+v, want it created", got)
	}
	if n := found(t, c, object{"exists": object{"field": "_ignored"}}); n != 1 {
		t.Errorf("%d documents with an ignored value, want 1", n)
	}
}

// TestNodeDegrades: a document that the mapping refuses is kept in a form that it takes, findable and marked, with its whole text beside.
func TestNodeDegrades(t *testing.T) {
	for name, part := range map[string]string{
		"text for a number":  `"evidence":{"offset":"seven","uri":"s3://example-logs/x","index":3}`,
		"fraction":           `"lag":1.5`,
		"object for keyword": `"session":{"id":{"a":1}}`,
		"unknown field":      `"nonsense":"x"`,
	} {
		t.Run(name, func(t *testing.T) {
			c := node(t)
			doc := `{"@timestamp":"2026-10-30T12:00:00Z","event":{"dataset":"aws.cloudtrail"},"agenttrail":{"id":"id-1","receipt":7,"verb":"read",` + part + `}}`
			if got := deliver(t, c, doc); got.Degraded != 1 || got.Balance() != 0 {
				t.Fatalf("stats = %+v, want 1 degraded", got)
			}
			for _, term := range []object{{"tags": "index_degraded"}, {"agenttrail.id": "id-1"}, {"agenttrail.receipt": 7}, {"event.dataset": "aws.cloudtrail"}} {
				if n := found(t, c, object{"term": term}); n != 1 {
					t.Errorf("search %v finds %d documents, want 1", term, n)
				}
			}
			answer, err := c.search(context.Background(), c.ActionsAlias(), object{"query": object{"match_all": object{}}})
			if err != nil {
				t.Fatal(err)
			}
			var source struct{ Event struct{ Original string } }
			if err := json.Unmarshal(answer.Hits.Hits[0].Source, &source); err != nil || source.Event.Original != doc {
				t.Errorf("event.original = %q, %v; want the document", source.Event.Original, err)
			}
		})
	}
}

// TestNodeFindings: a document that is taken in no form is a finding, and the run says so.
func TestNodeFindings(t *testing.T) {
	c := node(t)
	w := c.newWriter(context.Background(), noon)
	defer w.cancel(nil)
	if err := w.add(c.generation()+"2026.10", "id-1", []byte(`{"@timestamp":"yesterday","agenttrail":{"id":"id-1"}}`)); err != nil {
		t.Fatal(err)
	}
	if err := w.flush(); err != nil || w.stats.Rejected != 1 {
		t.Fatalf("stats = %+v, %v; want 1 rejected", w.stats, err)
	}
	if _, err := c.do(context.Background(), esapi.IndicesRefreshRequest{Index: []string{c.FindingsIndex()}}, nil); err != nil {
		t.Fatal(err)
	}
	if n, err := c.total(context.Background(), c.FindingsIndex(), object{"bool": object{"filter": []object{{"term": object{"agenttrail.id": "id-1"}}, {"term": object{"event.kind": "alert"}},
		{"terms": object{"rule.id": []string{"index_degraded", "index_rejected"}}}, {"term": object{"event.reason": "document_parsing_exception of @timestamp"}}}}}); err != nil || n != 2 {
		t.Errorf("%d findings about id-1, %v; want 2", n, err)
	}
}

// TestNodeSealed: a month that takes no writes stops the run with the remedy, and nothing counts as done.
func TestNodeSealed(t *testing.T) {
	c, b := node(t), newBook(2, 1, "")
	project(t, c, b)
	if _, err := c.do(context.Background(), esapi.IndicesAddBlockRequest{Index: []string{c.generation() + "2026.10"}, Block: "write"}, nil); err != nil {
		t.Fatal(err)
	}
	_, err := c.Project(context.Background(), newBook(3, 1, "").projection())
	if err == nil || !strings.Contains(err.Error(), "takes no writes") {
		t.Errorf("Project into a sealed month = %v, want it refused with a remedy", err)
	}
	if at, err := c.Position(context.Background()); err != nil || at != int64(len(b.entries)) {
		t.Errorf("Position = %d, %v; want %d as before", at, err, len(b.entries))
	}
}

// deliver sends one document to the month of its time and refreshes.
func deliver(t *testing.T, c *Client, doc string) Stats {
	t.Helper()
	w := c.newWriter(context.Background(), noon)
	defer w.cancel(nil)
	if err := w.add(c.generation()+"2026.10", "id-1", []byte(doc)); err != nil {
		t.Fatal(err)
	}
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.do(context.Background(), esapi.IndicesRefreshRequest{Index: []string{c.ActionsAlias()}}, nil); err != nil {
		t.Fatal(err)
	}
	return w.stats
}

func found(t *testing.T, c *Client, query object) int64 {
	t.Helper()
	n, err := c.total(context.Background(), c.ActionsAlias(), query)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
