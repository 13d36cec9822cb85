package ledger_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"agenttrail/internal/trail/ledger"
	"agenttrail/internal/trail/ledger/ledgertest"
)

func verifyDamage(t *testing.T, b ledger.Backend, what string, places ...string) {
	t.Helper()
	_, err := ledger.VerifyAll(t.Context(), b, "")
	d := new(ledger.Damage)
	if !errors.As(err, &d) || !slices.Contains(places, d.Name) {
		t.Errorf("VerifyAll with %s = %v, want damage at %q", what, err, places)
	}
}

// TestFlipLog flips a bit of every byte of some log/<n>: VerifyAll names the file. Open fails too where it reads log/ and not a bundle.
func TestFlipLog(t *testing.T) {
	b, _ := grow(t, 4)
	for _, n := range []int64{0, 1, 3} {
		name := ledger.LogName(n)
		good := b.Files()[name]
		for i := range good {
			for _, bit := range []byte{1, 0x20} {
				bad := bytes.Clone(good)
				bad[i] ^= bit
				mustPut(t, b, name, bad)
				verifyDamage(t, b, fmt.Sprintf("bit %#x of byte %d of %s flipped", bit, i, name), name)
				if _, err := ledger.Open(t.Context(), b, ledger.Options{}); !isDamage(err, name) {
					t.Errorf("Open with bit %#x of byte %d of %s flipped = %v, want damage there", bit, i, name, err)
				}
			}
		}
		for i := range good {
			mustPut(t, b, name, good[:i])
			verifyDamage(t, b, fmt.Sprintf("%s cut to %d bytes", name, i), name)
		}
		for _, more := range []string{"\n", "x", string(good)} {
			mustPut(t, b, name, append(bytes.Clone(good), more...))
			verifyDamage(t, b, fmt.Sprintf("%q behind %s", more, name), name)
		}
		mustPut(t, b, name, good)
	}
	mustVerify(t, b)
}

// TestFlipUnusedBits: the last character of the signature's base64 has bits that say nothing and must be zero all the same.
func TestFlipUnusedBits(t *testing.T) {
	b, _ := grow(t, 2)
	name := ledger.LogName(1)
	good := b.Files()[name]
	end := bytes.LastIndexByte(good, '=')
	for end > 0 && good[end] == '=' {
		end--
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	same := 0
	for _, c := range []byte(alphabet) {
		bad := bytes.Clone(good)
		if bad[end] = c; bytes.Equal(bad, good) {
			continue
		}
		if decode(bad) == decode(good) {
			same++
		}
		mustPut(t, b, name, bad)
		verifyDamage(t, b, fmt.Sprintf("%q at the end of the signature", c), name)
	}
	if same == 0 {
		t.Error("no flip left the signature's bytes as they were: the test lost its point")
	}
}

func decode(content []byte) string {
	fields := bytes.Fields(content)
	sig, err := base64.StdEncoding.DecodeString(string(fields[len(fields)-1]))
	if err != nil {
		return err.Error()
	}
	return string(sig)
}

// TestFlipRenderings flips a bit of every byte of every other file.
func TestFlipRenderings(t *testing.T) {
	b, s := grow(t, 4)
	for name, good := range b.Files() {
		if strings.HasPrefix(name, "log/") {
			continue
		}
		for i := range good {
			bad := bytes.Clone(good)
			bad[i] ^= 1
			mustPut(t, b, name, bad)
			verifyDamage(t, b, fmt.Sprintf("byte %d of %s flipped", i, name), name, ledger.LogName(0)) // trail.json may name another origin
		}
		mustPut(t, b, name, nil)
		verifyDamage(t, b, name+" empty", name)
		mustPut(t, b, name, append(bytes.Clone(good), 'x'))
		verifyDamage(t, b, name+" with a byte behind", name)
		mustPut(t, b, name, good)
	}
	mustVerify(t, b)
	open(t, b, s)
}

// TestSignedButNotOurs: entries that a holder of the key signed well and that we would not have written so.
func TestSignedButNotOurs(t *testing.T) {
	private, _, err := ledger.GenerateKey(origin, bytes.NewReader(bytes.Repeat([]byte{1}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	start, _ := grow(t, 1)
	first, _, _ := bytes.Cut(start.Files()[ledger.LogName(0)], []byte("\n"))
	const good = `{"kind":"config","name":"1","time":"2026-11-03T12:00:00.123456Z","type":"policy","v":"1"}`
	for what, c := range map[string]struct{ entry, text string }{
		"as it should be":    {good, origin},
		"white space":        {strings.Replace(good, ",", ", ", 1), origin},
		"a member twice":     {strings.Replace(good, `"name"`, `"kind":"x","name"`, 1), origin},
		"case fold":          {strings.Replace(good, `"name"`, `"KIND":"x","name"`, 1), origin},
		"unknown type":       {strings.Replace(good, "policy", "polity", 1), origin},
		"reserved type":      {strings.Replace(good, "policy", "key", 1), origin},
		"another version":    {strings.Replace(good, `"v":"1"`, `"v":"2"`, 1), origin},
		"a lone surrogate":   {strings.Replace(good, "config", `\ud800`, 1), origin},
		"4 KiB":              {strings.Replace(good, "config", strings.Repeat("x", 4096), 1), origin},
		"a time before":      {strings.Replace(good, "T12", "T11", 1), origin},
		"a second genesis":   {string(first), origin},
		"another origin":     {good, "agenttrail/other/0a1b2c3d"},
		"an extension line":  {good, origin + "\n2\nAAAA"},
		"not JSON":           {"hello", origin},
		"an empty entry":     {"", origin},
		"a line feed inside": {strings.Replace(good, ",", ",\n", 1), origin},
	} {
		b := start.Clone()
		leaves := []tlog.Hash{tlog.RecordHash(first), tlog.RecordHash([]byte(c.entry))}
		text := fmt.Sprintf("%s\n2\n%s\n", c.text, tlog.NodeHash(leaves[0], leaves[1]))
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		if err != nil {
			t.Fatal(err)
		}
		mustPut(t, b, ledger.LogName(1), append([]byte(c.entry+"\n"), signed...))
		_, verifyErr := ledger.VerifyAll(t.Context(), b, "")
		_, openErr := ledger.Open(t.Context(), b, ledger.Options{})
		if what == "as it should be" {
			if err := errors.Join(verifyErr, openErr); err != nil {
				t.Errorf("%s: %v: the test lost its point", what, err)
			}
			continue
		}
		if !isDamage(verifyErr, ledger.LogName(1)) || !isDamage(openErr, ledger.LogName(1)) {
			t.Errorf("signed with %s: VerifyAll = %v, Open = %v, want damage at %s", what, verifyErr, openErr, ledger.LogName(1))
		}
	}
}

// TestMoved removes, swaps and adds names in log/.
func TestMoved(t *testing.T) {
	start, s := grow(t, 300)
	longer, _ := grow(t, 302)
	foreign := ledgerOf(t, newSigner(t, 2, "agenttrail/other/0a1b2c3d"))
	log := func(n int64) []byte { return longer.Files()[ledger.LogName(n)] }
	for _, c := range []struct {
		name   string
		tamper func(b *ledgertest.Memory)
		place  int64
		open   bool // Open must notice too: the place is not behind full bundles
	}{
		{"genesis missing", func(b *ledgertest.Memory) { remove(t, b, 0) }, 0, true},
		{"genesis of another trail", func(b *ledgertest.Memory) { mustPut(t, b, ledger.LogName(0), foreign.Files()[ledger.LogName(0)]) }, 0, true},
		{"entry missing in the old part", func(b *ledgertest.Memory) { remove(t, b, 100) }, 100, true},
		{"entry missing in the tail", func(b *ledgertest.Memory) { remove(t, b, 290) }, 290, true},
		{"entry missing, checkpoint too", func(b *ledgertest.Memory) { remove(t, b, 290); drop(t, b, "checkpoint") }, 290, true},
		{"newest missing", func(b *ledgertest.Memory) { remove(t, b, 299) }, 299, true},
		{"newest ten missing", func(b *ledgertest.Memory) {
			for n := int64(290); n < 300; n++ {
				remove(t, b, n)
			}
		}, 290, true},
		{"two swapped", func(b *ledgertest.Memory) {
			mustPut(t, b, ledger.LogName(280), log(281))
			mustPut(t, b, ledger.LogName(281), log(280))
		}, 280, true},
		{"one twice", func(b *ledgertest.Memory) { mustPut(t, b, ledger.LogName(300), log(299)) }, 300, true},
		{"hole above", func(b *ledgertest.Memory) { mustPut(t, b, ledger.LogName(301), log(301)) }, 300, true},
		{"empty newest", func(b *ledgertest.Memory) { mustPut(t, b, ledger.LogName(300), nil) }, 300, true},
		{"old one altered", func(b *ledgertest.Memory) {
			mustPut(t, b, ledger.LogName(100), bytes.Replace(log(100), []byte("config"), []byte("people"), 1))
		}, 100, false},
		{"note of another size", func(b *ledgertest.Memory) {
			entry, _, _ := bytes.Cut(log(280), []byte("\n"))
			_, note, _ := bytes.Cut(log(281), []byte("\n"))
			mustPut(t, b, ledger.LogName(280), slices.Concat(entry, []byte("\n"), note))
		}, 280, true},
	} {
		b := start.Clone()
		c.tamper(b)
		verifyDamage(t, b, c.name, ledger.LogName(c.place))
		_, err := ledger.Open(t.Context(), b, ledger.Options{Signer: s, Now: clock})
		if noticed := isDamage(err, ledger.LogName(c.place)); noticed != c.open {
			t.Errorf("Open with %s = %v, want damage at %s: %v", c.name, err, ledger.LogName(c.place), c.open)
		}
	}
	b := start.Clone()
	mustPut(t, b, "log/000000000003~", log(3))
	verifyDamage(t, b, "a stray name", "log/000000000003~")
	b = start.Clone()
	mustPut(t, b, "tile/0/stray", log(3))
	verifyDamage(t, b, "a stray tile", "tile/0/stray")
}

// TestGenesisOfAnotherKey: the same name, and a key that somebody else made. What is given from outside decides.
func TestGenesisOfAnotherKey(t *testing.T) {
	forged, s := ledgerOf(t, newSigner(t, 2)), newSigner(t, 1)
	if _, err := ledger.VerifyAll(t.Context(), forged, s.Key()); !errors.Is(err, ledger.ErrOtherKey) {
		t.Errorf("VerifyAll of a ledger made with another key = %v, want ErrOtherKey", err)
	}
	b, _ := grow(t, 3)
	mustPut(t, b, ledger.LogName(0), forged.Files()[ledger.LogName(0)])
	verifyDamage(t, b, "a genesis of another key", ledger.LogName(1))
}

func ledgerOf(t *testing.T, s *ledger.Signer) *ledgertest.Memory {
	t.Helper()
	b := new(ledgertest.Memory)
	if err := ledger.Create(t.Context(), b, s, genesis(s)); err != nil {
		t.Fatal(err)
	}
	return b
}

func remove(t *testing.T, b ledger.Backend, n int64) {
	t.Helper()
	drop(t, b, ledger.LogName(n))
}

func drop(t *testing.T, b ledger.Backend, name string) {
	t.Helper()
	if err := b.Remove(t.Context(), name); err != nil {
		t.Fatal(err)
	}
}

// TestRollback: all files of an earlier day come back, but a checkpoint signed later is still there. And a fork of it.
func TestRollback(t *testing.T) {
	old, s := grow(t, 5)
	later := old.Clone()
	mustAppend(t, open(t, later, s), "5", "6")
	mark := later.Files()["checkpoint"]
	mustPut(t, old, "checkpoint", mark)
	if _, err := ledger.Open(t.Context(), old, ledger.Options{Signer: s, Now: clock}); !isDamage(err, ledger.LogName(5)) {
		t.Errorf("Open behind a signed checkpoint = %v, want damage at %s", err, ledger.LogName(5))
	}
	verifyDamage(t, old, "a signed checkpoint that is ahead", ledger.LogName(5))

	drop(t, old, "checkpoint")
	mustAppend(t, open(t, old, s), "other", "future", "more")
	mustPut(t, old, "checkpoint", mark)
	if _, err := ledger.Open(t.Context(), old, ledger.Options{Signer: s, Now: clock}); !isDamage(err, "checkpoint") {
		t.Errorf("Open of a fork beside a signed checkpoint = %v, want damage at checkpoint", err)
	}
	verifyDamage(t, old, "a signed checkpoint of a fork", "checkpoint")
}

// TestRepair deletes and damages each rendering of the present size: Open writes it again from log/ and names what was damaged.
func TestRepair(t *testing.T) {
	for _, size := range []int{3, 256, 600} {
		b, s := grow(t, size)
		for _, name := range mustVerify(t, onlyLog(t, b)).Lagging {
			good := b.Files()[name]
			for what, bad := range map[string][]byte{"missing": nil, "empty": {}, "cut": good[:len(good)-1], "longer": append(bytes.Clone(good), 'x'), "flipped": flip(good)} {
				if bad == nil {
					drop(t, b, name)
				} else {
					mustPut(t, b, name, bad)
				}
				if _, err := ledger.Open(t.Context(), b, ledger.Options{}); err != nil {
					t.Fatalf("Open(%d entries, %s %s) for reading = %v", size, name, what, err)
				}
				l := open(t, b, s)
				var repaired []string
				if bad != nil {
					repaired = []string{name}
				}
				if diff := cmp.Diff(repaired, l.Repaired()); diff != "" {
					t.Errorf("Open(%d entries, %s %s): Repaired -want +got\n%s", size, name, what, diff)
				}
				if !bytes.Equal(b.Files()[name], good) {
					t.Errorf("Open(%d entries, %s %s) left other bytes than before", size, name, what)
				}
			}
		}
		mustVerify(t, b)
	}
}

func flip(good []byte) []byte {
	bad := bytes.Clone(good)
	bad[len(bad)/2] ^= 1
	return bad
}

// TestForgedBundle: a bundle that reads well and says something else. The root tells, log/ decides.
func TestForgedBundle(t *testing.T) {
	b, s := grow(t, 600)
	const name = "tile/entries/001"
	forged := bytes.Replace(b.Files()[name], []byte(`"name":"300"`), []byte(`"name":"999"`), 1)
	mustPut(t, b, name, forged)
	verifyDamage(t, b, "a forged bundle", name)
	for _, signer := range []*ledger.Signer{nil, s} {
		l := open(t, b, signer)
		if diff := cmp.Diff(count(599), names(l)); diff != "" {
			t.Errorf("Open with a forged bundle: -want +got\n%s", diff)
		}
		if signer != nil && !slices.Equal(l.Repaired(), []string{name}) {
			t.Errorf("Repaired = %q, want %q", l.Repaired(), name)
		}
	}
	mustVerify(t, b)
}

// TestUnreadable: what cannot be read is no damage.
func TestUnreadable(t *testing.T) {
	b, _ := grow(t, 300)
	for _, name := range []string{ledger.TrailFile, ledger.LogName(0), ledger.LogName(280), "checkpoint", "tile/entries/000", "tile/0/000"} {
		b.Fault = func(method, at string) ledgertest.Outcome {
			if at == name {
				return ledgertest.Outcome{Err: errFault}
			}
			return ledgertest.Outcome{}
		}
		d := new(ledger.Damage)
		if _, err := ledger.VerifyAll(t.Context(), b, ""); name != "tile/entries/000" && (!errors.Is(err, errFault) || errors.As(err, &d)) {
			t.Errorf("VerifyAll with %s unreadable = %v, want that error, not damage", name, err)
		}
		if _, err := ledger.Open(t.Context(), b, ledger.Options{}); name != "tile/0/000" && (!errors.Is(err, errFault) || errors.As(err, &d)) {
			t.Errorf("Open with %s unreadable = %v, want that error, not damage", name, err)
		}
	}
}
