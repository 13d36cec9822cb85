package api

import "time"

// hubspotAudit is the account's audit log.
var hubspotAudit = Vendor{
	Name: "hubspot.audit", URL: "https://api.hubapi.com", Takes: TakesToken, Needs: "the scope account-info.security.read, on the Enterprise plan",
	Lag: time.Hour, LookBack: time.Hour, Rate: Rate{100, time.Minute},
	first: func(q *query) request {
		return q.get("/account-info/v3/activity/audit-logs", "occurredAfter", rfc3339(q.from), "occurredBefore", rfc3339(q.to), "limit", "100")
	},
	items: "/results", next: byCursor("after", "/paging/next/after"),
}
