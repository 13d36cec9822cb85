package reports

import (
	"context"
	"fmt"
	"time"

	"agenttrail"
)

// A tally is what was counted of one source. All but stored leaves conflicts out and is of the period.
type tally struct {
	stored     int64 // actions of the batches that touch the period, whatever their time, conflicts included
	actions    int64
	outcomes   map[string]int64
	lags       map[string]int64 // by lag step
	days       map[string]int64
	reasons    int64            // actions whose record states a reason
	authorised int64            // actions whose record states whose leave they had
	unknown    map[string]int64 // by name of a detail: actions whose record lacks it

	conflicts, late, skewed, suspect int64

	hours  map[string]int64 // by hour, 2026-07-02T15 UTC
	acts   map[deed]int64   // what was done, and how it ended
	oldest time.Time        // action that the trail holds of the source, of any time
}

// A deed is what was done and how it ended.
type deed struct{ verb, outcome string }

func newTally() tally {
	return tally{hours: map[string]int64{}, acts: map[deed]int64{}, outcomes: map[string]int64{}, lags: map[string]int64{}, days: map[string]int64{}, unknown: map[string]int64{}}
}

// succeeded counts what a source that logs more than errors must show.
func (t *tally) succeeded() int64 {
	return t.outcomes[agenttrail.Success] + t.outcomes[agenttrail.Partial]
}

func (t *tally) failed() int64 { return t.outcomes[agenttrail.Failure] + t.outcomes[agenttrail.Denied] }

// errorsOnly says that a source shows failures and not one success.
func (t *tally) errorsOnly() bool { return t.failed() > 0 && t.succeeded() == 0 }

// A detail is something that a record of an action should say. It is unknown when all its fields are empty.
type detail struct {
	name   string
	fields []string
}

// details are asked for one by one, by their absence, because their values are too many to group by. What, where, outcome, reason and
// leave beside them come with the first count; the time of an action is always known.
var details = []detail{
	{"what", []string{"event.action"}},
	{"where", []string{"agenttrail.resource.system"}},
	{"origin", []string{"source.address"}},
	{"identity", []string{"agenttrail.actor.id", "user.id", "user.email", "user.name"}},
	{"target", []string{"agenttrail.resource.id", "agenttrail.resource.name"}},
}

var byReceipt = []string{"agenttrail.receipt"}

// countPopulation fills the tallies: one pass over low-cardinality facts, one narrow pass for each detail and flag.
func countPopulation(ctx context.Context, ask *asker, b *book, p Period) error {
	q := agenttrail.Query{From: p.From, To: p.To, All: []agenttrail.Term{withoutConflicts}}
	by := []string{"agenttrail.receipt", "agenttrail.outcome", "agenttrail.intent.basis", "agenttrail.authorization.state", "agenttrail.lag_step", "day"}
	byDay := q
	byDay.Zone = p.queryZone()
	err := ask.count(ctx, "actions of the period by receipt, outcome, reason, leave, delay and day", byDay, by, b.into(func(f *feed, g agenttrail.Group) {
		f.actions += g.N
		f.outcomes[g.Key[1]] += g.N
		if g.Key[2] == agenttrail.BasisRecorded {
			f.reasons += g.N
		}
		if g.Key[3] != agenttrail.Unknown {
			f.authorised += g.N
		}
		f.lags[g.Key[4]] += g.N
		f.days[g.Key[5]] += g.N
	}))
	if err != nil {
		return err
	}
	hours := []string{"agenttrail.receipt", "hour"}
	if err := ask.count(ctx, "actions of the period by receipt and hour", q, hours, b.into(func(f *feed, g agenttrail.Group) { f.hours[g.Key[1]] += g.N })); err != nil {
		return err
	}
	acts := []string{"agenttrail.receipt", "agenttrail.verb", "agenttrail.outcome"}
	if err := ask.count(ctx, "actions of the period by receipt, verb and outcome", q, acts, b.into(func(f *feed, g agenttrail.Group) { f.acts[deed{g.Key[1], g.Key[2]}] += g.N })); err != nil {
		return err
	}
	for _, d := range details {
		missing := q
		for _, field := range d.fields {
			missing.All = append(missing.All[:len(missing.All):len(missing.All)], agenttrail.Term{Field: field, Any: []string{""}})
		}
		err := ask.count(ctx, "actions whose record does not say: "+d.name, missing, byReceipt, b.into(func(f *feed, g agenttrail.Group) { f.unknown[d.name] += g.N }))
		if err != nil {
			return err
		}
	}
	return countFlags(ctx, ask, b, q)
}

// countFlags counts what the way of the records into the trail showed, and the whole of each batch for the tie-out.
func countFlags(ctx context.Context, ask *asker, b *book, q agenttrail.Query) error {
	flagged := func(flag string, conflicts bool) agenttrail.Query {
		f := q
		f.All = []agenttrail.Term{{Field: withoutConflicts.Field, Any: []string{flag}}}
		if !conflicts {
			f.All = append(f.All, withoutConflicts)
		}
		return f
	}
	for _, c := range []struct {
		purpose string
		q       agenttrail.Query
		add     func(*feed, agenttrail.Group)
	}{
		{"versions left out because an action came with other facts before", flagged(agenttrail.FlagConflict, true), func(f *feed, g agenttrail.Group) { f.conflicts += g.N }},
		{"actions that came after their window was closed", flagged(agenttrail.FlagLate, false), func(f *feed, g agenttrail.Group) { f.late += g.N }},
		{"actions dated after they were read", flagged(agenttrail.FlagClockSkew, false), func(f *feed, g agenttrail.Group) { f.skewed += g.N }},
		{"actions whose time cannot be right", flagged(agenttrail.FlagTimeSuspect, true), func(f *feed, g agenttrail.Group) { f.suspect += g.N }},
	} {
		if err := ask.count(ctx, c.purpose, c.q, byReceipt, b.into(c.add)); err != nil {
			return err
		}
	}
	return ask.count(ctx, "all actions of each batch", agenttrail.Query{}, byReceipt, func(g agenttrail.Group) error {
		r, ok := b.receipts[g.Key[0]]
		if !ok {
			return unknownReceipt(g)
		}
		f := r.feed
		if !g.First.IsZero() && (f.oldest.IsZero() || g.First.Before(f.oldest)) {
			f.oldest = g.First
		}
		if r.stretch != nil {
			r.stretch.stored += g.N
			f.stored += g.N
		}
		return nil
	})
}

// into gives each group to the source of its receipt, which is the first key.
func (b *book) into(add func(*feed, agenttrail.Group)) func(agenttrail.Group) error {
	return func(g agenttrail.Group) error {
		r, ok := b.receipts[g.Key[0]]
		if !ok {
			return unknownReceipt(g)
		}
		add(r.feed, g)
		return nil
	}
}

func unknownReceipt(g agenttrail.Group) error {
	return fmt.Errorf("%d actions claim to have come with entry %q, which is no batch of the ledger: verify the trail", g.N, g.Key[0])
}
