package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"agenttrail/internal/strictyaml"
)

var (
	indexPrefix    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
	indexReplicas  = regexp.MustCompile(`^(auto|[0-9])$`)
	indexLifecycle = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
)

func (c *Config) checkIndex(doc *strictyaml.Document) {
	i := &c.Index
	if !slices.Contains([]string{"", "all", "agents+unknown", "agents"}, i.Who) {
		doc.Add("index.who", fmt.Sprintf("%q says nobody", i.Who), "use all, agents+unknown or agents")
	}
	switch {
	case i.Prefix == "":
	case !indexPrefix.MatchString(i.Prefix):
		doc.Add("index.prefix", fmt.Sprintf("%q cannot begin the name of an index", i.Prefix), "use 1 to 40 of a-z, 0-9 and hyphen")
	case strings.HasPrefix(i.Prefix+"-", "logs-"), strings.HasPrefix(i.Prefix+"-", "metrics-"), strings.HasPrefix(i.Prefix+"-", "traces-"):
		doc.Add("index.prefix", fmt.Sprintf("templates of the cluster make data streams of names that begin like %q", i.Prefix), "use another prefix")
	}
	if i.Replicas != "" && !indexReplicas.MatchString(i.Replicas) {
		doc.Add("index.replicas", fmt.Sprintf("%q is no number of copies", i.Replicas), "use auto, or 0 to 9")
	}
	if i.Shards < 0 || i.Shards > 64 {
		doc.Add("index.shards", fmt.Sprintf("%d shards for a month", i.Shards), "use 1 to 64; one takes some forty million actions")
	}
	if i.Lifecycle != "" && !indexLifecycle.MatchString(i.Lifecycle) {
		doc.Add("index.lifecycle", fmt.Sprintf("%q is no name of a lifecycle policy", i.Lifecycle), "")
	}
}

func (c *Config) checkElasticsearch(doc *strictyaml.Document) {
	e := c.Elasticsearch
	if e == nil {
		return
	}
	for i, a := range e.Addresses {
		checkURL(doc, fmt.Sprintf("elasticsearch.addresses[%d]", i), a)
	}
	switch {
	case e.CloudID != "" && len(e.Addresses) > 0:
		doc.Add("elasticsearch.cloud_id", "both addresses and cloud_id", "keep one of them")
	case e.CloudID != "":
		address, err := cloudAddress(e.CloudID)
		if err != nil {
			doc.Add("elasticsearch.cloud_id", err.Error(), "copy it from the deployment's page")
		}
		e.Addresses = []string{address}
	case len(e.Addresses) == 0:
		doc.Add("elasticsearch", "no addresses", "add addresses: [https://HOST:9200]")
	}
	if e.KibanaURL != "" {
		checkURL(doc, "elasticsearch.kibana_url", e.KibanaURL)
	}
	if e.Serverless && (c.Index.Replicas != "" || c.Index.Shards != 0 || c.Index.Lifecycle != "") {
		doc.Add("elasticsearch.serverless", "a serverless cluster manages shards, copies and lifecycle itself", "remove index.shards, index.replicas and index.lifecycle")
	}
	checkReference(doc, "elasticsearch.api_key", e.APIKey)
	checkReference(doc, "elasticsearch.password", e.Password)
	checkReference(doc, "elasticsearch.setup_key", e.SetupKey)
	checkReference(doc, "elasticsearch.refresh_key", e.RefreshKey)
	checkReference(doc, "elasticsearch.reader_key", e.ReaderKey)
	if e.APIKey != nil && e.User != "" {
		doc.Add("elasticsearch.user", "both api_key and user", "keep one of them")
	}
	if (e.User == "") != (e.Password == nil) {
		doc.Add("elasticsearch", "user and password go together", "")
	}
}

// cloudAddress decodes a cloud id, NAME:BASE64, of HOST[:PORT]$ELASTICSEARCH[:PORT]$KIBANA. The address is always https.
func cloudAddress(id string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(id[strings.LastIndex(id, ":")+1:])
	parts := strings.Split(string(raw), "$")
	if err != nil || len(parts) < 2 || !hostName.MatchString(parts[0]) || !hostName.MatchString(parts[1]) {
		return "", errors.New("this is no cloud id")
	}
	host, port, ok := strings.Cut(parts[0], ":")
	if !ok {
		port = "443"
	}
	cluster, own, ok := strings.Cut(parts[1], ":")
	if ok {
		port = own
	}
	return "https://" + cluster + "." + host + ":" + port, nil
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?$`)
