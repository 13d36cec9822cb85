package strictjson

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"strings"
	"unicode"
	"unicode/utf8"
)

// nameTable finds equal names in one object: open addressing by fold hash. A slot counts only in the round that wrote
// it, so the table needs no clearing between objects. The seed keeps an attacker from choosing names that collide;
// the result does not depend on it.
type nameTable struct {
	seed  uint64
	round uint32
	slots []slot
}

type slot struct{ round, name uint32 }

func (t *nameTable) ready() {
	if t.slots == nil {
		t.seed = rand.Uint64()
		t.slots = make([]slot, 128)
	}
}

// begin starts a round for n names and returns the mask of the slots that it uses: at most half of them get filled.
func (t *nameTable) begin(n int) (mask uint32) {
	size := 1 << bits.Len(uint(2*n))
	if size > len(t.slots) {
		t.slots = make([]slot, size)
	}
	if t.round++; t.round == 0 {
		clear(t.slots)
		t.round = 1
	}
	return uint32(size - 1)
}

// filter says of most small objects at once that no two names are equal.
type filter struct {
	seen, clash uint64 // six bits of each hash, as one of 64; those that came twice
}

func (f *filter) add(hash uint32) {
	bit := uint64(1) << (hash >> 26)
	f.clash |= f.seen & bit
	f.seen |= bit
}

// findTwins looks for two equal names among the n members of the container self, whose subtree ends the tape.
func (p *Parser) findTwins(self, n int) {
	if p.Ambiguous() {
		return
	}
	mask := p.names.begin(n)
	for k := self + 1; k < len(p.tape); k = int(p.tape[k+1].next) {
		if p.hasTwin(uint32(k), mask) {
			p.twins = true
			return
		}
	}
}

// hasTwin enters the name at index k of the tape into the table, unless its equal is there.
func (p *Parser) hasTwin(k, mask uint32) bool {
	hash := p.tape[k].next
	for at := hash & mask; ; at = (at + 1) & mask {
		s := &p.names.slots[at]
		if s.round != p.names.round {
			*s = slot{p.names.round, k}
			return false
		}
		if p.tape[s.name].next == hash && strings.EqualFold(p.stringOf(&p.tape[s.name]), p.stringOf(&p.tape[k])) {
			return true
		}
	}
}

// nameHash returns the fold hash of the name at n: equal for names that are equal under simple case folding.
func (p *Parser) nameHash(n *node) uint32 {
	if n.saw == 0 {
		return hash(p.data, int(n.start)+1, int(n.end)-1, p.names.seed)
	}
	folded := fold(p.stringOf(n))
	return hash(folded, 0, len(folded), p.names.seed)
}

// fold replaces each rune by the smallest one that is equal to it under simple case folding.
func fold(s string) []byte {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		out = utf8.AppendRune(out, least)
	}
	return out
}

// hash mixes the bytes from i to end. Bit 20 is set in each of them, which makes lower case of ASCII letters; what it
// does to other bytes costs a comparison at most.
func hash(data []byte, i, end int, seed uint64) uint32 {
	const lower = 0x2020202020202020
	h := seed ^ uint64(end-i)
	for ; i+16 < end; i += 16 {
		h = mix(h^(binary.LittleEndian.Uint64(data[i:])|lower), seed^(binary.LittleEndian.Uint64(data[i+8:])|lower))
	}
	a, b := tail(data, i, end)
	return uint32(mix(h^(a|lower), seed^(b|lower)))
}

// tail returns the bytes from i to end, at most sixteen, as two numbers. Where sixteen can be loaded it does not jump.
func tail(data []byte, i, end int) (a, b uint64) {
	if i+16 > len(data) {
		var room [16]byte
		copy(room[:], data[i:end])
		return binary.LittleEndian.Uint64(room[:]), binary.LittleEndian.Uint64(room[8:])
	}
	room := (*[16]byte)(data[i:])
	a = binary.LittleEndian.Uint64(room[:8]) & (1<<(8*uint(end-i)) - 1)
	b = binary.LittleEndian.Uint64(room[8:]) & (1<<(8*uint(max(end-i-8, 0))) - 1)
	return a, b
}

func mix(x, y uint64) uint64 {
	hi, lo := bits.Mul64(x, y)
	return hi ^ lo
}
