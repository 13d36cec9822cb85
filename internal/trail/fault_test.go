package trail

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"agenttrail"
	"agenttrail/internal/trail/ledger"
	"agenttrail/internal/trail/ledger/ledgertest"
)

// killAt makes the test binary a process that does the night's work and kills itself at a step: its n-th time.
const (
	killDir = "AGENTTRAIL_TEST_KILL_DIR"
	killAt  = "AGENTTRAIL_TEST_KILL_AT"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		killed(dir, os.Getenv(killAt))
		os.Exit(3) // the step did not come
	}
	os.Exit(m.Run())
}

func killed(dir, at string) {
	step, nth, _ := strings.Cut(at, ":")
	seen := 0
	signer, key := testKey(&testing.T{})
	b, err := ledger.OpenFolder(dir)
	if err != nil {
		panic(err)
	}
	trail, err := Open(context.Background(), b, Options{Signer: signer, Key: key, Stop: func(now string) error {
		if now == step {
			if seen++; fmt.Sprint(seen) == nth {
				syscall.Kill(os.Getpid(), syscall.SIGKILL)
			}
		}
		return nil
	}})
	if err == nil {
		err = night(context.Background(), trail)
	}
	if err != nil {
		panic(err)
	}
}

// night is the work of one run: 10 objects with 47 different events in batches of 4, and the window. Some events stand in two objects.
func night(ctx context.Context, trail *Trail) error {
	known, err := trail.Known(ctx, "logs", testBatch().Since)
	if err != nil {
		return err
	}
	var todo []object
	for i := range 10 {
		o := object{uri: fmt.Sprintf("s3://example/%d", i), version: "1", gzip: i%2 == 0, body: lines(5*i-min(i, 1)*i/3, 5*i+5)}
		if !known(agenttrail.Object{URI: o.uri, Version: o.version}) {
			todo = append(todo, o)
		}
	}
	for len(todo) > 0 {
		n := min(4, len(todo))
		if _, err := try(ctx, trail, todo[:n]...); err != nil {
			return err
		}
		todo = todo[n:]
	}
	window := agenttrail.WindowState{Window: testBatch().Window, State: agenttrail.WindowClosed, Result: "complete", Run: "r1", Trigger: "test", Objects: 10}
	_, err = trail.Append(ctx, agenttrail.Entry{Window: &window})
	return err
}

// wantNight checks that the trail holds the work of a night exactly once.
func wantNight(t *testing.T, what string, b ledger.Backend) {
	t.Helper()
	trail, err := Open(t.Context(), b, Options{})
	if err != nil {
		t.Errorf("%s: Open: %v", what, err)
		return
	}
	seen := map[string]int{}
	for _, id := range ids(t, trail, agenttrail.Query{}) {
		seen[id]++
	}
	for i := range 50 {
		if n := seen[fmt.Sprintf("e%d read", i)]; n != 1 {
			t.Errorf("%s: event e%d is there %d times, want once", what, i, n)
		}
	}
	if len(seen) != 50 {
		t.Errorf("%s: %d different events, want 50", what, len(seen))
	}
	if w, ok := trail.Window(testBatch().Window); !ok || w.State != agenttrail.WindowClosed {
		t.Errorf("%s: window = %+v, want closed", what, w)
	}
	if _, err := Verify(t.Context(), b, VerifyOptions{Remap: remapTest}); err != nil {
		t.Errorf("%s: Verify: %v", what, err)
	}
}

func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a process a step")
	}
	for _, name := range []string{"parse", "twins", "evidence", "tables", "objects", "sign", "log", "render"} {
		for _, when := range []string{"before ", "after "} {
			for _, nth := range []string{"1", "2"} {
				t.Run(when+name+" "+nth, func(t *testing.T) { kill(t, when+name+":"+nth) })
			}
		}
	}
}

func kill(t *testing.T, at string) {
	trail, dir := newTrail(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), killDir+"="+dir, killAt+"="+at)
	out, err := cmd.CombinedOutput()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the process ended with %v and %s, want SIGKILL", err, out)
	}
	if err := trail.refresh(t.Context()); err != nil {
		t.Fatalf("refresh: %v", err)
	}
	again := openTrail(t, dir, testOptions(t))
	if err := night(t.Context(), again); err != nil {
		t.Fatalf("night after the kill: %v", err)
	}
	wantNight(t, at, again.backend)
}

var errFault = errors.New("storage failed")

// newMemory makes a trail in memory.
func newMemory(t testing.TB) *ledgertest.Memory {
	t.Helper()
	b := new(ledgertest.Memory)
	signer, key := testKey(t)
	if err := create(t.Context(), b, CreateOptions{Signer: signer, Key: key, Origin: testOrigin, Tenant: "acme", Tool: "test", Now: testClock()}); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBackendFails lets every call to the Backend fail in turn, not applied and applied. The work is done again: in the same process, and in a new one.
func TestBackendFails(t *testing.T) {
	empty := newMemory(t)
	for _, applied := range []bool{false, true} {
		for _, restart := range []bool{false, true} {
			for n := 0; ; n++ {
				b := empty.Clone()
				if !failOnce(t, b, n, applied, restart) {
					break
				}
				wantNight(t, fmt.Sprintf("call %d fails, applied %v, restart %v", n, applied, restart), b)
				if t.Failed() {
					return
				}
			}
		}
	}
}

// failOnce does the night's work with call n failing, and again. It says false when there was no call n.
func failOnce(t *testing.T, b *ledgertest.Memory, n int, applied, restart bool) bool {
	t.Helper()
	calls, came := 0, false
	b.Fault = func(method, name string) (o ledgertest.Outcome) {
		if calls == n {
			o, came = ledgertest.Outcome{Err: errFault, Applied: applied}, true
		}
		calls++
		return o
	}
	trail, err := Open(t.Context(), b, testOptions(t))
	if err == nil {
		err = night(t.Context(), trail)
	}
	if err != nil && !errors.Is(err, errFault) {
		t.Fatalf("call %d fails, applied %v: %v", n, applied, err)
	}
	b.Fault = nil
	if restart || trail == nil {
		o := testOptions(t)
		o.Random = seeded(3)
		if trail, err = Open(t.Context(), b, o); err != nil {
			t.Fatalf("call %d fails, applied %v: open again: %v", n, applied, err)
		}
	}
	if err := night(t.Context(), trail); err != nil {
		t.Fatalf("call %d fails, applied %v: again: %v", n, applied, err)
	}
	return came
}

// TestCommitAgain calls commit again after an error, as its comment allows.
func TestCommitAgain(t *testing.T) {
	b := newMemory(t)
	trail, err := Open(t.Context(), b, testOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, applied := range []bool{false, true} {
		body := lines(0, 20)
		if applied {
			body = lines(20, 40)
		}
		commit, err := trail.Prepare(t.Context(), testBatch(), stage(object{uri: "s3://example/" + fmt.Sprint(applied), version: "1", body: body}))
		if err != nil {
			t.Fatal(err)
		}
		failing := 2 // the write and the reading back: then the answer is unclear
		b.Fault = func(method, name string) (o ledgertest.Outcome) {
			if strings.HasPrefix(name, "log/") && (method == "WriteNew" || failing < 2) && failing > 0 {
				failing--
				o = ledgertest.Outcome{Err: errFault, Applied: applied}
			}
			return o
		}
		size := trail.Log().Size()
		if _, err := commit(t.Context()); !errors.Is(err, errFault) {
			t.Fatalf("commit with a failing log/ (applied %v) = %v, want %v", applied, err, errFault)
		}
		b.Fault = nil
		receipt, err := commit(t.Context())
		if err != nil || receipt.Index != size {
			t.Fatalf("commit again (applied %v) = entry %d and %v, want entry %d", applied, receipt.Index, err, size)
		}
		wantCounts(t, "commit again", receipt.Batch.Counts, 20, 0, 0, 0, 0)
	}
	if got := len(ids(t, trail, agenttrail.Query{})); got != 40 {
		t.Errorf("Find yields %d actions, want 40", got)
	}
}

// TestTwinsMeanwhile commits twins between the preparing and the commit of a batch: by the same process, and by another.
func TestTwinsMeanwhile(t *testing.T) {
	trail, dir := newTrail(t)
	o := testOptions(t)
	o.Random = seeded(9)
	other := openTrail(t, dir, o)
	for i, writer := range []*Trail{trail, other} {
		from := 100 * i
		commit, err := trail.Prepare(t.Context(), testBatch(), stage(object{uri: fmt.Sprintf("s3://example/late%d", i), version: "1", body: lines(from, from+20)}))
		if err != nil {
			t.Fatal(err)
		}
		put(t, writer, object{uri: fmt.Sprintf("s3://example/early%d", i), version: "1", body: lines(from+10, from+30)})
		receipt, err := commit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wantCounts(t, "a batch whose twins were committed meanwhile", receipt.Batch.Counts, 10, 10, 0, 0, 0)
	}
	v, err := verify(t, dir, VerifyOptions{Remap: remapTest})
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	if len(v.Unnamed) != 6 {
		t.Errorf("unnamed files = %q, want the 6 of the two batches that were built again", v.Unnamed)
	}
}

// TestWriters lets many goroutines and two processes write overlapping batches to one trail without locks, as in a bucket.
func TestWriters(t *testing.T) {
	b := newMemory(t)
	var group sync.WaitGroup
	for w := range 2 {
		o := testOptions(t)
		o.Random = seeded(byte(20 + w))
		o.Now = nil
		trail, err := Open(t.Context(), b, o)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			group.Go(func() {
				for n := range 5 {
					from := 40*n + 10*i
					o := object{uri: fmt.Sprintf("s3://example/%d-%d-%d", w, i, n), version: "1", body: lines(from, from+25)}
					if _, err := try(t.Context(), trail, o); err != nil {
						t.Errorf("writer %d.%d: %v", w, i, err)
					}
				}
			})
		}
	}
	group.Wait()
	trail, err := Open(t.Context(), b, testOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, id := range ids(t, trail, agenttrail.Query{}) {
		seen[id]++
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s is there %d times, want once", id, n)
		}
	}
	if len(seen) != 40*4+30+25 {
		t.Errorf("%d different events, want %d", len(seen), 40*4+30+25)
	}
	if _, err := Verify(t.Context(), b, VerifyOptions{Remap: remapTest}); err != nil {
		t.Errorf("Verify: %v", err)
	}
}

// TestEntrySize commits the largest batch: its entry stays small.
func TestEntrySize(t *testing.T) {
	trail, _ := newTrail(t)
	var objects []object
	for i := range 4096 {
		objects = append(objects, object{uri: fmt.Sprintf("s3://example/%s%04d", strings.Repeat("k", 1024), i), version: "1", body: fmt.Sprintf(`{"skip":%q}`, strings.Repeat("r", 60)+fmt.Sprint(i%40))})
	}
	receipt := put(t, trail, objects...)
	data, err := ledger.EncodeEntry(trail.Log().Entry(receipt.Index))
	if err != nil || len(data) >= 4096 {
		t.Errorf("entry of %d bytes, error %v; want under 4096", len(data), err)
	}
	wantCounts(t, "4,096 objects", receipt.Batch.Counts, 0, 0, 0, 4096, 0)
	if _, err := Verify(t.Context(), trail.backend, VerifyOptions{}); err != nil {
		t.Errorf("Verify: %v", err)
	}
}
