package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"agenttrail"
	"agenttrail/ingest"
	"agenttrail/internal/strictjson"
)

// m365Audit is the Management Activity API: subscriptions, then lists of blobs, then the blobs. Its windows go by when a blob became available.
var m365Audit = Vendor{
	Name: "m365.audit", URL: "https://manage.office.com", Takes: TakesSecret, Account: "ID of the tenant", Part: "a content type",
	Parts:    []string{"Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.General", "Audit.SharePoint"},
	Needs:    "the application permission ActivityFeed.Read (for DLP.All ActivityFeed.ReadDlp), consented by an administrator",
	LookBack: time.Hour, Sweep: 7 * 24 * time.Hour, Kept: 7 * 24 * time.Hour, Rate: Rate{500, time.Minute}, Span: 24 * time.Hour,
	grant: func(o *Options) grant {
		return grant{url: "https://login.microsoftonline.com/" + url.PathEscape(o.Account) + "/oauth2/v2.0/token", scopes: []string{o.url() + "/.default"}, style: oauth2.AuthStyleInParams}
	},
	begin: subscribe,
	first: func(q *query) request {
		const minute = "2006-01-02T15:04:05"
		return q.get(feed(q.account)+"/content", "contentType", q.part, "startTime", q.from.UTC().Format(minute), "endTime", q.to.UTC().Format(minute), "PublisherIdentifier", q.account)
	},
	next: byHeader("NextPageUri"),
	expand: func(_ context.Context, k *walk, _ *page, blob strictjson.Value, emit emit) error {
		address, created := blob.Get("contentUri").Str(), blob.Get("contentCreated").Str()
		at, err := time.Parse(time.RFC3339, created)
		if err != nil || address == "" {
			return fmt.Errorf("an element of the listing has no contentUri and contentCreated: %w", ingest.ErrRequest)
		}
		if err := k.stays(address); err != nil {
			return err
		}
		return emit(agenttrail.Object{URI: address, Version: created, Role: agenttrail.RoleLog, Size: -1, Time: agenttrail.Micros(at)})
	},
}

func feed(tenant string) string { return "/api/v1.0/" + url.PathEscape(tenant) + "/activity/feed" }

// subscribe starts the subscriptions that are not on: without one the vendor collects nothing.
func subscribe(ctx context.Context, s *Source) error {
	at := s.base.String() + feed(s.o.Account) + "/subscriptions/"
	publisher := "PublisherIdentifier=" + url.QueryEscape(s.o.Account)
	on := map[string]bool{}
	err := s.retrying(ctx, func() error {
		a, err := s.ask(ctx, request{http.MethodGet, at + "list?" + publisher, ""})
		if err != nil {
			return err
		}
		list, err := strictjson.Parse(a.body)
		if err != nil || list.Kind() != strictjson.Array {
			return noMember("list of subscriptions")
		}
		for v := range list.Each {
			on[v.Get("contentType").Str()] = v.Get("status").Str() == "enabled"
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("subscriptions: %w", err)
	}
	for _, kind := range s.o.parts() {
		if on[kind] {
			continue
		}
		err := s.retrying(ctx, func() error {
			_, err := s.ask(ctx, request{http.MethodPost, at + "start?contentType=" + url.QueryEscape(kind) + "&" + publisher, ""})
			return err
		})
		if err != nil {
			return fmt.Errorf("start the subscription %s: %w", kind, err)
		}
	}
	return nil
}
