package normalize

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/strictyaml"
)

// LoadMapping reads a mapping file of the generic format. name is the file's name for messages. With any mistake the mapping is nil.
func LoadMapping(name string, data []byte) (*Mapping, strictyaml.Mistakes) {
	l := &mappingLoader{loader: loader{file: name}, m: &Mapping{target: targetAction}}
	if root := l.root(data); root != nil {
		l.top(l.pairs(root, "a mapping file"))
		if l.tried {
			l.complete()
		}
	}
	if len(l.mistakes) > 0 {
		return nil, l.sorted()
	}
	return l.m, nil
}

// A mappingLoader fills m. Sources are checked against the framing, which may stand below them in the file: so framing is read first.
type mappingLoader struct {
	loader
	m     *Mapping
	csv   bool
	tried bool // the file has keys: what is missing is worth a message
}

func (l *mappingLoader) top(pairs []pair) {
	l.tried = len(pairs) > 0
	for _, p := range pairs {
		switch p.key {
		case "framing":
			l.framing(p)
		case "target":
			l.target(p)
		}
	}
	for _, p := range pairs {
		if !l.known(p, "dataset", "target", "framing", "id", "fields", "skip") {
			continue
		}
		switch p.key {
		case "dataset":
			l.dataset(p)
		case "id":
			if l.m.target == targetGrant || l.m.target == targetPerson {
				l.add(p.at, "a "+l.m.target+" has no id", "leave it out")
			}
			for _, n := range items(p.value) {
				l.m.id = append(l.m.id, l.source(pair{"id", p.at, n}, nil))
			}
		case "fields":
			l.fields(p)
		case "skip":
			l.skips(p)
		}
	}
}

// complete says what a mapping cannot do without.
func (l *mappingLoader) complete() {
	if l.m.Dataset == "" {
		l.add(nil, "no dataset", "add dataset: system.export, the name that its actions go by")
	}
	if l.m.framing == "" {
		l.add(nil, "no framing", "add framing: lines, array, object:/Records or csv")
	}
	for _, n := range needed {
		if slices.Contains(n.targets, l.m.target) && !slices.Contains(l.m.facts, n.field) {
			l.add(nil, "the field "+n.field+" is not mapped: "+n.why, n.remedy)
		}
	}
}

// needed are the fields that a target cannot do without.
var needed = []struct {
	targets            []string
	field, why, remedy string
}{
	{[]string{targetAction, targetApproval}, "@timestamp", "an action needs a time", `add "@timestamp": {pointer: /when} under fields`},
	{[]string{targetApproval}, "agenttrail.verb", "an approval approves or rejects", "add agenttrail.verb with a map to approve and reject"},
	{[]string{targetGrant}, "agenttrail.grant.system", "a permission is one of a system", "add agenttrail.grant.system: {value: NAME} under fields"},
	{[]string{targetGrant}, "agenttrail.grant.permission", "a grant is a permission", "add agenttrail.grant.permission: {pointer: /role} under fields"},
	{[]string{targetPerson}, "person", "a person needs a name", "add person: {column: Name} under fields"},
}

var datasetName = regexp.MustCompile(`^[a-z0-9_-]+(\.[a-z0-9_-]+)*$`)

func (l *mappingLoader) dataset(p pair) {
	l.m.Dataset = l.text(p)
	if l.m.Dataset != "" && !datasetName.MatchString(l.m.Dataset) {
		l.add(orKey(p), "dataset "+quote(l.m.Dataset)+" is no name", "use lower-case letters, digits, '-' and '_', with dots between: crm.export")
	}
}

func (l *mappingLoader) target(p pair) {
	l.m.target = cmp.Or(l.word(p, targetAction, targetApproval, targetGrant, targetPerson), targetAction)
}

func (l *mappingLoader) framing(p pair) {
	text := l.text(p)
	kind, pointer, _ := strings.Cut(text, ":")
	l.m.framing, l.csv = kind, kind == "csv"
	switch {
	case kind == "object" && checkPointer(pointer) == nil:
		for rest := pointer; rest != ""; {
			var step string
			step, rest = cutStep(rest)
			l.m.path = append(l.m.path, step)
		}
	case pointer != "" || kind != "lines" && kind != "array" && kind != "csv":
		l.add(orKey(p), "framing "+quote(text)+" is unknown", "write lines, array, object:/Records or csv")
	}
}

func (l *mappingLoader) fields(p pair) {
	for _, q := range l.pairs(p.value, "fields") {
		f, ok := l.lookup(q.key)
		switch {
		case !ok:
			l.add(q.at, "no field "+quote(q.key), l.nearField(q.key))
		case !f.Fact() || q.key == "agenttrail.flags" || q.key == "event.dataset":
			l.add(q.at, "the field "+q.key+" is not for mappings: the program writes it", "leave it out")
		default:
			l.m.fields = append(l.m.fields, fieldRule{f, l.source(q, f)})
			l.m.facts = append(l.m.facts, q.key)
		}
	}
	l.m.facts = append(l.m.facts, "event.dataset", "agenttrail.flags")
	if l.m.target != targetAction && l.m.target != targetApproval {
		return
	}
	if slices.Contains(l.m.facts, "source.ip") && !slices.Contains(l.m.facts, "source.address") {
		l.m.facts = append(l.m.facts, "source.address") // what is no address moves there
	}
	if !slices.Contains(l.m.facts, "event.id") {
		l.m.facts = append(l.m.facts, "event.id")
	}
}

// lookup finds a field of the target.
func (l *mappingLoader) lookup(name string) (*agenttrail.Field, bool) {
	switch l.m.target {
	case targetGrant:
		return agenttrail.LookupGrant(name)
	case targetPerson:
		return lookupPerson(name)
	}
	return agenttrail.Lookup(name)
}

func (l *mappingLoader) nearField(name string) string {
	list := agenttrail.Fields()
	switch l.m.target {
	case targetGrant:
		list = agenttrail.GrantFields()
	case targetPerson:
		list = personFields
	}
	var names []string
	for _, f := range list {
		if f.Fact() {
			names = append(names, f.Name)
		}
	}
	if near := strictyaml.Nearest(name, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "the fields are listed in the documentation of the schema"
}

func (l *mappingLoader) skips(p pair) {
	for _, q := range l.pairs(p.value, "skip") {
		rule := skipRule{name: q.key}
		equals := false
		for _, part := range l.pairs(q.value, "skip rule "+quote(q.key)) {
			switch {
			case !l.known(part, "pointer", "column", "equals"):
			case part.key == "equals":
				rule.equals, equals = l.text(part), true
			default:
				l.place(&rule.source, part)
			}
		}
		if !equals || rule.pointer == "" && rule.column == "" {
			l.add(q.at, "skip rule "+quote(q.key)+" is not whole", "write {pointer: /op, equals: ping}")
		}
		l.m.skips = append(l.m.skips, rule)
	}
}

// source reads where a value comes from. f is the field that it is for; nil: the native id.
func (l *mappingLoader) source(p pair, f *agenttrail.Field) source {
	s := source{}
	given := map[string]pair{}
	for _, q := range l.pairs(p.value, quote(p.key)) {
		if !l.known(q, sourceKeys(f)...) {
			continue
		}
		given[q.key] = q
		switch q.key {
		case "pointer", "column":
			l.place(&s, q)
		case "value":
			s.value = l.text(q)
		case "prefix":
			s.prefix = l.text(q)
		case "map":
			s.words = l.words(q)
		case "default":
			s.other = l.text(q)
		case "layout":
			s.layout = l.text(q)
		case "zone":
			l.zone(&s, q)
		}
	}
	l.checkSource(p, s, given)
	if f != nil {
		l.checkFit(p, f, &s, given)
	}
	return s
}

func sourceKeys(f *agenttrail.Field) []string {
	switch {
	case f == nil:
		return []string{"pointer", "column", "prefix"}
	case f.Type == agenttrail.Date:
		return []string{"pointer", "column", "value", "layout", "zone"}
	}
	return []string{"pointer", "column", "value", "map", "default", "prefix"}
}

// place reads a pointer or a column, whichever the framing has.
func (l *mappingLoader) place(s *source, q pair) {
	switch {
	case q.key == "pointer" && l.csv:
		l.add(q.at, "a CSV record has columns, no pointers", "write column: and the heading")
	case q.key == "pointer":
		s.pointer = l.pointer(q)
	case !l.csv && l.m.framing != "":
		l.add(q.at, "a JSON record has pointers, no columns", "write pointer: /name")
	default:
		if s.column = l.text(q); s.column != "" && !slices.Contains(l.m.needs, s.column) {
			l.m.needs = append(l.m.needs, s.column)
		}
	}
}

func (l *mappingLoader) words(q pair) map[string]string {
	words := map[string]string{}
	for _, w := range l.pairs(q.value, "map") {
		words[w.key] = l.text(w)
	}
	return words
}

func (l *mappingLoader) zone(s *source, q pair) {
	name := l.text(q)
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		l.add(orKey(q), "unknown zone "+quote(name), "write UTC, or a name like Europe/Berlin")
	}
	s.zone = zone
}

func (l *mappingLoader) checkSource(p pair, s source, given map[string]pair) {
	places := 0
	for _, key := range []string{"pointer", "column", "value"} {
		if _, ok := given[key]; ok {
			places++
		}
	}
	if places != 1 {
		l.add(p.at, quote(p.key)+" needs exactly one of pointer, column and value", "write {pointer: /name}")
	}
	if q, ok := given["default"]; ok && s.words == nil {
		l.add(q.at, "default belongs to a map", "add map: {word: value}")
	}
}

// checkFit holds constants against the field's closed list, and readies the layout of a time.
func (l *mappingLoader) checkFit(p pair, f *agenttrail.Field, s *source, given map[string]pair) {
	if f.Type == agenttrail.Date {
		l.layout(s, given)
		return
	}
	words := closedLists[f.Name]
	check := func(q pair, word string) {
		if words != nil && word != "" && !slices.Contains(words, s.prefix+word) {
			l.add(orKey(q), quote(word)+" is no value of "+f.Name, "the values are "+strings.Join(words, ", "))
		}
	}
	if q, ok := given["value"]; ok {
		check(q, s.value)
	}
	if q, ok := given["default"]; ok {
		check(q, s.other)
	}
	if q, ok := given["map"]; ok {
		for _, w := range l.quietPairs(q) {
			text, _ := scalar(w.value)
			check(w, text)
		}
	}
}

// quietPairs lists pairs whose mistakes have been told.
func (l *mappingLoader) quietPairs(q pair) []pair { return new(loader).pairs(q.value, "") }

func (l *mappingLoader) layout(s *source, given map[string]pair) {
	at, ok := given["layout"]
	_, zoned := given["zone"]
	if !ok {
		s.layout = "rfc3339"
	}
	fixed := s.layout == "rfc3339" || unixUnits[s.layout] > 0
	switch {
	case fixed && zoned:
		l.add(given["zone"].at, "the layout "+s.layout+" states its zone", "leave zone out")
	case fixed:
	case !roundTrips(s.layout):
		l.add(orKey(at), "layout "+quote(s.layout)+" is none", `write rfc3339, unix, unix_ms, unix_ns, or a Go layout like "02/Jan/06 3:04 PM"`)
	case !zoned && !strings.Contains(s.layout, "Z07") && !strings.Contains(s.layout, "-07"):
		l.add(orKey(at), "layout "+quote(s.layout)+" states no zone", "add zone: UTC, or the zone of the export")
	}
	if s.zone == nil {
		s.zone = time.UTC
	}
}

// roundTrips says that a layout holds at least the date: a time written in it reads as the same day.
func roundTrips(layout string) bool {
	t := time.Date(2021, 11, 23, 17, 34, 56, 0, time.UTC)
	back, err := time.Parse(layout, t.Format(layout))
	return err == nil && back.Format(time.DateOnly) == t.Format(time.DateOnly)
}
