package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// A Request is one thing that a setup sends: what --dry-run prints is what is sent.
type Request struct {
	Method, Path string
	Body         []byte // JSON, may be empty
}

// Do sends the request as it stands.
func (r Request) Do(ctx context.Context, t esapi.Transport) (*esapi.Response, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, r.Path, nil)
	if err != nil {
		return nil, fmt.Errorf("BUG: request %s %s: %w", r.Method, r.Path, err)
	}
	if len(r.Body) > 0 {
		req, err = http.NewRequestWithContext(ctx, r.Method, r.Path, bytes.NewReader(r.Body))
		if err != nil {
			return nil, fmt.Errorf("BUG: request %s %s: %w", r.Method, r.Path, err)
		}
	}
	res, err := t.Perform(req)
	if err != nil {
		return nil, err
	}
	return &esapi.Response{StatusCode: res.StatusCode, Body: res.Body, Header: res.Header}, nil
}

func request(method, path string, body object) Request {
	if body == nil {
		return Request{Method: method, Path: path}
	}
	b, err := json.MarshalIndent(body, "", "  ")
	if err != nil {
		panic("BUG: body of " + path + " is no JSON: " + err.Error())
	}
	return Request{method, path, b}
}

// Plan lists the requests of Setup, in order: component templates, index templates, and what months that exist need to be up to them. Sending them
// again changes nothing.
func (c *Client) Plan(l Layout) (plan []Request) {
	components, indices := c.templates(l)
	for _, t := range components {
		plan = append(plan, request(http.MethodPut, "/_component_template/"+t.name, t.body))
	}
	for _, t := range indices {
		plan = append(plan, request(http.MethodPut, "/_index_template/"+t.name, t.body))
	}
	months, ledger := c.generation()+"*", c.ReceiptsIndex()+"*,"+c.FindingsIndex()+"*" // patterns: none may exist yet
	plan = append(plan,
		request(http.MethodPut, "/"+months+"/_mapping?allow_no_indices=true", Mapping()),
		request(http.MethodPut, "/"+ledger+"/_mapping?allow_no_indices=true", LedgerMapping()))
	if !l.Serverless {
		plan = append(plan, request(http.MethodPut, "/"+months+","+ledger+"/_settings?allow_no_indices=true", l.changeable()))
	}
	return plan
}

// Setup puts the templates, and brings the indices that exist up to them. A serverless cluster is recognised, and spared what it refuses.
func (c *Client) Setup(ctx context.Context, l Layout) error {
	flavor, err := c.flavor(ctx)
	if err != nil {
		return err
	}
	l.Serverless = l.Serverless || flavor == "serverless"
	if l.Lifecycle != "" && !l.Serverless {
		if err := c.checkLifecycle(ctx, l.Lifecycle); err != nil {
			return err
		}
	}
	for _, r := range c.Plan(l) {
		if _, err := c.do(ctx, r, nil); err != nil {
			return fmt.Errorf("%s %s: %w", r.Method, r.Path, err)
		}
	}
	return nil
}

// flavor is how the cluster was built, as far as it says: "default", "serverless", or nothing.
func (c *Client) flavor(ctx context.Context) (string, error) {
	var answer struct {
		Version struct {
			Flavor string `json:"build_flavor"`
		}
	}
	_, err := c.do(ctx, esapi.InfoRequest{}, &answer, http.StatusMethodNotAllowed, http.StatusForbidden, http.StatusGone)
	if err != nil {
		return "", fmt.Errorf("ask the cluster who it is: %w", err)
	}
	return answer.Version.Flavor, nil
}

// checkLifecycle wants a policy that does our indices no harm. They are plain ones, so a rollover would fail for ever; and their age counts from when
// they were made, so a deletion would take months that were filled late too late, and months that were rebuilt never in time.
func (c *Client) checkLifecycle(ctx context.Context, name string) error {
	var answer map[string]struct {
		Policy struct {
			Phases map[string]struct{ Actions map[string]json.RawMessage }
		}
	}
	status, err := c.do(ctx, Request{Method: http.MethodGet, Path: "/_ilm/policy/" + name}, &answer, http.StatusNotFound, http.StatusBadRequest, http.StatusMethodNotAllowed)
	switch {
	case err != nil:
		return fmt.Errorf("lifecycle policy %s: %w", name, err)
	case status == http.StatusNotFound:
		return fmt.Errorf("%w: the cluster has no lifecycle policy %q (make it, or remove index.lifecycle)", ErrSetup, name)
	case status != http.StatusOK:
		return fmt.Errorf("%w: the cluster has no lifecycle management (remove index.lifecycle)", ErrSetup)
	}
	for phase, p := range answer[name].Policy.Phases {
		_, rollover := p.Actions["rollover"]
		if rollover || phase == "delete" {
			return fmt.Errorf("%w: lifecycle policy %q rolls over or deletes: our months do neither (name a policy without, or remove index.lifecycle)", ErrSetup, name)
		}
	}
	return nil
}

// resolve lists the concrete indices that a pattern names, with the aliases of each, by name.
func (c *Client) resolve(ctx context.Context, pattern string) ([]index, error) {
	var answer struct{ Indices []index }
	if _, err := c.do(ctx, esapi.IndicesResolveIndexRequest{Name: []string{pattern}}, &answer); err != nil {
		return nil, fmt.Errorf("list %s: %w", pattern, err)
	}
	return answer.Indices, nil
}

// indices are the names of what a pattern names.
func (c *Client) indices(ctx context.Context, pattern string) (names []string, err error) {
	list, err := c.resolve(ctx, pattern)
	for _, i := range list {
		names = append(names, i.Name)
	}
	return names, err
}

// An index of the cluster.
type index struct {
	Name    string
	Aliases []string
}

func (i index) has(alias string) bool { return slices.Contains(i.Aliases, alias) }

// ready says whether the templates are there.
func (c *Client) ready(ctx context.Context) error {
	status, err := c.do(ctx, esapi.IndicesGetIndexTemplateRequest{Name: c.prefix + "-actions-v1"}, nil, http.StatusNotFound, http.StatusForbidden)
	switch {
	case err != nil:
		return err
	case status == http.StatusNotFound:
		return fmt.Errorf("%w: the index template is missing (run: agenttrail setup elasticsearch)", ErrSetup)
	}
	return nil // with 403 the key may not look: the first write will tell
}

// remove deletes indices by their names: deleting by a pattern is refused by default.
func (c *Client) remove(ctx context.Context, names []string) error {
	for some := range slices.Chunk(names, 50) { // the names stand in the address, which has a limit
		if _, err := c.do(ctx, esapi.IndicesDeleteRequest{Index: some}, nil, http.StatusNotFound); err != nil {
			return fmt.Errorf("delete %s: %w", strings.Join(some, ", "), err)
		}
	}
	return nil
}

// Drop deletes all indices of ours, not the templates: a test cleans up with it, and the trail fills them again.
func (c *Client) Drop(ctx context.Context) error {
	for _, pattern := range []string{c.generation() + "*", c.ReceiptsIndex() + "*", c.FindingsIndex() + "*"} {
		names, err := c.indices(ctx, pattern)
		if err != nil {
			return err
		}
		if err := c.remove(ctx, names); err != nil {
			return err
		}
	}
	return nil
}
