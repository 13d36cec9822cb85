package unpack

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func gz(t testing.TB, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zst(t testing.TB, s string) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll([]byte(s), nil)
}

// bz is "hello\n" by bzip2: the standard library cannot write it.
func bz(t testing.TB) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString("QlpoOTFBWSZTWcHAgOIAAAFBAAAQAkSgADDNAMNGKZcXckU4UJDBwIDi")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestKinds(t *testing.T) {
	for _, c := range []struct {
		name, kind, want string
		in               []byte
	}{
		{"plain", "plain", "hello\n", []byte("hello\n")},
		{"empty", "plain", "", nil},
		{"one byte", "plain", "x", []byte("x")},
		{"gzip", "gzip", "hello\n", gz(t, "hello\n")},
		{"two members", "gzip", "hello\nworld\n", append(gz(t, "hello\n"), gz(t, "world\n")...)},
		{"zstd", "zstd", "hello\n", zst(t, "hello\n")},
		{"two frames", "zstd", "hello\nworld\n", append(zst(t, "hello\n"), zst(t, "world\n")...)},
		{"bzip2", "bzip2", "hello\n", bz(t)},
		{"two bzip2", "bzip2", "hello\nhello\n", append(bz(t), bz(t)...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := New(iotest.OneByteReader(bytes.NewReader(c.in)), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err != nil || string(got) != c.want || r.Kind() != c.kind {
				t.Errorf("New(%q) = %q, kind %s, err %v; want %q, %s", c.in, got, r.Kind(), err, c.want, c.kind)
			}
		})
	}
}

// TestEveryCut cuts each stream after every byte: none may end without an error, except where a shorter stream is whole by itself.
func TestEveryCut(t *testing.T) {
	for name, in := range map[string][]byte{"gzip": gz(t, strings.Repeat("hello ", 50)), "zstd": zst(t, strings.Repeat("hello ", 50)), "bzip2": bz(t)} {
		for n := 4; n < len(in); n++ {
			r, err := New(bytes.NewReader(in[:n]), Limits{})
			if err == nil {
				_, err = io.ReadAll(r)
			}
			if err == nil {
				t.Errorf("%s cut at byte %d of %d was read without an error", name, n, len(in))
			}
		}
	}
}

func TestDamage(t *testing.T) {
	whole := gz(t, strings.Repeat("hello ", 50))
	for name, in := range map[string][]byte{
		"checksum":      append(append(bytes.Clone(whole[:len(whole)-8]), 0, 0, 0, 0), whole[len(whole)-4:]...),
		"trailing junk": append(bytes.Clone(whole), "junk"...),
		"cut":           whole[:len(whole)-3],
	} {
		r, err := New(bytes.NewReader(in), Limits{})
		if err == nil {
			_, err = io.ReadAll(r)
		}
		if err == nil {
			t.Errorf("%s: read without an error", name)
		}
		if name == "cut" && !errors.Is(err, ErrCut) {
			t.Errorf("cut: err = %v, want ErrCut", err)
		}
	}
}

func TestLimits(t *testing.T) {
	bomb := gz(t, strings.Repeat("\x00", 80<<20))
	for _, c := range []struct {
		limits Limits
		want   error
	}{{Limits{}, ErrRatio}, {Limits{Object: 1 << 20}, ErrTooLarge}, {Limits{Ratio: 100_000}, nil}} {
		r, err := New(bytes.NewReader(bomb), c.limits)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r)
		if !errors.Is(err, c.want) {
			t.Errorf("limits %+v: %d bytes, err %v, want %v", c.limits, n, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(gz(f, "hello"))
	f.Add(zst(f, "hello"))
	f.Add(bz(f))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := New(bytes.NewReader(in), Limits{Object: 1 << 20})
		if err == nil {
			_, _ = io.Copy(io.Discard, r)
		}
	})
}
