package normalize

import (
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// setAgent adds what the services for agents say beyond the common members: Bedrock, AgentCore and the AWS MCP server.
func (e *trailEvent) setAgent(a *agenttrail.Action) {
	switch {
	case strings.HasPrefix(e.source, "bedrock-agentcore"):
		e.setAgentCore(a)
	case strings.HasPrefix(e.source, "bedrock"):
		a.GenAI.RequestModel = e.params.Get("modelId").Str()
		a.GenAI.Conversation = e.params.Get("sessionId").Str()
	case strings.Contains(e.source, "aws-mcp") && e.name == "CallTool":
		e.setToolCall(a, first(e.params.Get("name").Str(), e.params.Get("toolName").Str(), e.params.At("/params/name").Str()), e.params)
	}
}

func (e *trailEvent) setAgentCore(a *agenttrail.Action) {
	switch e.name {
	case "InvokeGateway", "InvokeMcp":
		e.setGateway(a)
	case "InvokeAgentRuntime":
		a.GenAI.Conversation = e.params.Get("runtimeSessionId").Str()
		e.serve(a, e.params.Get("runtimeUserId").Str())
	case "GetWorkloadAccessTokenForUserId":
		e.serve(a, e.params.Get("userId").Str())
	}
}

// serve notes the person that the agent acts for.
func (e *trailEvent) serve(a *agenttrail.Action, person string) {
	if person != "" {
		a.OnBehalfOf.ID, a.OnBehalfOf.Type = person, agenttrail.ActorHuman
	}
}

// setGateway reads a call through an AgentCore gateway. What was asked stands in the JSON-RPC body, who asked in the claims of the token, how it ended in
// the answer: userIdentity is anonymous, and errorCode stays empty also when the call failed.
func (e *trailEvent) setGateway(a *agenttrail.Action) {
	more := e.v.Get("additionalEventData")
	a.Actor.Type, a.Actor.Basis = agenttrail.ActorAgent, agenttrail.BasisDeclared
	e.setCaller(a, more.Get("jwt"))
	more.Get("downstreamRequestIds").Each(func(id strictjson.Value) bool {
		if id.Str() != "" {
			a.Correlation = append(a.Correlation, id.Str())
		}
		return true
	})
	body := e.r.nested(e.params.Get("body"))
	a.MCP.Method = body.Get("method").Str()
	switch a.MCP.Method {
	case "tools/call":
		e.setToolCall(a, body.At("/params/name").Str(), body.At("/params/arguments"))
	case "":
	default:
		a.Verb = gatewayVerb(a.MCP.Method)
	}
	e.setGatewayOutcome(a)
}

func gatewayVerb(method string) string {
	switch {
	case strings.HasSuffix(method, "/list"):
		return agenttrail.VerbSearch
	case method == "resources/read" || method == "prompts/get":
		return agenttrail.VerbRead
	case method == "initialize":
		return agenttrail.VerbConnect
	}
	return agenttrail.VerbOther
}

// setCaller takes the caller from the claims of a token: the client is the agent, the subject the person it serves.
func (e *trailEvent) setCaller(a *agenttrail.Action, jwt strictjson.Value) {
	claims := jwt.Get("claims")
	if claims.Kind() != strictjson.Object {
		return
	}
	subject := claims.Get("sub").Str()
	client := first(claims.Get("client_id").Str(), claims.Get("azp").Str(), claims.Get("cid").Str(), claims.Get("appid").Str())
	a.User.ID = first(subject, a.User.ID)
	a.Actor.ID, a.Actor.Name = first(client, subject), ""
	if client != "" && client != subject {
		a.OnBehalfOf.ID = subject
	}
	a.Credential.Type, a.Credential.ID = "oauth_token", claims.Get("jti").Str()
	if scopes := first(claims.Get("scope").Str(), claims.Get("scp").Str()); scopes != "" {
		a.Credential.Scopes = e.r.list(strings.Fields(scopes)...)
	}
}

// setGatewayOutcome looks at the status and the JSON-RPC answer, unless the call itself was refused.
func (e *trailEvent) setGatewayOutcome(a *agenttrail.Action) {
	if a.Error.Code != "" {
		return
	}
	body := e.r.nested(e.reply.Get("body"))
	failed, status := body.Get("error"), number(e.reply.Get("statusCode"))
	isError, saysError := body.At("/result/isError").Bool()
	a.Error.Code, a.Error.Message = failed.Get("code").Str(), failed.Get("message").Str()
	switch {
	case status.N == 401 || status.N == 403:
		a.Outcome = agenttrail.Denied
	case status.N >= 400 || failed.Exists() || isError:
		a.Outcome = agenttrail.Failure
	case status.Known || saysError || body.Get("result").Exists():
		a.Outcome = agenttrail.Success
	default:
		a.Outcome = agenttrail.Unknown
	}
	if a.Error.Code == "" && status.N >= 400 {
		a.Error.Code = e.reply.Get("statusCode").Str()
	}
	a.Event.Reason = first(a.Error.Message, a.Error.Code)
	if isError && a.Event.Reason == "" {
		a.Event.Reason = "isError"
	}
}

// setToolCall names the tool, and takes what it means from the tool map: by its whole name, or without the target that a gateway puts before it
// ("<target>___<tool>"). What the map does not know is verb other; the system stays the gateway's, which the log does state.
func (e *trailEvent) setToolCall(a *agenttrail.Action, tool string, arguments strictjson.Value) {
	a.GenAI.ToolName, a.MCP.Method, a.Verb = tool, "tools/call", agenttrail.VerbOther
	_, short, _ := strings.Cut(tool, "___")
	if t := e.tools.find(tool, short); t != nil {
		a.Resource.Type, a.Resource.ID = "", ""
		t.apply(e.r, a, toolData{argument: jsonAt(arguments)})
	}
}
