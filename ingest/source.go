// Package ingest pulls. A Source (a folder, a bucket) lists objects for a window of time; Run leaves out what the trail knows, fetches the others
// whole, hashes and measures them, cuts them into batches in the order of the listing, hands each batch to the trail, and then says in the ledger
// how the window ended.
//
//	list ─► leave out known ─► fetch (many at once) ─► cut ─► Prepare (many at once) ─► commit (in the order of the listing) ─► window entry
//
// It knows no log format: it is given a function that reads one. It decides nothing by the content of a log. Whatever it could not read is named:
// an object that failed keeps its window open and is fetched again by the next run.
package ingest

import (
	"context"
	"errors"
	"io"
	"iter"

	"agenttrail"
)

// A Source holds objects: a folder, a bucket, each vendor API.
type Source interface {
	// List yields what the source holds for w, in an order that is always the same, with flat memory. It ends without an error only when the source
	// said that this was all; an error is yielded once, as the last pair. ErrChanged means that the listing contradicted itself: list again.
	// An object that the source leaves out by name is yielded too, made by LeftOut, so that it is counted.
	// No cursor survives: List begins at the beginning.
	List(ctx context.Context, w agenttrail.Window) iter.Seq2[agenttrail.Object, error]
	// Open returns the bytes as delivered, of the version that was listed, and may set o.Meta. It may be called again for the same object, and
	// by many goroutines at once. ErrChanged: list again. ErrGone, ErrDenied, ErrCredential, ErrRequest: trying again is of no use. All else may be
	// tried again. Read errors of the body mean the same.
	Open(ctx context.Context, o *agenttrail.Object) (io.ReadCloser, error)
}

// Errors of a source that a caller decides on. Test with errors.Is.
var (
	ErrChanged    = errors.New("changed at the source meanwhile")
	ErrGone       = errors.New("gone from the source")
	ErrDenied     = errors.New("access denied")      // the message says which permission is missing
	ErrCredential = errors.New("credential refused") // nothing of the source can be read with it: the run ends
	ErrRequest    = errors.New("request refused")
	ErrLength     = errors.New("not of the announced length")
)

// roleLeftOut marks an object that a rule leaves out by name. It never reaches the trail.
const roleLeftOut = "left_out"

// LeftOut is o as an object that the named rule leaves out.
func LeftOut(o agenttrail.Object, rule string) agenttrail.Object {
	o.Role, o.Meta = roleLeftOut, map[string]string{"rule": rule}
	return o
}

// Rules by which an object is left out. The numbers of a run name them.
const (
	RuleInclude    = "not_included"     // no pattern of include matches
	RuleExclude    = "excluded"         // a pattern of exclude matches
	RuleHidden     = "hidden"           // a file or folder whose name begins with a dot
	RuleTemporary  = "temporary"        // the name of a file that is still being written
	RuleSpecial    = "no_regular_file"  // a symbolic link, a device, a pipe
	RuleInsights   = "insights"         // CloudTrail Insights: no actions
	RuleMarker     = "folder_marker"    // zero bytes, the name ends with a slash
	RuleEmpty      = "empty_object"     // zero bytes
	RuleTestFile   = "test_file"        // written by a vendor to see whether it can write
	RulePermission = "permission_check" // likewise
)
