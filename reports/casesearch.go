package reports

import (
	"context"
	"maps"
	"slices"
	"strings"

	"agenttrail"
)

// How an identifier is known to be the person's.
const (
	knownGiven   = "as given"
	knownList    = "the company's list of subjects"
	knownDerived = "derived: a record of the trail holds both"
)

// An identifier was tried in the search.
type identifier struct {
	text  string
	known string
	hits  map[string]int64 // by field
	ids   map[string]bool  // of the actions that it hit
}

// subjectFields are where a person may stand, and what a hit there means.
var subjectFields = []struct{ field, words string }{
	{"agenttrail.subject.id", "whose data"}, {"email.to.address", "recipient"}, {"agenttrail.resource.id", "record"}, {"agenttrail.correlation", "named in the call"},
	{"user.email", "who acted"}, {"agenttrail.on_behalf_of.id", "served"},
}

// objectName marks a hit that stands in the name of an object which a linked act touched.
const objectName = "name of an object"

// sessionFields are where a session may stand.
var sessionFields = []string{"agenttrail.session.id", "gen_ai.conversation.id", "trace.id"}

// Bounds of a case. What lies beyond them is said to be cut.
const (
	mostSessions = 50
	mostActs     = 5000
)

// search looks for the person by each identifier, and learns others from records that hold two of them.
func (c *caseFile) search(ctx context.Context) error {
	for _, s := range c.q.Subjects {
		c.try(s, knownGiven)
	}
	for _, s := range c.q.Aliases {
		c.try(s, knownList)
	}
	for i := 0; i < len(c.tried); i++ { // grows while it is read: what is learned is tried too
		if err := c.lookFor(ctx, c.tried[i]); err != nil {
			return err
		}
	}
	for _, field := range sessionFields {
		if len(c.q.Sessions) == 0 {
			break
		}
		q := agenttrail.Query{All: []agenttrail.Term{{Field: field, Any: c.q.Sessions}, withoutConflicts}}
		if err := c.ask.find(ctx, "actions of the sessions asked for", q, func(a *agenttrail.Action) error { c.take(a).hit = true; return nil }); err != nil {
			return err
		}
	}
	return nil
}

// try adds an identifier in the form in which actions hold it.
func (c *caseFile) try(text, known string) {
	if strings.Contains(text, "@") {
		text = strings.ToLower(text)
	}
	if text != "" && !slices.ContainsFunc(c.tried, func(t *identifier) bool { return t.text == text }) {
		c.tried = append(c.tried, &identifier{text: text, known: known, hits: map[string]int64{}, ids: map[string]bool{}})
	}
}

func (c *caseFile) lookFor(ctx context.Context, id *identifier) error {
	for _, f := range subjectFields {
		q := agenttrail.Query{All: []agenttrail.Term{{Field: f.field, Any: []string{id.text}}, withoutConflicts}}
		system, short, vendor := strings.Cut(id.text, ":")
		switch {
		case f.field == "agenttrail.resource.id" && vendor:
			q.All = append([]agenttrail.Term{{Field: f.field, Any: []string{short}}, {Field: "agenttrail.resource.system", Any: []string{system}}}, q.All[1:]...)
		case f.field == "agenttrail.correlation" && vendor && len(short) > 4:
			q.All[0].Any = []string{id.text, short}
		}
		err := c.ask.find(ctx, "the person by an identifier: "+f.words, q, func(a *agenttrail.Action) error {
			id.hits[f.field]++
			id.ids[strings.Clone(a.ID)] = true
			found := c.take(a)
			found.hit = true
			c.learn(&found.Action)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// learn takes the person's record id from an action that names both, and the other way round.
func (c *caseFile) learn(a *agenttrail.Action) {
	record := recordOf(a)
	if record == "" || len(a.Subjects) != 1 {
		return
	}
	known := func(s string) bool {
		return slices.ContainsFunc(c.tried, func(t *identifier) bool { return t.text == s })
	}
	if known(record) || known(a.Subjects[0]) {
		c.people.same(record, a.Subjects[0])
		c.try(record, knownDerived)
		c.try(a.Subjects[0], knownDerived)
	}
}

// personTypes are types of records that stand for one person each.
var personTypes = []string{"customer", "contact", "account", "user", "person", "patient", "lead", "member", "guest", "employee", "applicant"}

// recordOf names the person's record that an action touched, as SYSTEM:ID; empty when it touched none.
func recordOf(a *agenttrail.Action) string {
	if a.Resource.System == "" || a.Resource.ID == "" || !slices.Contains(personTypes, a.Resource.Type) {
		return ""
	}
	return a.Resource.System + ":" + a.Resource.ID
}

// take adds an action to the case once.
func (c *caseFile) take(a *agenttrail.Action) *caseAct {
	if found := c.byID[a.ID]; found != nil {
		return found
	}
	found := &caseAct{Action: a.Clone()}
	if len(c.acts) >= mostActs {
		c.cut = true
		return found
	}
	c.byID[found.ID] = found
	c.acts = append(c.acts, found)
	return found
}

// expand adds the sessions and traces that touched the person, whole, and what other logs hold of the same work.
func (c *caseFile) expand(ctx context.Context) error {
	chains := map[string]bool{}
	for _, a := range c.acts {
		for _, id := range []string{a.Session, a.Trace.ID} {
			if id != "" && (a.Credential.Type != "role_session" || a.Trace.ID != "") { // a login may live for weeks and hold unrelated work
				chains[id] = true
			}
		}
	}
	ids := slices.Sorted(maps.Keys(chains))
	if len(ids) > 2*mostSessions {
		ids, c.cut = ids[:2*mostSessions], true
	}
	for _, field := range []string{"agenttrail.session.id", "trace.id"} {
		if len(ids) == 0 {
			break
		}
		q := agenttrail.Query{All: []agenttrail.Term{{Field: field, Any: ids}, withoutConflicts}}
		if err := c.ask.find(ctx, "the sessions that touched the person, whole", q, func(a *agenttrail.Action) error { c.take(a); return nil }); err != nil {
			return err
		}
	}
	return c.follow(ctx)
}

func (c *caseFile) follow(ctx context.Context) error {
	var known []agenttrail.Action
	for _, a := range c.acts {
		known = append(known, a.Action)
		c.people.learn(&a.Action)
	}
	more, links, err := c.q.Follow(known, func(q agenttrail.Query, yield func(*agenttrail.Action) error) error {
		q.All = append(slices.Clone(q.All), withoutConflicts)
		return c.ask.find(ctx, "what other logs hold of the same work", q, yield)
	})
	if err != nil {
		return err
	}
	for i := range more {
		c.take(&more[i])
		c.people.learn(&more[i])
	}
	c.links = links
	c.hitByName()
	return nil
}

// hitByName counts an act as the person's where a link leads to it from one of theirs and the object that it touched carries their id.
func (c *caseFile) hitByName() {
	for _, l := range c.links {
		from, to := c.byID[l.From], c.byID[l.To]
		if from == nil || to == nil || !from.hit || to.hit || len(to.Subjects) > 0 {
			continue
		}
		for _, t := range c.tried {
			if id := bare(t.text); len(id) > 4 && slices.Contains(parts(to.Resource.ID), id) {
				to.hit = true
				t.ids[to.ID] = true
				t.hits[objectName]++
				break
			}
		}
	}
}
