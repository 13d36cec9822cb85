package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

const googleToken = "https://oauth2.googleapis.com/token"

// googleReports is one walk for each application, newest first.
var googleReports = Vendor{
	Name: "google.reports", URL: "https://admin.googleapis.com", Takes: TakesServiceAccount | takesSubject, Part: "an application",
	Parts: []string{"access_evaluation", "admin", "admin_data_action", "calendar", "chat", "context_aware_access", "drive", "gemini_in_workspace_apps", "gemini_notebook", "gmail",
		"groups", "login", "meet", "rules", "saml", "takeout", "token", "user_accounts", "vault", "workspace_studio"},
	Needs: "domain-wide delegation of the scope admin.reports.audit.readonly, and a subject with the privilege Reports",
	Lag:   6 * time.Hour, LookBack: 3 * 24 * time.Hour, Sweep: 14 * 24 * time.Hour, Kept: 180 * 24 * time.Hour, Rate: Rate{120, time.Minute},
	grant: func(*Options) grant {
		return grant{url: googleToken, scopes: []string{"https://www.googleapis.com/auth/admin.reports.audit.readonly"}}
	},
	first: func(q *query) request {
		return q.get("/admin/reports/v1/activity/users/all/applications/"+url.PathEscape(q.part), "startTime", rfc3339(q.from), "endTime", rfc3339(q.to), "maxResults", "1000")
	},
	items: "/items", sparse: true, next: byCursor("pageToken", "/nextPageToken"),
}

// gcpAudit is the audit logs of projects, folders or organisations. A page may be empty and still name a next one.
var gcpAudit = Vendor{
	Name: "gcp.audit", URL: "https://logging.googleapis.com", Takes: TakesServiceAccount, Part: "a resource, like projects/acme-prod or organizations/123", joined: true,
	Needs: "the roles Logs Viewer and Private Logs Viewer on the resources",
	Lag:   time.Hour, LookBack: time.Hour, Kept: 30 * 24 * time.Hour, Rate: Rate{50, time.Minute}, Span: time.Hour,
	grant: func(*Options) grant {
		return grant{url: googleToken, scopes: []string{"https://www.googleapis.com/auth/logging.read"}}
	},
	first: func(q *query) request {
		return q.post("/v2/entries:list", map[string]any{
			"resourceNames": q.parts, "orderBy": "timestamp asc", "pageSize": 1000,
			"filter": `logName:"cloudaudit.googleapis.com" AND timestamp>="` + rfc3339(q.from) + `" AND timestamp<"` + rfc3339(q.to) + `"`,
		})
	},
	items: "/entries", sparse: true, next: byBody("pageToken", "/nextPageToken"),
}

// post is a request whose query stands in a body of JSON.
func (q *query) post(path string, body map[string]any) request {
	text, err := json.Marshal(body)
	if err != nil {
		panic("BUG: body of a request: " + err.Error())
	}
	return request{http.MethodPost, q.root + path, string(text)}
}
