package api

import (
	"net/url"
	"time"

	"golang.org/x/oauth2"
)

// zoomOperations has no ids and days for borders: each day is read once, after its lag, and nothing of a walk counts before its end.
var zoomOperations = Vendor{
	Name: "zoom.operations", URL: "https://api.zoom.us", Takes: TakesSecret, Account: "ID of the account", Needs: "the scope report:read:operation_logs:admin",
	Lag: time.Hour, Kept: 180 * 24 * time.Hour, Rate: Rate{30, time.Minute}, Days: true, whole: true,
	grant: func(o *Options) grant {
		return grant{url: "https://zoom.us/oauth/token", params: url.Values{"grant_type": {"account_credentials"}, "account_id": {o.Account}}, style: oauth2.AuthStyleInHeader}
	},
	first: func(q *query) request {
		return q.get("/v2/report/operationlogs", "from", q.from.UTC().Format(time.DateOnly), "to", q.to.Add(-time.Second).UTC().Format(time.DateOnly), "page_size", "300")
	},
	items: "/operation_logs", next: byCursor("next_page_token", "/next_page_token"),
}
