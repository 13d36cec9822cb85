package normalize

import (
	"strconv"
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// bedrockFields are the facts that aws.bedrock may set.
var bedrockFields = []string{
	"@timestamp", "event.id", "event.action", "event.reason", "event.dataset", "event.duration", "error.code",
	"user.id", "cloud.provider", "cloud.account.id", "cloud.region", "cloud.service.name", "trace.id",
	"gen_ai.agent.id", "gen_ai.agent.name", "gen_ai.request.model", "gen_ai.conversation.id", "gen_ai.tool.name", "gen_ai.tool.call.id",
	"gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.name", "agenttrail.actor.basis",
	"agenttrail.on_behalf_of.id", "agenttrail.on_behalf_of.type", "agenttrail.delegation", "agenttrail.credential.type",
	"agenttrail.credential.owner.type", "agenttrail.credential.owner.id", "agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.external",
	"agenttrail.resource.amount", "agenttrail.resource.count", "agenttrail.subject.id", "agenttrail.outcome",
	"agenttrail.intent.reason", "agenttrail.intent.prompt_ref", "agenttrail.intent.prompt_sha256", "agenttrail.session.id", "agenttrail.correlation",
}

var bedrockFormat = format{
	name: "aws.bedrock", version: "1.0.0", fields: bedrockFields, tools: true,
	tells: TellsAgent | TellsPerson | TellsReason | TellsSubject,
	plan:  "any account; invocation logging is switched on per account and Region and costs the storage",
	keeps: "your bucket's policy",
	read: func(o Options) func(*reading, *window) error {
		return records(func(r *reading, v strictjson.Value) { mapBedrock(r, o.Tools, v) })(o)
	},
}

// A modelCall is one record of model invocation logging.
type modelCall struct {
	r    *reading
	v    strictjson.Value
	out  strictjson.Value // what the model answered: an object, for a stream an array of its parts
	meta strictjson.Value // requestMetadata: what the caller says about itself
}

// mapBedrock gives the call of the model, and one action for each tool that the model asked for: a request, no proof that the tool ran.
func mapBedrock(r *reading, tools *Tools, v strictjson.Value) {
	native, ok := r.nativeID("requestId", v.Get("requestId"))
	if !ok {
		return
	}
	when, ok := r.stamp("timestamp", v.Get("timestamp").Str())
	if !ok {
		return
	}
	c := modelCall{r: r, v: v, out: r.nested(v.At("/output/outputBodyJson")), meta: v.Get("requestMetadata")}
	a := r.action()
	a.Native, a.Time, a.Event.ID, a.Event.Dataset, a.Event.Action = native, when, native, "aws.bedrock", v.Get("operation").Str()
	c.setPlace(a)
	c.setWho(a)
	c.setOutcome(a)
	common := *a // of the tool calls too
	a.Verb, a.Resource.Type, a.Resource.ID = agenttrail.VerbInvoke, "model", v.Get("modelId").Str()
	a.GenAI.RequestModel = a.Resource.ID
	a.GenAI.InputTokens, a.GenAI.OutputTokens = number(v.At("/input/inputTokenCount")), number(v.At("/output/outputTokenCount"))
	if ms := number(c.out.At("/metrics/latencyMs")); ms.Known && ms.N >= 0 && ms.N < int64(1<<63-1)/1e6 {
		a.Event.Duration = agenttrail.Num(ms.N * 1e6)
	}
	c.setPrompt(a)
	c.eachTool(func(position int, id, name string, input strictjson.Value) {
		c.addTool(common, tools, position, id, name, input)
	})
}

func (c *modelCall) setPlace(a *agenttrail.Action) {
	a.Cloud.Provider, a.Cloud.Service = "aws", "bedrock"
	a.Cloud.Account, a.Cloud.Region = c.v.Get("accountId").Str(), c.v.Get("region").Str()
	a.Resource.System = "aws.bedrock"
	a.Trace.ID = hexID(c.meta.Get("trace_id").Str(), 32)
	a.Correlation = c.r.list(a.Native)
}

// setWho: the principal is the one whose credentials called; that it is an agent, and for whom it works, the caller has to say in requestMetadata.
func (c *modelCall) setWho(a *agenttrail.Action) {
	arn := c.v.At("/identity/arn").Str()
	a.User.ID = arn
	a.GenAI.AgentID, a.GenAI.AgentName = c.meta.Get("agent_id").Str(), c.meta.Get("agent_name").Str()
	a.GenAI.Conversation = first(c.meta.Get("conversation_id").Str(), c.meta.Get("session_id").Str())
	a.Session = a.GenAI.Conversation
	if strings.Contains(arn, ":assumed-role/") {
		a.Credential.Type = "role_session"
		a.Session = first(a.Session, arn)
	}
	if a.GenAI.AgentID != "" || a.GenAI.AgentName != "" {
		a.Actor = agenttrail.Actor{Type: agenttrail.ActorAgent, ID: a.GenAI.AgentID, Name: a.GenAI.AgentName, Basis: agenttrail.BasisDeclared}
		if arnActor(arn) == agenttrail.ActorHuman {
			a.Credential.OwnerType, a.Credential.OwnerID = agenttrail.ActorHuman, arn
		}
		serve(c.r, a, first(c.meta.Get("user_email").Str(), c.meta.Get("user_id").Str()), "")
		return
	}
	a.Actor.ID = arn
	if a.Actor.Type = arnActor(arn); a.Actor.Type != "" {
		a.Actor.Basis = agenttrail.BasisNative
	}
}

// arnActor is what the ARN of a principal says about its kind. Roles that AWS reserves for the logins of IAM Identity Center are a person's.
func arnActor(arn string) string {
	switch {
	case strings.Contains(arn, ":assumed-role/AWSReservedSSO_"), strings.Contains(arn, ":user/"), strings.HasSuffix(arn, ":root"):
		return agenttrail.ActorHuman
	case strings.Contains(arn, ":assumed-role/"), strings.Contains(arn, ":role/"):
		return agenttrail.ActorService
	}
	return ""
}

// setOutcome: an answer is a success, unless a guardrail stood in the way of it.
func (c *modelCall) setOutcome(a *agenttrail.Action) {
	a.Error.Code = c.v.Get("errorCode").Str()
	status := number(c.v.Get("status"))
	switch {
	case strings.HasPrefix(a.Error.Code, "AccessDenied") || status.N == 401 || status.N == 403:
		a.Outcome = agenttrail.Denied
	case a.Error.Code != "" || status.N >= 400:
		a.Outcome = agenttrail.Failure
	case c.guarded():
		a.Outcome, a.Event.Reason = agenttrail.Denied, "guardrail_intervened"
		return
	case c.v.Get("output").Exists():
		a.Outcome = agenttrail.Success
	}
	a.Event.Reason = first(a.Error.Code, c.v.Get("status").Str())
	if a.Outcome == agenttrail.Success {
		a.Event.Reason = ""
	}
}

func (c *modelCall) guarded() (yes bool) {
	c.parts(func(part strictjson.Value) {
		yes = yes || part.Get("stopReason").Str() == "guardrail_intervened" || part.At("/messageStop/stopReason").Str() == "guardrail_intervened" ||
			part.Get("amazon-bedrock-guardrailAction").Str() == "INTERVENED"
	})
	return yes
}

// parts gives the answer, or the parts of one that came as a stream.
func (c *modelCall) parts(yield func(strictjson.Value)) {
	if c.out.Kind() != strictjson.Array {
		yield(c.out)
		return
	}
	c.out.Each(func(part strictjson.Value) bool { yield(part); return true })
}

// setPrompt notes where the prompt is. Its text stays in the evidence; its hash tells whether another copy is the same.
func (c *modelCall) setPrompt(a *agenttrail.Action) {
	a.Intent.PromptRef = c.v.At("/input/inputBodyS3Path").Str()
	var text string
	c.r.nested(c.v.At("/input/inputBodyJson")).Get("messages").Each(func(m strictjson.Value) bool {
		if m.Get("role").Str() == "user" {
			text = first(messageText(m.Get("content")), text)
		}
		return true
	})
	a.Intent.PromptSHA256 = textHash(text)
}

// messageText is the first text of a message, which is a text or a list of blocks.
func messageText(content strictjson.Value) (text string) {
	if s, ok := content.Text(); ok {
		return s
	}
	content.Each(func(block strictjson.Value) bool {
		text = block.Get("text").Str()
		return text == ""
	})
	return text
}

// eachTool gives the tools that the model asked for, with the place of each among the blocks of the answer: of Converse (toolUse), of a body in Anthropic's
// form (tool_use), and of the streams of both, whose arguments come in pieces and are left out.
func (c *modelCall) eachTool(yield func(position int, id, name string, input strictjson.Value)) {
	if c.out.Kind() != strictjson.Array {
		blocks := c.out.At("/output/message/content")
		if !blocks.Exists() {
			blocks = c.out.Get("content")
		}
		position := 0
		blocks.Each(func(block strictjson.Value) bool {
			toolOf(position, block, yield)
			position++
			return true
		})
		return
	}
	c.out.Each(func(part strictjson.Value) bool {
		if started := part.Get("contentBlockStart"); started.Exists() {
			toolOf(int(number(started.Get("contentBlockIndex")).N), started.Get("start"), yield)
		} else {
			toolOf(int(number(part.Get("index")).N), part.Get("content_block"), yield)
		}
		return true
	})
}

func toolOf(position int, block strictjson.Value, yield func(position int, id, name string, input strictjson.Value)) {
	if use := block.Get("toolUse"); use.Exists() {
		yield(position, use.Get("toolUseId").Str(), use.Get("name").Str(), use.Get("input"))
	} else if block.Get("type").Str() == "tool_use" {
		yield(position, block.Get("id").Str(), block.Get("name").Str(), block.Get("input"))
	}
}

// addTool adds the request for a tool. Whether it ran the log does not know, so the outcome stays open, unless a guardrail kept the answer back.
func (c *modelCall) addTool(common agenttrail.Action, tools *Tools, position int, id, name string, input strictjson.Value) {
	a := c.r.action()
	*a = common
	a.Position = "content|" + strconv.Itoa(position)
	a.Event.Action = strings.TrimSpace("toolUse " + name)
	a.Resource.System, a.Verb = "", agenttrail.VerbOther
	if a.Outcome == agenttrail.Success {
		a.Outcome = agenttrail.Unknown
	}
	a.GenAI.ToolName, a.GenAI.ToolCall = name, id
	a.Correlation = c.r.list(a.Native, id)
	if t := tools.find(name); t != nil {
		t.apply(c.r, a, toolData{argument: jsonAt(input)})
	}
}
