package reports

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"agenttrail"
)

func hexRoot(c agenttrail.Cite) string { return hex.EncodeToString(c.Root[:]) }

// searchBlocks are the proof of the search: what was tried, where it hit, where it did not and what was not covered. shown is how an identifier
// stands in this copy.
func (c *caseFile) searchBlocks(shown func(string) string) []Block {
	tried := &Table{Caption: "Identifiers that were tried", Empty: "A session was asked for, and no person.", Columns: []Column{{Title: "Identifier", Weight: 40}, {Title: "How it is known", Weight: 40}, {Title: "Actions found", Weight: 16, Right: true}, {Title: "Found as", Weight: 44}}}
	for _, t := range c.tried {
		var where []string
		for _, f := range subjectFields {
			if n := t.hits[f.field]; n > 0 {
				where = append(where, f.words+" "+thousands(n))
			}
		}
		if n := t.hits[objectName]; n > 0 {
			where = append(where, objectName+" "+thousands(n))
		}
		tried.Rows = append(tried.Rows, []Cell{{Text: shown(t.text), Tone: ToneMono}, {Text: t.known}, number(int64(len(t.ids))), {Text: or(strings.Join(where, ", "))}})
	}
	sources := &Table{Caption: "Sources that were searched", Empty: "No source is configured.", Columns: []Column{{Title: "Source", Weight: 22}, {Title: "Actions searched", Weight: 18, Right: true}, {Title: "Found", Weight: 12, Right: true}, {Title: "Days read", Weight: 14, Right: true}, {Title: "Missing or open", Weight: 16, Right: true}, {Title: "What it means", Weight: 44}}}
	for _, r := range c.days {
		found := c.foundIn(r.feed)
		days := r.count()
		missing := days.missing + days.partial
		means := Cell{Text: "found here", Tone: ToneStrong}
		switch {
		case missing > 0:
			means = Cell{Text: "incomplete: there may be more", Tone: ToneWarn}
		case r.feed.actions == 0:
			means = Cell{Text: "no data: nothing can be said", Tone: ToneWarn}
		case found == 0:
			means = Cell{Text: "searched, nothing found"}
		}
		sources.Rows = append(sources.Rows, []Cell{{Text: r.feed.Name}, number(r.feed.actions), number(found), number(days.read), toned(missing, ToneBad), means})
	}
	blocks := []Block{{Table: tried}, {Table: sources}}
	for _, n := range c.in.NoSource {
		blocks = append(blocks, paragraph(fmt.Sprintf("No log covers %s. The company declares why: %s.", n.System, n.Why)))
	}
	if c.cut {
		blocks = append(blocks, Block{Text: []Cell{{Text: fmt.Sprintf("More belongs to this case than was looked at: at most %s sessions are shown whole, and %s actions.", thousands(mostSessions), thousands(mostActs)), Tone: ToneBad}}})
	}
	return blocks
}

// foundIn counts the acts of the case that a source holds.
func (c *caseFile) foundIn(f *feed) (n int64) {
	for _, a := range c.acts {
		if r := c.book.receipts[digits(a.about.Receipt.N)]; r != nil && r.feed == f {
			n++
		}
	}
	return n
}

// Lanes of the timeline: who or what moved.
const (
	laneCustomer = "customer"
	laneAgent    = "agent"
	laneTool     = "tool"
	laneHuman    = "person"
	laneSystem   = "system"
)

// lane says whose line of the timeline an act stands on.
func (c *caseFile) lane(a *caseAct) string {
	who := c.people.of(cmp.Or(a.User.Email, a.User.ID, a.v.Actor.ID))
	switch {
	case who != "" && slices.ContainsFunc(c.tried, func(t *identifier) bool { return c.people.of(t.text) == who }):
		return laneCustomer
	case a.v.Actor.Type == agenttrail.ActorAgent && a.GenAI.ToolName != "":
		return laneTool
	case a.v.Actor.Type == agenttrail.ActorAgent:
		return laneAgent
	case a.v.Actor.Type == agenttrail.ActorHuman:
		return laneHuman
	}
	return laneSystem
}

// timelineTable tells the whole course in order of time.
func (c *caseFile) timelineTable() *Table {
	var rows [][]Cell
	for _, a := range c.shown() {
		what := Cell{Text: inSystem(a.Verb, a.Resource.System) + spaced(a.Resource.Type) + spaced(cmp.Or(a.Resource.ID, a.Resource.Name)) + ": " + outcomeWords[a.Outcome]}
		if slices.ContainsFunc(c.pairs, func(p Pair) bool { return p.Sent.ID == a.ID }) {
			what.Tone = ToneBad
		}
		rows = append(rows, []Cell{number(int64(a.n)), {Text: c.moment(a.Time)}, {Text: c.lane(a)}, {Text: a.agentName()}, what,
			{Text: or(listed(slices.Concat(a.Subjects, prefixedAll("to ", a.EmailTo))))}, {Text: orNotSaid(a.Intent.Reason)}, {Text: a.leave()}})
	}
	return cutAt(mostShown, &Table{Caption: "Timeline: acts of the sessions with a wrong recipient, and every act that weighs", Empty: "Nothing was found.", Columns: []Column{
		{Title: "Act", Weight: 7, Right: true}, {Title: "Time", Weight: 20}, {Title: "Lane", Weight: 11}, {Title: "Who", Weight: 16}, {Title: "What", Weight: 44}, {Title: "Whose data", Weight: 26}, {Title: "Stated reason", Weight: 20}, {Title: "Authority", Weight: 22}}}, rows, "timeline.csv")
}

// mostMoments are drawn: more would fill pages with lines.
const mostMoments = 24

// lanes draw the course between the parties.
func (c *caseFile) lanes() []Block {
	l, used := &Lanes{}, map[string]bool{}
	for _, a := range c.shown() {
		m := Moment{At: a.Time, Lane: c.lane(a), Text: fmt.Sprintf("%d: %s%s", a.n, inSystem(a.Verb, a.Resource.System), spaced(cmp.Or(a.Resource.ID, a.Resource.Name)))}
		switch {
		case m.Lane == laneTool && sends(&a.Action):
			m.To = laneCustomer
		case m.Lane == laneTool, m.Lane == laneAgent && a.Resource.System != "":
			m.To = laneSystem
		}
		if c.weight(a) > 0 {
			m.Tone = ToneBad
		}
		used[m.Lane], used[m.To] = true, true
		if l.Moments = append(l.Moments, m); len(l.Moments) == mostMoments {
			break
		}
	}
	if len(l.Moments) == 0 {
		return nil
	}
	for _, name := range []string{laneCustomer, laneAgent, laneTool, laneHuman, laneSystem} {
		if used[name] {
			l.Names = append(l.Names, name)
		}
	}
	title := "The course, party by party"
	if n := len(c.shown()); n > mostMoments {
		title += fmt.Sprintf(" (the first %d of %d acts)", mostMoments, n)
	}
	return []Block{{Figure: &Figure{Title: title, Lanes: l}}}
}

// mostShown acts stand in the body; all stand in timeline.csv.
const mostShown = 60

// shown are the acts that the body tells: the sessions of the pairs whole, what is linked to them, and the acts that weigh. A case without either
// is shown from its beginning.
func (c *caseFile) shown() (list []*caseAct) {
	sessions, want := map[string]bool{}, map[string]bool{}
	for _, p := range c.pairs {
		sessions[p.Sent.Session] = true
		want[p.Sent.ID], want[p.Read.ID] = true, true
	}
	for _, s := range c.q.Sessions {
		sessions[s] = true
	}
	delete(sessions, "")
	for _, a := range c.acts {
		if sessions[a.Session] {
			want[a.ID] = true
		}
	}
	for _, l := range c.links {
		if want[l.From] && c.byID[l.To] != nil {
			want[l.To] = true
		}
	}
	for _, a := range c.consequential() {
		want[a.ID] = true
	}
	for _, a := range c.acts {
		if want[a.ID] || len(want) == 0 {
			list = append(list, a)
		}
	}
	return list
}

func spaced(s string) string {
	if s == "" {
		return ""
	}
	return " " + s
}

// leave is the authority of an act, in words.
func (a *caseAct) leave() string {
	switch {
	case a.v.Actor.Type != agenttrail.ActorAgent:
		return "–"
	case a.v.Authorized.Required == agenttrail.Yes && a.v.Authorized.State == agenttrail.StateApproved:
		return "approved by " + cmp.Or(a.v.Authorized.ApproverName, a.v.Authorized.ApproverID, "nobody named")
	case a.v.Authorized.Required == agenttrail.Yes:
		return "needed approval: " + cmp.Or(a.v.Why, "none found")
	case a.v.Scope.In == agenttrail.Yes:
		return "in scope"
	case a.v.Scope.In == agenttrail.No:
		return "outside its scope"
	}
	return "not in the register"
}

// mostDecisions are told one by one in the body.
const mostDecisions = 6

// decisionBlocks tell for each act that weighs: the request, what was read, the rule, the approval, the act, and what came of it.
func (c *caseFile) decisionBlocks() (blocks []Block) {
	acts := c.consequential()
	slices.SortStableFunc(acts, func(x, y *caseAct) int { return c.weight(y) - c.weight(x) })
	for i, a := range acts {
		if i == mostDecisions {
			blocks = append(blocks, paragraph(fmt.Sprintf("%s in acts.csv with the same details.", counting(int64(len(acts)-i), "more act stands", "more acts stand"))))
			break
		}
		blocks = append(blocks, Block{Text: []Cell{{Text: fmt.Sprintf("Act %d: %s, %s", a.n, inSystem(a.Verb, a.Resource.System), c.moment(a.Time)), Tone: ToneStrong}}}, Block{Facts: c.decision(a)})
	}
	if len(acts) == 0 {
		return []Block{paragraph("No act of an agent changed or sent something of this person, needed approval or lay outside a scope.")}
	}
	return blocks
}

// weight puts wrong messages first, then acts without leave.
func (c *caseFile) weight(a *caseAct) int {
	switch {
	case slices.ContainsFunc(c.pairs, func(p Pair) bool { return p.Sent.ID == a.ID }):
		return 2
	case a.v.Authorized.Required == agenttrail.Yes && a.v.Authorized.State != agenttrail.StateApproved, a.v.Scope.In == agenttrail.No:
		return 1
	}
	return 0
}

func (c *caseFile) decision(a *caseAct) [][2]string {
	var inputs, effects []string
	for _, b := range c.acts {
		verb, _ := agenttrail.LookupVerb(b.Verb)
		if b.Session != "" && b.Session == a.Session && b.n < a.n && verb.Effect == agenttrail.EffectRead {
			inputs = append(inputs, fmt.Sprintf("act %d: %s%s", b.n, strings.TrimSpace(b.Resource.Type+" "+b.Resource.ID), wrapped(" of ", listed(b.Subjects))))
			for _, l := range c.links {
				if l.From == b.ID && l.Rule != "parent-span" && c.byID[l.To] != nil {
					inputs = append(inputs, fmt.Sprintf("act %d: %s, joined by “%s” (%s)", c.number(l.To), c.byID[l.To].Resource.ID, l.Words, l.Strength()))
				}
			}
		}
	}
	for _, l := range c.links {
		if l.From == a.ID && c.byID[l.To] != nil {
			effects = append(effects, fmt.Sprintf("act %d, %s (%s)", c.number(l.To), l.Words, l.Strength()))
		}
	}
	effect := outcomeWords[a.Outcome] + wrapped("; to ", listed(recipients(&a.Action))) + wrapped("; ", strings.Join(effects, "; "))
	return [][2]string{
		{"Request", cmp.Or(strings.TrimPrefix(wrapped("for ", cmp.Or(a.OnBehalfOf.Name, a.OnBehalfOf.ID))+wrapped(", trigger ", a.Intent.Trigger), ", "), wordNotSaid)},
		{"Stated reason", orNotSaid(a.Intent.Reason)},
		{"Read before", cmp.Or(strings.Join(inputs, "; "), "nothing in this session")},
		{"Agent, tool, model", strings.Join(slices.DeleteFunc([]string{a.agentName() + spaced(a.GenAI.AgentVersion), a.GenAI.ToolName, a.GenAI.RequestModel}, func(s string) bool { return s == "" }), ", ")},
		{"Prompt", cmp.Or(a.Intent.PromptRef, wrapped("SHA-256 ", a.Intent.PromptSHA256), "not in the log")},
		{"Rule of the register", cmp.Or(a.v.Scope.Rule, "none") + wrapped(", ", scopeProofWords(a.v.Scope.Proof))},
		{"Approval", a.leave() + wrapped("; asked for by ", a.v.Authorized.PolicyID)},
		{"Effect", effect},
	}
}

func scopeProofWords(proof string) string {
	return map[string]string{agenttrail.ProofProved: "in the ledger before the act", agenttrail.ProofDeclared: "before the act by its own date only"}[proof]
}

func wrapped(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}
