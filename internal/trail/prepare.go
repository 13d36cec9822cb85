package trail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"agenttrail"
	"agenttrail/internal/unpack"
)

// An ObjectError names an object that is complete but cannot be read. The caller sets Refused of that object to Reason and calls Prepare again.
type ObjectError struct {
	URI    string
	Reason string // of a closed list: cut, too_large, ratio, unreadable
	Err    error
}

func (e *ObjectError) Error() string { return fmt.Sprintf("%s: %s: %v", e.URI, e.Reason, e.Err) }

// Unwrap returns what is wrong with it.
func (e *ObjectError) Unwrap() error { return e.Err }

func refusal(err error) string {
	switch {
	case errors.Is(err, unpack.ErrCut):
		return "cut"
	case errors.Is(err, unpack.ErrTooLarge):
		return "too_large"
	case errors.Is(err, unpack.ErrRatio):
		return "ratio"
	}
	return "unreadable"
}

// A draft is one batch on its way: files made, not yet in the ledger.
type draft struct {
	trail *Trail
	twins *twins
	batch agenttrail.Batch
	salts io.Reader

	evidence *evidenceWriter
	rows     *tableDraft // of actions
	held     *tableDraft // of grants; nil: the format reads none
	objects  spool
	fresh    newcomers
	pages    []string          // URIs of API pages that held nothing new
	read     agenttrail.Counts // of all objects: the entry leaves out API pages that held nothing new, for which no line stands
	covered  [2]int64          // event days whose reach is searched
	stamp    agenttrail.Stamp
	line     *ObjectLine // of the object being read
}

// errFacts asks for the batch to be built again with the facts of every action kept: two readings of one event met inside it.
var errFacts = errors.New("facts are needed")

// build reads the objects and makes the batch's files, in memory or in unlinked temporary files. The caller closes the draft.
func (t *Trail) build(ctx context.Context, info agenttrail.BatchInfo, objs []agenttrail.Staged, facts bool) (d *draft, err error) {
	d = &draft{trail: t, twins: t.twins(dataset{info.Dataset, info.Tenant}), fresh: newcomers{keepFacts: facts}}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	if err := d.begin(ctx, info); err != nil {
		return d, err
	}
	for i := range objs {
		if err := d.object(ctx, &objs[i]); err != nil {
			return d, err
		}
	}
	if err := d.evidence.finish(); err != nil {
		return d, fmt.Errorf("evidence: %w", err)
	}
	return d, d.end()
}

func (d *draft) begin(ctx context.Context, info agenttrail.BatchInfo) (err error) {
	columns, unknown := agenttrail.Columns(info.Fields)
	if len(unknown) > 0 {
		return fmt.Errorf("format %s declares fields that are no facts of the schema: %q", info.Mapping, unknown)
	}
	d.batch.BatchInfo = info
	if d.batch.Name, d.salts, err = d.trail.name(); err != nil {
		return err
	}
	if d.batch.Searched, err = d.twins.ready(ctx); err != nil {
		return err
	}
	d.stamp = agenttrail.Stamp{Dataset: info.Dataset, Tenant: info.Tenant, Since: info.Since, Late: info.Late}
	d.rows = newTableDraft(actionsTable, columns)
	if columns := agenttrail.GrantColumns(info.Fields); columns != nil {
		d.held = newTableDraft(grantsTable, columns)
	}
	d.evidence, err = newEvidence()
	return err
}

// Close frees what the draft holds. Its files, once written, stay.
func (d *draft) Close() error {
	err := errors.Join(d.closeTables(), d.objects.Close())
	if d.evidence != nil {
		err = errors.Join(err, d.evidence.Close())
	}
	return err
}

// object takes in one object: its records, then its bytes, then its line.
func (d *draft) object(ctx context.Context, s *agenttrail.Staged) error {
	d.line = &ObjectLine{Number: int(d.batch.Objects.Count), Object: s.Object, Length: s.Length, SHA256: fmt.Sprintf("%x", s.SHA256), Fetched: s.Fetched, Refused: s.Refused}
	before := d.evidence.mark()
	if err := d.records(ctx, s); err != nil {
		return err
	}
	c := &d.line.Counts
	d.read.Add(*c)
	d.line.Reread = c.Read > 0 && c.Duplicate == c.Read
	if d.line.Reread {
		d.evidence.cut(before)
		if s.Body != nil { // an API page: its window's entry counts it
			d.pages = append(d.pages, s.URI)
			return nil
		}
		return d.list()
	}
	if err := d.keep(s); err != nil {
		return fmt.Errorf("evidence of %s: %w", s.URI, err)
	}
	return d.list()
}

// records reads the records of a log that was not refused.
func (d *draft) records(ctx context.Context, s *agenttrail.Staged) error {
	if s.Role != agenttrail.RoleLog || s.Refused != "" {
		return nil
	}
	d.stamp.URI, d.stamp.Object, d.stamp.Created = s.URI, s.SHA256, s.Fetched
	var ours error // as opposed to what the format says of the object
	err := s.Records(func(r *agenttrail.Record) error {
		ours = d.record(ctx, s, r)
		return ours
	})
	if ours != nil {
		return ours
	}
	if err == nil {
		return nil
	}
	if disk := (*fs.PathError)(nil); errors.As(err, &disk) || ctx.Err() != nil {
		return fmt.Errorf("read %s: %w", s.URI, err)
	}
	return &ObjectError{s.URI, refusal(err), err}
}

// record takes in one record: every one is a leaf, whatever becomes of it.
func (d *draft) record(ctx context.Context, s *agenttrail.Staged, r *agenttrail.Record) error {
	c := &d.line.Counts
	if r.Ordinal != c.Read {
		return fmt.Errorf("BUG: format %s: %s: record %d has the ordinal %d", d.batch.Mapping, s.URI, c.Read, r.Ordinal)
	}
	if r.Ordinal%1024 == 0 && ctx.Err() != nil {
		return ctx.Err()
	}
	raw, err := rawHash(s, r)
	if err != nil {
		return err
	}
	line := recordLine{Object: d.line.Number, Offset: r.Offset, Length: r.Length, State: r.State}
	if _, err := io.ReadFull(d.salts, line.Salt[:]); err != nil {
		return err
	}
	var said [32]byte // hash of the context
	if line.Context, said, err = d.evidence.context.put(r.Context); err != nil {
		return err
	}
	switch r.State {
	case agenttrail.Accepted:
		if line.State, err = d.actions(ctx, r, version{raw: raw, context: said}, line.Salt); err == nil {
			err = d.grants(r, raw, line.Salt)
		}
	case agenttrail.Rejected:
		err = d.evidence.reject(d.line.Number, r)
	case agenttrail.Skipped:
	default:
		err = fmt.Errorf("BUG: format %s gave a record the state %s", d.batch.Mapping, r.State)
	}
	if err != nil {
		return err
	}
	c.Count(line.State, r.Why)
	return d.evidence.record(&line, said, raw)
}

// rawHash is the SHA-256 of the record's bytes. A record past its limit comes without them: they are read again where they stand.
func rawHash(s *agenttrail.Staged, r *agenttrail.Record) (sum [32]byte, err error) {
	if int64(len(r.Raw)) == r.Length {
		return agenttrail.RawHash(r), nil
	}
	in, err := s.Open()
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	return hashRange(in, r.Offset, r.Length)
}

// actions takes in the actions of a record and says how the record ended: as the best of them. One without actions is accepted.
func (d *draft) actions(ctx context.Context, r *agenttrail.Record, v version, salt [16]byte) (state agenttrail.State, err error) {
	if len(r.Actions) == 0 {
		return agenttrail.Accepted, nil
	}
	c := &d.line.Counts
	ended := [3]bool{} // by accepted, duplicate, conflict
	for i := range r.Actions {
		a := &r.Actions[i]
		v.id = d.stamp.Write(a, r, v.raw)
		if a.Event.Dataset != d.batch.Dataset { // its twins would be searched elsewhere
			return 0, fmt.Errorf("BUG: format %s gives an action of dataset %q in a batch of %q", d.batch.Mapping, a.Event.Dataset, d.batch.Dataset)
		}
		v.facts = func() [32]byte { return agenttrail.FactsHash(a) }
		state, err := d.compare(ctx, a, v)
		if err != nil {
			return 0, err
		}
		c.Actions++
		ended[state] = true
		switch state {
		case agenttrail.Duplicate:
			c.ActionDuplicates++
			continue
		case agenttrail.Conflict:
			a.ID = agenttrail.ConflictID(a.ID, v.facts())
			a.Evidence.Flags = append(a.Evidence.Flags, agenttrail.FlagConflict)
		}
		c.Rows++
		if err := d.rows.rows.Write(a, salt); err != nil {
			return 0, fmt.Errorf("actions: %w", err)
		}
	}
	for _, best := range []agenttrail.State{agenttrail.Accepted, agenttrail.Conflict} {
		if ended[best] {
			return best, nil
		}
	}
	return agenttrail.Duplicate, nil
}

// compare searches the twins of an action, in this batch and in what is committed.
func (d *draft) compare(ctx context.Context, a *agenttrail.Action, v version) (agenttrail.State, error) {
	here, equal, err := d.fresh.compare(v, d.batch.Counts.Read+d.line.Counts.Read)
	if err != nil {
		return 0, err
	}
	if equal {
		return agenttrail.Duplicate, nil
	}
	if n := day(a.Time); n < d.covered[0] || n >= d.covered[1] {
		if d.covered[0], d.covered[1], err = d.twins.reach(ctx, n); err != nil {
			return 0, err
		}
	}
	known, equal, err := d.twins.stored(ctx, v)
	if err != nil {
		return 0, err
	}
	if equal {
		return agenttrail.Duplicate, nil
	}
	d.fresh.add(v, d.batch.Counts.Read+d.line.Counts.Read)
	if here || known {
		return agenttrail.Conflict, nil
	}
	return agenttrail.Accepted, nil
}

// keep writes the bytes of the object, and the context that it came with, into the evidence.
func (d *draft) keep(s *agenttrail.Staged) error {
	if s.Refused != "" && s.Length > refusedKept {
		return nil
	}
	number, _, err := d.evidence.context.put(s.Context)
	if err != nil {
		return err
	}
	if number >= 0 {
		d.line.ContextName = contextName(number)
	}
	d.line.Name = objectName(d.line.Number)
	return d.evidence.object(d.line.Name, s)
}

// list ends an object: its line, and its numbers in the entry.
func (d *draft) list() error {
	o := &d.batch.Objects
	o.Count++
	o.Bytes += d.line.Length
	if d.line.Refused != "" {
		o.Refused++
	}
	if at := agenttrail.Micros(d.line.Time); !at.IsZero() {
		if o.First.IsZero() || at.Before(o.First) {
			o.First = at
		}
		if at.After(o.Last) {
			o.Last = at
		}
	}
	d.batch.Counts.Add(d.line.Counts)
	_, err := d.objects.Write(append(appendObjectLine(nil, d.line), '\n'))
	return err
}

// end closes the tables and checks that the numbers add up.
func (d *draft) end() error {
	if err := d.endTables(); err != nil {
		return err
	}
	c := d.batch.Counts
	if c.Balance() != 0 || c.Actions != c.ActionDuplicates+c.Rows {
		return fmt.Errorf("BUG: the numbers of a batch do not add up: %+v", c)
	}
	d.batch.Counts.Skips, d.batch.Counts.Rejects = entryNames(c)
	d.batch.Evidence.Records = d.evidence.tree.Size()
	d.batch.Evidence.Root = fmt.Sprintf("%x", d.evidence.tree.Root())
	return nil
}
