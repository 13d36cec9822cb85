package api

import (
	"net/http"
	"time"
)

func zendeskSign(h http.Header, user, token string) { basic(h, user+"/token", token) }

// zendeskAudit is the audit log of the account.
var zendeskAudit = Vendor{
	Name: "zendesk.audit", Hint: "https://acme.zendesk.com", Takes: TakesUser, Needs: "an administrator's API token, on the Enterprise plan",
	Lag: time.Hour, LookBack: time.Hour, Rate: Rate{60, time.Minute}, sign: zendeskSign,
	first: func(q *query) request {
		return q.get("/api/v2/audit_logs", "filter[created_at][]", rfc3339(q.from), "filter[created_at][]", rfc3339(q.to), "sort", "created_at", "page[size]", "100")
	},
	items: "/audit_logs", next: byURL("/links/next", "/meta/has_more"),
}

// zendeskTicketAudit is what happened to tickets. It cannot be asked for a time: a walk goes from the newest back to the window's beginning.
var zendeskTicketAudit = Vendor{
	Name: "zendesk.ticket_audit", Hint: "https://acme.zendesk.com", Takes: TakesUser, Needs: "an administrator's API token",
	Lag: time.Hour, LookBack: time.Hour, Rate: Rate{60, time.Minute}, sign: zendeskSign,
	first: func(q *query) request { return q.get("/api/v2/ticket_audits", "limit", "1000") },
	items: "/audits", next: byURL("/before_url", ""), outside: createdOutside,
}

// createdOutside judges a page of a walk from the newest record backwards: one whose records are all younger belongs to other windows, and one that ends
// before the window is the last.
func createdOutside(q *query, p *page) (skip, end bool) {
	oldest, err := time.Parse(time.RFC3339, p.last().Get("created_at").Str())
	if err != nil {
		return false, false
	}
	return !oldest.Before(q.to), oldest.Before(q.from)
}
