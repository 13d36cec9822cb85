package elastic

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/internal/testenv"

	"github.com/elastic/go-elasticsearch/v8/esapi"
	"github.com/google/go-cmp/cmp"
)

// These tests talk to a real node. Each has index names of its own, and removes them.

// node is a client of the real node, set up, with names that no other test uses.
func node(t *testing.T) *Client {
	t.Helper()
	c := bareNode(t)
	if err := c.Setup(context.Background(), Layout{}); err != nil {
		t.Fatal(err)
	}
	return c
}

func bareNode(t *testing.T) *Client {
	t.Helper()
	n := testenv.Elasticsearch(t)
	o := Config{Addresses: []string{n.URL}, User: n.User, Password: n.Password, Prefix: "t-" + strings.ToLower(rand.Text()[:12])}
	if n.CAFile != "" {
		pem, err := os.ReadFile(n.CAFile)
		if err != nil {
			t.Fatal(err)
		}
		o.CACert = pem
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	cleanNode(t, c)
	return c
}

// cleanNode removes what a test made, at its end.
func cleanNode(t *testing.T, c *Client) {
	t.Cleanup(func() {
		ctx := context.Background()
		drop(t, c)
		components, indices := c.templates(Layout{})
		for _, list := range []struct {
			kind string
			of   []named
		}{{"_index_template", indices}, {"_component_template", components}} { // a component that is in use cannot be deleted
			for _, l := range list.of {
				if _, err := c.do(ctx, request("DELETE", "/"+list.kind+"/"+l.name, nil), nil, 404); err != nil {
					t.Errorf("delete %s %s: %v", list.kind, l.name, err)
				}
			}
		}
	})
}

// drop deletes all indices of a client.
func drop(t *testing.T, c *Client) {
	t.Helper()
	if err := c.Drop(context.Background()); err != nil {
		t.Errorf("Drop: %v", err)
	}
}

// A book is a ledger in memory: genesis, then batches with their actions, and a closed window behind each tenth.
type book struct {
	entries []agenttrail.Entry
	rows    map[int64][]agenttrail.Action
}

var begun = time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)

// newBook makes a ledger of batches with so many actions each; reason is a text that each action carries.
func newBook(batches, actions int, reason string) *book {
	b := &book{rows: map[int64][]agenttrail.Action{}}
	b.entries = append(b.entries, agenttrail.Entry{Time: begun, Genesis: &agenttrail.Genesis{Origin: "agenttrail/test/00000000", Tenant: "test"}})
	window := agenttrail.Window{Source: "cloudtrail", From: begun.Truncate(24 * time.Hour), To: begun.Truncate(24*time.Hour).AddDate(0, 0, 1)}
	for i := range batches {
		n := int64(len(b.entries))
		at := begun.Add(time.Duration(i) * time.Minute)
		batch := &agenttrail.Batch{BatchInfo: agenttrail.BatchInfo{Source: "cloudtrail", Dataset: "aws.cloudtrail", Window: window, Run: "run-1"}, Name: fmt.Sprint("batch-", i)}
		for k := range actions {
			var a agenttrail.Action
			a.Native, a.Time, a.Verb, a.Outcome, a.Intent.Reason = fmt.Sprintf("%d-%d", i, k), at.Add(time.Duration(k)*time.Hour), agenttrail.VerbRead, agenttrail.Success, reason
			stamp(&a, int64(k))
			b.rows[n] = append(b.rows[n], a)
		}
		batch.Counts = agenttrail.Counts{Read: int64(actions), Accepted: int64(actions), Rows: int64(actions)}
		b.entries = append(b.entries, agenttrail.Entry{Time: at, Batch: batch})
		if i%10 == 9 {
			b.entries = append(b.entries, agenttrail.Entry{Time: at, Window: &agenttrail.WindowState{Window: window, State: agenttrail.WindowClosed, Result: "complete", Run: "run-1"}})
		}
	}
	return b
}

func stamp(a *agenttrail.Action, ordinal int64) {
	s := agenttrail.Stamp{Dataset: "aws.cloudtrail", Tenant: "test", URI: "s3://example-logs/x.json.gz", Created: a.Time.Add(time.Minute)}
	r := &agenttrail.Record{Ordinal: ordinal, Raw: []byte(a.Native)}
	s.Write(a, r, agenttrail.RawHash(r))
}

func (b *book) actions() (n int64) {
	for _, rows := range b.rows {
		n += int64(len(rows))
	}
	return n
}

func (b *book) projection() Projection {
	return Projection{
		Size:  int64(len(b.entries)),
		Entry: func(n int64) (agenttrail.Entry, error) { return b.entries[n], nil },
		JSON:  func(n int64) ([]byte, error) { return fmt.Appendf(nil, `{"n":"%d"}`, n), nil },
		Rows: func(_ context.Context, n int64, yield func(*agenttrail.Action, *agenttrail.Context) error) error {
			for i := range b.rows[n] {
				if err := yield(&b.rows[n][i], &agenttrail.Context{Tenant: "test", Receipt: agenttrail.Num(n), Run: "run-1", Mapping: "aws.cloudtrail", MappingVersion: "1"}); err != nil {
					return err
				}
			}
			return nil
		},
		Judge: func(*agenttrail.Action) agenttrail.Verdict { return agenttrail.Verdict{} },
		Now:   func() time.Time { return begun.AddDate(0, 0, 1) },
	}
}

// project projects and wants it to go well, and every action and entry to be there once.
func project(t *testing.T, c *Client, b *book) Result {
	t.Helper()
	r, err := c.Project(context.Background(), b.projection())
	if err != nil {
		t.Fatalf("Project: %v", err)
	}
	holds(t, c, b)
	return r
}

// holds compares the cluster with the ledger, by counts.
func holds(t *testing.T, c *Client, b *book) {
	t.Helper()
	actions, err := c.Count(context.Background())
	if err != nil || actions != b.actions() {
		t.Errorf("Count = %d, %v; the ledger has %d actions", actions, err, b.actions())
	}
	entries, err := c.total(context.Background(), c.ReceiptsIndex(), object{"exists": object{"field": "n"}})
	if err != nil || entries != int64(len(b.entries)) {
		t.Errorf("receipts = %d, %v; the ledger has %d entries", entries, err, len(b.entries))
	}
	at, err := c.Position(context.Background())
	if err != nil || at != int64(len(b.entries)) {
		t.Errorf("Position = %d, %v; want %d", at, err, len(b.entries))
	}
}

// TestNodeSetup: setting up twice is the same as once, and without it nothing is sent.
func TestNodeSetup(t *testing.T) {
	c, b := bareNode(t), newBook(3, 2, "")
	if _, err := c.Project(context.Background(), b.projection()); !errors.Is(err, ErrSetup) || !strings.Contains(fmt.Sprint(err), "agenttrail setup elasticsearch") {
		t.Fatalf("Project before Setup = %v, want ErrSetup with its remedy", err)
	}
	for range 2 {
		if err := c.Setup(context.Background(), Layout{}); err != nil {
			t.Fatal(err)
		}
	}
	if r := project(t, c, b); r.Created != 6 || r.Sent != 6 || r.From != 0 || r.To != 4 {
		t.Errorf("Project = %+v, want entries 0 to 4 and 6 created", r)
	}
	if err := c.Setup(context.Background(), Layout{}); err != nil { // months exist now
		t.Fatal(err)
	}
}

// TestNodeMapping: the index that the template makes has the mapping of the field table, no more and no less, and settings that cost the least.
func TestNodeMapping(t *testing.T) {
	c := node(t)
	project(t, c, newBook(1, 1, ""))
	index := c.prefix + "-actions-v1-2026.10"
	var answer map[string]struct {
		Mappings any
		Aliases  map[string]any
		Settings struct {
			Index struct {
				Codec           string
				RefreshInterval string `json:"refresh_interval"`
			}
		}
	}
	if _, err := c.do(context.Background(), esapi.IndicesGetRequest{Index: []string{index}}, &answer); err != nil {
		t.Fatal(err)
	}
	got := answer[index]
	if diff := cmp.Diff(normal(t, Mapping()), normal(t, got.Mappings)); diff != "" {
		t.Errorf("mapping of %s, want - got +\n%s", index, diff)
	}
	if _, ok := got.Aliases[c.ActionsAlias()]; !ok || got.Settings.Index.Codec != "best_compression" || got.Settings.Index.RefreshInterval != "-1" {
		t.Errorf("aliases %v, settings %+v; want %s, best_compression and no refresh", got.Aliases, got.Settings.Index, c.ActionsAlias())
	}
}

// normal is a mapping as plain JSON, without the type that an object has anyway, and numbers and truths as text.
func normal(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return texts(out)
}

func texts(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Sprint(v)
	}
	for k := range m {
		m[k] = texts(m[k])
	}
	return m
}

// TestNodeTwice: a second projection of the same ledger sends nothing; of a longer one, only what is new.
func TestNodeTwice(t *testing.T) {
	c, b := node(t), newBook(12, 3, "")
	project(t, c, b)
	if r := project(t, c, b); r.Sent != 0 || r.From != r.To {
		t.Errorf("second Project = %+v, want nothing sent", r)
	}
	longer := newBook(20, 3, "")
	if r := project(t, c, longer); r.Sent != 24 || r.Created != 24 || r.From != int64(len(b.entries)) {
		t.Errorf("Project of a longer ledger = %+v, want 24 created from entry %d on", r, len(b.entries))
	}
}

// TestNodeKilled: a projection that is stopped anywhere goes on; nothing is lost, nothing is there twice.
func TestNodeKilled(t *testing.T) {
	c, b := node(t), newBook(400, 2, strings.Repeat("because ", 1500)) // 12 kB each: several requests
	for _, stop := range []int64{3, 200, 300, 430} {
		ctx, cancel := context.WithCancel(context.Background())
		p := b.projection()
		rows := p.Rows
		p.Rows = func(ctx context.Context, n int64, yield func(*agenttrail.Action, *agenttrail.Context) error) error {
			if n >= stop {
				cancel()
			}
			return rows(ctx, n, yield)
		}
		_, err := c.Project(ctx, p)
		cancel()
		if err == nil {
			t.Fatalf("Project, stopped at entry %d, ended well", stop)
		}
		at, err := c.Position(context.Background())
		if err != nil || at > stop {
			t.Errorf("stopped at entry %d: Position = %d, %v", stop, at, err)
		}
	}
	r := project(t, c, b)
	if r.Balance() != 0 || r.Rejected+r.Degraded != 0 || r.From != 256 || r.To != int64(len(b.entries)) {
		t.Errorf("last Project = %+v, want entries 256 to %d, all created or present", r, len(b.entries))
	}
}

// TestNodeHole: an entry that is missing among later ones is noticed, and everything from there on is sent again.
func TestNodeHole(t *testing.T) {
	c, b := node(t), newBook(30, 2, "")
	project(t, c, b)
	for _, hole := range []int64{17, 5, 0} {
		if _, err := c.do(context.Background(), esapi.DeleteRequest{Index: c.ReceiptsIndex(), DocumentID: strconv.FormatInt(hole, 10)}, nil); err != nil {
			t.Fatal(err)
		}
		if at, err := c.Position(context.Background()); err != nil || at != hole {
			t.Errorf("without entry %d: Position = %d, %v", hole, at, err)
		}
	}
	if r := project(t, c, b); r.From != 0 || r.Present != b.actions() || r.Created != 0 {
		t.Errorf("Project after the holes = %+v, want all %d actions present", r, b.actions())
	}
}

// TestNodeDropped: the indices can be deleted; the next projection makes them again.
func TestNodeDropped(t *testing.T) {
	c, b := node(t), newBook(25, 4, "")
	project(t, c, b)
	drop(t, c)
	if at, err := c.Position(context.Background()); err != nil || at != 0 {
		t.Errorf("after all was deleted: Position = %d, %v; want 0", at, err)
	}
	if r := project(t, c, b); r.Created != b.actions() {
		t.Errorf("Project after all was deleted = %+v, want %d created", r, b.actions())
	}
}

// TestNodeMonths: an action goes to the month of its own time, one with an unclear time to an index of its own.
func TestNodeMonths(t *testing.T) {
	c := node(t)
	b := newBook(1, 0, "")
	for i, at := range []string{"2026-10-31T23:59:59.999999Z", "2026-11-01T00:00:00Z", "2025-01-31T12:00:00Z", "1970-01-01T00:00:01Z", "2026-11-30T23:59:59Z"} {
		var a agenttrail.Action
		var err error
		a.Native = fmt.Sprint("n", i)
		if a.Time, err = time.Parse(time.RFC3339Nano, at); err != nil {
			t.Fatal(err)
		}
		stamp(&a, int64(i))
		b.rows[1] = append(b.rows[1], a)
	}
	project(t, c, b)
	names, err := c.indices(context.Background(), c.generation()+"*")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, n := range names {
		if got[strings.TrimPrefix(n, c.generation())], err = c.total(context.Background(), n, object{"match_all": object{}}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[string]int64{"2026.10": 1, "2026.11": 2, "2025.01": 1, "unclear": 1}, got); diff != "" {
		t.Errorf("actions by index, want - got +\n%s", diff)
	}
	months := c.Months(time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	if diff := cmp.Diff([]string{c.generation() + "2026.11", c.generation() + "2026.12"}, months); diff != "" {
		t.Errorf("Months, want - got +\n%s", diff)
	}
}
