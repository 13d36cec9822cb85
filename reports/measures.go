package reports

import "fmt"

// A Measure is one number of the report with its parts. Without a denominator there is no data, and nothing passes.
type Measure struct {
	ID, Name, Formula      string
	From                   string // attachments that it is a sum of
	Want                   Want   // what it should be
	Numerator, Denominator int64
	Parts                  []Part
}

// A Part is a number beside a measure, or a share of it.
type Part struct {
	Name string
	N    int64
}

// A ratio is what computing a measure gives.
type ratio struct {
	n, of int64
	parts []Part
}

// A definition says once what a measure is. Its id is for us, for files and for the section on method; everything else uses the name.
type definition struct {
	id, name, formula, from string
	compute                 func(*account) ratio
	want                    Want
}

// Want says what a measure should be for a duty to be kept.
type Want int

const (
	wantAll  Want = iota // every one
	wantNone             // not one
	wantData             // any number: it tells something, and is no pass or fail
)

// defined are the measures of every report, in order of their ids.
var defined = []definition{
	{"M01", "Record balance", "days of sources, and folders, whose records read = accepted + duplicate + conflict + skipped + rejected + erased, and whose rows are all found / days of sources, and folders, with records", "balance.csv", (*account).recordBalance, wantAll},
	{"M02", "Report tie-out", "actions in groups.csv / actions counted by receipt", "groups.csv", (*account).tieOut, wantAll},
	{"M03", "Source control total", "objects fetched / objects announced by the sources' own listings", "records.csv", (*account).controlTotal, wantAll},
	{"M04", "Hours with actions", "hours of a source in which at least one action is recorded / hours of the period since the source is read", "sources.csv", (*account).hourCoverage, wantData},
	{"M05", "Silence", "sources with a declared limit and no longer silence / sources with a declared limit", "sources.csv", (*account).silence, wantAll},
	{"M06", "Details that the records state", "details stated / details asked for, over what, when, where, origin, outcome, identity, leave, reason and target of every action", "sources.csv", (*account).detailsStated, wantAll},
	{"M07", "Delay from act to reading", "actions read within a day / all actions", "sources.csv", (*account).delay, wantData},
	{"M08", "Clocks", "actions not dated more than 5 minutes after they were read / all actions", "sources.csv", (*account).clocks, wantAll},
	{"M09", "Integrity", "objects that agree with the ledger, when the whole trail was checked / objects that the ledger names", "this document", (*account).integrity, wantAll},
	{"M10", "Attribution", "actions whose actor the log or the register tells / all actions", "groups.csv", (*account).attribution, wantAll},
	{"M11", "Agents with credentials of their own", "agents whose every credential is no person's and no other agent's / agents seen", "agents.csv", (*account).ownIdentity, wantAll},
	{"M12a", "Agent on a person's or a shared credential", "agent actions with a credential that belongs to a person or that several agents use / agent actions", "groups.csv", (*account).othersCredential, wantNone},
	{"M12b", "Person or agent: the log cannot tell", "actions on a credential that an agent and a person use, where nothing tells who acted / actions on credentials that an agent uses", "groups.csv, credentials.csv", (*account).cannotTell, wantNone},
	{"M13", "Authority trace", "agent actions inside a scope that a named person approved, or approved one by one / agent actions", "groups.csv, high-stakes.csv", (*account).authorityTrace, wantAll},
	{"M14", "Reason trace", "agent actions whose own record states a reason / agent actions", "groups.csv", (*account).reasonTrace, wantAll},
	{"M16", "Sources that log actions, not just errors", "sources that recorded successes / sources", "sources.csv", (*account).successLogging, wantAll},
	{"M17", "Scope before the first action", "agents whose scope was declared, and in the ledger, before their first action of the period / agents seen", "agents.csv", (*account).scopeBefore, wantAll},
	{"M18", "Actions outside the scope", "actions that no rule of their agent allows / agent actions", "groups.csv", (*account).outsideScope, wantNone},
	{"M19", "A person before high stakes", "high-stakes actions that a named person, not the requester, had approved before, unexpired, matching and within its limit / high-stakes actions that were done", "high-stakes.csv", (*account).leaveBefore, wantAll},
	{"M20", "Approvals given", "approvals / decisions of the period", "approvals.csv", (*account).decisionsGiven, wantData},
	{"M21", "Actions of agents that stand in no register", "actions of agents that the register does not know / agent actions", "groups.csv", (*account).unregistered, wantNone},
	{"M24", "Reach without a log", "systems that agents reach and no source covers / systems that agents reach", "reach.csv", (*account).withoutALog, wantNone},
	{"M25", "Findings that are open", "findings that are open or were opened again / findings", "findings.csv", (*account).findingsOpen, wantNone},
}

// Stated is a measure in words: "217 of 220", or "no data".
func (m Measure) Stated() string { return ofm(m.Numerator, m.Denominator) }

// kept says that the measure is what it should be. Without data it is not.
func (m Measure) kept() bool {
	switch {
	case m.Denominator == 0:
		return false
	case m.Want == wantNone:
		return m.Numerator == 0
	case m.Want == wantData:
		return true
	}
	return m.Numerator == m.Denominator
}

// part finds a part by its name.
func (m Measure) part(name string) int64 {
	for _, p := range m.Parts {
		if p.Name == name {
			return p.N
		}
	}
	return 0
}

// of finds a measure by its id.
func (a *account) of(id string) Measure {
	for _, m := range a.measures {
		if m.ID == id {
			return m
		}
	}
	panic("BUG: no measure " + id)
}

// measure computes every measure.
func (a *account) measure() (list []Measure) {
	for _, d := range defined {
		r := d.compute(a)
		list = append(list, Measure{d.id, d.name, d.formula, d.from, d.want, r.n, r.of, r.parts})
	}
	return list
}

func add(parts []Part, name string, n int64) []Part {
	for i := range parts {
		if parts[i].Name == name {
			parts[i].N += n
			return parts
		}
	}
	return append(parts, Part{name, n})
}

// ofm writes n of m; without m there is no data.
func ofm(n, m int64) string {
	if m == 0 {
		return wordNoData
	}
	return fmt.Sprintf("%s of %s", thousands(n), thousands(m))
}
