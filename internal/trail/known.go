package trail

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// Known reads which objects a source has delivered that were available at since or later, and returns a function that knows them by URI and version.
// A zero since means all. Eight bytes are kept of each; their hash is keyed anew each time, so nobody can craft a name that passes as known.
func (t *Trail) Known(ctx context.Context, source string, since time.Time) (func(agenttrail.Object) bool, error) {
	seed := maphash.MakeSeed()
	var known []uint64
	for _, n := range t.state.batchesOf(source) {
		objects := t.log.Entry(n).Batch.Objects
		if objects.Last.Before(since) && !objects.Last.IsZero() {
			continue
		}
		known = slices.Grow(known, int(objects.Count))
		err := t.identities(ctx, objects.Path, func(uri, version string) { known = append(known, objectKey(seed, uri, version)) })
		if err != nil {
			return nil, fmt.Errorf("known objects of %s: %s: %w", source, objects.Path, err)
		}
	}
	slices.Sort(known)
	return func(o agenttrail.Object) bool {
		_, ok := slices.BinarySearch(known, objectKey(seed, o.URI, o.Version))
		return ok
	}, nil
}

func objectKey(seed maphash.Seed, uri, version string) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	h.WriteString(uri)
	h.WriteByte(0)
	h.WriteString(version)
	return h.Sum64()
}

// identities yields URI and version of every line of an objects file; they are valid until yield returns.
func (t *Trail) identities(ctx context.Context, path string, yield func(uri, version string)) (err error) {
	r, err := t.backend.Read(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return readLines(r, func(_ int, v strictjson.Value) error {
		yield(v.Get("uri").Str(), v.Get("version").Str())
		return nil
	})
}

// Delivered yields the URIs of the logs and digests that were committed for a window in the entries below before, with repetitions.
func (t *Trail) Delivered(ctx context.Context, w agenttrail.Window, before int64, yield func(uri string)) error {
	for _, n := range t.state.batchesOf(w.Source) {
		if n >= before {
			return nil
		}
		b := t.log.Entry(n).Batch
		if !b.Window.From.Equal(w.From) {
			continue
		}
		err := t.Reader().Objects(ctx, n, func(o ObjectLine) error {
			if o.Role != agenttrail.RoleListing {
				yield(o.URI)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("objects of window %s: %w", w.Key(), err)
		}
	}
	return nil
}
