package ingest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// signer is the test's own key: one is enough, and making one takes long.
var signer = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func digestKeys(t *testing.T) DigestKeys {
	t.Helper()
	value := base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PublicKey(&signer().PublicKey))
	keys, err := ParseDigestKeys([]byte(`{"PublicKeyList":[{"Value":"` + value + `","ValidityStartTime":"2026-11-01T00:00:00Z","Fingerprint":"f1"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// A signedDigest is a digest file as CloudTrail would deliver it.
type signedDigest struct {
	place     Place
	data      []byte
	signature string
}

func (d *signedDigest) read(t *testing.T) *Digest {
	t.Helper()
	read := ReadDigest(d.data, d.place, d.signature, digestKeys(t))
	return &read
}

// sign makes the digest of an hour over log files, after another one; nil: it is the first.
func sign(t *testing.T, hour int, before *signedDigest, logs map[string]string, suffix string) *signedDigest {
	t.Helper()
	d := &signedDigest{place: Place{bucket, fmt.Sprintf("AWSLogs/111122223333/CloudTrail-Digest/eu-central-1/2026/11/03/d_20261103T%02d0000Z%s.json.gz", hour, suffix)}}
	f := map[string]any{"awsAccountId": "111122223333", "digestEndTime": fmt.Sprintf("2026-11-03T%02d:00:00Z", hour), "digestS3Bucket": d.place.Bucket, "digestS3Object": d.place.Key,
		"digestPublicKeyFingerprint": "f1", "digestSignatureAlgorithm": "SHA256withRSA", "previousDigestS3Bucket": nil, "previousDigestS3Object": nil, "previousDigestHashValue": nil,
		"previousDigestHashAlgorithm": nil, "previousDigestSignature": nil}
	previous := "null"
	if before != nil {
		previous = before.signature
		f["previousDigestS3Bucket"], f["previousDigestS3Object"], f["previousDigestHashAlgorithm"] = before.place.Bucket, before.place.Key, "SHA-256"
		f["previousDigestHashValue"], f["previousDigestSignature"] = sum(before.data), previous
	}
	files := []map[string]string{}
	for key, plain := range logs {
		files = append(files, map[string]string{"s3Bucket": bucket, "s3Object": key, "hashValue": sum([]byte(plain)), "hashAlgorithm": "SHA-256"})
	}
	f["logFiles"] = files
	var err error
	if d.data, err = json.Marshal(f); err != nil {
		t.Fatal(err)
	}
	text := sha256.Sum256([]byte(f["digestEndTime"].(string) + "\n" + d.place.Bucket + "/" + d.place.Key + "\n" + sum(d.data) + "\n" + previous))
	signed, err := rsa.SignPKCS1v15(nil, signer(), crypto.SHA256, text[:])
	if err != nil {
		t.Fatal(err)
	}
	d.signature = hex.EncodeToString(signed)
	return d
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

func TestDigestChain(t *testing.T) {
	first := sign(t, 1, nil, map[string]string{"a": "log a"}, "")
	second := sign(t, 2, first, map[string]string{"b": "log b"}, "")
	third := sign(t, 3, second, nil, "")
	backfill := sign(t, 2, nil, map[string]string{"late": "log late"}, "_backfill")
	other := sign(t, 1, nil, map[string]string{"x": "another first"}, "")

	broken := *second
	broken.signature = strings.Replace(second.signature, second.signature[:2], "00", 1)
	altered := *second
	altered.data = []byte(strings.Replace(string(second.data), sum([]byte("log b")), sum([]byte("log B")), 1))
	moved := *second
	moved.place.Bucket = "example-copy"

	cases := []struct {
		name  string
		held  []*signedDigest
		judge *signedDigest
		want  string
		why   string
	}{
		{"the first of a chain", []*signedDigest{first}, first, ProofStart, ""},
		{"a good chain", []*signedDigest{first, second, third}, third, ProofVerified, ""},
		{"one is missing", []*signedDigest{first, third}, third, ProofGap, ""},
		{"a backfill stands alone", []*signedDigest{first, backfill}, backfill, ProofStart, ""},
		{"broken signature", []*signedDigest{first, &broken}, &broken, ProofInvalid, "signature does not verify"},
		{"altered digest", []*signedDigest{first, &altered}, &altered, ProofInvalid, "signature does not verify"},
		{"read from another bucket", []*signedDigest{first, &moved}, &moved, ProofInvalid, "it says that it stood at s3://example-logs/"},
		{"another digest in the place of the one before", []*signedDigest{other, second}, second, ProofInvalid, "is not the one that it names"},
	}
	for _, c := range cases {
		set := NewDigests()
		var judged *Digest
		for _, d := range c.held {
			read := d.read(t)
			set.Add(read)
			if d == c.judge {
				judged = read
			}
		}
		got, why := set.Judge(judged)
		if got != c.want || (why != nil) != (c.why != "") || why != nil && !strings.Contains(why.Error(), c.why) {
			t.Errorf("%s: Judge = %s, %v; want %s, %q", c.name, got, why, c.want, c.why)
		}
	}
}

func TestDigestLogs(t *testing.T) {
	good := sign(t, 1, nil, map[string]string{"a": "log a", "gone": "log gone"}, "")
	broken := sign(t, 2, good, map[string]string{"b": "log b", "a": "not log a"}, "")
	broken.signature = "00"
	backfill := sign(t, 2, nil, map[string]string{"late": "log late"}, "_backfill")
	set := NewDigests()
	for _, d := range []*signedDigest{good, broken, backfill} {
		set.Add(d.read(t))
	}
	for _, c := range []struct{ key, plain, want string }{
		{"a", "log a", ProofVerified}, {"a", "log a, changed", ProofMismatch}, {"b", "log b", ProofInvalid}, {"late", "log late", ProofVerified}, {"young", "log young", ProofPending},
	} {
		if got := set.Log(Place{bucket, c.key}, sha256.Sum256([]byte(c.plain))); got != c.want {
			t.Errorf("Log(%s, %q) = %s, want %s", c.key, c.plain, got, c.want)
		}
	}
}

func TestParseDigestKeysRefuses(t *testing.T) {
	for _, text := range []string{"", "{}", "[]", `{"PublicKeyList":[]}`, `{"f1":"!!"}`, `{"f1":"AAAA"}`, `{"PublicKeyList":[{"Value":"AAAA","Fingerprint":"f1"}]}`} {
		if keys, err := ParseDigestKeys([]byte(text)); err == nil {
			t.Errorf("ParseDigestKeys(%s) = %v, want an error", text, keys)
		}
	}
}

func FuzzReadDigest(f *testing.F) {
	f.Add([]byte(`{"digestEndTime":"x","logFiles":[{"s3Bucket":"b"}]}`), "00")
	f.Fuzz(func(t *testing.T, data []byte, signature string) {
		if d := ReadDigest(data, Place{"b", "k"}, signature, DigestKeys{"f1": &signer().PublicKey}); d.Err == nil {
			t.Errorf("ReadDigest(%q, %q) holds, want an error: nobody signed it", data, signature)
		}
	})
}
