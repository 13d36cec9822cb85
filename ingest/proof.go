package ingest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"time"

	"agenttrail"
	"agenttrail/internal/unpack"
)

// A Proof has the logs of a source compared with the digests that its vendor signed.
type Proof struct {
	Keys DigestKeys
	// Place says where the object of a URI was delivered first.
	Place func(uri string) (Place, bool)
	// URI is the object that stands for a place.
	URI func(Place) string
	// Originals yields the logs and digests that the trail keeps of the windows that share time with [from, to).
	Originals func(ctx context.Context, from, to time.Time, yield func(o agenttrail.Object, open func() (io.ReadCloser, error)) error) error
	// Wanted says whether the source would pull the object of a URI.
	Wanted func(uri string) bool
}

// How far the digests of a window reach: each lists what came within an hour, and names the one before it.
const (
	digestsBack    = 25 * time.Hour
	digestsForward = 49 * time.Hour
)

// A proving is the state of a window's proof.
type proving struct {
	*Proof
	digests *Digests
	kept    map[Place]func() (io.ReadCloser, error) // logs that the trail has
	parked  []*item                                 // digests of this pass: what they settle is known when all logs are here
	read    map[*item]*Digest
	here    map[Place]bool // logs of this pass
}

// prove gathers what the trail has around the window.
func (k *walk) prove(ctx context.Context) error {
	if k.job.Proof == nil {
		return nil
	}
	p := &proving{Proof: k.job.Proof, digests: NewDigests(), kept: map[Place]func() (io.ReadCloser, error){}, read: map[*item]*Digest{}, here: map[Place]bool{}}
	k.proving = p
	return p.Originals(ctx, k.window.From.Add(-digestsBack), k.window.To.Add(digestsForward), func(o agenttrail.Object, open func() (io.ReadCloser, error)) error {
		at, ok := p.Place(o.URI)
		switch {
		case !ok:
		case o.Role == agenttrail.RoleLog:
			p.kept[at] = open
		case o.Role == agenttrail.RoleDigest:
			d, err := p.digest(&o, at, open)
			if err != nil {
				return fmt.Errorf("digest %s: %w", o.URI, err)
			}
			p.digests.Add(d)
		}
		return nil
	})
}

const signatureName = "x-amz-meta-signature"

// digest reads a digest. One that does not unpack is a digest that does not hold.
func (p *proving) digest(o *agenttrail.Object, at Place, open func() (io.ReadCloser, error)) (*Digest, error) {
	in, err := open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	u, err := unpack.New(in, unpack.Limits{})
	if err != nil {
		return &Digest{Place: at, Err: err}, nil
	}
	defer u.Close()
	data, err := io.ReadAll(u)
	if err != nil {
		return &Digest{Place: at, Err: err}, nil
	}
	d := ReadDigest(data, at, o.Meta[signatureName], p.Keys)
	return &d, nil
}

// plainSum is the SHA-256 of the unpacked bytes; ok is false when they do not unpack.
func plainSum(open func() (io.ReadCloser, error)) (sum [32]byte, ok bool, err error) {
	in, err := open()
	if err != nil {
		return sum, false, err
	}
	defer in.Close()
	u, err := unpack.New(in, unpack.Limits{})
	if err != nil {
		return sum, false, nil
	}
	defer u.Close()
	h := sha256.New()
	if _, err := io.Copy(h, u); err != nil {
		return sum, false, nil
	}
	h.Sum(sum[:0])
	return sum, true, nil
}

// look judges an item as it comes, in the order of the listing: digests come before the logs of their account. parked: it is a digest, and waits.
func (p *proving) look(it *item) (parked bool, err error) {
	at, ok := p.Place(it.URI)
	if !ok {
		return false, nil
	}
	switch it.Role {
	case agenttrail.RoleDigest:
		d, err := p.digest(&it.Object, at, it.Open)
		if err != nil {
			return false, err
		}
		p.digests.Add(d)
		p.parked, p.read[it] = append(p.parked, it), d
		return true, nil
	case agenttrail.RoleLog:
		p.here[at] = true
		it.Proof = ProofMismatch // of what does not unpack
		sum, ok, err := plainSum(it.Open)
		if ok {
			it.Proof = p.digests.Log(at, sum)
		}
		return false, err
	}
	return false, nil
}

// release judges the digests that waited, and says what they settle: logs of earlier windows, and logs that are not there.
func (p *proving) release() error {
	for _, it := range p.parked {
		d := p.read[it]
		state, why := p.digests.Judge(d)
		it.Proof = state
		if why != nil {
			if it.Meta == nil {
				it.Meta = map[string]string{}
			}
			it.Meta["proof_why"], _ = agenttrail.Clean(why.Error())
			continue
		}
		if err := p.settle(it, d); err != nil {
			return err
		}
	}
	return nil
}

func (p *proving) settle(it *item, d *Digest) error {
	for _, c := range d.Files {
		uri := p.URI(c.Place)
		if p.here[c.Place] || !p.Wanted(uri) {
			continue
		}
		state := ProofMissing
		if open := p.kept[c.Place]; open != nil {
			sum, ok, err := plainSum(open)
			if err != nil {
				return fmt.Errorf("original of %s: %w", uri, err)
			}
			if state = ProofMismatch; ok {
				state = p.digests.Log(c.Place, sum)
			}
		}
		if it.Settles == nil {
			it.Settles = map[string]string{}
		}
		it.Settles[uri] = state
	}
	return nil
}

// unproved are the states that somebody must look at.
var unproved = []string{ProofMismatch, ProofMissing, ProofInvalid, ProofGap}

// countProof adds the states of a committed object to the numbers.
func (n *Numbers) countProof(o *agenttrail.Object) {
	if o.Proof == "" {
		return
	}
	n.Proofs = addRules(n.Proofs, map[string]int64{o.Proof: 1})
	for _, state := range o.Settles {
		n.Proofs = addRules(n.Proofs, map[string]int64{state: 1})
	}
	if slices.Contains(unproved, o.Proof) {
		n.Unproved++
	}
	for _, state := range o.Settles {
		if slices.Contains(unproved, state) {
			n.Unproved++
		}
	}
}
