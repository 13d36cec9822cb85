package ledger_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"agenttrail/internal/trail/ledger"
)

const origin = "agenttrail/acme/0a1b2c3d"

// newSigner makes a key from seed, of origin or of another name; the same seed gives the same key.
func newSigner(t testing.TB, seed byte, name ...string) *ledger.Signer {
	t.Helper()
	private, _, err := ledger.GenerateKey(append(name, origin)[0], bytes.NewReader(bytes.Repeat([]byte{seed}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	s, err := ledger.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestGenerateKey(t *testing.T) {
	private, verifier, err := ledger.GenerateKey(origin, bytes.NewReader(make([]byte, 32)))
	if err != nil {
		t.Fatalf("GenerateKey = %v", err)
	}
	// The public key of 32 zero bytes is 3b6a27bc…, the id SHA-256(name, LF, 01, key)[:4]: computed elsewhere.
	const want = "agenttrail/acme/0a1b2c3d+ebb9a03b+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
	if verifier != want {
		t.Errorf("GenerateKey gives the verifier key %s, want %s", verifier, want)
	}
	s, err := ledger.NewSigner(private)
	if err != nil || s.Key() != verifier || s.Origin() != origin {
		t.Errorf("NewSigner of it = %v, %v, want the key %s of %s", s, err, verifier, origin)
	}
	v, err := ledger.NewVerifier(verifier)
	if err != nil || v.Key() != verifier || v.Origin() != origin {
		t.Errorf("NewVerifier of it = %v, %v, want the key %s of %s", v, err, verifier, origin)
	}
	if _, err := note.NewVerifier(verifier); err != nil {
		t.Errorf("others cannot read the verifier key %s: %v", verifier, err)
	}
	if _, err := note.NewSigner(private); err != nil {
		t.Errorf("others cannot read the private key: %v", err)
	}
	if _, _, err := ledger.GenerateKey(origin, bytes.NewReader(make([]byte, 31))); err == nil {
		t.Error("GenerateKey from 31 random bytes = nil, want an error")
	}
	for _, name := range []string{"", "acme", "agenttrail/Acme/0a1b2c3d", "agenttrail/acme/0a1b2c3", "agenttrail/acme/0A1B2C3D", "agenttrail//0a1b2c3d",
		"agenttrail/a b/0a1b2c3d", "agenttrail/a+b/0a1b2c3d", origin + "\n", "agenttrail/" + strings.Repeat("a", 41) + "/0a1b2c3d"} {
		if _, _, err := ledger.GenerateKey(name, bytes.NewReader(make([]byte, 32))); err == nil {
			t.Errorf("GenerateKey(%q) = nil, want an error", name)
		}
	}
}

// TestKeysAreExact flips, cuts and extends the texts of both keys: nothing but the exact text passes, and no message tells a secret.
func TestKeysAreExact(t *testing.T) {
	private, verifier, err := ledger.GenerateKey(origin, bytes.NewReader(bytes.Repeat([]byte{7}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]func(string) error{
		private:  func(s string) error { _, err := ledger.NewSigner(s); return err },
		verifier: func(s string) error { _, err := ledger.NewVerifier(s); return err },
	}
	for good, read := range read {
		bad := []string{"", good + "\n", good[1:], strings.ToUpper(good), good + "+", good + "A", " " + good}
		for i := range good {
			for _, bit := range []byte{1, 4, 32} {
				b := []byte(good)
				b[i] ^= bit
				bad = append(bad, string(b))
			}
			bad = append(bad, good[:i])
		}
		for _, s := range bad {
			err := read(s)
			if err == nil {
				t.Errorf("key %q is accepted, want only %q", s, good)
				continue
			}
			if secret := private[len(private)-44:]; strings.Contains(err.Error(), secret[:20]) {
				t.Errorf("message %q tells the key", err)
			}
		}
	}
	if err := read[verifier](private); err == nil {
		t.Error("NewVerifier of a private key = nil, want an error")
	}
	if s := fmt.Sprintf("%+v %#v", newSigner(t, 7), newSigner(t, 7)); strings.Contains(s, private[len(private)-40:]) {
		t.Errorf("a Signer prints its key: %s", s)
	}
}
