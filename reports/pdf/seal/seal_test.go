package seal_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/internal/testenv"
	"agenttrail/reports"
	"agenttrail/reports/pdf"
	"agenttrail/reports/pdf/seal"

	"github.com/digitorus/timestamp"
)

var epoch = time.Date(2026, 10, 2, 8, 0, 0, 0, time.UTC)

// An office hands out certificates of its own root.
type office struct {
	t      *testing.T
	root   *x509.Certificate
	key    crypto.Signer
	serial int64
}

func newOffice(t *testing.T) *office {
	o := &office{t: t}
	o.root, o.key = o.issue("Example Root", newKey(t), nil)
	return o
}

func newKey(t *testing.T) crypto.Signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// stamping is the extended key usage of an authority, critical as RFC 3161 wants it.
func stamping() *pkix.Extension {
	usage := []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}}
	der, err := asn1.Marshal(usage)
	if err != nil {
		panic(err)
	}
	return &pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: der}
}

func (o *office) issue(name string, key crypto.Signer, extra *pkix.Extension) (*x509.Certificate, crypto.Signer) {
	o.t.Helper()
	o.serial++
	c := &x509.Certificate{SerialNumber: big.NewInt(o.serial), Subject: pkix.Name{CommonName: name, Organization: []string{"Example"}}, NotBefore: epoch.AddDate(-1, 0, 0), NotAfter: epoch.AddDate(9, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment, BasicConstraintsValid: true}
	if extra != nil {
		c.ExtraExtensions = []pkix.Extension{*extra}
	}
	above, signer := o.root, o.key
	if above == nil {
		c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign
		above, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, above, key.Public(), signer)
	if err != nil {
		o.t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		o.t.Fatal(err)
	}
	return c, key
}

func certificatePEM(list ...*x509.Certificate) (out []byte) {
	for _, c := range list {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

func keyPEM(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func (o *office) signer(name string, key crypto.Signer) *seal.Signer {
	o.t.Helper()
	c, key := o.issue(name, key, nil)
	s, err := seal.NewSigner(certificatePEM(c, o.root), keyPEM(o.t, key))
	if err != nil {
		o.t.Fatal(err)
	}
	return s
}

// authority is a time-stamp authority in this process. change may spoil its answer.
func (o *office) authority(change func(*timestamp.Timestamp)) *seal.Authority {
	o.t.Helper()
	c, key := o.issue("Example TSA", newKey(o.t), stamping())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Content-Type") != "application/timestamp-query" {
			http.Error(w, "no query", http.StatusBadRequest)
			return
		}
		q, err := timestamp.ParseRequest(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		ts := &timestamp.Timestamp{HashAlgorithm: q.HashAlgorithm, HashedMessage: q.HashedMessage, Time: epoch.Add(5 * time.Minute), Nonce: q.Nonce, SerialNumber: big.NewInt(7),
			Policy: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}, AddTSACertificate: true, Accuracy: time.Second}
		change(ts)
		answer, err := ts.CreateResponseWithOpts(c, key, crypto.SHA256)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/timestamp-reply")
		_, _ = w.Write(answer)
	}))
	o.t.Cleanup(server.Close)
	a, err := seal.NewAuthority(server.URL, certificatePEM(o.root))
	if err != nil {
		o.t.Fatal(err)
	}
	return a
}

func asIs(*timestamp.Timestamp) {}

// report is a small file of reports/pdf.
func report(t *testing.T, plain bool) []byte {
	t.Helper()
	doc := &reports.Document{ID: "R-2026Q3-audit", Title: "Agent activity audit report", Owner: "Example Bank plc", Lang: "en", AsOf: agenttrail.Cite{Size: 42, Time: epoch},
		Sections: []reports.Section{{Title: "Numbers", Blocks: []reports.Block{{Text: []reports.Cell{{Text: "Nothing happened."}}}}}},
		Files:    []reports.File{{Name: "numbers.csv", Type: "text/csv", Relation: "Data", Rows: 1, Data: []byte("a\r\n1\r\n")}}}
	var b bytes.Buffer
	if err := pdf.Write(&b, doc, pdf.Options{Plain: plain}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func issuer(field string, certify bool) seal.Options {
	return seal.Options{Field: field, Certify: certify, When: epoch, Reason: "Report issued"}
}

func sign(t *testing.T, file []byte, s *seal.Signer, o seal.Options) []byte {
	t.Helper()
	out, err := seal.Sign(t.Context(), file, s, o)
	if err != nil {
		t.Fatalf("Sign(%s) = %v", o.Field, err)
	}
	if out.Unstamped != nil {
		t.Errorf("Sign(%s) has no stamp: %v", o.Field, out.Unstamped)
	}
	if !bytes.HasPrefix(out.PDF, file) {
		t.Errorf("Sign(%s): the file is no prefix of the signed one", o.Field)
	}
	return out.PDF
}

func saved(t *testing.T, file []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// tool runs a program of another project. wantFail: it must complain by its exit.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed (Debian: qpdf, poppler-utils, openssl)", name)
	}
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	if err != nil && name != "pdfsig" { // which fails on a signature that does not hold
		t.Errorf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// variants are files signed in the ways that there are: without a stamp, with one, by RSA, twice, as a classic table.
func variants(t *testing.T) map[string][]byte {
	o := newOffice(t)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	plainSeal, byRSA := o.signer("Example Bank plc, seal", newKey(t)), o.signer("Example Bank plc, RSA", rsaKey)
	stamped := o.signer("Example Bank plc, stamped", newKey(t))
	stamped.Authority = o.authority(asIs)
	reviewer := o.signer("Ana Müller 審査", newKey(t))
	all := map[string][]byte{
		"B-B": sign(t, report(t, false), plainSeal, issuer(seal.Issuer, true)), "RSA": sign(t, report(t, false), byRSA, issuer(seal.Issuer, true)),
		"B-T": sign(t, report(t, false), stamped, issuer(seal.Issuer, true)), "table": sign(t, report(t, true), stamped, issuer(seal.Issuer, true)),
	}
	all["twice"] = sign(t, all["B-T"], reviewer, issuer(seal.Reviewer, false))
	all["table twice"] = sign(t, all["table"], reviewer, issuer(seal.Reviewer, false))
	return all
}

// TestPdfsig: another program finds each signature valid, and the newest one over the whole file.
func TestPdfsig(t *testing.T) {
	for name, file := range variants(t) {
		out := tool(t, "pdfsig", "-nocert", saved(t, file))
		signatures := 1
		if strings.HasSuffix(name, "twice") {
			signatures = 2
		}
		if n := strings.Count(out, "Signature is Valid."); n != signatures {
			t.Errorf("pdfsig %s: %d valid signatures, want %d\n%s", name, n, signatures, out)
		}
		if n := strings.Count(out, "Total document signed"); n != 1 {
			t.Errorf("pdfsig %s: %d signatures over the total document, want the newest one\n%s", name, n, out)
		}
		if check := tool(t, "qpdf", "--check", saved(t, file)); !strings.Contains(check, "No syntax or stream encoding errors") {
			t.Errorf("qpdf %s: %s", name, check)
		}
	}
}

// TestStillArchival: signing takes nothing from PDF/A-3a and PDF/UA-1.
func TestStillArchival(t *testing.T) {
	validate := testenv.VeraPDF(t)
	files := []string{saved(t, report(t, false))}
	for _, file := range variants(t) {
		files = append(files, saved(t, file))
	}
	if out, err := validate(files...); err != nil {
		t.Errorf("veraPDF: %v\n%s", err, out)
	}
}

// TestOneBit: a changed bit anywhere in what is signed is noticed, and so is something appended.
func TestOneBit(t *testing.T) {
	o := newOffice(t)
	file := report(t, false)
	signed := sign(t, file, o.signer("Example Bank plc, seal", newKey(t)), issuer(seal.Issuer, true))
	for _, at := range []int{20, len(file) / 2, len(file) + 40, len(signed) - 40} {
		broken := bytes.Clone(signed)
		broken[at] ^= 1
		if out := tool(t, "pdfsig", "-nocert", saved(t, broken)); strings.Contains(out, "Signature is Valid.") && strings.Contains(out, "Total document signed") {
			t.Errorf("pdfsig does not notice bit 0 of byte %d of %d\n%s", at, len(signed), out)
		}
	}
	if out := tool(t, "pdfsig", "-nocert", saved(t, append(bytes.Clone(signed), "more\n"...))); strings.Contains(out, "\n  - Total document signed") {
		t.Errorf("pdfsig does not notice what was appended\n%s", out)
	}
}

// TestStampFails: the seal stands without a stamp, and says why.
func TestStampFails(t *testing.T) {
	o := newOffice(t)
	elsewhere := newOffice(t)
	foreign := elsewhere.authority(asIs)
	own, err := seal.NewAuthority(foreign.URL, certificatePEM(o.root))
	if err != nil {
		t.Fatal(err)
	}
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusServiceUnavailable) }))
	defer broken.Close()
	down := httptest.NewServer(nil)
	down.Close()
	huge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) }))
	defer huge.Close()
	for name, tt := range map[string]struct {
		authority *seal.Authority
		want      string
	}{
		"another hash":    {o.authority(func(s *timestamp.Timestamp) { s.HashedMessage = make([]byte, 32) }), "about something else"},
		"another nonce":   {o.authority(func(s *timestamp.Timestamp) { s.Nonce = big.NewInt(1) }), "another question"},
		"no nonce":        {o.authority(func(s *timestamp.Timestamp) { s.Nonce = nil }), "another question"},
		"another root":    {own, "unknown authority"},
		"status":          {&seal.Authority{URL: broken.URL}, "status 503"},
		"nobody there":    {&seal.Authority{URL: down.URL}, "refused"},
		"too large":       {&seal.Authority{URL: huge.URL}, "more than 65536 bytes"},
		"not an address":  {&seal.Authority{URL: "http://%"}, "invalid URL"},
		"no certificates": {o.authority(func(s *timestamp.Timestamp) { s.AddTSACertificate = false }), "certificate"},
	} {
		s := o.signer("Example Bank plc, seal", newKey(t))
		s.Authority = tt.authority
		out, err := seal.Sign(t.Context(), report(t, false), s, issuer(seal.Issuer, true))
		if err != nil {
			t.Errorf("Sign with %s = %v, want a seal without a stamp", name, err)
			continue
		}
		if out.Unstamped == nil || !strings.Contains(out.Unstamped.Error(), tt.want) {
			t.Errorf("Sign with %s: unstamped because of %v, want %q", name, out.Unstamped, tt.want)
		}
		if got := tool(t, "pdfsig", "-nocert", saved(t, out.PDF)); !strings.Contains(got, "Signature is Valid.") {
			t.Errorf("pdfsig of a seal with %s: %s", name, got)
		}
	}
}

// TestRefused: what must not be signed is not.
func TestRefused(t *testing.T) {
	o := newOffice(t)
	s := o.signer("Example Bank plc, seal", newKey(t))
	signed := sign(t, report(t, false), s, issuer(seal.Issuer, true))
	for _, tt := range []struct {
		what, want string
		file       []byte
		options    seal.Options
	}{
		{"twice in one field", seal.ErrSigned.Error(), signed, issuer(seal.Issuer, false)},
		{"certified twice", seal.ErrSigned.Error(), signed, issuer(seal.Reviewer, true)},
		{"an unknown field", "has no field Auditor", signed, issuer("Auditor", false)},
		{"an empty file", "no report of agenttrail", nil, issuer(seal.Issuer, true)},
		{"half a file", "no report of agenttrail", signed[:len(signed)/2], issuer(seal.Issuer, true)},
		{"another PDF", "no report of agenttrail", []byte("%PDF-1.4\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1>>\nstartxref\n9\n%%EOF\n"), issuer(seal.Issuer, true)},
	} {
		if _, err := seal.Sign(t.Context(), tt.file, s, tt.options); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Sign of %s = %v, want %q", tt.what, err, tt.want)
		}
	}
	if _, err := seal.Sign(t.Context(), signed, s, issuer(seal.Issuer, false)); !errors.Is(err, seal.ErrSigned) {
		t.Errorf("Sign again = %v, want ErrSigned", err)
	}
}

func TestNewSigner(t *testing.T) {
	o := newOffice(t)
	key, other := newKey(t), newKey(t)
	cert, _ := o.issue("Example Bank plc", key, nil)
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Skipf("this Go makes no short keys: %v", err)
	}
	shortCert, _ := o.issue("Short", short, nil)
	for _, tt := range []struct {
		what, want   string
		cert, secret []byte
	}{
		{"no certificate", "no certificate in PEM", []byte("hello"), keyPEM(t, key)},
		{"no key", "no private key in PEM", certificatePEM(cert), certificatePEM(cert)},
		{"the wrong key", "does not belong", certificatePEM(cert), keyPEM(t, other)},
		{"a damaged key", "cannot be read", certificatePEM(cert), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("secret bytes")})},
		{"the root", "is not for signing", certificatePEM(o.root), keyPEM(t, o.key)},
		{"a short key", "too short", certificatePEM(shortCert), keyPEM(t, short)},
	} {
		_, err := seal.NewSigner(tt.cert, tt.secret)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("NewSigner with %s = %v, want %q", tt.what, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("NewSigner with %s repeats the key: %v", tt.what, err)
		}
	}
	s, err := seal.NewSigner(certificatePEM(cert, o.root), keyPEM(t, key))
	if err != nil || len(s.Chain) != 1 {
		t.Fatalf("NewSigner = %+v, %v, want a chain of one", s, err)
	}
	if s.ValidAt(epoch) != nil || s.ValidAt(epoch.AddDate(20, 0, 0)) == nil || s.ValidAt(epoch.AddDate(-20, 0, 0)) == nil {
		t.Error("ValidAt does not know the term of the certificate")
	}
}

// FuzzSign: a damaged file is an error, never a panic.
func FuzzSign(f *testing.F) {
	t := &testing.T{}
	o := newOffice(t)
	s := o.signer("Example", newKey(t))
	f.Add(report(t, false), 100, byte(1))
	f.Add(report(t, true), 200, byte(9))
	f.Fuzz(func(t *testing.T, file []byte, at int, b byte) {
		if len(file) > 0 {
			file = bytes.Clone(file)
			file[uint(at)%uint(len(file))] ^= b
		}
		out, err := seal.Sign(context.Background(), file, s, issuer(seal.Issuer, true))
		if err == nil && !bytes.HasPrefix(out.PDF, file) {
			t.Error("Sign changes what stands before it")
		}
	})
}
