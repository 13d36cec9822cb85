package judge

import (
	"strings"
	"testing"
	"time"

	"agenttrail"
)

const register = `agents:
  - id: agt-refund-01
    name: Refund Bot
    owner: support-ops
    status: active
    identities:
      - {system: aws, match: {role_arn: "arn:aws:iam::111122223333:role/Refund*"}}
      - {system: otlp, match: {agent_id: agt-refund-01}}
    allowed:
      - {id: stripe, system: stripe, verbs: [read, pay], resources: ["ch_*"], data_max: confidential}
      - {id: invoices, system: aws.s3, verbs: [read], resources: ["arn:aws:s3:::example-invoices/*"]}
    approval_required:
      - {id: refunds, system: stripe, verbs: [pay]}
    effective_from: 2026-07-01
  - id: agt-sales-02
    name: Sales Assistant
    owner: dana@example.com
    status: active
    identities:
      - {system: crm, match: {user_email: dana@example.com}, exclusive: false}
      - {system: crm, match: {user_email: dana@example.com, user_agent: "/^sales-assistant\\//"}}
    allowed:
      - {id: crm, system: crm, verbs: [read, send], resources: ["*"], data_max: internal}
    effective_from: 2026-07-01
`

func day(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func load(t *testing.T, text string) *Register {
	t.Helper()
	r, mistakes := Load("agents.yaml", []byte(text))
	if len(mistakes) > 0 {
		t.Fatalf("Load: %v", mistakes)
	}
	return r
}

func pay(amount string) *agenttrail.Action {
	a := &agenttrail.Action{Time: day("2026-08-02T10:00:00Z"), ID: "a", Verb: agenttrail.VerbPay, Outcome: agenttrail.Success}
	a.Event.Dataset = "otlp.genai"
	a.GenAI.AgentID = "agt-refund-01"
	a.Actor = agenttrail.Actor{Type: agenttrail.ActorAgent, ID: "agt-refund-01", Basis: agenttrail.BasisDeclared}
	a.Resource = agenttrail.Resource{System: "stripe", Type: "charge", ID: "ch_1", Amount: amount}
	a.Defaults()
	return a
}

func crm(email, userAgent string) *agenttrail.Action {
	a := &agenttrail.Action{Time: day("2026-08-02T10:00:00Z"), Verb: agenttrail.VerbRead}
	a.Event.Dataset, a.User.Email, a.UserAgent, a.Resource.System = "crm.export", email, userAgent, "crm"
	a.Actor = agenttrail.Actor{Type: agenttrail.ActorHuman, ID: email, Basis: agenttrail.BasisNative}
	a.Defaults()
	return a
}

func approval(change func(*agenttrail.Action)) Approved {
	a := agenttrail.Action{Time: day("2026-08-02T09:50:00Z"), ID: "approval", Verb: agenttrail.VerbApprove}
	a.Event.ID = "APR-1"
	a.Actor = agenttrail.Actor{Type: agenttrail.ActorHuman, ID: "lee@example.com"}
	a.Approval = agenttrail.Approval{Requester: "dana@example.com", Agent: "agt-refund-01", Verb: "pay", System: "stripe", Resource: "ch_1", Limit: "50.00 EUR", ExpiresAt: day("2026-08-02T18:00:00Z")}
	if change != nil {
		change(&a)
	}
	return Approved{Action: a, Seen: day("2026-08-03T02:00:00Z"), Origin: "file"}
}

func TestWho(t *testing.T) {
	j := New([]Version{{load(t, register), day("2026-06-28T00:00:00Z")}}, nil)
	shadow := pay("")
	shadow.Actor.ID, shadow.GenAI.AgentID = "agt-ghost", "agt-ghost"
	role := pay("")
	role.Event.Dataset, role.GenAI.AgentID = "aws.cloudtrail", ""
	role.Actor = agenttrail.Actor{Type: agenttrail.ActorService, ID: "arn:x", Basis: agenttrail.BasisNative}
	role.User.Effective.ID = "arn:aws:iam::111122223333:role/RefundBotRole"
	early := pay("")
	early.Time = day("2026-06-30T23:59:59Z")
	robot := crm("kim@example.com", "claude-code/2.1")
	for _, c := range []struct {
		name                   string
		a                      *agenttrail.Action
		typ, id, basis         string
		registered, shared, in agenttrail.Bool
	}{
		{"declared and registered", pay(""), "ai_agent", "agt-refund-01", "declared", agenttrail.Yes, agenttrail.No, agenttrail.Yes},
		{"declared, unknown", shadow, "ai_agent", "agt-ghost", "declared", agenttrail.No, agenttrail.No, agenttrail.Unsaid},
		{"by role", role, "ai_agent", "agt-refund-01", "registered", agenttrail.Yes, agenttrail.No, agenttrail.Yes},
		{"before its scope", early, "ai_agent", "agt-refund-01", "declared", agenttrail.No, agenttrail.No, agenttrail.Unsaid},
		{"shared login", crm("dana@example.com", "Mozilla/5.0"), "unknown", "dana@example.com", "shared_credential", agenttrail.Unsaid, agenttrail.Unsaid, agenttrail.Unsaid},
		{"shared login, narrower", crm("dana@example.com", "sales-assistant/1.2"), "ai_agent", "agt-sales-02", "registered", agenttrail.Yes, agenttrail.Yes, agenttrail.Yes},
		{"a person", crm("kim@example.com", "Mozilla/5.0"), "human", "kim@example.com", "native", agenttrail.Unsaid, agenttrail.Unsaid, agenttrail.Unsaid},
		{"inferred", robot, "ai_agent", "kim@example.com", "inferred", agenttrail.No, agenttrail.Yes, agenttrail.Unsaid},
	} {
		v := j.Who(j.KeyOf(c.a), c.a.Time)
		if v.Actor.Type != c.typ || v.Actor.ID != c.id || v.Actor.Basis != c.basis || v.Actor.Registered != c.registered || v.CredentialShared != c.shared || v.Scope.In != c.in {
			t.Errorf("%s: %s %s %s registered %v shared %v in scope %v; want %s %s %s %v %v %v", c.name, v.Actor.Type, v.Actor.ID, v.Actor.Basis, v.Actor.Registered,
				v.CredentialShared, v.Scope.In, c.typ, c.id, c.basis, c.registered, c.shared, c.in)
		}
	}
}

func TestScope(t *testing.T) {
	j := New([]Version{{load(t, register), day("2026-07-10T00:00:00Z")}}, nil)
	for _, c := range []struct {
		name   string
		change func(*agenttrail.Action)
		in     agenttrail.Bool
		rule   string
		proof  string
	}{
		{"allowed", func(*agenttrail.Action) {}, agenttrail.Yes, "agents.yaml#agt-refund-01/stripe", agenttrail.ProofProved},
		{"before the ledger saw it", func(a *agenttrail.Action) { a.Time = day("2026-07-05T00:00:00Z") }, agenttrail.Yes, "agents.yaml#agt-refund-01/stripe", agenttrail.ProofDeclared},
		{"other verb", func(a *agenttrail.Action) { a.Verb = agenttrail.VerbDelete }, agenttrail.No, "agents.yaml#agt-refund-01", agenttrail.ProofDeclared},
		{"other resource", func(a *agenttrail.Action) { a.Resource.ID = "cus_1" }, agenttrail.No, "agents.yaml#agt-refund-01", agenttrail.ProofDeclared},
		{"no resource", func(a *agenttrail.Action) { a.Resource.ID = "" }, agenttrail.No, "agents.yaml#agt-refund-01", agenttrail.ProofDeclared},
		{"too sensitive", func(a *agenttrail.Action) { a.Data.Classification = "restricted" }, agenttrail.No, "agents.yaml#agt-refund-01", agenttrail.ProofDeclared},
	} {
		a := pay("")
		c.change(a)
		v := j.Who(j.KeyOf(a), a.Time)
		if v.Scope.In != c.in || v.Scope.Rule != c.rule || v.Scope.Proof != c.proof {
			t.Errorf("%s: in %v by %s, %s; want %v by %s, %s", c.name, v.Scope.In, v.Scope.Rule, v.Scope.Proof, c.in, c.rule, c.proof)
		}
	}
}

func TestApproval(t *testing.T) {
	for _, c := range []struct {
		name   string
		amount string
		change func(*agenttrail.Action)
		state  string
		why    string
	}{
		{"good", "49.00 EUR", nil, agenttrail.StateApproved, WhyApproved},
		{"after", "49.00 EUR", func(a *agenttrail.Action) { a.Time = day("2026-08-02T10:00:01Z") }, agenttrail.StateMissing, WhyAfter},
		{"expired", "49.00 EUR", func(a *agenttrail.Action) { a.Approval.ExpiresAt = day("2026-08-02T09:59:00Z") }, agenttrail.StateMissing, WhyExpired},
		{"self", "49.00 EUR", func(a *agenttrail.Action) { a.Actor.ID = "Dana@example.com" }, agenttrail.StateMissing, WhySelf},
		{"by a service", "49.00 EUR", func(a *agenttrail.Action) { a.Actor.Type = agenttrail.ActorService }, agenttrail.StateMissing, WhyNoPerson},
		{"rejected", "49.00 EUR", func(a *agenttrail.Action) { a.Verb = agenttrail.VerbReject }, agenttrail.StateRejected, WhyRejected},
		{"over the limit", "50.01 EUR", nil, agenttrail.StateMissing, WhyLimit},
		{"other currency", "49.00 USD", nil, agenttrail.StateApproved, WhyNoLimit},
		{"no amount", "", nil, agenttrail.StateApproved, WhyNoLimit},
		{"other charge", "49.00 EUR", func(a *agenttrail.Action) { a.Approval.Resource = "ch_2" }, agenttrail.StateMissing, WhyNone},
		{"names nothing", "49.00 EUR", func(a *agenttrail.Action) { a.Approval.Verb, a.Approval.System, a.Approval.Resource = "", "", "" }, agenttrail.StateMissing, WhyNone},
		{"any charge", "49.00 EUR", func(a *agenttrail.Action) { a.Approval.Resource = "" }, agenttrail.StateApproved, WhyApproved},
		{"other agent", "49.00 EUR", func(a *agenttrail.Action) { a.Approval.Agent = "agt-other" }, agenttrail.StateMissing, WhyNone},
	} {
		j := New([]Version{{load(t, register), day("2026-06-28T00:00:00Z")}}, []Approved{approval(c.change)})
		v := j.Approval(pay(c.amount))
		if v.Authorized.Required != agenttrail.Yes || v.Authorized.State != c.state || v.Why != c.why {
			t.Errorf("%s: required %v, %s, %q; want %s, %q", c.name, v.Authorized.Required, v.Authorized.State, v.Why, c.state, c.why)
		}
	}
}

// TestBestApprovalCounts: a good approval is not hidden by a bad one, whatever their order.
func TestBestApprovalCounts(t *testing.T) {
	good, late := approval(nil), approval(func(a *agenttrail.Action) { a.Time = day("2026-08-02T11:00:00Z"); a.ID = "late" })
	for _, list := range [][]Approved{{good, late}, {late, good}} {
		j := New([]Version{{load(t, register), day("2026-06-28T00:00:00Z")}}, list)
		if v := j.Approval(pay("49.00 EUR")); v.Authorized.State != agenttrail.StateApproved || v.Authorized.ID != "APR-1" {
			t.Errorf("state %s by %s, want approved by APR-1", v.Authorized.State, v.Authorized.ID)
		}
	}
}

// TestProofOfApproval: dated before the action is not seen before the action.
func TestProofOfApproval(t *testing.T) {
	for seen, want := range map[string]string{"2026-08-02T09:55:00Z": agenttrail.ProofProved, "2026-08-03T02:00:00Z": agenttrail.ProofDeclared} {
		c := approval(nil)
		c.Seen = day(seen)
		j := New([]Version{{load(t, register), day("2026-06-28T00:00:00Z")}}, []Approved{c})
		if v := j.Approval(pay("49.00 EUR")); v.Authorized.Proof != want {
			t.Errorf("seen %s: proof %s, want %s", seen, v.Authorized.Proof, want)
		}
	}
}

// TestByCall: a decision about the same tool call needs no other match.
func TestByCall(t *testing.T) {
	c := approval(func(a *agenttrail.Action) {
		a.Approval = agenttrail.Approval{}
		a.GenAI.ToolCall, a.Authorized.Method = "toolu_1", "prompt"
	})
	j := New([]Version{{load(t, register), day("2026-06-28T00:00:00Z")}}, []Approved{c})
	a := pay("49.00 EUR")
	a.GenAI.ToolCall = "toolu_1"
	if v := j.Approval(a); v.Authorized.State != agenttrail.StateApproved || v.Authorized.Method != "prompt" {
		t.Errorf("state %s by %s, want approved by prompt", v.Authorized.State, v.Authorized.Method)
	}
}

// TestVersions: a line counts from its declared date, is proved from the time the ledger saw it, and ends when a later version drops it.
func TestVersions(t *testing.T) {
	first := load(t, strings.Replace(register, "verbs: [read, pay]", "verbs: [pay, delete]", 1))
	second := load(t, register)
	j := New([]Version{{first, day("2026-06-28T00:00:00Z")}, {second, day("2026-08-01T00:00:00Z")}}, nil)
	for _, c := range []struct {
		at, verb string
		in       agenttrail.Bool
		proof    string
	}{
		{"2026-07-15T00:00:00Z", "pay", agenttrail.Yes, agenttrail.ProofProved},
		{"2026-07-15T00:00:00Z", "delete", agenttrail.Yes, agenttrail.ProofProved},
		{"2026-07-15T00:00:00Z", "read", agenttrail.Yes, agenttrail.ProofDeclared},
		{"2026-08-02T00:00:00Z", "read", agenttrail.Yes, agenttrail.ProofProved},
		{"2026-08-02T00:00:00Z", "delete", agenttrail.No, agenttrail.ProofDeclared},
	} {
		a := pay("")
		a.Time, a.Verb = day(c.at), c.verb
		if v := j.Who(j.KeyOf(a), a.Time); v.Scope.In != c.in || v.Scope.Proof != c.proof {
			t.Errorf("%s at %s: in %v, %s; want %v, %s", c.verb, c.at, v.Scope.In, v.Scope.Proof, c.in, c.proof)
		}
	}
	if got := len(j.DatedEarlier()); got != 1 {
		t.Errorf("%d lines dated earlier than seen, want 1: %v", got, j.DatedEarlier())
	}
}

// TestChanges: between two instants of Changes no verdict turns. Each side of each instant is compared with the middle of its stretch.
func TestChanges(t *testing.T) {
	j := New([]Version{{load(t, register), day("2026-06-28T00:00:00Z")}, {load(t, strings.Replace(register, "status: active", "status: suspended", 1)), day("2026-08-01T12:00:00Z")}}, nil)
	if len(j.Changes()) == 0 {
		t.Fatal("no changes")
	}
	turned := 0
	key := j.KeyOf(pay(""))
	for _, c := range j.Changes() {
		before, after := j.Who(key, c.Add(-time.Microsecond)), j.Who(key, c)
		if before.Scope != after.Scope || before.Actor != after.Actor {
			turned++
		}
		if at := j.Who(key, c.Add(time.Microsecond)); at.Scope != after.Scope {
			t.Errorf("the verdict turns after %s, not at it", c)
		}
	}
	if turned < 2 {
		t.Errorf("the verdict turned %d times, want at least at the start and at the suspension", turned)
	}
}

func TestLoadMistakes(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"agents:\n  - id: a\n    owner: o\n    status: actve\n    effective_from: 2026-07-01\n", `agents.yaml:4:13: "actve" is not known here; use one of proposed, active, suspended, retired`},
		{"agents:\n  - id: a\n    owner: o\n    status: active\n    effective_from: 1.7.2026\n", `agents.yaml:5:21: want a date like 2026-07-01, not "1.7.2026"`},
		{"agents:\n  - id: a\n    owner: o\n    status: active\n    effective_from: 2026-07-01\n    allowed: [{id: x, system: s, verbs: [rread]}]\n", `agents.yaml:6:42: "rread" is no verb`},
		{"agents:\n  - id: a\n    owner: o\n    status: active\n    effective_from: 2026-07-01\n    identities: [{system: aws, match: {role: x}}]\n", `agents.yaml:6:46: cannot match by "role"`},
		{"agents:\n  - id: a\n    owner: o\n    status: active\n    effective_from: 2026-07-01\n    identities: [{system: aws, match: {user_email: \"/x/\"}}]\n", `regular expressions are for user agents only`},
		{"agents:\n  - id: a\n    status: active\n    effective_from: 2026-07-01\n", `agent "a" has no owner`},
	} {
		_, mistakes := Load("agents.yaml", []byte(c.in))
		if got := mistakes.Error(); !strings.Contains(got, c.want) {
			t.Errorf("Load(%q):\n got %s\nwant %s", c.in, got, c.want)
		}
	}
}
