package reports

import (
	"context"
	"testing"
	"time"

	"agenttrail/reports/reportstest"
)

// million is 1,000,000 actions in 14,000 groups, a few hundred of high stakes.

func million() Input {
	in := storyInput()
	var b reportstest.Bundles
	for i := range 14_000 {
		r := act(2, i, "07-02 00:00", "aws.cloudtrail", []string{"aws.s3", "aws.ec2", "aws.sns"}[i%3], []string{"read", "create", "update"}[i%3], "success")
		r.Time = r.Time.Add(time.Duration(i%28) * 24 * time.Hour)
		r.UserAgent = "software/" + string(rune('a'+i%20))
		switch {
		case i%3 == 0:
			role(&r.Action)
		default:
			human(string(rune('a'+i%26)) + "@example.com")(&r.Action)
		}
		b = append(b, reportstest.Bundle{Row: r, N: 71, Last: r.Time.Add(time.Hour)})
	}
	for i := range 300 {
		r := act(4, 20_000+i, "07-09 10:00", "otlp.genai", "stripe", "pay", "success", declared("refund"), charge("ch_1"))
		b = append(b, reportstest.Bundle{Row: r, N: 1, Last: r.Time})
	}
	in.Facts = b
	return in
}

func BenchmarkAudit(b *testing.B) {
	in := million()
	for b.Loop() {
		if _, err := Audit(context.Background(), in); err != nil {
			b.Fatal(err)
		}
	}
}

func TestMillion(t *testing.T) {
	if testing.Short() {
		t.Skip("a million actions: not with -short")
	}
	start := time.Now()
	a, doc := audited(t, million())
	if got, want := a.groups.total, int64(14_000*71+300); got != want {
		t.Errorf("actions of the million: got %d, want %d", got, want)
	}
	if n := len(a.cases.highStakes); n != 300 {
		t.Errorf("high-stakes actions of the million: got %d, want 300", n)
	}
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("Audit(1,000,000 actions in 14,000 groups) took %v; the bar is 3 s", took)
	}
	var size int
	for _, f := range doc.Files {
		size += len(f.Data)
	}
	if size > 25<<20 {
		t.Errorf("attachments of the million: %d bytes, at most 25 MiB", size)
	}
}
