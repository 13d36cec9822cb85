package normalize

import (
	"fmt"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// snowflakeFields are the facts that snowflake.query may set.
var snowflakeFields = []string{
	"@timestamp", "event.id", "event.action", "event.reason", "event.dataset", "event.start", "event.end", "event.duration", "error.code", "error.message",
	"user.id", "user.roles", "trace.id", "gen_ai.agent.id", "gen_ai.conversation.id",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.basis",
	"agenttrail.on_behalf_of.id", "agenttrail.on_behalf_of.type", "agenttrail.delegation",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.count",
	"agenttrail.outcome", "agenttrail.session.id", "agenttrail.correlation",
}

var snowflakeFormat = format{
	name: "snowflake.query", version: "1.0.0", fields: snowflakeFields,
	tells: TellsAgent | TellsPerson,
	plan:  "every edition; which columns a query read (ACCESS_HISTORY) needs Enterprise and is not in it",
	keeps: "365 days in ACCOUNT_USAGE",
	read: func(Options) func(*reading, *window) error {
		return func(r *reading, w *window) error { return (&snowflake{r: r, columns: map[string]int{}}).read(w) }
	},
}

// A snowflake reads rows of QUERY_HISTORY: objects, as a task unloads them, or lists under the column names that a page of the SQL API states in front.
type snowflake struct {
	r       *reading
	meta    []byte         // resultSetMetaData: the context of rows that are lists
	columns map[string]int // by the names in it
	row     strictjson.Value
	cells   []strictjson.Value // of a row that is a list
}

func (s *snowflake) read(w *window) error {
	c, err := w.nextAfterMark()
	if err != nil {
		return err
	}
	if c == '{' {
		if _, err := w.atLeast(256); err != nil {
			return err
		}
		if strings.HasPrefix(strings.TrimLeft(alias(w.rest()[1:]), " \t\r\n"), `"resultSetMetaData"`) { // the vendor writes it first
			return s.page(w)
		}
	}
	return s.r.pages(w, func(_ *reading, v strictjson.Value) {
		s.row = v
		s.mapRow()
	}, "data")
}

// page reads an answer of the SQL API.
func (s *snowflake) page(w *window) error {
	err := w.members([]string{"resultSetMetaData", "data"}, func(name string) error {
		if name == "data" {
			return w.elements(maxRecord, s.list)
		}
		offset, raw, err := w.value(maxRecord)
		if err != nil {
			return err
		}
		return s.header(offset, raw)
	})
	if err != nil {
		return err
	}
	return w.end()
}

func (s *snowflake) header(offset int64, raw []byte) error {
	s.meta = append([]byte(nil), raw...)
	v, err := strictjson.Parse(s.meta)
	if err != nil {
		return placed(offset, err)
	}
	v.Get("rowType").Each(func(column strictjson.Value) bool {
		s.columns[strings.ToUpper(column.Get("name").Str())] = len(s.columns)
		return true
	})
	return nil
}

// list reads a row that is a list. What else stands there is rejected: nothing says where its values belong.
func (s *snowflake) list(p piece) error {
	r := s.r
	r.begin(p, r.context(s.meta))
	v, err := r.parser.Parse(p.raw)
	if err != nil {
		if err := wellFormed(p.offset, p.raw); err != nil {
			return err
		}
	}
	s.cells = s.cells[:0]
	v.Each(func(cell strictjson.Value) bool { s.cells = append(s.cells, cell); return true })
	switch {
	case err != nil:
		r.reject(syntaxReason(err), err.Error())
	case v.Kind() != strictjson.Array:
		r.reject(RejectNoObject, "the row is no list")
	case len(s.cells) != len(s.columns) || len(s.columns) == 0:
		r.reject(RejectColumns, fmt.Sprintf("%d values under %d columns; rowType of resultSetMetaData has to stand in front of them", len(s.cells), len(s.columns)))
	default:
		r.try(s.mapRow)
		r.flagAmbiguous()
	}
	s.cells = s.cells[:0]
	return r.end()
}

// get is the value of a column. Names are in upper case; some exports write them in lower.
func (s *snowflake) get(name string) strictjson.Value {
	if len(s.cells) == 0 {
		return firstValue(s.row.Get(name), s.row.Get(strings.ToLower(name)))
	}
	if i, ok := s.columns[name]; ok {
		return s.cells[i]
	}
	return strictjson.Value{}
}

// mapRow maps the row at hand.
func (s *snowflake) mapRow() {
	a := s.r.open("snowflake.query", "QUERY_ID", s.get("QUERY_ID"), "START_TIME", s.get("START_TIME"), zoned, blankZone, sqlSeconds)
	if a == nil {
		return
	}
	a.Event.Start, a.Event.Action = a.Time, s.get("QUERY_TYPE").Str()
	for _, spelling := range []spelling{zoned, blankZone, sqlSeconds} {
		if end, ok := spelling.parse(s.get("END_TIME").Str()); ok && !end.Before(a.Time) {
			a.Event.End, a.Event.Duration = end, agenttrail.Num(end.Sub(a.Time).Nanoseconds())
			break
		}
	}
	s.setWho(a)
	a.Verb = snowflakeVerbs.verb(a.Event.Action)
	a.Resource.System, a.Resource.Type, a.Resource.ID = "snowflake", "query", s.get("DATABASE_NAME").Str()
	if schema := s.get("SCHEMA_NAME").Str(); schema != "" {
		a.Resource.ID += "." + schema
	}
	a.Resource.Count = number(firstValue(s.get("ROWS_PRODUCED"), s.get("ROWS_INSERTED")))
	s.setOutcome(a)
}

// setWho: the type of a user says person or service. An agent says in the query tag who it is.
func (s *snowflake) setWho(a *agenttrail.Action) {
	a.User.ID, a.Session = s.get("USER_NAME").Str(), s.get("SESSION_ID").Str()
	a.User.Roles = s.r.list(s.get("ROLE_NAME").Str())
	a.Actor = agenttrail.Actor{ID: a.User.ID, Basis: agenttrail.BasisNative}
	text := s.get("QUERY_TAG").Str()
	tag := strictjson.Value{}
	if strings.HasPrefix(text, "{") {
		tag = s.r.nestedText(text)
	}
	a.GenAI.AgentID = tag.Get("agent_id").Str()
	switch kind := s.get("USER_TYPE").Str(); {
	case a.GenAI.AgentID != "":
		a.Actor.Type, a.Actor.Basis, a.Actor.ID = agenttrail.ActorAgent, agenttrail.BasisDeclared, a.GenAI.AgentID
		serve(s.r, a, tag.Get("user_email").Str(), "")
	case kind == "PERSON":
		a.Actor.Type = agenttrail.ActorHuman
	case kind == "SERVICE" || kind == "LEGACY_SERVICE" || kind == "SNOWFLAKE_SERVICE":
		a.Actor.Type = agenttrail.ActorService
	case a.User.ID == "SYSTEM":
		a.Actor.Type = agenttrail.ActorSystem
	default:
		a.Actor.Basis = ""
	}
	a.GenAI.Conversation = tag.Get("session_id").Str()
	a.Trace.ID = hexID(tag.Get("trace_id").Str(), 32)
	a.Correlation = s.r.list(a.GenAI.Conversation, tag.Get("tool_call_id").Str(), tag.Get("request_id").Str())
	if !tag.Exists() && text != "" {
		a.Correlation = s.r.list(text)
	}
}

func (s *snowflake) setOutcome(a *agenttrail.Action) {
	a.Error.Code, a.Error.Message = strings.TrimLeft(s.get("ERROR_CODE").Str(), "0"), s.get("ERROR_MESSAGE").Str()
	a.Event.Reason = first(a.Error.Message, a.Error.Code)
	switch status := strings.ToUpper(s.get("EXECUTION_STATUS").Str()); {
	case a.Error.Code == "3001": // insufficient privileges
		a.Outcome = agenttrail.Denied
	case strings.HasPrefix(status, "FAIL") || status == "INCIDENT" || a.Error.Code != "":
		a.Outcome = agenttrail.Failure
	case status == "SUCCESS":
		a.Outcome = agenttrail.Success
	case status == "RUNNING" || status == "QUEUED":
		a.Outcome = agenttrail.Pending
	}
}

// Spellings of this vendor: a blank before time and zone, and seconds with the zone's minutes behind a blank.
var (
	blankZone  = spelling{"YYYY-MM-DD hh:mm:ss with a zone like +0000", inLayout("2006-01-02 15:04:05 Z0700")}
	sqlSeconds = spelling{"seconds since 1970, with or without minutes of the zone", func(text string) (time.Time, bool) {
		seconds, zone, _ := strings.Cut(text, " ")
		if strings.Trim(zone, "0123456789") != "" {
			return time.Time{}, false
		}
		return parseUnix(seconds, 1e9)
	}}
)

var snowflakeVerbs = verbTable{
	names: map[string]string{
		"SELECT": agenttrail.VerbSearch, "INSERT": agenttrail.VerbCreate, "MULTI_TABLE_INSERT": agenttrail.VerbCreate, "UPDATE": agenttrail.VerbUpdate, "MERGE": agenttrail.VerbUpdate,
		"DELETE": agenttrail.VerbDelete, "UNLOAD": agenttrail.VerbExport, "GET_FILES": agenttrail.VerbExport, "COPY": agenttrail.VerbCreate, "PUT_FILES": agenttrail.VerbCreate, "REMOVE_FILES": agenttrail.VerbDelete,
		"CALL": agenttrail.VerbExecute, "EXECUTE_TASK": agenttrail.VerbExecute, "GRANT": agenttrail.VerbGrant, "REVOKE": agenttrail.VerbRevoke, "DESCRIBE": agenttrail.VerbRead, "SHOW": agenttrail.VerbRead,
		"LIST_FILES": agenttrail.VerbRead, "CREATE_SHARE": agenttrail.VerbShare, "ALTER_SHARE": agenttrail.VerbShare, "CREATE_USER": agenttrail.VerbGrant, "DROP_USER": agenttrail.VerbRevoke,
		"CREATE_ROLE": agenttrail.VerbGrant, "DROP_ROLE": agenttrail.VerbRevoke, "ALTER_TABLE": agenttrail.VerbUpdate,
	},
	prefixes: []affix{
		{"TRUNCATE", agenttrail.VerbDelete}, {"DROP", agenttrail.VerbDelete}, {"CREATE", agenttrail.VerbCreate}, {"ALTER", agenttrail.VerbConfigure}, {"SET", agenttrail.VerbConfigure},
		{"GRANT", agenttrail.VerbGrant}, {"REVOKE", agenttrail.VerbRevoke}, {"SHOW", agenttrail.VerbRead}, {"DESCRIBE", agenttrail.VerbRead}, {"EXECUTE", agenttrail.VerbExecute},
	},
}
