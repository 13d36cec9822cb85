package normalize

import (
	"bytes"
	"strings"
	"testing"

	"agenttrail"

	"github.com/google/go-cmp/cmp"
)

// TestSuggest holds what a proposal makes of the first record against what a person would have mapped.
func TestSuggest(t *testing.T) {
	for _, c := range []struct {
		name, file, export string
		want               map[string]string // of the first record
		says               []string          // in the proposal
	}{
		{"csv with German dates", "crm-2026.csv", "Log ID,Created,User email,Operation,Customer ID,Object type,Object ID,Result,IP,Notes\n" +
			"1,02.11.2026 09:50:11,dana@example.com,Viewed record,c-1,contact,17,success,192.0.2.4,hello\n" +
			"2,13.11.2026 09:51:11,dana@example.com,Frobnicated,c-1,message,m-17,denied,192.0.2.4,\n",
			map[string]string{"event.dataset": "crm.export", "event.id": "1", "@timestamp": "2026-11-02T09:50:11.000000Z", "event.action": "Viewed record", "agenttrail.verb": "read",
				"agenttrail.resource.system": "crm", "agenttrail.resource.type": "contact", "agenttrail.resource.id": "17", "agenttrail.subject.id": "c-1",
				"agenttrail.outcome": "success", "user.email": "dana@example.com", "source.ip": "192.0.2.4"},
			[]string{"no zone", "Frobnicated", "# Not mapped: Notes"}},
		{"dates whose month cannot be told", "a.csv", "when,event\n02/03/2026 10:00:00,login\n", map[string]string{"@timestamp": "2026-02-03T10:00:00.000000Z", "agenttrail.verb": "authenticate"},
			[]string{"It may also be 02/01/2006 15:04:05"}},
		{"json lines", "helpdesk.jsonl", `{"id":"a","ts":1793613011,"event":{"type":"ticket.reply.sent"},"actor":{"email":"kim@example.com"},"ok":true}` + "\n" +
			`{"id":"b","ts":1793613012,"event":{"type":"ticket.view"},"actor":{"email":"kim@example.com"},"ok":false}` + "\n",
			map[string]string{"event.id": "a", "event.action": "ticket.reply.sent", "agenttrail.verb": "send", "user.email": "kim@example.com", "agenttrail.outcome": "success"},
			[]string{"framing: lines", "/event/type", "no column holds a time"}},
		{"an array", "x.json", `[{"time":"2026-11-02T09:50:11Z","action":"export"}]`, map[string]string{"@timestamp": "2026-11-02T09:50:11.000000Z", "agenttrail.verb": "export"}, []string{"framing: array"}},
		{"an object with a list, over lines", "x.json", "{\n \"next\": null,\n \"rec/ords\": [\n  {\"time\": 1793613011000, \"action\": \"refund\"}\n ]\n}", map[string]string{"@timestamp": "2026-11-02T09:50:11.000000Z", "agenttrail.verb": "pay"},
			[]string{`framing: "object:/rec~1ords"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			proposal, err := Suggest(c.file, strings.NewReader(c.export))
			if err != nil {
				t.Fatalf("Suggest(%s): %v", c.file, err)
			}
			for _, say := range c.says {
				if !strings.Contains(string(proposal), say) {
					t.Errorf("Suggest(%s) does not say %q:\n%s", c.file, say, proposal)
				}
			}
			text := string(proposal)
			if c.want["@timestamp"] == "" { // what a person would add
				text = strings.Replace(text, "fields:\n", "fields:\n  \"@timestamp\": {pointer: /ts, layout: unix}\n", 1)
			}
			if diff := cmp.Diff(c.want, firstFacts(t, text, c.export, c.want)); diff != "" {
				t.Errorf("Suggest(%s): the first record (-want +got):\n%s\n%s", c.file, diff, proposal)
			}
		})
	}
}

// firstFacts maps the first record and gives the named facts of it.
func firstFacts(t *testing.T, mapping, export string, names map[string]string) map[string]string {
	t.Helper()
	m, mistakes := LoadMapping("proposal", []byte(mapping))
	if len(mistakes) > 0 {
		t.Fatalf("LoadMapping(proposal) = %v; want no mistakes\n%s", mistakes, mapping)
	}
	f, err := Lookup("generic", Options{Mapping: m})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	err = f.Read(&agenttrail.Object{}, strings.NewReader(export), func(r *agenttrail.Record) error {
		if len(got) > 0 {
			return nil
		}
		if r.State != agenttrail.Accepted {
			t.Fatalf("the first record is %v: %s %s", r.State, r.Why, r.Detail)
		}
		for name := range names {
			field, _ := agenttrail.Lookup(name)
			row := string(agenttrail.AppendRow(nil, &r.Actions[0], []*agenttrail.Field{field}))
			got[name] = strings.Trim(strings.TrimSuffix(strings.TrimPrefix(row, `{"`+name+`":`), "}"), `"[]`)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestSuggestRefuses(t *testing.T) {
	for export, want := range map[string]string{
		"":                      "empty",
		"  \n ":                 "empty",
		`{"a": {"b": 1}`:        "without a list",
		"\xff\xfea\x00":         "UTF-16",
		"only,a,header\n":       "no record",
		`[1, 2]`:                "no record",
		"{\"a\": [1]}\n{\"b\":": "",
	} {
		_, err := Suggest("x", strings.NewReader(export))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("Suggest(%q) = %v; want an error with %q", export, err, want)
		}
	}
}

// FuzzSuggest: whatever the export, the proposal is one that our own reader takes, but for the time that an action needs.
func FuzzSuggest(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n"))
	f.Add([]byte(`{"id":"a","ts":1793613011,"op":"view"}`))
	f.Add([]byte(`[{"time":"2026-11-02T09:50:11Z","action":"export"}]`))
	f.Add([]byte("\"a\nb\",\"true\"\n\"x\",\"\u202e\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		proposal, err := Suggest("export.csv", bytes.NewReader(data))
		if err != nil {
			return
		}
		_, mistakes := LoadMapping("proposal", proposal)
		for _, m := range mistakes {
			if !strings.Contains(m.Message, "@timestamp") {
				t.Errorf("Suggest(%q): %v\n%s", data, m, proposal)
			}
		}
	})
}
