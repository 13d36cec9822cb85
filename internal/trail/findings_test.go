package trail

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/internal/trail/ledger/ledgertest"
)

// The golden trail of findings.
const findingsTrail = "../../fixtures/proof/findings/trail"

const findingID = "0123456789abcdef0123456789abcdef"

// goldenFindings makes a small trail in memory: an acceptance with an end, the same once more, and another word about it later.
func goldenFindings(t *testing.T) (files map[string][]byte, key string) {
	t.Helper()
	b := new(ledgertest.Memory)
	o := testOptions(t)
	if err := create(t.Context(), b, CreateOptions{Signer: o.Signer, Key: o.Key, Origin: testOrigin, Tenant: "acme", Tool: "agenttrail 1", Now: o.Now}); err != nil {
		t.Fatal(err)
	}
	trail := openMemory(t, b, o)
	accepted := agenttrail.Finding{ID: findingID, Rule: "no_owner", As: agenttrail.AsAccepted, Until: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)}
	said := []byte(`{"as":"accepted","by":"dana@example.com","finding":"` + findingID + `","reason":"the owner is being looked for","rule":"no_owner","subject":"old-bot","ticket":"T-1","until":"2027-01-31T00:00:00.000000Z"}`)
	putFinding(t, trail, accepted, said)
	putFinding(t, trail, accepted, said)
	if n := trail.Log().Size(); n != 2 {
		t.Errorf("PutFinding twice: the ledger has %d entries, want 2", n)
	}
	putFinding(t, trail, agenttrail.Finding{ID: findingID, Rule: "no_owner", As: agenttrail.AsRemediated},
		[]byte(`{"as":"remediated","by":"dana@example.com","finding":"`+findingID+`","reason":"Lee owns it","rule":"no_owner","subject":"old-bot"}`))
	return b.Files(), o.Key
}

func putFinding(t *testing.T, trail *Trail, f agenttrail.Finding, statement []byte) {
	t.Helper()
	if err := trail.PutFinding(t.Context(), f, statement); err != nil {
		t.Fatal(err)
	}
	e := trail.Log().Entry(trail.Log().Size() - 1).Finding
	if got, err := trail.Statement(t.Context(), *e); err != nil || !bytes.Equal(got, statement) {
		t.Errorf("Statement of entry %+v = %q, %v, want %q", *e, got, err, statement)
	}
}

// TestGoldenFindings freezes what format 1 says of findings, beside the golden trail and without changing a byte of it.
func TestGoldenFindings(t *testing.T) {
	files, key := goldenFindings(t)
	if *update {
		if err := os.RemoveAll(findingsTrail); err != nil {
			t.Fatal(err)
		}
		for name, data := range files {
			writeFile(t, findingsTrail+"/"+name, data)
		}
	}
	frozen := readFolder(t, findingsTrail)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !bytes.Equal(files[name], frozen[name]) {
			t.Errorf("%s has other bytes than the golden trail of findings: that would be another format", name)
		}
	}
	v, err := verify(t, findingsTrail, VerifyOptions{Key: key})
	if err != nil || len(frozen) != len(files) {
		t.Fatalf("Verify of the golden trail of findings: %v; %d files, want %d", err, len(frozen), len(files))
	}
	if v.Entries[agenttrail.TypeFinding] != 2 || v.Files != 2 || len(v.Unnamed) > 0 {
		t.Errorf("Verify: %d findings, %d files, unnamed %q; want 2, 2 and none", v.Entries[agenttrail.TypeFinding], v.Files, v.Unnamed)
	}
}

// TestStatementForged: a statement that was changed does not hold, neither here nor for the verifier in Python.
func TestStatementForged(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "trail")
	if err := os.CopyFS(dir, os.DirFS(findingsTrail)); err != nil {
		t.Fatal(err)
	}
	statements, err := filepath.Glob(dir + "/findings/*")
	if err != nil || len(statements) != 2 {
		t.Fatalf("statements %q, %v", statements, err)
	}
	second(t, dir, 0)
	data, err := os.ReadFile(statements[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(statements[0]); err != nil {
		t.Fatal(err)
	}
	writeFile(t, statements[0], bytes.Replace(data, []byte("dana"), []byte("lena"), 1))
	if _, err := verify(t, dir, VerifyOptions{}); !isBroken(err) || !strings.Contains(err.Error(), "findings/") {
		t.Errorf("Verify of a changed statement = %v, want that it does not hold", err)
	}
	second(t, dir, 1)
}

// second runs the verifier in Python, where its package is.
func second(t *testing.T, dir string, want int) {
	t.Helper()
	if err := exec.Command("python3", "-c", "import cryptography").Run(); err != nil {
		t.Log("the verifier in Python was not run, it needs the package cryptography:", err)
		return
	}
	cmd := exec.CommandContext(t.Context(), "python3", "-B", "../../docs/verify/verify.py", dir, "--key", goldenKey)
	out, _ := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != want {
		t.Errorf("verify.py %s ends with %d, want %d:\n%s", dir, got, want, out)
	}
}
