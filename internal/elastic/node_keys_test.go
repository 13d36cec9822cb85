package elastic

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/internal/testenv"

	"github.com/google/go-cmp/cmp"
)

// secureNode is a superuser's client of the node with users and TLS, with names that no other test uses.
func secureNode(t *testing.T) *Client {
	t.Helper()
	n := testenv.SecureElasticsearch(t)
	pem, err := os.ReadFile(n.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{Addresses: []string{n.URL}, User: n.User, Password: n.Password, CACert: pem, Prefix: "t-" + strings.ToLower(rand.Text()[:12])})
	if err != nil {
		t.Fatal(err)
	}
	cleanNode(t, c)
	t.Cleanup(func() {
		request := request(http.MethodDelete, "/_security/api_key", object{"ids": keyIDs(t, c), "owner": false})
		if _, err := c.do(context.Background(), request, nil, http.StatusBadRequest); err != nil {
			t.Errorf("invalidate keys: %v", err)
		}
	})
	return c
}

// keyIDs are the keys that a test made and that are still good.
func keyIDs(t *testing.T, c *Client) (ids []string) {
	t.Helper()
	var answer struct {
		Keys []struct {
			ID          string
			Invalidated bool
		} `json:"api_keys"`
	}
	if _, err := c.do(context.Background(), request(http.MethodGet, "/_security/api_key?name="+c.prefix+"-*", nil), &answer); err != nil {
		t.Fatal(err)
	}
	for _, k := range answer.Keys {
		if !k.Invalidated {
			ids = append(ids, k.ID)
		}
	}
	return ids
}

// with is a client of the same cluster with a key of a role.
func with(t *testing.T, c *Client, role string) *Client {
	t.Helper()
	k, err := c.MakeKey(context.Background(), role, begun)
	if err != nil {
		t.Fatalf("MakeKey(%s): %v", role, err)
	}
	config := c.config
	config.APIKey = k.Secret
	keyed, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return keyed
}

// may sends a request and says whether the cluster allowed it, looking at the results of a bulk request too.
func may(t *testing.T, c *Client, r Request) bool {
	t.Helper()
	var answer struct {
		Items []map[string]struct{ Status int }
	}
	_, err := c.do(context.Background(), r, &answer)
	for _, i := range answer.Items {
		for _, result := range i {
			if result.Status == http.StatusForbidden {
				return false
			}
		}
	}
	if err != nil && !errors.Is(err, ErrRefused) {
		t.Errorf("%s %s: %v", r.Method, r.Path, err)
	}
	return err == nil
}

// TestNodeRights: what a real key of each role may do, and what not, on the real node. A key that indexes can neither overwrite, nor delete, nor read
// an action.
func TestNodeRights(t *testing.T) {
	admin := secureNode(t)
	if err := admin.Setup(context.Background(), Layout{}); err != nil {
		t.Fatal(err)
	}
	project(t, admin, newBook(2, 2, ""))
	if _, err := admin.do(context.Background(), request(http.MethodPut, "/"+admin.FindingsIndex(), nil), nil); err != nil {
		t.Fatal(err)
	}
	clients := map[string]*Client{}
	for _, r := range admin.Roles() {
		clients[r.Name] = with(t, admin, r.Name)
	}
	month := admin.generation() + "2026.10"
	send := func(lines string) Request { return Request{http.MethodPost, "/_bulk", []byte(lines + "\n")} }
	get := func(path string) Request { return Request{Method: http.MethodGet, Path: path} }
	const doc = `{"@timestamp":"2026-10-30T12:00:00Z","agenttrail":{"id":"x"}}`
	for _, l := range []struct {
		what string
		do   Request
		may  string // who
	}{
		{"create an action", send(`{"create":{"_index":"` + month + `","_id":"x"}}` + "\n" + doc), "ingest refresh"},
		{"create it again", send(`{"create":{"_index":"` + month + `","_id":"x"}}` + "\n" + doc), "ingest refresh"},
		{"overwrite an action", send(`{"index":{"_index":"` + month + `","_id":"x"}}` + "\n" + doc), "refresh"},
		{"overwrite it otherwise", Request{http.MethodPut, "/" + month + "/_doc/x", []byte(doc)}, "refresh"},
		{"change an action", send(`{"update":{"_index":"` + month + `","_id":"x"}}` + "\n" + `{"doc":{"tags":["y"]}}`), "refresh"},
		{"delete an action", send(`{"delete":{"_index":"` + month + `","_id":"x"}}`), ""},
		{"delete it otherwise", Request{Method: http.MethodDelete, Path: "/" + month + "/_doc/x"}, ""},
		{"read an action", get("/" + month + "/_doc/x"), "refresh report reader"},
		{"search actions", get("/" + admin.ActionsAlias() + "/_search"), "refresh report reader"},
		{"count actions", get("/" + month + "/_count"), "refresh report reader"},
		{"read the ledger", get("/" + admin.ReceiptsIndex() + "/_search"), "ingest refresh report reader"},
		{"overwrite an entry", send(`{"index":{"_index":"` + admin.ReceiptsIndex() + `","_id":"0"}}` + "\n{}"), "refresh"},
		{"add a finding", send(`{"create":{"_index":"` + admin.FindingsIndex() + `","_id":"f"}}` + "\n{}"), "ingest refresh"},
		{"make a month", send(`{"create":{"_index":"` + admin.generation() + `2025.01","_id":"x"}}` + "\n" + doc), "ingest"},
		{"refresh", Request{Method: http.MethodPost, Path: "/" + admin.ActionsAlias() + "-*/_refresh"}, "setup ingest refresh report"},
		{"put a template", admin.Plan(Layout{})[0], "setup"},
		{"change settings", Request{http.MethodPut, "/" + month + "/_settings", []byte(`{"index.refresh_interval":"-1"}`)}, "setup"},
		{"move the alias", Request{http.MethodPost, "/_aliases", []byte(`{"actions":[{"add":{"index":"` + month + `","alias":"` + admin.ActionsAlias() + `"}}]}`)}, "setup"},
		{"ask the cluster's health", get("/_cluster/health"), "setup"},
		{"make a key", Request{http.MethodPost, "/_security/api_key", []byte(`{"name":"` + admin.prefix + `-x"}`)}, ""},
		{"delete an index", Request{Method: http.MethodDelete, Path: "/" + month}, "setup"},
	} {
		var got []string
		for _, r := range []string{"refresh", "report", "reader", "ingest", "setup"} { // ingest makes the month, setup deletes it
			if may(t, clients[r], l.do) {
				got = append(got, r)
			}
		}
		want := strings.Fields(l.may)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v may, want %v", l.what, got, want)
		}
	}
}

// TestNodeRoundWithKeys: a whole life with nothing but the keys: project, rebuild, project.
func TestNodeRoundWithKeys(t *testing.T) {
	admin := secureNode(t)
	if err := admin.Setup(context.Background(), Layout{}); err != nil {
		t.Fatal(err)
	}
	setup, ingest := with(t, admin, "setup"), with(t, admin, "ingest")
	b, longer := newBook(12, 2, ""), newBook(20, 2, "")
	if _, err := ingest.Project(context.Background(), b.projection()); err != nil {
		t.Fatalf("Project: %v", err)
	}
	if err := setup.Setup(context.Background(), Layout{}); err != nil {
		t.Fatalf("Setup with the setup key: %v", err)
	}
	if r, err := ingest.Rebuild(context.Background(), setup, again(b)); err != nil || r.Created != b.actions() {
		t.Fatalf("Rebuild = %+v, %v", r, err)
	}
	holds(t, admin, b)
	if r, err := ingest.Project(context.Background(), longer.projection()); err != nil || r.Created != longer.actions()-b.actions() {
		t.Fatalf("Project after the rebuild = %+v, %v", r, err)
	}
	holds(t, admin, longer)
}

// TestNodeKeys: a new key has the rights of its role and no more, and knows its end; one that a weak maker made is taken back.
func TestNodeKeys(t *testing.T) {
	ctx, admin := context.Background(), secureNode(t)
	for _, r := range admin.Roles() {
		c := with(t, admin, r.Name)
		missing, excess, err := c.Rights(ctx, r.Name)
		if err != nil || len(missing)+len(excess) > 0 {
			t.Errorf("key %s lacks %v and has too much %v, %v", r.Name, missing, excess, err)
		}
		name, until, err := c.WhoAmI(ctx)
		if want := begun.Add(KeyLife).Truncate(24 * time.Hour); err != nil || !until.Equal(want) || !strings.HasPrefix(name, admin.prefix+"-"+r.Name) {
			t.Errorf("WhoAmI = %q, %v, %v; want it until %v", name, until, err, want)
		}
	}
	if _, excess, err := admin.Rights(ctx, "ingest"); err != nil || !slices.Contains(excess, "delete on "+admin.ActionsAlias()+"-*") {
		t.Errorf("a superuser has too much: %v, %v; want delete among it", excess, err)
	}

	user := request(http.MethodPut, "/_security/user/"+admin.prefix, object{"password": "weak-maker-1", "roles": []string{admin.prefix + "_weak"}})
	role := request(http.MethodPut, "/_security/role/"+admin.prefix+"_weak", object{"cluster": []string{"manage_own_api_key"}, "indices": grants([]grant{{[]string{admin.prefix + "-*"}, []string{"manage"}}})})
	for _, r := range []Request{role, user} {
		if _, err := admin.do(ctx, r, nil); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if _, err := admin.do(ctx, Request{Method: http.MethodDelete, Path: r.Path}, nil); err != nil {
				t.Error(err)
			}
		})
	}
	before := len(keyIDs(t, admin))
	config := admin.config
	config.User, config.Password = admin.prefix, "weak-maker-1"
	weak, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	k, err := weak.MakeKey(ctx, "ingest", begun)
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "create_doc on "+admin.ActionsAlias()) || k.Secret != "" {
		t.Errorf("MakeKey by a weak maker = %v, %v; want it refused, with what the maker lacks", k, err)
	}
	if after := len(keyIDs(t, admin)); after != before {
		t.Errorf("%d keys are left of a failed one", after-before)
	}
}

// TestNodeRoles: the roles are put as they are, and putting them again changes nothing.
func TestNodeRoles(t *testing.T) {
	ctx, admin := context.Background(), secureNode(t)
	for range 2 {
		if err := admin.PutRoles(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range admin.Roles() {
		var answer map[string]struct {
			Cluster []string
			Indices []struct{ Names, Privileges []string }
		}
		path := "/_security/role/" + admin.RoleName(r)
		if _, err := admin.do(ctx, Request{Method: http.MethodGet, Path: path}, &answer); err != nil {
			t.Fatal(err)
		}
		got := answer[admin.RoleName(r)]
		if len(got.Indices) != len(r.grants) || !cmp.Equal(got.Indices[0].Names, r.grants[0].names) || !cmp.Equal(got.Indices[0].Privileges, r.grants[0].privileges) || len(got.Cluster) != len(r.cluster) {
			t.Errorf("role %s = %+v, want %+v", r.Name, got, r)
		}
		if _, err := admin.do(ctx, Request{Method: http.MethodDelete, Path: path}, nil); err != nil {
			t.Error(err)
		}
	}
}

// TestNodeNoSecurity: a cluster without security is told from one that refuses.
func TestNodeNoSecurity(t *testing.T) {
	if _, _, err := bareNode(t).Rights(context.Background(), "ingest"); !errors.Is(err, ErrNoSecurity) {
		t.Errorf("Rights = %v, want ErrNoSecurity", err)
	}
}

// TestNodeRevoked (F15): a key that is invalidated between two requests stops the run; the position stands, and with another key it goes on.
func TestNodeRevoked(t *testing.T) {
	ctx, admin := context.Background(), secureNode(t)
	if err := admin.Setup(ctx, Layout{}); err != nil {
		t.Fatal(err)
	}
	b, longer := newBook(3, 2, ""), newBook(6, 2, "")
	ingest := with(t, admin, "ingest")
	if _, err := ingest.Project(ctx, b.projection()); err != nil {
		t.Fatal(err)
	}
	p := longer.projection()
	judge := p.Judge
	p.Judge = func(a *agenttrail.Action) agenttrail.Verdict {
		for _, id := range keyIDs(t, admin) {
			if err := admin.invalidate(ctx, id); err != nil {
				t.Error(err)
			}
		}
		return judge(a)
	}
	if _, err := ingest.Project(ctx, p); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "api_key") {
		t.Errorf("Project with a revoked key = %v, want it refused with its remedy", err)
	}
	holds(t, admin, b)
	project(t, admin, longer)
}
