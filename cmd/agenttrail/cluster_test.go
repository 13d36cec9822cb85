package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agenttrail/internal/testenv"
	"agenttrail/reports"
)

// demoInCluster gives a test a demo of its own that is indexed in the real node, and the file of its config.
func demoInCluster(t *testing.T) (dir, file, prefix string) {
	t.Helper()
	if testing.Short() {
		t.Skip("indexes the demo in a real node")
	}
	n := testenv.Elasticsearch(t)
	dir = filepath.Join(t.TempDir(), "demo")
	if err := copyDemo(dir); err != nil {
		t.Fatal(err)
	}
	file, prefix = filepath.Join(dir, "agenttrail.yaml"), "t-demo-"+strings.ToLower(rand.Text()[:12])
	pointAt(t, file, n.URL, prefix)
	t.Cleanup(cluster{t, n.URL, prefix}.clean)
	wantRun(t, 0, "--config", file, "setup", "elasticsearch")
	wantRun(t, 0, "--config", file, "index")
	return dir, file, prefix
}

// pointAt makes a config name a cluster.
func pointAt(t *testing.T, file, address, prefix string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(b), "\nelasticsearch:")
	text += fmt.Sprintf("\nelasticsearch: {addresses: [%q]}\nindex: {prefix: %s}\n", address, prefix)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestReportFromCluster reports the demo's quarter from a real node.
func TestReportFromCluster(t *testing.T) {
	dir, file, prefix := demoInCluster(t)
	t.Run("same bytes", func(t *testing.T) { sameBytes(t, dir) })
	t.Run("partial answers", func(t *testing.T) { refusesPartial(t, dir, file, prefix) })
}

// sameBytes: the same ledger gives the same bytes from either engine, and issue.json says which it was.
func sameBytes(t *testing.T, dir string) {
	issue := func(name string, flags ...string) ([]byte, *reports.Issue) {
		t.Helper()
		own := filepath.Join(t.TempDir(), "demo") // each has the same ledger: a report is an entry
		if err := os.CopyFS(own, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(own, "trail.key"), 0o600); err != nil {
			t.Fatal(err)
		}
		pdf := filepath.Join(own, name+".pdf")
		wantRun(t, 0, append([]string{"--config", filepath.Join(own, "agenttrail.yaml"), "report", "audit", "--period", "2026-Q3", "-o", pdf}, flags...)...)
		b, err := os.ReadFile(pdf)
		if err != nil {
			t.Fatal(err)
		}
		note, err := os.ReadFile(strings.TrimSuffix(pdf, ".pdf") + ".issue.json")
		if err != nil {
			t.Fatal(err)
		}
		i, err := reports.ParseIssue(note)
		if err != nil {
			t.Fatal(err)
		}
		return b, i
	}
	want, trail := issue("a")
	got, cluster := issue("a", "--from-elasticsearch")
	if !bytes.Equal(want, got) {
		t.Errorf("the report of the cluster has %d bytes and is not that of the trail, which has %d", len(got), len(want))
	}
	if trail.Engine != "trail" || trail.Indices != nil || cluster.Engine != reports.EngineCluster || len(cluster.Indices) < 3 || cluster.Indexed < 1000 || !strings.HasSuffix(cluster.Command, " --from-elasticsearch") {
		t.Errorf("issue.json says engine %q, indices %v; and engine %q, indices %v, %d actions, command %q", trail.Engine, trail.Indices, cluster.Engine, cluster.Indices, cluster.Indexed, cluster.Command)
	}
}

// refusesPartial: whatever is missing in an answer of the cluster, there is no report and the command has failed.
func refusesPartial(t *testing.T, dir, file, prefix string) {
	for name, spoil := range map[string]func(answer map[string]any) bool{
		"a failed shard":   func(a map[string]any) bool { return set(a, "_shards", "failed", 1) },
		"timed out":        func(a map[string]any) bool { a["timed_out"] = true; return true },
		"terminated early": func(a map[string]any) bool { a["terminated_early"] = true; return true },
		"fewer shards":     func(a map[string]any) bool { return set(a, "_shards", "total", 1) },
		"a total that is capped": func(a map[string]any) bool {
			return set(a, "hits", "total", map[string]any{"value": 10000, "relation": "gte"})
		},
		"a truncated page": func(a map[string]any) bool {
			hits := a["hits"].(map[string]any)
			list, _ := hits["hits"].([]any)
			if len(list) > 1 {
				hits["hits"] = list[:len(list)/2]
			}
			return len(list) > 1
		},
		"a lost group": func(a map[string]any) bool {
			groups, _ := a["aggregations"].(map[string]any)["groups"].(map[string]any)
			list, _ := groups["buckets"].([]any)
			if len(list) > 3 {
				groups["buckets"] = list[1:]
			}
			return len(list) > 3
		},
		"no body": nil,
	} {
		t.Run(name, func(t *testing.T) {
			n := testenv.Elasticsearch(t)
			proxy := spoiled(t, n.URL, spoil)
			pointAt(t, file, proxy.URL, prefix)
			pdf := filepath.Join(dir, "spoiled.pdf")
			_, errs := wantRun(t, 1, "--config", file, "report", "audit", "--period", "2026-Q3", "-o", pdf, "--from-elasticsearch")
			if _, err := os.Stat(pdf); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: there is a PDF (%v)", name, err)
			}
			if !strings.Contains(errs, "elasticsearch") {
				t.Errorf("%s: %q does not say who answered badly", name, errs)
			}
		})
	}
}

// set writes a member of a member, if the answer has it.
func set(answer map[string]any, outer, inner string, value any) bool {
	m, ok := answer[outer].(map[string]any)
	if ok {
		m[inner] = value
	}
	return ok
}

// spoiled stands before the node and spoils the answer to every search that it can; nil drops the body.
func spoiled(t *testing.T, node string, spoil func(map[string]any) bool) *httptest.Server {
	t.Helper()
	to, err := url.Parse(node)
	if err != nil {
		t.Fatal(err)
	}
	p := &httputil.ReverseProxy{
		ErrorLog: log.New(io.Discard, "", 0), // a search that the client gave up
		Rewrite:  func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Header.Set("Accept-Encoding", "identity") },
		ModifyResponse: func(res *http.Response) error {
			if !strings.HasSuffix(res.Request.URL.Path, "/_search") {
				return nil
			}
			body, err := io.ReadAll(res.Body)
			if err != nil {
				return err
			}
			if body, err = spoilBody(body, spoil); err != nil {
				return err
			}
			res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			res.Header.Set("Content-Length", fmt.Sprint(len(body)))
			return nil
		},
	}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	return s
}

func spoilBody(body []byte, spoil func(map[string]any) bool) ([]byte, error) {
	if spoil == nil {
		return []byte("{}"), nil
	}
	var answer map[string]any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&answer); err != nil {
		return nil, err
	}
	if answer["aggregations"] == nil {
		answer["aggregations"] = map[string]any{}
	}
	if !spoil(answer) {
		return body, nil
	}
	return json.Marshal(answer)
}
