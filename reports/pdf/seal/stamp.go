package seal

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"time"

	"github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"
)

// An Authority makes time stamps (RFC 3161): it signs that a hash was there at a time.
type Authority struct {
	URL string
	// Roots are the certificates that its tokens must lead to; nil: any, the token is only checked in itself.
	Roots *x509.CertPool
	// Client sends the request; nil: one of our own that follows no redirect.
	Client *http.Client
}

// NewAuthority reads the certificates, in PEM, that tokens must lead to; none are read from nil.
func NewAuthority(url string, certificates []byte) (*Authority, error) {
	a := &Authority{URL: url}
	if certificates == nil {
		return a, nil
	}
	list, err := readCertificates(certificates)
	if err != nil {
		return nil, err
	}
	a.Roots = x509.NewCertPool()
	for _, c := range list {
		a.Roots.AddCert(c)
	}
	return a, nil
}

// Of one request.
const (
	stampTimeout = 20 * time.Second
	mostToken    = 64 << 10
)

// stamp asks for a token over a signature, and takes none that is not about it.
func (a *Authority) stamp(ctx context.Context, signature []byte) (token []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, stampTimeout)
	defer cancel()
	sum := sha256.Sum256(signature)
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return nil, err
	}
	query, err := (&timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: sum[:], Nonce: nonce, Certificates: true}).Marshal()
	if err != nil {
		return nil, fmt.Errorf("time stamp: %w", err)
	}
	answer, err := a.ask(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("time stamp of %s: %w", a.URL, err)
	}
	t, err := timestamp.ParseResponse(answer)
	if err != nil {
		return nil, fmt.Errorf("time stamp of %s: %w", a.URL, err)
	}
	switch {
	case t.HashAlgorithm != crypto.SHA256 || !bytes.Equal(t.HashedMessage, sum[:]):
		return nil, fmt.Errorf("time stamp of %s: the token is about something else", a.URL)
	case t.Nonce == nil || t.Nonce.Cmp(nonce) != 0:
		return nil, fmt.Errorf("time stamp of %s: the token answers another question", a.URL)
	}
	if err := a.trusted(t); err != nil {
		return nil, fmt.Errorf("time stamp of %s: %w", a.URL, err)
	}
	return t.RawToken, nil
}

func (a *Authority) ask(ctx context.Context, query []byte) (answer []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.URL, bytes.NewReader(query))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/timestamp-query")
	client := a.Client
	if client == nil {
		client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", res.StatusCode)
	}
	answer, err = io.ReadAll(io.LimitReader(res.Body, mostToken+1))
	if len(answer) > mostToken {
		return nil, fmt.Errorf("the answer has more than %d bytes", mostToken)
	}
	return answer, err
}

// trusted says whether the token's signer leads to one of the roots, as a time-stamp authority and at the token's time.
func (a *Authority) trusted(t *timestamp.Timestamp) error {
	if a.Roots == nil {
		return nil
	}
	p7, err := pkcs7.Parse(t.RawToken)
	if err != nil {
		return err
	}
	signer := p7.GetOnlySigner()
	if signer == nil {
		return errors.New("the token has no certificate of its signer")
	}
	between := x509.NewCertPool()
	for _, c := range t.Certificates {
		between.AddCert(c)
	}
	_, err = signer.Verify(x509.VerifyOptions{Roots: a.Roots, Intermediates: between, CurrentTime: t.Time, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}})
	return err
}
