//go:build !linux

package ledger

import (
	"errors"
	"os"
)

// renameNew has no safe form here.
func (f *Folder) renameNew(from, to string) error {
	return &os.LinkError{Op: "rename", Old: from, New: to, Err: errors.ErrUnsupported}
}
