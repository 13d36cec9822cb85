package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// Refresh makes what was written searchable.
func (c *Client) Refresh(ctx context.Context) error {
	yes := true
	_, err := c.do(ctx, esapi.IndicesRefreshRequest{Index: []string{c.ActionsAlias() + "-*", c.ReceiptsIndex() + "*"}, IgnoreUnavailable: &yes, AllowNoIndices: &yes}, nil)
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
