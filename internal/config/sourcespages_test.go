package config

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// TestSourcePages loads every example of docs/sources as it stands there, with the members around it that every config has.
func TestSourcePages(t *testing.T) {
	pages, err := filepath.Glob("../../docs/sources/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("docs/sources/*.md = %v, %v; want the pages", pages, err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		blocks := yamlBlock.FindAllSubmatch(text, -1)
		if len(blocks) == 0 {
			t.Errorf("%s shows no config", page)
		}
		for _, block := range blocks {
			name := filepath.Base(page)
			loaded, err := loadExample(t, string(block[1]))
			if err != nil {
				t.Errorf("Load of the example in %s:\n%s%v", name, block[1], err)
				continue
			}
			for _, source := range loaded.Sources {
				if source.Format+".md" != name {
					t.Errorf("%s shows a source of the format %s", name, source.Format)
				}
			}
		}
	}
}

// loadExample loads an example that shows sources only. The files that examples name are there.
func loadExample(t *testing.T, example string) (*Config, error) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("tools.yaml", "stripe_refund_create: {verb: pay, system: stripe}\n")
	return Load(write("agenttrail.yaml", "trail: ./trail\ntenant: acme\n"+example))
}
