package reports

import (
	"encoding/hex"
	"fmt"
	"strings"

	"agenttrail"
)

func (a *account) methodSection() Section {
	return Section{Title: "Method and proof", Break: true, Blocks: []Block{{Facts: a.made()}}, Sections: []Section{
		{Title: "How to check this report", Blocks: a.howToCheck()},
		{Title: "What is not proven", Blocks: []Block{{List: plain(notProven...)}}},
		{Title: "What the words mean", Blocks: []Block{{Facts: definitions}}},
		{Title: "How each number is made", Blocks: []Block{{Table: a.measureTable()}}},
		{Title: "What was asked", Blocks: []Block{
			paragraph("Each question reads only the entries below the size of the ledger named above. The full text of each is attached as queries.json; the hash is the SHA-256 of its member “question”."),
			{Table: a.questionTable()}}},
		{Title: "Who is named", Blocks: []Block{paragraph(fmt.Sprintf("Owners of agents, approvers and those who asked for approval stand here by name, because an auditor tests them. %s stand as S-0001 and so on, the same throughout this document; whoever may read the trail can resolve them by the id of the action.",
			counting(int64(len(a.names.numbers)), "other person does not: they", "other persons do not: they")))}},
	}}
}

// made says what the report was made from and by what.
func (a *account) made() [][2]string {
	c := a.in.Cite
	facts := [][2]string{
		{"Report", a.id() + ", revision as in issue.json"},
		{"Status", a.status()},
		{"Period", fmt.Sprintf("%s to %s, the end not included, UTC", moment(a.in.Period.From), moment(a.in.Period.To))},
		{"Asked for as", a.in.Period.Name},
		{"Company and trail", or(a.in.Owner) + "; " + or(a.in.Tenant) + "; " + or(c.Origin)},
		{"Ledger", fmt.Sprintf("%s entries; the last of them was made at %s UTC", thousands(c.Size), moment(c.Time))},
		{"Root", hex.EncodeToString(c.Root[:])},
		{"Verifier key", or(c.Key)},
		{"Fingerprint of the key", or(a.in.Fingerprint)},
		{"Strength of the proof", a.tier()},
		{"Generator", or(a.in.Build) + development(a.in.Build)},
		{"Action schema", agenttrail.SchemaVersion + ", with names of ECS " + agenttrail.ECSVersion},
		{"Config, SHA-256", or(a.in.Config)},
		{"Register, SHA-256", or(a.in.Register)},
		{"Formats", or(strings.Join(a.formats(), "; "))},
		{"Parameters", or(strings.Join(a.in.Params, " "))},
		{"Filters", a.filterWords()},
		{"Issue", "when, where, by whom and by which command it was issued stands in issue.json beside this file"},
		{"Preparer and reviewer", "not signed at issue; a later signature does not change this file's content"},
	}
	if a.in.Demo {
		facts = append([][2]string{{"Note", wordDemo}}, facts...)
	}
	return facts
}

func (a *account) filterWords() string {
	if len(a.in.Filters) == 0 {
		return "none: the whole population"
	}
	return a.part()
}

// development marks a version that no release tag stands behind.
func development(build string) string {
	if strings.HasPrefix(build, "v") && !strings.Contains(build, "-") {
		return ""
	}
	return " (development build)"
}

func (a *account) tier() string {
	if a.in.Previous != nil {
		return fmt.Sprintf("anchored for whoever kept the last report: it names the state of the ledger at %s entries", thousands(a.in.Previous.Size))
	}
	return "self-signed: it shows changes by anybody who lacks the key. Keep this report: it anchors the next"
}

// formats are the mappings in use, each with its sources.
func (a *account) formats() (list []string) {
	for _, f := range a.book.feeds {
		if f.Format != "" {
			list = append(list, f.Name+": "+f.Format)
		}
	}
	return list
}

// howToCheck are steps that need no knowledge of the tool.
func (a *account) howToCheck() []Block {
	verify := a.in.Verify
	if verify == "" {
		verify = "agenttrail verify --trail FOLDER --key " + or(a.in.Cite.Key)
	}
	blocks := []Block{
		{List: plain(
			"Compare the fingerprint of the key on page one with the one that the company gave you by another route, or with its last report. If it differs, stop and ask.",
			"Get a copy of the trail (a folder) and the program agenttrail from its publisher, not from the folder. Run the command below. It needs no network and no password.",
			fmt.Sprintf("It must say that the trail holds, and name a size of at least %s entries. Anything else is a finding: ask, and keep the output.", thousands(a.in.Cite.Size)),
			"Open the attachments of this file (in most viewers: the paper clip). Compare their SHA-256 with the table in “What is attached”.",
			"Add up the column actions of groups.csv: it gives the number of actions on page one. Every number in “How each number is made” is a sum over the rows of one attachment.",
			"Take the id of any action from high-stakes.csv or violations.csv and run: agenttrail show ID. It prints the facts, each judgement with the line that decided, the object and the entry; with --raw the record itself, as the vendor wrote it.",
		)},
		{Verbatim: verify},
	}
	if a.in.Cite.Note != "" {
		blocks = append(blocks, paragraph("The signed note of this state of the ledger, verbatim. Keep it: with it anyone can tell later whether the ledger was rolled back."), Block{Verbatim: a.in.Cite.Note})
	}
	return blocks
}

func (a *account) measureTable() *Table {
	t := &Table{Caption: "Measures", Columns: []Column{{Title: "Id", Weight: 9}, {Title: "Name", Weight: 34}, {Title: "Formula", Weight: 72}, {Title: "Numerator", Weight: 15, Right: true}, {Title: "Denominator", Weight: 18, Right: true}, {Title: "From", Weight: 24}}}
	for _, m := range a.measures {
		n, d := number(m.Numerator), number(m.Denominator)
		if m.Denominator == 0 {
			n, d = Cell{Text: wordNoData, Tone: ToneMuted}, Cell{Text: wordNoData, Tone: ToneMuted}
		}
		t.Rows = append(t.Rows, []Cell{{Text: m.ID}, {Text: m.Name}, {Text: m.Formula}, n, d, {Text: m.From}})
	}
	return t
}

func (a *account) questionTable() *Table {
	var rows [][]Cell
	for i, q := range a.ask.asked {
		kind := "count"
		if q.by == nil {
			kind = "find"
		}
		rows = append(rows, []Cell{number(int64(i + 1)), {Text: kind}, {Text: q.purpose}, number(q.answers), number(q.actions), {Text: q.hash()[:16], Tone: ToneMono}})
	}
	return cutTable(&Table{Caption: "Questions", Columns: []Column{{Title: "No.", Right: true}, {Title: "Kind"}, {Title: "Purpose"}, {Title: "Answers", Right: true},
		{Title: "Actions in them", Right: true}, {Title: "Hash begins", Mono: true}}}, rows, "queries.json")
}
