package reports

import "agenttrail"

// Words of the coverage report.
const (
	wordCoverageTitle = "Logging coverage and integrity report"
	wordCoverageAbout = "Which logs were expected, what was read of them, and how far it can be relied on"

	coverageHoursText = "An hour is expected from the date on which a source is first read to the end of the period, or to the last entry of the ledger if that was earlier. No source here sends a sign of life of its own, " +
		"so an hour without an action may be a quiet hour or a lost one: the days that were read in full tell which."
	coverageSilenceText = "A silence is a stretch of whole hours without an action of the source. Where the company declared how long a source may be silent, a longer one is a gap; where it did not, those of at least a day are listed and none is called a gap."
	coverageLogsOfLogs  = "Who read or deleted the logs themselves can be told only where the log of their own store is a source. No source of this trail says that it is one, so this report says nothing about it: the owner of the store has to show that log beside this report."
	coverageRetention   = "Measured is what the trail holds. How long the company means to keep it, and how fast an old question is answered, cannot be read from the trail: the first is a decision, and the second depends on the machine on the day it is asked."
	coverageChangeText  = "Every file that decides what this report says (config, register, mappings, lists) is kept in the trail, and the ledger holds the moment at which each version came into force."
	coverageNotChecked  = "The trail was not checked when this report was made: no data. The command in “How to check this report” does it."
	coverageHealthText  = "What could not be read, or was read and not understood. A verb that the format does not know becomes “other”: many of them mean that the vendor's log has changed, or that a tool map is incomplete."
)

// standardsOfDetails say which item of two standards asks for a detail.
var standardsOfDetails = []struct{ detail, nist, pci string }{
	{"what", "AU-3 a, what type of event", "10.2.2, type of event"},
	{"when", "AU-3 b, when", "10.2.2, date and time"},
	{"where", "AU-3 c, where", "10.2.2, affected data, component, resource or service"},
	{"origin", "AU-3 d, source", "10.2.2, origination"},
	{"outcome", "AU-3 e, outcome", "10.2.2, success or failure"},
	{"identity", "AU-3 f, identity of those involved", "10.2.2, user identification"},
	{"target", "AU-3 f, objects involved", "10.2.2, affected data, component, resource or service"},
	{"leave", "not asked for", "not asked for"},
	{"reason", "not asked for", "not asked for"},
}

// An auditedEvent is a row of PCI DSS 10.2.1 with the verbs that show it. Without verbs an action's verb cannot show it.
type auditedEvent struct {
	requirement, words string
	verbs              []string
	refusedOnly        bool
	why                string // it cannot be told from verbs
}

var auditedEvents = []auditedEvent{
	{"10.2.1.1", "access by a person to cardholder data", nil, false, "needs to be told which data are cardholder data"},
	{"10.2.1.2", "actions with administrative rights", []string{agenttrail.VerbConfigure, agenttrail.VerbGrant, agenttrail.VerbRevoke}, false, ""},
	{"10.2.1.3", "access to audit logs", nil, false, "needs the log of the store that holds the logs"},
	{"10.2.1.4", "refused or failed attempts", nil, true, ""},
	{"10.2.1.5", "changes of credentials and rights", []string{agenttrail.VerbGrant, agenttrail.VerbRevoke, agenttrail.VerbDelegate}, false, ""},
	{"10.2.1.6", "logging started, stopped or paused", nil, false, "verbs do not tell logging from other settings"},
	{"10.2.1.7", "objects of a system created or deleted", []string{agenttrail.VerbCreate, agenttrail.VerbDelete}, false, ""},
}
