package judge

import (
	"fmt"
	"testing"
	"time"

	"agenttrail"

	"github.com/google/go-cmp/cmp"
)

// did is an action of a log some seconds after ten o'clock.
func did(id, dataset string, seconds int, change ...func(*agenttrail.Action)) agenttrail.Action {
	a := agenttrail.Action{ID: id, Time: day("2026-08-02T10:00:00Z").Add(time.Duration(seconds) * time.Second), Verb: agenttrail.VerbRead}
	a.Event.Dataset = dataset
	for _, c := range change {
		c(&a)
	}
	a.Defaults()
	return a
}

func correlated(ids ...string) func(*agenttrail.Action) {
	return func(a *agenttrail.Action) { a.Correlation = ids }
}

func doing(verb, action string) func(*agenttrail.Action) {
	return func(a *agenttrail.Action) { a.Verb, a.Event.Action = verb, action }
}

func onTool(call string) func(*agenttrail.Action) {
	return func(a *agenttrail.Action) { a.GenAI.ToolName, a.GenAI.ToolCall = "t", call }
}

func traced(trace, span, parent string) func(*agenttrail.Action) {
	return func(a *agenttrail.Action) { a.Trace.ID, a.Trace.Span, a.ParentSpan = trace, span, parent }
}

func person(email string) func(*agenttrail.Action) {
	return func(a *agenttrail.Action) { a.User.Email = email }
}

func withCredential(id string) func(*agenttrail.Action) {
	return func(a *agenttrail.Action) { a.Credential.ID = id }
}

func onResource(id string) func(*agenttrail.Action) {
	return func(a *agenttrail.Action) { a.Resource.ID = id }
}

func byRefundBot(a *agenttrail.Action) {
	a.Actor = agenttrail.Actor{Type: agenttrail.ActorAgent, ID: "agt-refund-01", Basis: agenttrail.BasisDeclared}
	a.GenAI.AgentID = "agt-refund-01"
}

func byRefundRole(a *agenttrail.Action) {
	a.User.Effective.ID = "arn:aws:iam::111122223333:role/RefundBot"
}

func provider(name string) func(*agenttrail.Action) {
	return func(a *agenttrail.Action) { a.Event.Provider = name }
}

// TestLinks joins one small pair by each rule, and refuses its neighbours.
func TestLinks(t *testing.T) {
	j := New([]Version{{load(t, register), day("2026-07-01T00:00:00Z")}}, nil)
	const cloud, otlp, okta, m365 = "aws.cloudtrail", "otlp.genai", "okta.system", "m365.audit"
	grant := doing(agenttrail.VerbGrant, "app.oauth2.token.grant.id_jag")
	seen := map[string]bool{}
	for _, c := range []struct {
		name    string
		actions []agenttrail.Action
		want    []string // from>to rule
	}{
		{"span and its parent", []agenttrail.Action{did("a", otlp, 0, traced("t1", "s1", "")), did("b", otlp, 1, traced("t1", "s2", "s1")), did("c", otlp, 1, traced("t2", "s3", "s1"))}, []string{"a>b parent-span exact"}},
		{"decision and call", []agenttrail.Action{did("a", "otlp.claude_code", 0, doing(agenttrail.VerbApprove, "tool_decision"), onTool("c1")), did("b", "otlp.claude_code", 1, onTool("c1")), did("c", "otlp.claude_code", 1, onTool("c2"))}, []string{"a>b decision exact"}},
		{"tool call in the server's log", []agenttrail.Action{did("a", otlp, 0, onTool("call_1")), did("b", "crm.export", 90000, correlated("call_1")), did("c", "crm.export", 1, correlated("call_2"))}, []string{"a>b tool-call exact"}},
		{"trace id handed on", []agenttrail.Action{did("a", otlp, 0, onTool("x"), traced("t1", "s1", "")), did("b", "salesforce.eventlog", 5, correlated("t1")), did("c", "salesforce.eventlog", 5, correlated("t9"))}, []string{"a>b trace-id exact"}},
		{"session written into metadata", []agenttrail.Action{did("a", otlp, 0, func(a *agenttrail.Action) { a.Session = "conv-1" }), did("b", "stripe.event", 5, correlated("conv-1"))}, []string{"a>b convention exact"}},
		{"model call", []agenttrail.Action{did("a", "aws.bedrock", 0, correlated("req-1")), did("b", cloud, 1, correlated("req-1")), did("c", cloud, 1, correlated("req-2"))}, []string{"a>b model-request exact"}},
		{"gateway and what it called", []agenttrail.Action{did("a", cloud, 0, provider("bedrock-agentcore.amazonaws.com"), correlated("r0", "r1", "r2")), did("b", cloud, 1, provider("lambda.amazonaws.com"), correlated("r1")), did("c", cloud, 1, provider("s3.amazonaws.com"), correlated("r2")),
			did("d", cloud, 1, provider("s3.amazonaws.com"), correlated("r3"))}, []string{"a>b gateway-hop exact", "a>c gateway-hop exact"}},
		{"transcript", []agenttrail.Action{did("a", "anthropic.session", 0, onTool("toolu_1")), did("b", "otlp.claude_code", 1, onTool("toolu_1"))}, []string{"a>b transcript exact"}},
		{"transcript by account and time", []agenttrail.Action{did("a", "anthropic.session", 0, func(a *agenttrail.Action) { a.User.ID = "user_1" }), did("b", "otlp.claude_code", 60, func(a *agenttrail.Action) { a.User.ID = "user_1" }),
			did("c", "otlp.claude_code", 60, func(a *agenttrail.Action) { a.User.ID = "user_2" }), did("d", "otlp.claude_code", 900, func(a *agenttrail.Action) { a.User.ID = "user_1" })}, []string{"a>b transcript-time by actor and time"}},
		{"token by id", []agenttrail.Action{did("a", okta, 0, grant, correlated("jti-1")), did("b", "salesforce.setup", 60, withCredential("jti-1")), did("c", "salesforce.setup", 60, withCredential("jti-2"))}, []string{"a>b token exact"}},
		{"token by client, person and time", []agenttrail.Action{did("a", okta, 0, grant, byRefundBot, func(a *agenttrail.Action) { a.OnBehalfOf.ID = "Dana@example.com" }), did("b", "crm.export", 60, byRefundBot, person("dana@example.com")),
			did("c", "crm.export", 60, byRefundBot, person("eve@example.com")), did("d", "crm.export", 3700, byRefundBot, person("dana@example.com")), did("e", "crm.export", 30, person("dana@example.com"))}, []string{"a>b token-time by actor and time"}},
		{"GitHub token by hash", []agenttrail.Action{did("a", "inventory", 0, withCredential("aGFzaA==")), did("b", "github.audit", 9000, withCredential("aGFzaA==")), did("c", "github.audit", 9000, withCredential("b3RoZXI="))}, []string{"a>b token-hash exact"}},
		{"Copilot by correlation id", []agenttrail.Action{did("a", m365, 0, doing(agenttrail.VerbInvoke, "CopilotInteraction"), correlated("x1")), did("b", m365, 4000, doing(agenttrail.VerbRead, "FileAccessed"), correlated("x1"))}, []string{"a>b copilot exact"}},
		{"Copilot by person, resource and minutes", []agenttrail.Action{did("a", m365, 0, doing(agenttrail.VerbRead, "CopilotInteraction"), person("dana@example.com"), onResource("https://example.sharepoint.com/a.xlsx")),
			did("b", m365, 120, doing(agenttrail.VerbRead, "FileAccessed"), person("dana@example.com"), onResource("https://example.sharepoint.com/a.xlsx")),
			did("c", m365, 120, doing(agenttrail.VerbRead, "FileAccessed"), person("eve@example.com"), onResource("https://example.sharepoint.com/a.xlsx")),
			did("d", m365, 1200, doing(agenttrail.VerbRead, "FileAccessed"), person("dana@example.com"), onResource("https://example.sharepoint.com/a.xlsx"))}, []string{"a>b copilot-time by actor and time"}},
		{"what a call answered", []agenttrail.Action{did("a", otlp, 0, onTool("q"), correlated("re_1")), did("b", "stripe.event", 2, doing(agenttrail.VerbPay, "refund.created"), onResource("re_1")), did("c", "stripe.event", 2, doing(agenttrail.VerbRead, "viewed"), onResource("re_1"))}, []string{"a>b result by actor and time"}},
		{"same agent, same id", []agenttrail.Action{did("a", otlp, 0, byRefundBot, onTool("q"), onResource("cus_1042")), did("b", cloud, 3, byRefundRole, onResource("arn:aws:s3:::x/2026/cus_1042.pdf")),
			did("c", cloud, 3, byRefundRole, onResource("arn:aws:s3:::x/2026/cus_2077.pdf")), did("d", cloud, 3, onResource("arn:aws:s3:::x/2026/cus_1042.pdf"))}, []string{"a>b agent-object by actor and time"}},
		{"nothing in common", []agenttrail.Action{did("a", otlp, 0, byRefundBot, onTool("q")), did("b", cloud, 1), did("c", "crm.export", 1, person("dana@example.com"))}, nil},
	} {
		var got []string
		for _, l := range j.Links(c.actions) {
			got = append(got, fmt.Sprintf("%s>%s %s %s", l.From, l.To, l.Rule, l.Strength()))
			seen[l.Rule] = true
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("Links, %s (-want +got):\n%s", c.name, d)
		}
	}
	for _, n := range joins {
		if !seen[n.rule] {
			t.Errorf("join %s: no pair of this test shows it", n.rule)
		}
	}
}

// TestLinksOneCause: of several causes the last before the effect counts.
func TestLinksOneCause(t *testing.T) {
	j := New(nil, nil)
	grants := []agenttrail.Action{
		did("g1", "inventory", 0, withCredential("h")), did("g2", "inventory", 50, withCredential("h")), did("use", "github.audit", 60, withCredential("h")), did("g3", "inventory", 70, withCredential("h")),
	}
	links := j.Links(grants)
	if len(links) != 1 || links[0].From != "g2" {
		t.Errorf("Links with three causes: got %+v, want one link from g2, the last before", links)
	}
	if links = j.Links(grants[2:]); len(links) != 1 || links[0].From != "g3" {
		t.Errorf("Links with a cause that seems later: got %+v, want one link from g3", links)
	}
}

// TestSeek: what the questions leave out, Links never sees.
func TestSeek(t *testing.T) {
	a := did("a", "otlp.genai", 0, onTool("call_1"), traced("t1", "s1", ""), correlated("re_1"))
	fields := map[string]bool{}
	windows := 0
	for _, q := range Seek([]agenttrail.Action{a}) {
		for _, term := range q.All {
			fields[term.Field] = true
			if d := cmp.Diff([]string{"call_1", "re_1", "t1"}, term.Any); d != "" {
				t.Errorf("Seek asks %s for other ids (-want +got):\n%s", term.Field, d)
			}
		}
		if len(q.All) == 0 {
			windows++
			if !q.From.Equal(a.Time.Add(-seekBefore)) || !q.To.Equal(a.Time.Add(seekAfter)) {
				t.Errorf("Seek: stretch %s to %s, want an hour before and a quarter after %s", q.From, q.To, a.Time)
			}
		}
	}
	if !fields["trace.id"] || !fields["agenttrail.correlation"] || !fields["gen_ai.tool.call.id"] || windows != 1 {
		t.Errorf("Seek: fields %v and %d stretches, want ids in three fields and one stretch", fields, windows)
	}
	var far []agenttrail.Action
	for n := range 40 {
		far = append(far, did(fmt.Sprint(n), "otlp.genai", n*86400))
	}
	if got := Seek(far); len(got) != 0 {
		t.Errorf("Seek over forty days without ids: got %d questions, want none", len(got))
	}
}
