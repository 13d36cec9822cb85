package agenttrail

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the pages that are made from code anew")

// TestSchemaPage holds docs/schema.md to the field table and the verb table.
func TestSchemaPage(t *testing.T) {
	const page = "docs/schema.md"
	got := schemaPage()
	if *update {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what the tables say: run go test . -update", page)
	}
}

func schemaPage() string {
	var b strings.Builder
	fmt.Fprintf(&b, `# The action schema, version %s

Made from the tables in schema.go and verbs.go; do not edit. One action is one document. Names are those of ECS %s where ECS has the meaning, OpenTelemetry's for
generative AI, and agenttrail.* for the rest. An empty field means that the log did not say.

Marks: **F** what the record says · **P** how it came here · **D** derived when a document is written · **J** judged by the register and other records ·
**F/J** stated by the record, or judged; the stated value then stays beside it under agenttrail.stated. F and P are stored and proved.
Required: on every document. Counted: may be a key of counts in reports.

## Fields

| Field | Type | Mark | Required | Counted | Meaning |
|---|---|---|---|---|---|
`, SchemaVersion, ECSVersion)
	for i := range fields {
		f := &fields[i]
		typ := string(f.Type)
		if f.Is(Many) {
			typ += "[]"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", f.Name, typ, f.Mark, tick(f.Is(Required)), tick(f.Is(Countable)), f.Doc)
	}
	b.WriteString("\n## The table of grants\n\nThe permissions held at the time of a snapshot, as an inventory states them: rows of a table of their own beside the actions of a batch, one per agent, credential,\nsystem and permission. The actions say what was used.\n\n| Field | Type | Mark | Meaning |\n|---|---|---|---|\n")
	for i := range grantFields {
		f := &grantFields[i]
		typ := string(f.Type)
		if f.Is(Many) {
			typ += "[]"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Name, typ, f.Mark, f.Doc)
	}
	b.WriteString("\n## Verbs\n\nOne action has one verb. A denied attempt keeps its verb.\n\n| Verb | Effect | ECS category | ECS type |\n|---|---|---|---|\n")
	for _, v := range verbs {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", v.Name, v.Effect, strings.Join(v.Category, ", "), strings.Join(v.Type, ", "))
	}
	return b.String()
}

func tick(b bool) string {
	if b {
		return "yes"
	}
	return ""
}
