package main

import (
	"context"
	"fmt"
	"os"

	"agenttrail/internal/config"
	"agenttrail/internal/elastic"

	"github.com/spf13/cobra"
)

func (a *app) setupCommand() *cobra.Command {
	var dry bool
	es := &cobra.Command{
		Use:   "elasticsearch",
		Short: "Put the index templates; safe to repeat",
		Long: `Put the index templates and the alias into the cluster that the config names, and bring existing months up to the field table. Running it
again changes nothing. It uses elasticsearch.setup_key, else the key of the index. --dry-run prints every request and sends nothing.`,
		Example: "  agenttrail setup elasticsearch --dry-run",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			client, err := a.elastic(cmd.Context(), c, true)
			if err != nil {
				return err
			}
			if dry {
				a.printPlan(client.Plan(layoutOf(c)))
				return nil
			}
			if err := client.Setup(cmd.Context(), layoutOf(c)); err != nil {
				return elasticError(err)
			}
			fmt.Fprintf(a.out, "index templates are in place: actions in %s, the ledger in %s\n", client.ActionsAlias(), client.ReceiptsIndex())
			return nil
		},
	}
	es.Flags().BoolVar(&dry, "dry-run", false, "print every request, send nothing")
	cmd := &cobra.Command{Use: "setup", Short: "Prepare what agenttrail writes to"}
	cmd.AddCommand(es)
	return cmd
}

// printPlan prints requests as they are sent.
func (a *app) printPlan(plan []elastic.Request) {
	for _, r := range plan {
		fmt.Fprintf(a.out, "%s %s\n", r.Method, r.Path)
		if len(r.Body) > 0 {
			fmt.Fprintf(a.out, "%s\n", r.Body)
		}
		fmt.Fprintln(a.out)
	}
}

// layoutOf is how the config wants the indices to be.
func layoutOf(c *config.Config) elastic.Layout {
	return elastic.Layout{Serverless: c.Elasticsearch.Serverless, Shards: c.Index.Shards, Replicas: c.Index.Replicas, Lifecycle: c.Index.Lifecycle}
}

// elastic makes the client of a config. setup asks for the key that may change templates and delete indices.
func (a *app) elastic(ctx context.Context, c *config.Config, setup bool) (*elastic.Client, error) {
	e := c.Elasticsearch
	if e == nil {
		return nil, usage("%s: no elasticsearch section (add elasticsearch: {addresses: [...], api_key: {...}})", c.File)
	}
	o := elastic.Config{Addresses: e.Addresses, User: e.User, Prefix: c.Index.Prefix}
	key := e.APIKey
	if setup && e.SetupKey != nil {
		key, o.User = e.SetupKey, ""
	}
	if key != nil {
		secret, err := key.Resolve(ctx, c.Dir)
		if err != nil {
			return nil, fmt.Errorf("elasticsearch key: %w", err)
		}
		o.APIKey = secret.Reveal()
	}
	if e.Password != nil && o.User != "" {
		secret, err := e.Password.Resolve(ctx, c.Dir)
		if err != nil {
			return nil, fmt.Errorf("elasticsearch password: %w", err)
		}
		o.Password = secret.Reveal()
	}
	if e.CAFile != "" {
		pem, err := os.ReadFile(c.Path(e.CAFile))
		if err != nil {
			return nil, fmt.Errorf("elasticsearch.ca_file: %w", err)
		}
		o.CACert = pem
	}
	return elastic.New(o)
}
