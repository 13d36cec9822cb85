package pdf

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/reports"
)

// write draws doc and fails the test when it cannot.
func write(t testing.TB, doc *reports.Document, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, doc, o); err != nil {
		t.Fatalf("Write(%q, %+v): %v", doc.ID, o, err)
	}
	return b.Bytes()
}

func cite() agenttrail.Cite {
	c := agenttrail.Cite{Origin: "agenttrail/example/0a1b2c3d", Size: 4211, Time: time.Date(2026, 10, 1, 3, 0, 0, 0, time.UTC)}
	copy(c.Root[:], "\x9f\x2c\x41\xd0\x7b\xe6\x55\xaa\x03\xc1\x88\xfe\x1d\x27\x6b\x90")
	return c
}

func cells(words ...string) (cs []reports.Cell) {
	for _, w := range words {
		cs = append(cs, reports.Cell{Text: w})
	}
	return cs
}

// sample has every kind of block.
func sample() *reports.Document {
	return &reports.Document{
		ID: "R-2026Q3-audit", Title: "Agent activity audit report", Subtitle: "Third quarter 2026: every recorded action of 14 AI agents",
		Owner: "Example Bank plc", Status: "Issued, not reviewed", Lang: "en-GB", Marking: "Confidential", AsOf: cite(),
		Front: sampleFront(), Sections: sampleSections(40),
		Files: []reports.File{
			{Name: "high-stakes.csv", Type: "text/csv", Description: "Every high-stakes action, one a line", Relation: "Data", Rows: 2, Data: []byte("id,action\r\n1,pay\r\n")},
			{Name: "manifest.json", Type: "application/json", Description: "Names, sizes and hashes", Relation: "Supplement", Rows: -1, Data: []byte(`{"v":"1"}`)},
		},
	}
}

func sampleFront() []reports.Block {
	return []reports.Block{
		{Facts: [][2]string{
			{"Period", "1 July 2026 to 30 September 2026, Coordinated Universal Time"},
			{"Prepared for", "Żółta Instytucja Nadzoru · Αρχή Εποπτείας · Орган надзора"},
			{"Built from", "3 sources, 412 objects, 20,000 actions, none unread"},
		}},
		{Text: []reports.Cell{{Text: "In this quarter "}, {Text: "14 agents", Tone: reports.ToneStrong}, {Text: " did 20,000 things that the logs of three systems recorded. " +
			"220 of them were of high stakes; a person had approved 217 before. Two agents used a credential that a person uses too. " +
			"Nothing that was recorded has been changed since: the proof is attached and anyone can check it."}}},
		{Numbers: []reports.Number{
			{Value: "20,000", Label: "actions", Note: "all tied to a source"},
			{Value: "217 of 220", Label: "approved before", Note: "three were not", Tone: reports.ToneWarn},
			{Value: "12 of 14", Label: "own identity", Note: "two share a login", Tone: reports.ToneWarn},
			{Value: "14 of 14", Label: "scope declared", Note: "before the first action", Tone: reports.ToneGood},
			{Value: "7", Label: "outside scope", Note: "all refused", Tone: reports.ToneBad},
		}},
		{List: []reports.Cell{
			{Text: "Every window of every source is closed.", Tone: reports.ToneGood},
			{Text: "One vendor logs errors only; its successes cannot be counted.", Tone: reports.ToneWarn},
		}},
	}
}

func sampleSections(rows int) []reports.Section {
	return []reports.Section{
		{Title: "What the period shows", Break: true, Blocks: []reports.Block{
			{Text: []reports.Cell{{Text: "Refusals fell from 9 in the first week to 2 in the last. Names from logs are shown as received: “naïve café”, Łódź, Ελλάδα, Україна; " +
				"what the font lacks is spelled out: 取消 🙂 and a\u202Ehidden turn. The decision was "}, {Text: "refused", Tone: reports.ToneBad, Ref: "act 17"}, {Text: " for "}, {Text: "arn:aws:iam::111122223333:role/agent-billing", Tone: reports.ToneMono}, {Text: "."}}},
			{Figure: &reports.Figure{Title: "Actions a week by outcome", Bars: sampleBars(13)}},
			{Figure: &reports.Figure{Title: "Actions by hour of day (UTC)", Heat: sampleHeat()}},
		}, Sections: []reports.Section{
			{Title: "Coverage", Blocks: []reports.Block{{Figure: &reports.Figure{Title: "Sources by day", Strips: sampleStrips(92)}}}},
			{Title: "Other drawings", Blocks: sampleFigures()},
			{Title: "Daily", Blocks: []reports.Block{{Figure: &reports.Figure{Title: "Actions a day by outcome", Bars: sampleBars(92)}}}},
		}},
		{Title: "High-stakes actions", Break: true, Blocks: []reports.Block{
			{Text: cells("One line an action, oldest first.")},
			{Table: sampleTable(rows)},
			{Table: &reports.Table{Caption: "Shadow agents", Columns: []reports.Column{{Title: "Agent"}, {Title: "Seen"}}, Empty: "No agent was seen that the register lacks."}},
		}},
		{Title: "How to check this report", Blocks: []reports.Block{
			{List: cells("Open the attachments: high-stakes.csv holds every row, manifest.json the hashes.", "Compare the root at the foot of each page with the one that your institution received on its own way.")},
			{Verbatim: "agenttrail/example/0a1b2c3d\n4211\nnyxB0HvmVaoDwYj+HSdrkAAAAAAAAAAAAAAAAAAAAAA=\n\n— agenttrail/example/0a1b2c3d " + strings.Repeat("QmFzZTY0", 16) + "\n"},
		}},
	}
}

func sampleBars(n int) *reports.Bars {
	b := &reports.Bars{Series: []string{"Allowed by rule", "Approved by a person", "Refused"}, Unit: "actions"}
	for i := range n {
		label := fmt.Sprintf("W%d", 27+i)
		if n > 53 {
			label = time.Date(2026, 7, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		}
		b.Labels = append(b.Labels, label)
		b.Values = append(b.Values, []int64{1100 + int64(i*397)%620, 60 + int64(i*71)%90, 9 + int64(i*53)%70})
	}
	return b
}

func sampleHeat() *reports.Heat {
	h := &reports.Heat{Corner: "Agent", Rows: []string{"agent-billing-7", "agent-kyc-2", "agent-support-1", "agent-ops-4", "agent-recon-3"}}
	for hour := range 12 {
		h.Columns = append(h.Columns, fmt.Sprintf("%02d–%02d", hour*2, hour*2+2))
	}
	for a := range h.Rows {
		var row []int64
		for hour := range 12 {
			v := int64((a*131 + hour*hour*17) % 240)
			if hour < 4 || hour > 9 {
				v = int64(a*hour*7) % 11
			}
			if a == 3 && hour < 2 {
				v = reports.NoData
			}
			row = append(row, v)
		}
		h.Values = append(h.Values, row)
	}
	return h
}

func sampleStrips(days int) *reports.Strips {
	s := &reports.Strips{Corner: "Source", Rows: []string{"cloudtrail-prod", "claude-code", "okta"}, Legend: []reports.StripState{
		{Name: "complete", Letter: "C", Tone: reports.ToneGood}, {Name: "empty", Letter: "E"},
		{Name: "partial", Letter: "P", Tone: reports.ToneWarn}, {Name: "missing", Letter: "M", Tone: reports.ToneBad},
		{Name: "not yet due", Letter: "n", Tone: reports.ToneMuted}, {Name: "late", Letter: "L", Tone: reports.ToneStrong},
	}}
	for d := range days {
		s.Columns = append(s.Columns, time.Date(2026, 7, 1+d, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
	}
	for r := range s.Rows {
		var row []string
		for d := range days {
			state := "complete"
			switch {
			case r == 2 && d%7 > 4:
				state = "empty"
			case r == 1 && d%29 == 11:
				state = "missing"
			case r == 0 && d%31 == 9:
				state = "partial"
			case d > 89:
				state = "not yet due"
			case r == 0 && d == 60:
				state = ""
			}
			row = append(row, state)
		}
		s.States = append(s.States, row)
	}
	return s
}

func sampleTable(rows int) *reports.Table {
	t := &reports.Table{Caption: "High-stakes actions", Total: rows + 300, Where: "high-stakes.csv", Columns: []reports.Column{
		{Title: "Row", Weight: 12, Right: true}, {Title: "Time (UTC)", Weight: 38, Mono: true}, {Title: "Agent", Weight: 34, Mono: true},
		{Title: "Action", Weight: 62}, {Title: "Verdict", Weight: 28},
	}}
	verdicts := []reports.Cell{{Text: "approved before", Tone: reports.ToneGood}, {Text: "not approved", Tone: reports.ToneBad}, {Text: "approved late", Tone: reports.ToneWarn}}
	start := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	for i := range rows {
		action := fmt.Sprintf("Paid out order %d", 700000+i*37%9999)
		if i%13 == 7 {
			action += ", amount 1,250.00 EUR, reason given by the customer: “товар повреждён, прошу вернуть деньги”"
		}
		t.Rows = append(t.Rows, []reports.Cell{{Text: fmt.Sprint(i + 1)}, {Text: start.Add(time.Duration(i) * 397 * time.Second).Format(time.DateTime)},
			{Text: fmt.Sprintf("agent-billing-%d", i%14)}, {Text: action}, verdicts[(i%29)/13]})
	}
	return t
}

// sampleFigures has the drawings that are no bars and no grid.
func sampleFigures() (bs []reports.Block) {
	at := time.Date(2026, 8, 14, 9, 12, 3, 0, time.UTC)
	for _, f := range []reports.Figure{
		{Title: "Violations by agent and rule", Pareto: &reports.Pareto{Labels: []string{"Sales Assistant: export of contacts", "Refund Bot: refund above the limit", "Ops Helper: delete of a backup", "Unknown role"}, Values: []int64{12, 41, 7, 1}, Unit: "violations"}},
		{Title: "High-stakes actions and their approval", Funnel: &reports.Funnel{Unit: "actions", Steps: []reports.Step{{Name: "High stakes", N: 220}, {Name: "Approved by a person", N: 219}, {Name: "before the action", N: 217}, {Name: "by someone who is not the requester", N: 210}, {Name: "proved by the ledger", N: 100}}}},
		{Title: "From records to actions", Waterfall: &reports.Waterfall{Unit: "records", Steps: []reports.Change{{Name: "Records read", N: 21_480}, {Name: "duplicate", N: -900}, {Name: "skipped by rule", N: -560}, {Name: "rejected", N: -20},
			{Name: "Accepted", N: 20_000, Sum: true}, {Name: "several actions in one record", N: 340}, {Name: "Actions counted", N: 20_340, Sum: true}}}},
		{Title: "The five practices over the last periods", Slope: &reports.Slope{Columns: []string{"2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3"}, Lines: []reports.SlopeLine{
			{Name: "Agents with credentials of their own", Points: []reports.Share{{}, {N: 9, Of: 12}, {N: 11, Of: 13}, {N: 12, Of: 14}}},
			{Name: "High-stakes actions approved before", Points: []reports.Share{{N: 100, Of: 180}, {N: 190, Of: 201}, {}, {N: 217, Of: 220}}}}}},
		{Title: "Last use of each permission", Ageing: &reports.Ageing{Unit: "permissions", Limit: "90 days", Over: 3, Bands: []reports.Step{{Name: "0–7 days", N: 61}, {Name: "8–30 days", N: 22}, {Name: "31–90 days", N: 9}, {Name: "91–365 days", N: 14}, {Name: "longer", N: 3}, {Name: "never used", N: 18}}}},
		{Title: "The case from the first message to the stop", Lanes: &reports.Lanes{Names: []string{"customer", "agent", "tool", "human", "system"}, Moments: []reports.Moment{
			{At: at, Lane: "customer", To: "agent", Text: "asks for a refund of order 700123"},
			{At: at.Add(2 * time.Second), Lane: "agent", To: "tool", Text: "reads the invoice of another customer", Tone: reports.ToneBad, Ref: "66ab12c3-0f"},
			{At: at.Add(9 * time.Second), Lane: "agent", To: "customer", Text: "sends the summary, with a reason that it states itself: “" + strings.Repeat("long words ", 20) + "”", Tone: reports.ToneWarn},
			{At: at.Add(3 * time.Hour), Lane: "human", To: "agent", Text: "stops the agent", Tone: reports.ToneGood},
			{At: at.Add(75 * time.Hour), Lane: "system", Text: "key revoked"},
		}}},
	} {
		bs = append(bs, reports.Block{Figure: &f})
	}
	return bs
}
