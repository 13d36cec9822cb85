package trail

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"agenttrail"
)

// Days around the event days of what is read, in which a twin is searched. A version of an event whose time moved further is accepted.
const (
	reachBack    = 35
	reachForward = 2
)

// twins finds the committed actions of one dataset that have a given identity. Identities are loaded from the id columns of the files in reach, once,
// and fed by our own commits. A hit is a candidate; compare reads the row.
type twins struct {
	trail *Trail
	name  dataset

	mu       sync.RWMutex
	set      identities // identity -> index in files
	files    []tableRef
	loaded   map[int64]bool // entries whose table is in the set
	from, to int64          // event days that are covered, half open
	size     int64          // ledger size up to which they are

	rows rowCache
}

// dataset says whose identities may be equal.
type dataset struct{ name, tenant string }

// A tableRef names the table of actions of a batch entry.
type tableRef struct {
	entry int64
	file  agenttrail.TableFile
}

// day counts days since 1970.
func day(t time.Time) int64 {
	const seconds = 24 * 60 * 60
	d := t.Unix() / seconds
	if t.Unix()%seconds < 0 {
		d--
	}
	return d
}

// ready makes the set know everything committed below the ledger size that it returns.
func (w *twins) ready(ctx context.Context) (size int64, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	size = w.trail.state.ledgerSize()
	return size, w.load(ctx, w.from, w.to, size)
}

// reach makes the set cover the days around d and returns the days whose own reach is covered.
func (w *twins) reach(ctx context.Context, d int64) (from, to int64, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	low, high := d-reachBack, d+reachForward+1
	if w.from < w.to {
		low, high = min(low, w.from), max(high, w.to)
	}
	if low != w.from || high != w.to {
		err = w.load(ctx, low, high, w.size)
	}
	return w.from + reachBack, w.to - reachForward, err
}

// load brings in the tables below size that hold events of the days [from, to). w.mu is held.
func (w *twins) load(ctx context.Context, from, to, size int64) error {
	for _, ref := range w.trail.state.tables(w.name, 0, size) {
		if w.loaded[ref.entry] || !touches(ref.file, from, to) {
			continue
		}
		if err := w.loadTable(ctx, ref); err != nil {
			return fmt.Errorf("ids of %s: %w", ref.file.Path, err)
		}
	}
	w.from, w.to, w.size = from, to, size
	return nil
}

// touches says whether a table may hold events of the days [from, to). One with suspect times may always.
func touches(f agenttrail.TableFile, from, to int64) bool {
	return f.Suspect > 0 || f.Suspect < f.Rows && day(f.First) < to && day(f.Last) >= from
}

func (w *twins) loadTable(ctx context.Context, ref tableRef) error {
	file, err := w.trail.openTable(ctx, ref.file)
	if err != nil {
		return err
	}
	defer file.Close()
	n := w.addFile(ref)
	return file.IDs(func(_ int64, id string) error {
		_, identity, _, err := agenttrail.ParseID(id)
		w.set.add(identity, n)
		return err
	})
}

func (w *twins) addFile(ref tableRef) uint32 {
	w.loaded[ref.entry] = true
	w.files = append(w.files, ref)
	return uint32(len(w.files) - 1)
}

// feed adds what we have just committed ourselves.
func (w *twins) feed(ref tableRef, ids []agenttrail.Identity) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.loaded[ref.entry] || ref.entry != w.size {
		return // something else came in between: load finds this table too
	}
	n := w.addFile(ref)
	for _, id := range ids {
		w.set.add(id, n)
	}
	w.size = ref.entry + 1
}

// anyIn says whether one of ids stands in a table of the entries [from, to). The set must be ready up to to.
func (w *twins) anyIn(ids []agenttrail.Identity, from int64) (found bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, id := range ids {
		w.set.each(id, func(ref uint32) bool {
			found = w.files[ref].entry >= from
			return !found
		})
		if found {
			return true
		}
	}
	return false
}

// candidates are the tables that may hold an identity.
func (w *twins) candidates(id agenttrail.Identity) (refs []tableRef) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	w.set.each(id, func(ref uint32) bool {
		if !slices.ContainsFunc(refs, func(r tableRef) bool { return r.entry == w.files[ref].entry }) {
			refs = append(refs, w.files[ref])
		}
		return true
	})
	return refs
}

// A version is one reading of an event.
type version struct {
	id           agenttrail.Identity
	raw, context [32]byte        // hashes
	facts        func() [32]byte // computed when it matters
}

// stored compares v with the committed versions of its event: known says that there are some, equal that one of them is v.
func (w *twins) stored(ctx context.Context, v version) (known, equal bool, err error) {
	for _, ref := range w.candidates(v.id) {
		rows, err := w.rows.of(ctx, w.trail, ref)
		if err != nil {
			return false, false, fmt.Errorf("twins in %s: %w", ref.file.Path, err)
		}
		for _, row := range rows.with(v.id) {
			known = true
			if row.facts == v.facts() {
				return true, true, nil
			}
			if row.raw != v.raw {
				continue
			}
			context, err := rows.context(ctx, row)
			if err != nil {
				return false, false, fmt.Errorf("context of a twin in %s: %w", ref.file.Path, err)
			}
			if context == v.context {
				return true, true, nil
			}
		}
	}
	return known, false, nil
}

// A twinRow is what a comparison needs of a stored action.
type twinRow struct {
	id         agenttrail.Identity
	raw, facts [32]byte
	uri        string
	ordinal    int64
}

// twinRows are the rows of one table, by identity.
type twinRows struct {
	entry    int64
	rows     []twinRow
	contexts func(ctx context.Context, uri string, ordinal int64) ([32]byte, error)
}

func (r *twinRows) with(id agenttrail.Identity) []twinRow {
	order := func(row twinRow, id agenttrail.Identity) int { return bytes.Compare(row.id[:], id[:]) }
	from, _ := slices.BinarySearchFunc(r.rows, id, order)
	to := from
	for to < len(r.rows) && r.rows[to].id == id {
		to++
	}
	return r.rows[from:to]
}

func (r *twinRows) context(ctx context.Context, row twinRow) ([32]byte, error) {
	return r.contexts(ctx, row.uri, row.ordinal)
}

// rowCache keeps the rows of the tables that were compared last: hits come in clumps, since an object that is read again lies in one batch.
type rowCache struct {
	mu     sync.Mutex
	recent []*twinRows // newest first
}

// rowsKept is how many rows are kept beyond those of the newest table, about 25 MB.
const rowsKept = 200_000

func (c *rowCache) of(ctx context.Context, t *Trail, ref tableRef) (*twinRows, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, r := range c.recent {
		if r.entry == ref.entry {
			copy(c.recent[1:i+1], c.recent[:i])
			c.recent[0] = r
			return r, nil
		}
	}
	r, err := loadTwinRows(ctx, t, ref)
	if err != nil {
		return nil, err
	}
	total := 0
	for i, old := range c.recent {
		if total += len(old.rows); total > rowsKept {
			c.recent = c.recent[:i]
			break
		}
	}
	c.recent = slices.Insert(c.recent, 0, r)
	return r, nil
}

func loadTwinRows(ctx context.Context, t *Trail, ref tableRef) (*twinRows, error) {
	file, err := t.openTable(ctx, ref.file)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r := &twinRows{entry: ref.entry, rows: make([]twinRow, 0, file.Rows()), contexts: t.contextHashes(ref.entry)}
	var uri string // of many rows in a row
	err = file.Scan(nil, time.Time{}, time.Time{}, func(_ int64, a *agenttrail.Action) error {
		if a.Evidence.URI != uri {
			uri = clone(a.Evidence.URI)
		}
		row := twinRow{facts: agenttrail.FactsHash(a), uri: uri, ordinal: a.Evidence.Index.N}
		_, row.id, _, err = agenttrail.ParseID(a.ID)
		if err == nil {
			row.raw, err = parseHash(a.Event.Hash)
		}
		r.rows = append(r.rows, row)
		return err
	})
	slices.SortFunc(r.rows, func(a, b twinRow) int { return bytes.Compare(a.id[:], b.id[:]) })
	return r, err
}
