package agenttrail

import (
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// Context is what a document says beyond its action: the entry it came with and the object it stands in.
// Empty members are left out, as `normalize` does without a trail.
type Context struct {
	Tenant                  string
	Receipt                 Int
	Run                     string
	Mapping, MappingVersion string
	ObjectSHA256            string    // hex
	SourceIntegrity         string    // verified, failed, pending; empty is not_available
	IntegrityRef            string    // URI of the digest that proves the object
	ApprovalOrigin          string    // system_log, api, file
	ApprovalSeen            time.Time // time of the entry
	Ingested                time.Time // when the document is sent; zero outside Elasticsearch
	Original                string    // raw text, only where the tenant allows it in the index
	Degraded                bool      // Elasticsearch took only a reduced form
	Provisional             bool      // its window is still open; asked when it is shown, never kept
}

// derived are the fields marked D.
type derived struct {
	ECSVersion, SchemaVersion, Message, Kind, Outcome, Module, Original string
	Category, Type, RelatedUser, RelatedHash, RelatedIP, Tags           []string
	Ingested, ApprovalSeen                                              time.Time
	Tenant, Effect, ApprovalOrigin                                      string
	ObjectSHA256, SourceIntegrity, IntegrityRef, LagStep, Run           string
	Mapping, MappingVersion                                             string
	Receipt                                                             Int
}

func derive(a *Action, c *Context, v *Verdict) derived {
	verb, _ := LookupVerb(a.Verb)
	d := derived{
		ECSVersion: ECSVersion, SchemaVersion: SchemaVersion, Message: Message(a), Kind: "event", Outcome: ecsOutcome(a.Outcome),
		Module: Module(a), Original: c.Original, Tags: tags(a, c), Ingested: c.Ingested, Tenant: c.Tenant, Effect: verb.Effect,
		ObjectSHA256: c.ObjectSHA256, SourceIntegrity: c.SourceIntegrity, IntegrityRef: c.IntegrityRef, LagStep: LagStep(a.Lag), Run: c.Run,
		Mapping: c.Mapping, MappingVersion: c.MappingVersion, Receipt: c.Receipt,
	}
	d.Category, d.Type = ecs(a)
	if d.SourceIntegrity == "" {
		d.SourceIntegrity = "not_available"
	}
	if a.Verb == VerbApprove || a.Verb == VerbReject {
		d.ApprovalOrigin, d.ApprovalSeen = c.ApprovalOrigin, c.ApprovalSeen
	}
	d.RelatedUser = related(a, v)
	d.RelatedHash = distinct(a.Event.Hash, c.ObjectSHA256, a.File.SHA256, a.Intent.PromptSHA256)
	d.RelatedIP = distinct(a.Source.IP)
	return d
}

// Module is the part of the dataset before the dot.
func Module(a *Action) string {
	module, _, _ := strings.Cut(a.Event.Dataset, ".")
	return module
}

func ecsOutcome(outcome string) string {
	switch outcome {
	case Success, Partial:
		return Success
	case Failure, Denied:
		return Failure
	}
	return Unknown
}

func tags(a *Action, c *Context) []string {
	t := distinct(slices.Concat(a.Flags, a.Evidence.Flags)...)
	if c.Degraded {
		t = append(t, "index_degraded")
	}
	if c.Provisional {
		t = append(t, "provisional")
	}
	return t
}

func related(a *Action, v *Verdict) []string {
	ids := []string{a.Actor.ID, a.OnBehalfOf.ID, a.User.ID, a.User.Email, a.User.Effective.ID, a.User.Effective.Email, a.User.Target.ID, a.User.Target.Email,
		a.Credential.ID, a.Credential.OwnerID, a.GenAI.AgentID}
	if v != nil {
		ids = append(append(ids, v.Actor.ID, v.OnBehalfOf.ID), v.Candidates...)
	}
	return distinct(ids...)
}

// distinct keeps the first of equal values and drops empty ones.
func distinct(values ...string) (list []string) {
	for _, v := range values {
		if v != "" && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// Message is one line about an action, from facts only: "Refund Bot (agent) for dana@example.com: pay charge ch_1 in stripe: success".
func Message(a *Action) string {
	var b strings.Builder
	b.WriteString(first(a.Actor.Name, a.Actor.ID, a.User.Email, a.User.Name, a.User.ID, "somebody"))
	switch a.Actor.Type {
	case ActorAgent:
		b.WriteString(" (agent)")
	case ActorService:
		b.WriteString(" (service)")
	}
	if who := first(a.OnBehalfOf.Name, a.OnBehalfOf.ID); who != "" {
		b.WriteString(" for " + who)
	}
	b.WriteString(": " + a.Verb)
	if a.Verb == VerbOther {
		b.WriteString(" " + a.Event.Action)
	}
	if what := strings.TrimSpace(a.Resource.Type + " " + first(a.Resource.ID, a.Resource.Name)); what != "" {
		b.WriteString(" " + what)
	}
	if a.Resource.System != "" {
		b.WriteString(" in " + a.Resource.System)
	}
	b.WriteString(": " + a.Outcome)
	return b.String()
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// LagSteps are the fixed steps of agenttrail.lag_step, in order.
var LagSteps = []string{"<0", "≤1m", "≤15m", "≤1h", "≤6h", "≤1d", "≤7d", ">7d"}

// LagStep puts a lag in milliseconds into its step.
func LagStep(lag Int) string {
	if !lag.Known {
		return ""
	}
	limits := []time.Duration{0, time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}
	for i, limit := range limits {
		ms := limit.Milliseconds()
		if i == 0 && lag.N < 0 || i > 0 && lag.N <= ms {
			return LagSteps[i]
		}
	}
	return LagSteps[len(LagSteps)-1]
}

// Units counts a string in UTF-16 units, as Elasticsearch counts lengths.
func Units(s string) (n int) {
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}
