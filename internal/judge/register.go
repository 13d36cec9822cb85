// Package judge concludes, from facts, what no record can say alone: which agent acted, whether that was inside its scope, and whether a person
// had given leave before. It reads the register of agents as it stood in the ledger over time, and the approvals found in the trail.
//
// It refuses to guess: what the log cannot tell apart is said to be so, and an approval that came later, expired, or was given by the requester
// never counts. Every judgement names the line that decided. Facts are never changed.
package judge

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/strictyaml"
)

// A Register is what agents.yaml says at one time.
type Register struct {
	File   string
	Agents []Agent `yaml:"agents"`
}

// An Agent is one entry of the register.
type Agent struct {
	ID           string     `yaml:"id"`
	Name         string     `yaml:"name"`
	Owner        string     `yaml:"owner"`
	Purpose      string     `yaml:"purpose"`
	Status       string     `yaml:"status"` // proposed, active, suspended, retired
	Environments []string   `yaml:"environments"`
	Entity       string     `yaml:"entity"`
	Identities   []Identity `yaml:"identities"`
	Allowed      []Rule     `yaml:"allowed"`
	Required     []Rule     `yaml:"approval_required"`
	ReviewDate   Day        `yaml:"review_date"`
	From         Day        `yaml:"effective_from"`
	To           Day        `yaml:"effective_to"`
	ApprovedBy   string     `yaml:"approved_by"`
	ApprovedAt   Day        `yaml:"approved_at"`
	Ticket       string     `yaml:"ticket"`

	File string // of the register it stands in
}

// An Identity is how one system knows an agent; all of its match must hold.
type Identity struct {
	System    string            `yaml:"system"`
	Match     map[string]string `yaml:"match"`
	Exclusive *bool             `yaml:"exclusive"` // false: a person uses this login too; absent is true
}

// A Rule is one line of what an agent may do, or of what needs a person's leave.
type Rule struct {
	ID        string   `yaml:"id"`
	System    string   `yaml:"system"`
	Verbs     []string `yaml:"verbs"`
	Resources []string `yaml:"resources"` // exact, or a prefix that ends in *; none = any
	DataMax   string   `yaml:"data_max"`  // highest classification that is allowed
	Data      []string `yaml:"data"`      // classifications that need leave; none = any
}

// A Day is a date of the register: the first moment of that day in UTC.
type Day struct{ time.Time }

// UnmarshalText reads 2026-07-01 or a time with zone.
func (d *Day) UnmarshalText(b []byte) error {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, string(b)); err == nil {
			d.Time = t.UTC()
			return nil
		}
	}
	return fmt.Errorf("want a date like 2026-07-01, not %q", b)
}

// Statuses of an agent. A proposed one does not count as registered.
const (
	StatusProposed  = "proposed"
	StatusActive    = "active"
	StatusSuspended = "suspended"
	StatusRetired   = "retired"
)

// matchFields are the short names of a match, and the fact each looks at. Any countable fact may also be used by its own name.
var matchFields = map[string]string{
	"role_arn":      "user.effective.id",
	"principal_arn": "user.id",
	"key_id":        "agenttrail.credential.id",
	"agent_id":      "gen_ai.agent.id",
	"agent_name":    "gen_ai.agent.name",
	"user_email":    "user.email",
	"user_agent":    "user_agent.original",
	"address":       "source.address",
}

var classes = []string{"public", "internal", "confidential", "restricted"}

// Load reads a register file and says every mistake in it.
func Load(file string, data []byte) (*Register, strictyaml.Mistakes) {
	r := &Register{File: file}
	doc := strictyaml.Decode(file, data, r)
	ids := map[string]bool{}
	for i := range r.Agents {
		r.Agents[i].File = file
		checkAgent(doc, fmt.Sprintf("agents[%d]", i), &r.Agents[i], ids)
	}
	return r, doc.Sorted()
}

func checkAgent(doc *strictyaml.Document, at string, a *Agent, ids map[string]bool) {
	switch {
	case a.ID == "":
		doc.Add(at, "an agent needs an id", "add id: a short name that never changes")
	case ids[a.ID]:
		doc.Add(at+".id", fmt.Sprintf("agent %q stands twice", a.ID), "give each agent an id of its own")
	}
	ids[a.ID] = true
	if a.Owner == "" {
		doc.Add(at, fmt.Sprintf("agent %q has no owner", a.ID), "add owner: the person or team that answers for it")
	}
	oneOf(doc, at+".status", a.Status, []string{StatusProposed, StatusActive, StatusSuspended, StatusRetired})
	if !a.To.IsZero() && !a.To.After(a.From.Time) {
		doc.Add(at+".effective_to", "effective_to is not after effective_from", "")
	}
	if a.From.IsZero() && a.Status != StatusProposed {
		doc.Add(at, fmt.Sprintf("agent %q has no effective_from", a.ID), "add the date from which its scope holds, like effective_from: 2026-07-01")
	}
	for i := range a.Identities {
		checkIdentity(doc, fmt.Sprintf("%s.identities[%d]", at, i), &a.Identities[i])
	}
	rules := map[string]bool{}
	for i := range a.Allowed {
		checkRule(doc, fmt.Sprintf("%s.allowed[%d]", at, i), &a.Allowed[i], rules)
	}
	for i := range a.Required {
		checkRule(doc, fmt.Sprintf("%s.approval_required[%d]", at, i), &a.Required[i], rules)
	}
}

func checkIdentity(doc *strictyaml.Document, at string, id *Identity) {
	if id.System == "" {
		doc.Add(at, "an identity needs a system", "add system: aws, stripe, otlp ... as in event.module or agenttrail.resource.system")
	}
	if len(id.Match) == 0 {
		doc.Add(at, "an identity needs a match", `add match: {role_arn: "..."} or another of `+strings.Join(matchNames(), ", "))
	}
	for name, pattern := range id.Match {
		field, ok := matchField(name)
		switch {
		case !ok:
			doc.Add(at+".match."+name, fmt.Sprintf("cannot match by %q", name), "use "+strings.Join(matchNames(), ", ")+", or a countable field by its name")
		case pattern == "" || pattern == "*":
			doc.Add(at+".match."+name, "this pattern would match everybody", "write the value, or a prefix that ends in *")
		case isRegexp(pattern) && field != "user_agent.original":
			doc.Add(at+".match."+name, "regular expressions are for user agents only", "write the value, or a prefix that ends in *")
		case isRegexp(pattern):
			if _, err := regexp.Compile(pattern[1 : len(pattern)-1]); err != nil || len(pattern) > 512 {
				doc.Add(at+".match."+name, "not a regular expression (RE2), or longer than 512 characters", "")
			}
		case strings.Contains(strings.TrimSuffix(pattern, "*"), "*"):
			doc.Add(at+".match."+name, "a * may stand at the end only", "patterns are exact or a prefix")
		}
	}
}

func checkRule(doc *strictyaml.Document, at string, r *Rule, seen map[string]bool) {
	switch {
	case r.ID == "":
		doc.Add(at, "a rule needs an id", "add id: a short name; reports cite it")
	case seen[r.ID]:
		doc.Add(at+".id", fmt.Sprintf("rule %q stands twice in this agent", r.ID), "give each rule an id of its own")
	}
	seen[r.ID] = true
	if r.System == "" {
		doc.Add(at, "a rule needs a system", "add system: as in agenttrail.resource.system")
	}
	if len(r.Verbs) == 0 {
		doc.Add(at, "a rule needs verbs", "add verbs: [read, ...]")
	}
	for i, v := range r.Verbs {
		if _, ok := agenttrail.LookupVerb(v); !ok {
			doc.Add(fmt.Sprintf("%s.verbs[%d]", at, i), fmt.Sprintf("%q is no verb", v), "the verbs are "+strings.Join(verbNames(), ", "))
		}
	}
	if r.DataMax != "" {
		oneOf(doc, at+".data_max", r.DataMax, classes)
	}
	for i, c := range r.Data {
		oneOf(doc, fmt.Sprintf("%s.data[%d]", at, i), c, classes)
	}
	for i, p := range r.Resources {
		if strings.Contains(strings.TrimSuffix(p, "*"), "*") {
			doc.Add(fmt.Sprintf("%s.resources[%d]", at, i), "a * may stand at the end only", "patterns are exact or a prefix")
		}
	}
}

func oneOf(doc *strictyaml.Document, at, value string, list []string) {
	if !slices.Contains(list, value) {
		doc.Add(at, fmt.Sprintf("%q is not known here", value), "use one of "+strings.Join(list, ", "))
	}
}

func verbNames() (names []string) {
	for _, v := range agenttrail.Verbs() {
		names = append(names, v.Name)
	}
	return names
}

func matchNames() (names []string) {
	for n := range matchFields {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// matchField is the fact that a name in a match looks at.
func matchField(name string) (string, bool) {
	if f, ok := matchFields[name]; ok {
		return f, true
	}
	f, ok := agenttrail.Lookup(name)
	return name, ok && f.Fact() && f.Is(agenttrail.Countable)
}

func isRegexp(pattern string) bool {
	return len(pattern) > 2 && pattern[0] == '/' && pattern[len(pattern)-1] == '/'
}
