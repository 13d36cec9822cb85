package agenttrail

import "time"

// Types of a ledger entry that this version writes. docs/format.md names the reserved ones.
const (
	TypeGenesis = "genesis"
	TypePolicy  = "policy"
	TypeBatch   = "batch"
	TypeWindow  = "window"
	TypeReport  = "report"
	TypeFinding = "finding"
)

// An Entry is one line of the ledger. Exactly one of the pointers is set, and it says the type.
type Entry struct {
	Time    time.Time // when it was appended, by our clock; never before the previous entry's
	Genesis *Genesis
	Policy  *Policy
	Batch   *Batch
	Window  *WindowState
	Report  *Report
	Finding *Finding
}

// Type names what the entry is about.
func (e Entry) Type() string {
	switch {
	case e.Genesis != nil:
		return TypeGenesis
	case e.Policy != nil:
		return TypePolicy
	case e.Batch != nil:
		return TypeBatch
	case e.Window != nil:
		return TypeWindow
	case e.Report != nil:
		return TypeReport
	case e.Finding != nil:
		return TypeFinding
	}
	return ""
}

// A Genesis opens a ledger.
type Genesis struct {
	Origin string // also the name of its key
	Key    string // verifier key of the notes, C2SP form
	Tool   string // version of the program that made it
	Tenant string
}

// A Policy entry says that a file was in force from now on.
type Policy struct {
	Kind   string // config, register, mapping, tools, people, people_mapping, subjects, permissions, data_rules
	Name   string // as the config names it
	SHA256 string // of its bytes, kept as policy/<sha256>; empty: the file is gone
	Size   int64
}

// A File is named by an entry.
type File struct {
	Path   string // inside the trail
	SHA256 string
	Size   int64
}

// A Batch entry, also called receipt, is what was committed at once.
type Batch struct {
	BatchInfo
	Name     string    // <yyyymmddThhmmssZ>-<16 hex>
	Ended    time.Time // when its files were complete
	Searched int64     // ledger size at which twins were searched
	Counts   Counts
	Evidence Evidence
	Tables   []TableFile
	Objects  ObjectsFile
}

// Table finds a table of the batch by its name; nil: the batch has none.
func (b *Batch) Table(name string) *TableFile {
	for i := range b.Tables {
		if b.Tables[i].Name == name {
			return &b.Tables[i]
		}
	}
	return nil
}

// Evidence names the ZIP of originals and the root over its records.
type Evidence struct {
	File
	Records int64
	Root    string // hex, RFC 6962 root over the salted record leaves
}

// A TableFile names one Parquet file and the root over its rows.
type TableFile struct {
	File
	Name        string // TableActions, TableGrants
	Rows        int64
	Root        string    // hex
	First, Last time.Time // time of the rows that are not time_suspect: of actions the event's, of grants the snapshot's; zero when there are none
	Suspect     int64     // rows flagged time_suspect
}

// An ObjectsFile names the list of what was read.
type ObjectsFile struct {
	File
	Count       int64
	Refused     int64
	Bytes       int64     // as delivered
	First, Last time.Time // range of availability
}

// States of a window.
const (
	WindowOpen    = "open"    // objects failed, or it was read before its end; it stays owed
	WindowClosed  = "closed"  // said once: complete, empty or lost
	WindowAmended = "amended" // something came, changed or went after it was closed
	WindowFinal   = "final"   // said once: the look-back has passed. A backfill may still amend it
)

// Results of a window.
const (
	ResultComplete    = "complete"
	ResultEmpty       = "empty"
	ResultLost        = "lost"        // the source keeps nothing so old any more: what could not be read in time will not come
	ResultProvisional = "provisional" // of an open one: it was read before its end
)

// A WindowState entry is the newest word about a window.
type WindowState struct {
	Window         // From and To; several empty windows closed in one run share one entry
	State   string // WindowOpen and its sisters
	Result  string // ResultComplete and its sisters; of an open one empty or ResultProvisional
	Run     string
	Trigger string
	Listing string // SHA-256 of the canonical listing, hex

	Objects  int64 // listed
	Bytes    int64 // listed, as announced
	Batches  int64 // committed for it in this run
	Known    int64 // left out: same URI and version
	Reread   int64 // read, all records duplicates, not stored again
	Refused  int64 // complete but unreadable
	Excluded int64 // left out by name

	Failed     []string // URIs of objects that could not be fetched, with the cause; as many as fit
	FailedMore int64    // further ones

	// Of an amended or final one.
	Previous    int64    // entry with the word before
	Added       int64    // objects that came
	Replaced    int64    // of them: another version of an object that it had
	Gone        []string // URIs that it had and that are not listed any more: deleted, or written anew in a later window; as many as fit
	GoneMore    int64    // further ones
	Reports     []string // IDs of the reports that were issued over the time of what changed; as many as fit
	ReportsMore int64    // further ones

	// Set where it was read from a ledger; no part of the entry.
	Number int64 // of the entry
	Final  bool  // this word or one before it was final
}

// Settled says that the window was closed: it is owed no more, whatever came afterwards.
func (w *WindowState) Settled() bool { return w.State != "" && w.State != WindowOpen }

// Partial says that something of it was announced and is not there.
func (w *WindowState) Partial() bool {
	return w.State == WindowOpen || len(w.Failed)+int(w.FailedMore) > 0
}

// A Report entry says that a document was issued.
type Report struct {
	ID       string
	Kind     string // audit
	Revision int64
	From, To time.Time
	Before   int64  // ledger size it was made from
	Build    string // version of the program
	Params   string // canonical JSON of the parameters
	Files    []File // report.pdf, issue.json
}

// What somebody may decide about a finding.
const (
	AsRemediated    = "remediated"     // it was put right: it is open again where the same is seen later
	AsAccepted      = "accepted"       // the risk is borne until a date: it is open again after that
	AsAuthorised    = "authorised"     // it was allowed, outside what the logs show
	AsFalsePositive = "false-positive" // the rule was mistaken
)

// Dispositions are all of them.
func Dispositions() []string {
	return []string{AsRemediated, AsAccepted, AsAuthorised, AsFalsePositive}
}

// A Finding entry says what somebody decided about something that a rule found. The newest word about a finding holds.
type Finding struct {
	ID        string    // of the finding: 32 hex digits
	Rule      string    // that found it
	As        string    // AsRemediated and its sisters
	Until     time.Time // of an acceptance: its end; zero: none
	Statement File      // findings/<sha256>: who decided, why, the ticket. No entry holds the name of a person
}

// A Cite names a state of the ledger.
type Cite struct {
	Origin string
	Size   int64
	Root   [32]byte
	Time   time.Time // of entry Size-1
	Note   string    // the signed note, verbatim
	Key    string    // verifier key that checked it
}

// A Receipt is what Commit hands back: the entry and its place.
type Receipt struct {
	Index  int64
	Batch  Batch
	Reread []string // URIs of API pages whose records were all known: no line stands for them
}
