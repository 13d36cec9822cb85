package api

import "time"

// langsmithRun is the runs of projects. Without selects the vendor answers with ids alone.
var langsmithRun = Vendor{
	Name: "langsmith.run", URL: "https://api.smith.langchain.com", Takes: TakesToken, Part: "the ID of a project", joined: true, Needs: "an API key that may read the projects",
	Lag: time.Hour, LookBack: time.Hour, Rate: Rate{60, time.Minute}, Span: time.Hour, sign: apiKey("X-Api-Key"),
	first: func(q *query) request {
		return q.post("/api/v2/runs/query", map[string]any{
			"project_ids": q.parts, "min_start_time": rfc3339(q.from), "max_start_time": rfc3339(q.to), "page_size": 100,
			"selects": []string{"id", "trace_id", "parent_run_ids", "dotted_order", "name", "run_type", "status", "start_time", "end_time", "error", "inputs", "outputs", "metadata",
				"tags", "thread_id", "project_id", "ls_user_id"},
		})
	},
	items: "/items", next: byBody("cursor", "/next_cursor"),
}
