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
	var rebuild, refresh, reconcile bool
	cmd := &cobra.Command{
		Use:   "index",
		Short: "Bring Elasticsearch up to the trail",
		Long: `Send what the cluster lacks: the actions of each batch, then the batch's entry. Nothing that is there is overwritten. --rebuild fills new
indices from the whole trail and then puts them in the place of the old ones in one step: search goes on all the while, and the cluster needs room for
both. It uses elasticsearch.setup_key to replace them. Judgements are those of now.`,
		Example: "  agenttrail index\n  agenttrail index --rebuild",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if refresh || reconcile {
				return usage("--refresh and --reconcile are not in this version; --rebuild brings judgements up to date")
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
			return a.index(cmd.Context(), c, t, rebuild)
		},
	}
	cmd.Flags().BoolVar(&rebuild, "rebuild", false, "fill new indices from the trail, then replace the old ones")
	cmd.Flags().BoolVar(&refresh, "refresh", false, "not in this version")
	cmd.Flags().BoolVar(&reconcile, "reconcile", false, "not in this version")
	return a.jsonFlag(cmd)
}

// index projects the trail to the cluster of the config.
func (a *app) index(ctx context.Context, c *config.Config, t *opened, rebuild bool) error {
	client, err := a.elastic(ctx, c, false)
	if err != nil {
		return err
	}
	var r elastic.Result
	if rebuild {
		r, err = a.rebuild(ctx, c, client)
	} else {
		r, err = a.project(ctx, c, client, t)
	}
	if err != nil {
		return elasticError(err)
	}
	if a.json {
		return printJSON(a.out, map[string]int64{"from": r.From, "to": r.To, "sent": r.Sent, "created": r.Created, "present": r.Present, "degraded": r.Degraded, "rejected": r.Rejected, "one_copy": r.OneCopy, "excluded": r.Excluded})
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
		return incomplete("Elasticsearch took %s in no form: they stand in %s, and in the trail", count(r.Rejected, "action", "actions"), client.FindingsIndex())
	}
	return nil
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
