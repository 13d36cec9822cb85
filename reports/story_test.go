package reports

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/reports/reportstest"
)

// The story: July 2026 of a company with three sources. Two registered agents, one that nobody registered, software of an agent on a
// person's login, a login that a person and an agent share. Every number of the tests is counted by hand from the rows below.

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", "2026-"+s)
	if err != nil {
		panic(err)
	}
	return t
}

const refundRole = "arn:aws:iam::111122223333:role/Refund"

// act is a row of the story, changed by the given functions.
func act(receipt int64, n int, when, dataset, system, verb, outcome string, change ...func(*agenttrail.Action)) reportstest.Row {
	a := agenttrail.Action{Time: at(when), Verb: verb, Outcome: outcome, ID: fmt.Sprintf("%08x-%032x", at(when).Unix(), n), Lag: agenttrail.Num(3_600_000)}
	a.Event.Dataset, a.Event.Action, a.Resource.System = dataset, strings.ToUpper(verb), system
	for _, c := range change {
		c(&a)
	}
	a.Defaults()
	return reportstest.Row{Receipt: receipt, Action: a}
}

func role(a *agenttrail.Action) {
	a.User.Effective.ID, a.User.ID = refundRole, refundRole
	a.Actor = agenttrail.Actor{Type: agenttrail.ActorService, ID: refundRole, Basis: agenttrail.BasisNative}
}

func human(email string) func(*agenttrail.Action) {
	return func(a *agenttrail.Action) {
		a.User.Email = email
		a.Actor = agenttrail.Actor{Type: agenttrail.ActorHuman, ID: email, Basis: agenttrail.BasisNative}
	}
}

func declared(id string) func(*agenttrail.Action) {
	return func(a *agenttrail.Action) {
		a.GenAI.AgentID, a.Actor = id, agenttrail.Actor{Type: agenttrail.ActorAgent, ID: id, Basis: agenttrail.BasisDeclared}
	}
}

func charge(id string) func(*agenttrail.Action) {
	return func(a *agenttrail.Action) {
		a.Resource.Type, a.Resource.ID, a.Resource.Amount = "charge", id, "49.00 EUR"
	}
}

func reason(text string) func(*agenttrail.Action) {
	return func(a *agenttrail.Action) { a.Intent.Reason, a.Intent.Basis = text, agenttrail.BasisRecorded }
}

func onLoginOf(email string) func(*agenttrail.Action) {
	return func(a *agenttrail.Action) { a.User.Email, a.Credential.OwnerType = email, agenttrail.ActorHuman }
}

func software(name string) func(*agenttrail.Action) {
	return func(a *agenttrail.Action) { a.UserAgent = name }
}

func conflict(a *agenttrail.Action) {
	a.Evidence.Flags = []string{agenttrail.FlagConflict}
	a.ID += "-deadbeef"
}

func storyRows() []reportstest.Row {
	const cloud, otlp, errs = "aws.cloudtrail", "otlp.genai", "errors.log"
	return []reportstest.Row{
		act(2, 1, "07-02 09:00", cloud, "aws.s3", "read", "success", role),
		act(2, 2, "07-03 09:00", cloud, "aws.s3", "read", "success", role),
		act(2, 3, "07-04 09:00", cloud, "aws.s3", "read", "success", role),
		act(2, 4, "07-04 10:00", cloud, "aws.s3", "delete", "denied", role, func(a *agenttrail.Action) { a.Resource.Type, a.Resource.ID = "object", "ledger/2026" }),
		act(2, 5, "07-09 08:00", cloud, "aws.s3", "read", "success", human("eve@example.com")),
		act(2, 6, "07-10 08:00", cloud, "aws.s3", "read", "success", human("rob@example.com"), software("claude-code/1.0")),
		act(2, 7, "07-11 08:00", cloud, "aws.s3", "read", "success", human("kim@example.com")),
		act(2, 16, "07-11 09:00", cloud, "aws.s3", "read", "success", human("dana@example.com")),
		act(4, 8, "07-14 12:00", otlp, "stripe", "pay", "success", declared("refund"), charge("ch_1"), reason("customer ann@example.org asked twice")),
		act(4, 9, "07-15 12:00", otlp, "stripe", "pay", "success", declared("refund"), charge("ch_2")),
		act(4, 10, "07-16 12:00", otlp, "stripe", "pay", "denied", declared("refund"), charge("ch_3")),
		act(4, 11, "07-17 12:00", otlp, "crm", "read", "success", declared("sales"), onLoginOf("dana@example.com"), reason("prepare a call")),
		act(4, 12, "07-20 12:00", otlp, "stripe", "read", "", declared("intern-bot")),
		act(4, 8, "07-14 12:00", otlp, "stripe", "pay", "failure", declared("refund"), charge("ch_1"), conflict),
		act(5, 14, "07-21 12:00", errs, "billing", "update", "failure"),
		act(5, 15, "07-22 12:00", errs, "billing", "update", "failure"),
	}
}

func storyEntries() []agenttrail.Entry {
	batch := func(source, mapping string, c agenttrail.Counts, windowed bool) agenttrail.Entry {
		b := &agenttrail.Batch{Name: "b", Counts: c, Objects: agenttrail.ObjectsFile{Count: 3}}
		b.Source, b.Mapping, b.Window.Source = source, mapping, source
		if windowed {
			b.Window.From, b.Window.To = at("07-01 00:00"), at("07-02 00:00")
		}
		b.Tables = []agenttrail.TableFile{{Name: "actions", Rows: c.Rows, First: at("07-02 09:00"), Last: at("07-22 12:00")}}
		return agenttrail.Entry{Time: at("08-02 03:00"), Batch: b}
	}
	entries := []agenttrail.Entry{
		{Genesis: &agenttrail.Genesis{}}, {Policy: &agenttrail.Policy{}},
		batch("cloud", "aws.cloudtrail", agenttrail.Counts{Read: 10, Accepted: 8, Skipped: 1, Rejected: 1, Actions: 8, Rows: 8,
			Skips: map[string]int64{"bucket_test": 1}, Rejects: map[string]int64{"no_time": 1}}, true),
		{Policy: &agenttrail.Policy{}},
		batch("agents", "otlp.genai", agenttrail.Counts{Read: 7, Accepted: 5, Conflict: 1, Duplicate: 1, Actions: 7, ActionDuplicates: 1, Rows: 6}, false),
		batch("errs", "generic", agenttrail.Counts{Read: 2, Accepted: 2, Actions: 2, Rows: 2}, true),
	}
	window := func(source string, from, to time.Time, result string, objects int64) {
		w := &agenttrail.WindowState{Window: agenttrail.Window{Source: source, From: from, To: to}, State: agenttrail.WindowClosed, Result: result, Objects: objects}
		entries = append(entries, agenttrail.Entry{Time: at("08-02 03:00"), Window: w})
	}
	for _, source := range []string{"cloud", "errs"} {
		for d := at("07-01 00:00"); d.Before(at("08-01 00:00")); d = d.AddDate(0, 0, 1) {
			window(source, d, d.AddDate(0, 0, 1), "complete", 1)
		}
	}
	window("errs", at("07-05 00:00"), at("07-08 00:00"), "empty", 0)
	window("agents", time.Time{}, time.Time{}, "complete", 2)
	return entries
}

func storyInput() Input {
	in := Input{
		Facts: &reportstest.Facts{Rows: storyRows()}, Judge: storyJudge{}, Owner: "Example Retail Ltd", Tenant: "example", Fingerprint: "0123 4567",
		Cite:     agenttrail.Cite{Origin: "agenttrail/example/0a1b2c3d", Size: int64(len(storyEntries())), Time: at("08-03 03:00"), Key: "agenttrail/example/0a1b2c3d+00000000+AAAA", Note: "agenttrail/example/0a1b2c3d\n70\n"},
		Agents:   storyAgents(),
		Sources:  storySources(),
		NoSource: []NoSource{{System: "crm", Why: "the vendor sells logs apart", Owner: "Pat Doe"}},
		Approvals: []Approval{
			{ID: "APR-1", Action: "6a000000-00000000000000000000000000000001", Agent: "refund", Verb: "pay", System: "stripe", Resource: "ch_1", Approver: "Lee Roy", Requester: "Dana Fox", Asked: at("07-14 11:00"), At: at("07-14 11:05"), Seen: at("07-15 03:00"), Origin: "file"},
			{ID: "APR-2", Action: "6a000000-00000000000000000000000000000002", Agent: "refund", Verb: "pay", System: "stripe", Resource: "ch_9", Approver: "Lee Roy", Requester: "Dana Fox", At: at("07-15 11:00"), Seen: at("07-20 03:00"), Origin: "file"},
			{ID: "REJ-1", Action: "6a000000-00000000000000000000000000000003", Agent: "refund", Verb: "pay", System: "stripe", Resource: "ch_7", Approver: "Lee Roy", Rejected: true, Asked: at("07-15 11:00"), At: at("07-15 11:20"), Seen: at("07-16 03:00"), Origin: "file"},
			{ID: "APR-0", Action: "6a000000-00000000000000000000000000000004", Agent: "refund", Approver: "Lee Roy", At: at("06-30 11:00"), Seen: at("07-01 03:00"), Origin: "file"},
		},
		EarlierLines: []EarlierLine{{Agent: "refund", Rule: "agents.yaml#refund/pay", Declared: at("07-01 00:00"), Seen: at("07-03 12:00")}},
		Build:        "v0.1.0", Config: strings.Repeat("c", 64), Register: strings.Repeat("d", 64), Verify: "agenttrail verify --trail trail --key agenttrail/example/0a1b2c3d+00000000+AAAA",
	}
	in.Period, _ = Calendar{}.Parse("2026-07")
	withLedger(&in)
	return in
}

func storyAgents() []Agent {
	return []Agent{
		{ID: "refund", Name: "Refund Bot", Owner: "support-ops", ApprovedBy: "Pat Doe", Status: "active", Purpose: "pays refunds", Systems: []string{"aws.s3", "stripe"}, Identities: []string{"aws: role Refund"},
			Allowed: []string{"read in aws.s3", "pay in stripe"}, Declared: at("07-01 00:00"), Seen: at("07-03 12:00"), ReviewDate: at("09-01 00:00")},
		{ID: "sales", Name: "Sales Assistant", Owner: "dana@example.com", Status: "active", Systems: []string{"crm"}, Declared: at("07-01 00:00"), Seen: at("06-30 00:00")},
		{ID: "idle", Owner: "support-ops", Status: "suspended"},
	}
}

func storySources() []Source {
	since := at("07-01 00:00")
	return []Source{
		{Name: "errs", Kind: "s3", Format: "generic", Dataset: "errors.log", Since: since, Lag: 24 * time.Hour, Systems: []string{"billing"}},
		{Name: "cloud", Kind: "s3", Format: "aws.cloudtrail", Dataset: "aws.cloudtrail", Since: since, Lag: 24 * time.Hour, Systems: []string{"aws"}, Tells: Tells{Person: true}},
		{Name: "agents", Kind: "folder", Format: "otlp.genai", Dataset: "otlp.genai", Systems: []string{"stripe"}, Tells: Tells{Agent: true, Reason: true}},
	}
}

// storyJudge knows the register of the story.
type storyJudge struct{}

var storyKey = []string{"agenttrail.actor.basis", "agenttrail.actor.id", "agenttrail.actor.type", "agenttrail.credential.owner.type", "agenttrail.on_behalf_of.id",
	"agenttrail.resource.system", "agenttrail.verb", "event.module", "user.effective.id", "user.email", "user_agent.original"}

func (storyJudge) Key() []string { return storyKey }

func (storyJudge) Changes() []time.Time {
	return []time.Time{at("06-30 00:00"), at("07-01 00:00"), at("07-03 12:00")}
}

func (storyJudge) Who(key []string, when time.Time) (v agenttrail.Verdict) {
	get := func(field string) string {
		for i, f := range storyKey {
			if f == field {
				return key[i]
			}
		}
		panic(field)
	}
	id, system, verb := get("agenttrail.actor.id"), get("agenttrail.resource.system"), get("agenttrail.verb")
	v.Actor.Type, v.Actor.ID, v.Actor.Basis = get("agenttrail.actor.type"), id, get("agenttrail.actor.basis")
	registered := func(agent, name string, in, need bool) {
		v.Actor.Type, v.Actor.ID, v.Actor.Name, v.Actor.Registered = agenttrail.ActorAgent, agent, name, agenttrail.Yes
		if v.Actor.Basis != agenttrail.BasisDeclared {
			v.Actor.Basis = agenttrail.BasisRegister
		}
		v.Scope.In, v.Scope.Rule, v.Authorized.Required, v.Scope.Proof = agenttrail.Said(in), "agents.yaml#"+agent, agenttrail.Said(need), agenttrail.ProofDeclared
		if !when.Before(at("07-03 12:00")) {
			v.Scope.Proof = agenttrail.ProofProved
		}
	}
	switch {
	case get("user.effective.id") == refundRole || id == "refund":
		registered("refund", "Refund Bot", system == "aws.s3" && verb == "read" || system == "stripe" && verb == "pay", verb == "pay")
	case id == "sales":
		registered("sales", "Sales Assistant", true, false)
	case id == "intern-bot":
		v.Actor.Registered = agenttrail.No
	case strings.HasPrefix(get("user_agent.original"), "claude-code/"):
		v.Actor.Type, v.Actor.Basis, v.Actor.Registered = agenttrail.ActorAgent, agenttrail.BasisInferred, agenttrail.No
	case id == "kim@example.com":
		v.Actor.Type, v.Actor.Basis = agenttrail.ActorUnknown, agenttrail.BasisShared
	}
	person := get("agenttrail.actor.type") == agenttrail.ActorHuman || get("agenttrail.credential.owner.type") == agenttrail.ActorHuman
	if v.Actor.Type == agenttrail.ActorAgent && person {
		v.CredentialShared, v.CredentialOwner.ID = agenttrail.Yes, get("user.email")
	}
	return v
}

func (j storyJudge) Approval(a *agenttrail.Action) agenttrail.Verdict {
	key := make([]string, len(storyKey))
	for i, name := range storyKey {
		if name == "event.module" {
			key[i] = agenttrail.Module(a)
			continue
		}
		f, _ := agenttrail.Lookup(name)
		key[i], _ = f.Value(a)
	}
	v := j.Who(key, a.Time)
	if v.Authorized.Required != agenttrail.Yes {
		return v
	}
	v.Authorized.State, v.Why, v.Authorized.PolicyID = agenttrail.StateMissing, "no approval found", "agents.yaml#refund/pay"
	if a.Resource.ID == "ch_1" {
		v.Authorized.State, v.Why = agenttrail.StateApproved, "approved before, by another person"
		v.Authorized.ID, v.Authorized.ApproverName, v.Authorized.At, v.Authorized.Proof = "APR-1", "Lee Roy", at("07-14 11:05"), agenttrail.ProofDeclared
	}
	return v
}

// audited asks, judges and counts, and makes the document.
func audited(t testing.TB, in Input) (*account, *Document) {
	t.Helper()
	a, err := newAccount(context.Background(), KindAudit, in)
	if err != nil {
		t.Fatalf("newAccount(%s): %v", in.Period.Name, err)
	}
	return a, a.document(a.activity())
}
