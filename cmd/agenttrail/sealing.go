package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
	"time"

	"agenttrail/internal/config"
	"agenttrail/reports/pdf/seal"
)

// sealerOf reads the certificate and the key that reports are signed with; nil when the config has no seal.
func sealerOf(ctx context.Context, c *config.Config) (*seal.Signer, error) {
	if c.Seal == nil {
		return nil, nil
	}
	certificate, err := os.ReadFile(c.Path(c.Seal.Certificate))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	secret, err := c.Seal.Key.Resolve(ctx, c.Dir)
	if err != nil {
		return nil, fmt.Errorf("seal: key: %w", err)
	}
	s, err := seal.NewSigner(certificate, []byte(secret.Reveal()))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	s.Authority, err = authorityOf(c)
	return s, err
}

func authorityOf(c *config.Config) (*seal.Authority, error) {
	t := c.Seal.TSA
	if t == nil {
		return nil, nil
	}
	var roots []byte
	if t.Certificate != "" {
		var err error
		if roots, err = os.ReadFile(c.Path(t.Certificate)); err != nil {
			return nil, fmt.Errorf("seal: tsa: %w", err)
		}
	}
	a, err := seal.NewAuthority(t.URL, roots)
	if err != nil {
		return nil, fmt.Errorf("seal: tsa: %s: %w", t.Certificate, err)
	}
	return a, nil
}

// trySeal is the doctor's look at the seal: certificate and key fit, and today is within the term. No stamp is asked for.
func (a *app) trySeal(ctx context.Context, c *config.Config) (string, error) {
	s, err := sealerOf(ctx, c)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, until %s", s.Certificate.Subject.CommonName, s.Certificate.NotAfter.UTC().Format(time.DateOnly)), s.ValidAt(a.now())
}

// sealNotice is how long before its end a certificate is told of.
const sealNotice = 30 * 24 * time.Hour

// sealUntil is until when the certificate of the seal is good; zero: there is no seal.
func sealUntil(c *config.Config) (time.Time, error) {
	if c.Seal == nil {
		return time.Time{}, nil
	}
	data, err := os.ReadFile(c.Path(c.Seal.Certificate))
	if err != nil {
		return time.Time{}, fmt.Errorf("seal: %w", err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return time.Time{}, fmt.Errorf("seal: %s holds no certificate", c.Seal.Certificate)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return time.Time{}, fmt.Errorf("seal: %s: %w", c.Seal.Certificate, err)
	}
	return certificate.NotAfter, nil
}

// Levels of a seal, as issue.json says them.
const (
	sealPlain   = "PAdES B-B, without a time stamp"
	sealStamped = "PAdES B-T, with a time stamp"
)

// sealed signs the report as its issuer. Without a seal in the config it returns nothing. A time stamp that could not be had is said in the note.
func (a *app) sealed(ctx context.Context, c *config.Config, core []byte) (file []byte, note string, err error) {
	s, err := sealerOf(ctx, c)
	if err != nil || s == nil {
		return nil, "", err
	}
	if err := s.ValidAt(a.now()); err != nil {
		return nil, "", fmt.Errorf("seal: %w", err)
	}
	out, err := seal.Sign(ctx, core, s, seal.Options{Field: seal.Issuer, Certify: true, When: a.now(), Reason: "Report issued"})
	if err != nil {
		return nil, "", err
	}
	switch note = sealPlain; {
	case out.Unstamped != nil:
		note += ": " + strings.ReplaceAll(out.Unstamped.Error(), "\n", " ")
	case s.Authority != nil:
		note = sealStamped
	}
	return out.PDF, note, nil
}
