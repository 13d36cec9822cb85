package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"agenttrail"
)

// printJSON writes one value as JSON that a person can read too.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// A grid is a table of text for a terminal. Its cells are escaped when it is printed.
type grid struct {
	head  []string
	rows  [][]string
	right map[int]bool // columns of numbers
}

func (g *grid) add(cells ...string) { g.rows = append(g.rows, cells) }

func (g *grid) print(w io.Writer) {
	width := make([]int, len(g.head))
	all := append([][]string{g.head}, g.rows...)
	for _, row := range all {
		for i := range row {
			row[i] = visible(row[i])
			width[i] = max(width[i], utf8.RuneCountInString(row[i]))
		}
	}
	for _, row := range all {
		var b strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i > 0 {
				b.WriteString("  ")
			}
			if g.right[i] {
				b.WriteString(pad + cell)
			} else {
				b.WriteString(cell + pad)
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// thousands writes a number as people read it: 12,345.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// size writes bytes as people read them.
func size(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	f, i := float64(n), 0
	for f >= 1000 && i < len(units)-1 {
		f /= 1000
		i++
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}

// count writes a number with its noun.
func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// clock writes a time as people read it, in UTC, with milliseconds.
func clock(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04:05.000")
}

// orDash shows what a log did not say.
func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// actorText names who acted, as the judgement says.
func actorText(a *agenttrail.Action, v *agenttrail.Verdict) string {
	name := first(v.Actor.Name, v.Actor.ID, a.User.Email, a.User.Name, a.User.ID)
	switch {
	case v.Actor.Basis == agenttrail.BasisShared:
		return orDash(name) + " (person or agent)"
	case v.Actor.Type == agenttrail.ActorAgent && v.Actor.Registered != agenttrail.Yes:
		return orDash(name) + " (agent, not registered)"
	case v.Actor.Type == agenttrail.ActorAgent:
		return orDash(name) + " (agent)"
	}
	return orDash(name)
}

// targetText names what was acted on.
func targetText(a *agenttrail.Action) string {
	return strings.TrimSpace(strings.Join(nonEmpty(a.Resource.System, a.Resource.Type, first(a.Resource.Name, a.Resource.ID)), " "))
}

func nonEmpty(list ...string) (out []string) {
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
