package normalize

import (
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// genaiFields are the facts that otlp.genai may set.
var genaiFields = []string{
	"@timestamp", "event.id", "event.action", "event.reason", "event.dataset", "event.start", "event.end", "event.duration",
	"error.code", "error.type", "error.message", "user.id", "user.name", "user.email",
	"cloud.provider", "cloud.account.id", "cloud.region", "trace.id", "span.id", "transaction.id",
	"gen_ai.agent.id", "gen_ai.agent.name", "gen_ai.agent.version", "gen_ai.operation.name", "gen_ai.provider.name",
	"gen_ai.request.model", "gen_ai.response.model", "gen_ai.response.id", "gen_ai.tool.name", "gen_ai.tool.type", "gen_ai.tool.call.id",
	"gen_ai.conversation.id", "gen_ai.workflow.name", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens",
	"mcp.method.name", "mcp.session.id", "mcp.resource.uri",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.name", "agenttrail.actor.basis",
	"agenttrail.on_behalf_of.id", "agenttrail.on_behalf_of.name", "agenttrail.on_behalf_of.type", "agenttrail.delegation",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.name",
	"agenttrail.resource.external", "agenttrail.resource.amount", "agenttrail.resource.count", "agenttrail.subject.id",
	"agenttrail.outcome", "agenttrail.intent.reason", "agenttrail.session.id", "agenttrail.parent.span_id", "agenttrail.correlation",
}

var genaiFormat = format{
	name: "otlp.genai", version: "1.0.0", fields: genaiFields, tools: true,
	tells: TellsAgent | TellsPerson | TellsReason | TellsSubject,
	plan:  "none: your own collector and bucket", keeps: "your bucket's policy",
	read: func(o Options) func(*reading, *window) error { return genai(o.Tools) },
}

// A genaiReader maps spans of the semantic conventions for generative AI and for the Model Context Protocol.
type genaiReader struct {
	otlp
	tools *Tools
	twins *twins
	at    int64      // offset of the span at hand
	attrs attributes // of the span at hand
}

func genai(tools *Tools) func(r *reading, w *window) error {
	return func(r *reading, w *window) error {
		g := &genaiReader{otlp: otlp{r: r, outer: "resourceSpans", middle: "scopeSpans", leaves: "spans"}, tools: tools, twins: newTwins()}
		return g.read(w, g.element)
	}
}

// element goes over the spans twice: first to see which tell of the same call, then to map them.
func (g *genaiReader) element(p piece) error {
	g.twins.begin()
	if err := g.walk(p, g.note); err != nil {
		return err
	}
	g.twins.settle()
	return g.walk(p, func(p piece) error {
		g.at = p.offset
		return g.r.jsonPiece(p, g.context, false, g.span)
	})
}

// note remembers a tool call. A span that cannot be parsed is dealt with when it is mapped.
func (g *genaiReader) note(p piece) error {
	v, err := g.r.parser.Parse(p.raw)
	if err != nil {
		return nil
	}
	g.attrs.load(v.Get("attributes"))
	if k, _ := g.classify(); k != spanTool {
		return nil
	}
	g.twins.add(toolCall{
		trace: v.Get("traceId").Str(), span: v.Get("spanId").Str(), parent: v.Get("parentSpanId").Str(),
		tool: g.attrs.text("gen_ai.tool.name"), id: g.attrs.text("gen_ai.tool.call.id"),
		agent: g.attrs.text("gen_ai.agent.id", "gen_ai.agent.name") != "", mcp: g.attrs.text("gen_ai.operation.name") == "", at: p.offset,
	})
	return nil
}

// Kinds of spans that become actions.
const (
	spanNone = iota
	spanTool
	spanResource
	spanInvoke
)

// classify says what a span is, or by which rule it is none of ours.
func (g *genaiReader) classify() (kind int, rule string) {
	op, method := g.attrs.text("gen_ai.operation.name"), g.attrs.text("mcp.method.name")
	switch {
	case method == "tools/call" || op == "execute_tool":
		return spanTool, ""
	case method == "resources/read":
		return spanResource, ""
	case op == "invoke_agent":
		return spanInvoke, ""
	case op == "chat" || op == "generate_content" || op == "text_completion" || op == "call_llm":
		return spanNone, SkipModelCall
	case op != "":
		return spanNone, SkipOperation
	case method != "":
		return spanNone, SkipMCP
	}
	return spanNone, SkipNoAgent
}

func (g *genaiReader) span(r *reading, v strictjson.Value) {
	r.odd = g.odd
	g.attrs.load(v.Get("attributes"))
	kind, rule := g.classify()
	switch {
	case kind == spanNone:
		r.skip(rule)
		return
	case kind == spanTool && g.twins.drop[g.at]:
		r.skip(SkipTwin)
		return
	}
	start, ok := nanos(v.Get("startTimeUnixNano"))
	if !ok {
		r.reject(RejectNoTime, "startTimeUnixNano is not there, zero or no whole number")
		return
	}
	a := r.action()
	a.Time, a.Event.Start, a.Event.Dataset = start, start, "otlp.genai"
	if end, ok := nanos(v.Get("endTimeUnixNano")); ok {
		a.Event.End, a.Event.Duration = end, agenttrail.Num(end.Sub(start).Nanoseconds())
	}
	setTrace(a, v)
	if a.Trace.ID != "" && a.Trace.Span != "" {
		a.Native = a.Trace.ID + "-" + a.Trace.Span
		a.Event.ID = a.Native
	}
	g.setGenAI(a)
	g.setWho(a)
	g.setOutcome(a, v.Get("status"))
	g.setWhat(a, kind)
}

// setTrace fills the W3C ids; what is none is left out.
func setTrace(a *agenttrail.Action, v strictjson.Value) {
	a.Trace.ID, a.Trace.Span = hexID(v.Get("traceId").Str(), 32), hexID(v.Get("spanId").Str(), 16)
	parent := v.Get("parentSpanId").Str()
	a.ParentSpan = hexID(parent, 16)
	if parent == "" {
		a.Trace.Transaction = a.Trace.Span
	}
}

// setGenAI fills what the conventions name, by their present names and their former ones.
func (g *genaiReader) setGenAI(a *agenttrail.Action) {
	t := g.attrs.text
	a.GenAI = agenttrail.GenAI{
		AgentID: first(t("gen_ai.agent.id"), g.resource.text("gen_ai.agent.id")), AgentName: first(t("gen_ai.agent.name"), g.resource.text("gen_ai.agent.name")),
		AgentVersion: first(t("gen_ai.agent.version"), g.resource.text("gen_ai.agent.version")),
		Operation:    t("gen_ai.operation.name"), Provider: provider(t("gen_ai.provider.name", "gen_ai.system")),
		RequestModel: t("gen_ai.request.model"), ResponseModel: t("gen_ai.response.model"), ResponseID: t("gen_ai.response.id"),
		ToolName: t("gen_ai.tool.name"), ToolType: t("gen_ai.tool.type"), ToolCall: t("gen_ai.tool.call.id"),
		Conversation: t("gen_ai.conversation.id"), Workflow: t("gen_ai.workflow.name"),
		InputTokens: g.tokens("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"), OutputTokens: g.tokens("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
	}
	a.MCP.Method, a.MCP.Session, a.MCP.Resource = t("mcp.method.name"), t("mcp.session.id"), t("mcp.resource.uri")
	a.Session = a.GenAI.Conversation
	a.Cloud.Provider, a.Cloud.Account, a.Cloud.Region = g.resource.text("cloud.provider"), g.resource.text("cloud.account.id"), g.resource.text("cloud.region")
	a.Correlation = g.r.list(a.GenAI.ToolCall)
}

func (g *genaiReader) tokens(name, former string) agenttrail.Int {
	if n := number(g.attrs.scalar(name)); n.Known {
		return n
	}
	return number(g.attrs.scalar(former))
}

// provider gives the former names of providers their present ones.
func provider(name string) string {
	switch name {
	case "az.ai.openai":
		return "azure.ai.openai"
	case "vertex_ai":
		return "gcp.vertex_ai"
	case "gemini":
		return "gcp.gemini"
	case "xai":
		return "x_ai"
	}
	return name
}

// setWho: a span that names an agent is the agent's, and its user the person served. On any other span the user is who did it, as far as is said.
func (g *genaiReader) setWho(a *agenttrail.Action) {
	id, email, name := g.attrs.text("user.id", "enduser.id"), g.attrs.text("user.email"), g.attrs.text("user.full_name", "user.name")
	if a.GenAI.AgentID == "" && a.GenAI.AgentName == "" {
		a.User.ID, a.User.Email, a.User.Name = id, email, name
		return
	}
	a.Actor = agenttrail.Actor{Type: agenttrail.ActorAgent, ID: a.GenAI.AgentID, Name: a.GenAI.AgentName, Basis: agenttrail.BasisDeclared}
	serve(g.r, a, first(email, id, name), name)
}

// serve notes the person that the agent of a acts for, and the chain from one to the other.
func serve(r *reading, a *agenttrail.Action, id, name string) {
	if id == "" {
		return
	}
	a.OnBehalfOf.ID, a.OnBehalfOf.Name, a.OnBehalfOf.Type = id, name, agenttrail.ActorHuman
	a.Delegation = r.list("human:"+id, "agent:"+first(a.Actor.ID, a.Actor.Name))
}

// setOutcome: the status of a span that nobody set says nothing.
func (g *genaiReader) setOutcome(a *agenttrail.Action, status strictjson.Value) {
	a.Error.Type, a.Error.Message = g.attrs.text("error.type"), status.Get("message").Str()
	if code := g.attrs.text("rpc.response.status_code"); code != "0" && code != "OK" {
		a.Error.Code = code
	}
	code := status.Get("code").Str()
	switch {
	case deniedType(a.Error.Type) || deniedType(a.Error.Code):
		a.Outcome = agenttrail.Denied
	case code == "2" || code == "STATUS_CODE_ERROR" || a.Error.Type != "" || a.Error.Code != "":
		a.Outcome = agenttrail.Failure
	case code == "1" || code == "STATUS_CODE_OK":
		a.Outcome = agenttrail.Success
	}
	a.Event.Reason = first(a.Error.Message, a.Error.Type, a.Error.Code)
}

// deniedType are the names and numbers by which HTTP and gRPC say that the caller may not.
func deniedType(s string) bool {
	switch s {
	case "401", "403", "PERMISSION_DENIED", "permission_denied", "PermissionDenied", "UNAUTHENTICATED", "unauthenticated", "access_denied":
		return true
	}
	return false
}

// setWhat names verb and resource.
func (g *genaiReader) setWhat(a *agenttrail.Action, kind int) {
	switch kind {
	case spanInvoke:
		a.Verb, a.Event.Action = agenttrail.VerbInvoke, strings.TrimSpace("invoke_agent "+a.GenAI.AgentName)
		a.Resource.Type, a.Resource.ID, a.Resource.Name = "agent", a.GenAI.AgentID, a.GenAI.AgentName
	case spanResource:
		a.Verb, a.Event.Action = agenttrail.VerbRead, a.MCP.Method
		a.Resource.Type, a.Resource.ID = "mcp_resource", a.MCP.Resource
	case spanTool:
		a.Verb, a.Event.Action = agenttrail.VerbOther, strings.TrimSpace(first(a.MCP.Method, a.GenAI.Operation)+" "+a.GenAI.ToolName)
		if t := g.tools.find(a.GenAI.ToolName); t != nil {
			arguments := g.attrs.value("gen_ai.tool.call.arguments")
			if !arguments.Exists() {
				arguments = g.attrs.value("gen_ai.tool.args")
			}
			t.apply(g.r, a, toolData{g.r.anyAt(arguments), g.r.anyAt(g.attrs.value("gen_ai.tool.call.result"))})
		}
	}
}
