package ledger_test

import (
	"bytes"
	"testing"

	"agenttrail/internal/trail/ledger"
)

// FuzzDecodeEntry: what is accepted is written again with the same bytes.
func FuzzDecodeEntry(f *testing.F) {
	for _, c := range samples {
		f.Add([]byte(c.want))
	}
	f.Add([]byte(`{"tables":[{}],"time":"2026-11-03T12:00:00.123456Z","type":"batch","v":"1","window":"-"}`))
	f.Add([]byte(`{"time":"2026-11-03T12:00:00.123456Z","type":"revision","v":"1"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := ledger.DecodeEntry(data)
		if err != nil {
			return
		}
		again, err := ledger.EncodeEntry(e)
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("EncodeEntry(DecodeEntry(%q)) = %q, %v, want the same bytes", data, again, err)
		}
	})
}

// FuzzLog puts bytes in place of the newest log/<n>: only what was there verifies.
func FuzzLog(f *testing.F) {
	start, s := grow(f, 3)
	good := start.Files()[ledger.LogName(2)]
	entry, signed, _ := bytes.Cut(good, []byte("\n"))
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add(append(bytes.Clone(good), "— "+origin+" AAAAAAAA\n"...))
	f.Add(signed)
	f.Add(append(bytes.Clone(entry), "\n\n"...))
	f.Add(bytes.Replace(good, []byte("\n3\n"), []byte("\n03\n"), 1))
	f.Add(bytes.Replace(good, []byte("\n3\n"), []byte("\n3\nextension\n"), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		b := start.Clone()
		mustPut(t, b, ledger.LogName(2), data)
		_, openErr := ledger.Open(t.Context(), b, ledger.Options{Key: s.Key()})
		_, verifyErr := ledger.VerifyAll(t.Context(), b, s.Key())
		if same := bytes.Equal(data, good); same != (openErr == nil) || same != (verifyErr == nil) {
			t.Errorf("with %q as log/2: Open = %v, VerifyAll = %v, want errors: %v", data, openErr, verifyErr, !same)
		}
	})
}
