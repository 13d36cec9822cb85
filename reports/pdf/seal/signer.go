package seal

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A Signer is a certificate with its key, and the time-stamp authority if there is one.
type Signer struct {
	Certificate *x509.Certificate
	Chain       []*x509.Certificate // above it, as far as known
	Key         crypto.Signer
	Authority   *Authority // nil: no time stamp
}

// NewSigner reads a certificate, with its chain behind it, and its key, both in PEM. The key must belong to the certificate; RSA of at
// least 2,048 bits and ECDSA are taken. Errors never repeat the key.
func NewSigner(certificates, key []byte) (*Signer, error) {
	chain, err := readCertificates(certificates)
	if err != nil {
		return nil, err
	}
	signer, err := readKey(key)
	if err != nil {
		return nil, err
	}
	s := &Signer{Certificate: chain[0], Chain: chain[1:], Key: signer}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(s.Certificate.PublicKey) {
		return nil, fmt.Errorf("the key does not belong to the certificate of %q", s.Certificate.Subject.CommonName)
	}
	if usage := s.Certificate.KeyUsage; usage != 0 && usage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0 {
		return nil, fmt.Errorf("the certificate of %q is not for signing", s.Certificate.Subject.CommonName)
	}
	if _, err := algorithm(signer); err != nil {
		return nil, err
	}
	return s, nil
}

// ValidAt says whether a time lies within the certificate's term.
func (s *Signer) ValidAt(t time.Time) error {
	if t.Before(s.Certificate.NotBefore) || t.After(s.Certificate.NotAfter) {
		return fmt.Errorf("the certificate of %q is valid from %s to %s only", s.Certificate.Subject.CommonName, s.Certificate.NotBefore.UTC().Format(time.DateOnly), s.Certificate.NotAfter.UTC().Format(time.DateOnly))
	}
	return nil
}

// readCertificates reads PEM blocks, the signer's first.
func readCertificates(data []byte) (list []*x509.Certificate, err error) {
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			break
		}
		data = rest
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", len(list)+1, err)
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		return nil, errors.New("no certificate in PEM (-----BEGIN CERTIFICATE-----)")
	}
	return list, nil
}

func readKey(data []byte) (crypto.Signer, error) {
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			return nil, errors.New("no private key in PEM (-----BEGIN PRIVATE KEY-----, without a password)")
		}
		data = rest
		var key any
		var err error
		switch block.Type {
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		default:
			continue
		}
		if err != nil {
			return nil, errors.New("the private key cannot be read") // its error might quote bytes of the key
		}
		if s, ok := key.(crypto.Signer); ok {
			return s, nil
		}
		return nil, errors.New("this kind of private key cannot sign")
	}
}

var (
	oidData        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidDigest      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCert = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidStamp       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	oidSHA256      = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidECDSA       = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidRSA         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
)

// algorithm names the signature with SHA-256 that a key makes.
func algorithm(key crypto.Signer) (pkix.AlgorithmIdentifier, error) {
	switch k := key.Public().(type) {
	case *ecdsa.PublicKey:
		return pkix.AlgorithmIdentifier{Algorithm: oidECDSA}, nil
	case *rsa.PublicKey:
		if k.N.BitLen() < 2048 {
			return pkix.AlgorithmIdentifier{}, fmt.Errorf("an RSA key of %d bits is too short: use 2,048 or more", k.N.BitLen())
		}
		return pkix.AlgorithmIdentifier{Algorithm: oidRSA, Parameters: asn1.NullRawValue}, nil
	}
	return pkix.AlgorithmIdentifier{}, errors.New("want an ECDSA or RSA key")
}

// cms signs a digest as PAdES wants it: detached, SHA-256, one signer, the certificate's hash among the signed attributes, no time among
// them (the time stands in the signature dictionary). unstamped is why there is no token although there is an authority.
func (s *Signer) cms(ctx context.Context, digest [32]byte) (der []byte, unstamped, err error) {
	name, err := algorithm(s.Key)
	if err != nil {
		return nil, nil, err
	}
	sha := mustDER(pkix.AlgorithmIdentifier{Algorithm: oidSHA256})
	own := sha256.Sum256(s.Certificate.Raw)
	signed := set(attribute(oidContentType, mustDER(oidData)), attribute(oidDigest, mustDER(digest[:])), attribute(oidSigningCert, sequence(sequence(sequence(mustDER(own[:]))))))
	sum := sha256.Sum256(signed)
	signature, err := s.Key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, nil, fmt.Errorf("key of %q: %w", s.Certificate.Subject.CommonName, err)
	}
	signed[0] = 0xA0 // the same attributes, as [0]
	info := [][]byte{mustDER(1), sequence(s.Certificate.RawIssuer, mustDER(s.Certificate.SerialNumber)), sha, signed, mustDER(name), mustDER(signature)}
	if s.Authority != nil {
		var token []byte
		if token, unstamped = s.Authority.stamp(ctx, signature); unstamped == nil {
			info = append(info, tagged(1, attribute(oidStamp, token)))
		}
	}
	certificates := [][]byte{s.Certificate.Raw}
	for _, c := range s.Chain {
		certificates = append(certificates, c.Raw)
	}
	data := sequence(mustDER(1), set(sha), sequence(mustDER(oidData)), tagged(0, certificates...), set(sequence(info...)))
	return sequence(mustDER(oidSignedData), tagged(0, data)), unstamped, nil
}

// mustDER encodes a value of ours.
func mustDER(v any) []byte {
	b, err := asn1.Marshal(v)
	if err != nil {
		panic("BUG: DER of our own value: " + err.Error())
	}
	return b
}

func wrapped(class, tag int, parts ...[]byte) []byte {
	return mustDER(asn1.RawValue{Class: class, Tag: tag, IsCompound: true, Bytes: bytes.Join(parts, nil)})
}

func sequence(parts ...[]byte) []byte {
	return wrapped(asn1.ClassUniversal, asn1.TagSequence, parts...)
}

func tagged(tag int, parts ...[]byte) []byte {
	return wrapped(asn1.ClassContextSpecific, tag, parts...)
}

// set sorts its members, as DER wants it.
func set(members ...[]byte) []byte {
	slices.SortFunc(members, bytes.Compare)
	return wrapped(asn1.ClassUniversal, asn1.TagSet, members...)
}

func attribute(name asn1.ObjectIdentifier, value []byte) []byte {
	return sequence(mustDER(name), set(value))
}
