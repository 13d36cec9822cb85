package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// content is the access review as far as facts give it.
func (r *review) content() content {
	return content{
		title: "Access review of AI agents", about: "What agents may do, what of it they used, and what somebody should look at",
		facts: [][2]string{
			{"Campaign", "none: nobody has decided on any line yet; this is the state of access and its use"},
			{"Snapshot", r.snapshotWords()},
		},
		sections: []Section{r.resultSection(), r.snapshotSection(), r.linesSection(), r.lookSection(), r.changeSection(), r.campaignSection(), r.agentsSection(), r.coverageSection()},
		files:    []File{r.snapshotFile(), r.changesFile()},
	}
}

func (r *review) snapshotWords() string {
	if len(r.lines) == 0 {
		return "no inventory of permissions before the end of the period: no data"
	}
	var oldest, newest time.Time
	for _, s := range r.snapshots {
		if !s.current {
			continue
		}
		if oldest.IsZero() || s.at.Before(oldest) {
			oldest = s.at
		}
		newest = later(newest, s.at)
	}
	words := fmt.Sprintf("%s of %s, %s", counting(int64(len(r.lines)), "permission", "permissions"), counting(int64(len(r.holders())), "agent", "agents"), longDay(newest))
	if day(oldest) != day(newest) {
		words += "; the oldest of its inventories of " + longDay(oldest)
	}
	return words
}

// holders are the agents that hold something, in order.
func (r *review) holders() (names []string) {
	for _, l := range r.lines {
		if !slices.Contains(names, l.who()) {
			names = append(names, l.who())
		}
	}
	slices.Sort(names)
	return names
}

func (r *review) resultSection() Section {
	flagged := r.those(func(l *accessLine) bool { return len(l.flags) > 0 })
	numbers := []Number{
		{Value: thousands(int64(len(r.lines))), Label: "permissions held", Note: "by " + counting(int64(len(r.holders())), "agent", "agents")},
		{Value: thousands(flagged), Label: "to look at", Note: "with at least one flag"},
		{Value: thousands(r.those(func(l *accessLine) bool { return l.useState == useUnused })), Label: "unused for 90 days", Note: "where the use is known"},
		{Value: thousands(r.those(func(l *accessLine) bool { return l.useState == useUnknown })), Label: "use unknown", Note: "neither used nor unused"},
	}
	s := Section{Title: "Result", Break: true, Blocks: []Block{{Numbers: numbers}, {Table: r.measuresOf("R")}, {Table: r.flagTable()}}}
	if len(r.lines) > 0 {
		s.Blocks = append(s.Blocks, Block{Figure: &Figure{Title: "Permissions whose use is known, by last use", Ageing: r.ageing()}})
	}
	return s
}

// measuresOf are the measures whose ids begin so, as a reader sees them.
func (r *review) measuresOf(prefix string) *Table {
	t := &Table{Caption: "Measures of the review", Columns: []Column{{Title: "Measure", Weight: 30}, {Title: "Result", Weight: 22}, {Title: "How it is made", Weight: 60}}}
	for _, m := range r.measures {
		if !strings.HasPrefix(m.ID, prefix) {
			continue
		}
		result := Cell{Text: m.Stated()}
		if m.Denominator == 0 {
			result = Cell{Text: wordNoData, Tone: ToneWarn}
		}
		t.Rows = append(t.Rows, []Cell{{Text: m.Name, Tone: ToneStrong}, result, {Text: m.Formula}})
	}
	return t
}

// allFlags are told in this order.
var allFlags = []string{flagUnregistered, flagNoOwner, flagOwnerGone, flagOutside, flagShared, flagPerson, flagUnused, flagExpired, flagNoReason, flagNoGrantor, flagSelf}

func (r *review) flagTable() *Table {
	t := &Table{Caption: "What somebody should look at", Empty: "No permission is known: no data.", Columns: []Column{{Title: "Flag", Weight: 50}, {Title: "Permissions", Weight: 20, Right: true}, {Title: "Agents", Weight: 50}}}
	if len(r.lines) == 0 {
		return t
	}
	for _, flag := range allFlags {
		var agents []string
		n := r.those(func(l *accessLine) bool {
			if l.has(flag) && !slices.Contains(agents, r.holder(l)) {
				agents = append(agents, r.holder(l))
			}
			return l.has(flag)
		})
		slices.Sort(agents)
		t.Rows = append(t.Rows, []Cell{{Text: flag}, toned(n, ToneWarn), {Text: or(listed(agents))}})
	}
	return t
}

// holder is the holder as printed: a name that an inventory wrote may be a person's.
func (r *review) holder(l *accessLine) string { return shortened(r.names.masked(l.who(), nil)) }

// credential is the credential as printed.
func (r *review) credential(l *accessLine) string {
	return or(shortened(r.names.masked(l.held.Credential.ID, nil)))
}

// ageing counts lines by the age of their last use. What is unknown has a band of its own.
func (r *review) ageing() *Ageing {
	bands := []Step{{Name: "up to 7 days"}, {Name: "8 to 30 days"}, {Name: "31 to 90 days"}, {Name: "over 90 days"}, {Name: "never"}}
	for _, l := range r.lines {
		if l.useState == useUnknown {
			continue
		}
		age := r.at.Sub(l.use.last)
		switch {
		case l.use.last.IsZero():
			bands[4].N++
		case age <= 7*24*time.Hour:
			bands[0].N++
		case age <= 30*24*time.Hour:
			bands[1].N++
		case age <= unusedAfter:
			bands[2].N++
		default:
			bands[3].N++
		}
	}
	return &Ageing{Bands: bands, Over: 3, Limit: "90 days", Unit: "permissions"}
}

func (r *review) snapshotSection() Section {
	t := &Table{Caption: "Inventories before the end of the period", Empty: "No inventory was read: no data.", Columns: []Column{{Title: "Source"}, {Title: "Inventory"}, {Title: "Time (UTC)"}, {Title: "Time by"}, {Title: "Lines", Right: true},
		{Title: "Permissions", Right: true}, {Title: "Taken as"}}}
	for _, s := range r.snapshots {
		by, as := "our reading", "history"
		if s.dated {
			by = "the inventory"
		}
		switch {
		case s.current:
			as = "the state under review"
		case s.before:
			as = "the state before"
		}
		t.Rows = append(t.Rows, []Cell{{Text: s.inventory}, {Text: or(s.label)}, {Text: moment(s.at)}, {Text: by}, number(int64(s.rows)), number(int64(len(s.held))), {Text: as}})
	}
	var missing [][]Cell
	for _, p := range r.usedPairs() {
		if !r.lists(p) {
			missing = append(missing, []Cell{{Text: shortened(r.names.masked(p.agent, nil)), Tone: ToneMono}, {Text: p.system}})
		}
	}
	empty := "Every system that an agent used in the period stands in a snapshot for it."
	if len(r.lines) == 0 {
		empty = "No data."
	}
	return Section{Title: "What was reviewed", Blocks: []Block{
		paragraph("A snapshot is what one inventory stated on one day; lines that stand in it twice are one. The newest snapshot of each inventory before the end of the period is under review, and compared with the newest before the period, or the oldest there is."),
		{Table: t},
		{Table: cutTable(&Table{Caption: "Used in the period, and in no snapshot", Empty: empty, Columns: []Column{{Title: "Agent", Mono: true}, {Title: "System"}}}, missing, "groups.csv")},
	}}
}

// linesSection has the lines, a section for each system.
func (r *review) linesSection() Section {
	s := Section{Title: "Permissions and their use", Break: true}
	if len(r.lines) == 0 {
		s.Blocks = []Block{paragraph("No inventory of permissions was read: no data.")}
		return s
	}
	for from := 0; from < len(r.lines); {
		to := from
		for to < len(r.lines) && r.lines[to].held.System == r.lines[from].held.System {
			to++
		}
		s.Sections = append(s.Sections, r.systemSection(r.lines[from:to]))
		from = to
	}
	return s
}

func (r *review) systemSection(lines []*accessLine) Section {
	system := lines[0].held.System
	text := "The use of this system is known from its own log."
	if known, why := r.telemetry(system); !known {
		text = "What is not seen here may have been used all the same: " + why + "."
	}
	var what, granted [][]Cell
	for _, l := range lines {
		h := l.held
		what = append(what, []Cell{{Text: r.holder(l), Tone: ToneMono}, {Text: h.Permission, Tone: ToneMono}, {Text: or(inBrackets(l.meaning.Words, l.meaning.Tier))}, {Text: or(strings.Join(l.stakes(), ", "))}, {Text: or(l.data)},
			useCell(l), {Text: moment(l.use.last)}, number(l.use.late), number(l.use.denied)})
		granted = append(granted, []Cell{{Text: r.holder(l), Tone: ToneMono}, {Text: h.Permission, Tone: ToneMono}, {Text: r.credential(l), Tone: ToneMono}, {Text: r.grantedBy(h)},
			{Text: or(inBrackets(r.names.masked(h.Why, nil), h.Ticket))}, {Text: l.change}, flagCell(l)})
	}
	return Section{Title: system, Blocks: []Block{paragraph(text),
		{Table: cutTable(&Table{Caption: "What is held in " + system + ", and its use", Columns: []Column{{Title: "Agent", Mono: true}, {Title: "Permission", Mono: true}, {Title: "In plain words"}, {Title: "Can"}, {Title: "Data"},
			{Title: "Use"}, {Title: "Last used (UTC)"}, {Title: "Uses in 90 days", Right: true}, {Title: "Refused", Right: true}}}, what, "access.csv")},
		{Table: cutTable(&Table{Caption: "Who gave it, and what to look at, in " + system, Columns: []Column{{Title: "Agent", Mono: true}, {Title: "Permission", Mono: true}, {Title: "Credential", Mono: true}, {Title: "Granted"},
			{Title: "Reason stated"}, {Title: "Change"}, {Title: "Look at"}}}, granted, "access.csv")},
	}}
}

// grantedBy says who gave a permission, when, and until when.
func (r *review) grantedBy(h *Held) string {
	text := or(r.names.masked(h.GrantedBy, nil))
	if !h.GrantedAt.IsZero() {
		text += ", " + day(h.GrantedAt)
	}
	if !h.ExpiresAt.IsZero() {
		text += "; ends " + day(h.ExpiresAt)
	}
	return text
}

// inBrackets puts a second word behind a text, where both are said.
func inBrackets(text, more string) string {
	switch {
	case more == "":
		return text
	case text == "":
		return more
	}
	return text + " (" + more + ")"
}

func useCell(l *accessLine) Cell {
	switch l.useState {
	case useUsed:
		return Cell{Text: l.useState, Tone: ToneGood}
	case useUnused:
		return Cell{Text: l.useState, Tone: ToneBad}
	case useUnknown:
		return Cell{Text: "unknown: " + l.why, Tone: ToneWarn}
	}
	return Cell{Text: l.useState}
}

func flagCell(l *accessLine) Cell {
	if len(l.flags) == 0 {
		return Cell{Text: wordNone, Tone: ToneMuted}
	}
	return Cell{Text: strings.Join(l.flags, "; "), Tone: ToneWarn}
}
