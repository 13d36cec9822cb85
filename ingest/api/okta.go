package api

import (
	"net/http"
	"time"
)

// oktaSystem is the System Log. With until the query is bounded and ends; without it Okta always names a next page.
var oktaSystem = Vendor{
	Name: "okta.system", Hint: "https://acme.okta.com", Takes: TakesToken | TakesKey, Needs: "the scope okta.logs.read, or a token of a read-only administrator",
	Lag: 15 * time.Minute, LookBack: time.Hour, Kept: 90 * 24 * time.Hour, Rate: Rate{60, time.Minute},
	sign: func(h http.Header, _, token string) { h.Set("Authorization", "SSWS "+token) },
	grant: func(o *Options) grant {
		return grant{url: o.url() + "/oauth2/v1/token", scopes: []string{"okta.logs.read"}}
	},
	first: func(q *query) request {
		return q.get("/api/v1/logs", "since", rfc3339(q.from), "until", rfc3339(q.to), "sortOrder", "ASCENDING", "limit", "1000")
	},
	next: byLink,
}
