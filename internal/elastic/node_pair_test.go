package elastic

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"agenttrail"
	"agenttrail/internal/testenv"
)

// startNode starts a node of a pair in dir and returns its address.
func startNode(t *testing.T, dir string, env ...string) (address string) {
	t.Helper()
	script, err := filepath.Abs(filepath.Join("..", "..", "scripts", "es-node.sh"))
	if err != nil {
		t.Fatal(err)
	}
	start := exec.Command(script, "start", dir)
	start.Env = append(os.Environ(), append(env, "ES_CLUSTER=agenttrail-pair-"+filepath.Base(filepath.Dir(dir)))...)
	out, err := start.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 77 {
		t.Skipf("es-node.sh: %s", out)
	}
	if err != nil {
		t.Fatalf("es-node.sh: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command(script, "stop", dir).CombinedOutput(); err != nil {
			t.Errorf("es-node.sh stop: %v: %s", err, out)
		}
	})
	return read(t, dir, "url")
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// TestPairLosesNode: of two nodes with a copy each, one is killed while documents are on their way: nothing is lost, nothing is there twice, and the run
// says how much stands on one copy only.
func TestPairLosesNode(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a cluster of two nodes: left out with -short")
	}
	testenv.Elasticsearch(t) // where one node cannot be had, two cannot
	dir, err := os.MkdirTemp("", "agenttrail-pair-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil { // the nodes run as another user
		t.Fatal(err)
	}
	first, second := filepath.Join(dir, "n1"), filepath.Join(dir, "n2")
	a := startNode(t, first, "ES_NAME=n1", "ES_DISCOVERY=cluster.initial_master_nodes: [n1]")
	b := startNode(t, second, "ES_NAME=n2", fmt.Sprintf("ES_DISCOVERY=discovery.seed_hosts: [\"127.0.0.1:%s\"]\nnode.roles: [data]", read(t, first, "transport")))
	c, err := New(Config{Addresses: []string{b, a}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := c.Setup(ctx, Layout{Replicas: "1"}); err != nil { // auto would want no copy any more, once the node is gone
		t.Fatal(err)
	}
	small := newBook(3, 2, "")
	project(t, c, small)
	if _, err := c.do(ctx, Request{Method: http.MethodGet, Path: "/_cluster/health?wait_for_status=green&wait_for_nodes=2&timeout=60s"}, nil); err != nil {
		t.Fatal(err)
	}
	big := newBook(500, 2, strings.Repeat("because ", 1500)) // 12 kB each: several requests
	p := big.projection()
	rows := p.Rows
	p.Rows = func(ctx context.Context, n int64, yield func(*agenttrail.Action, *agenttrail.Context) error) error {
		if n == 300 {
			kill(t, second)
		}
		return rows(ctx, n, yield)
	}
	r, err := c.Project(ctx, p)
	if err != nil || r.Balance() != 0 || r.Rejected+r.Degraded != 0 || r.OneCopy == 0 {
		t.Fatalf("Project over the loss of a node = %+v, %v; want all created or present, some of it on one copy", r, err)
	}
	holds(t, c, big)
}

// kill ends a node as a crash would.
func kill(t *testing.T, dir string) {
	t.Helper()
	pid, err := strconv.Atoi(read(t, dir, "pid"))
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGKILL)
	}
	if err != nil {
		t.Errorf("kill the node in %s: %v", dir, err)
	}
}
