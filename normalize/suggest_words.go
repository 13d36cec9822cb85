package normalize

import (
	"slices"
	"strings"
	"time"

	"agenttrail"
)

// A layout is how a column writes times.
type layout struct {
	name  string
	zoned bool   // the texts state their zone
	other string // another layout that fits as well
}

func (l layout) remark(c *surveyedColumn) string {
	remark := c.example()
	if !l.zoned {
		remark += "; the export states no zone: is it UTC?"
	}
	if l.other != "" {
		remark += " It may also be " + l.other
	}
	return remark
}

// layouts are tried in this order.
var layouts = []layout{
	{name: "rfc3339", zoned: true}, {name: "unix", zoned: true}, {name: "unix_ms", zoned: true}, {name: "unix_ns", zoned: true},
	{name: "2006-01-02 15:04:05 -0700", zoned: true}, {name: "2006-01-02 15:04:05Z07:00", zoned: true}, {name: "2006-01-02T15:04:05.999999999Z0700", zoned: true},
	{name: "2006-01-02 15:04:05"}, {name: "2006-01-02T15:04:05"}, {name: "2006-01-02 15:04"}, {name: "2006/01/02 15:04:05"}, {name: "02.01.2006 15:04:05"}, {name: "02.01.2006 15:04"},
	{name: "01/02/2006 15:04:05"}, {name: "02/01/2006 15:04:05"}, {name: "01/02/2006 15:04"}, {name: "02/01/2006 15:04"}, {name: "1/2/2006 3:04:05 PM"}, {name: "2/1/2006 3:04:05 PM"},
	{name: "1/2/2006 3:04 PM"}, {name: "2/1/2006 3:04 PM"}, {name: "02/Jan/06 3:04 PM"}, {name: "Jan 2, 2006 3:04:05 PM"}, {name: "Jan 2, 2006, 3:04 PM"}, {name: "2006-01-02"},
}

// layoutOf finds the layout that reads all of the values as times between 2000 and 2100.
func layoutOf(values []string) (found layout, ok bool) {
	for _, l := range layouts {
		s := source{layout: l.name, zone: time.UTC}
		fits := !slices.ContainsFunc(values, func(v string) bool {
			t, ok := s.parse(v)
			return !ok || t.Year() < 2000 || t.Year() > 2100
		})
		switch {
		case !fits:
		case !ok:
			found, ok = l, true
		default:
			found.other = l.name
			return found, true
		}
	}
	return found, ok
}

// verbOfWord guesses what a word for an action means.
func verbOfWord(word string) string {
	parts := strings.FieldsFunc(strings.ToLower(word), func(r rune) bool { return r < 'a' || r > 'z' })
	for _, part := range parts {
		for _, w := range verbWords {
			if slices.ContainsFunc(w.beginnings, func(b string) bool { return strings.HasPrefix(part, b) }) {
				return w.verb
			}
		}
	}
	return agenttrail.VerbOther
}

var verbWords = []struct {
	verb       string
	beginnings []string
}{
	{agenttrail.VerbAuthenticate, []string{"login", "logon", "signin", "auth"}},
	{agenttrail.VerbSearch, []string{"search", "list", "query", "find"}},
	{agenttrail.VerbExport, []string{"export", "download"}},
	{agenttrail.VerbRead, []string{"read", "view", "get", "open", "access", "fetch"}},
	{agenttrail.VerbSend, []string{"send", "sent", "mail", "email", "reply", "post", "publish"}},
	{agenttrail.VerbPay, []string{"pay", "refund", "charge", "payout", "transfer"}},
	{agenttrail.VerbShare, []string{"share", "invite"}},
	{agenttrail.VerbApprove, []string{"approv", "accept"}},
	{agenttrail.VerbReject, []string{"reject", "declin"}},
	{agenttrail.VerbGrant, []string{"grant", "assign"}},
	{agenttrail.VerbRevoke, []string{"revok", "unassign"}},
	{agenttrail.VerbDelete, []string{"delet", "remov", "purge", "destroy", "archiv"}},
	{agenttrail.VerbUpdate, []string{"updat", "edit", "chang", "modif", "patch", "set", "renam", "move", "put"}},
	{agenttrail.VerbCreate, []string{"creat", "add", "insert", "new", "upload", "import"}},
	{agenttrail.VerbExecute, []string{"run", "exec", "trigger"}},
	{agenttrail.VerbConfigure, []string{"config", "setting", "enabl", "disabl"}},
	{agenttrail.VerbConnect, []string{"connect", "install"}},
}

// outcomeWords are what exports write for an outcome.
var outcomeWords = map[string]string{
	"true": agenttrail.Success, "success": agenttrail.Success, "succeeded": agenttrail.Success, "successful": agenttrail.Success, "ok": agenttrail.Success,
	"completed": agenttrail.Success, "200": agenttrail.Success, "false": agenttrail.Failure, "failure": agenttrail.Failure, "failed": agenttrail.Failure,
	"error": agenttrail.Failure, "500": agenttrail.Failure, "denied": agenttrail.Denied, "forbidden": agenttrail.Denied, "blocked": agenttrail.Denied,
	"unauthorized": agenttrail.Denied, "403": agenttrail.Denied, "401": agenttrail.Denied, "pending": agenttrail.Pending, "partial": agenttrail.Partial,
}
