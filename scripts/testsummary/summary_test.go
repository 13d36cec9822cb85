package main

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGolden turns each testdata/*.jsonl, as go test -json wrote it, into the .txt beside it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata/*.jsonl: %d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			in, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(strings.TrimSuffix(file, ".jsonl") + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			got, _ := summarize(t, string(in), "s3: go is not installed")
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("summary of %s (-want +got):\n%s", file, diff)
			}
		})
	}
}

// TestCounts builds the rare cases from events of one package, "p".
func TestCounts(t *testing.T) {
	for _, tt := range []struct {
		name, in, want string
	}{
		{"nothing", "", "0 passed, 0 failed, 0 skipped"},
		{"slash in a name of a subtest", `
			run T
			run T/a/b
			pass T/a/b
			pass T
			pass`, "1 passed, 0 failed, 0 skipped"},
		{"parent fails by itself", `
			run T
			run T/a
			pass T/a
			fail T
			fail`, "1 passed, 1 failed, 0 skipped"},
		{"parent fails because of its subtests", `
			run T
			run T/a
			run T/a/x
			fail T/a/x
			fail T/a
			run T/b
			fail T/b
			fail T
			fail`, "0 passed, 2 failed, 0 skipped"},
		{"parent of skipped subtests", `
			run T
			run T/a
			skip T/a
			pass T
			pass`, "0 passed, 0 failed, 1 skipped"},
		{"test that never ends", `
			run T
			run U
			pass U
			fail`, "1 passed, 1 failed, 0 skipped"},
		{"package that fails without a test", `
			run T
			pass T
			fail`, "1 passed, 1 failed, 0 skipped"},
		{"package that never ends", `
			run T
			pass T`, "1 passed, 1 failed, 0 skipped"},
		{"package without tests", `
			skip`, "0 passed, 0 failed, 0 skipped"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, _ := summarize(t, events(tt.in))
			lines := strings.Split(strings.TrimSpace(out), "\n")
			if got := lines[len(lines)-1]; got != tt.want {
				t.Errorf("last line of the summary of %s = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

// events writes lines "action [test]" as go test -json would for package p.
func events(short string) string {
	var b strings.Builder
	for line := range strings.Lines(short) {
		action, test, _ := strings.Cut(strings.TrimSpace(line), " ")
		if action != "" {
			b.WriteString(`{"Action":"` + action + `","Package":"p","Test":"` + test + "\"}\n")
		}
	}
	return b.String()
}

func TestReasons(t *testing.T) {
	in := `{"Action":"run","Package":"a/b","Test":"T"}
{"Action":"output","Package":"a/b","Test":"T","Output":"    t_test.go:1: first look\n"}
{"Action":"output","Package":"a/b","Test":"T","Output":"    t_test.go:2: es: no node\n"}
{"Action":"skip","Package":"a/b","Test":"T"}
{"Action":"run","Package":"a/b","Test":"U"}
{"Action":"skip","Package":"a/b","Test":"U"}
{"Action":"pass","Package":"a/b"}
{"Action":"run","Package":"a/c","Test":"V"}
{"Action":"output","Package":"a/c","Test":"V","Output":"    v_test.go:9: es: no node\n"}
{"Action":"skip","Package":"a/c","Test":"V"}
{"Action":"pass","Package":"a/c"}
`
	want := `ok    a/b  0.0s
ok    a/c  0.0s
not run: b.T and 1 more: es: no node
not run: b.U: no reason given
0 passed, 0 failed, 3 skipped
`
	got, failed := summarize(t, in)
	if diff := cmp.Diff(want, got); diff != "" || failed != 0 {
		t.Errorf("summary of three skips: %d failed, want 0 (-want +got):\n%s", failed, diff)
	}
}

func TestOtherOutputPasses(t *testing.T) {
	got, _ := summarize(t, "go: no such module\n{\"Action\":\"skip\",\"Package\":\"p\"}\nno newline")
	want := "go: no such module\n?     p  no test files\nno newline\n0 passed, 0 failed, 0 skipped\n"
	if got != want {
		t.Errorf("summary with lines that are no events = %q, want %q", got, want)
	}
}

func summarize(t *testing.T, in string, notes ...string) (out string, failed int) {
	t.Helper()
	var b strings.Builder
	s := newSummary(bufio.NewWriter(&b), notes)
	if err := s.readAll(strings.NewReader(in)); err != nil {
		t.Fatalf("readAll(%.60q): %v", in, err)
	}
	s.finish()
	if err := s.out.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.String(), s.failed
}
