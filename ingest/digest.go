package ingest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// States of a log file by the digests that its vendor signed.
const (
	ProofVerified = "verified" // a valid digest lists it with its hash
	ProofMismatch = "mismatch" // a valid digest lists it with another hash
	ProofMissing  = "missing"  // a valid digest lists it, and it is not there
	ProofPending  = "pending"  // in no digest yet
	ProofInvalid  = "invalid"  // of a digest: its signature, place or chain does not hold; of a log: only such a digest lists it
)

// States of a digest beyond ProofVerified and ProofInvalid: its own signature holds.
const (
	ProofStart = "start" // no digest comes before it: the chain begins here, or logging was stopped
	ProofGap   = "gap"   // the one before it is not there
)

// DigestKeys are the public keys of CloudTrail, by fingerprint.
type DigestKeys map[string]*rsa.PublicKey

// ParseDigestKeys reads what "aws cloudtrail list-public-keys" prints, or an object of fingerprints and values. A value is base64 of a PKCS #1 key.
func ParseDigestKeys(data []byte) (DigestKeys, error) {
	var listed struct {
		PublicKeyList []struct{ Value, Fingerprint string }
	}
	plain := map[string]string{}
	if err := json.Unmarshal(data, &listed); err == nil && len(listed.PublicKeyList) > 0 {
		for _, k := range listed.PublicKeyList {
			plain[k.Fingerprint] = k.Value
		}
	} else if err := json.Unmarshal(data, &plain); err != nil {
		return nil, errors.New(`want what "aws cloudtrail list-public-keys" prints, or {"FINGERPRINT": "BASE64"}`)
	}
	keys := DigestKeys{}
	for fingerprint, value := range plain {
		der, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", fingerprint, err)
		}
		if keys[fingerprint], err = x509.ParsePKCS1PublicKey(der); err != nil {
			return nil, fmt.Errorf("key %s: %w", fingerprint, err)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("it holds no key")
	}
	return keys, nil
}

// A Place is where an object was delivered first: a copy stands elsewhere.
type Place struct{ Bucket, Key string }

// A digestFile is a CloudTrail digest: what was delivered in an hour, and the digest before it.
type digestFile struct {
	EndTime     string  `json:"digestEndTime"`
	Bucket      string  `json:"digestS3Bucket"`
	Object      string  `json:"digestS3Object"`
	Fingerprint string  `json:"digestPublicKeyFingerprint"`
	Algorithm   string  `json:"digestSignatureAlgorithm"`
	PrevBucket  *string `json:"previousDigestS3Bucket"`
	PrevObject  *string `json:"previousDigestS3Object"`
	PrevHash    *string `json:"previousDigestHashValue"`
	PrevSigned  *string `json:"previousDigestSignature"`
	Files       []struct {
		Bucket    string `json:"s3Bucket"`
		Object    string `json:"s3Object"`
		Hash      string `json:"hashValue"`
		Algorithm string `json:"hashAlgorithm"`
	} `json:"logFiles"`
}

const (
	digestSigned = "SHA256withRSA"
	digestHashed = "SHA-256"
)

// A Digest is what one digest file says, and whether it holds by itself: signature and place. Its chain is judged by Digests.Judge.
type Digest struct {
	Place             // where it was delivered first
	Sum      [32]byte // of its uncompressed bytes
	Before   *Place   // the digest before it; nil: there is none
	BeforeIs string   // hex SHA-256 of that one's uncompressed bytes
	Files    []Claim
	Err      error // why it does not hold; nil: it does
}

// A Claim is one log file of a digest.
type Claim struct {
	Place
	Hash string // hex SHA-256 of the uncompressed bytes
}

// ReadDigest reads the uncompressed bytes of a digest that was delivered at a place, with the signature in its metadata (hex). It checks the RSA
// signature, PKCS #1 v1.5 over SHA-256, and that the file names the place where it stood.
func ReadDigest(data []byte, at Place, signature string, keys DigestKeys) Digest {
	d := Digest{Place: at, Sum: sha256.Sum256(data)}
	var f digestFile
	if err := json.Unmarshal(data, &f); err != nil {
		d.Err = fmt.Errorf("it is no digest: %w", err)
		return d
	}
	for _, l := range f.Files {
		d.Files = append(d.Files, Claim{Place{l.Bucket, l.Object}, strings.ToLower(l.Hash)})
	}
	if f.PrevBucket != nil && f.PrevObject != nil {
		d.Before = &Place{*f.PrevBucket, *f.PrevObject}
	}
	if f.PrevHash != nil {
		d.BeforeIs = strings.ToLower(*f.PrevHash)
	}
	d.Err = f.check(&d, signature, keys)
	return d
}

func (f *digestFile) check(d *Digest, signature string, keys DigestKeys) error {
	for _, l := range f.Files {
		if l.Algorithm != digestHashed {
			return fmt.Errorf("it hashes with %q, want %s", l.Algorithm, digestHashed)
		}
	}
	key := keys[f.Fingerprint]
	switch {
	case f.Bucket != d.Bucket || f.Object != d.Key:
		return fmt.Errorf("it says that it stood at s3://%s/%s", f.Bucket, f.Object)
	case f.Algorithm != digestSigned:
		return fmt.Errorf("it is signed by %q, want %s", f.Algorithm, digestSigned)
	case key == nil:
		return fmt.Errorf("its key %s is not among those given", f.Fingerprint)
	case signature == "":
		return errors.New("its metadata holds no signature")
	}
	signed, err := hex.DecodeString(signature)
	if err != nil {
		return fmt.Errorf("its signature is no hex: %w", err)
	}
	before := "null"
	if f.PrevSigned != nil {
		before = *f.PrevSigned
	}
	text := f.EndTime + "\n" + f.Bucket + "/" + f.Object + "\n" + hex.EncodeToString(d.Sum[:]) + "\n" + before
	sum := sha256.Sum256([]byte(text))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signed); err != nil {
		return errors.New("its signature does not verify")
	}
	return nil
}

// Digests are those of a source, and what they list together.
type Digests struct {
	at     map[Place]*Digest
	claims map[Place][]claimed
}

type claimed struct {
	hash string
	by   *Digest
}

// NewDigests makes an empty set.
func NewDigests() *Digests { return &Digests{map[Place]*Digest{}, map[Place][]claimed{}} }

// Add takes a digest in. One that stands there already is left out.
func (s *Digests) Add(d *Digest) {
	if s.at[d.Place] != nil {
		return
	}
	s.at[d.Place] = d
	for _, f := range d.Files {
		s.claims[f.Place] = append(s.claims[f.Place], claimed{f.Hash, d})
	}
}

// Judge says the state of a digest, once those around it are taken in.
func (s *Digests) Judge(d *Digest) (state string, why error) {
	switch {
	case d.Err != nil:
		return ProofInvalid, d.Err
	case d.Before == nil:
		return ProofStart, nil
	}
	before := s.at[*d.Before]
	switch {
	case before == nil:
		return ProofGap, nil
	case hex.EncodeToString(before.Sum[:]) != d.BeforeIs:
		return ProofInvalid, fmt.Errorf("the digest before it, %s, is not the one that it names", before.Key)
	}
	return ProofVerified, nil
}

// Log says the state of a log file that was delivered at a place; sum is the SHA-256 of its uncompressed bytes. A digest that holds counts more than one
// that does not, and a mismatch in one that holds more than a match in another.
func (s *Digests) Log(at Place, sum [32]byte) string {
	state, want := ProofPending, hex.EncodeToString(sum[:])
	for _, c := range s.claims[at] {
		switch {
		case c.by.Err != nil:
			if state == ProofPending {
				state = ProofInvalid
			}
		case c.hash != want:
			return ProofMismatch
		default:
			state = ProofVerified
		}
	}
	return state
}
