package ingest

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agenttrail"
)

const logKey = cloudtrail + "2026/11/03/111122223333_CloudTrail_eu-central-1_20261103T0"

// proofJob is a job over a bucket whose logs are compared with digests.
func proofJob(t *testing.T, s *S3, trail *fakeTrail, original *Place, windows ...agenttrail.Window) Job {
	j := night(s, trail, windows...)
	there, here := s.Places(original)
	j.Proof = &Proof{Keys: digestKeys(t), Place: there, URI: here, Wanted: s.Wants(day(1).From),
		Originals: func(_ context.Context, _, _ time.Time, yield func(agenttrail.Object, func() (io.ReadCloser, error)) error) error {
			for _, uri := range slices.Concat(trail.batches...) {
				o := trail.objects[uri].Object
				open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(string(trail.bytes[uri]))), nil }
				if err := yield(o, open); err != nil {
					return err
				}
			}
			return nil
		}}
	return j
}

// deliver puts a digest into the bucket under a prefix.
func (f *fakeS3) deliver(d *signedDigest, prefix string) {
	f.put(prefix+d.place.Key, string(zipped(string(d.data))))
	f.mu.Lock()
	defer f.mu.Unlock()
	f.objects[prefix+d.place.Key].header.Set("X-Amz-Meta-Signature", d.signature)
}

// proofs are the states of all committed objects, and what digests settle, by the end of the key.
func (f *fakeTrail) proofs() map[string]string {
	got := map[string]string{}
	name := func(uri string) string {
		return strings.TrimSuffix(uri[strings.LastIndex(uri, "_2026")+1:], ".json.gz")
	}
	for uri, o := range f.objects {
		if o.Proof != "" {
			got[name(uri)] = o.Proof
		}
		for uri, state := range o.Settles {
			got["settled "+name(uri)] = state
		}
	}
	return got
}

// A day's logs and digests in one bucket; what is young is settled by the next day's digest; a replicated bucket is checked by its original place.
func TestProof(t *testing.T) {
	for _, c := range []struct {
		name, prefix string
		original     *Place
	}{{"in its own bucket", "", nil}, {"a replicated bucket", "copies/", &Place{Bucket: bucket, Key: ""}}} {
		t.Run(c.name, func(t *testing.T) {
			f := newFakeS3(t)
			key := func(n string) string { return logKey + n + ".json.gz" }
			first := sign(t, 1, nil, map[string]string{key("100Z_a"): "a\n", key("105Z_b"): "b\n", key("110Z_gone"): "gone\n"}, "")
			broken := sign(t, 2, first, map[string]string{key("200Z_c"): "c\n"}, "")
			broken.signature = "00" + broken.signature[2:]
			f.deliver(first, c.prefix)
			f.deliver(broken, c.prefix)
			for name, text := range map[string]string{"100Z_a": "a\n", "105Z_b": "b, changed\n", "200Z_c": "c\n", "900Z_young": "young\n"} {
				f.put(c.prefix+key(name), string(zipped(text)))
			}
			f.mu.Lock()
			for k, o := range f.objects { // digests are delivered with metadata only
				if o.header == nil {
					o.header = http.Header{}
					f.objects[k] = o
				}
			}
			f.mu.Unlock()
			s, trail := openS3(t, f, S3Options{CloudTrail: true, Prefix: c.prefix}), newFakeTrail(t)
			result := mustDo(t, proofJob(t, s, trail, c.original, day(3)))
			want := map[string]string{"20261103T010000Z": "start", "20261103T020000Z": "invalid", "20261103T0100Z_a": "verified", "20261103T0105Z_b": "mismatch",
				"20261103T0200Z_c": "invalid", "20261103T0900Z_young": "pending", "settled 20261103T0110Z_gone": "missing"}
			if diff := cmp.Diff(want, trail.proofs()); diff != "" {
				t.Errorf("states (-want +got):\n%s", diff)
			}
			if got := result.Total.Unproved; got != 4 || !result.Incomplete() {
				t.Errorf("objects that somebody must look at = %d, want 4 (%v)", got, result.Total.Proofs)
			}

			later := sign(t, 3, broken, map[string]string{key("900Z_young"): "young\n"}, "")
			f.deliver(later, c.prefix)
			f.put(c.prefix+key("110Z_gone"), string(zipped("gone\n"))) // it comes after all
			mustDo(t, proofJob(t, s, trail, c.original, day(3)))
			got := trail.proofs()
			for name, want := range map[string]string{"settled 20261103T0900Z_young": "verified", "20261103T0110Z_gone": "verified", "20261103T030000Z": "verified"} {
				if got[name] != want {
					t.Errorf("later: %s = %q, want %q", name, got[name], want)
				}
			}
		})
	}
}
