package normalize

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"agenttrail"

	"github.com/google/go-cmp/cmp"
)

// TestMappingMistakes: all mistakes of a file come at once, each with its place, what is wrong and what to write instead.
func TestMappingMistakes(t *testing.T) {
	in := `dataset: CRM
target: ticket
framing: json
colour: red
id: {column: x}
fields:
  agenttrail.verb: {pointer: /op, map: {view: look}, default: see}
  agenttrail.outcom: {pointer: /ok}
  agenttrail.id: {pointer: /id}
  event.action: {pointer: op}
  user.name: {pointer: /u, value: x}
  user.email: {default: a, pointer: /e}
  event.end: {pointer: /e, layout: "02/Jan/06"}
  event.start: {pointer: /s, layout: nonsense, zone: Mars}
  event.reason: {pointer: /a~2}
  user.id: /u
  rule.id: {pointre: /r}
skip:
  ping: {pointer: /op}
`
	want := []string{
		`m.yaml:1:1: the field @timestamp is not mapped: an action needs a time; add "@timestamp": {pointer: /when} under fields`,
		`m.yaml:1:10: dataset "CRM" is no name; use lower-case letters, digits, '-' and '_', with dots between: crm.export`,
		`m.yaml:2:9: "target" must be one of action, approval, grant, person`,
		`m.yaml:3:10: framing "json" is unknown; write lines, array, object:/Records or csv`,
		`m.yaml:4:1: unknown key "colour"; the keys are dataset, target, framing, id, fields, skip`,
		`m.yaml:5:6: a JSON record has pointers, no columns; write pointer: /name`,
		`m.yaml:7:47: "look" is no value of agenttrail.verb; the values are ` + strings.Join(verbNames(), ", "),
		`m.yaml:7:63: "see" is no value of agenttrail.verb; the values are ` + strings.Join(verbNames(), ", "),
		`m.yaml:8:3: no field "agenttrail.outcom"; did you mean "agenttrail.outcome"?`,
		`m.yaml:9:3: the field agenttrail.id is not for mappings: the program writes it; leave it out`,
		`m.yaml:10:27: "op" is no JSON pointer: it does not begin with '/'; write it as /name or /outer/inner (RFC 6901)`,
		`m.yaml:11:3: "user.name" needs exactly one of pointer, column and value; write {pointer: /name}`,
		`m.yaml:12:16: default belongs to a map; add map: {word: value}`,
		`m.yaml:13:36: layout "02/Jan/06" states no zone; add zone: UTC, or the zone of the export`,
		`m.yaml:14:38: layout "nonsense" is none; write rfc3339, unix, unix_ms, unix_ns, or a Go layout like "02/Jan/06 3:04 PM"`,
		`m.yaml:14:54: unknown zone "Mars"; write UTC, or a name like Europe/Berlin`,
		`m.yaml:15:27: "/a~2" is no JSON pointer: '~' must be followed by 0 or 1; write it as /name or /outer/inner (RFC 6901)`,
		`m.yaml:16:12: "user.id" must be a mapping; write it as {key: value} or as indented lines`,
		`m.yaml:16:3: "user.id" needs exactly one of pointer, column and value; write {pointer: /name}`,
		`m.yaml:17:13: unknown key "pointre"; did you mean "pointer"?`,
		`m.yaml:17:3: "rule.id" needs exactly one of pointer, column and value; write {pointer: /name}`,
		`m.yaml:19:3: skip rule "ping" is not whole; write {pointer: /op, equals: ping}`,
	}
	m, mistakes := LoadMapping("m.yaml", []byte(in))
	if m != nil {
		t.Errorf("LoadMapping = %+v with mistakes, want nil", m)
	}
	sortedWant := map[string]bool{}
	for _, w := range want {
		sortedWant[w] = true
	}
	for _, got := range mistakes {
		if !sortedWant[got.Error()] {
			t.Errorf("LoadMapping finds %s; not wanted", got.Error())
		}
		delete(sortedWant, got.Error())
	}
	for w := range sortedWant {
		t.Errorf("LoadMapping does not find %s", w)
	}
	for i := 1; i < len(mistakes); i++ {
		if a, b := mistakes[i-1], mistakes[i]; a.Line > b.Line || a.Line == b.Line && a.Column > b.Column {
			t.Errorf("LoadMapping tells %v before %v; want the order of the file", a, b)
		}
	}
}

func TestMappingMistake(t *testing.T) {
	whole := "dataset: a.b\nframing: csv\nfields:\n  \"@timestamp\": {column: t}\n"
	for _, c := range []struct{ in, want string }{
		{"", "the file must hold one YAML document"},
		{"a: [", "m.yaml:1:"},
		{"[a]", "m.yaml:1:1: a mapping file must be a mapping"},
		{"- 1\n--- \n- 2", "the file must hold one YAML document"},
		{"dataset: a.b\ndataset: c\n", "m.yaml:2:1:"},
		{"framing: lines\nfields: {\"@timestamp\": {pointer: /t}}\n", "no dataset"},
		{"dataset: a\nfields: {\"@timestamp\": {pointer: /t}}\n", "no framing"},
		{whole + "target: approval\n", "the field agenttrail.verb is not mapped"},
		{"dataset: a.b\nframing: csv\ntarget: grant\nfields: {agenttrail.grant.system: {column: s}}\n", "the field agenttrail.grant.permission is not mapped: a grant is a permission"},
		{"dataset: a.b\nframing: csv\ntarget: grant\nid: {column: n}\nfields: {user.id: {column: s}}\n", "m.yaml:4:1: a grant has no id; leave it out"},
		{"dataset: a.b\nframing: csv\ntarget: grant\nfields: {agenttrail.grant.sytem: {column: s}}\n", `no field "agenttrail.grant.sytem"; did you mean "agenttrail.grant.system"?`},
		{"dataset: a.b\nframing: csv\ntarget: person\nfields: {mails: {column: s}}\n", `no field "mails"; did you mean "emails"?`},
		{whole + "target: other\n", `m.yaml:5:9: "target" must be one of action, approval, grant, person`},
		{whole + "  user.id: {pointer: /u}\n", "m.yaml:5:13: a CSV record has columns, no pointers"},
		{whole + "  user.id: {column: [u]}\n", `"column" must be text`},
		{whole + "  event.end: {column: e, layout: unix, zone: UTC}\n", "the layout unix states its zone"},
		{whole + "  event.end: {column: e, map: {a: b}}\n", `unknown key "map"`},
		{whole + "  <<: {user.id: {column: e}}\n", "anchors, tags and merges"},
		{whole + "  user.id: &x {column: e}\n", `"user.id" must be a mapping`},
		{whole + "  user.id:\n", `"user.id" must be a mapping`},
		{strings.Repeat(" ", maxPolicy) + whole, "the limit is 1048576"},
	} {
		m, mistakes := LoadMapping("m.yaml", []byte(c.in))
		var all []string
		for _, mistake := range mistakes {
			all = append(all, mistake.Error())
		}
		if text := strings.Join(all, "\n"); m != nil || !strings.Contains(text, c.want) {
			t.Errorf("LoadMapping(%.200q) = %v, mistakes\n%s\nwant one with %q", c.in, m, text, c.want)
		}
	}
	if m, mistakes := LoadMapping("m.yaml", []byte(whole)); m == nil || len(mistakes) > 0 {
		t.Errorf("LoadMapping(%q) = %v, %v; want a mapping", whole, m, mistakes)
	}
}

func TestToolsMistakes(t *testing.T) {
	in := `refund: {verb: refund, sytem: stripe}
send: {system: mail}
pay:
  verb: pay
  id: {pointer: /a}
  subject: {argument: a, result: /b}
  amount: {argument: /amount, currency: Euro}
  external: maybe
`
	want := []string{
		`t.yaml:1:1: tool "refund" has no verb`, `t.yaml:1:16: "verb" must be one of read`, `t.yaml:1:24: unknown key "sytem"; did you mean "system"?`,
		`t.yaml:2:1: tool "send" has no verb`, `t.yaml:5:3: "id" does not say where the value stands`, `t.yaml:5:8: unknown key "pointer"`,
		`t.yaml:6:23: "a" is no JSON pointer`, `t.yaml:6:26: argument and result exclude each other`,
		`t.yaml:7:3: the amount does not say its unit`, `t.yaml:7:41: "Euro" is no currency`, `t.yaml:8:13: "external" must be one of true, false`,
	}
	tools, mistakes := LoadTools("t.yaml", []byte(in))
	if tools != nil || len(mistakes) != len(want) {
		t.Fatalf("LoadTools = %v, %d mistakes %v; want nil and %d", tools, len(mistakes), mistakes, len(want))
	}
	for i, w := range want {
		if !strings.HasPrefix(mistakes[i].Error(), w) {
			t.Errorf("mistake %d = %s\nwant %s", i, mistakes[i].Error(), w)
		}
	}
}

// TestToolReason: a reason that the caller stated in its arguments is recorded; without one the action says none.
func TestToolReason(t *testing.T) {
	tools, mistakes := LoadTools("t", []byte(`x: {verb: read, reason: {argument: /why}}`))
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	for said, basis := range map[string]string{"customer asked": agenttrail.BasisRecorded, "": ""} {
		var a agenttrail.Action
		tools.find("x").apply(&reading{}, &a, toolData{argument: func(string) string { return said }})
		if a.Intent.Reason != said || a.Intent.Basis != basis {
			t.Errorf("argument %q: reason %q, basis %q; want basis %q", said, a.Intent.Reason, a.Intent.Basis, basis)
		}
	}
}

func TestAmount(t *testing.T) {
	for _, c := range []struct{ unit, currency, number, want string }{
		{"minor", "EUR", "4900", "49.00 EUR"},
		{"minor", "EUR", "5", "0.05 EUR"},
		{"minor", "EUR", "-120", "-1.20 EUR"},
		{"minor", "JPY", "4900", "4900 JPY"},
		{"minor", "KWD", "4900", "4.900 KWD"},
		{"minor", "EUR", "49.5", ""},
		{"minor", "EUR", "9007199254740993", "90071992547409.93 EUR"},
		{"major", "EUR", "49.5", "49.5 EUR"},
		{"major", "EUR", "", ""},
	} {
		tools, mistakes := LoadTools("t", fmt.Appendf(nil, "x: {verb: pay, amount: {argument: /n, unit: %s, currency: %s}}", c.unit, c.currency))
		if len(mistakes) > 0 {
			t.Fatal(mistakes)
		}
		got := tools.find("x").amount.of(toolData{argument: func(string) string { return c.number }})
		if got != c.want {
			t.Errorf("amount of %s %s %s = %q, want %q", c.number, c.unit, c.currency, got, c.want)
		}
	}
}

// TestTimes: what is a time, and which one.
func TestTimes(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skipf("no time zones on this machine: %v", err)
	}
	for _, c := range []struct {
		layout string
		zone   *time.Location
		in     string
		want   string // empty: no time
	}{
		{"rfc3339", nil, "2026-11-02T10:00:00Z", "2026-11-02T10:00:00Z"},
		{"rfc3339", nil, "2026-11-02T10:00:00.123456789+01:00", "2026-11-02T09:00:00.123456789Z"},
		{"rfc3339", nil, "2026-11-02T10:00:00", ""},
		{"rfc3339", nil, "2026-11-02T24:00:00Z", ""},
		{"rfc3339", nil, "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
		{"rfc3339", nil, "2016-12-31T23:59:61Z", ""},
		{"rfc3339", nil, "0001-01-01T00:00:00Z", ""},
		{"rfc3339", nil, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
		{"rfc3339", nil, "2099-12-31T23:59:59Z", "2099-12-31T23:59:59Z"},
		{"unix", nil, "1793613600", "2026-11-02T10:00:00Z"},
		{"unix", nil, "1793613600.25", "2026-11-02T10:00:00.25Z"},
		{"unix", nil, "-1.5", "1969-12-31T23:59:58.5Z"},
		{"unix", nil, "4070908799", "2098-12-31T23:59:59Z"},
		{"unix", nil, "99999999999999", ""},
		{"unix", nil, "1e9", ""},
		{"unix_ms", nil, "1793613600123", "2026-11-02T10:00:00.123Z"},
		{"unix_ns", nil, "1793613600123456789", "2026-11-02T10:00:00.123456789Z"},
		{"02/Jan/06 3:04 PM", berlin, "02/Nov/26 9:58 AM", "2026-11-02T08:58:00Z"},
		{"02/Jan/06 3:04 PM", berlin, "02/Jul/26 9:58 AM", "2026-07-02T07:58:00Z"},
		{"2006-01-02 15:04:05 -0700", time.UTC, "2026-11-02 10:00:00 +0100", "2026-11-02T09:00:00Z"},
	} {
		s := source{layout: c.layout, zone: c.zone}
		got, ok := s.parse(c.in)
		text := ""
		if ok {
			text = got.Format(time.RFC3339Nano)
			if got = got.UTC(); strings.HasSuffix(text, "+01:00") {
				text = got.Format(time.RFC3339Nano)
			}
		}
		if text != c.want {
			t.Errorf("layout %q of %q = %q, want %q", c.layout, c.in, text, c.want)
		}
	}
}

// TestNativeID: text or a number's text; absent, null and empty are none; a list of parts is none when one is.
func TestNativeID(t *testing.T) {
	f := mapping(t, "dataset: test\nframing: lines\nid: [{pointer: /a}, {pointer: /b, prefix: \"b-\"}]\n"+anyTime)
	for _, c := range []struct{ in, native, why string }{
		{`"a":"x","b":"y"`, "x|b-y", ""},
		{`"a":9007199254740993,"b":1e400`, "9007199254740993|b-1e400", ""},
		{`"a":"x"`, "", ""},
		{`"a":"","b":"y"`, "", ""},
		{`"a":null,"b":"y"`, "", ""},
		{`"a":true,"b":"y"`, "", RejectID},
		{`"a":["x"],"b":"y"`, "", RejectID},
	} {
		line := `{"t":"2026-11-02T10:00:00Z",` + c.in + `}`
		err := f.Read(&agenttrail.Object{}, strings.NewReader(line), func(r *agenttrail.Record) error {
			native := ""
			if len(r.Actions) == 1 {
				native = r.Actions[0].Native
			}
			if native != c.native || r.Why != c.why {
				t.Errorf("native id of %s = %q, why %q; want %q, %q", line, native, r.Why, c.native, c.why)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestAmbiguous: what two readers may read differently is flagged, wherever in the record it stands.
func TestAmbiguous(t *testing.T) {
	f := mapping(t, "dataset: test\nframing: lines\n"+anyTime+"  event.action: {pointer: /action}\n")
	for _, c := range []struct {
		in, action string
		flagged    bool
	}{
		{`"action":"read"`, "read", false},
		{`"action":"read","action":"delete"`, "read", true},
		{`"action":"read","ACTION":"delete"`, "read", true},
		{`"action":"read","actıon":"delete"`, "read", false}, // the dotless i folds to nothing but itself
		{`"action":"read","x":{"s":1,"ſ":2}`, "read", true},
		{`"action":"re` + "\xff" + `ad"`, `re\xffad`, true},
		{`"action":"\ud800"`, `\ud800`, true},
		{"\"action\":\"read\",\"\u00e9\":1,\"e\u0301\":2", "read", false}, // composed and decomposed are two names
		{`"action":9007199254740993`, "9007199254740993", false},
		{`"action":-0`, "-0", false},
		{`"action":0.30000000000000004`, "0.30000000000000004", false},
	} {
		line := `{"t":"2026-11-02T10:00:00Z",` + c.in + `}`
		err := f.Read(&agenttrail.Object{}, strings.NewReader(line), func(r *agenttrail.Record) error {
			if len(r.Actions) != 1 {
				t.Fatalf("%q gives %s %q %q; want an action", line, r.State, r.Why, r.Detail)
			}
			if a := r.Actions[0]; a.Event.Action != c.action || (len(a.Flags) == 1) != c.flagged {
				t.Errorf("%q: action %q, flags %v; want %q, flagged %v", line, a.Event.Action, a.Flags, c.action, c.flagged)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestTwins: which spans of a call are kept.
func TestTwins(t *testing.T) {
	call := func(span, parent, id string, more ...string) toolCall {
		c := toolCall{trace: "t", span: span, parent: parent, tool: "x", id: id, at: int64(span[0])}
		for _, m := range more {
			c.agent, c.mcp = c.agent || m == "agent", c.mcp || m == "mcp"
		}
		return c
	}
	for _, c := range []struct {
		name  string
		calls [][]toolCall // by element
		kept  string       // spans
	}{
		{"same id", [][]toolCall{{call("a", "p", "1"), call("b", "p", "1")}}, "a"},
		{"same id, the second names the agent", [][]toolCall{{call("a", "p", "1"), call("b", "p", "1", "agent")}}, "b"},
		{"two ids", [][]toolCall{{call("a", "p", "1"), call("b", "p", "2")}}, "ab"},
		{"nested", [][]toolCall{{call("b", "a", "", "mcp"), call("a", "p", "", "agent")}}, "a"},
		{"nested three deep, outer first", [][]toolCall{{call("a", "p", ""), call("b", "a", ""), call("c", "b", "")}}, "a"},
		{"nested, the inner names the agent", [][]toolCall{{call("a", "p", ""), call("b", "a", "", "agent")}}, "b"},
		{"nested, other ids", [][]toolCall{{call("a", "p", "1"), call("b", "a", "2")}}, "ab"},
		{"siblings of one kind", [][]toolCall{{call("a", "p", ""), call("b", "p", "")}}, "ab"},
		{"siblings of two kinds", [][]toolCall{{call("a", "p", ""), call("b", "p", "", "mcp")}}, "a"},
		{"two pairs of siblings", [][]toolCall{{call("a", "p", "", "mcp"), call("b", "p", ""), call("c", "p", "", "mcp"), call("d", "p", "")}}, "bd"},
		{"more protocol than framework", [][]toolCall{{call("a", "p", ""), call("b", "p", "", "mcp"), call("c", "p", "", "mcp")}}, "ac"},
		{"ring", [][]toolCall{{call("a", "b", ""), call("b", "a", "")}}, "ab"},
		{"own parent", [][]toolCall{{call("a", "a", "")}}, "a"},
		{"id in a later element", [][]toolCall{{call("a", "p", "1")}, {call("b", "q", "1")}}, "a"},
		{"child in a later element", [][]toolCall{{call("a", "p", "")}, {call("b", "a", "")}}, "a"},
	} {
		w, kept := newTwins(), ""
		for _, element := range c.calls {
			w.begin()
			for _, one := range element {
				w.add(one)
			}
			w.settle()
			for _, one := range element {
				if !w.drop[one.at] {
					kept += one.span
				}
			}
		}
		if kept != c.kept {
			t.Errorf("%s: kept spans %q, want %q", c.name, kept, c.kept)
		}
	}
}

// TestOTLPRefused: what is around the records must be whole.
func TestOTLPRefused(t *testing.T) {
	span := `{"traceId":"5b8aa5a2d2c872e8321cf37308d69df2","spanId":"051581bf3cb55c13"}`
	for _, c := range []struct{ in, want string }{
		{``, ""},
		{`{"resourceSpans":[]}`, ""},
		{`{"resourceSpans":[{"scopeSpans":[{"spans":[` + span + `]}]}]}`, ""},
		{`{}`, "a document without resourceSpans"},
		{`[]`, "expected '{'"},
		{`{"resourceSpans":{}}`, "expected '['"},
		{`{"resourceSpans":[1]}`, "expected '{'"},
		{`{"resourceSpans":[{"resource":{"a":01},"scopeSpans":[]}]}`, "offset 36: expected ',' or '}'"},
		{`{"resourceSpans":[{"scopeSpans":[{"spans":[` + span + `,]}]}]}`, "expected a value"},
		{`{"resourceSpans":[{"scopeSpans":[{"scope":{},"scope":{},"spans":[]}]}]}`, `member "scope" comes twice`},
		{`{"resourceSpans":[{"scopeSpans":[{"scope":"x","Spans":[],"spans":[]}]}]}`, `member "spans" comes twice`},
		{`{"resourceMetrics":[{]}`, "expected"},
		{`{"resourceSpans":[]} x`, "expected '{'"},
	} {
		_, err := readAll(named(t, "otlp.genai"), []byte(c.in))
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("otlp.genai.Read(%s) = %v, want %q", c.in, err, c.want)
		}
	}
}

func TestHexID(t *testing.T) {
	got := []string{hexID("EEE19B7EC3C1B174", 16), hexID("eee19b7ec3c1b174", 16), hexID("0000000000000000", 16), hexID("eee19b7ec3c1b17", 16), hexID("eee19b7ec3c1b17g", 16)}
	if diff := cmp.Diff([]string{"eee19b7ec3c1b174", "eee19b7ec3c1b174", "", "", ""}, got); diff != "" {
		t.Errorf("hexID (-want +got):\n%s", diff)
	}
}

// TestActorType: what userIdentity.type and its session say.
func TestActorType(t *testing.T) {
	for kind, want := range map[string]string{"IAMUser": "human", "Root": "human", "AssumedRole": "service_account", "Role": "service_account",
		"AWSService": "system", "AWSAccount": "", "Unknown": "", "Directory": "", "": ""} {
		line := fmt.Sprintf(`[{"eventTime":"2026-11-02T10:00:00Z","userIdentity":{"type":%q}}]`, kind)
		console := fmt.Sprintf(`[{"eventTime":"2026-11-02T10:00:00Z","sessionCredentialFromConsole":"true","userIdentity":{"type":%q}}]`, kind)
		if got := actorOf(t, line); got != want {
			t.Errorf("actor type of %s = %q, want %q", kind, got, want)
		}
		if kind == "AssumedRole" && actorOf(t, console) != "human" {
			t.Errorf("actor type of %s from the console = %q, want human", kind, actorOf(t, console))
		}
	}
}

func actorOf(t *testing.T, in string) (kind string) {
	t.Helper()
	err := named(t, "aws.cloudtrail").Read(&agenttrail.Object{}, bytes.NewReader([]byte(in)), func(r *agenttrail.Record) error {
		kind = r.Actions[0].Actor.Type
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return kind
}
