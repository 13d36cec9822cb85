package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"agenttrail"
)

// What each rule finds. The ID of a finding here is its subject, from which find makes the id.

func (a *account) findShadows() (list []Finding) {
	for _, s := range a.agents {
		if s.known {
			continue
		}
		f := newFinding(cmp.Or(a.groups.subjects[s.id], s.id), s.id)
		f.What = fmt.Sprintf("%s in %s", counting(s.all, "action", "actions"), listed(s.systemNames()))
		f.N, f.First, f.Last = s.all, s.first, s.last
		list = append(list, f)
	}
	return list
}

func (a *account) findOutside() (list []Finding) {
	type key struct{ agent, system, verb string }
	at := map[key]int{}
	for i := range a.groups.lines {
		c := &a.groups.lines[i]
		if c.agent == "" || c.registered != "yes" || c.inScope != "no" || !done(c.outcome) {
			continue
		}
		k := key{c.agent, c.system, c.verb}
		n, ok := at[k]
		if !ok {
			n = len(list)
			at[k] = n
			list = append(list, newFinding(strings.Join([]string{c.agent, c.system, c.verb}, "\t"), c.agent))
			list[n].What = inSystem(c.verb, c.system)
		}
		list[n].see(c.n, c.first, c.last)
	}
	for i := range a.cases.violations {
		c := &a.cases.violations[i]
		if n, ok := at[key{c.agentID, c.system, c.verb}]; ok && c.executed() && len(list[n].Actions) < mostFindingActions {
			list[n].Actions = append(list[n].Actions, c.id)
		}
	}
	return list
}

// see adds what was counted in a group.
func (f *Finding) see(n int64, first, last time.Time) {
	f.N += n
	if f.First.IsZero() || first.Before(f.First) {
		f.First = first
	}
	if last.After(f.Last) {
		f.Last = last
	}
}

func (a *account) findUnapproved() []Finding {
	return a.findStakes(func(c *cited) bool { return !c.approved() && !c.selfApproved() })
}

func (a *account) findSelfApproved() []Finding { return a.findStakes((*cited).selfApproved) }

func (a *account) findStakes(is func(*cited) bool) (list []Finding) {
	for _, c := range a.executedStakes() {
		if !is(&c) {
			continue
		}
		f := newFinding(c.id, c.agentID)
		f.What = joined(joined(c.what(), c.amount), c.verdict())
		f.N, f.First, f.Last, f.Actions = 1, c.at, c.at, []string{c.id}
		list = append(list, f)
	}
	return list
}

// whySelf is what a judge says of leave that the one who asked for it gave.
const whySelf = "approved by the one who asked"

func (c *cited) selfApproved() bool { return c.why == whySelf }

func (a *account) findErrorsOnly() (list []Finding) {
	for _, s := range a.book.feeds {
		if !s.errorsOnly() {
			continue
		}
		f := newFinding(s.Name, s.Name)
		f.What, f.N = fmt.Sprintf("%s, and not one success", counting(s.failed(), "failure", "failures")), s.failed()
		days := slices.Sorted(maps.Keys(s.days))
		f.First, f.Last = a.in.Period.dayNamed(days[0]), a.in.Period.dayNamed(days[len(days)-1])
		list = append(list, f)
	}
	return list
}

// dayNamed is the start of a day as counts name it; of what is no day it is zero.
func (p Period) dayNamed(name string) time.Time {
	day, err := time.Parse(time.DateOnly, name)
	if err != nil {
		return time.Time{}
	}
	return dayStart(day, p.Zone)
}

func (a *account) findLost() (list []Finding) {
	for _, s := range a.book.feeds {
		for _, w := range s.inPeriod(a.in.Period) {
			if w.Result != agenttrail.ResultLost {
				continue
			}
			f := newFinding(s.Name, s.Name)
			f.Window, f.What, f.First, f.Last = w.Key(), windowName(w.Window)+" was not read in time", w.From, w.From
			list = append(list, f)
		}
	}
	return list
}

func (a *account) findPersonal() (list []Finding) {
	for _, l := range a.groups.logins {
		if l.personal == 0 || len(l.agents) == 0 {
			continue
		}
		f := newFinding(l.id, a.loginName(l))
		f.What = fmt.Sprintf("%s of %s", counting(l.personal, "action", "actions"), listed(allShortened(slices.Sorted(maps.Keys(l.agents)))))
		for i := range a.groups.lines {
			if c := &a.groups.lines[i]; c.credential == credentialPerson && l.agents[c.agent] > 0 {
				f.see(0, c.first, c.last)
			}
		}
		f.N = l.personal
		list = append(list, f)
	}
	return list
}

func (a *account) findSilent() (list []Finding) {
	for i := range a.hours {
		r := &a.hours[i]
		gaps := r.gaps()
		if len(gaps) == 0 {
			continue
		}
		f := newFinding(r.feed.Name, r.feed.Name)
		f.What = fmt.Sprintf("%s than %s", counting(int64(len(gaps)), "silence longer", "silences longer"), between(r.feed.Gap))
		f.N, f.First, f.Last = int64(len(gaps)), gaps[0].from, gaps[len(gaps)-1].to
		list = append(list, f)
	}
	return list
}

// findNoLog leaves out what is declared as a limit, until that ends.
func (a *account) findNoLog() (list []Finding) {
	for _, r := range a.reach {
		if r.state != reachNone || r.declared != nil && (r.declared.Until.IsZero() || a.in.Cite.Time.Before(r.declared.Until)) {
			continue
		}
		f := newFinding(r.system, r.system)
		f.What = "reached by " + listed(allShortened(r.agents))
		f.First, f.Last = r.first, a.in.Cite.Time
		list = append(list, f)
	}
	return list
}

func (a *account) findUnreadable() (list []Finding) {
	for _, s := range a.book.feeds {
		if s.records.Rejected+s.objects.Refused == 0 {
			continue
		}
		f := newFinding(s.Name, s.Name)
		f.What = fmt.Sprintf("%s rejected, %s refused", counting(s.records.Rejected, "record", "records"), counting(s.objects.Refused, "object", "objects"))
		f.N, f.First, f.Last = s.records.Rejected+s.objects.Refused, s.unreadable[0], s.unreadable[1]
		list = append(list, f)
	}
	return list
}

func (a *account) findConflicts() (list []Finding) {
	for _, s := range a.book.feeds {
		if s.conflicts == 0 {
			continue
		}
		f := newFinding(s.Name, s.Name)
		f.What, f.N = counting(s.conflicts, "further version", "further versions"), s.conflicts
		f.First, f.Last = s.conflicting[0], s.conflicting[1]
		list = append(list, f)
	}
	return list
}

func (a *account) findOwnerless() (list []Finding) {
	for _, g := range a.in.Agents {
		if g.Owner == "" {
			f := newFinding(g.ID, g.ID)
			f.What, f.First, f.Last = "its entry names no owner", g.Seen, a.in.Cite.Time
			list = append(list, f)
		}
	}
	return list
}

func (a *account) findDatedEarlier() (list []Finding) {
	for _, l := range a.in.EarlierLines {
		f := newFinding("line "+l.Rule, l.Rule)
		f.What = fmt.Sprintf("dated %s, seen %s later", moment(l.Declared), between(l.Seen.Sub(l.Declared)))
		f.N, f.First, f.Last = 1, l.Seen, l.Seen
		list = append(list, f)
	}
	return append(list, a.findLateApprovals()...)
}

// findLateApprovals makes one finding of the approvals that one person gave.
func (a *account) findLateApprovals() (list []Finding) {
	for _, l := range a.lateApprovals() { // furthest apart first
		key := "approvals of " + l.what.Approver
		i := slices.IndexFunc(list, func(f Finding) bool { return f.ID == key })
		if i < 0 {
			i = len(list)
			list = append(list, newFinding(key, "approvals of "+or(l.what.Approver)))
			list[i].What = fmt.Sprintf("dated up to %s before they were seen", between(l.by))
		}
		list[i].see(1, l.what.Seen, l.what.Seen)
	}
	return list
}

func (a *account) findProofs() (list []Finding) {
	for _, p := range a.in.BadProofs {
		f := newFinding(p.Source+"\t"+p.URI, a.names.masked(p.URI, nil))
		f.What, f.N, f.First, f.Last = fmt.Sprintf("source %s, entry %d: %s", p.Source, p.Entry, p.State), 1, p.At, p.At
		if !p.At.Before(a.in.Period.From) {
			list = append(list, f)
		}
	}
	return list
}
