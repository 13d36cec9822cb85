package main

import (
	"context"
	"fmt"

	"agenttrail/ingest"
	"agenttrail/internal/trail"
	"agenttrail/reports"
)

// badProofs are the objects of sources with a proof by the vendor that do not agree with it, in the entries below a size.
func badProofs(ctx context.Context, t *opened, sources []reports.Source, size int64) (list []reports.BadProof, err error) {
	proving := map[string]bool{}
	for _, s := range sources {
		proving[s.Name] = s.Tells.SourceProof
	}
	for n := range size {
		e := t.Log().Entry(n)
		if e.Batch == nil || !proving[e.Batch.Source] {
			continue
		}
		add := func(uri, state string) {
			if state == ingest.ProofMismatch || state == ingest.ProofMissing || state == ingest.ProofInvalid {
				list = append(list, reports.BadProof{Source: e.Batch.Source, URI: uri, State: state, Entry: n, At: e.Time})
			}
		}
		err := t.Reader().Objects(ctx, n, func(l trail.ObjectLine) error {
			add(l.URI, l.Proof)
			for _, uri := range sortedKeys(l.Settles) {
				add(uri, l.Settles[uri])
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", n, err)
		}
	}
	return list, nil
}
