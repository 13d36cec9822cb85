package testenv

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"
)

// Node is a real Elasticsearch node with fewer modules (no scripts, no data streams; no API keys without security).
// Tests share it: give each test index names of its own.
type Node struct {
	URL      string
	User     string // empty: no security
	Password string
	CAFile   string // PEM; empty: no TLS, or one that the system trusts
}

// Elasticsearch returns the node without security ("es"). It answers, and it is the one that was started for the tests.
func Elasticsearch(t testing.TB) Node {
	t.Helper()
	return node(t, "es", "AGENTTRAIL_TEST_ES")
}

// SecureElasticsearch returns the node with TLS and users ("es-secure"): User is a superuser, each role of
// scripts/es-roles.yml is also a user with the same Password, and API keys can be made.
func SecureElasticsearch(t testing.TB) Node {
	t.Helper()
	return node(t, "es-secure", "AGENTTRAIL_TEST_ES_SECURE")
}

func node(t testing.TB, name, prefix string) Node {
	t.Helper()
	n := Node{
		URL:      variable(t, name, prefix+"_URL"),
		User:     os.Getenv(prefix + "_USER"),
		Password: os.Getenv(prefix + "_PASSWORD"),
		CAFile:   os.Getenv(prefix + "_CA"),
	}
	cluster, err := n.cluster()
	if err != nil {
		t.Fatalf("%s: %s=%s does not answer: %v", name, prefix+"_URL", n.URL, err)
	}
	if want := os.Getenv(prefix + "_CLUSTER"); want != "" && cluster != want {
		t.Fatalf("%s: %s is cluster %q, want %q: another node, nothing was written", name, n.URL, cluster, want)
	}
	return n
}

// cluster asks the node for its cluster_name.
func (n Node) cluster() (string, error) {
	client, err := n.client()
	if err != nil {
		return "", err
	}
	req, err := http.NewRequest(http.MethodGet, n.URL+"/_cluster/health", nil)
	if err != nil {
		return "", err
	}
	if n.User != "" {
		req.SetBasicAuth(n.User, n.Password)
	}
	res, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("GET /_cluster/health: %s", res.Status)
	}
	var health struct {
		ClusterName string `json:"cluster_name"`
	}
	if err := json.NewDecoder(res.Body).Decode(&health); err != nil {
		return "", fmt.Errorf("GET /_cluster/health: %w", err)
	}
	return health.ClusterName, nil
}

func (n Node) client() (*http.Client, error) {
	client := &http.Client{Timeout: 30 * time.Second}
	if n.CAFile == "" {
		return client, nil
	}
	pem, err := os.ReadFile(n.CAFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", n.CAFile)
	}
	client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}
	return client, nil
}
