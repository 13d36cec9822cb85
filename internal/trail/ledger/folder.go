package ledger

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// Folders and files are for their owner alone; no group can be assumed to be trusted with originals.
const (
	folderMode = 0o700
	fileMode   = 0o600
	tmp        = ".tmp" // files on their way; what a kill leaves here was never named
)

// A Folder is the Backend in a folder of the file system. Nothing it does leaves the folder, whatever symbolic links stand in it.
//
// After a failed fsync nobody knows what is on the disk, and a second fsync would not tell: every later call fails with ErrPoisoned.
type Folder struct {
	root *os.Root
	link func(from, to string) error // root.Link but for tests
	sync func(*os.File) error        // (*os.File).Sync but for tests

	mu       sync.Mutex
	made     map[string]bool // folders known to be there and durable
	poisoned error
}

// ErrPoisoned says that an fsync failed earlier, so that nothing may be promised any more. Start again.
var ErrPoisoned = errors.New("an earlier fsync failed: what is on the disk is unknown, start again")

// CreateFolder makes the folder dir where it is not there and opens it. It fails where the file system cannot create a name without
// replacing it (Probe).
func CreateFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return nil, err
	}
	f, err := OpenFolder(dir)
	if err != nil {
		return nil, err
	}
	if err := f.Probe(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// OpenFolder opens the folder dir, which must be there. It writes nothing.
func OpenFolder(dir string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Folder{root: root, link: root.Link, sync: (*os.File).Sync, made: map[string]bool{}}, nil
}

// Close frees the folder.
func (f *Folder) Close() error { return f.root.Close() }

// Probe tries out what WriteNew needs: a file that gets its name only if nobody has it.
func (f *Folder) Probe() error {
	from, err := f.writeTemp(strings.NewReader(""), 0)
	if err != nil {
		return err
	}
	to := from + "-probe"
	defer f.root.Remove(to)
	defer f.root.Remove(from)
	if err := f.place(from, to); err != nil {
		return fmt.Errorf("file system has neither hard links nor a rename that does not replace: put the trail elsewhere: %w", err)
	}
	return nil
}

// Read implements Backend.
func (f *Folder) Read(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := f.ready(ctx, name); err != nil {
		return nil, err
	}
	return f.root.Open(name)
}

// WriteNew implements Backend: temporary file, fsync, link to the name, fsync of the folder.
func (f *Folder) WriteNew(ctx context.Context, name string, r io.ReadSeeker, size int64) error {
	if err := f.ready(ctx, name); err != nil {
		return err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return err
	}
	from, err := f.writeTemp(r, size)
	if err != nil {
		return err
	}
	defer f.root.Remove(from)
	if err := f.makeFolder(path.Dir(name)); err != nil {
		return err
	}
	switch err := f.place(from, name); {
	case errors.Is(err, fs.ErrExist):
		return f.same(from, name)
	case err != nil:
		return err
	}
	return f.syncFolder(path.Dir(name))
}

// Render implements Backend.
func (f *Folder) Render(ctx context.Context, name string, data []byte) error {
	if err := f.ready(ctx, name); err != nil {
		return err
	}
	from, err := f.writeTemp(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	if err := f.makeFolder(path.Dir(name)); err != nil {
		return errors.Join(err, f.root.Remove(from))
	}
	if err := f.root.Rename(from, name); err != nil {
		return errors.Join(err, f.root.Remove(from))
	}
	return f.syncFolder(path.Dir(name))
}

// Remove implements Backend.
func (f *Folder) Remove(ctx context.Context, name string) error {
	if err := f.ready(ctx, name); err != nil {
		return err
	}
	switch err := f.root.Remove(name); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return f.syncFolder(path.Dir(name))
}

// List implements Backend.
func (f *Folder) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		f.walk(ctx, prefix[:strings.LastIndexByte(prefix, '/')+1], prefix, yield)
	}
}

// walk lists the folder dir, which is empty or ends in a slash. It returns false when the listing is over.
func (f *Folder) walk(ctx context.Context, dir, prefix string, yield func(Info, error) bool) bool {
	infos, err := f.readFolder(ctx, dir, prefix)
	if err != nil {
		yield(Info{}, err)
		return false
	}
	for _, info := range infos {
		if strings.HasSuffix(info.Name, "/") {
			if !f.walk(ctx, info.Name, prefix, yield) {
				return false
			}
			continue
		}
		if !yield(info, nil) {
			return false
		}
	}
	return true
}

// readFolder returns what in a folder may lead to names with the prefix, in their byte order: files, and sub-folders with a slash at the
// end. It asks the file system about these alone, since log/ may hold a hundred thousand others.
func (f *Folder) readFolder(ctx context.Context, dir, prefix string) ([]Info, error) {
	names, err := f.readNames(ctx, dir)
	if err != nil {
		return nil, err
	}
	var infos []Info
	for _, name := range names {
		if name = dir + name; !ValidName(name) || !strings.HasPrefix(name, prefix) && !strings.HasPrefix(prefix, name+"/") {
			continue
		}
		s, err := f.root.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist): // it left meanwhile
		case err != nil:
			return nil, err
		case s.IsDir():
			infos = append(infos, Info{Name: name + "/"})
		case !s.Mode().IsRegular():
			return nil, &fs.PathError{Op: "list", Path: name, Err: errors.New("is no regular file")}
		case strings.HasPrefix(name, prefix):
			infos = append(infos, Info{name, s.Size(), s.ModTime()})
		}
	}
	slices.SortFunc(infos, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return infos, nil
}

func (f *Folder) readNames(ctx context.Context, dir string) ([]string, error) {
	if err := f.usable(ctx); err != nil {
		return nil, err
	}
	clean := path.Clean(dir)
	if clean != "." && !ValidName(clean) {
		return nil, &fs.PathError{Op: "list", Path: dir, Err: fs.ErrInvalid}
	}
	d, err := f.root.Open(clean)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	names, err := d.Readdirnames(-1)
	return names, errors.Join(err, d.Close())
}

func (f *Folder) ready(ctx context.Context, name string) error {
	if !ValidName(name) {
		return &fs.PathError{Op: "use", Path: name, Err: fs.ErrInvalid}
	}
	return f.usable(ctx)
}

func (f *Folder) usable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.poisoned
}

// writeTemp writes a durable file that has no name of the trail yet and returns its path.
func (f *Folder) writeTemp(r io.Reader, size int64) (name string, err error) {
	if err := f.makeFolder(tmp); err != nil {
		return "", err
	}
	name = tmp + "/" + rand.Text()
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.root.Remove(name))
		}
	}()
	n, err := io.Copy(file, r)
	if err == nil && n != size {
		err = fmt.Errorf("%d bytes to write, want %d", n, size)
	}
	if err == nil {
		err = f.fsync(file)
	}
	return name, errors.Join(err, file.Close())
}

// place gives the file from the name to, or fails with fs.ErrExist. Where there are no hard links, the kernel may know a rename that does
// not replace.
func (f *Folder) place(from, to string) error {
	err := f.link(from, to)
	for _, missing := range []error{syscall.EPERM, syscall.ENOTSUP, syscall.EOPNOTSUPP, syscall.ENOSYS, syscall.EMLINK} {
		if errors.Is(err, missing) {
			return f.renameNew(from, to)
		}
	}
	return err
}

// same compares the file from with the one that has the name. Whoever gave it the name may have died before it was durable.
func (f *Folder) same(from, name string) error {
	want, err := f.root.Open(from)
	if err != nil {
		return err
	}
	defer want.Close()
	got, err := f.root.Open(name)
	if err != nil {
		return err
	}
	defer got.Close()
	equal, err := equalBytes(got, want)
	if err != nil {
		return err
	}
	if !equal {
		return ErrTaken
	}
	if err := f.fsync(got); err != nil {
		return err
	}
	return f.syncFolder(path.Dir(name))
}

func equalBytes(a, b io.Reader) (bool, error) {
	x, y := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, err := io.ReadFull(a, x)
		m, err2 := io.ReadFull(b, y)
		if !bytes.Equal(x[:n], y[:m]) {
			return false, nil
		}
		for _, e := range []error{err, err2} {
			if e != nil && e != io.EOF && e != io.ErrUnexpectedEOF {
				return false, e
			}
		}
		if err != nil {
			return true, nil
		}
	}
}

// makeFolder makes a folder and those above it, durable before anything is put into it.
func (f *Folder) makeFolder(dir string) error {
	f.mu.Lock()
	known := f.made[dir]
	f.mu.Unlock()
	if known || dir == "." {
		return nil
	}
	if err := f.makeFolder(path.Dir(dir)); err != nil {
		return err
	}
	if err := f.root.Mkdir(dir, folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := f.syncFolder(path.Dir(dir)); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.made[dir] = true
	return nil
}

func (f *Folder) syncFolder(dir string) error {
	d, err := f.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.fsync(d), d.Close())
}

func (f *Folder) fsync(file *os.File) error {
	err := f.sync(file)
	if err == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.poisoned = ErrPoisoned
	return fmt.Errorf("fsync: %w: %w", err, ErrPoisoned)
}
