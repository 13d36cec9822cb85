package factstest_test

import (
	"context"
	"crypto/rand"
	"flag"
	mathrand "math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/internal/elastic"
	"agenttrail/internal/factstest"
	"agenttrail/internal/testenv"
	"agenttrail/internal/trail"
	"agenttrail/internal/trail/ledger"
)

// TestReaders runs the suite over a trail and over the cluster that it was projected to.
func TestReaders(t *testing.T) {
	world := makeTrail(t, factstest.World(1, 5, 50))
	rows := allRows(t, world)
	t.Run("trail", func(t *testing.T) { factstest.Run(t, world.Reader(), rows) })
	t.Run("elasticsearch", func(t *testing.T) {
		fewer(t, "25") // each question goes over the wire
		c := project(t, world)
		f, err := c.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := f.Close(context.Background()); err != nil {
				t.Error(err)
			}
		}()
		factstest.Run(t, f, rows)
	})
}

// fewer lowers the number of checks of a property, unless the command line says how many.
func fewer(t *testing.T, n string) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	before := checks.Value.String()
	if before != checks.DefValue {
		return
	}
	if err := checks.Value.Set(n); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { checks.Value.Set(before) })
}

func makeTrail(t *testing.T, batches []factstest.Batch) *trail.Trail {
	t.Helper()
	const origin = "agenttrail/test/00c0ffee"
	private, key, err := ledger.GenerateKey(origin, mathrand.NewChaCha8([32]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ledger.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 3, 1, 0, 0, 0, time.UTC)
	now := func() time.Time { at = at.Add(time.Second); return at }
	dir := t.TempDir()
	if err := trail.Create(t.Context(), dir, trail.CreateOptions{Signer: signer, Key: key, Origin: origin, Tenant: "acme", Tool: "test", Now: now}); err != nil {
		t.Fatal(err)
	}
	folder, err := ledger.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { folder.Close() })
	made, err := trail.Open(t.Context(), folder, trail.Options{Signer: signer, Key: key, Now: now, Random: mathrand.NewChaCha8([32]byte{2})})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range batches {
		commit, err := made.Prepare(t.Context(), b.Info, b.Objects)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return made
}

// allRows are the actions of a trail with what their entries say. It wants conflicts and suspects among them: without them the suite proves less.
func allRows(t *testing.T, made *trail.Trail) (rows []factstest.Row) {
	t.Helper()
	flags := map[string]int{}
	for n := range made.Log().Size() {
		if made.Log().Entry(n).Batch == nil {
			continue
		}
		err := made.Reader().Rows(t.Context(), n, func(a *agenttrail.Action, c *agenttrail.Context) error {
			rows = append(rows, factstest.Row{Action: a.Clone(), Context: *c})
			for _, f := range a.Evidence.Flags {
				flags[f]++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if flags[agenttrail.FlagConflict] == 0 || flags[agenttrail.FlagTimeSuspect] == 0 {
		t.Fatalf("the world has flags %v, want conflicts and suspect times", flags)
	}
	return rows
}

// project sends a trail to the real node. The judge turns every fact that it may: the facts must be found beside its judgements.
func project(t *testing.T, made *trail.Trail) *elastic.Client {
	t.Helper()
	n := testenv.Elasticsearch(t)
	o := elastic.Config{Addresses: []string{n.URL}, User: n.User, Password: n.Password, Prefix: "t-facts-" + strings.ToLower(rand.Text()[:12])}
	if n.CAFile != "" {
		pem, err := os.ReadFile(n.CAFile)
		if err != nil {
			t.Fatal(err)
		}
		o.CACert = pem
	}
	c, err := elastic.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Setup(t.Context(), elastic.Layout{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Drop(context.Background()); err != nil {
			t.Errorf("Drop: %v", err)
		}
	})
	r, err := c.Project(t.Context(), elastic.Projection{
		Size:  made.Log().Size(),
		Entry: func(n int64) (agenttrail.Entry, error) { return made.Log().Entry(n), nil },
		JSON:  func(n int64) ([]byte, error) { return ledger.EncodeEntry(made.Log().Entry(n)) },
		Rows:  made.Reader().Rows,
		Judge: judged,
		Now:   func() time.Time { return time.Date(2026, 11, 4, 0, 0, 0, 0, time.UTC) },
	})
	if err != nil || r.Created != r.Sent {
		t.Fatalf("Project = %+v, %v; want all created", r, err)
	}
	return c
}

func judged(a *agenttrail.Action) (v agenttrail.Verdict) {
	v.Actor.Type, v.Actor.ID, v.Actor.Name, v.Actor.Basis = agenttrail.ActorAgent, "judged", "judged", agenttrail.BasisRegister
	v.OnBehalfOf.ID, v.Data.Classification, v.Data.Categories = "judged", "restricted", []string{"pii"}
	v.Authorized.State, v.Authorized.ID = agenttrail.StateMissing, "judged"
	return v
}
