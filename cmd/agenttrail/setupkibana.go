package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"agenttrail/internal/config"
	"agenttrail/internal/elastic"
	"agenttrail/internal/elastic/kibana"

	"github.com/spf13/cobra"
)

type kibanaOptions struct {
	url, space, user, output string
	dry, rules               bool
}

func (a *app) setupKibanaCommand() *cobra.Command {
	var o kibanaOptions
	cmd := &cobra.Command{
		Use:   "kibana",
		Short: "Load data views, Discover sessions and dashboards; safe to repeat",
		Long: `Load into Kibana what people open there: data views, Discover sessions, dashboards, each with a stored time range of 30 days. Loading again replaces
them. --rules loads detection rules too; each is off until somebody turns it on. It logs in with elasticsearch.setup_key, else with the key of the
index, or as --user with the password in ` + setupPassword + `. --dry-run sends nothing: it writes the files that Kibana's own import takes,
agenttrail.ndjson and with --rules agenttrail-rules.ndjson, and prints the requests. Kibana ` + kibana.Since + ` or later.`,
		Example: `  agenttrail setup kibana --dry-run -o /tmp
  agenttrail setup kibana --space audit --rules --user elastic`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			return a.setupKibana(cmd.Context(), c, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.url, "url", "", "address of Kibana; default elasticsearch.kibana_url")
	f.StringVar(&o.space, "space", "", "id of the space; default: the default one")
	f.BoolVar(&o.rules, "rules", false, "load the detection rules too")
	f.BoolVar(&o.dry, "dry-run", false, "write the files and print the requests, send nothing")
	f.StringVarP(&o.output, "output", "o", ".", "folder of the files of --dry-run")
	f.StringVar(&o.user, "user", "", "log in as this user; the password is taken from "+setupPassword)
	return cmd
}

func (a *app) setupKibana(ctx context.Context, c *config.Config, o kibanaOptions) error {
	e, err := elasticPlace(c)
	if err != nil {
		return err
	}
	client, err := elastic.New(e)
	if err != nil {
		return err
	}
	address := cmp.Or(o.url, c.Elasticsearch.KibanaURL)
	if address == "" && !o.dry {
		return usage("%s: no elasticsearch.kibana_url (add it, or give --url)", c.File)
	}
	plan := kibana.Plan(kibana.Options{Client: client}, o.space, o.rules)
	if o.dry {
		return a.writeKibana(plan, address, o.output)
	}
	place, err := kibanaPlace(ctx, c, o.user)
	if err != nil {
		return err
	}
	place.URL = address
	return a.sendKibana(ctx, place, plan)
}

// sendKibana loads and says what was taken.
func (a *app) sendKibana(ctx context.Context, place kibana.Place, plan []kibana.Load) error {
	for i, l := range plan {
		if err := place.Send(ctx, l); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "kibana took %s\n", count(int64(l.Count), []string{"saved object", "detection rule"}[i], []string{"saved objects", "detection rules"}[i]))
	}
	return nil
}

// writeKibana writes the files that sendKibana sends.
func (a *app) writeKibana(plan []kibana.Load, address, dir string) error {
	for i, l := range plan {
		name := filepath.Join(dir, []string{"agenttrail.ndjson", "agenttrail-rules.ndjson"}[i])
		if err := os.WriteFile(name, l.Body, 0o644); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "POST %s%s\n  kbn-xsrf: true; file: %s, %s\n", visible(address), l.Path, visible(name), count(int64(l.Count), "line", "lines"))
	}
	return nil
}

// kibanaPlace is the credential with which a config, or a user, logs in to Kibana: that of the cluster.
func kibanaPlace(ctx context.Context, c *config.Config, user string) (p kibana.Place, err error) {
	if user != "" {
		e, err := elasticPlace(c)
		if err != nil {
			return p, err
		}
		password, ok := os.LookupEnv(setupPassword)
		if !ok {
			return p, usage("--user %s: the environment variable %s is not set", user, setupPassword)
		}
		return kibana.Place{User: user, Password: password, CACert: e.CACert}, nil
	}
	key := c.Elasticsearch.SetupKey
	if key == nil {
		key = c.Elasticsearch.APIKey
	}
	e, err := elasticAccess(ctx, c, key)
	if err != nil {
		return p, err
	}
	return kibana.Place{APIKey: e.APIKey, User: e.User, Password: e.Password, CACert: e.CACert}, nil
}
