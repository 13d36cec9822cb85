package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/judge"
	"agenttrail/internal/lists"
	"agenttrail/reports"
)

var accessKind = reportKind{
	name:  reports.KindAccess,
	short: "What the agents may do, what of it they used, and what to look at",
	long: `Write the access review of a period: every permission that inventories state (format agenttrail.grants, or a mapping with target: grant), joined with
the register, the people list and the use in the trail. The newest snapshot of each inventory before the end of the period is reviewed and compared
with the one before. A permission counts as unused only where the system's own log can tell; unknown is never counted. Nobody's decisions are in it
yet, and page one says so. Exit 3: the report is provisional, because something of the period is missing or open.`,
	example:  "  agenttrail report access-review --period 2026-Q3 -o access-2026-Q3.pdf",
	document: reports.AccessReview,
	gather:   gatherAccess,
}

// gatherAccess reads the permissions held, and the lists that give them owners and words, as the ledger stands.
func gatherAccess(ctx context.Context, g gathering) error {
	size := g.input.Cite.Size
	all, err := listsOf(ctx, g.trail.Trail, size)
	if err != nil {
		return err
	}
	agents, err := agentsOf(ctx, g.trail, size)
	if err != nil {
		return err
	}
	access := &reports.Access{
		Owner: func(person string, at time.Time) (state, manager string) {
			if m, ok := all.People.Manager(person); ok {
				manager = m.ID
			}
			return all.People.Employed(person, at), manager
		},
		Meaning: func(system, permission string) (reports.Meaning, bool) {
			p, ok := all.Permissions.Find(system, permission)
			return reports.Meaning{Words: p.Words, Tier: p.Tier, Can: p.Can}, ok
		},
		Data: func(system string) string { return dataWords(all.DataRules, system) },
	}
	err = g.trail.Reader().Grants(ctx, size, func(held *agenttrail.Grant, receipt int64) error {
		access.Held = append(access.Held, reports.Held{Grant: *held, Receipt: receipt, Inventory: g.trail.Log().Entry(receipt).Batch.Source, Resolved: resolveHolder(agents, held)})
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the permissions held: %w", err)
	}
	g.input.Access = access
	return nil
}

// agentsOf are the agents of the newest register below a size.
func agentsOf(ctx context.Context, t *opened, before int64) ([]judge.Agent, error) {
	versions, err := registerVersions(ctx, t.Trail, before)
	if err != nil || len(versions) == 0 {
		return nil, err
	}
	return versions[len(versions)-1].Register.Agents, nil
}

func dataWords(d *lists.DataRules, system string) string {
	class, categories := d.Of(system)
	return strings.Trim(class+": "+strings.Join(categories, ", "), ": ")
}

// resolveHolder finds the agent of the register that holds a permission: by its id or name, else by an identity that names the agent or the credential.
// Where two fit, none is taken.
func resolveHolder(agents []judge.Agent, g *agenttrail.Grant) string {
	for _, a := range agents {
		if g.Agent != "" && (a.ID == g.Agent || a.Name == g.Agent) {
			return a.ID
		}
	}
	found := ""
	for _, a := range agents {
		for _, id := range a.Identities {
			if !identifies(id.Match, g) || found == a.ID {
				continue
			}
			if found != "" {
				return ""
			}
			found = a.ID
		}
	}
	return found
}

// identifies says that an identity names the holder or the credential of a permission.
func identifies(match map[string]string, g *agenttrail.Grant) bool {
	for field, pattern := range match {
		value := ""
		switch field {
		case "agent_id", "agent_name":
			value = g.Agent
		case "key_id", "role_arn", "principal_arn", "user_email":
			value = g.Credential.ID
		}
		prefix, open := strings.CutSuffix(pattern, "*")
		if value != "" && (value == pattern || open && strings.HasPrefix(value, prefix)) {
			return true
		}
	}
	return false
}
