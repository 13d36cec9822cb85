package ledger

import (
	"errors"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// renameNew renames a file and fails with fs.ErrExist where the new name is taken. It works on open folders, so it cannot leave the root.
func (f *Folder) renameNew(from, to string) error {
	source, err := f.root.Open(path.Dir(from))
	if err != nil {
		return err
	}
	target, err := f.root.Open(path.Dir(to))
	if err != nil {
		return errors.Join(err, source.Close())
	}
	err = unix.Renameat2(int(source.Fd()), path.Base(from), int(target.Fd()), path.Base(to), unix.RENAME_NOREPLACE)
	if err != nil {
		err = &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return errors.Join(err, source.Close(), target.Close())
}
