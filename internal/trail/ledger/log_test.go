package ledger_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"agenttrail"
	"agenttrail/internal/trail/ledger"
	"agenttrail/internal/trail/ledger/ledgertest"
)

func clock() time.Time { return noon }

// create begins a ledger in b with the key of seed 1.
func create(t testing.TB, b ledger.Backend) *ledger.Signer {
	t.Helper()
	s := newSigner(t, 1)
	if err := ledger.Create(t.Context(), b, s, genesis(s)); err != nil {
		t.Fatalf("Create = %v", err)
	}
	return s
}

func genesis(s *ledger.Signer) agenttrail.Entry {
	return agenttrail.Entry{Time: noon, Genesis: &agenttrail.Genesis{Origin: s.Origin(), Key: s.Key(), Tool: "test", Tenant: "acme"}}
}

func open(t testing.TB, b ledger.Backend, s *ledger.Signer) *ledger.Log {
	t.Helper()
	l, err := ledger.Open(t.Context(), b, ledger.Options{Signer: s, Now: clock})
	if err != nil {
		t.Fatalf("Open = %v", err)
	}
	return l
}

// policy is an entry that name tells from others.
func policy(name string) agenttrail.Entry {
	return agenttrail.Entry{Policy: &agenttrail.Policy{Kind: "config", Name: name, SHA256: sum, Size: 1}}
}

func mustAppend(t testing.TB, l *ledger.Log, names ...string) {
	t.Helper()
	for _, name := range names {
		want := l.Size()
		if n, err := l.Append(t.Context(), policy(name), nil); err != nil || n != want {
			t.Fatalf("Append(%s) = %d, %v, want %d", name, n, err, want)
		}
	}
}

// grow makes a ledger of size entries in memory.
func grow(t testing.TB, size int) (*ledgertest.Memory, *ledger.Signer) {
	t.Helper()
	b := new(ledgertest.Memory)
	s := create(t, b)
	l := open(t, b, s)
	for i := 1; i < size; i++ {
		mustAppend(t, l, fmt.Sprint(i))
	}
	return b, s
}

// names lists the policy names of a ledger, in order.
func names(l *ledger.Log) (list []string) {
	for n := int64(1); n < l.Size(); n++ {
		list = append(list, l.Entry(n).Policy.Name)
	}
	return list
}

func count(n int) (list []string) {
	for i := 1; i <= n; i++ {
		list = append(list, fmt.Sprint(i))
	}
	return list
}

func mustVerify(t testing.TB, b ledger.Backend) *ledger.Verification {
	t.Helper()
	v, err := ledger.VerifyAll(t.Context(), b, "")
	if err != nil {
		t.Fatalf("VerifyAll = %v", err)
	}
	return v
}

func TestCreate(t *testing.T) {
	b := new(ledgertest.Memory)
	s := create(t, b)
	entry, err := ledger.EncodeEntry(genesis(s))
	if err != nil {
		t.Fatal(err)
	}
	leaf := sha256.Sum256(append([]byte{0}, entry...))
	text := fmt.Sprintf("%s\n1\n%s\n", origin, tlog.Hash(leaf))
	files := b.Files()
	content, signed, _ := strings.Cut(string(files["log/000000000000"]), "\n")
	want := map[string]string{
		"trail.json":           `{"format":"1","origin":"agenttrail/acme/0a1b2c3d"}`,
		"log/000000000000":     string(entry) + "\n" + signed,
		"checkpoint":           signed,
		"tile/0/000.p/1":       string(leaf[:]),
		"tile/entries/000.p/1": string([]byte{byte(len(entry) >> 8), byte(len(entry))}) + string(entry),
	}
	got := map[string]string{}
	for name, data := range files {
		got[name] = string(data)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files after Create: -want +got\n%s", diff)
	}
	if content != string(entry) || !strings.HasPrefix(signed, text+"\n— "+origin+" ") {
		t.Errorf("log/000000000000 = %q, want the entry, LF, and a note over %q", files["log/000000000000"], text)
	}
	other, err := note.NewVerifier(s.Key())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := note.Open([]byte(signed), note.VerifierList(other)); err != nil || n.Text != text {
		t.Errorf("others read the note as %v, %v, want the text %q", n, err, text)
	}
}

func TestCreateRefuses(t *testing.T) {
	b := new(ledgertest.Memory)
	s := create(t, b)
	later := genesis(s)
	later.Time = noon.Add(time.Second)
	if err := ledger.Create(t.Context(), b, s, later); !errors.Is(err, ledger.ErrTaken) {
		t.Errorf("Create over a ledger = %v, want ErrTaken", err)
	}
	for name, e := range map[string]agenttrail.Entry{
		"no genesis":    policy("x"),
		"another key":   genesis(newSigner(t, 2)),
		"no time":       {Genesis: genesis(s).Genesis},
		"another place": {Time: noon, Genesis: &agenttrail.Genesis{Origin: "agenttrail/other/0a1b2c3d", Key: s.Key()}},
	} {
		if err := ledger.Create(t.Context(), new(ledgertest.Memory), s, e); err == nil {
			t.Errorf("Create with %s = nil, want an error", name)
		}
	}
}

func TestOpen(t *testing.T) {
	for _, size := range []int{1, 2, 3, 255, 256, 257, 511, 512, 513, 600, 1001} {
		b, s := grow(t, size)
		for what, o := range map[string]ledger.Options{"read only": {}, "with a signer": {Signer: s, Now: clock}, "with the key": {Key: s.Key()}} {
			l, err := ledger.Open(t.Context(), b, o)
			if err != nil {
				t.Fatalf("Open(%d entries, %s) = %v", size, what, err)
			}
			if diff := cmp.Diff(count(size-1), names(l)); diff != "" {
				t.Errorf("Open(%d entries, %s): -want +got\n%s", size, what, diff)
			}
			if r := l.Repaired(); len(r) > 0 {
				t.Errorf("Open(%d entries, %s) repaired %q, want nothing", size, what, r)
			}
		}
		if v := mustVerify(t, b); v.Log.Size() != int64(size) || len(v.Lagging) > 0 {
			t.Errorf("VerifyAll(%d entries) sees %d, lagging %q, want all and none", size, v.Log.Size(), v.Lagging)
		}
	}
}

// TestOpenReadsFewFiles: a bucket must not be asked once an entry.
func TestOpenReadsFewFiles(t *testing.T) {
	b, _ := grow(t, 1100)
	var mu sync.Mutex
	calls := map[string]int{}
	b.Fault = func(method, name string) ledgertest.Outcome {
		mu.Lock()
		defer mu.Unlock()
		calls[method]++
		return ledgertest.Outcome{}
	}
	if _, err := ledger.Open(t.Context(), b, ledger.Options{}); err != nil {
		t.Fatal(err)
	}
	// trail.json, checkpoint, log/0, the newest; 4 bundles; 1100 - 1024 entries behind them.
	if want := map[string]int{"Read": 4 + 4 + 76, "List": 1}; !cmp.Equal(calls, want) {
		t.Errorf("Open of 1,100 entries calls %v, want %v", calls, want)
	}
}

func TestOpenRefuses(t *testing.T) {
	b, s := grow(t, 3)
	if _, err := ledger.Open(t.Context(), new(ledgertest.Memory), ledger.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open of nothing = %v, want fs.ErrNotExist", err)
	}
	if _, err := ledger.Open(t.Context(), b, ledger.Options{Signer: newSigner(t, 2), Now: clock}); !errors.Is(err, ledger.ErrOtherKey) {
		t.Errorf("Open with another signer = %v, want ErrOtherKey", err)
	}
	if _, err := ledger.Open(t.Context(), b, ledger.Options{Key: newSigner(t, 2).Key()}); !errors.Is(err, ledger.ErrOtherKey) {
		t.Errorf("Open with another key = %v, want ErrOtherKey", err)
	}
	if _, err := ledger.VerifyAll(t.Context(), b, newSigner(t, 2).Key()); !errors.Is(err, ledger.ErrOtherKey) {
		t.Errorf("VerifyAll with another key = %v, want ErrOtherKey", err)
	}
	l, err := ledger.Open(t.Context(), b, ledger.Options{Key: s.Key()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(t.Context(), policy("x"), nil); !errors.Is(err, ledger.ErrReadOnly) {
		t.Errorf("Append without a signer = %v, want ErrReadOnly", err)
	}
	if err := l.Render(t.Context()); !errors.Is(err, ledger.ErrReadOnly) {
		t.Errorf("Render without a signer = %v, want ErrReadOnly", err)
	}
}

func TestAppendTime(t *testing.T) {
	b := new(ledgertest.Memory)
	s := create(t, b)
	now := noon.Add(time.Hour + 7)
	l, err := ledger.Open(t.Context(), b, ledger.Options{Signer: s, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, l, "1")
	now = noon.Add(-time.Hour)
	mustAppend(t, l, "2")
	for n, want := range []time.Time{noon, noon.Add(time.Hour), noon.Add(time.Hour)} {
		if got := l.Entry(int64(n)).Time; !got.Equal(want) {
			t.Errorf("time of entry %d = %v, want %v", n, got, want)
		}
	}
}

func TestAppendFits(t *testing.T) {
	b := new(ledgertest.Memory)
	l := open(t, b, create(t, b))
	w := &agenttrail.WindowState{Window: agenttrail.Window{Source: "s"}, State: agenttrail.WindowOpen, Failed: make([]string, 1000)}
	for i := range w.Failed {
		w.Failed[i] = fmt.Sprintf("s3://example-logs/%d: 503", i)
	}
	if _, err := l.Append(t.Context(), agenttrail.Entry{Window: w}, nil); err != nil {
		t.Fatalf("Append of a window with 1,000 failed objects = %v", err)
	}
	if got := l.Entry(1).Window; int64(len(got.Failed))+got.FailedMore != 1000 || len(got.Failed) < 50 {
		t.Errorf("Append keeps %d failed objects and counts %d more, want 1,000 together", len(got.Failed), got.FailedMore)
	}
	if _, err := l.Append(t.Context(), policy(strings.Repeat("x", 5000)), nil); err == nil {
		t.Error("Append of 5,000 bytes = nil, want an error")
	}
	mustAppend(t, l, "after it")
	mustVerify(t, b)
}

// TestCheck: whoever was late hears what came in between, and may change his mind.
func TestCheck(t *testing.T) {
	b := new(ledgertest.Memory)
	s := create(t, b)
	slow, fast := open(t, b, s), open(t, b, s)
	mustAppend(t, fast, "1", "2")
	type span struct{ from, to int64 }
	var got []span
	_, err := slow.Append(t.Context(), policy("late"), func(ctx context.Context, from, to int64) error {
		got = append(got, span{from, to})
		if name := slow.Entry(to - 1).Policy.Name; name != fmt.Sprint(to-1) {
			t.Errorf("check reads %q as entry %d", name, to-1)
		}
		if len(got) == 2 {
			return errFault
		}
		mustAppend(t, fast, "3")
		return nil
	})
	if want := []span{{1, 3}, {3, 4}}; !errors.Is(err, errFault) || !slices.Equal(got, want) {
		t.Errorf("Append = %v after checks of %v, want the error of the second of %v", err, got, want)
	}
	if diff := cmp.Diff(count(3), names(mustVerify(t, b).Log)); diff != "" {
		t.Errorf("after a check that ended it: -want +got\n%s", diff)
	}
}

// TestAppendRace: two writers on one bucket, many goroutines each. Every entry once, no fork.
func TestAppendRace(t *testing.T) {
	b := new(ledgertest.Memory)
	s := create(t, b)
	logs := []*ledger.Log{open(t, b, s), open(t, b, s)}
	var group sync.WaitGroup
	var mu sync.Mutex
	at := map[int64]string{}
	for w := range 8 {
		group.Go(func() {
			l := logs[w%2]
			for i := range 20 {
				name := fmt.Sprintf("%d/%d", w, i)
				n, err := l.Append(t.Context(), policy(name), func(_ context.Context, from, to int64) error {
					if from >= to {
						t.Errorf("check from %d to %d: nothing came in between", from, to)
					}
					return nil
				})
				if err != nil {
					t.Errorf("Append(%s) = %v", name, err)
				}
				mu.Lock()
				if other, taken := at[n]; taken {
					t.Errorf("Append gave %d to %s and %s", n, other, name)
				}
				at[n] = name
				mu.Unlock()
				if _, err := l.Cite(t.Context(), n); err != nil {
					t.Errorf("Cite(%d) = %v", n, err)
				}
			}
		})
	}
	group.Wait()
	l := mustVerify(t, b).Log
	if l.Size() != 161 {
		t.Fatalf("%d entries, want 161", l.Size())
	}
	for n, name := range at {
		if got := l.Entry(n).Policy.Name; got != name {
			t.Errorf("entry %d is %s, want %s", n, got, name)
		}
	}
}

func TestRefresh(t *testing.T) {
	b := new(ledgertest.Memory)
	s := create(t, b)
	writer, reader := open(t, b, s), open(t, b, nil)
	mustAppend(t, writer, count(300)...)
	if reader.Size() != 1 {
		t.Errorf("Size before Refresh = %d, want 1", reader.Size())
	}
	for range 2 {
		if err := reader.Refresh(t.Context()); err != nil {
			t.Fatalf("Refresh = %v", err)
		}
	}
	if diff := cmp.Diff(count(300), names(reader)); diff != "" {
		t.Errorf("after Refresh: -want +got\n%s", diff)
	}
	// A fork, signed with the real key, is refused however well it verifies for itself.
	fork, _ := grow(t, 300)
	l := open(t, fork, s)
	mustAppend(t, l, "forged", "forged too")
	mustPut(t, b, "log/000000000301", fork.Files()["log/000000000301"])
	if err := reader.Refresh(t.Context()); !isDamage(err, "log/000000000301") {
		t.Errorf("Refresh of a fork = %v, want damage at log/000000000301", err)
	}
	if reader.Size() != 301 {
		t.Errorf("Size after a fork = %d, want 301", reader.Size())
	}
	if _, err := writer.Append(t.Context(), policy("x"), nil); !isDamage(err, "log/000000000301") {
		t.Errorf("Append over a fork = %v, want damage at log/000000000301", err)
	}
}

func mustPut(t testing.TB, b ledger.Backend, name string, data []byte) {
	t.Helper()
	if err := b.Render(t.Context(), name, data); err != nil {
		t.Fatal(err)
	}
}

func isDamage(err error, name string) bool {
	d := new(ledger.Damage)
	return errors.As(err, &d) && d.Name == name
}

// TestCiteAndProof checks every proof at every size against the note of that size.
func TestCiteAndProof(t *testing.T) {
	b, s := grow(t, 20)
	l := open(t, b, s)
	verifier, err := note.NewVerifier(s.Key())
	if err != nil {
		t.Fatal(err)
	}
	for size := int64(1); size <= 20; size++ {
		c, err := l.Cite(t.Context(), size)
		if err != nil {
			t.Fatalf("Cite(%d) = %v", size, err)
		}
		n, err := note.Open([]byte(c.Note), note.VerifierList(verifier))
		if want := fmt.Sprintf("%s\n%d\n%s\n", origin, size, tlog.Hash(c.Root)); err != nil || n.Text != want {
			t.Fatalf("Cite(%d) has the note %q, %v, want one over %q", size, c.Note, err, want)
		}
		if c.Size != size || c.Origin != origin || c.Key != s.Key() || !c.Time.Equal(l.Entry(size-1).Time) {
			t.Errorf("Cite(%d) = %+v", size, c)
		}
		for leaf := range size {
			checkProof(t, l, leaf, size, c.Root)
		}
	}
	for _, c := range [][2]int64{{-1, 5}, {5, 5}, {3, 21}, {0, 0}} {
		if p, err := l.Proof(c[0], c[1]); err == nil {
			t.Errorf("Proof(%d, %d) = %v, want an error", c[0], c[1], p)
		}
	}
	for _, size := range []int64{-1, 0, 21} {
		if c, err := l.Cite(t.Context(), size); err == nil {
			t.Errorf("Cite(%d) = %v, want an error", size, c)
		}
	}
}

func checkProof(t *testing.T, l *ledger.Log, leaf, size int64, root tlog.Hash) {
	t.Helper()
	path, err := l.Proof(leaf, size)
	if err != nil {
		t.Fatalf("Proof(%d, %d) = %v", leaf, size, err)
	}
	entry, err := ledger.EncodeEntry(l.Entry(leaf))
	if err != nil {
		t.Fatal(err)
	}
	var proof tlog.RecordProof
	for _, h := range path {
		proof = append(proof, h)
	}
	if err := tlog.CheckRecord(proof, size, root, leaf, tlog.RecordHash(entry)); err != nil {
		t.Errorf("Proof(%d, %d) does not prove it: %v", leaf, size, err)
	}
}
