package elastic

import (
	"context"
	"fmt"
	"strconv"

	"agenttrail"
)

// A Tie compares what the ledger says of a batch with what the snapshot holds of it.
type Tie struct {
	Receipt       int64 // index of the batch entry; -1: actions that name none
	Ledger, Index int64 // actions
}

func (t Tie) String() string {
	if t.Receipt < 0 {
		return fmt.Sprintf("%d actions in the index name no entry of the ledger", t.Index)
	}
	return fmt.Sprintf("entry %d: %d actions in the ledger, %d in the index", t.Receipt, t.Ledger, t.Index)
}

// Ties counts the actions of every receipt and returns those that do not tie out, in order. want says how many actions of an entry the index should
// hold; it is asked for all entries below before. Actions of entries at or above before are not looked at.
func (f *Finder) Ties(ctx context.Context, before int64, want func(n int64) int64) (list []Tie, err error) {
	have := map[int64]int64{}
	err = f.Count(ctx, agenttrail.Query{}, []string{"agenttrail.receipt"}, func(g agenttrail.Group) error {
		n, err := strconv.ParseInt(g.Key[0], 10, 64)
		if err != nil {
			n = -1
		}
		have[n] += g.N
		return nil
	})
	if err != nil {
		return nil, err
	}
	for n := int64(-1); n < before; n++ {
		t := Tie{Receipt: n, Index: have[n]}
		if n >= 0 {
			t.Ledger = want(n)
		}
		if t.Ledger != t.Index {
			list = append(list, t)
		}
	}
	return list, nil
}

// Unfit is the number of actions of entries below before whose facts the cluster cannot tell: it took them in a reduced form only, or they were written
// by another version of the action schema.
func (f *Finder) Unfit(ctx context.Context, before int64) (int64, error) {
	unfit := clauseOf([]object{
		{"term": object{"tags": "index_degraded"}},
		{"bool": object{"must_not": object{"term": object{"agenttrail.schema_version": agenttrail.SchemaVersion}}}},
	}, false)
	answer, err := f.search(ctx, object{"size": 0, "query": all([]object{unfit, {"range": object{"agenttrail.receipt": object{"lt": before}}}})}, true)
	if err != nil {
		return 0, err
	}
	return answer.Hits.Total.Value, nil
}
