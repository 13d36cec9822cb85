package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/internal/config"
	"agenttrail/internal/testenv"
)

// killAt tells the test binary to be the program, and where to kill itself: "before evidence 3" is before the third time that files of evidence are
// written, "137ms" a moment, "never" nowhere.
const killAt = "AGENTTRAIL_TEST_KILL_AT"

// killSteps are the steps of a commit at which a machine may die.
var killSteps = []string{"list", "get", "parse", "twins", "evidence", "tables", "objects", "sign", "log", "render", "window"}

// killedMain is the program, with batches so small that there are many, until it is killed.
func killedMain() int {
	at := os.Getenv(killAt)
	a := &app{in: strings.NewReader(""), out: os.Stdout, err: os.Stderr, now: func() time.Time { return nightNow }, maxObjects: 4}
	if d, err := time.ParseDuration(at); err == nil {
		go func() {
			time.Sleep(d)
			die()
		}()
		return a.run(context.Background(), os.Args[1:])
	}
	var mu sync.Mutex
	seen := map[string]int{}
	a.stop = func(step string) error {
		mu.Lock()
		defer mu.Unlock()
		if seen[step]++; at == step+" "+strconv.Itoa(seen[step]) {
			die()
		}
		return nil
	}
	return a.run(context.Background(), os.Args[1:])
}

// die is what a power cut does to a process: nothing is closed, nothing is told.
func die() {
	if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
		panic(err)
	}
	select {}
}

// runKilled runs ingest in a process of its own, and says whether that was killed.
func runKilled(t *testing.T, file, at string) (killed bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "--config", file, "ingest")
	cmd.Env = append(os.Environ(), killAt+"="+at)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return false
	case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL:
		return true
	}
	t.Fatalf("ingest, to be killed %s: %v\n%s", at, err, out)
	return false
}

// whole runs ingest to its end and wants everything there, once.
func whole(t *testing.T, file, at string) {
	t.Helper()
	code, out, errs := runApp(t, nightNow, "--config", file, "ingest", "--json")
	if code != 0 {
		t.Errorf("ingest after a kill %s: exit %d\n%s%s", at, code, out, errs)
	}
	rows, accepted, ids := held(t, file)
	if rows != nightRecords || accepted != nightRecords || ids != nightRecords {
		t.Errorf("after a kill %s: %d rows, %d records accepted, %d ids; want %d of each", at, rows, accepted, ids, nightRecords)
	}
	entries := len(names(t, filepath.Join(filepath.Dir(file), "trail", "log")))
	if out, errs := wantRun(t, 0, "--config", file, "verify"); !strings.Contains(out, "Holds") {
		t.Errorf("verify after a kill %s: %s%s", at, out, errs)
	}
	out, _ = wantRun(t, 0, "--config", file, "ingest", "--json")
	if again := len(names(t, filepath.Join(filepath.Dir(file), "trail", "log"))); again != entries {
		t.Errorf("after a kill %s a further run adds %d entries, want none: %s", at, again-entries, out)
	}
}

// held counts what the ledger says and what its tables hold.
func held(t *testing.T, file string) (rows, accepted, ids int64) {
	t.Helper()
	c, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	a := &app{now: func() time.Time { return nightNow }}
	tr, err := a.openTrail(context.Background(), c, false)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	seen := map[string]bool{}
	for n := range tr.Log().Size() {
		b := tr.Log().Entry(n).Batch
		if b == nil {
			continue
		}
		rows += b.Counts.Rows
		accepted += b.Counts.Accepted
		err := tr.Reader().Rows(context.Background(), n, func(a *agenttrail.Action, _ *agenttrail.Context) error {
			seen[strings.Clone(a.ID)] = true
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return rows, accepted, int64(len(seen))
}

func nightFolder(t *testing.T) string {
	t.Helper()
	return newHome(t, "    folder: "+filepath.Join(testenv.Corpus(t, nightCorpus), "AWSLogs")+"\n", "")
}

// TestKilledAtSteps: killed before or after any step, the first or the third time, the next run ends with everything there once.
func TestKilledAtSteps(t *testing.T) {
	times := []int{1, 3}
	if testing.Short() {
		times = times[:1]
	}
	for _, step := range killSteps {
		for _, when := range []string{"before", "after"} {
			for _, nth := range times {
				at := fmt.Sprintf("%s %s %d", when, step, nth)
				t.Run(strings.ReplaceAll(at, " ", "-"), func(t *testing.T) {
					t.Parallel()
					file := nightFolder(t)
					if killed := runKilled(t, file, at); !killed && nth == 1 {
						t.Errorf("ingest was not killed %s: is there such a step?", at)
					}
					whole(t, file, at)
				})
			}
		}
	}
}

// TestKilledTwice: killed in a run that goes on after a kill.
func TestKilledTwice(t *testing.T) {
	file := nightFolder(t)
	for _, at := range []string{"after evidence 2", "before log 4", "after log 2", "after objects 3", "before render 3"} {
		if !runKilled(t, file, at) {
			t.Errorf("ingest was not killed %s", at)
		}
	}
	whole(t, file, "five times")
}

// TestKilledAtRandom: killed at any moment.
func TestKilledAtRandom(t *testing.T) {
	file := nightFolder(t)
	begun := time.Now()
	if runKilled(t, file, "never") {
		t.Fatal("ingest was killed although nobody asked for it")
	}
	length := time.Since(begun)
	whole(t, file, "never")
	n := 20
	if testing.Short() {
		n = 5
	}
	for range n {
		at := time.Duration(rand.Int64N(int64(length))).Round(time.Microsecond).String()
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			file := nightFolder(t)
			t.Logf("killed: %t", runKilled(t, file, at))
			whole(t, file, "after "+at)
		})
	}
}

// TestKilledOnS3: the same with a bucket, whose days are windows.
func TestKilledOnS3(t *testing.T) {
	source, _ := nightBucket(t)
	for _, at := range []string{"after list 1", "before get 9", "after log 4", "before window 1", "after window 1"} {
		file := newHome(t, source, "")
		if !runKilled(t, file, at) {
			t.Errorf("ingest was not killed %s", at)
		}
		whole(t, file, at)
	}
}
