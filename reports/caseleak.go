package reports

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

func timeCompare(a, b time.Time) int { return a.Compare(b) }

// documentText is all text that a document would show, attach or carry as metadata.
func documentText(d *Document) string {
	var b strings.Builder
	say := func(texts ...string) {
		for _, t := range texts {
			b.WriteString(t)
			b.WriteByte('\n')
		}
	}
	say(d.ID, d.Title, d.Subtitle, d.Owner, d.Status, d.Marking)
	blockText(d.Front, say)
	sectionText(d.Sections, say)
	for _, f := range d.Files {
		say(f.Name, f.Description, string(f.Data))
	}
	return b.String()
}

func sectionText(sections []Section, say func(...string)) {
	for _, s := range sections {
		say(s.Title)
		blockText(s.Blocks, say)
		sectionText(s.Sections, say)
	}
}

func blockText(blocks []Block, say func(...string)) {
	for _, b := range blocks {
		cellText(b.Text, say)
		cellText(b.List, say)
		for _, n := range b.Numbers {
			say(n.Value, n.Label, n.Note)
		}
		for _, f := range b.Facts {
			say(f[0], f[1])
		}
		say(b.Verbatim)
		if t := b.Table; t != nil {
			say(t.Caption, t.Empty, t.Where)
			for _, c := range t.Columns {
				say(c.Title)
			}
			for _, r := range t.Rows {
				cellText(r, say)
			}
		}
		if f := b.Figure; f != nil {
			say(f.Title)
		}
	}
}

func cellText(cells []Cell, say func(...string)) {
	for _, c := range cells {
		say(c.Text, c.Ref)
	}
}

// telling says that a text is an identifier and no common word: it is long enough and has something that words have not.
func telling(id string) bool {
	return len(id) > 4 && strings.ContainsFunc(id, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' })
}

// holdsWord says that text holds a word that is not a piece of a longer one, as digits in a hash are.
func holdsWord(text, word string) bool {
	inside := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(text[:at+i])
		after, _ := utf8.DecodeRuneInString(text[at+i+len(word):])
		if !inside(before) && !inside(after) {
			return true
		}
		at += i + 1
	}
}
