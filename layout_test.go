package agenttrail_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors says who may import whom: a package imports lower floors only, and on its own floor nothing but its own subfolders and what it is a
// subfolder of. Longer names win.
var floors = map[string]int{
	".":                   0,
	"internal/strictjson": 0,
	"internal/strictyaml": 0,
	"internal/unpack":     0,
	"ingest":              1,
	"normalize":           1,
	"reports":             1,
	"cron":                1,
	"fixtures":            1,
	"internal/trail":      1,
	"internal/judge":      1,
	"internal/lists":      1,
	"internal/elastic":    1,
	"internal/web":        1,
	"internal/ocsf":       1,
	"internal/config":     2,
	"cmd/agenttrail":      3,
}

// tests are packages that only tests and scripts use.
var tests = []string{"internal/factstest", "internal/testenv", "internal/trail/ledger/ledgertest", "scripts"}

// doors are the only folders that may import a heavy library.
var doors = map[string][]string{
	"github.com/aws/":                         {"ingest"},
	"github.com/jung-kurt/gofpdf":             {"reports/pdf"},
	"github.com/digitorus/":                   {"reports/pdf/seal"},
	"github.com/robfig/cron":                  {"cron"},
	"github.com/prometheus/":                  {"internal/web"},
	"github.com/elastic/":                     {"internal/elastic"},
	"github.com/parquet-go/":                  {"internal/trail/table"},
	"github.com/goccy/go-yaml":                {"internal/strictyaml", "normalize"},
	"github.com/klauspost/compress":           {"internal/unpack", "internal/trail"},
	"github.com/spf13/cobra":                  {"cmd/agenttrail"},
	"github.com/schollz/progressbar":          {"cmd/agenttrail"},
	"golang.org/x/oauth2":                     {"ingest/api"},
	"golang.org/x/time":                       {"ingest/api"},
	"golang.org/x/mod":                        {"internal/trail"},
	"encoding/json/":                          {},
	"github.com/elastic/go-elasticsearch/v8$": {},
}

// TestLayout reads the import lines of every file: a test that asks the go command may be answered from its cache.
func TestLayout(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() && (strings.HasPrefix(e.Name(), ".") && e.Name() != "." || e.Name() == "testdata" || e.Name() == "bin") {
			if e != nil && e.IsDir() && err == nil {
				return filepath.SkipDir
			}
			return err
		}
		if filepath.Ext(path) == ".go" {
			seen++
			checkFile(t, filepath.ToSlash(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 50 {
		t.Errorf("only %d files were looked at: is this the root of the project?", seen)
	}
}

func checkFile(t *testing.T, path string) {
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return
	}
	dir := filepath.ToSlash(filepath.Dir(path))
	test := strings.HasSuffix(path, "_test.go")
	for _, i := range f.Imports {
		name, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		checkDoor(t, path, dir, name, test)
		if own, ok := strings.CutPrefix(name, "agenttrail/"); ok || name == "agenttrail" {
			if name == "agenttrail" {
				own = "."
			}
			checkFloor(t, path, dir, own, test)
		}
	}
}

func checkFloor(t *testing.T, path, dir, imported string, test bool) {
	if under(imported, tests...) {
		if !test && !under(dir, tests...) {
			t.Errorf("%s imports %s, which only tests may", path, imported)
		}
		return
	}
	if under(dir, tests...) {
		return
	}
	from, to := room(dir), room(imported)
	switch {
	case from == "" || to == "":
		t.Errorf("%s imports %s: one of them stands on no floor (add it to the table in layout_test.go)", path, imported)
	case from == to:
	case floors[from] > floors[to]:
	default:
		t.Errorf("%s (floor %d) must not import %s (floor %d)", path, floors[from], imported, floors[to])
	}
}

func checkDoor(t *testing.T, path, dir, imported string, test bool) {
	for library, folders := range doors {
		exact := strings.HasSuffix(library, "$")
		library = strings.TrimSuffix(library, "$")
		if exact && imported != library || !exact && !strings.HasPrefix(imported, library) {
			continue
		}
		if !under(dir, folders...) && !test {
			t.Errorf("%s imports %s: its door is %s", path, imported, strings.Join(folders, ", "))
		}
	}
}

// room is the entry of the floor table that a folder belongs to.
func room(dir string) string {
	best := ""
	for r := range floors {
		if under(dir, r) && len(r) > len(best) {
			best = r
		}
	}
	return best
}

func under(dir string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool {
		return dir == f || f != "." && strings.HasPrefix(dir, f+"/")
	})
}
