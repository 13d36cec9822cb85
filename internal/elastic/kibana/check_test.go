package kibana

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"agenttrail/internal/elastic"

	"github.com/google/go-cmp/cmp"
)

func options(t testing.TB) Options {
	t.Helper()
	c, err := elastic.New(elastic.Config{Addresses: []string{"http://127.0.0.1:9"}, Prefix: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	return Options{Client: c}
}

// read takes the objects as Kibana gets them.
func read(t testing.TB, ndjson []byte) (list []Object) {
	t.Helper()
	for line := range bytes.Lines(ndjson) {
		var o Object
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&o); err != nil {
			t.Fatalf("%.80s: %v", line, err)
		}
		list = append(list, o)
	}
	return list
}

// A checker finds what Kibana would stumble over.
type checker struct {
	objects  map[string]Object                    // by type and id
	fields   map[string]map[string]map[string]any // by id of a view: the mapping of each field
	mistakes []string
}

func (c *checker) add(format string, a ...any) {
	c.mistakes = append(c.mistakes, fmt.Sprintf(format, a...))
}

// mistakesOf checks objects against the mappings of the indices.
func mistakesOf(list []Object) []string {
	c := &checker{objects: map[string]Object{}, fields: map[string]map[string]map[string]any{}}
	actions, ledger := flat(elastic.Mapping()), flat(elastic.LedgerMapping())
	for _, o := range list {
		if c.objects[o.Type+o.ID].ID != "" {
			c.add("%s: the id is there twice", o.ID)
		}
		c.objects[o.Type+o.ID] = o
		if o.Type == typeView {
			c.fields[o.ID] = ledger
			if strings.HasSuffix(o.ID, "-actions") {
				c.fields[o.ID] = actions
			}
		}
	}
	for _, o := range list {
		c.object(o)
	}
	return c.mistakes
}

// flat gives the leaves of a mapping by their dotted names.
func flat(mapping object) map[string]map[string]any {
	leaves := map[string]map[string]any{}
	var walk func(prefix string, m map[string]any)
	walk = func(prefix string, m map[string]any) {
		for name, v := range m["properties"].(map[string]any) {
			leaf := v.(map[string]any)
			if leaf["properties"] != nil {
				walk(prefix+name+".", leaf)
			} else {
				leaves[prefix+name] = leaf
			}
		}
	}
	walk("", mapping)
	return leaves
}

func (c *checker) object(o Object) {
	if !strings.HasPrefix(o.ID, "agenttrail-") || o.CoreVersion != Since || o.TypeVersion == "" {
		c.add("%s: id without our prefix, or versions %q and %q", o.ID, o.CoreVersion, o.TypeVersion)
	}
	for name, v := range o.Attributes {
		if s, ok := v.(string); strings.HasSuffix(name, "JSON") && (!ok || !json.Valid([]byte(s))) {
			c.add("%s: %s is no text of JSON", o.ID, name)
		}
	}
	names := map[string]bool{}
	for _, r := range o.References {
		if c.objects[r.Type+r.ID].ID == "" {
			c.add("%s: reference %s to %s %s, which is not there", o.ID, r.Name, r.Type, r.ID)
		}
		if names[r.Name] {
			c.add("%s: reference %s twice", o.ID, r.Name)
		}
		names[r.Name] = true
	}
	switch o.Type {
	case typeSession:
		c.session(o)
	case typeDashboard:
		c.dashboard(o, names)
	}
}

func (c *checker) view(o Object, name string) (string, bool) {
	for _, r := range o.References {
		if r.Name == name && r.Type == typeView {
			return r.ID, true
		}
	}
	c.add("%s: no reference %s", o.ID, name)
	return "", false
}

func (c *checker) session(o Object) {
	span, _ := o.Attributes["timeRange"].(map[string]any)
	if o.Attributes["timeRestore"] != true || span["from"] == "" || span["to"] == "" {
		c.add("%s: no time range", o.ID)
	}
	var source struct {
		IndexRefName string
		Query        struct{ Query, Language string }
	}
	c.decode(o, o.Attributes["kibanaSavedObjectMeta"].(map[string]any)["searchSourceJSON"], &source)
	view, ok := c.view(o, source.IndexRefName)
	if !ok {
		return
	}
	c.query(o.ID, view, source.Query.Query)
	for _, column := range o.Attributes["columns"].([]any) {
		c.field(o.ID, view, column.(string), "show")
	}
	for _, s := range o.Attributes["sort"].([]any) {
		c.field(o.ID, view, s.([]any)[0].(string), "sort")
	}
}

func (c *checker) decode(o Object, text any, into any) {
	s, ok := text.(string)
	if !ok || json.Unmarshal([]byte(s), into) != nil {
		c.add("%s: %.60v is no text of JSON", o.ID, text)
	}
}

func (c *checker) query(at, view, kql string) {
	names, err := Fields(kql)
	if err != nil {
		c.add("%s: %v", at, err)
	}
	for _, name := range names {
		c.field(at, view, name, "search")
	}
}

// field checks that a field is there, with a type that the operation allows.
func (c *checker) field(at, view, name, operation string) {
	m, ok := c.fields[view][name]
	if !ok {
		c.add("%s: %s has no field %s", at, view, name)
		return
	}
	kind := m["type"].(string)
	allowed := true
	switch operation {
	case "search":
		allowed = m["index"] != false && m["enabled"] != false
	case "terms", "unique_count", "sort":
		allowed = kind != "text" && kind != "object" && m["doc_values"] != false
	case "sum":
		allowed = kind == "long" || kind == "integer"
	case "date_histogram":
		allowed = kind == "date"
	}
	if !allowed {
		c.add("%s: %s of %s, which is %v", at, operation, name, m)
	}
}

// A shownPanel is a panel of a dashboard as it is stored.
type shownPanel struct {
	Type, PanelIndex, PanelRefName string
	GridData                       struct{ X, Y, W, H int }
	EmbeddableConfig               struct {
		Attributes   *shownLens
		Enhancements struct {
			DynamicActions struct {
				Events []struct {
					EventID string
					Action  struct{ FactoryID string }
				}
			}
		}
	}
}

type shownLens struct {
	References []Reference
	State      struct {
		Query            struct{ Query string }
		Visualization    map[string]any
		DatasourceStates struct {
			FormBased struct {
				Layers map[string]struct {
					ColumnOrder []string
					Columns     map[string]struct{ OperationType, SourceField string }
				}
			}
		}
	}
}

func (c *checker) dashboard(o Object, references map[string]bool) {
	if o.Attributes["timeRestore"] != true || o.Attributes["timeFrom"] == "" || o.Attributes["timeTo"] == "" {
		c.add("%s: no time range", o.ID)
	}
	var panels []shownPanel
	c.decode(o, o.Attributes["panelsJSON"], &panels)
	for i, p := range panels {
		g := p.GridData
		if g.X < 0 || g.W < 1 || g.H < 1 || g.X+g.W > 48 {
			c.add("%s: panel %s leaves the grid: %+v", o.ID, p.PanelIndex, g)
		}
		for _, q := range panels[:i] {
			h := q.GridData
			if g.X < h.X+h.W && h.X < g.X+g.W && g.Y < h.Y+h.H && h.Y < g.Y+g.H {
				c.add("%s: panels %s and %s overlap", o.ID, q.PanelIndex, p.PanelIndex)
			}
		}
		if p.Type == "search" && !references[p.PanelIndex+":"+p.PanelRefName] {
			c.add("%s: panel %s: no reference for its session", o.ID, p.PanelIndex)
		}
		for _, e := range p.EmbeddableConfig.Enhancements.DynamicActions.Events {
			name := strings.Join([]string{p.PanelIndex, "drilldown", e.Action.FactoryID, e.EventID, "dashboardId"}, ":")
			if strings.HasPrefix(e.Action.FactoryID, "DASHBOARD") && !references[name] {
				c.add("%s: drilldown %s has no reference", o.ID, name)
			}
		}
		if p.Type == "lens" {
			c.lens(o, p)
		}
	}
	c.controls(o)
}

func (c *checker) lens(o Object, p shownPanel) {
	at, l := o.ID+" "+p.PanelIndex, p.EmbeddableConfig.Attributes
	view, ok := c.view(o, p.PanelIndex+":indexpattern-datasource-layer-layer")
	if !ok || len(l.References) != 1 || l.References[0].ID != view {
		c.add("%s: its own references %v differ from the dashboard's %s", at, l.References, view)
		return
	}
	c.query(at, view, l.State.Query.Query)
	drawn := string(NDJSON([]any{l.State.Visualization}))
	for id, layer := range l.State.DatasourceStates.FormBased.Layers {
		if !strings.Contains(drawn, `"layerId":"`+id+`"`) {
			c.add("%s: layer %s is not drawn: %s", at, id, drawn)
		}
		if len(layer.ColumnOrder) != len(layer.Columns) {
			c.add("%s: %d columns, %d of them in order", at, len(layer.Columns), len(layer.ColumnOrder))
		}
		for _, name := range layer.ColumnOrder {
			column, ok := layer.Columns[name]
			if !ok || !strings.Contains(drawn, `"`+name+`"`) {
				c.add("%s: column %s is missing or not drawn", at, name)
			}
			if column.SourceField != "___records___" {
				c.field(at, view, column.SourceField, column.OperationType)
			}
		}
	}
}

func (c *checker) controls(o Object) {
	group := o.Attributes["controlGroupInput"].(map[string]any)
	var controls map[string]struct {
		ExplicitInput struct{ ID, FieldName string }
	}
	c.decode(o, group["panelsJSON"], &controls)
	if len(controls) == 0 {
		c.add("%s: no controls", o.ID)
	}
	for id, control := range controls {
		if view, ok := c.view(o, "controlGroup_"+id+":optionsListDataView"); ok {
			c.field(o.ID+" "+id, view, control.ExplicitInput.FieldName, "terms")
		}
	}
}

// TestObjects checks all objects as Kibana gets them, and that the checker sees what is wrong with spoiled ones.
func TestObjects(t *testing.T) {
	ndjson := NDJSON(Objects(options(t)))
	if d := cmp.Diff([]string(nil), mistakesOf(read(t, ndjson))); d != "" {
		t.Errorf("Objects (-want +got):\n%s", d)
	}
	if again := NDJSON(Objects(options(t))); !bytes.Equal(ndjson, again) {
		t.Error("Objects: the second time other bytes")
	}
	kinds := map[string]int{}
	for _, o := range read(t, ndjson) {
		kinds[o.Type]++
	}
	if d := cmp.Diff(map[string]int{typeView: 3, typeSession: 10, typeDashboard: 4}, kinds); d != "" {
		t.Errorf("Objects (-want +got):\n%s", d)
	}
	for _, spoil := range []struct{ old, new, want string }{
		{`{"id":"agenttrail-view-findings"`, `{"id":"agenttrail-view-gone"`, ""}, // nobody needs it
		{`{"id":"agenttrail-session-timeline","type"`, `{"id":"agenttrail-session-gone","type"`, "which is not there"},
		{`\"sourceField\":\"agenttrail.verb\"`, `\"sourceField\":\"message\"`, "terms of message"},
		{`\"sourceField\":\"agenttrail.verb\"`, `\"sourceField\":\"event.hash\"`, "terms of event.hash"},
		{`\"sourceField\":\"counts.read\"`, `\"sourceField\":\"run\"`, "sum of run"},
		{`"agenttrail.resource.id"`, `"agenttrail.resource.ident"`, "has no field agenttrail.resource.ident"},
		{`agenttrail.scope.in_scope : false`, `agenttrail.scope.in : false`, "has no field agenttrail.scope.in"},
		{`\"w\":12,\"x\":36`, `\"w\":13,\"x\":36`, "leaves the grid"},
		{`\"w\":12,\"x\":12`, `\"w\":12,\"x\":11`, "overlap"},
		{`"timeRestore":true`, `"timeRestore":false`, "no time range"},
		{`"agenttrail-session-denied"`, `"denied"`, "without our prefix"},
		{`\"panelRefName\":\"panel_p1-0\"`, `\"panelRefName\":\"panel_p9-0\"`, "no reference for its session"},
		{`\"layerId\":\"layer\"`, `\"layerId\":\"other\"`, "is not drawn"},
		{`\"columnOrder\":[\"time\",`, `\"columnOrder\":[`, "of them in order"},
		{`"optionsJSON":"{`, `"optionsJSON":"{{`, "no text of JSON"},
	} {
		bad := bytes.ReplaceAll(ndjson, []byte(spoil.old), []byte(spoil.new))
		if bytes.Equal(bad, ndjson) {
			t.Errorf("nothing holds %s", spoil.old)
			continue
		}
		got := mistakesOf(read(t, bad))
		if spoil.want == "" && len(got) > 0 || spoil.want != "" && !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, spoil.want) }) {
			t.Errorf("with %s the checker finds %d mistakes, the first %q, want %q", spoil.new, len(got), got[:min(len(got), 2)], spoil.want)
		}
	}
}

// TestOneSession freezes one small object.
func TestOneSession(t *testing.T) {
	const want = `{"id":"agenttrail-session-denied","type":"search","attributes":{"columns":["agenttrail.actor.id","agenttrail.on_behalf_of.id","agenttrail.verb","agenttrail.resource.system","agenttrail.resource.id","agenttrail.outcome","event.reason","error.code"],` +
		`"description":"What a system refused","grid":{},"hideChart":false,"isTextBasedQuery":false,"kibanaSavedObjectMeta":{"searchSourceJSON":"{\"filter\":[],\"indexRefName\":\"kibanaSavedObjectMeta.searchSourceJSON.index\",\"query\":{\"language\":\"kuery\",\"query\":\"agenttrail.outcome : \\\"denied\\\"\"}}"},` +
		`"sort":[["@timestamp","desc"]],"timeRange":{"from":"now-30d/d","to":"now"},"timeRestore":true,"title":"agenttrail: Denied"},"references":[{"id":"agenttrail-view-actions","name":"kibanaSavedObjectMeta.searchSourceJSON.index","type":"index-pattern"}],"coreMigrationVersion":"8.8.0","typeMigrationVersion":"7.9.3"}`
	for _, o := range Objects(options(t)) {
		if o.ID == "agenttrail-session-denied" {
			if d := cmp.Diff(want+"\n", string(NDJSON([]Object{o}))); d != "" {
				t.Errorf("session denied (-want +got):\n%s", d)
			}
			return
		}
	}
	t.Error("no session denied")
}

// TestRules: each rule reads an index of ours by fields that are there, late enough for batch data.
func TestRules(t *testing.T) {
	o := options(t)
	c := &checker{fields: map[string]map[string]map[string]any{o.Client.ActionsAlias(): flat(elastic.Mapping()), o.Client.ReceiptsIndex(): flat(elastic.LedgerMapping()), o.Client.FindingsIndex(): flat(elastic.LedgerMapping())}}
	seen := map[string]bool{}
	for _, r := range Rules(o) {
		c.query(r.ID, r.Index[0], r.Query)
		if seen[r.ID] || !strings.HasPrefix(r.ID, "agenttrail-rule-") || r.RiskScore == 0 || r.From != "now-26h" || r.Override != "event.ingested" || r.Enabled || r.Description == "" {
			t.Errorf("rule %+v", r)
		}
		seen[r.ID] = true
	}
	if len(seen) < 8 || len(c.mistakes) > 0 {
		t.Errorf("%d rules, mistakes %q", len(seen), c.mistakes)
	}
}
