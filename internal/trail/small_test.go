package trail

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"agenttrail"
	"agenttrail/internal/trail/ledger"
)

func TestSpool(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s spool
		defer s.Close()
		var want []byte
		for range rapid.IntRange(1, 6).Draw(t, "writes") {
			n := rapid.SampledFrom([]int{0, 1, 100, spoolLimit / 2, spoolLimit - 1}).Draw(t, "size")
			part := bytes.Repeat([]byte{byte(len(want))}, n)
			want = append(want, part...)
			if _, err := s.Write(part); err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "cut") {
				n := rapid.IntRange(0, len(want)).Draw(t, "at")
				want = want[:n]
				s.cut(int64(n))
			}
		}
		got, err := io.ReadAll(s.reader())
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("spool gives %d bytes and error %v, want %d bytes", len(got), err, len(want))
		}
	})
}

func TestIdentities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m identities
		want := map[agenttrail.Identity][]uint32{}
		ids := rapid.SliceOfN(rapid.Uint64(), 1, 500).Draw(t, "ids")
		for ref, id := range ids {
			identity := agenttrail.Identity{15: byte(id % 2)} // two tails: the first 8 bytes are what is kept
			copy(identity[:8], fmt.Sprintf("%08x", id%97))
			m.add(identity, uint32(ref))
			want[agenttrail.Identity(append(identity[:8:8], make([]byte, 8)...))] = append(want[agenttrail.Identity(append(identity[:8:8], make([]byte, 8)...))], uint32(ref))
		}
		for id, refs := range want {
			seen := map[uint32]bool{}
			m.each(id, func(ref uint32) bool { seen[ref] = true; return true })
			for _, ref := range refs {
				if !seen[ref] {
					t.Fatalf("each(%x) lacks %d", id, ref)
				}
			}
			if len(seen) != len(refs) {
				t.Fatalf("each(%x) gives %d numbers, want %d", id, len(seen), len(refs))
			}
		}
	})
}

func TestRecordLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []recordLine
		file := []byte(recordsHeader)
		l := recordLine{Object: -1}
		for range rapid.IntRange(0, 20).Draw(t, "records") {
			step := rapid.IntRange(0, 2).Draw(t, "next object")
			if l.Ordinal++; step > 0 || l.Object < 0 {
				l.Object, l.Ordinal = l.Object+max(1, step), 0
			}
			l.Offset, l.Length = rapid.Int64Range(0, 1<<40).Draw(t, "offset"), rapid.Int64Range(0, 1<<40).Draw(t, "length")
			l.State = agenttrail.State(rapid.IntRange(0, 5).Draw(t, "state"))
			l.Context = rapid.IntRange(-1, 9).Draw(t, "context")
			copy(l.Salt[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "salt"))
			want = append(want, l)
			file = appendRecordLine(file, &l)
		}
		var got []recordLine
		if err := readRecordLines(bytes.NewReader(file), func(l *recordLine) error { got = append(got, *l); return nil }); err != nil {
			t.Fatal(err)
		}
		if !cmp.Equal(got, want) {
			t.Fatalf("readRecordLines(%s) = %v, want %v", file, got, want)
		}
	})
}

// FuzzRecordLines: what is read is written again to the same bytes, or refused.
func FuzzRecordLines(f *testing.F) {
	for _, seed := range []string{"", "0,0,1,accepted,,000102030405060708090a0b0c0d0e0f\n", "0,0,1,accepted,3,000102030405060708090A0b0c0d0e0f\n", "1,-1,1,skipped,,\n", "0,0,1,erased,,x\n,,,,,,\n"} {
		f.Add([]byte(recordsHeader + seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		again := []byte(recordsHeader)
		err := readRecordLines(bytes.NewReader(data), func(l *recordLine) error { again = appendRecordLine(again, l); return nil })
		if err == nil && !bytes.Equal(again, data) {
			t.Errorf("readRecordLines(%q) is written as %q", data, again)
		}
	})
}

// FuzzObjectLines: what is read and written is read as the same.
func FuzzObjectLines(f *testing.F) {
	for _, name := range []string{"objects/2026/11/03/20261103T010006Z-d5d9487ed959bdab.jsonl", "objects/2026/11/03/20261103T010011Z-7af7a1636cb0681c.jsonl"} {
		data, err := os.ReadFile(goldenTrail + "/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	read := func(data []byte) (out []byte, err error) {
		err = readObjectLines(bytes.NewReader(data), func(l *ObjectLine) error {
			out = append(appendObjectLine(out, l), '\n')
			return nil
		})
		return out, err
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		once, err := read(data)
		if err != nil {
			return
		}
		if twice, err := read(once); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("%q is written as %q and then as %q, error %v", data, once, twice, err)
		}
	})
}

// TestManyContexts makes a ZIP of more files than its short form can count.
func TestManyContexts(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 66,000 files")
	}
	trail, dir := newTrail(t)
	var body strings.Builder
	for i := range 66_000 {
		fmt.Fprintf(&body, "context header %d\n%s", i, `{"skip":"none"}`+"\n")
	}
	receipt := put(t, trail, object{uri: "file:a", version: "1", body: body.String()})
	if _, err := verify(t, dir, VerifyOptions{}); err != nil {
		t.Fatalf("Verify: %v", err)
	}
	z, err := zip.OpenReader(dir + "/" + receipt.Batch.Evidence.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if len(z.File) != 66_002 {
		t.Errorf("the ZIP holds %d files, want 66,002", len(z.File))
	}
	for _, f := range z.File[:3] {
		if f.Flags != 0 || f.ModifiedDate != 0 || f.ModifiedTime != 0 {
			t.Errorf("%s has flags %x and time %d, want none", f.Name, f.Flags, f.ModifiedDate)
		}
	}
}

func TestPolicies(t *testing.T) {
	trail, dir := newTrail(t)
	sizes := []int64{}
	for _, data := range [][]byte{[]byte("one"), []byte("one"), []byte("two"), []byte("one"), nil, nil} {
		sha, err := trail.PutPolicy(t.Context(), "register", "agents.yaml", data)
		if err != nil {
			t.Fatal(err)
		}
		if data != nil {
			if got, err := trail.Policy(t.Context(), sha); err != nil || !bytes.Equal(got, data) {
				t.Errorf("Policy(%s) = %q, %v; want %q", sha, got, err, data)
			}
		}
		sizes = append(sizes, trail.Log().Size())
	}
	if want := []int64{2, 2, 3, 4, 5, 5}; !cmp.Equal(sizes, want) {
		t.Errorf("ledger sizes = %v, want %v: an entry when something changed", sizes, want)
	}
	if _, err := verify(t, dir, VerifyOptions{}); err != nil {
		t.Errorf("Verify: %v", err)
	}
}

func TestWindows(t *testing.T) {
	trail, _ := newTrail(t)
	day := func(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }
	window := func(from, to int) agenttrail.Window {
		return agenttrail.Window{Source: "logs", From: day(from), To: day(to)}
	}
	open := agenttrail.WindowState{Window: window(1, 2), State: agenttrail.WindowOpen, Run: "r1", Objects: 3, Batches: 1, Failed: []string{"s3://example/x: timeout"}}
	add(t, trail, agenttrail.Entry{Window: &open})
	size := trail.Log().Size()
	open.Run, open.Batches, open.Known = "r2", 0, 2
	add(t, trail, agenttrail.Entry{Window: &open})
	if got := trail.Log().Size(); got != size {
		t.Errorf("ledger size after the same window state of another run = %d, want %d", got, size)
	}
	add(t, trail, agenttrail.Entry{Window: &agenttrail.WindowState{Window: window(2, 5), State: agenttrail.WindowClosed, Result: "empty", Run: "r2"}})
	for _, c := range []struct {
		w    agenttrail.Window
		want string
	}{{window(1, 2), "open"}, {window(2, 3), "closed"}, {window(4, 5), "closed"}, {window(5, 6), ""}, {agenttrail.Window{Source: "logs"}, ""}, {agenttrail.Window{Source: "other", From: day(2), To: day(3)}, ""}} {
		if got, ok := trail.Window(c.w); got.State != c.want || ok != (c.want != "") {
			t.Errorf("Window(%s %s) = %q, %v; want %q", c.w.Source, c.w.Key(), got.State, ok, c.want)
		}
	}
	if got := trail.Windows("logs"); len(got) != 2 || got[0].State != "open" || got[1].Result != "empty" {
		t.Errorf("Windows = %+v, want the open and the empty one", got)
	}
}

func TestLockSource(t *testing.T) {
	trail, dir := newTrail(t)
	other := openTrail(t, dir, testOptions(t))
	release, err := trail.LockSource("logs")
	if err != nil {
		t.Fatal(err)
	}
	var held *ledger.LockedError
	if _, err := other.LockSource("logs"); !errors.As(err, &held) || held.Holder == "" {
		t.Errorf("LockSource of a locked source = %v, want who holds it", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	again, err := other.LockSource("logs")
	if err != nil {
		t.Fatalf("LockSource after the release = %v", err)
	}
	if err := again(); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"", "append", "../x", "Logs", "a/b", strings.Repeat("a", 64)} {
		if _, err := trail.LockSource(name); err == nil {
			t.Errorf("LockSource(%q) = nil, want an error", name)
		}
	}
}

// TestTwinContext: equal bytes in another context are another reading, unless the facts are equal too.
func TestTwinContext(t *testing.T) {
	trail, _ := newTrail(t)
	put(t, trail, object{uri: "file:a", version: "1", body: "context one\n" + line("x", 1, "read")})
	receipt := put(t, trail, object{uri: "file:b", version: "1", body: "context two\n" + line("x", 1, "read")})
	wantCounts(t, "equal bytes and facts in another context", receipt.Batch.Counts, 0, 1, 0, 0, 0)
	// The mapping of today says something else of the same bytes.
	for _, c := range []struct {
		context string
		want    []int64
	}{{"context one\n", []int64{0, 1, 0, 0, 0}}, {"context three\n", []int64{0, 0, 1, 0, 0}}} {
		staged := stage(object{uri: "file:c" + c.context[:11], version: "1", body: c.context + line("x", 1, "read")})
		read := staged[0].Records
		staged[0].Records = func(yield func(*agenttrail.Record) error) error {
			return read(func(r *agenttrail.Record) error { r.Actions[0].Actor.ID = "somebody else"; return yield(r) })
		}
		commit, err := trail.Prepare(t.Context(), testBatch(), staged)
		if err != nil {
			t.Fatal(err)
		}
		receipt, err := commit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wantCounts(t, "equal bytes with other facts, "+c.context, receipt.Batch.Counts, c.want...)
	}
}

// TestLargeObject reads an object of more bytes than are held in memory, and one that is read again.
func TestLargeObject(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 40 MB")
	}
	trail, dir := newTrail(t)
	var body strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&body, `{"id":"e%d","at":"2026-11-02T10:00:00Z","what":"read","rest":%q}`+"\n", i, strings.Repeat("r", 300))
	}
	big := object{uri: "file:big", version: "1", body: body.String(), gzip: true}
	wantCounts(t, "large object", put(t, trail, big).Batch.Counts, 100_000, 0, 0, 0, 0)
	big.version = "2"
	wantCounts(t, "large object touched", put(t, trail, big).Batch.Counts, 0, 100_000, 0, 0, 0)
	if _, err := verify(t, dir, VerifyOptions{Remap: remapTest}); err != nil {
		t.Errorf("Verify: %v", err)
	}
}

// TestRecordPastLimit: the bytes of a record that the format did not hold are hashed where they stand.
func TestRecordPastLimit(t *testing.T) {
	trail, dir := newTrail(t)
	staged := stage(object{uri: "file:a", version: "1", gzip: true, body: line("x", 1, "read") + strings.Repeat("long", 1000) + "\n" + line("y", 2, "read")})
	read := staged[0].Records
	staged[0].Records = func(yield func(*agenttrail.Record) error) error {
		return read(func(r *agenttrail.Record) error {
			if r.State == agenttrail.Rejected {
				r.Raw, r.Why = nil, "line_too_long"
			}
			return yield(r)
		})
	}
	commit, err := trail.Prepare(t.Context(), testBatch(), staged)
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, "a record past its limit", receipt.Batch.Counts, 2, 0, 0, 0, 1)
	if _, err := verify(t, dir, VerifyOptions{}); err != nil {
		t.Errorf("Verify: %v", err)
	}
	var rejects []Reject
	if err := trail.Reader().Rejects(t.Context(), receipt.Index, func(r Reject) error { rejects = append(rejects, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(rejects) != 1 || rejects[0].Reason != "line_too_long" || rejects[0].Ordinal != 1 {
		t.Errorf("Rejects = %+v, want the second record", rejects)
	}
}

// TestRefusedTooLarge keeps hash and size only.
func TestRefusedTooLarge(t *testing.T) {
	trail, dir := newTrail(t)
	staged := stage(object{uri: "file:a", version: "1", body: "x", refused: "too_large"}, object{uri: "file:b", version: "1", body: "y", refused: "ratio"})
	staged[0].Length = refusedKept + 1
	commit, err := trail.Prepare(t.Context(), testBatch(), staged)
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	trail.Reader().Objects(t.Context(), receipt.Index, func(l ObjectLine) error { names = append(names, l.Name+" "+l.Refused); return nil })
	if want := []string{" too_large", "objects/000001 ratio"}; !cmp.Equal(names, want) {
		t.Errorf("objects = %q, want %q", names, want)
	}
	if _, err := verify(t, dir, VerifyOptions{}); err != nil {
		t.Errorf("Verify: %v", err)
	}
}

// TestFindOrder compares Find with sorting everything, over slices of time.
func TestFindOrder(t *testing.T) {
	trail, _ := newTrail(t)
	for i := range 5 {
		put(t, trail, object{uri: fmt.Sprint("file:", i), version: "1", body: lines(300*i, 300*i+400)})
	}
	put(t, trail, object{uri: "file:odd", version: "1", body: `{"id":"old","at":"1971-01-01T00:00:00Z","what":"read"}` + "\n" + `{"id":"far","at":"2099-01-01T00:00:00Z","what":"read"}` + "\n"})
	at := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	for _, q := range []agenttrail.Query{{}, {From: at.Add(time.Hour), To: at.Add(20 * time.Hour)}, {To: at.Add(time.Hour)}, {From: at.Add(time.Hour)}, {Before: 3}} {
		var got []string
		if err := trail.Reader().find(t.Context(), q, 100, func(f *found) error {
			got = append(got, fmt.Sprint(f.action.Time.UnixMilli()+1<<50, " ", f.action.ID))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		want := scanAll(t, trail, q)
		if !cmp.Equal(got, want) {
			t.Errorf("Find(%+v) gives %d actions in another order or number than sorting all: %d", q, len(got), len(want))
		}
	}
}

// scanAll reads every table, keeps what answers and sorts it.
func scanAll(t *testing.T, trail *Trail, q agenttrail.Query) (list []string) {
	t.Helper()
	for n := int64(0); n < trail.Log().Size() && (q.Before == 0 || n < q.Before); n++ {
		if trail.Log().Entry(n).Batch == nil {
			continue
		}
		if err := trail.Reader().Rows(t.Context(), n, func(a *agenttrail.Action, _ *agenttrail.Context) error {
			if !a.Time.Before(q.From) && (q.To.IsZero() || a.Time.Before(q.To)) {
				list = append(list, fmt.Sprint(a.Time.UnixMilli()+1<<50, " ", a.ID))
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(list)
	return list
}
