package api

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"agenttrail/ingest"
	"agenttrail/internal/strictjson"
)

// errMissing says that a vendor promised a further page and gave no way to it.
func errMissing(what string) error {
	return fmt.Errorf("a further page was promised, and %s is missing: %w", what, ingest.ErrChanged)
}

// byLink follows the Link header whose relation is next (RFC 8288).
func byLink(r request, p *page) (*request, error) {
	for _, header := range p.header.Values("Link") {
		for _, link := range strings.Split(header, ",") {
			target, params, _ := strings.Cut(strings.TrimSpace(link), ">")
			if strings.HasPrefix(target, "<") && isNext(params) {
				return follow(r, target[1:])
			}
		}
	}
	return nil, nil
}

func isNext(params string) bool {
	for _, p := range strings.Split(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(name, "rel") && strings.Trim(value, `"`) == "next" {
			return true
		}
	}
	return false
}

// byHeader follows a header that holds the address of the next page.
func byHeader(name string) func(request, *page) (*request, error) {
	return func(r request, p *page) (*request, error) { return follow(r, p.header.Get(name)) }
}

// byURL follows a member that holds the address of the next page. more names the member that says whether there is one; empty: the address alone tells.
func byURL(at, more string) func(request, *page) (*request, error) {
	return func(r request, p *page) (*request, error) {
		next := p.root.At(at).Str()
		promised, said := p.root.At(more).Bool()
		switch {
		case more == "" || promised && next != "":
			return follow(r, next)
		case promised:
			return nil, errMissing(at)
		case !said:
			return nil, noMember(more)
		}
		return nil, nil
	}
}

// follow is the request for an address that the vendor gave: absolute, or a path. nil when there is none.
func follow(r request, address string) (*request, error) {
	if address == "" {
		return nil, nil
	}
	at, err := url.Parse(r.url)
	if err != nil {
		return nil, err
	}
	to, err := at.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("address of the next page: %w", ingest.ErrChanged)
	}
	r.url = to.String()
	return &r, nil
}

// byCursor puts the member at, an opaque text, into the query under a name. Absent, null or empty is the end.
func byCursor(name, at string) func(request, *page) (*request, error) {
	return func(r request, p *page) (*request, error) {
		cursor := p.root.At(at).Str()
		if cursor == "" {
			return nil, nil
		}
		next, err := r.with(name, cursor)
		return &next, err
	}
}

// byLast goes on behind the last record of a page as long as more says so. at is the member that names it; empty: the id of the last record itself.
func byLast(name, more, at string) func(request, *page) (*request, error) {
	return func(r request, p *page) (*request, error) {
		promised, said := p.root.At(more).Bool()
		if !said {
			return nil, noMember(more)
		}
		if !promised {
			return nil, nil
		}
		last := p.root.At(at).Str()
		if at == "" {
			last = p.last().Get("id").Str()
		}
		if last == "" {
			return nil, errMissing("the id of its last record")
		}
		next, err := r.with(name, last)
		return &next, err
	}
}

func noMember(at string) error {
	return fmt.Errorf("%w: the answer is no page: it has no %s", errNoPage, strings.TrimPrefix(at, "/"))
}

// byBody puts the member at into the body of the next request under a name.
func byBody(name, at string) func(request, *page) (*request, error) {
	return func(r request, p *page) (*request, error) {
		cursor := p.root.At(at).Str()
		if cursor == "" {
			return nil, nil
		}
		var body map[string]any // written in the order of its names
		if err := json.Unmarshal([]byte(r.body), &body); err != nil {
			return nil, fmt.Errorf("BUG: body of a request: %w", err)
		}
		body[name] = cursor
		text, err := json.Marshal(body)
		r.body = string(text)
		return &r, err
	}
}

// last is the last record of a page.
func (p *page) last() (last strictjson.Value) {
	for v := range p.items.Each {
		last = v
	}
	return last
}
