package reports

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"agenttrail"
	"agenttrail/reports/reportstest"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// TestMeasures holds every measure of the story against numbers counted by hand.
func TestMeasures(t *testing.T) {
	a, _ := audited(t, storyInput())
	want := map[string]string{
		"M01": "3 of 3", "M02": "15 of 15",
		"M03": "61 of 61", // 31 days of cloud, 28 of errs, which listed nothing on three, and 2 of the folder
		"M04": "15 of 2,232", "M05": "no data", "M06": "78 of 135", "M07": "15 of 15", "M08": "15 of 15", "M09": "no data",
		"M10": "12 of 15", // not the shared login, not the two errors without an actor
		"M11": "1 of 4", "M12a": "2 of 10", "M12b": "1 of 8", "M21": "2 of 10", "M13": "6 of 10", "M14": "2 of 10", "M17": "1 of 4", "M18": "1 of 10",
		"M19": "1 of 2", "M20": "2 of 3", "M16": "2 of 3", "M24": "1 of 3", "M25": "10 of 10",
	}
	got := map[string]string{}
	for _, m := range a.measures {
		got[m.ID] = m.Stated()
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("measures of the story (-want +got):\n%s", d)
	}
	for _, p := range []struct {
		id, part string
		want     int64
	}{
		{"M11", credentialPerson, 2}, {"M11", credentialNone, 1}, {"M11", credentialSeveral, 0}, {"M21", "agents", 2}, {"M17", scopeDeclared, 1}, {"M17", scopeNone, 2}, {"M17", scopeAfter, 0},
		{"M17", "lines dated earlier than seen", 1}, {"M18", partDone, 0}, {"M18", partStopped, 1}, {"M19", partProved, 0}, {"M19", partDeclared, 1}, {"M19", "attempts that were refused or failed", 1},
		{"M19", "no approval found", 1}, {"M19", "approval from a file", 1}, {"M19", "approvals that no action used", 1}, {"M20", "decided within 10 min", 1}, {"M20", "decided within 1 h", 1},
		{"M20", "time to decide not known", 1}, {"M20", "most decisions of one person in one hour", 2}, {"M16", partErrorsOnly, 1}, {"M07", "≤1h", 15},
		{"M06", "what", 15}, {"M06", "when", 15}, {"M06", "where", 15}, {"M06", "origin", 0}, {"M06", "outcome", 14}, {"M06", "identity", 13}, {"M06", "leave", 0}, {"M06", "reason", 2}, {"M06", "target", 4},
	} {
		if got := a.of(p.id).part(p.part); got != p.want {
			t.Errorf("measure %s, part %q: got %d, want %d", p.id, p.part, got, p.want)
		}
	}
	if why := a.provisional(); a.status() != statusIssued || len(why) > 0 {
		t.Errorf("status: got %q because %q, want %q", a.status(), why, statusIssued)
	}
}

// TestRecompute adds every number up again from the attachments alone.
func TestRecompute(t *testing.T) {
	a, doc := audited(t, storyInput())
	f := attachments(t, doc)
	is := func(column, value string) func(map[string]string) bool {
		return func(r map[string]string) bool { return r[column] == value }
	}
	agent := func(r map[string]string) bool { return r["actor"] == "ai_agent" }
	both := func(x, y func(map[string]string) bool) func(map[string]string) bool {
		return func(r map[string]string) bool { return x(r) && y(r) }
	}
	all := func(map[string]string) bool { return true }
	done := func(r map[string]string) bool { return r["done"] == "yes" }
	groups := func(where func(map[string]string) bool) int64 { return sum(t, f["groups.csv"], "actions", where) }
	count := func(file string, where func(map[string]string) bool) int64 { return sum(t, f[file], "", where) }
	seen := is("seen", "yes")
	details := func(r map[string]string) bool { return strings.HasPrefix(r["what"], "objects announced") }
	for _, c := range []struct {
		id                     string
		numerator, denominator int64
	}{
		{"M02", groups(all), sum(t, f["sources.csv"], "actions", all)},
		{"M03", sum(t, f["records.csv"], "number", details) - sum(t, f["records.csv"], "number", is("what", "objects not fetched")), sum(t, f["records.csv"], "number", details)},
		{"M10", groups(func(r map[string]string) bool { return r["actor"] != "unknown" }), groups(all)},
		{"M11", count("agents.csv", both(seen, is("credential", "own"))), count("agents.csv", seen)},
		{"M12a", groups(is("credential", "person")) + groups(is("credential", "several agents")), groups(agent)},
		{"M12b", groups(is("basis", "shared_credential")), sum(t, f["credentials.csv"], "all_actions", all)},
		{"M13", groups(is("authority", "yes")) + count("high-stakes.csv", is("authority", "approval")), groups(agent)},
		{"M14", groups(both(agent, is("reason_recorded", "yes"))), groups(agent)},
		{"M16", count("sources.csv", func(r map[string]string) bool { return r["done"] != "0" }), count("sources.csv", all)},
		{"M17", count("agents.csv", both(seen, is("scope", scopeProved))), count("agents.csv", seen)},
		{"M18", groups(is("in_scope", "no")), groups(agent)},
		{"M19", count("high-stakes.csv", both(done, is("approved_before", "yes"))), count("high-stakes.csv", done)},
		{"M20", count("approvals.csv", is("decision", "approved")), count("approvals.csv", all)},
		{"M21", groups(both(agent, is("registered", "no"))), groups(agent)},
		{"M24", count("reach.csv", is("covered_by", "")), count("reach.csv", all)},
	} {
		m := a.of(c.id)
		if m.Numerator != c.numerator || m.Denominator != c.denominator {
			t.Errorf("measure %s: the report says %d/%d, its attachments %d/%d", c.id, m.Numerator, m.Denominator, c.numerator, c.denominator)
		}
	}
}

// attachments reads the CSV files of a document.
func attachments(t *testing.T, doc *Document) map[string][]map[string]string {
	t.Helper()
	files := map[string][]map[string]string{}
	for _, f := range doc.Files {
		if f.Type != "text/csv" {
			if !json.Valid(f.Data) {
				t.Errorf("%s is no JSON: %s", f.Name, f.Data)
			}
			continue
		}
		lines, err := csv.NewReader(bytes.NewReader(f.Data)).ReadAll()
		if err != nil {
			t.Fatalf("read %s: %v", f.Name, err)
		}
		if int64(len(lines)-1) != f.Rows {
			t.Errorf("%s: %d rows, said to be %d", f.Name, len(lines)-1, f.Rows)
		}
		for _, l := range lines[1:] {
			row := map[string]string{}
			for i, column := range lines[0] {
				row[column] = l[i]
			}
			files[f.Name] = append(files[f.Name], row)
		}
	}
	return files
}

// sum adds up a column of the rows that are so, or counts them.
func sum(t *testing.T, rows []map[string]string, column string, where func(map[string]string) bool) (n int64) {
	t.Helper()
	for _, r := range rows {
		switch {
		case !where(r):
		case column == "":
			n++
		default:
			v, err := strconv.ParseInt(r[column], 10, 64)
			if err != nil {
				t.Fatalf("column %s: %v", column, err)
			}
			n += v
		}
	}
	return n
}

// TestTieOut injects faults, one at a time: exactly the cells that they concern change.
func TestTieOut(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Input, []agenttrail.Entry)
		want   checks
		status string
	}{
		{"as it is", func(*Input, []agenttrail.Entry) {}, checks{}, statusIssued},
		{"one record lost", func(in *Input, _ []agenttrail.Entry) { facts(in).Rows = facts(in).Rows[1:] }, checks{rows: 1}, statusProvisional},
		{"one stored twice", func(in *Input, _ []agenttrail.Entry) { facts(in).Rows = append(facts(in).Rows, facts(in).Rows[1]) }, checks{rows: 1}, statusProvisional},
		{"one more rejected", func(_ *Input, ledger []agenttrail.Entry) {
			ledger[2].Batch.Counts.Read++
			ledger[2].Batch.Counts.Rejected++
			ledger[2].Batch.Counts.Rejects["no_time"]++
		}, checks{}, statusIssued},
		{"one record in no state", func(_ *Input, ledger []agenttrail.Entry) { ledger[5].Batch.Counts.Read++ }, checks{records: 1}, statusProvisional},
		{"an object that failed", func(_ *Input, ledger []agenttrail.Entry) {
			w := window(ledger, "cloud", "07-09 00:00")
			w.State, w.Result, w.Failed = agenttrail.WindowOpen, "", []string{"s3://example-logs/a.json.gz: timeout"}
		}, checks{unfetched: 1}, statusProvisional},
		{"a count that loses one group", func(in *Input, _ []agenttrail.Entry) { in.Facts = lossy{in.Facts, new(bool)} }, checks{report: 1}, statusProvisional},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := storyInput()
			ledger := withLedger(&in)
			c.change(&in, ledger)
			a, doc := audited(t, in)
			if a.checks != c.want {
				t.Errorf("checks: got %+v, want %+v", a.checks, c.want)
			}
			if doc.Status != c.status {
				t.Errorf("status: got %q, want %q", doc.Status, c.status)
			}
			front := flatten(doc.Front)
			if v := c.want.variance(); v != 0 && !strings.Contains(front, fmt.Sprintf("differ by %d", v)) {
				t.Errorf("page one does not say the difference %d:\n%s", v, front)
			}
			if red := strings.Contains(front, "[bad]The numbers of this report differ"); red != (c.want.variance() != 0) {
				t.Errorf("page one red about the difference: %v, want %v", red, !red)
			}
		})
	}
}

// TestRejectedRecord changes one cell of page one and the table of reasons, and no measure.
func TestRejectedRecord(t *testing.T) {
	in := storyInput()
	ledger := withLedger(&in)
	before, _ := audited(t, in)
	ledger[2].Batch.Counts.Read++
	ledger[2].Batch.Counts.Rejected++
	ledger[2].Batch.Counts.Rejects["no_time"]++
	after, doc := audited(t, in)
	if d := cmp.Diff(before.measures, after.measures); d != "" {
		t.Errorf("a rejected record changes measures:\n%s", d)
	}
	if front := flatten(doc.Front); !strings.Contains(front, "2 of 20 records could not be read") {
		t.Errorf("page one does not count the rejected record:\n%s", front)
	}
}

func facts(in *Input) *reportstest.Facts { return in.Facts.(*reportstest.Facts) }

// withLedger gives the input entries of its own, to be changed.
func withLedger(in *Input) []agenttrail.Entry {
	ledger := storyEntries()
	in.Entries = func(yield func(int64, agenttrail.Entry) error) error {
		for n, e := range ledger {
			if err := yield(int64(n), e); err != nil {
				return err
			}
		}
		return nil
	}
	return ledger
}

func window(ledger []agenttrail.Entry, source, from string) *agenttrail.WindowState {
	for _, e := range ledger {
		if e.Window != nil && e.Window.Source == source && e.Window.From.Equal(at(from)) {
			return e.Window
		}
	}
	panic("no window " + source + " " + from)
}

// lossy loses one action of the big count and of no other.
type lossy struct {
	Facts
	lost *bool
}

func (l lossy) Count(ctx context.Context, q agenttrail.Query, by []string, yield func(agenttrail.Group) error) error {
	return l.Facts.Count(ctx, q, by, func(g agenttrail.Group) error {
		if len(by) > 10 && !*l.lost && g.N == 1 {
			*l.lost = true
			return nil
		}
		return yield(g)
	})
}

// TestEmpty: without data nothing passes.
func TestEmpty(t *testing.T) {
	in := Input{Facts: &reportstest.Facts{}, Judge: storyJudge{}, Cite: agenttrail.Cite{Size: 1, Time: at("08-03 00:00")}, Entries: func(func(int64, agenttrail.Entry) error) error { return nil }}
	in.Period, _ = Calendar{}.Parse("2026-07")
	a, doc := audited(t, in)
	for _, m := range a.measures {
		if m.Stated() != wordNoData {
			t.Errorf("measure %s of an empty ledger: got %q, want %q", m.ID, m.Stated(), wordNoData)
		}
	}
	for _, row := range doc.Front[2].Table.Rows {
		if row[1].Text != wordNoData || row[1].Tone == ToneGood {
			t.Errorf("practice %q of an empty ledger: got %+v, want %q", row[0].Text, row[1], wordNoData)
		}
	}
	if doc.Status != statusProvisional {
		t.Errorf("status of an empty ledger: got %q, want %q", doc.Status, statusProvisional)
	}
	for _, s := range doc.Sections {
		if text := flatten(s.Blocks); strings.Contains(text, "[good]") && s.Title != "Does it add up?" {
			t.Errorf("section %q of an empty ledger passes something:\n%s", s.Title, text)
		}
	}
}

// flatten writes blocks as text, with the tones that matter.
func flatten(blocks []Block) string {
	var b strings.Builder
	cells := func(cs []Cell) {
		for _, c := range cs {
			if c.Tone == ToneGood || c.Tone == ToneBad {
				b.WriteString("[" + c.Tone + "]")
			}
			b.WriteString(c.Text + " | ")
		}
		b.WriteString("\n")
	}
	for _, k := range blocks {
		cells(k.Text)
		cells(k.List)
		for _, f := range k.Facts {
			b.WriteString(f[0] + ": " + f[1] + "\n")
		}
		for _, n := range k.Numbers {
			cells([]Cell{{n.Value, n.Tone, ""}, {n.Label, "", ""}})
		}
		if k.Table != nil {
			b.WriteString(k.Table.Caption + "\n")
			if len(k.Table.Rows) == 0 {
				b.WriteString(k.Table.Empty + "\n")
			}
			for _, r := range k.Table.Rows {
				cells(r)
			}
		}
		b.WriteString(k.Verbatim)
	}
	return b.String()
}

// TestDeterminism: the order in which facts and lists are handed over does not matter.
func TestDeterminism(t *testing.T) {
	_, want := audited(t, storyInput())
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 1))
		in := storyInput()
		shuffle(r, facts(&in).Rows)
		shuffle(r, in.Agents)
		shuffle(r, in.Approvals)
		shuffle(r, in.Sources)
		_, got := audited(t, in)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("seed %d: another document (-want +got):\n%s", seed, d)
		}
	}
}

func shuffle[T any](r *rand.Rand, list []T) {
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// TestGolden holds the whole document of the story.
func TestGolden(t *testing.T) {
	_, doc := audited(t, storyInput())
	got := golden(t, doc)
	const file = "testdata/story.json"
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (write it with -update)", err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); d != "" {
		t.Errorf("Audit(the story) differs from %s (-want +got), -update rewrites it:\n%s", file, d)
	}
}

// golden is a document as text: files as lines.
func golden(t *testing.T, doc *Document) []byte {
	t.Helper()
	type file struct {
		Name, Type, Description, Relation string
		Rows                              int64
		Lines                             []string
	}
	plain := struct {
		*Document
		Files []file
	}{Document: doc}
	for _, f := range doc.Files {
		lines := strings.Split(strings.ReplaceAll(string(f.Data), "\r\n", "\n"), "\n")
		plain.Files = append(plain.Files, file{f.Name, f.Type, f.Description, f.Relation, f.Rows, lines})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(plain); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
