package elastic

import (
	"strings"

	"agenttrail"
)

type object = map[string]any

// ActionsTemplate is the index template of actions, made from the field table.
func (c *Client) ActionsTemplate() object {
	return object{
		"index_patterns": []string{c.generation() + "*"}, "priority": 600, "version": 1, "_meta": object{"schema": agenttrail.SchemaVersion},
		"template": object{
			"settings": object{
				"number_of_shards": 1, "auto_expand_replicas": "0-1", "codec": "best_compression", "refresh_interval": "-1",
				"mapping": object{"total_fields": object{"limit": 500}},
			},
			"aliases":  object{c.ActionsAlias(): object{}},
			"mappings": Mapping(),
		},
	}
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

// ReceiptsTemplate is the template of the ledger's entries and of findings.
func (c *Client) ReceiptsTemplate() object {
	keyword, long, date := object{"type": "keyword", "ignore_above": 1024}, object{"type": "long"}, object{"type": "date"}
	counts := object{}
	for _, name := range []string{"read", "accepted", "duplicate", "conflict", "skipped", "rejected", "erased", "rows", "objects", "refused"} {
		counts[name] = long
	}
	return object{
		"index_patterns": []string{c.ReceiptsIndex(), c.FindingsIndex()}, "priority": 600, "version": 1,
		"template": object{
			"settings": object{"number_of_shards": 1, "auto_expand_replicas": "0-1", "refresh_interval": "-1"},
			"mappings": object{"dynamic": "false", "properties": object{
				"@timestamp": date, "n": long, "type": keyword, "source": keyword, "dataset": keyword, "window": keyword, "state": keyword, "result": keyword,
				"run": keyword, "counts": object{"properties": counts}, "entry": object{"type": "object", "enabled": false},
				"ledger": object{"properties": object{"size": long}}, "policy": keyword,
				"event":      object{"properties": object{"kind": keyword, "ingested": date, "reason": keyword}},
				"agenttrail": object{"properties": object{"id": keyword, "receipt": long}},
			}},
		},
	}
}
