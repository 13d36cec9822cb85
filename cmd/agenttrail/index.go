package main

import (
	"context"
	"errors"
	"fmt"

	"agenttrail"
	"agenttrail/internal/config"
	"agenttrail/internal/elastic"
	"agenttrail/internal/trail/ledger"

	"github.com/spf13/cobra"
)

func (a *app) indexCommand() *cobra.Command {
	var o indexOptions
	cmd := &cobra.Command{
		Use:   "index",
		Short: "Bring Elasticsearch up to the trail",
		Long: `Send what the cluster lacks: the actions of each batch, then the batch's entry. Nothing that is there is overwritten. --rebuild fills new
indices from the whole trail and then puts them in the place of the old ones in one step: search goes on all the while, and the cluster needs room for
both. It uses elasticsearch.setup_key to replace them.

Judgements turn when the register changes or an approval comes late. With elasticsearch.refresh_key (or a user for everything) they are brought up to
date at the end: only the documents whose judgement turned, and of these only what is judged. --refresh does only that.

--reconcile compares with the ledger: the number of actions of every batch, and every field of the documents of one batch in sixteen, or with --all of
all. It uses elasticsearch.reader_key. What is missing is sent again. A document that does not say what the trail says is named, becomes a finding, and
fails the command: somebody changed it.`,
		Example: "  agenttrail index\n  agenttrail index --rebuild\n  agenttrail index --refresh\n  agenttrail index --reconcile --all",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			c, err := a.load()
			if err != nil {
				return err
			}
			t, err := a.openTrail(cmd.Context(), c, false)
			if err != nil {
				return err
			}
			defer t.Close()
			return a.bringUp(cmd.Context(), c, t, o)
		},
	}
	cmd.Flags().BoolVar(&o.rebuild, "rebuild", false, "fill new indices from the trail, then replace the old ones")
	cmd.Flags().BoolVar(&o.refresh, "refresh", false, "only bring judgements up to date")
	cmd.Flags().BoolVar(&o.reconcile, "reconcile", false, "compare the index with the trail")
	cmd.Flags().BoolVar(&o.all, "all", false, "with --reconcile: compare the content of every document")
	return a.jsonFlag(cmd)
}

// indexOptions are what the command line says about the index.
type indexOptions struct{ rebuild, refresh, reconcile, all bool }

func (o indexOptions) check() error {
	switch {
	case o.rebuild && o.refresh, o.rebuild && o.reconcile, o.refresh && o.reconcile:
		return usage("--rebuild, --refresh and --reconcile are three things: take one")
	case o.all && !o.reconcile:
		return usage("--all goes with --reconcile")
	}
	return nil
}

// bringUp does to the index what the options say.
func (a *app) bringUp(ctx context.Context, c *config.Config, t *opened, o indexOptions) error {
	switch {
	case c.Elasticsearch == nil:
		_, err := a.elastic(ctx, c, false) // says what is missing
		return err
	case o.reconcile:
		return a.reconcile(ctx, c, t, o.all)
	case o.refresh:
		return a.printRefresh(ctx, c, t)
	}
	r, err := a.index(ctx, c, t, o.rebuild)
	if err != nil || !mayRefresh(c) {
		return err
	}
	if r.From == 0 && r.Present == 0 && !o.rebuild { // all were judged by this run, at one size of the ledger
		return a.setJudged(ctx, c, t, r.To)
	}
	return a.printRefresh(ctx, c, t)
}

// index projects the trail to the cluster of the config.
func (a *app) index(ctx context.Context, c *config.Config, t *opened, rebuild bool) (r elastic.Result, err error) {
	client, err := a.elastic(ctx, c, false)
	if err != nil {
		return r, err
	}
	if rebuild {
		r, err = a.rebuild(ctx, c, client)
	} else {
		r, err = a.project(ctx, c, client, t)
	}
	if err == nil {
		err = a.indexFindings(ctx, c, client, t)
	}
	if err != nil {
		return r, elasticError(err)
	}
	if a.json {
		return r, printJSON(a.out, map[string]int64{"from": r.From, "to": r.To, "sent": r.Sent, "created": r.Created, "present": r.Present, "degraded": r.Degraded, "rejected": r.Rejected, "one_copy": r.OneCopy, "excluded": r.Excluded})
	}
	fmt.Fprintf(a.out, "index: entries %d to %d: %s sent = %s created + %s present + %s degraded + %s rejected\n", r.From, r.To, count(r.Sent, "action", "actions"),
		thousands(r.Created), thousands(r.Present), thousands(r.Degraded), thousands(r.Rejected))
	if r.Excluded > 0 {
		fmt.Fprintf(a.out, "index: %s left out (index.who is %s): the trail has them\n", count(r.Excluded, "action is", "actions are"), c.Index.Who)
	}
	if r.OneCopy > 0 {
		fmt.Fprintf(a.out, "index: %s stored on fewer copies than configured\n", count(r.OneCopy, "action is", "actions are"))
	}
	if r.Degraded > 0 {
		fmt.Fprintf(a.out, "index: %s in a reduced form: %s has a finding about each\n", count(r.Degraded, "action stands there", "actions stand there"), client.FindingsIndex())
	}
	if r.Rejected > 0 {
		return r, incomplete("Elasticsearch took %s in no form: they stand in %s, and in the trail", count(r.Rejected, "action", "actions"), client.FindingsIndex())
	}
	return r, nil
}

func (a *app) project(ctx context.Context, c *config.Config, client *elastic.Client, t *opened) (elastic.Result, error) {
	p, err := a.projection(ctx, c, t)
	if err != nil {
		return elastic.Result{}, err
	}
	return client.Project(ctx, p)
}

// rebuild fills with the key of the index and replaces with that of setup. It opens the trail itself, again and again: what is committed meanwhile counts.
func (a *app) rebuild(ctx context.Context, c *config.Config, client *elastic.Client) (r elastic.Result, err error) {
	admin, err := a.elastic(ctx, c, true)
	if err != nil {
		return r, err
	}
	if err := admin.Setup(ctx, layoutOf(c)); err != nil {
		return r, err
	}
	var last *opened
	defer func() {
		if last != nil {
			err = errors.Join(err, last.Close())
		}
	}()
	return client.Rebuild(ctx, admin, func(ctx context.Context) (elastic.Projection, error) {
		t, err := a.openTrail(ctx, c, false)
		if err != nil {
			return elastic.Projection{}, err
		}
		if last != nil {
			if err := last.Close(); err != nil {
				return elastic.Projection{}, errors.Join(err, t.Close())
			}
		}
		last = t
		return a.projection(ctx, c, t)
	})
}

// projection is what the cluster must hold: the trail as it is now, judged by the register as it is now.
func (a *app) projection(ctx context.Context, c *config.Config, t *opened) (elastic.Projection, error) {
	size := t.Log().Size()
	j, err := judgeOf(ctx, t.Trail, size)
	if err != nil {
		return elastic.Projection{}, err
	}
	return elastic.Projection{
		Size:  size,
		Entry: func(n int64) (agenttrail.Entry, error) { return t.Log().Entry(n), nil },
		JSON:  func(n int64) ([]byte, error) { return ledger.EncodeEntry(t.Log().Entry(n)) },
		Rows:  t.Reader().Rows,
		Judge: j.Approval,
		Who:   elastic.Who(c.Index.Who),
		Now:   a.now,
	}, nil
}

// elasticError gives an error of the cluster its exit status: a cluster that is down leaves the index behind, everything else has failed.
func elasticError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, elastic.ErrUnavailable):
		return incomplete("the index is behind the trail: %w (the next run goes on where this one stopped)", err)
	}
	return err
}
