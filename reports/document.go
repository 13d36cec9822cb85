// Package reports folds facts into documents. A document has sections, numbers, tables and figures, and knows no fonts, no millimetres and
// no clock: reports/pdf draws it. The same ledger size, policy, period and parameters give the same document.
package reports

import "agenttrail"

// A Document is a report before it is drawn.
type Document struct {
	ID       string // printed on every page
	Kind     string // as KindID writes it
	Title    string
	Subtitle string
	Owner    string // the company the report is about
	Status   string // "Issued, not reviewed", "Provisional"
	Lang     string // BCP 47
	Marking  string // confidentiality, in the header of every page
	AsOf     agenttrail.Cite
	Front    []Block // page one, under the title; must fit on it
	Sections []Section
	Files    []File
	Summary  *Summary // what page one states; not drawn
	Cited    []string // ids of the actions that stand in it one by one, sorted; its bundle proves them. Not drawn
}

// A Section is a heading with what stands under it.
type Section struct {
	Title    string
	Break    bool // begins a page
	Blocks   []Block
	Sections []Section
}

// A Block is one piece of a section. Exactly one of its members is set.
type Block struct {
	Text     []Cell // one paragraph; runs of different tone
	List     []Cell // a bulleted list
	Numbers  []Number
	Facts    [][2]string // label and value, as a two-column table without a header
	Table    *Table
	Figure   *Figure
	Verbatim string // text in a fixed font, line by line: a note, a query
}

// A Number is a key figure.
type Number struct {
	Value, Label, Note string
	Tone               string
}

// Tones say what a text means; the painter chooses colour and shape, never colour alone.
const (
	ToneGood   = "good"
	ToneWarn   = "warn"
	ToneBad    = "bad"
	ToneMuted  = "muted"
	ToneStrong = "strong"
	ToneMono   = "mono" // an identifier: fixed font
)

// A Cell is text with a meaning. Ref names the action, receipt or attachment row it can be walked back to.
type Cell struct{ Text, Tone, Ref string }

// A Column is one column of a table. Weights share the width, or what the cells hold does where no column has a weight; Right aligns
// numbers; Mono is for identifiers.
type Column struct {
	Title       string
	Weight      float64
	Right, Mono bool
}

// A Table has rows of as many cells as it has columns. Total over len(Rows) means: cut, and the cut is printed.
type Table struct {
	Caption string
	Columns []Column
	Rows    [][]Cell
	Total   int
	Where   string // where the rest of a cut table stands
	Empty   string // printed when there are no rows
}

// A File is embedded in the document.
type File struct {
	Name, Type, Description string
	Relation                string // Data, Source, Supplement
	Rows                    int64  // -1: not a table
	Data                    []byte
}
