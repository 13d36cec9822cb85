package kibana

import (
	"errors"
	"fmt"
	"strings"
)

// Query translates a query in KQL and a time range into what Kibana sends to Elasticsearch for it, in replay form. It knows what our own objects
// use: field : value, quoted text, prefixes, *, lists of values, comparisons, and, or, not and parentheses. Free text without a field, wildcards
// inside a word and nested fields are errors. from and to are as Elasticsearch reads dates; empty: no limit.
func Query(kql, from, to string) (map[string]any, error) {
	filter := []any{}
	if strings.TrimSpace(kql) != "" {
		q, err := parse(kql)
		if err != nil {
			return nil, err
		}
		filter = append(filter, q)
	}
	if from != "" || to != "" {
		span := object{"format": "strict_date_optional_time"}
		if from != "" {
			span["gte"] = from
		}
		if to != "" {
			span["lte"] = to
		}
		filter = append(filter, object{"range": object{"@timestamp": span}})
	}
	return object{"bool": object{"filter": filter, "must": []any{}, "should": []any{}, "must_not": []any{}}}, nil
}

// parse reads a whole query.
func parse(kql string) (object, error) {
	tokens, err := scan(kql)
	if err != nil {
		return nil, err
	}
	r := &reader{tokens: tokens}
	q, err := r.either(r.term)
	if err == nil && r.peek() != (token{}) {
		err = fmt.Errorf("%q is not expected", r.peek().text)
	}
	if err != nil {
		return nil, fmt.Errorf("KQL %q: %w", kql, err)
	}
	return q, nil
}

// A token is a word, a sign or a quoted text.
type token struct {
	text   string
	quoted bool
	sign   bool
}

func scan(s string) (list []token, err error) {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '"':
			text, n, err := quoted(s[i:])
			if err != nil {
				return nil, fmt.Errorf("KQL %q: %w", s, err)
			}
			list = append(list, token{text: text, quoted: true})
			i += n
		case strings.HasPrefix(s[i:], ">="), strings.HasPrefix(s[i:], "<="):
			list = append(list, token{text: s[i : i+2], sign: true})
			i += 2
		case strings.IndexByte("():<>", c) >= 0:
			list = append(list, token{text: s[i : i+1], sign: true})
			i++
		default:
			n := strings.IndexAny(s[i:], " \t\n\r\"():<>")
			if n < 0 {
				n = len(s) - i
			}
			word := s[i : i+n]
			if strings.ContainsAny(word, `\{}`) {
				return nil, fmt.Errorf("KQL %q: %q: escapes and nested fields are not supported", s, word)
			}
			list = append(list, token{text: word})
			i += n
		}
	}
	return list, nil
}

// quoted reads a text in quotes: how many bytes it takes, and what it means.
func quoted(s string) (string, int, error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), i + 1, nil
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0, errors.New("a quote is not closed")
}

// A reader reads tokens, one level of parentheses deeper with each call of group.
type reader struct {
	tokens []token
	depth  int
}

func (r *reader) peek() token {
	if len(r.tokens) == 0 {
		return token{}
	}
	return r.tokens[0]
}

func (r *reader) next() token {
	t := r.peek()
	if len(r.tokens) > 0 {
		r.tokens = r.tokens[1:]
	}
	return t
}

func (r *reader) sign(text string) bool {
	if r.peek() == (token{text: text, sign: true}) {
		r.next()
		return true
	}
	return false
}

func (r *reader) word(text string) bool {
	if t := r.peek(); !t.quoted && !t.sign && strings.EqualFold(t.text, text) {
		r.next()
		return true
	}
	return false
}

type part = func() (object, error)

// either reads parts that or joins; and binds closer, not closest.
func (r *reader) either(one part) (object, error) {
	return r.joined("or", func() (object, error) {
		return r.joined("and", func() (object, error) { return r.negated(one) }, func(list []any) object { return object{"bool": object{"filter": list}} })
	}, func(list []any) object { return object{"bool": object{"should": list, "minimum_should_match": 1}} })
}

func (r *reader) joined(word string, one part, join func([]any) object) (object, error) {
	first, err := one()
	list := []any{first}
	for err == nil && r.word(word) {
		var q object
		q, err = one()
		list = append(list, q)
	}
	if err != nil {
		return nil, err
	}
	if len(list) == 1 {
		return first, nil
	}
	return join(list), nil
}

func (r *reader) negated(one part) (object, error) {
	if r.word("not") {
		q, err := r.group(one)
		return object{"bool": object{"must_not": q}}, err
	}
	return r.group(one)
}

const maxDepth = 64 // of parentheses

func (r *reader) group(one part) (object, error) {
	if !r.sign("(") {
		return one()
	}
	if r.depth++; r.depth > maxDepth {
		return nil, errors.New("too many parentheses")
	}
	q, err := r.either(one)
	r.depth--
	if err == nil && !r.sign(")") {
		err = errors.New("a parenthesis is not closed")
	}
	return q, err
}

var comparisons = map[string]string{">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}

// term reads a field and what is asked of it.
func (r *reader) term() (object, error) {
	field := r.next()
	if field.sign || field.quoted || field.text == "" {
		return nil, fmt.Errorf("want a field, not %q", field.text)
	}
	if field.text == "*" || strings.Contains(field.text, "*") {
		return nil, fmt.Errorf("%s: a field has a whole name", field.text)
	}
	operator := r.next()
	if !operator.sign {
		return nil, fmt.Errorf("%s: want : or a comparison, not %q (text without a field is not supported)", field.text, operator.text)
	}
	if name, ok := comparisons[operator.text]; ok {
		v := r.next()
		if v.sign || v.text == "" && !v.quoted {
			return nil, fmt.Errorf("%s %s: no value", field.text, operator.text)
		}
		return should(object{"range": object{field.text: object{name: v.text}}}), nil
	}
	if operator.text != ":" {
		return nil, fmt.Errorf("%s: want : or a comparison, not %q", field.text, operator.text)
	}
	return r.group(func() (object, error) { return r.value(field.text) })
}

// value reads one value of a field.
func (r *reader) value(field string) (object, error) {
	v := r.next()
	switch {
	case v.sign || v.text == "" && !v.quoted:
		return nil, fmt.Errorf("%s: no value", field)
	case v.quoted:
		return should(object{"match_phrase": object{field: v.text}}), nil
	case v.text == "*":
		return should(object{"exists": object{"field": field}}), nil
	}
	prefix, open := strings.CutSuffix(v.text, "*")
	switch {
	case strings.Contains(prefix, "*"):
		return nil, fmt.Errorf("%s: %s: * stands at the end only", field, v.text)
	case open:
		return should(object{"prefix": object{field: prefix}}), nil
	}
	return should(object{"match": object{field: v.text}}), nil
}

func should(q object) object {
	return object{"bool": object{"should": []any{q}, "minimum_should_match": 1}}
}

// Fields lists the fields that a query in KQL names, each once, in the order of the query.
func Fields(kql string) ([]string, error) {
	if strings.TrimSpace(kql) == "" {
		return nil, nil
	}
	if _, err := parse(kql); err != nil {
		return nil, err
	}
	tokens, err := scan(kql)
	var list []string
	seen := map[string]bool{}
	for i := range tokens {
		named := i+1 < len(tokens) && tokens[i+1].sign && strings.ContainsAny(tokens[i+1].text, ":<>")
		if named && !seen[tokens[i].text] {
			seen[tokens[i].text] = true
			list = append(list, tokens[i].text)
		}
	}
	return list, err
}
