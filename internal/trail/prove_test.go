package trail

import (
	"bytes"
	"strings"
	"testing"

	"agenttrail"
)

// proofsOf are the proofs of a receipt's actions.
func proofsOf(t *testing.T, trail *Trail, receipt int64, wanted func(string) bool) (list []*RowProof) {
	t.Helper()
	err := trail.Reader().Prove(t.Context(), receipt, wanted, func(p *RowProof) error {
		list = append(list, p)
		return nil
	})
	if err != nil {
		t.Fatalf("Prove(%d) = %v", receipt, err)
	}
	return list
}

// TestProve: every action of the golden trail leads to the root of its table, and nothing else does.
func TestProve(t *testing.T) {
	trail, _ := newTrail(t)
	fill(t, trail)
	seen := 0
	for n := range trail.Log().Size() {
		b := trail.Log().Entry(n).Batch
		if b == nil || b.Table(actionsTable) == nil {
			continue
		}
		table := b.Table(actionsTable)
		list := proofsOf(t, trail, n, nil)
		if int64(len(list)) != table.Rows {
			t.Errorf("Prove(%d) yields %d rows, want %d", n, len(list), table.Rows)
		}
		for _, p := range list {
			seen++
			if p.Receipt != n || !bytes.Contains(p.Action, []byte(`"agenttrail.id":"`)) {
				t.Errorf("Prove(%d) yields the row %s of entry %d", n, p.Action, p.Receipt)
			}
			refusesOthers(t, p, table)
		}
	}
	if seen < 4 {
		t.Errorf("%d actions were proved: the test lost its point", seen)
	}
}

func refusesOthers(t *testing.T, p *RowProof, table *agenttrail.TableFile) {
	t.Helper()
	if err := p.Check(table); err != nil {
		t.Errorf("Check(row %d of entry %d) = %v", p.Row, p.Receipt, err)
	}
	for what, change := range map[string]func(*RowProof){
		"another action": func(p *RowProof) { p.Action = bytes.Clone(p.Action); p.Action[len(p.Action)/2] ^= 1 },
		"another salt":   func(p *RowProof) { p.Salt[3] ^= 1 },
		"another place":  func(p *RowProof) { p.Row++ },
		"a longer path":  func(p *RowProof) { p.Path = append(p.Path[:len(p.Path):len(p.Path)], [32]byte{}) },
	} {
		other := *p
		if change(&other); other.Check(table) == nil {
			t.Errorf("Check(row %d of entry %d) with %s = nil, want an error", p.Row, p.Receipt, what)
		}
	}
}

// TestProveWanted: one id gives one proof, an id that is not there none, and an entry that is no batch is an error.
func TestProveWanted(t *testing.T) {
	trail, _ := newTrail(t)
	receipt := put(t, trail, object{uri: "s3://example/a", version: "1", body: lines(0, 100)})
	all := proofsOf(t, trail, receipt.Index, nil)
	want := all[57]
	id, _, _ := strings.Cut(strings.SplitAfter(string(want.Action), `"agenttrail.id":"`)[1], `"`)
	got := proofsOf(t, trail, receipt.Index, func(s string) bool { return s == id })
	if len(got) != 1 || got[0].Row != 57 || !bytes.Equal(got[0].Action, want.Action) {
		t.Errorf("Prove of %s = %d proofs, want row 57 alone", id, len(got))
	}
	if got := proofsOf(t, trail, receipt.Index, func(string) bool { return false }); len(got) != 0 {
		t.Errorf("Prove of nothing = %d proofs", len(got))
	}
	if err := trail.Reader().Prove(t.Context(), 0, nil, nil); err == nil {
		t.Error("Prove of the genesis = nil, want an error")
	}
}
