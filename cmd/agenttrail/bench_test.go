package main

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// BenchmarkMillion measures the program as a user runs it: a folder of gzip files becomes a trail, a second run finds nothing to do, a report is
// made, everything is verified. AGENTTRAIL_BENCH_ACTIONS sets the number of records (default 1,000,000). Each step is a process of its own, so
// that its peak memory is its own.
func BenchmarkMillion(b *testing.B) {
	records := 1_000_000
	if s := os.Getenv("AGENTTRAIL_BENCH_ACTIONS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			b.Fatal(err)
		}
		records = n
	}
	if testing.Short() {
		b.Skip("a million records take minutes: not with -short")
	}
	dir := b.TempDir()
	program := filepath.Join(dir, "agenttrail")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	runStep(b, program, dir, "init", "--tenant", "bench", filepath.Join(dir, "acme"))
	home := filepath.Join(dir, "acme")
	plain, packed := writeLogs(b, filepath.Join(home, "logs"), records)
	writeBenchConfig(b, home)
	for _, s := range []struct {
		name string
		args []string
		ok   int // exit status
	}{
		{"ingest", []string{"ingest", "logs"}, 0},
		{"ingest again", []string{"ingest", "logs"}, 0},
		{"report", []string{"report", "audit", "--period", "2026-Q3", "-o", filepath.Join(dir, "audit.pdf")}, exitIncomplete},
		{"verify", []string{"verify"}, 0},
	} {
		b.Run(s.name, func(b *testing.B) {
			for range b.N {
				took, peak := timed(b, program, home, s.ok, s.args...)
				b.ReportMetric(took.Seconds(), "s/run")
				b.ReportMetric(float64(records)/took.Seconds(), "records/s")
				b.ReportMetric(float64(plain)/took.Seconds()/1e6, "MB/s")
				b.ReportMetric(float64(peak)/1024, "peak-MiB")
			}
		})
	}
	b.Logf("%d records, %d bytes of JSON, %d bytes as delivered", records, plain, packed)
}

func runStep(b *testing.B, program, dir string, args ...string) {
	b.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// timed runs the program once and returns how long it took and its peak memory in KiB.
func timed(b *testing.B, program, dir string, exit int, args ...string) (time.Duration, int64) {
	b.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	begun := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(begun)
	if cmd.ProcessState.ExitCode() != exit && cmd.ProcessState.ExitCode() != 0 {
		b.Fatalf("%v: exit %d (%v), want %d\n%s", args, cmd.ProcessState.ExitCode(), err, exit, out)
	}
	return took, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
}

func writeBenchConfig(b *testing.B, home string) {
	const text = "trail: trail\ntenant: bench\nregister: agents.yaml\nkey: {file: trail.key}\nsources:\n  - {name: logs, format: aws.cloudtrail, folder: logs}\n"
	register := "agents:\n"
	for i := range 20 {
		register += fmt.Sprintf("  - {id: agt-%02d, name: Agent %02d, owner: ops, status: active, effective_from: 2026-07-01, identities: [{system: aws, match: {role_arn: \"arn:aws:iam::111122223333:role/Agent%03dRole\"}}], "+
			"allowed: [{id: all, system: aws.s3, verbs: [read, create]}], approval_required: [{id: del, system: aws.s3, verbs: [delete]}]}\n", i, i, i)
	}
	for name, s := range map[string]string{"agenttrail.yaml": text, "agents.yaml": register} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(s), 0o600); err != nil {
			b.Fatal(err)
		}
	}
}

// writeLogs writes gzip files of 5,000 CloudTrail-shaped records each: 40 event names, 200 principals, 6 % errors, a quarter of time.
func writeLogs(b *testing.B, dir string, records int) (plain, packed int64) {
	b.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	const perFile = 5000
	quarter := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	for n := 0; n < records; n += perFile {
		name := filepath.Join(dir, fmt.Sprintf("log-%05d.json.gz", n/perFile))
		f, err := os.Create(name)
		if err != nil {
			b.Fatal(err)
		}
		z := gzip.NewWriter(f)
		w := bufio.NewWriterSize(z, 1<<20)
		fmt.Fprint(w, `{"Records":[`)
		for i := n; i < min(n+perFile, records); i++ {
			if i > n {
				fmt.Fprint(w, ",")
			}
			r := benchRecord(rnd, quarter.Add(time.Duration(int64(92*24*time.Hour)/int64(records)*int64(i))))
			plain += int64(len(r))
			fmt.Fprint(w, r)
		}
		fmt.Fprint(w, "]}")
		for _, end := range []func() error{w.Flush, z.Close, f.Close} {
			if err := end(); err != nil {
				b.Fatal(err)
			}
		}
		info, err := os.Stat(name)
		if err != nil {
			b.Fatal(err)
		}
		packed += info.Size()
	}
	return plain, packed
}

var benchEvents = []string{"GetObject", "PutObject", "ListObjects", "HeadObject", "DeleteObject", "CopyObject", "GetBucketAcl", "PutBucketPolicy"}

func benchRecord(r *rand.Rand, at time.Time) string {
	who, failed := r.IntN(200), ""
	if r.IntN(100) < 6 {
		failed = `"errorCode":"AccessDenied","errorMessage":"Access Denied",`
	}
	key := fmt.Sprintf("invoices/%s/%08x.pdf", at.Format("2006/01/02"), r.Uint32())
	return fmt.Sprintf(`{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE%03d:session-%03d","arn":"arn:aws:sts::111122223333:assumed-role/Agent%03dRole/session-%03d","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE%07d","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE%03d","arn":"arn:aws:iam::111122223333:role/Agent%03dRole","accountId":"111122223333","userName":"Agent%03dRole"},"attributes":{"creationDate":"%s","mfaAuthenticated":"false"}}},"eventTime":"%s","eventSource":"s3.amazonaws.com","eventName":"%s","awsRegion":"eu-central-1","sourceIPAddress":"192.0.2.%d","userAgent":"agent-%03d/1.4 aws-sdk-go-v2/1.40 os/linux lang/go#1.26 md/GOOS#linux md/GOARCH#amd64 api/s3#1.114.10",%s"requestParameters":{"bucketName":"example-invoices","Host":"example-invoices.s3.eu-central-1.amazonaws.com","key":"%s"},"responseElements":null,"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","bytesTransferredOut":%d},"requestID":"%016X","eventID":"%08x-%04x-4%03x-9%03x-%012x","readOnly":true,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::example-invoices/%s"},{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::example-invoices"}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"example-invoices.s3.eu-central-1.amazonaws.com"}}`,
		who, who, who, who, who, who, who, who, at.Format(time.RFC3339), at.Format(time.RFC3339), benchEvents[r.IntN(len(benchEvents))], r.IntN(250), who, failed, key, r.IntN(1<<20), r.Uint64(), r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Uint64()&0xffffffffffff, key)
}
