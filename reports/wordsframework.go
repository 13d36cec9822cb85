package reports

// Words of the framework report.
const (
	wordFrameworkAbout = "What is asked for, clause by clause, and how far the logs show it"

	frameworkGridText = "There is no overall score, because the clauses do not weigh the same and because most of them ask for more than logs can hold. “Met” is said only where the record itself is what the clause asks for, and every number behind it is what it should be. " +
		"“Part” means that what logs can show is there, and the rest has to be supplied. “Gap” means that a number behind it falls short. “No data” is never a pass."
	frameworkGapsText  = "Each line falls short by the numbers named, or could not be shown for want of data. Owner and date are for the company to fill in: no log knows them."
	frameworkCrossText = "One fact serves many clauses. The first column is the fact, then the clauses of this document that rest on it, and how many clauses of other frameworks do."
	frameworkLimits    = "This document maps facts to duties in words of its own. It is evidence and no legal finding, no certificate and no opinion of an auditor. Whether a framework binds the company, and whether a duty is met, is for people to decide who know both."
	frameworkChecked   = "A clause marked “not confirmed” has a number or a content that was not confirmed from the text itself when the file of this framework was made. Look it up before you rely on it."
)

// States of a clause.
const (
	clauseMet           = "met"
	clausePart          = "part"
	clauseGap           = "gap"
	clauseNotEvidenced  = "not evidenceable"
	clauseNotApplicable = "not applicable"
	clauseNoData        = "no data"
)

// clauseStates are the states in the order in which they are counted.
var clauseStates = []string{clauseMet, clausePart, clauseGap, clauseNoData, clauseNotEvidenced, clauseNotApplicable}

// clauseTones say how a state is drawn.
var clauseTones = map[string]string{clauseMet: ToneGood, clausePart: ToneWarn, clauseGap: ToneBad, clauseNoData: ToneWarn, clauseNotEvidenced: ToneMuted, clauseNotApplicable: ToneMuted}

// reachWords say how far logs can show a clause.
var reachWords = map[string]string{"F": "full", "P": "in part", "N": "none"}

// words say what a measure should be.
func (w Want) words() string {
	switch w {
	case wantNone:
		return "none"
	case wantData:
		return "known"
	}
	return "all"
}
