package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"io"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// A Site is what the page is made from.
type Site struct {
	State  func(ctx context.Context) (*State, error)                     // as it is now; it may be some seconds old
	Report func(ctx context.Context, path string) (io.ReadCloser, error) // opens the file of a report that State named
	Token  string                                                        // a bearer token that every request must bring; empty: none
}

// Handler answers GET and HEAD: "/" the page, "/reports/FILE" a report, "/healthz", "/metrics" and "/page.css".
func (s *Site) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /page.css", stylesheet)
	mux.HandleFunc("GET /reports/{file}", s.report)
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("GET /metrics", s.metrics)
	return s.guard(mux)
}

// policy allows our stylesheet and nothing else: no script, no frame, no form, no picture, no connection.
const policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard sets the headers that every answer has, and turns away other methods and requests without the token.
func (s *Site) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "this page only shows", http.StatusMethodNotAllowed)
		case !s.allows(r):
			h.Set("WWW-Authenticate", `Bearer realm="agenttrail"`)
			http.Error(w, "a bearer token is needed", http.StatusUnauthorized)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// allows compares hashes, so that the time it takes tells neither the token nor its length.
func (s *Site) allows(r *http.Request) bool {
	if s.Token == "" {
		return true
	}
	scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(s.Token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && strings.EqualFold(scheme, "bearer")
}

// report hands out a report by the name that the page gives it. What the request says never becomes a path: it is only compared.
func (s *Site) report(w http.ResponseWriter, r *http.Request) {
	state, err := s.State(r.Context())
	if err != nil {
		unavailable(w)
		return
	}
	for _, rep := range state.Reports {
		if rep.File() != r.PathValue("file") {
			continue
		}
		body, err := s.Report(r.Context(), rep.Path)
		if err != nil {
			unavailable(w)
			return
		}
		defer body.Close()
		data, err := io.ReadAll(io.LimitReader(body, rep.Size+1))
		if err != nil || hexSum(data) != rep.SHA256 {
			http.Error(w, "this file is not the one that the ledger names: agenttrail verify", http.StatusInternalServerError)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "application/pdf")
		h.Set("Content-Disposition", `attachment; filename="`+rep.File()+`"`)
		h.Set("Content-Length", number(int64(len(data))))
		_, _ = w.Write(data) // who asked has gone: nobody is left to tell
		return
	}
	http.Error(w, "no such report", http.StatusNotFound)
}

// health is 200 as long as the trail can be read and the newest run did not fail. What is owed does not make it ill: a restart would not help.
func (s *Site) health(w http.ResponseWriter, r *http.Request) {
	state, err := s.State(r.Context())
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	switch {
	case err != nil:
		unavailable(w)
	case state.Last != nil && state.Last.State == "failed":
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "the newest run failed\n")
	default:
		_, _ = io.WriteString(w, "ok\n")
	}
}

func (s *Site) metrics(w http.ResponseWriter, r *http.Request) {
	state, err := s.State(r.Context())
	if err != nil {
		unavailable(w)
		return
	}
	registry, err := registry(state)
	if err != nil {
		unavailable(w)
		return
	}
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError}).ServeHTTP(w, r)
}

// unavailable says no more than that: what failed stands in the log of the program, not on a page that others read.
func unavailable(w http.ResponseWriter) {
	http.Error(w, "the trail cannot be read now; the log of serve says why", http.StatusServiceUnavailable)
}
