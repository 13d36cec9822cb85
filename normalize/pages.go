package normalize

import (
	"errors"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// records reads what vendors hand out: a page of their API, {"data":[…]} where one of members names the list; a bare array; or lines. A file may hold several
// pages, one after the other. Lines are independent of each other; a page with a mistake in it is refused, as any array is. What is none of these has lines.
func records(m mapper, members ...string) func(Options) func(*reading, *window) error {
	return func(Options) func(*reading, *window) error {
		return func(r *reading, w *window) error { return r.pages(w, m, members...) }
	}
}

// pages is the reading of records, for a format that prepares something for each object.
func (r *reading) pages(w *window, m mapper, members ...string) error {
	frame, err := frameOf(w, members)
	if err != nil {
		return err
	}
	if frame == nil {
		return r.json(lines, w, true, m)
	}
	for {
		if err := r.json(frame, w, false, m); err != nil {
			return err
		}
		if c, err := w.next(); err != nil || c == 0 && len(w.rest()) == 0 {
			return err
		}
	}
}

// frameOf says how the object is framed, by its first bytes: a bare array, or a page. nil: lines.
func frameOf(w *window, members []string) (framer, error) {
	c, err := w.nextAfterMark()
	switch {
	case err != nil:
		return nil, err
	case c == '[':
		return document(), nil
	case c != '{':
		return nil, nil
	}
	for size := readSize; ; size *= 2 {
		more, err := w.atLeast(min(size, maxRecord))
		if err != nil {
			return nil, err
		}
		member, whole := pageMember(w.rest(), members)
		switch {
		case member != "":
			return document(member), nil
		case whole || !more || size >= maxRecord:
			return nil, nil
		}
	}
}

// document is array without the check that nothing follows: pages may stand one behind the other.
func document(path ...string) framer {
	return func(w *window, each func(piece) error) error { return w.walk(path, each) }
}

var errStop = errors.New("found")

// pageMember looks into the object that data begins with for one of members that holds an array. whole: the object ends within data.
func pageMember(data []byte, members []string) (member string, whole bool) {
	w := within(data, 0)
	err := w.members(members, func(name string) error {
		if c, _ := w.next(); c == '[' {
			member = name
			return errStop
		}
		_, _, err := w.value(maxRecord)
		return err
	})
	return member, err == nil
}

// open adds the action of a record that has one id and one time; nil when the record is rejected for either.
func (r *reading) open(dataset, idName string, id strictjson.Value, timeName string, when strictjson.Value, spellings ...spelling) *agenttrail.Action {
	native, ok := r.nativeID(idName, id)
	if !ok {
		return nil
	}
	t, ok := r.when(timeName, when.Str(), spellings...)
	if !ok {
		return nil
	}
	a := r.action()
	a.Native, a.Time, a.Event.ID, a.Event.Dataset = native, t, native, dataset
	return a
}
