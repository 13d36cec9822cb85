package reports

import (
	"context"
	"fmt"
	"slices"
	"time"

	"agenttrail"
)

// A use is who did what kind of thing where, with which login.
type use struct{ agent, login, system, verb string }

// usage is how often, and when last.
type usage struct {
	all, late, period, denied int64 // late: within the time after which a permission counts as unused
	last, lastDone            time.Time
}

func (u *usage) add(v *usage) {
	u.all, u.late, u.period, u.denied = u.all+v.all, u.late+v.late, u.period+v.period, u.denied+v.denied
	u.last, u.lastDone = later(u.last, v.last), later(u.lastDone, v.lastDone)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// countUses counts everything that agents ever did before the end of the review, judged as it was at its time.
func (r *review) countUses(ctx context.Context) error {
	r.uses = map[use]*usage{}
	f, by := newFolding(r.in, r.names, "user.effective.id", "agenttrail.outcome")
	keys := len(r.in.Judge.Key())
	old := r.at.Add(-unusedAfter)
	cuts := slices.SortedFunc(slices.Values(append(slices.Clone(r.in.Judge.Changes()), old, r.in.Period.From)), time.Time.Compare)
	for _, s := range stretches(Period{To: r.at}, cuts) {
		q := agenttrail.Query{From: s.From, To: s.To, All: []agenttrail.Term{withoutConflicts}}
		err := r.ask.count(ctx, fmt.Sprintf("what agents used, from %s to %s", s.From.Format(time.RFC3339), s.To.Format(time.RFC3339)), q, by, func(g agenttrail.Group) error {
			who := f.judge(g.Key, keys, s.From)
			if who.isAgent {
				r.countUse(use{who.line.agent, who.login, who.line.system, who.line.verb}, g, g.Key[f.place["agenttrail.outcome"]], !s.From.Before(old), !s.From.Before(r.in.Period.From))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *review) countUse(k use, g agenttrail.Group, outcome string, late, period bool) {
	u := r.uses[k]
	if u == nil {
		u = &usage{}
		r.uses[k] = u
	}
	u.all += g.N
	if late {
		u.late += g.N
	}
	if period {
		u.period += g.N
	}
	if u.last = later(u.last, g.Last); done(outcome) {
		u.lastDone = later(u.lastDone, g.Last)
	}
	if outcome == agenttrail.Denied {
		u.denied += g.N
	}
}

// usedBy adds up what a line's holder did in its system: with its credential where a record shows one, and with the given verbs; nil: with any.
func (r *review) usedBy(l *accessLine, verbs []string) (u usage) {
	for k, v := range r.uses {
		switch {
		case k.system != l.held.System, verbs != nil && !slices.Contains(verbs, k.verb):
		case l.agent != "" && k.agent != l.agent, l.agent == "" && k.login != l.held.Credential.ID:
		case l.held.Credential.ID != "" && k.login != "" && k.login != l.held.Credential.ID && r.logs(l.held.System, k.login):
		default:
			u.add(v)
		}
	}
	return u
}

// logs says that logins of a system are told apart by what inventories call them: only then does another login mean another credential.
func (r *review) logs(system, login string) bool {
	for _, l := range r.lines {
		if l.held.System == system && l.held.Credential.ID == login {
			return true
		}
	}
	return false
}

// reachesBack says that a log of files holds something that is older than the time after which a permission counts as unused.
func (r *review) reachesBack(dataset string) bool {
	first, ok := r.oldest[dataset]
	return ok && !first.After(r.at.Add(-unusedAfter))
}

// findOldest finds the time of the oldest action of each dataset.
func (r *review) findOldest(ctx context.Context) error {
	r.oldest = map[string]time.Time{}
	q := agenttrail.Query{To: r.at, All: []agenttrail.Term{withoutConflicts}}
	return r.ask.count(ctx, "how far back each log reaches", q, []string{"event.dataset"}, func(g agenttrail.Group) error {
		r.oldest[g.Key[0]] = g.First
		return nil
	})
}

// telemetry says whether the use of a system can be known, and why not. Only the system's own log can say that something was not used, and only when it
// reaches back far enough and has no gap.
func (r *review) telemetry(system string) (known bool, why string) {
	why = "no source has its log"
	for _, row := range r.days {
		f := row.feed
		if !f.covers(system) {
			continue
		}
		n := row.count()
		switch {
		case f.folder() && !r.reachesBack(f.Dataset):
			why = "its log does not reach back 90 days"
		case !f.folder() && f.Since.After(r.at.Add(-unusedAfter)):
			why = "its log is read for less than 90 days"
		case n.missing+n.partial > 0:
			why = "its log has gaps"
		default:
			return true, ""
		}
	}
	return false, why
}
