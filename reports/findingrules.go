package reports

import "slices"

// Severities of a rule, worst first.
const (
	SeverityCritical = "critical"
	SeverityHigh     = "high"
	SeverityMedium   = "medium"
)

// A FindingRule is one thing that reports look for. Its id stands in the ledger and never changes its meaning.
type FindingRule struct {
	ID, Severity string
	Name         string // what was found, in a few words
	Meaning      string
	Check        string // what to look at before it is closed
	About        string // what one finding is about: the subject of its id
	Missing      string // why this version does not look for it; empty: it does

	find func(*account) []Finding // nil: findPairs does, or nobody
}

// Ids of the rules that other code names.
const (
	ruleWrongRecipient = "wrong_recipient"
	ruleSelfApproval   = "self_approval"
)

// FindingRules are all rules, in the order in which findings are listed: by severity, then as written here.
func FindingRules() []FindingRule {
	rules := []FindingRule{
		{ID: ruleWrongRecipient, Severity: SeverityCritical, Name: "Wrong recipient", About: "the message and the record that was read",
			Meaning: "An agent sent something to one person in a session in which it had read the record of another.",
			Check:   "Read both records with show --raw. Did the message hold what was read? If so: a case file, and the clock of the data protection authority."},
		{ID: "use_after_revoke", Severity: SeverityCritical, Name: "Use after revoke", About: "the permission and its holder",
			Meaning: "A permission was used with success after its revocation took effect.", Check: "Was it granted again, or was it never taken away?",
			Missing: "it needs the decisions of an access review campaign"},
		{ID: "source_proof_failed", Severity: SeverityCritical, Name: "The vendor's own proof failed", About: "the source and the object", find: (*account).findProofs,
			Meaning: "A log is not what the vendor signed, the signature does not hold, or a log that the vendor signed is not there.",
			Check:   "Fetch the object again and compare its hash. If it still differs, somebody changed or removed it where it is kept."},
		{ID: "index_altered", Severity: SeverityCritical, Name: "The index was altered", About: "the document",
			Meaning: "A document of Elasticsearch says something else than the trail.", Check: "Who may write to the index? index --rebuild makes it anew from the trail.",
			Missing: "comparing the index with the trail is not in this version; index --rebuild replaces it"},
		{ID: "shadow_agent", Severity: SeverityHigh, Name: "Shadow agent", About: "the agent, as the log names it", find: (*account).findShadows,
			Meaning: "An agent acted that stands in no register.", Check: "Who runs it, for what, on whose leave? Register it or stop it."},
		{ID: "out_of_scope", Severity: SeverityHigh, Name: "Outside the scope, and done", About: "agent, system and verb", find: (*account).findOutside,
			Meaning: "A registered agent did what no line of its register entry allows, and it was not refused.", Check: "Should it be allowed (extend the scope, with an approver), or should the system have refused it?"},
		{ID: "no_approval", Severity: SeverityHigh, Name: "High stakes without approval before", About: "the action", find: (*account).findUnapproved,
			Meaning: "An action that needs a person's leave was done without a valid one before it.", Check: "What was missing is said with it. Who was affected, and can it be undone?"},
		{ID: ruleSelfApproval, Severity: SeverityHigh, Name: "Self-approval", About: "the action", find: (*account).findSelfApproved,
			Meaning: "The one who asked for an action approved it.", Check: "Why could the approver approve their own request? A second person looks at the act."},
		{ID: "errors_only", Severity: SeverityHigh, Name: "A source logs errors only", About: "the source", find: (*account).findErrorsOnly,
			Meaning: "A log has failures and not one success: what worked cannot be seen.", Check: "The logging level of the source. Its successes are missing in every number."},
		{ID: "window_lost", Severity: SeverityHigh, Name: "A window is lost", About: "the source; the window is its time", find: (*account).findLost,
			Meaning: "The source keeps nothing so old any more, and it was not read in time.", Check: "Is there a copy elsewhere? A backfill reads it."},
		{ID: "personal_credential", Severity: SeverityMedium, Name: "An agent on a person's credential", About: "the credential", find: (*account).findPersonal,
			Meaning: "An agent acted with a credential that belongs to a person.", Check: "Give the agent a credential of its own, and change the person's."},
		{ID: "silent_source", Severity: SeverityMedium, Name: "A source fell silent", About: "the source", find: (*account).findSilent,
			Meaning: "A source had no action for longer than the company says it may.", Check: "Was the system quiet, or its log? The days that were read in full tell which."},
		{ID: "no_log", Severity: SeverityMedium, Name: "A system without a log", About: "the system", find: (*account).findNoLog,
			Meaning: "Agents reach a system that no source covers, and no limit is declared for it.", Check: "Configure a source, or declare it under no_source with reason, owner and end."},
		{ID: "unreadable", Severity: SeverityMedium, Name: "Records could not be read", About: "the source", find: (*account).findUnreadable,
			Meaning: "Records were rejected or objects refused. They are kept as evidence and stand in no other number.", Check: "The reasons in the coverage report. Mend the mapping or the source."},
		{ID: "conflict", Severity: SeverityMedium, Name: "One event, two accounts of it", About: "the source", find: (*account).findConflicts,
			Meaning: "An event came again under the same id with other facts.", Check: "Compare both versions with show. Reports count the first."},
		{ID: "no_owner", Severity: SeverityMedium, Name: "An agent without an owner", About: "the agent", find: (*account).findOwnerless,
			Meaning: "An entry of the register names no owner.", Check: "Who answers for it? Name them, or retire the agent."},
		{ID: "dated_earlier", Severity: SeverityMedium, Name: "Dated earlier than seen", About: "the line of the register, or the approver", find: (*account).findDatedEarlier,
			Meaning: "A line of the register or an approval carries a date more than a day before the ledger first saw it.", Check: "Was it written afterwards? Only what the ledger saw in time counts as proved."},
	}
	return rules
}

// findingRule finds a rule by its id; one that this version does not know is medium.
func findingRule(id string) FindingRule {
	rules := FindingRules()
	if i := slices.IndexFunc(rules, func(r FindingRule) bool { return r.ID == id }); i >= 0 {
		return rules[i]
	}
	return FindingRule{ID: id, Severity: SeverityMedium, Name: id}
}
