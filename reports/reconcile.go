package reports

import "fmt"

func (a *account) reconcileSection() Section {
	v := a.checks.variance()
	words := []Cell{{Text: "Everything adds up. ", Tone: ToneGood}, {Text: "The difference is 0 at every step from the sources to this report."}}
	switch {
	case v != 0:
		words = []Cell{{Text: fmt.Sprintf("It does not add up: the difference is %s. ", thousands(v)), Tone: ToneBad}, {Text: "The tables show where. The report is provisional until this is explained."}}
	case a.checks.unfetched != 0:
		words = []Cell{{Text: "What was read adds up; not everything could be read. ", Tone: ToneWarn}, {Text: fmt.Sprintf("%s announced and not fetched.", counting(a.checks.unfetched, "object was", "objects were"))}}
	case len(a.book.feeds) == 0:
		words = []Cell{{Text: "No data: there is nothing to add up.", Tone: ToneWarn}}
	}
	return Section{Title: "Does it add up?", Blocks: []Block{{Text: words}, {Table: a.objectTie()}, {Table: a.recordTie()}, {Table: a.rowTie()}, {Table: a.reportTie()}}}
}

// difference is a cell that is zero or wrong.
func difference(n int64) Cell {
	if n == 0 {
		return Cell{Text: "0", Tone: ToneGood}
	}
	return Cell{Text: thousands(n), Tone: ToneBad}
}

// objectTie is step one: what the source says exists, and what was fetched.
func (a *account) objectTie() *Table {
	t := &Table{Caption: "1. From the source to what was fetched (the windows of the period)", Empty: "No source is configured: no data.", Columns: []Column{{Title: "Source", Weight: 28}, {Title: "Announced", Weight: 17, Right: true},
		{Title: "Bytes announced", Weight: 20, Right: true}, {Title: "Fetched", Weight: 16, Right: true}, {Title: "Of these refused as unreadable", Weight: 20, Right: true}, {Title: "Of these read again, nothing new", Weight: 20, Right: true},
		{Title: "Left out by name", Weight: 16, Right: true}, {Title: "Not fetched", Weight: 16, Right: true}}}
	for _, f := range a.book.feeds {
		n := f.announced(a.in.Period)
		if len(f.inPeriod(a.in.Period)) == 0 {
			t.Rows = append(t.Rows, []Cell{{Text: f.Name}, {Text: "no control total", Tone: ToneMuted}, {Text: "–"}, {Text: "–"}, {Text: "–"}, {Text: "–"}, {Text: "–"}, {Text: "–"}})
			continue
		}
		t.Rows = append(t.Rows, []Cell{{Text: f.Name}, number(n.objects), number(n.bytes), number(n.objects - n.failed), number(n.refused), number(n.reread), number(n.excluded), difference(n.failed)})
	}
	return t
}

// recordTie is step two, first half: every record ended in exactly one state.
func (a *account) recordTie() *Table {
	t := &Table{Caption: "2a. From records to their states (the batches that touch the period)", Empty: "No source is configured: no data.", Columns: []Column{{Title: "Source", Weight: 28}, {Title: "Records read", Weight: 16, Right: true}, {Title: "Accepted", Weight: 15, Right: true},
		{Title: "Duplicate", Weight: 15, Right: true}, {Title: "Conflict", Weight: 14, Right: true}, {Title: "Skipped", Weight: 14, Right: true}, {Title: "Rejected", Weight: 14, Right: true},
		{Title: "Erased", Weight: 13, Right: true}, {Title: "Difference", Weight: 16, Right: true}}}
	for _, f := range a.book.feeds {
		c := &f.records
		t.Rows = append(t.Rows, []Cell{{Text: f.Name}, number(c.Read), number(c.Accepted), number(c.Duplicate), toned(c.Conflict, ToneWarn), number(c.Skipped), toned(c.Rejected, ToneWarn), number(c.Erased), difference(c.Balance())})
	}
	return t
}

// rowTie is step two, second half: the actions that the ledger counts are there, and where they are in time.
func (a *account) rowTie() *Table {
	t := &Table{Caption: "2b. From records to actions (the same batches)", Empty: "No source is configured: no data.", Columns: []Column{{Title: "Source", Weight: 28}, {Title: "Actions in records", Weight: 17, Right: true}, {Title: "Repeated", Weight: 15, Right: true}, {Title: "Stored, by the ledger", Weight: 17, Right: true},
		{Title: "Found", Weight: 15, Right: true}, {Title: "Difference", Weight: 16, Right: true}, {Title: "Of the period", Weight: 16, Right: true}, {Title: "Conflicting versions", Weight: 16, Right: true}, {Title: "Of other times", Weight: 16, Right: true}}}
	for _, f := range a.book.feeds {
		c := &f.records
		t.Rows = append(t.Rows, []Cell{{Text: f.Name}, number(c.Actions), number(c.ActionDuplicates), number(c.Rows), number(f.stored), difference(c.Rows - f.stored), number(f.actions),
			toned(f.conflicts, ToneWarn), number(f.stored - f.actions - f.conflicts)})
	}
	return t
}

// reportTie is step three: what is printed is what was counted.
func (a *account) reportTie() *Table {
	c := a.checks
	outside := a.of("M18").Numerator
	violations := []Cell{{Text: "Actions outside the scope"}, number(outside), number(outside - c.outside), difference(c.outside)}
	if a.cases.cut {
		violations = []Cell{{Text: "Actions outside the scope (too many to list)"}, number(outside), {Text: "not compared", Tone: ToneMuted}, {Text: "–"}}
	}
	stakes := int64(len(a.cases.highStakes))
	t := &Table{Caption: "3. From actions to this report", Columns: []Column{{Title: "What", Weight: 44}, {Title: "Counted", Weight: 20, Right: true}, {Title: "In this report", Weight: 20, Right: true}, {Title: "Difference", Weight: 18, Right: true}}, Rows: [][]Cell{
		{{Text: "Actions of the period: by receipt, and in groups.csv"}, number(a.total()), number(a.groups.total + a.groups.leftOut()), difference(c.report)},
		{{Text: "High-stakes actions: by group, and one by one"}, number(stakes + c.stakes), number(stakes), difference(c.stakes)},
		violations,
	}}
	if len(a.in.Filters) > 0 {
		t.Rows[0][0].Text = "Actions of the period: by receipt, and in groups.csv with what the filters left out"
		t.Rows = append(t.Rows, []Cell{{Text: "Of these left out by the filters"}, {Text: "–"}, number(a.groups.leftOut()), {Text: "–"}})
	}
	return t
}
