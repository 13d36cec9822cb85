package reports

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"agenttrail"

	"github.com/google/go-cmp/cmp"
)

// permission is a line of an inventory of 30 July. Its name says what it can do.
func permission(agent, resolved, credential, system, name string) Held {
	h := Held{Inventory: "roles", Receipt: 2, Resolved: resolved}
	h.Agent, h.Credential.ID, h.System, h.Permission, h.GrantedAt, h.SeenAt, h.Source = agent, credential, system, name, at("01-01 00:00"), at("07-30 00:00"), "list"
	return h
}

// reviewed makes the access review of the story, and writes each line with its use: all, in 90 days, refused, last.
func reviewed(t *testing.T, change func(*Input), held ...Held) (*Document, []string) {
	t.Helper()
	in := storyInput()
	in.Access = &Access{Held: held,
		Owner:   func(string, time.Time) (string, string) { return ownerUnknown, "" },
		Meaning: func(_, name string) (Meaning, bool) { return Meaning{Words: name, Can: []string{name}}, name != "" },
		Data:    func(string) string { return "" }}
	change(&in)
	doc, err := AccessReview(t.Context(), in)
	if err != nil {
		t.Fatalf("AccessReview: %v", err)
	}
	var lines []string
	for _, r := range rowsOf(t, doc, "access.csv") {
		lines = append(lines, fmt.Sprintf("%s %s in %s: %s, %s in 90 days, %s refused, last %s", r["agent"], r["permission"], r["system"], strings.TrimSuffix(r["use"]+": "+r["use_unknown_because"], ": "), r["uses_90_days"], r["refused"], strings.TrimSuffix(r["last_used"], ":00.000000Z")))
	}
	return doc, lines
}

func unchanged(*Input) {}

// rowsOf reads an attached CSV file: its rows by the names of the columns.
func rowsOf(t *testing.T, doc *Document, name string) (rows []map[string]string) {
	t.Helper()
	for _, f := range doc.Files {
		if f.Name != name {
			continue
		}
		lines, err := csv.NewReader(bytes.NewReader(f.Data)).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, line := range lines[1:] {
			row := map[string]string{}
			for i, column := range lines[0] {
				row[column] = line[i]
			}
			rows = append(rows, row)
		}
		return rows
	}
	t.Fatalf("%s has no file %s", doc.ID, name)
	return nil
}

// TestAccessReview: every number of the review of the story, counted by hand from its rows.
func TestAccessReview(t *testing.T) {
	doc, got := reviewed(t, unchanged,
		permission("refund", "refund", refundRole, "aws.s3", agenttrail.VerbRead), permission("refund", "refund", refundRole, "aws.s3", agenttrail.VerbDelete),
		permission("refund", "refund", "", "stripe", agenttrail.VerbPay), permission("Sales Assistant", "sales", "", "crm", agenttrail.VerbRead), permission("sales", "sales", "", "aws.s3", agenttrail.VerbRead))
	want := []string{
		"refund delete in aws.s3: used, 1 in 90 days, 1 refused, last 2026-07-04T10:00",
		"refund read in aws.s3: used, 3 in 90 days, 0 refused, last 2026-07-04T09:00",
		"sales read in aws.s3: unknown: its log is read for less than 90 days, 0 in 90 days, 0 refused, last ",
		"sales read in crm: used, 1 in 90 days, 0 refused, last 2026-07-17T12:00",
		"refund pay in stripe: used, 3 in 90 days, 1 refused, last 2026-07-16T12:00",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("AccessReview(the story), access.csv (-want +got):\n%s", d)
	}
	// Pairs used: refund in aws.s3 and stripe, sales in crm; in no snapshot: intern-bot in stripe and claude-code in aws.s3.
	wantMeasures := map[string]string{"Population of the review": "3 of 5", "Unused for 90 days": "0 of 4", "Granted and not used": "0 of 4", "Agents without an owner": "0 of 2", "Review completed, on time": "no data"}
	for _, r := range tableOf(t, doc, "Measures of the review") {
		if w, ok := wantMeasures[r[0]]; ok && w != r[1] {
			t.Errorf("AccessReview(the story): %s is %s, want %s", r[0], r[1], w)
		}
		delete(wantMeasures, r[0])
	}
	if len(wantMeasures) > 0 {
		t.Errorf("AccessReview(the story) lacks the measures %v", wantMeasures)
	}
}
