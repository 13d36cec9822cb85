// Command agenttrail keeps the audit trail of AI agents out of logs that already exist. Each command stands in a file of its own; this one parses
// the command line and turns errors into the promised exit status.
//
// The rules of the interface: results go to stdout, progress and messages to stderr; an error says what, where and what to do; text from logs
// is escaped before it reaches a terminal; 0 is done and complete, 1 failed, 2 wrong usage or config, 3 done but something is incomplete.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"agenttrail/internal/config"
	"agenttrail/internal/strictyaml"

	"github.com/spf13/cobra"
)

// version is set by the build.
var version = "devel"

func main() {
	os.Exit(Main())
}

// Main runs the program as the operating system started it, and returns its exit status.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr, now: time.Now}
	return a.run(ctx, os.Args[1:])
}

// An app is one run of the program with everything it touches.
type app struct {
	in       io.Reader
	out, err io.Writer
	now      func() time.Time

	log *slog.Logger // of run and serve; nil: what they do is not told

	configFile string
	json       bool

	stop       func(step string) error         // for tests: called before and after each step of a run; nil in the program
	free       func(dir string) (int64, error) // for tests: bytes left on a disk; nil: as the system says
	maxObjects int                             // for tests: of a batch; 0 in the program: the usual limit
}

// Exit statuses.
const (
	exitFailed     = 1
	exitUsage      = 2
	exitIncomplete = 3
)

// A status is an error with an exit status of its own.
type status struct {
	code int
	err  error
}

func (s *status) Error() string { return s.err.Error() }
func (s *status) Unwrap() error { return s.err }

// usage is an error of the command line or the config.
func usage(format string, args ...any) error {
	return &status{exitUsage, fmt.Errorf(format, args...)}
}

// incomplete says that the work was done and something is missing.
func incomplete(format string, args ...any) error {
	return &status{exitIncomplete, fmt.Errorf(format, args...)}
}

func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintf(a.err, "agenttrail: %s\n", visibleLines(err.Error()))
	var s *status
	var mistakes strictyaml.Mistakes
	switch {
	case errors.As(err, &s):
		return s.code
	case errors.As(err, &mistakes):
		return exitUsage
	case errors.Is(err, errCommandLine):
		return exitUsage
	}
	return exitFailed
}

// errCommandLine marks what cobra says of flags and arguments.
var errCommandLine = errors.New("see --help")

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "agenttrail",
		Short: "The audit trail of AI agents, out of logs that already exist",
		Long: `agenttrail pulls agent and SaaS logs from S3 and folders, normalizes every record into one action schema, keeps the proof of each record,
indexes the actions in Elasticsearch and writes the PDF that an auditor asks for.

Start with: agenttrail demo`,
		Version: version, SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
		Args: cobra.ArbitraryArgs,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.PersistentFlags().StringVar(&a.configFile, "config", "", "config file (default agenttrail.yaml, else $AGENTTRAIL_CONFIG)")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%s: %w (%w)", cmd.CommandPath(), err, errCommandLine)
	})
	root.AddCommand(a.demoCommand(), a.initCommand(), a.configCommand(), a.doctorCommand(), a.sourcesCommand(), a.normalizeCommand(), a.mappingCommand(), a.ingestCommand(), a.indexCommand(),
		a.findCommand(), a.showCommand(), a.findingsCommand(), a.traceCommand(), a.reportCommand(), a.verifyCommand(), a.statusCommand(), a.setupCommand(), a.keysCommand(), a.runCommand(), a.serveCommand())
	return root
}

// later names commands that are promised and not in this version.
var later = []string{"explain", "sample", "agents", "review", "prove", "erase", "trail"}

func unknownCommand(cmd *cobra.Command, name string) error {
	for _, l := range later {
		if name == l {
			return usage("the command %q is not in this version", name)
		}
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	if near := strictyaml.Nearest(name, names); near != "" {
		return usage("unknown command %q: did you mean %q?", name, near)
	}
	return usage("unknown command %q (known: %s)", name, strings.Join(names, ", "))
}

// args wraps a rule for arguments so that breaking it is wrong usage.
func args(rule cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, list []string) error {
		if err := rule(cmd, list); err != nil {
			return fmt.Errorf("%s: %w (%w)", cmd.CommandPath(), err, errCommandLine)
		}
		return nil
	}
}

// jsonFlag adds --json to a command.
func (a *app) jsonFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&a.json, "json", false, "print JSON, for machines")
	return cmd
}

// load reads the config that the command line or the environment names.
func (a *app) load() (*config.Config, error) {
	c, err := config.Load(a.configPath())
	if err != nil {
		return nil, &status{exitUsage, err}
	}
	return c, nil
}

func (a *app) configPath() string {
	switch {
	case a.configFile != "":
		return a.configFile
	case os.Getenv("AGENTTRAIL_CONFIG") != "":
		return os.Getenv("AGENTTRAIL_CONFIG")
	}
	return config.DefaultFile
}
