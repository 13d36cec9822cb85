package strictjson

import (
	"errors"
	"fmt"
)

// Limits of one document given to Parse.
const (
	MaxDepth   = 64        // containers around a value, the value's own included
	MaxMembers = 10_000    // members of one object
	MaxSize    = 1<<31 - 1 // bytes
)

// Reasons for which a document is refused although its grammar is right. They are wrapped in a SyntaxError.
var (
	ErrDepth   = fmt.Errorf("nested deeper than %d levels", MaxDepth)
	ErrMembers = fmt.Errorf("more than %d members in one object", MaxMembers)
	ErrSize    = fmt.Errorf("document larger than %d bytes", MaxSize)
	// ErrNoArray says that the document is well formed and has no array where Split was told to look.
	ErrNoArray = errors.New("no array at this pointer")
	// ErrTwice says that a member on the way to Split's array has a twin, so that records would be lost silently.
	ErrTwice = errors.New("member on the way to the array occurs twice")
)

// SyntaxError says where a document stops being acceptable, and why.
type SyntaxError struct {
	Offset int64 // bytes from the start of the document
	Msg    string
	reason error // one of the reasons above; nil when the grammar is wrong
}

// Error returns the offset and the message. Bytes of the document appear in it as printable ASCII only.
func (e *SyntaxError) Error() string { return fmt.Sprintf("offset %d: %s", e.Offset, e.Msg) }

// Unwrap returns the reason, so that errors.Is finds ErrDepth and its neighbours.
func (e *SyntaxError) Unwrap() error { return e.reason }
