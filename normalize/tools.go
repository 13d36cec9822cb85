package normalize

import (
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// Tools is a tool map: what the names of tools mean. A log names a tool and its arguments; which system it reached, and whether that was a payment or a
// look at a list, only its owner knows. It is a policy of the trail.
type Tools struct{ byName map[string]*tool }

// A tool is one line of a tool map.
type tool struct {
	verb, system, kind string
	external           agenttrail.Bool
	id, subject        *reference
	reason             *reference // why, as the caller stated it
	amount             *amount
	correlation        []*reference
}

// A reference points into the arguments or the result of a call.
type reference struct {
	pointer string
	result  bool
	prefix  string // put before what is found
}

// An amount is money in the arguments or the result.
type amount struct {
	reference
	minor      bool       // the number counts the smallest unit: 4900 is 49.00
	currency   string     // where it is always the same
	currencyAt *reference // where the call says it
}

// toolData is what a call carried: how to find the text at a JSON pointer. nil: the log does not have it.
type toolData struct{ argument, result func(pointer string) string }

func (d toolData) at(ref *reference) string {
	find := d.argument
	if ref != nil && ref.result {
		find = d.result
	}
	if ref == nil || find == nil {
		return ""
	}
	text := find(ref.pointer)
	if text == "" {
		return ""
	}
	return ref.prefix + text
}

// jsonAt finds in a JSON value.
func jsonAt(v strictjson.Value) func(string) string {
	return func(pointer string) string { return v.At(pointer).Str() }
}

// find is the line for the first of the names that the map has; nil when there is no map or no line.
func (t *Tools) find(names ...string) *tool {
	if t == nil {
		return nil
	}
	for _, name := range names {
		if line, ok := t.byName[name]; ok {
			return line
		}
	}
	return nil
}

// apply writes into a what the tool means, with what the call says.
func (t *tool) apply(r *reading, a *agenttrail.Action, d toolData) {
	a.Verb, a.Resource.External = t.verb, t.external
	a.Resource.System, a.Resource.Type = first(t.system, a.Resource.System), first(t.kind, a.Resource.Type)
	if id := d.at(t.id); id != "" {
		a.Resource.ID, a.Resource.Count = id, agenttrail.Num(1)
	}
	if t.amount != nil {
		a.Resource.Amount = t.amount.of(d)
	}
	a.Subjects = r.list(subject(d.at(t.subject)))
	if reason := d.at(t.reason); reason != "" {
		a.Intent.Reason, a.Intent.Basis = reason, agenttrail.BasisRecorded
	}
	for _, ref := range t.correlation {
		if text := d.at(ref); text != "" {
			a.Correlation = append(a.Correlation, text)
		}
	}
}

// of writes the amount in the words of reports: "49.00 EUR". A number that is not whole cents stays as the log wrote it only when it counts whole units.
func (m *amount) of(d toolData) string {
	number := d.at(&m.reference)
	currency := first(m.currency, strings.ToUpper(d.at(m.currencyAt)))
	if number == "" {
		return ""
	}
	if m.minor {
		number = fromMinor(number, decimals(currency))
	}
	if number == "" || currency == "" {
		return number
	}
	return number + " " + currency
}

// fromMinor sets the decimal point n digits from the right; empty when text is no whole number.
func fromMinor(text string, n int) string {
	digits, sign := strings.TrimPrefix(text, "-"), ""
	if len(digits) < len(text) {
		sign = "-"
	}
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	if n == 0 {
		return sign + digits
	}
	for len(digits) <= n {
		digits = "0" + digits
	}
	return sign + digits[:len(digits)-n] + "." + digits[len(digits)-n:]
}

// decimals is how many digits a currency has behind the point (ISO 4217).
func decimals(currency string) int {
	switch currency {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	}
	return 2
}
