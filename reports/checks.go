package reports

import "fmt"

// checks are the tie-outs: source to objects, records to actions, actions to report. A difference is printed, and ends the claim to be complete.
type checks struct {
	unfetched int64 // objects announced and not fetched
	records   int64 // absolute differences of records and their states, over the sources
	rows      int64 // absolute differences of rows that the ledger counts and rows that were found
	report    int64 // actions counted by receipt less actions in the groups
	stakes    int64 // high-stakes actions by group less those found one by one
	outside   int64 // the same of violations; 0 when not all were looked at
}

// variance is the sum of the differences that must be zero. Objects that could not be fetched are gaps, not differences.
func (c checks) variance() int64 {
	return c.records + c.rows + abs(c.report) + abs(c.stakes) + abs(c.outside)
}

func (a *account) reconcile() (c checks) {
	for _, f := range a.book.feeds {
		c.unfetched += f.announced(a.in.Period).failed
		c.records += abs(f.records.Balance()) + abs(f.records.Actions-f.records.Rows-f.records.ActionDuplicates)
		c.rows += abs(f.records.Rows - f.stored)
	}
	c.report = a.total() - a.groups.total - a.groups.leftOut()
	c.stakes = a.sum(func(l *line) bool { return l.required == "yes" }) - int64(len(a.cases.highStakes))
	if !a.cases.cut {
		c.outside = a.sum(func(l *line) bool { return byAgent(l) && l.inScope == "no" }) - int64(len(a.cases.violations))
	}
	return c
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// status is final only when every due day was read and everything adds up.
func (a *account) status() string {
	if len(a.provisional()) > 0 {
		return statusProvisional
	}
	return statusIssued
}

// provisional lists why the report is not final.
func (a *account) provisional() (why []string) {
	n := a.dayCount()
	if a.in.Verified != nil && a.in.Verified.Broken != "" {
		why = append(why, "the trail does not hold: see “Unchanged since it was read”")
	}
	if v := a.checks.variance(); v != 0 {
		why = append(why, fmt.Sprintf("the numbers differ by %s from the records they were made from", thousands(v)))
	}
	if n.missing > 0 {
		why = append(why, fmt.Sprintf("%s not read", counting(n.missing, "day of a source was", "days of sources were")))
	}
	if n.partial > 0 {
		why = append(why, fmt.Sprintf("%s read only in part", counting(n.partial, "day of a source was", "days of sources were")))
	}
	if n.notDue > 0 {
		why = append(why, fmt.Sprintf("%s not yet due", counting(n.notDue, "day of a source is", "days of sources are")))
	}
	if open := a.openFolders(); len(open) > 0 {
		why = append(why, fmt.Sprintf("files of %s could not be fetched", listed(open)))
	}
	if len(a.book.feeds) == 0 {
		why = append(why, "no source is configured")
	}
	if a.in.Period.To.After(a.in.Cite.Time) {
		why = append(why, "the period was not over when the last entry was made")
	}
	return why
}
