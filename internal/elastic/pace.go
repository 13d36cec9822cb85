package elastic

import (
	"context"
	"sync"
)

const minBody = 256 << 10 // bytes of one request, under pressure

// A pace is how much is sent at once: less when the cluster refuses whole requests, and slowly more again.
type pace struct {
	tokens chan struct{} // one for each request that may fly

	mu         sync.Mutex
	bytes      int // of one request
	most, kept int // requests at once; tokens that are kept back for it
	bad, good  int // requests in a row
}

func newPace() *pace {
	p := &pace{tokens: make(chan struct{}, inFlight), bytes: maxBody, most: inFlight}
	for range inFlight {
		p.tokens <- struct{}{}
	}
	return p
}

// enter waits until one more request may fly; each enter needs a leave.
func (p *pace) enter(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-p.tokens:
		return nil
	}
}

func (p *pace) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept < inFlight-p.most {
		p.kept++
		return
	}
	p.tokens <- struct{}{}
}

func (p *pace) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bytes
}

// refused is called when the cluster was too busy for a request: after three in a row, half of everything.
func (p *pace) refused() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.good = 0
	if p.bad++; p.bad%3 == 0 {
		p.bytes, p.most = max(p.bytes/2, minBody), max(p.most/2, 1)
	}
}

// taken is called when a request was answered: after eight in a row, twice the size and one request more.
func (p *pace) taken() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bad = 0
	if p.good++; p.good%8 != 0 {
		return
	}
	p.bytes, p.most = min(p.bytes*2, maxBody), min(p.most+1, inFlight)
	if p.kept > inFlight-p.most {
		p.kept--
		p.tokens <- struct{}{}
	}
}
