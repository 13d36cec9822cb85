package reports

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"agenttrail"

	"github.com/google/go-cmp/cmp"
)

// covered makes the coverage report of the story.
func covered(t *testing.T, in Input) *Document {
	t.Helper()
	doc, err := Coverage(context.Background(), in)
	if err != nil {
		t.Fatalf("Coverage(%s): %v", in.Period.Name, err)
	}
	return doc
}

// tableOf finds a table by its caption, also in sections of sections, as texts.
func tableOf(t *testing.T, doc *Document, caption string) (rows [][]string) {
	t.Helper()
	var found *Table
	var look func([]Section)
	look = func(list []Section) {
		for _, s := range list {
			for _, b := range s.Blocks {
				if b.Table != nil && b.Table.Caption == caption {
					found = b.Table
				}
			}
			look(s.Sections)
		}
	}
	look(doc.Sections)
	if found == nil {
		t.Fatalf("%s has no table %q", doc.ID, caption)
	}
	for _, r := range found.Rows {
		var texts []string
		for _, c := range r {
			texts = append(texts, c.Text)
		}
		rows = append(rows, texts)
	}
	return rows
}

// TestCoverageTables holds tables of the coverage report against what can be counted in the story by hand.
func TestCoverageTables(t *testing.T) {
	in := storyInput()
	in.Verified = &Verified{}
	doc := covered(t, in)
	if doc.ID != "R-202607-coverage" || doc.Kind != "coverage" || doc.Status != statusIssued {
		t.Errorf("Coverage(story): got id %q, kind %q, status %q", doc.ID, doc.Kind, doc.Status)
	}
	for _, c := range []struct {
		caption string
		want    [][]string
	}{
		{"Hours with actions", [][]string{
			{"agents", "2026-07-01", "5 of 744", "13 d 12 h", "none"}, // from 1 July to noon of the 14th
			{"cloud", "2026-07-01", "8 of 744", "20 d 14 h", "none"},
			{"errs", "2026-07-01", "2 of 744", "20 d 12 h", "none"},
		}},
		{"Successes and failures, by source", [][]string{
			{"agents", "5", "3", "1", "0", "1", "logs actions, not just errors"},
			{"cloud", "8", "7", "1", "0", "0", "logs actions, not just errors"},
			{"errs", "2", "0", "0", "2", "0", "logs errors only"},
		}},
		{"Days with something to look at", [][]string{
			{"agents", "folder", "7", "5", "1", "1", "0", "0", "0", "0", "6", "0"},
			{"cloud", "2026-07-01", "10", "8", "0", "0", "1", "1", "0", "0", "8", "0"},
		}},
		{"Actions that came late, again, or with other facts", [][]string{
			{"agents", "0", "1", "1", "1"}, {"cloud", "0", "0", "0", "0"}, {"errs", "0", "0", "0", "0"},
		}},
		{"Oldest action of each source", [][]string{
			{"agents", "–", "2026-07-14 12:00:00", "19", "not reached yet"},
			{"cloud", "2026-07-01", "2026-07-02 09:00:00", "31", "not reached yet"},
			{"errs", "2026-07-01", "2026-07-21 12:00:00", "12", "not reached yet"},
		}},
		{"Events that PCI DSS 10.2.1 names", [][]string{
			{"10.2.1.1", "Access by a person to cardholder data", "cannot be told", "needs to be told which data are cardholder data"},
			{"10.2.1.2", "Actions with administrative rights", "not seen", "no source showed one; this is no proof that none happened"},
			{"10.2.1.3", "Access to audit logs", "cannot be told", "needs the log of the store that holds the logs"},
			{"10.2.1.4", "Refused or failed attempts", "4 actions", "agents, cloud and errs"},
			{"10.2.1.5", "Changes of credentials and rights", "not seen", "no source showed one; this is no proof that none happened"},
			{"10.2.1.6", "Logging started, stopped or paused", "cannot be told", "verbs do not tell logging from other settings"},
			{"10.2.1.7", "Objects of a system created or deleted", "1 action", "cloud"},
		}},
	} {
		if d := cmp.Diff(c.want, tableOf(t, doc, c.caption)); d != "" {
			t.Errorf("%s of the story (-want +got):\n%s", c.caption, d)
		}
	}
	if m := measureRow(t, doc, "M09"); m[3] != "9" || m[4] != "9" {
		t.Errorf("integrity: got %v, want 9 of 9: three batches of three objects", m)
	}
}

func measureRow(t *testing.T, doc *Document, id string) []string {
	t.Helper()
	for _, r := range tableOf(t, doc, "Measures") {
		if r[0] == id {
			return r
		}
	}
	t.Fatalf("%s has no measure %s", doc.ID, id)
	return nil
}

// TestSilences: only a declared limit makes a gap; the cause is what the ledger says of the days.
func TestSilences(t *testing.T) {
	in := storyInput()
	for i := range in.Sources {
		if in.Sources[i].Name == "cloud" {
			in.Sources[i].Gap = 48 * time.Hour
		}
	}
	a, err := newAccount(context.Background(), KindCoverage, in)
	if err != nil {
		t.Fatal(err)
	}
	type gap struct {
		from, to string
		cause    string
	}
	got := map[string][]gap{}
	for _, h := range a.hours {
		for _, s := range h.gaps() {
			got[h.feed.Name] = append(got[h.feed.Name], gap{moment(s.from), moment(s.to), s.cause})
		}
	}
	want := map[string][]gap{"cloud": {
		{"2026-07-04 11:00:00", "2026-07-09 08:00:00", causeQuiet},
		{"2026-07-11 10:00:00", "2026-08-01 00:00:00", causeQuiet},
	}}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(gap{})); d != "" {
		t.Errorf("gaps of the story (-want +got):\n%s", d)
	}
	if m := a.of("M05"); m.Stated() != "0 of 1" || m.part(partSilences) != 2 {
		t.Errorf("silence: got %s and %d longer silences, want 0 of 1 and 2", m.Stated(), m.part(partSilences))
	}
}

// TestSilenceCause: a day that was not read is no quiet day.
func TestSilenceCause(t *testing.T) {
	f := &feed{Source: Source{Since: at("07-01 00:00")}, tally: newTally()}
	close := func(from string, result, state string) {
		f.window(agenttrail.WindowState{Window: agenttrail.Window{From: at(from), To: at(from).AddDate(0, 0, 1)}, Result: result, State: state})
	}
	close("07-01 00:00", "empty", agenttrail.WindowClosed)
	close("07-02 00:00", "complete", agenttrail.WindowClosed)
	close("07-03 00:00", "", agenttrail.WindowOpen)
	for _, c := range []struct{ from, to, want string }{
		{"07-01 03:00", "07-02 00:00", causeEmpty},
		{"07-01 03:00", "07-02 01:00", causeQuiet},
		{"07-01 03:00", "07-03 01:00", causePartial},
		{"07-01 03:00", "07-04 01:00", causeMissing},
	} {
		if got := f.cause(silence{from: at(c.from), to: at(c.to)}, at("08-01 00:00")); got != c.want {
			t.Errorf("cause(%s to %s): got %q, want %q", c.from, c.to, got, c.want)
		}
	}
}

// TestBrokenTrail: what does not hold makes the report provisional and stands on page one.
func TestBrokenTrail(t *testing.T) {
	in := storyInput()
	in.Verified = &Verified{Broken: "evidence/x.zip: does not hold: other bytes"}
	doc := covered(t, in)
	if doc.Status != statusProvisional {
		t.Errorf("status of a broken trail: got %q, want %q", doc.Status, statusProvisional)
	}
	if text := frontText(doc); !strings.Contains(text, "does not hold") {
		t.Errorf("page one of a broken trail does not say so: %s", text)
	}
	if m := measureRow(t, doc, "M09"); m[3] != "0" {
		t.Errorf("integrity of a broken trail: got %v, want numerator 0", m)
	}
}

// TestDefined: every measure is defined once, in order, with words for all of it.
func TestDefined(t *testing.T) {
	last := ""
	for _, d := range defined {
		if d.id <= last || d.name == "" || !strings.Contains(d.formula, " / ") || d.from == "" || d.compute == nil {
			t.Errorf("measure %q after %q: want ids in order, a name, a formula with a denominator, where it comes from, how", d.id, last)
		}
		last = d.id
	}
}

// frontText is page one as one text.
func frontText(doc *Document) string {
	var texts []string
	for _, b := range doc.Front {
		for _, c := range append(b.Text, b.List...) {
			texts = append(texts, c.Text)
		}
		for _, f := range b.Facts {
			texts = append(texts, f[0], f[1])
		}
		if b.Table != nil {
			for _, r := range b.Table.Rows {
				for _, c := range r {
					texts = append(texts, c.Text)
				}
			}
		}
	}
	return strings.Join(texts, "\n")
}

// TestPageOne injects one lost, one repeated and one unreadable record: in every kind of report exactly the lines of page one change that
// are about it, and a report that does not add up never calls itself complete.
func TestPageOne(t *testing.T) {
	makers := map[string]func(context.Context, Input) (*Document, error){KindAudit: Audit, KindCoverage: Coverage}
	for _, c := range []struct {
		name   string
		change func(*Input, []agenttrail.Entry)
		want   []string // words of the lines that change, in order
	}{
		{"one lost", func(in *Input, _ []agenttrail.Entry) { facts(in).Rows = slices.Delete(facts(in).Rows, 4, 5) }, // a person's
			[]string{"Provisional because", "1 between the records and this report", "14 recorded actions", "differ by 1 from the records"}},
		{"one repeated", func(_ *Input, ledger []agenttrail.Entry) {
			n := &ledger[2].Batch.Counts
			n.Read, n.Duplicate, n.Actions, n.ActionDuplicates = n.Read+1, n.Duplicate+1, n.Actions+1, n.ActionDuplicates+1
		}, []string{"1 of 20 records could not be read"}},
		{"one unreadable", func(_ *Input, ledger []agenttrail.Entry) {
			n := &ledger[2].Batch.Counts
			n.Read, n.Rejected = n.Read+1, n.Rejected+1
			n.Rejects["no_time"]++
		}, []string{"2 of 20 records could not be read"}},
	} {
		for _, kind := range slices.Sorted(maps.Keys(makers)) {
			page := func(change func(*Input, []agenttrail.Entry)) (*Document, []string) {
				in := storyInput()
				change(&in, withLedger(&in))
				doc, err := makers[kind](context.Background(), in)
				if err != nil {
					t.Fatalf("%s, %s: %v", kind, c.name, err)
				}
				return doc, strings.Split(frontText(doc), "\n")
			}
			_, before := page(func(*Input, []agenttrail.Entry) {})
			doc, after := page(c.change)
			var changed []string
			for _, l := range after {
				if !slices.Contains(before, l) && !strings.HasPrefix(l, "the numbers differ by") {
					changed = append(changed, l)
				}
			}
			if len(changed) != len(c.want) {
				t.Errorf("%s, %s: %d lines of page one changed, want %d: %q", kind, c.name, len(changed), len(c.want), changed)
				continue
			}
			for i, l := range changed {
				if !strings.Contains(l, c.want[i]) {
					t.Errorf("%s, %s: line %d that changed is %q, want one with %q", kind, c.name, i+1, l, c.want[i])
				}
			}
			if lost := c.name == "one lost"; lost != (doc.Status == statusProvisional) {
				t.Errorf("%s, %s: status %q", kind, c.name, doc.Status)
			}
			if strings.Contains(strings.ToLower(doc.Status+frontText(doc)), "final") {
				t.Errorf("%s, %s: page one says final", kind, c.name)
			}
		}
	}
}
