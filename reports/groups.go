package reports

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"agenttrail"
)

// A line is one line of the groups that every judged number is added up from: facts and judgements, and no person. groups.csv holds them.
type line struct {
	day, actor, agent, basis, registered, system, verb, outcome, reason string
	inScope, scopeProof, required, credential, authority                string
}

// counted is how often a line occurs.
type counted struct {
	line
	n           int64
	first, last time.Time
}

// Whose credential an agent used, as the groups say it.
const (
	credentialOwn     = "own"            // of this agent alone
	credentialPerson  = "person"         // of a person
	credentialSeveral = "several agents" // of more than one agent
	credentialNone    = "not in the log"
)

// A login is what somebody showed: a role, a key, an account.
type login struct {
	id       string
	system   string
	agents   map[string]int64 // actions by agent
	personal int64            // of these, with what belongs to a person
	person   string           // whose it is, if the judge said
	unclear  int64            // person or agent, the log cannot tell
	all      int64            // actions of anybody
	part     int64            // of these, in the part that the report is about
}

// used says that an agent uses the login, or may.
func (l *login) used() bool { return len(l.agents) > 0 || l.unclear > 0 }

func (l *login) class() string {
	switch {
	case l.personal > 0:
		return credentialPerson
	case len(l.agents) > 1:
		return credentialSeveral
	}
	return credentialOwn
}

// groups is the fold of everything that is judged by group.
type groups struct {
	lines    []counted // in order of their columns
	logins   []*login  // in order of their ids
	total    int64
	left     []int64           // by filter: what it left out of what those before it kept
	subjects map[string]string // printed name of an agent that is only inferred -> the same with the login as it is
	needing  box               // values of the groups that need a person's leave
	outside  box               // values of the groups outside their scope
}

// folding is a fold under way.
type folding struct {
	in     *Input
	names  *names
	lines  map[rough]*counted
	logins map[string]*login
	place  map[string]int
	signed map[string]bool // agents whose register entry names who approved it
	out    *groups

	step string   // first day of the day or week that is being counted
	key  []string // of the verdict below
	who  judged
}

// rough is a line before it is known who else uses its login.
type rough struct {
	line
	login string
}

// judged is what one key means at one time.
type judged struct {
	line    line
	login   string
	system  string
	person  string // owner of the credential
	isAgent bool
	unclear bool
	left    int // by which filter; -1: it is in the part
}

// countGroups counts by the judge's key, step by step of the chart and between the instants at which the register changes, and judges each key once.
// Each step is a question of its own: with the day as part of the key the groups of a busy quarter would be nearly as many as its actions.
func countGroups(ctx context.Context, ask *asker, in *Input, n *names) (*groups, error) {
	f, by := newFolding(in, n, "user.effective.id", "agenttrail.intent.basis", "agenttrail.outcome")
	keys := len(in.Judge.Key())
	steps := in.Period.steps()
	for _, s := range stretches(in.Period, slices.SortedFunc(slices.Values(slices.Concat(in.Judge.Changes(), steps)), time.Time.Compare)) {
		f.key = nil
		f.step = stepOf(steps, s.From)
		q := agenttrail.Query{From: s.From, To: s.To, All: []agenttrail.Term{withoutConflicts}}
		err := ask.count(ctx, "actions by what a judgement needs, from "+s.From.Format(time.RFC3339), q, by, func(g agenttrail.Group) error {
			f.add(g, keys, s.From)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return f.finish(), nil
}

// newFolding begins a fold, and says by which fields to count for it: by the judge's key and, behind it, by the further ones.
func newFolding(in *Input, n *names, further ...string) (f *folding, by []string) {
	f = &folding{in: in, names: n, lines: map[rough]*counted{}, logins: map[string]*login{}, place: map[string]int{}, signed: map[string]bool{}, out: &groups{subjects: map[string]string{}, left: make([]int64, len(in.Filters))}}
	for _, a := range in.Agents {
		f.signed[a.ID] = a.ApprovedBy != ""
	}
	by = slices.Clone(in.Judge.Key())
	for _, field := range further {
		if !slices.Contains(by, field) {
			by = append(by, field)
		}
	}
	for i, field := range by {
		f.place[field] = i
	}
	return f, by
}

// stepOf is the first day of the step that an instant lies in.
func stepOf(steps []time.Time, at time.Time) string {
	i, found := slices.BinarySearchFunc(steps, at, time.Time.Compare)
	if !found {
		i--
	}
	return steps[max(i, 0)].Format(time.DateOnly)
}

// stretches cuts a period at the instants that lie in it.
func stretches(p Period, changes []time.Time) (list []Period) {
	from := p.From
	for _, c := range changes {
		if c = c.UTC(); c.After(from) && c.Before(p.To) {
			list = append(list, Period{From: from, To: c})
			from = c
		}
	}
	return append(list, Period{From: from, To: p.To})
}

// add folds one group. Groups of one key come one after the other, so a verdict is made once for all of them.
func (f *folding) add(g agenttrail.Group, keys int, at time.Time) {
	get := func(field string) string { return g.Key[f.place[field]] }
	if login := get("user.effective.id"); f.key == nil || !slices.Equal(f.key[:keys], g.Key[:keys]) || f.key[keys] != login {
		f.key = append(append(f.key[:0], g.Key[:keys]...), login)
		f.who = f.judge(g.Key, keys, at)
	}
	f.countLogin(g.N) // also what is left out: whose a login is does not depend on the part
	if f.who.left >= 0 {
		f.out.left[f.who.left] += g.N
		return
	}
	f.out.total += g.N
	r := rough{line: f.who.line}
	r.day, r.outcome = f.step, get("agenttrail.outcome")
	if f.who.isAgent || f.who.unclear {
		r.login = f.who.login
	}
	if get("agenttrail.intent.basis") == agenttrail.BasisRecorded {
		r.reason = "yes"
	} else {
		r.reason = "no"
	}
	f.countLine(r, g)
}

func (f *folding) countLine(r rough, g agenttrail.Group) {
	c, ok := f.lines[r]
	if !ok {
		c = &counted{line: r.line, first: g.First, last: g.Last}
		f.lines[r] = c
	}
	c.n += g.N
	if !g.First.IsZero() && g.First.Before(c.first) {
		c.first = g.First
	}
	if g.Last.After(c.last) {
		c.last = g.Last
	}
}

func (f *folding) countLogin(n int64) {
	w := &f.who
	if w.login == "" {
		return
	}
	l, ok := f.logins[w.login]
	if !ok {
		l = &login{id: w.login, system: w.system, agents: map[string]int64{}}
		f.logins[w.login] = l
	}
	l.all += n
	if w.left < 0 {
		l.part += n
	}
	switch {
	case w.unclear:
		l.unclear += n
	case w.isAgent:
		l.agents[w.line.agent] += n
		if w.person != "" {
			l.personal += n
			l.person = w.person
		}
	}
}

// judge asks the judge about one key and writes down what it says.
func (f *folding) judge(values []string, keys int, at time.Time) judged {
	get := func(field string) string {
		if i, ok := f.place[field]; ok {
			return values[i]
		}
		return ""
	}
	v := f.in.Judge.Who(values[:keys:keys], at)
	w := judged{
		line:    line{actor: v.Actor.Type, basis: v.Actor.Basis, system: get("agenttrail.resource.system"), verb: get("agenttrail.verb")},
		isAgent: v.Actor.Type == agenttrail.ActorAgent, unclear: v.Actor.Basis == agenttrail.BasisShared,
	}
	w.system = cmp.Or(get("event.module"), w.line.system)
	w.login = loginOf(get, &v)
	w.left = f.in.leftBy(&v, w.line.system)
	if !w.isAgent {
		return w
	}
	w.line.agent = f.agent(&v, get)
	w.line.registered, w.line.inScope, w.line.scopeProof, w.line.required = said(v.Actor.Registered), said(v.Scope.In), v.Scope.Proof, said(v.Authorized.Required)
	w.line.authority = said(agenttrail.Said(v.Actor.Registered == agenttrail.Yes && v.Scope.In == agenttrail.Yes && f.signed[v.Actor.ID]))
	if v.CredentialShared == agenttrail.Yes {
		w.person = cmp.Or(v.CredentialOwner.ID, w.login)
	}
	if w.left >= 0 {
		return w
	}
	if v.Authorized.Required == agenttrail.Yes {
		f.out.needing.add(f.in.Judge.Key(), values)
	}
	if v.Scope.In == agenttrail.No {
		f.out.outside.add(f.in.Judge.Key(), values)
	}
	return w
}

// loginOf is what was shown: the role used, else the key, else the account. What an agent's own log says about the person it serves is no login.
func loginOf(get func(string) string, v *agenttrail.Verdict) string {
	if id := cmp.Or(get("user.effective.id"), get("agenttrail.credential.id")); id != "" {
		return id
	}
	served := get("agenttrail.on_behalf_of.id")
	for _, field := range []string{"user.email", "user.id", "user.name"} {
		id := get(field)
		if id != "" && (v.Actor.Basis != agenttrail.BasisDeclared || id != served) {
			return id
		}
	}
	return ""
}

// agent is how an agent is called in the report. Software that is only inferred to be an agent's acts in the name of somebody else:
// that name is not the agent's.
func (f *folding) agent(v *agenttrail.Verdict, get func(string) string) string {
	stated := get("agenttrail.actor.type")
	if v.Actor.Basis == agenttrail.BasisInferred && (stated == agenttrail.ActorHuman || isMail(v.Actor.ID)) {
		software, _, _ := strings.Cut(cmp.Or(get("user_agent.original"), get("source.address"), "unknown software"), "/")
		login := cmp.Or(get("user.email"), v.Actor.ID, get("user.id"), "an unnamed person")
		name := software + " on the login of " + f.names.person(login)
		f.out.subjects[name] = software + "\t" + login
		return name
	}
	return cmp.Or(v.Actor.ID, v.Actor.Name, unnamedAgent)
}

// finish says of each line whose login it used, and puts everything in order.
func (f *folding) finish() *groups {
	merged := map[line]*counted{}
	for r, c := range f.lines {
		if r.agent != "" {
			c.credential = credentialNone
			if l, ok := f.logins[r.login]; ok {
				c.credential = l.class()
			}
		}
		m, ok := merged[c.line]
		if !ok {
			merged[c.line] = c
			continue
		}
		m.n += c.n
		if c.first.Before(m.first) {
			m.first = c.first
		}
		if c.last.After(m.last) {
			m.last = c.last
		}
	}
	for _, c := range merged {
		f.out.lines = append(f.out.lines, *c)
	}
	slices.SortFunc(f.out.lines, func(a, b counted) int { return slices.Compare(a.columns(), b.columns()) })
	for _, l := range f.logins {
		f.out.logins = append(f.out.logins, l)
	}
	slices.SortFunc(f.out.logins, func(a, b *login) int { return strings.Compare(a.id, b.id) })
	return f.out
}

// columns are the line as groups.csv writes it.
func (l line) columns() []string {
	return []string{l.day, l.actor, l.agent, l.basis, l.registered, l.system, l.verb, l.outcome, l.reason, l.inScope, l.scopeProof, l.required, l.credential, l.authority}
}

var lineColumns = []string{"from_day", "actor", "agent", "basis", "registered", "system", "verb", "outcome", "reason_recorded", "in_scope", "scope_proof",
	"approval_required", "credential", "authority"}

// said writes a truth in words; empty: not known.
func said(b agenttrail.Bool) string {
	switch b {
	case agenttrail.Yes:
		return "yes"
	case agenttrail.No:
		return "no"
	}
	return ""
}
