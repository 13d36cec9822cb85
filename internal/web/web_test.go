package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

var pdf = []byte("%PDF-1.7 the report")

// full is a state with something of everything.
func full() *State {
	s := &State{At: noon, Tenant: "acme", Origin: "agenttrail/acme/00c0ffee", Build: "v1", Ledger: 12345, Newest: noon.Add(-time.Hour), Root: strings.Repeat("ab", 32), Fingerprint: "0123 4567",
		Index:    Index{Configured: true, Position: 12300, Behind: 45},
		Findings: []Finding{{Error, "cloudtrail", "silent for longer than its gap, 2026-11-22 00:00 to 2026-11-24 00:00 UTC: read in full; the source listed nothing"}, {Warning, "hubspot", "agents reach it and no source covers it"}},
		Due:      []Due{{"audit", "2026-10", ""}, {"coverage", "2026-10", "waits for 1 window, first cloudtrail 2026-10-31"}},
		Reports:  []Report{{ID: "AR-ACME-2026Q3", Kind: "audit", Revision: 2, Period: "2026-07-01 to 2026-09-30", Issued: noon.AddDate(0, -1, 0), Entry: 600, SHA256: hexSum(pdf), Size: int64(len(pdf)), Amended: 1, Path: "reports/AR-ACME-2026Q3-r2/report.pdf"}},
		Runs:     []Run{{"run-20261124T030000.000Z", "schedule", noon.Add(-9 * time.Hour), 3, 4, 12000, 11990, 10}},
		Last:     &LastRun{Name: "run-20261124T030000.000Z", Began: noon.Add(-9 * time.Hour), Ended: noon.Add(-9 * time.Hour), State: "incomplete"}, Free: 1 << 40}
	states := []string{"complete", "complete", "empty", "partial", "missing", "lost", "complete", "complete", "complete", "complete", "empty", "empty", "missing", "not yet due"}
	for i := range states {
		s.Days = append(s.Days, noon.AddDate(0, 0, i-13).Format(time.DateOnly))
	}
	s.Sources = []Source{
		{Name: "cloudtrail", Kind: "s3", LastClosed: "2026-11-22", ClosedTo: noon.AddDate(0, 0, -2), Owed: 1, Open: []string{"2026-11-14"}, Records: 1234567, Rejected: 3, LastEntry: noon.Add(-time.Hour), Next: "2026-11-25T00:30:00Z", Days: states, Hours: 200, Expected: 312, Gaps: []string{"two days"}},
		{Name: "approvals", Kind: "folder", LastClosed: "-", Open: []string{}, Records: 251, Days: slices.Repeat([]string{"files", ""}, 7), Hours: 31, Expected: 318, ErrorsOnly: true}}
	return s
}

// site is a site whose reports are pdf.
func site(s *State) *Site {
	return &Site{State: func(context.Context) (*State, error) { return s, nil },
		Report: func(_ context.Context, path string) (io.ReadCloser, error) {
			if path != "reports/AR-ACME-2026Q3-r2/report.pdf" {
				return nil, fmt.Errorf("path %q was asked for", path)
			}
			return io.NopCloser(bytes.NewReader(pdf)), nil
		}}
}

func ask(h http.Handler, method, path, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	if token != "" {
		r.Header.Set("Authorization", token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const token = "0123456789abcdef0123"

// TestRoutes: every route by every method, with and without a token: what is not allowed is refused before anything is looked at.
func TestRoutes(t *testing.T) {
	routes := map[string]int{"/": 200, "/page.css": 200, "/healthz": 200, "/metrics": 200, "/reports/AR-ACME-2026Q3-r2.pdf": 200,
		"/reports/AR-ACME-2026Q3-r3.pdf": 404, "/reports/..%2f..%2ftrail.json": 404, "/reports/": 404, "/trail.json": 404, "/reports/AR-ACME-2026Q3-r2.pdf/x": 404}
	methods := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"}
	for _, wanted := range []string{"", token} {
		s := site(full())
		s.Token = wanted
		h := s.Handler()
		for path, found := range routes {
			for _, method := range methods {
				for _, given := range []string{"", "Bearer " + token, "bearer " + token, "Bearer " + token + "x", "Basic " + token, "Bearer", token} {
					want := found
					switch allowed := wanted == "" || given == "Bearer "+token || given == "bearer "+token; {
					case method != "GET" && method != "HEAD":
						want = http.StatusMethodNotAllowed
					case !allowed:
						want = http.StatusUnauthorized
					}
					w := ask(h, method, path, given)
					if w.Code != want {
						t.Errorf("%s %s, token %q, given %q = %d, want %d", method, path, wanted, given, w.Code, want)
					}
					if w.Header().Get("Content-Security-Policy") != policy || w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Cache-Control") != "no-store" {
						t.Errorf("%s %s: headers %v lack policy, nosniff or no-store", method, path, w.Header())
					}
					if want != 200 && strings.Contains(w.Body.String(), "cloudtrail") {
						t.Errorf("%s %s = %d and shows the state", method, path, w.Code)
					}
				}
			}
		}
	}
}

func TestReport(t *testing.T) {
	w := ask(site(full()).Handler(), "GET", "/reports/AR-ACME-2026Q3-r2.pdf", "")
	if !bytes.Equal(w.Body.Bytes(), pdf) || w.Header().Get("Content-Type") != "application/pdf" || w.Header().Get("Content-Disposition") != `attachment; filename="AR-ACME-2026Q3-r2.pdf"` {
		t.Errorf("GET report = %q with %v", w.Body, w.Header())
	}
	changed := full()
	changed.Reports[0].SHA256 = strings.Repeat("0", 64)
	if w := ask(site(changed).Handler(), "GET", "/reports/AR-ACME-2026Q3-r2.pdf", ""); w.Code != 500 || bytes.Contains(w.Body.Bytes(), pdf) {
		t.Errorf("GET a report with other bytes = %d %q, want 500 and none of it", w.Code, w.Body)
	}
}

// TestHealth: owed windows do not make it ill; a failed run and a trail that cannot be read do, and why is not told.
func TestHealth(t *testing.T) {
	failed := full()
	failed.Last.State = "failed"
	broken := site(full())
	broken.State = func(context.Context) (*State, error) { return nil, errors.New("secret-canary") }
	for _, c := range []struct {
		name string
		site *Site
		want int
	}{{"owed", site(full()), 200}, {"failed", site(failed), 503}, {"unreadable", broken, 503}} {
		for _, path := range []string{"/healthz", "/", "/metrics"} {
			want := c.want
			if c.name == "failed" && path != "/healthz" {
				want = 200
			}
			if w := ask(c.site.Handler(), "GET", path, ""); w.Code != want || strings.Contains(w.Body.String(), "canary") {
				t.Errorf("%s: GET %s = %d %q, want %d without the cause", c.name, path, w.Code, w.Body, want)
			}
		}
	}
}

func TestMetrics(t *testing.T) {
	got := ask(site(full()).Handler(), "GET", "/metrics", "").Body.String()
	for _, want := range []string{
		`agenttrail_windows_owed{source="cloudtrail"} 1`, `agenttrail_windows_open{source="cloudtrail"} 1`, `agenttrail_window_closed_timestamp_seconds{source="cloudtrail"} 1.7953488e+09`,
		`agenttrail_window_closed_timestamp_seconds{source="approvals"} 0`, `agenttrail_source_gaps{source="cloudtrail"} 1`, `agenttrail_source_errors_only{source="approvals"} 1`,
		`agenttrail_records_total{source="cloudtrail",state="rejected"} 3`, `agenttrail_index_behind_entries 45`, `agenttrail_index_up 1`, `agenttrail_findings{severity="error"} 1`,
		`agenttrail_findings{severity="warning"} 1`, `agenttrail_reports_due 2`, `agenttrail_run_state{state="incomplete"} 1`, `agenttrail_run_state{state="failed"} 0`, `agenttrail_ledger_entries 12345`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("metrics lack %q:\n%s", want, got)
		}
	}
	for _, name := range MetricNames() {
		if !strings.Contains(got, "# HELP "+name+" ") {
			t.Errorf("MetricNames has %s, and a full state does not show it", name)
		}
	}
	file := filepath.Join(t.TempDir(), "agenttrail.prom")
	if err := WriteMetrics(file, full()); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != got {
		t.Errorf("WriteMetrics wrote %q, %v; want what /metrics shows", b, err)
	}
}

// Text that logs and configs may hold. Whatever it is, it stays text.
var hostile = []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`, `</title><svg onload=alert(1)>`, "{{.Token}}", "a\x00\u202eb", `</style><script>`}

// TestHostile: text of others adds no element and no attribute, wherever it stands.
func TestHostile(t *testing.T) {
	count := func(s *State) (elements, attributes int) {
		var b bytes.Buffer
		if err := WriteIndex(&b, s.Tenant, s.Reports); err != nil {
			t.Fatal(err)
		}
		all := ask(site(s).Handler(), "GET", "/", "").Body.String() + b.String()
		inTag := false
		for i, c := range all {
			switch {
			case c == '<' && i+1 < len(all) && all[i+1] != ' ':
				inTag, elements = true, elements+1
			case c == '>':
				inTag = false
			case c == '=' && inTag && all[i+1] == '"':
				attributes++
			}
		}
		return elements, attributes
	}
	wantElements, wantAttributes := count(full())
	for _, text := range hostile {
		s := full()
		s.Tenant, s.Origin, s.Build, s.Fingerprint, s.Runs[0].Name, s.Runs[0].Trigger, s.Last.Name = text, text, text, text, text, text, text
		s.Sources[0].Name, s.Due[0].Kind, s.Due[1].Why, s.Reports[0].ID, s.Reports[0].Period = text, text, text, text, text
		s.Findings[0].About, s.Findings[0].Text = text, text
		if e, a := count(s); e != wantElements || a != wantAttributes {
			t.Errorf("with %q the pages have %d elements and %d attributes, want %d and %d", text, e, a, wantElements, wantAttributes)
		}
	}
}

func TestVerdict(t *testing.T) {
	calm := &State{}
	for _, c := range []struct {
		name string
		s    *State
		want string
	}{
		{"calm", calm, "good Everything that is due was read."},
		{"failed", &State{Last: &LastRun{State: "failed"}, Findings: []Finding{{Severity: Error}}}, "bad The newest run failed."},
		{"errors", &State{Findings: []Finding{{Severity: Error}, {Severity: Warning}}, Sources: []Source{{Owed: 2}}}, "bad 1 error needs a person."},
		{"owed", &State{Sources: []Source{{Owed: 2, Open: []string{"x"}}}}, "warn 3 windows are owed."},
		{"behind", &State{Index: Index{Configured: true, Behind: 1}}, "warn The index is behind the trail."},
		{"warnings", &State{Findings: []Finding{{Severity: Warning}}}, "warn Everything that is due was read; 1 warning stands below."},
	} {
		if v := c.s.Verdict(); v.Tone+" "+v.Text != c.want {
			t.Errorf("Verdict, %s = %q, want %q", c.name, v.Tone+" "+v.Text, c.want)
		}
	}
}
