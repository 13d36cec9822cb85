package reports

import "slices"

// measure counts what the review says. What only a campaign of decisions can tell has no data.
func (r *review) measure() []Measure {
	return []Measure{
		r.measureComplete(),
		{ID: "R02", Name: "Review completed, on time", Formula: "lines decided / lines; no campaign is recorded in this trail"},
		r.measureUnused(),
		r.measureOver(),
		{ID: "R05", Name: "Revocations executed", Formula: "executed and absent from a later snapshot / decided to revoke; no campaign is recorded in this trail"},
		{ID: "R06", Name: "Independent decisions", Formula: "decisions by nobody who owns, granted or holds the permission / decisions; no campaign is recorded in this trail"},
		{ID: "R07", Name: "Rubber stamp", Formula: "lines kept / lines decided; no campaign is recorded in this trail"},
		{ID: "R08", Name: "Recurrence", Formula: "kept while unused in two reviews, or granted again within 90 days of a revocation / lines; no campaign is recorded in this trail"},
		r.measureOwners(),
	}
}

// measureComplete compares what agents used in the period with what the snapshots list.
func (r *review) measureComplete() Measure {
	m := Measure{ID: "R01", From: "access.csv, groups.csv", Name: "Population of the review", Formula: "pairs of agent and system used in the period that a snapshot lists / pairs used in the period"}
	for _, p := range r.usedPairs() {
		m.Denominator++
		if r.lists(p) {
			m.Numerator++
		}
	}
	m.Parts = []Part{{"permissions held", int64(len(r.lines))}, {"snapshots", r.currentSnapshots()}}
	if len(r.lines) == 0 {
		m.Numerator, m.Denominator = 0, 0
	}
	return m
}

// A pair is an agent and a system.
type pair struct{ agent, system string }

// usedPairs are those of the period, in order.
func (r *review) usedPairs() (list []pair) {
	for k, u := range r.uses {
		if p := (pair{k.agent, k.system}); u.period > 0 && k.system != "" && !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(x, y pair) int {
		return slices.Compare([]string{x.agent, x.system}, []string{y.agent, y.system})
	})
	return list
}

func (r *review) lists(p pair) bool {
	return slices.ContainsFunc(r.lines, func(l *accessLine) bool { return l.who() == p.agent && l.held.System == p.system })
}

func (r *review) currentSnapshots() (n int64) {
	for _, s := range r.snapshots {
		if s.current {
			n++
		}
	}
	return n
}

// those counts the lines that are so.
func (r *review) those(is func(*accessLine) bool) (n int64) {
	for _, l := range r.lines {
		if is(l) {
			n++
		}
	}
	return n
}

func known(l *accessLine) bool { return l.useState != useUnknown }

func (r *review) measureUnused() Measure {
	return Measure{ID: "R03", From: "access.csv", Name: "Unused for 90 days", Formula: "permissions last used more than 90 days ago, or never and granted longer ago / permissions whose use is known",
		Numerator: r.those(func(l *accessLine) bool { return l.useState == useUnused }), Denominator: r.those(known),
		Parts: []Part{{"use unknown", r.those(func(l *accessLine) bool { return !known(l) })}}}
}

func (r *review) measureOver() Measure {
	return Measure{ID: "R04", From: "access.csv", Name: "Granted and not used", Formula: "permissions that the holder did not use in 90 days / permissions whose use is known",
		Numerator: r.those(func(l *accessLine) bool { return known(l) && l.useState != useUsed }), Denominator: r.those(known)}
}

// measureOwners counts agents that hold something. An owner who is in no list is neither there nor gone.
func (r *review) measureOwners() Measure {
	m := Measure{ID: "R09", From: "access.csv", Name: "Agents without an owner", Formula: "agents of the review with no owner, or whose owner left the company / agents of the review"}
	unknown := Part{Name: "owner in no list of people"}
	seen := map[string]bool{}
	for _, l := range r.lines {
		if seen[l.who()] {
			continue
		}
		seen[l.who()] = true
		m.Denominator++
		switch {
		case l.register == nil || l.register.Owner == "" || l.owner == ownerGone:
			m.Numerator++
		case l.owner == ownerUnknown:
			unknown.N++
		}
	}
	m.Parts = []Part{unknown}
	return m
}
