package normalize

import (
	"time"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// approvalFields are the facts that agenttrail.approvals may set.
var approvalFields = []string{
	"@timestamp", "event.id", "event.action", "event.dataset",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.basis", "agenttrail.verb", "agenttrail.outcome",
	"agenttrail.approval.requester", "agenttrail.approval.asked_at", "agenttrail.approval.expires_at", "agenttrail.approval.agent",
	"agenttrail.approval.verb", "agenttrail.approval.system", "agenttrail.approval.resource", "agenttrail.approval.limit", "agenttrail.approval.ticket",
	"agenttrail.authorization.policy.id",
}

var approvalsFormat = format{
	name: "agenttrail.approvals", version: "1.0.0", fields: approvalFields,
	tells: TellsAgent | TellsPerson | TellsLeave,
	plan:  "none: an export of whatever system the approvals are given in", keeps: "by that system",
	read: func(Options) func(*reading, *window) error { return approvals },
}

// approvals reads decisions of people, JSON lines or CSV with the same names. An object whose first character is '{' has lines.
func approvals(r *reading, w *window) error {
	c, err := w.nextAfterMark()
	if err != nil {
		return err
	}
	if c == '{' {
		return r.json(lines, w, true, func(r *reading, v strictjson.Value) {
			if id, ok := r.nativeID("approval_id", v.Get("approval_id")); ok {
				r.approval(id, func(name string) string { return v.Get(name).Str() })
			}
		})
	}
	return r.csv(w, []string{"approver", "decision", "decided_at"}, func(r *reading, in row) {
		r.approval(in.cell("approval_id"), in.cell)
	})
}

// approval maps one decision. The approver is a person by definition of the format.
func (r *reading) approval(id string, get func(name string) string) {
	when, ok := r.stamp("decided_at", get("decided_at"))
	if !ok {
		return
	}
	a := agenttrail.Action{Native: id, Time: when}
	a.Event.ID, a.Event.Action, a.Event.Dataset = id, get("decision"), "agenttrail.approvals"
	switch a.Event.Action {
	case "approved":
		a.Verb = agenttrail.VerbApprove
	case "rejected":
		a.Verb = agenttrail.VerbReject
	default:
		r.reject(RejectValue, "decision is "+quote(a.Event.Action)+"; it must be approved or rejected")
		return
	}
	a.Outcome = agenttrail.Success // of the decision: it was made
	a.Actor = agenttrail.Actor{Type: agenttrail.ActorHuman, ID: get("approver"), Basis: agenttrail.BasisNative}
	a.Approval = agenttrail.Approval{Requester: get("requested_by"), Agent: get("agent_id"), Verb: get("verb"), System: get("resource_system"),
		Resource: get("resource_id"), Limit: get("limit"), Ticket: get("ticket_url")}
	a.Authorized.PolicyID = get("policy_id")
	if r.optionalTime("asked_at", get("asked_at"), &a.Approval.AskedAt) && r.optionalTime("expires_at", get("expires_at"), &a.Approval.ExpiresAt) {
		*r.action() = a
	}
}

// optionalTime reads a time that may be absent. One that cannot be read rejects the record: leave without its end would be leave for ever.
func (r *reading) optionalTime(name, text string, into *time.Time) bool {
	if text == "" {
		return true
	}
	t, ok := r.stamp(name, text)
	*into = t
	return ok
}
