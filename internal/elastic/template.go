package elastic

import (
	"strings"

	"agenttrail"
)

type object = map[string]any

// A Layout says how indices are laid out. The zero value is the default.
type Layout struct {
	Serverless bool   // the cluster manages shards, copies and lifecycle itself, and refuses settings for them
	Shards     int    // of one month; 0: one
	Replicas   string // a number; "" or "auto": one copy as soon as there is a second node
	Lifecycle  string // name of a lifecycle policy of the cluster; empty: none
}

// copies are the settings of replicas: what one index may have at any time.
func (l Layout) copies() object {
	if l.Replicas == "" || l.Replicas == "auto" {
		return object{"index.auto_expand_replicas": "0-1"}
	}
	return object{"index.auto_expand_replicas": "false", "index.number_of_replicas": l.Replicas}
}

// changeable are the settings that existing indices take too.
func (l Layout) changeable() object {
	s := l.copies()
	s["index.refresh_interval"] = "-1" // a refresh costs as much as indexing: who wants to read asks for it
	return s
}

func (l Layout) settings() object {
	s := l.changeable()
	s["index.number_of_shards"] = max(l.Shards, 1)
	s["index.codec"] = "best_compression"
	return s
}

// templates are the component and index templates, in the order in which they must be put.
func (c *Client) templates(l Layout) (components, indices []named) {
	actions, ledger := c.prefix+"-actions-v1", c.prefix+"-receipts-v1"
	components = []named{
		{actions + "-mappings", object{"_meta": object{"schema": agenttrail.SchemaVersion}, "template": object{"mappings": Mapping()}}},
		{ledger + "-mappings", object{"template": object{"mappings": LedgerMapping()}}},
	}
	ofActions, ofLedger := []string{actions + "-mappings"}, []string{ledger + "-mappings"}
	if !l.Serverless {
		settings := l.settings()
		components = append(components, named{ledger + "-settings", object{"template": object{"settings": settings}}})
		months := l.settings()
		months["index.mapping.total_fields.limit"] = 500
		if l.Lifecycle != "" {
			months["index.lifecycle.name"] = l.Lifecycle
		}
		components = append(components, named{actions + "-settings", object{"template": object{"settings": months}}})
		ofActions, ofLedger = append(ofActions, actions+"-settings"), append(ofLedger, ledger+"-settings")
	}
	alias := object{"aliases": object{c.ActionsAlias(): object{}}}
	return components, []named{
		{actions, object{"index_patterns": []string{c.generation() + "*"}, "priority": 600, "version": 2, "composed_of": ofActions, "template": alias}},
		// An index that a rebuild fills must not be searched before it is whole: the same without the alias.
		{actions + "-rebuilt", object{"index_patterns": []string{c.generation() + "*-r*"}, "priority": 610, "version": 2, "composed_of": ofActions}},
		{ledger, object{"index_patterns": []string{c.ReceiptsIndex(), c.ReceiptsIndex() + "-r*", c.FindingsIndex()}, "priority": 600, "version": 2, "composed_of": ofLedger}},
	}
}

// A named body of a request.
type named struct {
	name string
	body object
}

// Mapping is the mapping of an action: every field of the table, and the stated twins of those that a judgement may replace.
// An unknown field at the root is kept and not searchable; under agenttrail it is refused, because it can only be a mistake of ours.
func Mapping() object {
	root := object{}
	for _, f := range agenttrail.Fields() {
		put(root, f.Name, fieldMapping(&f))
		if f.Mark == agenttrail.FJ {
			put(root, agenttrail.StatedName(&f), fieldMapping(&f))
		}
	}
	root["agenttrail"].(object)["dynamic"] = "strict"
	return object{"dynamic": "false", "properties": root}
}

// put places a leaf under a dotted name.
func put(properties object, name string, leaf object) {
	head, rest, nested := strings.Cut(name, ".")
	if !nested {
		properties[head] = leaf
		return
	}
	inner, ok := properties[head].(object)
	if !ok {
		inner = object{"properties": object{}}
		properties[head] = inner
	}
	put(inner["properties"].(object), rest, leaf)
}

func fieldMapping(f *agenttrail.Field) object {
	m := object{"type": string(f.Type)}
	switch f.Type {
	case agenttrail.Text:
		m["norms"] = false
	case agenttrail.IP:
		m["ignore_malformed"] = true
	case agenttrail.Long, agenttrail.Integer:
		m["coerce"] = false
	case agenttrail.Keyword:
		if n := f.IgnoreAbove(); n > 0 {
			m["ignore_above"] = n
		}
	}
	if f.Is(agenttrail.HashOnly) || f.Is(agenttrail.NotIndexed) {
		m["doc_values"] = false
	}
	if f.Is(agenttrail.NotIndexed) {
		m["index"] = false
	}
	return m
}

// LedgerMapping is the mapping of the ledger's entries and of findings.
func LedgerMapping() object {
	keyword, long, date := object{"type": "keyword", "ignore_above": 1024}, object{"type": "long"}, object{"type": "date"}
	counts := object{}
	for _, name := range []string{"read", "accepted", "duplicate", "conflict", "skipped", "rejected", "erased", "rows", "objects", "refused", "excluded"} {
		counts[name] = long
	}
	return object{"dynamic": "false", "properties": object{
		"@timestamp": date, "n": long, "type": keyword, "source": keyword, "dataset": keyword, "window": keyword, "state": keyword, "result": keyword,
		"run": keyword, "who": keyword, "counts": object{"properties": counts}, "entry": object{"type": "object", "enabled": false},
		"ledger": object{"properties": object{"size": long}}, "policy": keyword, "message": object{"type": "text", "norms": false},
		"rule":       object{"properties": object{"id": keyword, "name": keyword}},
		"event":      object{"properties": object{"kind": keyword, "ingested": date, "reason": keyword, "dataset": keyword, "severity": long}},
		"agenttrail": object{"properties": object{"id": keyword, "receipt": long}},
		"finding":    object{"properties": object{"id": keyword, "about": keyword, "as": keyword, "first": date, "last": date}},
	}}
}
