package normalize

import (
	"strconv"
	"strings"

	"agenttrail"
)

// eventlogFields are the facts that salesforce.eventlog may set.
var eventlogFields = []string{
	"@timestamp", "event.action", "event.reason", "event.dataset", "event.duration", "error.code", "error.message",
	"user.id", "user.name", "user.effective.id", "user.effective.name", "organization.id", "source.ip", "source.address", "user_agent.original",
	"trace.id", "url.full", "file.name",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.name", "agenttrail.actor.basis",
	"agenttrail.credential.type", "agenttrail.credential.id", "agenttrail.credential.owner.type", "agenttrail.credential.owner.id",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.name", "agenttrail.resource.count",
	"agenttrail.outcome", "agenttrail.session.id", "agenttrail.correlation",
}

var eventlogFormat = format{
	name: "salesforce.eventlog", version: "1.0.0", fields: eventlogFields,
	tells: TellsPerson,
	plan:  "Event Monitoring (an add-on, or part of Shield); without it a few types of files only, of one day",
	keeps: "1 to 30 days, by licence",
	read: func(Options) func(*reading, *window) error {
		return func(r *reading, w *window) error { return r.csv(w, []string{"EVENT_TYPE", "TIMESTAMP"}, mapEventLog) }
	},
}

// mapEventLog reads a row of an EventLogFile. A row has no id: it is known by its file, its place there and its bytes.
func mapEventLog(r *reading, in row) {
	kind := in.cell("EVENT_TYPE")
	if strings.HasPrefix(kind, "Lightning") {
		r.skip(SkipPageView)
		return
	}
	name := "TIMESTAMP"
	if in.cell("TIMESTAMP_DERIVED") != "" {
		name = "TIMESTAMP_DERIVED"
	}
	when, ok := r.when(name, in.cell(name), zoned, digitsUTC)
	if !ok {
		return
	}
	a := r.action()
	a.Time, a.Event.Dataset = when, "salesforce.eventlog"
	method := first(in.cell("METHOD_NAME"), in.cell("METHOD"), in.cell("HTTP_METHOD"), in.cell("OPERATION_TYPE"), in.cell("TRANSACTION_TYPE"))
	a.Event.Action = kind
	if method != "" {
		a.Event.Action = kind + " " + method
	}
	a.Verb = eventlogVerb(kind, method, in.cell("URI"))
	eventlogWho(a, in)
	eventlogWhat(a, in)
	eventlogOutcome(a, in)
	a.Session = in.cell("SESSION_KEY")
	a.Trace.ID = hexID(in.cell("REQUEST_ID"), 32) // a caller may hand its trace id over as the request's id
	a.Correlation = r.list(in.cell("REQUEST_ID"), in.cell("LOGIN_KEY"), in.cell("CONNECTED_APP_NAME"))
}

// eventlogWho: the licence of a user does not tell whether a person or a program uses it. Who logs in as somebody else is a person, and acts with the
// other's privileges.
func eventlogWho(a *agenttrail.Action, in row) {
	a.User.ID, a.User.Name = first(in.cell("USER_ID_DERIVED"), in.cell("USER_ID")), in.cell("USER_NAME")
	a.Organization.ID = in.cell("ORGANIZATION_ID")
	a.Credential.ID = first(in.cell("CONNECTED_APP_ID"), in.cell("CONNECTED_APP_NAME"))
	if a.Credential.ID != "" {
		a.Credential.Type, a.Credential.OwnerID = "oauth_token", a.User.ID
	}
	switch delegate := first(in.cell("DELEGATED_USER_ID_DERIVED"), in.cell("DELEGATED_USER_ID"), in.cell("DELEGATED_USER_NAME")); {
	case delegate != "":
		a.User.Effective.ID, a.User.Effective.Name = a.User.ID, a.User.Name
		a.User.ID, a.User.Name = delegate, in.cell("DELEGATED_USER_NAME")
		a.Actor.Type, a.Actor.Basis = agenttrail.ActorHuman, agenttrail.BasisNative
	case in.cell("USER_TYPE") == "AutomatedProcess" || in.cell("USER_TYPE") == "A":
		a.Actor.Type, a.Actor.Basis = agenttrail.ActorSystem, agenttrail.BasisNative
	case in.cell("USER_TYPE") == "CloudIntegrationUser":
		a.Actor.Type, a.Actor.Basis = agenttrail.ActorService, agenttrail.BasisNative
		if a.Credential.ID != "" {
			a.Credential.OwnerType = "service"
		}
	}
	a.Actor.ID, a.Actor.Name = a.User.ID, a.User.Name
	setAddress(a, first(in.cell("CLIENT_IP"), in.cell("SOURCE_IP")))
	a.UserAgent = first(in.cell("USER_AGENT"), in.cell("BROWSER_TYPE"))
}

func eventlogWhat(a *agenttrail.Action, in row) {
	a.Resource.System = "salesforce"
	a.Resource.Type = first(in.cell("ENTITY_NAME"), in.cell("ENTITY_TYPE"), in.cell("API_RESOURCE"))
	a.Resource.ID = first(in.cell("ENTITY_ID"), in.cell("REPORT_ID_DERIVED"), in.cell("REPORT_ID"), in.cell("DOCUMENT_ID_DERIVED"), in.cell("DOCUMENT_ID"), in.cell("JOB_ID"))
	if a.Resource.Name = in.cell("PERMISSION_NAME"); a.Verb == agenttrail.VerbConnect {
		a.Resource.Type, a.Resource.Name = "connected_app", in.cell("CONNECTED_APP_NAME")
	}
	if a.File.Name = in.cell("FILE_NAME"); a.File.Name != "" {
		a.Resource.Type, a.Resource.Name = "file", a.File.Name
	}
	if n, err := strconv.ParseInt(in.cell("ROWS_PROCESSED"), 10, 64); err == nil && n >= 0 {
		a.Resource.Count = agenttrail.Num(n)
	}
	if ms, err := strconv.ParseInt(in.cell("RUN_TIME"), 10, 64); err == nil && ms >= 0 && ms < int64(1<<63-1)/1e6 {
		a.Event.Duration = agenttrail.Num(ms * 1e6)
	}
	a.URL = in.cell("URI")
}

// eventlogOutcome goes by what the type of row states: the login's result, the HTTP status, success as 1 or 0, the state of the request.
func eventlogOutcome(a *agenttrail.Action, in row) {
	a.Error.Message = in.cell("EXCEPTION_MESSAGE")
	login, status, state := in.cell("LOGIN_STATUS"), in.cell("STATUS_CODE"), in.cell("REQUEST_STATUS")
	switch {
	case login == "LOGIN_NO_ERROR":
		a.Outcome = agenttrail.Success
	case strings.HasPrefix(login, "LOGIN_ERROR_RESTRICTED"):
		a.Outcome, a.Error.Code = agenttrail.Denied, login
	case login != "":
		a.Outcome, a.Error.Code = agenttrail.Failure, login
	case deniedType(status) || state == "A":
		a.Outcome, a.Error.Code = agenttrail.Denied, status
	case len(status) == 3 && status[0] >= '4' || state == "F" || state == "N" || in.cell("SUCCESS") == "0" || a.Error.Message != "":
		a.Outcome, a.Error.Code = agenttrail.Failure, status
	case len(status) == 3 && status[0] == '2' || state == "S" || in.cell("SUCCESS") == "1":
		a.Outcome = agenttrail.Success
	}
	a.Event.Reason = first(a.Error.Message, a.Error.Code)
	if a.Event.Reason == "" && a.Outcome != agenttrail.Success {
		a.Event.Reason = state
	}
}

// eventlogVerb goes by the type of the row, for the interfaces by the method too.
func eventlogVerb(kind, method, uri string) string {
	switch kind {
	case "RestApi", "ApiTotalUsage", "API", "BulkApi", "BulkApi2", "ContentTransfer":
		verb := eventlogMethods.verb(strings.ToLower(method))
		if verb == agenttrail.VerbRead && (strings.Contains(uri, "/query") || strings.Contains(uri, "/search")) {
			return agenttrail.VerbSearch
		}
		return verb
	}
	return eventlogKinds.verb(kind)
}

var eventlogKinds = verbTable{
	names: map[string]string{
		"Login": agenttrail.VerbAuthenticate, "LoginAs": agenttrail.VerbDelegate, "BulkApiResultEventStore": agenttrail.VerbExport,
		"BulkApiResult": agenttrail.VerbExport, "ReportExport": agenttrail.VerbExport, "Report": agenttrail.VerbSearch, "URI": agenttrail.VerbRead,
		"Search": agenttrail.VerbSearch, "ApexExecution": agenttrail.VerbExecute, "PermissionUpdate": agenttrail.VerbGrant,
		"DocumentAttachmentDownloads": agenttrail.VerbExport, "ContentDistribution": agenttrail.VerbShare,
	},
	prefixes: []affix{{"ConnectedApp", agenttrail.VerbConnect}},
}

// eventlogMethods: methods of HTTP and SOAP, operations of bulk jobs, transfers of content.
var eventlogMethods = verbTable{
	names: map[string]string{
		"get": agenttrail.VerbRead, "head": agenttrail.VerbRead, "post": agenttrail.VerbCreate, "put": agenttrail.VerbUpdate, "patch": agenttrail.VerbUpdate,
		"insert": agenttrail.VerbCreate, "upsert": agenttrail.VerbUpdate, "merge": agenttrail.VerbUpdate, "undelete": agenttrail.VerbUpdate,
		"retrieve": agenttrail.VerbRead, "versiondownloadaction": agenttrail.VerbExport, "versiondownloadapi": agenttrail.VerbExport,
		"versionviewaction": agenttrail.VerbRead, "login": agenttrail.VerbAuthenticate,
	},
	prefixes: []affix{
		{"query", agenttrail.VerbSearch}, {"search", agenttrail.VerbSearch}, {"describe", agenttrail.VerbRead}, {"get", agenttrail.VerbRead},
		{"create", agenttrail.VerbCreate}, {"update", agenttrail.VerbUpdate}, {"delete", agenttrail.VerbDelete}, {"hard", agenttrail.VerbDelete},
		{"empty", agenttrail.VerbDelete}, {"versionupdate", agenttrail.VerbUpdate}, {"versionupload", agenttrail.VerbCreate}, {"send", agenttrail.VerbSend},
	},
}
