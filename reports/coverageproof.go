package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"agenttrail"
)

// integritySection says what was checked of the trail when the report was made.
func (a *account) integritySection() Section {
	words := []Cell{{Text: "Not checked. ", Tone: ToneWarn}, {Text: coverageNotChecked}}
	v := a.in.Verified
	switch {
	case v == nil:
	case v.Broken != "":
		words = []Cell{{Text: "It does not hold: ", Tone: ToneBad}, {Text: v.Broken, Tone: ToneMono}}
	default:
		n := a.book.named
		words = []Cell{{Text: "Everything holds. ", Tone: ToneGood}, {Text: fmt.Sprintf("When this report was made the whole trail was checked. In it, up to this state of the ledger: %s, each signed; %s, hashed again wherever their bytes are kept; %s and %s under the roots of their entries.",
			counting(a.in.Cite.Size, "entry", "entries"), counting(n.objects, "object", "objects"), counting(n.records, "record", "records"), counting(n.rows, "action", "actions"))}}
	}
	t := &Table{Caption: "What the ledger holds", Columns: []Column{{Title: "Entries about", Weight: 40}, {Title: "Number", Weight: 20, Right: true}}}
	for _, name := range slices.Sorted(maps.Keys(a.book.types)) {
		t.Rows = append(t.Rows, []Cell{{Text: entryWords(name)}, number(a.book.types[name])})
	}
	return Section{Title: "Unchanged since it was read", Blocks: []Block{{Text: words}, {Table: t}, {Table: a.sourceProofTable()}}}
}

// entryWords say what entries of a type are about.
func entryWords(name string) string {
	switch name {
	case agenttrail.TypeGenesis:
		return "the beginning of the ledger"
	case agenttrail.TypePolicy:
		return "files that came into force"
	case agenttrail.TypeBatch:
		return "records that were read"
	case agenttrail.TypeWindow:
		return "days of sources, open or closed"
	case agenttrail.TypeReport:
		return "reports that were issued"
	case agenttrail.TypeFinding:
		return "decisions about findings"
	}
	return name
}

// sourceProofTable says whose vendor signs its own log.
func (a *account) sourceProofTable() *Table {
	t := &Table{Caption: "Proof by the source itself", Empty: "No source is configured: no data.", Columns: []Column{{Title: "Source", Weight: 30}, {Title: "Vendor's own proof", Weight: 70}}}
	for _, f := range a.book.feeds {
		c := Cell{Text: "none that the format declares", Tone: ToneMuted}
		if f.Tells.SourceProof {
			c = Cell{Text: "the vendor signs its log; what its signature says of an object stands with each action, and is not counted here", Tone: ToneWarn}
		}
		t.Rows = append(t.Rows, []Cell{{Text: f.Name}, c})
	}
	return t
}

// healthSection shows how well the logs are understood.
func (a *account) healthSection() Section {
	t := &Table{Caption: "Mappings in use", Empty: "No record was read in the period.", Columns: []Column{{Title: "Source", Weight: 24}, {Title: "Mapping and version", Weight: 60, Mono: true}, {Title: "Batches", Weight: 12, Right: true}, {Title: "First used", Weight: 20}, {Title: "Last used", Weight: 20}}}
	other := &Table{Caption: "Objects refused, and acts that were not understood", Empty: "No source is configured: no data.", Columns: []Column{{Title: "Source", Weight: 30}, {Title: "Objects", Weight: 16, Right: true}, {Title: "Refused", Weight: 16, Right: true},
		{Title: "Actions", Weight: 16, Right: true}, {Title: "Act not understood (“other”)", Weight: 26, Right: true}}}
	for _, f := range a.book.feeds {
		for _, m := range f.mappings {
			t.Rows = append(t.Rows, []Cell{{Text: f.Name}, {Text: m.version, Tone: ToneMono}, number(m.batches), {Text: day(m.first)}, {Text: day(m.last)}})
		}
		_, _, unknown := f.ended(agenttrail.VerbOther)
		other.Rows = append(other.Rows, []Cell{{Text: f.Name}, number(f.objects.Count), toned(f.objects.Refused, ToneWarn), number(f.actions), toned(unknown, ToneWarn)})
	}
	return Section{Title: "How well the logs are understood", Blocks: []Block{paragraph(coverageHealthText), {Table: other}, {Table: a.rejectTable()}, {Table: a.skipTable()}, {Table: t}}}
}

func (a *account) lateTable() *Table {
	t := &Table{Caption: "Actions that came late, again, or with other facts", Empty: "No source is configured: no data.", Columns: []Column{{Title: "Source", Weight: 28}, {Title: "After their day was closed", Weight: 24, Right: true}, {Title: "Repeated records", Weight: 20, Right: true},
		{Title: "Repeated actions", Weight: 20, Right: true}, {Title: "Later versions with other facts, not counted", Weight: 34, Right: true}}}
	for _, f := range a.book.feeds {
		t.Rows = append(t.Rows, []Cell{{Text: f.Name}, toned(f.late, ToneWarn), number(f.records.Duplicate), number(f.records.ActionDuplicates), toned(f.conflicts, ToneWarn)})
	}
	return t
}

// retentionTable measures how far back the trail reaches, at the time of the last entry.
func (a *account) retentionTable() *Table {
	t := &Table{Caption: "Oldest action of each source", Empty: "No source is configured: no data.", Columns: []Column{{Title: "Source", Weight: 28}, {Title: "Read since", Weight: 20}, {Title: "Oldest action (UTC)", Weight: 26}, {Title: "Days from it to the last entry", Weight: 24, Right: true},
		{Title: "12 months, as some rules ask", Weight: 28}}}
	for _, f := range a.book.feeds {
		if f.oldest.IsZero() {
			t.Rows = append(t.Rows, []Cell{{Text: f.Name}, {Text: day(f.Since)}, {Text: wordNoData, Tone: ToneWarn}, {Text: "–"}, {Text: wordNoData, Tone: ToneWarn}})
			continue
		}
		age := a.in.Cite.Time.Sub(f.oldest)
		year := Cell{Text: "reached", Tone: ToneGood}
		if f.oldest.After(a.in.Cite.Time.AddDate(-1, 0, 0)) {
			year = Cell{Text: "not reached yet", Tone: ToneMuted}
		}
		t.Rows = append(t.Rows, []Cell{{Text: f.Name}, {Text: day(f.Since)}, {Text: moment(f.oldest)}, number(int64(age / (24 * time.Hour))), year})
	}
	return t
}

// changeTable lists the files that came into force in the period.
func (a *account) changeTable() *Table {
	var rows [][]Cell
	for _, c := range a.book.changes {
		hash := Cell{Text: c.SHA256, Tone: ToneMono}
		if c.SHA256 == "" {
			hash = Cell{Text: "no longer in force", Tone: ToneWarn}
		}
		rows = append(rows, []Cell{{Text: moment(c.at)}, {Text: c.Kind}, {Text: cmp.Or(c.Name, "–")}, hash, number(c.entry)})
	}
	return cutTable(&Table{Caption: "Files that came into force in the period", Empty: "None: nothing that decides what this report says was changed in the period.", Columns: []Column{{Title: "When (UTC)", Weight: 22}, {Title: "Kind", Weight: 14}, {Title: "Name", Weight: 26},
		{Title: "SHA-256", Weight: 60, Mono: true}, {Title: "Entry", Weight: 10, Right: true}}}, rows, "the ledger")
}

// signOff is where the persons who stand behind a report sign it. Nothing in it is filled in: the program signs for nobody.
func signOff() Section {
	return Section{Title: "Sign-off", Blocks: []Block{
		paragraph(signOffText),
		{Table: &Table{Caption: "To be filled in by hand, or by a signature that is appended to this file", Columns: []Column{{Title: "Role", Weight: 24}, {Title: "Name", Weight: 34}, {Title: "Date", Weight: 20}, {Title: "Conclusion and comment", Weight: 60}, {Title: "Signature", Weight: 34}},
			Rows: [][]Cell{plain("Preparer", "", "", "", ""), plain("Reviewer, another person", "", "", "", "")}}},
	}}
}
