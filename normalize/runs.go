package normalize

import (
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// A run is one step of an agent as the tools for tracing record it: Langfuse calls it observation, LangSmith run. Both name the agent by convention only, in
// the metadata that the team attaches.
type run struct {
	name                 string
	metadata             strictjson.Value
	person, email        string // for whom, or by whom
	conversation, trace  string
	input, output        strictjson.Value
	end                  time.Time
	toolCall             string
	agentID, agentName   string
	failed, ended, stays bool // stays: it goes on
	message              string
}

// fill maps what is common to both vendors. A step that names an agent is the agent's, and the person the one served.
func (n *run) fill(r *reading, a *agenttrail.Action, tools *Tools, isTool bool) {
	a.Event.Start, a.Event.End = a.Time, n.end
	if n.ended && !n.end.Before(a.Time) {
		a.Event.Duration = agenttrail.Num(n.end.Sub(a.Time).Nanoseconds())
	}
	a.GenAI.Conversation, a.Session = n.conversation, n.conversation
	a.Trace.ID = hexID(strings.ReplaceAll(n.trace, "-", ""), 32)
	a.GenAI.AgentID, a.GenAI.AgentName = n.agentID, n.agentName
	if n.agentID != "" || n.agentName != "" {
		a.Actor = agenttrail.Actor{Type: agenttrail.ActorAgent, ID: n.agentID, Name: n.agentName, Basis: agenttrail.BasisDeclared}
		serve(r, a, first(n.email, n.person), "")
	} else {
		a.User.ID, a.User.Email = n.person, n.email
		a.Actor.ID = first(n.email, n.person)
	}
	n.setOutcome(a)
	a.Correlation = r.list(n.toolCall, n.trace, n.metadata.Get("request_id").Str())
	if !isTool {
		a.Verb, a.Event.Action = agenttrail.VerbInvoke, strings.TrimSpace("invoke_agent "+n.name)
		a.Resource.Type, a.Resource.ID, a.Resource.Name = "agent", n.agentID, first(n.agentName, n.name)
		a.Intent.PromptSHA256 = textHash(inputText(n.input))
		return
	}
	a.Verb, a.Event.Action = agenttrail.VerbOther, strings.TrimSpace("execute_tool "+n.name)
	a.GenAI.Operation, a.GenAI.ToolName, a.GenAI.ToolCall = "execute_tool", n.name, n.toolCall
	if t := tools.find(n.name); t != nil {
		t.apply(r, a, toolData{n.anyIn(r, n.input), n.anyIn(r, n.output)})
	}
}

// inputText is what a step was asked: the text, or the JSON as it stands.
func inputText(v strictjson.Value) string {
	if text, ok := v.Text(); ok {
		return text
	}
	if !v.Exists() {
		return ""
	}
	return string(v.Raw())
}

// anyIn finds in the value, in the JSON that stands in it as text, or in what a framework put around it as input or output.
func (n *run) anyIn(r *reading, v strictjson.Value) func(pointer string) string {
	v = r.nested(v)
	around := r.nested(firstValue(v.Get("input"), v.Get("output")))
	return func(pointer string) string { return first(v.At(pointer).Str(), around.At(pointer).Str()) }
}

func (n *run) setOutcome(a *agenttrail.Action) {
	a.Error.Message = n.message
	switch {
	case n.failed && (deniedType(n.message) || deniedType(n.metadata.Get("error_type").Str())):
		a.Outcome = agenttrail.Denied
	case n.failed:
		a.Outcome = agenttrail.Failure
	case n.stays:
		a.Outcome = agenttrail.Pending
	case n.ended:
		a.Outcome = agenttrail.Success
	}
	a.Error.Type = n.metadata.Get("error_type").Str()
	a.Event.Reason = first(n.message, a.Error.Type)
}

// optionalEnd reads the end of a step, which may be missing or, while the step goes on, empty.
func (n *run) optionalEnd(text string, spellings ...spelling) {
	for _, s := range spellings {
		if t, ok := s.parse(text); ok {
			n.end, n.ended = t, true
			return
		}
	}
}

// runFields are the facts that both formats of runs may set.
var runFields = []string{
	"@timestamp", "event.id", "event.action", "event.reason", "event.dataset", "event.start", "event.end", "event.duration", "error.type", "error.message",
	"user.id", "trace.id", "gen_ai.agent.id", "gen_ai.agent.name", "gen_ai.operation.name",
	"gen_ai.request.model", "gen_ai.tool.name", "gen_ai.tool.call.id", "gen_ai.conversation.id", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.name", "agenttrail.actor.basis",
	"agenttrail.on_behalf_of.id", "agenttrail.on_behalf_of.type", "agenttrail.delegation",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.name",
	"agenttrail.resource.external", "agenttrail.resource.amount", "agenttrail.resource.count", "agenttrail.subject.id", "agenttrail.outcome",
	"agenttrail.intent.prompt_sha256", "agenttrail.session.id", "agenttrail.parent.span_id", "agenttrail.correlation",
}
