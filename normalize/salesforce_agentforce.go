package normalize

import (
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// agentforceFields are the facts that salesforce.agentforce may set.
var agentforceFields = []string{
	"@timestamp", "event.id", "event.action", "event.reason", "event.dataset", "event.start", "event.end", "event.duration", "error.message", "user.id", "trace.id",
	"gen_ai.agent.id", "gen_ai.agent.version", "gen_ai.operation.name", "gen_ai.conversation.id", "gen_ai.workflow.name", "gen_ai.tool.name",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.basis",
	"agenttrail.on_behalf_of.id", "agenttrail.on_behalf_of.type", "agenttrail.delegation",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.name", "agenttrail.resource.external",
	"agenttrail.resource.count", "agenttrail.resource.amount", "agenttrail.subject.id", "agenttrail.outcome",
	"agenttrail.intent.trigger", "agenttrail.intent.prompt_sha256", "agenttrail.session.id", "agenttrail.correlation",
}

var agentforceFormat = format{
	name: "salesforce.agentforce", version: "1.0.0", fields: agentforceFields, tools: true,
	tells: TellsAgent | TellsPerson | TellsReason | TellsSubject,
	plan:  "Agentforce with Data 360 (Data Cloud) and session tracing switched on",
	keeps: "by the policy of Data 360",
	read: func(o Options) func(*reading, *window) error {
		return records(func(r *reading, v strictjson.Value) { mapAgentforce(r, o.Tools, v) }, "data")(o)
	},
}

// A step is a row of a query over the steps of sessions, with what the query joined to it.
type step struct {
	id                                 strictjson.Value
	kind, name, input, output, message string
	end                                string
	agent, version, role               string
	participant, session, interaction  string
	topic, trace, gateway, generation  string
}

// load reads the columns, whose names differ from release to release in the case of AI.
func (s *step) load(v strictjson.Value) {
	v.Members(func(key string, value strictjson.Value) bool {
		name := strings.TrimSuffix(strings.TrimPrefix(key, "ssot__"), "__c")
		if len(name) > len("AiAgent") && strings.EqualFold(name[:len("AiAgent")], "AiAgent") {
			name = "Ai" + name[len("AiAgent"):]
		}
		into := s.column(name)
		switch {
		case name == "Id":
			s.id = value
		case into != nil && value.Str() != "NOT_SET":
			*into = value.Str()
		}
		return true
	})
}

func (s *step) column(name string) *string {
	switch name {
	case "AiInteractionStepType":
		return &s.kind
	case "Name":
		return &s.name
	case "InputValueText":
		return &s.input
	case "OutputValueText":
		return &s.output
	case "ErrorMessageText":
		return &s.message
	case "EndTimestamp":
		return &s.end
	case "AiApiName":
		return &s.agent
	case "AiVersionApiName":
		return &s.version
	case "AiSessionParticipantRole":
		return &s.role
	case "ParticipantId":
		return &s.participant
	case "AiSessionId":
		return &s.session
	case "AiInteractionId":
		return &s.interaction
	case "TopicApiName":
		return &s.topic
	case "TelemetryTraceId":
		return &s.trace
	case "GenAiGatewayRequestId":
		return &s.gateway
	case "GenerationId":
		return &s.generation
	}
	return nil
}

// mapAgentforce: a function step is what the agent did, an input step is a person who asked for something, a step of a language model is a reason.
func mapAgentforce(r *reading, tools *Tools, v strictjson.Value) {
	var s step
	s.load(v)
	switch s.kind {
	case "LLMExecutionStep":
		r.skip(SkipModelCall)
		return
	case "FunctionStep", "UserInputStep":
	case "":
		if s.id.Exists() {
			r.reject(RejectValue, "ssot__AiAgentInteractionStepType__c is not there: select it in the query")
			return
		}
	default:
		r.skip(SkipOperation)
		return
	}
	a := r.open("salesforce.agentforce", "ssot__Id__c", s.id, "ssot__StartTimestamp__c", v.Get("ssot__StartTimestamp__c"), inUTC, basicZone)
	if a == nil {
		return
	}
	a.Event.Start, a.Event.Action = a.Time, strings.TrimSpace(s.kind+" "+s.name)
	if end, ok := parseUTC(s.end); ok && !end.Before(a.Time) {
		a.Event.End, a.Event.Duration = end, agenttrail.Num(end.Sub(a.Time).Nanoseconds())
	}
	a.GenAI.Workflow, a.GenAI.Conversation, a.Session = s.topic, s.session, s.session
	a.Trace.ID = hexID(s.trace, 32)
	a.Correlation = r.list(s.interaction, s.gateway, s.generation)
	if s.kind == "UserInputStep" {
		s.asked(a)
		return
	}
	s.did(r, a, tools)
}

// asked is a person who wrote to the agent. The text stays in the evidence.
func (s *step) asked(a *agenttrail.Action) {
	a.Verb, a.Outcome, a.Intent.PromptSHA256 = agenttrail.VerbInvoke, agenttrail.Success, textHash(s.input)
	a.Resource.System, a.Resource.Type, a.Resource.ID = "salesforce", "agent", s.agent
	a.User.ID = s.participant
	a.Actor.ID = s.participant
	if s.role == "USER" {
		a.Actor.Type, a.Actor.Basis, a.Intent.Trigger = agenttrail.ActorHuman, agenttrail.BasisNative, "human_prompt"
	}
}

// did is a function that the agent ran.
func (s *step) did(r *reading, a *agenttrail.Action, tools *Tools) {
	a.GenAI.AgentID, a.GenAI.AgentVersion = s.agent, s.version
	a.GenAI.Operation, a.GenAI.ToolName = "execute_tool", s.name
	a.Actor = agenttrail.Actor{Type: agenttrail.ActorAgent, ID: s.agent, Basis: agenttrail.BasisDeclared}
	if s.role == "USER" {
		serve(r, a, s.participant, "")
	}
	a.Verb, a.Resource.System, a.Resource.Type, a.Resource.Name = agenttrail.VerbOther, "salesforce", "function", s.name
	a.Outcome, a.Error.Message = agenttrail.Success, s.message
	switch {
	case deniedFunction(s.message):
		a.Outcome = agenttrail.Denied
	case s.message != "":
		a.Outcome = agenttrail.Failure
	case s.end == "":
		a.Outcome = agenttrail.Unknown
	}
	a.Event.Reason = s.message
	if t := tools.find(s.name); t != nil {
		t.apply(r, a, toolData{jsonAt(r.nestedText(s.input)), jsonAt(r.nestedText(s.output))})
	}
}

// deniedFunction: codes by which the platform says that the running user may not.
func deniedFunction(message string) bool {
	return strings.Contains(message, "INSUFFICIENT_ACCESS") || deniedType(message)
}
