package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"agenttrail/internal/trail/ledger"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

var update = flag.Bool("update", false, "write expected output anew")

func TestMain(m *testing.M) {
	if os.Getenv(killAt) != "" {
		os.Exit(killedMain())
	}
	testscript.Main(tidy{m}, map[string]func(){"agenttrail": scriptMain, "flip": flipMain, "hold": holdMain})
}

// tidy runs the tests and removes the demo that they shared.
type tidy struct{ m *testing.M }

func (t tidy) Run() int {
	code := t.m.Run()
	if demoFolder != "" {
		os.RemoveAll(filepath.Dir(demoFolder))
	}
	return code
}

// clockOfScripts is what time it is in a script that does not set AGENTTRAIL_TEST_NOW: the morning after the demo.
const clockOfScripts = "2026-10-01T06:00:00Z"

// scriptMain is the program with the clock of the environment.
func scriptMain() {
	now, err := time.Parse(time.RFC3339, first(os.Getenv("AGENTTRAIL_TEST_NOW"), clockOfScripts))
	if err != nil {
		fmt.Fprintln(os.Stderr, "AGENTTRAIL_TEST_NOW:", err)
		os.Exit(exitUsage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr, now: func() time.Time { return now }}
	os.Exit(a.run(ctx, os.Args[1:]))
}

// flipMain changes one bit: flip FILE OFFSET. An offset below zero counts from the end.
func flipMain() {
	if err := flipBit(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "flip:", err)
		os.Exit(1)
	}
}

func flipBit(name, offset string) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	at, err := strconv.Atoi(offset)
	if err != nil {
		return err
	}
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 1
	return os.WriteFile(name, b, 0o600)
}

// holdMain runs a command while it holds the lock of a source: hold TRAIL SOURCE COMMAND ARGUMENT...
func holdMain() {
	folder, err := ledger.OpenFolder(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "hold:", err)
		os.Exit(1)
	}
	release, err := folder.Lock(context.Background(), os.Args[2], false)
	if err != nil {
		fmt.Fprintln(os.Stderr, "hold:", err)
		os.Exit(1)
	}
	defer release() // the program exits before; until then this keeps the lock's file from being collected and closed
	os.Args = os.Args[3:]
	scriptMain()
}

// demo is the demo's folder and what it printed. It is made once and only read: who writes takes a copy.
var demo = sync.OnceValues(func() (string, error) {
	root, err := os.MkdirTemp("", "agenttrail-demo-")
	if err != nil {
		return "", err
	}
	demoFolder = filepath.Join(root, "demo")
	var out, errs bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &out, err: &errs, now: time.Now}
	if code := a.run(context.Background(), []string{"demo", demoFolder}); code != 0 {
		return "", fmt.Errorf("demo: exit %d: %s", code, errs.String())
	}
	demoOutput = out.String()
	return demoFolder, nil
})

var demoFolder, demoOutput string

// copyDemo gives a test a demo of its own.
func copyDemo(to string) error {
	from, err := demo()
	if err != nil {
		return err
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	return os.Chmod(filepath.Join(to, "trail.key"), 0o600) // CopyFS keeps no modes
}

// TestScripts runs testdata/script: each a promise of a command to its user.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			e.Setenv("HOME", e.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"demo":    demoCommand,
			"exit":    exitCommand,
			"count":   countCommand,
			"fixture": fixtureCommand,
			"seal":    sealCommand,
		},
	})
}

// demoCommand puts a copy of the demo into the script's folder: demo DIR.
func demoCommand(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(copyDemo(ts.MkAbs(args[0])))
}

// exitCommand runs a program and wants an exit status: exit 3 agenttrail status.
func exitCommand(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit interface{ ExitCode() int }
		if !errors.As(err, &exit) {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit %d of %s, want %d", got, strings.Join(args[1:], " "), want)
	}
}

// countCommand wants a folder to hold so many files, or to hold as many as a variable says: count DIR N. It sets $COUNT.
func countCommand(ts *testscript.TestScript, _ bool, args []string) {
	n := 0
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(_ string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			n++
		}
		return err
	}))
	ts.Setenv("COUNT", strconv.Itoa(n))
	if len(args) > 1 && args[1] != strconv.Itoa(n) {
		ts.Fatalf("%s holds %d files, want %s", args[0], n, args[1])
	}
}

// fixtureCommand copies a file of fixtures into the script's folder: fixture aws.cloudtrail/sample.json NAME.
func fixtureCommand(ts *testscript.TestScript, _ bool, args []string) {
	b, err := os.ReadFile(filepath.Join("..", "..", "fixtures", args[0])) // the tests run in the package's folder
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b, 0o600))
}

// TestDemo: what the demo prints, but for the time it took, and that it is the same the second time.
func TestDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("the demo takes its time")
	}
	dir, err := demo()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(demoOutput, dir, "demo")
	got = regexp.MustCompile(`all verified, \d+ s\n`).ReplaceAllString(got, "all verified, N s\n")
	golden := filepath.Join("testdata", "demo.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("demo, want - got +\n%s", diff)
	}
	for _, name := range []string{"agenttrail.yaml", "agents.yaml", "STORY.md", "audit-2026-Q3.pdf", "audit-2026-Q3.issue.json", "verifier.txt"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("demo/%s: %v, want a file with something in it", name, err)
		}
	}
}

// TestHelp: every command that does something says in a line what it does, and has an example of itself.
func TestHelp(t *testing.T) {
	a := &app{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &bytes.Buffer{}, now: time.Now}
	seen := 0
	walkCommands(a.root(), func(c *cobra.Command) {
		if c.HasSubCommands() || c.Hidden || c.Name() == "help" {
			return
		}
		seen++
		if c.Short == "" || c.Example == "" || !strings.Contains(c.Example, c.CommandPath()) {
			t.Errorf("%s: short %q, example %q; want both, and an example of the command itself", c.CommandPath(), c.Short, c.Example)
		}
		if strings.HasSuffix(c.Short, ".") || c.Short != strings.ToUpper(c.Short[:1])+c.Short[1:] {
			t.Errorf("%s: short %q; want a capital first and no full stop", c.CommandPath(), c.Short)
		}
	})
	if seen < 16 {
		t.Errorf("%d commands were seen, want at least 16", seen)
	}
}

func walkCommands(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, sub := range c.Commands() {
		walkCommands(sub, visit)
	}
}
