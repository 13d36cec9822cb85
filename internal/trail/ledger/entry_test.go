package ledger_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"agenttrail"
	"agenttrail/internal/trail/ledger"
)

var (
	day  = time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)
	noon = day.Add(12*time.Hour + 123456*time.Microsecond)
	sum  = strings.Repeat("0123456789abcdef", 4)
)

// samples are one entry of each type, with the bytes that format 1 freezes.
var samples = []struct {
	name  string
	entry agenttrail.Entry
	want  string
}{
	{"genesis", agenttrail.Entry{Time: noon, Genesis: &agenttrail.Genesis{Origin: "agenttrail/acme/0a1b2c3d", Key: "agenttrail/acme/0a1b2c3d+01234567+AQ==", Tool: "0.1.0", Tenant: "acme"}},
		`{"key":"agenttrail/acme/0a1b2c3d+01234567+AQ==","origin":"agenttrail/acme/0a1b2c3d","tenant":"acme","time":"2026-11-03T12:00:00.123456Z","tool":"0.1.0","type":"genesis","v":"1"}`},
	{"policy", agenttrail.Entry{Time: noon, Policy: &agenttrail.Policy{Kind: "register", Name: "agents.yaml", SHA256: sum, Size: 9007199254740993}},
		`{"kind":"register","name":"agents.yaml","sha256":"` + sum + `","size":"9007199254740993","time":"2026-11-03T12:00:00.123456Z","type":"policy","v":"1"}`},
	{"policy that is gone", agenttrail.Entry{Time: noon, Policy: &agenttrail.Policy{Kind: "tools", Name: `"<ünï>"` + "\n\x01\u2028"}},
		`{"kind":"tools","name":"\"<ünï>\"\n\u0001` + "\u2028" + `","time":"2026-11-03T12:00:00.123456Z","type":"policy","v":"1"}`},
	{"batch", batchSample(),
		`{"batch":"20261103T120000Z-0123456789abcdef","counts":{"accepted":"9","actions":"10","duplicate":"2","read":"14","rejected":"1","rejects":{"no_time":"1"},"rows":"10","skipped":"2","skips":{"insight":"1","test_event":"1"}},` +
			`"dataset":"aws.cloudtrail","ended":"2026-11-03T12:00:00.000002Z","evidence":{"path":"evidence/2026/11/03/x.zip","records":"14","root":"` + sum + `","sha256":"` + sum + `","size":"4711"},` +
			`"mapping":"aws.cloudtrail","mapping_version":"3","objects":{"bytes":"4000","count":"2","first":"2026-11-03T01:00:00.000000Z","last":"2026-11-03T02:00:00.000000Z","path":"objects/2026/11/03/x.jsonl","refused":"1","sha256":"` + sum + `","size":"512"},` +
			`"run":"r1","searched":"5","source":"aws","started":"2026-11-03T12:00:00.000000Z","tables":[{"first":"2026-11-03T00:30:00.000000Z","last":"2026-11-03T01:30:00.000000Z","name":"actions","path":"actions/2026/11/03/x.parquet","root":"` + sum + `","rows":"10","sha256":"` + sum + `","size":"99","suspect":"1"}],` +
			`"tenant":"acme","time":"2026-11-03T12:00:00.123456Z","tool":"0.1.0","trigger":"schedule","type":"batch","v":"1","window":"2026-11-03T00:00:00Z","window_to":"2026-11-04T00:00:00Z"}`},
	{"batch of a folder", agenttrail.Entry{Time: noon, Batch: &agenttrail.Batch{BatchInfo: agenttrail.BatchInfo{Source: "drop", Window: agenttrail.Window{Source: "drop"}}, Name: "b"}},
		`{"batch":"b","source":"drop","time":"2026-11-03T12:00:00.123456Z","type":"batch","v":"1","window":"-"}`},
	{"window", agenttrail.Entry{Time: noon, Window: &agenttrail.WindowState{Window: agenttrail.Window{Source: "aws", From: day, To: day.AddDate(0, 0, 1)}, State: agenttrail.WindowOpen,
		Run: "r1", Trigger: "person", Listing: sum, Objects: 7, Bytes: 8, Batches: 2, Known: 1, Reread: 3, Refused: 1, Excluded: 4, Failed: []string{"s3://b/k: 503"}, FailedMore: 1}},
		`{"batches":"2","bytes":"8","excluded":"4","failed":["s3://b/k: 503"],"failed_more":"1","known":"1","listing":"` + sum + `","objects":"7","refused":"1","reread":"3","run":"r1","source":"aws","state":"open","time":"2026-11-03T12:00:00.123456Z","trigger":"person","type":"window","v":"1","window":"2026-11-03T00:00:00Z","window_to":"2026-11-04T00:00:00Z"}`},
	{"amended window", agenttrail.Entry{Time: noon, Window: &agenttrail.WindowState{Window: agenttrail.Window{Source: "aws", From: day, To: day.AddDate(0, 0, 1)}, State: agenttrail.WindowAmended, Result: agenttrail.ResultComplete,
		Run: "r2", Previous: 9, Added: 3, Replaced: 1, Gone: []string{"s3://b/gone"}, GoneMore: 2, Reports: []string{"audit-1"}, ReportsMore: 4}},
		`{"added":"3","gone":["s3://b/gone"],"gone_more":"2","previous":"9","replaced":"1","reports":["audit-1"],"reports_more":"4","result":"complete","run":"r2","source":"aws","state":"amended","time":"2026-11-03T12:00:00.123456Z","type":"window","v":"1","window":"2026-11-03T00:00:00Z","window_to":"2026-11-04T00:00:00Z"}`},
	{"report", agenttrail.Entry{Time: noon, Report: &agenttrail.Report{ID: "audit-1", Kind: "audit", Revision: 1, From: day, To: day.AddDate(0, 0, 7), Before: 12, Build: "0.1.0", Params: `{"lang":"en"}`,
		Files: []agenttrail.File{{Path: "reports/audit-1/issue.json", SHA256: sum, Size: 5}, {Path: "reports/audit-1/report.pdf", SHA256: sum, Size: 6}}}},
		`{"before":"12","build":"0.1.0","files":[{"path":"reports/audit-1/issue.json","sha256":"` + sum + `","size":"5"},{"path":"reports/audit-1/report.pdf","sha256":"` + sum + `","size":"6"}],` +
			`"from":"2026-11-03T00:00:00.000000Z","id":"audit-1","kind":"audit","params":"{\"lang\":\"en\"}","revision":"1","time":"2026-11-03T12:00:00.123456Z","to":"2026-11-10T00:00:00.000000Z","type":"report","v":"1"}`},
	{"finding", agenttrail.Entry{Time: noon, Finding: &agenttrail.Finding{ID: sum[:32], Rule: "no_owner", As: agenttrail.AsAccepted, Until: day, Statement: agenttrail.File{Path: "findings/" + sum, SHA256: sum, Size: 7}}},
		`{"as":"accepted","finding":"` + sum[:32] + `","rule":"no_owner","statement":{"path":"findings/` + sum + `","sha256":"` + sum + `","size":"7"},"time":"2026-11-03T12:00:00.123456Z","type":"finding","until":"2026-11-03T00:00:00.000000Z","v":"1"}`},
}

func batchSample() agenttrail.Entry {
	return agenttrail.Entry{Time: noon, Batch: &agenttrail.Batch{
		BatchInfo: agenttrail.BatchInfo{Source: "aws", Dataset: "aws.cloudtrail", Tenant: "acme", Window: agenttrail.Window{Source: "aws", From: day, To: day.AddDate(0, 0, 1)},
			Run: "r1", Trigger: "schedule", Tool: "0.1.0", Mapping: "aws.cloudtrail", MappingVersion: "3", Started: day.Add(12 * time.Hour)},
		Name: "20261103T120000Z-0123456789abcdef", Ended: day.Add(12*time.Hour + 2*time.Microsecond), Searched: 5,
		Counts: agenttrail.Counts{Read: 14, Accepted: 9, Duplicate: 2, Skipped: 2, Rejected: 1, Actions: 10, Rows: 10,
			Skips: map[string]int64{"test_event": 1, "insight": 1}, Rejects: map[string]int64{"no_time": 1}},
		Evidence: agenttrail.Evidence{File: agenttrail.File{Path: "evidence/2026/11/03/x.zip", SHA256: sum, Size: 4711}, Records: 14, Root: sum},
		Tables: []agenttrail.TableFile{{File: agenttrail.File{Path: "actions/2026/11/03/x.parquet", SHA256: sum, Size: 99}, Name: "actions", Rows: 10, Root: sum,
			First: day.Add(30 * time.Minute), Last: day.Add(90 * time.Minute), Suspect: 1}},
		Objects: agenttrail.ObjectsFile{File: agenttrail.File{Path: "objects/2026/11/03/x.jsonl", SHA256: sum, Size: 512}, Count: 2, Refused: 1, Bytes: 4000,
			First: day.Add(time.Hour), Last: day.Add(2 * time.Hour)},
	}}
}

func TestEncodeEntry(t *testing.T) {
	for _, c := range samples {
		got, err := ledger.EncodeEntry(c.entry)
		if err != nil {
			t.Errorf("EncodeEntry(%s) = %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.want, string(got)); diff != "" {
			t.Errorf("EncodeEntry(%s): -want +got\n%s", c.name, diff)
		}
		back, err := ledger.DecodeEntry([]byte(c.want))
		if err != nil {
			t.Errorf("DecodeEntry(%s) = %v", c.name, err)
		}
		if diff := cmp.Diff(c.entry, back); diff != "" {
			t.Errorf("DecodeEntry(%s): -want +got\n%s", c.name, diff)
		}
	}
}

// TestEncodeEntryIsLossy names what an entry does not keep: what a batch was told only, nanoseconds, zones, bytes that are no text.
func TestEncodeEntryIsLossy(t *testing.T) {
	in := batchSample()
	in.Time = noon.Add(999 * time.Nanosecond).In(time.FixedZone("", 3600))
	in.Batch.Fields, in.Batch.Since, in.Batch.Run = []string{"event.id"}, day, "r\xff"
	in.Batch.Counts.Rejects = map[string]int64{"no_time": 1, "none": 0}
	data, err := ledger.EncodeEntry(in)
	if err != nil {
		t.Fatalf("EncodeEntry = %v", err)
	}
	got, err := ledger.DecodeEntry(data)
	if err != nil {
		t.Fatalf("DecodeEntry = %v", err)
	}
	want := batchSample()
	want.Batch.Run = `r\xff`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("DecodeEntry(EncodeEntry(e)): -want +got\n%s", diff)
	}
}

func TestEncodeEntryRefuses(t *testing.T) {
	long := func(n int) agenttrail.Entry {
		return agenttrail.Entry{Time: noon, Policy: &agenttrail.Policy{Kind: "config", Name: strings.Repeat("x", n)}}
	}
	frame, err := ledger.EncodeEntry(long(1))
	if err != nil {
		t.Fatal(err)
	}
	room := ledger.MaxEntry - len(frame)
	if data, err := ledger.EncodeEntry(long(room)); err != nil || len(data) != ledger.MaxEntry-1 {
		t.Errorf("EncodeEntry of %d bytes gives %d, %v, want it to fit", ledger.MaxEntry-1, len(data), err)
	}
	window := func(from, to time.Time) agenttrail.Entry {
		return agenttrail.Entry{Time: noon, Window: &agenttrail.WindowState{Window: agenttrail.Window{Source: "s", From: from, To: to}}}
	}
	for name, e := range map[string]agenttrail.Entry{
		"of 4096 bytes":         long(room + 1),
		"empty":                 {Time: noon},
		"of two types":          {Time: noon, Policy: new(agenttrail.Policy), Report: new(agenttrail.Report)},
		"without a time":        {Policy: new(agenttrail.Policy)},
		"after the year 9999":   {Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), Policy: new(agenttrail.Policy)},
		"window without end":    window(day, time.Time{}),
		"window of half second": window(day, noon),
		"window of another":     {Time: noon, Batch: &agenttrail.Batch{BatchInfo: agenttrail.BatchInfo{Source: "a", Window: agenttrail.Window{Source: "b"}}}},
	} {
		if data, err := ledger.EncodeEntry(e); err == nil {
			t.Errorf("EncodeEntry(%s) = %s, want an error", name, data)
		}
	}
}

// TestEntryOfLargestBatch: 4,096 objects with keys of 1,024 bytes, none of which may stand in the entry.
func TestEntryOfLargestBatch(t *testing.T) {
	e := batchSample()
	b := e.Batch
	b.Source = strings.Repeat("s", 63)
	b.Window.Source, b.Run, b.Tenant, b.MappingVersion = b.Source, strings.Repeat("r", 40), strings.Repeat("t", 40), strings.Repeat("v", 80)
	b.Tables = append(b.Tables, b.Tables[0])
	b.Objects.Count, b.Objects.Bytes = 4096, 1<<40
	b.Counts.Skips, b.Counts.Rejects = map[string]int64{}, map[string]int64{}
	for i := range 16 {
		b.Counts.Skips[fmt.Sprintf("a_rule_of_usual_length_%d", i)] = 1 << 40
		b.Counts.Rejects[fmt.Sprintf("a_reason_of_usual_length_%d", i)] = 1 << 40
	}
	if data, err := ledger.EncodeEntry(e); err != nil {
		t.Errorf("EncodeEntry of the largest batch = %v, want under %d bytes", err, ledger.MaxEntry)
	} else if len(data) < 2000 {
		t.Errorf("EncodeEntry of the largest batch has %d bytes: the test lost its point", len(data))
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		name   string
		failed []string
		kept   int
	}{
		{"none", nil, 0},
		{"two", []string{"a", "b"}, 2},
		{"one that is too long", []string{strings.Repeat("k", 5000), "b"}, 0},
		{"10,000", make([]string, 10_000), -1},
	} {
		for i, f := range c.failed {
			if f == "" {
				c.failed[i] = fmt.Sprintf("s3://example-logs/%06d: \"503\"", i)
			}
		}
		in := agenttrail.Entry{Window: &agenttrail.WindowState{Window: agenttrail.Window{Source: "s"}, State: agenttrail.WindowOpen, Failed: c.failed, FailedMore: 5}}
		got := ledger.Fit(in)
		kept := len(got.Window.Failed)
		if c.kept >= 0 && kept != c.kept {
			t.Errorf("Fit(%s) keeps %d, want %d", c.name, kept, c.kept)
		}
		if total := int64(kept) + got.Window.FailedMore; total != int64(len(c.failed))+5 {
			t.Errorf("Fit(%s) keeps %d and counts %d more, want %d together", c.name, kept, got.Window.FailedMore, len(c.failed)+5)
		}
		if again := ledger.Fit(got); !cmp.Equal(got, again) {
			t.Errorf("Fit(Fit(%s)) differs:\n%s", c.name, cmp.Diff(got, again))
		}
		got.Time = noon
		data, err := ledger.EncodeEntry(got)
		if err != nil {
			t.Errorf("EncodeEntry(Fit(%s)) = %v", c.name, err)
		}
		if c.kept < 0 && len(data) < ledger.MaxEntry-100 {
			t.Errorf("EncodeEntry(Fit(%s)) has %d bytes: more would have fit", c.name, len(data))
		}
		if len(in.Window.Failed) != len(c.failed) || in.Window.FailedMore != 5 {
			t.Errorf("Fit(%s) changed its argument", c.name)
		}
	}
}

func TestDecodeEntryRefuses(t *testing.T) {
	const good = `{"kind":"config","name":"a","size":"7","time":"2026-11-03T12:00:00.123456Z","type":"policy","v":"1"}`
	if _, err := ledger.DecodeEntry([]byte(good)); err != nil {
		t.Fatalf("DecodeEntry(%s) = %v", good, err)
	}
	for _, c := range []struct{ what, old, new string }{
		{"white space", `,"name"`, ` ,"name"`},
		{"line feed behind", `"1"}`, "\"1\"}\n"},
		{"order", `"kind":"config","name":"a"`, `"name":"a","kind":"config"`},
		{"twice", `"name":"a"`, `"name":"a","name":"a"`},
		{"case fold", `"name":"a"`, `"Name":"a","name":"a"`},
		{"fold of Unicode", `"kind":"config"`, `"kind":"config","` + "\u212aind" + `":"config"`},
		{"other case", `"name"`, `"Name"`},
		{"unknown member", `"name":"a"`, `"name":"a","note":"b"`},
		{"empty text", `"name":"a"`, `"name":""`},
		{"zero", `"size":"7"`, `"size":"0"`},
		{"empty list", `"name":"a"`, `"name":[]`},
		{"number", `"7"`, `7`},
		{"null", `"7"`, `null`},
		{"leading zero", `"7"`, `"07"`},
		{"plus", `"7"`, `"+7"`},
		{"minus zero", `"7"`, `"-0"`},
		{"fraction", `"7"`, `"7.0"`},
		{"overflow", `"7"`, `"9223372036854775808"`},
		{"needless escape", `"a"`, `"\u0061"`},
		{"escaped slash", `"a"`, `"\/"`},
		{"upper hex", `"a"`, `"\u001F"`},
		{"lone surrogate", `"a"`, `"\ud800"`},
		{"no UTF-8", `"a"`, "\"\xff\""},
		{"time of another form", "12:00:00.123456Z", "12:00:00.123456+00:00"},
		{"time without fraction", "12:00:00.123456Z", "12:00:00Z"},
		{"no time", `"time":"2026-11-03T12:00:00.123456Z",`, ``},
		{"no such time", "2026-11-03T", "2026-02-30T"},
		{"no type", `"type":"policy",`, ``},
		{"near type", `"policy"`, `"Policy"`},
		{"no version", `,"v":"1"`, ``},
		{"cut", `"v":"1"}`, `"v":"1"`},
	} {
		data := strings.Replace(good, c.old, c.new, 1)
		if data == good {
			t.Fatalf("%s: %q is not in the sample", c.what, c.old)
		}
		if e, err := ledger.DecodeEntry([]byte(data)); err == nil {
			t.Errorf("DecodeEntry(%s) with %s = %v, want an error", data, c.what, e)
		}
	}
	for _, typ := range []string{"review", "revision", "key", "compact"} {
		if _, err := ledger.DecodeEntry([]byte(strings.Replace(good, "policy", typ, 1))); !errors.Is(err, ledger.ErrNewer) {
			t.Errorf("DecodeEntry of type %s = %v, want ErrNewer", typ, err)
		}
	}
	if _, err := ledger.DecodeEntry([]byte(strings.Replace(good, `"v":"1"`, `"v":"2"`, 1))); !errors.Is(err, ledger.ErrNewer) {
		t.Errorf("DecodeEntry of version 2 = %v, want ErrNewer", err)
	}
	if _, err := ledger.DecodeEntry([]byte(strings.Replace(good, "policy", "polity", 1))); err == nil || errors.Is(err, ledger.ErrNewer) {
		t.Errorf("DecodeEntry of an unknown type = %v, want an error other than ErrNewer", err)
	}
}

func TestEntryRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawEntry(t)
		data, err := ledger.EncodeEntry(e)
		if err != nil {
			t.Fatalf("EncodeEntry(%+v) = %v", e, err)
		}
		got, err := ledger.DecodeEntry(data)
		if err != nil {
			t.Fatalf("DecodeEntry(%s) = %v", data, err)
		}
		if diff := cmp.Diff(e, got); diff != "" {
			t.Fatalf("DecodeEntry(EncodeEntry(e)): -want +got\n%s", diff)
		}
	})
}

func drawEntry(t *rapid.T) agenttrail.Entry {
	text := rapid.StringOfN(rapid.Rune(), 0, 12, -1)
	some := rapid.StringOfN(rapid.Rune(), 1, 12, -1)
	count := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64())
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		us := rapid.Int64Range(-62135596800_000000, 253402300799_999999).Draw(t, "µs")
		if us%7 == 0 {
			return time.Time{}
		}
		return time.UnixMicro(us).UTC()
	})
	file := func(t *rapid.T) agenttrail.File {
		return agenttrail.File{Path: text.Draw(t, "path"), SHA256: text.Draw(t, "sha256"), Size: count.Draw(t, "size")}
	}
	why := func(t *rapid.T) map[string]int64 {
		m := rapid.MapOfN(text, rapid.Int64Range(1, 1<<40), 0, 4).Draw(t, "why")
		if len(m) == 0 {
			return nil
		}
		return m
	}
	window := func(t *rapid.T, source string) agenttrail.Window {
		if rapid.Bool().Draw(t, "standing") {
			return agenttrail.Window{Source: source}
		}
		from := time.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "from"), 0).UTC()
		return agenttrail.Window{Source: source, From: from, To: from.Add(time.Hour)}
	}
	e := agenttrail.Entry{Time: time.UnixMicro(rapid.Int64Range(1, 1<<52).Draw(t, "time")).UTC()}
	source := text.Draw(t, "source")
	switch rapid.IntRange(0, 4).Draw(t, "type") {
	case 0:
		e.Genesis = &agenttrail.Genesis{Origin: text.Draw(t, "origin"), Key: text.Draw(t, "key"), Tool: text.Draw(t, "tool"), Tenant: text.Draw(t, "tenant")}
	case 1:
		e.Policy = &agenttrail.Policy{Kind: text.Draw(t, "kind"), Name: text.Draw(t, "name"), SHA256: text.Draw(t, "sha256"), Size: count.Draw(t, "size")}
	case 2:
		e.Batch = &agenttrail.Batch{
			BatchInfo: agenttrail.BatchInfo{Source: source, Dataset: text.Draw(t, "dataset"), Tenant: text.Draw(t, "tenant"), Window: window(t, source), Run: text.Draw(t, "run"),
				Trigger: text.Draw(t, "trigger"), Tool: text.Draw(t, "tool"), Mapping: text.Draw(t, "mapping"), MappingVersion: text.Draw(t, "version"), Started: moment.Draw(t, "started")},
			Name: text.Draw(t, "name"), Ended: moment.Draw(t, "ended"), Searched: count.Draw(t, "searched"),
			Counts: agenttrail.Counts{Read: count.Draw(t, "read"), Accepted: count.Draw(t, "accepted"), Duplicate: count.Draw(t, "duplicate"), Conflict: count.Draw(t, "conflict"),
				Skipped: count.Draw(t, "skipped"), Rejected: count.Draw(t, "rejected"), Erased: count.Draw(t, "erased"), Actions: count.Draw(t, "actions"),
				ActionDuplicates: count.Draw(t, "action duplicates"), Rows: count.Draw(t, "rows"), Skips: why(t), Rejects: why(t)},
			Evidence: agenttrail.Evidence{File: file(t), Records: count.Draw(t, "records"), Root: text.Draw(t, "root")},
			Objects: agenttrail.ObjectsFile{File: file(t), Count: count.Draw(t, "count"), Refused: count.Draw(t, "refused"), Bytes: count.Draw(t, "bytes"),
				First: moment.Draw(t, "first"), Last: moment.Draw(t, "last")},
		}
		for range rapid.IntRange(0, 2).Draw(t, "tables") {
			e.Batch.Tables = append(e.Batch.Tables, agenttrail.TableFile{File: file(t), Name: text.Draw(t, "table"), Rows: count.Draw(t, "rows"), Root: text.Draw(t, "root"),
				First: moment.Draw(t, "first"), Last: moment.Draw(t, "last"), Suspect: count.Draw(t, "suspect")})
		}
	case 3:
		e.Window = &agenttrail.WindowState{Window: window(t, source), State: text.Draw(t, "state"), Result: text.Draw(t, "result"), Run: text.Draw(t, "run"), Trigger: text.Draw(t, "trigger"),
			Listing: text.Draw(t, "listing"), Objects: count.Draw(t, "objects"), Bytes: count.Draw(t, "bytes"), Batches: count.Draw(t, "batches"), Known: count.Draw(t, "known"),
			Reread: count.Draw(t, "reread"), Refused: count.Draw(t, "refused"), Excluded: count.Draw(t, "excluded"), FailedMore: count.Draw(t, "more")}
		for range rapid.IntRange(0, 3).Draw(t, "failed") {
			e.Window.Failed = append(e.Window.Failed, some.Draw(t, "uri"))
		}
	case 4:
		e.Report = &agenttrail.Report{ID: text.Draw(t, "id"), Kind: text.Draw(t, "kind"), Revision: count.Draw(t, "revision"), From: moment.Draw(t, "from"), To: moment.Draw(t, "to"),
			Before: count.Draw(t, "before"), Build: text.Draw(t, "build"), Params: text.Draw(t, "params")}
		for range rapid.IntRange(0, 3).Draw(t, "files") {
			e.Report.Files = append(e.Report.Files, file(t))
		}
	}
	return e
}
