package trail

import "agenttrail"

// newcomers are the actions that a batch adds, by identity: twins may stand in one batch.
type newcomers struct {
	set       identities // -> index of ids
	ids       []agenttrail.Identity
	readings  []reading
	facts     [][32]byte // of each, only with keepFacts: computing them costs more than the rest of the search
	keepFacts bool
}

// A reading is what tells equal bytes: halves of the hashes are enough inside one batch, and half the memory.
type reading struct {
	raw, context [16]byte
	record       int64 // running number in the batch
}

func half(sum [32]byte) [16]byte { return [16]byte(sum[:16]) }

// compare looks for v among the newcomers. Equal bytes tell nothing between two actions of one record: only their facts do.
func (n *newcomers) compare(v version, record int64) (known, equal bool, err error) {
	n.set.each(v.id, func(ref uint32) bool {
		if n.ids[ref] != v.id {
			return true
		}
		known = true
		r := &n.readings[ref]
		switch {
		case r.record != record && r.raw == half(v.raw) && r.context == half(v.context):
			equal = true
		case !n.keepFacts:
			err = errFacts
		default:
			equal = n.facts[ref] == v.facts()
		}
		return !equal && err == nil
	})
	if equal {
		err = nil
	}
	return known, equal, err
}

func (n *newcomers) add(v version, record int64) {
	n.set.add(v.id, uint32(len(n.ids)))
	n.ids = append(n.ids, v.id)
	n.readings = append(n.readings, reading{half(v.raw), half(v.context), record})
	if n.keepFacts {
		n.facts = append(n.facts, v.facts())
	}
}
