package normalize

import (
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"agenttrail"
)

// Suggest reads the first hundred records of an export and proposes a mapping file of the generic format for it. name is the file's name, from which
// the dataset and the system are taken. What is proposed is a guess by headings and values, written to be looked at by a person: each guess says what it
// was taken from, and what could not be placed is listed. The error says why the file cannot be read as records.
func Suggest(name string, in io.Reader) ([]byte, error) {
	s, err := takeSurvey(in)
	if err != nil {
		return nil, err
	}
	g := &guesser{survey: s, system: systemOf(name), taken: map[*surveyedColumn]bool{}}
	return g.mapping(filepath.Base(name)), nil
}

var notSystem = regexp.MustCompile(`[^a-z0-9]+`)

// systemOf makes the name of a system out of that of a file: its first word, in lower case.
func systemOf(name string) string {
	base := strings.ToLower(filepath.Base(name))
	words := strings.FieldsFunc(notSystem.ReplaceAllString(base, " "), func(r rune) bool { return r == ' ' })
	if len(words) == 0 || len(words[0]) > 32 {
		return "export"
	}
	return words[0]
}

// A guesser writes a mapping from a survey.
type guesser struct {
	*survey
	system string
	taken  map[*surveyedColumn]bool
	out    strings.Builder
}

// A guess is one field that a column may fill: by words in its name, the best first, and by what its values must look like.
type guess struct {
	field string
	names []string
	looks func([]string) bool // nil: anything
}

var (
	emails  = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	address = regexp.MustCompile(`^([0-9]{1,3}\.){3}[0-9]{1,3}$|^[0-9a-fA-F:]*:[0-9a-fA-F:]+$`)
)

func matching(p *regexp.Regexp) func([]string) bool {
	return func(values []string) bool {
		return !slices.ContainsFunc(values, func(v string) bool { return !p.MatchString(v) })
	}
}

// guesses come in the order in which they take columns.
var guesses = []guess{
	{"user.email", []string{"email", "actor", "user", "login", "by", "mail"}, matching(emails)},
	{"source.ip", []string{"ip", "address", "host", "client"}, matching(address)},
	{"user_agent.original", []string{"useragent", "client", "browser", "agent"}, func(v []string) bool {
		return slices.ContainsFunc(v, func(s string) bool { return strings.Contains(s, "/") })
	}},
	{"agenttrail.subject.id", []string{"customerid", "customer", "subject", "accountid", "contactid", "patient"}, nil},
	{"agenttrail.session.id", []string{"sessionid", "session", "conversation"}, nil},
	{"agenttrail.intent.reason", []string{"reason", "justification", "comment", "why"}, nil},
	{"agenttrail.actor.id", []string{"actorid", "userid", "actor", "user", "username", "performedby", "by", "who", "login", "owner"}, nil},
	{"agenttrail.resource.type", []string{"objecttype", "resourcetype", "entitytype", "recordtype", "targettype", "type", "module"}, nil},
	{"agenttrail.resource.id", []string{"objectid", "resourceid", "entityid", "recordid", "targetid", "target", "resource", "object", "record", "entity"}, nil},
	{"agenttrail.resource.name", []string{"objectname", "resourcename", "targetname", "name", "title", "subject", "file"}, nil},
	{"agenttrail.resource.amount", []string{"amount", "total"}, nil},
}

// mapping writes the file.
func (g *guesser) mapping(file string) []byte {
	fmt.Fprintf(&g.out, "# A proposal for %s, from its first %d records. Look at every line, then try it:\n", printable(file), g.records)
	g.out.WriteString("#   agenttrail normalize --format generic --mapping THIS-FILE EXPORT\n")
	fmt.Fprintf(&g.out, "dataset: %s.export\ntarget: action                       # or approval, grant, person\nframing: %s\n", g.system, plainOrQuoted(g.framing))
	id := g.pick([]string{"eventid", "id", "uuid", "guid", "key", "logid", "requestid"}, g.unique)
	if id != nil {
		fmt.Fprintf(&g.out, "id: %s\n", g.source(id, ""))
	} else {
		g.out.WriteString("# id: no column has another value in every record; equal records of one file then stay apart, and the same file read again is recognised\n")
	}
	g.out.WriteString("fields:\n")
	g.time()
	g.action()
	fmt.Fprintf(&g.out, "  agenttrail.resource.system: {value: %s}\n", g.system)
	g.outcome()
	for _, k := range guesses {
		if c := g.pick(k.names, k.looks); c != nil {
			g.field(k.field, g.source(c, ""), c.example())
		}
	}
	g.rest()
	return []byte(g.out.String())
}

func (g *guesser) field(name, source, remark string) {
	line := fmt.Sprintf("  %s: %s", name, source)
	if remark != "" {
		line = fmt.Sprintf("%-72s # %s", line, remark)
	}
	g.out.WriteString(line + "\n")
}

// source writes where a value comes from, with more keys behind it.
func (g *guesser) source(c *surveyedColumn, more string) string {
	key := "pointer"
	if g.framing == "csv" {
		key = "column"
	}
	return "{" + key + ": " + plainOrQuoted(c.name) + more + "}"
}

// pick takes the column whose name fits best and whose values look right; nil if there is none.
func (g *guesser) pick(names []string, looks func([]string) bool) *surveyedColumn {
	for _, fits := range []func(column, name string) bool{
		func(column, name string) bool { return column == name },
		func(column, name string) bool { return len(name) > 2 && strings.HasSuffix(column, name) },
		func(column, name string) bool { return len(name) > 3 && strings.Contains(column, name) },
	} {
		for _, name := range names {
			for _, c := range g.columns {
				if !g.taken[c] && len(c.values) > 0 && fits(c.squeezed(), name) && (looks == nil || looks(c.values)) {
					g.taken[c] = true
					return c
				}
			}
		}
	}
	return nil
}

// squeezed is the last step of the name in lower case, letters and digits only.
func (c *surveyedColumn) squeezed() string {
	name := c.name[strings.LastIndexByte(c.name, '/')+1:]
	return notSystem.ReplaceAllString(strings.ToLower(name), "")
}

func (g *guesser) unique(values []string) bool {
	seen := map[string]bool{}
	for _, v := range values {
		seen[v] = true
	}
	return len(seen) == g.records
}

// time maps the column that reads as a time in every record: one whose name says so before others.
func (g *guesser) time() {
	var l layout
	looks := func(values []string) (ok bool) {
		l, ok = layoutOf(values)
		return ok && len(values) == g.records
	}
	c := g.pick([]string{"timestamp", "eventtime", "time", "createdat", "createddate", "when", "date", "occurredat", "created", "resolved"}, looks)
	if c == nil {
		c = g.firstTime(looks)
	}
	if c == nil {
		g.out.WriteString("  # \"@timestamp\": no column holds a time in every record, and an action needs one\n")
		return
	}
	more := ""
	if l.name != "rfc3339" {
		more = ", layout: " + plainOrQuoted(l.name)
	}
	if !l.zoned {
		more += ", zone: UTC"
	}
	g.field(`"@timestamp"`, g.source(c, more), l.remark(c))
}

// firstTime is the first column whatever its name that looks like times. Bare numbers do not: most numbers are none.
func (g *guesser) firstTime(looks func([]string) bool) *surveyedColumn {
	for _, c := range g.columns {
		if _, err := strconv.ParseFloat(strings.Join(c.values, ""), 64); err != nil && !g.taken[c] && looks(c.values) {
			g.taken[c] = true
			return c
		}
	}
	return nil
}

// mostWords is how many different values a column may have to be translated word by word.
const mostWords = 30

// action maps the column that names what was done, and its words to verbs.
func (g *guesser) action() {
	few := func(values []string) bool { return len((&surveyedColumn{values: values}).distinct()) <= mostWords }
	c := g.pick([]string{"action", "operation", "eventtype", "eventname", "event", "op", "activity", "method", "verb", "type"}, few)
	if c == nil {
		g.out.WriteString("  # event.action: no column names what was done; give one, or {value: NAME}\n")
		return
	}
	g.field("event.action", g.source(c, ""), c.example())
	words := c.distinct()
	slices.Sort(words)
	var pairs, unknown []string
	for _, word := range words {
		if verb := verbOfWord(word); verb != agenttrail.VerbOther {
			pairs = append(pairs, strconv.Quote(word)+": "+verb)
		} else {
			unknown = append(unknown, printable(word))
		}
	}
	remark := ""
	if len(unknown) > 0 {
		remark = "other, until you say what they mean: " + strings.Join(unknown, ", ")
	}
	if len(pairs) == 0 {
		g.field("agenttrail.verb", "{value: other}", remark)
		return
	}
	g.field("agenttrail.verb", g.source(c, ", map: {"+strings.Join(pairs, ", ")+"}, default: other"), remark)
}

// outcome maps a column of words for success and failure.
func (g *guesser) outcome() {
	known := func(values []string) bool {
		return !slices.ContainsFunc(values, func(v string) bool { return outcomeWords[strings.ToLower(v)] == "" })
	}
	c := g.pick([]string{"outcome", "result", "status", "success", "ok", "succeeded"}, known)
	if c == nil {
		g.out.WriteString("  # agenttrail.outcome: no column says whether it worked; without one every outcome is unknown\n")
		return
	}
	words := c.distinct()
	slices.Sort(words)
	var pairs []string
	for _, word := range words {
		pairs = append(pairs, strconv.Quote(word)+": "+outcomeWords[strings.ToLower(word)])
	}
	g.field("agenttrail.outcome", g.source(c, ", map: {"+strings.Join(pairs, ", ")+"}"), "")
}

// rest lists the columns that found no place.
func (g *guesser) rest() {
	var names []string
	for _, c := range g.columns {
		if !g.taken[c] {
			names = append(names, printable(c.name))
		}
	}
	if len(names) > 0 {
		fmt.Fprintf(&g.out, "# Not mapped: %s\n", strings.Join(names, ", "))
	}
}

func (c *surveyedColumn) example() string { return "such as " + printable(c.values[0]) }

// printable is a text of the export inside a comment: one line, visible, short.
func printable(s string) string {
	q := strconv.QuoteToASCII(s)
	q = q[1 : len(q)-1]
	if len(q) > 40 {
		q = q[:37] + "..."
	}
	return q
}

var plain = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_/.-]*$`)

// plainOrQuoted writes a scalar of YAML.
func plainOrQuoted(s string) string {
	if plain.MatchString(s) && s != "true" && s != "false" && s != "null" && s != "yes" && s != "no" {
		return s
	}
	return strconv.Quote(s)
}
