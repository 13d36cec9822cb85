package trail

import (
	"context"
	"errors"
	"fmt"

	"agenttrail"
)

// Grants yields the permissions that inventories stated in the entries below before, in the order of the entries and of their rows. receipt is the entry.
// The grant is valid until yield returns; its strings and lists stay good.
func (r *Reader) Grants(ctx context.Context, before int64, yield func(g *agenttrail.Grant, receipt int64) error) error {
	for n := range r.before(agenttrail.Query{Before: before}) {
		e := r.t.log.Entry(n)
		if e.Batch == nil {
			continue
		}
		f := e.Batch.Table(grantsTable)
		if f == nil {
			continue
		}
		file, err := r.t.openTable(ctx, *f)
		if err != nil {
			return err
		}
		err = file.Grants(func(_ int64, g *agenttrail.Grant) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return yield(g, n)
		})
		if err := errors.Join(err, file.Close()); err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
	}
	return nil
}
