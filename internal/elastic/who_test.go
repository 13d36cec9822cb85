package elastic

import (
	"testing"

	"agenttrail"
)

// TestWho: what each value of index.who takes; the judge's word counts more than the record's.
func TestWho(t *testing.T) {
	type made struct {
		actor, judged, behalf, verb string
		candidates                  []string
	}
	for _, c := range []struct {
		name            string
		of              made
		agents, unknown bool
	}{
		{"an agent", made{actor: "ai_agent"}, true, true},
		{"a person whom the register knows as an agent", made{actor: "human", judged: "ai_agent"}, true, true},
		{"an agent by its own word, a person by the register", made{actor: "ai_agent", judged: "human"}, false, false},
		{"a person", made{actor: "human", verb: "read"}, false, false},
		{"a service", made{actor: "service_account", verb: "read"}, false, false},
		{"nobody knows who", made{actor: "unknown"}, false, true},
		{"the log did not say", made{}, false, true},
		{"a service for an agent", made{actor: "service_account", behalf: "ai_agent"}, false, true},
		{"a person approves", made{actor: "human", verb: "approve"}, false, true},
		{"a person rejects", made{actor: "human", verb: "reject"}, false, true},
		{"a person grants", made{actor: "human", verb: "grant"}, false, true},
		{"a person revokes", made{actor: "human", verb: "revoke"}, false, true},
		{"a shared credential", made{actor: "human", candidates: []string{"agt-1"}}, false, true},
	} {
		var a agenttrail.Action
		var v agenttrail.Verdict
		a.Actor.Type, a.OnBehalfOf.Type, a.Verb = c.of.actor, c.of.behalf, c.of.verb
		v.Actor.Type, v.Candidates = c.of.judged, c.of.candidates
		for who, want := range map[Who]bool{"": true, WhoAll: true, WhoAgents: c.agents, WhoUnknown: c.unknown} {
			if got := who.Takes(&a, &v); got != want {
				t.Errorf("%s: %q takes it: %v, want %v", c.name, who, got, want)
			}
		}
	}
}
