// Package web shows the state of a trail: as a page for people, as metrics for machines, and as an index beside delivered reports. It decides
// nothing and changes nothing: it is handed a State and the reports' files, answers GET and HEAD alone, and keeps no session.
package web

import "time"

// A State is what the trail and the cluster say at one moment. `status --json` prints it.
type State struct {
	At          time.Time `json:"at"` // by our clock
	Tenant      string    `json:"tenant"`
	Origin      string    `json:"origin"`
	Build       string    `json:"build"`
	Ledger      int64     `json:"ledger"`      // entries
	Newest      time.Time `json:"newest"`      // time of the newest
	Root        string    `json:"root"`        // of the ledger, hex
	Fingerprint string    `json:"fingerprint"` // of the key that signs it

	Index     Index       `json:"index"`
	Days      []string    `json:"days"` // of the matrix, oldest first, 2026-07-01 UTC
	Sources   []Source    `json:"sources"`
	Uncovered []Uncovered `json:"uncovered"`
	Due       []Due       `json:"due"`     // reports that are due or wait for something
	Reports   []Report    `json:"reports"` // issued, the newest first
	Runs      []Run       `json:"runs"`    // that the ledger knows, the newest first
	Findings  []Finding   `json:"findings"`
	Free      int64       `json:"free_bytes"` // on the disk of the trail
	Last      *LastRun    `json:"last_run,omitempty"`
}

// A Source is what the ledger says of one source.
type Source struct {
	Name       string    `json:"source"`
	Kind       string    `json:"kind"`        // s3, folder
	LastClosed string    `json:"last_closed"` // end of the newest closed window, as a day; "-": none
	ClosedTo   time.Time `json:"closed_to"`   // the same as a time; zero: none
	Owed       int       `json:"owed"`        // windows that are over and not closed
	Open       []string  `json:"open"`        // windows with failed objects
	Records    int64     `json:"records"`
	Rejected   int64     `json:"rejected"`
	Refused    int64     `json:"refused"`
	Conflicts  int64     `json:"conflicts"`
	LastRun    string    `json:"last_run"`
	LastTime   string    `json:"last_time"`            // of the newest entry about it
	LastEntry  time.Time `json:"-"`                    // the same as a time
	Next       string    `json:"next_due,omitempty"`   // when the next window is owed
	LostAfter  string    `json:"lost_after,omitempty"` // when the source begins to forget the oldest window that is owed
	Days       []string  `json:"days"`                 // state of each day of the matrix; "": nothing is promised
	Hours      int64     `json:"hours"`                // of the matrix' days, with an action
	Expected   int64     `json:"hours_expected"`       // that were read
	Gaps       []string  `json:"gaps,omitempty"`       // silences beyond the declared limit
	ErrorsOnly bool      `json:"errors_only,omitempty"`
}

// An Index is where the cluster stands.
type Index struct {
	Configured bool   `json:"configured"`
	Position   int64  `json:"position"` // entries that the cluster holds
	Behind     int64  `json:"behind"`   // entries that it lacks
	Error      string `json:"error,omitempty"`
}

// An Uncovered system is one that agents reach and no source covers.
type Uncovered struct {
	System   string `json:"system"`
	Actions  int64  `json:"actions"`            // that other logs mention
	Declared string `json:"declared,omitempty"` // why there is no log, as the config says
	Owner    string `json:"owner,omitempty"`
	Words    string `json:"-"` // the same as a sentence
}

// A Due report is one that the config asks for and that was not issued.
type Due struct {
	Kind   string `json:"kind"`
	Period string `json:"period"`
	Why    string `json:"why,omitempty"` // why not yet; empty: the next run issues it
}

// A Report is one that was issued.
type Report struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	Revision int64     `json:"revision"`
	Period   string    `json:"period"`
	Issued   time.Time `json:"issued"` // time of its entry
	Entry    int64     `json:"entry"`
	SHA256   string    `json:"sha256"`
	Size     int64     `json:"size"`
	Amended  int       `json:"amended"` // windows that were amended since and touch it
	Path     string    `json:"-"`       // inside the trail
}

// File is the name under which the report is downloaded.
func (r Report) File() string { return r.ID + "-r" + number(r.Revision) + ".pdf" }

// A Run is what the ledger knows of one run.
type Run struct {
	Name     string    `json:"run"`
	Trigger  string    `json:"trigger"`
	Ended    time.Time `json:"ended"` // time of its newest entry
	Windows  int       `json:"windows"`
	Batches  int       `json:"batches"`
	Records  int64     `json:"records"`
	Accepted int64     `json:"accepted"`
	Rejected int64     `json:"rejected"`
}

// A LastRun is what came of the newest run that this process, or the one that wrote the metrics, did itself.
type LastRun struct {
	Name         string    `json:"run"`
	Began, Ended time.Time // by our clock
	State        string    `json:"state"` // complete, incomplete, failed
	Failed       []string  `json:"failed,omitempty"`
}

// Severities of a finding.
const (
	Warning = "warning"
	Error   = "error"
)

// A Finding is something that a person must look at. An error makes status exit 3.
type Finding struct {
	Severity string `json:"severity"`
	About    string `json:"about"` // a source, a system, the index
	Text     string `json:"text"`
}

// Errors counts the findings that are errors.
func (s *State) Errors() (n int) {
	for _, f := range s.Findings {
		if f.Severity == Error {
			n++
		}
	}
	return n
}
