package normalize

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"unsafe"

	"agenttrail"
	"agenttrail/internal/strictjson"
	"agenttrail/internal/unpack"
)

// A reading is one object being read: it turns pieces into records and hands them on. Everything that it hands out is used again for the next record.
type reading struct {
	object *agenttrail.Object
	yield  func(*agenttrail.Record) error
	parser strictjson.Parser
	inner  []*strictjson.Parser // of JSON that stands as text in values of the record
	nests  int                  // inner parsers that the record uses
	odd    bool                 // JSON in a value is ambiguous
	record agenttrail.Record
	arena  []string // holds the lists of the record's actions
}

// reader makes a Format's Read out of what does the reading of an unpacked stream.
func reader(limits unpack.Limits, read func(r *reading, w *window) error) func(*agenttrail.Object, io.Reader, func(*agenttrail.Record) error) error {
	return func(o *agenttrail.Object, in io.Reader, yield func(*agenttrail.Record) error) error {
		stream, err := unpack.New(in, limits)
		if err != nil {
			return fmt.Errorf("unpack: %w", err)
		}
		r := &reading{object: o, yield: yield}
		if err := read(r, newWindow(stream)); err != nil {
			stream.Close()
			return err
		}
		return stream.Close()
	}
}

// A mapper turns one record into actions of r, or skips or rejects it.
type mapper func(r *reading, v strictjson.Value)

// json reads pieces that are JSON objects. With resync, a piece that is no JSON is rejected and reading goes on: lines are independent. Without it the
// object is refused: an error inside an array says nothing about where the next element begins.
func (r *reading) json(frame framer, w *window, resync bool, m mapper) error {
	return frame(w, func(p piece) error { return r.jsonPiece(p, r.context(nil), resync, m) })
}

func (r *reading) jsonPiece(p piece, context []byte, resync bool, m mapper) error {
	r.begin(p, context)
	if p.bad == "" {
		v, err := r.parser.Parse(p.raw)
		if err != nil && !resync {
			if err := wellFormed(p.offset, p.raw); err != nil {
				return err
			}
		}
		switch {
		case err != nil:
			r.reject(syntaxReason(err), err.Error())
		case v.Kind() != strictjson.Object:
			r.reject(RejectNoObject, "the record is JSON, but no object")
		default:
			r.try(func() { m(r, v) })
			r.flagAmbiguous()
		}
	}
	return r.end()
}

// syntaxReason tells the limits from the grammar.
func syntaxReason(err error) string {
	switch {
	case errors.Is(err, strictjson.ErrDepth):
		return RejectDepth
	case errors.Is(err, strictjson.ErrMembers):
		return RejectMembers
	}
	return RejectSyntax
}

// begin starts the record of a piece.
func (r *reading) begin(p piece, context []byte) {
	r.arena, r.nests, r.odd = r.arena[:0], 0, false
	r.record.Offset, r.record.Length, r.record.Raw, r.record.Context = p.offset, int64(len(p.raw)), p.raw, context
	r.record.State, r.record.Why, r.record.Detail = agenttrail.Accepted, "", ""
	r.record.Actions, r.record.Grants = r.record.Actions[:0], r.record.Grants[:0]
	if p.bad != "" {
		r.reject(p.bad, p.detail)
	}
}

// end hands the record on. A record that states no action, no grant and no reason is a defect of the mapping, never silence.
func (r *reading) end() error {
	if r.record.State == agenttrail.Accepted && len(r.record.Actions)+len(r.record.Grants) == 0 {
		r.reject(RejectPanic, "the mapping gave neither an action nor a grant nor a reason")
	}
	err := r.yield(&r.record)
	r.record.Ordinal++
	return err
}

// action adds an empty action to the record. The pointer is valid until the next one is added.
func (r *reading) action() *agenttrail.Action {
	n := len(r.record.Actions)
	if n == cap(r.record.Actions) {
		r.record.Actions = append(r.record.Actions, agenttrail.Action{})
	}
	r.record.Actions = r.record.Actions[:n+1]
	a := &r.record.Actions[n]
	*a = agenttrail.Action{}
	return a
}

// skip ends the record by a rule, reject by a reason. Actions and grants that it already had are dropped.
func (r *reading) skip(rule string) { r.drop(agenttrail.Skipped, rule, "") }

func (r *reading) reject(reason, detail string) {
	clean, _ := agenttrail.Clean(detail)
	r.drop(agenttrail.Rejected, reason, clean)
}

func (r *reading) drop(s agenttrail.State, why, detail string) {
	r.record.State, r.record.Why, r.record.Detail = s, why, detail
	r.record.Actions, r.record.Grants = r.record.Actions[:0], r.record.Grants[:0]
}

// list makes a list of the values that are not empty. It lives as long as the record.
func (r *reading) list(values ...string) []string {
	from := len(r.arena)
	for _, v := range values {
		if v != "" {
			r.arena = append(r.arena, v)
		}
	}
	if len(r.arena) == from {
		return nil
	}
	return r.arena[from:len(r.arena):len(r.arena)]
}

// flagAmbiguous marks the actions and grants of a record that two readers may read differently.
func (r *reading) flagAmbiguous() {
	if r.parser.Ambiguous() || r.odd {
		r.flag()
	}
}

func (r *reading) flag() {
	for i := range r.record.Actions {
		r.record.Actions[i].Flags = flagList
	}
	for i := range r.record.Grants {
		r.record.Grants[i].Flags = flagList
	}
}

var flagList = []string{agenttrail.FlagAmbiguous}

// nested is the JSON that stands as text in v; v itself where it is no text. Text that is no JSON is absent.
func (r *reading) nested(v strictjson.Value) strictjson.Value {
	text, ok := v.Text()
	if !ok {
		return v
	}
	return r.nestedText(text)
}

// nestedText is the JSON that a text holds; absent where it holds none.
func (r *reading) nestedText(text string) strictjson.Value {
	if r.nests == len(r.inner) {
		r.inner = append(r.inner, new(strictjson.Parser))
	}
	p := r.inner[r.nests]
	r.nests++
	in, err := p.Parse(unsafe.Slice(unsafe.StringData(text), len(text)))
	if err != nil {
		return strictjson.Value{}
	}
	r.odd = r.odd || p.Ambiguous()
	return in
}

// context is what a mapping read outside the record: own, and what the puller handed over with the object.
func (r *reading) context(own []byte) []byte {
	switch {
	case len(r.object.Context) == 0:
		return own
	case len(own) == 0:
		return r.object.Context
	}
	return append(append(append([]byte{}, own...), '\n'), r.object.Context...)
}

// try runs a mapping. One that panics rejects this record and nothing else.
func (r *reading) try(m func()) {
	defer func() {
		if p := recover(); p != nil {
			r.reject(RejectPanic, fmt.Sprintf("%v (stack %s)", p, stackHash()))
		}
	}()
	m()
}

// stackHash names a stack by its functions and lines, without addresses, so that the same defect has the same hash in every run.
func stackHash() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	sum := sha256.New()
	for {
		f, more := frames.Next()
		fmt.Fprintf(sum, "%s:%d\n", f.Function, f.Line)
		if !more {
			return hex.EncodeToString(sum.Sum(nil)[:4])
		}
	}
}
