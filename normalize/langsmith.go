package normalize

import (
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

var langsmithFormat = format{
	name: "langsmith.run", version: "1.0.0", fields: append([]string{"user.email"}, runFields...), tools: true,
	tells: TellsAgent | TellsPerson | TellsReason | TellsSubject,
	plan:  "any; the export to S3 needs Plus or Enterprise and is Parquet, which is not read",
	keeps: "by the tier of the trace",
	read: func(o Options) func(*reading, *window) error {
		return records(func(r *reading, v strictjson.Value) { mapLangSmith(r, o.Tools, v) }, "items", "runs")(o)
	},
}

// mapLangSmith reads a run. Calls of tools are actions, and chains that name an agent are its invocations.
func mapLangSmith(r *reading, tools *Tools, v strictjson.Value) {
	metadata := firstValue(v.Get("metadata"), v.At("/extra/metadata"))
	agentID, agentName := metadata.Get("agent_id").Str(), first(metadata.Get("agent_name").Str(), metadata.Get("lc_agent_name").Str())
	kind := v.Get("run_type").Str()
	switch {
	case kind == "tool", kind == "chain" && (agentID != "" || agentName != ""):
	case kind == "llm":
		r.skip(SkipModelCall)
		return
	case kind != "":
		r.skip(SkipOperation)
		return
	case v.Get("id").Exists():
		r.reject(RejectValue, "run_type is not there: name it in selects, which by default returns the id only")
		return
	}
	a := r.open("langsmith.run", "id", v.Get("id"), "start_time", v.Get("start_time"), inUTC)
	if a == nil {
		return
	}
	status := strings.ToUpper(v.Get("status").Str())
	n := run{name: v.Get("name").Str(), metadata: metadata, agentID: agentID, agentName: agentName, trace: v.Get("trace_id").Str(),
		conversation: first(v.Get("thread_id").Str(), metadata.Get("thread_id").Str(), metadata.Get("session_id").Str()),
		person:       metadata.Get("user_id").Str(), email: metadata.Get("user_email").Str(), input: v.Get("inputs"), output: v.Get("outputs"),
		failed: status == "ERROR" || v.Get("error").Str() != "", stays: status == "PENDING", message: v.Get("error").Str()}
	n.toolCall = first(metadata.Get("tool_call_id").Str(), v.At("/outputs/tool_call_id").Str(), v.At("/outputs/output/tool_call_id").Str())
	if n.optionalEnd(v.Get("end_time").Str(), inUTC); status != "SUCCESS" {
		n.ended = n.ended && status == ""
	}
	n.fill(r, a, tools, kind == "tool")
	if a.Actor.Type == agenttrail.ActorAgent || a.User.ID == "" {
		a.User.ID = v.Get("ls_user_id").Str() // whose key sent the run
	}
	v.Get("parent_run_ids").Each(func(id strictjson.Value) bool { a.ParentSpan = id.Str(); return true }) // the last is the next above
	a.ParentSpan = first(a.ParentSpan, v.Get("parent_run_id").Str())
	a.GenAI.RequestModel = metadata.Get("ls_model_name").Str()
	a.GenAI.InputTokens, a.GenAI.OutputTokens = number(firstValue(v.Get("prompt_tokens"), v.Get("input_tokens"))), number(firstValue(v.Get("completion_tokens"), v.Get("output_tokens")))
}
