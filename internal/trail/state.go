package trail

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"agenttrail"
)

// state is what the entries of the ledger say, replayed: nothing in it is kept anywhere else.
type state struct {
	mu       sync.RWMutex
	size     int64 // entries replayed
	genesis  agenttrail.Genesis
	batches  map[string][]int64 // entries of a source
	data     map[dataset][]tableRef
	policies map[policyKey]agenttrail.Policy
	windows  map[string][]agenttrail.WindowState // of a source, in the order of the entries
	reports  map[string]agenttrail.Report
	findings map[string]agenttrail.Finding // newest word about each
}

type policyKey struct{ kind, name string }

func newState() *state {
	return &state{
		batches: map[string][]int64{}, data: map[dataset][]tableRef{}, policies: map[policyKey]agenttrail.Policy{},
		windows: map[string][]agenttrail.WindowState{}, reports: map[string]agenttrail.Report{}, findings: map[string]agenttrail.Finding{},
	}
}

// replay takes in the entries up to size.
func (s *state) replay(size int64, entry func(int64) agenttrail.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ; s.size < size; s.size++ {
		s.apply(s.size, entry(s.size))
	}
}

func (s *state) apply(n int64, e agenttrail.Entry) {
	switch {
	case e.Genesis != nil:
		s.genesis = *e.Genesis
	case e.Policy != nil:
		s.policies[policyKey{e.Policy.Kind, e.Policy.Name}] = *e.Policy
	case e.Window != nil:
		s.applyWindow(n, *e.Window)
	case e.Report != nil:
		s.reports[e.Report.ID] = *e.Report
	case e.Finding != nil:
		s.findings[e.Finding.ID] = *e.Finding
	case e.Batch != nil:
		s.batches[e.Batch.Source] = append(s.batches[e.Batch.Source], n)
		key := dataset{e.Batch.Dataset, e.Batch.Tenant}
		for _, table := range e.Batch.Tables {
			if table.Name == actionsTable {
				s.data[key] = append(s.data[key], tableRef{n, table})
			}
		}
	}
}

func (s *state) applyWindow(n int64, said agenttrail.WindowState) {
	said.Number, said.Final = n, said.State == agenttrail.WindowFinal
	if said.State == agenttrail.WindowAmended {
		before, _ := s.newestWord(said.Window)
		said.Final = before.Final
	}
	s.windows[said.Source] = append(s.windows[said.Source], said)
}

func (s *state) ledgerSize() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.size
}

// tables are those of a dataset in the entries [from, to).
func (s *state) tables(d dataset, from, to int64) (list []tableRef) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, ref := range s.data[d] {
		if ref.entry >= from && ref.entry < to {
			list = append(list, ref)
		}
	}
	return list
}

func (s *state) batchesOf(source string) []int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.batches[source])
}

// window finds the newest word about w: its own entry, or one over several empty windows that it lies in.
func (s *state) window(w agenttrail.Window) (agenttrail.WindowState, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.newestWord(w)
}

func (s *state) newestWord(w agenttrail.Window) (agenttrail.WindowState, bool) {
	for _, said := range slices.Backward(s.windows[w.Source]) {
		if covers(said.Window, w) {
			return said, true
		}
	}
	return agenttrail.WindowState{}, false
}

// covers says whether a word about one window is also one about w.
func covers(said, w agenttrail.Window) bool {
	if said.Standing() || w.Standing() {
		return said.Standing() == w.Standing()
	}
	return said.From.Equal(w.From) || !said.From.After(w.From) && !said.To.Before(w.To)
}

// newest are the newest words about the windows of a source, in order of their start. Of two that overlap the shorter one is the newer.
func (s *state) newest(source string) (list []agenttrail.WindowState) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	seen := map[string]bool{}
	var wide []agenttrail.Window // over several windows, newer than what is looked at
	for _, said := range slices.Backward(s.windows[source]) {
		key := said.Key()
		if seen[key] || slices.ContainsFunc(wide, func(w agenttrail.Window) bool { return covers(w, said.Window) }) {
			continue
		}
		seen[key] = true
		list = append(list, said)
		if said.Result == agenttrail.ResultEmpty {
			wide = append(wide, said.Window)
		}
	}
	slices.SortFunc(list, func(a, b agenttrail.WindowState) int { return strings.Compare(a.Key(), b.Key()) })
	return list
}

// reportsOver are the IDs of the reports whose period overlaps [from, to), in their order.
func (s *state) reportsOver(from, to time.Time) (ids []string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for id, r := range s.reports {
		if r.From.Before(to) && from.Before(r.To) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// amendments are the words about windows that say that something changed under a report, in the order of the entries.
func (s *state) amendments(report string) (list []agenttrail.WindowState) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, words := range s.windows {
		for _, said := range words {
			if slices.Contains(said.Reports, report) {
				list = append(list, said)
			}
		}
	}
	slices.SortFunc(list, func(a, b agenttrail.WindowState) int { return cmp.Compare(a.Number, b.Number) })
	return list
}

// said says whether the newest entry with e's key says the same already, time and run apart.
func (s *state) said(e agenttrail.Entry) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	switch {
	case e.Policy != nil:
		known, ok := s.policies[policyKey{e.Policy.Kind, e.Policy.Name}]
		return ok && known == *e.Policy || !ok && e.Policy.SHA256 == ""
	case e.Window != nil:
		for _, known := range slices.Backward(s.windows[e.Window.Source]) {
			if known.Key() == e.Window.Key() {
				return sameWindow(known, *e.Window)
			}
		}
	case e.Report != nil:
		known, ok := s.reports[e.Report.ID]
		return ok && sameReport(known, *e.Report)
	case e.Finding != nil:
		known, ok := s.findings[e.Finding.ID]
		return ok && known == *e.Finding
	}
	return false
}

// sameWindow compares what two entries say of the window itself. What one run did for it (batches, known, reread, refused) is left out:
// the next run finds those objects known, and that is no news.
func sameWindow(a, b agenttrail.WindowState) bool {
	return a.From.Equal(b.From) && a.To.Equal(b.To) && a.State == b.State && a.Result == b.Result && a.Listing == b.Listing &&
		a.Objects == b.Objects && a.Bytes == b.Bytes && a.Excluded == b.Excluded &&
		slices.Equal(a.Failed, b.Failed) && a.FailedMore == b.FailedMore && a.Added == b.Added && a.Replaced == b.Replaced && slices.Equal(a.Gone, b.Gone) && a.GoneMore == b.GoneMore
}

func sameReport(a, b agenttrail.Report) bool {
	return a.Kind == b.Kind && a.Revision == b.Revision && a.From.Equal(b.From) && a.To.Equal(b.To) &&
		a.Before == b.Before && a.Build == b.Build && a.Params == b.Params && slices.Equal(a.Files, b.Files)
}
