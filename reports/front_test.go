package reports_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/reports"
	"agenttrail/reports/pdf"
)

// crowded is the story with everything on page one that can stand there.
func crowded() reports.Input {
	in := reports.StoryInput()
	in.Demo = true
	in.Owner = "Example Retail and Wholesale Holding (Netherlands) Public Limited Company"
	in.Fingerprint = "0123 4567 89ab cdef 0123 4567 89ab cdef"
	in.Previous = &reports.Summary{ID: "R-202606-audit", Time: time.Date(2026, 7, 3, 3, 0, 0, 0, time.UTC), Fingerprint: in.Fingerprint}
	for i := range 9 {
		in.Sources = append(in.Sources, reports.Source{Name: fmt.Sprintf("quite-a-long-name-of-a-source-%d", i), Kind: "s3", Since: time.Date(2026, 7, 1+i, 0, 0, 0, 0, time.UTC), Lag: time.Duration(i*10*24) * time.Hour})
		in.Agents[2].Systems = append(in.Agents[2].Systems, fmt.Sprintf("system-without-a-log-%d-%0300d", i, i))
	}
	entries := in.Entries
	in.Entries = func(yield func(int64, agenttrail.Entry) error) error {
		return entries(func(n int64, e agenttrail.Entry) error {
			if e.Batch != nil {
				b := *e.Batch
				b.Counts.Read, b.Counts.Rejected, b.Objects.Refused = b.Counts.Read+123_456_789, b.Counts.Rejected+123_456_788, 7
				e.Batch = &b
			}
			if e.Window != nil && e.Window.Standing() {
				w := *e.Window
				w.State = agenttrail.WindowOpen
				e.Window = &w
			}
			return yield(n, e)
		})
	}
	return in
}

// TestPageOne: the page holds what it must, in the quiet and in the crowded case, on both papers.
func TestPageOne(t *testing.T) {
	for name, in := range map[string]reports.Input{"the story": reports.StoryInput(), "a crowded page": crowded()} {
		doc, err := reports.Audit(context.Background(), in)
		if err != nil {
			t.Fatalf("Audit(%s): %v", name, err)
		}
		for _, paper := range []string{"A4", "Letter"} {
			var b bytes.Buffer
			if err := pdf.Write(&b, doc, pdf.Options{Paper: paper}); err != nil {
				t.Errorf("Write(%s, %s): %v", name, paper, err)
			}
		}
	}
}
