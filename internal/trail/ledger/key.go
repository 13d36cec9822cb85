package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// origin is the form of a trail's name, which is also the name of its key: agenttrail/<name>/<8 random hex digits>.
var origin = regexp.MustCompile(`^agenttrail/[a-z0-9-]{1,40}/[0-9a-f]{8}$`)

const (
	ed25519Note = 1 // signature type of C2SP signed-note
	privateMark = "PRIVATE+KEY+"
)

// GenerateKey makes the signing key of a trail from 32 bytes of rand and returns it in its two text forms (C2SP signed-note). The same
// bytes give the same key. private is a secret.
func GenerateKey(name string, rand io.Reader) (private, verifier string, err error) {
	if !origin.MatchString(name) {
		return "", "", fmt.Errorf("origin %q: want agenttrail/<a-z0-9->/<8 hex digits>", name)
	}
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return "", "", fmt.Errorf("random bytes for a key: %w", err)
	}
	key := ed25519.NewKeyFromSeed(seed)
	return privateText(name, key), verifierText(name, key.Public().(ed25519.PublicKey)), nil
}

func verifierText(name string, key ed25519.PublicKey) string {
	typed := append([]byte{ed25519Note}, key...)
	return name + "+" + keyID(name, typed) + "+" + base64.StdEncoding.EncodeToString(typed)
}

func privateText(name string, key ed25519.PrivateKey) string {
	id := keyID(name, append([]byte{ed25519Note}, key.Public().(ed25519.PublicKey)...))
	return privateMark + name + "+" + id + "+" + base64.StdEncoding.EncodeToString(append([]byte{ed25519Note}, key.Seed()...))
}

// keyID is the first four bytes of SHA-256(name, LF, type, public key), in hex.
func keyID(name string, typed []byte) string {
	sum := sha256.Sum256(append([]byte(name+"\n"), typed...))
	return fmt.Sprintf("%x", sum[:4])
}

// keyText takes the part after a key's name apart: id, then the bytes that follow the type.
func keyText(text string) (name string, key []byte, ok bool) {
	parts := bytes.Split([]byte(text), []byte("+"))
	if len(parts) < 3 || !origin.Match(parts[0]) {
		return "", nil, false
	}
	// Base64 has plus signs of its own.
	typed, err := base64.StdEncoding.DecodeString(string(bytes.Join(parts[2:], []byte("+"))))
	if err != nil || len(typed) != 33 || typed[0] != ed25519Note {
		return "", nil, false
	}
	return string(parts[0]), typed[1:], true
}

// A Signer signs the notes of one trail. Its signatures are deterministic.
type Signer struct {
	notes note.Signer
	key   string
}

// The messages never quote: what was taken for something else may be a key.
var (
	errPrivate  = errors.New("not the text of a signing key of agenttrail (PRIVATE+KEY+agenttrail/…)")
	errVerifier = errors.New("not the text of a verifier key of agenttrail (agenttrail/…+8 hex digits+base64)")
)

// NewSigner reads a private key in its text form.
func NewSigner(text string) (*Signer, error) {
	rest, found := strings.CutPrefix(text, privateMark)
	name, seed, ok := keyText(rest)
	if !found || !ok {
		return nil, errPrivate
	}
	key := ed25519.NewKeyFromSeed(seed)
	if privateText(name, key) != text {
		return nil, errPrivate
	}
	notes, err := note.NewSigner(text)
	if err != nil {
		return nil, errPrivate
	}
	return &Signer{notes, verifierText(name, key.Public().(ed25519.PublicKey))}, nil
}

// Origin is the name of the trail that it signs for.
func (s *Signer) Origin() string { return s.notes.Name() }

// Key is the verifier key in its text form.
func (s *Signer) Key() string { return s.key }

// sign returns the signed note over a checkpoint.
func (s *Signer) sign(c checkpoint) ([]byte, error) {
	return note.Sign(&note.Note{Text: c.text()}, s.notes)
}

// A Verifier checks the notes of one trail.
type Verifier struct {
	notes note.Verifiers
	name  string
	key   string
}

// NewVerifier reads a verifier key in its text form.
func NewVerifier(text string) (*Verifier, error) {
	name, public, ok := keyText(text)
	if !ok || verifierText(name, public) != text {
		return nil, errVerifier
	}
	one, err := note.NewVerifier(text)
	if err != nil {
		return nil, errVerifier
	}
	return &Verifier{note.VerifierList(one), name, text}, nil
}

// Origin is the name of the trail whose notes it checks.
func (v *Verifier) Origin() string { return v.name }

// Key is its text form.
func (v *Verifier) Key() string { return v.key }

// open checks a signed note and returns what it says. The note must be exactly as we write it: one signature, and no bit in which the
// base64 could differ without saying anything else.
func (v *Verifier) open(signed []byte) (checkpoint, error) {
	n, err := note.Open(signed, v.notes)
	if err != nil {
		return checkpoint{}, err
	}
	if len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 0 {
		return checkpoint{}, fmt.Errorf("%d signatures, want 1", len(n.Sigs)+len(n.UnverifiedSigs))
	}
	again, err := rewrite(n)
	if err != nil {
		return checkpoint{}, err
	}
	if !bytes.Equal(again, signed) {
		return checkpoint{}, errors.New("note is not written as we write it")
	}
	c, err := parseCheckpoint(n.Text)
	if err == nil && c.origin != v.name {
		err = fmt.Errorf("note of %s, want %s", c.origin, v.name)
	}
	return c, err
}

// rewrite writes a checked note again, its signature from the decoded bytes.
func rewrite(n *note.Note) ([]byte, error) {
	sig := n.Sigs[0]
	raw, err := base64.StdEncoding.Strict().DecodeString(sig.Base64)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%s\n— %s %s\n", n.Text, sig.Name, base64.StdEncoding.EncodeToString(raw)), nil
}
