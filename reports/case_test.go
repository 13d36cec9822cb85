package reports

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"agenttrail"
	"agenttrail/reports/reportstest"

	"github.com/google/go-cmp/cmp"
)

// about is an act of the support agent in a session.
func about(n, second int, verb, typ, id string, subjects []string, change ...func(*agenttrail.Action)) reportstest.Row {
	r := act(4, n, "07-14 12:00", "otlp.genai", "crm", verb, "success", declared("refund"))
	r.Time = r.Time.Add(time.Duration(second) * time.Second)
	r.Session, r.Resource.Type, r.Resource.ID, r.Subjects = "s1", typ, id, subjects
	for _, c := range change {
		c(&r.Action)
	}
	return r
}

func correlated(ids ...string) func(*agenttrail.Action) {
	return func(a *agenttrail.Action) { a.Correlation = ids }
}

func inSession(s string) func(*agenttrail.Action) {
	return func(a *agenttrail.Action) { a.Session = s }
}

func refused(a *agenttrail.Action) { a.Outcome = agenttrail.Denied }

// TestWrongRecipients: who is paired with whom, and how sure.
func TestWrongRecipients(t *testing.T) {
	anna, ben := []string{"anna@example.org"}, []string{"ben@example.org"}
	readAnna, readBen := about(1, 0, "read", "customer", "cus_1001", anna), about(2, 1, "read", "customer", "cus_2002", ben)
	for _, c := range []struct {
		name string
		rows []reportstest.Row
		want []string
	}{
		{"the message names the other's record", []reportstest.Row{readAnna, readBen, about(3, 2, "send", "statement", "st-1", ben, correlated("cus_1001"))}, []string{"1>3 named"}},
		{"the name of what was sent holds the other's id", []reportstest.Row{readAnna, readBen, about(3, 2, "send", "statement", "2026/cus_1001.pdf", ben)}, []string{"1>3 named"}},
		{"it names the recipient's own", []reportstest.Row{readAnna, readBen, about(3, 2, "send", "statement", "st-1", ben, correlated("cus_2002"))}, nil},
		{"it names nothing", []reportstest.Row{readAnna, readBen, about(3, 2, "send", "statement", "st-1", ben)}, []string{"1>3 possible"}},
		{"only the recipient was read", []reportstest.Row{readBen, about(3, 2, "send", "statement", "st-1", ben)}, nil},
		{"another name of the same person", []reportstest.Row{readAnna, about(3, 2, "send", "statement", "st-1", []string{"crm:cus_1001"})}, nil},
		{"read after the message", []reportstest.Row{readAnna, about(3, -1, "send", "statement", "st-1", ben)}, nil},
		{"another session", []reportstest.Row{readAnna, about(3, 2, "send", "statement", "st-1", ben, inSession("s2"))}, nil},
		{"the message was refused", []reportstest.Row{readAnna, about(3, 2, "send", "statement", "st-1", ben, refused)}, nil},
		{"nobody is named as recipient", []reportstest.Row{readAnna, about(3, 2, "send", "statement", "st-1", nil)}, nil},
	} {
		number, list := map[string]string{}, []*agenttrail.Action(nil)
		for i := range c.rows {
			a := &c.rows[i].Action
			number[a.ID] = strings.TrimLeft(a.ID[9:], "0")
			list = append(list, a)
		}
		var got []string
		for _, p := range WrongRecipients(list) {
			sure := map[bool]string{true: "named", false: "possible"}[p.Named]
			got = append(got, number[p.Read.ID]+">"+number[p.Sent.ID]+" "+sure)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("WrongRecipients, %s (-want +got):\n%s", c.name, d)
		}
	}
}

// TestClocks: each term by the calendar, from awareness on 31 January.
func TestClocks(t *testing.T) {
	q := &CaseQuestion{Aware: time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC), Classified: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
		Notices: []Notice{{"DORA-initial", time.Date(2026, 1, 31, 15, 0, 0, 0, time.UTC)}, {"dora intermediate", time.Date(2026, 2, 3, 15, 0, 0, 0, time.UTC)}}}
	want := []string{
		"DORA, Art. 19 4 hours 2026-01-31 16:00:00", "DORA, Art. 19 24 hours 2026-02-01 10:00:00", "EU AI Act, Art. 73 2 days 2026-02-02 10:00:00", "GDPR, Art. 33 72 hours 2026-02-03 10:00:00",
		"NYDFS, 500.17 72 hours 2026-02-03 10:00:00", "DORA, Art. 19 72 hours 2026-02-03 15:00:00", "EU AI Act, Art. 73 10 days 2026-02-10 10:00:00", "EU AI Act, Art. 73 15 days 2026-02-15 10:00:00",
		"Colorado, SB 26-189 30 days –", "DORA, Art. 19 1 month 2026-03-03 15:00:00",
	}
	var got []string
	for _, k := range clocks {
		due := time.Time{}
		if start := k.starts(q); !start.IsZero() {
			due = k.due(start)
		}
		got = append(got, k.law+" "+k.term()+" "+moment(due))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("clocks (-want +got):\n%s", d)
	}
}

// caseInput asks about Anna: her record was read, and Ben got the message.
func caseInput(change func(*Input)) Input {
	in := storyInput()
	in.Facts = &reportstest.Facts{Rows: []reportstest.Row{
		about(1, 0, "read", "customer", "cus_1001", []string{"anna@example.org"}, reason("Ben Moss asks")), about(3, 2, "send", "statement", "st-1", []string{"ben@example.org"}, correlated("cus_1001")),
	}}
	in.Case = &CaseQuestion{Subjects: []string{"Anna@example.org"}, Copy: CopySubject,
		Follow: func([]agenttrail.Action, func(agenttrail.Query, func(*agenttrail.Action) error) error) ([]agenttrail.Action, []agenttrail.Link, error) {
			return nil, nil, nil
		},
		Contexts: func(_ context.Context, ids []string, yield func(string, *agenttrail.Context) error) error {
			for _, id := range ids {
				if err := yield(id, &agenttrail.Context{Receipt: agenttrail.Num(4)}); err != nil {
					return err
				}
			}
			return nil
		}}
	change(&in)
	return in
}

// TestSubjectCopyRefuses: a copy that would name somebody else is not made, wherever the name comes from.
func TestSubjectCopyRefuses(t *testing.T) {
	doc, err := Case(t.Context(), caseInput(func(*Input) {}))
	if err != nil {
		t.Fatalf("Case, subject copy: %v", err)
	}
	text := documentText(doc)
	for _, other := range []string{"ben@example.org", "Ben Moss", "s1\n"} {
		if strings.Contains(text, other) {
			t.Errorf("subject copy holds %q", other)
		}
	}
	if !strings.Contains(text, "sent a message to another person") || !strings.Contains(text, "The message names your record.") {
		t.Errorf("subject copy does not say that the record went away:\n%s", text)
	}
	for name, change := range map[string]func(*Input){
		"purpose":     func(in *Input) { in.Agents[0].Purpose = "answers ben@example.org" },
		"agent":       func(in *Input) { in.Agents[0].Name = "Bot of BEN@example.org" },
		"owner":       func(in *Input) { in.Owner = "ben@example.org" },
		"source":      func(in *Input) { in.Sources[0].Name = "ben@example.org" },
		"declaration": func(in *Input) { in.NoSource[0].Why = "ask ben@example.org" },
	} {
		if _, err := Case(t.Context(), caseInput(change)); err == nil || !strings.Contains(err.Error(), "ben@example.org") {
			t.Errorf("Case, subject copy with another person in the %s: %v, want an error that names it", name, err)
		}
	}
}

// TestFullCopies: an authority reads all names, counsel the same with its marking, and the answer has at most ten lines.
func TestFullCopies(t *testing.T) {
	for _, c := range []struct{ copy, marking string }{{CopyAuthority, "names persons"}, {CopyCounsel, "Privileged"}} {
		doc, err := Case(t.Context(), caseInput(func(in *Input) { in.Case.Copy = c.copy }))
		if err != nil {
			t.Fatalf("Case, %s: %v", c.copy, err)
		}
		text := documentText(doc)
		for _, want := range []string{"ben@example.org", "Anna@example.org", "Ben Moss asks", "crm:cus_1001", "s1"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s copy lacks %q", c.copy, want)
			}
		}
		if !strings.Contains(doc.Marking, c.marking) || strings.Contains(doc.ID+doc.Title+doc.Subtitle, "anna") {
			t.Errorf("%s copy: id %q, marking %q; want no name in the one and %q in the other", c.copy, doc.ID, doc.Marking, c.marking)
		}
		for _, b := range doc.Front {
			if len(b.List) > 10 {
				t.Errorf("%s copy: the answer has %d lines, want at most 10", c.copy, len(b.List))
			}
		}
	}
}

// TestCaseNothing: nothing found is no clean bill.
func TestCaseNothing(t *testing.T) {
	for _, copy := range []string{CopyAuthority, CopyCounsel, CopySubject} {
		doc, err := Case(t.Context(), caseInput(func(in *Input) { in.Case.Subjects, in.Case.Copy = []string{"nobody@example.org"}, copy }))
		if err != nil {
			t.Fatalf("Case about nobody, %s: %v", copy, err)
		}
		if text := fmt.Sprint(doc.Front); !strings.Contains(text, "found") || strings.Contains(text, "good}") {
			t.Errorf("Case about nobody, %s: front %v, want that nothing was found, and nothing good", copy, doc.Front)
		}
	}
}

func TestHoldsWord(t *testing.T) {
	for _, c := range []struct {
		text, word string
		want       bool
	}{{"a 12345 b", "12345", true}, {"f12345a 12345", "12345", true}, {"f12345a", "12345", false}, {"12345", "12345", true}, {"", "12345", false}, {"é12345", "12345", false}, {"(ben@x.org)", "ben@x.org", true}} {
		if got := holdsWord(c.text, c.word); got != c.want {
			t.Errorf("holdsWord(%q, %q) = %v, want %v", c.text, c.word, got, c.want)
		}
	}
}
