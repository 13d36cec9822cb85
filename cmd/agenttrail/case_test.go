package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"agenttrail"
	"agenttrail/internal/trail"

	"github.com/google/go-cmp/cmp"
)

// TestCaseAuthority: the file for the authority names both customers, the session, the message, the records read, the missing approval and the clocks.
func TestCaseAuthority(t *testing.T) {
	dir := demoOf(t)
	text := strings.Join(strings.Fields(poppler(t, "pdftotext", filepath.Join(dir, "case-authority.pdf"), "-")), " ")
	attached := attachedText(t, filepath.Join(dir, "case-authority.pdf"))
	for _, want := range []string{
		"anna.keller@example.com", "ben.moss@example.org", "conv-18462", "statement-1042-2026-08", "cus_1042", "cus_2077", "no approval found", "agents.yaml#agt-support-03/mailing",
		"crm:cus_1042", "derived: a record of the trail holds", // what the trail itself links
		"GDPR, Art. 33", "2026-09-27", "notice given 17 h 15 min before the end", "EU AI Act, Art. 73", "DORA, Art. 19", "NYDFS, 500.17", "Colorado, SB 26-189",
		"the same agent on an object that carries the same id", "the message names the record", "searched, nothing found",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("case-authority.pdf lacks %q", want)
		}
	}
	for _, want := range []string{"arn:aws:s3:::example-statements/2026/09/cus_1042.pdf", "07d7faf755af799f79b04b06ac78a8c33a288cea4b0b09162a78687cbcf538ea", "42b6bc80f4cc96b0a364ba787f7751c4342fc44813801ba644f0af45bc61b8cc"} {
		if !strings.Contains(attached, want) {
			t.Errorf("the attachments of case-authority.pdf lack %q", want)
		}
	}
}

// TestCaseSubject: the copy for a customer holds nobody else: not on its pages, not in its attachments, not in its properties or structure. It is
// searched for every customer, every address and every person of the whole trail.
func TestCaseSubject(t *testing.T) {
	dir := demoOf(t)
	config := filepath.Join(dir, "agenttrail.yaml")
	for _, c := range []struct {
		subject string
		own     []string
		want    []string
	}{
		{"anna.keller@example.com", []string{"anna.keller@example.com", "cus_1042", "customer1042@example.net"}, []string{"sent a message to another person", "The message names your record.", "a member of our staff"}},
		{"ben.moss@example.org", []string{"ben.moss@example.org", "cus_2077", "customer2077@example.net"}, []string{"sent you a message", "Please delete what is not yours."}},
	} {
		name := filepath.Join(t.TempDir(), "copy.pdf")
		a := &app{in: strings.NewReader(""), out: io.Discard, err: os.Stderr, now: time.Now}
		if code := a.run(t.Context(), []string{"--config", config, "report", "case", "--subject", c.subject, "--copy", "subject", "-o", name}); code != 0 {
			t.Fatalf("report case --subject %s --copy subject: exit %d", c.subject, code)
		}
		text := poppler(t, "pdftotext", name, "-")
		for _, want := range c.want {
			if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
				t.Errorf("copy for %s lacks %q", c.subject, want)
			}
		}
		whole := strings.ToLower(text + poppler(t, "pdfinfo", "-struct-text", name) + poppler(t, "pdfinfo", "-meta", name) + poppler(t, "pdfinfo", name) + attachedText(t, name) + unpacked(t, name))
		issue, err := os.ReadFile(strings.TrimSuffix(name, ".pdf") + ".issue.json")
		if err != nil {
			t.Fatal(err)
		}
		whole += strings.ToLower(string(issue))
		for _, id := range everybody(t, dir) {
			if slices.Contains(c.own, id) {
				continue
			}
			if strings.Contains(whole, id) || strings.Contains(whole, wide(id)) {
				t.Errorf("copy for %s holds %q", c.subject, id)
			}
		}
	}
}

// TestCaseEntries: no entry of the ledger names whom a case file was about.
func TestCaseEntries(t *testing.T) {
	dir := demoOf(t)
	files, err := filepath.Glob(filepath.Join(dir, "trail", "log", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no entries: %v", err)
	}
	cases := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(`"case"`)) {
			cases++
		}
		if bytes.Contains(b, []byte("anna.keller")) || bytes.Contains(b, []byte("ben.moss")) {
			t.Errorf("%s names a customer", f)
		}
	}
	if cases != 2 {
		t.Errorf("%d entries of case files, want 2", cases)
	}
}

// demoOf gives a test a demo of its own.
func demoOf(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("the demo takes its time")
	}
	dir := filepath.Join(t.TempDir(), "demo")
	if err := copyDemo(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// everybody are the identifiers of all persons in the trail: customers by address and id, recipients, staff. In lower case.
func everybody(t *testing.T, dir string) (list []string) {
	t.Helper()
	o, err := openFolder(context.Background(), filepath.Join(dir, "trail"), trail.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	seen := map[string]bool{}
	err = o.Reader().Find(context.Background(), agenttrail.Query{}, func(a *agenttrail.Action) error {
		ids := slices.Concat(a.Subjects, a.EmailTo, []string{a.User.Email, a.OnBehalfOf.ID, a.Approval.Requester})
		if a.Resource.Type == "customer" {
			ids = append(ids, a.Resource.ID)
		}
		if strings.Contains(a.Actor.ID, "@") {
			ids = append(ids, a.Actor.ID)
		}
		for _, id := range ids {
			if _, short, ok := strings.Cut(id, ":"); ok {
				id = short
			}
			if len(id) > 4 {
				seen[strings.ToLower(strings.Clone(id))] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, must := range []string{"ben.moss@example.org", "anna.keller@example.com", "cus_2077", "ines@example.com", "lee@example.com"} {
		if !seen[must] {
			t.Fatalf("the search list lacks %q", must)
		}
	}
	for id := range seen {
		list = append(list, id)
	}
	slices.Sort(list)
	return list
}

// attachedText is the content of all files inside a PDF.
func attachedText(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	poppler(t, "pdfdetach", "-saveall", "-o", dir, name)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d attachments: %v", name, len(files), err)
	}
	text := ""
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		text += f.Name() + "\n" + string(b) + "\n"
	}
	return text
}

// unpacked is the PDF with its streams unpacked: strings, names, metadata.
func unpacked(t *testing.T, name string) string {
	t.Helper()
	poppler(t, "qpdf", "--qdf", "--object-streams=disable", name, name+".qdf")
	b, err := os.ReadFile(name + ".qdf")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// wide is text as UTF-16 in big-endian order, as PDF strings may hold it.
func wide(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(u >> 8))
		b.WriteByte(byte(u))
	}
	return b.String()
}

// poppler runs a program that reads PDFs.
func poppler(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed (Debian: qpdf, poppler-utils)", name)
	}
	out, err := exec.CommandContext(t.Context(), path, args...).Output()
	if err != nil {
		t.Fatalf("%s %v: %v", name, args, err)
	}
	return string(out)
}

// TestCaseQuestion: what is wrong with the flags is said before anything is read.
func TestCaseQuestion(t *testing.T) {
	for _, c := range []struct {
		o    caseOptions
		want string
	}{
		{caseOptions{subjects: []string{"a"}}, `--copy "": want authority, subject or counsel: it decides who is named`},
		{caseOptions{copy: "counsel"}, "a case file is about somebody: add --subject an e-mail address or SYSTEM:ID, or --session ID"},
		{caseOptions{copy: "subject", sessions: []string{"s"}}, "--copy subject needs --subject: without it nobody could be left out"},
		{caseOptions{copy: "counsel", sessions: []string{"s"}, aware: "yesterday"}, `--aware "yesterday": want a time with its zone, like 2026-09-24T09:15:00Z`},
		{caseOptions{copy: "counsel", sessions: []string{"s"}, notices: []string{"nobody"}}, `--notice "nobody": want NAME=TIME, like "supervisory authority=2026-09-26T16:00:00Z"`},
	} {
		_, err := c.o.question()
		if err == nil {
			t.Errorf("question(%+v): no error, want %q", c.o, c.want)
		} else if d := cmp.Diff(c.want, err.Error()); d != "" {
			t.Errorf("question(%+v) (-want +got):\n%s", c.o, d)
		}
	}
}
