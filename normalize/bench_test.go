package normalize

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agenttrail"
)

// benchRecord is the shape of a CloudTrail record of about 1.4 kB, all of it invented.
func benchRecord(n int) string {
	return fmt.Sprintf(`{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLEEXAMPLE:agt-%d","arn":"arn:aws:sts::111122223333:assumed-role/RefundBotRole/agt-%d","accountId":"111122223333","accessKeyId":"ASIAEXAMPLEKEY%04d","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLEEXAMPLE","arn":"arn:aws:iam::111122223333:role/RefundBotRole","accountId":"111122223333","userName":"RefundBotRole"},"attributes":{"creationDate":"2026-11-02T09:58:00Z","mfaAuthenticated":"false"}}},"eventTime":"2026-11-02T10:%02d:%02dZ","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-central-1","sourceIPAddress":"192.0.2.%d","userAgent":"[refund-bot/1.4 aws-sdk-go-v2/1.40 os/linux lang/go#1.26 md/GOARCH#amd64]","requestParameters":{"bucketName":"example-invoices","Host":"example-invoices.s3.eu-central-1.amazonaws.com","key":"2026/10/inv-%06d.pdf"},"responseElements":null,"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"ZXhhbXBsZWV4YW1wbGVleGFtcGxlZXhhbXBsZWV4YW1wbGU=","bytesTransferredOut":%d},"requestID":"REQ%09d","eventID":"6f1d0f2e-1111-4a2b-9c3d-%012d","readOnly":true,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::example-invoices/2026/10/inv-%06d.pdf"},{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::example-invoices"}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data"}`,
		n%50, n%50, n%10000, n/60%60, n%60, n%256, n, 1000+n, n, n, n)
}

// benchRead reads data over and over and states records and bytes in a second.
func benchRead(b *testing.B, f Format, data []byte) {
	b.Helper()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	records := 0
	for b.Loop() {
		err := f.Read(&agenttrail.Object{URI: "file:bench"}, bytes.NewReader(data), func(*agenttrail.Record) error { records++; return nil })
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkCloudTrail(b *testing.B) {
	parts := make([]string, 2000)
	for i := range parts {
		parts[i] = benchRecord(i)
	}
	benchRead(b, named(b, "aws.cloudtrail"), []byte(`{"Records":[`+strings.Join(parts, ",")+`]}`))
}

// BenchmarkFraming is the share of finding the records, without reading them.
func BenchmarkFraming(b *testing.B) {
	parts := make([]string, 2000)
	for i := range parts {
		parts[i] = benchRecord(i)
	}
	data := `{"Records":[` + strings.Join(parts, ",") + `]}`
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := array("Records")(newWindow(io.LimitReader(strings.NewReader(data), 1<<40)), func(piece) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSamples(b *testing.B) {
	for _, f := range Formats() {
		for _, path := range samples(b, filepath.Join("..", "fixtures", f.Name)) {
			data, err := os.ReadFile(path)
			if err != nil {
				b.Fatal(err)
			}
			if data = grown(path, data); repeats(b, lookup(b, f.Name, path), data) {
				b.Run(f.Name+"/"+filepath.Base(path), func(b *testing.B) { benchRead(b, lookup(b, f.Name, path), data) })
			}
		}
	}
}

// repeats says that a format reads what grown made: one document an object (CloudTrail, a bare array) does not repeat.
func repeats(b *testing.B, f Format, data []byte) bool {
	return f.Read(&agenttrail.Object{URI: "file:bench"}, bytes.NewReader(data), func(*agenttrail.Record) error { return nil }) == nil
}

// grown repeats what a sample holds to a mebibyte, so that the cost of opening an object does not count.
func grown(name string, data []byte) []byte {
	head := []byte(nil)
	data = bytes.TrimPrefix(append(bytes.Clone(data), '\n'), []byte("\xef\xbb\xbf"))
	if strings.HasSuffix(name, ".csv") {
		i := bytes.IndexByte(data, '\n') + 1
		head, data = data[:i:i], data[i:]
	}
	return append(head, bytes.Repeat(data, 1+(1<<20)/len(data))...)
}
