package reports

import (
	"fmt"
	"time"

	"agenttrail"
	"agenttrail/reports/frameworks"
)

// Input is all that a report is made of. The same input gives the same document.
type Input struct {
	Facts       Facts
	Judge       Judge
	Period      Period
	Topic       string          // what the report is about beyond the period: a framework, a case, a campaign; empty: nothing
	Filters     []Filter        // of a part of the population, in order; empty: all of it
	Owner       string          // the company the report is about, as printed
	Tenant      string          // whose trail it is
	Cite        agenttrail.Cite // the state of the ledger: only entries below Size are read, and Time is printed instead of now
	Fingerprint string          // of Cite.Key, as `keys show` prints it
	// Entries yields the entries of the ledger in order. Those at or above Cite.Size are not looked at.
	Entries func(yield func(n int64, e agenttrail.Entry) error) error

	Agents       []Agent
	EarlierLines []EarlierLine
	Approvals    []Approval
	Sources      []Source
	NoSource     []NoSource
	Decisions    []Decision // about findings, in the order of the ledger
	BadProofs    []BadProof
	Access       *Access // of the access review alone

	Index Index // what is known of the search index when the report is issued

	Build     string                // version of the program
	Config    string                // SHA-256 of the config in force, hex
	Register  string                // SHA-256 of the register in force, hex
	Verify    string                // the command that verifies the trail, complete with its key
	Params    []string              // further parameters of the command, as given
	Framework *frameworks.Framework // of a framework report
	Answers   map[string]bool       // to its conditions, by id
	Verified  *Verified             // what a check of the whole trail found before the report was made; nil: it was not checked then
	Demo      bool                  // a demonstration, whose times and key are not real
	Previous  *Summary              // what the last report said; nil: there is none

	Case *CaseQuestion // of a case file; nil: of every other report
}

// Verified is what a check of the whole trail found. It has no numbers: the check reads the trail as it is, and a report only what stands below
// its size of the ledger.
type Verified struct {
	Broken string // the first place that does not hold, and why; empty: everything holds
}

// An Agent is what the register says of one agent, newest words.
type Agent struct {
	ID, Name, Owner, Purpose, Status string
	ApprovedBy                       string    // who approved its entry; empty: the register does not say
	Identities                       []string  // how each system knows it, in words
	Allowed                          []string  // its rules, in words
	Systems                          []string  // that the rules let it reach
	Declared                         time.Time // when its scope was declared to begin; zero: it has none
	Seen                             time.Time // when the ledger first held the scope
	ReviewDate                       time.Time
}

// An EarlierLine is a line of the register that was dated earlier than the ledger knows it.
type EarlierLine struct {
	Agent, Rule    string
	Declared, Seen time.Time
}

// An Approval is one decision of a person about an agent's act.
type Approval struct {
	ID                            string // as a verdict names it
	Action                        string // id of the action that it is
	Agent, Verb, System, Resource string // what it allows; empty: anything
	Limit                         string
	Approver, Requester           string
	Rejected                      bool
	Asked                         time.Time     // zero: not said
	At                            time.Time     // of the decision
	Seen                          time.Time     // of the ledger entry that first held it
	Lag                           time.Duration // usual delay of its source
	Origin                        string        // system_log, api, file
}

// A Source is a log that the company configured.
type Source struct {
	Name, Kind, Format, Dataset string // Kind: s3, folder
	Since                       time.Time
	Lag                         time.Duration // a day is due when it is over and this has passed; include what the source's zone lags behind UTC
	Gap                         time.Duration // a longer silence is a gap; 0: none declared
	Systems                     []string      // whose actions it covers; "aws" covers "aws.s3" too
	Tells                       Tells
	Inventory                   bool // it states permissions, not actions: no log, and nobody's successes are missing in it
}

// Standing says that the source promises no days: it is a folder.
func (s Source) Standing() bool { return s.Kind == "folder" }

// Tells says what a format can know.
type Tells struct{ Agent, Person, Approval, Reason, SourceProof bool }

// A BadProof is an object that is not what its vendor signed, or whose signature does not hold.
type BadProof struct {
	Source, URI, State string
	Entry              int64 // of its batch
	At                 time.Time
}

// NoSource is a system without a log, as the company declared it.
type NoSource struct {
	System, Why, Owner string
	Until              time.Time
}

// check says what the input lacks.
func (in *Input) check() error {
	switch {
	case in.Facts == nil || in.Judge == nil || in.Entries == nil:
		return fmt.Errorf("report: facts, judge and entries are needed")
	case in.Cite.Size <= 0 || in.Cite.Time.IsZero():
		return fmt.Errorf("report: the state of the ledger is needed: its size and the time of its last entry")
	case !in.Period.From.Before(in.Period.To):
		return fmt.Errorf("report: period %q is empty", in.Period.Name)
	}
	return nil
}
