package reports

import (
	"strconv"
	"strings"
	"time"

	"agenttrail"
)

// Language is the only language of this version: its words stand in the files words*.go.
const Language = "en"

// Words that stand in several places of a report.
const (
	wordTitle   = "Agent activity audit report"
	wordAbout   = "What AI agents did, on whose authority, and how far the logs can tell"
	wordMarking = "Confidential"
	wordNoData  = "no data"
	wordNone    = "none"
	wordNotSaid = "not said"
	wordDemo    = "Demonstration: times and key are not real."

	statusIssued      = "Issued, not reviewed"
	statusProvisional = "Provisional"

	signOffText = "The status on page one is what the program can say. Whether the report is right and enough is for people to say: whoever prepared it, and another person who reviewed it. Until then it is “issued, not reviewed”."

	unnamedAgent = "(agent without a name)"
)

// outcomeWords say an outcome in plain words.
var outcomeWords = map[string]string{
	agenttrail.Success: "succeeded", agenttrail.Partial: "done in part", agenttrail.Denied: "refused", agenttrail.Failure: "failed",
	agenttrail.Pending: "pending", agenttrail.Unknown: "without a stated outcome",
}

// outcomeEnds say an outcome in a sentence, after one and after many.
var outcomeEnds = map[string][2]string{
	agenttrail.Success: {"succeeded", "succeeded"}, agenttrail.Partial: {"was done in part", "were done in part"}, agenttrail.Denied: {"was refused", "were refused"},
	agenttrail.Failure: {"failed", "failed"}, agenttrail.Pending: {"is pending", "are pending"}, agenttrail.Unknown: {"states no outcome", "state no outcome"},
}

// originWords say how far an approval is to be believed.
func originWords(origin string) string {
	switch origin {
	case "system_log":
		return "the system's own log"
	case "api":
		return "a vendor's interface"
	case "file":
		return "a file"
	}
	return "the action's own record"
}

// definitions are the terms of the report. Each is printed in the section on method.
var definitions = [][2]string{
	{"Action", "One thing that somebody did in a system, as one record of a log states it."},
	{"Agent action", "An action whose record names an AI agent as the actor, or whose credential the register of agents gives to an agent alone, or that comes from software which only agents use."},
	{"Register", "The company's list of its agents: owner, credentials, what each may do, what needs a person's approval."},
	{"Scope", "The rules of the register that say which systems, verbs, resources and data an agent may use. A rule counts from the date it declares."},
	{"High stakes", "An agent action for which the register asks for a person's approval. It counts as done unless the log says that it was refused or failed."},
	{"Approved before", "A named person, not the one who asked, approved it at or before its time; the approval had not expired, names the agent or the call, and its limit was not exceeded where both amounts are in one currency."},
	{"Proved, or by its own date", "A date is proved if the ledger held the line or the approval before the action. Otherwise it is only the date that somebody wrote."},
	{"Own credential", "Every role, key or account that the agent used in the period is no person's and was used by no other agent. Where no record of an agent shows a credential, it does not count as own."},
	{"Person or agent: the log cannot tell", "An action on a login that a person and an agent both use, where nothing in the record tells who acted. It counts as neither's."},
	{"Reason", "What the record itself says about why. It is a stated reason, not the true cause."},
	{"Details of a record", "What: the act in the source's words. Where: the system. Origin: the caller's address. Identity: any name of who acted. Leave: whose permission the record states. Target: what was acted on."},
	{"Record states", "Accepted: it gave actions. Duplicate: it was there already. Conflict: it was there with other facts; the first version counts. Skipped: left out by a named rule. Rejected: it could not be read. Erased: removed under the procedure for erasure."},
	{"Day states", "Complete: everything the source listed was read. Empty: the source listed nothing. Partial: some could not be fetched. Missing: due and not read. Not yet due: not over, or inside the usual delay. Before collection: earlier than the date from which the source is read. Files: a folder, which promises no days, held actions of that day."},
	{"No data", "The denominator is zero. Nothing passes without data."},
}

// notProven are the limits of any such report.
var notProven = []string{
	"That the vendors logged everything: an act that no log recorded is not in this report.",
	"That what the logs say is true: the proof shows that the records are unchanged since they were read, not that they were right.",
	"That a stated reason is the real one.",
	"That nobody changed a record before it was read. Where a vendor signs its logs, what the signature says stands with each action (agenttrail show) and is not counted in this report.",
	"That the company's key was safe: whoever holds it could have written another history before the first report, or another copy of the ledger, left the house.",
	"That a date which is marked “by its own date” is right.",
	"This report is evidence. It is no finding of law.",
}

// counting is n with the word that fits it.
func counting(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// thousands writes n with separators.
func thousands(n int64) string {
	if n < 0 {
		return "-" + thousands(-n)
	}
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// listed joins words as a sentence does; more than four are counted.
func listed(words []string) string { return listedTo(4, words) }

// listedTo is listed with another limit.
func listedTo(most int, words []string) string {
	if len(words) > most {
		words = append(words[:most-1:most-1], thousands(int64(len(words)-most+1))+" more")
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// moment writes a time as tables do: UTC, to the second. The attachments have it exactly.
func moment(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format(time.DateTime)
}

// day writes a date.
func day(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format(time.DateOnly)
}

// longDay writes a date for sentences.
func longDay(t time.Time) string { return t.UTC().Format("2 January 2006") }

// between is a span in words: "3 min 12 s".
func between(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(d/time.Second)) + " s"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min " + strconv.Itoa(int(d%time.Minute/time.Second)) + " s"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " h " + strconv.Itoa(int(d%time.Hour/time.Minute)) + " min"
	}
	return thousands(int64(d/(24*time.Hour))) + " d " + strconv.Itoa(int(d%(24*time.Hour)/time.Hour)) + " h"
}

// or is s, or a dash where there is nothing.
func or(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// orNotSaid is s, or that the log did not say it.
func orNotSaid(s string) string {
	if s == "" {
		return wordNotSaid
	}
	return s
}

// inSystem is a verb and where it was done.
func inSystem(verb, system string) string {
	if system == "" {
		return or(verb) + ", system not said"
	}
	return or(verb) + " in " + system
}

// shortened leaves out the middle of an identifier that would fill a column. The attachments have it whole.
func shortened(id string) string {
	const first, last = 16, 27
	if r := []rune(id); len(r) > first+1+last {
		return string(r[:first]) + "…" + string(r[len(r)-last:])
	}
	return id
}

// allShortened shortens each of some identifiers.
func allShortened(ids []string) (list []string) {
	for _, id := range ids {
		list = append(list, shortened(id))
	}
	return list
}

// plain makes cells of texts.
func plain(texts ...string) (cells []Cell) {
	for _, t := range texts {
		cells = append(cells, Cell{Text: t})
	}
	return cells
}

// paragraph is a block of one text.
func paragraph(text string) Block { return Block{Text: plain(text)} }

// number is a cell with a count.
func number(n int64) Cell { return Cell{Text: thousands(n)} }

// toned is a count that means something when it is not zero.
func toned(n int64, tone string) Cell {
	if n == 0 {
		return number(n)
	}
	return Cell{Text: thousands(n), Tone: tone}
}
