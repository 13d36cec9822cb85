package judge

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"agenttrail"
)

// joins are the ways in which one log's record leads to another's. Each is a fact of the two vendors: what they write into both.
var joins = []join{
	{rule: "parent-span", words: "the span that started it, in the same trace",
		from: hasSpan, to: hasParent, cause: ownSpan, effect: parentSpan},
	{rule: "decision", words: "the decision about this call",
		from: decides, to: calls, cause: callIDs, effect: toolCall},
	{rule: "tool-call", words: "the same tool call, in the other log",
		from: agentLog, to: outside, cause: toolCall, effect: callIDs, across: true},
	{rule: "trace-id", words: "the agent's trace id, handed on with the request",
		from: tracedCall, to: outside, cause: traceID, effect: handedOn, across: true},
	{rule: "convention", words: "an id of the agent's session, written into the request by convention",
		from: agentLog, to: outside, cause: sessionIDs, effect: correlation, across: true},
	{rule: "model-request", words: "the same model call, by its request id",
		from: dataset("aws.bedrock"), to: dataset("aws.cloudtrail"), cause: requestIDs, effect: requestIDs},
	{rule: "gateway-hop", words: "the request that the gateway sent on, by its id",
		from: gateway, to: notGateway, cause: correlation, effect: correlation},
	{rule: "transcript", words: "the same tool use, in the vendor's transcript",
		from: dataset("anthropic.session"), to: dataset("otlp.claude_code"), cause: callIDs, effect: callIDs},
	{rule: "transcript-time", words: "the same account at the time of the session",
		from: dataset("anthropic.session"), to: dataset("otlp.claude_code"), cause: account, effect: account, before: time.Minute, within: 5 * time.Minute},
	{rule: "token", words: "the token that was granted, by its id",
		from: grantsToken, to: usesToken, cause: tokenIDs, effect: credential},
	{rule: "token-time", words: "a token granted to the same client for the same person, not an hour before",
		from: grantsToken, to: usesToken, cause: clientPersons, effect: clientPersons, within: time.Hour},
	{rule: "token-hash", words: "the same token, by its hash",
		from: knowsToken, to: dataset("github.audit"), cause: tokenIDs, effect: credential},
	{rule: "copilot", words: "the same request, by its correlation id",
		from: copilot, to: fileAccess, cause: correlation, effect: correlation},
	{rule: "copilot-time", words: "the same person and resource, within minutes",
		from: copilot, to: fileAccess, cause: personResources, effect: personResources, before: 2 * time.Minute, within: 10 * time.Minute},
	{rule: "result", words: "what the tool call answered, in the system's own log within minutes",
		from: agentLog, to: changes, cause: correlation, effect: resultIDs, across: true, before: time.Minute, within: 10 * time.Minute},
	{rule: "agent-object", words: "the same agent on an object that carries the same id, within minutes",
		from: agentLog, to: outside, cause: agentResource, effect: agentObject, across: true, before: time.Minute, within: 10 * time.Minute},
}

// Kinds of actions that joins look at.

func dataset(name string) func(*agenttrail.Action) bool {
	return func(a *agenttrail.Action) bool { return a.Event.Dataset == name }
}

func hasSpan(a *agenttrail.Action) bool   { return a.Trace.ID != "" && a.Trace.Span != "" }
func hasParent(a *agenttrail.Action) bool { return a.Trace.ID != "" && a.ParentSpan != "" }
func calls(a *agenttrail.Action) bool     { return a.GenAI.ToolCall != "" && !decides(a) }

func decides(a *agenttrail.Action) bool {
	return a.Verb == agenttrail.VerbApprove || a.Verb == agenttrail.VerbReject
}

// agentLog says that the record stands in a log which agents themselves write.
func agentLog(a *agenttrail.Action) bool {
	return agenttrail.Module(a) == "otlp" || a.Event.Dataset == "anthropic.session" || a.Actor.Basis == agenttrail.BasisDeclared && a.GenAI.ToolName != ""
}

func outside(a *agenttrail.Action) bool { return !agentLog(a) }
func tracedCall(a *agenttrail.Action) bool {
	return agentLog(a) && a.Trace.ID != "" && a.GenAI.ToolName != ""
}

func gateway(a *agenttrail.Action) bool {
	return a.Event.Dataset == "aws.cloudtrail" && strings.HasPrefix(a.Event.Provider, "bedrock-agentcore")
}

func notGateway(a *agenttrail.Action) bool { return !gateway(a) }

// grantsToken: an identity provider gives a client a token.
func grantsToken(a *agenttrail.Action) bool {
	return a.Event.Dataset == "okta.system" && (strings.Contains(a.Event.Action, "token.grant") || a.Verb == agenttrail.VerbDelegate)
}

func usesToken(a *agenttrail.Action) bool { return a.Event.Dataset != "okta.system" }

// knowsToken: an inventory of tokens, another log that shows the token, or the record of its making.
func knowsToken(a *agenttrail.Action) bool {
	return a.Event.Dataset != "github.audit" || a.Verb == agenttrail.VerbGrant || a.Verb == agenttrail.VerbCreate && a.Resource.Type == "token"
}

func copilot(a *agenttrail.Action) bool {
	return a.Event.Dataset == "m365.audit" && strings.HasPrefix(a.Event.Action, "Copilot")
}

func fileAccess(a *agenttrail.Action) bool {
	return a.Event.Dataset == "m365.audit" && strings.HasPrefix(a.Event.Action, "File")
}

// changes: the effect of a call that left something behind.
func changes(a *agenttrail.Action) bool {
	v, _ := agenttrail.LookupVerb(a.Verb)
	return v.Effect == agenttrail.EffectWrite || v.Effect == agenttrail.EffectExternal
}

// Keys by which actions are joined.

func ownSpan(a linkable) []string     { return []string{a.Trace.ID + "/" + a.Trace.Span} }
func parentSpan(a linkable) []string  { return []string{a.Trace.ID + "/" + a.ParentSpan} }
func toolCall(a linkable) []string    { return named(a.GenAI.ToolCall) }
func traceID(a linkable) []string     { return named(a.Trace.ID) }
func correlation(a linkable) []string { return a.Correlation }
func credential(a linkable) []string  { return named(a.Credential.ID) }
func account(a linkable) []string     { return named(a.User.ID) }

func callIDs(a linkable) []string    { return append(named(a.GenAI.ToolCall), a.Correlation...) }
func requestIDs(a linkable) []string { return append(named(a.Event.ID), a.Correlation...) }
func resultIDs(a linkable) []string {
	return append(named(a.Resource.ID, a.Event.ID), a.Correlation...)
}

func handedOn(a linkable) []string {
	return append(named(a.Trace.ID, a.Trace.Transaction), a.Correlation...)
}

func sessionIDs(a linkable) []string {
	return named(a.Session, a.GenAI.Conversation, a.Event.ID)
}

func tokenIDs(a linkable) []string {
	keys := append(named(a.Credential.ID), a.Correlation...)
	if a.Resource.Type == "token" {
		keys = append(keys, named(a.Resource.ID)...)
	}
	return keys
}

// persons are the people of an action: who acted, and for whom.
func persons(a linkable) (list []string) {
	for _, p := range named(a.User.Email, a.User.ID, a.User.Target.Email, a.User.Target.ID, a.OnBehalfOf.ID) {
		if p = strings.ToLower(p); !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}

func clientPersons(a linkable) []string {
	return pairs(persons(a), named(a.Actor.ID, a.Actor.Name, a.GenAI.AgentID, a.Credential.ID))
}

func personResources(a linkable) []string {
	return pairs(persons(a), named(a.Resource.ID, a.Resource.Name, a.URL))
}

func pairs(firsts, seconds []string) (keys []string) {
	for _, x := range firsts {
		for _, y := range seconds {
			if key := x + "\x00" + y; x != strings.ToLower(y) && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// agentResource is the agent with the id that its call names.
func agentResource(a linkable) []string {
	if a.agent == "" || len(a.Resource.ID) < shortestID {
		return nil
	}
	return []string{a.agent + "\x00" + a.Resource.ID}
}

// shortestID is a length below which an id says too little: many objects carry it by chance.
const shortestID = 5

// agentObject is the agent with each part of the name of what it touched: cus_1042 of 2026/09/cus_1042.pdf.
func agentObject(a linkable) (keys []string) {
	if a.agent == "" {
		return nil
	}
	parts := strings.FieldsFunc(a.Resource.ID, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-'
	})
	for _, p := range append(parts, a.Resource.ID) {
		if len(p) >= shortestID && !slices.Contains(keys, a.agent+"\x00"+p) {
			keys = append(keys, a.agent+"\x00"+p)
		}
	}
	return keys
}
