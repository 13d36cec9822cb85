package agenttrail

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// AppendDocument appends the document of a as nested JSON, as it stands in Elasticsearch and in the output of normalize: its stored fields, what is
// derived from them and from c, and the judgements of v. Without a verdict (nil) it states what the record stated.
func AppendDocument(b []byte, a *Action, c *Context, v *Verdict) []byte {
	w := docWriter{b: append(b, '{')}
	d := derive(a, c, v)
	for i := range plan {
		p := &plan[i]
		switch {
		case p.stated && v == nil:
		case p.stated:
			w.put(p.path, p.of(a))
		case p.by != nil && v != nil && said(p.by(v)):
			w.put(p.path, p.by(v))
		case p.of != nil:
			w.put(p.path, p.of(a))
		case p.as != nil:
			w.put(p.path, p.as(&d))
		}
	}
	return w.end()
}

// A planned line of a document: a field and its path. Stated lines hold what the record said where a judgement may replace it.
type planned struct {
	*Field
	path   []string
	stated bool
}

var plan = makePlan()

func makePlan() (list []planned) {
	for i := range fields {
		f := &fields[i]
		list = append(list, planned{f, strings.Split(f.Name, "."), false})
		if f.Mark == FJ {
			list = append(list, planned{f, strings.Split(StatedName(f), "."), true})
		}
	}
	slices.SortFunc(list, func(a, b planned) int { return slices.Compare(a.path, b.path) })
	return list
}

// StatedName is the name under which the stated value of a field marked F/J stands in the Elasticsearch copy.
func StatedName(f *Field) string {
	return "agenttrail.stated." + strings.TrimPrefix(f.Name, "agenttrail.")
}

// docWriter writes members in the order of their paths and opens and closes objects as the paths ask.
type docWriter struct {
	b    []byte
	open []string // objects that are open
}

func (w *docWriter) put(path []string, value any) {
	if !said(value) {
		return
	}
	w.walk(path[:len(path)-1])
	w.key(path[len(path)-1])
	switch p := value.(type) {
	case *string:
		w.b = AppendString(w.b, *p)
	case *[]string:
		w.b = appendStrings(w.b, *p)
	case *time.Time:
		w.b = append(AppendTime(append(w.b, '"'), *p), '"')
	case *Int:
		w.b = strconv.AppendInt(w.b, p.N, 10)
	case *Bool:
		w.b = strconv.AppendBool(w.b, *p == Yes)
	}
}

// walk makes dir the open objects.
func (w *docWriter) walk(dir []string) {
	same := 0
	for same < len(dir) && same < len(w.open) && dir[same] == w.open[same] {
		same++
	}
	for range len(w.open) - same {
		w.b = append(w.b, '}')
	}
	for _, name := range dir[same:] {
		w.key(name)
		w.b = append(w.b, '{')
	}
	w.open = dir
}

func (w *docWriter) key(name string) {
	if w.b[len(w.b)-1] != '{' {
		w.b = append(w.b, ',')
	}
	w.b = append(AppendString(w.b, name), ':')
}

func (w *docWriter) end() []byte {
	w.walk(nil)
	return append(w.b, '}')
}

// said tells whether the value behind a field pointer says anything.
func said(value any) bool {
	switch p := value.(type) {
	case *string:
		return *p != ""
	case *[]string:
		return len(*p) > 0
	case *time.Time:
		return !p.IsZero()
	case *Int:
		return p.Known
	case *Bool:
		return *p != Unsaid
	}
	return false
}

// Value is the text of a single-valued field of a, as Count groups by it: a value over MaxKey UTF-16 units is TooLong, nothing is "".
// A field that is not stored or is a list has no value and gives false.
func (f *Field) Value(a *Action) (text string, ok bool) {
	if f.of == nil {
		return "", false
	}
	switch p := f.of(a).(type) {
	case *string:
		if len(*p) > MaxKey && Units(*p) > MaxKey {
			return TooLong, true
		}
		return *p, true
	case *time.Time:
		if p.IsZero() {
			return "", true
		}
		return FormatTime(*p), true
	case *Int:
		if !p.Known {
			return "", true
		}
		return strconv.FormatInt(p.N, 10), true
	case *Bool:
		if *p == Unsaid {
			return "", true
		}
		return strconv.FormatBool(*p == Yes), true
	}
	return "", false
}

// Clear empties a stored field of a.
func (f *Field) Clear(a *Action) {
	switch p := f.Pointer(a).(type) {
	case *string:
		*p = ""
	case *[]string:
		*p = nil
	case *time.Time:
		*p = time.Time{}
	case *Int:
		*p = Int{}
	case *Bool:
		*p = Unsaid
	}
}

// Clone copies an action with everything it points to, for keeping it beyond the yield that handed it out.
func (a *Action) Clone() Action {
	c := *a
	c.Native, c.Position = strings.Clone(a.Native), strings.Clone(a.Position)
	for _, f := range storedColumns {
		switch p := f.of(&c).(type) {
		case *string:
			*p = strings.Clone(*p)
		case *[]string:
			*p = slices.Clone(*p)
			for i := range *p {
				(*p)[i] = strings.Clone((*p)[i])
			}
		}
	}
	return c
}

// AppendJudged appends the judged members of a's document as nested JSON: what v concludes, or where it says nothing what the record stated. They are
// all that may turn when the register changes or an approval comes; Judged names them.
func AppendJudged(b []byte, a *Action, v *Verdict) []byte {
	w := docWriter{b: append(b, '{')}
	users := related(a, v)
	for i := range plan {
		p := &plan[i]
		switch {
		case p.stated || !Judged(p.Field):
		case p.by != nil && said(p.by(v)):
			w.put(p.path, p.by(v))
		case p.of != nil:
			w.put(p.path, p.of(a))
		case p.by == nil:
			w.put(p.path, &users)
		}
	}
	return w.end()
}

// Judged says that the field of a document depends on the register or on other records: it may turn.
func Judged(f *Field) bool { return f.Mark == J || f.Mark == FJ || f.Name == "related.user" }
