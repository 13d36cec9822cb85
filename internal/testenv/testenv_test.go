package testenv

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// spy stands in for a test and keeps how it ended.
type spy struct {
	testing.TB
	skipped, failed string
}

type ended struct{}

func (s *spy) Helper()                     {}
func (s *spy) Skipf(f string, args ...any) { s.skipped = fmt.Sprintf(f, args...); panic(ended{}) }
func (s *spy) Fatal(args ...any)           { s.failed = fmt.Sprint(args...); panic(ended{}) }
func (s *spy) Fatalf(f string, a ...any)   { s.failed = fmt.Sprintf(f, a...); panic(ended{}) }

// watch runs f until it returns or ends its test.
func watch(t *testing.T, f func(testing.TB)) (s *spy) {
	s = &spy{TB: t}
	defer func() {
		if r := recover(); r != nil && r != (ended{}) {
			panic(r)
		}
	}()
	f(s)
	return s
}

// clear unsets everything that this package reads, so that the tests do not depend on make test.
func clear(t *testing.T) {
	t.Helper()
	for _, v := range os.Environ() {
		if key, _, _ := strings.Cut(v, "="); strings.HasPrefix(key, "AGENTTRAIL_") {
			t.Setenv(key, "")
		}
	}
}

// uses are the prerequisites and what asks for them. The folder of corpora has no variable that must be set.
var uses = []struct {
	name, variable string
	use            func(testing.TB)
}{
	{"es", "AGENTTRAIL_TEST_ES_URL", func(t testing.TB) { Elasticsearch(t) }},
	{"es-secure", "AGENTTRAIL_TEST_ES_SECURE_URL", func(t testing.TB) { SecureElasticsearch(t) }},
	{"s3", "AGENTTRAIL_TEST_S3_URL", func(t testing.TB) { S3(t) }},
	{"verapdf", "AGENTTRAIL_TEST_VERAPDF", func(t testing.TB) { VeraPDF(t) }},
	{"corpora", "AGENTTRAIL_CORPORA", func(t testing.TB) { Corpus(t, "no-such-corpus") }},
}

func TestLackSkips(t *testing.T) {
	clear(t)
	t.Setenv("AGENTTRAIL_TEST_REQUIRE", "")
	for _, u := range uses {
		s := watch(t, u.use)
		if s.failed != "" || !strings.HasPrefix(s.skipped, u.name+": ") || !strings.Contains(s.skipped, u.variable) {
			t.Errorf("%s without %s: skipped %q, failed %q; want a skip that names both", u.name, u.variable, s.skipped, s.failed)
		}
	}
}

func TestLackFailsWhereRequired(t *testing.T) {
	clear(t)
	for _, u := range uses {
		t.Setenv("AGENTTRAIL_TEST_REQUIRE", "s3 , "+u.name)
		s := watch(t, u.use)
		if s.skipped != "" || !strings.HasPrefix(s.failed, u.name+": ") || !strings.Contains(s.failed, "AGENTTRAIL_TEST_REQUIRE") {
			t.Errorf("%s required: skipped %q, failed %q; want a failure that says who requires it", u.name, s.skipped, s.failed)
		}
	}
}

func TestRequireOfAnotherDoesNotFail(t *testing.T) {
	clear(t)
	t.Setenv("AGENTTRAIL_TEST_REQUIRE", "es-secure")
	s := watch(t, func(t testing.TB) { Elasticsearch(t) })
	if s.skipped == "" || s.failed != "" {
		t.Errorf("es with es-secure required: skipped %q, failed %q; want a skip", s.skipped, s.failed)
	}
}

func TestRequireUnknownName(t *testing.T) {
	clear(t)
	t.Setenv("AGENTTRAIL_TEST_REQUIRE", "es,elastic")
	s := watch(t, func(t testing.TB) { S3(t) })
	if s.skipped != "" || !strings.Contains(s.failed, `"elastic" is none of es, es-secure, s3`) {
		t.Errorf("AGENTTRAIL_TEST_REQUIRE=es,elastic: skipped %q, failed %q; want a failure that names it", s.skipped, s.failed)
	}
}

// health answers like a node of the cluster "mine", for admin with the password "pw" alone.
func health(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	switch {
	case r.URL.Path != "/_cluster/health":
		http.NotFound(w, r)
	case user != "admin" || password != "pw":
		w.WriteHeader(http.StatusUnauthorized)
	default:
		fmt.Fprint(w, `{"cluster_name":"mine","status":"green"}`)
	}
}

func TestNode(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(health))
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
	if err := os.WriteFile(ca, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	good := Node{URL: server.URL, User: "admin", Password: "pw", CAFile: ca}
	for _, tt := range []struct {
		name          string
		set           func(n *Node)
		cluster, want string // of the failure; empty: it is returned
	}{
		{name: "no name to compare", set: func(*Node) {}},
		{name: "name agrees", set: func(*Node) {}, cluster: "mine"},
		{name: "another cluster", set: func(*Node) {}, cluster: "theirs", want: `is cluster "mine", want "theirs"`},
		{name: "wrong password", set: func(n *Node) { n.Password = "no" }, want: "401 Unauthorized"},
		{name: "no authority", set: func(n *Node) { n.CAFile = "" }, want: "certificate"},
		{name: "authority without certificate", set: func(n *Node) { n.CAFile = os.DevNull }, want: "holds no certificate"},
		{name: "nobody there", set: func(n *Node) { n.URL = "http://127.0.0.1:1" }, want: "does not answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clear(t)
			want := good
			tt.set(&want)
			t.Setenv("AGENTTRAIL_TEST_ES_SECURE_URL", want.URL)
			t.Setenv("AGENTTRAIL_TEST_ES_SECURE_USER", want.User)
			t.Setenv("AGENTTRAIL_TEST_ES_SECURE_PASSWORD", want.Password)
			t.Setenv("AGENTTRAIL_TEST_ES_SECURE_CA", want.CAFile)
			t.Setenv("AGENTTRAIL_TEST_ES_SECURE_CLUSTER", tt.cluster)
			var got Node
			s := watch(t, func(t testing.TB) { got = SecureElasticsearch(t) })
			if tt.want == "" && (got != want || s.failed != "") {
				t.Errorf("SecureElasticsearch = %+v, failed %q; want %+v", got, s.failed, want)
			}
			if tt.want != "" && !strings.Contains(s.failed, tt.want) {
				t.Errorf("SecureElasticsearch failed with %q, want a text with %q", s.failed, tt.want)
			}
		})
	}
}

func TestS3(t *testing.T) {
	clear(t)
	t.Setenv("AGENTTRAIL_TEST_S3_URL", "http://127.0.0.1:9")
	want := S3Server{Endpoint: "http://127.0.0.1:9", AccessKey: "test", SecretKey: "testtest"}
	if got := S3(t); got != want {
		t.Errorf("S3 without keys = %+v, want %+v", got, want)
	}
	t.Setenv("AGENTTRAIL_TEST_S3_ACCESS_KEY", "a")
	t.Setenv("AGENTTRAIL_TEST_S3_SECRET_KEY", "b")
	want.AccessKey, want.SecretKey = "a", "b"
	if got := S3(t); got != want {
		t.Errorf("S3 with keys = %+v, want %+v", got, want)
	}
}

func TestVeraPDF(t *testing.T) {
	for _, tt := range []struct {
		name, body, output, skipped string
		fails                       bool
	}{
		{name: "holds", body: `echo "PASS $1 $2"`, output: "PASS one.pdf two.pdf\n"},
		{name: "does not hold", body: `echo "FAIL $1"; exit 1`, output: "FAIL one.pdf\n", fails: true},
		{name: "no Java", body: `echo fetching; echo "java is not installed" >&2; exit 77`, skipped: "verapdf: java is not installed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clear(t)
			script := filepath.Join(t.TempDir(), "verapdf.sh")
			if err := os.WriteFile(script, []byte("#!/bin/sh\n"+tt.body+"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			t.Setenv("AGENTTRAIL_TEST_VERAPDF", script)
			var output string
			var err error
			s := watch(t, func(t testing.TB) { output, err = VeraPDF(t)("one.pdf", "two.pdf") })
			if output != tt.output || (err != nil) != tt.fails || s.skipped != tt.skipped {
				t.Errorf("VeraPDF(%s) = %q, error %v, skipped %q; want %q, an error: %v, skipped %q",
					tt.body, output, err, s.skipped, tt.output, tt.fails, tt.skipped)
			}
		})
	}
}

func TestCorpus(t *testing.T) {
	clear(t)
	base := t.TempDir()
	want := filepath.Join(base, "some-logs")
	if err := os.Mkdir(want, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AGENTTRAIL_CORPORA", base)
	if got := Corpus(t, "some-logs"); got != want {
		t.Errorf("Corpus(some-logs) = %q, want %q", got, want)
	}
	if err := os.WriteFile(filepath.Join(base, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if s := watch(t, func(t testing.TB) { Corpus(t, "file") }); !strings.Contains(s.failed, "is not a folder") {
		t.Errorf("Corpus(file) failed with %q, want it to say that it is no folder", s.failed)
	}
}

func TestModuleRoot(t *testing.T) {
	root := t.TempDir()
	below := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(below, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "go.mod"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(below)
	want, err := filepath.EvalSymlinks(root)
	if err != nil {
		t.Fatal(err)
	}
	if got := moduleRoot(t); got != want {
		t.Errorf("moduleRoot below %s = %q, want %q", root, got, want)
	}
}

// TestRealServers passes where make test has started the servers, and skips elsewhere.
func TestRealServers(t *testing.T) {
	for _, u := range uses {
		if u.name != "corpora" {
			t.Run(u.name, func(t *testing.T) { u.use(t) })
		}
	}
}
