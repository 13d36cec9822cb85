package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// A Request is one thing that Setup sends.
type Request struct {
	Method, Path string
	Body         []byte
}

// Plan lists the requests of Setup, in order. Sending them again changes nothing.
func (c *Client) Plan() ([]Request, error) {
	var plan []Request
	for _, t := range []struct {
		name string
		body object
	}{{c.prefix + "-actions-v1", c.ActionsTemplate()}, {c.prefix + "-receipts-v1", c.ReceiptsTemplate()}} {
		body, err := json.MarshalIndent(t.body, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", t.name, err)
		}
		plan = append(plan, Request{http.MethodPut, "/_index_template/" + t.name, body})
	}
	return plan, nil
}

// Setup puts the templates, and brings the mapping of indices that exist up to them.
func (c *Client) Setup(ctx context.Context) error {
	plan, err := c.Plan()
	if err != nil {
		return err
	}
	for _, r := range plan {
		name := strings.TrimPrefix(r.Path, "/_index_template/")
		if _, err := c.do(ctx, esapi.IndicesPutIndexTemplateRequest{Name: name, Body: bytes.NewReader(r.Body)}, nil); err != nil {
			return fmt.Errorf("put template %s: %w", name, err)
		}
	}
	return c.extendMapping(ctx)
}

// extendMapping adds fields that are new in this version to the months that exist.
func (c *Client) extendMapping(ctx context.Context) error {
	names, err := c.indices(ctx, c.generation()+"*")
	if err != nil || len(names) == 0 {
		return err
	}
	body, err := json.Marshal(Mapping())
	if err != nil {
		return fmt.Errorf("mapping: %w", err)
	}
	if _, err := c.do(ctx, esapi.IndicesPutMappingRequest{Index: names, Body: bytes.NewReader(body)}, nil); err != nil {
		return fmt.Errorf("extend the mapping of %d indices: %w", len(names), err)
	}
	return nil
}

// indices lists the concrete indices that a pattern names.
func (c *Client) indices(ctx context.Context, pattern string) ([]string, error) {
	var answer struct {
		Indices []struct{ Name string }
	}
	if _, err := c.do(ctx, esapi.IndicesResolveIndexRequest{Name: []string{pattern}}, &answer); err != nil {
		return nil, fmt.Errorf("list %s: %w", pattern, err)
	}
	var names []string
	for _, i := range answer.Indices {
		names = append(names, i.Name)
	}
	return names, nil
}

// ready says whether the templates are there.
func (c *Client) ready(ctx context.Context) error {
	var answer struct {
		Templates []struct {
			Name string
		} `json:"index_templates"`
	}
	status, err := c.do(ctx, esapi.IndicesGetIndexTemplateRequest{Name: c.prefix + "-actions-v1"}, &answer, http.StatusNotFound, http.StatusForbidden)
	switch {
	case err != nil:
		return err
	case status == http.StatusNotFound:
		return fmt.Errorf("%w: the index template is missing (run: agenttrail setup elasticsearch)", ErrSetup)
	}
	return nil // with 403 the key may not look: the first write will tell
}

// Drop deletes all indices of ours, each by its name.
func (c *Client) Drop(ctx context.Context) error {
	for _, pattern := range []string{c.generation() + "*", c.ReceiptsIndex() + "*", c.FindingsIndex() + "*"} {
		names, err := c.indices(ctx, pattern)
		if err != nil {
			return err
		}
		if len(names) == 0 {
			continue
		}
		if _, err := c.do(ctx, esapi.IndicesDeleteRequest{Index: names}, nil, http.StatusNotFound); err != nil {
			return fmt.Errorf("delete %s: %w", strings.Join(names, ", "), err)
		}
	}
	return nil
}

// Refresh makes what was written searchable.
func (c *Client) Refresh(ctx context.Context) error {
	yes := true
	_, err := c.do(ctx, esapi.IndicesRefreshRequest{Index: []string{c.ActionsAlias() + "-*", c.ReceiptsIndex()}, IgnoreUnavailable: &yes, AllowNoIndices: &yes}, nil)
	if err != nil {
		return fmt.Errorf("refresh: %w", err)
	}
	return nil
}

// Count is the number of actions in the index.
func (c *Client) Count(ctx context.Context) (int64, error) {
	return c.total(ctx, c.ActionsAlias(), object{"match_all": object{}})
}

// total counts exactly, and refuses an answer that is partial in any way.
func (c *Client) total(ctx context.Context, index string, query object) (int64, error) {
	answer, err := c.search(ctx, index, object{"size": 0, "track_total_hits": true, "query": query})
	if err != nil {
		return 0, err
	}
	return answer.Hits.Total.Value, nil
}

type searchAnswer struct {
	TimedOut        bool                        `json:"timed_out"`
	TerminatedEarly bool                        `json:"terminated_early"`
	Shards          struct{ Total, Failed int } `json:"_shards"`
	Hits            struct {
		Total struct{ Value int64 }
		Hits  []struct {
			Source json.RawMessage `json:"_source"`
			Sort   []json.Number   `json:"sort"`
		}
	}
}

func (c *Client) search(ctx context.Context, index string, body object) (searchAnswer, error) {
	var answer searchAnswer
	b, err := json.Marshal(body)
	if err != nil {
		return answer, fmt.Errorf("search: %w", err)
	}
	no := false
	if _, err := c.do(ctx, esapi.SearchRequest{Index: []string{index}, Body: bytes.NewReader(b), AllowPartialSearchResults: &no}, &answer); err != nil {
		return answer, fmt.Errorf("search %s: %w", index, err)
	}
	if answer.TimedOut || answer.TerminatedEarly || answer.Shards.Failed > 0 || answer.Shards.Total == 0 {
		return answer, fmt.Errorf("%w: search %s gave a partial answer (%d of %d shards failed)", ErrUnavailable, index, answer.Shards.Failed, answer.Shards.Total)
	}
	return answer, nil
}
