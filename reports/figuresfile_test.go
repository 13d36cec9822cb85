package reports

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestFiguresFile: every kind of drawing has its numbers in the file, and a label cannot become a formula.
func TestFiguresFile(t *testing.T) {
	at := time.Date(2026, 8, 14, 9, 0, 0, 0, time.UTC)
	var inner []Block
	for _, f := range []Figure{
		{Title: "B", Bars: &Bars{Labels: []string{"=W1"}, Series: []string{"done", "refused"}, Values: [][]int64{{3, 1}}}},
		{Title: "H", Heat: &Heat{Rows: []string{"a"}, Columns: []string{"x", "y"}, Values: [][]int64{{0, NoData}}}},
		{Title: "S", Strips: &Strips{Rows: []string{"aws"}, Columns: []string{"1"}, States: [][]string{{"late"}}}},
		{Title: "P", Pareto: &Pareto{Labels: []string{"r"}, Values: []int64{4}, Unit: "violations"}},
		{Title: "F", Funnel: &Funnel{Steps: []Step{{"high", 2}}, Unit: "actions"}},
		{Title: "A", Ageing: &Ageing{Bands: []Step{{"old", 5}}, Unit: "permissions"}},
		{Title: "W", Waterfall: &Waterfall{Steps: []Change{{"read", 9, false}, {"left", 9, true}}}},
		{Title: "L", Slope: &Slope{Columns: []string{"Q1"}, Lines: []SlopeLine{{"own", []Share{{1, 2}}}}}},
		{Title: "C", Lanes: &Lanes{Names: []string{"agent", "customer"}, Moments: []Moment{{At: at, Lane: "agent", To: "customer", Text: "mails"}}}},
	} {
		inner = append(inner, Block{Figure: &f})
	}
	got := figuresFile([]Section{{Sections: []Section{{Blocks: inner}}}})
	want := "figure,kind,row,column,value\r\nB,bars,'=W1,done,3\r\nB,bars,'=W1,refused,1\r\nH,heat,a,x,0\r\nH,heat,a,y,\r\nS,strips,aws,1,late\r\nP,pareto,r,violations,4\r\nF,funnel,high,actions,2\r\n" +
		"A,ageing,old,permissions,5\r\nW,waterfall,read,change,9\r\nW,waterfall,left,sum,9\r\nL,slope,own,Q1 numerator,1\r\nL,slope,own,Q1 denominator,2\r\nC,lanes,2026-08-14T09:00:00.000000Z,agent to customer,mails\r\n"
	if d := cmp.Diff(want, string(got.Data)); d != "" || got.Rows != 13 {
		t.Errorf("figuresFile (-want +got), %d rows:\n%s", got.Rows, d)
	}
}
