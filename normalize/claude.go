package normalize

import (
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// claudeFields are the facts that otlp.claude_code may set.
var claudeFields = []string{
	"@timestamp", "event.id", "event.action", "event.reason", "event.dataset", "event.duration", "event.sequence",
	"error.type", "error.message", "user.id", "user.email", "organization.id", "trace.id", "span.id", "labels.installation_id",
	"gen_ai.agent.name", "gen_ai.agent.version", "gen_ai.tool.name", "gen_ai.tool.type", "gen_ai.tool.call.id", "gen_ai.workflow.name", "mcp.method.name",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.name", "agenttrail.actor.basis",
	"agenttrail.on_behalf_of.id", "agenttrail.on_behalf_of.type", "agenttrail.delegation",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.name",
	"agenttrail.resource.external", "agenttrail.resource.amount", "agenttrail.resource.count", "agenttrail.subject.id",
	"agenttrail.outcome", "agenttrail.intent.reason", "agenttrail.intent.trigger", "agenttrail.intent.prompt_ref", "agenttrail.intent.prompt_sha256",
	"agenttrail.approval.agent", "agenttrail.approval.verb", "agenttrail.approval.system", "agenttrail.approval.resource",
	"agenttrail.authorization.state", "agenttrail.authorization.id", "agenttrail.authorization.approver.id", "agenttrail.authorization.at",
	"agenttrail.authorization.method", "agenttrail.session.id", "agenttrail.correlation",
}

var claudeFormat = format{
	name: "otlp.claude_code", version: "1.0.0", fields: claudeFields, tools: true,
	tells: TellsAgent | TellsPerson | TellsLeave | TellsReason | TellsSubject,
	plan:  "any; telemetry is switched on at the client", keeps: "nothing: what no collector took is gone",
	read: func(o Options) func(*reading, *window) error { return claudeCode(o.Tools) },
}

// A claudeReader maps the log records of Claude Code and of programs built with its SDK.
type claudeReader struct {
	otlp
	tools *Tools

	// of the record at hand
	attrs attributes
	name  string    // of the event, without "claude_code."
	when  time.Time // of the event
	trace strictjson.Value
}

func claudeCode(tools *Tools) func(r *reading, w *window) error {
	return func(r *reading, w *window) error {
		c := &claudeReader{otlp: otlp{r: r, outer: "resourceLogs", middle: "scopeLogs", leaves: "logRecords"}, tools: tools}
		return c.read(w, func(element piece) error {
			return c.walk(element, func(p piece) error { return r.jsonPiece(p, c.context, false, c.log) })
		})
	}
}

func (c *claudeReader) log(r *reading, v strictjson.Value) {
	r.odd = c.odd
	c.attrs.load(v.Get("attributes"))
	var ours bool
	if c.name, ours = c.eventName(v); !ours {
		r.skip(SkipNoClaude)
		return
	}
	mapped := c.mapping()
	if mapped == nil {
		r.skip(skipOfEvent(c.name))
		return
	}
	var ok bool
	if c.when, ok = nanos(v.Get("timeUnixNano")); !ok {
		if c.when, ok = r.stamp("timeUnixNano, event.timestamp", c.attrs.text("event.timestamp")); !ok {
			return
		}
	}
	c.trace = v
	mapped()
}

// eventName is the name of an event of Claude Code. It stands in eventName, in the attribute event.name, or in the body; the second without the prefix.
func (c *claudeReader) eventName(v strictjson.Value) (name string, ours bool) {
	for _, s := range []string{v.Get("eventName").Str(), v.At("/body/stringValue").Str()} {
		if name, ok := strings.CutPrefix(s, "claude_code."); ok {
			return name, true
		}
	}
	name = c.attrs.text("event.name")
	short, prefixed := strings.CutPrefix(name, "claude_code.")
	return short, prefixed || name != "" && strings.HasPrefix(c.resource.text("service.name"), "claude-code")
}

// mapping is what maps the event at hand; nil: it is no action.
func (c *claudeReader) mapping() func() {
	switch c.name {
	case "tool_decision":
		return c.decision
	case "tool_result":
		return c.result
	case "user_prompt":
		return c.prompt
	case "permission_mode_changed":
		return func() { c.setting(agenttrail.VerbConfigure, "permission_mode", c.attrs.text("to_mode")) }
	case "mcp_server_connection":
		return func() {
			c.setting(agenttrail.VerbConnect, "mcp_server", c.attrs.text("server_name", "mcp_server_name"))
		}
	case "plugin_installed":
		return func() { c.setting(agenttrail.VerbConnect, "plugin", c.attrs.text("plugin.name", "plugin_name")) }
	case "hook_registered":
		return func() { c.setting(agenttrail.VerbConfigure, "hook", c.attrs.text("hook_name", "hook_event")) }
	case "auth":
		return func() { c.setting(agenttrail.VerbAuthenticate, "login", "") }
	}
	return nil
}

func skipOfEvent(name string) string {
	if strings.HasPrefix(name, "api_") {
		return SkipModelCall
	}
	return SkipEvent
}

// action adds an action with what every event states. position tells two actions of one record apart.
func (c *claudeReader) action(position string) *agenttrail.Action {
	a := c.r.action()
	t := c.attrs.text
	a.Time, a.Event.Dataset, a.Event.Action, a.Position = c.when, "otlp.claude_code", c.name, position
	a.Session, a.Event.Sequence = t("session.id"), number(c.attrs.scalar("event.sequence"))
	if sequence := t("event.sequence"); a.Session != "" && sequence != "" {
		a.Native = a.Session + "|" + sequence
		a.Event.ID = a.Native
	}
	a.User.ID, a.User.Email, a.Organization.ID = t("user.account_uuid", "user.account_id"), t("user.email"), t("organization.id")
	if person := t("identity.source") == "gateway-oidc"; person {
		a.User.ID = first(a.User.ID, t("user.id"))
	} else {
		a.Installation = t("user.id") // of the installation, not of a person
	}
	a.Trace.ID, a.Trace.Span = hexID(c.trace.Get("traceId").Str(), 32), hexID(c.trace.Get("spanId").Str(), 16)
	a.GenAI.Workflow, a.GenAI.AgentVersion = t("workflow.run_id"), t("app.version")
	if a.Intent.PromptRef = t("prompt.id"); a.Intent.PromptRef != "" {
		a.Intent.Trigger = "human_prompt"
	}
	return a
}

// byAgent says that the agent did it, for the person whose session it is; byPerson, that the person did.
func (c *claudeReader) byAgent(a *agenttrail.Action) {
	a.GenAI.AgentName = first(c.attrs.text("agent.name"), c.resource.text("service.name"))
	a.Actor = agenttrail.Actor{Type: agenttrail.ActorAgent, Name: a.GenAI.AgentName, Basis: agenttrail.BasisDeclared}
	serve(c.r, a, c.person(a), "")
}

func (c *claudeReader) byPerson(a *agenttrail.Action) {
	a.Actor = agenttrail.Actor{Type: agenttrail.ActorHuman, ID: c.person(a), Basis: agenttrail.BasisNative}
}

func (c *claudeReader) person(a *agenttrail.Action) string { return first(a.User.Email, a.User.ID) }

// decision maps tool_decision: whether a call of a tool may go on. A person's yes is an approval, a no is a rejection and a refused call. A yes by rule is no
// action: the result of the call states it.
func (c *claudeReader) decision() {
	source, yes := c.attrs.text("source"), c.attrs.text("decision")
	person := strings.HasPrefix(source, "user_")
	switch {
	case yes == "reject":
		c.ruling(agenttrail.VerbReject, "decision", person)
		c.refused(source, person)
	case yes == "accept" && person:
		c.ruling(agenttrail.VerbApprove, "", true)
	case yes == "accept" && (source == "config" || source == "hook"):
		c.r.skip(SkipAutoPolicy)
	default:
		c.r.skip(SkipDecision)
	}
}

// ruling is the approve or reject action.
func (c *claudeReader) ruling(verb, position string, person bool) {
	a := c.action(position)
	a.Verb, a.Outcome, a.Event.Reason = verb, agenttrail.Success, c.attrs.text("source")
	if person {
		c.byPerson(a)
	} else {
		a.Actor = agenttrail.Actor{Type: agenttrail.ActorSystem, ID: c.attrs.text("source"), Basis: agenttrail.BasisNative}
	}
	var call agenttrail.Action
	c.setTool(&call)
	c.byAgent(&call)
	a.GenAI.ToolName, a.GenAI.ToolType, a.GenAI.ToolCall = call.GenAI.ToolName, call.GenAI.ToolType, call.GenAI.ToolCall
	a.Approval.Agent, a.Approval.Verb, a.Approval.System, a.Approval.Resource = call.Actor.Name, call.Verb, call.Resource.System, call.Resource.ID
	a.Correlation = c.r.list(a.GenAI.ToolCall)
}

// refused is the call that a rejection kept from happening: nothing else tells of it.
func (c *claudeReader) refused(source string, person bool) {
	a := c.action("call")
	c.byAgent(a)
	c.setTool(a)
	a.Outcome, a.Event.Reason = agenttrail.Denied, source
	a.Authorized.State, a.Authorized.ID, a.Authorized.At = agenttrail.StateRejected, a.GenAI.ToolCall, c.when
	a.Authorized.Method = method(source)
	if person {
		a.Authorized.ApproverID = c.person(a)
	}
}

// result maps tool_result: a call that was made, and by whose leave.
func (c *claudeReader) result() {
	a := c.action("")
	c.byAgent(a)
	c.setTool(a)
	if ok, said := c.attrs.scalar("success").Bool(); said {
		a.Outcome = agenttrail.Failure
		if ok {
			a.Outcome = agenttrail.Success
		}
	}
	if ms := number(c.attrs.scalar("duration_ms")); ms.Known && ms.N >= 0 && ms.N < int64(1<<63-1)/1e6 {
		a.Event.Duration = agenttrail.Num(ms.N * 1e6)
	}
	a.Error.Type, a.Error.Message = c.attrs.text("error_type"), c.attrs.text("error")
	a.Event.Reason = first(a.Error.Message, a.Error.Type)
	c.setLeave(a, c.attrs.text("decision_source"))
}

// setLeave takes the state of the authorization from what decided about the call. A saved rule of a person (user_permanent) is that person's yes.
func (c *claudeReader) setLeave(a *agenttrail.Action, source string) {
	switch source {
	case "config", "hook":
		a.Authorized.State = agenttrail.StateAutoPolicy
	case "user_permanent", "user_temporary":
		a.Authorized.State, a.Authorized.ApproverID = agenttrail.StateApproved, c.person(a)
	default:
		return
	}
	a.Authorized.ID, a.Authorized.Method = a.GenAI.ToolCall, method(source)
}

func method(source string) string {
	switch source {
	case "config":
		return "policy"
	case "hook":
		return "hook"
	}
	return "prompt"
}

// setTool names the tool and what it means: by the tool map, else by what the vendor says of the tools that come with it.
func (c *claudeReader) setTool(a *agenttrail.Action) {
	t := c.attrs.text
	params := c.r.nested(c.attrs.scalar("tool_parameters"))
	a.GenAI.ToolName, a.GenAI.ToolType, a.GenAI.ToolCall = t("tool_name"), t("tool_source"), t("tool_use_id")
	if name := params.Get("mcp_tool_name").Str(); name != "" && a.GenAI.ToolName == "mcp_tool" {
		a.GenAI.ToolName = name
	}
	if strings.HasPrefix(a.GenAI.ToolName, "mcp__") || a.GenAI.ToolType == "mcp" || params.Get("mcp_tool_name").Exists() {
		a.MCP.Method = "tools/call"
	}
	a.Correlation = c.r.list(a.GenAI.ToolCall)
	a.Verb = builtinVerb(a.GenAI.ToolName)
	if line := c.tools.find(a.GenAI.ToolName, shortTool(a.GenAI.ToolName)); line != nil {
		input := c.r.nested(c.attrs.scalar("tool_input"))
		if !input.Exists() {
			input = params
		}
		line.apply(c.r, a, toolData{argument: jsonAt(input)})
	}
}

// shortTool is a tool's name without its server: mcp__crm__refund is refund.
func shortTool(name string) string {
	return strings.TrimPrefix(name[strings.LastIndex(name, "__")+1:], "_")
}

// builtinVerb is what a tool does that comes with Claude Code.
func builtinVerb(tool string) string {
	switch tool {
	case "Bash", "BashOutput", "KillShell", "Skill", "SlashCommand":
		return agenttrail.VerbExecute
	case "Read", "NotebookRead", "WebFetch":
		return agenttrail.VerbRead
	case "Glob", "Grep", "LS", "WebSearch":
		return agenttrail.VerbSearch
	case "Write":
		return agenttrail.VerbCreate
	case "Edit", "MultiEdit", "NotebookEdit":
		return agenttrail.VerbUpdate
	case "Task", "Agent":
		return agenttrail.VerbInvoke
	}
	return agenttrail.VerbOther
}

// prompt maps user_prompt: a person set the agent to work. The text stays in the evidence; its hash tells whether another copy is the same.
func (c *claudeReader) prompt() {
	a := c.action("")
	c.byPerson(a)
	a.Verb = agenttrail.VerbInvoke
	a.Resource.Type, a.Resource.Name = "agent", first(c.attrs.text("agent.name"), c.resource.text("service.name"))
	if text := c.attrs.text("prompt"); text != "<REDACTED>" {
		a.Intent.PromptSHA256 = textHash(text)
	}
}

// setting maps events that change what the agent may do or reach. They do not say whether the person or the program did it.
func (c *claudeReader) setting(verb, kind, name string) {
	a := c.action("")
	a.Verb, a.Resource.Type, a.Resource.Name = verb, kind, name
	switch status := c.attrs.text("status", "success"); status {
	case "true", "connected", "success":
		a.Outcome = agenttrail.Success
	case "false", "failed", "failure", "error":
		a.Outcome = agenttrail.Failure
	}
	a.Error.Type, a.Error.Message = c.attrs.text("error_type"), c.attrs.text("error")
	a.Event.Reason = first(a.Error.Message, c.attrs.text("trigger"))
}
