package normalize

import (
	"fmt"
	"strings"

	"agenttrail"
	"agenttrail/internal/strictyaml"
)

// LoadTools reads a tool map: a YAML mapping from the name of a tool to what it means. name is the file's name for messages. With any mistake the map is nil.
func LoadTools(name string, data []byte) (*Tools, strictyaml.Mistakes) {
	l := &loader{file: name}
	t := &Tools{byName: map[string]*tool{}}
	if root := l.root(data); root != nil {
		for _, p := range l.pairs(root, "a tool map") {
			t.byName[p.key] = l.tool(p)
		}
	}
	if len(l.mistakes) > 0 {
		return nil, l.sorted()
	}
	return t, nil
}

func (l *loader) tool(p pair) *tool {
	t := &tool{}
	for _, q := range l.pairs(p.value, "tool "+quote(p.key)) {
		if !l.known(q, "verb", "system", "type", "external", "id", "subject", "reason", "amount", "correlation") {
			continue
		}
		switch q.key {
		case "verb":
			t.verb = l.word(q, verbNames()...)
		case "system":
			t.system = l.text(q)
		case "type":
			t.kind = l.text(q)
		case "external":
			t.external = agenttrail.Said(l.truth(q))
		case "id":
			t.id = l.reference(q)
		case "subject":
			t.subject = l.reference(q)
		case "reason":
			t.reason = l.reference(q)
		case "amount":
			t.amount = l.amount(q)
		case "correlation":
			for _, n := range items(q.value) {
				t.correlation = append(t.correlation, l.reference(pair{q.key, q.at, n}))
			}
		}
	}
	if t.verb == "" {
		l.add(p.at, "tool "+quote(p.key)+" has no verb", "add verb: and one of "+strings.Join(verbNames(), ", "))
	}
	return t
}

func verbNames() (names []string) {
	for _, v := range agenttrail.Verbs() {
		names = append(names, v.Name)
	}
	return names
}

func (l *loader) reference(p pair) *reference {
	ref := &reference{}
	for _, q := range l.pairs(p.value, quote(p.key)) {
		if l.known(q, "argument", "result", "prefix") {
			l.refer(ref, q)
		}
	}
	l.needPointer(p, ref)
	return ref
}

func (l *loader) refer(ref *reference, q pair) {
	switch q.key {
	case "argument", "result":
		if ref.pointer != "" {
			l.add(q.at, "argument and result exclude each other", "keep one")
		}
		ref.pointer, ref.result = l.pointer(q), q.key == "result"
	case "prefix":
		ref.prefix = l.text(q)
	}
}

func (l *loader) needPointer(p pair, ref *reference) {
	if ref.pointer == "" {
		l.add(p.at, quote(p.key)+" does not say where the value stands", "add argument: /name or result: /name")
	}
}

func (l *loader) amount(p pair) *amount {
	m := &amount{}
	unit := ""
	for _, q := range l.pairs(p.value, quote(p.key)) {
		if !l.known(q, "argument", "result", "unit", "currency") {
			continue
		}
		switch q.key {
		case "unit":
			unit = l.word(q, "minor", "major")
		case "currency":
			l.currency(m, q)
		default:
			l.refer(&m.reference, q)
		}
	}
	l.needPointer(p, &m.reference)
	if unit == "" {
		l.add(p.at, "the amount does not say its unit", "add unit: minor (4900 is 49.00) or unit: major")
	}
	m.minor = unit == "minor"
	return m
}

// currency is a code, or where the call says it.
func (l *loader) currency(m *amount, q pair) {
	code, ok := scalar(q.value)
	if !ok {
		m.currencyAt = l.reference(q)
		return
	}
	if len(code) != 3 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		l.add(q.value, fmt.Sprintf("%s is no currency", quote(code)), "write three capital letters: EUR")
	}
	m.currency = code
}

// pointer is a JSON pointer to something within a document.
func (l *loader) pointer(q pair) string {
	s := l.text(q)
	if err := checkPointer(s); err != nil {
		l.add(orKey(q), err.Error(), "write it as /name or /outer/inner (RFC 6901)")
	}
	return s
}

func checkPointer(s string) error {
	if !strings.HasPrefix(s, "/") {
		return fmt.Errorf("%s is no JSON pointer: it does not begin with '/'", quote(s))
	}
	for i := range len(s) {
		if s[i] == '~' && (i+1 == len(s) || s[i+1] != '0' && s[i+1] != '1') {
			return fmt.Errorf("%s is no JSON pointer: '~' must be followed by 0 or 1", quote(s))
		}
	}
	return nil
}

// cutStep cuts the first step from a JSON pointer that checkPointer has seen.
func cutStep(pointer string) (step, rest string) {
	step = pointer[1:]
	if i := strings.IndexByte(step, '/'); i >= 0 {
		step, rest = step[:i], step[i:]
	}
	return strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~"), rest
}
