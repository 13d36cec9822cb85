package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"agenttrail/fixtures"
	"agenttrail/internal/config"
	"agenttrail/internal/elastic"
	"agenttrail/internal/elastic/kibana"
)

type demoOptions struct {
	dir                           string
	elasticsearch, kibana, prefix string
}

const (
	demoPrefix = "agenttrail-demo" // of indices and dashboards: never those of a real trail
	demoKey    = "AGENTTRAIL_ES_KEY"
)

// prepare finds out what is wrong with the servers before the quarter is played, and clears what an earlier demo left in the cluster.
func (o demoOptions) prepare(ctx context.Context) error {
	if o.kibana != "" && o.elasticsearch == "" {
		return usage("--kibana needs --elasticsearch: dashboards without actions are empty")
	}
	if !strings.HasPrefix(o.prefix, demoPrefix) {
		return usage("--prefix %q: the demo replaces these indices, so it begins with %s", o.prefix, demoPrefix)
	}
	if o.elasticsearch == "" {
		return nil
	}
	for _, s := range []struct{ flag, address string }{{"--elasticsearch", o.elasticsearch}, {"--kibana", o.kibana}} {
		if s.address != "" && !reachable(s.address) {
			return usage("%s: want https://HOST:PORT, or http on this machine, without a user (a key is taken from %s)", s.flag, demoKey)
		}
	}
	client, err := elastic.New(elastic.Config{Addresses: []string{o.elasticsearch}, APIKey: os.Getenv(demoKey), Prefix: o.prefix})
	if err != nil {
		return err
	}
	if err := client.Setup(ctx, elastic.Layout{}); err != nil {
		return err
	}
	return client.Drop(ctx)
}

// reachable says whether an address is one that the config takes too.
func reachable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname())
}

// demoIndex projects the demo's trail and loads the dashboards. The clock is the real one: documents were sent now.
func (a *app) demoIndex(ctx context.Context, o demoOptions, t *opened) error {
	file := filepath.Join(o.dir, "agenttrail.yaml")
	if err := o.addTo(file); err != nil {
		return err
	}
	c, err := config.Load(file)
	if err != nil {
		return err
	}
	fmt.Fprintln(a.out)
	if _, err := a.index(ctx, c, t, false); err != nil || o.kibana == "" {
		return err
	}
	place, err := kibanaPlace(ctx, c, "")
	if err != nil {
		return err
	}
	place.URL = o.kibana
	e, err := elasticPlace(c)
	if err != nil {
		return err
	}
	client, err := elastic.New(e)
	if err != nil {
		return err
	}
	nights := fixtures.Nights()
	return a.sendKibana(ctx, place, kibana.Plan(kibana.Options{
		Client: client, Prefix: o.prefix,
		From: fixtures.QuarterStart.Format(time.RFC3339), To: nights[len(nights)-1].AddDate(0, 0, 1).Format(time.RFC3339),
	}, "", false))
}

// addTo makes the demo's config name the cluster, for the commands that come after. The ledger keeps the config with which the quarter was played.
func (o demoOptions) addTo(file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s\nelasticsearch:\n  addresses: [%q]\n", b, o.elasticsearch)
	if os.Getenv(demoKey) != "" {
		text += "  api_key: {env: " + demoKey + "}\n"
	}
	if o.kibana != "" {
		text += fmt.Sprintf("  kibana_url: %q\n", o.kibana)
	}
	text += "index: {prefix: " + o.prefix + "}\n"
	return os.WriteFile(file, []byte(text), 0o644)
}
