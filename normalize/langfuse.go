package normalize

import (
	"agenttrail/internal/strictjson"
)

var langfuseFormat = format{
	name: "langfuse.observation", version: "1.0.0", fields: append([]string{"span.id"}, runFields...), tools: true,
	tells: TellsAgent | TellsPerson | TellsReason | TellsSubject,
	plan:  "self-hosted or any cloud plan for the API; the export to S3 by plan (ask for JSONL)",
	keeps: "the project's retention",
	read: func(o Options) func(*reading, *window) error {
		return records(func(r *reading, v strictjson.Value) { mapLangfuse(r, o.Tools, v) }, "data")(o)
	},
}

// mapLangfuse reads an observation of the API (startTime) or of an export (start_time). Steps of agents and calls of tools are actions.
func mapLangfuse(r *reading, tools *Tools, v strictjson.Value) {
	either := func(camel, snake string) strictjson.Value { return firstValue(v.Get(camel), v.Get(snake)) }
	kind := v.Get("type").Str()
	switch kind {
	case "TOOL", "AGENT":
	case "GENERATION":
		r.skip(SkipModelCall)
		return
	case "":
		if v.Get("id").Exists() {
			r.reject(RejectValue, "type is not there: export the observations with it")
			return
		}
	default:
		r.skip(SkipOperation)
		return
	}
	a := r.open("langfuse.observation", "id", v.Get("id"), "start_time", either("startTime", "start_time"), inUTC)
	if a == nil {
		return
	}
	n := run{name: v.Get("name").Str(), metadata: r.nested(v.Get("metadata")), trace: either("traceId", "trace_id").Str(), conversation: either("sessionId", "session_id").Str(),
		input: v.Get("input"), output: v.Get("output"), failed: v.Get("level").Str() == "ERROR", message: either("statusMessage", "status_message").Str()}
	n.agentID, n.agentName, n.toolCall = n.metadata.Get("agent_id").Str(), n.metadata.Get("agent_name").Str(), n.metadata.Get("tool_call_id").Str()
	n.person = either("userId", "user_id").Str()
	if kind == "AGENT" {
		n.agentName = first(n.agentName, n.name)
	}
	n.optionalEnd(either("endTime", "end_time").Str(), inUTC)
	n.fill(r, a, tools, kind == "TOOL")
	a.Trace.Span = hexID(a.Native, 16)
	a.ParentSpan = either("parentObservationId", "parent_observation_id").Str()
	a.GenAI.RequestModel = first(v.Get("model").Str(), either("providedModelName", "provided_model_name").Str())
	usage := r.nested(either("usageDetails", "usage_details"))
	a.GenAI.InputTokens, a.GenAI.OutputTokens = number(usage.Get("input")), number(usage.Get("output"))
}
