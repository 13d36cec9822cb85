package normalize

import (
	"strconv"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// sessionFields are the facts that anthropic.session may set.
var sessionFields = []string{
	"@timestamp", "event.id", "event.action", "event.reason", "event.dataset", "user.id", "user.email", "organization.id",
	"gen_ai.agent.id", "gen_ai.agent.name", "gen_ai.response.model", "gen_ai.tool.name", "gen_ai.tool.type", "gen_ai.tool.call.id", "gen_ai.conversation.id",
	"mcp.method.name", "agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.name", "agenttrail.actor.basis",
	"agenttrail.on_behalf_of.id", "agenttrail.on_behalf_of.type", "agenttrail.delegation",
	"agenttrail.credential.type", "agenttrail.credential.owner.type", "agenttrail.credential.owner.id",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.name",
	"agenttrail.resource.external", "agenttrail.resource.amount", "agenttrail.resource.count", "agenttrail.subject.id", "agenttrail.outcome",
	"agenttrail.intent.trigger", "agenttrail.intent.reason", "agenttrail.intent.prompt_sha256", "agenttrail.session.id", "agenttrail.correlation",
}

var sessionFormat = format{
	name: "anthropic.session", version: "1.0.0", fields: sessionFields, tools: true,
	tells: TellsAgent | TellsPerson | TellsReason | TellsSubject,
	plan:  "Enterprise with access to user data; sessions by a Console key or through another cloud are not in it (their telemetry is: otlp.claude_code)",
	keeps: "6 years, or the organisation's policy",
	read: func(o Options) func(*reading, *window) error {
		return func(r *reading, w *window) error {
			s := openSession(r, o.Tools)
			return r.pages(w, s.message, "data", "messages")
		}
	},
}

// A session is whose messages a page holds: what the listing said of it, handed over as the context of the object.
type session struct {
	tools            *Tools
	odd              bool // its element of the listing is ambiguous
	id, organization string
	agent, surface   string // who acts: an agent of its own, or the product that the person uses
	person, email    string // for whom
	ownAgent         bool   // the session belongs to the agent, not to a person
	when             time.Time
	native, reason   string // of the message at hand
}

func openSession(r *reading, tools *Tools) *session {
	s := &session{tools: tools}
	parser := new(strictjson.Parser)
	v, err := parser.Parse(r.object.Context)
	if err != nil {
		return s // no context, or none that can be read: the messages stand alone
	}
	s.odd = parser.Ambiguous()
	s.id, s.organization, s.surface = v.Get("id").Str(), v.Get("organization_uuid").Str(), v.Get("product_surface").Str()
	s.agent = v.Get("agent_id").Str()
	s.ownAgent = s.agent != ""
	person := firstValue(v.Get("user"), v.Get("started_by_user"))
	s.person, s.email = first(person.Get("id").Str(), person.Str()), person.Get("email_address").Str()
	return s
}

// message maps a message: what a person asked for, or the tools that the agent called. What a call came to stands in a later message, perhaps on another
// page, so that the outcome of a call is not known here.
func (s *session) message(r *reading, v strictjson.Value) {
	native, ok := r.nativeID("id", v.Get("id"))
	if !ok {
		return
	}
	when, ok := r.stamp("created_at", v.Get("created_at").Str())
	if !ok {
		return
	}
	r.odd = r.odd || s.odd
	s.native, s.when, s.reason = native, when, v.Get("provenance").Str()
	content := v.Get("content")
	switch {
	case s.reason == "synthetic_marker":
		r.skip(SkipSynthetic)
	case s.reason == "content_unavailable":
		r.skip(SkipNoContent)
	case v.Get("role").Str() == "user" && hasBlock(content, "tool_result") && messageText(content) == "":
		r.skip(SkipToolResult)
	case v.Get("role").Str() == "user":
		s.prompt(r, content)
	case !hasBlock(content, "tool_use"):
		r.skip(SkipModelCall)
	default:
		s.calls(r, v, content)
	}
}

func hasBlock(content strictjson.Value, kind string) (yes bool) {
	content.Each(func(block strictjson.Value) bool {
		yes = block.Get("type").Str() == kind
		return !yes
	})
	return yes
}

// action adds an action with what the session says.
func (s *session) action(r *reading, position string) *agenttrail.Action {
	a := r.action()
	a.Native, a.Position, a.Time, a.Event.ID, a.Event.Dataset = s.native, position, s.when, s.native, "anthropic.session"
	a.Event.Reason, a.Organization.ID = s.reason, s.organization
	a.Session, a.GenAI.Conversation = s.id, s.id
	if !s.ownAgent {
		a.User.ID, a.User.Email = s.person, s.email
	}
	return a
}

// prompt is a person who sets the agent to work. The text stays in the evidence.
func (s *session) prompt(r *reading, content strictjson.Value) {
	a := s.action(r, "")
	a.Event.Action, a.Verb, a.Outcome = "message", agenttrail.VerbInvoke, agenttrail.Success
	a.Resource.System, a.Resource.Type, a.Resource.ID, a.Resource.Name = "anthropic", "agent", s.agent, s.surface
	a.Intent.PromptSHA256 = textHash(messageText(content))
	if person := first(s.email, s.person); person != "" && !s.ownAgent { // in an agent's own session the log does not say who spoke
		a.Actor = agenttrail.Actor{Type: agenttrail.ActorHuman, ID: person, Basis: agenttrail.BasisNative}
		a.Intent.Trigger = "human_prompt"
	}
}

func (s *session) calls(r *reading, v, content strictjson.Value) {
	index := 0
	content.Each(func(block strictjson.Value) bool {
		if block.Get("type").Str() == "tool_use" {
			s.call(r, v, index, block)
		}
		index++
		return true
	})
}

// call is a tool that the agent called.
func (s *session) call(r *reading, v strictjson.Value, index int, block strictjson.Value) {
	a := s.action(r, "content|"+strconv.Itoa(index))
	a.GenAI.AgentID, a.GenAI.AgentName, a.GenAI.ResponseModel = s.agent, s.surface, v.Get("model").Str()
	a.Actor = agenttrail.Actor{Type: agenttrail.ActorAgent, ID: s.agent, Name: s.surface, Basis: agenttrail.BasisDeclared}
	serve(r, a, first(s.email, s.person), "")
	switch {
	case s.ownAgent:
		a.Credential.Type, a.Credential.OwnerType, a.Credential.OwnerID = "workload_identity", "agent", s.agent
	case s.person != "":
		a.Credential.Type, a.Credential.OwnerType, a.Credential.OwnerID = "session", agenttrail.ActorHuman, first(s.email, s.person)
	}
	name := block.Get("name").Str()
	a.GenAI.ToolName, a.GenAI.ToolCall = name, block.Get("id").Str()
	a.Event.Action = strings.TrimSpace("tool_use " + name)
	if strings.HasPrefix(name, "mcp__") {
		a.GenAI.ToolType, a.MCP.Method = "mcp", "tools/call"
	}
	a.Correlation = r.list(a.GenAI.ToolCall)
	a.Verb = builtinVerb(name)
	if t := s.tools.find(name, shortTool(name)); t != nil {
		t.apply(r, a, toolData{argument: jsonAt(r.nested(block.Get("input")))})
	}
}
