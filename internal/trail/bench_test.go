package trail

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/internal/unpack"
)

// benchFields are what a format like CloudTrail sets.
var benchFields = []string{"event.id", "event.action", "event.provider", "user.id", "user.name", "user.effective.id", "agenttrail.actor.id", "agenttrail.credential.id",
	"agenttrail.credential.type", "agenttrail.session.id", "agenttrail.correlation", "source.ip", "source.address", "user_agent.original", "cloud.provider", "cloud.account.id",
	"cloud.region", "agenttrail.resource.type", "agenttrail.resource.id", "error.code", "error.message"}

// benchObject is n events of 1,400 bytes from the given number on, as gzip.
func benchObject(from, n int) agenttrail.Staged {
	var plain bytes.Buffer
	filler := bytes.Repeat([]byte("parameters of the request, "), 60)
	for i := from; i < from+n; i++ {
		line := fmt.Sprintf(`{"eventID":"%08x-0000-4000-8000-%012x","agent":"%03d","action":"Action%02d","n":%d,"rest":"`, uint32(i*7919), i, i%200, i%40, i)
		plain.WriteString(line)
		plain.Write(filler[:1398-len(line)])
		plain.WriteString("\"}\n")
	}
	body := pack(plain.Bytes())
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return agenttrail.Staged{
		Object: agenttrail.Object{URI: fmt.Sprintf("s3://example-trail/AWSLogs/111122223333/%09d.json.gz", from), Version: "etag", Role: agenttrail.RoleLog, Size: int64(len(body))},
		SHA256: sha256.Sum256(body), Length: int64(len(body)), Fetched: benchStart.AddDate(0, 4, 0), Open: open,
		Records: func(yield func(*agenttrail.Record) error) error { return readBench(body, from, yield) },
	}
}

var benchStart = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)

// readBench frames and maps as cheaply as possible: what is measured is the trail.
func readBench(body []byte, from int, yield func(*agenttrail.Record) error) error {
	in, err := unpack.New(bytes.NewReader(body), unpack.Limits{})
	if err != nil {
		return err
	}
	raw := make([]byte, 1400+1)
	r := agenttrail.Record{Actions: make([]agenttrail.Action, 1), Length: 1400}
	for i := from; ; i++ {
		if _, err := io.ReadFull(in, raw); err == io.EOF {
			return in.Close()
		} else if err != nil {
			return err
		}
		r.Raw, r.State = raw[:1400], agenttrail.Accepted
		benchAction(&r.Actions[0], raw, i)
		if err := yield(&r); err != nil {
			return err
		}
		r.Ordinal++
		r.Offset += int64(len(raw))
	}
}

func benchAction(a *agenttrail.Action, raw []byte, i int) {
	*a = agenttrail.Action{Time: benchStart.Add(time.Duration(i) * 80 * time.Millisecond)}
	a.Native = string(raw[12:48])
	a.Event.ID, a.Event.Action, a.Event.Provider = a.Native, string(raw[68:88]), "s3.amazonaws.com"
	a.User.ID, a.User.Name, a.User.Effective.ID = "arn:aws:sts::111122223333:assumed-role/agent/"+string(raw[58:61]), string(raw[58:61]), "arn:aws:iam::111122223333:role/agent"
	a.Actor.ID, a.Actor.Type, a.Verb, a.Outcome = a.User.ID, agenttrail.ActorService, "read", agenttrail.Success
	a.Credential.ID, a.Credential.Type, a.Session = "ASIAEXAMPLE"+string(raw[58:61]), "role_session", a.User.ID
	a.Correlation, a.Source.IP, a.UserAgent = []string{a.Native}, "192.0.2.7", "aws-sdk-go-v2/1.30"
	a.Cloud.Provider, a.Cloud.Account, a.Cloud.Region = "aws", "111122223333", "eu-central-1"
	a.Resource.System, a.Resource.Type, a.Resource.ID = "aws.s3", "AWS::S3::Object", "arn:aws:s3:::example-bucket/"+string(raw[12:20])
}

func benchBatch() agenttrail.BatchInfo {
	b := testBatch()
	b.Dataset, b.Fields = "aws.cloudtrail", benchFields
	return b
}

// benchTrail commits n events in batches of 50,000, ten objects each.
func benchTrail(b *testing.B, n int) (*Trail, string) {
	b.Helper()
	trail, dir := newTrail(b)
	for from := 0; from < n; from += 50_000 {
		benchCommit(b, trail, from)
	}
	return trail, dir
}

func benchCommit(b *testing.B, trail *Trail, from int) {
	b.Helper()
	var objects []agenttrail.Staged
	for i := range 10 {
		objects = append(objects, benchObject(from+5000*i, 5000))
	}
	b.StartTimer()
	defer b.StopTimer()
	commit, err := trail.Prepare(b.Context(), benchBatch(), objects)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := commit(b.Context()); err != nil {
		b.Fatal(err)
	}
}

func perSecond(b *testing.B, what string, n int) {
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), what+"/s")
}

func BenchmarkCommit(b *testing.B) {
	b.StopTimer()
	trail, _ := newTrail(b)
	for i := range b.N {
		benchCommit(b, trail, 50_000*i)
	}
	perSecond(b, "events", 50_000*b.N)
}

func BenchmarkVerify(b *testing.B) {
	_, dir := benchTrail(b, 100_000)
	b.ResetTimer()
	b.StartTimer()
	for range b.N {
		if _, err := verify(b, dir, VerifyOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	perSecond(b, "records", 100_000*b.N)
}

func BenchmarkCount(b *testing.B) {
	trail, _ := benchTrail(b, 1_000_000)
	b.ResetTimer()
	b.StartTimer()
	for range b.N {
		groups := 0
		err := trail.Reader().Count(b.Context(), agenttrail.Query{}, []string{"agenttrail.actor.id", "event.action", "agenttrail.outcome"}, func(agenttrail.Group) error {
			groups++
			return nil
		})
		if err != nil || groups != 200 {
			b.Fatalf("%d groups, error %v; want 200", groups, err)
		}
	}
	perSecond(b, "rows", 1_000_000*b.N)
}

func BenchmarkFind(b *testing.B) {
	trail, _ := benchTrail(b, 300_000)
	b.ResetTimer()
	b.StartTimer()
	for range b.N {
		found := 0
		if err := trail.Reader().Find(b.Context(), agenttrail.Query{}, func(*agenttrail.Action) error { found++; return nil }); err != nil || found != 300_000 {
			b.Fatalf("%d found, error %v", found, err)
		}
	}
	perSecond(b, "actions", 300_000*b.N)
}

// BenchmarkKnown knows 100,000 objects of 25 batches.
func BenchmarkKnown(b *testing.B) {
	trail, _ := newTrail(b)
	for n := range 25 {
		var objects []object
		for i := range 4000 {
			objects = append(objects, object{uri: fmt.Sprintf("s3://example-trail/AWSLogs/111122223333/CloudTrail/eu-central-1/2026/11/02/%02d-%04d.json.gz", n, i), version: "etag", role: agenttrail.RoleDigest})
		}
		put(b, trail, objects...)
	}
	b.ResetTimer()
	for range b.N {
		known, err := trail.Known(b.Context(), "logs", time.Time{})
		if err != nil || !known(agenttrail.Object{URI: "s3://example-trail/AWSLogs/111122223333/CloudTrail/eu-central-1/2026/11/02/24-3999.json.gz", Version: "etag"}) {
			b.Fatal("not known", err)
		}
	}
	perSecond(b, "objects", 100_000*b.N)
}
