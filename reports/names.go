package reports

import (
	"fmt"
	"strings"
	"unicode"
)

// names decides who is named. Owners, approvers and those who asked stand in a report by name; all other persons get a number that is
// the same throughout the document, in the order in which it meets them.
type names struct {
	named   map[string]bool
	numbers map[string]string
}

func newNames(in *Input) *names {
	n := &names{map[string]bool{}, map[string]string{}}
	for _, a := range in.Agents {
		n.name(a.Owner, a.ApprovedBy)
	}
	for _, a := range in.Approvals {
		n.name(a.Approver, a.Requester)
	}
	for _, s := range in.NoSource {
		n.name(s.Owner)
	}
	return n
}

func (n *names) name(persons ...string) {
	for _, p := range persons {
		if p != "" {
			n.named[strings.ToLower(p)] = true
		}
	}
}

// person is how a person stands in the report.
func (n *names) person(id string) string {
	key := strings.ToLower(id)
	if id == "" || n.named[key] {
		return id
	}
	number, ok := n.numbers[key]
	if !ok {
		number = fmt.Sprintf("S-%04d", len(n.numbers)+1)
		n.numbers[key] = number
	}
	return number
}

// masked is text of a log without the persons that the report may not name: e-mail addresses, and the given subjects.
func (n *names) masked(text string, subjects []string) string {
	for _, s := range subjects {
		for _, form := range []string{s, bare(s)} {
			if len(form) > 2 && strings.Contains(text, form) {
				text = strings.ReplaceAll(text, form, n.person(s))
			}
		}
	}
	return n.maskedMail(text)
}

// bare is a subject without the system in front: "crm:cus_1042" is cus_1042 in the crm.
func bare(subject string) string {
	if _, id, ok := strings.Cut(subject, ":"); ok {
		return id
	}
	return subject
}

func (n *names) maskedMail(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	var b strings.Builder
	for text != "" {
		var word, gap string
		word, text = before(text, func(r rune) bool { return !mailRune(r) })
		gap, text = before(text, mailRune)
		if isMail(word) {
			address := strings.TrimRight(word, ".'-")
			word = n.person(address) + word[len(address):]
		}
		b.WriteString(word + gap)
	}
	return b.String()
}

// before cuts text in front of the first rune that is so.
func before(text string, is func(rune) bool) (head, rest string) {
	if i := strings.IndexFunc(text, is); i >= 0 {
		return text[:i], text[i:]
	}
	return text, ""
}

func mailRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("@.+-_%'", r)
}

func isMail(word string) bool {
	at := strings.IndexByte(word, '@')
	return at > 0 && at < len(strings.TrimRight(word, ".'-"))-1
}
