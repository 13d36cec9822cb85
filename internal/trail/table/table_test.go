package table

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"agenttrail"
	"agenttrail/internal/trail/merkle"
)

// allColumns are all stored fields.
func allColumns() []*agenttrail.Field {
	var facts []string
	for _, f := range agenttrail.Fields() {
		if f.Fact() {
			facts = append(facts, f.Name)
		}
	}
	columns, _ := agenttrail.Columns(facts)
	return columns
}

func salt(n int) (s [16]byte) {
	copy(s[:], fmt.Sprintf("salt %011d", n))
	return s
}

// write makes a file of actions.
func write(t testing.TB, columns []*agenttrail.Field, actions []agenttrail.Action) ([]byte, Summary) {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, agenttrail.TableActions, columns)
	for i := range actions {
		if err := w.Write(&actions[i], salt(i)); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), sum
}

func open(t testing.TB, b []byte) *File {
	t.Helper()
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// rootOf folds the leaves of canonical rows.
func rootOf(f *File) ([32]byte, error) {
	var tree merkle.Tree
	err := f.CanonicalRows(func(row int64, canonical []byte) error {
		s := salt(int(row))
		tree.Add(sha256.Sum256(append(append([]byte{0}, s[:]...), canonical...)))
		return nil
	})
	return tree.Root(), err
}

// drawText gives texts of which many are equal, some empty, some hostile.
var drawText = rapid.OneOf(
	rapid.SampledFrom([]string{"", "", "a", "b", "A", "é", "\x00\n\"\\", "\xff\xfe", "\U0001F600", "0", "true", strings.Repeat("x", 1025), strings.Repeat("é", 1024)}),
	rapid.String())

var drawTime = rapid.Custom(func(t *rapid.T) time.Time {
	switch rapid.IntRange(0, 3).Draw(t, "time") {
	case 0:
		return time.Time{}
	case 1:
		return time.Unix(rapid.Int64Range(firstSecond, lastSecond).Draw(t, "second"), rapid.Int64Range(0, 999_999).Draw(t, "micro")*1000).UTC()
	}
	return time.Date(2026, 3, rapid.IntRange(27, 31).Draw(t, "day"), rapid.IntRange(0, 23).Draw(t, "hour"), 0, 0, rapid.IntRange(0, 2).Draw(t, "µs")*1000, time.UTC)
})

// drawAction sets about half of the fields.
func drawAction(t *rapid.T, columns []*agenttrail.Field) (a agenttrail.Action) {
	for _, f := range columns {
		if rapid.Bool().Draw(t, f.Name) {
			continue
		}
		switch p := f.Pointer(&a).(type) {
		case *string:
			*p = drawText.Draw(t, "text")
		case *[]string:
			*p = rapid.SliceOfN(drawText, 0, 3).Draw(t, "list")
		case *time.Time:
			*p = drawTime.Draw(t, "time")
		case *agenttrail.Int:
			*p = agenttrail.Num(rapid.Int64().Draw(t, "number"))
		case *agenttrail.Bool:
			*p = rapid.SampledFrom([]agenttrail.Bool{agenttrail.Unsaid, agenttrail.No, agenttrail.Yes}).Draw(t, "truth")
		}
	}
	return a
}

func drawActions(t *rapid.T, columns []*agenttrail.Field, most int) (list []agenttrail.Action) {
	for range rapid.IntRange(0, most).Draw(t, "rows") {
		list = append(list, drawAction(t, columns))
	}
	return list
}

// TestRoundTrip: canonical rows from the file alone are those of the actions, with the root that the writer folded; actions come back whole.
func TestRoundTrip(t *testing.T) {
	columns := allColumns()
	rapid.Check(t, func(rt *rapid.T) {
		actions := drawActions(rt, columns, 5)
		b, sum := write(t, columns, actions)
		f := open(t, b)
		if err := f.CanonicalRows(func(row int64, got []byte) error {
			if want := agenttrail.AppendRow(nil, &actions[row], columns); !bytes.Equal(got, want) {
				return fmt.Errorf("CanonicalRows(%d) = %q\nwant %q", row, got, want)
			}
			return nil
		}); err != nil {
			rt.Fatal(err)
		}
		if root, err := rootOf(f); err != nil || root != sum.Root || f.Rows() != int64(len(actions)) || sum.Rows != f.Rows() {
			rt.Fatalf("root %x, %v, %d rows; want %x, %d rows", root, err, f.Rows(), sum.Root, len(actions))
		}
		var got []agenttrail.Action
		if err := f.Scan(nil, time.Time{}, time.Time{}, func(row int64, a *agenttrail.Action) error {
			got = append(got, *a)
			return nil
		}); err != nil {
			rt.Fatal(err)
		}
		if d := cmp.Diff(actions, got, cmpopts.EquateEmpty()); d != "" {
			rt.Fatalf("Scan (-written +read):\n%s", d)
		}
		for i := range actions {
			if got, err := f.Row(int64(i)); err != nil || cmp.Diff(actions[i], got, cmpopts.EquateEmpty()) != "" {
				rt.Fatalf("Row(%d) = %v, %v\nwant %v", i, got, err, actions[i])
			}
		}
	})
}

// TestSummary counts suspects apart.
func TestSummary(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC) }
	actions := []agenttrail.Action{{Time: at(5)}, {Time: at(1)}, {}, {Time: at(3)}}
	actions[1].Evidence.Flags = []string{agenttrail.FlagTimeSuspect}
	_, sum := write(t, allColumns(), actions)
	want := Summary{Rows: 4, Root: sum.Root, First: at(3), Last: at(5), Suspect: 1}
	if sum != want {
		t.Errorf("Close = %+v, want %+v", sum, want)
	}
	_, sum = write(t, allColumns(), nil)
	if got, want := hex.EncodeToString(sum.Root[:4]), "e3b0c442"; got != want || sum.Rows != 0 {
		t.Errorf("Close of nothing = %d rows, root %s…, want 0 rows, root %s…", sum.Rows, got, want)
	}
}

// TestWriteTime refuses what RFC 3339 cannot write.
func TestWriteTime(t *testing.T) {
	for _, at := range []time.Time{time.Unix(lastSecond+1, 0), time.Unix(firstSecond-1, 0), time.Unix(1<<60, 0)} {
		w := NewWriter(&bytes.Buffer{}, agenttrail.TableActions, allColumns())
		if err := w.Write(&agenttrail.Action{Time: at}, [16]byte{}); err == nil || !strings.Contains(err.Error(), "@timestamp") {
			t.Errorf("Write of an action at second %d: %v, want an error about @timestamp", at.Unix(), err)
		}
	}
}

// TestSameBytes: the same rows give the same bytes, over several row groups, whatever was written before.
func TestSameBytes(t *testing.T) {
	actions := demo(25_001, 1)
	first, sum := write(t, demoColumns(), actions)
	write(t, allColumns(), demo(100, 2))
	again, _ := write(t, demoColumns(), actions)
	if !bytes.Equal(first, again) {
		t.Error("Write of the same rows gave other bytes")
	}
	f := open(t, first)
	if len(f.groups) != 3 || f.groups[0].rows != groupRows || f.groups[2].rows != 5001 {
		t.Errorf("25,001 rows in %d row groups, want 10,000 10,000 5,001", len(f.groups))
	}
	if root, err := rootOf(f); err != nil || root != sum.Root {
		t.Errorf("root of the rows = %x, %v, want %x", root, err, sum.Root)
	}
	row, err := f.Row(20_000)
	if err != nil || row.ID != actions[20_000].ID {
		t.Errorf("Row(20000).ID = %q, %v, want %q", row.ID, err, actions[20_000].ID)
	}
}

func TestIDs(t *testing.T) {
	actions := demo(12_000, 1)
	b, _ := write(t, demoColumns(), actions)
	f, next := open(t, b), int64(0)
	if err := f.IDs(func(row int64, id string) error {
		if row != next || id != actions[row].ID {
			return fmt.Errorf("IDs: row %d, id %q, want row %d, id %q", row, id, next, actions[next].ID)
		}
		next++
		return nil
	}); err != nil || next != 12_000 {
		t.Errorf("IDs: %v after %d rows, want 12,000", err, next)
	}
	stop := errors.New("enough")
	if err := f.IDs(func(int64, string) error { return stop }); err != stop {
		t.Errorf("IDs = %v, want the error of yield", err)
	}
}

func TestMayHave(t *testing.T) {
	actions := demo(3000, 1)
	actions[7].Subjects = []string{"stripe:cus_1", "dana@example.com"}
	b, _ := write(t, demoColumns(), actions)
	f := open(t, b)
	for _, c := range []struct{ field, value string }{{"agenttrail.id", actions[2999].ID}, {"agenttrail.subject.id", "dana@example.com"},
		{"agenttrail.session.id", actions[0].Session}, {"agenttrail.correlation", actions[5].Correlation[0]}, {"agenttrail.verb", "no bloom filter"}} {
		if may, err := f.MayHave(c.field, c.value); err != nil || !may {
			t.Errorf("MayHave(%s, %q) = %t, %v, want true", c.field, c.value, may, err)
		}
	}
	wrong := 0
	for i := range 1000 {
		may, err := f.MayHave("agenttrail.id", fmt.Sprint("absent", i))
		if err != nil {
			t.Fatal(err)
		}
		if may {
			wrong++
		}
	}
	if wrong > 50 {
		t.Errorf("MayHave is true for %d of 1,000 absent ids", wrong)
	}
	if may, err := f.MayHave("rule.id", "x"); err != nil || may {
		t.Errorf("MayHave of a column that the file lacks = %t, %v, want false", may, err)
	}
}

// TestScanColumns sets only what was asked for.
func TestScanColumns(t *testing.T) {
	actions := demo(100, 1)
	b, _ := write(t, demoColumns(), actions)
	f := open(t, b)
	if err := f.Scan([]string{"agenttrail.id", "rule.id"}, time.Time{}, time.Time{}, func(row int64, a *agenttrail.Action) error {
		if d := cmp.Diff(agenttrail.Action{ID: actions[row].ID}, *a); d != "" {
			return errors.New(d)
		}
		return nil
	}); err != nil {
		t.Errorf("Scan of the id (-want +got): %v", err)
	}
	if err := f.Scan([]string{"event.module"}, time.Time{}, time.Time{}, nil); err == nil {
		t.Error("Scan of a column that is not stored: no error")
	}
}

// TestScanTime takes the rows of a half-open range, in row order.
func TestScanTime(t *testing.T) {
	actions := demo(25_000, 1)
	b, _ := write(t, demoColumns(), actions)
	from, to := actions[12_000].Time, actions[12_010].Time
	var got []int64
	if err := open(t, b).Scan(nil, from, to, func(row int64, a *agenttrail.Action) error {
		got = append(got, row)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(got) != 10 || got[0] != 12_000 || got[9] != 12_009 {
		t.Errorf("Scan(%v, %v) gave rows %v, want 12000 to 12009", from, to, got)
	}
}

// TestLongTexts: long texts end a row group early, so that memory stays flat and no page is larger than a reader takes.
func TestLongTexts(t *testing.T) {
	long := strings.Repeat("a", 20<<20)
	actions := make([]agenttrail.Action, 5)
	for i := range actions {
		actions[i].ID, actions[i].Error.Message = fmt.Sprint("id-", i), fmt.Sprint(long, i)
	}
	columns, _ := agenttrail.Columns([]string{"error.message"})
	b, sum := write(t, columns, actions)
	f := open(t, b)
	if len(f.groups) != 2 || f.groups[0].rows != 4 {
		t.Errorf("5 rows of 20 MiB: %d row groups, the first of %d rows, want 2 of 4", len(f.groups), f.groups[0].rows)
	}
	if root, err := rootOf(f); err != nil || root != sum.Root {
		t.Errorf("root of the rows = %x, %v, want %x", root, err, sum.Root)
	}
}

// TestParallel asks one File from several goroutines; the race detector listens.
func TestParallel(t *testing.T) {
	actions := demo(500, 1)
	b, sum := write(t, demoColumns(), actions)
	f := open(t, b)
	var groups Groups
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			root, err := rootOf(f)
			may, mayErr := f.MayHave("agenttrail.id", actions[499].ID)
			if err != nil || mayErr != nil || root != sum.Root || !may {
				t.Errorf("root %x, %v, MayHave %t, %v; want %x and true", root, err, may, mayErr, sum.Root)
			}
			if err := f.Count(agenttrail.Query{}, []string{"agenttrail.outcome"}, &groups); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var n int64
	groups.Each(func(g agenttrail.Group) error { n += g.N; return nil })
	if n != 4*500 {
		t.Errorf("four counts of 500 rows into one Groups = %d rows, want 2,000", n)
	}
}
