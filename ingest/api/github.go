package api

import (
	"net/http"
	"time"
)

// githubAudit is the audit log of an organisation or an enterprise. The last second of the range is asked for by two windows: its twins are known.
var githubAudit = Vendor{
	Name: "github.audit", Hint: "https://api.github.com/orgs/acme", Takes: TakesToken, Needs: "the scope read:audit_log, and a plan with the audit log's API",
	Lag: 30 * time.Minute, LookBack: time.Hour, Kept: 180 * 24 * time.Hour, Rate: Rate{25, time.Minute},
	header: http.Header{"Accept": {"application/vnd.github+json"}, "X-Github-Api-Version": {"2022-11-28"}},
	first: func(q *query) request {
		return q.get("/audit-log", "phrase", "created:"+rfc3339(q.from)+".."+rfc3339(q.to), "include", "all", "order", "asc", "per_page", "100")
	},
	next: byLink,
}
