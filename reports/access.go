package reports

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"agenttrail"
)

// Access is what the access review needs beyond what all reports are made of.
type Access struct {
	Held []Held // of all inventories, in any order

	// Owner says of a person whether they are with the company at a time (employed, gone, unknown) and who leads them; empty: not known.
	Owner func(person string, at time.Time) (state, manager string)
	// Meaning says what a permission of a system means; ok is false when nobody wrote it down.
	Meaning func(system, permission string) (m Meaning, ok bool)
	// Data says what lies in a system, in words; empty: not known.
	Data func(system string) string
}

// Held is a permission that an inventory stated.
type Held struct {
	agenttrail.Grant
	Inventory string // the source that delivered it
	Receipt   int64  // the entry of its batch
	Resolved  string // agent of the register; empty: none, or more than one
}

// A Meaning is a permission in plain words.
type Meaning struct {
	Words, Tier string
	Can         []string // verbs
}

// States of an owner.
const (
	ownerEmployed = "employed"
	ownerGone     = "gone"
	ownerUnknown  = "unknown"
)

// unusedAfter is how long a permission may lie unused.
const unusedAfter = 90 * 24 * time.Hour

// AccessReview makes the access review: every permission held, its use, its gaps, and what changed since the snapshot before.
func AccessReview(ctx context.Context, in Input) (*Document, error) {
	if in.Access == nil {
		return nil, errors.New("access review: the permissions held are needed")
	}
	a, err := newAccount(ctx, KindAccess, in)
	if err != nil {
		return nil, err
	}
	r := &review{account: a, at: a.in.Cite.Time}
	if a.in.Period.To.Before(r.at) {
		r.at = a.in.Period.To
	}
	if err := r.countUses(ctx); err != nil {
		return nil, err
	}
	if err := r.findOldest(ctx); err != nil {
		return nil, err
	}
	r.choose()
	r.fill()
	a.measures = append(a.measures, r.measure()...)
	return a.document(r.content()), nil
}

// review is an access review under way.
type review struct {
	*account
	at        time.Time // nothing later counts
	uses      map[use]*usage
	oldest    map[string]time.Time // action of a dataset
	snapshots []*snapshot
	lines     []*accessLine // of the newest snapshots
	gone      []*accessLine // of the snapshots before, held no longer
}

// A snapshot is what one inventory stated on one day. Lines that stand in it twice are one.
type snapshot struct {
	inventory, label string
	at               time.Time // the latest time that a line states, or when it was read
	dated            bool      // the inventory itself said when
	held             map[heldKey]*Held
	rows             int
	current, before  bool
}

// heldKey is what makes two lines the same permission.
type heldKey struct{ agent, credential, system, permission string }

func (h *Held) key() heldKey {
	return heldKey{cmp.Or(h.Resolved, h.Agent), h.Credential.ID, h.System, h.Permission}
}

// time is when the line was seen: by the inventory's word, else when it was read.
func (h *Held) time() (time.Time, bool) {
	if h.SeenAt.IsZero() {
		return h.Created, false
	}
	return h.SeenAt, true
}

// choose sorts the lines into snapshots, and finds for each inventory the newest before the end of the review and the one to compare it with: the newest
// before the period, else the oldest that is not the newest.
func (r *review) choose() {
	byKey := map[[3]string]*snapshot{}
	for i := range r.in.Access.Held {
		h := &r.in.Access.Held[i]
		at, dated := h.time()
		if h.Receipt >= r.in.Cite.Size || !at.Before(r.at) {
			continue
		}
		key := [3]string{h.Inventory, h.Source, at.Format(time.DateOnly)}
		s := byKey[key]
		if s == nil {
			s = &snapshot{inventory: h.Inventory, label: h.Source, held: map[heldKey]*Held{}}
			byKey[key] = s
			r.snapshots = append(r.snapshots, s)
		}
		s.rows++
		if at.After(s.at) {
			s.at, s.dated = at, dated
		}
		if s.held[h.key()] == nil {
			s.held[h.key()] = h
		}
	}
	slices.SortFunc(r.snapshots, func(x, y *snapshot) int {
		return cmp.Or(strings.Compare(x.inventory, y.inventory), strings.Compare(x.label, y.label), x.at.Compare(y.at))
	})
	for i, s := range r.snapshots {
		if i+1 < len(r.snapshots) && r.snapshots[i+1].sameInventory(s) {
			continue
		}
		s.current = true
		if b := r.earlier(i); b != nil {
			b.before = true
		}
	}
}

func (s *snapshot) sameInventory(o *snapshot) bool {
	return s.inventory == o.inventory && s.label == o.label
}

// earlier is the snapshot that snapshot i is compared with; nil: there is none.
func (r *review) earlier(i int) (found *snapshot) {
	for k := i - 1; k >= 0 && r.snapshots[k].sameInventory(r.snapshots[i]); k-- {
		if found = r.snapshots[k]; found.at.Before(r.in.Period.From) {
			break
		}
	}
	return found
}
