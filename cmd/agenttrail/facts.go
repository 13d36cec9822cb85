package main

import (
	"context"
	"errors"
	"fmt"

	"agenttrail"
	"agenttrail/internal/config"
	"agenttrail/internal/elastic"
	"agenttrail/internal/strictjson"
	"agenttrail/reports"
)

// facts answer what reports and the judge ask: the trail, or a snapshot of the cluster.
type facts interface {
	reports.Facts
	FindRows(ctx context.Context, q agenttrail.Query, yield func(*agenttrail.Action, *agenttrail.Context) error) error
}

// An engine is where the facts of a report come from, as its issue.json says.
type engine struct {
	facts
	name    string
	indices []string
	actions int64
	close   func(ctx context.Context) error
}

// Close gives back what the engine holds.
func (e engine) Close(ctx context.Context) error {
	if e.close == nil {
		return nil
	}
	return e.close(ctx)
}

// factsOf chooses the engine of a report as the ledger stood at a size.
func (a *app) factsOf(ctx context.Context, c *config.Config, t *opened, size int64, o reportOptions) (engine, error) {
	if !o.fromCluster {
		return engine{facts: t.Reader(), name: "trail"}, nil
	}
	client, err := a.reader(ctx, c)
	if err != nil {
		return engine{}, err
	}
	if who := c.Index.Who; who != "" && who != "all" {
		return engine{}, usage("%s: index.who is %q: the cluster does not hold all actions (set index.who: all and rebuild the index, or leave --from-elasticsearch out)", c.File, who)
	}
	f, err := client.Open(ctx)
	if err != nil {
		return engine{}, fmt.Errorf("facts from the cluster: %w", err)
	}
	e := engine{facts: f, name: reports.EngineCluster, indices: f.Indices, close: f.Close}
	if e.actions, err = tiesOut(ctx, f, t, size); err != nil {
		return engine{}, errors.Join(err, f.Close(ctx))
	}
	return e, nil
}

// tiesOut wants the snapshot to hold exactly the actions of the ledger below size, each with all its facts, and returns how many those are.
func tiesOut(ctx context.Context, f *elastic.Finder, t *opened, size int64) (actions int64, err error) {
	ties, err := f.Ties(ctx, size, func(n int64) int64 {
		rows := rowsOf(t.Log().Entry(n))
		actions += rows
		return rows
	})
	if err != nil {
		return 0, fmt.Errorf("facts from the cluster: %w", err)
	}
	if len(ties) > 0 {
		return 0, fmt.Errorf("%w: %s, and %s more (run: agenttrail index, then agenttrail index --reconcile; or leave --from-elasticsearch out)", elastic.ErrBehind, ties[0],
			count(int64(len(ties)-1), "entry", "entries"))
	}
	unfit, err := f.Unfit(ctx, size)
	if err != nil {
		return 0, fmt.Errorf("facts from the cluster: %w", err)
	}
	if unfit > 0 {
		return 0, fmt.Errorf("%s in the cluster without all facts: reduced, or of another schema version (leave --from-elasticsearch out, or run: agenttrail index --rebuild)", count(unfit, "action is", "actions are"))
	}
	return actions, nil
}

// rowsOf is the number of actions that an entry put into the trail.
func rowsOf(e agenttrail.Entry) int64 {
	if e.Batch == nil {
		return 0
	}
	return e.Batch.Counts.Rows
}

// reader is the client that reads actions: with elasticsearch.reader_key, else as the index does.
func (a *app) reader(ctx context.Context, c *config.Config) (*elastic.Client, error) {
	if e := c.Elasticsearch; e != nil && e.ReaderKey != nil {
		return a.elasticWith(ctx, c, e.ReaderKey)
	}
	return a.elastic(ctx, c, false)
}

// indexOf is how far the search index is behind the ledger, as far as the cluster says; of a report that is made again, what it said when it was
// issued. Without an index it is nothing.
func (a *app) indexOf(ctx context.Context, c *config.Config, t *opened, o reportOptions) (reports.Index, error) {
	switch {
	case o.at != 0:
		return indexSaid(t, o)
	case c.Elasticsearch == nil:
		return reports.Index{}, nil
	}
	client, err := a.reader(ctx, c)
	if err != nil {
		return reports.Index{}, err
	}
	at, err := client.Position(ctx)
	if err != nil {
		return reports.Index{Unknown: true}, nil // the report is of the trail: a cluster that is down does not stop it, and page one says so
	}
	var state reports.Index
	for n := at; n < t.Log().Size(); n++ {
		state.Behind += rowsOf(t.Log().Entry(n))
	}
	return state, nil
}

// indexSaid is what the newest report of this kind that was made from the ledger at o.at said of the index.
func indexSaid(t *opened, o reportOptions) (reports.Index, error) {
	for n := t.Log().Size() - 1; n >= o.at; n-- {
		r := t.Log().Entry(n).Report
		if r == nil || r.Before != o.at || r.Kind != o.id() {
			continue
		}
		v, err := strictjson.Parse([]byte(r.Params))
		if err != nil {
			return reports.Index{}, fmt.Errorf("parameters of entry %d: %w", n, err)
		}
		return reports.ParseIndex(v.Get("index").Str())
	}
	return reports.Index{}, nil
}
