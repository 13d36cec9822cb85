package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"agenttrail"
	"agenttrail/internal/testenv"
)

// A realBucket is a bucket of a real S3 server.
type realBucket struct {
	t      testing.TB
	source *S3
}

func newRealBucket(t testing.TB, o S3Options) *realBucket {
	server := testenv.S3(t)
	environment(t)
	t.(interface{ Setenv(key, value string) }).Setenv("AWS_ACCESS_KEY_ID", server.AccessKey)
	t.(interface{ Setenv(key, value string) }).Setenv("AWS_SECRET_ACCESS_KEY", server.SecretKey)
	o.Bucket, o.Endpoint, o.PathStyle = fmt.Sprintf("ingest-%x", time.Now().UnixNano()), server.Endpoint, true
	s, err := OpenS3(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &o.Bucket}); err != nil {
		t.Fatalf("create bucket: %v", err)
	}
	return &realBucket{t, s}
}

func (b *realBucket) put(key string, data []byte) error {
	_, err := b.source.client.PutObject(context.Background(), &s3.PutObjectInput{
		Bucket: &b.source.o.Bucket, Key: &key, Body: bytes.NewReader(data), Metadata: map[string]string{"signature": "00ff"},
	})
	return err
}

func TestRealS3CloudTrail(t *testing.T) {
	b := newRealBucket(t, S3Options{Prefix: "backup/", CloudTrail: true})
	corpus := testenv.Corpus(t, "cloudtrail-invictus")
	files := map[string][]byte{}
	err := filepath.WalkDir(filepath.Join(corpus, "AWSLogs"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(corpus, path)
		if err != nil {
			return err
		}
		key := "backup/" + filepath.ToSlash(rel)
		files[b.source.uri(key)] = data
		return b.put(key, data)
	})
	if err != nil || len(files) != 55 {
		t.Fatalf("upload: %v, %d files, want 55", err, len(files))
	}
	trail := newFakeTrail(t)
	j := job(b.source, trail)
	for d := range 3 {
		from := time.Date(2023, 7, 9+d, 0, 0, 0, 0, time.UTC)
		j.Windows = append(j.Windows[:d], agenttrail.Window{Source: "inbox", From: from, To: from.AddDate(0, 0, 1)})
	}
	got, err := do(t.Context(), j)
	if err != nil || got.Total.Listed != 55 || got.Total.Objects != 55 || len(trail.windows) != 3 {
		t.Fatalf("Run: %v, %+v, %d window entries; want 55 objects in the second of three", err, got.Total, len(trail.windows))
	}
	for uri, data := range files {
		if s := trail.objects[uri]; !bytes.Equal(trail.bytes[uri], data) || s.Meta["x-amz-meta-signature"] != "00ff" {
			t.Errorf("%s: %d bytes with meta %v, want the %d of the file and its signature", uri, len(trail.bytes[uri]), s.Meta, len(data))
		}
	}
	again, err := do(t.Context(), j)
	if err != nil || again.Total.Known != 55 || again.Total.Batches != 0 || len(trail.windows) != 3 {
		t.Errorf("second Run: %v, %+v; want 55 known and nothing new", err, again.Total)
	}
}

func TestRealS3HostileKeys(t *testing.T) {
	b := newRealBucket(t, S3Options{})
	// The server keeps objects as files: it refuses what is no path. A key of 1,024 bytes needs folders.
	keys := []string{"a b.jsonl", "a%20b.jsonl", "a+b.jsonl", "ü/日本/\u202e.jsonl", "q?x=1&y#z", "quote\"'<&>", strings.Repeat("k", 200) + strings.Repeat("/"+strings.Repeat("k", 200), 4), "~*()!$,;:@="}
	for i, key := range keys {
		if err := b.put(key, fmt.Appendf(nil, "%d\n", i)); err != nil {
			t.Fatalf("put %q: %v", key, err)
		}
	}
	trail := newFakeTrail(t)
	got, err := do(t.Context(), job(b.source, trail))
	if err != nil || got.Total.Failed != 0 || len(trail.lines) != len(keys) {
		t.Fatalf("Run: %v, %+v, %d lines; want %d: %v", err, got.Total, len(trail.lines), len(keys), got.Failures)
	}
	for i, key := range keys {
		if got := string(trail.bytes[b.source.uri(key)]); got != fmt.Sprintf("%d\n", i) {
			t.Errorf("object of key %q holds %q, want %d", key, got, i)
		}
	}
}

func TestRealS3ChangesAndErrors(t *testing.T) {
	b := newRealBucket(t, S3Options{})
	for _, key := range []string{"a", "b", "c"} {
		if err := b.put(key, []byte(key+"\n")); err != nil {
			t.Fatal(err)
		}
	}
	objects := slices.Collect(func(yield func(agenttrail.Object) bool) {
		for o, err := range b.source.List(t.Context(), standing()[0]) {
			if err != nil || !yield(o) {
				return
			}
		}
	})
	if len(objects) != 3 {
		t.Fatalf("List: %d objects, want 3", len(objects))
	}
	if err := b.put("a", []byte("A\n")); err != nil {
		t.Fatal(err)
	}
	key := "b"
	if _, err := b.source.client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &b.source.o.Bucket, Key: &key}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []error{ErrChanged, ErrGone, nil} {
		if err := readAll(b.source, &objects[i], func() {}); !errors.Is(err, want) {
			t.Errorf("Open(%s) = %v, want %v", objects[i].URI, err, want)
		}
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", canary)
	_, err := do(t.Context(), job(openAgain(t, b.source.o), newFakeTrail(t)))
	if !errors.Is(err, ErrCredential) || !strings.Contains(err.Error(), "the secret key does not belong") || strings.Contains(err.Error(), canary) {
		t.Errorf("Run with a wrong secret: %v", err)
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", testenv.S3(t).SecretKey)
	o := b.source.o
	o.Bucket = "no-such-bucket"
	if _, err := do(t.Context(), job(openAgain(t, o), newFakeTrail(t))); !errors.Is(err, ErrCredential) || !strings.Contains(err.Error(), "there is no bucket no-such-bucket") {
		t.Errorf("Run over a bucket that is not there: %v", err)
	}
}

func openAgain(t testing.TB, o S3Options) *S3 {
	t.Helper()
	s, err := OpenS3(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
