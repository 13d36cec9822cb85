package reports

import "time"

// A Figure is a drawing with its numbers. Exactly one of the kinds is set; its alternative text is made from the numbers.
type Figure struct {
	Title     string
	Bars      *Bars
	Heat      *Heat
	Strips    *Strips
	Pareto    *Pareto
	Funnel    *Funnel
	Waterfall *Waterfall
	Slope     *Slope
	Ageing    *Ageing
	Lanes     *Lanes
}

// Bars are stacked, one bar a label. Values[label][series].
type Bars struct {
	Labels, Series []string
	Values         [][]int64
	Unit           string // "actions"
}

// Heat is a table of tinted numbers. Values[row][column], NoData where nothing can be known.
type Heat struct {
	Corner        string // what the rows are
	Rows, Columns []string
	Values        [][]int64
}

// NoData differs from zero: nobody looked.
const NoData = -1

// Strips show one state a column in each row: source by day. States[row][column] is the name of a State.
type Strips struct {
	Corner        string
	Rows, Columns []string
	States        [][]string
	Legend        []StripState
}

// A StripState is a word, the letter printed in its cells, and a tone.
type StripState struct{ Name, Letter, Tone string }

// A Pareto shows what most of a total comes from: horizontal bars, the highest first, each with its number and the running share of all.
// It may be given in any order. Beyond twenty bars the smallest are drawn as one.
type Pareto struct {
	Labels []string
	Values []int64 // not negative
	Unit   string  // "violations"
}

// A Funnel shows how many of a number go on to the next step. No step has more than the one before.
type Funnel struct {
	Steps []Step
	Unit  string // "actions"
}

// A Step is a name with a number.
type Step struct {
	Name string
	N    int64
}

// A Waterfall shows how one number becomes another: each step adds or takes away. A Sum step is no change but what has been reached, and
// must be the sum of the steps before it, so that a reconciliation that does not add up cannot be drawn.
type Waterfall struct {
	Steps []Change
	Unit  string // "records"
}

// A Change is one step of a waterfall.
type Change struct {
	Name string
	N    int64 // signed; of a sum: what has been reached
	Sum  bool
}

// A Slope shows shares over a few periods, each line in a plot of its own from nothing to all.
type Slope struct {
	Columns []string // periods, the oldest first
	Lines   []SlopeLine
}

// A SlopeLine is one measure over the periods.
type SlopeLine struct {
	Name   string
	Points []Share // one a column
}

// A Share is n of m; of nothing means that there is no data.
type Share struct{ N, Of int64 }

// Ageing shows how long ago something last happened: bands of age, the youngest first, and from which band on it is too long ago.
type Ageing struct {
	Bands []Step
	Over  int    // index of the first band beyond the limit; len(Bands): none is
	Limit string // the limit in words: "90 days"
	Unit  string // "permissions"
}

// Lanes show who did what in which order: a line down the page for each party, a mark on it for each moment, an arrow where it was done
// to another.
type Lanes struct {
	Names   []string // of the parties, at most six
	Moments []Moment // in order of time
}

// A Moment is one mark.
type Moment struct {
	At   time.Time
	Lane string // one of the names
	To   string // the party it was done to; empty: none
	Text string // what was done
	Tone string
	Ref  string // what it can be walked back to
}
