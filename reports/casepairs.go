package reports

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"agenttrail"
)

// A Pair is a message to one person in a session in which another person's record was read before.
type Pair struct {
	Read, Sent *agenttrail.Action
	Owners     []string // whose record it was
	Recipients []string // who received the message
	Named      bool     // the message names the record that was read; else it only came later in the same session
}

// WrongRecipients finds the pairs among actions. Two identifiers of one person are taken as one where an action holds both.
func WrongRecipients(actions []*agenttrail.Action) []Pair {
	p := newPeople()
	for _, a := range actions {
		p.learn(a)
	}
	return pairsOf(actions, p)
}

func pairsOf(actions []*agenttrail.Action, p *people) (pairs []Pair) {
	sessions := map[string][]*agenttrail.Action{}
	for _, a := range actions {
		if s := cmp.Or(a.Session, a.Trace.ID); s != "" && a.Credential.Type != "role_session" {
			sessions[s] = append(sessions[s], a)
		}
	}
	for _, list := range sessions {
		slices.SortFunc(list, func(x, y *agenttrail.Action) int { return cmp.Or(x.Time.Compare(y.Time), strings.Compare(x.ID, y.ID)) })
		for i, a := range list {
			if sends(a) && (a.Outcome == agenttrail.Success || a.Outcome == agenttrail.Partial || a.Outcome == agenttrail.Unknown) {
				pairs = append(pairs, pairsWith(a, list[:i], p)...)
			}
		}
	}
	slices.SortFunc(pairs, func(x, y Pair) int {
		return cmp.Or(x.Sent.Time.Compare(y.Sent.Time), strings.Compare(x.Sent.ID, y.Sent.ID), x.Read.Time.Compare(y.Read.Time), strings.Compare(x.Read.ID, y.Read.ID))
	})
	return pairs
}

func sends(a *agenttrail.Action) bool {
	return a.Verb == agenttrail.VerbSend || a.Verb == agenttrail.VerbShare
}

// pairsWith finds the reads that a message may have carried to the wrong person. Where the message names what was read, that alone decides;
// else the last read of each other person's record in the session is told.
func pairsWith(sent *agenttrail.Action, before []*agenttrail.Action, p *people) (pairs []Pair) {
	to := recipients(sent)
	if len(to) == 0 {
		return nil
	}
	var others []Pair
	named, seen := false, map[string]bool{}
	for _, read := range slices.Backward(before) {
		verb, _ := agenttrail.LookupVerb(read.Verb)
		if verb.Effect != agenttrail.EffectRead || len(read.Subjects) == 0 {
			continue
		}
		fits := carries(sent, read)
		named = named || fits
		owner := p.of(read.Subjects[0])
		if p.overlap(read.Subjects, to) || seen[owner] && !fits {
			continue
		}
		seen[owner] = true
		others = append(others, Pair{Read: read, Sent: sent, Owners: read.Subjects, Recipients: to, Named: fits})
	}
	for _, o := range others {
		if o.Named || !named {
			pairs = append(pairs, o)
		}
	}
	return pairs
}

func recipients(a *agenttrail.Action) []string {
	if len(a.EmailTo) > 0 {
		return a.EmailTo
	}
	return a.Subjects
}

// carries says that a message carries the id of a record: in its correlation, or as a part of the name of what it sent.
func carries(sent, read *agenttrail.Action) bool {
	for _, id := range append([]string{read.Resource.ID}, read.Subjects...) {
		id = bare(id)
		if len(id) < 5 {
			continue
		}
		if slices.Contains(sent.Correlation, id) || slices.Contains(parts(sent.Resource.ID), id) || sent.Resource.ID == id {
			return true
		}
	}
	return false
}

// parts cuts the name of an object where its path and its punctuation are: cus_1042 of 2026/09/cus_1042.pdf.
func parts(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' })
}

// people knows which identifiers are one person's.
type people struct{ parent map[string]string }

func newPeople() *people { return &people{map[string]string{}} }

// of is the name under which a person's identifiers stand together.
func (p *people) of(id string) string {
	id = strings.ToLower(id)
	for p.parent[id] != "" {
		id = p.parent[id]
	}
	return id
}

// same says that identifiers are one person's.
func (p *people) same(ids ...string) {
	for _, id := range ids {
		x, y := p.of(ids[0]), p.of(id)
		if x != y {
			p.parent[max(x, y)] = min(x, y) // the order in which it is told does not matter
		}
	}
}

// learn takes what one action says about one person.
func (p *people) learn(a *agenttrail.Action) {
	if record := recordOf(a); record != "" && len(a.Subjects) == 1 {
		p.same(record, a.Subjects[0])
	}
}

func (p *people) overlap(x, y []string) bool {
	return slices.ContainsFunc(x, func(s string) bool {
		return slices.ContainsFunc(y, func(t string) bool { return p.of(s) == p.of(t) })
	})
}
