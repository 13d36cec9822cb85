package normalize

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"agenttrail"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite want.ndjson and rejects.ndjson in fixtures")

// created is when the test objects were read.
var created = time.Date(2026, 11, 3, 1, 0, 4, 0, time.UTC)

// TestFormats holds every format against its folder in fixtures: each sample there gives the documents of want.ndjson and, for records that are no
// actions, the lines of rejects.ndjson.
func TestFormats(t *testing.T) {
	for _, f := range Formats() {
		t.Run(f.Name, func(t *testing.T) {
			dir := filepath.Join("..", "fixtures", f.Name)
			var docs, others bytes.Buffer
			shown := &shown{fields: map[string]bool{}}
			for _, path := range samples(t, dir) {
				sampleDocuments(t, path, lookup(t, f.Name, path), &docs, &others, shown)
			}
			if f.Name != "generic" && shown.tells != f.Tells&^TellsProof { // a mapping file says what the generic one tells
				t.Errorf("%s declares Tells %06b, its fixtures show %06b: what a record answers is declared, and what is declared a fixture shows", f.Name, f.Tells, shown.tells)
			}
			if f.Name != "generic" && (f.Plan == "" || f.Keeps == "") {
				t.Errorf("%s: Plan %q, Keeps %q; want both said", f.Name, f.Plan, f.Keeps)
			}
			for _, name := range f.Fields {
				if !shown.fields[name] {
					t.Errorf("%s declares %s, and no fixture shows it", f.Name, name)
				}
			}
			golden(t, filepath.Join(dir, "want.ndjson"), docs.Bytes())
			golden(t, filepath.Join(dir, "rejects.ndjson"), others.Bytes())
		})
	}
}

func samples(t testing.TB, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "sample*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("samples(%s) = %v, %v; want at least one", dir, paths, err)
	}
	return paths
}

// lookup gives a sample its format: with the mapping and the tool map beside it, sample-2.csv with mapping-2.yaml if there is one, else mapping.yaml.
func lookup(t testing.TB, name, sample string) Format {
	t.Helper()
	base := strings.TrimPrefix(filepath.Base(sample), "sample")
	suffix := strings.TrimSuffix(base, filepath.Ext(base))
	var o Options
	if data, path := beside(sample, "mapping", suffix); data != nil {
		m, mistakes := LoadMapping(path, data)
		if len(mistakes) > 0 {
			t.Fatalf("LoadMapping(%s) = %v; want no mistakes", path, mistakes)
		}
		o.Mapping = m
	}
	if data, path := beside(sample, "tools", suffix); data != nil {
		tools, mistakes := LoadTools(path, data)
		if len(mistakes) > 0 {
			t.Fatalf("LoadTools(%s) = %v; want no mistakes", path, mistakes)
		}
		o.Tools = tools
	}
	f, err := Lookup(name, o)
	if err != nil {
		t.Fatalf("Lookup(%s): %v", name, err)
	}
	return f
}

func beside(sample, name, suffix string) (data []byte, path string) {
	for _, s := range []string{suffix, ""} {
		path = filepath.Join(filepath.Dir(sample), name+s+".yaml")
		if data, err := os.ReadFile(path); err == nil {
			return data, path
		}
	}
	return nil, ""
}

// contextOf is what the puller hands over with the object: context-2.json of sample-2.json, if there is one.
func contextOf(t testing.TB, sample string) []byte {
	t.Helper()
	name := strings.Replace(filepath.Base(sample), "sample", "context", 1)
	data, err := os.ReadFile(filepath.Join(filepath.Dir(sample), name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return data
}

func sampleDocuments(t *testing.T, path string, f Format, docs, others *bytes.Buffer, shown *shown) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	columns, unknown := agenttrail.Columns(f.Fields)
	if len(unknown) > 0 {
		t.Errorf("%s: Fields names %v, which are no facts of the schema", f.Name, unknown)
	}
	object := &agenttrail.Object{URI: "file:" + filepath.Base(path), Role: agenttrail.RoleLog, Context: contextOf(t, path)}
	stamp := agenttrail.Stamp{Dataset: f.Name, Tenant: "local", URI: object.URI, Object: sha256.Sum256(data), Created: created}
	err = f.Read(object, bytes.NewReader(data), func(r *agenttrail.Record) error {
		if r.State != agenttrail.Accepted {
			line, _ := json.Marshal(map[string]any{"object": object.URI, "index": r.Ordinal, "offset": r.Offset, "state": r.State.String(), "why": r.Why, "detail": r.Detail})
			fmt.Fprintf(others, "%s\n", line)
		}
		for i := range r.Actions {
			a := &r.Actions[i]
			stamp.Write(a, r, agenttrail.RawHash(r))
			checkColumns(t, f.Name, a, columns)
			shown.add(a)
			docs.Write(agenttrail.AppendDocument(nil, a, &agenttrail.Context{Tenant: "local", Mapping: f.Name, MappingVersion: f.Version}, nil))
			docs.WriteByte('\n')
		}
		for i := range r.Grants {
			g := &r.Grants[i]
			stamp.WriteGrant(g, r, agenttrail.RawHash(r))
			checkGrantColumns(t, f, g)
			shown.addGrant(g)
			docs.Write(agenttrail.AppendRow(nil, g, agenttrail.GrantColumns(f.Fields)))
			docs.WriteByte('\n')
		}
		return nil
	})
	if err != nil {
		t.Errorf("%s.Read(%s): %v", f.Name, path, err)
	}
}

// checkGrantColumns is checkColumns for the table of grants.
func checkGrantColumns(t *testing.T, f Format, g *agenttrail.Grant) {
	t.Helper()
	var all []*agenttrail.Field
	for i := range agenttrail.GrantFields() {
		all = append(all, &agenttrail.GrantFields()[i])
	}
	for _, one := range all {
		if row := agenttrail.AppendRow(nil, g, []*agenttrail.Field{one}); string(row) != "{}" && !slices.Contains(agenttrail.GrantColumns(f.Fields), one) {
			t.Errorf("%s sets %s and does not declare %s in Fields", f.Name, row, one.Name)
		}
	}
}

func (s *shown) addGrant(g *agenttrail.Grant) {
	for i := range agenttrail.GrantFields() {
		if f := &agenttrail.GrantFields()[i]; f.Fact() && string(agenttrail.AppendRow(nil, g, []*agenttrail.Field{f})) != "{}" {
			s.fields[f.Name] = true
		}
	}
	if g.Agent != "" {
		s.tells |= TellsAgent
	}
	if g.GrantedBy != "" {
		s.tells |= TellsLeave
	}
}

// shown is what the fixtures of a format show.
type shown struct {
	fields map[string]bool
	tells  Tells
}

func (s *shown) add(a *agenttrail.Action) {
	all := agenttrail.Fields()
	for i := range all {
		if f := &all[i]; f.Fact() && string(agenttrail.AppendRow(nil, a, []*agenttrail.Field{f})) != "{}" {
			s.fields[f.Name] = true
		}
	}
	for _, q := range []struct {
		tells  Tells
		answer bool
	}{
		{TellsAgent, a.Actor.Type == agenttrail.ActorAgent && a.Actor.Basis == agenttrail.BasisDeclared || a.Approval.Agent != ""},
		{TellsPerson, a.Actor.Type == agenttrail.ActorHuman || a.OnBehalfOf.ID != ""},
		{TellsLeave, a.Verb == agenttrail.VerbApprove || a.Verb == agenttrail.VerbReject || a.Authorized.State != agenttrail.Unknown},
		{TellsReason, a.Intent.Basis == agenttrail.BasisRecorded || a.Intent.PromptRef != "" || a.Intent.PromptSHA256 != ""},
		{TellsSubject, len(a.Subjects) > 0},
	} {
		if q.answer {
			s.tells |= q.tells
		}
	}
}

// checkColumns sees to it that a format declares every fact that it sets: what it does not declare would be lost in the table.
func checkColumns(t *testing.T, format string, a *agenttrail.Action, columns []*agenttrail.Field) {
	t.Helper()
	all := agenttrail.Fields()
	for i := range all {
		f := &all[i]
		if !f.Fact() || slices.ContainsFunc(columns, func(c *agenttrail.Field) bool { return c.Name == f.Name }) {
			continue
		}
		if row := agenttrail.AppendRow(nil, a, []*agenttrail.Field{f}); string(row) != "{}" {
			t.Errorf("%s sets %s and does not declare %s in Fields", format, row, f.Name)
		}
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if len(got) == 0 {
			if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			return
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil && (len(got) > 0 || !errors.Is(err, os.ErrNotExist)) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("%s (-want +got; go test -update rewrites it):\n%s", path, diff)
	}
}

// TestDocumentedSpan holds the documented sample against the documented facts, less those that are said to be filled in.
func TestDocumentedSpan(t *testing.T) {
	const uri = "s3://example-otel/traces/year=2026/month=11/day=02/hour=10/minute=00/traces_aB3dE6gH9.json"
	want := `{"@timestamp":"2026-11-02T10:00:00.123000Z","agenttrail.actor.basis":"declared","agenttrail.actor.id":"agt-refund-01","agenttrail.actor.name":"Refund Bot","agenttrail.actor.type":"ai_agent",` +
		`"agenttrail.authorization.state":"unknown","agenttrail.correlation":["call_9f2","re_1"],` +
		`"agenttrail.data.basis":"none","agenttrail.data.classification":"unknown","agenttrail.delegation":["human:dana@example.com","agent:agt-refund-01"],` +
		`"agenttrail.evidence.index":"0","agenttrail.evidence.length":"1024","agenttrail.evidence.offset":"268",` +
		`"agenttrail.evidence.uri":"` + uri + `","agenttrail.id":"6ae85f20-400e1b1b22602529b90a4b644f051b24",` +
		`"agenttrail.intent.basis":"none","agenttrail.lag":"54003877","agenttrail.on_behalf_of.id":"dana@example.com","agenttrail.on_behalf_of.type":"human","agenttrail.outcome":"success",` +
		`"agenttrail.parent.span_id":"5fb397be34d26b51","agenttrail.resource.count":"1","agenttrail.resource.external":"true","agenttrail.resource.id":"ch_1","agenttrail.resource.system":"stripe",` +
		`"agenttrail.resource.type":"charge","agenttrail.session.id":"conv-7781","agenttrail.verb":"pay","event.action":"tools/call stripe_refund_create",` +
		`"event.created":"2026-11-03T01:00:04.000000Z","event.dataset":"otlp.genai","event.duration":"778000000","event.end":"2026-11-02T10:00:00.901000Z",` +
		`"event.hash":"946af9608c318180e3380d76058e60a8311f36eb1cc92dae75ff986b1a6b351c","event.id":"5b8aa5a2d2c872e8321cf37308d69df2-051581bf3cb55c13","event.start":"2026-11-02T10:00:00.123000Z",` +
		`"gen_ai.agent.id":"agt-refund-01","gen_ai.agent.name":"Refund Bot","gen_ai.conversation.id":"conv-7781","gen_ai.operation.name":"execute_tool","gen_ai.tool.call.id":"call_9f2",` +
		`"gen_ai.tool.name":"stripe_refund_create","mcp.method.name":"tools/call","span.id":"051581bf3cb55c13","trace.id":"5b8aa5a2d2c872e8321cf37308d69df2"}`
	path := "../fixtures/otlp.genai/sample.json"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	if got, want := fmt.Sprintf("%x", sum), "b66f30e9011c75b6560c0fc0093f72d1edacf6fa073ae9e36ec504b747ef38b8"; got != want {
		t.Fatalf("SHA-256 of %s = %s, want the documented %s", path, got, want)
	}
	f := lookup(t, "otlp.genai", path)
	columns, _ := agenttrail.Columns(f.Fields)
	stamp := agenttrail.Stamp{Dataset: f.Name, Tenant: "acme", URI: uri, Object: sum, Created: created}
	var got, context string
	err = f.Read(&agenttrail.Object{URI: uri}, bytes.NewReader(data), func(r *agenttrail.Record) error {
		for i := range r.Actions {
			stamp.Write(&r.Actions[i], r, agenttrail.RawHash(r))
			got += string(agenttrail.AppendRow(nil, &r.Actions[i], columns))
		}
		context = string(r.Context)
		return nil
	})
	if err != nil || got != want {
		t.Errorf("otlp.genai.Read(%s), err %v:\n%s", path, err, cmp.Diff(strings.Split(want, ","), strings.Split(got, ",")))
	}
	wantContext := `{"attributes":[{"key":"service.name","value":{"stringValue":"refund-bot"}},{"key":"deployment.environment.name","value":{"stringValue":"prod"}}]}` +
		"\n" + `{"name":"example.instrumentation.agent","version":"0.9.1"}`
	if context != wantContext {
		t.Errorf("context of the span = %q, want %q", context, wantContext)
	}
}

func TestLookup(t *testing.T) {
	m, mistakes := LoadMapping("m.yaml", []byte("dataset: a\nframing: lines\nfields:\n  \"@timestamp\": {pointer: /t}\n"))
	if len(mistakes) > 0 {
		t.Fatalf("LoadMapping = %v, want no mistakes", mistakes)
	}
	var names []string
	for _, f := range Formats() {
		names = append(names, f.Name)
	}
	if !slices.IsSorted(names) || len(names) < 5 {
		t.Errorf("Formats() = %v, want them in order of their names", names)
	}
	for _, c := range []struct {
		name string
		o    Options
		want string
	}{
		{"aws.cloudtrial", Options{}, `unknown format "aws.cloudtrial": did you mean "aws.cloudtrail"?`},
		{"x", Options{}, `unknown format "x": agenttrail sources lists them`},
		{"", Options{}, "no format: agenttrail sources lists them"},
		{"generic", Options{}, errNoMapping.Error()},
		{"aws.cloudtrail", Options{Mapping: m}, "format aws.cloudtrail takes no mapping: leave it out, or use format generic"},
		{"agenttrail.approvals", Options{Tools: &Tools{}}, "format agenttrail.approvals takes no tool map: its records name no tools"},
	} {
		if _, err := Lookup(c.name, c.o); err == nil || err.Error() != c.want {
			t.Errorf("Lookup(%q, %+v) = %v, want %s", c.name, c.o, err, c.want)
		}
	}
	if f, err := Lookup("generic", Options{Mapping: m}); err != nil || !slices.Contains(f.Fields, "@timestamp") {
		t.Errorf("Lookup(generic, mapping) = %v, %v; want the fields of the mapping", f.Fields, err)
	}
}
