// Package kibana makes what people open in Kibana: data views, Discover sessions, dashboards and detection rules, from the tables in this package
// and the field table of the schema, and loads them through Kibana's import APIs.
//
// It is made for the oldest Kibana that it supports, since imports go forward only. It uses nothing that its tests cannot run against a plain
// Elasticsearch: no scripts, no last values, no formulas. Numbers of a dashboard are for looking; those of a report come from the trail.
package kibana

import (
	"bytes"
	"encoding/json"

	"agenttrail/internal/elastic"
)

// Since is the oldest version of Kibana that takes the objects: they carry the formats that it writes itself.
const Since = "8.8.0"

type object = map[string]any

// Options say what the objects are made for.
type Options struct {
	Client   *elastic.Client // names the indices
	Prefix   string          // of all ids and titles; empty: agenttrail
	From, To string          // the time range stored in each object, in Kibana's words; empty: the last 30 days
}

func (o Options) id(name string) string     { return o.Prefix + "-" + name }
func (o Options) title(title string) string { return o.Prefix + ": " + title }

func (o Options) filled() Options {
	if o.Prefix == "" {
		o.Prefix = "agenttrail"
	}
	if o.From == "" {
		o.From, o.To = "now-30d/d", "now"
	}
	return o
}

// An Object is one saved object. Its id stays the same, so that loading it again replaces it.
type Object struct {
	ID          string      `json:"id"`
	Type        string      `json:"type"`
	Attributes  object      `json:"attributes"`
	References  []Reference `json:"references"`
	CoreVersion string      `json:"coreMigrationVersion"`
	TypeVersion string      `json:"typeMigrationVersion"`
}

// A Reference is what an object needs; Name is the place in the object that means it.
type Reference struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
}

// typeVersions are the formats of Since, by type.
var typeVersions = map[string]string{typeView: "8.0.0", typeSession: "7.9.3", typeDashboard: "8.7.0"}

// Types of saved objects.
const (
	typeView      = "index-pattern"
	typeSession   = "search"
	typeDashboard = "dashboard"
)

func saved(kind, id string, attributes object, references []Reference) Object {
	return Object{ID: id, Type: kind, Attributes: attributes, References: references, CoreVersion: Since, TypeVersion: typeVersions[kind]}
}

// Objects are all saved objects: first what others refer to.
func Objects(o Options) (list []Object) {
	o = o.filled()
	for _, v := range views {
		list = append(list, v.object(o))
	}
	for _, s := range sessions {
		list = append(list, s.object(o))
	}
	for _, d := range dashboards {
		list = append(list, d.object(o))
	}
	return list
}

// NDJSON writes objects or rules as the import APIs read them: one a line. The same objects give the same bytes.
func NDJSON[T any](list []T) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, v := range list {
		if err := e.Encode(v); err != nil {
			panic("BUG: a saved object is no JSON: " + err.Error())
		}
	}
	return b.Bytes()
}

// text is a member that Kibana keeps as JSON inside a string.
func text(v any) string {
	return string(bytes.TrimSuffix(NDJSON([]any{v}), []byte("\n")))
}

func kuery(query string) object { return object{"language": "kuery", "query": query} }
