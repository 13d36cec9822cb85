package judge

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"agenttrail"
)

// subject is one key as who.go reads it.
type subject struct {
	j   *Judge
	key []string
	at  time.Time
}

func (s subject) get(field string) string {
	if i, ok := s.j.place[field]; ok {
		return s.key[i]
	}
	return ""
}

// Who judges identity, credential, scope and whether leave was needed, for all actions with these values of Key at a time.
func (j *Judge) Who(key []string, at time.Time) agenttrail.Verdict {
	s := subject{j, key, at}
	var v agenttrail.Verdict
	v.Actor.Type, v.Actor.ID, v.Actor.Name, v.Actor.Basis = s.get("agenttrail.actor.type"), s.get("agenttrail.actor.id"), s.get("agenttrail.actor.name"), s.get("agenttrail.actor.basis")
	agent := j.resolve(s, &v)
	if v.Actor.Type == agenttrail.ActorAgent {
		j.credential(s, &v)
	}
	if agent != nil {
		j.scope(s, agent, &v)
	}
	return v
}

// A match is an identity of the register that an action fits.
type match struct {
	agent *agentLines
	line  identityLine
}

func (m match) exclusive() bool { return m.line.Exclusive == nil || *m.line.Exclusive }

// resolve finds the agent and writes who acted. It returns nil when no registered agent is sure to have acted.
func (j *Judge) resolve(s subject, v *agenttrail.Verdict) *agentLines {
	declared := v.Actor.Type == agenttrail.ActorAgent && v.Actor.Basis == agenttrail.BasisDeclared
	matches := j.matches(s)
	sure := slices.DeleteFunc(slices.Clone(matches), func(m match) bool { return !m.exclusive() && !declared })
	switch narrow := narrowest(sure); {
	case len(narrow) == 1:
		registered(v, narrow[0], declared)
		return narrow[0].agent
	case declared:
		v.Actor.Registered = agenttrail.No
	case len(matches) > 0:
		shared(s, v, matches)
	case inferred(s):
		v.Actor.Type, v.Actor.Basis, v.Actor.Registered = agenttrail.ActorAgent, agenttrail.BasisInferred, agenttrail.No
	}
	return nil
}

func registered(v *agenttrail.Verdict, m match, declared bool) {
	a := m.agent.newest
	v.Actor.Type, v.Actor.ID, v.Actor.Name = agenttrail.ActorAgent, a.ID, cmp.Or(a.Name, a.ID)
	v.Actor.Registered, v.Actor.Owner, v.Actor.Rule = agenttrail.Yes, a.Owner, a.File+"#"+a.ID
	if !declared {
		v.Actor.Basis = agenttrail.BasisRegister
	}
}

// shared says that a person and an agent use this login and the log cannot tell which of them acted.
func shared(s subject, v *agenttrail.Verdict, matches []match) {
	v.Actor.Type, v.Actor.Basis = agenttrail.ActorUnknown, agenttrail.BasisShared
	v.Actor.Rule = matches[0].agent.newest.File + "#" + matches[0].agent.id
	for _, m := range matches {
		v.Candidates = append(v.Candidates, m.agent.id)
	}
	if who := cmp.Or(s.get("user.email"), s.get("user.id"), s.get("user.name")); who != "" {
		v.Candidates = append(v.Candidates, who)
	}
	slices.Sort(v.Candidates)
	v.Candidates = slices.Compact(v.Candidates)
}

func (j *Judge) matches(s subject) (list []match) {
	module, system := s.get("event.module"), s.get("agenttrail.resource.system")
	for _, g := range j.agents {
		for _, line := range g.identities {
			if line.status == StatusProposed || !line.holds(s.at) || line.System != module && line.System != system {
				continue
			}
			if !slices.ContainsFunc(line.patterns, func(p pattern) bool { return !p.match(s.get(p.field)) }) {
				list = append(list, match{g, line})
			}
		}
	}
	return list
}

// narrowest keeps, of several agents, those whose identity asks for most; one agent stands in it once.
func narrowest(list []match) (best []match) {
	most := 0
	for _, m := range list {
		switch n := len(m.line.patterns); {
		case n > most:
			most, best = n, []match{m}
		case n == most && !slices.ContainsFunc(best, func(b match) bool { return b.agent == m.agent }):
			best = append(best, m)
		}
	}
	return best
}

// agentSoftware begins the user agents of software that only agents use, and of services that act for agents.
var agentSoftware = []string{"claude-code/", "claude-cli/", "Claude-User", "ChatGPT-User", "openai-agents", "langchain", "crewai", "autogen"}

// agentServices are AWS services that act for agents; CloudTrail writes them where the user agent stands.
var agentServices = []string{"bedrock.amazonaws.com", "bedrock-agentcore.amazonaws.com", "aws-mcp.amazonaws.com"}

func inferred(s subject) bool {
	software := s.get("user_agent.original")
	return slices.ContainsFunc(agentSoftware, func(p string) bool { return strings.HasPrefix(software, p) }) ||
		slices.Contains(agentServices, software)
}

// credential says whether an agent acted with what belongs to a person, and for whom it then acted.
func (j *Judge) credential(s subject, v *agenttrail.Verdict) {
	person := cmp.Or(s.get("user.email"), s.get("user.id"), s.get("user.name"))
	human := s.get("agenttrail.actor.type") == agenttrail.ActorHuman || s.get("agenttrail.credential.owner.type") == agenttrail.ActorHuman
	v.CredentialShared = agenttrail.Said(person != "" && human)
	if v.CredentialShared == agenttrail.Yes {
		v.CredentialOwner.Type, v.CredentialOwner.ID = agenttrail.ActorHuman, person
		if s.get("agenttrail.on_behalf_of.id") == "" {
			v.OnBehalfOf.ID, v.OnBehalfOf.Type = person, agenttrail.ActorHuman
		}
	}
}

// scope compares the action with what its agent may do, and says whether it needed leave.
func (j *Judge) scope(s subject, g *agentLines, v *agenttrail.Verdict) {
	v.Scope.In, v.Scope.Rule = agenttrail.No, g.newest.File+"#"+g.id
	v.Scope.Proof = agenttrail.ProofDeclared
	for _, l := range g.allowed {
		if l.status != StatusActive || !l.holds(s.at) || !l.allows(s) {
			continue
		}
		if v.Scope.In == agenttrail.Yes && l.proof(s.at) != agenttrail.ProofProved {
			continue
		}
		v.Scope.In, v.Scope.Rule, v.Scope.Proof = agenttrail.Yes, g.newest.File+"#"+g.id+"/"+l.ID, l.proof(s.at)
	}
	v.Authorized.Required = agenttrail.No
	for _, l := range g.required {
		if l.holds(s.at) && l.needs(s) {
			v.Authorized.Required = agenttrail.Yes
			v.Authorized.PolicyID = g.newest.File + "#" + g.id + "/" + l.ID
		}
	}
}

// covers compares system, verb and resource. Where the log names no system, the system is that of the log itself: a rule for it must be written down.
func (r ruleLine) covers(s subject) bool {
	system := cmp.Or(s.get("agenttrail.resource.system"), s.get("event.module"))
	return r.System == system && slices.Contains(r.Verbs, s.get("agenttrail.verb")) && coversResource(r.Resources, s.get("agenttrail.resource.id"))
}

func (r ruleLine) allows(s subject) bool {
	class := slices.Index(classes, s.get("agenttrail.data.classification"))
	return r.covers(s) && (r.DataMax == "" || class <= slices.Index(classes, r.DataMax))
}

func (r ruleLine) needs(s subject) bool {
	return r.covers(s) && (len(r.Data) == 0 || slices.Contains(r.Data, s.get("agenttrail.data.classification")))
}

func coversResource(patterns []string, id string) bool {
	if len(patterns) == 0 {
		return true
	}
	return slices.ContainsFunc(patterns, func(p string) bool {
		prefix, isPrefix := strings.CutSuffix(p, "*")
		return p == "*" || isPrefix && id != "" && strings.HasPrefix(id, prefix) || p == id
	})
}
