package kibana

import (
	"fmt"
	"strings"
)

// A kind of panel.
type kind uint8

const (
	metric  kind = iota // one number
	bars                // a measure by day, split by a key
	table               // measures by keys
	listing             // a Discover session
	words               // text
)

// A panel is one field of a dashboard.
type panel struct {
	kind     kind
	title    string
	view     string
	query    string // KQL
	by       []key
	measures []measure
	size     int    // how many values of each key; 0: 20
	session  string // of a listing
	text     string // of words, Markdown
}

// A row of panels: they share its width.
type row struct {
	height int
	panels []panel
}

// A dashboard is rows of panels under controls.
type dashboard struct {
	name, title, about string
	view               string // of the controls
	controls           []key
	links              []string // sessions
	rows               []row
}

const width = 48 // columns of Kibana's grid

func dashboardID(o Options, name string) string { return o.id("dashboard-" + name) }

// shown adds what each dashboard says first: what its numbers are worth, and where the sessions are.
func (d dashboard) shown(o Options) []row {
	b := "Numbers here are for looking, not for a report: `agenttrail report` counts from the trail. Batch data ends with the last run."
	for _, name := range d.links {
		for _, s := range sessions {
			if s.name == name {
				b += fmt.Sprintf(" [%s](discover#/view/%s)", s.title, sessionID(o, name)) // relative: stays in its space
			}
		}
	}
	return append([]row{{4, []panel{{kind: words, text: b}}}}, d.rows...)
}

func (d dashboard) object(o Options) Object {
	panels, references := []object{}, []Reference{}
	y := 0
	for r, row := range d.shown(o) {
		w := width / len(row.panels)
		for i, p := range row.panels {
			id := fmt.Sprintf("p%d-%d", r, i)
			made, refs := p.object(o, id, d.name)
			made["gridData"] = object{"x": i * w, "y": y, "w": w, "h": row.height, "i": id}
			panels = append(panels, made)
			references = append(references, refs...)
		}
		y += row.height
	}
	control, refs := d.controlGroup(o)
	return saved(typeDashboard, dashboardID(o, d.name), object{
		"title": o.title(d.title), "description": d.about, "version": 1, "timeRestore": true, "timeFrom": o.From, "timeTo": o.To,
		"refreshInterval": object{"pause": true, "value": 0}, "panelsJSON": text(panels), "controlGroupInput": control,
		"optionsJSON":           text(object{"useMargins": true, "syncColors": true, "syncCursor": true, "syncTooltips": false, "hidePanelTitles": false}),
		"kibanaSavedObjectMeta": object{"searchSourceJSON": text(object{"query": kuery(""), "filter": []any{}})},
	}, append(references, refs...))
}

// object is the panel in a dashboard of that name, with the dashboard's references for it.
func (p panel) object(o Options, id, dashboard string) (object, []Reference) {
	made := object{"version": Since, "panelIndex": id, "title": p.title}
	switch p.kind {
	case words:
		made["type"] = "visualization"
		made["embeddableConfig"] = object{"hidePanelTitles": true, "enhancements": object{}, "savedVis": object{"title": "", "description": "", "type": "markdown", "uiState": object{},
			"params": object{"fontSize": 12, "openLinksInNewTab": false, "markdown": p.text},
			"data":   object{"aggs": []any{}, "searchSource": object{"query": kuery(""), "filter": []any{}}}}}
		return made, nil
	case listing:
		made["type"], made["panelRefName"] = typeSession, "panel_"+id
		made["embeddableConfig"] = object{"enhancements": object{}}
		return made, []Reference{{sessionID(o, p.session), id + ":panel_" + id, typeSession}}
	}
	enhancements, refs := p.drilldowns(o, id, dashboard)
	made["type"] = "lens"
	made["embeddableConfig"] = object{"attributes": p.lens(o), "enhancements": enhancements}
	return made, append(refs, Reference{viewID(o, p.view), id + ":" + layerRef, typeView})
}

// drilldowns lead from a value in a panel to Discover, and from an action's value to the investigation with that value as a filter.
func (p panel) drilldowns(o Options, id, dashboard string) (object, []Reference) {
	if len(p.by) == 0 {
		return object{}, nil
	}
	event := func(n int, factory, name string, config object) object {
		return object{"eventId": fmt.Sprintf("%s-%d", id, n), "triggers": []string{"FILTER_TRIGGER"}, "action": object{"factoryId": factory, "name": name, "config": config}}
	}
	events := []object{event(0, "OPEN_IN_DISCOVER_DRILLDOWN", "Open in Discover", object{"openInNewTab": false})}
	if dashboard == investigation || p.view != actions {
		return object{"dynamicActions": object{"events": events}}, nil
	}
	const toDashboard = "DASHBOARD_TO_DASHBOARD_DRILLDOWN"
	events = append(events, event(1, toDashboard, "Investigate", object{"useCurrentFilters": true, "useCurrentDateRange": true, "openInNewTab": false}))
	name := strings.Join([]string{id, "drilldown", toDashboard, id + "-1", "dashboardId"}, ":")
	return object{"dynamicActions": object{"events": events}}, []Reference{{dashboardID(o, investigation), name, typeDashboard}}
}

// controlGroup is the row of controls above the panels.
func (d dashboard) controlGroup(o Options) (object, []Reference) {
	controls, references := object{}, []Reference{}
	for i, k := range d.controls {
		id := fmt.Sprintf("c%d", i)
		controls[id] = object{"type": "optionsListControl", "order": i, "width": "small", "grow": true,
			"explicitInput": object{"id": id, "fieldName": k.field, "title": k.label, "selectedOptions": []string{}, "enhancements": object{}}}
		references = append(references, Reference{viewID(o, d.view), "controlGroup_" + id + ":optionsListDataView", typeView})
	}
	ignore := object{"ignoreFilters": false, "ignoreQuery": false, "ignoreTimerange": false, "ignoreValidations": false}
	return object{"controlStyle": "oneLine", "chainingSystem": "HIERARCHICAL", "panelsJSON": text(controls), "ignoreParentSettingsJSON": text(ignore)}, references
}
