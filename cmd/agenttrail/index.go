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
		Long: `Send what the cluster lacks: the actions of each batch, then the batch's entry. Nothing that is there is overwritten. --rebuild deletes our
indices and fills them from the trail: search has nothing until it is done. Judgements are those of now.`,
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
	cmd.Flags().BoolVar(&rebuild, "rebuild", false, "delete our indices and fill them from the trail")
	cmd.Flags().BoolVar(&refresh, "refresh", false, "not in this version")
	cmd.Flags().BoolVar(&reconcile, "reconcile", false, "not in this version")
	return a.jsonFlag(cmd)
}

// index projects the trail to the cluster of the config.
func (a *app) index(ctx context.Context, c *config.Config, t *opened, rebuild bool) error {
	client, err := a.elastic(ctx, c, rebuild)
	if err != nil {
		return err
	}
	if rebuild {
		if err := client.Setup(ctx, layoutOf(c)); err != nil {
			return elasticError(err)
		}
		if err := client.Drop(ctx); err != nil {
			return elasticError(err)
		}
	}
	r, err := a.project(ctx, c, client, t)
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
	if r.Rejected > 0 {
		return incomplete("Elasticsearch took %s in no form: they stand in %s, and in the trail", count(r.Rejected, "action", "actions"), client.FindingsIndex())
	}
	return nil
}

func (a *app) project(ctx context.Context, c *config.Config, client *elastic.Client, t *opened) (elastic.Result, error) {
	size := t.Log().Size()
	j, err := judgeOf(ctx, t.Trail, size)
	if err != nil {
		return elastic.Result{}, err
	}
	return client.Project(ctx, elastic.Projection{
		Size:  size,
		Entry: func(n int64) (agenttrail.Entry, error) { return t.Log().Entry(n), nil },
		JSON:  func(n int64) ([]byte, error) { return ledger.EncodeEntry(t.Log().Entry(n)) },
		Rows:  t.Reader().Rows,
		Judge: j.Approval,
		Who:   elastic.Who(c.Index.Who),
		Now:   a.now,
	})
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
