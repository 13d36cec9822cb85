package main

import (
	"context"
	"fmt"
	"os"

	"agenttrail/internal/config"
	"agenttrail/internal/elastic"

	"github.com/spf13/cobra"
)

type setupOptions struct {
	dry, roles bool
	keys       []string
	user       string
}

func (a *app) setupCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "setup", Short: "Prepare what agenttrail writes to"}
	cmd.AddCommand(a.setupElasticsearchCommand(), a.setupKibanaCommand())
	return cmd
}

func (a *app) setupElasticsearchCommand() *cobra.Command {
	var o setupOptions
	cmd := &cobra.Command{
		Use:   "elasticsearch",
		Short: "Put templates, roles and keys; safe to repeat",
		Long: `Put the templates and the alias into the cluster that the config names, and bring months that exist up to the field table. Running it again changes
nothing. --roles puts the roles, --keys makes API keys with the least rights that their commands need: each is printed once and stored nowhere. Both
need a user who may do so: --user, with the password in ` + setupPassword + `. Otherwise elasticsearch.setup_key is used, else the key
of the index. --dry-run prints every request and sends nothing.`,
		Example: `  agenttrail setup elasticsearch --dry-run
  agenttrail setup elasticsearch --user elastic --keys setup,ingest,report`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			client, err := a.setupClient(cmd.Context(), c, o)
			if err != nil {
				return err
			}
			if o.dry {
				return a.printSetup(client, c, o)
			}
			return elasticError(a.setupElasticsearch(cmd.Context(), client, c, o))
		},
	}
	cmd.Flags().BoolVar(&o.dry, "dry-run", false, "print every request, send nothing")
	cmd.Flags().BoolVar(&o.roles, "roles", false, "put the roles too")
	cmd.Flags().StringSliceVar(&o.keys, "keys", nil, "make API keys: setup, ingest, refresh, report or all")
	cmd.Flags().StringVar(&o.user, "user", "", "log in as this user; the password is taken from "+setupPassword)
	return cmd
}

const setupPassword = "AGENTTRAIL_SETUP_PASSWORD"

// setupClient is the client of the config, or of the user that the command line names.
func (a *app) setupClient(ctx context.Context, c *config.Config, o setupOptions) (*elastic.Client, error) {
	if o.user == "" {
		return a.elastic(ctx, c, true)
	}
	password, ok := os.LookupEnv(setupPassword)
	if !ok && !o.dry {
		return nil, usage("--user %s: the environment variable %s is not set", o.user, setupPassword)
	}
	e, err := elasticPlace(c)
	if err != nil {
		return nil, err
	}
	e.User, e.Password = o.user, password
	return elastic.New(e)
}

func (o setupOptions) chosen(client *elastic.Client) []string {
	if len(o.keys) == 1 && o.keys[0] == "all" {
		return client.Keys()
	}
	return o.keys
}

// printSetup prints what setupElasticsearch sends.
func (a *app) printSetup(client *elastic.Client, c *config.Config, o setupOptions) error {
	plan := client.Plan(layoutOf(c))
	if o.roles {
		plan = append(plan, client.RolePlan()...)
	}
	for _, name := range o.chosen(client) {
		r, err := client.KeyPlan(name, a.now())
		if err != nil {
			return usage("--keys: %w", err)
		}
		plan = append(plan, r)
	}
	for _, r := range plan {
		fmt.Fprintf(a.out, "%s %s\n", r.Method, r.Path)
		if len(r.Body) > 0 {
			fmt.Fprintf(a.out, "%s\n", r.Body)
		}
		fmt.Fprintln(a.out)
	}
	return nil
}

func (a *app) setupElasticsearch(ctx context.Context, client *elastic.Client, c *config.Config, o setupOptions) error {
	for _, name := range o.chosen(client) {
		if _, err := client.KeyPlan(name, a.now()); err != nil {
			return usage("--keys: %w", err)
		}
	}
	if err := client.Setup(ctx, layoutOf(c)); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "templates are in place: actions in %s, the ledger in %s\n", client.ActionsAlias(), client.ReceiptsIndex())
	if o.roles {
		if err := client.PutRoles(ctx); err != nil {
			return fmt.Errorf("%w (an administrator can put them: --roles --dry-run prints the requests)", err)
		}
		for _, r := range client.Roles() {
			fmt.Fprintf(a.out, "role %s: %s\n", client.RoleName(r), r.For)
		}
	}
	for _, name := range o.chosen(client) {
		k, err := client.MakeKey(ctx, name, a.now())
		if err != nil {
			return fmt.Errorf("%w (keys are made by a user, not by a key: --user)", err)
		}
		fmt.Fprintf(a.out, "key %s (id %s, until %s), for %s. It is shown this once:\n  %s\n", k.Name, k.ID, k.Until.UTC().Format("2006-01-02"), k.For, k.Secret)
	}
	return nil
}

// layoutOf is how the config wants the indices to be.
func layoutOf(c *config.Config) elastic.Layout {
	return elastic.Layout{Serverless: c.Elasticsearch.Serverless, Shards: c.Index.Shards, Replicas: c.Index.Replicas, Lifecycle: c.Index.Lifecycle}
}

// elasticPlace is where the cluster of a config is, without a credential.
func elasticPlace(c *config.Config) (o elastic.Config, err error) {
	e := c.Elasticsearch
	if e == nil {
		return o, usage("%s: no elasticsearch section (add elasticsearch: {addresses: [...], api_key: {...}})", c.File)
	}
	o = elastic.Config{Addresses: e.Addresses, Prefix: c.Index.Prefix}
	if e.CAFile != "" {
		if o.CACert, err = os.ReadFile(c.Path(e.CAFile)); err != nil {
			return o, fmt.Errorf("elasticsearch.ca_file: %w", err)
		}
	}
	return o, nil
}

// elastic makes the client of a config. setup asks for the key that may change templates and replace indices.
func (a *app) elastic(ctx context.Context, c *config.Config, setup bool) (*elastic.Client, error) {
	switch e := c.Elasticsearch; {
	case e == nil:
		return a.elasticWith(ctx, c, nil)
	case setup && e.SetupKey != nil:
		return a.elasticWith(ctx, c, e.SetupKey)
	default:
		return a.elasticWith(ctx, c, e.APIKey)
	}
}

// elasticWith is the client with a certain key; nil: with user and password, if there are any.
func (a *app) elasticWith(ctx context.Context, c *config.Config, key *config.Reference) (*elastic.Client, error) {
	o, err := elasticAccess(ctx, c, key)
	if err != nil {
		return nil, err
	}
	return elastic.New(o)
}

// elasticAccess is where the cluster of a config is, with a key or what stands for it.
func elasticAccess(ctx context.Context, c *config.Config, key *config.Reference) (o elastic.Config, err error) {
	if o, err = elasticPlace(c); err != nil {
		return o, err
	}
	e := c.Elasticsearch
	if key != nil {
		secret, err := key.Resolve(ctx, c.Dir)
		if err != nil {
			return o, fmt.Errorf("elasticsearch key: %w", err)
		}
		o.APIKey = secret.Reveal()
	} else if e.Password != nil {
		secret, err := e.Password.Resolve(ctx, c.Dir)
		if err != nil {
			return o, fmt.Errorf("elasticsearch password: %w", err)
		}
		o.User, o.Password = e.User, secret.Reveal()
	}
	return o, nil
}
