package api

import "time"

// slackAudit is newest first; its limit of requests is shared by everything of the organisation.
var slackAudit = Vendor{
	Name: "slack.audit", URL: "https://api.slack.com", Takes: TakesToken, Needs: "a token of an organisation owner with the scope auditlogs:read, on the Enterprise plan",
	Lag: 15 * time.Minute, LookBack: time.Hour, Rate: Rate{30, time.Minute},
	first: func(q *query) request {
		return q.get("/audit/v1/logs", "oldest", unix(q.from), "latest", unix(q.to), "limit", "1000")
	},
	items: "/entries", next: byCursor("cursor", "/response_metadata/next_cursor"),
}
