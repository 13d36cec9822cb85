package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"agenttrail"
)

// A feed is one source with what the ledger says about it and what was counted of it.
type feed struct {
	Source
	configured              bool
	windows                 []agenttrail.WindowState // the newest word about each, in order of time
	records                 agenttrail.Counts        // of the batches that touch the period
	batches                 int64
	objects                 agenttrail.ObjectsFile // Count, Refused and Bytes of the same batches
	stretches               []*stretch             // the same batches by window, in order of time
	unreadable, conflicting [2]time.Time           // first and last end of a batch with such records
	mappings                []mapping              // versions of the mapping, in order of their first use
	tally
}

// A book is what the entries below N say, source by source.
type book struct {
	feeds    []*feed // in order of their names
	receipts map[string]*receipt
	changes  []change         // of policy files in the period
	named    named            // by all batches, of any time
	types    map[string]int64 // entries by type
	reports  []issuedReport   // for the same period, in order of issue
}

// A stretch is what the batches of one window hold: a day of a source, or the whole of a folder.
type stretch struct {
	window  agenttrail.Window
	records agenttrail.Counts
	stored  int64 // actions found
}

// balanced says that every record ended in one state, and every action is there.
func (s *stretch) balanced() bool {
	return s.records.Balance() == 0 && s.records.Actions == s.records.Rows+s.records.ActionDuplicates && s.records.Rows == s.stored
}

// named is what batches name.
type named struct{ objects, records, rows int64 }

// An issuedReport is a report that the ledger names.
type issuedReport struct {
	entry int64
	agenttrail.Report
}

// A mapping is a version that turned records into actions.
type mapping struct {
	version     string
	first, last time.Time // of the batches made with it
	batches     int64
}

// A change is a policy file that came into force.
type change struct {
	entry int64
	at    time.Time
	agenttrail.Policy
}

// A receipt is a batch entry, as counts by receipt need it.
type receipt struct {
	feed    *feed
	stretch *stretch // nil: the batch can hold nothing of the period
}

// readBook reads the entries once.
func readBook(in *Input) (*book, error) {
	b := &book{receipts: map[string]*receipt{}, types: map[string]int64{}}
	for _, s := range in.Sources {
		b.feeds = append(b.feeds, &feed{Source: s, configured: true, tally: newTally()})
	}
	err := in.Entries(func(n int64, e agenttrail.Entry) error {
		if n >= in.Cite.Size {
			return nil
		}
		b.types[e.Type()]++
		switch {
		case e.Policy != nil && !e.Time.Before(in.Period.From) && e.Time.Before(in.Period.To):
			b.changes = append(b.changes, change{n, e.Time, *e.Policy})
		case e.Report != nil && e.Report.From.Equal(in.Period.From) && e.Report.To.Equal(in.Period.To):
			b.reports = append(b.reports, issuedReport{n, *e.Report})
		case e.Batch != nil:
			b.batch(n, e.Batch, in.Period)
		case e.Window != nil:
			b.feed(e.Window.Source).window(*e.Window)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	slices.SortFunc(b.feeds, func(x, y *feed) int { return strings.Compare(x.Name, y.Name) })
	return b, nil
}

// feed finds a source; one that is no longer configured is kept, because the ledger knows it.
func (b *book) feed(name string) *feed {
	for _, f := range b.feeds {
		if f.Name == name {
			return f
		}
	}
	f := &feed{Source: Source{Name: name}, tally: newTally()}
	b.feeds = append(b.feeds, f)
	return f
}

func (b *book) batch(n int64, e *agenttrail.Batch, p Period) {
	f := b.feed(e.Source)
	if !f.configured {
		f.Format, f.Dataset, f.Since = e.Mapping, e.Dataset, e.Since
		if e.Window.Standing() {
			f.Kind = "folder"
		}
	}
	b.named.objects += e.Objects.Count
	b.named.records += e.Evidence.Records
	for _, t := range e.Tables {
		b.named.rows += t.Rows
	}
	r := &receipt{feed: f}
	b.receipts[strconv.FormatInt(n, 10)] = r
	if !touches(e, p) {
		return
	}
	r.stretch = f.stretch(e.Window)
	r.stretch.records.Add(e.Counts)
	f.mapped(e)
	f.batches++
	f.records.Add(e.Counts)
	f.objects.Count += e.Objects.Count
	f.objects.Refused += e.Objects.Refused
	f.objects.Bytes += e.Objects.Bytes
	if e.Counts.Rejected+e.Objects.Refused > 0 {
		widen(&f.unreadable, e.Ended)
	}
	if e.Counts.Conflict > 0 {
		widen(&f.conflicting, e.Ended)
	}
}

// widen takes one more time into a range.
func widen(r *[2]time.Time, at time.Time) {
	if r[0].IsZero() || at.Before(r[0]) {
		r[0] = at
	}
	if at.After(r[1]) {
		r[1] = at
	}
}

// stretch finds the stretch of a window.
func (f *feed) stretch(w agenttrail.Window) *stretch {
	i, found := slices.BinarySearchFunc(f.stretches, w, func(s *stretch, w agenttrail.Window) int {
		return cmp.Or(s.window.From.Compare(w.From), s.window.To.Compare(w.To))
	})
	if !found {
		f.stretches = slices.Insert(f.stretches, i, &stretch{window: w})
	}
	return f.stretches[i]
}

// mapped takes down which version of the mapping made a batch.
func (f *feed) mapped(e *agenttrail.Batch) {
	version := e.Mapping + " " + e.MappingVersion
	i := slices.IndexFunc(f.mappings, func(m mapping) bool { return m.version == version })
	if i < 0 {
		i = len(f.mappings)
		f.mappings = append(f.mappings, mapping{version: version, first: e.Started})
	}
	f.mappings[i].last = e.Started
	f.mappings[i].batches++
}

// touches says whether a batch may hold something of the period. Where nothing tells its time it does, so that no record falls between.
func touches(e *agenttrail.Batch, p Period) bool {
	if !e.Window.Standing() && overlap(e.Window.From, e.Window.To, p) {
		return true
	}
	timed := false
	for _, t := range e.Tables {
		if t.Suspect > 0 || !t.First.IsZero() && t.First.Before(p.To) && !t.Last.Before(p.From) {
			return true
		}
		timed = timed || !t.First.IsZero()
	}
	return e.Window.Standing() && !timed
}

func overlap(from, to time.Time, p Period) bool { return from.Before(p.To) && p.From.Before(to) }

// window takes a newer word about a window. It replaces what stands within the same time.
func (f *feed) window(w agenttrail.WindowState) {
	f.windows = slices.DeleteFunc(f.windows, func(o agenttrail.WindowState) bool {
		return o.Standing() == w.Standing() && !o.From.Before(w.From) && !o.To.After(w.To)
	})
	f.windows = append(f.windows, w)
	slices.SortStableFunc(f.windows, func(x, y agenttrail.WindowState) int { return x.From.Compare(y.From) })
}

// inPeriod are the windows that the period touches. The standing window of a folder always is one.
func (f *feed) inPeriod(p Period) (list []agenttrail.WindowState) {
	for _, w := range f.windows {
		if w.Standing() || overlap(w.From, w.To, p) {
			list = append(list, w)
		}
	}
	return list
}

// announced is what the source said to hold in the windows of a period, and what of it could not be fetched.
type announced struct{ objects, bytes, failed, refused, known, reread, excluded int64 }

func (f *feed) announced(p Period) (n announced) {
	for _, w := range f.inPeriod(p) {
		n.objects += w.Objects
		n.bytes += w.Bytes
		n.failed += int64(len(w.Failed)) + w.FailedMore
		n.refused += w.Refused
		n.known += w.Known
		n.reread += w.Reread
		n.excluded += w.Excluded
	}
	return n
}
