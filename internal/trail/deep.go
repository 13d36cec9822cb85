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
func (v *verifier) deep(ctx context.Context, c *batchCheck, rows, held *tableFile) error {
	at := place(c.n, c.batch.Evidence.Path)
	d := &remapCheck{c: c, records: pull(c.zip.records), rows: pull(func(yield func(*agenttrail.Action) error) error {
		if rows == nil {
			return nil
		}
		return rows.Scan(nil, time.Time{}, time.Time{}, func(_ int64, a *agenttrail.Action) error { return yield(a) })
	}), grants: pull(func(yield func(*agenttrail.Grant) error) error {
		if held == nil {
			return nil
		}
		return held.Grants(func(_ int64, g *agenttrail.Grant) error { return yield(g) })
	})}
	defer d.records.stop()
	defer d.rows.stop()
	defer d.grants.stop()
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
	grants  *puller[agenttrail.Grant]
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
	for i := range r.Grants {
		stamp.WriteGrant(&r.Grants[i], r, raw)
		if err := d.grant(&r.Grants[i]); err != nil {
			return err
		}
	}
	if left, ok, err := d.grants.peek(); err != nil {
		return err
	} else if ok && left.Evidence.URI == l.URI && left.Evidence.Index.N == r.Ordinal {
		return errors.New("it has a row more than it states grants")
	}
	left, ok, err := d.rows.peek()
	if ok && left.Evidence.URI == l.URI && left.Evidence.Index.N == r.Ordinal {
		return fmt.Errorf("row %s is none of its actions, or has other facts", left.ID)
	}
	return err
}

// grant takes the row of a grant: every grant has one, and it is the next.
func (d *remapCheck) grant(g *agenttrail.Grant) error {
	stored, ok, err := d.grants.next()
	if err != nil {
		return err
	}
	if !ok || agenttrail.FactsHash(stored) != agenttrail.FactsHash(g) || stored.Evidence.URI != g.Evidence.URI || stored.Evidence.Index != g.Evidence.Index {
		return errors.New("a grant has no row, or one with other facts")
	}
	d.c.totals.Compared++
	return nil
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
