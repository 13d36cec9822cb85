package reports

import (
	"context"
	"errors"
	"strings"
	"testing"

	"agenttrail"
)

// TestErrors: an answer that cannot be had, or that cannot be right, gives no report.

func TestErrors(t *testing.T) {
	broken := errors.New("shard failed")
	for _, c := range []struct {
		name   string
		change func(*Input)
		want   string
	}{
		{"count fails", func(in *Input) { in.Facts = failing{in.Facts, broken, nil} }, "shard failed"},
		{"find fails", func(in *Input) { in.Facts = failing{in.Facts, nil, broken} }, "shard failed"},
		{"an entry that is no batch", func(in *Input) { facts(in).Rows[0].Receipt = 1 }, `entry "1", which is no batch`},
		{"entries fail", func(in *Input) { in.Entries = func(func(int64, agenttrail.Entry) error) error { return broken } }, "read the ledger: shard failed"},
		{"no state", func(in *Input) { in.Cite.Size = 0 }, "the state of the ledger is needed"},
		{"no period", func(in *Input) { in.Period = Period{} }, "period"},
	} {
		in := storyInput()
		c.change(&in)
		if doc, err := Audit(context.Background(), in); err == nil || doc != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Audit(%s): got document %v and error %v, want an error with %q", c.name, doc != nil, err, c.want)
		}
	}
}

type failing struct {
	Facts
	count, find error
}

func (f failing) Count(ctx context.Context, q agenttrail.Query, by []string, yield func(agenttrail.Group) error) error {
	if f.count != nil {
		return f.count
	}
	return f.Facts.Count(ctx, q, by, yield)
}

func (f failing) Find(ctx context.Context, q agenttrail.Query, yield func(*agenttrail.Action) error) error {
	if f.find != nil {
		return f.find
	}
	return f.Facts.Find(ctx, q, yield)
}
