package ingest

import (
	"fmt"
	"time"

	"agenttrail"
)

// Numbers account for the objects and records of a window or of a whole run. Listed = Known + Objects + Failed, unless the listing had to be
// read again because it changed meanwhile; and the records add up by their states.
type Numbers struct {
	Listed      int64 // objects that the source showed and that are wanted
	ListedBytes int64 // of them, as announced
	Known       int64 // left out: the trail has that URI and version
	Objects     int64 // committed by this run: logs, digests; the listing itself is not counted
	Bytes       int64 // of them, as delivered
	Refused     int64 // of them: complete but unreadable
	Reread      int64 // of them: all records were duplicates, not stored again
	Failed      int64 // could not be fetched; their window stays open
	Excluded    int64 // left out by name
	Batches     int64
	LeftOut     map[string]int64 // Excluded, by rule
	Proofs      map[string]int64 // logs and digests by what the vendor signed; nil: not asked
	Unproved    int64            // of them: those that somebody must look at
	Counts      agenttrail.Counts
	Took        time.Duration
}

// Add adds m to n.
func (n *Numbers) Add(m Numbers) {
	n.Listed += m.Listed
	n.ListedBytes += m.ListedBytes
	n.Known += m.Known
	n.Objects += m.Objects
	n.Bytes += m.Bytes
	n.Refused += m.Refused
	n.Reread += m.Reread
	n.Failed += m.Failed
	n.Excluded += m.Excluded
	n.Batches += m.Batches
	n.LeftOut = addRules(n.LeftOut, m.LeftOut)
	n.Proofs = addRules(n.Proofs, m.Proofs)
	n.Unproved += m.Unproved
	n.Counts.Add(m.Counts)
	n.Took += m.Took
}

func addRules(to, from map[string]int64) map[string]int64 {
	if to == nil && len(from) > 0 {
		to = map[string]int64{}
	}
	for rule, n := range from {
		to[rule] += n
	}
	return to
}

func total(m map[string]int64) (sum int64) {
	for _, n := range m {
		sum += n
	}
	return sum
}

// balance refuses counts of a receipt that do not add up: something was lost or doubled.
func balance(c agenttrail.Counts) error {
	if c.Balance() != 0 || c.Actions != c.Rows+c.ActionDuplicates || total(c.Skips) != c.Skipped || total(c.Rejects) != c.Rejected {
		return fmt.Errorf("BUG: the counts of a batch do not add up: %+v", c)
	}
	return nil
}

// A WindowResult is how a window ended in this run.
type WindowResult struct {
	agenttrail.Window
	State  string // newest word about it: agenttrail.WindowOpen and its sisters
	Result string // agenttrail.ResultComplete and its sisters
	Numbers
}

// A Failure is an object that could not be fetched. It is tried again by the next run.
type Failure struct {
	URI string // hostile text, percent-encoded
	Err error
}

// A Refusal is an object that came whole and cannot be read. It is kept as evidence and not fetched again.
type Refusal struct {
	URI    string // hostile text, percent-encoded
	Reason string
	Err    error
}

// A Result is what a run did. It is true also where Run returns an error beside it: what is counted is committed.
type Result struct {
	Source  string
	Total   Numbers
	Windows []WindowResult // those that this run finished looking at, in order

	Failures []Failure // the first maxNamed
	Refusals []Refusal // the first maxNamed
}

// maxNamed is how many failures and refusals a Result names; the numbers count all.
const maxNamed = 1000

// Incomplete says that something is left to do or to look at: open windows, rejects, refused objects.
func (r *Result) Incomplete() bool {
	return r.Total.Failed > 0 || r.Total.Unproved > 0 || r.Total.Refused > 0 || r.Total.Counts.Rejected > 0
}
