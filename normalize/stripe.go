package normalize

import (
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// stripeFields are the facts that stripe.event may set.
var stripeFields = []string{
	"@timestamp", "event.id", "event.action", "event.reason", "event.dataset", "error.code", "organization.id", "trace.id", "gen_ai.agent.id",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.basis",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.amount", "agenttrail.resource.external",
	"agenttrail.subject.id", "agenttrail.outcome", "agenttrail.correlation",
}

var stripeFormat = format{
	name: "stripe.event", version: "1.0.0", fields: stripeFields,
	tells: TellsAgent | TellsSubject,
	plan:  "any account; a restricted key with the permission to read events",
	keeps: "30 days",
	read:  records(mapStripe, "data"),
}

// mapStripe reads an event. Events of test mode moved nothing.
func mapStripe(r *reading, v strictjson.Value) {
	if live, said := v.Get("livemode").Bool(); said && !live {
		r.skip(SkipTestMode)
		return
	}
	a := r.open("stripe.event", "id", v.Get("id"), "created", v.Get("created"), unixSeconds)
	if a == nil {
		return
	}
	a.Event.Action = v.Get("type").Str()
	a.Verb = stripeVerbs.verb(a.Event.Action)
	a.Organization.ID = first(v.Get("account").Str(), v.Get("context").Str())
	on := v.At("/data/object")
	stripeWho(r, a, v, on)
	stripeWhat(r, a, on)
	stripeOutcome(a, on)
}

// stripeWho: an event names no actor. By convention an agent writes its id into the metadata of the object, which later events of the object repeat, so
// that it says who acted only where the object is made, or where the request's idempotency key begins with it too.
func stripeWho(r *reading, a *agenttrail.Action, v, on strictjson.Value) {
	request, metadata := v.Get("request"), on.Get("metadata")
	id, key := first(request.Get("id").Str(), request.Str()), request.Get("idempotency_key").Str()
	agent := metadata.Get("agent_id").Str()
	mine := strings.HasPrefix(key, agent+":")
	switch {
	case agent != "" && id != "" && (mine || strings.HasSuffix(a.Event.Action, ".created")):
		a.GenAI.AgentID = agent
		a.Actor = agenttrail.Actor{Type: agenttrail.ActorAgent, ID: agent, Basis: agenttrail.BasisDeclared}
		a.Trace.ID = hexID(metadata.Get("trace_id").Str(), 32)
	case id == "" && v.Get("request").Kind() != strictjson.Invalid:
		a.Actor = agenttrail.Actor{Type: agenttrail.ActorSystem, Basis: agenttrail.BasisNative}
	}
	if mine && agent != "" {
		a.Correlation = r.list(id, key, key[len(agent)+1:], metadata.Get("tool_call_id").Str(), metadata.Get("session_id").Str())
		return
	}
	a.Correlation = r.list(id, key, metadata.Get("tool_call_id").Str(), metadata.Get("session_id").Str())
}

func stripeWhat(r *reading, a *agenttrail.Action, on strictjson.Value) {
	a.Resource.System, a.Resource.Type, a.Resource.ID = "stripe", on.Get("object").Str(), on.Get("id").Str()
	currency := strings.ToUpper(on.Get("currency").Str())
	minor := firstValue(on.Get("amount"), on.Get("amount_due"), on.Get("total"), on.Get("unit_amount"))
	if a.Event.Action == "charge.refunded" {
		minor = on.Get("amount_refunded")
	}
	if amount := fromMinor(minor.Str(), decimals(currency)); amount != "" && currency != "" {
		a.Resource.Amount = amount + " " + currency
	}
	if a.Verb == agenttrail.VerbPay || a.Verb == agenttrail.VerbSend {
		a.Resource.External = agenttrail.Yes
	}
	customer := on.Get("customer")
	id := first(customer.Get("id").Str(), customer.Str())
	if a.Resource.Type == "customer" {
		id = a.Resource.ID
	}
	if id != "" {
		a.Subjects = r.list("stripe:" + id)
	}
}

// stripeOutcome goes by the name of the event, then by the state of the object.
func stripeOutcome(a *agenttrail.Action, on strictjson.Value) {
	status := on.Get("status").Str()
	a.Error.Code = first(on.Get("failure_code").Str(), on.At("/last_payment_error/code").Str())
	a.Event.Reason = first(on.Get("failure_reason").Str(), on.Get("failure_message").Str(), on.At("/last_payment_error/message").Str(), on.At("/outcome/reason").Str())
	switch {
	case on.At("/outcome/type").Str() == "blocked":
		a.Outcome = agenttrail.Denied
	case strings.HasSuffix(a.Event.Action, "failed") || status == "failed":
		a.Outcome = agenttrail.Failure
	case a.Verb == agenttrail.VerbPay && status == "canceled":
		a.Outcome = agenttrail.Failure
	case a.Verb == agenttrail.VerbPay && (status == "pending" || status == "in_transit" || status == "requires_action" || status == "processing"):
		a.Outcome = agenttrail.Pending
	case a.Event.Action != "":
		a.Outcome = agenttrail.Success
	}
}

// stripeVerbs: money moves once. Of the events about one payment that which begins it pays: refund.created and not charge.refunded beside it,
// charge.succeeded and not the invoice and the intent that it fulfils, payout.created and not the news of its arrival.
var stripeVerbs = verbTable{
	names: map[string]string{
		"refund.created": agenttrail.VerbPay, "payout.created": agenttrail.VerbPay, "transfer.created": agenttrail.VerbPay, "topup.created": agenttrail.VerbPay,
		"charge.succeeded": agenttrail.VerbPay, "charge.failed": agenttrail.VerbPay, "charge.pending": agenttrail.VerbPay,
		"charge.refunded": agenttrail.VerbUpdate, "payment_intent.succeeded": agenttrail.VerbUpdate, "checkout.session.completed": agenttrail.VerbUpdate,
		"account.application.authorized": agenttrail.VerbConnect, "account.application.deauthorized": agenttrail.VerbRevoke, "invoice.sent": agenttrail.VerbSend,
	},
	prefixes: []affix{
		{"treasury.outbound_payment.created", agenttrail.VerbPay}, {"treasury.outbound_transfer.created", agenttrail.VerbPay},
		{"refund.", agenttrail.VerbUpdate}, {"charge.", agenttrail.VerbUpdate}, {"payout.", agenttrail.VerbUpdate}, {"transfer.", agenttrail.VerbUpdate},
		{"account.", agenttrail.VerbConfigure}, {"capability.", agenttrail.VerbConfigure},
	},
	suffixes: []affix{
		{".created", agenttrail.VerbCreate}, {".deleted", agenttrail.VerbDelete}, {".updated", agenttrail.VerbUpdate}, {".canceled", agenttrail.VerbUpdate}, {".paused", agenttrail.VerbUpdate}, {".resumed", agenttrail.VerbUpdate},
		{".paid", agenttrail.VerbUpdate}, {"_failed", agenttrail.VerbUpdate}, {".voided", agenttrail.VerbUpdate}, {".finalized", agenttrail.VerbUpdate}, {".accepted", agenttrail.VerbUpdate},
	},
}
