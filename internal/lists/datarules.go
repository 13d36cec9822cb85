package lists

import (
	"fmt"
	"slices"
	"strings"

	"agenttrail/internal/strictyaml"
)

// A DataRule says how sensitive what lies in a system is.
type DataRule struct {
	System         string   `yaml:"system"`
	Resources      []string `yaml:"resources"` // exact or by their beginning and a '*'; none: all of the system
	Classification string   `yaml:"classification"`
	Categories     []string `yaml:"categories"`
}

// DataRules says how sensitive data is, by system and resource.
type DataRules struct {
	Rules []DataRule `yaml:"rules"`
}

// Closed lists of the schema.
var (
	classifications = []string{"public", "internal", "confidential", "restricted"}
	categories      = []string{"pii", "phi", "pci", "credentials", "financial", "legal"}
)

// LoadDataRules reads the list. name is the file's name for messages. With any mistake there is no list.
func LoadDataRules(name string, data []byte) (*DataRules, strictyaml.Mistakes) {
	d := &DataRules{}
	doc := strictyaml.Decode(name, data, d)
	for i := range d.Rules {
		r, at := &d.Rules[i], fmt.Sprintf("rules[%d]", i)
		if r.System == "" || r.Classification == "" && len(r.Categories) == 0 {
			doc.Add(at, "a rule needs a system, and a classification or categories", "write {system: crm, classification: confidential, categories: [pii]}")
		}
		if r.Classification != "" && !slices.Contains(classifications, r.Classification) {
			doc.Add(at+".classification", fmt.Sprintf("classification %q is unknown", r.Classification), "write one of "+strings.Join(classifications, ", "))
		}
		for n, c := range r.Categories {
			if !slices.Contains(categories, c) {
				doc.Add(fmt.Sprintf("%s.categories[%d]", at, n), fmt.Sprintf("category %q is unknown", c), "write one of "+strings.Join(categories, ", "))
			}
		}
	}
	if len(doc.Mistakes) > 0 {
		return nil, doc.Sorted()
	}
	return d, nil
}

// Of says what lies in a system, as far as rules for the whole system and for its resources tell: the highest classification and all categories.
func (d *DataRules) Of(system string) (classification string, all []string) {
	if d == nil {
		return "", nil
	}
	level := -1
	for _, r := range d.Rules {
		if r.System != system {
			continue
		}
		level = max(level, slices.Index(classifications, r.Classification))
		for _, c := range r.Categories {
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	if level >= 0 {
		classification = classifications[level]
	}
	slices.Sort(all)
	return classification, all
}
