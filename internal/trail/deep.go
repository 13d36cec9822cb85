package trail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"agenttrail"
)

// deep normalizes the originals of a batch again, with the mapping that it names, and compares the facts of its rows.
func (v *verifier) deep(ctx context.Context, c *batchCheck, rows *tableFile) error {
	at := place(c.n, c.batch.Evidence.Path)
	d := &remapCheck{c: c, records: pull(c.zip.records), rows: pull(func(yield func(*agenttrail.Action) error) error {
		if rows == nil {
			return nil
		}
		return rows.Scan(nil, time.Time{}, time.Time{}, func(_ int64, a *agenttrail.Action) error { return yield(a) })
	})}
	defer d.records.stop()
	defer d.rows.stop()
	policy := func(sha string) ([]byte, error) { return readPolicy(ctx, v.backend, sha) }
	for i := range c.lines {
		l := &c.lines[i]
		if l.Name == "" || l.Role != agenttrail.RoleLog || l.Refused != "" {
			continue
		}
		o, err := d.object(l)
		if err != nil {
			return located(at, err)
		}
		read, err := v.o.Remap(*c.batch, o, policy, func() (io.ReadCloser, error) { return c.zip.open(l.Name) })
		if err != nil {
			return &Incomplete{at, fmt.Errorf("mapping %s %s: %w", c.batch.Mapping, c.batch.MappingVersion, err)}
		}
		if err := d.compare(l, o, read); err != nil {
			return located(at, fmt.Errorf("%s: read again with mapping %s %s: %w", l.URI, c.batch.Mapping, c.batch.MappingVersion, err))
		}
	}
	return nil
}

type remapCheck struct {
	c       *batchCheck
	records *puller[recordLine]
	rows    *puller[agenttrail.Action]
}

// object is the object as the mapping saw it.
func (d *remapCheck) object(l *ObjectLine) (o agenttrail.Object, err error) {
	o = l.Object
	if l.ContextName != "" {
		o.Context, err = d.c.zip.whole(l.ContextName)
	}
	return o, err
}

func (d *remapCheck) compare(l *ObjectLine, o agenttrail.Object, read func(yield func(*agenttrail.Record) error) error) error {
	object, err := parseHash(l.SHA256)
	if err != nil {
		return err
	}
	stamp := agenttrail.Stamp{Dataset: d.c.batch.Dataset, Tenant: d.c.batch.Tenant, URI: l.URI, Object: object, Created: l.Fetched}
	n := int64(0)
	err = read(func(r *agenttrail.Record) error {
		if err := d.record(l, &stamp, r); err != nil {
			return fmt.Errorf("record %d: %w", n, err)
		}
		n++
		return nil
	})
	if err == nil && n != l.Counts.Read {
		err = fmt.Errorf("it gives %d records, the objects file says %d", n, l.Counts.Read)
	}
	return err
}

// record compares one record with its line and its rows. An action without a row must have been counted as a duplicate.
func (d *remapCheck) record(l *ObjectLine, stamp *agenttrail.Stamp, r *agenttrail.Record) error {
	said, ok, err := d.records.next()
	if err != nil {
		return err
	}
	if !ok || said.Object != l.Number || said.Ordinal != r.Ordinal || said.Offset != r.Offset || said.Length != r.Length {
		return errors.New("it stands elsewhere")
	}
	mapped := said.State
	if mapped == agenttrail.Duplicate || mapped == agenttrail.Conflict {
		mapped = agenttrail.Accepted
	}
	if mapped != r.State {
		return fmt.Errorf("it was %s and is %s", said.State, r.State)
	}
	if r.State != agenttrail.Accepted {
		return nil
	}
	raw := agenttrail.RawHash(r)
	for i := range r.Actions {
		a := &r.Actions[i]
		stamp.Write(a, r, raw)
		if err := d.action(l, r, a); err != nil {
			return err
		}
	}
	left, ok, err := d.rows.peek()
	if ok && left.Evidence.URI == l.URI && left.Evidence.Index.N == r.Ordinal {
		return fmt.Errorf("row %s is none of its actions, or has other facts", left.ID)
	}
	return err
}

// action takes the row of an action, if the next row is its own.
func (d *remapCheck) action(l *ObjectLine, r *agenttrail.Record, a *agenttrail.Action) error {
	stored, ok, err := d.rows.peek()
	if err != nil || !ok || stored.Evidence.URI != l.URI || stored.Evidence.Index.N != r.Ordinal {
		return err
	}
	facts := agenttrail.FactsHash(a)
	if stored.ID != a.ID && stored.ID != agenttrail.ConflictID(a.ID, facts) {
		return nil
	}
	if agenttrail.FactsHash(stored) != facts {
		return fmt.Errorf("row %s has other facts", stored.ID)
	}
	d.rows.ahead = nil
	d.c.totals.Compared++
	return nil
}
