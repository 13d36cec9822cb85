package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"time"

	"agenttrail/internal/config"

	"github.com/spf13/cobra"
)

func (a *app) configCommand() *cobra.Command {
	var offline bool
	check := &cobra.Command{
		Use:   "check",
		Short: "Say every mistake in config, register, mappings and lists at once",
		Long: `Read the config, the register, the mappings and the tool maps, and say every mistake with file, line, column and remedy. For CI.
Without --offline it also says whether secrets and addresses resolve.`,
		Example: "  agenttrail config check --offline",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			if !offline {
				if failed := a.resolves(cmd.Context(), c); failed > 0 {
					return fmt.Errorf("%s cannot be resolved", count(int64(failed), "reference or address", "references or addresses"))
				}
			}
			fmt.Fprintf(a.out, "%s: no mistakes: %s, %s\n", c.File, count(int64(len(c.Sources)), "source", "sources"), count(int64(len(c.Register.Agents)), "agent", "agents"))
			return nil
		},
	}
	check.Flags().BoolVar(&offline, "offline", false, "do not look whether secrets and addresses resolve")
	command := &cobra.Command{Use: "config", Short: "The config file"}
	command.AddCommand(check)
	return command
}

// resolves tries each secret reference and each host name, and prints those that fail.
func (a *app) resolves(ctx context.Context, c *config.Config) (failed int) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for _, s := range secretsOf(c) {
		if _, err := s.ref.Resolve(ctx, c.Dir); err != nil {
			fmt.Fprintf(a.err, "%s: %s: %s\n", c.File, s.name, visible(err.Error()))
			failed++
		}
	}
	for _, address := range addressesOf(c) {
		u, err := url.Parse(address)
		if err == nil {
			_, err = net.DefaultResolver.LookupHost(ctx, u.Hostname())
		}
		if err != nil {
			fmt.Fprintf(a.err, "%s: %s: %s\n", c.File, address, visible(err.Error()))
			failed++
		}
	}
	return failed
}

type namedSecret struct {
	name string
	ref  *config.Reference
}

// secretsOf lists the secret references of a config.
func secretsOf(c *config.Config) (list []namedSecret) {
	add := func(name string, r *config.Reference) {
		if r != nil {
			list = append(list, namedSecret{name, r})
		}
	}
	add("key", c.Key)
	if c.Seal != nil {
		add("seal.key", c.Seal.Key)
	}
	for _, s := range c.Sources {
		if s.Role != nil {
			add("source "+s.Name+": external_id", s.Role.ExternalID)
		}
		add("source "+s.Name+": token", s.Token)
		if a := s.OAuth; a != nil {
			add("source "+s.Name+": oauth.client_secret", a.ClientSecret)
			add("source "+s.Name+": oauth.private_key", a.PrivateKey)
			add("source "+s.Name+": oauth.service_account", a.ServiceAccount)
		}
	}
	if e := c.Elasticsearch; e != nil {
		add("elasticsearch.api_key", e.APIKey)
		add("elasticsearch.password", e.Password)
		add("elasticsearch.setup_key", e.SetupKey)
		add("elasticsearch.refresh_key", e.RefreshKey)
		add("elasticsearch.reader_key", e.ReaderKey)
	}
	return list
}

func addressesOf(c *config.Config) (list []string) {
	for _, s := range c.Sources {
		if s.Endpoint != "" {
			list = append(list, s.Endpoint)
		}
		if s.URL != "" {
			list = append(list, s.URL)
		}
		if s.OAuth != nil && s.OAuth.TokenURL != "" {
			list = append(list, s.OAuth.TokenURL)
		}
	}
	if c.Elasticsearch != nil {
		list = append(list, c.Elasticsearch.Addresses...)
	}
	return list
}
