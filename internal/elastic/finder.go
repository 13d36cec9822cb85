package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"agenttrail"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// ErrBehind says that the cluster does not hold what the ledger holds. Test with errors.Is.
var ErrBehind = errors.New("the index is behind")

// keepAlive is how long a snapshot outlives the last question: a judge may think between two of them.
const keepAlive = "10m"

// A Finder reads facts from one snapshot of the cluster: all its answers fit together. It refuses every answer that is partial in any way, so an error
// means that nothing was answered. Many goroutines may use it. Close it.
type Finder struct {
	c       *Client
	Indices []string // that the snapshot covers, in order
	page    int      // actions of one page of Find
	slices  int      // requests of one Find at once

	mu  sync.Mutex
	pit string
}

// Open makes what was written searchable, checks that every month knows every field, and takes a snapshot.
func (c *Client) Open(ctx context.Context) (*Finder, error) {
	if err := c.Refresh(ctx); err != nil {
		return nil, err
	}
	names, err := c.members(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.sameFields(ctx); err != nil {
		return nil, err
	}
	f := &Finder{c: c, Indices: names, page: 2000, slices: 2}
	no := false
	var answer struct {
		ID     string `json:"id"`
		Shards shards `json:"_shards"`
	}
	if _, err := c.do(ctx, esapi.OpenPointInTimeRequest{Index: []string{c.ActionsAlias()}, KeepAlive: keepAlive, AllowPartialSearchResults: &no}, &answer); err != nil {
		return nil, fmt.Errorf("open a snapshot of %s: %w", c.ActionsAlias(), err)
	}
	f.pit = answer.ID
	if answer.ID == "" || answer.Shards.Failed > 0 || answer.Shards.Total < len(names) {
		return nil, errors.Join(fmt.Errorf("%w: the snapshot of %s covers %d shards of %d indices, %d failed", ErrUnavailable, c.ActionsAlias(), answer.Shards.Total, len(names), answer.Shards.Failed), f.Close(ctx))
	}
	return f, nil
}

// Close gives the snapshot back. It works after ctx has ended too.
func (f *Finder) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	f.mu.Lock()
	pit := f.pit
	f.pit = ""
	f.mu.Unlock()
	if pit == "" {
		return nil
	}
	body, err := json.Marshal(object{"id": pit})
	if err != nil {
		return fmt.Errorf("close the snapshot: %w", err)
	}
	if _, err := f.c.do(ctx, esapi.ClosePointInTimeRequest{Body: bytes.NewReader(body)}, nil, http.StatusNotFound); err != nil {
		return fmt.Errorf("close the snapshot: %w", err)
	}
	return nil
}

// members are the indices behind the alias of actions, in order.
func (c *Client) members(ctx context.Context) ([]string, error) {
	var answer struct {
		Aliases []struct {
			Name    string
			Indices []string
		}
	}
	if _, err := c.do(ctx, esapi.IndicesResolveIndexRequest{Name: []string{c.ActionsAlias() + "*"}}, &answer); err != nil {
		return nil, fmt.Errorf("list the indices of %s: %w", c.ActionsAlias(), err)
	}
	for _, a := range answer.Aliases {
		if a.Name == c.ActionsAlias() && len(a.Indices) > 0 {
			return slices.Sorted(slices.Values(a.Indices)), nil
		}
	}
	return nil, fmt.Errorf("%w: %s stands before no index (run: agenttrail index)", ErrBehind, c.ActionsAlias())
}

// sameFields checks that every index knows every fact by the type of the field table: where one lacks a field, its actions would look as if their
// logs had not said it.
func (c *Client) sameFields(ctx context.Context) error {
	want := map[string]string{}
	for _, f := range agenttrail.Fields() {
		if f.Is(agenttrail.NotIndexed) {
			continue
		}
		want[factName(&f)] = string(f.Type)
	}
	var answer struct {
		Fields map[string]map[string]struct{ Indices []string }
	}
	yes := true
	req := esapi.FieldCapsRequest{Index: []string{c.ActionsAlias()}, Fields: []string{"*"}, IncludeUnmapped: &yes, Filters: []string{"-metadata"}}
	if _, err := c.do(ctx, req, &answer); err != nil {
		return fmt.Errorf("fields of %s: %w", c.ActionsAlias(), err)
	}
	for _, name := range sortedNames(want) {
		types := answer.Fields[name]
		if _, ok := types[want[name]]; !ok || len(types) != 1 {
			return fmt.Errorf("%w: not every index of %s knows %s as %s (run: agenttrail setup elasticsearch, then agenttrail index --rebuild)", ErrSetup, c.ActionsAlias(), name, want[name])
		}
	}
	return nil
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

type shards struct{ Total, Failed int }

// A snapshotAnswer is what one question to the snapshot came back with. Where a member is missing it is not the answer of an Elasticsearch.
type snapshotAnswer struct {
	PIT             string  `json:"pit_id"`
	TimedOut        *bool   `json:"timed_out"`
	TerminatedEarly bool    `json:"terminated_early"`
	Shards          *shards `json:"_shards"`
	Hits            struct {
		Total *struct {
			Value    int64
			Relation string
		}
		Hits []hit
	}
	Aggregations json.RawMessage
}

type hit struct {
	Index       string          `json:"_index"`
	ID          string          `json:"_id"`
	Sequence    int64           `json:"_seq_no"`
	PrimaryTerm int64           `json:"_primary_term"`
	Source      json.RawMessage `json:"_source"`
	Sort        json.RawMessage `json:"sort"`
}

// search asks the snapshot. total says that the answer must count its hits.
func (f *Finder) search(ctx context.Context, body object, total bool) (*snapshotAnswer, error) {
	f.mu.Lock()
	pit := f.pit
	f.mu.Unlock()
	body["pit"], body["track_total_hits"] = object{"id": pit, "keep_alive": keepAlive}, total
	b, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	no := false
	var answer snapshotAnswer
	if _, err := f.c.do(ctx, esapi.SearchRequest{Body: bytes.NewReader(b), AllowPartialSearchResults: &no}, &answer); err != nil {
		if strings.Contains(err.Error(), "search_context_missing_exception") {
			return nil, fmt.Errorf("%w: the snapshot of %s is gone; begin again: %w", ErrUnavailable, f.c.ActionsAlias(), err)
		}
		return nil, fmt.Errorf("search %s: %w", f.c.ActionsAlias(), err)
	}
	if err := answer.whole(total, len(f.Indices)); err != nil {
		return nil, fmt.Errorf("%w: search %s gave a partial answer: %w", ErrUnavailable, f.c.ActionsAlias(), err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if answer.PIT != "" && f.pit != "" {
		f.pit = answer.PIT
	}
	return &answer, nil
}

// whole says why an answer is not the whole one.
func (a *snapshotAnswer) whole(total bool, indices int) error {
	switch {
	case a.TimedOut == nil || a.Shards == nil:
		return errors.New("it lacks timed_out or _shards")
	case *a.TimedOut:
		return errors.New("it timed out")
	case a.TerminatedEarly:
		return errors.New("it was terminated early")
	case a.Shards.Failed > 0:
		return fmt.Errorf("%d of %d shards failed", a.Shards.Failed, a.Shards.Total)
	case a.Shards.Total < indices:
		return fmt.Errorf("%d shards answered for %d indices", a.Shards.Total, indices)
	case total && (a.Hits.Total == nil || a.Hits.Total.Relation != "eq"):
		return errors.New("its total is not exact")
	}
	return nil
}
