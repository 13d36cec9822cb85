package api

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A query is what one walk asks for.
type query struct {
	root     string // of the API, without a slash at its end
	account  string
	part     string   // of the vendor's parts; of a joined walk the first
	parts    []string // all
	from, to time.Time
}

// A request is one call, without its credential.
type request struct {
	method, url, body string
}

// get is a request for a path below the root; values are pairs of name and value.
func (q *query) get(path string, values ...string) request {
	return request{http.MethodGet, q.root + path + encode(values), ""}
}

// encode writes pairs of name and value in the order given; a value that is empty is left out.
func encode(values []string) string {
	var b strings.Builder
	for i := 0; i+1 < len(values); i += 2 {
		if values[i+1] == "" {
			continue
		}
		sep := byte('&')
		if b.Len() == 0 {
			sep = '?'
		}
		b.WriteByte(sep)
		b.WriteString(url.QueryEscape(values[i]) + "=" + url.QueryEscape(values[i+1]))
	}
	return b.String()
}

// with is the request with one value of its query set.
func (r request) with(name, value string) (request, error) {
	u, err := url.Parse(r.url)
	if err != nil {
		return r, err
	}
	pairs := strings.Split(u.RawQuery, "&")
	keep, prefix := pairs[:0], url.QueryEscape(name)+"="
	for _, pair := range pairs {
		if !strings.HasPrefix(pair, prefix) && pair != "" {
			keep = append(keep, pair)
		}
	}
	u.RawQuery = strings.Join(append(keep, prefix+url.QueryEscape(value)), "&")
	r.url = u.String()
	return r, nil
}

// rfc3339 writes a time as most vendors take it.
func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339) }
