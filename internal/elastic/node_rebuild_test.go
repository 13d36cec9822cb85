package elastic

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"agenttrail"

	"github.com/google/go-cmp/cmp"
)

// again makes the projections of a rebuild from a book.
func again(b *book) func(context.Context) (Projection, error) {
	return func(context.Context) (Projection, error) { return b.projection(), nil }
}

// TestNodeRebuild: a rebuild puts the same documents into new indices, twice in a row; afterwards everything goes on as ever.
func TestNodeRebuild(t *testing.T) {
	c, b := node(t), newBook(25, 4, "")
	project(t, c, b)
	before := sources(t, c)
	for _, suffix := range []string{"-r2", "-r3"} {
		r, err := c.Rebuild(context.Background(), c, again(b))
		if err != nil || r.Created != b.actions() || r.To != int64(len(b.entries)) || r.Balance() != 0 {
			t.Fatalf("Rebuild = %+v, %v; want %d created", r, err, b.actions())
		}
		holds(t, c, b)
		if diff := cmp.Diff(before, sources(t, c)); diff != "" {
			t.Errorf("documents after the rebuild %s, want - got +\n%s", suffix, diff)
		}
		names, err := c.indices(context.Background(), c.prefix+"-*")
		if want := []string{c.generation() + "2026.10" + suffix, c.ReceiptsIndex() + suffix}; err != nil || !slices.Equal(names, want) {
			t.Errorf("indices = %v, %v; want %v", names, err, want)
		}
	}
	longer := newBook(40, 4, "")
	if r := project(t, c, longer); r.Created != longer.actions()-b.actions() || r.From != int64(len(b.entries)) {
		t.Errorf("Project after the rebuilds = %+v, want %d created", r, longer.actions()-b.actions())
	}
}

// sources are the documents of all actions that a reader finds, by id.
func sources(t *testing.T, c *Client) map[string]string {
	t.Helper()
	answer, err := c.search(context.Background(), c.ActionsAlias(), object{"size": 10000, "track_total_hits": true, "query": object{"match_all": object{}}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, h := range answer.Hits.Hits {
		full, err := decode(h.Source)
		if err != nil {
			t.Fatal(err)
		}
		got[fmt.Sprint(full["agenttrail"].(object)["id"])] = string(h.Source)
	}
	if int64(len(got)) != answer.Hits.Total.Value {
		t.Errorf("%d documents have %d ids", answer.Hits.Total.Value, len(got))
	}
	return got
}

// TestNodeRebuildJudges: a rebuild writes the judgements of now.
func TestNodeRebuildJudges(t *testing.T) {
	c, b := node(t), newBook(3, 4, "")
	project(t, c, b)
	judged := func(context.Context) (Projection, error) {
		p := b.projection()
		p.Judge = func(*agenttrail.Action) (v agenttrail.Verdict) {
			v.Actor.Owner = "support-ops"
			return v
		}
		return p, nil
	}
	if _, err := c.Rebuild(context.Background(), c, judged); err != nil {
		t.Fatal(err)
	}
	if n := found(t, c, object{"term": object{"agenttrail.actor.owner": "support-ops"}}); n != b.actions() {
		t.Errorf("%d actions have the new owner, want %d", n, b.actions())
	}
}

// TestNodeRebuildKilled: while a rebuild runs, and after it was killed anywhere, readers see each action once; the next one ends right.
func TestNodeRebuildKilled(t *testing.T) {
	c, b := node(t), newBook(300, 2, "")
	project(t, c, b)
	for _, stop := range []int64{1, 100, 290, 330} {
		ctx, cancel := context.WithCancel(context.Background())
		var calls atomic.Int64
		next := func(context.Context) (Projection, error) {
			p := b.projection()
			if stop == 330 && calls.Add(1) == 3 { // all is replaced, nothing more was sent
				cancel()
			}
			rows := p.Rows
			p.Rows = func(ctx context.Context, n int64, yield func(*agenttrail.Action, *agenttrail.Context) error) error {
				if n == stop {
					cancel()
				}
				return rows(ctx, n, yield)
			}
			return p, nil
		}
		_, err := c.Rebuild(ctx, c, next)
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Rebuild, stopped at entry %d = %v, want it canceled", stop, err)
		}
		holds(t, c, b)
	}
	if r, err := c.Rebuild(context.Background(), c, again(b)); err != nil || r.Created != b.actions() {
		t.Fatalf("Rebuild = %+v, %v; want %d created", r, err, b.actions())
	}
	holds(t, c, b)
	names, err := c.indices(context.Background(), c.prefix+"-*")
	if err != nil || len(names) != 2 {
		t.Errorf("indices = %v, %v; want one of actions and one of entries", names, err)
	}
}

// TestNodeRebuildMeanwhile: what is committed and projected by others while a rebuild runs is there once afterwards.
func TestNodeRebuildMeanwhile(t *testing.T) {
	c, b := node(t), newBook(30, 2, "")
	project(t, c, b)
	longer, last := newBook(50, 2, ""), newBook(60, 2, "")
	calls := 0
	next := func(context.Context) (Projection, error) {
		switch calls++; calls {
		case 1:
			return b.projection(), nil
		case 2: // another projector was faster
			project(t, c, longer)
			return longer.projection(), nil
		case 3:
			return longer.projection(), nil
		}
		return last.projection(), nil
	}
	r, err := c.Rebuild(context.Background(), c, next)
	if err != nil || r.To != int64(len(last.entries)) || r.Balance() != 0 {
		t.Fatalf("Rebuild = %+v, %v; want it to end at %d", r, err, len(last.entries))
	}
	holds(t, c, last)
}

// TestNodeReplacedMeanwhile (F19): the indices are replaced while a projector sends. What it sent to the old ones is not lost, nothing is there twice.
func TestNodeReplacedMeanwhile(t *testing.T) {
	c, b := node(t), newBook(30, 2, "")
	project(t, c, b)
	longer := newBook(60, 2, "")
	p := longer.projection()
	rows, done := p.Rows, false
	p.Rows = func(ctx context.Context, n int64, yield func(*agenttrail.Action, *agenttrail.Context) error) error {
		if n == int64(len(longer.entries))-3 && !done {
			done = true
			if _, err := c.Rebuild(context.Background(), c, again(b)); err != nil {
				t.Errorf("Rebuild: %v", err)
			}
		}
		return rows(ctx, n, yield)
	}
	r, err := c.Project(context.Background(), p)
	if err != nil || !done || r.Balance() != 0 {
		t.Fatalf("Project = %+v, %v; want it to go on in the new indices", r, err)
	}
	holds(t, c, longer)
}
