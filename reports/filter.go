package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"agenttrail"
)

// A Filter leaves a part of the population out. What it leaves out is counted and said on page one. Logs, records and days are never filtered:
// they are accounted for whole.
type Filter struct {
	Name, Value string   // as asked for: agent, agt-refund-01
	Agents      []string // the agents whose actions are kept; nil: those of anybody
	System      string   // the system in which actions are kept; empty: any
}

// PartID is the id of a kind for a part of the population. Reports of different parts are different reports.
func PartID(kind string, filters []Filter) string {
	if len(filters) == 0 {
		return kind
	}
	var text strings.Builder
	for _, f := range filters {
		text.WriteString(f.Name + "=" + f.Value + "\n")
	}
	sum := sha256.Sum256([]byte(text.String()))
	return kind + "-part-" + hex.EncodeToString(sum[:4])
}

// keeps says that an action by an agent (empty: by nobody who is one) in a system is in the part.
func (f Filter) keeps(agent, system string) bool {
	if f.Agents != nil && !slices.Contains(f.Agents, agent) {
		return false
	}
	return f.System == "" || system == f.System || strings.HasPrefix(system, f.System+".")
}

// leftBy is the number of the first filter that leaves an action out; -1: it is in the part.
func (in *Input) leftBy(v *agenttrail.Verdict, system string) int {
	agent := ""
	if v.Actor.Type == agenttrail.ActorAgent {
		agent = v.Actor.ID
	}
	return slices.IndexFunc(in.Filters, func(f Filter) bool { return !f.keeps(agent, system) })
}

// narrow leaves out of the lists what the filters leave out of the actions. An approval that names no agent or no system may be for any.
func (in *Input) narrow() {
	for _, f := range in.Filters {
		out := func(agent string) bool { return f.Agents != nil && !slices.Contains(f.Agents, agent) }
		in.Agents = slices.DeleteFunc(in.Agents, func(a Agent) bool { return out(a.ID) })
		in.EarlierLines = slices.DeleteFunc(in.EarlierLines, func(l EarlierLine) bool { return out(l.Agent) })
		in.Approvals = slices.DeleteFunc(in.Approvals, func(p Approval) bool {
			return p.Agent != "" && out(p.Agent) || p.System != "" && !(Filter{System: f.System}).keeps("", p.System)
		})
	}
}

// inPart says that a system is one that the filters keep.
func (in *Input) inPart(system string) bool {
	return !slices.ContainsFunc(in.Filters, func(f Filter) bool { return !(Filter{System: f.System}).keeps("", system) })
}

// part tells each filter and what it left out of what those before it kept.
func (a *account) part() string {
	var words []string
	for i, f := range a.in.Filters {
		words = append(words, fmt.Sprintf("%s %s leaves out %s", f.Name, f.Value, counting(a.groups.left[i], "action", "actions")))
	}
	return strings.Join(words, "; of the rest, ")
}

// leftOut is all actions that the filters left out.
func (g *groups) leftOut() (n int64) {
	for _, l := range g.left {
		n += l
	}
	return n
}
