package web

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

//go:embed page.html
var pageText string

//go:embed index.html
var indexText string

//go:embed page.css
var css string

var (
	pageTemplate  = template.Must(template.New("page").Funcs(words).Parse(pageText))
	indexTemplate = template.Must(template.New("index").Funcs(words).Parse(indexText))
)

// words are what the templates say things with.
var words = template.FuncMap{
	"thousands": thousands, "clock": clock, "size": size, "tone": tone, "letter": letter, "short": short, "day": dayNumber, "month": monthName, "capital": capital,
}

func (s *Site) page(w http.ResponseWriter, r *http.Request) {
	state, err := s.State(r.Context())
	if err != nil {
		unavailable(w)
		return
	}
	var b bytes.Buffer // whole or not at all
	if err := pageTemplate.Execute(&b, state); err != nil {
		unavailable(w)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes()) // who asked has gone: nobody is left to tell
}

func stylesheet(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = io.WriteString(w, css)
}

// WriteIndex writes the page that lies beside delivered reports: each with its name and hash. It needs no server, and brings its style along.
func WriteIndex(w io.Writer, tenant string, reports []Report) error {
	return indexTemplate.Execute(w, struct {
		Tenant  string
		Reports []Report
		Style   template.CSS
	}{tenant, reports, template.CSS(css)}) // our own file, no data
}

// Owed adds up the windows that are owed or open.
func (s *State) Owed() (n int) {
	for _, c := range s.Sources {
		n += c.Owed + len(c.Open)
	}
	return n
}

// Verdict is the state in one sentence, and its tone.
func (s *State) Verdict() (v struct{ Tone, Text string }) {
	v.Tone, v.Text = "good", "Everything that is due was read."
	switch owed := s.Owed(); {
	case s.Last != nil && s.Last.State == "failed":
		v.Tone, v.Text = "bad", "The newest run failed."
	case s.Errors() > 0:
		v.Tone, v.Text = "bad", plural(s.Errors(), "error needs", "errors need")+" a person."
	case owed > 0:
		v.Tone, v.Text = "warn", plural(owed, "window is", "windows are")+" owed."
	case s.Index.Configured && (s.Index.Error != "" || s.Index.Behind > 0):
		v.Tone, v.Text = "warn", "The index is behind the trail."
	case len(s.Findings) > 0:
		v.Tone, v.Text = "warn", "Everything that is due was read; "+plural(len(s.Findings), "warning stands", "warnings stand")+" below."
	}
	return v
}

// tone is the class of a state of a day, of a run or of a severity.
func tone(state string) string {
	switch state {
	case "complete", "files", "empty":
		return "good " + state
	case "partial", "incomplete", Warning:
		return "warn"
	case "missing", "lost", "failed", Error:
		return "bad"
	}
	return "quiet"
}

// letter is what stands in the cell of a day: colour alone tells not everybody.
func letter(state string) string {
	switch state {
	case "":
		return "·"
	case "missing", "lost", "partial", "complete", "empty", "files", "expired":
		return strings.ToUpper(state[:1])
	}
	return "–"
}

func thousands(n any) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

func size(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	f, i := float64(n), 0
	for f >= 1000 && i < len(units)-1 {
		f /= 1000
		i++
	}
	return strconv.FormatFloat(f, 'f', min(i, 1), 64) + " " + units[i]
}

// short is the beginning of a hash.
func short(s string) string { return s[:min(16, len(s))] }

func dayNumber(date string) string { return strings.TrimLeft(date[max(0, len(date)-2):], "0") }

func monthName(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return t.Format("January 2006")
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
