package ingest

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agenttrail"
)

// hostile are keys that somebody with write access to a bucket may choose.
var hostile = []string{
	"a b.jsonl", "a%20b.jsonl", "a+b.jsonl", "../../../etc/passwd", "./x", "/leading", "double//slash", "trailing/", "ü/日本/\u202e.jsonl", "q?x=1&y#z",
	"new\nline\x01", "quote\"'<&>", strings.Repeat("k", 1024), "back\\slash", "..", "~*()!$,;:@=",
}

func TestS3HostileKeys(t *testing.T) {
	f := newFakeS3(t)
	f.pageSize = 3
	for i, key := range hostile {
		f.put(key, fmt.Sprintf("%d\n", i))
	}
	f.put("empty", "")
	f.put("empty/", "")
	s, trail := openS3(t, f, S3Options{}), newFakeTrail(t)
	got, err := do(t.Context(), job(s, trail))
	if err != nil {
		t.Fatal(err)
	}
	if len(trail.lines) != len(hostile) || got.Total.Objects != int64(len(hostile)) || got.Total.Excluded != 2 || got.Total.Failed != 0 {
		t.Errorf("Run: %+v, %d lines; want %d objects and lines, 2 left out: %v", got.Total, len(trail.lines), len(hostile), got.Failures)
	}
	for i, key := range hostile {
		if got := string(trail.bytes["s3://"+bucket+"/"+escape(key)]); got != fmt.Sprintf("%d\n", i) {
			t.Errorf("object of key %q holds %q, want %d", key, got, i)
		}
	}
}

func TestS3WindowByLastModified(t *testing.T) {
	f := newFakeS3(t)
	f.putAt("logs/z", "1\n", day(3).From.Add(-time.Nanosecond))
	f.putAt("logs/b", "2\n", day(3).From)
	f.putAt("logs/a", "3\n", day(3).To.Add(-time.Second))
	f.putAt("logs/c", "4\n", day(3).To)
	f.putAt("other/d", "5\n", day(3).From)
	f.putAt("logs/e.txt", "6\n", day(3).From)
	s := openS3(t, f, S3Options{Prefix: "logs/", Exclude: []string{"**/*.txt"}})
	want := []string{"s3://example-logs/logs/a", "s3://example-logs/logs/b", "s3://example-logs/logs/e.txt excluded"}
	if diff := cmp.Diff(want, list(t, s, day(3))); diff != "" {
		t.Errorf("List of day 3 (-want +got):\n%s", diff)
	}
}

const cloudtrail = "AWSLogs/111122223333/CloudTrail/eu-central-1/"

func trailBucket(t testing.TB) *fakeS3 {
	f := newFakeS3(t)
	for _, key := range []string{
		cloudtrail + "2026/11/02/111122223333_CloudTrail_eu-central-1_20261102T2355Z_0000000000000001.json.gz",
		cloudtrail + "2026/11/03/111122223333_CloudTrail_eu-central-1_20261103T0000Z_0000000000000002.json.gz",
		cloudtrail + "2026/11/03/111122223333_CloudTrail_eu-central-1_20261103T2355Z_0000000000000003.json.gz",
		cloudtrail + "2026/11/03/111122223333_CloudTrail_eu-central-1_20261102T2359Z_odd.json.gz",
		cloudtrail + "2026/11/04/111122223333_CloudTrail_eu-central-1_20261104T0000Z_0000000000000004.json.gz",
		"AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/03/111122223333_CloudTrail_us-east-1_20261103T1200Z_0000000000000005.json.gz",
		"AWSLogs/111122223333/CloudTrail-Digest/eu-central-1/2026/11/03/111122223333_CloudTrail-Digest_eu-central-1_t_eu-central-1_20261103T114500Z.json.gz",
		"AWSLogs/111122223333/CloudTrail-Insight/eu-central-1/2026/11/03/111122223333_CloudTrail-Insight_eu-central-1_20261103T1200Z_0000000000000006.json.gz",
		"AWSLogs/o-exampleorgid/444455556666/CloudTrail/eu-central-1/2026/11/03/444455556666_CloudTrail_eu-central-1_20261103T1200Z_0000000000000007.json.gz",
		"AWSLogs/111122223333/Config/eu-central-1/2026/11/3/config.json.gz",
		"AWSLogs/111122223333/vpcflowlogs/eu-central-1/2026/11/03/flow.log.gz",
		"AWSLogs/notes/2026/11/03/x",
		"unrelated/2026/11/03/x",
	} {
		f.put(key, string(zipped(key+"\n")))
	}
	return f
}

func TestCloudTrailList(t *testing.T) {
	short := func(uris []string) (out []string) {
		for _, u := range uris {
			out = append(out, strings.TrimPrefix(u, "s3://example-logs/AWSLogs/"))
		}
		return out
	}
	third := []string{
		"111122223333/CloudTrail-Digest/eu-central-1/2026/11/03/111122223333_CloudTrail-Digest_eu-central-1_t_eu-central-1_20261103T114500Z.json.gz",
		"111122223333/CloudTrail-Insight/eu-central-1/2026/11/03/111122223333_CloudTrail-Insight_eu-central-1_20261103T1200Z_0000000000000006.json.gz insights",
		"111122223333/CloudTrail/eu-central-1/2026/11/03/111122223333_CloudTrail_eu-central-1_20261102T2359Z_odd.json.gz",
		"111122223333/CloudTrail/eu-central-1/2026/11/03/111122223333_CloudTrail_eu-central-1_20261103T0000Z_0000000000000002.json.gz",
		"111122223333/CloudTrail/eu-central-1/2026/11/03/111122223333_CloudTrail_eu-central-1_20261103T2355Z_0000000000000003.json.gz",
		"111122223333/CloudTrail/us-east-1/2026/11/03/111122223333_CloudTrail_us-east-1_20261103T1200Z_0000000000000005.json.gz",
		"o-exampleorgid/444455556666/CloudTrail/eu-central-1/2026/11/03/444455556666_CloudTrail_eu-central-1_20261103T1200Z_0000000000000007.json.gz",
	}
	berlin := agenttrail.Window{Source: "inbox", From: day(2).To.Add(-time.Hour), To: day(3).To.Add(-time.Hour)}
	cases := []struct {
		name, prefix string
		w            agenttrail.Window
		want         []string
	}{
		{"from the root", "", day(3), third},
		{"from AWSLogs", "AWSLogs/", day(3), third},
		{"without the slash", "AWSLogs", day(3), third},
		{"one account", "AWSLogs/111122223333/", day(3), third[:6]},
		{"one kind", "AWSLogs/111122223333/CloudTrail/", day(3), third[2:6]},
		{"one region", "AWSLogs/111122223333/CloudTrail/us-east-1/", day(3), third[5:6]},
		{"inside a month", "AWSLogs/111122223333/CloudTrail/eu-central-1/2026/11/", day(3), third[2:5]},
		{"an organization", "AWSLogs/o-exampleorgid/", day(3), third[6:]},
		{"a day in Berlin", cloudtrail, berlin, []string{
			"111122223333/CloudTrail/eu-central-1/2026/11/02/111122223333_CloudTrail_eu-central-1_20261102T2355Z_0000000000000001.json.gz",
			"111122223333/CloudTrail/eu-central-1/2026/11/03/111122223333_CloudTrail_eu-central-1_20261102T2359Z_odd.json.gz",
			"111122223333/CloudTrail/eu-central-1/2026/11/03/111122223333_CloudTrail_eu-central-1_20261103T0000Z_0000000000000002.json.gz",
		}},
		{"an empty day", "AWSLogs/", day(8), nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := trailBucket(t)
			f.pageSize = 2
			s := openS3(t, f, S3Options{Prefix: c.prefix, CloudTrail: true})
			if diff := cmp.Diff(c.want, short(list(t, s, c.w))); diff != "" {
				t.Errorf("List from %q (-want +got):\n%s", c.prefix, diff)
			}
			if slices.ContainsFunc(f.lists, func(p string) bool {
				return strings.Contains(p, "Config") || strings.Contains(p, "vpcflow") || strings.Contains(p, "unrelated")
			}) {
				t.Errorf("List from %q asked for what is not CloudTrail's: %q", c.prefix, f.lists)
			}
			before := len(f.lists)
			list(t, s, c.w)
			if again := len(f.lists) - before; c.prefix == "" && again >= before {
				t.Errorf("second List made %d requests, the first %d; want the folders to be remembered", again, before)
			}
		})
	}
	s := openS3(t, trailBucket(t), S3Options{Prefix: "unrelated/", CloudTrail: true})
	for _, err := range s.List(t.Context(), day(3)) {
		if err == nil || !strings.Contains(err.Error(), "no CloudTrail folders here") {
			t.Errorf("List of a prefix without CloudTrail: %v", err)
		}
	}
}

func TestCloudTrailDigestAndMeta(t *testing.T) {
	f := trailBucket(t)
	digest := "AWSLogs/111122223333/CloudTrail-Digest/eu-central-1/2026/11/03/111122223333_CloudTrail-Digest_eu-central-1_t_eu-central-1_20261103T114500Z.json.gz"
	o := f.objects[digest]
	o.header = http.Header{"X-Amz-Meta-Signature": {"00ff"}, "X-Amz-Version-Id": {"v1"}, "X-Amz-Server-Side-Encryption": {"aws:kms"}, "Content-Encoding": {"gzip"}, "Content-Type": {"application/json"}}
	f.objects[digest] = o
	s, trail := openS3(t, f, S3Options{CloudTrail: true, RequestPayer: true}), newFakeTrail(t)
	j := job(s, trail)
	j.Windows = []agenttrail.Window{day(3)}
	got, err := do(t.Context(), j)
	if err != nil || got.Total.Objects != 6 || got.Total.LeftOut[RuleInsights] != 1 {
		t.Fatalf("Run: %v, %+v, want 6 objects and 1 of insights left out", err, got.Total)
	}
	staged := trail.objects["s3://"+bucket+"/"+digest]
	want := map[string]string{"x-amz-meta-signature": "00ff", "x-amz-version-id": "v1", "x-amz-server-side-encryption": "aws:kms", "content-encoding": "gzip", "content-type": "application/json"}
	if diff := cmp.Diff(want, staged.Meta); diff != "" || staged.Role != agenttrail.RoleDigest {
		t.Errorf("digest has role %s and meta (-want +got):\n%s", staged.Role, diff)
	}
	if string(trail.bytes[staged.URI]) != string(o.data) { // Content-Encoding must not unpack it
		t.Errorf("digest holds %q, want the bytes as delivered", trail.bytes[staged.URI])
	}
	if got.Total.Counts.Read != 5 {
		t.Errorf("%d records read, want those of 5 logs and none of the digest", got.Total.Counts.Read)
	}
	for _, h := range f.headers {
		if h.Get("X-Amz-Request-Payer") != "requester" {
			t.Errorf("a request without X-Amz-Request-Payer: %v", h)
		}
	}
}

func TestParseTrailKey(t *testing.T) {
	cases := []struct {
		key, kind, want string
	}{
		{cloudtrail + "2026/11/03/111122223333_CloudTrail_eu-central-1_20261103T1145Z_abcdefghijklmnop.json.gz", kindLog, "2026-11-03T11:45:00Z"},
		{"p/q/" + cloudtrail + "2026/11/03/x_20261103T114530Z_backfill.json.gz", kindLog, "2026-11-03T11:45:30Z"},
		{cloudtrail + "2026/11/03/no-time.json.gz", kindLog, "2026-11-03T00:00:00Z"},
		{cloudtrail + "2026/11/03/x_20261104T1145Z_y.json.gz", kindLog, "2026-11-03T00:00:00Z"},
		{"AWSLogs/o-x/111122223333/CloudTrail-Digest/r/2026/11/03/x", kindDigest, "2026-11-03T00:00:00Z"},
		{cloudtrail + "2026/13/03/x", kindLog, ""},
		{cloudtrail + "x", kindLog, ""},
		{"AWSLogs/", "", ""},
		{"XAWSLogs/111122223333/CloudTrail/r/2026/11/03/x", "", ""},
	}
	for _, c := range cases {
		kind, at, ok := parseTrailKey(c.key)
		got := ""
		if ok {
			got = at.Format(time.RFC3339)
		}
		if kind != c.kind || got != c.want {
			t.Errorf("parseTrailKey(%q) = %q, %q, want %q, %q", c.key, kind, got, c.kind, c.want)
		}
	}
}

// What goes wrong on the way of one object, and what must come of it.
func TestS3GetFaults(t *testing.T) {
	long := strings.Repeat("skip "+strings.Repeat("x", 100)+"\n", 5000)
	good := "1\n" + long
	once := func(f func(w http.ResponseWriter)) func(int, string, http.ResponseWriter, *http.Request) bool {
		return func(n int, _ string, w http.ResponseWriter, _ *http.Request) bool {
			if n == 1 {
				f(w)
			}
			return n == 1
		}
	}
	always := func(f func(w http.ResponseWriter)) func(int, string, http.ResponseWriter, *http.Request) bool {
		return func(_ int, _ string, w http.ResponseWriter, _ *http.Request) bool {
			f(w)
			return true
		}
	}
	answer := func(status int, code, message string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { fail(w, status, code, message) }
	}
	short := func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", fmt.Sprint(len(good)-5))
		w.Write([]byte(good[:len(good)-5]))
	}
	cases := []struct {
		name  string
		onGet func(int, string, http.ResponseWriter, *http.Request) bool
		gets  int
		want  string // of the failure; empty: it is taken in
		fatal bool
	}{
		{"500 once", once(answer(500, "InternalError", "We encountered an internal error")), 2, "", false},
		{"SlowDown once", once(answer(503, "SlowDown", "Please reduce your request rate.")), 2, "", false},
		{"reset at half once", once(func(w http.ResponseWriter) { half(w, []byte(good)) }), 2, "", false},
		{"shorter than listed once", once(short), 2, "", false},
		{"SlowDown always", always(answer(503, "SlowDown", "Please reduce your request rate.")), attempts, "SlowDown: Please reduce your request rate. (status 503) (5 attempts)", false},
		{"reset always", always(func(w http.ResponseWriter) { half(w, []byte(good)) }), attempts, "unexpected EOF (5 attempts)", false},
		{"shorter always", always(short), attempts, "not of the announced length: 530002 bytes were listed, the answer announces 529997 (5 attempts)", false},
		{"deleted", always(answer(404, "NoSuchKey", "The specified key does not exist.")), 1, "gone from the source", false},
		{"denied", always(answer(403, "AccessDenied", "Access Denied")), 1, "access denied (needs s3:GetObject on arn:aws:s3:::example-logs/*)", false},
		{"KMS", always(answer(403, "AccessDenied", "User: arn:aws:iam::111122223333:user/x is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-central-1:111122223333:key/1")), 1,
			"access denied (needs kms:Decrypt on the key that encrypts s3://example-logs, in our policy and in the key's)", false},
		{"KMS key off", always(answer(400, "KMS.DisabledException", "key is disabled")), 1, "access denied (needs kms:Decrypt", false},
		{"archived", always(answer(403, "InvalidObjectState", "The operation is not valid for the object's storage class")), 1, "the object is archived: restore s3://example-logs/log.jsonl first", false},
		{"a request that will never do", always(answer(400, "InvalidRequest", "Missing header")), 1, "request refused: InvalidRequest: Missing header", false},
		{"expired token", always(answer(400, "ExpiredToken", "The provided token has expired.")), 1, "credential refused: the session token has expired", true},
		{"an HTML page of a proxy", always(func(w http.ResponseWriter) { w.WriteHeader(502); w.Write([]byte("<html>Bad gateway</html>")) }), attempts, "(status 502) (5 attempts)", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := newFakeS3(t)
			f.put("log.jsonl", good)
			f.onGet = c.onGet
			s, trail := openS3(t, f, S3Options{}), newFakeTrail(t)
			got, err := do(t.Context(), job(s, trail))
			if f.gets["log.jsonl"] != c.gets {
				t.Errorf("%d requests, want %d", f.gets["log.jsonl"], c.gets)
			}
			text := fmt.Sprint(err)
			if !c.fatal && err != nil || c.fatal && err == nil {
				t.Fatalf("Run: %v, want an error: %v", err, c.fatal)
			}
			if len(got.Failures) > 0 {
				text = got.Failures[0].Err.Error()
			}
			if c.want != "" && (!strings.Contains(text, c.want) || !strings.Contains(text, "get s3://example-logs/log.jsonl: ")) {
				t.Errorf("Run says %q, want %q", text, c.want)
			}
			if strings.Contains(text, canary) {
				t.Errorf("Run gives a secret away: %q", text)
			}
			if taken := len(trail.lines) == 1; taken != (c.want == "") {
				t.Errorf("Run took the object in: %v, want %v", taken, c.want == "")
			}
		})
	}
}

// Overwritten between the listing and the get: the listing is read again, and the new version is taken in.
func TestS3OverwrittenMeanwhile(t *testing.T) {
	f := newFakeS3(t)
	f.put("a.jsonl", "1\n")
	f.put("b.jsonl", "2\n")
	f.onGet = func(n int, key string, _ http.ResponseWriter, _ *http.Request) bool {
		if key == "a.jsonl" && n == 1 {
			f.objects[key] = stored{[]byte("1\n3\n"), clock.AddDate(0, 0, -1), http.Header{}}
		}
		return false
	}
	s, trail := openS3(t, f, S3Options{}), newFakeTrail(t)
	got, err := do(t.Context(), job(s, trail))
	if err != nil || got.Total.Failed != 0 || trail.windows[0].State != agenttrail.WindowClosed {
		t.Fatalf("Run: %v, %+v; want no failure and a closed window", err, got.Total)
	}
	slices.Sort(trail.lines)
	if strings.Join(trail.lines, "") != "123" || f.gets["a.jsonl"] != 2 || f.gets["b.jsonl"] != 1 {
		t.Errorf("lines %q after gets %v, want 123, a twice, b once", trail.lines, f.gets)
	}
}

func TestS3ListFaults(t *testing.T) {
	cases := []struct {
		name   string
		onList func(n int, w http.ResponseWriter, r *http.Request) bool
		onPage func(n int, p *listResult)
		want   string // of the error; empty: everything is taken in
	}{
		{"500 on the second page", func(n int, w http.ResponseWriter, _ *http.Request) bool {
			if n == 2 {
				fail(w, 500, "InternalError", "x")
			}
			return n == 2
		}, nil, ""},
		{"the next page was promised and is missing once", nil, func(n int, p *listResult) {
			if n == 1 {
				p.NextContinuationToken = ""
			}
		}, ""},
		{"a page repeats once", nil, func(n int, p *listResult) {
			if n == 2 {
				p.Contents[0].Key, p.Contents[1].Key = "k00", "k01"
			}
		}, ""},
		{"a page lost keys once", nil, func(n int, p *listResult) {
			if n == 2 {
				p.Contents = p.Contents[1:]
			}
		}, ""},
		{"never ends", nil, func(_ int, p *listResult) { p.IsTruncated, p.NextContinuationToken = true, "k00" }, "came after"},
		{"no ETag", nil, func(_ int, p *listResult) {
			p.Contents = []listContent{{Key: "k00", LastModified: "2026-11-02T00:00:00Z"}}
			p.KeyCount = 1
		}, "no ETag"},
		{"denied", func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			fail(w, 403, "AccessDenied", "Access Denied")
			return true
		}, nil, "ingest inbox: list s3://example-logs/: access denied (needs s3:ListBucket on arn:aws:s3:::example-logs)"},
		{"no bucket", func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			fail(w, 404, "NoSuchBucket", "x")
			return true
		}, nil, "there is no bucket example-logs (see bucket, endpoint and region)"},
		{"other region, 301", func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("X-Amz-Bucket-Region", "eu-west-1")
			fail(w, 301, "PermanentRedirect", "x")
			return true
		}, nil, "in another region: set region: eu-west-1 at the source"},
		{"other region, 400", func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			fail(w, 400, "AuthorizationHeaderMalformed", "x")
			return true
		}, nil, "in another region: set region at the source"},
		{"unknown key", func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			fail(w, 403, "InvalidAccessKeyId", "x")
			return true
		}, nil, "does not know this access key"},
		{"wrong secret", func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			fail(w, 403, "SignatureDoesNotMatch", "x")
			return true
		}, nil, "the secret key does not belong to the access key"},
		{"wrong clock", func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			fail(w, 403, "RequestTimeTooSkewed", "x")
			return true
		}, nil, "the clock of this machine is wrong"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := newFakeS3(t)
			f.pageSize = 2
			for i := range 6 {
				f.put(fmt.Sprintf("k%02d", i), fmt.Sprintf("%d\n", i))
			}
			f.onList, f.onPage = c.onList, c.onPage
			s, trail := openS3(t, f, S3Options{}), newFakeTrail(t)
			_, err := do(t.Context(), job(s, trail))
			if c.want == "" {
				if err != nil || len(trail.lines) != 6 || trail.windows[0].State != agenttrail.WindowClosed {
					t.Errorf("Run: %v, lines %q, windows %v; want all 6", err, trail.lines, trail.windows)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), canary) || len(trail.windows) != 0 {
				t.Errorf("Run: %v, windows %v; want %q and none", err, trail.windows, c.want)
			}
		})
	}
}

// A signed request goes to no other host.
func TestS3FollowsNoRedirect(t *testing.T) {
	hits := 0
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hits++ }))
	defer other.Close()
	f := newFakeS3(t)
	f.onList = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		return true
	}
	_, err := do(t.Context(), job(openS3(t, f, S3Options{}), newFakeTrail(t)))
	if hits != 0 || err == nil || !strings.Contains(err.Error(), "another region") {
		t.Errorf("Run over a redirect: %v, %d requests to the other host; want an error and none", err, hits)
	}
}

func TestS3Credentials(t *testing.T) {
	f := newFakeS3(t)
	s := openS3(t, f, S3Options{})
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	s, err := OpenS3(t.Context(), s.o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = do(t.Context(), job(s, newFakeTrail(t))); !errors.Is(err, ErrCredential) || !strings.Contains(err.Error(), "none was found (set AWS_PROFILE") {
		t.Errorf("Run without a credential: %v", err)
	}
	if _, err := OpenS3(t.Context(), S3Options{Bucket: bucket}); err == nil || !strings.Contains(err.Error(), "no region: set region at the source") {
		t.Errorf("OpenS3 without a region: %v", err)
	}
	if _, err := OpenS3(t.Context(), S3Options{Region: "eu-central-1"}); err == nil || !strings.Contains(err.Error(), "bucket is missing") {
		t.Errorf("OpenS3 without a bucket: %v", err)
	}
}

func TestCheckEndpoint(t *testing.T) {
	for endpoint, want := range map[string]string{
		"": "", "https://s3.example.com": "", "http://127.0.0.1:9000": "", "http://localhost:9000": "", "http://[::1]:9000": "",
		"http://s3.example.com": "want https", "http://192.0.2.1": "want https", "ftp://127.0.0.1": "want https",
		"s3.example.com": "want the URL", "https://user:secret@s3.example.com": "want the URL", "http://%zz": "want the URL",
	} {
		_, err := OpenS3(t.Context(), S3Options{Bucket: bucket, Region: "eu-central-1", Endpoint: endpoint})
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("OpenS3 with endpoint %q: %v, want %q", endpoint, err, want)
		}
	}
}

func TestS3AssumesRole(t *testing.T) {
	const external = "CANARYEXTERNALID"
	refuse := false
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || r.Form.Get("ExternalId") != external || r.Form.Get("RoleArn") != "arn:aws:iam::111122223333:role/read" {
			t.Errorf("AssumeRole with %v", r.Form)
		}
		if refuse {
			w.WriteHeader(403)
			fmt.Fprint(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>`)
			return
		}
		fmt.Fprint(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`)
	}))
	defer sts.Close()
	t.Setenv("AWS_ENDPOINT_URL_STS", sts.URL)
	f := newFakeS3(t)
	f.put("a", "1\n")
	o := S3Options{RoleARN: "arn:aws:iam::111122223333:role/read", ExternalID: external}
	trail := newFakeTrail(t)
	if _, err := do(t.Context(), job(openS3(t, f, o), trail)); err != nil || len(trail.lines) != 1 {
		t.Fatalf("Run with a role: %v, lines %q", err, trail.lines)
	}
	for _, h := range f.headers {
		if !strings.Contains(h.Get("Authorization"), "Credential=ASIAROLE/") || h.Get("X-Amz-Security-Token") != "t" {
			t.Errorf("a request that the role did not sign: %v", h)
		}
	}
	refuse = true
	_, err := do(t.Context(), job(openS3(t, f, o), newFakeTrail(t)))
	if !errors.Is(err, ErrCredential) || !strings.Contains(err.Error(), "needs sts:AssumeRole") || strings.Contains(err.Error(), external) {
		t.Errorf("Run with a role that is refused: %v", err)
	}
}

func TestS3StaysInBucket(t *testing.T) {
	s := openS3(t, newFakeS3(t), S3Options{})
	for _, uri := range []string{"s3://other/a", "file:a", "s3://example-logs/%zz"} {
		if _, err := body(s, t, uri, "v", 1); !errors.Is(err, ErrRequest) {
			t.Errorf("Open(%s) = %v, want ErrRequest", uri, err)
		}
	}
}
