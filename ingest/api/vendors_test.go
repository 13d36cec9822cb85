package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agenttrail"
	"agenttrail/ingest"
)

var (
	firstDay = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	testNow  = firstDay.AddDate(0, 0, 2).Add(6 * time.Hour)
)

func days(source string) []agenttrail.Window {
	return []agenttrail.Window{
		{Source: source, From: firstDay, To: firstDay.AddDate(0, 0, 1)}, {Source: source, From: firstDay.AddDate(0, 0, 1), To: firstDay.AddDate(0, 0, 2)},
	}
}

// eventsOf are two days: at their first and last second, on the border between them, and seven in the same hour, pairs of them at the same instant, so
// that pages of two are cut between such.
func eventsOf(s *style) (list []event) {
	parts := s.parts
	if len(parts) == 0 || s.vendor.joined || s.vendor == &anthropicSession || s.vendor == &openaiCompliance {
		parts = []string{""}
	}
	for d := range 2 {
		day := firstDay.AddDate(0, 0, d)
		times := []time.Time{day, day.Add(24*time.Hour - time.Second)}
		for i := range 7 {
			times = append(times, day.Add(10*time.Hour+time.Duration((i+1)/2)*5*time.Minute))
		}
		for i, at := range times {
			list = append(list, event{fmt.Sprintf("e-%d-%d", d, i), parts[i%len(parts)], at})
		}
	}
	return list
}

// eachVendor runs a test against the mock of every vendor.
func eachVendor(t *testing.T, f func(t *testing.T, m *mock)) {
	for _, s := range styles() {
		t.Run(s.vendor.Name, func(t *testing.T) { f(t, newMock(t, s, eventsOf(&s))) })
	}
}

func TestEveryVendorHasAStyle(t *testing.T) {
	var have, want []string
	for _, s := range styles() {
		have = append(have, s.vendor.Name)
	}
	for _, v := range Vendors() {
		want = append(want, v.Name)
		if got, err := Lookup(v.Name); err != nil || got != v {
			t.Errorf("Lookup(%q) = %v, %v; want the vendor", v.Name, got, err)
		}
		if v.Needs == "" || v.Rate.N == 0 || v.next == nil || v.first == nil || v.Takes == 0 || (v.URL == "") == (v.Hint == "") || v.Lag < 0 {
			t.Errorf("vendor %s lacks something: %+v", v.Name, v)
		}
	}
	if !slices.IsSorted(want) {
		t.Errorf("Vendors() = %v, want the order of names", want)
	}
	slices.Sort(have)
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("vendors without a test, - want + have\n%s", diff)
	}
}

// pull lists and reads the windows, as a run does.
func pull(s *Source, windows ...agenttrail.Window) (objects []agenttrail.Object, ids []string, err error) {
	for _, w := range windows {
		for o, err := range s.List(context.Background(), w) {
			if err != nil {
				return objects, ids, err
			}
			objects = append(objects, o)
			if o.Role != agenttrail.RoleLog {
				continue
			}
			body := o.Body
			if body == nil {
				r, err := s.Open(context.Background(), &o)
				if err != nil {
					return objects, ids, err
				}
				if body, err = io.ReadAll(r); err != nil {
					return objects, ids, err
				}
				r.Close()
			}
			ids = append(ids, found(body)...)
		}
	}
	return objects, ids, nil
}

func sortedOnce(ids []string) []string {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

func TestPull(t *testing.T) {
	eachVendor(t, func(t *testing.T, m *mock) {
		p := &pauser{now: testNow}
		objects, ids, err := pull(m.open(t, p), days("x")...)
		if err != nil {
			t.Fatalf("List: %v", err)
		}
		if diff := cmp.Diff(m.all(), sortedOnce(ids)); diff != "" {
			t.Errorf("ids, - want + got\n%s", diff)
		}
		most := 0
		seen := map[string]bool{}
		for _, o := range objects {
			key := o.URI
			if seen[key] {
				t.Errorf("two objects have the URI %s", o.URI)
			}
			seen[key] = true
			if strings.Contains(o.URI, "tok-") {
				t.Errorf("URI %s holds a cursor", o.URI)
			}
			var page int
			if _, err := fmt.Sscanf(o.URI[max(strings.LastIndex(o.URI, "page="), 0):], "page=%d", &page); err == nil {
				most = max(most, page)
			}
			if o.Body != nil && (int64(len(o.Body)) != o.Size || o.Version != digest(o.Body) || o.Meta["status"] != "200" || !strings.HasPrefix(o.Meta["request"], "GET ") && !strings.HasPrefix(o.Meta["request"], "POST ")) {
				t.Errorf("page %s: size %d of %d, version %s, meta %v", o.URI, o.Size, len(o.Body), o.Version, o.Meta)
			}
			if text := fmt.Sprint(o); strings.Contains(text, "canary") {
				t.Errorf("object holds a credential: %s", text)
			}
		}
		if most < 3 {
			t.Errorf("the longest walk had %d pages, want three and more", most)
		}
		again, _, err := pull(m.open(t, p), days("x")...)
		if diff := cmp.Diff(names(objects), names(again)); err != nil || diff != "" {
			t.Errorf("a second walk: %v, names and versions - first + second\n%s", err, diff)
		}
		for _, a := range m.asks {
			if strings.Contains(a, "canary") {
				t.Errorf("a credential stands in the address of a request: %s", a)
			}
		}
	})
}

func names(objects []agenttrail.Object) (list []string) {
	for _, o := range objects {
		list = append(list, o.URI+" "+o.Version)
	}
	return list
}

// once answers the first request with a cursor by a fault, n times.
func once(n int, f func(w http.ResponseWriter, r *http.Request)) func(*mock, http.ResponseWriter, *http.Request, asked) bool {
	return func(_ *mock, w http.ResponseWriter, r *http.Request, a asked) bool {
		if a.cursor == "" || n == 0 {
			return false
		}
		n--
		f(w, r)
		return true
	}
}

func status(code int, header ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		fmt.Fprint(w, `{"error":{"message":"told to"}}`)
	}
}

func cutBody(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	fmt.Fprint(w, `[{"id":"e-`)
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
	panic(http.ErrAbortHandler)
}

func htmlPage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprint(w, "<html><title>Sign in</title></html>")
}

// What passes is waited for, as long as the vendor says, and nothing is lost or doubled by it.
func TestPassingFaults(t *testing.T) {
	cases := []struct {
		name  string
		fault func(http.ResponseWriter, *http.Request)
		n     int
		waits []time.Duration
	}{
		{"429 with Retry-After", status(429, "Retry-After", "7"), 1, []time.Duration{7 * time.Second}},
		{"429 without", status(429), 2, []time.Duration{time.Second, 2 * time.Second}},
		{"429 with a date", status(429, "Date", "Tue, 03 Nov 2026 06:00:00 GMT", "Retry-After", "Tue, 03 Nov 2026 06:00:09 GMT"), 1, []time.Duration{9 * time.Second}},
		{"429 with a reset", status(429, "Date", "Tue, 03 Nov 2026 06:00:00 GMT", "X-Rate-Limit-Reset", "1793685630"), 1, []time.Duration{31 * time.Second}},
		{"403 that is a limit", status(403, "X-RateLimit-Remaining", "0", "Retry-After", "3"), 1, []time.Duration{3 * time.Second}},
		{"500", status(500), 3, []time.Duration{1 * time.Second, 2 * time.Second, 4 * time.Second}},
		{"503 with Retry-After", status(503, "Retry-After", "2"), 1, []time.Duration{2 * time.Second}},
		{"cut body", cutBody, 1, []time.Duration{time.Second}},
		{"HTML with status 200", htmlPage, 1, []time.Duration{time.Second}},
		{"half a page with status 200", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"data":[{"id":"e-`) }, 1, []time.Duration{time.Second}},
		{"an error with status 200", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"ok":false,"error":"internal"}`) }, 1, []time.Duration{time.Second}},
	}
	eachVendor(t, func(t *testing.T, m *mock) {
		for _, c := range cases {
			m.fault = once(c.n, c.fault)
			p := &pauser{now: testNow}
			_, ids, err := pull(m.open(t, p), days("x")...)
			if err != nil {
				t.Errorf("%s: List: %v", c.name, err)
				continue
			}
			if diff := cmp.Diff(m.all(), sortedOnce(ids)); diff != "" {
				t.Errorf("%s: ids, - want + got\n%s", c.name, diff)
			}
			if diff := cmp.Diff(c.waits, p.waits); diff != "" {
				t.Errorf("%s: waits, - want + got\n%s", c.name, diff)
			}
		}
	})
}

// What does not pass is an error of the window, of the right kind, and says no secret.
func TestLastingFaults(t *testing.T) {
	cases := []struct {
		name  string
		fault func(http.ResponseWriter, *http.Request)
		want  error
		says  string
	}{
		{"500 for ever", status(500), nil, "6 attempts"},
		{"429 for ever", status(429), nil, "too many requests"},
		{"HTML for ever", htmlPage, errNoPage, `"text/html"`},
		{"cut for ever", cutBody, io.ErrUnexpectedEOF, "cut"},
		{"longer than we wait", status(429, "Retry-After", "3600"), nil, "1h0m0s"},
		{"expired cursor", status(400), ingest.ErrChanged, "cursor"},
		{"cursor gone", status(410), ingest.ErrChanged, "cursor"},
		{"denied", status(403), ingest.ErrDenied, "needs"},
		{"401 that echoes", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(401)
			fmt.Fprintf(w, `{"message":"bad token %s %s"}`, r.Header.Get("Authorization"), r.Header.Get("X-Api-Key"))
		}, ingest.ErrCredential, "401"},
	}
	eachVendor(t, func(t *testing.T, m *mock) {
		for _, c := range cases {
			m.fault = once(1000, c.fault)
			_, _, err := pull(m.open(t, &pauser{now: testNow}), days("x")...)
			if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s: List = %v; want %v, with %q and without a secret", c.name, err, c.want, c.says)
			}
		}
	})
}

// A cursor that comes back, and a page that was promised and is not named, are no end of a walk.
func TestEndlessAndMissing(t *testing.T) {
	eachVendor(t, func(t *testing.T, m *mock) {
		m.more = true
		if _, _, err := pull(m.open(t, &pauser{now: testNow}), days("x")...); !errors.Is(err, ingest.ErrChanged) {
			t.Errorf("List over a cursor that comes back = %v, want ErrChanged", err)
		}
		if len(m.asks) > 50 {
			t.Errorf("%d requests were sent over a cursor that comes back", len(m.asks))
		}
		if m.promise == nil {
			return
		}
		m.more = false
		m.fault = once(1, func(w http.ResponseWriter, r *http.Request) { m.promise(w, r, m.events[:1]) })
		if _, _, err := pull(m.open(t, &pauser{now: testNow}), days("x")...); !errors.Is(err, ingest.ErrChanged) || !strings.Contains(err.Error(), "promised") {
			t.Errorf("List with a next page that is promised and not named = %v, want ErrChanged", err)
		}
	})
}

// No other host is asked: neither by a redirect nor by the address of a next page.
func TestOtherHosts(t *testing.T) {
	var asked atomic.Int64
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer trap.Close()
	eachVendor(t, func(t *testing.T, m *mock) {
		m.fault = once(1, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, trap.URL+"/logs", http.StatusFound) })
		_, _, err := pull(m.open(t, &pauser{now: testNow}), days("x")...)
		if want := ingest.ErrDenied; !errors.Is(err, want) && !(strings.HasPrefix(m.asks[0], "POST") && errors.Is(err, ingest.ErrChanged)) {
			t.Errorf("List with a redirect to another host = %v, want %v", err, want)
		}
		m.fault = once(1, func(w http.ResponseWriter, r *http.Request) {
			r.Host = strings.TrimPrefix(trap.URL, "http://")
			m.answer(w, r, reply{m.events[:1], m.list(m.events[:1]), "tok-x"})
		})
		if _, _, err := pull(m.open(t, &pauser{now: testNow}), days("x")...); asked.Load() > 0 || (m.vendor == &oktaSystem || m.vendor == &m365Audit || m.vendor == &zendeskAudit) && !errors.Is(err, ingest.ErrDenied) {
			t.Errorf("List with a next page on another host = %v, want ErrDenied; the other host was asked %d times", err, asked.Load())
		}
	})
}

// A token that is refused half way is had anew, once: from the vendor, or from where the config says. TestLastingFaults has one that is refused for ever.
func TestTokenRefusedHalfWay(t *testing.T) {
	eachVendor(t, func(t *testing.T, m *mock) {
		m.fault = once(1, status(401))
		_, ids, err := pull(m.open(t, &pauser{now: testNow}), days("x")...)
		given := 2
		if m.vendor.Takes&(TakesToken|TakesUser) != 0 {
			given = 0
		}
		if err != nil || m.tokens != given || len(sortedOnce(ids)) != len(m.all()) {
			t.Errorf("List with a token that is refused once = %v, %d tokens, %d ids; want all with a second token", err, m.tokens, len(sortedOnce(ids)))
		}
	})
}
