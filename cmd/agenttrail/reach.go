package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"agenttrail"
	"agenttrail/internal/config"
	"agenttrail/internal/judge"
	"agenttrail/internal/trail"
)

// An uncoveredSystem is one that agents reach and no source covers.
type uncoveredSystem struct {
	System   string `json:"system"`
	Actions  int64  `json:"actions"`            // that other logs mention
	Declared string `json:"declared,omitempty"` // why there is no log, as the config says
	Owner    string `json:"owner,omitempty"`
	agents   []string
}

func (u uncoveredSystem) text() string {
	s := "agents reach it and no source covers it"
	if u.Actions > 0 {
		s += "; other logs mention " + count(u.Actions, "action", "actions")
	}
	if len(u.agents) > 0 {
		s += "; the register allows " + strings.Join(u.agents, ", ")
	}
	if u.Declared != "" {
		s += fmt.Sprintf("; declared by %s: %s", u.Owner, u.Declared)
	}
	return s
}

// uncoveredSystems compares the systems that agents reach, by the register and by what other logs mention, with those that a source logs itself.
func uncoveredSystems(ctx context.Context, c *config.Config, t *opened) ([]uncoveredSystem, error) {
	found := map[string]*uncoveredSystem{}
	add := func(system string) *uncoveredSystem {
		if found[system] == nil {
			found[system] = &uncoveredSystem{System: system}
		}
		return found[system]
	}
	for _, agent := range c.Register.Agents {
		if agent.Status == judge.StatusProposed {
			continue // nobody said that it may act
		}
		for _, r := range agent.Allowed {
			if u := add(r.System); !slices.Contains(u.agents, agent.ID) {
				u.agents = append(u.agents, agent.ID)
			}
		}
	}
	q := agenttrail.Query{All: []agenttrail.Term{{Field: "agenttrail.actor.type", Any: []string{agenttrail.ActorAgent}}}}
	err := t.Reader().Count(ctx, q, []string{"agenttrail.resource.system"}, func(g agenttrail.Group) error {
		if g.Key[0] != "" {
			add(g.Key[0]).Actions += g.N
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count systems: %w", err)
	}
	covered, err := coverage(ctx, c, t.Trail)
	if err != nil {
		return nil, err
	}
	var list []uncoveredSystem
	for _, system := range sortedKeys(found) {
		if slices.ContainsFunc(covered, func(c string) bool { return covers(c, system) }) {
			continue
		}
		u := *found[system]
		for _, n := range c.NoSource {
			if n.System == system {
				u.Declared, u.Owner = n.Why, n.Owner
			}
		}
		list = append(list, u)
	}
	return list, nil
}

// covers says that a source of system a logs what happens in b: aws covers aws.s3.
func covers(a, b string) bool { return a == b || strings.HasPrefix(b, a+".") }

// coverage lists the systems whose own logs are read.
func coverage(ctx context.Context, c *config.Config, t *trail.Trail) (list []string, err error) {
	for i := range c.Sources {
		systems, err := systemsOf(ctx, &c.Sources[i], t.Reader(), t.Log().Size())
		if err != nil {
			return nil, err
		}
		list = append(list, systems...)
	}
	return list, nil
}

// systemsOf are the systems that a source is the log of: its own (CloudTrail of all of AWS, telemetry of the agents that send it), and for an export
// those that its records name. What agents say of their tool calls covers no system: that is their word, not the system's.
func systemsOf(ctx context.Context, s *config.Source, facts facts, before int64) (list []string, err error) {
	if inventory(s) {
		return nil, nil
	}
	module, _, _ := strings.Cut(s.Reads.Name, ".")
	if s.MapFile == nil {
		return []string{module}, nil
	}
	module, _, _ = strings.Cut(s.MapFile.Dataset, ".")
	list = []string{module}
	q := agenttrail.Query{Before: before, All: []agenttrail.Term{{Field: "event.dataset", Any: []string{s.MapFile.Dataset}}}}
	err = facts.Count(ctx, q, []string{"agenttrail.resource.system"}, func(g agenttrail.Group) error {
		if g.Key[0] != "" && g.Key[0] != module {
			list = append(list, g.Key[0])
		}
		return nil
	})
	return list, err
}

// inventory says that a source states who may do what, not what was done: it is no system's log.
func inventory(s *config.Source) bool { return agenttrail.GrantColumns(s.Reads.Fields) != nil }
