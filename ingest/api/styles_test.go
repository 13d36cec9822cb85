package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"
)

// styles are the vendors' ways, one each: TestEveryVendorHasAStyle says so.
func styles() []style {
	return []style{
		{vendor: &oktaSystem, ask: ranged("since", "until", "after"), answer: linked("after"),
			signed: func(h http.Header) string { return strings.TrimPrefix(h.Get("Authorization"), "SSWS ") }},
		{vendor: &githubAudit, end: true, answer: linked("after"), ask: func(r *http.Request, _ string) asked {
			from, to, _ := strings.Cut(strings.TrimPrefix(r.URL.Query().Get("phrase"), "created:"), "..")
			return asked{from: at(time.RFC3339, from), to: at(time.RFC3339, to), cursor: r.URL.Query().Get("after")}
		}},
		{vendor: &anthropicActivity, newest: true, ask: ranged("created_at.gte", "created_at.lt", "after_id"), answer: hasMore, promise: promised,
			signed: func(h http.Header) string { return h.Get("X-Api-Key") }},
		{vendor: &anthropicSession, newest: true, parts: []string{"local"}, answer: member("data", "next_page"), element: sessionElement, other: sessionOther, ids: sessionIDs,
			signed: func(h http.Header) string { return h.Get("X-Api-Key") }, ask: ranged("updated_at.gte", "", "page")},
		{vendor: &openaiAudit, newest: true, end: true, ask: ranged10("effective_at[gte]", "effective_at[lte]", "after"), answer: hasMore, promise: promised},
		{vendor: &openaiCompliance, account: "org-1", parts: []string{"AUTH_LOG"}, answer: files, element: fileElement, other: fileOther, ask: func(r *http.Request, _ string) asked {
			after, id, paged := strings.Cut(r.URL.Query().Get("after"), "~")
			if paged {
				return asked{cursor: "tok-" + id}
			}
			return asked{from: at(time.RFC3339, after)}
		}},
		{vendor: &googleReports, newest: true, parts: []string{"gmail", "drive"}, answer: member("items", "nextPageToken"), ask: func(r *http.Request, body string) asked {
			a := ranged("startTime", "endTime", "pageToken")(r, body)
			a.part = path.Base(r.URL.Path)
			return a
		}},
		{vendor: &gcpAudit, parts: []string{"projects/acme"}, answer: member("entries", "nextPageToken"), ask: func(_ *http.Request, body string) asked {
			var b struct{ Filter, PageToken string }
			_ = json.Unmarshal([]byte(body), &b) // an empty one asks for nothing
			_, rest, _ := strings.Cut(b.Filter, `timestamp>="`)
			from, rest, _ := strings.Cut(rest, `" AND timestamp<"`)
			return asked{from: at(time.RFC3339, from), to: at(time.RFC3339, strings.TrimSuffix(rest, `"`)), cursor: b.PageToken}
		}},
		{vendor: &m365Audit, account: "t-1", parts: []string{"Audit.General", "Audit.Exchange"}, answer: nextPageURI, element: blobElement, other: blobOther, ask: func(r *http.Request, _ string) asked {
			q := r.URL.Query()
			const layout = "2006-01-02T15:04:05"
			return asked{part: q.Get("contentType"), from: at(layout, q.Get("startTime")), to: at(layout, q.Get("endTime")), cursor: q.Get("nextPage")}
		}},
		{vendor: &salesforceEventlog, answer: records, element: eventFileElement, other: eventFileOther, ask: askSOQL, promise: recordsPromised},
		{vendor: &salesforceSetup, answer: records, ask: askSOQL, promise: recordsPromised},
		{vendor: &slackAudit, newest: true, end: true, ask: ranged10("oldest", "latest", "cursor"), answer: func(w http.ResponseWriter, r *http.Request, p reply) {
			fmt.Fprintf(w, `{"entries":%s,"response_metadata":{"next_cursor":%q}}`, p.body, p.next)
		}},
		{vendor: &stripeEvent, newest: true, ask: ranged10("created[gte]", "created[lt]", "starting_after"), answer: hasMore, promise: func(w http.ResponseWriter, _ *http.Request, _ []event) {
			fmt.Fprint(w, `{"data":[{"object":"event"}],"has_more":true}`)
		}},
		{vendor: &zendeskAudit, user: "dana@example.com", end: true, signed: zendeskSigned, promise: func(w http.ResponseWriter, _ *http.Request, list []event) {
			fmt.Fprintf(w, `{"audit_logs":%s,"meta":{"has_more":true},"links":{"next":null}}`, theList(list))
		}, answer: func(w http.ResponseWriter, r *http.Request, p reply) {
			if p.next == "" {
				fmt.Fprintf(w, `{"audit_logs":%s,"meta":{"has_more":false},"links":{"next":"https://elsewhere.example.com/"}}`, p.body)
				return
			}
			fmt.Fprintf(w, `{"audit_logs":%s,"meta":{"has_more":true},"links":{"next":%q}}`, p.body, withQuery(r, "page[after]", p.next))
		}, ask: func(r *http.Request, _ string) asked {
			q := r.URL.Query()
			times := q["filter[created_at][]"]
			return asked{from: at(time.RFC3339, times[0]), to: at(time.RFC3339, times[1]), cursor: q.Get("page[after]")}
		}},
		{vendor: &zendeskTicketAudit, user: "dana@example.com", newest: true, signed: zendeskSigned, ask: ranged("", "", "cursor"),
			answer: func(w http.ResponseWriter, r *http.Request, p reply) {
				before := "null"
				if p.next != "" {
					before = fmt.Sprintf("%q", withQuery(r, "cursor", p.next))
				}
				fmt.Fprintf(w, `{"audits":%s,"before_url":%s}`, p.body, before)
			}},
		{vendor: &langsmithRun, parts: []string{"p-1"}, answer: member("items", "next_cursor"), signed: func(h http.Header) string { return h.Get("X-Api-Key") }, ask: func(_ *http.Request, body string) asked {
			var b struct {
				From   string `json:"min_start_time"`
				To     string `json:"max_start_time"`
				Cursor string
			}
			_ = json.Unmarshal([]byte(body), &b) // an empty one asks for nothing
			return asked{from: at(time.RFC3339, b.From), to: at(time.RFC3339, b.To), cursor: b.Cursor}
		}},
		{vendor: &langfuseObservation, user: "pk-1", ask: ranged("fromStartTime", "toStartTime", "cursor"), signed: func(h http.Header) string {
			_, password, _ := (&http.Request{Header: h}).BasicAuth()
			return password
		}, answer: func(w http.ResponseWriter, _ *http.Request, p reply) {
			fmt.Fprintf(w, `{"data":%s,"meta":{"cursor":%q}}`, p.body, p.next)
		}},
		{vendor: &hubspotAudit, ask: ranged("occurredAfter", "occurredBefore", "after"), answer: func(w http.ResponseWriter, _ *http.Request, p reply) {
			if p.next == "" {
				fmt.Fprintf(w, `{"results":%s}`, p.body)
				return
			}
			fmt.Fprintf(w, `{"results":%s,"paging":{"next":{"after":%q}}}`, p.body, p.next)
		}},
		{vendor: &zoomOperations, account: "acc-1", answer: member("operation_logs", "next_page_token"), ask: func(r *http.Request, _ string) asked {
			q := r.URL.Query()
			return asked{from: at(time.DateOnly, q.Get("from")), to: at(time.DateOnly, q.Get("to")).AddDate(0, 0, 1), cursor: q.Get("next_page_token")}
		}},
	}
}

func theList(events []event) string { return (&mock{}).list(events) }

// linked names the next page in a Link header, among others.
func linked(cursor string) func(http.ResponseWriter, *http.Request, reply) {
	return func(w http.ResponseWriter, r *http.Request, p reply) {
		w.Header().Add("Link", fmt.Sprintf(`<http://%s/first>; rel="first"`, r.Host))
		if p.next != "" {
			w.Header().Add("Link", fmt.Sprintf(`<http://%s/prev>; rel="prev", <%s>; rel="next"`, r.Host, withQuery(r, cursor, p.next)))
		}
		fmt.Fprint(w, p.body)
	}
}

// member names the next page in a member: null at the end.
func member(items, cursor string) func(http.ResponseWriter, *http.Request, reply) {
	return func(w http.ResponseWriter, r *http.Request, p reply) {
		text := "null"
		if p.next != "" {
			text = fmt.Sprintf("%q", p.next)
		}
		fmt.Fprintf(w, `{%q:%s,%q:%s}`, items, p.body, cursor, text)
	}
}

// hasMore says that there is more and goes on behind the last id.
func hasMore(w http.ResponseWriter, _ *http.Request, p reply) {
	last := ""
	if len(p.list) > 0 {
		last = p.list[len(p.list)-1].id
	}
	if p.next == "tok-for-ever" {
		last = "e-for-ever"
	}
	fmt.Fprintf(w, `{"data":%s,"has_more":%t,"last_id":%q}`, p.body, p.next != "", last)
}

func promised(w http.ResponseWriter, _ *http.Request, list []event) {
	fmt.Fprintf(w, `{"data":%s,"has_more":true,"last_id":null}`, theList(list))
}

// Sessions: each has five messages, on three pages.

func sessionElement(_ *mock, e event) string {
	return fmt.Sprintf(`{"id":"s%s","updated_at":%q,"user":{"id":"user_1"}}`, e.id, e.at.Format(time.RFC3339))
}

func sessionIDs(e event) (ids []string) {
	for i := range 5 {
		ids = append(ids, fmt.Sprintf("%s-%d", e.id, i))
	}
	return ids
}

func sessionOther(m *mock, w http.ResponseWriter, r *http.Request) bool {
	session, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/v1/compliance/apps/sessions/local/s"), "/messages")
	if !ok {
		return false
	}
	n := 0
	_, _ = fmt.Sscan(r.URL.Query().Get("page"), &n) // absent: from the beginning
	ids := sessionIDs(event{id: session})
	var list []event
	for _, id := range ids[n:min(n+2, len(ids))] {
		list = append(list, event{id: id})
	}
	next := "null"
	if n+2 < len(ids) {
		next = fmt.Sprintf(`"%d"`, n+2)
	}
	fmt.Fprintf(w, `{"data":%s,"next_page":%s}`, theList(list), next)
	return true
}

// Files of lines.

func fileElement(_ *mock, e event) string {
	return fmt.Sprintf(`{"id":"f%s","end_time":%q}`, e.id, e.at.Format(time.RFC3339))
}

func files(w http.ResponseWriter, _ *http.Request, p reply) {
	end := ""
	if len(p.list) > 0 {
		e := p.list[len(p.list)-1]
		end = e.at.Format(time.RFC3339) + "~" + e.id
	}
	if p.next == "tok-for-ever" {
		end = "2026-11-01T10:00:00Z~for-ever"
	}
	fmt.Fprintf(w, `{"data":%s,"has_more":%t,"last_end_time":%q}`, p.body, p.next != "", end)
}

func fileOther(_ *mock, w http.ResponseWriter, r *http.Request) bool {
	id, ok := strings.CutPrefix(r.URL.Path, "/v1/compliance/organizations/org-1/logs/f")
	if ok {
		fmt.Fprintf(w, "{\"id\":%q}\n", id)
	}
	return ok
}

// Blobs.

func blobElement(m *mock, e event) string {
	return fmt.Sprintf(`{"contentUri":"%s/blob/%s","contentCreated":%q}`, m.URL, e.id, e.at.Format(time.RFC3339))
}

func nextPageURI(w http.ResponseWriter, r *http.Request, p reply) {
	if p.next != "" {
		w.Header().Set("NextPageUri", withQuery(r, "nextPage", p.next))
	}
	fmt.Fprint(w, p.body)
}

func blobOther(_ *mock, w http.ResponseWriter, r *http.Request) bool {
	id, blob := strings.CutPrefix(r.URL.Path, "/blob/")
	switch {
	case blob:
		fmt.Fprintf(w, `[{"id":%q}]`, id)
	case strings.HasSuffix(r.URL.Path, "/subscriptions/list"):
		fmt.Fprint(w, `[{"contentType":"Audit.General","status":"enabled"},{"contentType":"Audit.Exchange","status":"disabled"}]`)
	case strings.HasSuffix(r.URL.Path, "/subscriptions/start"):
		fmt.Fprint(w, `{"status":"enabled"}`)
	default:
		return false
	}
	return true
}

// Queries.

func askSOQL(r *http.Request, _ string) asked {
	q, cursor := r.URL.Query().Get("q"), ""
	if rest, ok := strings.CutPrefix(r.URL.Path, "/services/data/v62.0/query/"); ok {
		q, cursor, _ = strings.Cut(rest, "~")
	}
	_, rest, _ := strings.Cut(q, "CreatedDate >= ")
	from, rest, _ := strings.Cut(rest, " AND CreatedDate < ")
	to, _, _ := strings.Cut(rest, " ")
	return asked{from: at(time.RFC3339, from), to: at(time.RFC3339, to), cursor: cursor}
}

func records(w http.ResponseWriter, r *http.Request, p reply) {
	q := r.URL.Query().Get("q")
	if rest, ok := strings.CutPrefix(r.URL.Path, "/services/data/v62.0/query/"); ok {
		q, _, _ = strings.Cut(rest, "~")
	}
	if p.next == "" {
		fmt.Fprintf(w, `{"done":true,"records":%s}`, p.body)
		return
	}
	fmt.Fprintf(w, `{"done":false,"nextRecordsUrl":%q,"records":%s}`, "/services/data/v62.0/query/"+strings.ReplaceAll(q, " ", "%20")+"~"+p.next, p.body)
}

func recordsPromised(w http.ResponseWriter, _ *http.Request, _ []event) {
	fmt.Fprint(w, `{"done":false,"records":[{"Id":"x","CreatedDate":"2026-11-01T10:00:00Z","LogFileLength":9}]}`)
}

func eventFileElement(_ *mock, e event) string {
	return fmt.Sprintf(`{"Id":"f%s","CreatedDate":%q,"LogFileLength":%d.0}`, e.id, e.at.Format("2006-01-02T15:04:05.000-0700"), len(eventFile(e.id)))
}

func eventFile(id string) string {
	return fmt.Sprintf("\"EVENT_TYPE\",\"REQUEST\"\n\"x\",\"id\":%q\n", id)
}

func eventFileOther(_ *mock, w http.ResponseWriter, r *http.Request) bool {
	id, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/services/data/v62.0/sobjects/EventLogFile/f"), "/LogFile")
	if ok {
		fmt.Fprint(w, eventFile(id))
	}
	return ok
}

func zendeskSigned(h http.Header) string {
	user, password, _ := (&http.Request{Header: h}).BasicAuth()
	if user != "dana@example.com/token" {
		return "the user " + user
	}
	return password
}
