package elastic

import (
	"slices"

	"agenttrail"
)

// Who says whose actions are indexed; the trail keeps all of them.
type Who string

// The values of Who; empty is WhoAll.
const (
	WhoAll     Who = "all"
	WhoAgents  Who = "agents"         // what agents did
	WhoUnknown Who = "agents+unknown" // and what agents may have done, what was done for them, and what decided about them
)

// deciding are the verbs by which somebody says what an agent may do.
var deciding = []string{agenttrail.VerbApprove, agenttrail.VerbReject, agenttrail.VerbGrant, agenttrail.VerbRevoke, agenttrail.VerbDelegate}

// Takes tells whether an action is indexed. What the judge concludes counts more than what the record stated.
func (w Who) Takes(a *agenttrail.Action, v *agenttrail.Verdict) bool {
	actor, behalf := a.Actor.Type, a.OnBehalfOf.Type
	if v.Actor.Type != "" {
		actor = v.Actor.Type
	}
	if v.OnBehalfOf.Type != "" {
		behalf = v.OnBehalfOf.Type
	}
	switch {
	case w == WhoAll || w == "" || actor == agenttrail.ActorAgent:
		return true
	case w == WhoAgents:
		return false
	}
	return actor == agenttrail.ActorUnknown || actor == "" || behalf == agenttrail.ActorAgent || len(v.Candidates) > 0 || slices.Contains(deciding, a.Verb)
}
