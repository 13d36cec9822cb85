package main

import (
	"context"
	"slices"
	"strings"

	"agenttrail"
	"agenttrail/internal/config"
	"agenttrail/internal/judge"
	"agenttrail/reports"
)

// reportInput gathers what a report is made of, as the ledger stood at a size.
func (a *app) reportInput(ctx context.Context, c *config.Config, t *opened, size int64, o reportOptions, from engine) (in reports.Input, err error) {
	if in.Cite, err = t.Log().Cite(ctx, size); err != nil {
		return in, err
	}
	calendar, err := o.calendar(c)
	if err != nil {
		return in, err
	}
	if in.Period = calendar.PreviousQuarter(in.Cite.Time); o.period != "" {
		if in.Period, err = calendar.Parse(o.period); err != nil {
			return in, usage("--period: %w", err)
		}
	}
	j, err := judgeFrom(ctx, t.Trail, from, size)
	if err != nil {
		return in, err
	}
	in.Facts, in.Judge = from.facts, j
	in.Tenant, in.Owner = t.Genesis().Tenant, first(o.owner, t.Genesis().Tenant)
	in.Fingerprint = fingerprint(in.Cite.Key)
	in.Entries = entriesOf(t, size)
	in.Agents, in.EarlierLines, in.Approvals = registerAgents(j), earlierLines(j), approvalsOf(j)
	if in.Sources, err = reportSources(ctx, c, from, size); err != nil {
		return in, err
	}
	if in.Decisions, err = decisionsOf(ctx, t, size); err != nil {
		return in, err
	}
	if in.BadProofs, err = badProofs(ctx, t, in.Sources, size); err != nil {
		return in, err
	}
	for _, n := range c.NoSource {
		in.NoSource = append(in.NoSource, reports.NoSource{System: n.System, Why: n.Why, Owner: n.Owner, Until: n.Until.Time})
	}
	in.Build, in.Demo = version, demoTrail(in.Cite.Origin)
	for _, p := range newestPolicies(t, size) {
		switch p.Kind {
		case "config":
			in.Config = p.SHA256
		case "register":
			in.Register = p.SHA256
		}
	}
	if in.Previous, err = previousReport(ctx, t, o.id(), size, in.Period); err != nil {
		return in, err
	}
	if from.name != reports.EngineCluster { // else it holds all of them
		if in.Index, err = a.indexOf(ctx, c, t, o); err != nil {
			return in, err
		}
	}
	if in.Filters, err = filtersOf(o, j); err != nil {
		return in, err
	}
	in.Verify = "agenttrail verify --trail DIR --key " + in.Cite.Key
	if in.Topic = o.topic; o.kind.gather != nil {
		err = o.kind.gather(ctx, gathering{a, c, t, from, o, j, &in})
	}
	return in, err
}

// entriesOf yields the entries below a size.
func entriesOf(t *opened, size int64) func(yield func(n int64, e agenttrail.Entry) error) error {
	return func(yield func(n int64, e agenttrail.Entry) error) error {
		for n := range size {
			if err := yield(n, t.Log().Entry(n)); err != nil {
				return err
			}
		}
		return nil
	}
}

// filtersOf are the filters with the agents that an entity stands for. An entity or agent that nobody knows is a usage error: a part that is empty
// by a slip of the hand must not look like one in which nothing happened.
func filtersOf(o reportOptions, j *judge.Judge) ([]reports.Filter, error) {
	list := o.filters()
	for i := range list {
		f := &list[i]
		var known []string
		for _, g := range j.Agents() {
			switch {
			case f.Name == "entity" && g.Entity != "" && !slices.Contains(known, g.Entity):
				known = append(known, g.Entity)
			case f.Name == "agent":
				known = append(known, g.ID)
			}
			if f.Name == "entity" && g.Entity == f.Value {
				f.Agents = append(f.Agents, g.ID)
			}
		}
		slices.Sort(known)
		if f.Name != "system" && !slices.Contains(known, f.Value) {
			return nil, usage("--%s %q stands in no register of this state of the ledger (there is: %s)", f.Name, f.Value, first(strings.Join(known, ", "), "none"))
		}
	}
	return list, nil
}

// registerAgents turns the register into what reports print.
func registerAgents(j *judge.Judge) (list []reports.Agent) {
	for _, g := range j.Agents() {
		out := reports.Agent{ID: g.ID, Name: g.Name, Owner: g.Owner, Purpose: g.Purpose, Status: g.Status, ApprovedBy: g.ApprovedBy, ReviewDate: g.ReviewDate.Time}
		for _, id := range g.Identities {
			text := id.System + ":"
			for _, name := range sortedKeys(id.Match) {
				text += " " + strings.ReplaceAll(name, "_", " ") + " " + id.Match[name]
			}
			if id.Exclusive != nil && !*id.Exclusive {
				text += " (a person uses it too)"
			}
			out.Identities = append(out.Identities, text)
		}
		for _, r := range g.Allowed {
			out.Allowed = append(out.Allowed, strings.Join(r.Verbs, ", ")+" in "+r.System)
			out.Systems = append(out.Systems, r.System)
		}
		out.Declared, out.Seen, _ = j.Scope(g.ID)
		list = append(list, out)
	}
	return list
}

func earlierLines(j *judge.Judge) (list []reports.EarlierLine) {
	for _, l := range j.DatedEarlier() {
		list = append(list, reports.EarlierLine{Agent: l.Agent, Rule: l.Rule, Declared: l.Declared, Seen: l.Seen})
	}
	return list
}

func approvalsOf(j *judge.Judge) (list []reports.Approval) {
	for _, c := range j.Approvals() {
		p := c.Action.Approval
		list = append(list, reports.Approval{ID: c.ID(), Action: c.Action.ID, Agent: p.Agent, Verb: p.Verb, System: p.System, Resource: p.Resource, Limit: p.Limit, Approver: c.Action.Actor.ID, Requester: p.Requester,
			Rejected: c.Action.Verb == agenttrail.VerbReject, Asked: p.AskedAt, At: c.Action.Time, Seen: c.Seen, Origin: c.Origin})
	}
	return list
}

// reportSources are the sources of the config with the systems that each covers and what its format can tell.
func reportSources(ctx context.Context, c *config.Config, from facts, size int64) (list []reports.Source, err error) {
	tells := map[string]reports.Tells{}
	for _, f := range formatRows() {
		tells[f.Format] = reports.Tells{Agent: f.Agent, Person: f.Person, Approval: f.Leave, Reason: f.Reason, SourceProof: f.Proof}
	}
	for i := range c.Sources {
		s := &c.Sources[i]
		out := reports.Source{Name: s.Name, Kind: "s3", Format: s.Format, Dataset: s.Format, Since: s.Since.Time, Lag: lagOf(s), Gap: s.Gap.Duration, Tells: tells[s.Format]}
		if s.Folder != "" {
			out.Kind, out.Lag = "folder", 0
		}
		out.Inventory = inventory(s)
		if s.MapFile != nil {
			out.Dataset = s.MapFile.Dataset
		}
		if out.Systems, err = systemsOf(ctx, s, from, size); err != nil {
			return nil, err
		}
		list = append(list, out)
	}
	return list, nil
}
