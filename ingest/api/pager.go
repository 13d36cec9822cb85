package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"strconv"
	"time"

	"agenttrail"
	"agenttrail/ingest"
	"agenttrail/internal/strictjson"
)

// maxPages bounds a walk that never ends.
const maxPages = 100_000

// errEnough ends a walk whose caller wants no more.
var errEnough = errors.New("enough")

// emit hands on an object; its error ends the walk.
type emit func(agenttrail.Object) error

// A walk asks for one part of one stretch of a window.
type walk struct {
	*Source
	query
}

// List yields the pages of a window, in the order of the vendor: of each stretch, each part, page after page. What is listed at the vendor first (blobs,
// files, sessions) is yielded with the listing in front of it, as an object with that role.
func (s *Source) List(ctx context.Context, w agenttrail.Window) iter.Seq2[agenttrail.Object, error] {
	return func(yield func(agenttrail.Object, error) bool) {
		emit := func(o agenttrail.Object) error {
			if !yield(o, nil) {
				return errEnough
			}
			return nil
		}
		if err := s.list(ctx, w, emit); err != nil && err != errEnough {
			yield(agenttrail.Object{}, fmt.Errorf("list %s: %w", s.vendor.Name, err))
		}
	}
}

func (s *Source) list(ctx context.Context, w agenttrail.Window, emit emit) error {
	if s.vendor.begin != nil && !s.begun {
		if err := s.vendor.begin(ctx, s); err != nil {
			return err
		}
	}
	s.begun = true
	parts := s.o.parts()
	if len(parts) == 0 || s.vendor.joined {
		parts = []string{""}
	}
	for _, stretch := range s.stretches(w) {
		for _, part := range parts {
			k := &walk{s, query{root: s.base.String(), account: s.o.Account, part: part, parts: s.o.parts(), from: stretch.From, to: stretch.To}}
			if err := k.run(ctx, emit); err != nil {
				return err
			}
		}
	}
	return nil
}

// stretches cuts a window into what one walk may ask for. What is still to come of a window is not asked for.
func (s *Source) stretches(w agenttrail.Window) (list []agenttrail.Window) {
	if now := s.o.Now().Truncate(time.Minute); w.To.After(now) && now.After(w.From) && !s.vendor.Days {
		w.To = now
	}
	for span := s.vendor.Span; span > 0 && w.To.Sub(w.From) > span; w.From = w.From.Add(span) {
		list = append(list, agenttrail.Window{Source: w.Source, From: w.From, To: w.From.Add(span)})
	}
	return append(list, w)
}

// run walks one part, and hands on its pages and what they list.
func (k *walk) run(ctx context.Context, emit emit) error {
	if !k.vendor.whole {
		return k.pages(ctx, k.vendor.first(&k.query), k.vendor, nil, emit)
	}
	var held []agenttrail.Object
	err := k.pages(ctx, k.vendor.first(&k.query), k.vendor, nil, func(o agenttrail.Object) error {
		held = append(held, o)
		return nil
	})
	for i := 0; err == nil && i < len(held); i++ {
		err = emit(held[i])
	}
	return err
}

// pages walks from a first request to the end that the vendor states. explain is the context of what the pages hold.
func (k *walk) pages(ctx context.Context, first request, v *Vendor, explain []byte, emit emit) error {
	seen, r := map[request]bool{}, first
	for n := 1; n <= maxPages; n++ {
		if seen[r] {
			return fmt.Errorf("page %d of %s: its cursor came before: %w", n, first.url, ingest.ErrChanged)
		}
		seen[r] = true
		p, next, err := k.page(ctx, r, n, v)
		if err != nil {
			return fmt.Errorf("page %d of %s: %w", n, first.url, err)
		}
		if err := k.hand(ctx, first, p, v, explain, emit); err != nil {
			return err
		}
		if next == nil {
			return nil
		}
		r = *next
	}
	return fmt.Errorf("%s: more than %d pages: %w", first.url, maxPages, ingest.ErrRequest)
}

// hand hands on a page and what it lists. A page without records says nothing and is not kept, and neither is one that belongs to other windows.
func (k *walk) hand(ctx context.Context, first request, p *page, v *Vendor, explain []byte, emit emit) error {
	if p.items.Len() == 0 || p.skip {
		return nil
	}
	o := agenttrail.Object{URI: k.name(first, p.number), Version: digest(p.body), Role: agenttrail.RoleLog, Size: int64(len(p.body)), Time: k.to, Meta: p.meta,
		Context: explain, Body: p.body}
	if v.expand == nil {
		return emit(o)
	}
	o.Role = agenttrail.RoleListing
	if err := emit(o); err != nil {
		return err
	}
	for item := range p.items.Each {
		if err := v.expand(ctx, k, p, item, emit); err != nil {
			return err
		}
	}
	return nil
}

// name is the URI of a page: the query of its walk and its number. A walk that says in a body what it asks for is named by its time too.
func (k *walk) name(first request, n int) string {
	fragment := "page=" + strconv.Itoa(n)
	if first.body != "" || k.vendor.outside != nil {
		fragment = "from=" + rfc3339(k.from) + "&to=" + rfc3339(k.to) + "&" + fragment
	}
	return first.url + "#" + fragment
}

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// A page is one answer of a listing.
type page struct {
	answer
	number int
	root   strictjson.Value
	items  strictjson.Value
	skip   bool // belongs to other windows
}

// errNoPage says that an answer is not what was asked for, whatever its status.
var errNoPage = errors.New("no page")

// page asks for a page until one comes, and finds what follows it.
func (k *walk) page(ctx context.Context, r request, n int, v *Vendor) (p *page, next *request, err error) {
	err = k.retrying(ctx, func() error {
		a, err := k.ask(ctx, r)
		if err != nil {
			return err
		}
		p = &page{answer: *a, number: n}
		next, err = p.read(r, v, &k.query)
		return err
	})
	if n > 1 && (errors.Is(err, ingest.ErrRequest) || errors.Is(err, ingest.ErrGone)) {
		err = fmt.Errorf("the cursor is not known any more (%v): %w", err, ingest.ErrChanged)
	}
	if n == 1 && errors.Is(err, ingest.ErrGone) {
		err = fmt.Errorf("%w: see url, account and parts", err)
	}
	if err == nil && next != nil {
		err = k.stays(next.url)
	}
	return p, next, err
}

func (p *page) read(r request, v *Vendor, q *query) (next *request, err error) {
	if p.root, err = strictjson.Parse(p.body); err != nil {
		return nil, fmt.Errorf("%w: the answer is no JSON: %d bytes of type %q: %v", errNoPage, len(p.body), shorten(p.header.Get("Content-Type"), 60), err)
	}
	p.items = p.root.At(v.items)
	if p.items.Kind() != strictjson.Array && !(v.sparse && p.root.Kind() == strictjson.Object && !p.items.Exists() && !p.root.Get("error").Exists()) {
		return nil, noMember("list of records" + v.items)
	}
	if v.outside != nil {
		skip, end := v.outside(q, p)
		if p.skip = skip; end {
			return nil, nil
		}
	}
	return v.next(r, p)
}

// stays says that an address is on the host of the config: what an answer names is followed nowhere else.
func (s *Source) stays(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host != s.base.Host || u.Scheme != s.base.Scheme || u.User != nil {
		return fmt.Errorf("the answer names an address on another host than %s, and it is not followed: %w", s.base.Host, ingest.ErrDenied)
	}
	return nil
}

// Open gets what a listing named. It waits where the vendor asks for it; all else the run tries again.
func (s *Source) Open(ctx context.Context, o *agenttrail.Object) (io.ReadCloser, error) {
	if err := s.stays(o.URI); err != nil {
		return nil, err
	}
	var body io.ReadCloser
	err := s.retryingIf(ctx, askedToWait, func() error {
		response, err := s.send(ctx, request{method: "GET", url: o.URI})
		if err != nil {
			return err
		}
		body, o.Meta = response.Body, meta(request{method: "GET", url: o.URI}, response)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return body, nil
}
