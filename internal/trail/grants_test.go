package trail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/internal/trail/ledger/ledgertest"
	"agenttrail/internal/trail/table"
)

// The golden trail of grants and its rows.
const (
	grantsTrail = "../../fixtures/proof/grants/trail"
	grantsRows  = "../../fixtures/proof/grants/rows.jsonl"
)

func grantBatch() agenttrail.BatchInfo {
	b := testBatch()
	b.Fields = append(slices.Clone(testFields), "agenttrail.grant.agent", "agenttrail.grant.system", "agenttrail.grant.permission", "agenttrail.grant.data_classes", "agenttrail.grant.seen_at")
	return b
}

// putGrants commits one batch of a format that reads grants.
func putGrants(t testing.TB, trail *Trail, objects ...object) agenttrail.Receipt {
	t.Helper()
	commit, err := trail.Prepare(t.Context(), grantBatch(), stage(objects...))
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

func held(who string, n int, more string) string {
	return fmt.Sprintf(`{"who":%q,"at":"2026-11-02T06:00:00Z","grants":"%d"%s}`+"\n", who, n, more)
}

// goldenGrants makes a small trail in memory: an inventory with a line that cannot be read, and a record that states both a permission and actions.
func goldenGrants(t *testing.T) (files map[string][]byte, key, rows string) {
	t.Helper()
	b := new(ledgertest.Memory)
	o := testOptions(t)
	if err := create(t.Context(), b, CreateOptions{Signer: o.Signer, Key: o.Key, Origin: testOrigin, Tenant: "acme", Tool: "agenttrail 1", Now: o.Now}); err != nil {
		t.Fatal(err)
	}
	trail := openMemory(t, b, o)
	if _, err := trail.PutPolicy(t.Context(), "people", "people.csv", []byte("person\ndana\n")); err != nil {
		t.Fatal(err)
	}
	putGrants(t, trail,
		object{uri: "s3://example/inventory", version: "1", body: held("refund-bot", 2, "") + "not json\n" + held("mail-bot", 1, "")},
		object{uri: "s3://example/mixed", version: "1", body: held("ops-bot", 1, `,"id":"m","what":"read","parts":"2"`) + line("x", 1, "read")},
	)
	return b.Files(), o.Key, grantRows(t, trail)
}

// grantRows are the canonical rows of both tables, a line each.
func grantRows(t *testing.T, trail *Trail) string {
	t.Helper()
	var out strings.Builder
	for n := range trail.Log().Size() {
		b := trail.Log().Entry(n).Batch
		if b == nil {
			continue
		}
		for _, f := range b.Tables {
			file, err := trail.openTable(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			err = file.CanonicalRows(func(_ int64, row []byte) error {
				_, err := fmt.Fprintf(&out, `{"receipt":"%d","row":%s,"table":%q}`+"\n", n, row, f.Name)
				return err
			})
			if err := errors.Join(err, file.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out.String()
}

// TestGoldenGrants freezes what format 1 says of the table of grants, beside the golden trail and without changing a byte of it.
func TestGoldenGrants(t *testing.T) {
	files, key, rows := goldenGrants(t)
	if *update {
		if err := os.RemoveAll(grantsTrail); err != nil {
			t.Fatal(err)
		}
		for name, data := range files {
			writeFile(t, grantsTrail+"/"+name, data)
		}
		writeFile(t, grantsRows, []byte(rows))
	}
	frozen := readFolder(t, grantsTrail)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !bytes.Equal(files[name], frozen[name]) {
			t.Errorf("%s has other bytes than the golden trail of grants: that would be another format", name)
		}
	}
	if data, err := os.ReadFile(grantsRows); err != nil || string(data) != rows || len(frozen) != len(files) {
		t.Errorf("%s has other rows, or cannot be read: %v; files %d, want %d", grantsRows, err, len(frozen), len(files))
	}
	v, err := verify(t, grantsTrail, VerifyOptions{Key: key, Remap: remapTest})
	if err != nil {
		t.Fatalf("Verify of the golden trail of grants: %v", err)
	}
	if got, want := fmt.Sprint(v.Records, v.Rows, v.Grants, v.Compared), "5 3 4 7"; got != want {
		t.Errorf("Verify: records, rows, grants, compared = %s, want %s", got, want)
	}
}

// TestGrantCounts: every grant is a row and is counted once; the records keep their balance; what has no twins is stored again.
func TestGrantCounts(t *testing.T) {
	trail, _ := newTrail(t)
	body := held("refund-bot", 2, "") + held("ops-bot", 1, `,"id":"m","what":"read","parts":"2"`)
	r := putGrants(t, trail, object{uri: "file:a", version: "1", body: body})
	if got, want := r.Batch.Counts, (agenttrail.Counts{Read: 2, Accepted: 2, Actions: 2, Rows: 2, Grants: 3}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("counts = %+v, want %+v", got, want)
	}
	f := r.Batch.Table(grantsTable)
	if at := time.Date(2026, 11, 2, 6, 0, 0, 0, time.UTC); f == nil || f.Rows != 3 || !f.First.Equal(at) || !f.Last.Equal(at) || f.Suspect != 0 {
		t.Fatalf("table of grants = %+v, want 3 rows of %v", f, at)
	}
	again := putGrants(t, trail, object{uri: "file:a", version: "2", body: body})
	if again.Batch.Counts.Grants != 3 || again.Batch.Counts.ActionDuplicates != 2 || again.Batch.Counts.Rows != 0 || again.Batch.Table(actionsTable) != nil {
		t.Errorf("the same again: %+v, want 3 grants, 2 duplicates, no table of actions", again.Batch.Counts)
	}
	var got []string
	err := trail.Reader().Grants(t.Context(), r.Index+1, func(g *agenttrail.Grant, receipt int64) error {
		if receipt != r.Index {
			t.Errorf("a grant of receipt %d, want %d", receipt, r.Index)
		}
		got = append(got, fmt.Sprintf("%s|%s|%v|%d", g.Agent, g.Permission, g.DataClasses, g.Evidence.Index.N))
		return nil
	})
	want := []string{"refund-bot|role 0|[pii]|0", "refund-bot|role 1|[pii]|0", "ops-bot|role 0|[pii]|1"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("Grants below entry %d = %q, %v, want %q", r.Index+1, got, err, want)
	}
	if n, err := count(t, trail); n != 2 || err != nil {
		t.Errorf("Count finds %d actions, %v; grants are none", n, err)
	}
}

func count(t *testing.T, trail *Trail) (n int64, err error) {
	err = trail.Reader().Count(t.Context(), agenttrail.Query{}, []string{"event.dataset"}, func(g agenttrail.Group) error { n += g.N; return nil })
	return n, err
}

// TestGrantForgeries: who owns the key and changes the table of grants, or what the entry says of it, is found out.
func TestGrantForgeries(t *testing.T) {
	rows := func(change func([]agenttrail.Grant) []agenttrail.Grant) func(f *forgery) {
		return func(f *forgery) { f.grants(change) }
	}
	for _, c := range []struct {
		name   string
		tamper func(f *forgery)
		want   string
	}{
		{"nothing", func(*forgery) {}, ""},
		{"a fact", rows(func(g []agenttrail.Grant) []agenttrail.Grant { g[0].Permission = "admin"; return g }), "grants/"},
		{"a row less", rows(func(g []agenttrail.Grant) []agenttrail.Grant { return g[1:] }), "evidence/"},
		{"a row twice", rows(func(g []agenttrail.Grant) []agenttrail.Grant { return append(g, g[3]) }), "evidence/"},
		{"a row of a rejected record", rows(func(g []agenttrail.Grant) []agenttrail.Grant { g[2].Evidence.Index.N = 1; return g }), "evidence/"},
		{"a row's hash", rows(func(g []agenttrail.Grant) []agenttrail.Grant { g[0].Hash = g[2].Hash; return g }), "evidence/"},
		{"the root", func(f *forgery) { f.entry.Tables[1].Root = f.entry.Tables[0].Root }, "grants/"},
		{"the times", func(f *forgery) { f.entry.Tables[1].Last = f.entry.Tables[1].Last.Add(time.Hour) }, "grants/"},
		{"the number", func(f *forgery) { f.entry.Counts.Grants = 3 }, "objects/"},
		{"no table", func(f *forgery) { f.entry.Tables = f.entry.Tables[:1] }, "tables"},
		{"another order", func(f *forgery) { slices.Reverse(f.entry.Tables) }, "tables"},
		{"another table", func(f *forgery) { f.entry.Tables[1].Name = "people" }, "people"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := verifyForgery(t, grantsTrail, c.tamper)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("Verify = %v, want that it holds", err)
			case c.want != "" && (!isBroken(err) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "entry 2")):
				t.Errorf("Verify = %v, want that entry 2 does not hold at %s", err, c.want)
			}
		})
	}
}

// grants writes the table of grants again; the root of the entry stays.
func (f *forgery) grants(change func([]agenttrail.Grant) []agenttrail.Grant) {
	f.t.Helper()
	t := &f.entry.Tables[1]
	data := f.files[t.Path]
	old, err := table.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		f.t.Fatal(err)
	}
	var rows []agenttrail.Grant
	if err := old.Grants(func(_ int64, g *agenttrail.Grant) error { rows = append(rows, *g); return nil }); err != nil {
		f.t.Fatal(err)
	}
	var out bytes.Buffer
	w := table.NewWriter(&out, agenttrail.TableGrants, agenttrail.GrantColumns(grantBatch().Fields))
	for _, g := range change(rows) {
		if err := w.Write(&g, [16]byte{}); err != nil {
			f.t.Fatal(err)
		}
	}
	if _, err := w.Close(); err != nil {
		f.t.Fatal(err)
	}
	f.set(&t.File, out.Bytes())
}

// TestDeepGrants: a mapping that reads another permission, or one less, out of the same bytes.
func TestDeepGrants(t *testing.T) {
	for name, change := range map[string]func(r *agenttrail.Record){
		"another permission": func(r *agenttrail.Record) { r.Grants[0].Permission = "admin" },
		"a grant less":       func(r *agenttrail.Record) { r.Grants = r.Grants[1:] },
		"a grant more":       func(r *agenttrail.Record) { r.Grants = append(r.Grants, r.Grants[0]) },
	} {
		remap := func(b agenttrail.Batch, o agenttrail.Object, policy func(string) ([]byte, error), open func() (io.ReadCloser, error)) (func(yield func(*agenttrail.Record) error) error, error) {
			read, err := remapTest(b, o, policy, open)
			return func(yield func(*agenttrail.Record) error) error {
				return read(func(r *agenttrail.Record) error {
					if len(r.Grants) == 2 {
						change(r)
					}
					return yield(r)
				})
			}, err
		}
		if _, err := verify(t, grantsTrail, VerifyOptions{Remap: remap}); !isBroken(err) || !strings.Contains(err.Error(), "grant") {
			t.Errorf("%s: Verify --deep = %v, want that a grant does not hold", name, err)
		}
	}
}

// TestSecondVerifierGrants: the verifier in Python checks the root of the table of grants too.
func TestSecondVerifierGrants(t *testing.T) {
	if err := exec.Command("python3", "-c", "import cryptography").Run(); err != nil {
		t.Skip("needs python3 with the package cryptography:", err)
	}
	rows, err := os.ReadFile(grantsRows)
	if err != nil {
		t.Fatal(err)
	}
	forged := t.TempDir() + "/rows.jsonl"
	writeFile(t, forged, bytes.Replace(rows, []byte(`"agenttrail.grant.permission":"role 1"`), []byte(`"agenttrail.grant.permission":"admin"`), 1))
	for file, want := range map[string]int{grantsRows: 0, forged: 1} {
		cmd := exec.CommandContext(t.Context(), "python3", "-B", "../../docs/verify/verify.py", grantsTrail, "--rows", file, "--key", goldenKey)
		out, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("verify.py --rows %s ends with %d, want %d:\n%s", file, got, want, out)
		}
	}
}
