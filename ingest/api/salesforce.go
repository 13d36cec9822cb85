package api

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"agenttrail"
	"agenttrail/ingest"
	"agenttrail/internal/strictjson"
)

const salesforceData = "/services/data/v62.0"

// salesforceEventlog is files of CSV: a query lists them, then each is fetched. Daily and hourly files overlap: one kind is read.
var salesforceEventlog = Vendor{
	Name: "salesforce.eventlog", Hint: "https://acme.my.salesforce.com", Takes: TakesSecret | TakesKey | takesSubject, Part: "Daily or Hourly", Parts: []string{"Daily"},
	Needs: "the permissions View Event Log Files and API Enabled",
	Lag:   24 * time.Hour, LookBack: 3 * 24 * time.Hour, Kept: 30 * 24 * time.Hour, Rate: Rate{60, time.Minute},
	grant: salesforceGrant,
	first: func(q *query) request {
		return soql(q, "SELECT Id,EventType,LogDate,Interval,Sequence,LogFileLength,LogFileFieldNames,LogFileFieldTypes,CreatedDate FROM EventLogFile",
			" AND Interval = '"+strings.ReplaceAll(q.part, "'", "")+"'")
	},
	items: "/records", next: byRecords,
	expand: func(_ context.Context, k *walk, _ *page, file strictjson.Value, emit emit) error {
		id, created := file.Get("Id").Str(), file.Get("CreatedDate").Str()
		at, err := salesforceTime(created)
		size, numeric := strconv.ParseFloat(file.Get("LogFileLength").Str(), 64) // a number with a decimal point, like 1024.0
		if id == "" || err != nil || numeric != nil || size < 0 || size != math.Trunc(size) {
			return fmt.Errorf("a file of the listing lacks Id, CreatedDate or LogFileLength: %w", ingest.ErrRequest)
		}
		return emit(agenttrail.Object{URI: k.root + salesforceData + "/sobjects/EventLogFile/" + url.PathEscape(id) + "/LogFile", Version: created, Role: agenttrail.RoleLog,
			Size: int64(size), Time: agenttrail.Micros(at)})
	},
}

// salesforceSetup is the audit trail of the setup pages.
var salesforceSetup = Vendor{
	Name: "salesforce.setup", Hint: "https://acme.my.salesforce.com", Takes: TakesSecret | TakesKey | takesSubject, Needs: "the permissions View Setup and Configuration and API Enabled",
	Lag: time.Hour, LookBack: time.Hour, Kept: 180 * 24 * time.Hour, Rate: Rate{60, time.Minute},
	grant: salesforceGrant,
	first: func(q *query) request {
		return soql(q, "SELECT Id,Action,Section,Display,CreatedDate,CreatedById,CreatedBy.Name,CreatedBy.Username,CreatedBy.Email,DelegateUser,ResponsibleNamespacePrefix FROM SetupAuditTrail", "")
	},
	items: "/records", next: byRecords,
}

// salesforceGrant: a secret is given to the customer's own domain; a key signs for a user, and the login server is the audience.
func salesforceGrant(o *Options) grant {
	return grant{url: o.url() + "/services/oauth2/token", style: oauth2.AuthStyleInParams, audience: "https://login.salesforce.com", bearer: true}
}

func soql(q *query, from, more string) request {
	return q.get(salesforceData+"/query", "q", from+" WHERE CreatedDate >= "+rfc3339(q.from)+" AND CreatedDate < "+rfc3339(q.to)+more+" ORDER BY CreatedDate,Id")
}

// byRecords: done says whether there is more.
func byRecords(r request, p *page) (*request, error) {
	done, said := p.root.Get("done").Bool()
	next := p.root.Get("nextRecordsUrl").Str()
	switch {
	case !said:
		return nil, noMember("done")
	case done:
		return nil, nil
	case next == "":
		return nil, errMissing("nextRecordsUrl")
	}
	return follow(r, next)
}

// salesforceTime reads 2026-11-02T10:22:33.000+0000.
func salesforceTime(text string) (time.Time, error) {
	t, err := time.Parse("2006-01-02T15:04:05.999-0700", text)
	if err != nil {
		t, err = time.Parse(time.RFC3339, text)
	}
	return t, err
}
