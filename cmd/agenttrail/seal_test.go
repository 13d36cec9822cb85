package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"agenttrail/fixtures"
	"agenttrail/internal/config"
	"agenttrail/reports"

	"github.com/rogpeppe/go-internal/testscript"
)

// sealCommand writes a certificate and its key: seal NAME writes NAME.pem and NAME.key.
func sealCommand(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(writeSeal(ts.MkAbs(args[0])))
}

func writeSeal(name string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Example seal of " + filepath.Base(name)}, NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), KeyUsage: x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(name+".pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		return err
	}
	return os.WriteFile(name+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600)
}

// TestReportAgain: a hundred entries later the same size still gives the same bytes, although config and register have changed since.
func TestReportAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("the demo takes its time")
	}
	dir := t.TempDir()
	if err := copyDemo(dir); err != nil {
		t.Fatal(err)
	}
	note, err := os.ReadFile(filepath.Join(dir, "audit-2026-Q3.issue.json"))
	if err != nil {
		t.Fatal(err)
	}
	issue, err := reports.ParseIssue(note)
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &out, err: &errs, configFile: filepath.Join(dir, "agenttrail.yaml"), now: func() time.Time { return time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC) }}
	if err := later100(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "agents.yaml"), []byte("agents: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(dir, "again.pdf")
	code := a.run(t.Context(), []string{"--config", a.configFile, "report", "audit", "--period", "2026-Q3", "--owner", fixtures.Owner, "--at", fmt.Sprint(issue.Size), "-o", again})
	if code != 0 || !strings.Contains(out.String(), "byte for byte the report of entry ") {
		t.Errorf("report --at %d: exit %d\n%s%s", issue.Size, code, out.String(), errs.String())
	}
	was, err := os.ReadFile(filepath.Join(dir, "audit-2026-Q3.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	is, err := os.ReadFile(again)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(was, is) {
		t.Errorf("report --at %d gives %d other bytes than the %d that were issued", issue.Size, len(is), len(was))
	}
}

// later100 appends a hundred entries: a register that changes.
func later100(ctx context.Context, a *app) error {
	c, err := config.Load(a.configFile)
	if err != nil {
		return err
	}
	trail, err := a.openTrail(ctx, c, true)
	if err != nil {
		return err
	}
	defer trail.Close()
	for i := range 100 {
		if _, err := trail.PutPolicy(ctx, "register", "agents.yaml", fmt.Appendf(nil, "agents: [] # %d\n", i)); err != nil {
			return err
		}
	}
	return nil
}
