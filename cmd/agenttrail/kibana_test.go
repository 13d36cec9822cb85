package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"agenttrail/internal/elastic"
	"agenttrail/internal/elastic/kibana"
	"agenttrail/internal/testenv"
	"agenttrail/internal/trail"

	"github.com/google/go-cmp/cmp"
)

// recordingKibana takes what is imported and keeps it, by the path that it came to.
func recordingKibana(t *testing.T) (address string, got map[string][]byte) {
	t.Helper()
	got = map[string][]byte{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, _, err := r.FormFile("file")
		if err != nil || r.Header.Get("kbn-xsrf") == "" {
			http.Error(w, "{}", http.StatusBadRequest)
			return
		}
		body, err := io.ReadAll(file)
		if err != nil {
			t.Error(err)
		}
		got[r.URL.Path] = body
		fmt.Fprintf(w, `{"success":true,"successCount":%d}`, bytes.Count(body, []byte("\n")))
	}))
	t.Cleanup(s.Close)
	return s.URL, got
}

// A replay runs what a Kibana would ask for its objects.
type replay struct {
	c        cluster
	indices  map[string]string // by id of a data view
	from, to string
	ran      map[string]int
}

type answered struct {
	Hits struct {
		Total struct{ Value int64 }
		Hits  []struct{ Fields map[string][]any }
	}
	Aggregations map[string]json.RawMessage
	Error        json.RawMessage
}

func (r *replay) search(t *testing.T, index, kql string, body map[string]any) answered {
	t.Helper()
	q, err := kibana.Query(kql, r.from, r.to)
	if err != nil {
		t.Fatal(err)
	}
	body["query"], body["track_total_hits"] = q, true
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	var a answered
	if status := r.c.ask(http.MethodPost, "/"+index+"/_search?ignore_unavailable=true", string(b), &a); status != http.StatusOK {
		t.Fatalf("search of %s for %s: status %d: %s", index, kql, status, a.Error)
	}
	r.ran[index]++
	return a
}

// TestDemoInKibana loads the demo into a real Elasticsearch, and asks there for everything that the loaded dashboards would ask: all of it has rows.
func TestDemoInKibana(t *testing.T) {
	if testing.Short() {
		t.Skip("loads the demo into a real node")
	}
	n := testenv.Elasticsearch(t)
	prefix := demoPrefix + "-t-" + strings.ToLower(rand.Text()[:12])
	t.Cleanup(cluster{t, n.URL, prefix}.clean)
	address, got := recordingKibana(t)
	dir := filepath.Join(t.TempDir(), "demo")
	if out := loadDemo(t, demoOptions{dir: dir, elasticsearch: n.URL, kibana: address, prefix: prefix}); !strings.Contains(out, "kibana took 17 saved objects") {
		t.Errorf("demo says %s", out)
	}
	r := &replay{c: cluster{t, n.URL, prefix}, indices: map[string]string{}, ran: map[string]int{}}
	list := objectsOf(t, got["/api/saved_objects/_import"])
	for _, o := range list {
		if o.Type == "index-pattern" {
			r.indices[o.ID] = o.Attributes["title"].(string)
		}
	}
	for _, o := range list {
		t.Run(o.ID, func(t *testing.T) {
			switch o.Type {
			case "index-pattern":
				r.fieldList(t, o)
			case "search":
				r.session(t, o)
			case "dashboard":
				r.dashboard(t, o)
			}
		})
	}
	t.Run("rules", func(t *testing.T) { r.rules(t) })
	if len(r.ran) < 2 || r.ran[prefix+"-actions"] < 50 || r.ran[prefix+"-receipts"] < 15 {
		t.Errorf("only so many requests were run: %v", r.ran)
	}
	wantRun(t, 0, "--config", filepath.Join(dir, "agenttrail.yaml"), "setup", "kibana", "--space", "audit", "--rules")
	if len(got["/s/audit/api/saved_objects/_import"]) == 0 || len(got["/s/audit/api/detection_engine/rules/_import"]) == 0 {
		t.Error("setup kibana with the demo's config: nothing came to the space")
	}
}

// loadDemo does what demo --elasticsearch does around playing the quarter, which the tests do once for all.
func loadDemo(t *testing.T, o demoOptions) (out string) {
	t.Helper()
	if err := copyDemo(o.dir); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := o.prepare(ctx); err != nil {
		t.Fatal(err)
	}
	trail, err := openFolder(ctx, filepath.Join(o.dir, "trail"), trail.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer trail.Close()
	var b bytes.Buffer
	if err := (&app{out: &b, err: &b, now: time.Now}).demoIndex(ctx, o, trail); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func objectsOf(t *testing.T, ndjson []byte) (list []kibana.Object) {
	t.Helper()
	for line := range bytes.Lines(ndjson) {
		var o kibana.Object
		if err := json.Unmarshal(line, &o); err != nil {
			t.Fatal(err)
		}
		list = append(list, o)
	}
	if len(list) == 0 {
		t.Fatal("nothing was imported")
	}
	return list
}

// fieldList asks for the fields as the list of fields does.
func (r *replay) fieldList(t *testing.T, o kibana.Object) {
	var a struct{ Fields map[string]any }
	status := r.c.ask(http.MethodPost, "/"+r.indices[o.ID]+"/_field_caps?fields=*&ignore_unavailable=true&allow_no_indices=false", "", &a)
	if strings.HasSuffix(o.ID, "-findings") {
		return // nothing was found: Kibana shows a view without an index
	}
	if status != http.StatusOK || len(a.Fields) < 20 {
		t.Errorf("_field_caps of %s: status %d, %d fields", r.indices[o.ID], status, len(a.Fields))
	}
}

// inside decodes a member that is JSON in a text.
func inside(t *testing.T, text any, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text.(string)), into); err != nil {
		t.Fatal(err)
	}
}

func (r *replay) session(t *testing.T, o kibana.Object) {
	span := o.Attributes["timeRange"].(map[string]any)
	r.from, r.to = span["from"].(string), span["to"].(string)
	var source struct{ Query struct{ Query string } }
	inside(t, o.Attributes["kibanaSavedObjectMeta"].(map[string]any)["searchSourceJSON"], &source)
	order := o.Attributes["sort"].([]any)[0].([]any)[1]
	index := r.indices[o.References[0].ID]
	a := r.search(t, index, source.Query.Query, map[string]any{
		"size": 500, "version": true, "_source": false, "stored_fields": []string{"*"},
		"sort":      []any{map[string]any{"@timestamp": map[string]any{"order": order, "format": "strict_date_optional_time", "unmapped_type": "boolean"}}, map[string]any{"_doc": map[string]any{"order": order, "unmapped_type": "boolean"}}},
		"fields":    []any{map[string]any{"field": "*", "include_unmapped": true}, map[string]any{"field": "@timestamp", "format": "strict_date_optional_time"}},
		"highlight": map[string]any{"fields": map[string]any{"*": map[string]any{}}},
		"aggs":      map[string]any{"0": map[string]any{"date_histogram": histogram()}},
	})
	if a.Hits.Total.Value == 0 {
		t.Fatalf("%s: %s finds nothing in %s", o.ID, source.Query.Query, index)
	}
	filled := map[string]bool{}
	for _, h := range a.Hits.Hits {
		for name := range h.Fields {
			filled[name] = true
		}
	}
	var empty []any
	columns := o.Attributes["columns"].([]any)
	for _, name := range columns {
		if !filled[name.(string)] {
			empty = append(empty, name)
		}
	}
	if len(empty) > len(columns)/2 {
		t.Errorf("%s: most of its columns are empty in all of %d rows: %v", o.ID, len(a.Hits.Hits), empty)
	}
}

func histogram() map[string]any {
	return map[string]any{"field": "@timestamp", "calendar_interval": "1d", "time_zone": "UTC"}
}

type panelOf struct {
	Type, PanelIndex, Title string
	EmbeddableConfig        struct {
		Attributes struct {
			State struct {
				Query            struct{ Query string }
				DatasourceStates struct {
					FormBased struct {
						Layers map[string]struct {
							ColumnOrder []string
							Columns     map[string]lensColumn
						}
					}
				}
			}
		}
	}
}

type lensColumn struct {
	OperationType, SourceField string
	Params                     struct{ Size int }
}

func (r *replay) dashboard(t *testing.T, o kibana.Object) {
	r.from, r.to = o.Attributes["timeFrom"].(string), o.Attributes["timeTo"].(string)
	var panels []panelOf
	inside(t, o.Attributes["panelsJSON"], &panels)
	named := map[string]string{}
	for _, ref := range o.References {
		named[ref.Name] = r.indices[ref.ID]
	}
	for _, p := range panels {
		for id, l := range p.EmbeddableConfig.Attributes.State.DatasourceStates.FormBased.Layers {
			r.lens(t, o.ID+" "+p.Title, named[p.PanelIndex+":indexpattern-datasource-layer-"+id], p.EmbeddableConfig.Attributes.State.Query.Query, l.ColumnOrder, l.Columns)
		}
	}
	var controls map[string]struct{ ExplicitInput struct{ FieldName string } }
	inside(t, o.Attributes["controlGroupInput"].(map[string]any)["panelsJSON"], &controls)
	for id, c := range controls {
		field := map[string]any{"field": c.ExplicitInput.FieldName}
		a := r.search(t, named["controlGroup_"+id+":optionsListDataView"], "", map[string]any{"size": 0, "aggs": map[string]any{
			"suggestions": map[string]any{"terms": map[string]any{"field": c.ExplicitInput.FieldName, "size": 10, "shard_size": 10}}, "count": map[string]any{"cardinality": field}}})
		if !strings.Contains(string(a.Aggregations["suggestions"]), `"key"`) {
			t.Errorf("%s: the control of %s offers nothing", o.ID, c.ExplicitInput.FieldName)
		}
	}
}

// lens nests the groups of a panel and puts its measures into the innermost.
func (r *replay) lens(t *testing.T, at, index, kql string, order []string, columns map[string]lensColumn) {
	measures, sorted := map[string]any{}, "_count"
	for _, id := range order {
		switch c := columns[id]; c.OperationType {
		case "sum":
			measures[id] = map[string]any{"sum": map[string]any{"field": c.SourceField}}
		case "unique_count":
			measures[id] = map[string]any{"cardinality": map[string]any{"field": c.SourceField}}
		}
	}
	if measures["m0"] != nil {
		sorted = "m0"
	}
	aggs := measures
	for i := len(order) - 1; i >= 0; i-- {
		c := columns[order[i]]
		var group map[string]any
		switch c.OperationType {
		case "date_histogram":
			group = map[string]any{"date_histogram": histogram()}
		case "terms":
			group = map[string]any{"terms": map[string]any{"field": c.SourceField, "size": c.Params.Size, "shard_size": 100, "order": map[string]any{sorted: "desc"}}}
		default:
			continue
		}
		nested := map[string]any{}
		for id, m := range measures {
			nested[id] = m
		}
		for id, a := range aggs {
			nested[id] = a
		}
		if len(nested) > 0 {
			group["aggs"] = nested
		}
		aggs = map[string]any{order[i]: group}
	}
	body := map[string]any{"size": 0}
	if len(aggs) > 0 {
		body["aggs"] = aggs
	}
	a := r.search(t, index, kql, body)
	first := string(a.Aggregations[order[0]])
	empty := a.Hits.Total.Value == 0 || len(aggs) > 0 && (strings.Contains(first, `"buckets":[]`) && !strings.Contains(first, `"key"`) || strings.HasPrefix(first, `{"value":0`))
	if empty {
		t.Errorf("%s: %s has nothing to show in %s: %d documents, %.200s", at, kql, index, a.Hits.Total.Value, first)
	}
}

// rules are run over the whole quarter; those that the story has something for find it.
func (r *replay) rules(t *testing.T) {
	client, err := elastic.New(elastic.Config{Addresses: []string{r.c.url}, Prefix: r.c.prefix})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, rule := range kibana.Rules(kibana.Options{Client: client}) {
		a := r.search(t, strings.Join(rule.Index, ","), rule.Query, map[string]any{"size": 100, "sort": []any{map[string]any{"@timestamp": "asc"}}})
		found[strings.TrimPrefix(rule.ID, "agenttrail-rule-")] = a.Hits.Total.Value > 0
	}
	want := map[string]bool{"shadow-agent": true, "out-of-scope": true, "no-approval": true, "shared-credential": true, "no-owner": false, "conflict": true, "source-proof-failed": false,
		"declared-only": true, "window-lost": false, "unreadable": true, "finding": false}
	if d := cmp.Diff(want, found); d != "" {
		t.Errorf("rules that find something in the demo (-want +got):\n%s", d)
	}
}
