package api

import "time"

// langfuseObservation is the observations of one project: the keys say of which.
var langfuseObservation = Vendor{
	Name: "langfuse.observation", URL: "https://cloud.langfuse.com", Takes: TakesUser, Needs: "the public key of the project as user, its secret key as token",
	Lag: time.Hour, LookBack: time.Hour, Rate: Rate{30, time.Minute}, Span: time.Hour, sign: basic,
	first: func(q *query) request {
		return q.get("/api/public/v2/observations", "fields", "core,basic,time,io,metadata,model,usage,prompt,trace_context",
			"fromStartTime", rfc3339(q.from), "toStartTime", rfc3339(q.to), "limit", "1000")
	},
	items: "/data", next: byCursor("cursor", "/meta/cursor"),
}
