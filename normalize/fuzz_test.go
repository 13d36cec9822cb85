package normalize

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fuzzFormat feeds a format's samples, changed, through the conservation check.
func fuzzFormat(f *testing.F, name, match string) {
	var format Format
	for _, path := range samples(f, filepath.Join("..", "fixtures", name)) {
		if ok, _ := filepath.Match(match, filepath.Base(path)); !ok {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		format = lookup(f, name, path)
		f.Add(data)
		for line := range bytes.Lines(data) {
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) { conserve(t, format, data) })
}

func FuzzCloudTrail(f *testing.F)     { fuzzFormat(f, "aws.cloudtrail", "*.json") }
func FuzzGenAI(f *testing.F)          { fuzzFormat(f, "otlp.genai", "*json") }
func FuzzClaudeCode(f *testing.F)     { fuzzFormat(f, "otlp.claude_code", "*json") }
func FuzzApprovals(f *testing.F)      { fuzzFormat(f, "agenttrail.approvals", "*") }
func FuzzGenericLines(f *testing.F)   { fuzzFormat(f, "generic", "*.ndjson") }
func FuzzGenericObjects(f *testing.F) { fuzzFormat(f, "generic", "*.json") }
func FuzzGenericCSV(f *testing.F)     { fuzzFormat(f, "generic", "*.csv") }

// FuzzFormats feeds the samples of all formats, changed, through any of them: a foreign log ends record by record, as one of the format's own does.
func FuzzFormats(f *testing.F) {
	formats := slices.DeleteFunc(Formats(), func(f Format) bool { return f.Name == "generic" }) // reads by a mapping only
	for i, format := range formats {
		for _, path := range samples(f, filepath.Join("..", "fixtures", format.Name)) {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(uint8(i), data)
			f.Add(uint8(i+1), data)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) { conserve(t, formats[int(which)%len(formats)], data) })
}

// FuzzCSVCells: every row that the delimiter takes as good splits into cells that give the row again when they are written.
func FuzzCSVCells(f *testing.F) {
	for _, s := range []string{"a,b", `"a","b""c"`, "\"x\ny\",", `"`, `a"b`, `"a"b`, "\"a\"\r\n", ",,\r\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, ok, err := within([]byte(s), 0).row()
		if err != nil || !ok || p.bad != "" {
			return
		}
		cells, clean := appendCells(nil, p.raw)
		if !clean {
			return
		}
		for i, c := range cells {
			cells[i] = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
		}
		written := strings.Join(cells, ",")
		again, ok, err := within([]byte(written+"\n"), 0).row()
		if err != nil || !ok || again.bad != "" || string(again.raw) != written {
			t.Fatalf("row of %q = %q, bad %q; want all of it", written, again.raw, again.bad)
		}
		back, _ := appendCells(nil, again.raw)
		first, _ := appendCells(nil, p.raw)
		if strings.Join(back, "\x00") != strings.Join(first, "\x00") {
			t.Fatalf("cells of %q = %q, written and read again %q", p.raw, first, back)
		}
	})
}

// FuzzLoad: what is no mapping and no tool map gives mistakes, never a panic, and never half a mapping.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"mapping*.yaml", "tools.yaml"} {
		paths, err := filepath.Glob(filepath.Join("..", "fixtures", "*", pattern))
		if err != nil || len(paths) == 0 {
			f.Fatalf("no %s in fixtures, %v", pattern, err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, mistakes := LoadMapping("m", data)
		if (m == nil) != (len(mistakes) > 0) {
			t.Fatalf("LoadMapping(%q) = %v, %v", data, m, mistakes)
		}
		tools, mistakes := LoadTools("t", data)
		if (tools == nil) != (len(mistakes) > 0) {
			t.Fatalf("LoadTools(%q) = %v, %v", data, tools, mistakes)
		}
	})
}
