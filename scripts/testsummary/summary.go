package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// event is one line of go test -json ("go doc test2json", "go help buildjson").
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build-output, as the compiler names it: "p [p.test]"
	Test        string
	Output      string
	Elapsed     float64 // seconds
	FailedBuild string  // the ImportPath whose build-output explains the failure
}

// test is one test or subtest that has begun.
type test struct {
	name   string
	output []string
	state  string // pass, fail or skip; empty until it ends
	parent bool   // has subtests: they are counted instead
	broken bool   // one of its subtests failed
}

// suite is one package under test.
type suite struct {
	tests  map[string]*test
	order  []*test
	output []string // that belongs to no test
}

// reason is why something did not run, and which tests say so.
type reason struct {
	text  string
	tests []string
}

// summary counts, and writes what is worth reading as it comes.
type summary struct {
	out     flusher
	suites  map[string]*suite
	builds  map[string][]string
	notes   []string
	reasons []*reason

	passed, failed, skipped int
}

// flusher is a *bufio.Writer: it keeps the first error until Flush.
type flusher interface {
	io.Writer
	Flush() error
}

// newSummary writes to out; notes are lines "suite: reason" about what could not run at all.
func newSummary(out flusher, notes []string) *summary {
	return &summary{out: out, notes: notes, suites: map[string]*suite{}, builds: map[string][]string{}}
}

// readAll takes events until the end of r. What is no event (a panic of go itself, a wrapper's message) is passed on.
func (s *summary) readAll(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				fmt.Fprintf(s.out, "%s\n", bytes.TrimRight(line, "\n"))
			} else {
				s.take(e)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the output of go test: %w", err)
		}
	}
}

func (s *summary) take(e event) {
	if e.Action == "build-output" {
		s.builds[e.ImportPath] = append(s.builds[e.ImportPath], e.Output)
		return
	}
	if e.Package == "" {
		return
	}
	p := s.suite(e.Package)
	switch {
	case e.Test == "" && e.Action == "output":
		p.output = append(p.output, e.Output)
	case e.Test == "" && ends(e.Action):
		s.endPackage(p, e)
	case e.Test != "":
		p.take(e)
	}
}

func (s *summary) suite(name string) *suite {
	p := s.suites[name]
	if p == nil {
		p = &suite{tests: map[string]*test{}}
		s.suites[name] = p
	}
	return p
}

func ends(action string) bool {
	return action == "pass" || action == "fail" || action == "skip"
}

func (p *suite) take(e event) {
	t := p.tests[e.Test]
	if t == nil {
		t = &test{name: e.Test}
		p.tests[e.Test] = t
		p.order = append(p.order, t)
		for _, above := range p.above(e.Test) {
			above.parent = true
		}
	}
	switch {
	case e.Action == "output":
		t.output = append(t.output, e.Output)
	case ends(e.Action):
		t.state = e.Action
		if t.state == "fail" {
			for _, above := range p.above(e.Test) {
				above.broken = true
			}
		}
	}
}

// above are the tests that name is a subtest of. A slash in a subtest's own name makes none.
func (p *suite) above(name string) []*test {
	var found []*test
	for i := range name {
		if name[i] != '/' {
			continue
		}
		if t := p.tests[name[:i]]; t != nil {
			found = append(found, t)
		}
	}
	return found
}

// endPackage counts the tests of a package, shows what failed, and forgets them.
func (s *summary) endPackage(p *suite, e event) {
	failed := 0
	for _, t := range p.order {
		if t.state == "" {
			t.state = "fail"
			t.output = append(t.output, "--- FAIL: "+t.name+" (the process ended under it)\n")
		}
		switch {
		case t.state == "fail" && !t.broken:
			failed++
		case t.state == "skip" && !t.parent:
			s.skip(e.Package, t)
		case t.state == "pass" && !t.parent:
			s.passed++
		}
	}
	if e.Action == "fail" && failed == 0 { // did not build, or ended by itself
		failed = 1
	}
	s.failed += failed
	if e.Action == "fail" {
		s.show(p, e)
	}
	fmt.Fprintln(s.out, packageLine(p, e))
	s.out.Flush() // the error comes again at the end
	delete(s.suites, e.Package)
}

// show prints the output of what failed, in the order in which the tests began.
func (s *summary) show(p *suite, e event) {
	for _, line := range s.builds[e.FailedBuild] {
		io.WriteString(s.out, line)
	}
	for _, t := range p.order {
		if t.state != "fail" {
			continue
		}
		for _, line := range t.output {
			if !strings.HasPrefix(line, "=== ") { // progress of -v
				io.WriteString(s.out, line)
			}
		}
	}
	for _, line := range p.output {
		if !isVerdict(line) {
			io.WriteString(s.out, line)
		}
	}
}

// isVerdict tells the lines that go test ends a package with, which packageLine says in our words.
func isVerdict(line string) bool {
	return line == "PASS\n" || line == "FAIL\n" || strings.HasPrefix(line, "ok  \t") || strings.HasPrefix(line, "FAIL\t") ||
		strings.HasPrefix(line, "?   \t")
}

func packageLine(p *suite, e event) string {
	switch {
	case e.Action == "skip":
		return "?     " + e.Package + "  no test files"
	case e.Action == "fail" && e.FailedBuild != "":
		return "FAIL  " + e.Package + "  does not build"
	case e.Action == "fail":
		return fmt.Sprintf("FAIL  %s  %.1fs", e.Package, e.Elapsed)
	case len(p.order) == 0:
		return "ok    " + e.Package + "  no tests to run"
	}
	return fmt.Sprintf("ok    %s  %.1fs", e.Package, e.Elapsed)
}

var position = regexp.MustCompile(`^\s*[\w.-]+\.go:\d+: `)

// skip counts a skipped test under its reason: the last thing that it logged.
func (s *summary) skip(pkg string, t *test) {
	s.skipped++
	text := "no reason given"
	for _, line := range t.output {
		if position.MatchString(line) {
			text = strings.TrimSpace(position.ReplaceAllString(line, ""))
		}
	}
	name := pkg[strings.LastIndexByte(pkg, '/')+1:] + "." + t.name
	i := slices.IndexFunc(s.reasons, func(r *reason) bool { return r.text == text })
	if i < 0 {
		i = len(s.reasons)
		s.reasons = append(s.reasons, &reason{text: text})
	}
	s.reasons[i].tests = append(s.reasons[i].tests, name)
}

// finish prints what did not run and the counts. A package that never ended is a failure.
func (s *summary) finish() {
	for _, name := range s.unended() {
		s.endPackage(s.suites[name], event{Action: "fail", Package: name})
	}
	for _, note := range s.notes {
		fmt.Fprintf(s.out, "not run: %s\n", note)
	}
	for _, r := range s.reasons {
		more := ""
		if n := len(r.tests) - 1; n > 0 {
			more = fmt.Sprintf(" and %d more", n)
		}
		fmt.Fprintf(s.out, "not run: %s%s: %s\n", r.tests[0], more, r.text)
	}
	fmt.Fprintf(s.out, "%d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skipped)
}

func (s *summary) unended() []string {
	names := make([]string, 0, len(s.suites))
	for name := range s.suites {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
