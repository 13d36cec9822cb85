package kibana

import (
	"cmp"
	"fmt"
)

// A measure is a number of a panel. Without a field it counts documents.
type measure struct{ label, operation, field string }

var (
	countAll   = measure{"Actions", "count", ""}
	countLines = measure{"Entries", "count", ""}
)

func distinct(label, field string) measure { return measure{label, "unique_count", field} }
func sum(label, field string) measure      { return measure{label, "sum", field} }

// A key is a field by whose values a panel groups.
type key struct{ label, field string }

// layer is the one layer of a Lens panel.
const layer = "layer"

const overTime = "time" // column of the histogram

// column is a measure as Lens keeps it.
func (m measure) column() object {
	field := m.field
	if m.operation == "count" {
		field = "___records___"
	}
	return object{"label": m.label, "customLabel": true, "dataType": "number", "operationType": m.operation, "isBucketed": false, "scale": "ratio", "sourceField": field, "params": object{}}
}

// column is a key as Lens keeps it: its largest values by a measure.
func (k key) column(by string, size int) object {
	return object{"label": k.label, "customLabel": true, "dataType": "string", "operationType": "terms", "isBucketed": true, "scale": "ordinal", "sourceField": k.field,
		"params": object{"size": size, "orderBy": object{"type": "column", "columnId": by}, "orderDirection": "desc", "otherBucket": true, "missingBucket": false,
			"parentFormat": object{"id": "terms"}, "include": []any{}, "exclude": []any{}, "includeIsRegex": false, "excludeIsRegex": false}}
}

func daily() object {
	return object{"label": "Day", "customLabel": true, "dataType": "date", "operationType": "date_histogram", "isBucketed": true, "scale": "interval", "sourceField": "@timestamp",
		"params": object{"interval": "d", "includeEmptyRows": true, "dropPartials": false}}
}

// lens is the panel as attributes of a visualization, with its references.
func (p panel) lens(o Options) object {
	columns, order := object{}, []string{}
	add := func(id string, column object) {
		columns[id] = column
		order = append(order, id)
	}
	if p.kind == bars {
		add(overTime, daily())
	}
	for i, k := range p.by {
		add(fmt.Sprintf("by%d", i), k.column("m0", cmp.Or(p.size, 20)))
	}
	for i, m := range p.measures {
		add(fmt.Sprintf("m%d", i), m.column())
	}
	return object{
		"title": p.title, "type": "lens", "visualizationType": map[kind]string{metric: "lnsMetric", bars: "lnsXY", table: "lnsDatatable"}[p.kind],
		"references": []Reference{{viewID(o, p.view), layerRef, typeView}},
		"state": object{"visualization": p.visualization(order), "query": kuery(p.query), "filters": []any{}, "internalReferences": []any{}, "adHocDataViews": object{},
			"datasourceStates": object{"formBased": object{"layers": object{layer: object{"columns": columns, "columnOrder": order, "incompleteColumns": object{}}}}}},
	}
}

const layerRef = "indexpattern-datasource-layer-" + layer

// visualization is how the columns are drawn.
func (p panel) visualization(order []string) object {
	switch p.kind {
	case metric:
		return object{"layerId": layer, "layerType": "data", "metricAccessor": order[0]}
	case bars:
		drawn := object{"layerId": layer, "layerType": "data", "seriesType": "bar_stacked", "xAccessor": overTime, "accessors": []string{order[len(order)-1]}, "position": "top", "showGridlines": false}
		if len(p.by) > 0 {
			drawn["splitAccessor"] = order[1]
		}
		return object{"preferredSeriesType": "bar_stacked", "valueLabels": "hide", "legend": object{"isVisible": true, "position": "right"}, "layers": []object{drawn}}
	}
	columns := []object{}
	for _, id := range order {
		columns = append(columns, object{"columnId": id})
	}
	return object{"layerId": layer, "layerType": "data", "columns": columns}
}
