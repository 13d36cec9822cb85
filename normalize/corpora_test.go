package normalize

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agenttrail"
	"agenttrail/internal/testenv"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
)

func gzipped(t testing.TB, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tally counts what a format makes of all files below dir whose names end in suffix.
func tally(t *testing.T, f Format, dir, suffix string) (files int, counts agenttrail.Counts, verbs map[string]int) {
	t.Helper()
	verbs = map[string]int{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, suffix) {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return f.Read(&agenttrail.Object{URI: path}, bytes.NewReader(data), func(r *agenttrail.Record) error {
			counts.Count(r.State, r.Why)
			counts.Actions += int64(len(r.Actions))
			for i := range r.Actions {
				verbs[r.Actions[i].Verb]++
			}
			return nil
		})
	})
	if err != nil {
		t.Errorf("%s over %s: %v", f.Name, filepath.Base(dir), err)
	}
	return files, counts, verbs
}

func named(t testing.TB, name string) Format {
	t.Helper()
	f, err := Lookup(name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestCorpora(t *testing.T) {
	spans := func(t testing.TB) Format {
		return mapping(t, "dataset: anyagent.spans\nframing: object:/spans\nid: [{pointer: /context/trace_id}, {pointer: /context/span_id}]\n"+
			"fields:\n  \"@timestamp\": {pointer: /start_time, layout: unix_ns}\n  event.action: {pointer: /name}\n"+
			"  agenttrail.verb: {pointer: /attributes/gen_ai.operation.name, map: {invoke_agent: invoke, execute_tool: execute}}\n"+
			"  gen_ai.tool.name: {pointer: /attributes/gen_ai.tool.name}\nskip:\n  model_call: {pointer: /attributes/gen_ai.operation.name, equals: call_llm}\n")
	}
	for _, c := range []struct {
		corpus, suffix string
		format         func(testing.TB) Format
		files          int
		want           agenttrail.Counts
	}{
		{"cloudtrail-invictus", ".gz", func(t testing.TB) Format { return named(t, "aws.cloudtrail") }, 55, agenttrail.Counts{Read: 2900, Accepted: 2900, Actions: 2900}},
		{"cloudtrail-stratus", ".json", func(t testing.TB) Format { return named(t, "aws.cloudtrail") }, 35, agenttrail.Counts{Read: 310, Accepted: 310, Actions: 310}},
		{"genai-traces-any-agent", ".json", spans, 7, agenttrail.Counts{Read: 50, Accepted: 25, Skipped: 25, Actions: 25, Skips: map[string]int64{SkipModelCall: 25}}},
		{"otlp-examples", ".json", func(t testing.TB) Format { return named(t, "otlp.genai") }, 4,
			agenttrail.Counts{Read: 4, Skipped: 4, Skips: map[string]int64{SkipNoAgent: 1, SkipSignal: 3}}},
		{"otlp-examples", ".json", func(t testing.TB) Format { return named(t, "otlp.claude_code") }, 4,
			agenttrail.Counts{Read: 4, Skipped: 4, Skips: map[string]int64{SkipNoClaude: 2, SkipSignal: 2}}},
		{"cloudtrail-otrf", "2020-09-14011940.json", func(t testing.TB) Format {
			return mapping(t, "dataset: otrf.cloudtrail\nframing: lines\nid: {pointer: /eventID}\nfields:\n  \"@timestamp\": {pointer: /@timestamp}\n  event.action: {pointer: /eventName}\n")
		}, 1, agenttrail.Counts{Read: 103, Accepted: 103, Actions: 103}},
		{"cloudtrail-otrf", ".csv", func(t testing.TB) Format {
			return mapping(t, "dataset: otrf.bucket\nframing: csv\nfields:\n  \"@timestamp\": {column: Event DateTime}\n")
		}, 1, agenttrail.Counts{Read: 301, Accepted: 301, Actions: 301}},
	} {
		t.Run(c.corpus, func(t *testing.T) {
			files, counts, verbs := tally(t, c.format(t), testenv.Corpus(t, c.corpus), c.suffix)
			if diff := cmp.Diff(c.want, counts); diff != "" || files != c.files {
				t.Errorf("%d files (want %d), counts (-want +got):\n%s", files, c.files, diff)
			}
			t.Logf("verbs %v", verbs)
			if strings.HasPrefix(c.corpus, "cloudtrail-invictus") && verbs[agenttrail.VerbOther] > 29 {
				t.Errorf("%d of 2,900 records have no verb; want at most one in a hundred", verbs[agenttrail.VerbOther])
			}
		})
	}
}

// TestAnyAgentIsNoOTLP: the traces of another library are refused, not misread.
func TestAnyAgentIsNoOTLP(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(testenv.Corpus(t, "genai-traces-any-agent"), "*.json"))
	if err != nil || len(paths) != 7 {
		t.Fatalf("found %d traces, %v; want 7", len(paths), err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"otlp.genai", "otlp.claude_code", "aws.cloudtrail"} {
			if got, err := readAll(named(t, name), data); err == nil || len(got) != 0 {
				t.Errorf("%s.Read(%s) = %d records, %v; want an error", name, filepath.Base(path), len(got), err)
			}
		}
	}
}

// TestJSONTestSuite puts each file of the suite as one line between two good lines: both neighbours are read, whatever stands between. Files that hold line
// feeds are several lines; a file that must be refused may then give lines that are JSON for themselves.
func TestJSONTestSuite(t *testing.T) {
	f := mapping(t, "dataset: test\nframing: lines\n"+anyTime)
	paths, err := filepath.Glob(filepath.Join(testenv.Corpus(t, "json-test-suite"), "test_parsing", "*.json"))
	if err != nil || len(paths) != 318 {
		t.Fatalf("found %d files, %v; want 318", len(paths), err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		got, err := readAll(f, []byte(oneAction+"\n"+string(data)+"\n"+oneAction+"\n"))
		if err != nil || len(got) < 2 {
			t.Errorf("%s: %d records, %v; want both neighbours", name, len(got), err)
			continue
		}
		if first, last := got[0], got[len(got)-1]; first.State != "accepted" || last.State != "accepted" || first.Raw != oneAction || last.Raw != oneAction {
			t.Errorf("%s: the neighbours are %+v and %+v; want both accepted", name, first, last)
		}
		for _, r := range got[1 : len(got)-1] {
			if want := verdict(name); want != "" && r.Why != want && len(got) == 3 {
				t.Errorf("%s: %.200q is %s %q; want a reject as %s", name, r.Raw, r.State, r.Why, want)
			}
			if name[0] == 'y' && r.Why == RejectSyntax && !bytes.Contains(data, []byte("\n")) {
				t.Errorf("%s: %.200q is %s %q; must be read as JSON", name, r.Raw, r.State, r.Why)
			}
		}
	}
}

// verdict is the reason of the reject that a file of the suite must give as a line; empty for those that are JSON.
func verdict(name string) string {
	switch name {
	case "n_structure_100000_opening_arrays.json", "n_structure_open_array_object.json", "i_structure_500_nested_arrays.json":
		return RejectDepth // noticed before the grammar is
	case "i_string_UTF-16LE_with_BOM.json", "i_string_utf16BE_no_BOM.json", "i_string_utf16LE_no_BOM.json", "i_structure_UTF-8_BOM_empty_object.json":
		return RejectSyntax
	case "i_object_key_lone_2nd_surrogate.json":
		return RejectNoTime // an object, and so read as far as its facts
	}
	switch name[0] {
	case 'n':
		return RejectSyntax
	case 'i':
		return RejectNoObject // read, with what is odd in it
	}
	return ""
}
