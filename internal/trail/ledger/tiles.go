package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// The tree is cut into tiles of 8 levels; a bundle holds the entries under one tile of level 0 (C2SP tlog-tiles).
const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	maxBundle  = tileWidth * (2 + MaxEntry)
	maxLevel   = 6 // of a tree of less than 2^62 entries

	tilePrefix = "tile/"
	bundles    = "entries" // where the level stands in a tile's name
)

// A tile names one rendering: the hashes of a tile, or the entries under it.
type tile struct {
	tlog.Tile
	bundle bool
}

// tilesOf lists what is to be rendered when the log grows from one size to another: hashes, and the entries under level 0.
func tilesOf(from, to int64) []tile {
	var list []tile
	for _, t := range tlog.NewTiles(tileHeight, from, to) {
		list = append(list, tile{t, false})
		if t.L == 0 {
			list = append(list, tile{t, true})
		}
	}
	return list
}

// name is tile/<L>/<N>[.p/<W>] or tile/entries/<N>[.p/<W>]; 1234067 is written x001/x234/067.
func (t tile) name() string {
	level := strconv.Itoa(t.L)
	if t.bundle {
		level = bundles
	}
	path := fmt.Sprintf("%03d", t.N%1000)
	for n := t.N / 1000; n > 0; n /= 1000 {
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	name := tilePrefix + level + "/" + path
	if t.W != tileWidth {
		name += ".p/" + strconv.Itoa(t.W)
	}
	return name
}

// parseTile is the inverse of name.
func parseTile(name string) (t tile, ok bool) {
	level, path, _ := strings.Cut(strings.TrimPrefix(name, tilePrefix), "/")
	path, width, partial := strings.Cut(path, ".p/")
	t.H, t.W = tileHeight, tileWidth
	if t.bundle = level == bundles; !t.bundle {
		t.L, _ = strconv.Atoi(level)
	}
	if partial {
		t.W, _ = strconv.Atoi(width)
	}
	t.N, _ = strconv.ParseInt(strings.NewReplacer("x", "", "/", "").Replace(path), 10, 64)
	if t.L < 0 || t.L > maxLevel || t.N < 0 || t.N >= 1<<(62-tileHeight*(t.L+1)) || t.W < 1 || t.W > tileWidth {
		return tile{}, false
	}
	return t, t.name() == name // what was not understood is written otherwise
}

// end is the size that the log must have for the tile to exist.
func (t tile) end() int64 { return (t.N<<tileHeight + int64(t.W)) << (tileHeight * t.L) }

// appendBundle appends one entry to a bundle: length in two bytes, big-endian, then the bytes.
func appendBundle(b, entry []byte) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(entry))), entry...)
}

// splitBundle yields the entries of a bundle.
func splitBundle(data []byte, yield func(entry []byte) error) error {
	for len(data) > 0 {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return errors.New("bundle ends inside an entry")
		}
		n := 2 + int(binary.BigEndian.Uint16(data))
		if err := yield(data[2:n]); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}
