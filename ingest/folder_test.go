package ingest

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agenttrail"
	"agenttrail/internal/testenv"
)

func write(t testing.TB, dir, name, body string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func openFolder(t testing.TB, dir string, include, exclude []string) *Folder {
	t.Helper()
	f, err := OpenFolder(dir, include, exclude)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// list gives "URI" for what is wanted and "URI rule" for what is left out.
func list(t testing.TB, s Source, w agenttrail.Window) (got []string) {
	t.Helper()
	for o, err := range s.List(t.Context(), w) {
		if err != nil {
			t.Fatalf("List: %v", err)
		}
		if o.Role == roleLeftOut {
			o.URI += " " + o.Meta["rule"]
		}
		got = append(got, o.URI)
	}
	return got
}

func TestFolderList(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	write(t, outside, "secret.jsonl", "1\n")
	long := strings.Repeat("n", 200)
	for _, name := range []string{"b.jsonl", "a/z.jsonl", "a.jsonl", "a-.jsonl", "ü %41&.jsonl", "new\nline", long + "/" + long + "/" + long + "/" + long + "/x", ".hidden", ".git/config",
		"a/part.csv.part", "~$open.csv", "open.csv~", "x.TMP", "no/excluded.csv", "empty"} {
		body := "1\n"
		if name == "empty" {
			body = ""
		}
		write(t, dir, name, body)
	}
	for link, to := range map[string]string{"link": filepath.Join(outside, "secret.jsonl"), "linked": outside, "inner": "b.jsonl"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"file:.git hidden", "file:.hidden hidden", "file:a-.jsonl", "file:a.jsonl", "file:a/part.csv.part temporary", "file:a/z.jsonl", "file:b.jsonl",
		"file:empty", "file:inner no_regular_file", "file:link no_regular_file", "file:linked no_regular_file", "file:new%0Aline",
		"file:" + long + "/" + long + "/" + long + "/" + long + "/x", "file:no/excluded.csv excluded", "file:open.csv~ temporary", "file:x.TMP temporary",
		"file:~$open.csv temporary", "file:%C3%BC%20%2541%26.jsonl",
	}
	want[16] = "file:~%24open.csv temporary"
	f := openFolder(t, dir, nil, []string{"no/**"})
	if diff := cmp.Diff(want, list(t, f, standing()[0])); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
	trail := newFakeTrail(t)
	got, err := do(t.Context(), job(f, trail))
	if err != nil || got.Total.Objects != 7 || got.Total.Excluded != 11 {
		t.Errorf("Run: %v, %d objects, %d left out; want 7 and 11", err, got.Total.Objects, got.Total.Excluded)
	}
	if again, err := do(t.Context(), job(f, trail)); err != nil || again.Total.Known != 7 || again.Total.Batches != 0 || len(trail.windows) != 1 {
		t.Errorf("second Run: %v, %+v, %d windows; want 7 known, no batch, one window entry", err, again.Total, len(trail.windows))
	}
}

func TestFolderObject(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "a b.csv", "12345")
	when := time.Date(2026, 11, 2, 3, 4, 5, 6789, time.UTC)
	if err := os.Chtimes(path, when, when); err != nil {
		t.Fatal(err)
	}
	want := agenttrail.Object{URI: "file:a%20b.csv", Version: "5-1793588645000006", Role: agenttrail.RoleLog, Size: 5, Time: when.Truncate(time.Microsecond)}
	for o, err := range openFolder(t, dir, nil, nil).List(t.Context(), standing()[0]) {
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, o); diff != "" {
			t.Errorf("List (-want +got):\n%s", diff)
		}
	}
}

// What happens to a file between the listing and the end of reading.
func TestFolderChanges(t *testing.T) {
	cases := []struct {
		name    string
		between func(t *testing.T, path string) // listing and open
		during  func(t *testing.T, path string) // open and the end
		want    error
	}{
		{"nothing", nil, nil, nil},
		{"removed", func(t *testing.T, path string) { os.Remove(path) }, nil, ErrGone},
		{"longer", func(t *testing.T, path string) { os.WriteFile(path, []byte("12345678"), 0o600) }, nil, ErrChanged},
		{"touched", func(t *testing.T, path string) { os.Chtimes(path, clock, clock) }, nil, ErrChanged},
		{"a link instead", func(t *testing.T, path string) { os.Rename(path, path+"2"); os.Symlink("a.csv2", path) }, nil, ErrChanged},
		{"a folder instead", func(t *testing.T, path string) { os.Remove(path); os.Mkdir(path, 0o700) }, nil, ErrChanged},
		{"grows while read", nil, func(t *testing.T, path string) { os.WriteFile(path, []byte("1234567890"), 0o600) }, ErrChanged},
		{"touched while read", nil, func(t *testing.T, path string) { os.Chtimes(path, clock, clock) }, ErrChanged},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := write(t, dir, "a.csv", "12345")
			f := openFolder(t, dir, nil, nil)
			for o := range f.List(t.Context(), standing()[0]) {
				if c.between != nil {
					c.between(t, path)
				}
				err := readAll(f, &o, func() {
					if c.during != nil {
						c.during(t, path)
					}
				})
				if !errors.Is(err, c.want) {
					t.Errorf("read %s: %v, want %v", o.URI, err, c.want)
				}
			}
		})
	}
}

func readAll(s Source, o *agenttrail.Object, meanwhile func()) error {
	r, err := s.Open(context.Background(), o)
	if err != nil {
		return err
	}
	defer r.Close()
	meanwhile()
	_, err = io.ReadAll(r)
	return err
}

func TestFolderStaysInside(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "secret", "1")
	inbox := filepath.Join(dir, "inbox")
	write(t, inbox, "a.csv", "1")
	f := openFolder(t, inbox, nil, nil)
	for _, uri := range []string{"file:../secret", "file:%2E%2E/secret", "file:" + escape(filepath.Join(dir, "secret")), "file:%zz"} {
		if err := readAll(f, &agenttrail.Object{URI: uri, Version: "1-1", Size: 1}, func() {}); err == nil {
			t.Errorf("Open(%s): no error, want one", uri)
		}
	}
	if _, err := OpenFolder(filepath.Join(dir, "none"), nil, nil); err == nil || !strings.Contains(err.Error(), "open folder") {
		t.Errorf("OpenFolder of no folder: %v", err)
	}
}

// A changed file is another object; its old records are duplicates.
func TestFolderFileGrows(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "a.csv", "1\n2\n")
	f, trail := openFolder(t, dir, nil, nil), newFakeTrail(t)
	if _, err := do(t.Context(), job(f, trail)); err != nil {
		t.Fatal(err)
	}
	os.WriteFile(path, []byte("1\n2\n3\n"), 0o600)
	got, err := do(t.Context(), job(f, trail))
	if c := got.Total.Counts; err != nil || c.Accepted != 1 || c.Duplicate != 2 || got.Total.Known != 0 {
		t.Errorf("Run over a file that grew: %v, %+v, want 1 accepted and 2 duplicates", err, got.Total)
	}
	os.Remove(path)
	got, err = do(t.Context(), job(f, trail))
	if err != nil || len(trail.windows) != 3 || trail.windows[2].Result != agenttrail.ResultEmpty || got.Total.Listed != 0 {
		t.Errorf("Run over an emptied folder: %v, windows %+v; want a third entry that says empty", err, trail.windows)
	}
}

func TestFolderOfCorpus(t *testing.T) {
	f, trail := openFolder(t, testenv.Corpus(t, "cloudtrail-invictus"), []string{"AWSLogs/**"}, nil), newFakeTrail(t)
	got, err := do(t.Context(), job(f, trail))
	if err != nil || got.Total.Objects != 55 || got.Total.Excluded != 2 || got.Total.Counts.Rows != 55 { // one line a file
		t.Errorf("Run: %v, %+v; want 55 objects, 2 left out", err, got.Total)
	}
}

// The bar is 10 s for 100,000 known objects.
func BenchmarkSecondRunOfFolder(b *testing.B) {
	dir := b.TempDir()
	const folders, files = 100, 1000
	for i := range folders * files {
		write(b, dir, filepath.Join("d"+escapeInt(i/files), escapeInt(i)+".jsonl"), "1\n")
	}
	f, trail := openFolder(b, dir, nil, nil), newFakeTrail(b)
	if _, err := Run(b.Context(), job(f, trail)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		got, err := Run(b.Context(), job(f, trail))
		if err != nil || got.Total.Known != folders*files || got.Total.Batches != 0 {
			b.Fatalf("Run: %v, %+v; want all known", err, got.Total)
		}
	}
}

func escapeInt(n int) string {
	return string([]byte{byte('a' + n/17576%26), byte('a' + n/676%26), byte('a' + n/26%26), byte('a' + n%26)})
}
