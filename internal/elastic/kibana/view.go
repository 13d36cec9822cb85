package kibana

import (
	"agenttrail"
	"agenttrail/internal/elastic"
)

// A view is a data view: the indices that panels and sessions look at.
type view struct {
	name, title string
	index       func(*elastic.Client) string
	ofActions   bool // its fields are those of the schema
}

const (
	actions  = "actions"
	receipts = "receipts"
	findings = "findings"
)

var views = []view{
	{actions, "actions of agents and people", (*elastic.Client).ActionsAlias, true},
	{receipts, "receipts: the ledger", (*elastic.Client).ReceiptsIndex, false},
	{findings, "findings of the index", (*elastic.Client).FindingsIndex, false},
}

func viewID(o Options, name string) string { return o.id("view-" + name) }

func (v view) object(o Options) Object {
	return saved(typeView, viewID(o, v.name), object{
		"title": v.index(o.Client), "name": o.title(v.title), "timeFieldName": "@timestamp", "allowNoIndex": true,
		"fields": "[]", "fieldFormatMap": "{}", "runtimeFieldMap": "{}", "sourceFilters": "[]", "fieldAttrs": text(v.descriptions()),
	}, []Reference{})
}

// descriptions are what the schema says of each field; Kibana shows them in its list of fields from 8.16 on.
func (v view) descriptions() object {
	list := object{}
	if v.ofActions {
		for _, f := range agenttrail.Fields() {
			list[f.Name] = object{"customDescription": f.Doc}
		}
	}
	return list
}
