package reports

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"agenttrail"
)

// TestHostileText: text of logs passes through as it is; the CSV files make it harmless for spreadsheets and keep the rest.

func TestHostileText(t *testing.T) {
	for _, s := range []string{"=cmd|'/C calc'!A0", "\x00", "a\u202eb", "🙂", "+1", strings.Repeat("W", 40_000), "\xff\xfe", "a\"b,c\r\nd", "@SUM(A1)", "\t=1"} {
		in := storyInput()
		rows := facts(&in).Rows
		for i := range rows {
			if rows[i].Resource.ID == "ch_2" {
				rows[i].Resource.ID, rows[i].Resource.Amount, rows[i].Resource.Type = s, s, ""
				rows[i].Intent.Reason, rows[i].Intent.Basis = s, agenttrail.BasisRecorded
			}
		}
		_, doc := audited(t, in)
		var target, amount, cell string
		for _, b := range doc.Sections[3].Blocks {
			if b.Table != nil && strings.HasPrefix(b.Table.Caption, "Every high-stakes action") {
				target, amount = strings.TrimPrefix(b.Table.Rows[1][3].Text, "pay in stripe: "), b.Table.Rows[1][4].Text
			}
		}
		if target != s || amount != s {
			t.Errorf("target and amount %.40q in the document: got %.40q and %.40q", s, target, amount)
		}
		for _, f := range doc.Files {
			if f.Name == "high-stakes.csv" {
				lines, err := csv.NewReader(bytes.NewReader(f.Data)).ReadAll()
				if err != nil {
					t.Fatalf("high-stakes.csv with %.40q: %v", s, err)
				}
				cell = lines[2][7]
			}
		}
		if want := strings.ReplaceAll(neutral(s), "\r\n", "\n"); cell != want { // csv.Reader reads a line end inside quotes as LF
			t.Errorf("amount %.40q in high-stakes.csv: got %.40q, want %.40q", s, cell, want)
		}
	}
}

func TestNeutral(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a=b": "a=b", "=1": "'=1", "  =1": "'  =1", "-1": "'-1", "+1": "'+1", "@x": "'@x", "\t1": "'\t1", "\r1": "'\r1", "\x001": "'\x001", "'=1": "'=1", "é=": "é=", " ": " ",
	} {
		if got := neutral(in); got != want {
			t.Errorf("neutral(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzNeutral: no cell begins a formula, and nothing is lost.

func FuzzNeutral(f *testing.F) {
	for _, s := range []string{"", "=1", " +", "\t", "x", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := neutral(s)
		if rest := strings.TrimLeft(got, " "); rest != "" && strings.IndexByte("=+-@\t\r\x00", rest[0]) >= 0 {
			t.Errorf("neutral(%q) = %q begins a formula", s, got)
		}
		if got != s && got != "'"+s {
			t.Errorf("neutral(%q) = %q changes the text", s, got)
		}
	})
}
