package api

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/ingest"
	"agenttrail/internal/strictjson"
)

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// openaiAudit is the audit log of an API organisation: newest first, whole seconds, so that the end is asked for too.
var openaiAudit = Vendor{
	Name: "openai.audit", URL: "https://api.openai.com", Takes: TakesToken, Needs: "an admin key, and audit logs switched on in the organisation's settings",
	Lag: 15 * time.Minute, LookBack: time.Hour, Rate: Rate{60, time.Minute},
	first: func(q *query) request {
		return q.get("/v1/organization/audit_logs", "effective_at[gte]", unix(q.from), "effective_at[lte]", unix(q.to), "limit", "100")
	},
	items: "/data", next: byLast("after", "/has_more", "/last_id"),
}

// openaiCompliance is files of lines that never change: a list of each kind, then the files. A list has a beginning and no end, so a walk ends behind
// the window.
var openaiCompliance = Vendor{
	Name: "openai.compliance", URL: "https://api.chatgpt.com", Takes: TakesToken, Account: "ID of the workspace or organisation (org-…)",
	Part: "an event type", Parts: []string{"AUTH_LOG", "CODEX_LOG", "CODEX_SECURITY_LOG"}, Needs: "a compliance key that OpenAI granted for this workspace",
	Lag: time.Hour, LookBack: 24 * time.Hour, Kept: 30 * 24 * time.Hour, Rate: Rate{60, time.Minute},
	first: func(q *query) request {
		return q.get(compliancePath(q)+"/logs", "event_type", q.part, "after", rfc3339(q.from), "limit", "100")
	},
	items: "/data", next: byLast("after", "/has_more", "/last_end_time"), outside: complianceOutside,
	expand: func(_ context.Context, k *walk, _ *page, file strictjson.Value, emit emit) error {
		id := file.Get("id").Str()
		if id == "" {
			return fmt.Errorf("a file of the listing has no id: %w", ingest.ErrRequest)
		}
		end, err := fileEnd(file)
		if err != nil {
			return err
		}
		if !end.IsZero() && !end.Before(k.to) {
			return nil // of a later window
		}
		o := agenttrail.Object{URI: k.root + compliancePath(&k.query) + "/logs/" + url.PathEscape(id), Version: "1", Role: agenttrail.RoleLog, Size: -1, Time: agenttrail.Micros(end)}
		if end.IsZero() {
			o.Time = k.to
		}
		return emit(o)
	},
}

// fileEnd is the time up to which a file goes; zero: the listing does not say.
func fileEnd(file strictjson.Value) (time.Time, error) {
	text := file.Get("end_time").Str()
	if text == "" {
		return time.Time{}, nil
	}
	end, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return end, fmt.Errorf("end_time of a file: %w", errors.Join(ingest.ErrRequest, err))
	}
	return end, nil
}

// complianceOutside ends a walk at the page that goes beyond the window; its files before the end are still taken.
func complianceOutside(q *query, p *page) (skip, end bool) {
	last, err := time.Parse(time.RFC3339, p.root.Get("last_end_time").Str())
	return false, err == nil && !last.Before(q.to)
}

func compliancePath(q *query) string {
	kind := "workspaces"
	if strings.HasPrefix(q.account, "org-") {
		kind = "organizations"
	}
	return "/v1/compliance/" + kind + "/" + url.PathEscape(q.account)
}
