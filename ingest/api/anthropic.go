package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"agenttrail/internal/strictjson"
)

var anthropicHeader = http.Header{"Anthropic-Version": {"2023-06-01"}}

// anthropicActivity is the feed of the Compliance API: newest first, so that after_id leads to older records.
var anthropicActivity = Vendor{
	Name: "anthropic.activity", URL: "https://api.anthropic.com", Takes: TakesToken, Needs: "the scope read:compliance_activities, and the Compliance API switched on",
	Lag: 10 * time.Minute, LookBack: 15 * time.Minute, Kept: 6 * 365 * 24 * time.Hour, Rate: Rate{300, time.Minute},
	header: anthropicHeader, sign: apiKey("X-Api-Key"),
	first: func(q *query) request {
		return q.get("/v1/compliance/activities", "created_at.gte", rfc3339(q.from), "created_at.lt", rfc3339(q.to), "limit", "5000")
	},
	items: "/data", next: byLast("after_id", "/has_more", "/last_id"),
}

// anthropicSession is two stages: the sessions that changed in the window, then the messages of each. A session that changes again belongs to the later
// window, which reads it whole.
var anthropicSession = Vendor{
	Name: "anthropic.session", URL: "https://api.anthropic.com", Takes: TakesToken, Part: "local or remote", Parts: []string{"local", "remote"},
	Needs: "the scope read:compliance_user_data",
	Lag:   time.Hour, LookBack: 15 * time.Minute, Kept: 6 * 365 * 24 * time.Hour, Rate: Rate{300, time.Minute},
	header: anthropicHeader, sign: apiKey("X-Api-Key"),
	first: func(q *query) request {
		return q.get("/v1/compliance/apps/sessions/"+url.PathEscape(q.part), "updated_at.gte", rfc3339(q.from), "limit", "500")
	},
	items: "/data", next: byCursor("page", "/next_page"),
	expand: func(ctx context.Context, k *walk, _ *page, session strictjson.Value, emit emit) error {
		updated, err := time.Parse(time.RFC3339, session.Get("updated_at").Str())
		if err == nil && !updated.Before(k.to) {
			return nil
		}
		messages := k.get("/v1/compliance/apps/sessions/"+url.PathEscape(k.part)+"/"+url.PathEscape(session.Get("id").Str())+"/messages", "limit", "1000", "tool_use_input_max_bytes", "-1")
		return k.pages(ctx, messages, &sessionMessages, session.Raw(), emit)
	},
}

var sessionMessages = Vendor{items: "/data", next: byCursor("page", "/next_page")}
