package main

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"agenttrail"
	"agenttrail/internal/config"
	"agenttrail/internal/elastic"
	"agenttrail/internal/judge"
)

// mayRefresh says that the config has a credential that may change documents: a key of its own, or one user for everything.
func mayRefresh(c *config.Config) bool {
	return c.Elasticsearch.RefreshKey != nil || c.Elasticsearch.APIKey == nil
}

// refresh brings the judgements in the index up to the register and the approvals of now, and says what it changed.
func (a *app) refresh(ctx context.Context, c *config.Config, t *opened) (elastic.Rejudged, error) {
	var r elastic.Rejudged
	client, err := a.refresher(ctx, c)
	if err != nil {
		return r, err
	}
	size := t.Log().Size()
	at, err := client.Position(ctx)
	if err != nil {
		return r, err
	}
	if at < size {
		return r, fmt.Errorf("%w: entry %d of the ledger is not in the index (run: agenttrail index)", elastic.ErrBehind, at)
	}
	was, err := client.JudgedAt(ctx)
	if err != nil || was >= size {
		return r, err
	}
	r, err = client.Rejudge(ctx, func(yield func(string, []byte) error) error { return eachTurned(ctx, t, was, size, yield) })
	if err != nil {
		return r, err
	}
	return r, client.SetJudgedAt(ctx, size, registerAt(t, size), a.now())
}

// refresher is the client that changes documents: with elasticsearch.refresh_key, else as the index does.
func (a *app) refresher(ctx context.Context, c *config.Config) (*elastic.Client, error) {
	return a.elasticWith(ctx, c, cmp.Or(c.Elasticsearch.RefreshKey, c.Elasticsearch.APIKey))
}

// setJudged says that all judgements in the index are those of a ledger size.
func (a *app) setJudged(ctx context.Context, c *config.Config, t *opened, size int64) error {
	client, err := a.refresher(ctx, c)
	if err != nil {
		return err
	}
	return elasticError(client.SetJudgedAt(ctx, size, registerAt(t, size), a.now()))
}

// printRefresh refreshes and says what turned.
func (a *app) printRefresh(ctx context.Context, c *config.Config, t *opened) error {
	r, err := a.refresh(ctx, c, t)
	if err != nil {
		return elasticError(err)
	}
	if a.json {
		return printJSON(a.out, map[string]int64{"looked": r.Looked, "changed": r.Changed, "same": r.Same, "absent": r.Absent, "reduced": r.Reduced})
	}
	if r.Changed > 0 {
		fmt.Fprintf(a.out, "index: judgements are of now; %s turned\n", count(r.Changed, "document has", "documents have"))
	} else {
		fmt.Fprintln(a.out, "index: judgements are of now; none turned")
	}
	if r.Reduced > 0 {
		fmt.Fprintf(a.out, "index: %s in a reduced form, without judgements\n", count(r.Reduced, "action stands there", "actions stand there"))
	}
	return nil
}

// registerAt is the SHA-256 of the register file that was last changed below a size.
func registerAt(t *opened, size int64) (sha string) {
	for n := range size {
		if p := t.Log().Entry(n).Policy; p != nil && p.Kind == "register" {
			sha = p.SHA256
		}
	}
	return sha
}

// eachTurned yields the actions whose judgement may differ between the ledger at was and at size, with what is judged now. Documents of entries below
// was were judged at was exactly, since they are never written twice. Those that came later were judged by whoever sent them: where anything that
// judgements depend on came meanwhile, they are all looked at.
func eachTurned(ctx context.Context, t *opened, was, size int64, yield func(string, []byte) error) error {
	now, err := judgeOf(ctx, t.Trail, size)
	if err != nil {
		return err
	}
	if was > 0 {
		old, err := judgeOf(ctx, t.Trail, was)
		if err != nil {
			return err
		}
		approvals, err := newApprovals(ctx, t, was, size)
		if err != nil || !approvals && !newRegister(t, was, size) {
			return err
		}
		err = turnedBelow(ctx, t, was, old, now, approvals, func(a *agenttrail.Action) error {
			before, after := old.Approval(a), now.Approval(a)
			judged := agenttrail.AppendJudged(nil, a, &after)
			if slices.Equal(judged, agenttrail.AppendJudged(nil, a, &before)) {
				return nil
			}
			return yield(a.ID, judged)
		})
		if err != nil {
			return err
		}
	}
	for n := was; n < size; n++ {
		if t.Log().Entry(n).Batch == nil {
			continue
		}
		err := t.Reader().Rows(ctx, n, func(a *agenttrail.Action, _ *agenttrail.Context) error {
			v := now.Approval(a)
			return yield(a.ID, agenttrail.AppendJudged(nil, a, &v))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// newRegister says that the register was changed by one of the entries from was on; that it may be again what it was does not count.
func newRegister(t *opened, was, size int64) bool {
	for n := was; n < size; n++ {
		if p := t.Log().Entry(n).Policy; p != nil && p.Kind == "register" {
			return true
		}
	}
	return false
}

// newApprovals says that somebody decided something in the entries from was on.
func newApprovals(ctx context.Context, t *opened, was, size int64) (bool, error) {
	decided := func(before int64) (n int64, err error) {
		q := agenttrail.Query{Before: before, All: []agenttrail.Term{{Field: "agenttrail.verb", Any: []string{agenttrail.VerbApprove, agenttrail.VerbReject}}}}
		err = t.Reader().Count(ctx, q, nil, func(g agenttrail.Group) error { n += g.N; return nil })
		return n, err
	}
	before, err := decided(was)
	if err != nil {
		return false, err
	}
	after, err := decided(size)
	return after != before, err
}

// turnedBelow finds the actions of entries below was that two judges may judge differently, group by group: identity and scope depend on a short key,
// so each group is judged twice and not each action. With new approvals all actions that need one are looked at too.
func turnedBelow(ctx context.Context, t *opened, was int64, old, now *judge.Judge, approvals bool, yield func(*agenttrail.Action) error) error {
	by := slices.Compact(slices.Sorted(slices.Values(slices.Concat(old.Key(), now.Key()))))
	for _, s := range stretchesOf(slices.Concat(old.Changes(), now.Changes())) {
		values := make([]map[string]bool, len(by))
		q := agenttrail.Query{Before: was, From: s.from, To: s.to}
		err := t.Reader().Count(ctx, q, by, func(g agenttrail.Group) error {
			before, after := old.Who(keyOf(old, by, g.Key), s.at), now.Who(keyOf(now, by, g.Key), s.at)
			if reflect.DeepEqual(before, after) && !(approvals && (before.Authorized.Required == agenttrail.Yes || after.Authorized.Required == agenttrail.Yes)) {
				return nil
			}
			for i, v := range g.Key {
				if values[i] == nil {
					values[i] = map[string]bool{}
				}
				values[i][v] = true
			}
			return nil
		})
		if err != nil {
			return err
		}
		if len(by) > 0 && values[0] == nil {
			continue
		}
		for i, field := range by {
			q.All = append(q.All, agenttrail.Term{Field: field, Any: sortedKeys(values[i])})
		}
		if err := t.Reader().Find(ctx, q, yield); err != nil {
			return err
		}
	}
	return nil
}

// keyOf takes the key of a judge out of the values of more fields.
func keyOf(j *judge.Judge, by, values []string) []string {
	key := make([]string, len(j.Key()))
	for i, field := range j.Key() {
		at, _ := slices.BinarySearch(by, field)
		key[i] = values[at]
	}
	return key
}

// A stretch of time within which no verdict of a key turns, and an instant in it.
type stretch struct{ from, to, at time.Time }

func stretchesOf(changes []time.Time) (list []stretch) {
	slices.SortFunc(changes, func(a, b time.Time) int { return cmp.Compare(a.UnixNano(), b.UnixNano()) })
	changes = slices.CompactFunc(changes, time.Time.Equal)
	var from time.Time
	for _, c := range changes {
		at := from
		if from.IsZero() {
			at = c.Add(-time.Microsecond)
		}
		list = append(list, stretch{from, c, at})
		from = c
	}
	return append(list, stretch{from: from, at: from})
}
