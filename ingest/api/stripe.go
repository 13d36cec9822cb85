package api

import "time"

// stripeEvent is newest first.
var stripeEvent = Vendor{
	Name: "stripe.event", URL: "https://api.stripe.com", Takes: TakesToken, Needs: "a restricted key that may read events",
	Lag: 15 * time.Minute, LookBack: time.Hour, Kept: 30 * 24 * time.Hour, Rate: Rate{600, time.Minute},
	first: func(q *query) request {
		return q.get("/v1/events", "created[gte]", unix(q.from), "created[lt]", unix(q.to), "limit", "100")
	},
	items: "/data", next: byLast("starting_after", "/has_more", ""),
}
