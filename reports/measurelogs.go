package reports

import (
	"slices"

	"agenttrail"
)

// Measures of the logs: what was read, and how far it can be relied on.

func (a *account) recordBalance() (r ratio) {
	for _, f := range a.book.feeds {
		for _, s := range f.stretches {
			r.of++
			if s.balanced() {
				r.n++
			}
		}
	}
	return r
}

func (a *account) tieOut() ratio {
	return ratio{n: a.sum(func(*line) bool { return true }) + a.groups.leftOut(), of: a.total()}
}

func (a *account) controlTotal() (r ratio) {
	var offered int64
	for _, f := range a.book.feeds {
		n := f.announced(a.in.Period)
		r.n, r.of = r.n+n.objects-n.failed, r.of+n.objects
		if n.objects > 0 {
			offered++
		}
	}
	r.parts = []Part{{"sources that offer a control total", offered}}
	return r
}

func (a *account) hourCoverage() (r ratio) {
	for _, h := range a.hours {
		r.n, r.of = r.n+h.with, r.of+h.expected
	}
	return r
}

func (a *account) silence() (r ratio) {
	var gaps, hours int64
	for _, h := range a.hours {
		if h.feed.Gap == 0 {
			continue
		}
		r.of++
		n := int64(len(h.gaps()))
		if n == 0 {
			r.n++
		}
		gaps += n
		for _, g := range h.gaps() {
			hours += g.hours
		}
	}
	r.parts = []Part{{partSilences, gaps}, {"hours of these", hours}}
	return r
}

const partSilences = "longer silences"

// detailsStated is the completeness of details: the shares stand in sources.csv.
func (a *account) detailsStated() (r ratio) {
	for _, name := range detailNames {
		var known int64
		for _, f := range a.book.feeds {
			known += f.known(name)
		}
		r.parts = append(r.parts, Part{name, known})
		r.n += known
		r.of += a.total()
	}
	return r
}

var detailNames = []string{"what", "when", "where", "origin", "outcome", "identity", "leave", "reason", "target"}

// known is the number of a source's actions whose record states a detail.
func (t *tally) known(name string) int64 {
	switch name {
	case "outcome":
		return t.actions - t.outcomes[agenttrail.Unknown]
	case "leave":
		return t.authorised
	case "reason":
		return t.reasons
	}
	return t.actions - t.unknown[name]
}

func (a *account) delay() ratio {
	r := ratio{of: a.total()}
	var late int64
	for i, step := range agenttrail.LagSteps {
		var n int64
		for _, f := range a.book.feeds {
			n += f.lags[step]
		}
		if i <= slices.Index(agenttrail.LagSteps, "≤1d") {
			r.n += n
		}
		r.parts = append(r.parts, Part{step, n})
	}
	for _, f := range a.book.feeds {
		late += f.late
	}
	r.parts = append(r.parts, Part{"came after their day was closed", late})
	return r
}

func (a *account) clocks() ratio {
	r := ratio{n: a.total(), of: a.total()}
	var suspect int64
	for _, f := range a.book.feeds {
		r.n -= f.skewed
		suspect += f.suspect
	}
	r.parts = []Part{{"with a time that cannot be right", suspect}}
	return r
}

// integrity has data only where the whole trail was checked before the report was made.
func (a *account) integrity() ratio {
	v := a.in.Verified
	switch {
	case v == nil:
		return ratio{}
	case v.Broken != "":
		return ratio{of: a.book.named.objects}
	}
	return ratio{n: a.book.named.objects, of: a.book.named.objects}
}

func (a *account) successLogging() ratio {
	var r ratio
	var errorsOnly, silent int64
	for _, f := range a.book.feeds {
		if f.Inventory {
			continue
		}
		r.of++
		switch {
		case f.succeeded() > 0:
			r.n++
		case f.errorsOnly():
			errorsOnly++
		default:
			silent++
		}
	}
	r.parts = []Part{{partErrorsOnly, errorsOnly}, {"no action with an outcome", silent}}
	return r
}

const partErrorsOnly = "errors only"

func (a *account) withoutALog() ratio {
	r := ratio{of: int64(len(a.reach))}
	for _, w := range a.reach {
		switch {
		case len(w.sources) == 0:
			r.n++
		case w.state != reachCovered:
			r.parts = add(r.parts, w.state, 1)
		}
	}
	return r
}
