package ingest

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"agenttrail"
)

// A Folder is a source whose objects are files that somebody drops there. It has no windows: each run reads what is new.
type Folder struct {
	root *os.Root
	filter
}

// OpenFolder opens the folder. Patterns are matched against the path below it. Nothing outside of it is ever read: symbolic links are left out.
func OpenFolder(dir string, include, exclude []string) (*Folder, error) {
	f, err := newFilter(include, exclude)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open folder: %w", err)
	}
	return &Folder{root, f}, nil
}

// Close ends the use of the folder.
func (f *Folder) Close() error { return f.root.Close() }

// List yields the files in byte order of their paths. The window is not looked at.
func (f *Folder) List(ctx context.Context, _ agenttrail.Window) iter.Seq2[agenttrail.Object, error] {
	return func(yield func(agenttrail.Object, error) bool) {
		if err := f.walk(ctx, ".", yield); err != nil && err != errEnough {
			yield(agenttrail.Object{}, err)
		}
	}
}

// errEnough ends a walk whose caller wants no more.
var errEnough = fmt.Errorf("enough")

func (f *Folder) walk(ctx context.Context, dir string, yield func(agenttrail.Object, error) bool) error {
	entries, err := f.read(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		name := path.Join(dir, e.Name())
		if e.IsDir() && !hidden(name) {
			if err := f.walk(ctx, name, yield); err != nil {
				return err
			}
			continue
		}
		o, err := f.object(name)
		if err != nil {
			return err
		}
		if !yield(o, nil) {
			return errEnough
		}
	}
	return nil
}

// read lists a folder so that a walk meets the files in byte order of their whole paths: a folder sorts as if its name ended with a slash.
func (f *Folder) read(dir string) ([]os.DirEntry, error) {
	d, err := f.root.Open(dir)
	if err != nil {
		return nil, missing(err, "list "+dir)
	}
	entries, err := d.ReadDir(-1)
	d.Close()
	if err != nil {
		return nil, missing(err, "list "+dir)
	}
	key := func(e os.DirEntry) string {
		if e.IsDir() {
			return e.Name() + "/"
		}
		return e.Name()
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return cmp.Compare(key(a), key(b)) })
	return entries, nil
}

// missing says of a file that is not there any more that the listing must begin again.
func missing(err error, what string) error {
	if os.IsNotExist(err) {
		return fmt.Errorf("%s: %w", what, ErrChanged)
	}
	return fmt.Errorf("%s: %w", what, err)
}

func (f *Folder) object(name string) (o agenttrail.Object, err error) {
	info, err := f.root.Lstat(name)
	if err != nil {
		return o, missing(err, "look at "+name)
	}
	o = agenttrail.Object{URI: "file:" + escape(name), Version: fileVersion(info), Role: agenttrail.RoleLog, Size: info.Size(), Time: agenttrail.Micros(info.ModTime())}
	if rule := f.leaves(name, info); rule != "" {
		return LeftOut(o, rule), nil
	}
	return o, nil
}

// fileVersion is size and time: a file that was touched is read again, and gives duplicates.
func fileVersion(info fs.FileInfo) string {
	return strconv.FormatInt(info.Size(), 10) + "-" + strconv.FormatInt(info.ModTime().UnixMicro(), 10)
}

func (f *Folder) leaves(name string, info fs.FileInfo) string {
	switch {
	case hidden(name):
		return RuleHidden
	case !info.Mode().IsRegular():
		return RuleSpecial
	case temporary(path.Base(name)):
		return RuleTemporary
	}
	return f.rule(name)
}

func hidden(name string) bool { return strings.HasPrefix(path.Base(name), ".") && name != "." }

// temporary tells the names that programs give to files which they are still writing, or that an editor keeps beside an open one.
func temporary(base string) bool {
	if strings.HasPrefix(base, "~$") || strings.HasSuffix(base, "~") {
		return true
	}
	return slices.Contains([]string{".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".swp"}, strings.ToLower(path.Ext(base)))
}

// Open reads the file. A file that is not the listed one any more, also at the end of reading, is ErrChanged.
func (f *Folder) Open(_ context.Context, o *agenttrail.Object) (io.ReadCloser, error) {
	name, err := unescape(strings.TrimPrefix(o.URI, "file:"))
	if err != nil {
		return nil, fmt.Errorf("no name of a file: %w", err)
	}
	before, err := f.root.Lstat(name)
	if err != nil {
		return nil, openError(err)
	}
	if !before.Mode().IsRegular() {
		return nil, ErrChanged
	}
	file, err := f.root.Open(name)
	if err != nil {
		return nil, openError(err)
	}
	r := &unchanged{file, o.Version}
	if info, err := file.Stat(); err != nil || !os.SameFile(before, info) || fileVersion(info) != o.Version {
		file.Close()
		return nil, ErrChanged
	}
	return r, nil
}

func openError(err error) error {
	switch {
	case os.IsNotExist(err):
		return ErrGone
	case os.IsPermission(err):
		return fmt.Errorf("%w (needs permission to read the file)", ErrDenied)
	}
	return err
}

// unchanged reads a file and says at its end whether it is still the one that was opened.
type unchanged struct {
	*os.File
	version string
}

func (u *unchanged) Read(p []byte) (int, error) {
	n, err := u.File.Read(p)
	if err != io.EOF {
		return n, err
	}
	info, statErr := u.File.Stat()
	if statErr != nil {
		return n, statErr
	}
	if fileVersion(info) != u.version {
		return n, ErrChanged
	}
	return n, io.EOF
}
