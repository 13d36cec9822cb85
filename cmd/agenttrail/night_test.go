package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
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
	"sync/atomic"
	"testing"
	"time"

	"agenttrail/internal/testenv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// What the public corpus cloudtrail-invictus holds: one day of an account that was attacked.
const (
	nightCorpus  = "cloudtrail-invictus"
	nightObjects = 55
	nightRecords = 2900
)

// nightNow is when the night comes: the day of the corpus is over, and so is the next.
var nightNow = time.Date(2023, 7, 12, 3, 0, 0, 0, time.UTC)

// runApp runs the program in this process.
func runApp(t testing.TB, now time.Time, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &o, err: &e, now: func() time.Time { return now }}
	code = a.run(context.Background(), args)
	return code, o.String(), e.String()
}

// wantRun runs the program and wants an exit status.
func wantRun(t testing.TB, want int, args ...string) (out, errs string) {
	t.Helper()
	code, out, errs := runApp(t, nightNow, args...)
	if code != want {
		t.Fatalf("agenttrail %s: exit %d, want %d\n%s%s", strings.Join(args, " "), code, want, out, errs)
	}
	return out, errs
}

// newHome makes a home with a trail, whose one source is described by the lines given. It returns the name of the config.
func newHome(t testing.TB, source, more string) string {
	t.Helper()
	home := filepath.Join(t.TempDir(), "home")
	wantRun(t, 0, "init", "--tenant", "acme", home)
	file := filepath.Join(home, "agenttrail.yaml")
	text := "trail: ./trail\ntenant: acme\nregister: agents.yaml\nkey: {file: trail.key}\nsources:\n  - name: cloudtrail\n    format: aws.cloudtrail\n" + source + more
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A gate stands before the S3 server and counts the objects that are fetched.
type gate struct {
	*httptest.Server
	fetched atomic.Int64
}

func newGate(t testing.TB, endpoint string) *gate {
	t.Helper()
	to, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{}
	proxy := &httputil.ReverseProxy{ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // the signature covers it
	}}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, ".json.gz") {
			g.fetched.Add(1)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(g.Close)
	return g
}

// newBucket makes a bucket on the real S3 server. It returns what puts objects into it, the source's lines of a config, and the gate that they go through.
func newBucket(t *testing.T) (put func(key string, data []byte), source string, g *gate) {
	t.Helper()
	server := testenv.S3(t)
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": server.AccessKey, "AWS_SECRET_ACCESS_KEY": server.SecretKey, "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_EC2_METADATA_DISABLED": "true"} {
		t.Setenv(name, value)
	}
	bucket := "night-" + strings.ToLower(rand.Text()[:12])
	client := s3.New(s3.Options{Region: "us-east-1", BaseEndpoint: &server.Endpoint, UsePathStyle: true, Credentials: credentials.NewStaticCredentialsProvider(server.AccessKey, server.SecretKey, "")})
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	put = func(key string, data []byte) {
		t.Helper()
		if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String(key), Body: bytes.NewReader(data)}); err != nil {
			t.Fatal(err)
		}
	}
	g = newGate(t, server.Endpoint)
	return put, fmt.Sprintf("    s3: {bucket: %s, prefix: AWSLogs/, region: us-east-1}\n    endpoint: %s\n    path_style: true\n    since: 2023-07-10\n", bucket, g.URL), g
}

// nightBucket uploads the corpus to the real S3 server and returns the source's lines of a config, and the gate that they go through.
func nightBucket(t *testing.T) (source string, g *gate) {
	t.Helper()
	dir := testenv.Corpus(t, nightCorpus)
	put, source, g := newBucket(t)
	n := 0
	eachObject(t, dir, func(key string, data []byte) {
		n++
		put(key, data)
	})
	if n != nightObjects {
		t.Fatalf("the corpus has %d objects, want %d", n, nightObjects)
	}
	return source, g
}

// eachObject visits the log files of a corpus by their keys.
func eachObject(t testing.TB, dir string, visit func(key string, data []byte)) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "AWSLogs"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		key, err := filepath.Rel(dir, path)
		visit(filepath.ToSlash(key), data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// totals are the numbers that ingest --json gives of its one source.
func totals(t testing.TB, out string) map[string]int64 {
	t.Helper()
	var answer struct {
		Sources []struct{ Totals map[string]int64 }
	}
	if err := json.NewDecoder(strings.NewReader(out)).Decode(&answer); err != nil || len(answer.Sources) != 1 {
		t.Fatalf("ingest --json = %v, %s", err, out)
	}
	return answer.Sources[0].Totals
}

func wantTotals(t testing.TB, out string, want map[string]int64) {
	t.Helper()
	got := totals(t, out)
	for name, n := range want {
		if got[name] != n {
			t.Errorf("%s = %d, want %d (of %v)", name, got[name], n, got)
		}
	}
}

// TestNight is the main job on real parts: an S3 bucket is pulled, normalized and committed; the second night finds nothing to do.
func TestNight(t *testing.T) {
	source, gate := nightBucket(t)
	file := newHome(t, source, "")
	ledger := filepath.Join(filepath.Dir(file), "trail", "log")
	out, _ := wantRun(t, 0, "--config", file, "ingest", "--json")
	wantTotals(t, out, map[string]int64{"objects": nightObjects, "records": nightRecords, "accepted": nightRecords, "duplicate": 0, "conflict": 0, "rejected": 0, "refused": 0, "failed": 0})
	if n := gate.fetched.Load(); n != nightObjects {
		t.Errorf("the first run fetched %d objects, want %d", n, nightObjects)
	}
	entries := len(names(t, ledger))
	for range 2 {
		out, _ = wantRun(t, 0, "--config", file, "ingest", "--json")
		wantTotals(t, out, map[string]int64{"objects": 0, "records": 0})
		if n := len(names(t, ledger)); n != entries {
			t.Errorf("the ledger has %d entries after another run, want %d as before", n, entries)
		}
	}
	if n := gate.fetched.Load(); n != nightObjects {
		t.Errorf("the later runs fetched %d objects, want none", n-nightObjects)
	}
	wantRun(t, 0, "--config", file, "status")
	out, _ = wantRun(t, 0, "--config", file, "verify", "--deep")
	if want := "2,900 rows read again from the originals, with the same facts"; !strings.Contains(out, want) {
		t.Errorf("verify --deep = %s; want %q", out, want)
	}
	_, errs := wantRun(t, 0, "--config", file, "find", "--json")
	if want := "2,900 actions found\n"; errs != want {
		t.Errorf("find says %q, want %q", errs, want)
	}
}

// TestNightIndexed: with a real cluster, it holds each action once and every entry of the ledger; it can be dropped and filled again.
func TestNightIndexed(t *testing.T) {
	n := testenv.Elasticsearch(t)
	dir := testenv.Corpus(t, nightCorpus)
	prefix := "night-" + strings.ToLower(rand.Text()[:12])
	file := newHome(t, "    folder: "+filepath.Join(dir, "AWSLogs")+"\n", fmt.Sprintf("elasticsearch: {addresses: [%q]}\nindex: {prefix: %s}\n", n.URL, prefix))
	c := cluster{t, n.URL, prefix}
	t.Cleanup(c.clean)

	// Without the templates nothing is indexed: the trail is complete, and the command says what to do.
	code, out, errs := runApp(t, nightNow, "--config", file, "ingest", "--json")
	if code == 0 || !strings.Contains(errs, "agenttrail setup elasticsearch") {
		t.Errorf("ingest before setup: exit %d, %s", code, errs)
	}
	wantTotals(t, out, map[string]int64{"accepted": nightRecords})
	code, _, errs = runApp(t, nightNow, "--config", file, "status")
	if code != exitIncomplete || !strings.Contains(errs, "the index is behind the trail") {
		t.Errorf("status before setup: exit %d, %s", code, errs)
	}

	wantRun(t, 0, "--config", file, "setup", "elasticsearch")
	out, _ = wantRun(t, 0, "--config", file, "index")
	if want := "2,900 actions sent = 2,900 created + 0 present + 0 degraded + 0 rejected"; !strings.Contains(out, want) {
		t.Errorf("index = %s; want %q", out, want)
	}
	entries := len(names(t, filepath.Join(filepath.Dir(file), "trail", "log")))
	for _, again := range [][]string{{"ingest"}, {"index"}, {"index", "--rebuild"}, {"index"}} {
		wantRun(t, 0, append([]string{"--config", file}, again...)...)
		if got := c.count("-actions", `{"match_all":{}}`); got != nightRecords {
			t.Errorf("after %v the index has %d actions, want %d", again, got, nightRecords)
		}
		if got := c.count("-receipts", `{"exists":{"field":"n"}}`); got != entries {
			t.Errorf("after %v the index has %d entries, want %d", again, got, entries)
		}
	}
	wantRun(t, 0, "--config", file, "status")
	wantRun(t, 0, "--config", file, "doctor")
}

// A cluster is asked by plain HTTP, so that what our own client believes is not all that is tested.
type cluster struct {
	t           *testing.T
	url, prefix string
}

func (c cluster) ask(method, path, body string, into any) int {
	c.t.Helper()
	req, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	if into != nil {
		if err := json.NewDecoder(res.Body).Decode(into); err != nil {
			c.t.Fatalf("%s %s: %s: %v", method, path, res.Status, err)
		}
	}
	return res.StatusCode
}

// count is an exact number of documents, after a refresh.
func (c cluster) count(index, query string) int {
	c.t.Helper()
	c.ask(http.MethodPost, "/"+c.prefix+index+"/_refresh", "", nil)
	var answer struct {
		Shards struct{ Total, Successful int } `json:"_shards"`
		Hits   struct{ Total struct{ Value int } }
	}
	status := c.ask(http.MethodPost, "/"+c.prefix+index+"/_search", `{"size":0,"track_total_hits":true,"query":`+query+`}`, &answer)
	if status != http.StatusOK || answer.Shards.Total == 0 || answer.Shards.Total != answer.Shards.Successful {
		c.t.Fatalf("search %s: status %d, %+v", index, status, answer)
	}
	return answer.Hits.Total.Value
}

func (c cluster) clean() {
	var answer struct{ Indices []struct{ Name string } }
	c.ask(http.MethodGet, "/_resolve/index/"+c.prefix+"-*", "", &answer)
	for _, i := range answer.Indices {
		c.ask(http.MethodDelete, "/"+i.Name, "", nil)
	}
	for _, name := range []string{"-actions-v1", "-receipts-v1"} {
		c.ask(http.MethodDelete, "/_index_template/"+c.prefix+name, "", nil)
	}
}

// TestTampered: one bit anywhere in what an entry names, in the ledger or in its renderings makes verify exit 1 and name the place.
func TestTampered(t *testing.T) {
	dir := testenv.Corpus(t, nightCorpus)
	file := newHome(t, "    folder: "+filepath.Join(dir, "AWSLogs")+"\n", "")
	wantRun(t, 0, "--config", file, "ingest")
	trail := filepath.Join(filepath.Dir(file), "trail")
	tested := map[string]int{}
	for _, name := range names(t, trail) {
		if strings.HasPrefix(name, ".") {
			continue
		}
		folder, _, _ := strings.Cut(name, "/")
		tested[folder]++
		tamper(t, file, filepath.Join(trail, filepath.FromSlash(name)), name)
	}
	for _, folder := range []string{"log", "evidence", "actions", "objects", "policy", "tile", "checkpoint", "trail.json"} {
		if tested[folder] == 0 {
			t.Errorf("no file of %s was tampered with: %v", folder, tested)
		}
	}
	wantRun(t, 0, "--config", file, "verify")
}

// tamper flips a bit at several places of a file, one after the other, and puts it back.
func tamper(t *testing.T, config, path, name string) {
	t.Helper()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}()
	size := len(whole)
	places, bits := []int{0, size / 7, size / 3, size / 2, size - size/5, size - 2, size - 1}, []byte{1, 0x80}
	if testing.Short() {
		places, bits = []int{size / 3, size - 1}, bits[:1]
	}
	for _, at := range places {
		for _, bit := range bits {
			if at < 0 || at >= size {
				continue
			}
			bad := bytes.Clone(whole)
			bad[at] ^= bit
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			code, out, errs := runApp(t, nightNow, "--config", config, "verify")
			if code != exitFailed || !strings.Contains(errs, name) || strings.Contains(out, "Holds") {
				t.Errorf("verify with bit %#x of byte %d of %s flipped: exit %d, %q; want 1 and the name", bit, at, name, code, errs)
			}
		}
	}
}

// names are the files below a folder.
func names(t testing.TB, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			list = append(list, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
