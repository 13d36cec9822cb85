// Command testsummary reads what "go test -json" writes and prints what a person wants to know of it.
//
// One line a package as it ends (ok, FAIL, or no test files), the whole output of each test that failed, then a line for each
// reason why something did not run, and as the last line how many tests passed, failed and were skipped.
//
// Its arguments are reasons that the caller knows already, "suite: reason". It ends with 1 when something failed; the caller
// looks at the status of go test too, which says more.
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	s := newSummary(out, os.Args[1:])
	err := s.readAll(os.Stdin)
	s.finish()
	if e := out.Flush(); err == nil {
		err = e
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsummary:", err)
		os.Exit(1)
	}
	if s.failed > 0 {
		os.Exit(1)
	}
}
