package agenttrail

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// example is the action of the documentation's complete document.
func example() *Action {
	at := func(s string) time.Time { t, _ := time.Parse(time.RFC3339Nano, s); return t }
	a := &Action{Time: at("2026-11-02T10:00:00.123Z"), Native: "5b8aa5a2d2c872e8321cf37308d69df2-051581bf3cb55c13"}
	a.Event.ID, a.Event.Action, a.Event.Dataset = a.Native, "tools/call stripe_refund_create", "otlp.genai"
	a.Event.Start, a.Event.End, a.Event.Duration = a.Time, at("2026-11-02T10:00:00.901Z"), Num(778000000)
	a.Trace.ID, a.Trace.Span = "5b8aa5a2d2c872e8321cf37308d69df2", "051581bf3cb55c13"
	a.GenAI = GenAI{AgentID: "agt-refund-01", AgentName: "Refund Bot", Operation: "execute_tool", Conversation: "conv-7781", ToolName: "stripe_refund_create", ToolCall: "call_9f2"}
	a.MCP.Method = "tools/call"
	a.Actor = Actor{ActorAgent, "agt-refund-01", "Refund Bot", BasisDeclared}
	a.OnBehalfOf.ID, a.OnBehalfOf.Type = "dana@example.com", ActorHuman
	a.Delegation = []string{"human:dana@example.com", "agent:agt-refund-01"}
	a.Credential = Credential{Type: "api_key", ID: "rk_…4f2a", Scopes: []string{"refunds:write"}}
	a.Verb, a.Outcome, a.Subjects = VerbPay, Success, []string{"stripe:cus_1"}
	a.Resource = Resource{System: "stripe", Type: "charge", ID: "ch_1", External: Yes, Count: Num(1)}
	a.Intent = Intent{Trigger: "human_prompt", Reason: "Refund invoice 7781", PromptSHA256: "f8763deaa19361d73de0f2bfa70871ef1c7ea99c5af59817537394b9b94dccec", Basis: BasisRecorded}
	a.Session, a.ParentSpan, a.Correlation = "conv-7781", "5fb397be34d26b51", []string{"call_9f2", "re_1"}
	raw, _ := hex.DecodeString("946af9608c318180e3380d76058e60a8311f36eb1cc92dae75ff986b1a6b351c")
	s := Stamp{Dataset: "otlp.genai", Tenant: "acme", Created: at("2026-11-03T01:00:04Z"),
		URI: "s3://example-otel/traces/year=2026/month=11/day=02/hour=10/minute=00/traces_aB3dE6gH9.json"}
	s.Write(a, &Record{Offset: 268, Length: 1024}, [32]byte(raw))
	return a
}

// TestExampleRow freezes the stored form: id, canonical row, leaf and facts hash of the documented example.
func TestExampleRow(t *testing.T) {
	a := example()
	if want := "6ae85f20-400e1b1b22602529b90a4b644f051b24"; a.ID != want {
		t.Errorf("ID = %s, want %s", a.ID, want)
	}
	row := AppendRow(nil, a, storedColumns)
	leaf := sha256.Sum256(slices.Concat([]byte{0}, make([]byte, 16), row))
	if got, want := hex.EncodeToString(leaf[:]), "5dc7cc462899209444b43b50e89db89da52124cdeb131e0c1c73d9038810f6c2"; got != want {
		t.Errorf("leaf = %s, want %s\nrow: %s", got, want, row)
	}
	sum := FactsHash(a)
	if got, want := hex.EncodeToString(sum[:4]), "83e6df64"; got != want {
		t.Errorf("facts hash begins %s, want %s", got, want)
	}
}

func TestExampleMessage(t *testing.T) {
	if got, want := Message(example()), "Refund Bot (agent) for dana@example.com: pay charge ch_1 in stripe: success"; got != want {
		t.Errorf("Message = %q, want %q", got, want)
	}
}

// TestDocumentNames checks that a document holds exactly the fields of the table, nested by their names.
func TestDocumentNames(t *testing.T) {
	v := &Verdict{}
	v.Actor.Registered, v.Actor.Rule, v.Data.Basis = Yes, "agents.yaml#agt-refund-01", BasisRule
	doc := AppendDocument(nil, example(), &Context{Tenant: "acme", Receipt: Num(482), Mapping: "otlp.genai", MappingVersion: "1.0.0"}, v)
	var nested map[string]any
	if err := json.Unmarshal(doc, &nested); err != nil {
		t.Fatalf("document is no JSON: %v\n%s", err, doc)
	}
	flat := map[string]any{}
	flatten("", nested, flat)
	for name := range flat {
		stated := strings.Replace(name, "agenttrail.stated.", "agenttrail.", 1)
		if _, ok := Lookup(stated); !ok {
			t.Errorf("document has %s, which is no field", name)
		}
	}
	for _, want := range []struct {
		name string
		val  any
	}{
		{"agenttrail.data.basis", "rule"}, {"agenttrail.stated.data.basis", "none"}, {"agenttrail.actor.registered", true}, {"agenttrail.lag_step", "≤1d"},
		{"agenttrail.lag", 54003877.0}, {"event.outcome", "success"}, {"agenttrail.evidence.source_integrity", "not_available"}, {"agenttrail.receipt", 482.0},
		{"@timestamp", "2026-11-02T10:00:00.123000Z"},
	} {
		if flat[want.name] != want.val {
			t.Errorf("%s = %v, want %v", want.name, flat[want.name], want.val)
		}
	}
	for i := range fields {
		f := &fields[i]
		if _, ok := flat[f.Name]; f.Is(Required) && !ok && f.Name != "agenttrail.evidence.object_sha256" && f.Name != "agenttrail.ingest.run_id" {
			t.Errorf("required field %s is missing", f.Name)
		}
	}
}

func flatten(prefix string, in map[string]any, out map[string]any) {
	for k, v := range in {
		if m, ok := v.(map[string]any); ok {
			flatten(prefix+k+".", m, out)
			continue
		}
		out[prefix+k] = v
	}
}

// TestFieldTable holds the table to its own rules.
func TestFieldTable(t *testing.T) {
	seen := map[string]bool{}
	a, v := &Action{}, &Verdict{}
	for i := range fields {
		f := &fields[i]
		if seen[f.Name] {
			t.Errorf("%s stands twice", f.Name)
		}
		seen[f.Name] = true
		if stored := f.Mark == F || f.Mark == P || f.Mark == FJ; stored != f.Stored() {
			t.Errorf("%s: mark %s, stored %v", f.Name, f.Mark, f.Stored())
		}
		if (f.Mark == J || f.Mark == FJ) != (f.by != nil) || (f.Mark == D) != (f.as != nil) {
			t.Errorf("%s: mark %s does not fit its accessors", f.Name, f.Mark)
		}
		if f.Is(Many) && f.Is(Countable) {
			t.Errorf("%s: a list cannot be counted", f.Name)
		}
		var p any
		switch {
		case f.of != nil:
			p = f.of(a)
		case f.by != nil:
			p = f.by(v)
		default:
			p = f.as(&derived{})
		}
		if want := pointerType(f); want != kind(p) {
			t.Errorf("%s: type %s many %v, but points to %s", f.Name, f.Type, f.Is(Many), kind(p))
		}
		if f.Mark == FJ && kind(f.of(a)) != kind(f.by(v)) {
			t.Errorf("%s: stated and judged have other types", f.Name)
		}
	}
}

func pointerType(f *Field) string {
	switch {
	case f.Is(Many):
		return "list"
	case f.Type == Date:
		return "time"
	case f.Type == Long || f.Type == Integer:
		return "int"
	case f.Type == Boolean:
		return "bool"
	}
	return "string"
}

func kind(p any) string {
	switch p.(type) {
	case *string:
		return "string"
	case *[]string:
		return "list"
	case *time.Time:
		return "time"
	case *Int:
		return "int"
	case *Bool:
		return "bool"
	}
	return "?"
}

// TestDistinctPointers checks that no two fields point at the same member: a copied line is the likeliest mistake in the table.
func TestDistinctPointers(t *testing.T) {
	a, owner := &Action{}, map[any]string{}
	for i := range fields {
		if f := &fields[i]; f.of != nil {
			if other, ok := owner[f.of(a)]; ok {
				t.Errorf("%s and %s point at the same member", f.Name, other)
			}
			owner[f.of(a)] = f.Name
		}
	}
}

// TestECSMatrix: every type of every verb and outcome is legal for one of its categories, and every category has one of the types.
func TestECSMatrix(t *testing.T) {
	for _, v := range Verbs() {
		for _, outcome := range []string{Success, Denied} {
			for _, kind := range []string{"", "file", "table", "message"} {
				a := &Action{Verb: v.Name, Outcome: outcome, Resource: Resource{Type: kind}}
				cats, types := ecs(a)
				for _, typ := range types {
					if !slices.ContainsFunc(cats, func(c string) bool { return slices.Contains(legalTypes[c], typ) }) {
						t.Errorf("%s %s on %q: type %s is legal for none of %v", v.Name, outcome, kind, typ, cats)
					}
				}
				for _, c := range cats {
					if !slices.ContainsFunc(types, func(typ string) bool { return slices.Contains(legalTypes[c], typ) }) {
						t.Errorf("%s %s on %q: category %s has none of %v", v.Name, outcome, kind, c, types)
					}
				}
			}
		}
	}
}

// TestSpecial compares the fast look with the plain rule, for each byte at each place.
func TestSpecial(t *testing.T) {
	for c := range 256 {
		for at := range 19 {
			b := []byte("abcdefgh\x80\xffklmnopqrs")
			b[at] = byte(c)
			if got, want := special(string(b)), c < 0x20 || c == '"' || c == '\\'; got != want {
				t.Fatalf("special(%q) = %v, want %v", b, got, want)
			}
		}
	}
}

// TestUnknownVerb: a document can be written of any action.
func TestUnknownVerb(t *testing.T) {
	if doc := AppendDocument(nil, &Action{Outcome: Denied}, &Context{}, nil); !json.Valid(doc) {
		t.Errorf("document is no JSON: %s", doc)
	}
}

func TestLagStep(t *testing.T) {
	for _, c := range []struct {
		ms   Int
		want string
	}{{Int{}, ""}, {Num(-1), "<0"}, {Num(0), "≤1m"}, {Num(60000), "≤1m"}, {Num(60001), "≤15m"}, {Num(86400000), "≤1d"}, {Num(7 * 86400000), "≤7d"}, {Num(7*86400000 + 1), ">7d"}} {
		if got := LagStep(c.ms); got != c.want {
			t.Errorf("LagStep(%v) = %q, want %q", c.ms, got, c.want)
		}
	}
}
