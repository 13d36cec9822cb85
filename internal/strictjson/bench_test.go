package strictjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
)

// trailRecord is the shape of a CloudTrail record, about 1.4 KB, all of it invented.
func trailRecord(n int) string {
	return fmt.Sprintf(`{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLEEXAMPLE%02d:refund-agent","arn":"arn:aws:sts::111122223333:assumed-role/RefundAgent/refund-agent-%d","accountId":"111122223333","accessKeyId":"ASIAEXAMPLEEXAMPLE%02d","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLEEXAMPLE%02d","arn":"arn:aws:iam::111122223333:role/RefundAgent","accountId":"111122223333","userName":"RefundAgent"},"webIdFederationData":{},"attributes":{"creationDate":"2026-11-02T01:07:15Z","mfaAuthenticated":"false"}}},"eventTime":"2026-11-02T01:09:%02dZ","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-central-1","sourceIPAddress":"192.0.2.%d","userAgent":"[aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#amd64 api/s3#1.58.2]","requestParameters":{"bucketName":"example-refunds","Host":"example-refunds.s3.eu-central-1.amazonaws.com","key":"cases/2026/11/case-%06d.json"},"responseElements":null,"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFy","bytesTransferredOut":%d},"requestID":"EXAMPLE%09d","eventID":"00000000-0000-4000-8000-%012d","readOnly":true,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::example-refunds/cases/2026/11/case-%06d.json"},{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::example-refunds"}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data"}`,
		n%100, n%7, n%100, n%100, n%60, n%256, n, 1000+n, n, n, n)
}

func trailDocument(records int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"Records":[`)
	for n := range records {
		if n > 0 {
			b.WriteByte(',')
		}
		b.WriteString(trailRecord(n))
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

func BenchmarkParseRecord(b *testing.B) {
	data := []byte(trailRecord(17))
	var p Parser
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseDocument(b *testing.B) {
	data := trailDocument(1000)
	var p Parser
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSplit(b *testing.B) {
	data := trailDocument(1000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		err := Split(data, "/Records", func(int64, []byte) error { n++; return nil })
		if err != nil || n != 1000 {
			b.Fatal(n, err)
		}
	}
}

// BenchmarkSplitParseGet is what a mapper costs here: delimit, index, look up 32 facts of each record.
func BenchmarkSplitParseGet(b *testing.B) {
	data := trailDocument(1000)
	pointers := []string{
		"/eventVersion", "/userIdentity/type", "/userIdentity/principalId", "/userIdentity/arn", "/userIdentity/accountId",
		"/userIdentity/accessKeyId", "/userIdentity/sessionContext/sessionIssuer/arn",
		"/userIdentity/sessionContext/sessionIssuer/userName", "/userIdentity/sessionContext/attributes/creationDate",
		"/userIdentity/sessionContext/sourceIdentity", "/userIdentity/invokedBy", "/eventTime", "/eventSource", "/eventName",
		"/awsRegion", "/sourceIPAddress", "/userAgent", "/errorCode", "/errorMessage", "/requestParameters/bucketName",
		"/requestParameters/key", "/responseElements", "/additionalEventData/bytesTransferredOut", "/requestID", "/eventID",
		"/readOnly", "/resources/0/ARN", "/eventType", "/managementEvent", "/recipientAccountId", "/eventCategory",
		"/sharedEventID",
	}
	var p Parser
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		found := 0
		err := Split(data, "/Records", func(_ int64, raw []byte) error {
			v, err := p.Parse(raw)
			for _, pointer := range pointers {
				if v.At(pointer).Exists() {
					found++
				}
			}
			return err
		})
		if err != nil || found != 26_000 {
			b.Fatal(found, err)
		}
	}
}

// BenchmarkGet looks up each member of a record once, and as many that are absent.
func BenchmarkGet(b *testing.B) {
	v, err := Parse([]byte(trailRecord(17)))
	if err != nil {
		b.Fatal(err)
	}
	var names []string
	v.Members(func(name string, _ Value) bool {
		names = append(names, name, name+"Absent")
		return true
	})
	for b.Loop() {
		for _, name := range names {
			v.Get(name)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(names)), "ns/get")
}

func BenchmarkEncodingJSONValid(b *testing.B) {
	data := trailDocument(1000)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if !json.Valid(data) {
			b.Fatal("BUG: not valid")
		}
	}
}
