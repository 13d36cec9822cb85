package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"agenttrail"
)

// exposure is what was read, what was disclosed and to whom, counted.
type exposure struct {
	read, disclosed int64 // acts of agents
	records         map[string]bool
	recipients      map[string]bool
	persons         map[string]bool // others whose record went to somebody else
	classes, kinds  map[string]int64
}

func (c *caseFile) exposed() exposure {
	e := exposure{0, 0, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]int64{}, map[string]int64{}}
	for _, a := range c.acts {
		verb, _ := agenttrail.LookupVerb(a.Verb)
		if a.v.Actor.Type != agenttrail.ActorAgent || !a.executed() || !c.touches(a) {
			continue
		}
		switch {
		case verb.Effect == agenttrail.EffectRead:
			e.read++
			e.records[strings.TrimSpace(a.Resource.System+" "+cmp.Or(a.Resource.ID, a.Resource.Name))] = true
			e.classes[cmp.Or(a.v.Data.Classification, a.Data.Classification)]++
			for _, k := range a.Data.Categories {
				e.kinds[k]++
			}
		case sends(&a.Action):
			e.disclosed++
		}
	}
	for _, p := range c.pairs {
		for _, r := range p.Recipients {
			e.recipients[c.people.of(r)] = true
		}
		e.persons[c.people.of(p.Owners[0])] = true
	}
	return e
}

// exposureBlocks hold the numbers that GDPR 33(3)(a) and DORA 18 ask for, and each wrong-recipient pair.
func (c *caseFile) exposureBlocks() []Block {
	e := c.exposed()
	counts := &Table{Caption: "Exposure in numbers", Columns: []Column{{Title: "What", Weight: 60}, {Title: "Number", Weight: 16, Right: true}, {Title: "Note", Weight: 50}}}
	classes := strings.Join(slices.Sorted(maps.Keys(e.classes)), ", ")
	for _, r := range []struct {
		what string
		n    int64
		note string
	}{
		{"Reads by agents of this person's records", e.read, "each read is an act of its own"},
		{"Different records read", int64(len(e.records)), ""},
		{"Messages and shares by agents", e.disclosed, "to whomever"},
		{"Wrong-recipient pairs", int64(len(c.pairs)), "a record read, and a message to somebody else in the same session"},
		{"Persons whose record may have gone to somebody else", int64(len(e.persons)), ""},
		{"Persons who received it", int64(len(e.recipients)), ""},
		{"Kinds of data that a log states", int64(len(e.kinds)), or(strings.Join(slices.Sorted(maps.Keys(e.kinds)), ", "))},
		{"Classifications", int64(len(e.classes)), or(classes) + "; “unknown”: the log did not say"},
	} {
		counts.Rows = append(counts.Rows, []Cell{{Text: r.what}, number(r.n), {Text: r.note, Tone: ToneMuted}})
	}
	return []Block{{Table: c.pairsTable()}, {Table: counts}}
}

func (c *caseFile) pairsTable() *Table {
	var rows [][]Cell
	for _, p := range c.pairs {
		certain := Cell{Text: "the message names the record", Tone: ToneBad}
		if !p.Named {
			certain = Cell{Text: "same session; content not logged", Tone: ToneWarn}
		}
		rows = append(rows, []Cell{{Text: fmt.Sprintf("%d and %d", c.number(p.Read.ID), c.number(p.Sent.ID))}, {Text: cmp.Or(p.Read.Resource.ID, p.Read.Resource.Name, "not said")}, {Text: listed(p.Owners)}, {Text: c.moment(p.Read.Time)},
			{Text: cmp.Or(p.Sent.Resource.ID, p.Sent.Resource.Name, "a message")}, {Text: listed(p.Recipients), Tone: ToneStrong}, {Text: c.moment(p.Sent.Time)}, certain})
	}
	return cutAt(mostShown, &Table{Caption: "Wrong recipients: a record of one person was read, and a message went to another", Empty: "No such pair was found.", Columns: []Column{
		{Title: "Acts"}, {Title: "Record read"}, {Title: "Whose"}, {Title: "Read"}, {Title: "Sent"}, {Title: "To"}, {Title: "Sent at"}, {Title: "How certain"}}}, rows, "pairs.csv")
}

// patternBlocks say whether the same agent did the same to others.
func (c *caseFile) patternBlocks() []Block {
	s := &c.same
	if len(s.paths) == 0 {
		return []Block{paragraph("There is no wrong-recipient pair in this case, so there is no path to look for.")}
	}
	var ways []string
	for _, p := range s.paths {
		ways = append(ways, p.agent+spaced(cmp.Or(p.version, "(no version in the log)"))+", "+inSystem(p.verb, p.system))
	}
	named := int64(0)
	for _, p := range s.pairs {
		if p.Named {
			named++
		}
	}
	note := Cell{Text: "No other person was hit on this path, as far as the logs tell.", Tone: ToneGood}
	if len(s.pairs) > 0 {
		note = Cell{Text: fmt.Sprintf("%s may have been hit too; they are not named here. Each is a case of its own.", counting(int64(s.persons), "other person", "other persons")), Tone: ToneBad}
	}
	if s.cut {
		note = Cell{Text: fmt.Sprintf("Only the first %s messages were looked at: there may be more.", thousands(mostMessages)), Tone: ToneWarn}
	}
	return []Block{{Facts: [][2]string{
		{"Path", strings.Join(ways, "; ")},
		{"Looked at", fmt.Sprintf("%s to %s, %d days before the first and after the last wrong message", day(s.from), day(s.to), patternDays)},
		{"Population", fmt.Sprintf("%s in %s", counting(s.messages, "message", "messages"), counting(s.sessions, "session", "sessions"))},
		{"Hits beside this case", fmt.Sprintf("%s, %d of them with the record named in the message", counting(int64(len(s.pairs)), "pair", "pairs"), named)},
	}}, {Text: []Cell{note}}}
}

// controlsTable says for each act that weighs most which control should have stopped it, and how it stood at that time.
func (c *caseFile) controlsTable() *Table {
	t := &Table{Caption: "Controls, and their state at the time of the act", Empty: "No act needed stopping.", Columns: []Column{{Title: "Act", Weight: 8, Right: true}, {Title: "Control", Weight: 22}, {Title: "State at the time", Weight: 44}, {Title: "Should it have stopped the act?", Weight: 44}, {Title: "Line that decided", Weight: 34}}}
	acts := slices.DeleteFunc(c.consequential(), func(a *caseAct) bool { return c.weight(a) == 0 || !a.executed() })
	for i, a := range acts {
		if i == mostDecisions {
			t.Total, t.Where = 3*len(acts), "acts.csv"
			break
		}
		for _, r := range a.controls() {
			t.Rows = append(t.Rows, append([]Cell{number(int64(a.n))}, r...))
		}
	}
	return t
}

func (a *caseAct) controls() [][]Cell {
	scope := []Cell{{Text: "scope"}, {Text: "no scope: the agent is not in the register", Tone: ToneBad}, {Text: "yes: nobody allowed this agent anything"}, {Text: "–"}}
	switch a.v.Scope.In {
	case agenttrail.Yes:
		scope = []Cell{{Text: "scope"}, {Text: joined("inside", scopeProofWords(a.v.Scope.Proof))}, {Text: "no: the rule allows it, whoever receives it"}, {Text: or(a.v.Scope.Rule)}}
	case agenttrail.No:
		scope = []Cell{{Text: "scope"}, {Text: "outside, and done all the same", Tone: ToneBad}, {Text: "yes: the rules are written down, nothing enforced them"}, {Text: or(a.v.Scope.Rule)}}
	}
	approval := []Cell{{Text: "approval"}, {Text: "not asked for by the register"}, {Text: "no: no line asks for a person"}, {Text: "–"}}
	if a.v.Authorized.Required == agenttrail.Yes {
		approval = []Cell{{Text: "approval"}, {Text: joined("approved by "+cmp.Or(a.v.Authorized.ApproverName, a.v.Authorized.ApproverID), a.v.Authorized.Proof)}, {Text: "no: a person allowed it"}, {Text: a.v.Authorized.PolicyID}}
		if a.v.Authorized.State != agenttrail.StateApproved {
			approval[1], approval[2] = Cell{Text: cmp.Or(a.v.Why, "none found"), Tone: ToneBad}, Cell{Text: "yes: a person's approval was asked for, and the act was done without a valid one"}
		}
	}
	identity := []Cell{{Text: "identity"}, {Text: "the agent's own"}, {Text: "no"}, {Text: or(a.v.Actor.Rule)}}
	switch {
	case a.v.Actor.Registered == agenttrail.No:
		identity[1] = Cell{Text: "an agent that is not in the register", Tone: ToneBad}
		identity[2] = Cell{Text: "yes: an unknown agent should have no access"}
	case a.v.CredentialShared == agenttrail.Yes:
		identity[1] = Cell{Text: "on the login of " + a.v.CredentialOwner.ID, Tone: ToneBad}
	}
	return [][]Cell{scope, approval, identity}
}

// afterTable says what the agents of the wrong acts did after the case was known: whether it was stopped, the log tells.
func (c *caseFile) afterTable() *Table {
	t := &Table{Caption: "After it was stopped", Empty: "When it was stopped is not stated, so nothing can be said.", Columns: []Column{{Title: "Check", Weight: 60}, {Title: "Result", Weight: 60}}}
	if c.q.Contained.IsZero() {
		return t
	}
	later := int64(0)
	for _, a := range c.acts {
		if a.v.Actor.Type == agenttrail.ActorAgent && a.Time.After(c.q.Contained) {
			later++
		}
	}
	result := Cell{Text: "none in this case up to " + c.moment(c.in.Cite.Time), Tone: ToneGood}
	if later > 0 {
		result = Cell{Text: counting(later, "act", "acts") + ": see the timeline", Tone: ToneBad}
	}
	t.Rows = [][]Cell{{{Text: "Acts of agents on this person's data after " + c.moment(c.q.Contained)}, result}}
	return t
}
