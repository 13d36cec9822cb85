package normalize

// Reasons why a record is rejected. A rejected record stays in the evidence; its reason is counted in the batch entry.
const (
	RejectSyntax   = "not_json"         // the record is no JSON value
	RejectNoObject = "not_object"       // JSON, but no object
	RejectDepth    = "too_deep"         // nested deeper than the limit
	RejectMembers  = "too_many_members" // one object has more members than the limit
	RejectTooLong  = "line_too_long"    // a line over 16 MiB
	RejectUTF16    = "utf16"            // the text is UTF-16
	RejectQuote    = "bad_quote"        // CSV: a quote where none may stand, or one that never closes
	RejectColumns  = "wrong_columns"    // CSV: the row has not as many cells as the header
	RejectNoTime   = "no_time"          // nothing says when it happened
	RejectTime     = "bad_time"         // the time cannot be read, or states no zone
	RejectID       = "bad_id"           // the native id is neither text nor number
	RejectValue    = "bad_value"        // a value does not fit its field
	RejectPanic    = "mapper_panic"     // the mapping failed on this record: a defect of the program
)

// Rules by which a record is skipped: it could be read, and is no action.
const (
	SkipInsight    = "insight_event"        // CloudTrail Insights: statistics about calls
	SkipModelCall  = "model_call"           // a call of a model: reason of actions, not one
	SkipTwin       = "twin_span"            // second span of a tool call that the object already has
	SkipMCP        = "mcp_other"            // protocol traffic that touches nothing: initialize, tools/list
	SkipOperation  = "other_operation"      // GenAI operation that is no action: embeddings, retrieval, create_agent
	SkipNoAgent    = "not_genai"            // span that states neither a GenAI operation nor an MCP method
	SkipSignal     = "other_signal"         // metrics in a file of traces, and the like
	SkipAutoPolicy = "auto_policy"          // tool call let through by a rule: a fact of its result
	SkipDecision   = "decision_unexplained" // tool decision that does not say who decided
	SkipEvent      = "other_event"          // event of the agent's runtime that is no action
	SkipNoClaude   = "not_claude_code"      // log record of another program
	SkipToolResult = "tool_result"          // what a tool answered: belongs to the call, which is an action
	SkipSynthetic  = "synthetic_marker"     // message that the vendor put in, nobody said it
	SkipNoContent  = "content_unavailable"  // message whose content the vendor no longer has: what it did, nobody can tell
	SkipNoEvents   = "no_events"            // an activity that lists no event
	SkipNoAudit    = "not_audit"            // an entry of another log that came through the same sink
	SkipTestMode   = "test_mode"            // an event of a vendor's test mode: it moved nothing
	SkipClass      = "other_class"          // OCSF of another class than API Activity
	SkipPageView   = "page_view"            // what a browser showed: the interface, not the data behind it
)
