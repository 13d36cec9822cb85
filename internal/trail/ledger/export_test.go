package ledger

import (
	"os"
	"syscall"
)

// BreakLinks makes hard links fail as they do on a file system without them.
func BreakLinks(f *Folder) {
	f.link = func(from, to string) error { return &os.LinkError{Op: "link", Old: from, New: to, Err: syscall.EPERM} }
}

// BreakSync makes the n-th fsync from now fail, counted from 0.
func BreakSync(f *Folder, n int, err error) {
	f.sync = func(file *os.File) error {
		if n--; n == -1 {
			return err
		}
		return file.Sync()
	}
}
