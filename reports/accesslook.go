package reports

import (
	"fmt"
	"slices"
	"strings"
)

// lookSection lists what somebody should look at, by kind.
func (r *review) lookSection() Section {
	return Section{Title: "What to look at", Break: true, Sections: []Section{
		{Title: "Unused for 90 days", Blocks: []Block{
			paragraph("A permission counts as unused only where the system's own log reaches back far enough and has no gap. Unknown is counted as neither."),
			{Table: r.listOf("Unused permissions", "No permission whose use is known was unused for 90 days.", func(l *accessLine) bool { return l.useState == useUnused })}}},
		{Title: "Privileged, and able to send, pay or delete", Blocks: []Block{
			paragraph(r.unexplained()),
			{Table: r.listOf("Privileged or high-stakes permissions", "No permission is described as privileged or as able to send, pay or delete.", func(l *accessLine) bool { return l.meaning.Tier == "privileged" || len(l.stakes()) > 0 })}}},
		{Title: "Shared and personal credentials", Blocks: []Block{{Table: r.sharedTable()}}},
		{Title: "Outside the declared scope", Blocks: []Block{
			{Table: r.listOf("Permissions in systems that the register does not allow", "Every permission of a registered agent lies in a system that the register allows it.", func(l *accessLine) bool { return l.inScope == "no" })}}},
		{Title: "Granted and not used, by agent", Blocks: []Block{{Table: r.overTable()}}},
		{Title: "Owners", Blocks: []Block{{Table: r.ownerTable()}}},
	}}
}

func (r *review) unexplained() string {
	n := r.those(func(l *accessLine) bool { return !l.explained })
	if n == 0 {
		return "Every permission is described in the company's list of permissions."
	}
	return fmt.Sprintf("%s in no list of permissions: what they can do is not known here.", counting(n, "permission is described", "permissions are described"))
}

func (r *review) listOf(caption, empty string, is func(*accessLine) bool) *Table {
	if len(r.lines) == 0 {
		empty = "No data."
	}
	var rows [][]Cell
	for _, l := range r.lines {
		if is(l) {
			rows = append(rows, []Cell{{Text: r.holder(l), Tone: ToneMono}, {Text: l.held.System}, {Text: l.held.Permission, Tone: ToneMono}, {Text: or(l.meaning.Words)}, {Text: or(strings.Join(l.stakes(), ", "))}, {Text: moment(l.use.last)},
				{Text: day(l.held.GrantedAt)}, {Text: r.reviewer(l)}})
		}
	}
	return cutTable(&Table{Caption: caption, Empty: empty, Columns: []Column{{Title: "Agent", Mono: true}, {Title: "System"}, {Title: "Permission", Mono: true}, {Title: "In plain words"}, {Title: "Can"}, {Title: "Last used (UTC)"},
		{Title: "Granted"}, {Title: "Would review it"}}}, rows, "access.csv")
}

// reviewer is who would review a line: who leads the owner. Without a list of people it is the owner, who then judges their own agent.
func (r *review) reviewer(l *accessLine) string {
	switch {
	case l.manager != "":
		return l.manager
	case l.register != nil && l.register.Owner != "":
		return l.register.Owner + " (owner; who leads them is not known)"
	}
	return "nobody: no owner"
}

func (r *review) sharedTable() *Table {
	empty := "No credential of a snapshot is held or used by several agents, or belongs to a person."
	if len(r.lines) == 0 {
		empty = "No data."
	}
	var rows [][]Cell
	for _, l := range r.lines {
		if len(l.sharing) == 0 && !l.person {
			continue
		}
		whose := "several agents"
		if l.person {
			whose = "a person"
		}
		var others []string
		for _, o := range l.sharing {
			others = append(others, shortened(r.names.masked(o, nil)))
		}
		rows = append(rows, []Cell{{Text: r.credential(l), Tone: ToneMono}, {Text: or(l.held.Credential.Type)}, {Text: whose, Tone: ToneBad}, {Text: r.holder(l), Tone: ToneMono}, {Text: or(listed(others))}, {Text: l.held.System}, {Text: l.held.Permission, Tone: ToneMono}})
	}
	return cutTable(&Table{Caption: "Credentials that are not one agent's alone", Empty: empty, Columns: []Column{{Title: "Credential", Mono: true}, {Title: "Type"}, {Title: "Whose"}, {Title: "Held by", Mono: true}, {Title: "Also"}, {Title: "System"},
		{Title: "Permission", Mono: true}}}, rows, "access.csv")
}

func (r *review) overTable() *Table {
	var rows [][]Cell
	for _, name := range r.holders() {
		var all, used, idle, unknown int64
		for _, l := range r.lines {
			if l.who() != name {
				continue
			}
			switch all++; l.useState {
			case useUsed:
				used++
			case useUnknown:
				unknown++
			default:
				idle++
			}
		}
		share := Cell{Text: wordNoData, Tone: ToneMuted}
		if used+idle > 0 {
			share = Cell{Text: ofm(idle, used+idle)}
		}
		rows = append(rows, []Cell{{Text: shortened(r.names.masked(name, nil)), Tone: ToneMono}, number(all), number(used), toned(idle, ToneWarn), number(unknown), share})
	}
	return cutTable(&Table{Caption: "Permissions held and used in 90 days", Empty: "No data.", Columns: []Column{{Title: "Agent", Mono: true}, {Title: "Held", Right: true}, {Title: "Used", Right: true}, {Title: "Not used", Right: true},
		{Title: "Use unknown", Right: true}, {Title: "Not used of known"}}}, rows, "access.csv")
}

func (r *review) ownerTable() *Table {
	tones := map[string]string{ownerEmployed: ToneGood, ownerGone: ToneBad, ownerUnknown: ToneWarn}
	words := map[string]string{ownerEmployed: "with the company", ownerGone: "left the company", ownerUnknown: "in no list of people"}
	var rows [][]Cell
	var seen []string
	for _, l := range r.lines {
		if slices.Contains(seen, l.who()) {
			continue
		}
		seen = append(seen, l.who())
		owner, state := Cell{Text: wordNone, Tone: ToneBad}, Cell{Text: "–"}
		if l.register != nil && l.register.Owner != "" {
			owner, state = Cell{Text: l.register.Owner}, Cell{Text: words[l.owner], Tone: tones[l.owner]}
		}
		registered := Cell{Text: "yes"}
		if l.register == nil {
			registered = Cell{Text: "no", Tone: ToneBad}
		}
		rows = append(rows, []Cell{{Text: r.holder(l), Tone: ToneMono}, registered, owner, state, {Text: r.reviewer(l)}})
	}
	sortRows(rows)
	return cutTable(&Table{Caption: "Who answers for the agents that hold something", Empty: "No data.", Columns: []Column{{Title: "Agent", Mono: true}, {Title: "In the register"}, {Title: "Owner"}, {Title: "Owner is"}, {Title: "Would review it"}}}, rows, "access.csv")
}

func (r *review) changeSection() Section {
	counts := map[string]int64{changeRemoved: int64(len(r.gone))}
	var rows [][]Cell
	for _, l := range slices.Concat(r.lines, r.gone) {
		if l.change != changeRemoved {
			counts[l.change]++
		}
		if l.change == changeSame || l.change == changeNoEarlier {
			continue
		}
		rows = append(rows, []Cell{{Text: l.change}, {Text: r.holder(l), Tone: ToneMono}, {Text: l.held.System}, {Text: l.held.Permission, Tone: ToneMono}, {Text: or(r.names.masked(l.held.GrantedBy, nil))}, {Text: day(l.held.GrantedAt)}, {Text: or(l.held.Ticket)}})
	}
	text := fmt.Sprintf("New: %s. Removed: %s. Changed: %s. Unchanged: %s.", thousands(counts[changeNew]), thousands(counts[changeRemoved]), thousands(counts[changeOther]), thousands(counts[changeSame]))
	if n := counts[changeNoEarlier]; n > 0 || len(r.lines) == 0 {
		text += fmt.Sprintf(" %s no earlier snapshot to compare with.", counting(n, "permission has", "permissions have"))
	}
	return Section{Title: "Changes since the snapshot before", Blocks: []Block{paragraph(text),
		{Table: cutTable(&Table{Caption: "New, changed and removed", Empty: "Nothing is known to have changed.", Columns: []Column{{Title: "Change"}, {Title: "Agent", Mono: true}, {Title: "System"}, {Title: "Permission", Mono: true}, {Title: "Granted by"},
			{Title: "On"}, {Title: "Ticket"}}}, rows, "access-changes.csv")}}}
}

func (r *review) campaignSection() Section {
	return Section{Title: "Decisions", Blocks: []Block{paragraph("No review campaign is recorded in this trail: nobody decided to keep, revoke or modify any of these permissions. Decisions, revocations and their proof, independence of the reviewers, and what recurs have no data, and count as nothing passed.")}}
}
