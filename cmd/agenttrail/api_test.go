package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/normalize"
)

// apiNow is three days after the sources begin.
var apiNow = time.Date(2026, 11, 4, 6, 0, 0, 0, time.UTC)

// A fakeVendor is the audit APIs of Okta and GitHub: pages of four records, the second of them shared by a border of pages.
type fakeVendor struct {
	*httptest.Server
	requests atomic.Int64
	late     atomic.Bool  // an event appears that was not there
	refuse   atomic.Int64 // requests to be answered before the token is refused; below zero: never
}

const apiToken = "canary-7b1f-token"

func newFakeVendor(t *testing.T) *fakeVendor {
	v := &fakeVendor{}
	v.refuse.Store(-1)
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := v.requests.Add(1)
		auth := r.Header.Get("Authorization")
		if limit := v.refuse.Load(); limit >= 0 && n > limit || auth != "SSWS "+apiToken && auth != "Bearer "+apiToken {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"errorSummary":"Invalid token %s"}`, strings.Fields(auth)[1])
			return
		}
		q := r.URL.Query()
		from, to := q.Get("since"), q.Get("until")
		record := oktaRecord
		if strings.HasSuffix(r.URL.Path, "/audit-log") {
			from, to, _ = strings.Cut(strings.TrimPrefix(q.Get("phrase"), "created:"), "..")
			record = githubRecord
		}
		v.page(w, r, from, to, record)
	}))
	t.Cleanup(v.Close)
	return v
}

// page answers with four of the ten records of each day, the eleventh when it is late.
func (v *fakeVendor) page(w http.ResponseWriter, r *http.Request, from, to string, record func(time.Time, string) string) {
	begin, err1 := time.Parse(time.RFC3339, from)
	end, err2 := time.Parse(time.RFC3339, to)
	if err1 != nil || err2 != nil || end.Sub(begin) != 24*time.Hour {
		http.Error(w, `{"message":"no such range"}`, http.StatusBadRequest)
		return
	}
	var all []string
	for i := range 11 {
		if i < 10 || v.late.Load() {
			all = append(all, record(begin.Add(time.Duration(i/2)*time.Hour), begin.Format("0102")+"-"+strconv.Itoa(i)))
		}
	}
	at, _ := strconv.Atoi(r.URL.Query().Get("after")) // empty is the beginning
	next := min(at+4, len(all))
	if next < len(all) {
		u := *r.URL
		q := u.Query()
		q.Set("after", strconv.Itoa(next))
		u.RawQuery = q.Encode()
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s>; rel="next", <http://%s/>; rel="first"`, r.Host, u.String(), r.Host))
	}
	fmt.Fprint(w, "["+strings.Join(all[at:next], ",")+"]")
}

func oktaRecord(at time.Time, id string) string {
	return fmt.Sprintf(`{"uuid":"okta-%s","published":%q,"eventType":"user.session.start","actor":{"id":"00u1","type":"User","alternateId":"dana@example.com"},"outcome":{"result":"SUCCESS"}}`,
		id, at.Format(time.RFC3339))
}

func githubRecord(at time.Time, id string) string {
	return fmt.Sprintf(`{"@timestamp":%d,"created_at":%d,"_document_id":"github-%s","action":"repo.create","actor":"dana-ex","actor_id":42,"org":"example-org","repo":"example-org/billing","operation_type":"create"}`,
		at.UnixMilli(), at.UnixMilli(), id)
}

// apiHome makes a home with both sources.
func apiHome(t *testing.T, url string) string {
	file := newHome(t, "", "")
	t.Setenv("AGENTTRAIL_TEST_API_TOKEN", apiToken)
	text := fmt.Sprintf(`trail: ./trail
tenant: acme
register: agents.yaml
key: {file: trail.key}
sources:
  - name: okta
    api: okta
    url: %s
    token: {env: AGENTTRAIL_TEST_API_TOKEN}
    since: 2026-11-01
    look_back: 4d
    rate: 1000000/s
  - name: github
    api: github
    url: %s/orgs/example-org
    token: {env: AGENTTRAIL_TEST_API_TOKEN}
    since: 2026-11-01
    look_back: 4d
    rate: 1000000/s
`, url, url)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Pages become actions, once: a second night reads them again and adds nothing, a late event amends its day, and no credential is anywhere.
func TestAPINights(t *testing.T) {
	v := newFakeVendor(t)
	file := apiHome(t, v.URL)
	run := func(want int, args ...string) string {
		t.Helper()
		code, out, errs := runApp(t, apiNow, append([]string{"--config", file}, args...)...)
		if code != want {
			t.Fatalf("%v: exit %d, want %d\n%s%s", args, code, want, out, errs)
		}
		return out + errs
	}
	v.refuse.Store(4) // the second day of the first source breaks off
	said := run(1, "ingest")
	if !strings.Contains(said, "credential refused (status 401): Invalid token [redacted]") {
		t.Errorf("ingest with a token that is refused half way says\n%s", said)
	}
	v.refuse.Store(-1)
	said += run(0, "ingest")
	entries := len(names(t, filepath.Join(filepath.Dir(file), "trail", "log")))
	for _, dataset := range []string{"okta.system", "github.audit"} {
		found := strings.ReplaceAll(run(0, "find", "--json", "--from", "2026-11-01", "--to", "2026-11-05"), " ", "")
		if got := strings.Count(found, `"dataset":"`+dataset+`"`); got != 30 {
			t.Errorf("%d actions of %s after the first night, want 30", got, dataset)
		}
	}
	said += run(0, "ingest")
	if again := len(names(t, filepath.Join(filepath.Dir(file), "trail", "log"))); again != entries {
		t.Errorf("a second run over the same pages adds %d entries, want none", again-entries)
	}
	v.late.Store(true)
	if late := run(0, "ingest"); strings.Count(late, "amended") != 6 {
		t.Errorf("ingest after an event came late to each of 6 days says\n%s", late)
	}
	entries = len(names(t, filepath.Join(filepath.Dir(file), "trail", "log")))
	said += run(0, "ingest") + run(0, "verify", "--deep") + run(0, "status") + run(0, "doctor") + run(0, "ingest", "--dry-run")
	if again := len(names(t, filepath.Join(filepath.Dir(file), "trail", "log"))); again != entries {
		t.Errorf("a run after the late events were taken adds %d entries, want none", again-entries)
	}
	wantNoSecret(t, filepath.Dir(file), said)
}

// wantNoSecret looks for the token in everything that was printed and in every file.
func wantNoSecret(t *testing.T, dir, said string) {
	t.Helper()
	if strings.Contains(said, apiToken) {
		t.Errorf("the token was printed:\n%s", said)
	}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), apiToken) {
			t.Errorf("the token stands in %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The pages that a puller keeps are those that the format of its name reads: record by record, and not as one line.
func TestPagesAreRead(t *testing.T) {
	seen := 0
	for _, f := range normalize.Formats() {
		v := pulled(f.Name)
		if v == nil {
			continue
		}
		pointer, ok := v.Page()
		if !ok {
			continue
		}
		seen++
		page := `[{"a":1},{"a":2}]`
		if pointer != "" {
			page = fmt.Sprintf(`{"before":{"cursor":null},%q:%s,"has_more":false}`, pointer[1:], page)
		}
		n := 0
		err := f.Read(&agenttrail.Object{URI: "https://api.example.com/logs#page=1"}, strings.NewReader(page), func(*agenttrail.Record) error { n++; return nil })
		if err != nil || n != 2 {
			t.Errorf("format %s reads %d records of the page %s, %v; want 2", f.Name, n, page, err)
		}
	}
	if seen < 7 {
		t.Errorf("%d formats of pages were tried, want at least 7", seen)
	}
}
