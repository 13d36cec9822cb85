package trail

import (
	"errors"
	"fmt"

	"agenttrail"
	"agenttrail/internal/trail/table"
)

// A tableDraft is one table of a batch on its way.
type tableDraft struct {
	name string
	file spool
	rows *table.Writer
}

func newTableDraft(name string, columns []*agenttrail.Field) *tableDraft {
	d := &tableDraft{name: name}
	d.rows = table.NewWriter(&d.file, name, columns)
	return d
}

// end closes the table and says what the entry says of it.
func (d *tableDraft) end() (agenttrail.TableFile, error) {
	sum, err := d.rows.Close()
	if err != nil {
		return agenttrail.TableFile{}, fmt.Errorf("%s: %w", d.name, err)
	}
	return agenttrail.TableFile{Name: d.name, Rows: sum.Rows, Root: fmt.Sprintf("%x", sum.Root), First: sum.First, Last: sum.Last, Suspect: sum.Suspect}, nil
}

// tables are those that the batch may have, in the order of its entry.
func (d *draft) tables() []*tableDraft {
	if d.held == nil {
		return []*tableDraft{d.rows}
	}
	return []*tableDraft{d.rows, d.held}
}

// endTables closes the tables, checks that their rows are those that were counted, and names those that have some.
func (d *draft) endTables() error {
	c := d.batch.Counts
	for _, t := range d.tables() {
		f, err := t.end()
		if err != nil {
			return err
		}
		want := c.Rows
		if t == d.held {
			want = c.Grants
		}
		if f.Rows != want {
			return fmt.Errorf("BUG: the table of %s has %d rows, %d were counted", t.name, f.Rows, want)
		}
		if f.Rows > 0 {
			d.batch.Tables = append(d.batch.Tables, f)
		}
	}
	return nil
}

// grants takes in the permissions that a record states. They have no twins: a snapshot that is delivered twice states the same twice, and whoever reads
// it takes its lines as a set.
func (d *draft) grants(r *agenttrail.Record, raw [32]byte, salt [16]byte) error {
	if len(r.Grants) > 0 && d.held == nil {
		return fmt.Errorf("BUG: format %s gives grants and declares no field of theirs", d.batch.Mapping)
	}
	for i := range r.Grants {
		g := &r.Grants[i]
		d.stamp.WriteGrant(g, r, raw)
		if g.Dataset != d.batch.Dataset {
			return fmt.Errorf("BUG: format %s gives a grant of dataset %q in a batch of %q", d.batch.Mapping, g.Dataset, d.batch.Dataset)
		}
		d.line.Counts.Grants++
		if err := d.held.rows.Write(g, salt); err != nil {
			return fmt.Errorf("grants: %w", err)
		}
	}
	return nil
}

func (d *draft) closeTables() (err error) {
	if d.rows != nil {
		err = d.rows.file.Close()
	}
	if d.held != nil {
		err = errors.Join(err, d.held.file.Close())
	}
	return err
}
