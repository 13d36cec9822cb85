// Package seal signs the PDFs that reports/pdf writes: PAdES B-B, and B-T with a token of a time-stamp authority (RFC 3161). A signature is
// an increment: the file before it stays an exact prefix of the signed one, so that a report can be made again and compared although
// signatures and tokens differ from run to run.
//
// Data flows one way: the file is read by its own cross-reference, the field, the signature dictionary and the catalog are appended, the
// bytes around the slot are hashed, and the CMS goes into the slot. It signs nothing but our own files, and trusts no signature: pdfsig and
// its like judge those.
package seal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Names of the two fields that a report has from the start.
const (
	Issuer   = "Issuer"
	Reviewer = "Reviewer"
)

// Options say how a file is signed.
type Options struct {
	Field   string    // Issuer or Reviewer
	Certify bool      // also state that only further signatures may follow (DocMDP, level 2); the first signature only
	When    time.Time // claimed by the signer, in the signature dictionary
	Reason  string
}

// A Signed file is what Sign returns.
type Signed struct {
	PDF []byte
	// Unstamped is why there is no token of the time-stamp authority, although the signer has one; nil: there is one, or none was wanted.
	// The signature is whole without it.
	Unstamped error
}

// ErrSigned says that the field holds a signature already.
var ErrSigned = errors.New("it is signed already")

// slotSize is how many bytes are kept for the CMS: certificates of the chain and a token fit.
const slotSize = 24 << 10

// Sign appends a signature to a file of ours. What stands before it is not touched. A failing authority does not fail the call: see
// Signed.Unstamped.
func Sign(ctx context.Context, file []byte, s *Signer, o Options) (*Signed, error) {
	r, err := read(file)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	field, err := r.field(o.Field)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	inc := &increment{Buffer: bytes.NewBuffer(bytes.Clone(file)), r: r, at: map[int]int{}}
	h, err := inc.sign(field, s, o)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	cms, unstamped, err := s.cms(ctx, h.digest())
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if len(cms) > slotSize {
		return nil, fmt.Errorf("sign: the signature takes %d bytes, %d are kept for it: use a shorter chain of certificates", len(cms), slotSize)
	}
	copy(h.pdf[h.from+1:], fmt.Sprintf("%X", cms))
	return &Signed{h.pdf, unstamped}, nil
}

// A hole is a finished file with the slot of its signature still empty.
type hole struct {
	pdf      []byte
	from, to int // of the slot with its brackets
}

// digest hashes all but the slot.
func (h *hole) digest() [32]byte {
	sum := sha256.New()
	sum.Write(h.pdf[:h.from])
	sum.Write(h.pdf[h.to:])
	return [32]byte(sum.Sum(nil))
}

// sign writes the increment: the field with its value, the catalog of a certified file, the signature dictionary and the cross-reference.
func (i *increment) sign(field int, s *Signer, o Options) (*hole, error) {
	body, err := i.r.object(field)
	if err != nil {
		return nil, err
	}
	if bytes.Contains(body, []byte("/V ")) {
		return nil, fmt.Errorf("field %s: %w", o.Field, ErrSigned)
	}
	value := i.r.size
	i.r.size++
	i.put(field, more(body, fmt.Sprintf("/V %d 0 R", value)))
	reference := ""
	if o.Certify {
		catalog, err := i.r.object(i.r.root)
		if err != nil {
			return nil, err
		}
		if bytes.Contains(catalog, []byte("/Perms")) {
			return nil, fmt.Errorf("certify: %w", ErrSigned)
		}
		i.put(i.r.root, more(catalog, fmt.Sprintf("/Perms<</DocMDP %d 0 R>>", value)))
		reference = "/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P 2/V/1.2>>>>]"
	}
	i.at[value] = i.Len()
	fmt.Fprintf(i, "%d 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M%s/Name%s/Reason%s%s/ByteRange ",
		value, date(o.When), text(s.Certificate.Subject.CommonName), text(o.Reason), reference)
	span := i.Len()
	fmt.Fprintf(i, "%40s/Contents", "")
	from := i.Len()
	i.WriteString("<" + strings.Repeat("0", 2*slotSize) + ">")
	to := i.Len()
	i.WriteString(">>\nendobj\n")
	pdf := i.close()
	copy(pdf[span:], fmt.Sprintf("[0 %d %d %d]", from, to, len(pdf)-to))
	return &hole{pdf, from, to}, nil
}

// more adds keys at the end of a dictionary.
func more(dict []byte, keys string) []byte {
	return append(bytes.Clone(bytes.TrimSuffix(dict, []byte(">>"))), keys+">>"...)
}
