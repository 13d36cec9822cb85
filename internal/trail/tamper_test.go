package trail

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/internal/trail/ledger"
	"agenttrail/internal/trail/ledger/ledgertest"
	"agenttrail/internal/trail/table"
)

// The first batch of the golden trail has every state; entry 4 is the second.
const (
	batchA, batchB = 2, 4
	logName        = "log/%012d"
)

// TestTamperFiles changes files of the trail without the key.
func TestTamperFiles(t *testing.T) {
	log := func(n int) string { return fmt.Sprintf(logName, n) }
	a, b := goldenBatch(t, batchA), goldenBatch(t, batchB)
	for _, c := range []struct {
		name   string
		tamper func(f folder)
		want   string // in the error
		broken bool   // else incomplete
	}{
		{"swap two entries", func(f folder) { f.swap(log(3), log(5)) }, "log/000000000003", true},
		{"delete an entry", func(f folder) { f.remove(log(4)) }, "log/000000000004", true},
		{"delete the oldest", func(f folder) { f.remove(log(0)) }, "log/000000000000", true},
		{"delete the newest", func(f folder) { f.remove(log(8)) }, "log/000000000008", true},
		{"insert an entry", func(f folder) { f.copy(log(8), log(9)) }, "log/000000000009", true},
		{"repeat an entry", func(f folder) { f.copy(log(4), log(5)) }, "log/000000000005", true},
		{"a stranger in the log", func(f folder) { f.copy(log(4), "log/notes.txt") }, "log/", true},
		{"checkpoint of a smaller state", func(f folder) { f.note("checkpoint", log(3)) }, "", false},
		{"swap evidence", func(f folder) { f.swap(a.Evidence.Path, b.Evidence.Path) }, a.Evidence.Path, true},
		{"swap tables", func(f folder) { f.swap(a.Tables[0].Path, b.Tables[0].Path) }, a.Tables[0].Path, true},
		{"swap objects files", func(f folder) { f.swap(a.Objects.Path, b.Objects.Path) }, a.Objects.Path, true},
		{"cut a table", func(f folder) { f.cut(a.Tables[0].Path, 100) }, a.Tables[0].Path, true},
		{"lengthen evidence", func(f folder) { f.append(b.Evidence.Path, "x") }, b.Evidence.Path, true},
		{"no evidence", func(f folder) { f.remove(a.Evidence.Path) }, a.Evidence.Path, false},
		{"no table", func(f folder) { f.remove(a.Tables[0].Path) }, a.Tables[0].Path, false},
		{"no objects file", func(f folder) { f.remove(b.Objects.Path) }, b.Objects.Path, false},
		{"no report", func(f folder) { f.remove("reports/r-1/report.pdf") }, "reports/r-1/report.pdf", false},
		{"one missing and a later one cut", func(f folder) { f.remove(a.Evidence.Path); f.cut(b.Evidence.Path, 9) }, b.Evidence.Path, true},
		{"no trail.json", func(f folder) { f.remove("trail.json") }, "no trail here", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := copyTrail(t, goldenTrail)
			c.tamper(folder{t, dir})
			_, err := verify(t, dir, VerifyOptions{})
			if c.want == "" {
				if err != nil {
					t.Errorf("Verify = %v, want that it holds: a checkpoint may lag", err)
				}
				return
			}
			var half *Incomplete
			if err == nil || isBroken(err) != c.broken || !c.broken && !errors.As(err, &half) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Verify = %v, want broken %v at %s", err, c.broken, c.want)
			}
		})
	}
}

// TestUnnamedAndLagging: what a kill leaves is a note, not a finding.
func TestUnnamedAndLagging(t *testing.T) {
	dir := copyTrail(t, goldenTrail)
	f := folder{t, dir}
	f.append("evidence/2026/11/03/20261103T010000Z-0000000000000000.zip", "left by a kill")
	f.remove("tile/entries/000.p/9")
	f.remove("checkpoint")
	v, err := verify(t, dir, VerifyOptions{})
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	if len(v.Unnamed) != 4 || !slices.Contains(v.Lagging, "tile/entries/000.p/9") || !slices.Contains(v.Lagging, "checkpoint") {
		t.Errorf("unnamed %q, lagging %q", v.Unnamed, v.Lagging)
	}
}

func TestWrongKey(t *testing.T) {
	_, other, err := ledger.GenerateKey(testOrigin, seeded(99))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verify(t, goldenTrail, VerifyOptions{Key: other}); !isBroken(err) {
		t.Errorf("Verify with another key = %v, want that it does not hold", err)
	}
}

// folder changes the files of a trail.
type folder struct {
	t   *testing.T
	dir string
}

func (f folder) read(name string) []byte {
	f.t.Helper()
	data, err := os.ReadFile(filepath.Join(f.dir, name))
	if err != nil {
		f.t.Fatal(err)
	}
	return data
}

func (f folder) write(name string, data []byte) { writeFile(f.t, filepath.Join(f.dir, name), data) }
func (f folder) copy(from, to string)           { f.write(to, f.read(from)) }
func (f folder) cut(name string, n int)         { data := f.read(name); f.write(name, data[:len(data)-n]) }

func (f folder) swap(a, b string) {
	x, y := f.read(a), f.read(b)
	f.write(a, y)
	f.write(b, x)
}

func (f folder) remove(name string) {
	if err := os.Remove(filepath.Join(f.dir, name)); err != nil {
		f.t.Fatal(err)
	}
}

func (f folder) append(name, more string) {
	data, _ := os.ReadFile(filepath.Join(f.dir, name))
	f.write(name, append(data, more...))
}

// note makes a file of the note of an entry.
func (f folder) note(name, from string) {
	_, note, _ := bytes.Cut(f.read(from), []byte("\n"))
	f.write(name, note)
}

func goldenBatch(t testing.TB, n int64) *agenttrail.Batch {
	t.Helper()
	b, err := ledger.OpenFolder(goldenTrail)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	log, err := ledger.Open(t.Context(), b, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return log.Entry(n).Batch
}

// A forgery is the golden trail, changed by someone who has the key: sizes, hashes and notes are right, so only what the evidence and the rows say of
// each other can give it away.
type forgery struct {
	t     *testing.T
	files map[string][]byte
	entry *agenttrail.Batch // of batchA
}

func TestForgeries(t *testing.T) {
	for _, c := range []struct {
		name   string
		tamper func(f *forgery)
		want   string
	}{
		{"nothing", func(*forgery) {}, ""},
		{"a salt", func(f *forgery) { f.records("f96deedb", "f96deedc") }, "evidence/"},
		{"a range", func(f *forgery) { f.records("0,12,64,", "0,13,63,") }, "evidence/"},
		{"a range behind the end", func(f *forgery) { f.records("1,65,66,", "1,650,66,") }, "evidence/"},
		{"a state", func(f *forgery) { f.records("64,accepted", "64,duplicate") }, "evidence/"},
		{"another state without rows", func(f *forgery) { f.records("20,skipped", "20,duplicate") }, "evidence/"},
		{"erased", func(f *forgery) { f.records("20,skipped", "20,erased") }, "evidence/"},
		{"a context", func(f *forgery) { f.records("accepted,0", "accepted,1") }, "evidence/"},
		{"no context", func(f *forgery) { f.records("rejected,1", "rejected,") }, "evidence/"},
		{"a number written otherwise", func(f *forgery) { f.records("0,12,64", "0,012,64") }, "evidence/"},
		{"a record less", func(f *forgery) { f.records("1,0,64,duplicate,,5c47becfa86f785bc25d9da8da9a18d9\n", "") }, "evidence/"},
		{"records in another order", func(f *forgery) { f.inZIP("records.csv", swapLines(3, 4)) }, "evidence/"},
		{"bytes of a context", func(f *forgery) { f.inZIP("contexts/0", replace("one", "two2")) }, "evidence/"},
		{"a rejected record without its reason", func(f *forgery) { f.inZIP("rejects.jsonl", replace(`"ordinal":"2"`, `"ordinal":"3"`)) }, "evidence/"},
		{"bytes of an original", func(f *forgery) { f.inZIP("objects/000001", replace("delete", "create")) }, "evidence/"},
		{"bytes of a refused original", func(f *forgery) { f.inZIP("objects/000003", replace("e1", "e9")) }, "evidence/"},
		{"a file too many", func(f *forgery) { f.zip(map[string]string{"notes.txt": "hello"}, nil) }, "evidence/"},
		{"an object's hash", func(f *forgery) { f.inObjects(replace(`"sha256":"21ee`, `"sha256":"21ef`)) }, "evidence/"},
		{"an object's size", func(f *forgery) { f.inObjects(replace(`"size":"12"`, `"size":"13"`)) }, "objects/"},
		{"an object's name", func(f *forgery) { f.inObjects(replace("objects/000001", "objects/000000")) }, "objects/"},
		{"a line written otherwise", func(f *forgery) { f.inObjects(replace(`,"meta"`, `, "meta"`)) }, "objects/"},
		{"an object's numbers", func(f *forgery) { f.inObjects(replace(`"accepted":"2"`, `"accepted":"1"`)) }, "objects/"},
		{"an object twice", func(f *forgery) { f.inObjects(replace("example/b", "example/a")) }, "objects/"},
		{"an object's uri", func(f *forgery) { f.inObjects(replace("example/b", "example/c")) }, "evidence/"},
		{"numbers of the entry", func(f *forgery) { f.entry.Counts.Skipped, f.entry.Counts.Rejected = 2, 0 }, "objects/"},
		{"a rule of the entry", func(f *forgery) { f.entry.Counts.Skips = map[string]int64{"other": 1} }, "objects/"},
		{"the root of the evidence", func(f *forgery) { f.entry.Evidence.Root = f.entry.Tables[0].Root }, "evidence/"},
		{"the root of the rows", func(f *forgery) { f.entry.Tables[0].Root = f.entry.Evidence.Root }, "actions/"},
		{"the times of the rows", func(f *forgery) { f.entry.Tables[0].Last = f.entry.Tables[0].Last.Add(time.Hour) }, "actions/"},
		{"suspect rows", func(f *forgery) { f.entry.Tables[0].Suspect = 1 }, "actions/"},
		{"no table", func(f *forgery) { f.entry.Tables = nil }, "tables"},
		{"a fact of a row", func(f *forgery) {
			f.rows(func(rows []agenttrail.Action) []agenttrail.Action { rows[1].Actor.ID = "alice"; return rows })
		}, "actions/"},
		{"a row less", func(f *forgery) { f.rows(func(rows []agenttrail.Action) []agenttrail.Action { return rows[1:] }) }, "evidence/"},
		{"a row twice", func(f *forgery) {
			f.rows(func(rows []agenttrail.Action) []agenttrail.Action { return append(rows, rows[2]) })
		}, "evidence/"},
		{"a row of nothing", func(f *forgery) {
			f.rows(func(rows []agenttrail.Action) []agenttrail.Action { rows[2].Evidence.Index.N = 9; return rows })
		}, "evidence/"},
		{"a row's hash", func(f *forgery) {
			f.rows(func(rows []agenttrail.Action) []agenttrail.Action {
				rows[0].Event.Hash = rows[1].Event.Hash
				return rows
			})
		}, "evidence/"},
		{"searched in what was not there", func(f *forgery) { f.entry.Searched = 3 }, "searched"},
		{"the name of another batch", func(f *forgery) { f.entry.Name = "20261103T010006Z-0000000000000000" }, f0},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := verifyForgery(t, goldenTrail, c.tamper)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("Verify = %v, want that it holds", err)
			case c.want != "" && (!isBroken(err) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "entry 2")):
				t.Errorf("Verify = %v, want that entry 2 does not hold at %s", err, c.want)
			}
		})
	}
}

const f0 = "a file of batch"

// verifyForgery changes a golden trail, signs it again with its own key and verifies it.
func verifyForgery(t *testing.T, golden string, tamper func(*forgery)) error {
	t.Helper()
	from, err := ledger.OpenFolder(golden)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	log, err := ledger.Open(t.Context(), from, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	entry := *log.Entry(batchA).Batch
	entry.Tables = slices.Clone(entry.Tables)
	f := &forgery{t: t, files: readFolder(t, golden), entry: &entry}
	tamper(f)
	to := new(ledgertest.Memory)
	for name, data := range f.files {
		if top, _, _ := strings.Cut(name, "/"); top != "log" && top != "tile" && top != "checkpoint" {
			if err := to.WriteNew(t.Context(), name, bytes.NewReader(data), int64(len(data))); err != nil {
				t.Fatal(err)
			}
		}
	}
	sign(t, log, to, f.entry)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	_, err = Verify(ctx, to, VerifyOptions{})
	return err
}

// sign writes the entries of log to a new ledger, with another batchA.
func sign(t *testing.T, log *ledger.Log, to ledger.Backend, forged *agenttrail.Batch) {
	t.Helper()
	signer, _ := testKey(t)
	if err := ledger.Create(t.Context(), to, signer, log.Entry(0)); err != nil {
		t.Fatal(err)
	}
	var now time.Time
	again, err := ledger.Open(t.Context(), to, ledger.Options{Signer: signer, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for n := int64(1); n < log.Size(); n++ {
		e := log.Entry(n)
		if now = e.Time; n == batchA {
			e.Batch = forged
		}
		if _, err := again.Append(t.Context(), e, nil); err != nil {
			t.Fatal(err)
		}
	}
}

func (f *forgery) set(file *agenttrail.File, data []byte) {
	f.files[file.Path] = data
	file.Size, file.SHA256 = int64(len(data)), fmt.Sprintf("%x", sha256.Sum256(data))
}

func replace(old, with string) func([]byte) []byte {
	return func(data []byte) []byte { return bytes.Replace(data, []byte(old), []byte(with), 1) }
}

func swapLines(i, j int) func([]byte) []byte {
	return func(data []byte) []byte {
		lines := bytes.SplitAfter(data, []byte("\n"))
		lines[i], lines[j] = lines[j], lines[i]
		return bytes.Join(lines, nil)
	}
}

func (f *forgery) inObjects(change func([]byte) []byte) {
	data := f.files[f.entry.Objects.Path]
	changed := change(data)
	if bytes.Equal(data, changed) {
		f.t.Fatal("the forgery changes nothing")
	}
	f.set(&f.entry.Objects.File, changed)
}

func (f *forgery) records(old, with string) { f.inZIP("records.csv", replace(old, with)) }

func (f *forgery) inZIP(name string, change func([]byte) []byte) {
	f.zip(nil, func(file string, data []byte) []byte {
		if file != name {
			return data
		}
		changed := change(data)
		if bytes.Equal(data, changed) {
			f.t.Fatal("the forgery changes nothing")
		}
		return changed
	})
}

// zip writes the evidence again.
func (f *forgery) zip(more map[string]string, change func(name string, data []byte) []byte) {
	f.t.Helper()
	old := f.files[f.entry.Evidence.Path]
	from, err := zip.NewReader(bytes.NewReader(old), int64(len(old)))
	if err != nil {
		f.t.Fatal(err)
	}
	var out bytes.Buffer
	to := zip.NewWriter(&out)
	for _, file := range from.File {
		r, _ := file.Open()
		data, err := io.ReadAll(r)
		if err != nil {
			f.t.Fatal(err)
		}
		if change != nil {
			data = change(file.Name, data)
		}
		w, _ := to.Create(file.Name)
		w.Write(data)
	}
	for _, name := range slices.Sorted(maps.Keys(more)) {
		w, _ := to.Create(name)
		w.Write([]byte(more[name]))
	}
	to.Close()
	f.set(&f.entry.Evidence.File, out.Bytes())
}

// rows writes the table again. The forger has the salts, but does not put the new root into the entry.
func (f *forgery) rows(change func([]agenttrail.Action) []agenttrail.Action) {
	f.t.Helper()
	t := &f.entry.Tables[0]
	data := f.files[t.Path]
	old, err := table.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		f.t.Fatal(err)
	}
	var rows []agenttrail.Action
	if err := old.Scan(nil, time.Time{}, time.Time{}, func(_ int64, a *agenttrail.Action) error { rows = append(rows, *a); return nil }); err != nil {
		f.t.Fatal(err)
	}
	var columns []*agenttrail.Field
	for _, name := range old.Columns() {
		column, _ := agenttrail.Lookup(name)
		columns = append(columns, column)
	}
	var out bytes.Buffer
	w := table.NewWriter(&out, agenttrail.TableActions, columns)
	for _, a := range change(rows) {
		if err := w.Write(&a, [16]byte{}); err != nil {
			f.t.Fatal(err)
		}
	}
	if _, err := w.Close(); err != nil {
		f.t.Fatal(err)
	}
	f.set(&t.File, out.Bytes())
}

// TestDoubled: a writer that searches no twins is found out.
func TestDoubled(t *testing.T) {
	b := newMemory(t)
	trail := openMemory(t, b, testOptions(t))
	staged := stage(object{uri: "file:a", version: "1", body: line("x", 1, "read")})
	p, err := trail.prepare(t.Context(), testBatch(), staged)
	if err != nil {
		t.Fatal(err)
	}
	put(t, trail, object{uri: "file:b", version: "1", body: line("x", 1, "read")})
	p.ids = nil
	if _, err := trail.commit(t.Context(), p, staged); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(t.Context(), b, VerifyOptions{}); !isBroken(err) || !strings.Contains(err.Error(), "stands in entry 1 already") {
		t.Errorf("Verify of a trail with an action twice = %v, want that entry 2 does not hold", err)
	}
}

// TestDeepForgery: facts that the originals do not give, with every hash and root right. Only mapping again can tell.
func TestDeepForgery(t *testing.T) {
	trail, dir := newTrail(t)
	put(t, trail, object{uri: "file:a", version: "1", body: lines(0, 5)})
	other := func(_ agenttrail.Batch, _ agenttrail.Object, _ func(string) ([]byte, error), open func() (io.ReadCloser, error)) (func(yield func(*agenttrail.Record) error) error, error) {
		read, err := remapTest(agenttrail.Batch{}, agenttrail.Object{}, nil, open)
		return func(yield func(*agenttrail.Record) error) error {
			return read(func(r *agenttrail.Record) error { r.Actions[0].Actor.ID = "alice"; return yield(r) })
		}, err
	}
	if _, err := verify(t, dir, VerifyOptions{Remap: other}); !isBroken(err) || !strings.Contains(err.Error(), "other facts") {
		t.Errorf("Verify --deep with other facts = %v, want that it does not hold", err)
	}
	missing := func(agenttrail.Batch, agenttrail.Object, func(string) ([]byte, error), func() (io.ReadCloser, error)) (func(yield func(*agenttrail.Record) error) error, error) {
		return nil, errors.New("no such mapping")
	}
	var half *Incomplete
	if _, err := verify(t, dir, VerifyOptions{Remap: missing}); !errors.As(err, &half) {
		t.Errorf("Verify --deep without the mapping = %v, want incomplete", err)
	}
}

// TestSecondVerifier runs docs/verify/verify.py on the golden trail and on changed copies.
func TestSecondVerifier(t *testing.T) {
	if err := exec.Command("python3", "-c", "import cryptography").Run(); err != nil {
		t.Skip("needs python3 with the package cryptography:", err)
	}
	a := goldenBatch(t, batchA)
	flip := func(name string) func(f folder) {
		return func(f folder) {
			data := f.read(name)
			data[len(data)/2] ^= 1
			f.write(name, data)
		}
	}
	for _, c := range []struct {
		name   string
		tamper func(f folder)
		key    bool
		want   int
	}{
		{"golden", func(folder) {}, true, 0},
		{"key from the trail", func(folder) {}, false, 3},
		{"entry", flip("log/000000000004"), true, 1},
		{"checkpoint", flip("checkpoint"), true, 1},
		{"evidence", flip(a.Evidence.Path), true, 1},
		{"objects file", flip(a.Objects.Path), true, 1},
		{"table", flip(a.Tables[0].Path), true, 1},
		{"policy", flip("policy/8680bd123b7e91a4cc73f41119315f7411a14ec1b66380b05ff1ec95e5aad44c"), true, 1},
		{"report", flip("reports/r-1/report.pdf"), true, 1},
		{"gap", func(f folder) { f.remove("log/000000000004") }, true, 1},
		{"swap", func(f folder) { f.swap("log/000000000003", "log/000000000005") }, true, 1},
		{"missing evidence", func(f folder) { f.remove(a.Evidence.Path) }, true, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := copyTrail(t, goldenTrail)
			c.tamper(folder{t, dir})
			args := []string{"-B", "../../docs/verify/verify.py", dir, "--rows", goldenRows}
			if c.key {
				args = append(args, "--key", goldenKey)
			}
			cmd := exec.CommandContext(t.Context(), "python3", args...)
			out, _ := cmd.CombinedOutput()
			if got := cmd.ProcessState.ExitCode(); got != c.want {
				t.Errorf("verify.py ends with %d, want %d:\n%s", got, c.want, out)
			}
		})
	}
}
