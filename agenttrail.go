// Package agenttrail holds the words of the project: what is pulled (Object), what it consists of (Record), what it says (Action),
// what is kept about it (Entry), and how it is asked for (Query, Group). It also holds the field table, which is the action schema,
// and the rules that must be the same everywhere: ids, canonical bytes, verbs.
//
// It does no I/O, reads no clock and starts no goroutine. Every other package imports it; it imports none of them.
package agenttrail

import (
	"io"
	"time"
)

// Roles of an object. Only a log is framed into records; the others are kept as evidence.
const (
	RoleLog     = "log"
	RoleListing = "listing" // what a listing call answered: proves what was there
	RoleDigest  = "digest"  // a vendor's own integrity file
	RoleContext = "context" // other bytes that explain a log
)

// An Object is one thing delivered whole: an S3 object, an API page, a file.
type Object struct {
	URI, Version string            // identity: the same URI and version is the same object
	Role         string            // RoleLog and its sisters
	Size         int64             // bytes as announced by the source, -1 if it announces none
	Time         time.Time         // available since, by the source's word
	Meta         map[string]string // request, status, allow-listed headers, S3 metadata; never a secret
	Context      []byte            // bytes from outside the object that its mapping needs
	Body         []byte            // read while listing (an API page); nil: open it

	Proof   string            // state by what the vendor signed: verified, mismatch, pending ...; empty: nothing was asked
	Settles map[string]string // of a digest: states of logs that came with other windows or not at all, by their URI
}

// A State is how a record ended. The trail finds duplicate, conflict and erased; the format says the others.
type State uint8

// The six states. The records read are always the sum of them.
const (
	Accepted State = iota
	Duplicate
	Conflict
	Skipped
	Rejected
	Erased
)

var stateNames = [...]string{"accepted", "duplicate", "conflict", "skipped", "rejected", "erased"}

func (s State) String() string { return stateNames[s] }

// ParseState is the inverse of String.
func ParseState(name string) (State, bool) {
	for i, n := range stateNames {
		if n == name {
			return State(i), true
		}
	}
	return 0, false
}

// A Record is one raw piece of an object. It is valid until yield returns. The same object gives the same records, for ever.
type Record struct {
	Ordinal, Offset, Length int64  // from 0; bytes in the decompressed stream
	Raw                     []byte // the exact bytes
	Context                 []byte // bytes outside Raw that the mapping read: an OTLP resource, a CSV header; nil = none
	State                   State  // Accepted, Skipped or Rejected
	Why                     string // rule of a skip, reason of a reject: a short name of a closed list, like "no_time"
	Detail                  string // what exactly was wrong, for a person; hostile text
	Actions                 []Action
	Grants                  []Grant // permissions that it states: rows of a table of their own
}

// Staged is an object whose bytes are here, hashed and of the announced length. Both functions may be called again.
type Staged struct {
	Object
	SHA256  [32]byte  // of the bytes as delivered
	Length  int64     // bytes as delivered
	Fetched time.Time // becomes event.created of all its records
	Open    func() (io.ReadCloser, error)
	Records func(yield func(*Record) error) error // decompressed, framed, mapped; an error means: the object is refused
	Refused string                                // not empty: kept as evidence with this reason, nothing is taken from it
}

// Counts are the numbers of records by their state, and of actions by what became of them.
type Counts struct {
	Read, Accepted, Duplicate, Conflict, Skipped, Rejected, Erased int64

	Actions          int64 // actions that the records gave; = Rows + ActionDuplicates
	ActionDuplicates int64 // not stored again
	Rows             int64 // stored, conflicts included
	Grants           int64 // permissions that the records state; all are stored: a snapshot has no twins

	Skips, Rejects map[string]int64 // by rule and by reason; nil when there were none
}

// Balance is the records read minus the sum of their states. Anything but zero is a defect or a loss.
func (c Counts) Balance() int64 {
	return c.Read - c.Accepted - c.Duplicate - c.Conflict - c.Skipped - c.Rejected - c.Erased
}

// Add adds d to c.
func (c *Counts) Add(d Counts) {
	c.Read += d.Read
	c.Accepted += d.Accepted
	c.Duplicate += d.Duplicate
	c.Conflict += d.Conflict
	c.Skipped += d.Skipped
	c.Rejected += d.Rejected
	c.Erased += d.Erased
	c.Actions += d.Actions
	c.ActionDuplicates += d.ActionDuplicates
	c.Rows += d.Rows
	c.Grants += d.Grants
	c.Skips = addCounts(c.Skips, d.Skips)
	c.Rejects = addCounts(c.Rejects, d.Rejects)
}

func addCounts(to, from map[string]int64) map[string]int64 {
	if to == nil && len(from) > 0 {
		to = map[string]int64{}
	}
	for k, n := range from {
		to[k] += n
	}
	return to
}

// Count adds one record that ended in state s; why is its rule or reason.
func (c *Counts) Count(s State, why string) {
	c.Read++
	switch s {
	case Accepted:
		c.Accepted++
	case Duplicate:
		c.Duplicate++
	case Conflict:
		c.Conflict++
	case Skipped:
		c.Skipped++
		c.Skips = addCounts(c.Skips, map[string]int64{why: 1})
	case Rejected:
		c.Rejected++
		c.Rejects = addCounts(c.Rejects, map[string]int64{why: 1})
	case Erased:
		c.Erased++
	}
}

// A Window is a stretch of a source's time, half open. A folder source has one standing window, whose From and To are zero.
type Window struct {
	Source   string
	From, To time.Time
}

// Standing says that the window belongs to a folder: it has objects, not days.
func (w Window) Standing() bool { return w.From.IsZero() && w.To.IsZero() }

// Key names the window in entries: the start in UTC, or "-" for the standing window of a folder.
func (w Window) Key() string {
	if w.Standing() {
		return "-"
	}
	return w.From.UTC().Format(time.RFC3339)
}

// BatchInfo is what a batch entry says beyond its objects.
type BatchInfo struct {
	Source         string
	Dataset        string
	Tenant         string
	Window         Window
	Run            string    // id of the run
	Trigger        string    // what started it: person, schedule, test
	Tool           string    // version of this program
	Mapping        string    // name of the format
	MappingVersion string    // version of the format, with the hash of a tool map or mapping file where one is used
	Fields         []string  // columns that the format may set
	Started        time.Time // of the work on this batch
	Since          time.Time // start of the source's history; zero for folders
	Late           bool      // its window was closed before: its actions are flagged late
}

// Query asks for actions. The same question has the same answer for ever, because it reads only entries below Before.
type Query struct {
	Before   int64     // entries below this index
	From, To time.Time // event time, half open; a zero time is no bound
	Zone     string    // of "day" and "hour"; empty is UTC
	All      []Term    // every term holds
}

// A Term holds when the field has one of the values, or one that begins with Prefix. Not turns it round. Any holding "" also matches a missing field.
type Term struct {
	Field  string
	Any    []string
	Prefix string
	Not    bool
}

// A Group is one combination of field values and how often it occurs, first and last to the millisecond. An empty key means that the log did not say.
type Group struct {
	Key         []string
	N           int64
	First, Last time.Time
}

// TooLong stands for a value over MaxKey UTF-16 units in a Group.
const (
	TooLong = "(too long)"
	MaxKey  = 1024
)
