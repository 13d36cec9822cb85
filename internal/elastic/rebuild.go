package elastic

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// Rebuild fills new indices from the whole trail and puts them in the place of the old ones in one step, so that search never goes dark and never
// sees a document twice. c fills, with the right to create; admin replaces, with the right to manage. next looks at the trail anew: what is committed
// meanwhile is taken too. A rebuild that was killed leaves indices that nobody reads; the next one removes them and begins again.
func (c *Client) Rebuild(ctx context.Context, admin *Client, next func(context.Context) (Projection, error)) (Result, error) {
	suffix, err := admin.clear(ctx)
	if err != nil {
		return Result{}, err
	}
	var all Result
	for {
		p, err := next(ctx)
		if err != nil {
			return all, err
		}
		if p.Size == all.To {
			break
		}
		r, err := c.fill(ctx, p, all.To, suffix)
		if err != nil {
			return all, err
		}
		all.To, all.Excluded = r.To, all.Excluded+r.Excluded
		all.Stats.add(r.Stats)
	}
	if err := c.Refresh(ctx); err != nil {
		return all, err
	}
	if err := admin.compare(ctx, suffix, all); err != nil {
		return all, err
	}
	if err := admin.replace(ctx, suffix); err != nil {
		return all, err
	}
	p, err := next(ctx)
	if err != nil {
		return all, err
	}
	late, err := c.projectFrom(ctx, p, all.To) // what went to the old indices at the last moment
	all.To, all.Excluded = max(all.To, late.To), all.Excluded+late.Excluded
	all.Stats.add(late.Stats)
	return all, err
}

// clear removes what a killed rebuild left, and names the next generation.
func (c *Client) clear(ctx context.Context) (suffix string, err error) {
	newest := 1
	var left []string
	list, err := c.generations(ctx)
	if err != nil {
		return "", err
	}
	for _, g := range list {
		newest = max(newest, g.number)
		if !g.read {
			left = append(left, g.name)
		}
	}
	return "-r" + strconv.Itoa(newest+1), c.remove(ctx, left)
}

// A generation is an index of actions or entries as one rebuild made it.
type generation struct {
	name   string
	place  string // what it is written by: the name without the number
	number int    // 1: made by a projection
	read   bool   // readers see it
}

func (c *Client) generations(ctx context.Context) (list []generation, err error) {
	for _, pattern := range []string{c.generation() + "*", c.ReceiptsIndex() + "*"} {
		found, err := c.resolve(ctx, pattern)
		if err != nil {
			return nil, err
		}
		for _, i := range found {
			g := generation{name: i.Name, place: i.Name, number: 1, read: true}
			if at := strings.LastIndex(i.Name, "-r"); at > 0 {
				if n, err := strconv.Atoi(i.Name[at+2:]); err == nil {
					g.place, g.number = i.Name[:at], n
					g.read = i.has(g.place)
				}
			}
			list = append(list, g)
		}
	}
	return list, nil
}

// compare counts the documents of the new indices. What came twice, because an answer was lost, is there once.
func (c *Client) compare(ctx context.Context, suffix string, r Result) error {
	for _, l := range []struct {
		pattern     string
		least, most int64
	}{{c.generation() + "*" + suffix, r.Created + r.Degraded, r.Sent - r.Rejected}, {c.ReceiptsIndex() + suffix, r.To, r.To}} {
		var answer struct {
			All struct {
				Primaries struct{ Docs struct{ Count int64 } }
			} `json:"_all"`
			Shards struct{ Failed int } `json:"_shards"`
		}
		if _, err := c.do(ctx, esapi.IndicesStatsRequest{Index: []string{l.pattern}, Metric: []string{"docs"}}, &answer); err != nil {
			return fmt.Errorf("count %s: %w", l.pattern, err)
		}
		if n := answer.All.Primaries.Docs.Count; answer.Shards.Failed > 0 || n < l.least || n > l.most {
			return fmt.Errorf("%w: %s holds %d documents, and %d were sent (another rebuild may be running; the old indices are as they were)", ErrUnavailable, l.pattern, n, l.most)
		}
	}
	return nil
}

// replace puts the new indices in the place of the old ones, in one step of the cluster. The name by which a month is written becomes an alias of its
// index, so that a projector need not know of any of this.
func (c *Client) replace(ctx context.Context, suffix string) error {
	list, err := c.generations(ctx)
	if err != nil {
		return err
	}
	var actions []object
	for _, g := range list {
		switch {
		case strings.HasSuffix(g.name, suffix) && !g.read:
			for _, alias := range []string{g.place, c.ActionsAlias()} {
				if alias == c.ActionsAlias() && g.place == c.ReceiptsIndex() {
					continue
				}
				actions = append(actions, object{"add": object{"index": g.name, "alias": alias}})
			}
		case g.read:
			actions = append(actions, object{"remove_index": object{"index": g.name}})
		}
	}
	if !slices.ContainsFunc(actions, func(a object) bool { return a["add"] != nil }) {
		return fmt.Errorf("%w: another rebuild removed what this one made", ErrUnavailable)
	}
	if _, err := c.do(ctx, request(http.MethodPost, "/_aliases", object{"actions": actions}), nil); err != nil {
		return fmt.Errorf("replace the indices: %w", err)
	}
	return nil
}
