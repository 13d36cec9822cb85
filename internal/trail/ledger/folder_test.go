package ledger_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agenttrail/internal/trail/ledger"
)

func TestLedgerInFolder(t *testing.T) {
	dir := t.TempDir()
	f, err := ledger.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := create(t, f)
	mustAppend(t, open(t, f, s), count(299)...)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f, err = ledger.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if diff := cmp.Diff(count(299), names(mustVerify(t, f).Log)); diff != "" {
		t.Errorf("a folder opened again: -want +got\n%s", diff)
	}
	inMemory, _ := grow(t, 300)
	for name, want := range inMemory.Files() {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != string(want) {
			t.Errorf("%s in the folder has %d bytes, %v, want the %d of memory", name, len(got), err, len(want))
		}
	}
	checkModes(t, dir)
}

// checkModes walks the folder: nothing for others, nothing left in .tmp.
func checkModes(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = fs.ModeDir | 0o700
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode(), want)
		}
		if filepath.Base(filepath.Dir(path)) == ".tmp" {
			t.Errorf("%s was left behind", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestFailedSync lets each fsync of an append fail. Nothing is promised and nothing signed afterwards; a new start finds the entry once or
// not at all.
func TestFailedSync(t *testing.T) {
	failed := 0
	for n := range 30 {
		dir := t.TempDir()
		f, err := ledger.OpenFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		s := create(t, f)
		l := open(t, f, s)
		ledger.BreakSync(f, n, syscall.EIO)
		_, err = l.Append(t.Context(), policy("1"), nil)
		render := l.Render(t.Context())
		if err == nil && render == nil {
			break // fewer than n calls
		}
		failed++
		if err != nil && !errors.Is(err, ledger.ErrPoisoned) {
			t.Errorf("Append after fsync %d failed = %v, want ErrPoisoned", n, err)
		}
		if _, err := l.Append(t.Context(), policy("2"), nil); !errors.Is(err, ledger.ErrPoisoned) {
			t.Errorf("next Append after fsync %d failed = %v, want ErrPoisoned", n, err)
		}
		if _, err := f.Read(t.Context(), ledger.TrailFile); !errors.Is(err, ledger.ErrPoisoned) {
			t.Errorf("Read after fsync %d failed = %v, want ErrPoisoned", n, err)
		}
		again, err2 := ledger.OpenFolder(dir)
		if err2 != nil {
			t.Fatal(err2)
		}
		l = open(t, again, s)
		if got := names(l); len(got) > 1 || err == nil && len(got) != 1 {
			t.Errorf("after fsync %d failed and Append = %v the ledger has %q", n, err, got)
		}
		mustAppend(t, l, "3")
		mustVerify(t, again)
	}
	if failed < 5 {
		t.Errorf("only %d fsyncs were made to fail", failed)
	}
}

// TestNothingLeavesTheFolder: links that lead out of the trail are not followed.
func TestNothingLeavesTheFolder(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	secret := filepath.Join(outside, "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"log": outside, "checkpoint": secret, "up": ".."} {
		if err := os.Symlink(to, filepath.Join(dir, from)); err != nil {
			t.Fatal(err)
		}
	}
	f, err := ledger.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, name := range []string{"log/secret", "checkpoint", "up/" + filepath.Base(outside) + "/secret"} {
		if r, err := f.Read(t.Context(), name); err == nil {
			r.Close()
			t.Errorf("Read(%s) through a link out of the folder = nil, want an error", name)
		}
		if err := f.WriteNew(t.Context(), name+"2", strings.NewReader("x"), 1); err == nil && name != "checkpoint" {
			t.Errorf("WriteNew(%s2) through a link out of the folder = nil, want an error", name)
		}
	}
	if err := f.Render(t.Context(), "checkpoint", []byte("ours")); err != nil {
		t.Errorf("Render over a link = %v, want the link replaced", err)
	}
	if got, err := os.ReadFile(secret); err != nil || string(got) != "secret" {
		t.Errorf("the file outside is %q, %v, want it untouched", got, err)
	}
	entries, err := os.ReadDir(outside)
	if err != nil || len(entries) != 1 {
		t.Errorf("outside are %v, %v, want one file", entries, err)
	}
}

func TestProbe(t *testing.T) {
	dir := t.TempDir()
	f, err := ledger.CreateFolder(filepath.Join(dir, "new", "trail"))
	if err != nil {
		t.Fatalf("CreateFolder = %v", err)
	}
	defer f.Close()
	ledger.BreakLinks(f)
	if err := f.Probe(); err != nil {
		t.Errorf("Probe without hard links = %v, want nil: there is a rename that does not replace", err)
	}
	checkModes(t, filepath.Join(dir, "new", "trail"))
	if _, err := ledger.OpenFolder(filepath.Join(dir, "nothing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("OpenFolder of nothing = %v, want fs.ErrNotExist", err)
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	f, err := ledger.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	release, err := f.Lock(t.Context(), "aws", false)
	if err != nil {
		t.Fatalf("Lock = %v", err)
	}
	_, err = f.Lock(t.Context(), "aws", false)
	locked := new(ledger.LockedError)
	if !errors.As(err, &locked) || locked.Name != "aws" || !strings.HasPrefix(locked.Holder, "process ") || !strings.Contains(locked.Holder, " since ") {
		t.Errorf("second Lock = %v, want a LockedError that names the process and the time", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Lock(ctx, "aws", true); !errors.Is(err, context.Canceled) {
		t.Errorf("Lock of a context that ended = %v, want context.Canceled", err)
	}
	other, err := f.Lock(t.Context(), "okta", false)
	if err != nil {
		t.Fatalf("Lock of another name = %v", err)
	}
	got := make(chan error)
	go func() {
		again, err := f.Lock(t.Context(), "aws", true)
		if err == nil {
			err = again()
		}
		got <- err
	}()
	for _, release := range []func() error{release, other} {
		if err := release(); err != nil {
			t.Errorf("release = %v", err)
		}
	}
	if err := <-got; err != nil {
		t.Errorf("Lock that waited = %v", err)
	}
	for _, name := range []string{"", "../x", ".x"} {
		if _, err := f.Lock(t.Context(), name, false); err == nil {
			t.Errorf("Lock(%q) = nil, want an error", name)
		}
	}
	for info := range f.List(t.Context(), "") {
		t.Errorf("List shows %s: locks are no part of a trail", info.Name)
	}
}
