package trail

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/internal/strictjson"
	"agenttrail/internal/trail/ledger"
	"agenttrail/internal/unpack"
)

// A seeded reader gives the same bytes every time.
func seeded(n byte) io.Reader { return rand.NewChaCha8([32]byte{n}) }

const testOrigin = "agenttrail/test/00c0ffee"

func testKey(t testing.TB) (*ledger.Signer, string) {
	t.Helper()
	private, verifier, err := ledger.GenerateKey(testOrigin, seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ledger.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer, verifier
}

// A clock that goes on a second with every look.
func testClock() func() time.Time {
	now := time.Date(2026, 11, 3, 1, 0, 0, 0, time.UTC)
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

func testOptions(t testing.TB) Options {
	signer, key := testKey(t)
	return Options{Signer: signer, Key: key, Now: testClock(), Random: seeded(2)}
}

// newTrail makes a trail in a new folder and opens it.
func newTrail(t testing.TB) (*Trail, string) {
	t.Helper()
	dir := t.TempDir()
	signer, key := testKey(t)
	o := CreateOptions{Signer: signer, Key: key, Origin: testOrigin, Tenant: "acme", Tool: "test", Now: testClock()}
	if err := Create(t.Context(), dir, o); err != nil {
		t.Fatalf("Create: %v", err)
	}
	return openTrail(t, dir, testOptions(t)), dir
}

func openTrail(t testing.TB, dir string, o Options) *Trail {
	t.Helper()
	b, err := ledger.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	opened, err := Open(t.Context(), b, o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return opened
}

// The test's log format: JSON lines {"id", "at" in RFC 3339, "what", "context", "skip", "parts"}. A line "context …" is the context of those below it.
var testFields = []string{"event.id", "event.action", "agenttrail.actor.id", "agenttrail.correlation"}

func readTest(r io.Reader, yield func(*agenttrail.Record) error) error {
	in, err := unpack.New(r, unpack.Limits{})
	if err != nil {
		return err
	}
	data, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	offset, ordinal := 0, int64(0)
	var context []byte
	for line := range bytes.Lines(data) {
		raw := bytes.TrimSuffix(line, []byte("\n"))
		if said, ok := bytes.CutPrefix(raw, []byte("context ")); ok {
			context = said
			offset += len(line)
			continue
		}
		r := &agenttrail.Record{Ordinal: ordinal, Offset: int64(offset), Length: int64(len(raw)), Raw: raw, Context: context}
		mapTest(r)
		if err := yield(r); err != nil {
			return err
		}
		ordinal++
		offset += len(line)
	}
	return nil
}

func mapTest(r *agenttrail.Record) {
	v, err := strictjson.Parse(r.Raw)
	if err != nil {
		r.State, r.Why, r.Detail = agenttrail.Rejected, "not_json", err.Error()
		return
	}
	if rule := v.Get("skip").Str(); rule != "" {
		r.State, r.Why = agenttrail.Skipped, rule
		return
	}
	parts, _ := v.Get("parts").Int64()
	held, _ := v.Get("grants").Int64()
	for i := range held {
		g := agenttrail.Grant{Agent: v.Get("who").Str(), System: "crm", Permission: fmt.Sprintf("role %d", i), DataClasses: []string{"pii"}}
		g.SeenAt, _ = time.Parse(time.RFC3339Nano, v.Get("at").Str())
		r.Grants = append(r.Grants, g)
	}
	if held > 0 && parts == 0 {
		return
	}
	for i := range max(1, parts) {
		var a agenttrail.Action
		a.Native, a.Event.ID = v.Get("id").Str(), v.Get("id").Str()
		if parts > 0 {
			a.Position = fmt.Sprint(i)
		}
		a.Time, _ = time.Parse(time.RFC3339Nano, v.Get("at").Str())
		a.Event.Action, a.Actor.ID = v.Get("what").Str(), v.Get("who").Str()
		r.Actions = append(r.Actions, a)
	}
}

// An object of the test: what stands in it, and how it came.
type object struct {
	uri, version, body string
	gzip               bool
	role, refused      string
	context, page      []byte
}

func (o object) staged() agenttrail.Staged {
	body := []byte(o.body)
	if o.gzip {
		body = packStored(body)
	}
	role := o.role
	if role == "" {
		role = agenttrail.RoleLog
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return agenttrail.Staged{
		Object: agenttrail.Object{
			URI: o.uri, Version: o.version, Role: role, Size: int64(len(body)), Time: time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC),
			Meta: map[string]string{"etag": o.version}, Context: o.context, Body: o.page,
		},
		SHA256: sha256.Sum256(body), Length: int64(len(body)), Fetched: time.Date(2026, 11, 3, 0, 30, 0, 0, time.UTC), Open: open, Refused: o.refused,
		Records: func(yield func(*agenttrail.Record) error) error {
			r, err := open()
			if err != nil {
				return err
			}
			return readTest(r, yield)
		},
	}
}

func pack(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(data)
	z.Close()
	return b.Bytes()
}

func stage(objects ...object) (list []agenttrail.Staged) {
	for _, o := range objects {
		list = append(list, o.staged())
	}
	return list
}

// line is one record of the test's format, on the n-th minute of 2 November.
func line(id string, minute int, what string) string {
	at := time.Date(2026, 11, 2, 0, minute, 0, 0, time.UTC).Format(time.RFC3339)
	return fmt.Sprintf(`{"id":%q,"at":%q,"what":%q,"who":"bot"}`+"\n", id, at, what)
}

func lines(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		b.WriteString(line(fmt.Sprintf("e%d", i), i%1440, "read"))
	}
	return b.String()
}

func testBatch() agenttrail.BatchInfo {
	day := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	return agenttrail.BatchInfo{
		Source: "logs", Dataset: "test.log", Tenant: "acme", Window: agenttrail.Window{Source: "logs", From: day, To: day.AddDate(0, 0, 1)},
		Run: "r1", Trigger: "test", Tool: "test", Mapping: "test.log", MappingVersion: "1", Fields: testFields, Started: day, Since: day.AddDate(0, 0, -90),
	}
}

func put(t testing.TB, trail *Trail, objects ...object) agenttrail.Receipt {
	t.Helper()
	receipt, err := try(t.Context(), trail, objects...)
	if err != nil {
		t.Fatalf("Prepare and commit of %d objects: %v", len(objects), err)
	}
	return receipt
}

// try prepares and commits a batch; objects that cannot be read are marked as refused, as ingest does.
func try(ctx context.Context, trail *Trail, objects ...object) (agenttrail.Receipt, error) {
	staged := stage(objects...)
	for {
		commit, err := trail.Prepare(ctx, testBatch(), staged)
		var unreadable *ObjectError
		if errors.As(err, &unreadable) {
			for i := range staged {
				if staged[i].URI == unreadable.URI {
					staged[i].Refused = unreadable.Reason
				}
			}
			continue
		}
		if err != nil {
			return agenttrail.Receipt{}, err
		}
		return commit(ctx)
	}
}

// wantCounts compares the states of a receipt, in the order accepted, duplicate, conflict, skipped, rejected.
func wantCounts(t testing.TB, what string, c agenttrail.Counts, want ...int64) {
	t.Helper()
	got := []int64{c.Accepted, c.Duplicate, c.Conflict, c.Skipped, c.Rejected}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: accepted, duplicate, conflict, skipped, rejected = %v, want %v", what, got, want)
	}
	if c.Balance() != 0 {
		t.Errorf("%s: balance is %d, want 0: %+v", what, c.Balance(), c)
	}
}

func ids(t testing.TB, trail *Trail, q agenttrail.Query) (list []string) {
	t.Helper()
	if err := trail.Reader().Find(t.Context(), q, func(a *agenttrail.Action) error {
		list = append(list, a.Event.ID+" "+a.Event.Action)
		return nil
	}); err != nil {
		t.Fatalf("Find(%+v): %v", q, err)
	}
	return list
}
