package reports

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"agenttrail"
)

// An accessLine is one permission held: agent, credential, system, entitlement, and what the facts say of it.
type accessLine struct {
	held      *Held
	snapshot  *snapshot
	agent     string // of the register; empty: not registered
	register  *Agent
	owner     string // state
	manager   string
	meaning   Meaning
	explained bool
	data      string
	inScope   string // yes, no; empty: not registered
	sharing   []string
	person    bool // the credential is a person's
	use       usage
	useState  string
	why       string // the use is unknown
	change    string
	flags     []string
}

// What is known of the use of a permission.
const (
	useUsed    = "used"
	useUnused  = "unused" // for more than 90 days, or never and held for longer
	useRecent  = "not used yet"
	useUnknown = "unknown"
)

// How a line stands to the snapshot before.
const (
	changeNew       = "new"
	changeSame      = "unchanged"
	changeOther     = "changed"
	changeRemoved   = "removed"
	changeNoEarlier = "no earlier snapshot"
)

// Flags of a line: what somebody should look at.
const (
	flagUnregistered = "no agent of the register"
	flagNoOwner      = "no owner"
	flagOwnerGone    = "owner left the company"
	flagOutside      = "system outside the declared scope"
	flagShared       = "credential of several agents"
	flagPerson       = "credential of a person"
	flagUnused       = "unused for 90 days"
	flagExpired      = "past its end date"
	flagNoReason     = "neither reason nor ticket"
	flagNoGrantor    = "nobody is said to have granted it"
	flagSelf         = "granted by the agent or its owner"
)

// highStakes are the verbs of a permission that can do harm that is hard to undo.
var highStakes = []string{agenttrail.VerbSend, agenttrail.VerbPay, agenttrail.VerbDelete}

// fill makes the lines of the newest snapshots, in order, and those that stood in the ones before and are gone.
func (r *review) fill() {
	before := map[heldKey]*Held{}
	compared := map[[2]string]bool{}
	for _, s := range r.snapshots {
		if s.before {
			compared[[2]string{s.inventory, s.label}] = true
			for k, h := range s.held {
				before[k] = h
			}
		}
	}
	now := map[heldKey]bool{}
	for _, s := range r.snapshots {
		if !s.current {
			continue
		}
		for k, h := range s.held {
			if !now[k] {
				now[k] = true
				r.lines = append(r.lines, r.line(s, h, changeOf(h, before[k], compared[[2]string{s.inventory, s.label}])))
			}
		}
	}
	for k, h := range before {
		if !now[k] {
			r.gone = append(r.gone, r.line(nil, h, changeRemoved))
		}
	}
	slices.SortFunc(r.lines, compareLines)
	slices.SortFunc(r.gone, compareLines)
	for _, l := range r.lines {
		r.share(l)
	}
	for _, l := range r.lines {
		r.fillUse(l)
		l.flag(r.at)
	}
}

func compareLines(x, y *accessLine) int {
	a, b := x.held.key(), y.held.key()
	return cmp.Or(strings.Compare(a.system, b.system), strings.Compare(a.agent, b.agent), strings.Compare(a.credential, b.credential), strings.Compare(a.permission, b.permission))
}

func changeOf(h, before *Held, compared bool) string {
	switch {
	case before == nil && !compared:
		return changeNoEarlier
	case before == nil:
		return changeNew
	case h.GrantedBy != before.GrantedBy || !h.GrantedAt.Equal(before.GrantedAt) || !h.ExpiresAt.Equal(before.ExpiresAt) || h.Ticket != before.Ticket || h.Why != before.Why || !slices.Equal(h.DataClasses, before.DataClasses):
		return changeOther
	}
	return changeSame
}

func (r *review) line(s *snapshot, h *Held, change string) *accessLine {
	l := &accessLine{held: h, snapshot: s, agent: h.Resolved, register: r.registered(h.Resolved), change: change, data: strings.Join(h.DataClasses, ", "), owner: ownerUnknown}
	if l.data == "" {
		l.data = r.in.Access.Data(h.System)
	}
	l.meaning, l.explained = r.in.Access.Meaning(h.System, h.Permission)
	if l.register == nil {
		return l
	}
	l.inScope = "no"
	if slices.ContainsFunc(l.register.Systems, func(s string) bool { return s == h.System || strings.HasPrefix(h.System, s+".") }) {
		l.inScope = "yes"
	}
	if l.register.Owner != "" {
		l.owner, l.manager = r.in.Access.Owner(l.register.Owner, r.at)
	}
	r.names.name(h.GrantedBy, l.manager)
	return l
}

// share finds who else holds or uses the credential.
func (r *review) share(l *accessLine) {
	id := l.held.Credential.ID
	if id == "" {
		return
	}
	for _, o := range r.lines {
		if name := o.who(); o.held.Credential.ID == id && name != l.who() && !slices.Contains(l.sharing, name) {
			l.sharing = append(l.sharing, name)
		}
	}
	for _, g := range r.groups.logins {
		if g.id != id {
			continue
		}
		for agent := range g.agents {
			if agent != l.who() && !slices.Contains(l.sharing, agent) {
				l.sharing = append(l.sharing, agent)
			}
		}
		l.person = l.person || g.personal > 0 || g.unclear > 0
	}
	l.person = l.person || isMail(id)
	slices.Sort(l.sharing)
}

// who is how the line's holder is called.
func (l *accessLine) who() string { return cmp.Or(l.agent, l.held.Agent) }

// fillUse says what is known of the use. What is unknown is never called used or unused.
func (r *review) fillUse(l *accessLine) {
	var verbs []string
	if l.explained {
		verbs = l.meaning.Can
	}
	l.use = r.usedBy(l, verbs)
	known, why := r.telemetry(l.held.System)
	old := r.at.Add(-unusedAfter)
	switch {
	case l.use.all > 0 && verbs == nil: // the system was used; with which of its permissions the log cannot tell
		l.useState, l.why = useUnknown, "the system was used; what the permission can do is not written down"
		if r.only(l) {
			l.useState, l.why = useUsed, ""
		}
	case l.use.all > 0:
		l.useState = useUsed
	case known && l.held.GrantedAt.IsZero():
		l.useState, l.why = useUnknown, "never used; since when it is held is not said"
	case known && l.held.GrantedAt.Before(old):
		l.useState = useUnused
	case known:
		l.useState = useRecent
	default:
		l.useState, l.why = useUnknown, why
	}
	if l.useState == useUsed && l.use.last.Before(old) {
		l.useState = useUnused
		if !known {
			l.useState, l.why = useUnknown, why
		}
	}
}

// only says that the holder has no other permission in the system: then what was done there was done with this one.
func (r *review) only(l *accessLine) bool {
	return !slices.ContainsFunc(r.lines, func(o *accessLine) bool { return o != l && o.who() == l.who() && o.held.System == l.held.System })
}

// flag notes what somebody should look at.
func (l *accessLine) flag(at time.Time) {
	h := l.held
	registered := l.register != nil
	self := h.GrantedBy != "" && registered && (strings.EqualFold(h.GrantedBy, l.register.Owner) || h.GrantedBy == l.agent)
	for _, f := range []struct {
		name string
		is   bool
	}{
		{flagUnregistered, !registered}, {flagNoOwner, registered && l.register.Owner == ""}, {flagOwnerGone, l.owner == ownerGone}, {flagOutside, l.inScope == "no"},
		{flagShared, len(l.sharing) > 0}, {flagPerson, l.person}, {flagUnused, l.useState == useUnused}, {flagExpired, !h.ExpiresAt.IsZero() && !h.ExpiresAt.After(at)},
		{flagNoReason, h.Why == "" && h.Ticket == ""}, {flagNoGrantor, h.GrantedBy == ""}, {flagSelf, self},
	} {
		if f.is {
			l.flags = append(l.flags, f.name)
		}
	}
}

func (l *accessLine) has(flag string) bool { return slices.Contains(l.flags, flag) }

// stakes are the verbs of the permission that can do harm.
func (l *accessLine) stakes() (verbs []string) {
	for _, v := range highStakes {
		if slices.Contains(l.meaning.Can, v) {
			verbs = append(verbs, v)
		}
	}
	return verbs
}
